"""Posts that nobody goes on with, and the longest that one has been owed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import SessionFactory, promises, stuck
from storage.promises import Promise, State
from storage.stuck import PATIENCE, UNKNOWN_FOR, Stuck

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = timedelta(minutes=1)
CAUGHT_UP = timedelta(hours=12)


def owe(sessions: SessionFactory, due: datetime, *, key: str = "daily/slack:C1/x") -> Promise:
    one = Promise(key, "daily", "x", "slack", "C1", due, "{}", due + CAUGHT_UP)
    with sessions.begin() as session:
        assert promises.owe(session, one)
    return one


def claim(sessions: SessionFactory, now: datetime) -> None:
    with sessions.begin() as session:
        assert promises.claim(session, worker="w", now=now, lease=LEASE) is not None


def found(sessions: SessionFactory, now: datetime) -> list[Stuck]:
    with sessions.read() as session:
        return stuck.stuck(session, now)


def test_a_claim_is_left_behind_some_time_after_its_lease(sessions: SessionFactory) -> None:
    one = owe(sessions, NOW)
    claim(sessions, NOW)
    assert found(sessions, NOW + LEASE + PATIENCE - timedelta(seconds=1)) == []
    assert found(sessions, NOW + LEASE + PATIENCE) == [
        Stuck(one.key, "slack", "C1", State.CLAIMED, NOW + LEASE, "")
    ]


def test_what_is_owed_is_left_behind_some_time_after_its_deadline(sessions: SessionFactory) -> None:
    one = owe(sessions, NOW)
    assert found(sessions, NOW + CAUGHT_UP) == []
    assert found(sessions, NOW + CAUGHT_UP + PATIENCE) == [
        Stuck(one.key, "slack", "C1", State.OWED, NOW + CAUGHT_UP, "")
    ]


def test_what_nobody_knows_of_is_left_behind_after_hours(sessions: SessionFactory) -> None:
    one = owe(sessions, NOW)
    claim(sessions, NOW)
    with sessions.begin() as session:
        promises.unknown(session, one.key, worker="w", error="No answer.", retry_at=NOW)
    assert found(sessions, NOW + UNKNOWN_FOR - timedelta(seconds=1)) == []
    assert found(sessions, NOW + UNKNOWN_FOR) == [
        Stuck(one.key, "slack", "C1", State.UNKNOWN, NOW, "No answer.")
    ]


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=30)])
def test_what_is_settled_or_not_due_yet_is_never_left_behind(
    sessions: SessionFactory, later: timedelta
) -> None:
    one = owe(sessions, NOW)
    claim(sessions, NOW)
    with sessions.begin() as session:
        promises.failed(session, one.key, worker="w", error="is_archived", retry_at=None)
    owe(sessions, NOW + timedelta(days=40), key="next")
    assert found(sessions, NOW + later) == []
    with sessions.read() as session:
        assert stuck.oldest_open(session, NOW + later) is None


def test_the_oldest_open_post_is_the_longest_due(sessions: SessionFactory) -> None:
    owe(sessions, NOW, key="newer")
    owe(sessions, NOW - timedelta(hours=3), key="older")
    with sessions.read() as session:
        assert stuck.oldest_open(session, NOW) == NOW - timedelta(hours=3)
