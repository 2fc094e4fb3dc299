"""What is asked of Discord and what its stand-in answers, held against Discord's own OpenAPI description."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import ValidationError
from jsonschema.validators import Draft202012Validator

from collectors.base import Client
from collectors.discord import COLLECTOR
from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import play
from tests.collectors.scenarios.discord import GUILD, a_server
from tests.specs import fits, spec

PREFIX = "/api/v10"


def described(asked: Asked) -> str:
    """The path of the description that `asked` is for."""
    return asked.path.removeprefix(PREFIX).replace(GUILD, "{guild_id}")


def answer_of(path: str) -> str:
    return f"/paths/{path.replace('/', '~1')}/get/responses/200/content/application~1json/schema"


def parameters(path: str, place: str) -> dict[str, Any]:
    """The schemas of the parameters in `place`, by name."""
    known = spec("discord")["paths"][path]
    return {
        one["name"]: one["schema"]
        for one in known["parameters"] + known["get"]["parameters"]
        if one["in"] == place
    }


async def exchanged(client: Client) -> list[tuple[Asked, Said]]:
    scenario, seen = a_server(), list[tuple[Asked, Said]]()

    def answer(asked: Asked) -> Said:
        said = scenario.answer(asked)
        assert isinstance(said, Said)
        seen.append((asked, said))
        return said

    batch, _ = await play(COLLECTOR, scenario, client, answer=answer)
    assert batch.faults == ()
    return seen


async def test_every_request_is_one_that_discord_describes(client: Client) -> None:
    seen = await exchanged(client)
    assert {described(asked) for asked, _ in seen} == set(spec("discord")["paths"])
    for asked, _ in seen:
        known = parameters(described(asked), "query")
        assert set(asked.query) <= set(known)
        for name, value in asked.query.items():
            Draft202012Validator(known[name]).validate(json.loads(value))
        assert set(parameters(described(asked), "path")) == {"guild_id"}
    fits(GUILD, "discord", "/components/schemas/SnowflakeType")


async def test_every_answer_of_the_stand_in_is_one_that_discord_could_give(client: Client) -> None:
    for asked, said in await exchanged(client):
        fits(json.loads(said.body), "discord", answer_of(described(asked)))


def test_the_stand_ins_limit_is_worded_as_discords() -> None:
    fits(json.loads(a_server().limit.said.body), "discord", "/components/schemas/RatelimitedResponse")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/guilds/{guild_id}", {"id": GUILD, "name": "Acme"}),
        ("/guilds/{guild_id}/roles", [{"id": "one", "name": "Team"}]),
        ("/guilds/{guild_id}/roles/member-counts", {"1": "12"}),
        ("/guilds/{guild_id}/scheduled-events", [{"id": "1", "name": "Meetup"}]),
    ],
)
def test_what_discord_could_not_give_is_noticed(path: str, body: Any) -> None:
    with pytest.raises((AssertionError, ValidationError)):
        fits(body, "discord", answer_of(path))
