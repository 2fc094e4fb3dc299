"""Every request and every answer is held to GitHub's own descriptions: its OpenAPI and its GraphQL schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema, execute_sync, parse, validate
from graphql.execution import ExecutionResult

from collectors.base import Client
from collectors.github import COLLECTOR
from collectors.github.queries import QUERIES
from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import Scenario, play
from tests.collectors.scenarios.github import SCENARIOS
from tests.specs import FOLDER, fits, spec


@lru_cache
def schema() -> GraphQLSchema:
    return build_schema((FOLDER / "github_graphql.graphql").read_text(encoding="utf-8"))


def name_of(query: str) -> str:
    found = re.search(r"list: (\w+)", query)
    return found[1] if found else "counts"


@pytest.mark.parametrize("query", QUERIES, ids=name_of)
def test_every_query_is_valid_against_the_schema(query: str) -> None:
    assert validate(schema(), parse(query)) == []


def told_by(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    """What an answer holds under the name that the query gave a field."""
    return source[info.path.key]


def hold_graphql(asked: Asked, said: Said) -> None:
    question, data = asked.json(), json.loads(said.body)["data"]
    found = execute_sync(
        schema(),
        parse(question["query"]),
        root_value=data,
        variable_values=question["variables"],
        field_resolver=told_by,
    )
    assert isinstance(found, ExecutionResult)
    assert found.errors is None
    assert found.data == data


def path_of(asked: Asked) -> str:
    """The path of the description that a request is for; the most literal one where several fit."""
    fitting: list[str] = [
        one
        for one in spec("github")["paths"]
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one)), asked.path)
    ]
    assert fitting, f"GitHub describes no {asked.path}"
    return min(fitting, key=lambda one: one.count("{"))


def hold_rest(asked: Asked, said: Said) -> None:
    path = path_of(asked)
    method = asked.method.lower()
    told = spec("github")["paths"][path][method]
    at = f"/paths/{path.replace('/', '~1')}/{method}"
    known = {one["name"]: (number, one["schema"]) for number, one in enumerate(told["parameters"])}
    for name, value in asked.query.items():
        assert name in known, f"{path} knows no {name}"
        number, kind = known[name]
        fits(of_type(kind, value), "github", f"{at}/parameters/{number}/schema")
    (status,) = told["responses"]
    if said.status == int(status):
        body = json.loads(said.body)
        fits(body, "github", f"{at}/responses/{status}/content/application~1json/schema")


def of_type(kind: Any, value: str) -> Any:
    """A parameter as what its description says it is."""
    types = kind.get("type", "string")
    if "integer" in types:
        return int(value)
    return value == "true" if "boolean" in types else value


async def exchanges(make: Callable[[], Scenario], client: Client) -> list[tuple[Asked, Said]]:
    """Everything that is said to and fro in a scenario."""
    scenario, every = make(), []

    def answer(asked: Asked) -> Said:
        said = scenario.answer(asked)
        assert isinstance(said, Said)
        every.append((asked, said))
        return said

    await play(COLLECTOR, scenario, client.keeping({}), answer=answer)
    return every


async def test_every_request_and_answer_fits_its_description(client: Client) -> None:
    paths: set[str] = set()
    for make in SCENARIOS:
        for asked, said in await exchanges(make, client):
            if asked.path == "/graphql":
                hold_graphql(asked, said)
            elif not asked.path.startswith("/ecosystems/"):  # another host, proven by fixture
                hold_rest(asked, said)
                paths.add(path_of(asked))
    assert paths == set(spec("github")["paths"])  # what nothing asks for has no place in the file
