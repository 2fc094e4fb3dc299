"""Posts that are kept up to date: one process at a time changes one, and what it did stays known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import SessionFactory, live_posts
from storage.live_posts import LivePost

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=45)
KEY = "executive_dashboard/slack:C0123"
SHOWN = LivePost(KEY, "C0123", "1700.1", "3f9a", NOW, is_pinned=True)


def claim(sessions: SessionFactory, worker: str, now: datetime = NOW, key: str = KEY) -> LivePost | None:
    with sessions.begin() as session:
        return live_posts.claim(session, key, worker=worker, now=now, lease=LEASE)


def keep(sessions: SessionFactory, post: LivePost, worker: str) -> bool:
    with sessions.begin() as session:
        return live_posts.keep(session, post, worker=worker)


def read(sessions: SessionFactory, key: str = KEY) -> LivePost | None:
    with sessions.read() as session:
        return live_posts.read(session, key)


def test_nothing_is_known_of_a_post_nobody_claimed(sessions: SessionFactory) -> None:
    assert read(sessions) is None


def test_what_was_done_is_kept_and_told_to_the_next(sessions: SessionFactory) -> None:
    assert claim(sessions, "one") == LivePost(KEY)
    assert keep(sessions, SHOWN, "one")
    assert read(sessions) == SHOWN
    assert claim(sessions, "two") == SHOWN


def test_a_post_is_in_one_pair_of_hands(sessions: SessionFactory) -> None:
    claim(sessions, "one")
    assert claim(sessions, "two") is None
    assert claim(sessions, "one", NOW + LEASE / 2) == LivePost(KEY)  # and holds it longer
    assert claim(sessions, "two", NOW + LEASE) is None
    assert claim(sessions, "two", NOW + 2 * LEASE) == LivePost(KEY)
    assert not keep(sessions, SHOWN, "one")
    assert read(sessions) == LivePost(KEY)


def test_a_claim_with_which_nothing_was_done_is_given_back(sessions: SessionFactory) -> None:
    claim(sessions, "one")
    with sessions.begin() as session:
        live_posts.release(session, KEY, worker="two")
    assert claim(sessions, "two") is None
    with sessions.begin() as session:
        live_posts.release(session, KEY, worker="one")
    assert claim(sessions, "two") == LivePost(KEY)


def test_of_many_that_claim_at_once_one_gets_it(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: claim(sessions, f"worker {number}"), range(8)))
    assert sum(one is not None for one in found) == 1


def test_each_channel_has_its_own(sessions: SessionFactory) -> None:
    other = replace(SHOWN, key="executive_dashboard/slack:C0456", channel="C0456")
    for post in (other, SHOWN):
        claim(sessions, "one", key=post.key)
        assert keep(sessions, post, "one")
    with sessions.read() as session:
        assert live_posts.listing(session) == [SHOWN, other]
