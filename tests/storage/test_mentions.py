"""Texts that sources tell of: each once, its reach the greatest that was read, forgotten after a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError
from sqlmodel import text

from storage import Engine, SessionFactory
from storage import mentions as store
from storage.mentions import KEPT, NEWS, StoredMention
from tests.storage.test_samples_read import statements

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
EVER = NOW - 999 * DAY


@dataclass(frozen=True)
class Told:
    """A text as a source tells of it."""

    kind: str = "mention"
    at: datetime = NOW - DAY
    text: str = "Acme DB ate my data"
    reference: str = "t3_1"
    url: str = "https://forum.example/1"
    topic: str = "Acme DB"
    site: str = "forum.example"
    reach: float | None = None
    sentiment: float | None = None


ONE = Told()


def keep(sessions: SessionFactory, *told: Told, now: datetime = NOW, source: str = "forum") -> None:
    with sessions.begin() as session:
        store.keep(session, source, iter(told), now)


def news(sessions: SessionFactory, since: datetime = EVER) -> list[StoredMention]:
    with sessions.read() as session:
        return store.since(session, since)


def test_a_text_comes_back_as_it_was_told(sessions: SessionFactory) -> None:
    keep(sessions, replace(ONE, kind="post", reach=12.0, sentiment=-0.5))
    (found,) = news(sessions)
    assert found == StoredMention(
        found.id,
        "forum",
        "post",
        ONE.at,
        ONE.text,
        "t3_1",
        ONE.url,
        "Acme DB",
        "forum.example",
        12.0,
        -0.5,
        NOW,
        NOW,
    )


def test_it_is_kept_once_a_source_as_it_was_first_read(sessions: SessionFactory) -> None:
    keep(sessions, ONE)
    keep(sessions, replace(ONE, text="edited", at=NOW, url="", sentiment=1.0), now=NOW + DAY)
    keep(sessions, ONE, now=NOW + DAY, source="other")
    assert [(one.source, one.text, one.at, one.recorded_at) for one in news(sessions)] == [
        ("forum", ONE.text, ONE.at, NOW),
        ("other", ONE.text, ONE.at, NOW + DAY),
    ]


@pytest.mark.parametrize(
    ("first", "then", "reach", "has_grown"),
    [
        (None, None, None, False),
        (None, 5.0, 5.0, True),
        (5.0, None, 5.0, False),
        (5.0, 4.0, 5.0, False),
        (5.0, 5.0, 5.0, False),
        (5.0, 12_000.0, 12_000.0, True),
    ],
)
def test_its_reach_only_grows(
    sessions: SessionFactory, first: float | None, then: float | None, reach: float | None, has_grown: bool
) -> None:
    keep(sessions, replace(ONE, reach=first))
    keep(sessions, replace(ONE, reach=then), now=NOW + DAY)
    (found,) = news(sessions)
    assert (found.reach, found.recorded_at) == (reach, NOW)
    assert found.changed_at == (NOW + DAY if has_grown else NOW)
    assert len(news(sessions, NOW + DAY)) == has_grown


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=6))
def test_in_whatever_order_it_is_read_the_greatest_reach_stays(
    sessions: SessionFactory, read: list[int | None]
) -> None:
    with sessions.begin() as session:
        session.connection().execute(text("DELETE FROM mentions"))
    for number, reach in enumerate(read):
        told = replace(ONE, reach=None if reach is None else float(reach))
        keep(sessions, told, now=NOW + number * timedelta(minutes=1))
    (found,) = news(sessions)
    assert found.reach == max((one for one in read if one is not None), default=None)


def test_topics_that_become_known_later_are_added(sessions: SessionFactory) -> None:
    keep(sessions, replace(ONE, topic="News"))
    keep(sessions, replace(ONE, topic="News\ncompetitors"), now=NOW + DAY)
    keep(sessions, replace(ONE, topic="News"), now=NOW + 2 * DAY)
    (found,) = news(sessions)
    assert found.topics == ("News", "competitors")
    assert found.changed_at == NOW


def test_told_twice_in_one_run_it_has_the_greater_reach(sessions: SessionFactory) -> None:
    keep(sessions, replace(ONE, reach=3.0), replace(ONE, reach=7.0), ONE)
    assert [one.reach for one in news(sessions)] == [7.0]


def test_what_was_old_when_it_was_first_read_is_kept_and_no_news(sessions: SessionFactory) -> None:
    keep(sessions, replace(ONE, at=NOW - NEWS, reference="just"))
    keep(sessions, replace(ONE, at=NOW - NEWS - DAY, reference="old", reach=1.0))
    keep(sessions, replace(ONE, at=NOW - NEWS - DAY, reference="old", reach=9.0), now=NOW + DAY)
    assert [one.reference for one in news(sessions)] == ["just"]
    with sessions.read() as session:
        assert session.connection().execute(text("SELECT COUNT(*) FROM mentions")).scalar() == 2


def test_a_text_is_forgotten_and_stays_so(sessions: SessionFactory) -> None:
    keep(sessions, ONE, replace(ONE, reference="new", at=NOW))
    keep(sessions, ONE, now=ONE.at + KEPT + timedelta(seconds=1))
    assert [one.reference for one in news(sessions)] == ["new"]
    keep(sessions, now=NOW + 2 * KEPT)
    assert [one.reference for one in news(sessions)] == ["new"]  # a run without texts looks at none


def test_the_news_since_a_time_come_oldest_first(sessions: SessionFactory) -> None:
    keep(sessions, *(replace(ONE, reference=str(n), at=NOW - n * DAY) for n in range(3)))
    keep(sessions, replace(ONE, reference="late", at=NOW - 5 * DAY), now=NOW + DAY)
    assert [one.reference for one in news(sessions)] == ["late", "2", "1", "0"]
    assert [one.reference for one in news(sessions, NOW + DAY)] == ["late"]


def test_hostile_words_are_stored_as_words(sessions: SessionFactory) -> None:
    keep(sessions, replace(ONE, text="<!channel>\x00\ud800'; DROP TABLE mentions"))
    (found,) = news(sessions)
    assert found.text == "<!channel>\ufffd\ufffd'; DROP TABLE mentions"


def test_many_are_kept_in_few_statements(engine: Engine, sessions: SessionFactory) -> None:
    many = [replace(ONE, reference=f"r{number}") for number in range(1200)]
    with statements(engine) as seen:
        keep(sessions, *many)
    said = [one.split()[0] for one, _ in seen]
    assert (said.count("INSERT"), said.count("DELETE")) == (1, 1)
    assert len(news(sessions)) == 1200


def test_a_text_needs_an_id_and_an_aware_time(sessions: SessionFactory) -> None:
    with pytest.raises(ValueError, match="own id"):
        keep(sessions, replace(ONE, reference=""))
    with pytest.raises(StatementError, match="no time zone"), sessions.read() as session:
        store.since(session, NOW.replace(tzinfo=None))
