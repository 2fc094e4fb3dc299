"""Mailchimp's traps and its own description: a bare 403, proxies, breaks in a list, and names of fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch
from collectors.http import Client
from collectors.mailchimp import COLLECTOR
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import Answerer, play
from tests.collectors.scenarios.mailchimp import AUDIENCE, Mailchimp, an_audience
from tests.specs import fits, spec


async def collected(client: Client, answer: Answerer, **more: Any) -> Batch:
    scenario = an_audience()
    scenario.settings = {**scenario.settings, **more}
    return (await play(COLLECTOR, scenario, client, answer=answer))[0]


async def test_questions_and_answers_are_by_the_vendors_description(client: Client) -> None:
    account, seen = Mailchimp(), set()

    def answer(asked: Asked) -> Said:
        said = account(asked)
        path = asked.path.removeprefix("/3.0").replace(AUDIENCE, "{list_id}")
        known = spec("mailchimp")["paths"][path]["get"]["parameters"]
        assert set(asked.query) <= {one["name"] for one in known if one["in"] == "query"}
        assert int(asked.query.get("count", 10)) <= 1000
        where = path.replace("/", "~1")
        schema = f"/paths/{where}/get/responses/200/content/application~1json/schema"
        fits(json.loads(said.body), "mailchimp", schema)
        seen.add(path)
        return said

    batch = await collected(client, answer)
    assert batch.faults == ()
    assert seen == {"/", "/reports", "/lists/{list_id}", "/lists/{list_id}/activity"}


async def test_a_bare_403_is_load_and_a_403_with_words_a_refusal(client: Client) -> None:
    assert {one.kind for one in (await collected(client, lambda _: Said(403, b""))).faults} == {"RateLimited"}
    said = said_json({"title": "Forbidden", "detail": "no access"}, 403)
    assert {one.kind for one in (await collected(client, lambda _: said)).faults} == {"AuthFailed"}


async def test_opens_of_proxies_count_only_where_asked_for(client: Client) -> None:
    opened = [
        sum(one.value for one in batch.samples if one.metric == "mailchimp.emails_opened")
        for batch in (await collected(client, Mailchimp()), await collected(client, Mailchimp(), opens="all"))
    ]
    assert opened == [324, 479]


async def test_reports_without_the_figure_are_not_mixed_with_others(client: Client) -> None:
    account = Mailchimp()

    def answer(asked: Asked) -> Said:
        said = account(asked)
        return Said(said.status, said.body.replace(b"proxy_excluded_unique_opens", b"other"), said.headers)

    batch = await collected(client, answer)
    assert [one.part for one in batch.faults] == ["campaigns"]
    assert 'opens: "all"' in batch.faults[0].hint


async def test_a_list_that_breaks_off_is_not_used(client: Client) -> None:
    account = Mailchimp()

    def answer(asked: Asked) -> Said:
        if asked.path == "/3.0/reports" and asked.query["offset"] != "0":
            return said_json({"reports": [], "total_items": 6})
        return account(asked)

    batch = await collected(client, answer)
    assert [(one.part, one.kind) for one in batch.faults] == [("campaigns", "Unavailable")]


def test_the_key_names_the_data_centre() -> None:
    config = COLLECTOR.configure({"api_key": "0123456789abcdef-us7", "audience": "abcdef"})
    assert config.url == "https://us7.api.mailchimp.com"
    with pytest.raises(ValidationError, match="data centre"):
        COLLECTOR.configure({"api_key": "0123456789abcdef", "audience": "abcdef"})
