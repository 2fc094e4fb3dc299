"""Traps of PagerDuty, Statuspage and UptimeRobot: what is no incident, and what nobody acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors import pagerduty, statuspage, uptimerobot
from collectors.base import Client, Span
from collectors.faults import UnexpectedResponse
from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import NOW, play
from tests.collectors.scenarios.pagerduty import account as pagerduty_account
from tests.collectors.scenarios.statuspage import account as statuspage_account

START = datetime(2026, 11, 19, tzinfo=UTC)
minutes = st.integers(-300, 1800)


def raw(number: int, seconds: int | None) -> dict[str, Any]:
    return {
        "incident_number": number,
        "created_at": "2026-11-19T10:00:00",
        "urgency": "high",
        "seconds_to_first_ack": seconds,
    }


def test_what_nobody_acknowledged_is_no_number_and_two_of_one_second_stay_apart() -> None:
    found = list(pagerduty.parse_acknowledged([raw(1, 60), raw(2, 60), raw(3, None)], START, NOW))
    assert [one.value for one in found] == [60, 60]
    assert len({one.at for one in found}) == 2


async def test_a_key_that_may_not_post_costs_the_acknowledgements_alone(client: Client) -> None:
    scenario = pagerduty_account()

    def answer(asked: Asked) -> Any:
        return Said(403) if asked.method == "POST" else scenario.answer(asked)

    batch, _ = await play(pagerduty.COLLECTOR, scenario, client, answer=answer)
    assert [(one.part, one.kind) for one in batch.faults] == [("analytics", "AuthFailed")]
    assert {one.metric for one in batch.samples} == {
        "pagerduty.incidents",
        "pagerduty.open_incidents",
        "pagerduty.time_to_resolve",
    }


async def test_services_and_teams_narrow_every_question(client: Client) -> None:
    scenario = pagerduty_account()
    scenario.settings = {**scenario.settings, "services": ["PA1", "PA2"], "teams": ["PT9"]}
    _, server = await play(pagerduty.COLLECTOR, scenario, client)
    for asked in server.asked:
        if asked.method == "GET":
            assert "service_ids%5B%5D=PA1&service_ids%5B%5D=PA2&team_ids%5B%5D=PT9" in asked.target
        else:
            assert asked.json()["filters"]["service_ids"] == ["PA1", "PA2"]


@pytest.mark.parametrize("settings", [{}, {"page": "p1"}, {"api_key": "k"}, {"page": "p1", "api_key": " "}])
def test_a_page_is_public_or_comes_with_its_key(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        statuspage.COLLECTOR.configure(settings)


async def test_420_is_too_many_requests_also_without_a_wait(client: Client) -> None:
    batch, _ = await play(
        statuspage.COLLECTOR, statuspage_account(), client, answer=lambda _: Said(420, b"{}")
    )
    assert {one.kind for one in batch.faults} == {"RateLimited"}


def test_an_incident_of_an_unknown_kind_is_refused() -> None:
    one = {"type": "Comment", "monitor": {"id": 1}, "startedAt": "2026-11-19T10:00:00Z", "resolvedAt": None}
    with pytest.raises(UnexpectedResponse, match="nobody knows"):
        uptimerobot.parse_downtimes([one], NOW)
    assert uptimerobot.parse_downtimes([one | {"type": "SLOW_RESPONSE"}], NOW) == []
    assert uptimerobot.parse_downtimes([one | {"type": "DOWNTIME"}], NOW)[0].ended == NOW


@given(st.lists(st.tuples(minutes, st.integers(0, 400)), max_size=6))
def test_overlapping_downtimes_count_once(gaps: list[tuple[int, int]]) -> None:
    """Against a count minute by minute."""
    slow = sum(any(began <= one < began + lasted for began, lasted in gaps) for one in range(1440))
    spans = [
        (START + timedelta(minutes=began), START + timedelta(minutes=began + lasted))
        for began, lasted in gaps
    ]
    assert uptimerobot.covered(spans, START, START + timedelta(days=1)) == 60 * slow


def test_a_monitor_counts_from_its_first_whole_day_and_its_share_once_that_is_over() -> None:
    made = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    monitor = uptimerobot.Monitor(1, "Site", "up", made)
    span = Span(NOW, None, ZoneInfo("UTC"))
    found = list(uptimerobot.parse_days([monitor], [], span.days(timedelta(days=3)), span))
    assert {one.at.day for one in found if one.metric == "uptimerobot.downtime"} == {19, 20}
    assert {one.at.day for one in found if one.metric == "uptimerobot.uptime"} == {19}
