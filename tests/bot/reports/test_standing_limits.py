"""What decides is what is printed: no percent on a limit it has not reached, no zone without "not met"."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.reports.gate_words import left_words
from bot.reports.missing_words import no_number_lines
from bot.reports.progress_words import progress_lines
from bot.reports.snapshot import Snapshot, gate_verdict, load
from bot.reports.standing_words import (
    goal_words,
    headline,
    pace_line,
    source_line,
    target_line,
    value_words,
)
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment
from storage import SessionFactory
from tests.factories import (
    NOW,
    YESTERDAY,
    ZONE,
    asking,
    built_in,
    each_day,
    framework,
    lines,
    store,
    workspace,
)

ZONES = [
    {"zone": "green", "at_least": 90, "text": "≥90%", "line": 1},
    {"zone": "yellow", "at_least": 70, "below": 90, "text": "70-90%", "line": 1},
    {"zone": "red", "below": 70, "text": "<70%", "line": 1},
]
ALERTS = [
    {"key": "low", "severity": "warning", "text": "<50%", "when": {"percent_of_target": "any", "below": 50}}
]
PHASES = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}


def seen(sessions: SessionFactory, used: Workspace, now: datetime = NOW) -> tuple[KpiRef, Snapshot]:
    with sessions.read() as session:
        return used.kpis[0], load(session, used, Moment(now, ZONE), used.kpis)


def entered(
    sessions: SessionFactory, value: float | None, *, parts: Any = None, **kpi: Any
) -> tuple[KpiRef, Snapshot]:
    """A KPI entered by hand with `value`; `parts` are further keys of its framework's file."""
    written = {"name": "Figure", "unit": "points", "better": "higher", "targets": {"steady": "100"}}
    used = workspace(framework(written | kpi, **(parts or {})))
    if value is not None:
        store(sessions, each_day(f"entry.acme.{used.kpis[0].kpi.key}", [value]))
    return seen(sessions, used)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (100, "● on track, target met"),
        (95, "● on track, 95% of target, not met"),
        (90, "● on track, 90% of target, not met"),
        (89.9999, "◆ at risk, 89.999% of target"),
        (89.99, "◆ at risk, 89.99% of target"),
        (70, "◆ at risk, 70% of target"),
        (69.99, "▲ off track, 69.99% of target"),
        (69.6, "▲ off track, 69.6% of target"),
        (50, "▲ off track, 50% of target"),
        (49.99, "▲ off track, 49.99% of target"),
    ],
)
def test_a_percent_is_never_rounded_onto_a_limit(value: float, words: str, sessions: SessionFactory) -> None:
    ref, snapshot = entered(sessions, value, parts={"zones": ZONES, "alerts": ALERTS})
    assert headline(snapshot.of(ref)).endswith(f" · {words}")


def test_a_zone_is_told_with_the_percent_that_decides_it(sessions: SessionFactory) -> None:
    """Not with the pace: "off track, 117% of pace" contradicts itself. The line below tells the pace."""
    kpi = {"baseline": "0", "targets": {"day90": "100"}}
    ref, snapshot = entered(sessions, 93, **kpi, parts={"zones": ZONES})
    assert headline(snapshot.of(ref)).endswith("● on track, 93% of target, not met")
    assert pace_line(snapshot.of(ref), snapshot.moment).endswith("ahead.")
    ref, snapshot = entered(sessions, 93, **kpi)
    assert headline(snapshot.of(ref)).endswith(" · 101% of pace")


def test_at_a_strict_limit_no_pace_hides_that_it_is_not_met(sessions: SessionFactory) -> None:
    kpi = {"better": "lower", "unit": "hours", "baseline": "4", "targets": {"day90": "<2 hours"}}
    ref, snapshot = entered(sessions, 2, **kpi)
    assert headline(snapshot.of(ref)) == "Figure 2 hours · at the limit, not met"


def test_after_the_deadline_there_is_no_pace(sessions: SessionFactory) -> None:
    used = workspace(
        framework(
            {"name": "Figure", "unit": "points", "better": "higher", "baseline": "0"}
            | {"targets": {"day90": "100"}}
        )
    )
    store(sessions, each_day("entry.acme.growth.figure", [95]))
    last, gone = datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)
    for now, told, pace in (
        (last, "95% of pace", "An even pace expects 100 points today: 5 behind."),
        (gone, "95% of target", ""),
    ):
        ref, snapshot = seen(sessions, used, now)
        assert headline(snapshot.of(ref)) == f"Figure 95 points · {told}"
        assert pace_line(snapshot.of(ref), snapshot.moment) == pace


