"""Google Search Console: final days only, pages to their end, and what a missing row means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors import searchconsole
from collectors.base import Client
from collectors.searchconsole import COLLECTOR
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import NOW, figures, filled, play
from tests.collectors.scenarios.google import said_no
from tests.collectors.scenarios.searchconsole import PACIFIC, autumn


async def test_pages_are_read_to_their_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searchconsole, "ROWS", 5)
    batch, server = await play(COLLECTOR, autumn(), client)
    starts = [one.json()["startRow"] for one in server.asked if one.path.endswith("query")]
    assert starts[:5] == [0, 5, 10, 15, 20]
    assert figures(batch.samples) == pytest.approx(figures(autumn().expected))


async def test_days_that_are_not_final_are_not_told(client: Client) -> None:
    batch, server = await play(COLLECTOR, autumn(), client)
    assert max(one.at for one in batch.samples).astimezone(PACIFIC).date() == date(2026, 11, 17)
    assert {one.json()["dataState"] for one in server.asked if one.path.endswith("query")} == {"final"}


async def test_without_expressions_only_the_totals_are_asked(client: Client) -> None:
    scenario = autumn()
    settings = {key: value for key, value in scenario.settings.items() if key not in ("brand", "comparison")}
    batch, server = await play(COLLECTOR, replace(scenario, settings=settings), client)
    assert len([one for one in server.asked if one.path.endswith("query")]) == 1
    assert {one.metric for one in batch.samples} == {one.name for one in searchconsole.TOTALS}


async def test_a_used_up_load_quota_is_left_alone_for_a_quarter_of_an_hour(client: Client) -> None:
    scenario = autumn()

    def answer(asked: Asked) -> Any:
        if asked.path == "/token":
            return scenario.answer(asked)
        return said_no(403, "Quota exceeded", "x", errors=[{"reason": "quotaExceeded"}])

    batch, server = await play(COLLECTOR, scenario, client, answer=answer)
    assert {one.kind for one in batch.faults} == {"RateLimited"}
    assert {one.retry_after for one in batch.faults} == {timedelta(minutes=15)}
    assert len(server.asked) == 2, "the brand is not asked for while Google wants rest"


@pytest.mark.parametrize(
    "row", [{"keys": []}, {"keys": ["2026-13-01"]}, {"keys": ["2026-11-01"], "clicks": "x"}]
)
async def test_an_odd_row_is_a_fault(client: Client, row: dict[str, Any]) -> None:
    scenario = autumn()

    def answer(asked: Asked) -> Any:
        body = str({"rows": [row]}).replace("'", '"').encode()
        return scenario.answer(asked) if asked.path == "/token" else Said(200, body)

    batch, _ = await play(COLLECTOR, scenario, client, answer=answer)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {"UnexpectedResponse"}


async def test_one_call_shows_that_it_can_be_read(client: Client) -> None:
    scenario = autumn()
    async with serve(scenario.answer) as server:
        config = COLLECTOR.configure(filled(dict(scenario.settings), server.url))
        assert await COLLECTOR.examine(config, client, scenario.span(NOW)) == "sc-domain:acme.dev, readable"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("site", "acme.dev"), ("site", "https://acme.dev"), ("brand", "(["), ("search", "discover")],
)
def test_settings_that_cannot_work_are_refused(setting: str, value: str) -> None:
    with pytest.raises(ValidationError, match=setting):
        COLLECTOR.configure({"site": "sc-domain:a.dev", "credentials": "key.json", setting: value})
