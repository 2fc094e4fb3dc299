"""HubSpot's traps: the cap of a search, foreign amounts, limits without a wait, and who is in a cohort."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collectors.base import Batch
from collectors.http import Client
from collectors.hubspot import COLLECTOR
from collectors.hubspot_search import Question, Search
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Answerer, Limit, play, refused
from tests.collectors.scenarios.hubspot import an_account
from tests.collectors.scenarios.hubspot_account import DEALS, TOKEN, HubSpot, ago

LEAVE = {"without": ["contacts", "companies", "outreach", "meetings", "emails"], "forms": {}}


async def collected(client: Client, answer: Answerer, **more: Any) -> Batch:
    scenario = an_account()
    scenario.settings = {**scenario.settings, **LEAVE, **more}
    return (await play(COLLECTOR, scenario, client, answer=answer))[0]


def value(batch: Batch, name: str) -> float:
    return sum(one.value for one in batch.samples if one.metric == f"hubspot.{name}")


async def test_more_than_a_search_lists_is_read_in_halves(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.hubspot_search.MOST", 2)
    account = HubSpot(deals=[replace(DEALS[0], created=ago(day)) for day in range(1, 20)])
    batch = await collected(client, account)
    assert batch.faults == ()
    assert value(batch, "open_pipeline") == pytest.approx(19 * 1000.50)


async def test_more_of_one_instant_than_can_be_listed_is_a_fault(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.hubspot_search.MOST", 2)
    batch = await collected(client, HubSpot(deals=[DEALS[0]] * 3))
    assert not any(one.metric == "hubspot.open_pipeline" for one in batch.samples)
    assert "of one instant" in batch.faults[0].message


async def test_a_list_that_shrinks_under_way_is_not_used(client: Client) -> None:
    account = HubSpot()

    def answer(asked: Asked) -> Said:
        said = account(asked)
        if asked.path.endswith("/deals/search"):
            return Said(200, said.body.replace(b'"total": ', b'"total": 9'), said.headers)
        return said

    batch = await collected(client, answer)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {"Unavailable"}


async def test_amounts_bear_the_currency_where_it_is_not_the_dollar(client: Client) -> None:
    batch = await collected(client, HubSpot(currency="EUR"))
    money = [one for one in batch.samples if one.metric.endswith(("pipeline", "value"))]
    assert money
    assert all(("currency", "EUR") in one.labels for one in money)


async def test_an_amount_nobody_converted_is_a_fault(client: Client) -> None:
    account = HubSpot()

    def answer(asked: Asked) -> Said:
        said = account(asked)
        swapped = said.body.replace(
            b'"amount_in_home_currency": "1000.50"', b'"amount_in_home_currency": null'
        )
        return Said(
            said.status,
            swapped.replace(b'"deal_currency_code": null', b'"deal_currency_code": "EUR"'),
            said.headers,
        )

    batch = await collected(client, answer)
    assert "hubspot.open_pipeline" in batch.faults[0].metrics
    assert "is in EUR and has no amount in USD" in batch.faults[0].message


async def test_open_deals_without_an_amount_are_told(client: Client) -> None:
    batch = await collected(client, HubSpot())
    assert batch.notes == ("1 of 3 open deals have no amount",)
    assert value(batch, "open_pipeline") == pytest.approx(3000.50)


@pytest.mark.parametrize(
    ("policy", "wait"), [("SECONDLY", timedelta(seconds=1)), ("DAILY", None)], ids=["second", "day"]
)
async def test_a_limit_is_told_by_its_policy(policy: str, wait: timedelta | None, client: Client) -> None:
    limit = Limit(refused(429, errorType="RATE_LIMIT", policyName=policy), wait)
    batch = await collected(client, lambda _: limit.said)
    assert {one.kind for one in batch.faults} == {"RateLimited"}
    assert {one.retry_after for one in batch.faults} == {wait}


async def test_dated_versions_have_other_paths(client: Client) -> None:
    search = Search(client.at("http://127.0.0.1:1"), "2026-09")
    assert search.path("deals") == "/crm/objects/2026-09/deals/search"
    assert Search(search.api, "v3").path("deals") == "/crm/v3/objects/deals/search"


async def test_a_missing_scope_costs_its_own_numbers_alone(client: Client) -> None:
    account = HubSpot()

    def answer(asked: Asked) -> Said:
        if asked.path.endswith("statistics/list"):
            return refused(403, category="MISSING_SCOPES", message="requires content")
        return account(asked)

    batch = await collected(client, answer, without=[])
    assert [one.part for one in batch.faults] == ["emails"]
    assert value(batch, "contacts") > 0


async def test_a_day_without_e_mails_is_zero_and_a_strange_one_a_fault(client: Client) -> None:
    account = HubSpot()

    def answer(asked: Asked) -> Said:
        if asked.path.endswith("statistics/list"):
            return said_json({"aggregate": {"counters": {}}, "emails": [7]})
        return account(asked)

    batch = await collected(
        client, answer, without=["contacts", "deals", "companies", "outreach", "meetings"]
    )
    assert batch.samples == ()
    assert batch.faults[0].kind == "UnexpectedResponse"


async def test_a_question_names_its_stretch_by_milliseconds_and_both_ends(client: Client) -> None:
    account = HubSpot()
    await collected(client, account)
    filters = [body["filterGroups"][0]["filters"][-1] for kind, body in account.asked if kind == "deals"]
    assert all(int(one["highValue"]) % 1000 == 999 or one["propertyName"] == "createdate" for one in filters)
    assert Question("deals", "closedate").filters == ()
    assert NOW.tzinfo is not None
    assert TOKEN not in str(account.asked)
