"""What holds for every standing: better is never worse, units and later days change nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kpi.calendar import Moment
from kpi.framework import Kpi
from kpi.judgement import Judgement
from kpi.metric import Kind, Metric, Series, SeriesSet, to_micros
from kpi.quantity import Better
from kpi.scoring import direction
from kpi.standing import Standing, Zone, standing
from tests.kpi.cases import (
    BAKHMACH_ZONES,
    BERLIN,
    METRICS,
    NOON,
    context_of,
    daily,
    framework_of,
    kpi_of,
    reading_at,
)
from tests.kpi.documents import document

ORDER = [Zone.RED, Zone.YELLOW, Zone.GREEN]
LINES = [
    (framework.key, kpi.key)
    for framework in (document("hektor"), document("inferno"))
    for kpi in framework.kpis
    if any(target.goal.value is not None for target in kpi.targets.values()) and kpi.better is not Better.NONE
]
numbers = st.one_of(st.decimals(-200, 200, places=2).map(float), st.floats(0, 1e7))


def entered(name: str, key: str, value: float) -> Standing:
    """A line of a document at this value, in the zones of Bakhmach."""
    framework = replace(document(name), zones=BAKHMACH_ZONES)
    kpi = framework.by_key[key]
    return standing(kpi, context_of(framework, reading_at(f"entry.{name}.{key}", NOON, value)))


@settings(max_examples=60)
@given(line=st.sampled_from(LINES), one=numbers, other=numbers)
def test_a_better_value_is_never_worse(line: tuple[str, str], one: float, other: float) -> None:
    found = [entered(*line, value) for value in (one, other)]
    target = found[0].target
    assert target is not None
    assume(target.is_numeric)
    is_lower = direction(target.goal, found[0].kpi.better) is Better.LOWER
    worse, good = sorted(found, key=lambda one: one.value or 0.0, reverse=is_lower)
    ranks = [math.inf if each.percent_of_target is None else each.percent_of_target for each in (worse, good)]
    assert ranks[0] <= ranks[1]
    assert not (worse.met and not good.met)
    assert ORDER.index(worse.zone) <= ORDER.index(good.zone)
    assert worse.gap is not None
    assert good.gap is not None
    assert (worse.gap >= good.gap) if is_lower else (worse.gap <= good.gap)
    if worse.pace is not None and good.pace is not None and worse.pace.percent is not None:
        assert good.pace.percent is None or worse.pace.percent <= good.pace.percent


SAME = [
    # one quantity in two units: the target's text, and how many of the second unit one of the first is
    ("<2 hours", "hours", "<7200 seconds", "seconds", 3600, Better.LOWER),
    ("<500ms", "ms", "<0.5 seconds", "seconds", 0.001, Better.LOWER),
    ("<0.5 hours", "hours", "<30 min", "min", 60, Better.LOWER),
    ("$50K+", "$", "50,000+", "", 1, Better.HIGHER),
    ("95%+", "%", "0.95+", "ratio", 0.01, Better.HIGHER),
]


@pytest.mark.parametrize(("text", "unit_name", "same_text", "same_unit", "times", "better"), SAME)
@settings(max_examples=20)
@given(value=st.decimals(0, 60_000, places=3), before=st.decimals(0, 60_000, places=3))
def test_the_unit_of_a_kpi_changes_nothing(
    text: str,
    unit_name: str,
    same_text: str,
    same_unit: str,
    times: float,
    better: Better,
    value: float,
    before: float,
) -> None:
    def stood(goal: str, unit: str, scale: float) -> Standing:
        kpi = kpi_of({"q4": goal}, unit_name=unit, better=better, measure=None)
        values = [float(before) * scale] * 7 + [float(value) * scale] * 7
        series = daily(f"entry.hektor.{kpi.key}", values, hour=6)
        return standing(kpi, context_of(framework_of(kpi, zones=BAKHMACH_ZONES), series))

    one, other = stood(text, unit_name, 1), stood(same_text, same_unit, times)
    assert (one.met, one.zone, one.trend.trend) == (other.met, other.zone, other.trend.trend)
    assert one.percent_of_target == pytest.approx(other.percent_of_target)


@pytest.mark.parametrize(("metric_unit", "times"), [("seconds", 1), ("ms", 1000), ("hours", 1 / 3600)])
@settings(max_examples=15)
@given(values=st.lists(st.integers(0, 100_000), min_size=14, max_size=14))
def test_the_unit_of_the_metric_changes_nothing(metric_unit: str, times: float, values: list[int]) -> None:
    kpi = kpi_of({"q4": "<10 min"}, unit_name="min", better=Better.LOWER, measure="mean(ci.build_time, 7d)")
    found = []
    for unit, scale in (("seconds", 1.0), (metric_unit, times)):
        metric = Metric("ci.build_time", unit, Kind.RATIO, "")
        series = SeriesSet((daily(metric.name, [one * scale for one in values]),), {metric.name: metric})
        context = replace(context_of(framework_of(kpi, zones=BAKHMACH_ZONES)), series=series)
        found.append(standing(kpi, context))
    one, other = found
    assert one.value == pytest.approx(other.value)
    assert (one.met, one.zone, one.trend.trend) == (other.met, other.zone, other.trend.trend)
    assert one.percent_of_target == pytest.approx(other.percent_of_target)


MEASURED: list[Kpi] = [
    kpi_of({"day90": "5,000"}),
    kpi_of({"day90": "5,000"}, measure="sum(site.visitors, 30d)"),
    kpi_of({"day90": "5,000"}, measure="sum(site.visitors, all)"),
    kpi_of({"day90": "40%"}, unit_name="%", measure="mean(ci.success, month)"),
    replace(kpi_of({"day90": "40%"}, unit_name="%", measure="last(ci.success)"), matures=timedelta(days=7)),
    replace(kpi_of({"day90": "5,000"}), history=timedelta(days=40)),
    kpi_of({"day90": "5,000"}, measure=None),
    kpi_of({"day90": "Market leader"}, measure=None),
]


@pytest.mark.parametrize("kpi", MEASURED, ids=range(len(MEASURED)))
@settings(max_examples=15)
@given(
    days_ago=st.integers(0, 60),
    hours=st.integers(0, 23),
    later=st.lists(st.floats(0, 1e6), min_size=1, max_size=5),
)
def test_what_comes_later_never_changes_the_past(
    kpi: Kpi, days_ago: int, hours: int, later: list[float]
) -> None:
    moment = Moment(NOON - timedelta(days=days_ago, hours=hours), BERLIN)
    names = ("github.stars", "site.visitors", "ci.success", f"entry.hektor.{kpi.key}")
    whole = [daily(name, [place / 150 for place in range(100)], hour=5) for name in names]
    known = [_until(one, to_micros(moment.now)) for one in whole]
    longer = [_with(one, later) for one in whole]
    framework = framework_of(kpi, zones=BAKHMACH_ZONES)
    said = Judgement(kpi.key, "day90", "Market leader", True, "", "me", moment.now + timedelta(seconds=1))
    context = replace(context_of(framework), moment=moment)
    then = standing(kpi, replace(context, series=SeriesSet(tuple(known), METRICS)))
    now = standing(
        kpi,
        replace(
            context,
            series=SeriesSet(tuple(longer), METRICS),
            judgements={(said.kpi, said.horizon): said},
        ),
    )
    assert now == then


def _until(one: Series, end: int) -> Series:
    count = int(one.at.searchsorted(end, "right"))
    return replace(one, at=one.at[:count], value=one.value[:count], settled=one.settled[:count])


def _with(one: Series, values: list[float]) -> Series:
    """Samples of the days after the moment, all of them unlike what was before."""
    after = to_micros(NOON) + 1 + np.arange(len(values)) * 86_400_000_000
    return replace(
        one,
        at=np.concatenate([one.at, after]),
        value=np.concatenate([one.value, np.array(values)]),
        settled=np.concatenate([one.settled, np.zeros(len(values), dtype=np.bool_)]),
    )
