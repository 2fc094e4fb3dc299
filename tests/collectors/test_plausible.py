"""Plausible's traps: zones it does not name, imported figures left out, remarks, plans and goals."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch
from collectors.http import Client
from collectors.plausible import COLLECTOR
from tests.collectors.conftest import NOW
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import Answerer, play
from tests.collectors.scenarios.plausible import SETTINGS, Plausible, the_last_days, visits

FOUND = visits(date(2026, 11, 21), date(2026, 11, 19))


async def collected(client: Client, answer: Answerer, **more: Any) -> Batch:
    scenario = the_last_days()
    scenario.settings = {**scenario.settings, **more}
    return (await play(COLLECTOR, scenario, client, answer=answer))[0]


async def test_days_of_another_zone_are_a_fault_that_names_the_setting(client: Client) -> None:
    batch = await collected(client, Plausible(FOUND, "Europe/Berlin"))
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {"UnexpectedResponse"}
    assert "which is no midnight in Pacific/Auckland" in batch.faults[0].message
    assert "Set zone" in batch.faults[0].hint


async def test_imported_figures_that_cannot_be_included_are_a_fault(client: Client) -> None:
    without = {"imports_included": False, "imports_skip_reason": "unsupported_query"}
    batch = await collected(client, Plausible(FOUND, "Pacific/Auckland", without), imports=True)
    assert batch.samples == ()
    assert "imported" in batch.faults[0].message


async def test_imports_are_asked_for_and_their_absence_is_fine(client: Client) -> None:
    asked: list[Any] = []
    site = Plausible(FOUND, "Pacific/Auckland", {"imports_skip_reason": "no_imported_data"})

    def answer(one: Asked) -> Said:
        asked.append(one.json()["include"])
        return site(one)

    batch = await collected(client, answer, imports=True)
    assert batch.faults == ()
    assert all(one["imports"] is True for one in asked)


async def test_a_remark_on_a_figure_is_a_note(client: Client) -> None:
    said = {"metric_warnings": {"time_on_page": {"code": "legacy_time_on_page_used", "message": "up to May"}}}
    batch = await collected(client, Plausible(FOUND, "Pacific/Auckland", said))
    assert batch.faults == ()
    assert batch.notes == ("Plausible on time_on_page: up to May",)


async def test_pages_nobody_saw_are_told(client: Client) -> None:
    batch = await collected(client, Plausible(FOUND, "Pacific/Auckland"), pages={"help": "^/help"})
    assert batch.notes == ("nothing was seen of the pages help in four weeks: check their expression",)
    assert not [one for one in batch.samples if one.metric.startswith("plausible.page_")]


async def test_an_unknown_goal_fails_alone(client: Client) -> None:
    batch = await collected(client, Plausible(FOUND, "Pacific/Auckland"), goals={"signups": "Signup"})
    assert [one.part for one in batch.faults] == ["goals"]
    assert "not configured" in batch.faults[0].message
    assert {one.metric for one in batch.samples} >= {"plausible.visitors", "plausible.page_views"}


async def test_days_before_the_site_are_no_zeros(client: Client) -> None:
    young = [one for one in FOUND if one.day >= date(2026, 11, 20)]
    batch = await collected(client, Plausible(young, "Pacific/Auckland"))
    told = {one.at for one in batch.samples if one.metric in ("plausible.visits", "plausible.goal_events")}
    assert len(told) == 2


async def test_a_plan_without_the_interface_is_told(client: Client) -> None:
    batch = await collected(client, lambda _: said_json({"error": "upgrade"}, 402))
    assert {one.kind for one in batch.faults} == {"AuthFailed"}
    assert "Business plan" in batch.faults[0].hint


async def test_the_probe_says_where_days_begin(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        assert asked.json() == {"site_id": "acme.dev", "metrics": ["visitors"], "date_range": "7d"}
        query = {"date_range": ["2026-11-13T00:00:00+13:00", "2026-11-19T23:59:59+13:00"]}
        return said_json({"results": [{"metrics": [1204], "dimensions": []}], "meta": {}, "query": query})

    async with serve(answer) as server:
        config = COLLECTOR.configure({**SETTINGS, "base_url": server.url})
        found = await COLLECTOR.examine(config, client, the_last_days().span(NOW))
    assert found == "acme.dev, 1,204 visitors in 7 days, days begin at 00:00:00+13:00"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"zone": "Mars/Olympus"}, "tz database"),
        ({"pages": {"docs": "("}}, "regular expression"),
        ({"sources": {"a": ["X"], "b": ["X"]}}, "two names"),
        ({"goals": {"Sign up": "x"}}, "match"),
    ],
)
def test_settings_that_cannot_work_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({**SETTINGS, "base_url": "https://plausible.io", **more})
