"""Linear's traps: errors inside a good answer, two allowances, and a key without a scheme."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.base import Batch
from collectors.http import Client
from collectors.linear import COLLECTOR
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import Answerer, play
from tests.collectors.scenarios.linear import CYCLE, TOKEN, WORK, Linear, a_workspace


async def collected(client: Client, answer: Answerer, **more: Any) -> Batch:
    scenario = a_workspace()
    scenario.settings = {**scenario.settings, **more}
    return (await play(COLLECTOR, scenario, client, answer=answer))[0]


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("RATELIMITED", "RateLimited"),
        ("AUTHENTICATION_ERROR", "AuthFailed"),
        ("FORBIDDEN", "AuthFailed"),
        ("INVALID_INPUT", "UnexpectedResponse"),
    ],
)
async def test_an_error_is_told_by_its_code_whatever_the_status(
    code: str, kind: str, status: int, client: Client
) -> None:
    errors = [{"message": "no", "extensions": {"code": code}}]
    batch = await collected(client, lambda _: said_json({"data": None, "errors": errors}, status))
    assert {one.kind for one in batch.faults} == {kind}
    assert batch.samples == ()


async def test_half_an_answer_is_not_used(client: Client) -> None:
    workspace = Linear()

    def answer(asked: Asked) -> Said:
        said = workspace(asked)
        return Said(200, said.body[:-1] + b', "errors": [{"message": "timed out"}]}', said.headers)

    batch = await collected(client, answer)
    assert batch.samples == ()
    assert "timed out" in batch.faults[0].message


async def test_the_key_stands_alone_in_its_header(client: Client) -> None:
    _, server = await play(COLLECTOR, a_workspace(), client)
    assert {one.headers["authorization"] for one in server.asked} == {TOKEN}


async def test_without_teams_all_of_them_count(client: Client) -> None:
    batch = await collected(client, Linear(), teams=[])
    totals = {
        name: sum(one.value for one in batch.samples if one.metric == f"linear.{name}")
        for name in ("issues_created", "velocity")
    }
    assert totals == {"issues_created": len(WORK) - 1, "velocity": 18 + 10 + CYCLE[-1].done[-1]}
