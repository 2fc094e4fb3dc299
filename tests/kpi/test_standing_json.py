"""The `data` that other programs read: its keys stay, its numbers are plain and not rounded."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kpi.framework import Target
from kpi.gates import verdict
from kpi.judgement import Judgement
from kpi.quantity import Better, parse_goal
from kpi.standing import SourceFault, StandingContext, standing
from kpi.standing_json import standing_json, target_json, verdict_json
from kpi.unit import unit
from tests.kpi.cases import BAKHMACH_ZONES, NOON, context_of, daily, framework_of, kpi_of, reading_at

STARS = kpi_of({"day90": "5,000"}, baseline=161.0)
PROMISED_OF_A_KPI = {
    *("kpi", "framework", "value", "unit", "at", "age_seconds", "state", "target", "percent_of_target"),
    *("met", "zone", "trend", "pace", "landing"),
}
PROMISED_OF_A_GATE = {
    *(
        "gate",
        "framework",
        "from",
        "to",
        "achieved",
        "total",
        "required",
        "percent",
        "passed",
        "verdict",
        "kpis",
    ),
}
PROMISED_OF_A_TARGET = {"horizon", "op", "value", "high", "unit", "text"}


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """What comes out at the other end; a NaN, a date or an enum would fail here."""
    sent: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    assert sent == found
    return sent


def test_a_standing_in_full() -> None:
    series = daily("github.stars", [1100.0] * 7 + [1234.0] * 7, hour=6)
    context = context_of(framework_of(STARS, zones=BAKHMACH_ZONES), series)
    found = plain(standing_json(standing(STARS, context)))
    assert found["pace"].pop("expected") == pytest.approx(161 + 4839 * 84 / 90)
    assert found["pace"].pop("percent") == pytest.approx(123_400 / 4677.4)
    assert found["pace"].pop("per_day") == pytest.approx(4839 / 90)
    assert found.pop("progress") == pytest.approx(100 * 1073 / 4839)
    assert found == {
        "kpi": "section.github_stars",
        "name": "GitHub Stars",
        "framework": "hektor",
        "value": 1234.0,
        "unit": "stars",
        "at": "2026-11-22T05:00:00+00:00",
        "age_seconds": 30 * 3600.0,
        "is_stale": False,
        "state": "value",
        "settled": True,
        "period": None,
        "reason": "",
        "fault": None,
        "target": {
            "horizon": "day90",
            "title": "Day90",
            "op": ">=",
            "value": 5000.0,
            "high": None,
            "unit": "stars",
            "text": "5,000",
            "deadline": "2026-11-29",
            "is_past": False,
        },
        "percent_of_target": 24.68,
        "met": False,
        "zone": "red",
        "zone_reason": "below 70% of target",
        "trend": "better",
        "change": 134.0,
        "change_days": 7,
        "pace": {
            "day": 84,
            "days": 90,
            "start": "2026-08-31",
            "end": "2026-11-29",
            "start_value": 161.0,
            "end_value": 5000.0,
            "rhythm": "even",
        },
        "landing": None,
        "judgement": None,
        "own_pace": None,
        "gap": -3766.0,
    }


def test_a_judgement_and_the_documents_own_pace_are_told() -> None:
    said = Judgement(STARS.key, "day90", "Market leader", True, "the report of Q4", "slack:U0123", NOON)
    pace = Target(
        "day90", parse_goal("55-60/day", unit=unit("stars/day"), better=Better.HIGHER), unit("stars/day")
    )
    words = replace(kpi_of({"day90": "Market leader"}, baseline=161.0), pace=pace)
    series = daily("github.stars", [1100.0] * 7 + [1485.0] * 7, hour=6)
    context = replace(context_of(framework_of(words), series), judgements={(words.key, "day90"): said})
    found = plain(standing_json(standing(words, context)))
    assert (found["met"], found["zone"], found["gap"], found["pace"]) == (True, "unknown", None, None)
    assert found["judgement"] == {
        "text": "Market leader",
        "met": True,
        "reason": "the report of Q4",
        "author": "slack:U0123",
        "at": "2026-11-23T12:00:00+01:00",
    }
    assert found["own_pace"] == {
        "op": "between",
        "value": 55.0,
        "high": 60.0,
        "unit": "stars/day",
        "text": "55-60/day",
        "rate": 55.0,
        "met": True,
        "reaches": None,
        "enough": None,
    }


def test_a_number_over_days_carries_its_period_and_whether_it_may_change() -> None:
    kpi = kpi_of({"day90": "10,000"}, measure="sum(site.visitors, 7d)", unit_name="visitors")
    visitors = daily("site.visitors", [10.0] * 7)
    visitors.settled[-1] = False
    found = plain(standing_json(standing(kpi, context_of(framework_of(kpi), visitors))))
    assert (found["value"], found["settled"]) == (70, False)
    assert found["period"] == {"start": "2026-11-15T23:00:00+00:00", "end": "2026-11-22T23:00:00+00:00"}


def context_with_nothing(*, fault: SourceFault | None = None) -> StandingContext:
    context = context_of(framework_of(STARS))
    return context if fault is None else replace(context, faults={"github": fault})


def test_no_data_is_null_and_never_zero() -> None:
    found = plain(standing_json(standing(STARS, context_with_nothing())))
    assert found.keys() >= PROMISED_OF_A_KPI
    empty = ("value", "at", "age_seconds", "percent_of_target", "met", "landing", "progress", "fault")
    assert [found[key] for key in empty] == [None] * len(empty)
    assert (found["state"], found["zone"], found["trend"]) == ("no data", "unknown", "unknown")
    assert found["reason"] == "github.stars was never measured"
    assert found["pace"]["percent"] is None


def test_a_fault_says_what_helps() -> None:
    fault = SourceFault("github", "auth", "the token expired", "renew it", NOON - timedelta(hours=31))
    found = plain(standing_json(standing(STARS, context_with_nothing(fault=fault))))
    assert found["state"] == "fault"
    assert found["fault"] == {
        "source": "github",
        "kind": "auth",
        "message": "the token expired",
        "hint": "renew it",
        "since": "2026-11-22T05:00:00+01:00",
    }


def test_a_kpi_without_target_says_null() -> None:
    kpi = kpi_of({})
    found = plain(standing_json(standing(kpi, context_of(framework_of(kpi)))))
    assert (found["target"], found["pace"]) == (None, None)


@pytest.mark.parametrize(
    ("text", "better", "op", "value", "high"),
    [
        ("20-30%", Better.LOWER, "between", 20, 30),
        ("<2%", Better.LOWER, "<", 2, None),
        ("Continuous", Better.HIGHER, "words", None, None),
        ("N/A", Better.HIGHER, "words", None, None),
    ],
)
def test_a_target_speaks_as_in_the_framework(
    text: str, better: Better, op: str, value: float | None, high: float | None
) -> None:
    kpi = kpi_of({"q4": text}, unit_name="%", better=better)
    target = standing(kpi, context_of(framework_of(kpi))).target
    assert target is not None
    found = plain(target_json(target))
    assert found.keys() >= PROMISED_OF_A_TARGET
    assert (found["op"], found["value"], found["high"], found["text"]) == (op, value, high, text)


def test_a_target_written_in_minutes_is_told_in_the_hours_of_its_kpi() -> None:
    kpi = kpi_of({"q4": "<30 min"}, unit_name="hours", better=Better.LOWER)
    target = standing(kpi, context_of(framework_of(kpi))).target
    assert target is not None
    found = plain(target_json(target))
    assert (found["value"], found["unit"], found["text"]) == (0.5, "hours", "<30 min")


def test_a_verdict_in_full() -> None:
    kpis = [kpi_of({"phase1": "90%"}, name=f"KPI {place}", unit_name="%", measure=None) for place in range(4)]
    steady = kpi_of({"steady": "100%"}, name="Audit", unit_name="%", measure=None)
    framework = framework_of(*kpis, steady, require="80%")
    series = [
        reading_at(f"entry.hektor.{kpi.key}", NOON, value)
        for kpi, value in zip(kpis, (95, 90, 81), strict=False)
    ]
    found = plain(verdict_json(verdict(framework.gates[0], framework, context_of(framework, *series))))
    assert found.keys() >= PROMISED_OF_A_GATE
    items = found.pop("kpis")
    assert found == {
        "gate": "phase1",
        "framework": "hektor",
        "from": "phase1",
        "to": "phase2",
        "title": "Phase 1 → Phase 2",
        "achieved": 2,
        "total": 4,
        "required": 4,
        "required_percent": 80.0,
        "missing": 2,
        "percent": 50.0,
        "passed": False,
        "verdict": "fail",
        "blocking": ["section.kpi_2"],
        "unmeasured": ["section.kpi_3"],
        "undated": ["section.audit"],
        "cheapest": ["section.kpi_2", "section.kpi_3"],
        "withheld": 0,
    }
    assert [(item["key"], item["met"], item["state"]) for item in items] == [
        ("section.kpi_0", True, "value"),
        ("section.kpi_1", True, "value"),
        ("section.kpi_2", False, "value"),
        ("section.kpi_3", None, "no data"),
    ]
    assert items[2]["percent_of_target"] == 90
    assert items[2]["distance"] == pytest.approx(0.1)
    assert items[2]["target"]["text"] == "90%"
    assert not items[2]["needs_judgement"]


def test_35_of_44_is_not_printed_as_80() -> None:
    kpis = [
        kpi_of({"phase1": "90%"}, name=f"KPI {place}", unit_name="%", measure=None) for place in range(44)
    ]
    framework = framework_of(*kpis)
    series = [reading_at(f"entry.hektor.{kpi.key}", NOON, 90.0) for kpi in kpis[:35]]
    found = plain(verdict_json(verdict(framework.gates[0], framework, context_of(framework, *series))))
    assert found["percent"] == pytest.approx(79.5454545)
    assert (found["achieved"], found["required"], found["passed"]) == (35, 36, False)
    assert found["verdict"] == "not enough data"
