"""What is kept back on purpose: reports with nothing to say, and updates beyond a channel's budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.cadence import Cadence, Owed
from bot.frozen import thaw
from bot.jobs.begun import Due
from bot.jobs.folding import NOTHING_CHANGED, Unsent, covering, instead, used_up
from bot.reply import Note, Reply, plain_text
from bot.reports import digest
from bot.reports.plans import Plan
from bot.settings_reports import ReportEntry
from kpi.framework_rules import ReportPart
from storage import posted, promises
from storage.promises import Promise, Receipt, State
from tests.bot.jobs.world import CHANNEL, DAILY, NINE, Ledger, keep_stars

WEEKLY = Owed("weekly", "slack", CHANNEL, Cadence(time(9), frozenset({1})))  # Tuesdays
REVIEW = ReportEntry(
    title="Weekly review", cadence="weekly", parts=(ReportPart(title="Growth", sections=("Growth",)),)
)
TODAY = date(2026, 11, 24)
BUDGET = "2 of 2 messages of this week are used"


def notes(promise: Promise) -> list[str]:
    reply = thaw(promise.payload)
    return [plain_text(one.spans) for one in reply.blocks if isinstance(one, Note)]


def budget(ledger: Ledger, *owed: Owed, **by: int) -> None:
    """The channels' budgets from here on, and what is owed."""
    limits = {"default": 2} | {name.replace("_", ":"): most for name, most in by.items()}
    files = ledger.timeline.files
    changed = replace(files, budget=limits, schedule=owed or files.schedule, reports={"weekly": REVIEW})
    ledger.timeline.change(changed)


async def days(ledger: Ledger, count: int) -> list[tuple[str, State]]:
    """Live through so many days from now on; every promise of theirs."""
    for _ in range(count):
        ledger.publish()
        await ledger.deliver()
        ledger.clock.forward(days=1)
    return [(one.period, one.state) for one in ledger.all()]


@pytest.fixture
def going(ledger: Ledger) -> Ledger:
    """Thirty days of stars; the schedule begins on Monday, 23 November."""
    keep_stars(ledger.sessions, NINE + timedelta(days=9), days=30)
    ledger.clock.at = NINE - timedelta(days=1, hours=1)
    ledger.publish()
    ledger.clock.at = NINE - timedelta(days=1)  # Monday
    return ledger


async def test_beyond_the_budget_of_a_week_updates_are_folded_into_the_next_week(going: Ledger) -> None:
    budget(going)
    found = dict(await days(going, 8))
    assert [found[f"2026-11-{day}"] for day in (23, 24)] == [State.DELIVERED] * 2
    assert {found[f"2026-11-{day}"] for day in (25, 26, 27, 28, 29)} == {State.FOLDED}
    assert found["2026-11-30"] is State.DELIVERED
    [late] = [one for one in going.all() if one.period == "2026-11-30"]
    said = "Covers 24 to 29 Nov; folded: 5 updates, of 25 to 29 Nov (the week's messages were used up)."
    assert said in notes(late)
    assert "Stars up 60" in thaw(late.payload).text
    assert thaw(late.payload).data["folded"][0] == "2026-11-25"
    [one] = [one for one in going.all() if one.period == "2026-11-25"]
    assert (one.error, one.payload, one.receipt) == (BUDGET, "", None)
    assert [post.key[-10:] for post in going.chat.posts] == ["2026-11-23", "2026-11-24", "2026-11-30"]


async def test_a_channel_has_a_budget_of_its_own(going: Ledger) -> None:
    other = replace(DAILY, channel="C0OTHER")
    budget(going, DAILY, other, slack_C0OTHER=1)
    going.publish()
    await days(going, 4)
    folded = {(one.channel, one.period) for one in going.all() if one.state is State.FOLDED}
    assert folded == {
        (CHANNEL, "2026-11-25"),
        (CHANNEL, "2026-11-26"),
        ("C0OTHER", "2026-11-25"),
        ("C0OTHER", "2026-11-26"),
    }


async def test_without_a_budget_nothing_is_folded(going: Ledger) -> None:
    assert {state for _, state in await days(going, 7)} == {State.DELIVERED}


@pytest.mark.parametrize(
    "owed", [WEEKLY, replace(DAILY, channel="@U0DANA"), replace(DAILY, number=7, since=NINE)]
)
def test_what_comes_seldom_and_what_was_asked_for_is_never_folded(going: Ledger, owed: Owed) -> None:
    budget(going, owed)
    fill(going, owed.channel, 5)
    with going.sessions.read() as session:
        files = going.timeline.files
        assert used_up(session, files, owed, "slack", NINE) == ""
        if owed.channel == CHANNEL:
            assert used_up(session, files, DAILY, "slack", NINE) == "5 of 2 messages of this week are used"


def fill(ledger: Ledger, channel: str, count: int, **other: object) -> None:
    """So many messages of today, delivered."""
    with ledger.sessions.begin() as session:
        for number in range(count):
            one = Promise(f"x{number}{other}", "x", "x", "slack", channel, NINE, "{}")
            promises.owe(session, replace(one, **other))  # type: ignore[arg-type]  # fields by name
            promises.delivered(session, one.key, Receipt(channel, f"ts{number}", NINE))


