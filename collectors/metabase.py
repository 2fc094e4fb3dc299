"""Metabase: saved questions, each a named figure.

Endpoint: POST `/api/card/{question}/query/json`, the question's rows as an export.
Auth: `token`, an API key, sent as X-API-Key; its group may see the questions and their tables.
Rate limit: none of its own; one question after the other.
Freshness: of the moment, unless Metabase is set to keep the question's answer for a while. The past as far
    as the question itself goes back.
Docs: https://www.metabase.com/docs/latest/people-and-groups/api-keys, https://www.metabase.com/docs/latest/api

The export is asked for because the plain answer is cut at 2,000 rows and comes with status 202, whether it
failed or not. A failed question is an object in place of rows, with status 200 or 500, and a fault here.

A question of one column and one row is its figure. Of any other, `value` names the column of figures as
Metabase shows its title, `time` that of days, and `by` gives labels to further ones: by: {plan: Plan Name}.
Days are those of Metabase's report time zone: set that to the workspace's. A question with variables is read
with their defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from collectors.base import About, Batch, Client, Collector, Credential, Proof, Span, address
from collectors.faults import AuthFailed, CollectorFault, UnexpectedResponse
from collectors.http import Access, Answer, Api, Pace
from collectors.queries import (
    MOST_QUERIES,
    SETTLES_AFTER,
    Asking,
    LabelName,
    NamedQuery,
    QueriesConfig,
    QueryName,
    Row,
    askings,
    collect_queries,
    found_first,
    label_of,
    metrics,
    time_of,
    value_of,
)
from kpi.metric import Sample

METRICS = metrics("metabase")
_MOST_ROWS = 10_000


class Question(NamedQuery):
    """One saved question, and which of its columns mean what."""

    question: int = Field(gt=0, description="the number in the question's address")
    value: str = Field("", max_length=300, description="the title of the column of figures")
    time: str = Field("", max_length=300, description="the title of the column of days")
    by: dict[LabelName, str] = Field({}, max_length=10, description="label → the title of its column")

    @field_validator("by")
    @classmethod
    def _leaves_our_label(cls, value: dict[str, str]) -> dict[str, str]:
        if "query" in value:
            raise ValueError("the label query holds the question's name: call the other differently")
        return value

    @model_validator(mode="after")
    def _names_its_figures(self) -> Question:
        if (self.time or self.by) and not self.value:
            raise ValueError("a question of several columns needs value, the title of the column of figures")
        if self.kind == "flow" and not self.time:
            raise ValueError("a flow is an amount of a day: name the column of days in time")
        return self


class Config(QueriesConfig):
    """Which Metabase is asked, and what."""

    collector: Literal["metabase"] = "metabase"
    base_url: Annotated[str, address("https://metabase.example.com")]
    token: SecretStr = Field(min_length=8)
    queries: dict[QueryName, Question] = Field(min_length=1, max_length=MOST_QUERIES)


def parse_rows(answer: Any, asking: Asking[Question]) -> Iterator[Row]:
    """The rows of an export."""
    if not isinstance(answer, list) or not all(isinstance(one, dict) for one in answer):
        raise asking.fault("is no list of rows", "Check base_url: it may be no Metabase.")
    if len(answer) > _MOST_ROWS:
        raise asking.fault(f"has more than {_MOST_ROWS:,} rows", "Summarise them in the question.")
    for line in answer:
        value = value_of(_cell(line, _value_title(answer, asking), asking), asking)
        if value is not None:
            yield Row(value, _time(line, asking), _labels(line, asking))


def _value_title(answer: list[dict[str, Any]], asking: Asking[Question]) -> str:
    if asking.query.value:
        return asking.query.value
    if len(answer) != 1 or len(answer[0]) != 1:
        raise asking.fault(
            "has several cells", "Name the column of figures in value, and others in time or by."
        )
    return str(next(iter(answer[0])))


def _cell(line: Mapping[str, Any], title: str, asking: Asking[Question]) -> Any:
    if title not in line:
        known = ", ".join(str(one)[:40] for one in list(line)[:8])
        raise asking.fault(f"has no column {title}", f"Its columns are {known}.")
    return line[title]


def _time(line: Mapping[str, Any], asking: Asking[Question]) -> datetime | date | None:
    return time_of(_cell(line, asking.query.time, asking), asking) if asking.query.time else None


def _labels(line: Mapping[str, Any], asking: Asking[Question]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, title in asking.query.by.items():
        found |= label_of(_cell(line, title, asking), asking, name)
    return found


def refused(answer: Answer, _now: Any) -> CollectorFault | None:
    """Metabase's own error in place of rows: with 200 in older releases, with 500 in recent ones."""
    if answer.status not in (200, 500):
        return None
    try:
        found = answer.json()
    except UnexpectedResponse:
        return None
    if not isinstance(found, dict) or (answer.status == 500 and found.get("status") != "failed"):
        return None
    said = " ".join(str(found.get("error") or found.get("message") or found.get("status")).split())[:200]
    if found.get("error_type") == "missing-required-permissions":
        return AuthFailed(f"Metabase answered: {said}", hint="Let the key's group see the question's tables.")
    hint = "Open the question in Metabase: it shows the same."
    return UnexpectedResponse(f"Metabase answered: {said}", hint=hint, status=answer.status)


@dataclass(frozen=True, slots=True)
class Reader:
    """One Metabase in one run."""

    api: Api

    async def answer(self, asking: Asking[Question]) -> list[Sample]:
        path = f"/api/card/{asking.query.question}/query/json"
        return list(asking.read(parse_rows(await self.api.post_json(path, {"format_rows": False}), asking)))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Ask every question."""
    asked = askings(config.collector, config.queries, span)
    return await collect_queries(asked, Reader(_api(config, client)).answer)


async def probe(config: Config, client: Client) -> str:
    """The first question's answer now."""
    now = client.now()
    asking = askings(config.collector, config.queries, Span(now, None, ZoneInfo("UTC")))[0]
    return found_first(asking, await Reader(_api(config, client)).answer(asking))


def _api(config: Config, client: Client) -> Api:
    key = config.token.get_secret_value()
    access = Access(headers={"X-API-Key": key}, secrets=(key,), pace=Pace(at_once=2), fault=refused)
    return client.at(config.base_url, access)


ABOUT = About(
    title="Metabase",
    measures="whatever a saved question answers",
    example={
        "base_url": "https://metabase.example.com",
        "token": "${METABASE_API_KEY}",
        "queries": {
            "customers": {"question": 41},
            "orders": {"question": 42, "kind": "flow", "time": "Created At: Day", "value": "Count"},
        },
    },
    credentials=(
        Credential(
            "token",
            "METABASE_API_KEY",
            "an API key whose group may see the questions, and nothing else",
            "https://www.metabase.com/docs/latest/people-and-groups/api-keys",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "metabase",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=timedelta(days=2),
    probe=probe,
    about=ABOUT,
)
