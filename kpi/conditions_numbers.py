"""Rules on one number: a measure, a KPI, or a KPI's percent of its target."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from kpi.alert_rules import AlertRule
from kpi.alerts import Finding
from kpi.by_day import amounts
from kpi.conditions_days import (
    DAY,
    Judged,
    Numeral,
    Streak,
    by_label,
    judged,
    judged_at_close,
    judged_kpi,
    kpi_number,
    listed,
    measure_number,
    run_of_samples,
    streak,
)
from kpi.conditions_limits import compare, is_over, limit_of, steps, told, unit_name, unknown
from kpi.conditions_sight import Look, Scoped, Sight
from kpi.duration import duration
from kpi.horizon import TargetInForce
from kpi.scoring import as_percent, met, share_of_target
from kpi.usual import MOST, usual

LOOKED_BACK = 7
"""How many days back is looked for since when a condition without a duration holds."""

USUAL_DAYS = 7 * MOST + 1


@dataclass(frozen=True, slots=True)
class _Looked:
    """One subject of a rule: its number, and what it reads where it is final."""

    subject: str
    number: Numeral
    found: Judged
    one: Scoped | None = None
    label: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """What is told of it in any case."""
        unit = self.number.unit or self.found.reading.unit
        value = {"label": self.label, "label_value": self.subject} if self.label else {}
        return {"name": self.number.name, "unit": unit_name(unit), **value}


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Since when a number is beyond its limit, and what shows it."""

    since: datetime
    shown: list[list[object]]
    missing: int = 0


def of_measure(look: Look) -> tuple[Finding, ...]:
    """A measure, as a whole or for each value of a label."""
    sight, text, label = look.sight, look.when.measure, look.when.by
    if label:
        numbers = by_label(lambda series: measure_number(text, series), label, sight)
    else:
        numbers = {"": measure_number(text, sight.series)}
    by_day = days_wanted(look.rule) is not None
    looked = (
        _Looked(subject, number, _judged(number, sight, by_day=by_day), label=label)
        for subject, number in numbers.items()
    )
    return tuple(_finding(one, look) for one in looked)


def of_kpi(look: Look) -> tuple[Finding, ...]:
    """A KPI in its own unit, or each KPI."""
    sight, by_day = look.sight, days_wanted(look.rule) is not None
    looked = (
        _Looked(one.path, kpi_number(one, sight.series), _judged_kpi(one, sight, by_day=by_day), one)
        for one in look.chosen(look.when.kpi)
    )
    return tuple(_finding(one, look) for one in looked)


def _judged(number: Numeral, sight: Sight, *, by_day: bool) -> Judged:
    """Where a number is final. What has to last for days is looked at day by day, by its closes."""
    is_open = by_day and number.is_live and not number.is_carried
    return judged_at_close(number, sight) if is_open else judged(number, sight)


def _judged_kpi(one: Scoped, sight: Sight, *, by_day: bool) -> Judged:
    found = judged_kpi(one, sight)
    if not by_day or found.value is None or not found.is_of_now:
        return found
    return judged_at_close(kpi_number(one, sight.series), sight)


def _finding(one: _Looked, look: Look) -> Finding:
    rule, value = look.rule, one.found.value
    step, limit = steps(rule, value)
    subject = one.subject + step
    if value is None:
        return unknown(subject, one.found.reason, at=one.found.at, evidence=one.about)
    op, _ = limit_of(rule)
    holds = compare(op, value, limit)
    if not look.is_worth_telling(subject, holds=holds):
        return Finding(subject, False, is_over(rule, value), one.found.at, value=value, limit=limit)
    found = _stretch(rule, one, lambda value: compare(op, value, limit)) if holds else None
    return Finding(
        subject,
        holds,
        not holds and is_over(rule, value),
        at=one.found.at,
        since=None if found is None else found.since,
        value=value,
        limit=limit,
        evidence=told(
            **one.about,
            value=value,
            limit=limit,
            op=op,
            days=None if found is None else found.shown,
            missing=found.missing or None if found is not None else None,
            usual=usual_range(one.number, one.found, look.sight),
            step=limit if rule.every is not None else None,
            **({} if one.one is None else _of_target(one.one, value, look.sight)),
        ),
        is_event=rule.severity == "celebrate",
    )


def _stretch(rule: AlertRule, one: _Looked, holds: Callable[[float], bool]) -> _Stretch:
    """Since when it holds: by single readings where it may last less than a day, else by closed days."""
    wanted = days_wanted(rule)
    if wanted is None:
        run = run_of_samples(one.number, one.found, holds)
        if run is not None:
            since, samples = run
            return _Stretch(since, [[at.isoformat(), value] for at, value in samples[-5:]])
    most = 1 if rule.severity == "celebrate" else max(wanted or 0, LOOKED_BACK)
    found = streak(one.number, one.found, holds, most=most, bridged=wanted or 1)
    return _Stretch(found.since, listed(found.days), found.missing)


