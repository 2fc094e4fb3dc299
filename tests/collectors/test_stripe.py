"""Stripe's traps: the depth of expansions, deleted coupons, how far events reach, what a key may read."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from collectors.base import Batch, Client
from collectors.stripe import COLLECTOR
from kpi.metric import Sample
from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import NOW, Answerer, figures, play, refused
from tests.collectors.scenarios.stripe import KEY, account


async def run(client: Client, answer: Answerer | None = None, **changed: Any) -> Batch:
    scenario = replace(account(), **changed)
    batch, _ = await play(COLLECTOR, scenario, client, answer=answer)
    return batch


def of(batch: Batch, name: str, **marks: str) -> list[Sample]:
    wanted = set(marks.items())
    return [one for one in batch.samples if one.metric == f"stripe.{name}" and wanted <= set(one.labels)]


async def test_what_moved_mrr_adds_up_to_its_difference(client: Client) -> None:
    batch = await run(client)
    for currency in ("usd", "eur"):
        levels = {one.at: Fraction(one.value) for one in of(batch, "mrr", currency=currency)}
        days = sorted(levels)
        for start, end in itertools.pairwise(days):
            moved = [
                sign * one.value
                for name, sign in (("new", 1), ("expansion", 1), ("contraction", -1), ("churned", -1))
                for one in of(batch, f"{name}_mrr", currency=currency)
                if one.at == start
            ]
            assert float(levels[end] - levels[start]) == pytest.approx(sum(moved), abs=1e-6)


async def test_arr_is_twelve_times_mrr(client: Client) -> None:
    batch = await run(client)
    mrr = {(one.at, one.labels): one.value for one in of(batch, "mrr")}
    assert {(one.at, one.labels): one.value for one in of(batch, "arr")} == pytest.approx(
        {key: 12 * value for key, value in mrr.items()}
    )


async def test_a_coupon_that_was_deleted_still_lowers_the_price(client: Client) -> None:
    vendor = account().answer

    def answer(asked: Asked) -> Any:
        if asked.path.startswith("/v1/coupons/"):
            return refused(404, error={"code": "resource_missing", "message": "No such coupon"})
        return vendor(asked)

    assert figures((await run(client, answer)).samples) == figures((await run(client)).samples)


async def test_events_that_fail_cost_the_movements_alone(client: Client) -> None:
    vendor = account().answer

    def answer(asked: Asked) -> Any:
        return Said(503) if asked.path == "/v1/events" else vendor(asked)

    batch = await run(client, answer)
    (fault,) = batch.faults
    assert fault.part == "movements"
    assert [one.at for one in of(batch, "mrr", currency="usd")] == [NOW]
    assert of(batch, "collected")
    assert not of(batch, "new_mrr")


async def test_a_key_that_may_not_read_something_is_told_in_stripes_words(client: Client) -> None:
    said = {"message": f"The provided key '{KEY}' does not have the required permissions", "type": "x"}
    batch = await run(client, lambda _: refused(403, error=said))
    assert {one.kind for one in batch.faults} == {"AuthFailed"}
    assert "required permissions" in batch.faults[0].message
    assert "restricted key" in batch.faults[0].hint
    assert KEY not in str(batch)


async def test_before_the_events_begin_only_payments_are_told(client: Client) -> None:
    past = datetime(2026, 3, 2, tzinfo=UTC)
    batch = await run(client, since=past, until=past + timedelta(days=2))
    assert batch.faults == ()
    assert {one.metric for one in batch.samples} == {
        f"stripe.{name}" for name in ("collected", "payments", "failed_payments", "refunded")
    }
    assert {one.at for one in batch.samples} == {past, past + timedelta(days=1)}
    assert "30 days" in batch.notes[0]


async def test_at_midnight_nothing_is_told_twice(client: Client) -> None:
    client.now = lambda: datetime(2026, 11, 20, tzinfo=UTC)
    batch = await run(client, now=client.now())
    assert len(figures(batch.samples)) == len(batch.samples)
