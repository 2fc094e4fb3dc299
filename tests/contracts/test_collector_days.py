"""What every collector keeps to where it tells figures of days that do not add up."""

from __future__ import annotations

import importlib
import re
from datetime import timedelta
from typing import Any

import pytest

from collectors import METRICS, every_collector
from collectors.base import Collector
from kpi.metric import Kind, Metric
from kpi.reading import TOLERANCE
from tests.contracts.test_collector_behaviours import NO_VENDOR

_OF_A_DAY = re.compile(r"\b(on|of|to|with) a day\b|\ba day's\b")
WRITTEN_DOWN = {"csv", "sheets"}  # a person states the figure of a day, whole at once


def is_of_a_day(metric: Metric) -> bool:
    """Whether each sample is the figure of one day, or of the days up to it."""
    is_one_reading = metric.is_event or metric.is_snapshot
    return metric.kind is Kind.RATIO and not is_one_reading and bool(_OF_A_DAY.search(metric.description))


OF_DAYS = [
    one
    for one in every_collector()
    if one.kind not in NO_VENDOR.keys() | WRITTEN_DOWN and any(map(is_of_a_day, one.metrics))
]


@pytest.mark.parametrize("collector", OF_DAYS, ids=lambda one: one.kind)
def test_a_share_or_a_count_of_people_stands_at_the_end_of_a_day_that_is_over(
    collector: Collector[Any],
) -> None:
    """Told of an open day it would be the newest, and low all morning."""
    names = {one.name for one in collector.metrics if is_of_a_day(one)}
    for make in importlib.import_module(f"tests.collectors.scenarios.{collector.kind}").SCENARIOS:
        scenario = make()
        told = [one for one in scenario.expected if one.metric in names]
        assert all(one.at < scenario.now for one in told)
        assert {(one.at + timedelta(seconds=1)).timestamp() % 900 for one in told} <= {0.0}


@pytest.mark.parametrize(
    ("metric", "days"),
    [
        ("searchconsole.position", 3),
        ("searchconsole.click_rate", 3),
        ("youtube.view_duration", 3),
        ("youtube.completion", 3),
        ("slack.active_members", 3),
        ("googleplay.active_devices", 6),
        ("googleplay.rating", 6),
        ("googleplay.daily_rating", 6),
    ],
)
def test_the_newest_figure_of_a_vendor_that_tells_late_is_not_stale(metric: str, days: int) -> None:
    """It stands until the next day was told as late, which a run finds within twelve hours."""
    told_again = timedelta(days=days + 1)
    assert METRICS[metric].every + TOLERANCE >= told_again + timedelta(hours=12)
