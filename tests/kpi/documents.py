"""KPIs of the source documents, held against numbers as if somebody had entered them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources

from kpi.calendar import Moment, Plan
from kpi.framework import Framework, Kpi
from kpi.framework_file import parse_framework
from kpi.judgement import Judgements
from kpi.metric import SeriesSet
from kpi.quantity import Better
from kpi.reading import entry_metric
from kpi.standing import Standing, StandingContext, standing
from tests.kpi.cases import BAKHMACH_ZONES, BERLIN, NOON, daily, framework_of, kpi_of, reading_at


@cache
def document(name: str) -> Framework:
    """A built-in framework."""
    file = f"{name}.yaml"
    return parse_framework(resources.files("kpi.frameworks").joinpath(file).read_text("utf-8"), file)


def bakhmach_kpi(
    targets: Mapping[str, str], unit_name: str, better: Better, *, baseline: float | None = None
) -> Kpi:
    """A KPI as a line of Bakhmach states it."""
    return kpi_of(targets, name="A line", unit_name=unit_name, better=better, measure=None, baseline=baseline)


def bakhmach(*kpis: Kpi) -> Framework:
    """A framework of these lines, with the zones of the document."""
    return replace(framework_of(*kpis, zones=BAKHMACH_ZONES), key="bakhmach", title="Bakhmach", gates=())


def stand(
    framework: Framework,
    kpi: Kpi,
    value: float | None,
    *,
    a_week_ago: float | None = None,
    now: datetime = NOON,
    start: date | None = date(2026, 8, 31),
    dates: Mapping[str, date] | None = None,
    issues: frozenset[str] = frozenset(),
    judgements: Judgements | None = None,
) -> Standing:
    """Where `kpi` stands when its entries say `value`, and `a_week_ago` for the week before where given."""
    metric, today = entry_metric(framework.key, kpi), now.astimezone(BERLIN).date()
    series = []
    if value is not None and a_week_ago is not None:
        series = [daily(metric, [a_week_ago] * 7 + [value] * 7, until=today, hour=6)]
    elif value is not None:
        series = [reading_at(metric, now - timedelta(hours=1), value)]
    context = StandingContext(
        framework=framework,
        plan=Plan(start, BERLIN, dates or {}),
        moment=Moment(now, BERLIN),
        series=SeriesSet(tuple(series), {}),
        issues=issues,
        judgements=judgements or {},
    )
    return standing(kpi, context)
