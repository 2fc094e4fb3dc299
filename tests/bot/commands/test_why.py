"""`/kpi why stars`: every figure with its origin, the same in words and in data, now and as of then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import SessionFactory, runs
from storage.runs import Fault
from storage.samples import Written
from tests.bot.commands.talking import DANA, Talk, talk
from tests.factories import (
    NOW,
    STARS,
    YESTERDAY,
    asks,
    built_in,
    each_day,
    fail,
    framework,
    lines,
    said,
    store,
    workspace,
)

ZONES = [
    {"zone": "green", "at_least": "90%"},
    {"zone": "yellow", "at_least": "70%", "below": "90%"},
    {"zone": "red", "below": "70%"},
]
STARS2 = {**STARS, "targets": {"day90": "5,000", "month6": "9,000"}, "source": "GitHub API"}
WEEK = {
    "name": "New Stars",
    "unit": "stars",
    "better": "higher",
    "targets": {"day90": "50"},
    "measure": "change(github.stars, 7d)",
}
RATE = {
    "name": "Fork Rate",
    "unit": "%",
    "better": "higher",
    "targets": {"steady": "20%"},
    "measure": "last(github.forks) / last(github.stars)",
}
BUILD = {"name": "Build Time", "unit": "min", "better": "lower", "targets": {"day90": "<5 min"}}
POSITION = {"name": "Market Position", "better": "none", "targets": {"day90": "Top 10"}}
ACME = framework(STARS2, WEEK, RATE, BUILD, POSITION, zones=ZONES)


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    store(sessions, each_day("github.stars", [1000 + 10 * day for day in range(80)]))
    store(sessions, each_day("github.forks", [358]))
    return talk(workspace(ACME, people=(DANA,)), sessions)


def pull(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        run = runs.start(session, "github", now=NOW - timedelta(hours=2), lease=timedelta(minutes=5))
        assert run is not None
        runs.finish(session, run, now=NOW - timedelta(hours=1), written=Written(3, 1, 40))


def test_a_measured_number_is_told_from_sample_to_zone(ask: Talk) -> None:
    pull(ask.sessions)
    assert lines(ask("why new stars source")) == [
        "New Stars 70 · ◆ at risk, target met",
        "Number: change(github.stars, 7d) = 1,790 − 1,720 = 70",
        "Period: closed days 16 Nov to 22 Nov",
        "Source: github, read every hour; last at 08:00, 1 h ago: 3 new, 1 restated",
        "Target: ≥ 50 stars by Day 90 (30 Nov, 7 days left); its only target",
        "Set: by the framework's file: “50”",
        "Percent: 140% = 70 / 50 (actual / target)",
        "Zone: ◆ at risk: at least 90% of target, but the trend is flat"
        " (rules: green from 90%; yellow 70–90%; red below 70%)",
        "Trend: flat, ±0 in 7 closed days (70 − 70)",
        "Inputs",
        "Input | Samples | Newest | Recorded",
        "github.stars | 15 from 8 Nov | 1,790 at 22 Nov 20:00 | 4 Sep 20:00",
        "Acme, line 3 of made for a test",
    ]


def test_a_pace_is_told_with_its_line(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1000 + 10 * day for day in range(100)]))
    own = {**STARS2, "pace": "55-60 stars/day"}
    told = lines(talk(workspace(framework(own)), sessions)("why stars"))
    way = "1,170 + (5,000 − 1,170) × 83 / 90"
    assert f"Pace: 4,702 stars expected by now = {way} (from 1 Sep to 30 Nov)" in told
    assert "Of pace: 42.3% = 1,990 / 4,702.111111 (actual / expected)" in told
    assert "Own pace: 10 stars/day measured, 55–60 stars/day asked" in told


def test_a_ratio_is_told_in_both_units(ask: Talk) -> None:
    told = said(ask("why fork rate"))
    assert "Number: last(github.forks) / last(github.stars) = 358 / 1,790 = 0.2, which is 20%" in told
    assert "Target: ≥ 20% at all times; it is always in force" in told


def test_a_restated_sample_says_what_it_was(ask: Talk) -> None:
    store(ask.sessions, each_day("github.stars", [1800.0]), recorded_at=NOW - timedelta(hours=2))
    told = said(ask("why stars"))
    assert "github.stars | 1 | 1,800 at 22 Nov 20:00 | 07:00, before 1,790" in told
    (found,) = ask("why stars").data["provenance"]["inputs"]
    assert (found["value"], found["earlier"], found["samples"]) == (1800, [1790], 1)
    earlier = ask(f"why stars as-of {(NOW - timedelta(hours=3)).isoformat()}")
    assert earlier.data["provenance"]["inputs"][0]["earlier"] == []
    assert "1,800" not in said(earlier)


def test_an_entry_is_told_with_who_made_it(ask: Talk) -> None:
    ask("record build time 6 slow day")
    told = lines(ask("why build time source"))
    assert told[1:3] == ["Number: 6 min, entered by hand", "Entered: 6 for 23 Nov by Dana, 09:00: slow day"]
    assert "Percent: 83% = 5 / 6 (target / actual, because lower is better)" in told
    (entry,) = ask("why build time").data["provenance"]["entries"]
    assert (entry["text"], entry["author"], entry["note"]) == ("6", "slack:U0DANA", "slow day")


def test_a_changed_target_names_who_changed_it_and_what_it_was(ask: Talk) -> None:
    ask.timeline.keep(ask.sessions, NOW)
    ask.later(hours=1)
    ask("target stars day90 6,000 because launch moved")
    ask.later(hours=1)
    told = lines(ask("why stars"))
    assert "Target: ≥ 6,000 stars by Day 90 (30 Nov, 7 days left); the next deadline not yet past" in told
    assert "Set: 10:00 by Dana: launch moved. Before: 5,000" in told
    assert "Percent: 29.8% = 1,790 / 6,000 (actual / target)" in told
    change = ask("why stars").data["provenance"]["target_change"]
    assert (change["before"], change["after"], change["author"]) == ("5,000", "6,000", "slack:U0DANA")
    then = ask(f"why stars as-of {NOW.isoformat()}")
    assert "Set: by the framework's file: “5,000”" in lines(then)
    assert then.data["provenance"]["target_change"] is None


def test_seen_from_the_past_every_time_has_its_day(ask: Talk) -> None:
    pull(ask.sessions)
    ask.later(hours=2)
    told = said(ask(f"why new stars as-of {(NOW + timedelta(hours=1)).isoformat()}"))
    assert "last at 23 Nov 08:00: 3 new, 1 restated" in told
    store(ask.sessions, each_day("github.stars", [5.0], until=YESTERDAY), recorded_at=NOW)
    ask.later(days=3)
    told = said(ask(f"why stars as-of {(NOW + timedelta(hours=1)).isoformat()}"))
    assert "5 at 22 Nov 20:00 | 23 Nov 09:00, before 1,790" in told
    told = said(ask("why stars as-of 2026-09-05"))
    assert "close of 4 Sep and of the 7th day before" in told
    assert "expected by now" not in told


def test_no_data_is_explained_in_the_same_way(sessions: SessionFactory) -> None:
    told = lines(talk(workspace(ACME), sessions)("why new stars"))
    assert told[:4] == [
        "○ New Stars: no number yet",
        "No number: github.stars was never measured.",
        "What helps: Its source is connected; the first number comes with the next collection, or by"
        " record new stars VALUE.",
        "Measure: change(github.stars, 7d) = ?",
    ]
    assert not any(one.startswith(("Percent", "Trend", "Pace", "Inputs")) for one in told)


def test_a_fault_is_explained_with_what_helps(ask: Talk) -> None:
    fault = Fault("AuthFailed", "GitHub refuses the token", "Renew it.")
    fail(ask.sessions, "github", fault, at=NOW - timedelta(hours=1))
    told = lines(ask("why stars"))
    assert "Source: github, read every hour; last at 08:00, 1 h ago: it failed" in told
    assert "Fault: github fails since 08:00: GitHub refuses the token. Renew it." in told


def test_words_are_explained_by_who_judged_them(ask: Talk) -> None:
    assert "Judged: not yet: a person has to say whether these words are met" in lines(
        ask("why market position")
    )
    ask("judge market position met because Gartner named us")
    assert "Judged: met by Dana, 23 Nov: Gartner named us" in lines(ask("why market position"))


def test_the_data_holds_the_standing_and_its_origin(ask: Talk) -> None:
    pull(ask.sessions)
    data, plain = ask("why new stars").data, ask("new stars").data
    same = ("value", "unit", "at", "state", "target", "percent_of_target", "met", "zone", "trend", "change")
    assert [data[key] for key in same] == [plain[key] for key in same]
    origin = data["provenance"]
    assert origin["measure"] == {"text": WEEK["measure"], "numbers": "1,790 − 1,720", "value": 70}
    assert origin["sources"] == [
        {"source": "github", "collector": "github", "last_run_at": "2026-11-23T07:00:00+00:00", "faults": []}
    ]
    assert (origin["document"], origin["line"]) == ("made for a test", 3)


def test_its_buttons_lead_on(ask: Talk) -> None:
    assert all("error" not in ask(one).data for one in asks(ask("why stars")))


def test_many_series_are_counted_not_listed(sessions: SessionFactory) -> None:
    for number in range(9):
        store(sessions, each_day("github.stars", [10.0], pairs=(("repository", f"r{number}"),)))
    told = lines(talk(workspace(ACME), sessions)("why stars"))
    assert "Inputs, the first 6 of 9" in told
    assert "Number: last(github.stars) = 90" in told


@pytest.mark.parametrize("name", ["hektor", "inferno"])
def test_every_built_in_kpi_can_be_explained(name: str, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [float(day) for day in range(40)], until=YESTERDAY))
    built = built_in(name)
    ask = talk(built, sessions)
    for ref in built.kpis[::9]:
        assert ask(f"why {ref.path}").data["kpi"] == ref.kpi.key
