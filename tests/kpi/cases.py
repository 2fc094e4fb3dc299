"""KPIs, frameworks and series made by hand, for the tests of what they mean together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from kpi.calendar import Moment, Plan, day_start
from kpi.framework import Framework, Gate, Horizon, Kpi, Target
from kpi.framework_rules import ZoneRule
from kpi.metric import Kind, Metric, Series, SeriesSet, to_micros
from kpi.quantity import Better, parse_goal
from kpi.standing import StandingContext
from kpi.unit import unit

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)
NOON = datetime.combine(TODAY, time(12), BERLIN)
HORIZONS = ("day90", "q1", "q2", "q3", "q4", "stage1", "stage2", "stage3", "phase1", "phase2", "steady")
BAKHMACH_ZONES = (
    ZoneRule(zone="green", at_least=90),
    ZoneRule(zone="yellow", at_least=70, below=90),
    ZoneRule(zone="red", below=70),
)


def kpi_of(
    targets: Mapping[str, str],
    *,
    name: str = "GitHub Stars",
    unit_name: str = "stars",
    better: Better = Better.HIGHER,
    measure: str | None = "last(github.stars)",
    baseline: float | None = None,
) -> Kpi:
    """A KPI with targets as their author would write them."""
    own = unit(unit_name)
    return Kpi(
        key="section." + name.casefold().replace(" ", "_"),
        name=name,
        section="Section",
        unit=own,
        better=better,
        line=1,
        baseline=baseline,
        targets={
            horizon: Target(horizon, parse_goal(text, unit=own, better=better), own)
            for horizon, text in targets.items()
        },
        measure=measure,
    )


def framework_of(
    *kpis: Kpi, zones: tuple[ZoneRule, ...] = (), require: str = "80%", horizons: Iterable[str] = HORIZONS
) -> Framework:
    """A framework of these KPIs with one gate, from phase 1 to phase 2."""
    share = Fraction(require.removesuffix("%")) / 100
    return Framework(
        key="hektor",
        title="HEKTOR",
        source="hektor.md",
        horizons={key: Horizon(key, key.title(), place) for place, key in enumerate(horizons)},
        kpis=kpis,
        zones=zones,
        gates=(Gate("phase1", "Phase 1 → Phase 2", "phase1", "phase2", share),),
    )


def daily(
    metric: str,
    values: Iterable[float | None],
    *,
    until: date = TODAY,
    hour: int = 0,
    zone: ZoneInfo = BERLIN,
) -> Series:
    """One value a day, the last on the day before `until`; None is a day without a sample."""
    found = list(values)
    first = until - timedelta(days=len(found))
    points = [
        (to_micros(day_start(first + timedelta(days=place), zone) + timedelta(hours=hour)), value)
        for place, value in enumerate(found)
        if value is not None
    ]
    return Series(
        metric,
        (),
        np.array([at for at, _ in points], dtype=np.int64),
        np.array([value for _, value in points], dtype=np.float64),
        np.ones(len(points), dtype=np.bool_),
    )


def reading_at(metric: str, at: datetime, value: float) -> Series:
    """A single sample."""
    micros = np.array([to_micros(at.astimezone(UTC))], dtype=np.int64)
    return Series(metric, (), micros, np.array([value], dtype=np.float64), np.ones(1, dtype=np.bool_))


METRICS = {
    one.name: one
    for one in (
        Metric("github.stars", "stars", Kind.LEVEL, "stars of the repository"),
        Metric("site.visitors", "visitors", Kind.FLOW, "visitors of a day"),
        Metric("ci.build_time", "seconds", Kind.RATIO, "duration of a build"),
        Metric("ci.success", "ratio", Kind.RATIO, "share of builds that pass"),
    )
}


def context_of(
    framework: Framework, *series: Series, now: datetime = NOON, start: date | None = date(2026, 8, 31)
) -> StandingContext:
    """What a standing is made from, with the metrics above known."""
    return StandingContext(
        framework=framework,
        plan=Plan(start, BERLIN),
        moment=Moment(now, BERLIN),
        series=SeriesSet(series, METRICS),
    )
