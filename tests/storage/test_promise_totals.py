"""What became of the promises: totals, the last one a channel has read, and what is thrown away in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import SessionFactory, promises
from storage.promises import Promise, Receipt, State, Summary

DUE = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
LATE = timedelta(minutes=15)


def post(number: int = 0, channel: str = "C1", **other: str) -> Promise:
    due = DUE + timedelta(days=number)
    one = Promise(f"daily/{channel}/{number}", "daily", str(number), "slack", channel, due, '{"a": 1}')
    return replace(one, **other)  # type: ignore[arg-type]


def owe(sessions: SessionFactory, *owed: Promise) -> None:
    with sessions.begin() as session:
        for one in owed:
            promises.owe(session, one)


def deliver(sessions: SessionFactory, one: Promise, *, after: timedelta = LEASE, copies: int = 1) -> None:
    owe(sessions, one)
    with sessions.begin() as session:
        assert promises.delivered(session, one.key, Receipt(one.channel, "1", one.due + after, copies=copies))


def fail(sessions: SessionFactory, one: Promise) -> None:
    owe(sessions, one)
    with sessions.begin() as session:
        taken = promises.claim(session, worker="one", now=one.due, lease=LEASE)
        assert taken is not None
        assert promises.failed(session, taken.key, worker="one", error="no", retry_at=None)


def miss(sessions: SessionFactory, one: Promise) -> None:
    owe(sessions, replace(one, deadline=one.due))
    with sessions.begin() as session:
        assert promises.expire(session, one.due)


def total(sessions: SessionFactory, since: datetime = DUE) -> Summary:
    with sessions.read() as session:
        return promises.summary(session, since, late_after=LATE)


def test_of_nothing_nothing_became(sessions: SessionFactory) -> None:
    assert total(sessions) == Summary(0, 0, 0, 0, 0, 0, 0, 0)


def test_each_promise_counts_once_and_the_parts_make_the_whole(sessions: SessionFactory) -> None:
    deliver(sessions, post(0))
    deliver(sessions, post(1), after=LATE)
    deliver(sessions, post(2), after=LATE + timedelta(microseconds=1))
    miss(sessions, post(3))
    fail(sessions, post(4))
    owe(sessions, post(5), post(6))
    found = total(sessions)
    assert found == Summary(promised=7, delivered=3, late=1, failed=1, missed=1, open=2, twice=0)
    assert found.promised == found.delivered + found.failed + found.missed + found.open


def test_a_claimed_one_and_one_without_an_answer_are_open(sessions: SessionFactory) -> None:
    owe(sessions, post(0, "C1"), post(0, "C2"))
    with sessions.begin() as session:
        first = promises.claim(session, worker="one", now=DUE, lease=LEASE)
        assert first is not None
        promises.unknown(session, first.key, worker="one", error="?", retry_at=DUE + LEASE)
        promises.claim(session, worker="one", now=DUE, lease=LEASE)
    assert (total(sessions).promised, total(sessions).open) == (2, 2)


def test_what_was_found_to_stand_twice_is_counted(sessions: SessionFactory) -> None:
    deliver(sessions, post(0), copies=2)
    deliver(sessions, post(1, "C2", stands_for="x"), copies=3)
    deliver(sessions, post(2))
    assert total(sessions).twice == 2


def test_a_stand_in_is_no_promise_of_its_own(sessions: SessionFactory) -> None:
    fail(sessions, post(0))
    deliver(sessions, post(0, "C2", stands_for=post(0).key), after=2 * LATE)
    fail(sessions, post(0, "C3", stands_for=post(0).key))
    found = total(sessions)
    assert found == Summary(promised=1, delivered=0, late=0, failed=1, missed=0, open=0, twice=0, stood_in=1)


def test_what_was_folded_is_no_promise(sessions: SessionFactory) -> None:
    owe(sessions, replace(post(0), state=State.FOLDED, payload="", error="nothing changed", deadline=DUE))
    deliver(sessions, post(1))
    found = total(sessions)
    assert (found.promised, found.delivered, found.folded) == (1, 1, 1)
    assert (found.missed, found.open) == (0, 0)
    with sessions.begin() as session:
        assert promises.expire(session, DUE) == []
        assert promises.claim(session, worker="one", now=DUE, lease=LEASE) is None


def test_what_was_due_before_does_not_count(sessions: SessionFactory) -> None:
    deliver(sessions, post(0))
    deliver(sessions, post(1))
    assert total(sessions, DUE + timedelta(seconds=1)).promised == 1


def last(sessions: SessionFactory, before: datetime, **other: str) -> str | None:
    asked = {"report": "daily", "surface": "slack", "channel": "C1"} | other
    with sessions.read() as session:
        found = promises.last_sent(session, **asked, before=before)  # type: ignore[arg-type]
    return found and found.key


def test_the_last_sent_is_the_newest_that_its_readers_have(sessions: SessionFactory) -> None:
    deliver(sessions, post(0))
    deliver(sessions, post(1))
    fail(sessions, post(2))
    miss(sessions, post(3))
    assert last(sessions, DUE + timedelta(days=9)) == post(1).key
    assert last(sessions, post(1).due) == post(0).key
    assert last(sessions, post(0).due) is None


def test_one_that_is_still_to_come_counts_as_sent(sessions: SessionFactory) -> None:
    owe(sessions, post(0), post(1))
    assert last(sessions, DUE + timedelta(days=9)) == post(1).key


@pytest.mark.parametrize("other", [{"report": "weekly"}, {"surface": "discord"}, {"channel": "C2"}])
def test_only_the_same_report_in_the_same_place_counts(
    sessions: SessionFactory, other: dict[str, str]
) -> None:
    deliver(sessions, post(0))
    assert last(sessions, DUE + timedelta(days=9), **other) is None


def test_what_stood_in_for_another_channel_was_not_this_ones(sessions: SessionFactory) -> None:
    deliver(sessions, post(0, stands_for="daily/C2/0"))
    assert last(sessions, DUE + timedelta(days=9)) is None


def test_old_delivered_payloads_are_emptied_once_and_all_else_stays(sessions: SessionFactory) -> None:
    deliver(sessions, post(0))
    deliver(sessions, post(1))
    fail(sessions, post(0, "C2"))
    with sessions.begin() as session:
        assert promises.prune(session, post(1).due) == 1
        assert promises.prune(session, post(1).due) == 0
        found = {one.key: one for one in promises.listing(session)}
    assert {key: one.payload for key, one in found.items()} == {
        post(0).key: "",
        post(1).key: post().payload,
        post(0, "C2").key: post().payload,
    }
    assert found[post(0).key].receipt == Receipt("C1", "1", DUE + LEASE)
    assert found[post(0).key].state is State.DELIVERED
    owe(sessions, post(0))  # its key is still taken
    assert total(sessions).promised == 3
