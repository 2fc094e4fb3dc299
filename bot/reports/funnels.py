"""A funnel in words: its steps with counts and rates, each against the rate that its document states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.languages import said, said_of
from bot.reports.figures import print_goal, print_time, print_value
from bot.reports.reasons import reason_words
from bot.reports.rows import late, nothing, period_words
from bot.reports.snapshot import Snapshot
from bot.workspace import Use
from kpi.framework_rules import Funnel
from kpi.funnel import FunnelStanding, Origin, Rate, StepStanding, funnel_standing
from kpi.standing_json import target_json
from kpi.unit import PERCENT


def standing_of(use: Use, funnel: Funnel, snapshot: Snapshot) -> FunnelStanding:
    """Where the funnel is by the standings that were read; what was not read may not be shown."""
    start = f"{use.framework.key}/"
    known = {
        path.removeprefix(start): one for path, one in snapshot.standings.items() if path.startswith(start)
    }
    return funnel_standing(funnel, snapshot.context(use), known)


def headline(found: FunnelStanding) -> str:
    """The funnel in a sentence: its weakest step, or how much of it is known."""
    title, rates = found.funnel.title, len(found.steps) - 1
    known, held = len(found.rated), [one for one in found.rated if one.rate and one.rate.met is not None]
    if found.weakest is not None and found.weakest.rate is not None:
        weak = found.weakest.rate
        told = said("{rate} of {goal}", rate=percent_words(weak), goal=_target(weak))
        if rates == 1:
            return f"{title}: {told}"
        return said(
            "{funnel}: weakest at {step}, {rate}", funnel=title, step=found.weakest.step.name, rate=told
        )
    if not known:
        return said_of(
            rates,
            "{funnel}: no rate is known yet",
            "{funnel}: none of its {count} rates is known yet",
            funnel=title,
        )
    if not held:
        told = ", ".join(percent_words(one.rate) for one in found.rated if one.rate)
        return said("{funnel}: {rates} come through, no target stated", funnel=title, rates=told)
    if rates == 1 and held[0].rate is not None:
        rate = held[0].rate
        return said(
            "{funnel}: {rate}, {goal} met", funnel=title, rate=percent_words(rate), goal=_target(rate)
        )
    if len(held) < rates:
        count = len(held)
        return said("{funnel}: {held} of {rates} rates known and met", funnel=title, held=count, rates=rates)
    return said("{funnel}: every rate is met", funnel=title)


def step_lines(found: FunnelStanding, snapshot: Snapshot) -> Iterator[str]:
    """A line for each step: who is in it, and the rate from the step before."""
    for at, one in enumerate(found.steps, start=1):
        parts = [_count_words(one, snapshot), *([] if one.rate is None else [rate_words(one.rate, snapshot)])]
        within = said(", within {time}", time=print_time(one.step.within)) if one.step.within else ""
        yield f"{_mark(one)} {at}. {one.step.name}{within}: {' · '.join(part for part in parts if part)}"


def _mark(one: StepStanding) -> str:
    if one.rate is None:
        return "·" if one.count is not None and one.count.value is not None else "○"
    if one.rate.value is None:
        return "○"
    return {True: "✓", False: "–", None: "·"}[one.rate.met]


def _count_words(one: StepStanding, snapshot: Snapshot) -> str:
    """Who is in the step, with the days that were counted."""
    if one.count is None:
        if one.step.count:
            return said("its count is not for this place")
        return "" if one.rate is not None else said("no KPI counts it")
    kpi, value, period = one.count.kpi, one.count.value, one.count.reading.period
    if value is None:
        return said("{kpi} has {nothing}", kpi=kpi.name, nothing=nothing(one.count))
    goal = one.count.target.goal.value if one.count.target is not None else None
    days = f" ({period_words(period, snapshot.moment)})" if period is not None else ""
    return f"{print_value(value, kpi.unit, against=goal)}{days}{late(one.count)}"


_NEVER = "was never measured"


def rate_words(rate: Rate, snapshot: Snapshot) -> str:
    """The rate with where it comes from, against the stated one: "58% of ≥ 60%, counted over 30 days"."""
    if rate.value is None:
        stated = said(", {goal} stated", goal=_target(rate)) if _target(rate) else ""
        # Which series it lacks is for `why`: here a row of names would hide the funnel.
        reason = said("not measured yet") if _NEVER in rate.reason else reason_words(rate.reason)
        return said("no rate{stated}: {reason}", stated=stated, reason=reason)
    told = percent_words(rate)
    goal = _target(rate)
    if goal and rate.met:
        told += said(", {goal} met", goal=goal)
    elif goal:
        told += said(", {goal} stated", goal=goal) if rate.met is None else said(", {goal} needed", goal=goal)
    if rate.origin is Origin.COUNTED and rate.period is not None:
        told += said(" (counted {days})", days=period_words(rate.period, snapshot.moment))
    return told


def percent_words(rate: Rate) -> str:
    """The rate, never rounded onto the stated one."""
    if rate.value is None:
        return said("no rate")
    limit = rate.target.goal.value if rate.target is not None else None
    return print_value(rate.value, PERCENT, against=limit)


def _target(rate: Rate) -> str:
    if rate.target is None or not rate.target.is_applicable:
        return ""
    goal = rate.target.goal
    return goal.text if goal.value is None else print_goal(replace(goal, qualifier=""), PERCENT)


def overall_lines(found: FunnelStanding, snapshot: Snapshot) -> Iterator[str]:
    """The whole way: as measured, and as the steps multiply."""
    if found.overall is not None:
        yield said("Overall: {rate}", rate=rate_words(found.overall, snapshot))
    if len(found.steps) > 2 and found.product.value is not None:
        yield said("The rates multiply to {rate}", rate=rate_words(found.product, snapshot))


def funnel_line(found: FunnelStanding) -> str:
    """The funnel in one line of a list."""
    rates = [one.rate for one in found.steps if one.rate is not None]
    marks = {rate.met for rate in rates if rate.value is not None}
    mark = "–" if False in marks else "✓" if True in marks else "·" if marks else "○"
    return f"{mark} {headline(found)}"


def funnel_json(found: FunnelStanding) -> dict[str, Any]:
    """The numbers behind the words, as plain JSON values."""
    weakest = None if found.weakest is None else found.weakest.step.name
    return {
        "funnel": found.funnel.key,
        "framework": found.framework,
        "title": found.funnel.title,
        "steps": [_step_json(one) for one in found.steps],
        "overall": None if found.overall is None else _rate_json(found.overall),
        "product": _rate_json(found.product),
        "weakest": weakest,
    }


def _step_json(one: StepStanding) -> dict[str, Any]:
    return {
        "name": one.step.name,
        "within": one.step.within,
        "kpi": one.step.count if one.count is not None else None,
        "count": None if one.count is None else one.count.value,
        "rate": None if one.rate is None else _rate_json(one.rate),
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {
        "value": rate.value,
        "origin": rate.origin.value,
        "target": None if rate.target is None else target_json(rate.target),
        "met": rate.met,
        "shortfall": rate.shortfall,
        "reason": rate.reason,
    }
