"""A change explained as the `data` of a reply: plain JSON values, nothing rounded."""

from __future__ import annotations

from typing import Any

from bot.reports.explained import Explanation, Part
from bot.reports.explained_change import Change
from bot.reports.explained_gauge import last_of
from kpi.explain import Side, concentration
from kpi.movers import Breakdown, Mover
from kpi.window import Days


def explained_json(found: Explanation) -> dict[str, Any]:
    """The numbers behind the words; `change` is null where it cannot be explained, and `reason` says why."""
    change = found.change
    return {
        "change": None if change.missing else _change(change),
        "reason": change.missing or change.not_before,
        "usual": _usual(change),
        "movers": [one for part in found.parts for one in _movers(part)],
        "beside": [
            {"metric": one.metric, **_mover(mover, one.found)}
            for one in found.beside
            for mover in one.found.movers
        ],
        "quotient": None
        if found.sides is None
        else {"upper": _side(found.sides.upper), "lower": _side(found.sides.lower)},
        "happened": [
            {"at": one.at.isoformat(), "kind": one.kind, "text": one.text, "url": one.url}
            for one in found.happened
        ],
        "expected": found.expected,
    }


def _change(change: Change) -> dict[str, Any]:
    ends = change.ends
    return {
        "manner": "entered" if change.by_hand else change.manner.value,
        "unit": change.ref.kpi.unit.name,
        "days": _days(change.days),
        "before_days": _days(change.earlier),
        "before": change.before,
        "after": change.after,
        "change": change.delta,
        "percent": 100 * change.delta / change.before if change.delta is not None and change.before else None,
        "first": None if ends is None else ends[0],
        "last": None if ends is None else ends[1],
        "highest_in_weeks": change.weeks_beaten[1]
        if change.weeks_beaten and change.weeks_beaten[0]
        else None,
        "lowest_in_weeks": change.weeks_beaten[1]
        if change.weeks_beaten and not change.weeks_beaten[0]
        else None,
    }


def _days(days: Days) -> dict[str, Any]:
    return {"start": days.first.isoformat(), "end": last_of(days).isoformat(), "days": days.count}


def _usual(change: Change) -> dict[str, Any] | None:
    found = change.usual
    if found is None:
        return None
    side = {-1: "below", 0: "inside", 1: "above"}[change.side or 0]
    return {"low": found.low, "median": found.median, "high": found.high, "count": found.count, "side": side}


def _movers(part: Part) -> list[dict[str, Any]]:
    gone, how_far = part.members, concentration(part.found)
    return [
        {
            **_mover(one, part.found),
            "concentration": how_far,
            "of": part.of,
            "is_new": gone is not None and one.label in gone.new,
            "is_gone": gone is not None and one.label in gone.gone,
        }
        for one in part.found.movers
    ]


def _mover(one: Mover, found: Breakdown) -> dict[str, Any]:
    return {
        "by": found.by,
        "label": one.label,
        "before": one.before,
        "after": one.after,
        "change": one.change,
        "share": one.share_of_change,
    }


def _side(one: Side) -> dict[str, Any]:
    return {"name": one.name, "before": one.before, "after": one.after, "share": one.share}