def days_wanted(rule: AlertRule) -> int | None:
    """How many closed days a condition has to last; None where it is less than one."""
    if not rule.lasting:
        return None
    wanted = duration(rule.lasting)
    return math.ceil(wanted / DAY) if wanted >= DAY else None


def usual_range(number: Numeral, found: Judged, sight: Sight) -> list[float] | None:
    """Between which two values such a weekday usually is, of the amount of one day.

    None of all else, and where too few like days are known.
    """
    if len(number.queries) != 1 or found.value is None:
        return None
    query = number.queries[0]
    if query.function != "sum" or query.window is None or query.window.count != 1:
        return None
    close = found.moment
    listed_days = amounts(query, number.series, close, USUAL_DAYS)
    if listed_days is None:
        return None
    known: dict[date, float] = {day: amount for day, amount in listed_days.values if amount is not None}
    last = close.today - DAY
    expected = usual(known, last, closed=sight.closed(last.year))
    if expected is None:
        return None
    # The number may be in another unit than the samples.
    factor = found.value / known[last] if known.get(last) else 1.0
    return [expected.low * factor, expected.high * factor]


def of_percent(look: Look) -> tuple[Finding, ...]:
    """How much of its target a KPI is; one whose target no number can be held against is not looked at."""
    found = (_percent_finding(one, look) for one in look.chosen(look.when.percent_of_target))
    return tuple(one for one in found if one is not None)


def _percent_finding(one: Scoped, look: Look) -> Finding | None:
    rule, target = look.rule, look.sight.standing(one).target
    if target is None or not target.is_numeric:
        return None
    wanted = days_wanted(rule)
    found = _judged_kpi(one, look.sight, by_day=wanted is not None)
    if found.value is None:
        return unknown(one.path, found.reason, at=found.at, evidence={"name": one.kpi.name})
    share = _share(one, target, found.value, look.sight)
    if share is None and met(target.goal, found.value, one.kpi.better) is None:
        return None
    op, limit = limit_of(rule)
    percent = math.inf if share is None else share * 100  # better than any multiple of it
    holds = compare(op, percent, limit)
    value = as_percent(share)
    if not look.is_worth_telling(one.path, holds=holds):
        return Finding(one.path, False, is_over(rule, percent), found.at, value=value, limit=limit)
    is_streak = holds and wanted is not None
    run = _percent_streak(look, one, found, target) if is_streak else Streak(found.began, ())
    return Finding(
        one.path,
        holds,
        not holds and is_over(rule, percent),
        at=found.at,
        since=run.since if holds else None,
        value=value,
        limit=limit,
        evidence=told(
            name=one.kpi.name,
            unit=unit_name(one.kpi.unit),
            value=found.value,
            percent=value,
            limit=limit,
            op=op,
            target=target.goal.text,
            horizon=target.title,
            days=listed(run.days),
            day=None if is_streak else _closed_day(found),
        ),
    )


def _closed_day(found: Judged) -> str | None:
    """The closed day that a number is of; None for a newest reading."""
    return None if found.is_of_now else found.began.astimezone(found.moment.zone).date().isoformat()


def _share(one: Scoped, target: TargetInForce, value: float, sight: Sight) -> Fraction | None:
    """The share of the target, worked out once for all rules."""
    if ("share", one.path, value) not in sight.memo:
        sight.memo["share", one.path, value] = share_of_target(target.goal, value, one.kpi.better)
    found: Fraction | None = sight.memo["share", one.path, value]
    return found


def _percent_streak(look: Look, one: Scoped, found: Judged, target: TargetInForce) -> Streak:
    op, limit = limit_of(look.rule)
    wanted = days_wanted(look.rule) or 1

    def holds(value: float) -> bool:
        share = share_of_target(target.goal, value, one.kpi.better)
        return compare(op, math.inf if share is None else share * 100, limit)

    number = kpi_number(one, look.sight.series)
    return streak(number, found, holds, most=wanted, bridged=wanted)


def _of_target(one: Scoped, value: float, sight: Sight) -> dict[str, Any]:
    """The target of a KPI and how much of it the value is."""
    target = sight.standing(one).target
    if target is None or not target.is_applicable:
        return {}
    share = share_of_target(target.goal, value, one.kpi.better)
    return {"target": target.goal.text, "percent": as_percent(share)}
