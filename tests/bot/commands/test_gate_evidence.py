"""`/kpi gate phase1`: since when, until when, and the evidence of the day it was passed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.jobs.evaluate import Board, Evaluate
from bot.timeline import Timeline
from bot.workspace import Person, Workspace
from storage import SessionFactory
from tests.factories import (
    NOW,
    TODAY,
    asking,
    at_evening,
    each_day,
    framework,
    lines,
    said,
    store,
    workspace,
)

HORIZONS = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}


def phased(targets: Sequence[str] = ("10",), *, unit: str = "points", owner: str = "") -> Workspace:
    """KPIs entered by hand in a section of `owner`; the gate needs all of them."""
    kpis = [
        {
            "name": f"Figure {index}",
            "unit": unit,
            "better": "lower" if text.startswith("<") else "higher",
            "targets": {"phase1": text},
        }
        for index, text in enumerate(targets)
    ]
    governance = {"owners": {"Growth": owner}} if owner else {}
    people = [Person("lee", {"slack": "U0LEE"})]
    gates = {"phase1": {"to": "phase2", "require": "100%"}}
    return workspace(framework(*kpis, horizons=HORIZONS, gates=gates, governance=governance), people=people)


def enter(sessions: SessionFactory, values: Sequence[float], index: int = 0) -> None:
    store(sessions, each_day(f"entry.acme.growth.figure_{index}", values))


def evaluated(sessions: SessionFactory, used: Workspace, at: datetime = NOW) -> None:
    Evaluate(Timeline(used), sessions, lambda: at, Board())()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([9] + [12] * 11, "Open since 12 Nov (11 days)."),
        ([9, 12], "Open since 22 Nov (1 day)."),
        ([12] * 100, "Open for at least 90 days."),
        ([12] * 7 + [9] * 13, "Shut; last open 3–9 Nov."),
        ([12] * 30 + [9] * 13, "Shut; last open 11 Oct – 9 Nov."),
        ([9, 12, 9], "Shut; last open 21 Nov."),
        ([12] * 100 + [9], "Shut; last open until 21 Nov."),
        ([9] * 100, "Shut for at least 90 days."),
    ],
)
def test_since_when_it_holds(values: list[float], told: str, sessions: SessionFactory) -> None:
    enter(sessions, values)
    assert lines(asking(phased(), sessions)("gate phase1"))[1] == told


def test_programs_are_told_since_when_too(sessions: SessionFactory) -> None:
    enter(sessions, [9, 9, 12, 12])
    ask = asking(phased(), sessions)
    found = ask("gate phase1").data
    assert (found["open_since"], found["last_open"], found["passed"]) == ("2026-11-21", None, True)
    enter(sessions, [12, 12, 9])
    found = ask("gate phase1").data
    assert (found["open_since"], found["last_open"]) == (None, {"from": "2026-11-20", "to": "2026-11-21"})


def test_it_says_when_it_could_hold_and_only_where_a_trend_leads_there(sessions: SessionFactory) -> None:
    used = phased(["100"])
    ask = asking(used, sessions)
    enter(sessions, [61.0 + day for day in range(30)])
    reply = ask("gate phase1")
    (line,) = [one for one in lines(reply) if one.startswith("Could hold from")]
    assert re.fullmatch(r"Could hold from \d+ Dec: [56]\d%\.", line)
    assert str(reply.data["outlook"]).startswith("2026-12")
    assert reply.data["chances"]["holds_from"] == reply.data["outlook"]
    assert "Chances take the KPIs as independent of each other" in lines(reply)
    enter(sessions, [90.0] * 40)
    reply = ask("gate phase1")
    assert "Could hold" not in said(reply)
    assert "independent" not in said(reply)
    assert reply.data["outlook"] is None


def test_without_a_history_of_ten_days_nothing_is_said_of_days_ahead(sessions: SessionFactory) -> None:
    enter(sessions, [81.0 + day for day in range(9)])
    reply = asking(phased(["100"]), sessions)("gate phase1")
    assert "Could hold" not in said(reply)
    assert (reply.data["outlook"], reply.data["chances"]) == (None, None)


def test_what_blocks_is_named_with_its_distance_and_its_owner(sessions: SessionFactory) -> None:
    used = phased(["<5", "<5"], unit="min", owner="lee")
    enter(sessions, [5.4])
    enter(sessions, [5], 1)
    told = lines(asking(used, sessions)("gate phase1"))
    assert "– Figure 0 5.4 min → < 5 min (0.4 min to go) lee" in told
    assert "– Figure 1 5 min → < 5 min (at the limit, not past it) lee" in told


def test_where_the_measured_ones_do_not_suffice_the_rest_is_to_be_measured(sessions: SessionFactory) -> None:
    enter(sessions, [5])
    ask = asking(phased(["10"] * 4), sessions)
    reply = ask("gate phase1")
    assert "4 more open it. Meet the one that falls short and all 3 not measured." in lines(reply)
    assert len(reply.data["cheapest"]) == 4


def test_undated_kpis_are_named_in_full_only(sessions: SessionFactory) -> None:
    kpis = [
        {"name": name, "unit": "points", "better": "higher", "targets": {horizon: "10"}}
        for name, horizon in (("Figure 0", "phase1"), ("Uptime", "steady"))
    ]
    horizons = {**HORIZONS, "steady": {"title": "Always"}}
    gates = {"phase1": {"to": "phase2", "require": "100%"}}
    ask = asking(workspace(framework(*kpis, horizons=horizons, gates=gates)), sessions)
    assert "1 undated, in no gate: Uptime" in lines(ask("gate phase1 all"))
    assert "Uptime" not in said(ask("gate phase1"))


def test_a_pass_keeps_its_evidence_whatever_is_corrected_later(sessions: SessionFactory) -> None:
    used, ask = phased(["10", "20"]), asking(phased(["10", "20"]), sessions)
    assert "No pass is on record: this is the evidence of today." in lines(ask("gate phase1 evidence"))
    enter(sessions, [12])
    enter(sessions, [25], 1)
    evaluated(sessions, used)
    late = NOW + timedelta(minutes=5)
    store(sessions, each_day("entry.acme.growth.figure_0", [3]), recorded_at=late)
    ask = asking(used, sessions, now=NOW + timedelta(hours=1))
    reply = ask("gate phase1 evidence")
    assert reply.text == "Phase 1 → 2: passed on 23 Nov. 2 of 2 achieved, 2 needed (100% of 100%)"
    told = lines(reply)
    assert told[1] == "Today: not yet, 1 of 2 (50% of 100%)."
    assert "✓ | Figure 0 | 12 points | 10" in told
    assert "Acme · as it stood 23 Nov 09:00 Europe/Berlin; later corrections leave it as it is" in told
    assert reply.data["passed"] is False
    (passed,) = reply.data["passes"]
    assert (passed["passed_at"], passed["achieved"]) == (NOW.isoformat(), 2)
    assert passed["evidence"]["kpis"][0]["value"] == 12
    short = ask("gate phase1")
    assert lines(short)[1] == "Passed on 23 Nov; today 1 of 2."
    assert "evidence" not in short.data["passes"][0]


def test_a_day_of_the_past_is_not_called_today(sessions: SessionFactory) -> None:
    used = phased(["10"])
    enter(sessions, [12])
    evaluated(sessions, used)
    store(sessions, each_day("entry.acme.growth.figure_0", [3], until=TODAY))
    ask = asking(used, sessions, now=NOW + timedelta(days=3))
    assert lines(ask("gate phase1 as-of 2026-11-24"))[1] == "Passed on 23 Nov; on 24 Nov 0 of 1."
    frozen = lines(ask("gate phase1 evidence as-of 2026-11-24"))
    assert frozen[1] == "On 24 Nov: not yet, 0 of 1 (0% of 100%)."


def test_before_a_pass_there_was_none(sessions: SessionFactory) -> None:
    store(sessions, each_day("entry.acme.growth.figure_0", [12], until=TODAY - timedelta(days=3)))
    used = phased()
    evaluated(sessions, used)
    ask = asking(used, sessions)
    assert len(ask("gate phase1").data["passes"]) == 1
    assert ask("gate phase1 as-of 2026-11-21").data["passes"] == []


def test_a_past_day_is_told_as_it_was(sessions: SessionFactory) -> None:
    store(sessions, each_day("entry.acme.growth.figure_0", [9, 12, 12, 9, 9], until=TODAY))
    ask = asking(phased(), sessions, now=at_evening(TODAY) + timedelta(hours=1))
    assert lines(ask("gate phase1 as-of 2026-11-21"))[1] == "Open since 20 Nov (1 day)."
    assert lines(ask("gate phase1"))[1] == "Shut; last open 20–21 Nov."
