"""Measures of the built-in frameworks against the metrics our collectors declare."""

from __future__ import annotations

import pytest

from collectors import METRICS
from kpi.framework import Kpi
from kpi.measure import parse
from kpi.unit import convert
from tests.kpi.frameworks.conftest import read_framework

MEASURED = [
    pytest.param(kpi, id=f"{name}-{kpi.key}")
    for name in ("hektor", "bakhmach", "inferno")
    for kpi in read_framework(name).kpis
    if kpi.measure
]
OURS = ("git.", "github.", "web.")


@pytest.mark.parametrize("kpi", MEASURED)
def test_a_measure_reads_metrics_that_are_declared_and_fit_the_unit(kpi: Kpi) -> None:
    assert kpi.measure is not None
    measure = parse(kpi.measure)
    assert {name for name in measure.metrics if name.startswith(OURS)} <= set(METRICS)
    unit = measure.unit(METRICS)
    if unit is not None:  # a metric of a source we cannot read yet has no known unit
        convert(1.0, unit, kpi.unit)


def test_uptime_is_told_in_percent() -> None:
    kpi = read_framework("inferno").by_key["primary_business_metrics.platform_availability"]
    unit = parse(kpi.measure or "").unit(METRICS)
    assert unit is not None
    assert convert(0.999, unit, kpi.unit) == pytest.approx(99.9)
