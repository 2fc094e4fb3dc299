"""`/kpi why visitors yesterday`: what moved, beside what is usual, who moved it, what fell into the days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.settings_calendar import CalendarEntry
from bot.workspace import Source
from storage import SessionFactory
from storage.runs import Fault
from tests.bot.commands.talking import DANA, Talk, talk
from tests.factories import (
    NOW,
    STARS,
    YESTERDAY,
    asks,
    each_day,
    fail,
    framework,
    lines,
    said,
    store,
    workspace,
)

VISITORS = {
    "name": "Visitors",
    "unit": "visitors",
    "better": "higher",
    "targets": {"day90": "9,000"},
    "measure": "sum(plausible.visitors, 30d)",
}
BLOG = {
    "name": "Visits by Source",
    "aliases": ["visits"],
    "unit": "visits",
    "better": "higher",
    "measure": "sum(plausible.source_visits, 30d)",
}
CONVERSION = {
    "name": "Conversion",
    "unit": "%",
    "better": "higher",
    "measure": "sum(mailchimp.signups, 30d) / sum(plausible.visitors, 30d)",
}
SIGNUPS = {"name": "Signups", "unit": "signups", "better": "higher", "measure": "sum(mailchimp.signups, all)"}
BUILD = {"name": "Build Time", "unit": "min", "better": "lower", "targets": {"day90": "<5 min"}}
ACME = framework(STARS, VISITORS, BLOG, CONVERSION, SIGNUPS, BUILD)
PLAUSIBLE = Source("plausible", "plausible", ("plausible.visitors", "plausible.source_visits"), 3600.0)
WEEKS = 14
USUAL = [100.0, 104, 96, 102, 98, 60, 64]
"""From Monday to Sunday; each week has a little more or less."""


def weeks(day: Sequence[float] = USUAL, count: int = WEEKS) -> list[float]:
    """`count` weeks that end on a Sunday, the sixth of them no two alike."""
    return [value + week % 4 for week in range(count) for value in day]


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    used = workspace(ACME, sources=(PLAUSIBLE,), people=(DANA,))
    return talk(used, sessions)


def visitors(ask: Talk, *last: float | None) -> None:
    """A history of usual weeks, its last days replaced."""
    store(ask.sessions, each_day("plausible.visitors", [*weeks()[: -len(last)], *last]))


def test_a_day_beyond_the_usual_comes_with_its_weekday_and_the_one_before(ask: Talk) -> None:
    visitors(ask, 120.0)
    told = lines(ask("why visitors yesterday"))
    assert told[:4] == [
        "Visitors 120 on Sunday 22 Nov: above usual.",
        "A usual Sunday: 64–67 (8 such days before)",
        "Before, Sunday 15 Nov: 64, so +56 (+87.5%)",
        "The highest Sunday in 13 weeks",
    ]
    found = ask("why visitors yesterday").data["explained"]
    assert found["change"]["days"] == {"start": "2026-11-22", "end": "2026-11-22", "days": 1}
    assert found["change"]["before_days"]["start"] == "2026-11-15"
    assert (found["change"]["after"], found["change"]["before"], found["change"]["change"]) == (120, 64, 56)
    assert (found["usual"]["side"], found["change"]["highest_in_weeks"]) == ("above", 13)


def test_what_is_usual_is_said_in_a_line_and_not_explained(ask: Talk) -> None:
    visitors(ask, 65.0)
    told = lines(ask("why visitors yesterday"))
    assert told[:2] == [
        "Visitors 65 on Sunday 22 Nov: as usual.",
        "Nothing moved beyond the usual: 64–67.",
    ]
    assert not any("By " in one or "coincidence" in one for one in told)
    assert ask("why visitors yesterday").data["explained"]["usual"]["side"] == "inside"


def test_a_fall_after_an_unusual_week_points_to_that_week(ask: Talk) -> None:
    visitors(ask, *(300.0,) * 7, *(one + 1 for one in USUAL))
    reply = ask("why visitors last week")
    told = lines(reply)
    assert told[0] == "Visitors 631 from 16 to 22 Nov: as usual."
    assert told[2] == "Before, 9 to 15 Nov: 2,100, so −1,469 (−70%)"
    assert "They were above usual: ask about 9 to 15 Nov" in told
    assert "why acme/growth.visitors 2026-11-09 to 2026-11-15" in asks(reply)


@pytest.mark.parametrize("last", [120.0, 20.0])
def test_without_days_the_last_one_counts_where_it_is_unlike_others(ask: Talk, last: float) -> None:
    visitors(ask, last)
    told = lines(ask("why visitors"))
    side = "above" if last > 60 else "below"
    assert told[0] == f"Visitors {last:g} on Sunday 22 Nov: {side} usual."
    assert any(one.startswith("Number: sum(plausible.visitors, 30d)") for one in told)


def test_without_days_and_nothing_new_the_last_week_counts(ask: Talk) -> None:
    visitors(ask, 65.0)
    assert lines(ask("why visitors"))[0] == "Visitors 631 from 16 to 22 Nov: as usual."


def test_a_holiday_is_like_no_other_day(ask: Talk) -> None:
    visitors(ask, 30.0)
    closed = CalendarEntry(closed=(YESTERDAY,))
    asking = talk(replace(workspace(ACME, sources=(PLAUSIBLE,)), calendar=closed), ask.sessions)
    reply = asking("why visitors 22 nov")
    assert lines(reply)[0] == "Visitors 30 on Sunday 22 Nov: a holiday, like no other day."
    assert reply.data["explained"]["usual"] is None


def test_the_parts_of_a_change_have_their_share(ask: Talk) -> None:
    for source, last in (("google", 70.0), ("hacker_news", 300.0), ("mail", 60.0)):
        values = [*weeks()[:-1], last]
        store(ask.sessions, each_day("plausible.source_visits", values, pairs=(("source", source),)))
    told = lines(ask("why visits yesterday"))
    at = told.index("By source: hacker_news +236, 99% of the rise")
    assert "KPI itself" in told[at - 1]
    found = ask("why visits yesterday").data["explained"]["movers"]
    assert [one["label"] for one in found] == ["hacker_news", "google", "mail"]
    assert sum(one["share"] for one in found) == pytest.approx(1)
    assert found[0]["is_new"] is False


def test_new_members_are_told_from_those_of_both_days(ask: Talk) -> None:
    store(ask.sessions, each_day("plausible.source_visits", weeks(), pairs=(("source", "google"),)))
    store(ask.sessions, each_day("plausible.source_visits", [90.0], pairs=(("source", "reddit"),)))
    told = said(ask("why visits yesterday"))
    assert "reddit new +90. All others: +1" in told


def test_beside_a_number_without_labels_its_source_tells_who_came(ask: Talk) -> None:
    visitors(ask, 200.0)
    for source, last in (("google", 70.0), ("hacker_news", 180.0)):
        values = [*weeks()[:-1], last]
        store(ask.sessions, each_day("plausible.source_visits", values, pairs=(("source", source),)))
    reply = ask("why visitors yesterday")
    assert "Beside it, plausible.source_visits by source:\n• hacker_news +116, 95% of its rise" in said(
        reply
    ) or ("Beside it, plausible.source_visits by source: hacker_news +116, 95% of its rise" in said(reply))
    assert reply.data["explained"]["movers"] == []
    assert reply.data["explained"]["beside"][0]["label"] == "hacker_news"


def test_a_quotient_says_which_side_moved(ask: Talk) -> None:
    visitors(ask, *USUAL)
    store(ask.sessions, each_day("mailchimp.signups", [*([20.0] * 91), *([5.0] * 7)]))
    told = lines(ask("why conversion last week"))
    assert told[0] == "Conversion 5.61% from 16 to 22 Nov: below usual."
    at = told.index("Its upper part moved it most:")
    assert told[at + 1].startswith("• mailchimp.signups 140 → 35, ")
    assert told[at + 2].startswith("• plausible.visitors unchanged at 624")
    sides = ask("why conversion last week").data["explained"]["quotient"]
    assert sides["upper"]["share"] + sides["lower"]["share"] == pytest.approx(1)


def test_a_level_is_told_by_what_it_grew_by(ask: Talk) -> None:
    steps = [10.0 + day % 3 for day in range(91)] + [40.0] * 7
    store(ask.sessions, each_day("github.stars", [1000 + sum(steps[: at + 1]) for at in range(len(steps))]))
    told = lines(ask("why stars last week"))
    assert told[0] == "GitHub Stars +280 from 16 to 22 Nov: above usual."
    assert told[2] == "Before, 9 to 15 Nov: +76"
    assert any(one.startswith("It went from 2,000 to 2,280") for one in told)


def test_a_running_total_is_told_by_its_gain(ask: Talk) -> None:
    store(ask.sessions, each_day("mailchimp.signups", [*([20.0] * 91), *([45.0] * 7)]))
    told = lines(ask("why signups last week"))
    assert told[0] == "Signups 315 from 16 to 22 Nov: above usual."
    assert "Before, 9 to 15 Nov: 140, so +175 (+125%)" in told
    assert "The KPI itself (in all): 1,820 → 2,135" in told


def test_days_that_are_no_week_are_held_against_the_same_weekdays(ask: Talk) -> None:
    visitors(ask, 120.0, 120.0)
    found = ask("why visitors 2026-11-20 to 2026-11-22").data["explained"]["change"]
    assert (found["before_days"]["start"], found["before_days"]["end"]) == ("2026-11-13", "2026-11-15")


def test_a_month_is_held_against_as_many_days(ask: Talk) -> None:
    visitors(ask, 65.0)
    found = ask("why visitors october").data["explained"]["change"]
    assert found["days"]["days"] == found["before_days"]["days"] == 31
    assert found["before_days"]["end"] == "2026-09-30"


def test_what_happened_is_a_coincidence(ask: Talk) -> None:
    visitors(ask, 200.0)
    ask("note visitors 22 nov: Show HN")
    ask("note release: 1.2")
    ask("note 2 nov: long ago")
    told = lines(ask("why visitors yesterday"))
    at = told.index("In the same days (a coincidence may be all it is):")
    assert told[at + 1 : at + 3] == ["• 22 Nov: Show HN"]
    (one,) = ask("why visitors yesterday").data["explained"]["happened"]
    assert (one["kind"], one["text"]) == ("note", "Show HN")


def test_a_target_set_in_these_days_is_told(ask: Talk) -> None:
    visitors(ask, 65.0)
    ask("target visitors day90 12,000 because we aim higher")
    ask.later(days=1)
    store(ask.sessions, each_day("plausible.visitors", [300.0], until=YESTERDAY + timedelta(days=1)))
    told = said(ask("why visitors yesterday"))
    assert "• 23 Nov: target of Day 90 9,000 → 12,000, by Dana" in told


def test_an_open_day_is_not_explained(ask: Talk) -> None:
    visitors(ask, 65.0)
    told = lines(ask("why visitors today"))
    assert told[0] == "○ Visitors: this change cannot be explained."
    assert told[1] == "That day is not over, and only closed days are compared. Ask about yesterday."
    assert ask("why visitors today").data["explained"]["change"] is None
    assert "Today is not over, so it is left out." in said(ask("why visitors since 16 nov"))


def test_a_gap_is_said_instead_of_explained(ask: Talk) -> None:
    visitors(ask, 65.0, None, None, 66.0)
    told = lines(ask("why visitors last week"))
    assert told[:2] == ["○ Visitors: no number yet", "2 of 30 days missing: 20 Nov, 21 Nov."]


def test_a_gap_before_is_said_and_the_usual_still_told(ask: Talk) -> None:
    visitors(ask, None, *USUAL[:6], 200.0)
    told = lines(ask("why visitors last week"))
    assert told[0] == "Visitors 760 from 16 to 22 Nov: above usual."
    assert "Nothing to hold it against: 1 of 7 days missing: 15 Nov." in told


def test_a_fault_is_said_instead_of_explained(ask: Talk) -> None:
    store(
        ask.sessions, each_day("github.stars", [1000.0 + day for day in range(90)], until=date(2026, 11, 20))
    )
    used = workspace(ACME, people=(DANA,))
    asking = talk(used, ask.sessions)
    fail(ask.sessions, "github", Fault("AuthFailed", "GitHub refuses the token", "Renew it."), at=NOW)
    told = lines(asking("why stars last week"))
    assert told[:3] == [
        "○ GitHub Stars: this change cannot be explained.",
        "No reading on 22 Nov.",
        "github fails since 09:00: GitHub refuses the token. Renew it.",
    ]
