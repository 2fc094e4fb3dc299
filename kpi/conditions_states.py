"""Rules on states: a KPI's zone, a gate, the chance of meeting a target, how much of another rule fires."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kpi.alert_rules import ANY
from kpi.alerts import Finding
from kpi.calendar import Moment
from kpi.conditions_days import DAY, judged_kpi
from kpi.conditions_limits import compare, is_over, limit_of, told, unit_name, unknown
from kpi.conditions_sight import Look, Scoped, Sight
from kpi.gates import Verdict
from kpi.measure import parse
from kpi.standing import Standing, standing
from kpi.zone import Zone


def of_zone(look: Look) -> tuple[Finding, ...]:
    """KPIs whose zone is the one that they may not, or should, become."""
    found = (_zone(one, look) for one in look.chosen(look.when.zone))
    return tuple(one for one in found if one is not None)


def _zone(one: Scoped, look: Look) -> Finding | None:
    """None for a KPI that has no zone at all, because its target is in words or it has none."""
    sight = look.sight
    target = sight.standing(one).target
    if target is None or not target.is_numeric or not one.context.framework.zones:
        return None
    found = judged_kpi(one, sight)
    if found.value is None:
        return unknown(one.path, found.reason, at=found.at, evidence={"name": one.kpi.name})
    now = _standing_at(one, found.moment, sight)
    if now.zone is Zone.UNKNOWN:
        return unknown(one.path, now.zone_reason, at=found.at, evidence={"name": one.kpi.name})
    holds = now.zone is Zone(look.when.becomes)
    if not look.is_worth_telling(one.path, holds=holds):
        return Finding(one.path, False, True, found.at, value=now.percent_of_target)
    close = found.moment if found.moment.closing else found.moment.close_of(found.moment.today - DAY)
    before = None if one.path in look.firing else _standing_at(one, close.close_of(close.day - DAY), sight)
    return Finding(
        one.path,
        holds,
        not holds,
        at=found.at,
        since=found.began if holds else None,
        value=now.percent_of_target,
        evidence=told(
            name=one.kpi.name,
            unit=unit_name(one.kpi.unit),
            value=now.value,
            to=now.zone.value,
            percent=now.percent_of_target,
            target=target.goal.text,
            day=close.day.isoformat(),
            **({} if before is None else {"from": before.zone.value}),
        ),
    )


def _standing_at(one: Scoped, moment: Moment, sight: Sight) -> Standing:
    """Where a KPI stood; what was made of the present counts for its own moment and for the last close."""
    present = sight.moment
    if moment == present or (moment.closing and moment.day == present.today - DAY and not _is_newer(one)):
        return sight.standing(one)
    if ("standing", one.path, moment.now) not in sight.memo:
        context = replace(one.context, moment=moment, faults={})
        sight.memo["standing", one.path, moment.now] = standing(one.kpi, context)
    found: Standing = sight.memo["standing", one.path, moment.now]
    return found


def _is_newer(one: Scoped) -> bool:
    """Whether a KPI may read something else now than at the last close: one without windows of days."""
    return one.kpi.measure is None or any(query.window is None for query in parse(one.kpi.measure).queries)


def of_gate(look: Look) -> tuple[Finding, ...]:
    """Gates that are open, or shut."""
    wanted = look.when.gate
    names = {wanted, f"{look.framework}/{wanted}"}
    found = look.sight.verdicts(look.framework)
    return tuple(_gate(path, one, look) for path, one in found.items() if wanted == ANY or path in names)


def _gate(path: str, found: Verdict, look: Look) -> Finding:
    now = look.sight.moment.now
    state = "open" if found.passed else "shut"
    holds = state == look.when.becomes
    if not found.passed and found.achieved == 0 and len(found.unmeasured) == found.total:
        return unknown(path, "nothing of it is measured", at=now)
    return Finding(
        path,
        holds,
        not holds,
        at=now,
        since=now if holds else None,
        value=float(found.percent),
        evidence={
            "name": found.gate.title,
            "from": "shut" if state == "open" else "open",
            "to": state,
            "achieved": found.achieved,
            "total": found.total,
            "required": found.required_count,
        },
    )


def of_chance(look: Look) -> tuple[Finding, ...]:
    """How likely KPIs are to meet their targets; one without a landing is not looked at."""
    op, limit = limit_of(look.rule)
    found = []
    for one in look.chosen(look.when.chance):
        chance = look.sight.chances.get(one.path)
        if chance is None:
            continue
        at = chance.at or look.sight.moment.now
        holds = compare(op, chance.percent, limit)
        evidence = told(
            name=one.kpi.name,
            unit=unit_name(one.kpi.unit),
            chance=chance.percent,
            limit=limit,
            op=op,
            landing=chance.landing,
            target=chance.target,
            deadline=chance.deadline,
        )
        over = not holds and is_over(look.rule, chance.percent)
        since = at if holds else None
        found.append(Finding(one.path, holds, over, at, since, chance.percent, limit, evidence=evidence))
    return tuple(found)


def of_firing(look: Look) -> tuple[Finding, ...]:
    """How many subjects of another rule fire at once."""
    name, now = look.when.firing, look.sight.moment.now
    path = name if "/" in name or not look.framework else f"{look.framework}/{name}"
    subjects = look.sight.firing.get(path, {})
    op, limit = limit_of(look.rule)
    count = len(subjects)
    holds = compare(op, float(count), limit)
    evidence = {"rule": path, "count": count, "limit": limit, "op": op, "subjects": sorted(subjects)}
    since = _reached(sorted(subjects.values()), limit, now) if holds else None
    over = not holds and is_over(look.rule, float(count))
    return (Finding("", holds, over, now, since, float(count), limit, evidence=evidence),)


def _reached(since: list[datetime], limit: float, now: datetime) -> datetime:
    """When the last one came that made it enough."""
    place = min(max(int(limit), 1), len(since)) - 1
    return since[place] if since else now
