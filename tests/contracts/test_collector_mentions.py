"""Every collector that tells of texts: exactly what its scenario's events say, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from collectors.base import Client, Collector
from tests.collectors.scenarios.base import Scenario, play
from tests.contracts.test_collector_behaviours import every


@every
async def test_what_is_written_follows_from_the_events(
    collector: Collector[Any], make: Callable[[], Scenario]
) -> None:
    scenario = make()
    if (expected := scenario.mentions) is None:
        return
    async with httpx.AsyncClient(trust_env=False) as http:
        batch, _ = await play(collector, scenario, Client(http, now=lambda: scenario.now))
    assert list(batch.mentions) == sorted(expected, key=lambda one: (one.at, one.reference))
