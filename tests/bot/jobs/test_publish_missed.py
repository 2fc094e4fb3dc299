"""What was missed is folded into the next report, which says so; each schedule says how late is too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.cadence import Cadence
from bot.frozen import thaw
from bot.jobs.begun import Due
from bot.jobs.folding import Unsent, covering
from bot.reply import Note, Reply, plain_text
from storage import promises
from storage.promises import Promise, Receipt, State
from tests.bot.jobs.world import DAILY, NINE, Ledger, keep_stars


def composed(promise: Promise) -> Reply:
    return thaw(promise.payload)


def notes(promise: Promise) -> list[str]:
    return [plain_text(one.spans) for one in composed(promise).blocks if isinstance(one, Note)]


def lost(days: list[date]) -> list[Unsent]:
    return [Unsent(Due(NINE, day)) for day in days]


def sent(ledger: Ledger, *periods: str) -> None:
    """What is owed for these days is delivered."""
    with ledger.sessions.begin() as session:
        for period in periods:
            receipt = Receipt(DAILY.channel, f"ts{period}", ledger.clock())
            assert promises.delivered(session, DAILY.key(period), receipt)


@pytest.fixture
def going(ledger: Ledger) -> Ledger:
    """Ten more stars a day; the updates up to 20 November are sent."""
    keep_stars(ledger.sessions, NINE - timedelta(hours=1), days=20)
    ledger.clock.at = NINE - timedelta(days=5, hours=1)
    ledger.publish()
    for days in (5, 4):
        ledger.clock.at = NINE - timedelta(days=days)
        assert ledger.publish() == 1
    sent(ledger, "2026-11-19", "2026-11-20")
    ledger.clock.at = NINE
    return ledger


def test_the_next_report_covers_what_was_never_sent_and_says_so(going: Ledger) -> None:
    assert going.publish() == 4
    newest = going.all()[-1]
    assert "Covers 20 to 23 Nov: the updates of 21, 22 and 23 Nov were not sent." in notes(newest)
    assert "Stars up 40" in composed(newest).text
    assert list(composed(newest).data["unsent"]) == ["2026-11-21", "2026-11-22", "2026-11-23"]


def test_what_is_missed_in_several_steps_is_covered_too(going: Ledger) -> None:
    going.clock.at = NINE - timedelta(days=2)
    assert going.publish() == 2
    with going.sessions.begin() as session:
        promises.expire(session, NINE)  # nobody could send them
    going.clock.at = NINE
    assert going.publish() == 2
    assert "Covers 20 to 23 Nov: the updates of 21, 22 and 23 Nov were not sent." in notes(going.all()[-1])


def test_a_report_that_could_not_be_delivered_is_covered_by_the_next(going: Ledger) -> None:
    going.clock.at = NINE - timedelta(days=3)
    going.publish()
    with going.sessions.begin() as session:
        claimed = promises.claim(session, worker="one", now=going.clock(), lease=timedelta(minutes=1))
        assert claimed is not None
        promises.failed(session, claimed.key, worker="one", error="archived", retry_at=None)
    going.clock.at = NINE - timedelta(days=2)
    going.publish()
    assert "Covers 20 to 21 Nov: the update of 21 Nov was not sent." in notes(going.all()[-1])


def test_nothing_is_said_where_nothing_was_missed(going: Ledger) -> None:
    for days in (3, 2, 1, 0):
        going.clock.at = NINE - timedelta(days=days)
        going.publish()
        assert not [one for one in notes(going.all()[-1]) if "not sent" in one]
        assert "unsent" not in composed(going.all()[-1]).data
        assert "Stars up 10" in composed(going.all()[-1]).text


def test_a_report_sent_by_hand_before_its_time_was_sent(going: Ledger) -> None:
    going.clock.at = NINE - timedelta(days=3, hours=1)
    with going.sessions.read() as session:
        early = going.publish.promise(session, DAILY, going.clock(), going.clock())
    with going.sessions.begin() as session:
        assert promises.owe(session, early)
    for days in (3, 2):
        going.clock.at = NINE - timedelta(days=days)
        going.publish()
    assert not [one for one in notes(going.all()[-1]) if "not sent" in one]


def test_no_report_covers_more_than_a_month(ledger: Ledger) -> None:
    keep_stars(ledger.sessions, NINE, days=60)
    ledger.clock.at = NINE - timedelta(days=50, hours=1)
    ledger.publish()
    ledger.clock.at = NINE + timedelta(hours=1)
    assert ledger.publish() == 31
    (newest,) = [one for one in ledger.all() if one.payload]
    assert "Stars up 310" in composed(newest).text
    assert any(one.startswith("Covers 24 Oct to 23 Nov: 30 updates, of ") for one in notes(newest))


@pytest.mark.parametrize(
    ("days", "text", "covers"),
    [
        (6, "Stars up 70", []),
        (8, "Stars up 140", ["Covers 10 to 23 Nov: the update of 17 Nov was not sent."]),
    ],
)
def test_the_days_a_schedule_skips_are_no_missed_ones(
    ledger: Ledger, days: int, text: str, covers: list[str]
) -> None:
    keep_stars(ledger.sessions, NINE, days=20)
    weekly = replace(ledger, owed=(replace(DAILY, cadence=Cadence(time(9), frozenset({1}))),))
    weekly.known_since(days=days)
    weekly.publish()
    newest = weekly.all()[-1]
    assert text in composed(newest).text
    assert [one for one in notes(newest) if "not sent" in one] == covers


@pytest.mark.parametrize(
    ("hours", "late", "state"),
    [(24, 25, State.MISSED), (24, 23, State.OWED), (72, 70, State.OWED), (72, 73, State.MISSED)],
)
def test_how_late_is_too_late_is_the_schedules_own(
    ledger: Ledger, hours: int, late: int, state: State
) -> None:
    weekly = replace(DAILY, cadence=Cadence(time(9), frozenset({1})), catch_up=timedelta(hours=hours))
    one = replace(ledger, owed=(weekly,))
    one.known_since(hours=1)
    one.clock.forward(hours=late)
    assert one.publish() == 1
    one.expire()
    assert [found.state for found in one.all()] == [state]
    if state is State.OWED:
        assert one.all()[0].deadline == NINE + timedelta(hours=hours)


def test_a_late_report_is_still_about_its_own_day(ledger: Ledger) -> None:
    keep_stars(ledger.sessions, NINE + timedelta(days=1), days=20)
    weekly = replace(DAILY, cadence=Cadence(time(9), frozenset({1})), catch_up=timedelta(days=3))
    late = replace(ledger, owed=(weekly,))
    late.known_since(hours=1)
    late.clock.forward(days=2)
    late.publish()
    (found,) = late.all()
    assert "Tuesday 24 Nov" in composed(found).text


@pytest.mark.parametrize(
    ("unsent", "since", "said"),
    [
        ([22], 21, "Covers 21 to 22 Nov: the update of 22 Nov was not sent."),
        ([22], 22, "Covers 22 Nov: the update of 22 Nov was not sent."),
        ([21, 22], 20, "Covers 20 to 22 Nov: the updates of 21 and 22 Nov were not sent."),
        ([18, 19, 20, 21, 22], 17, "Covers 17 to 22 Nov: 5 updates, of 18 to 22 Nov, were not sent."),
    ],
)
def test_what_a_report_covers_in_words(unsent: list[int], since: int, said: str) -> None:
    days = [date(2026, 11, day) for day in unsent]
    assert covering(lost(days), date(2026, 11, since), date(2026, 11, 23)) == said


def test_two_months_are_both_named() -> None:
    said = covering(lost([date(2026, 11, 30), date(2026, 12, 1)]), date(2026, 11, 29), date(2026, 12, 2))
    assert said == "Covers 29 Nov to 1 Dec: the updates of 30 Nov and 1 Dec were not sent."
    said = covering(lost([date(2026, 12, 1), date(2026, 12, 2)]), date(2026, 11, 30), date(2026, 12, 3))
    assert said == "Covers 30 Nov to 2 Dec: the updates of 1 and 2 Dec were not sent."
