"""What the ledger says of the past: by channel, the troubles, and where a post was told instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import SessionFactory, promises, receipts
from storage.promises import Promise, Receipt
from storage.receipts import ChannelPosts, StandIn

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LATE = timedelta(minutes=15)


def due(days: int) -> datetime:
    return NOW - timedelta(days=days)


def promised(days: int, *, channel: str = "C1", stands_for: str = "", name: str = "daily") -> Promise:
    key = f"{name}/slack:{channel}/{days}{'>' if stands_for else ''}"
    return Promise(
        key, name, f"day {days}", "slack", channel, due(days), "{}", due(days) + LATE, stands_for=stands_for
    )


def owe(
    sessions: SessionFactory, one: Promise, *, after: timedelta | None = timedelta(0), copies: int = 1
) -> Promise:
    """Owed, and delivered `after` it was due, where that is told."""
    with sessions.begin() as session:
        assert promises.owe(session, one)
        if after is not None:
            receipt = Receipt(one.channel, "17.0", one.due + after, copies=copies)
            assert promises.delivered(session, one.key, receipt)
    return one


def fail(sessions: SessionFactory, one: Promise, error: str) -> None:
    with sessions.begin() as session:
        promises.owe(session, one)
        taken = promises.claim(session, worker="w", now=one.due, lease=LATE)
        assert taken is not None
        assert promises.failed(session, taken.key, worker="w", error=error, retry_at=None)


def found(sessions: SessionFactory, since: datetime = NOW - timedelta(days=30)) -> Sequence[ChannelPosts]:
    with sessions.read() as session:
        return receipts.by_channel(session, since)


def test_each_channel_has_its_counts_and_its_last_arrival(sessions: SessionFactory) -> None:
    owe(sessions, promised(40))
    owe(sessions, promised(2))
    owe(sessions, promised(1), after=timedelta(hours=1))
    owe(sessions, promised(1, channel="C2"), after=None)
    fail(sessions, promised(3, channel="C3"), "The channel is archived.")
    assert found(sessions) == [
        ChannelPosts("slack", "C1", 2, 0, 0, due(1) + timedelta(hours=1)),
        ChannelPosts("slack", "C2", 0, 1, 0, None),
        ChannelPosts("slack", "C3", 0, 0, 1, None),
    ]
    assert [one.delivered for one in found(sessions, due(50))] == [3, 0, 0]
    assert found(sessions, NOW) == []


def test_troubles_are_what_did_not_simply_arrive(sessions: SessionFactory) -> None:
    owe(sessions, promised(1))
    late = owe(sessions, promised(2), after=timedelta(minutes=16))
    twice = owe(sessions, promised(3), copies=2)
    missed = owe(sessions, promised(4), after=None)
    fail(sessions, promised(5, channel="C3"), "The channel is archived.")
    owe(sessions, promised(5, channel="C9", stands_for="daily/slack:C3/5"), after=timedelta(hours=1))
    with sessions.begin() as session:
        promises.expire(session, NOW)
    with sessions.read() as session:
        told = receipts.troubles(session, due(30), late_after=LATE)
        assert [one.key for one in told] == [late.key, twice.key, missed.key, "daily/slack:C3/5"]
        assert (told[1].copies, told[3].error) == (2, "The channel is archived.")
        assert (told[3].state, told[3].delivered_at) == (promises.State.FAILED, None)
        assert len(receipts.troubles(session, due(30), late_after=LATE, limit=2)) == 2
        assert receipts.troubles(session, due(1), late_after=LATE) == []


def test_where_a_post_was_told_instead(sessions: SessionFactory) -> None:
    fail(sessions, promised(5, channel="C3"), "The channel is archived.")
    owe(sessions, promised(5, channel="C8", stands_for="daily/slack:C3/5"), after=None)
    owe(sessions, promised(5, channel="C9", stands_for="daily/slack:C3/5"), after=timedelta(hours=1))
    with sessions.read() as session:
        assert receipts.stand_ins(session, ["daily/slack:C3/5", "other"]) == {
            "daily/slack:C3/5": StandIn("slack", "C9", due(5) + timedelta(hours=1))
        }
        assert receipts.stand_ins(session, []) == {}


def test_what_was_folded_counts_apart(sessions: SessionFactory) -> None:
    owe(sessions, promised(2))
    owe(sessions, replace(promised(1), state=promises.State.FOLDED, error="nothing changed"), after=None)
    [one] = found(sessions)
    assert (one.delivered, one.open, one.dead, one.folded) == (1, 0, 0, 1)
    with sessions.read() as session:
        assert receipts.troubles(session, NOW - timedelta(days=30), late_after=LATE) == []
