"""What a channel has got and what was kept from it; what stands and what follows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import SessionFactory, posted, promises
from storage.posted import Folded, Posted
from storage.promises import Promise, Receipt, State

DUE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LEASE = timedelta(minutes=2)


def post(number: int = 0, **other: object) -> Promise:
    one = Promise(f"daily/{number}", "daily", str(number), "slack", "C1", DUE + number * DAY, f'"{number}"')
    return replace(one, **other)  # type: ignore[arg-type]  # fields by name


def owe(sessions: SessionFactory, *owed: Promise, delivered: bool = False) -> None:
    with sessions.begin() as session:
        for one in owed:
            assert promises.owe(session, one)
            if delivered:
                promises.delivered(session, one.key, Receipt(one.channel, "1", one.due))


def used(sessions: SessionFactory, days: int = 7) -> int:
    with sessions.read() as session:
        return posted.used(session, "slack", "C1", DUE, DUE + days * DAY)


def test_messages_that_stand_or_will_stand_are_used(sessions: SessionFactory) -> None:
    owe(sessions, post(0), post(7), delivered=True)
    owe(sessions, post(1), post(2, payload=""), post(3, state=State.FOLDED), post(4, channel="C2"))
    owe(sessions, post(5, follows="daily/0"), delivered=True)
    assert (used(sessions), used(sessions, 8)) == (2, 3)


def test_what_was_folded_is_told_with_its_reason(sessions: SessionFactory) -> None:
    owe(sessions, post(0, state=State.FOLDED, error="nothing changed"), post(1))
    owe(sessions, post(2, state=State.FOLDED, error="5 of 5", channel="C2"))
    with sessions.read() as session:
        assert posted.folded(session, "slack", "C1", DUE, DUE + DAY) == [
            Folded("daily", "0", "nothing changed")
        ]
        assert posted.folded(session, "slack", "C1", DUE + DAY, DUE + 9 * DAY) == []


def test_what_stands_comes_with_all_that_follows_it(sessions: SessionFactory) -> None:
    owe(sessions, post(0), post(2), delivered=True)
    owe(sessions, post(1), post(3, follows="daily/2"))
    with sessions.read() as session:
        found = posted.standing(session, DUE + timedelta(hours=1))
    assert [(one.key, one.follows) for one in found] == [("daily/2", ""), ("daily/3", "daily/2")]
    assert found[0] == Posted("daily/2", "daily", "2", "slack", "C1", DUE + 2 * DAY, "")


def test_messages_are_read_by_key_as_far_as_they_are_kept(sessions: SessionFactory) -> None:
    owe(sessions, *(post(number) for number in range(120)), post(200, payload=""))
    keys = [f"daily/{number}" for number in (*range(100), 200, 300)]
    with sessions.read() as session:
        found = dict(posted.payloads(session, keys))
    assert found == {f"daily/{number}": f'"{number}"' for number in range(100)}


def test_what_has_lost_its_thread_is_missed_while_it_is_held(sessions: SessionFactory) -> None:
    owe(sessions, post(0, follows="gone"))
    with sessions.begin() as session:
        promises.claim(session, worker="one", now=DUE, lease=LEASE)
        assert not promises.dropped(session, "daily/0", worker="two", error="no thread")
        assert promises.dropped(session, "daily/0", worker="one", error="no thread")
        found = promises.find(session, "daily/0")
    assert found is not None
    assert (found.state, found.error, found.follows) == (State.MISSED, "no thread", "gone")


def test_what_follows_is_not_the_last_report_sent(sessions: SessionFactory) -> None:
    owe(sessions, post(0), post(1, follows="daily/0"), delivered=True)
    owe(sessions, post(2, state=State.FOLDED))
    with sessions.read() as session:
        last = promises.last_sent(
            session, report="daily", surface="slack", channel="C1", before=DUE + 9 * DAY
        )
    assert last is not None
    assert last.key == "daily/0"