def test_the_gap_to_the_pace_has_the_digits_of_what_it_is_told_beside(sessions: SessionFactory) -> None:
    ref, snapshot = entered(sessions, 4600, unit="stars", baseline="0", targets={"day90": "5,000"})
    assert (
        pace_line(snapshot.of(ref), snapshot.moment) == "An even pace expects 4,611 stars today: 11 behind."
    )


@pytest.mark.parametrize(
    ("value", "words"), [(30.01, "30.01%"), (29.999, "29.999%"), (20.001, "20.001%"), (25.04, "25%")]
)
def test_a_value_is_not_printed_as_either_end_of_its_range(
    value: float, words: str, sessions: SessionFactory
) -> None:
    ref, snapshot = entered(sessions, value, unit="%", better="lower", targets={"steady": "20-30%"})
    assert value_words(snapshot.of(ref)) == words


@pytest.mark.parametrize(
    ("kpi", "words"),
    [
        (
            {"name": "Website Traffic", "unit": "visitors"}
            | {"targets": {"steady": "10,000 unique visitors/month"}},
            "≥ 10,000 visitors/month",
        ),
        (
            {"name": "Docs", "unit": "views/week", "targets": {"steady": "1,000+ page views/week"}},
            "≥ 1,000 views/week",
        ),
        (
            {
                "name": "Bounce Rate (docs)",
                "unit": "%",
                "better": "lower",
                "targets": {"steady": "<60% (docs)"},
            },
            "< 60%",
        ),
        ({"name": "Engagement", "unit": "%", "targets": {"steady": "5%+ (likes, comments, shares)"}}, "≥ 5%"),
        ({"name": "Speed", "unit": "x", "targets": {"steady": "2x faster"}}, "≥ 2x faster"),
        (
            {"name": "Vulnerabilities", "unit": "vulnerabilities", "better": "lower"}
            | {"targets": {"steady": "0 Medium+"}},
            "≤ 0 Medium+",
        ),
        ({"targets": {"steady": "Market leader"}}, "Market leader"),
    ],
)
def test_a_short_goal_says_nothing_twice(kpi: dict[str, Any], words: str, sessions: SessionFactory) -> None:
    ref, snapshot = entered(sessions, None, **kpi)
    target = snapshot.of(ref).target
    assert target is not None
    assert goal_words(target.goal, ref.kpi) == words


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ({"day90": "N/A"}, "No target applies at Day 90 (30 Nov, 7 days left)."),
        ({"steady": "TBD (need data)"}, "The target is still to be set: “TBD (need data)”."),
        ({"steady": "Quarterly"}, "Target “Quarterly”."),
        ({"day90": "Market leader"}, "Target “Market leader” by Day 90 (30 Nov, 7 days left)."),
        ({"day90": "ready by Day 90"}, "Target “ready by Day 90” (30 Nov, 7 days left)."),
    ],
)
def test_a_target_without_a_number_is_told_as_what_it_is(
    targets: dict[str, str], words: str, sessions: SessionFactory
) -> None:
    ref, snapshot = entered(sessions, None, targets=targets)
    assert target_line(snapshot.of(ref), snapshot.moment) == words


def test_a_planned_share_is_no_target_and_its_plan_no_equation(sessions: SessionFactory) -> None:
    kpi = {"unit": "%", "better": "none", "targets": {"steady": "40% (long-term, high intent)"}}
    ref, snapshot = entered(sessions, 35, **kpi)
    standing = snapshot.of(ref)
    assert headline(standing) == "Figure 35%"
    told = target_line(standing, snapshot.moment)
    assert told == "Planned share 40% (long-term, high intent) at all times."
    assert progress_lines(standing) == ("−5 points from the plan of 40%.",)


