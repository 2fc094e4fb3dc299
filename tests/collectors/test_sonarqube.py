"""SonarQube's traps: one unknown metric, values that are absent, its own clock, older forms of paging."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.base import Client
from collectors.sonarqube import COLLECTOR, parse_history, parse_measures
from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import NOW, play
from tests.collectors.scenarios.sonarqube import SonarQube, project


@pytest.mark.parametrize(
    ("key", "value", "name", "expected"),
    [
        ("coverage", "81.5", "coverage", 0.815),
        ("sqale_debt_ratio", "1.7", "debt_ratio", 0.017),
        ("sqale_index", "90", "debt", 5400),
        ("ncloc", "20500", "lines", 20500),
    ],
)
def test_values_come_in_the_units_of_the_metrics(key: str, value: str, name: str, expected: float) -> None:
    (found,) = parse_measures({key: {"value": value}}, NOW)
    assert found.metric == f"sonarqube.{name}"
    assert found.value == pytest.approx(expected)


def test_complexity_a_function_needs_functions() -> None:
    values = {"complexity": {"value": "90"}, "functions": {"value": "0"}}
    assert {one.metric for one in parse_measures(values, NOW)} == {
        "sonarqube.complexity",
        "sonarqube.functions",
    }


def test_a_time_is_the_servers_with_its_offset_and_an_absent_value_is_none() -> None:
    history = [{"date": "2026-11-19T02:30:00+0530", "value": "9"}, {"date": "2026-11-18T02:30:00+0530"}]
    ((at, key, _),) = parse_history({"measures": [{"metric": "bugs", "history": history}]})
    assert (at, key) == (datetime(2026, 11, 18, 21, 0, tzinfo=UTC), "bugs")


async def test_a_metric_that_the_server_lacks_does_not_cost_the_others(client: Client) -> None:
    batch, _ = await play(COLLECTOR, project(), client, answer=SonarQube(NOW, unknown="functions"))
    assert batch.faults == ()
    names = {one.metric for one in batch.samples}
    assert "sonarqube.functions" not in names
    assert "sonarqube.complexity" in names


async def test_a_server_that_may_not_be_searched_still_tells_its_measures(client: Client) -> None:
    vendor = SonarQube(NOW)

    def answer(asked: Asked) -> Any:
        return Said(403) if asked.path == "/api/issues/search" else vendor(asked)

    batch, _ = await play(COLLECTOR, project(), client, answer=answer)
    assert [(one.part, one.kind) for one in batch.faults] == [("vulnerabilities", "AuthFailed")]
    assert [one for one in batch.samples if one.metric == "sonarqube.coverage"]
