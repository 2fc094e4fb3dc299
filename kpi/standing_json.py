"""The `data` of a reply: standings and verdicts as plain JSON values, which other programs rely on.

Names are added here, never changed. Numbers are not rounded; what is unknown is null.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from kpi.calendar import Period
from kpi.gates import GateItem, Verdict
from kpi.horizon import TargetInForce
from kpi.judgement import Judgement
from kpi.landing import Landing, landing_json
from kpi.pace import Pace
from kpi.standing import OwnPace, SourceFault, Standing


def standing_json(found: Standing, landing: Landing | None = None) -> dict[str, Any]:
    """The numbers behind the words, as plain JSON values. `landing` is null where none was asked for."""
    target, trend, pace = found.target, found.trend, found.pace
    return {
        "kpi": found.kpi.key,
        "name": found.kpi.name,
        "framework": found.framework,
        "value": found.value,
        "unit": found.kpi.unit.name,
        "at": None if found.reading.at is None else found.reading.at.isoformat(),
        "age_seconds": None if found.age is None else found.age.total_seconds(),
        "is_stale": found.is_stale,
        "state": found.state.value,
        "settled": found.reading.settled,
        "period": None if found.reading.period is None else _period_json(found.reading.period),
        "reason": found.reading.reason,
        "fault": None if found.fault is None else _fault_json(found.fault),
        "target": None if target is None else target_json(target),
        "percent_of_target": found.percent_of_target,
        "met": found.met,
        "zone": found.zone.value,
        "zone_reason": found.zone_reason,
        "trend": trend.trend.value,
        "change": trend.change,
        "change_days": trend.days,
        "pace": None if pace is None else _pace_json(pace),
        "progress": found.progress,
        "landing": None if landing is None else landing_json(landing),
        "judgement": None if found.judgement is None else _judgement_json(found.judgement),
        "own_pace": None if found.own_pace is None else _own_pace_json(found.own_pace),
        "gap": found.gap,
    }


def _judgement_json(found: Judgement) -> dict[str, Any]:
    return {
        "text": found.text,
        "met": found.met,
        "reason": found.reason,
        "author": found.author,
        "at": found.at.isoformat(),
    }


def _own_pace_json(found: OwnPace) -> dict[str, Any]:
    return {
        "op": found.goal.op.value,
        "value": found.goal.value,
        "high": found.goal.high,
        "unit": found.unit.name,
        "text": found.goal.text,
        "rate": found.rate,
        "met": found.met,
        "reaches": found.reaches,
        "enough": found.enough,
    }


def _period_json(period: Period) -> dict[str, str]:
    """The end is the first instant that no longer belongs to it."""
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def target_json(target: TargetInForce) -> dict[str, Any]:
    """A target in the words of a framework's JSON, with its place in time."""
    goal = target.goal
    return {
        "horizon": target.horizon,
        "title": target.title,
        "op": goal.op.value,
        "value": goal.value,
        "high": goal.high,
        "unit": target.unit.name,
        "text": goal.text,
        "deadline": None if target.deadline is None else target.deadline.isoformat(),
        "is_past": target.is_past,
    }


def _pace_json(pace: Pace) -> dict[str, Any]:
    return {
        "expected": pace.expected,
        "percent": pace.percent,
        "per_day": pace.per_day,
        "day": pace.day,
        "days": pace.days,
        "start": pace.start.isoformat(),
        "end": pace.end.isoformat(),
        "start_value": pace.start_value,
        "end_value": pace.end_value,
        "rhythm": pace.rhythm,
    }


def _fault_json(fault: SourceFault) -> dict[str, Any]:
    return {
        "source": fault.source,
        "kind": fault.kind,
        "message": fault.message,
        "hint": fault.hint,
        "since": fault.since.isoformat(),
    }


def verdict_json(found: Verdict, *, hidden: Container[str] = ()) -> dict[str, Any]:
    """The numbers behind the words, as plain JSON values. `required` is a count, `percent` is not rounded.

    The KPIs whose keys are `hidden` count and are not named: `withheld` is how many of the gate they are.
    """
    shown = [item for item in found.items if item.kpi.key not in hidden]
    return {
        "gate": found.gate.key,
        "framework": found.framework,
        "from": found.gate.from_,
        "to": found.gate.to,
        "title": found.gate.title,
        "achieved": found.achieved,
        "total": found.total,
        "required": found.required_count,
        "required_percent": float(found.required),
        "missing": found.missing,
        "percent": float(found.percent),
        "passed": found.passed,
        "verdict": found.outcome.value,
        "kpis": [_item_json(item) for item in shown],
        "blocking": _keys(found.blocking, hidden),
        "unmeasured": _keys(found.unmeasured, hidden),
        "cheapest": _keys(found.cheapest, hidden),
        "undated": [kpi.key for kpi in found.undated if kpi.key not in hidden],
        "withheld": found.total - len(shown),
    }


def _keys(items: Iterable[GateItem], hidden: Container[str]) -> list[str]:
    return [item.kpi.key for item in items if item.kpi.key not in hidden]


def _item_json(item: GateItem) -> dict[str, Any]:
    said = item.judgement
    return {
        "key": item.kpi.key,
        "name": item.kpi.name,
        "met": item.met,
        "state": item.state.value,
        "needs_judgement": item.needs_judgement,
        "value": item.standing.value,
        "unit": item.kpi.unit.name,
        "target": target_json(item.target),
        "percent_of_target": item.percent_of_target,
        "distance": item.distance,
        "judgement": None
        if said is None
        else {"met": said.met, "reason": said.reason, "author": said.author, "at": said.at.isoformat()},
    }
