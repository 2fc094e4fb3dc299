"""What is told twice is heard once, by whichever process."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from storage import SessionFactory, heard

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


def hear(sessions: SessionFactory, key: str, at: datetime = NOW) -> bool:
    with sessions.begin() as session:
        return heard.first(session, key, at)


def test_only_the_first_time_counts(sessions: SessionFactory) -> None:
    found = [hear(sessions, key) for key in ("slack:Ev1", "slack:Ev1", "slack:Ev2", "discord:Ev1")]
    assert found == [True, False, True, True]


def test_of_several_that_hear_it_at_once_one_is_first(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: hear(sessions, "slack:Ev1"), range(4)))
    assert Counter(found) == {True: 1, False: 3}


def test_a_failed_answer_was_not_heard(sessions: SessionFactory) -> None:
    with sessions() as session:
        assert heard.first(session, "slack:Ev1", NOW)
        session.rollback()
    assert hear(sessions, "slack:Ev1")


def test_what_is_old_is_forgotten(sessions: SessionFactory) -> None:
    hear(sessions, "old")
    hear(sessions, "new", NOW + timedelta(hours=1))
    with sessions.begin() as session:
        assert heard.forget(session, NOW + timedelta(hours=1)) == 1
    assert [hear(sessions, key) for key in ("old", "new")] == [True, False]
