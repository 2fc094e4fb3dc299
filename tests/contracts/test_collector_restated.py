"""A figure that its vendor restates: the next run takes its place, and the earlier value stays beside it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from collectors import every_collector
from collectors.base import Collector
from collectors.http import Client
from kpi.metric import Kind, Sample
from storage import SessionFactory, samples
from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import Scenario, play
from tests.contracts.test_collector_behaviours import NO_VENDOR, _scenarios, client, waits

__all__ = ["client", "waits"]

TRIES = 40
_FIGURE = re.compile(r"\d{1,8}(\.\d+)?")
NO_FIGURES = {
    "brand24": "its days have to add up to its total: one changed number is a fault",
    "mention": "its days have to add up to its total: one changed number is a fault",
    "csv": "a table, no JSON",
    "googleplay": "tables, no JSON",
    "slack": "lines of JSON in a compressed file",
    "pagerduty": "counts incidents by their times: no number of an answer is a figure",
    "statuspage": "counts incidents by their times: no number of an answer is a figure",
}
"""Collectors whose answers hold no number that could be another, and why."""


def _restating() -> Iterator[Any]:
    """Collectors that read days again."""
    for one in every_collector():
        flows = any(metric.kind is Kind.FLOW for metric in one.metrics)
        if one.kind not in NO_VENDOR.keys() | NO_FIGURES.keys() and flows and one.rereads:
            yield pytest.param(one, _scenarios(one.kind)[0], id=one.kind)


@pytest.mark.parametrize(("collector", "make"), list(_restating()))
async def test_a_restated_figure_takes_the_place_of_the_earlier_one(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client, sessions: SessionFactory
) -> None:
    before = make()
    client.now = lambda: before.now
    first, server = await play(collector, before, client)
    after = await _restated(collector, make, client, first.samples, len(server.asked))
    assert after is not None, "no number of the answers could be restated"
    with sessions.begin() as session:
        written = samples.write(session, first.samples, before.now)
        assert (written.restated, written.unchanged) == (0, 0)
        again = samples.write(session, after, before.now + timedelta(hours=1))
    assert again.new == 0
    assert again.restated == sum(one not in first.samples for one in after)


async def _restated(
    collector: Collector[Any],
    make: Callable[[], Scenario],
    client: Client,
    first: tuple[Sample, ...],
    requests: int,
) -> tuple[Sample, ...] | None:
    """The samples of a run in which one number of the vendor's answers is another."""
    dice = random.Random(collector.kind)
    days = {(one.metric, one.at, one.labels) for one in first}
    for _ in range(TRIES):
        scenario, count = make(), iter(range(100_000))
        which, seed = dice.randrange(requests), dice.random()

        def answer(asked: Asked, own: Any = (scenario, count, which, seed)) -> Any:
            vendor, number, chosen, luck = own
            said = vendor.answer(asked)
            assert isinstance(said, Said)
            return _changed(said, random.Random(luck)) if next(number) == chosen else said

        batch, _ = await play(collector, scenario, client.keeping({}), answer=answer)
        same_days = {(one.metric, one.at, one.labels) for one in batch.samples} == days
        if same_days and not batch.faults and set(batch.samples) != set(first):
            return batch.samples
    return None


def _changed(said: Said, dice: random.Random) -> Said:
    """The same answer with one more of something."""
    try:
        body = json.loads(said.body)
    except ValueError:
        return said
    places = list(_numbers(body))
    if not places:
        return said
    holder, key = dice.choice(places)
    value = holder[key]
    holder[key] = str(Decimal(value) + 1) if isinstance(value, str) else value + 1
    return replace(said, body=json.dumps(body).encode())


def _numbers(found: Any) -> Iterator[tuple[Any, Any]]:
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in pairs:
        if _is_figure(value):
            yield found, key
        else:
            yield from _numbers(value)


def _is_figure(value: Any) -> bool:
    """A number, also as text, that is no instant."""
    if isinstance(value, str):
        return _FIGURE.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
