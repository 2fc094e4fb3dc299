"""Sentry's traps: null is no number, units of durations, a next page that holds nothing, its own days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.base import Client, Span
from collectors.faults import UnexpectedResponse
from collectors.http import Answer
from collectors.of_day import Days
from collectors.sentry import (
    COLLECTOR,
    FAILURES,
    SETTLES_AFTER,
    SLOWEST,
    next_page,
    parse_series,
    parse_timeseries,
)
from tests.collectors.loopback import Asked
from tests.collectors.scenarios.base import play
from tests.collectors.scenarios.sentry import organization

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAYS = [date(2026, 11, 18), date(2026, 11, 19)]
TOLD = Days(Span(NOW, None, ZoneInfo("UTC")), SETTLES_AFTER)
INTERVALS = ["2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z"]


def groups(**series: list[Any]) -> dict[str, Any]:
    return {"intervals": INTERVALS, "groups": [{"by": {}, "totals": {}, "series": series}]}


def test_a_null_rate_is_no_number() -> None:
    found = list(parse_series(groups(**{"crash_free_rate(user)": [None, 0.98]}), DAYS, TOLD))
    assert [(one.at.day, one.value) for one in found] == [(19, 0.98)]


def test_a_project_that_sends_no_sessions_has_none_and_one_without_errors_has_zero() -> None:
    found = list(parse_series(groups(**{"sum(session)": [0, 0], "sum(quantity)": [0, 0]}), DAYS, TOLD))
    assert {(one.metric, one.value) for one in found} == {("sentry.errors", 0.0)}


def test_a_series_that_is_cut_is_refused() -> None:
    with pytest.raises(UnexpectedResponse, match="does not run along"):
        list(parse_series(groups(**{"sum(quantity)": [4]}), DAYS, TOLD))


def series(unit: str | None, **value: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 19, tzinfo=UTC).timestamp() * 1000
    one = {"timestamp": at, "value": 250.0, "incomplete": False, **value}
    return {"timeSeries": [{"yAxis": "y", "values": [one], "meta": {"valueUnit": unit, "valueType": "x"}}]}


@pytest.mark.parametrize(
    ("unit", "seconds"), [("millisecond", 0.25), ("second", 250.0), ("nanosecond", 2.5e-7)]
)
def test_durations_become_seconds(unit: str, seconds: float) -> None:
    assert [one.value for one in parse_timeseries(series(unit), SLOWEST, DAYS, TOLD)] == [
        pytest.approx(seconds)
    ]


def test_a_duration_in_an_unknown_unit_is_no_guess() -> None:
    with pytest.raises(UnexpectedResponse, match="fortnight"):
        list(parse_timeseries(series("fortnight"), SLOWEST, DAYS, TOLD))


@pytest.mark.parametrize("value", [{"incomplete": True}, {"value": None}, {"sampleCount": 0}])
def test_a_rate_over_nothing_or_an_open_day_is_left_out(value: dict[str, Any]) -> None:
    assert list(parse_timeseries(series(None, **value), FAILURES, DAYS, TOLD)) == []


@pytest.mark.parametrize(("results", "expected"), [("true", "https://x.io/b"), ("false", None)])
def test_a_next_page_counts_where_it_holds_results(results: str, expected: str | None) -> None:
    link = (
        '<https://x.io/a>; rel="previous"; results="true"; cursor="0:0:1", '
        f'<https://x.io/b>; rel="next"; results="{results}"; cursor="0:100:0"'
    )
    assert next_page(Answer(200, {"link": link}, b"", "https://x.io/")) == expected


async def test_errors_are_not_asked_by_environment_for_sentry_does_not_count_them_so(client: Client) -> None:
    scenario = organization()
    asked: list[str] = []

    def answer(question: Asked) -> Any:
        asked.append(question.path.strip("/").rpartition("/")[2])
        return scenario.answer(question)

    scenario.settings = {**scenario.settings, "environment": "production"}
    batch, _ = await play(COLLECTOR, scenario, client, answer=answer)
    assert set(asked) == {"sessions", "events-timeseries", "issues"}
    assert not [one for one in batch.samples if one.metric == "sentry.errors"]
