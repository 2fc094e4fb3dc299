"""Discourse's traps: days without rows, stacks, reports that failed or cover other days, missing plugins."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from collectors.base import Client
from collectors.discourse import COLLECTOR, parse_stats
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import NOW, filled, play
from tests.collectors.scenarios.discourse import Forum, a_week


def spoilt(report: str, **change: Any) -> Any:
    """The forum with one report that tells something else."""

    def answer(asked: Asked) -> Said:
        said = Forum()(asked)
        if not asked.path.endswith(f"/{report}.json"):
            return said
        body = json.loads(said.body)
        return said_json({"report": body["report"] | change})

    return answer


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"error": "timeout"}, "Unavailable"),
        ({"error": "exception", "data": []}, "Unavailable"),
        ({"end_date": "2026-11-18T23:59:59Z"}, "UnexpectedResponse"),
        ({"start_date": "2026-11-14T00:00:00Z"}, "UnexpectedResponse"),
        ({"type": "topics"}, "UnexpectedResponse"),
        ({"data": None}, "UnexpectedResponse"),
        ({"data": [{"x": "2026-11-13", "y": 1}, {"x": "2026-11-13", "y": 2}]}, "UnexpectedResponse"),
    ],
)
async def test_a_report_that_does_not_cover_the_days_is_no_zero(
    client: Client, change: dict[str, Any], kind: str
) -> None:
    batch, _ = await play(COLLECTOR, a_week(), client, answer=spoilt("posts", **change))
    assert [(one.part, one.kind, one.metrics) for one in batch.faults] == [
        ("posts", kind, ("discourse.posts",))
    ]
    assert "discourse.posts" not in {one.metric for one in batch.samples}
    assert "discourse.topics" in {one.metric for one in batch.samples}


async def test_visits_from_a_desktop_and_a_mobile_are_one_figure(client: Client) -> None:
    batch, _ = await play(COLLECTOR, a_week(), client)
    found = {f"{one.at:%d}": one.value for one in batch.samples if one.metric.endswith("daily_active_users")}
    assert (found["14"], found["15"], found["19"]) == (0, 2, 0)
    assert "20" not in found, "that day is not over"


async def test_without_the_plugin_there_are_no_solutions_and_no_fault(client: Client) -> None:
    batch, _ = await play(COLLECTOR, a_week(), client, answer=Forum(has_solved=False))
    assert batch.faults == ()
    assert "discourse.solutions" not in {one.metric for one in batch.samples}


async def test_a_key_that_is_no_administrators_says_so(client: Client) -> None:
    """Discourse hides its reports from others, while the page About is public."""

    def answer(asked: Asked) -> Said:
        return Forum()(asked) if asked.path == "/about.json" else Said(404, b"<html>")

    batch, _ = await play(COLLECTOR, a_week(), client, answer=answer)
    assert {one.metric for one in batch.samples} == {"discourse.members", "discourse.monthly_active_users"}
    assert all("administrator" in one.hint for one in batch.faults)


def test_older_forums_name_their_members_otherwise() -> None:
    found = {one.metric: one.value for one in parse_stats({"user_count": 7, "active_users_30_days": 2}, NOW)}
    assert found == {"discourse.members": 7, "discourse.monthly_active_users": 2}


async def test_one_cheap_call_shows_that_reports_can_be_read(client: Client) -> None:
    scenario = replace(a_week(), answer=Forum())
    async with serve(scenario.answer) as server:
        config = COLLECTOR.configure(filled(dict(scenario.settings), server.url))
        said = await COLLECTOR.examine(config, client, scenario.span())
        assert said == f"127.0.0.1:{server.port}, 0 posts yesterday"
        assert len(server.asked) == 1