def test_what_stands_in_a_thread_or_never_came_is_no_message_of_the_week(going: Ledger) -> None:
    week = (NINE - timedelta(days=1), NINE + timedelta(days=1))
    fill(going, CHANNEL, 2)
    fill(going, CHANNEL, 1, follows="x0")
    with going.sessions.begin() as session:
        for number, other in enumerate(
            ({"state": State.FOLDED}, {"payload": ""}, {"channel": "C9"}, {"due": NINE - timedelta(days=9)})
        ):
            one = Promise(f"y{number}", "x", "x", "slack", CHANNEL, NINE, "{}")
            promises.owe(session, replace(one, **other))  # type: ignore[arg-type]  # fields by name
    with going.sessions.read() as session:
        assert posted.used(session, "slack", CHANNEL, *week) == 2


async def test_the_digest_says_how_many_updates_were_folded_and_why(going: Ledger) -> None:
    budget(going)
    await days(going, 7)
    going.timeline.change(replace(going.timeline.files, schedule=(DAILY, WEEKLY)))
    going.clock.at = NINE + timedelta(days=6, hours=-1)
    going.publish()
    going.clock.at = NINE + timedelta(days=7)
    going.publish()
    [weekly] = [one for one in going.all() if one.report == "weekly"]
    assert weekly.state is State.OWED
    assert "5 updates were folded: this channel takes 2 messages a week." in notes(weekly)


@pytest.fixture
def quiet(going: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The weekly review says of itself whether it is worth posting: not before December."""

    def compose(_session: object, _workspace: object, moment: object, plan: Plan, **_: object) -> Reply:
        is_worth_posting = moment.today >= date(2026, 12, 1)  # type: ignore[attr-defined]
        return Reply(f"{plan.title}.", data={"is_worth_posting": is_worth_posting})

    monkeypatch.setattr(digest, "compose", compose)
    going.timeline.change(replace(going.timeline.files, schedule=(WEEKLY,), reports={"weekly": REVIEW}))
    going.clock.at = NINE - timedelta(hours=2)
    going.publish()
    going.clock.at = NINE
    return going


async def test_a_report_with_nothing_to_say_is_folded_and_told_of_in_the_next(quiet: Ledger) -> None:
    found = [one for one in await days(quiet, 8) if one[0] >= "2026-11-24"]
    assert found == [("2026-11-24", State.FOLDED), ("2026-12-01", State.DELIVERED)]
    [before, newest] = [one for one in quiet.all() if one.report == "weekly"]
    assert before.error == NOTHING_CHANGED
    assert notes(newest) == ["Folded: the weekly review of 24 Nov (nothing changed)."]


def test_somebody_who_asks_for_it_gets_it_all_the_same(quiet: Ledger) -> None:
    with quiet.sessions.read() as session:
        promise = quiet.publish.promise(session, WEEKLY, NINE, NINE)
    assert (promise.state, bool(promise.payload)) == (State.OWED, True)


async def test_folded_is_no_failure_anywhere(going: Ledger) -> None:
    budget(going, slack_C0DAILY=1)
    await days(going, 3)
    with going.sessions.read() as session:
        found = promises.summary(session, NINE - timedelta(days=9), late_after=timedelta(minutes=15))
    assert (found.promised, found.delivered, found.folded) == (1, 1, 2)
    assert (found.missed, found.failed, found.open) == (0, 0, 0)
    assert going.expire() == []


def some(*days: int, why: str = "") -> list[Unsent]:
    return [Unsent(Due(NINE, date(2026, 11, day)), why) for day in days]


@pytest.mark.parametrize(
    ("unsent", "said"),
    [
        (some(23, why=NOTHING_CHANGED), "; folded: the update of 23 Nov (nothing changed)"),
        (
            [*some(21), *some(22, 23, why=BUDGET)],
            ": the update of 21 Nov was not sent; "
            "folded: the updates of 22 and 23 Nov (the week's messages were used up)",
        ),
    ],
)
def test_an_update_tells_lost_from_folded(unsent: list[Unsent], said: str) -> None:
    assert covering(unsent, date(2026, 11, 20), TODAY) == f"Covers 20 to 23 Nov{said}."


@pytest.mark.parametrize(
    ("name", "unsent", "said"),
    [
        ("weekly", some(16), "The weekly review of 16 Nov was not sent."),
        ("weekly", some(9, 16), "The weekly reviews of 9 and 16 Nov were not sent."),
        ("monthly", some(2, why=NOTHING_CHANGED), "Folded: the monthly report of 2 Nov (nothing changed)."),
        ("board", some(16), "“Board notes” of 16 Nov was not sent."),
        ("weekly", some(1, 2, 3, 4), "4 reports, of 1 to 4 Nov, were not sent."),
    ],
)
def test_a_longer_report_is_called_by_its_name(name: str, unsent: list[Unsent], said: str) -> None:
    plan = Plan(name, "Board notes", "weekly", ())
    assert instead(plan, unsent, TODAY) == said
