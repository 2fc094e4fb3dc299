"""What trying a source of customers and of work says: something a person recognises, from one cheap call."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from collectors import BY_KIND
from collectors.http import Client
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import filled

ELSEWHERE: dict[tuple[str, str], Any] = {
    ("linear", "/graphql"): {"data": {"viewer": {"name": "Ada", "organization": {"name": "Acme"}}}},
    ("intercom", "/me"): {"type": "admin", "app": {"type": "app", "name": "Acme Support"}},
    ("zendesk", "/api/v2/users/me.json"): {"user": {"id": 7, "name": "KPI bot", "role": "admin"}},
}
"""Answers that are asked for in no run."""


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("hubspot", "account 4142, USD, US/Eastern"),
        ("mailchimp", "Acme, days of America/New_York"),
        ("jira", "as KPI bot"),
        ("linear", "Acme, as Ada"),
        ("zendesk", "KPI bot, admin"),
        ("intercom", "Acme Support"),
        ("hotjar", "answered last on 20 Nov 2026"),
    ],
)
async def test_a_trial_says_what_it_found(kind: str, said: str, client: Client) -> None:
    collector = BY_KIND[kind]
    scenario = importlib.import_module(f"tests.collectors.scenarios.{kind}").SCENARIOS[0]()

    def answer(asked: Asked) -> Said:
        known = ELSEWHERE.get((kind, asked.path))
        found: Said = scenario.answer(asked) if known is None else said_json(known)
        return found

    async with serve(answer) as server:
        config = collector.configure(filled(dict(scenario.settings), server.url))
        assert await collector.examine(config, client, scenario.span()) == said
    assert len(server.asked) <= 2
