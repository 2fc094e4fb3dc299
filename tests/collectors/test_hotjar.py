"""Hotjar's traps: a token that is refused, scores off the scale, and pages that need not be read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch
from collectors.hotjar import COLLECTOR
from collectors.http import Client
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import Answerer, filled, play, refused
from tests.collectors.scenarios.hotjar import PATH, Hotjar, a_survey_of_nps


async def collected(client: Client, answer: Answerer, **more: Any) -> Batch:
    scenario = a_survey_of_nps()
    scenario.settings = {**scenario.settings, **more}
    return (await play(COLLECTOR, scenario, client, answer=answer))[0]


async def test_pages_older_than_the_days_are_not_asked_for(client: Client) -> None:
    _, server = await play(COLLECTOR, a_survey_of_nps(), client)
    assert len([one for one in server.asked if one.path == PATH]) == 4  # of five


async def test_a_score_off_the_scale_is_a_fault(client: Client) -> None:
    batch = await collected(client, Hotjar(), scale="csat")
    assert batch.samples == ()
    assert "csat is from 1 to 5" in batch.faults[0].message


async def test_without_a_score_responses_are_counted(client: Client) -> None:
    batch = await collected(client, Hotjar(), scale="none", question="")
    assert {one.metric for one in batch.samples} == {"hotjar.responses"}
    assert sum(one.value for one in batch.samples) == 6


async def test_a_refused_token_is_not_used_again(client: Client) -> None:
    survey, grants = Hotjar(), []

    def answer(asked: Asked) -> Said:
        said = survey(asked)
        if asked.method == "POST":
            grants.append(asked)
            return Said(200, said.body.replace(b"60", b"3600"), said.headers)
        return refused(401, message="revoked") if len(grants) == 1 else said

    scenario = a_survey_of_nps()
    async with serve(answer) as server:
        config = COLLECTOR.configure(filled(dict(scenario.settings), server.url))
        first = await COLLECTOR.run(config, client, scenario.span())
        second = await COLLECTOR.run(config, client, scenario.span())
        await COLLECTOR.run(config, client, scenario.span())
    assert [one.kind for one in first.faults] == ["AuthFailed"]
    assert second.faults == ()
    assert len(grants) == 2


@pytest.mark.parametrize("more", [{"scale": "nps", "question": ""}, {"scale": "none", "question": "q1"}])
def test_a_scale_needs_its_question(more: dict[str, str]) -> None:
    settings = {**a_survey_of_nps().settings, "base_url": "https://api.hotjar.io", **more}
    with pytest.raises(ValidationError, match="set both, or neither"):
        COLLECTOR.configure(settings)
