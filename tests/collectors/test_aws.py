"""Cost Explorer's traps: what a page costs, the missing extra, credits, and refusals that are all 400."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from collectors.aws import COLLECTOR
from collectors.base import Batch, Client
from tests.collectors.loopback import Asked, Server
from tests.collectors.scenarios.aws import SECRET, CostExplorer, said, services, whole_account
from tests.collectors.scenarios.base import NOW, Answerer, play


async def run(client: Client, answer: Answerer | None = None, **settings: Any) -> tuple[Batch, Server]:
    scenario = services()
    scenario = replace(scenario, settings={**scenario.settings, **settings})
    return await play(COLLECTOR, scenario, client, answer=answer)


async def test_every_page_is_paid_for_before_it_is_asked(client: Client) -> None:
    _, server = await run(client)
    (spent,) = client.spending.spent.values()  # type: ignore[attr-defined]
    assert len(server.asked) == 2
    assert spent == Decimal("0.02")


async def test_no_page_is_asked_that_the_budget_does_not_hold(client: Client) -> None:
    batch, server = await run(client, monthly_budget="0.01")
    (fault,) = batch.faults
    assert (fault.kind, batch.samples, len(server.asked)) == ("RateLimited", (), 1)
    assert "the budget of $0.01 a month is used up" in fault.message


async def test_without_the_extra_the_fault_names_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    batch, server = await run(client)
    (fault,) = batch.faults
    assert (batch.samples, server.asked) == ((), [])
    assert "pip install kpi-bot[aws]" in fault.hint


async def test_a_wrong_secret_is_a_signature_that_amazon_refuses(client: Client) -> None:
    batch, _ = await run(client, secret_access_key="another-secret-000")
    (fault,) = batch.faults
    assert (fault.kind, batch.samples) == ("AuthFailed", ())
    assert SECRET not in str(batch)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("AccessDeniedException", "AuthFailed"),
        ("com.amazon.coral.service#ExpiredTokenException", "AuthFailed"),
        ("LimitExceededException", "RateLimited"),
        ("DataUnavailableException", "Unavailable"),
        ("ValidationException", "UnexpectedResponse"),
    ],
)
async def test_a_refusal_is_known_by_its_type(client: Client, kind: str, fault: str) -> None:
    batch, _ = await run(client, lambda _: said(400, __type=kind))
    assert [one.kind for one in batch.faults] == [fault]


async def test_a_credit_is_below_zero_and_the_end_of_a_span_is_not_in_it(client: Client) -> None:
    batch, server = await run(client)
    credit = [one for one in batch.samples if ("service", "Credits") in one.labels]
    assert [one.value for one in credit] == [-1.5]
    assert server.asked[0].json()["TimePeriod"] == {"Start": "2026-10-16", "End": "2026-11-21"}


async def test_a_day_that_amazon_calls_estimated_is_not_settled(client: Client) -> None:
    batch, _ = await play(COLLECTOR, whole_account(), client)
    settled = {one.at.day for one in batch.samples if one.settled}
    assert settled == {29, 30, 31}


async def test_another_currency_is_no_dollar(client: Client) -> None:
    def answer(asked: Asked) -> Any:
        found = CostExplorer(NOW)(asked)
        return replace(found, body=found.body.replace(b'"USD"', b'"CNY"'))

    batch, _ = await run(client, answer)
    assert batch.samples == ()
    assert "CNY" in batch.faults[0].message


async def test_what_amazon_no_longer_keeps_is_not_asked_for(client: Client) -> None:
    past = datetime(2024, 1, 1, tzinfo=UTC)
    scenario = replace(services(), since=past, until=datetime(2024, 2, 1, tzinfo=UTC))
    batch, server = await play(COLLECTOR, scenario, client)
    assert (batch.samples, batch.faults, server.asked) == ((), (), [])
    assert "13 months" in batch.notes[0]
