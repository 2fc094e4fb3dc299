"""The ledger: what is owed once, claimed once, and never forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import SessionFactory, promises
from storage.promises import Promise, Receipt, State

DUE = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
RECEIPT = Receipt("C0123", "1762934400.000100", DUE + timedelta(minutes=1), ("chart left out",), copies=2)


def daily(number: int = 0, *, deadline: datetime | None = None) -> Promise:
    day = DUE + timedelta(days=number)
    return Promise(
        key=f"daily/slack:C0123/{day.date()}",
        report="daily",
        period=str(day.date()),
        surface="slack",
        channel="C0123",
        due=day,
        payload='{"blocks": ["★"]}',
        deadline=deadline,
    )


def owe(sessions: SessionFactory, *owed: Promise) -> list[bool]:
    with sessions.begin() as session:
        return [promises.owe(session, one) for one in owed]


def claim(sessions: SessionFactory, worker: str = "one", at: datetime = DUE) -> Promise | None:
    with sessions.begin() as session:
        return promises.claim(session, worker=worker, now=at, lease=LEASE)


def stored(sessions: SessionFactory, key: str = daily().key) -> Promise:
    with sessions.read() as session:
        found = promises.find(session, key)
    assert found is not None
    return found


def test_what_is_owed_comes_back_as_it_was(sessions: SessionFactory) -> None:
    assert owe(sessions, daily()) == [True]
    assert stored(sessions) == daily()


def test_the_same_key_is_owed_once_and_its_payload_stays(sessions: SessionFactory) -> None:
    other = Promise(daily().key, "daily", "x", "slack", "C9", DUE, "{}")
    assert owe(sessions, daily(), other) == [True, False]
    assert owe(sessions, other) == [False]
    assert stored(sessions) == daily()


def test_nothing_is_claimed_before_it_is_due(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    assert claim(sessions, at=DUE - timedelta(microseconds=1)) is None
    assert claim(sessions, at=DUE) is not None


def test_a_claim_notes_who_until_when_and_how_often(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    found = claim(sessions)
    assert found == stored(sessions)
    assert found is not None
    assert (found.state, found.claimed_by, found.claimed_until) == (State.CLAIMED, "one", DUE + LEASE)
    assert (found.attempts, found.first_tried_at, found.is_uncertain) == (1, DUE, False)


def test_what_stands_for_another_and_a_known_reason_are_kept(sessions: SessionFactory) -> None:
    other = replace(daily(), stands_for="daily/discord:456/2026-11-12", error="The bot was not running.")
    owe(sessions, other)
    assert stored(sessions) == other


def test_a_claimed_promise_is_nobody_elses(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    assert claim(sessions, "two", DUE + LEASE - timedelta(seconds=1)) is None


def test_the_longest_due_comes_first(sessions: SessionFactory) -> None:
    owe(sessions, *(replace(daily(number), channel=f"C{number}") for number in (2, 0, 1)))
    taken = [claim(sessions, at=DUE + timedelta(days=9)) for _ in range(4)]
    assert [one and one.period for one in taken] == ["2026-11-12", "2026-11-13", "2026-11-14", None]


def test_an_expired_claim_is_taken_over_as_uncertain(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    taken = claim(sessions, "two", DUE + LEASE)
    assert taken is not None
    assert (taken.claimed_by, taken.attempts, taken.is_uncertain) == ("two", 2, True)
    assert taken.first_tried_at == DUE  # how far back the channel has to be read


def test_a_renewed_claim_stays(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    with sessions.begin() as session:
        assert promises.renew(session, daily().key, worker="one", until=DUE + 3 * LEASE)
    assert claim(sessions, "two", DUE + LEASE) is None


def test_who_lost_a_claim_learns_it_and_changes_nothing(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    taken = claim(sessions, "two", DUE + LEASE)
    key = daily().key
    with sessions.begin() as session:
        assert not promises.renew(session, key, worker="one", until=DUE + 3 * LEASE)
        assert not promises.failed(session, key, worker="one", error="no", retry_at=None)
        assert not promises.unknown(session, key, worker="one", error="no", retry_at=DUE)
    assert stored(sessions) == taken


def test_a_delivered_promise_keeps_its_receipt_and_is_done(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    with sessions.begin() as session:
        assert promises.delivered(session, daily().key, RECEIPT)
    done = stored(sessions)
    assert (done.state, done.receipt, done.delay) == (State.DELIVERED, RECEIPT, timedelta(minutes=1))
    assert claim(sessions, at=DUE + timedelta(days=9)) is None


def test_the_first_receipt_stays(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    with sessions.begin() as session:
        promises.delivered(session, daily().key, RECEIPT)
        assert not promises.delivered(session, daily().key, Receipt("C9", "2", DUE))
    assert stored(sessions).receipt == RECEIPT


def test_a_receipt_counts_even_from_who_lost_the_claim(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    claim(sessions, "two", DUE + LEASE)
    with sessions.begin() as session:
        assert promises.delivered(session, daily().key, RECEIPT)
        assert not promises.failed(session, daily().key, worker="two", error="no", retry_at=DUE)
    assert stored(sessions).state is State.DELIVERED


def test_a_refused_post_is_owed_again_later(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    later = DUE + timedelta(seconds=30)
    with sessions.begin() as session:
        assert promises.failed(session, daily().key, worker="one", error="ratelimited", retry_at=later)
    assert (stored(sessions).state, stored(sessions).error) == (State.OWED, "ratelimited")
    assert claim(sessions, at=later - timedelta(seconds=1)) is None
    again = claim(sessions, at=later)
    assert again is not None
    assert (again.attempts, again.is_uncertain) == (2, False)


def test_a_post_refused_for_good_has_failed(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    with sessions.begin() as session:
        promises.failed(session, daily().key, worker="one", error="channel_not_found", retry_at=None)
    assert stored(sessions).state is State.FAILED
    assert claim(sessions, at=DUE + timedelta(days=9)) is None


def test_an_unknown_outcome_is_claimed_as_uncertain_until_it_is_known(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    with sessions.begin() as session:
        assert promises.unknown(session, daily().key, worker="one", error="connection lost", retry_at=DUE)
    assert stored(sessions).state is State.UNKNOWN
    again = claim(sessions, "two", DUE)
    assert again is not None
    assert again.is_uncertain
    with sessions.begin() as session:  # looked: it is not there, and sending again was refused
        promises.failed(session, daily().key, worker="two", error="ratelimited", retry_at=DUE)
    certain = claim(sessions, "two", DUE)
    assert certain is not None
    assert not certain.is_uncertain


def test_an_error_text_with_unstorable_characters_is_kept_readable(sessions: SessionFactory) -> None:
    owe(sessions, daily())
    claim(sessions)
    with sessions.begin() as session:
        promises.failed(session, daily().key, worker="one", error="bad\x00body\ud800 ü", retry_at=None)
    assert stored(sessions).error == "bad\ufffdbody\ufffd ü"


@pytest.mark.parametrize("begun", [False, True])
def test_only_what_nobody_began_is_missed(sessions: SessionFactory, begun: bool) -> None:
    deadline = DUE + timedelta(hours=1)
    owe(sessions, daily(deadline=deadline))
    if begun:
        claim(sessions)
    with sessions.begin() as session:
        assert promises.expire(session, deadline - timedelta(seconds=1)) == []
        missed = promises.expire(session, deadline)
        assert promises.expire(session, deadline) == []
    assert [one.state for one in missed] == ([] if begun else [State.MISSED])
    assert (claim(sessions, at=deadline) is not None) == begun


@pytest.mark.parametrize(
    ("known", "told"),
    [("", "Nobody sent it to slack in time."), ("The bot was not running.", "The bot was not running.")],
)
def test_what_nobody_tried_says_why_it_is_missed(sessions: SessionFactory, known: str, told: str) -> None:
    owe(sessions, replace(daily(deadline=DUE + LEASE), error=known))
    with sessions.begin() as session:
        assert [one.error for one in promises.expire(session, DUE + LEASE)] == [told]
    assert (stored(sessions).state, stored(sessions).error) == (State.MISSED, told)


def test_what_was_tried_in_vain_keeps_its_error_when_missed(sessions: SessionFactory) -> None:
    owe(sessions, daily(deadline=DUE + LEASE))
    claim(sessions)
    with sessions.begin() as session:
        promises.failed(session, daily().key, worker="one", error="ratelimited", retry_at=DUE + LEASE)
        assert [one.error for one in promises.expire(session, DUE + LEASE)] == ["ratelimited"]


def test_listing_gives_the_latest_first_by_state_and_time(sessions: SessionFactory) -> None:
    owe(sessions, *(daily(number) for number in range(4)))
    claim(sessions)
    with sessions.read() as session:
        everything = promises.listing(session)
        owed = promises.listing(session, states=[State.OWED], since=DUE + timedelta(days=2), limit=1)
        waiting = promises.due(session, DUE + timedelta(days=2))
    assert [one.period[-2:] for one in everything] == ["15", "14", "13", "12"]
    assert [one.period[-2:] for one in owed] == ["15"]
    assert [one.period[-2:] for one in waiting] == ["12", "13", "14"]  # the first by its expired claim


def test_counts_tell_by_channel_what_became_of_it(sessions: SessionFactory) -> None:
    owe(sessions, daily(0), daily(1), Promise("w", "weekly", "46", "discord", "456", DUE, "{}"))
    claim(sessions)
    with sessions.read() as session:
        found = promises.counts(session, DUE)
    assert found == {
        ("discord", "456"): {State.OWED: 1},
        ("slack", "C0123"): {State.CLAIMED: 1, State.OWED: 1},
    }


def test_a_promise_shares_the_fate_of_its_transaction(sessions: SessionFactory) -> None:
    def owe_and_fail() -> None:
        with sessions.begin() as session:
            promises.owe(session, daily())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        owe_and_fail()
    assert claim(sessions) is None