def test_who_judges_is_asked_for_while_words_are_in_force_and_named_afterwards(
    sessions: SessionFactory,
) -> None:
    """Numbers came before (2 alerts), words are in force now: no number is asked for."""
    kpi = {"name": "Drift", "unit": "alerts", "better": "higher"}
    used = workspace(framework(kpi | {"targets": {"day90": "Continuous", "month6": "5"}}))
    ref, snapshot = seen(sessions, used)
    assert no_number_lines(snapshot.of(ref), ref, snapshot) == (
        "People judge it: `judge drift met because …`.",
    )
    ask = asking(used, sessions, user="U0DANA")
    ask("judge drift met because it runs always")
    told = lines(ask("drift"))
    assert told[0] == "✓ Drift: “Continuous”, judged met"
    assert told[1].startswith("Judged by ")
    assert told[1].endswith(": it runs always.")
    store(sessions, each_day("entry.acme.growth.drift", [7]))
    assert lines(ask("drift"))[0] == "Drift 7 alerts · “Continuous”, judged met"


def test_what_is_still_to_be_set_waits_for_no_judgement(sessions: SessionFactory) -> None:
    ref, snapshot = entered(sessions, None, targets={"steady": "TBD"})
    assert no_number_lines(snapshot.of(ref), ref, snapshot) == (
        "It is entered by hand: `record figure VALUE`.",
    )


def test_by_hand_is_said_once(sessions: SessionFactory) -> None:
    ref, snapshot = entered(sessions, 5, measure="last(github.stars)", unit="stars")
    told = source_line(snapshot.of(ref), ref, snapshot)
    assert told.startswith("by hand · ")
    assert "entered by hand" not in told
    assert told.endswith(" · the measure says: github.stars was never measured")


def test_the_documents_own_pace_is_kept_and_still_not_enough(sessions: SessionFactory) -> None:
    """55 a day since Day 0: 4,565 on day 83, and 4,950 on day 90."""
    used = built_in("hektor")
    store(sessions, each_day("github.stars", [55.0 * day for day in range(83)] + [4565.0], until=YESTERDAY))
    stars = next(ref for ref in used.kpis if ref.kpi.key.endswith("github_stars"))
    with sessions.read() as session:
        snapshot = load(session, used, Moment(NOW, ZONE), (stars,))
    pace, leads_to = progress_lines(snapshot.of(stars))
    assert pace == "The document's pace is 55–60 stars/day: 55 stars/day in the last 7 days, kept."
    assert leads_to == "Kept to Day 90 it gives 4,950, short of the target."


@pytest.mark.parametrize(
    ("value", "target", "words"),
    [
        (95.95, "98%", "2 points to go"),
        (5.4, "<5%", "0.4 points to go"),
        (97.9999, "98%", "0.0001 points to go"),
    ],
)
def test_what_is_left_is_the_difference_of_the_printed_figures(
    value: float, target: str, words: str, sessions: SessionFactory
) -> None:
    better = "lower" if target.startswith("<") else "higher"
    kpi = {"name": "Figure", "unit": "%", "better": better, "targets": {"phase1": target, "phase2": target}}
    gates = {"phase1": {"to": "phase2", "require": "80%"}}
    used = workspace(framework(kpi, horizons=PHASES, gates=gates))
    store(sessions, each_day("entry.acme.growth.figure", [value]))
    _, snapshot = seen(sessions, used)
    assert left_words(gate_verdict(used.gates[0], snapshot).items[0]) == words


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 6, 30, 9, tzinfo=UTC), ""),
        (datetime(2026, 8, 15, 9, tzinfo=UTC), "Q2 asked for < 12 hours; nothing is stated between."),
        (datetime(2026, 10, 1, 9, tzinfo=UTC), ""),
    ],
)
def test_in_a_quarter_without_a_target_both_neighbours_are_told(
    now: datetime, words: str, sessions: SessionFactory
) -> None:
    """Nothing is interpolated: Q4 is in force in Q3, and Q2 is shown too."""
    kpi = {"name": "Review Time", "unit": "hours", "better": "lower"}
    targets = {"q1": "<24 hours", "q2": "<12 hours", "q4": "<4 hours"}
    quarters = {key: {"title": key.upper()} for key in ("q1", "q2", "q3", "q4")}
    used = workspace(framework({**kpi, "targets": targets}, horizons=quarters), start=date(2026, 1, 1))
    ref, snapshot = seen(sessions, used, now)
    assert progress_lines(snapshot.of(ref)) == ((words,) if words else ())
