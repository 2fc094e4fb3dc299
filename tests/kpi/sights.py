"""Rules and what they look at, for tests: samples of a few metrics around one moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from kpi.alert_rules import AlertRule, Condition
from kpi.alerts import Finding
from kpi.calendar import Moment, Plan
from kpi.conditions import Sight, findings
from kpi.framework import Kpi
from kpi.framework_rules import ZoneRule
from kpi.metric import Kind, Metric, Series, SeriesSet, labels, to_micros
from kpi.standing import StandingContext
from tests.kpi.cases import BAKHMACH_ZONES, BERLIN, NOON, daily, framework_of

METRICS = {
    one.name: one
    for one in (
        Metric("stars", "stars", Kind.LEVEL, ""),
        Metric("visits", "visitors", Kind.FLOW, "", ("site",)),
        Metric("hits", "visitors", Kind.FLOW, "", every=timedelta(hours=1)),
        Metric("signups", "signups", Kind.FLOW, ""),
        Metric("web.up", "ratio", Kind.RATIO, "", ("url",), is_event=True),
        Metric("rate", "ratio", Kind.RATIO, ""),
    )
}
MIDNIGHT = datetime(2026, 11, 23, tzinfo=BERLIN)
"""Where today began; the tests' now is noon."""

__all__ = [
    "METRICS",
    "MIDNIGHT",
    "daily",
    "found",
    "labelled",
    "one",
    "points",
    "rule",
    "sight_of",
    "unsettled",
]


def rule(severity: str = "warning", *, handling: Mapping[str, Any] | None = None, **when: Any) -> AlertRule:
    """A rule on a condition; `handling` are further settings of it."""
    return AlertRule.model_validate(
        {"key": "rule", "severity": severity, "text": "It holds", "when": when, **(handling or {})}
    )


def sight_of(
    *series: Series,
    kpis: Sequence[Kpi] = (),
    zones: tuple[ZoneRule, ...] = BAKHMACH_ZONES,
    now: datetime = NOON,
    zone: ZoneInfo = BERLIN,
    **known: Any,
) -> Sight:
    """What is known at noon of 23 November, of a framework `hektor` with these KPIs."""
    moment, over = Moment(now, zone), SeriesSet(series, METRICS)
    framework = framework_of(*kpis, zones=zones)
    plan = Plan(date(2026, 8, 31), zone)
    context = StandingContext(framework, plan, moment, over)
    return Sight(moment, over, {"hektor": context}, **known)


def found(one: AlertRule, sight: Sight, firing: Collection[str] = ()) -> tuple[Finding, ...]:
    return findings(one, sight, firing, framework="hektor")


def one(asked: AlertRule, sight: Sight, firing: Collection[str] = ()) -> Finding:
    """The only finding."""
    (only,) = found(asked, sight, firing)
    return only


def points(metric: str, *samples: tuple[datetime, float], **pairs: str) -> Series:
    """Samples at these instants."""
    at = np.array([to_micros(instant.astimezone(UTC)) for instant, _ in samples], dtype=np.int64)
    value = np.array([value for _, value in samples], dtype=np.float64)
    return Series(metric, labels(pairs), at, value, np.ones(len(samples), dtype=np.bool_))


def labelled(series: Series, **pairs: str) -> Series:
    return replace(series, labels=labels(pairs))


def unsettled(series: Series, count: int) -> Series:
    """The same, the last `count` samples of which may still change."""
    settled = series.settled.copy()
    settled[len(settled) - count :] = False
    return replace(series, settled=settled)


def condition(**when: Any) -> Condition:
    return Condition.model_validate(when)
