"""Amplitude's traps: cohorts that are not complete, days without a year, the cost of questions, the EU."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.amplitude import COLLECTOR
from collectors.amplitude_samples import parse_retention
from collectors.base import Batch
from collectors.faults import UnexpectedResponse
from collectors.http import Client
from tests.collectors.conftest import NOW, Waits
from tests.collectors.loopback import Asked, serve
from tests.collectors.scenarios.amplitude import SETTINGS, Amplitude, the_last_days
from tests.collectors.scenarios.base import Answerer, play

SPAN = the_last_days().span(NOW)


async def collected(client: Client, answer: Answerer | None = None, **more: Any) -> tuple[Batch, list[Asked]]:
    scenario = the_last_days()
    scenario.settings = {**scenario.settings, **more}
    batch, server = await play(COLLECTOR, scenario, client, answer=answer)
    return batch, server.asked


def changed(what: str, body: Any) -> Amplitude:
    stand = the_last_days().answer
    assert isinstance(stand, Amplitude)
    return Amplitude(stand.found, stand.today, {what: body})


def retention(key: str, *entries: tuple[int, int, Any]) -> dict[str, Any]:
    held = [{"count": count, "outof": outof, "incomplete": said} for count, outof, said in entries]
    return {"data": {"series": [{"dates": [key], "values": {key: held}}]}}


@pytest.mark.parametrize("key", ["Aug 04", "Aug 4"])
def test_the_first_entry_is_the_cohort_and_the_second_its_own_day(key: str) -> None:
    told = retention(key, (10, 10, False), (9, 10, False), (4, 10, False))
    found = list(parse_retention(told, [date(2026, 8, 4)], SPAN, 1, "day_1"))
    assert [(one.metric, one.value) for one in found] == [
        ("amplitude.cohort_users", 10),
        ("amplitude.retained_users", 4),
    ]


@pytest.mark.parametrize("said", [True, None, "no", 0])
def test_what_is_not_surely_complete_is_left_out(said: Any) -> None:
    told = retention("Aug 04", (10, 10, False), (9, 10, False), (1, 10, said))
    assert list(parse_retention(told, [date(2026, 8, 4)], SPAN, 1, "day_1")) == []


def test_days_without_a_year_are_not_mixed_up() -> None:
    days = [date(2025, 8, 4), date(2026, 8, 4)]
    with pytest.raises(UnexpectedResponse, match="more than a year"):
        list(parse_retention(retention("Aug 04", (10, 10, False)), days, SPAN, 1, "day_1"))


async def test_a_cohort_that_ends_too_early_is_a_fault(client: Client) -> None:
    told = retention("Nov 16", (10, 10, False), (9, 10, False))
    batch, _ = await collected(client, changed("retention", told))
    assert [one.part for one in batch.faults] == ["cohort day_3"]


async def test_a_series_that_does_not_fit_its_days_is_a_fault(client: Client) -> None:
    body = {"data": {"series": [[1, 2, 3]], "xValues": ["2026-11-20", "2026-11-21"]}}
    batch, _ = await collected(client, changed("sessions/average", body))
    assert [one.metrics for one in batch.faults] == [("amplitude.session_length",)]


async def test_questions_wait_for_their_cost(client: Client, waits: Waits) -> None:
    client.timer = lambda: 0.0
    batch, _ = await collected(
        client, cohorts={f"cohort_{n}": {"first": "Sign up", "day": 3} for n in range(6)}
    )
    assert batch.faults == ()
    cost = 7 * 6 + 2 * 3 * 5 + 6 * 8 * 5  # seven series of six days; three steps and six cohorts of five
    per_five_minutes = 0.9 * 1000
    at_once = per_five_minutes / 4
    assert max(waits.seconds) == pytest.approx((cost - at_once) * 300 / (per_five_minutes - at_once))


async def test_the_probe_asks_about_yesterday(client: Client) -> None:
    async with serve(the_last_days().answer) as server:
        config = COLLECTOR.configure({**SETTINGS, "base_url": server.url, "zone": "Pacific/Auckland"})
        said = await COLLECTOR.examine(config, client, SPAN)
    (asked,) = server.asked
    assert (asked.query["start"], asked.query["end"]) == ("20261120", "20261120")
    assert said.endswith("people active on 20 Nov")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"funnels": {"a": {"steps": ["Sign up"]}}}, "at least 2"),
        ({"cohorts": {"a": {"day": 90}}}, "89"),
        ({"zone": "Amplitude/Time"}, "tz database"),
    ],
)
def test_settings_that_cannot_work_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({**SETTINGS, "base_url": "https://analytics.eu.amplitude.com", **more})
