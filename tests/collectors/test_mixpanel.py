"""Mixpanel's traps: windows in pieces, people with time left, reports by weeks, zones, and the limit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch
from collectors.http import Client
from collectors.mixpanel import COLLECTOR
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import Answerer, play
from tests.collectors.scenarios.mixpanel import SETTINGS, Mixpanel, the_last_days

REPORTS: dict[str, Any] = {"funnels": {}, "cohorts": {}, "events": {}, "active": None}


async def collected(client: Client, answer: Answerer | None = None, **more: Any) -> tuple[Batch, list[Asked]]:
    scenario = the_last_days()
    scenario.settings = {**scenario.settings, **more}
    batch, server = await play(COLLECTOR, scenario, client, answer=answer)
    return batch, server.asked


def changed(path: str, body: dict[str, Any]) -> Mixpanel:
    stand = the_last_days().answer
    assert isinstance(stand, Mixpanel)
    return Mixpanel(stand.found, stand.place, stand.today, {path: body})


def weeks(first: str, *days: str) -> dict[str, Any]:
    last = date.fromisoformat(days[-1]) + timedelta(days=6)
    return {
        "date_range": {"from_date": f"{first}T00:00:00-10:00", "to_date": f"{last}T23:59:59-10:00"},
        "series": {"Session": {f"{one}T00:00:00-10:00": 9.5 for one in days}},
    }


async def test_one_run_stays_far_below_sixty_queries(client: Client) -> None:
    _, asked = await collected(client)
    assert len(asked) == 3 + 2 + 1 + 1 + 2
    assert {one.query["project_id"] for one in asked} == {"1234567"}


async def test_a_window_in_pieces_is_not_added_up(client: Client) -> None:
    two = {"data": {"series": [], "values": {"Session start": {"2026-11-13": 5, "2026-11-14": 4}}}}
    batch, _ = await collected(client, changed("/segmentation", two))
    assert {one.metrics for one in batch.faults} == {
        ("mixpanel.active_users_7d",),
        ("mixpanel.active_users_30d",),
    }


async def test_nobody_counts_who_still_has_time_left(client: Client) -> None:
    batch, asked = await collected(client)
    funnels = [one for one in asked if one.path.endswith("/funnels")]
    assert {one.query["to_date"] for one in funnels} == {"2026-11-17"}
    assert max(one.at for one in batch.samples if one.metric == "mixpanel.funnel_users").day == 17


async def test_more_who_return_than_came_are_a_fault(client: Client) -> None:
    body = {"2026-11-12": {"first": 2, "counts": [2, 1, 1, 3]}}
    batch, _ = await collected(client, changed("/retention", body))
    assert [one.part for one in batch.faults] == ["cohort day_3"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (weeks("2026-11-02", "2026-11-02", "2026-11-09"), "is not by days"),
        ({"date_range": {}, "series": {"Session": {"US": {"2026-11-02": 1}}}}, "is broken down"),
        ({"date_range": {}, "series": {"A": {"all": 1}, "B": {"all": 2}}}, "has the series A, B"),
    ],
)
async def test_a_report_that_is_no_figure_of_days_is_a_fault(
    body: dict[str, Any], said: str, client: Client
) -> None:
    batch, _ = await collected(client, changed("/insights", body), **REPORTS)
    assert batch.samples == ()
    assert any(said in one.message for one in batch.faults)


async def test_a_report_in_another_zone_names_the_setting(client: Client) -> None:
    reports = {"session_length": SETTINGS["reports"]["session_length"]}
    batch, _ = await collected(client, **REPORTS, zone="Pacific/Auckland", reports=reports)
    assert "no midnight in Pacific/Auckland" in batch.faults[0].message


async def test_an_event_nobody_sent_is_told(client: Client) -> None:
    batch, _ = await collected(client, events={"typo": "Qery run"})
    assert batch.notes == ("Mixpanel knows nothing of the event Qery run: check its name",)


async def test_a_data_view_is_named_in_every_question(client: Client) -> None:
    asked: list[Asked] = []
    stand = the_last_days().answer

    def answer(one: Asked) -> Said:
        asked.append(one)
        said = stand(one)
        assert isinstance(said, Said)
        return said

    await collected(client, answer, workspace=77)
    assert {one.query["workspace_id"] for one in asked} == {"77"}


async def test_the_probe_reads_the_first_thing_alone(client: Client) -> None:
    async with serve(the_last_days().answer) as server:
        config = COLLECTOR.configure(
            {**SETTINGS, "base_url": server.url, "zone": "Pacific/Honolulu", "active": None}
        )
        said = await COLLECTOR.examine(config, client, the_last_days().span())
    last = [one for one in the_last_days().expected if one.metric == "mixpanel.events"][-1]
    assert (last.value, last.at.day) == (5, 20)
    assert said == "project 1234567, event first_query: 5 on 20 Nov"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"events": {f"e{n}": f"E{n}" for n in range(19)}}, "40 queries at most"),
        ({**REPORTS, "reports": {}}, "name what is to be read"),
        ({"funnels": {"a": {"funnel": 1, "within": 91}}}, "90"),
    ],
)
def test_settings_that_cannot_work_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({**SETTINGS, "base_url": "https://mixpanel.com", **more})
