"""JSON over HTTP: any interface that answers with JSON, its figures picked out with JMESPath.

Endpoint: GET or POST of each query's `path` below `base_url`; redirects into a network are refused.
Auth: `token` (bearer), or `user` and `password`, or `headers` such as X-Api-Key; or none.
Rate limit: 429 with Retry-After is kept; requests of one source go one after the other.
Freshness: whatever the interface says; the past where its address can name days.
Docs: https://jmespath.org/specification.html

In `path` and in the texts of `body`, {start} and {end} are the first and the last day asked for, {after} is
the day after that: /orders?from={start}&to={end}. With `daily: true` it is asked once for each day.

`value` finds one number. Or `rows` finds a list, and of each row `time`, `value` and `labels` are found; or
`total` adds the rows up (sum) or counts them, over all pages. Pages follow the Link header (`paging: link`),
a cursor that `cursor` finds in each page (`parameter` carries it, unless it is an address), or a number in
`parameter` (`paging: page`), which ends with the first page that has no rows. What is not found, or null, is
no data. A number that is missing from a list that is added up is a fault, and so is a text that is no number.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from collectors.base import About, Batch, Client, Collector, Credential, Span, address
from collectors.http import Api
from collectors.json_paths import PathFault, check, find
from collectors.queries import (
    MOST_QUERIES,
    SETTLES_AFTER,
    USUAL,
    Asking,
    LabelName,
    NamedQuery,
    QueryName,
    Row,
    askings,
    collect_queries,
    days_of,
    found_first,
    label_of,
    metrics,
    time_of,
    value_of,
)
from collectors.queries_http import HttpQueriesConfig
from kpi.metric import Sample

METRICS = metrics("json")
_PLACE = re.compile(r"\{(\w+)\}")
_DAYS = frozenset({"start", "end", "after"})
_MOST_ROWS = 100_000

Path = Annotated[str, Field(max_length=500)]


class JsonQuery(NamedQuery):
    """One question, and where its figures lie in the answer."""

    path: str = Field(pattern=r"^/[^\s#]*$", max_length=2_000, description="/orders?from={start}&to={end}")
    method: Literal["GET", "POST"] = "GET"
    body: Any = Field(None, description="sent as JSON with POST")
    daily: bool = Field(False, description="asked once for each day")
    value: Path | None = Field(None, description="where the number lies, in the answer or in each row")
    rows: Path | None = Field(None, description="where a list of rows lies")
    time: Path | None = Field(None, description="where each row's time lies")
    labels: dict[LabelName, Path] = Field({}, description="where each row's labels lie")
    total: Literal["sum", "count"] | None = Field(None, description="add up or count the rows of all pages")
    paging: Literal["none", "link", "cursor", "page"] = "none"
    cursor: Path | None = Field(None, description="where the next cursor lies in a page")
    parameter: str = Field(
        "page", pattern=r"^[\w.\[\]-]+$", description="what carries the cursor or the page"
    )
    first_page: int = Field(1, ge=0, le=1)

    @field_validator("value", "rows", "time", "cursor")
    @classmethod
    def _is_path(cls, found: str | None) -> str | None:
        return None if found is None else check(found)

    @field_validator("labels")
    @classmethod
    def _are_paths(cls, found: dict[str, str]) -> dict[str, str]:
        if "query" in found:
            raise ValueError("the label query holds the query's name: call the other something else")
        return {name: check(one) for name, one in found.items()}

    @model_validator(mode="after")
    def _is_whole(self) -> JsonQuery:
        unknown = sorted(set(_PLACE.findall(f"{self.path} {self.body}")) - _DAYS) if self.path else []
        rules = (
            (
                bool(unknown),
                f"{{{''.join(unknown[:1])}}} is nothing to fill in: {{start}}, {{end}}, {{after}}",
            ),
            (self.value is None and self.total != "count", "name the value: where the number lies"),
            (self.rows is None and bool(self.time or self.labels or self.total), "name the rows: a list"),
            (self.rows is None and self.paging != "none", "pages need rows: name the list in each page"),
            (bool(self.total and (self.time or self.labels)), "a total has no time and no labels"),
            (
                (self.paging == "cursor") != (self.cursor is not None),
                "a cursor needs paging: cursor, and back",
            ),
            (self.body is not None and self.method != "POST", "a body is sent with method: POST"),
            (self.paging == "link" and self.method == "POST", "Link headers are followed with GET alone"),
            (self.kind == "flow" and not (self.daily or self.time), "a flow needs a time, or daily: true"),
        )
        if wrong := next((said for is_wrong, said in rules if is_wrong), ""):
            raise ValueError(wrong)
        return self


class Config(HttpQueriesConfig):
    """Which interface is asked, and what."""

    collector: Literal["json"] = "json"
    base_url: Annotated[str, address("https://api.example.com/v1")]
    queries: dict[QueryName, JsonQuery] = Field(min_length=1, max_length=MOST_QUERIES)


def filled(found: Any, days: Mapping[str, str]) -> Any:
    """`found` with the days in place of {start} and the like, however deep."""
    if isinstance(found, str):
        return _PLACE.sub(lambda one: days.get(one[1], one[0]), found)
    if isinstance(found, Mapping):
        return {key: filled(one, days) for key, one in found.items()}
    return [filled(one, days) for one in found] if isinstance(found, list) else found


@dataclass(frozen=True, slots=True)
class Reading:
    """What one query finds in the pages of an answer."""

    asking: Asking[JsonQuery]

    def find(self, expression: str, body: Any) -> Any:
        try:
            return find(expression, body)
        except PathFault as fault:
            raise self.asking.fault(str(fault), "Check the expression against the answer.") from None

    def number(self, expression: str, body: Any) -> float | None:
        return value_of(self.find(expression, body), self.asking, expression[:60])

    def listed(self, page: Any) -> list[Any]:
        """The rows of a page; no list is a fault, for it may be an error in place of the rows."""
        found = self.find(self.asking.query.rows or "@", page)
        if not isinstance(found, list):
            raise self.asking.fault("has no list of rows", "Check rows against the answer.")
        return found

    def rows(self, listed: list[Any]) -> Iterator[Row]:
        query = self.asking.query
        if query.total is not None:
            yield Row(self._total(listed))
            return
        for one in listed:
            value = self.number(query.value or "@", one)
            if value is None:
                continue
            at = None if query.time is None else time_of(self.find(query.time, one), self.asking)
            yield Row(value, at, self._labels(one))

    def _labels(self, row: Any) -> dict[str, str]:
        own: dict[str, str] = {}
        for name, expression in self.asking.query.labels.items():
            own |= label_of(self.find(expression, row), self.asking, name)
        return own

    def _total(self, listed: list[Any]) -> float:
        query, total = self.asking.query, 0.0
        if query.total == "count":
            return float(len(listed))
        for one in listed:
            value = self.number(query.value or "@", one)
            if value is None:
                raise self.asking.fault("adds up a row without a number", "Leave such rows out in rows.")
            total += value
        return total


@dataclass(frozen=True, slots=True)
class Reader:
    """One interface in one run."""

    api: Api

    async def answer(self, asking: Asking[JsonQuery]) -> list[Sample]:
        span = asking.span
        if not asking.query.daily:
            found = await self.ask(asking, span.first_day(USUAL), span.last_day)
            return list(asking.read(found))
        return [one for day in days_of(asking) for one in asking.read(await self.ask(asking, day, day), day)]

    async def ask(self, asking: Asking[JsonQuery], first: date, last: date) -> list[Row]:
        """The rows of all pages from the first to the last day."""
        reading, query = Reading(asking), asking.query
        after = last + timedelta(days=1)
        days = {"start": first.isoformat(), "end": last.isoformat(), "after": after.isoformat()}
        listed: list[Any] = []
        async for page in self.pages(reading, filled(query.path, days), filled(query.body, days)):
            if query.rows is None:
                return [Row(reading.number(query.value or "@", page))]
            listed += reading.listed(page)
            if len(listed) > _MOST_ROWS:
                raise asking.fault(f"has more than {_MOST_ROWS:,} rows", "Ask for less at a time.")
        return list(reading.rows(listed))

    def pages(self, reading: Reading, path: str, body: Any) -> AsyncIterator[Any]:
        query = reading.asking.query
        if query.paging == "link":
            return self.api.pages(path)
        start = {query.parameter: query.first_page} if query.paging == "page" else {}
        following = _following(reading)
        if query.method == "GET":
            return self.api.walk(path, start, following)
        own = body if isinstance(body, dict) else {}
        sent = {**own, **start} if own or start else body
        return self.api.walk_posts(path, sent, lambda page: _merged(own, following(page)))


def _merged(body: Mapping[str, Any], more: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if more is None else {**body, **more}


def _following(reading: Reading) -> Callable[[Any], Any]:
    """What to add to a question for the page after the one given, or its address; None at the end."""
    query = reading.asking.query
    number = count(query.first_page + 1)
    seen: set[str] = set()

    def following(page: Any) -> dict[str, str | int] | str | None:
        if query.paging == "page":
            return {query.parameter: next(number)} if reading.listed(page) else None
        if query.cursor is None:
            return None
        cursor = reading.find(query.cursor, page)
        if cursor is None or cursor is False or cursor == "":
            return None
        if str(cursor) in seen or not isinstance(cursor, str | int):
            raise reading.asking.fault("has a cursor that leads in circles", "Check cursor.")
        seen.add(str(cursor))
        if isinstance(cursor, str) and cursor.startswith(("http://", "https://")) and query.method == "GET":
            return cursor
        return {query.parameter: cursor}

    return following


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Ask every query."""
    asked = askings(config.collector, config.queries, span)
    return await collect_queries(asked, Reader(_api(config, client)).answer)


async def probe(config: Config, client: Client) -> str:
    """The first query's answer now."""
    now = client.now()
    asking = askings(config.collector, config.queries, Span(now, now, ZoneInfo("UTC")))[0]
    return found_first(asking, await Reader(_api(config, client)).answer(asking))


def _api(config: Config, client: Client) -> Api:
    return client.at(config.base_url, config.access(is_serial=True))


ABOUT = About(
    title="JSON over HTTP",
    measures="any number in any JSON that an address answers",
    example={
        "base_url": "https://api.example.com/v1",
        "token": "${API_TOKEN}",
        "queries": {
            "orders": {
                "kind": "flow",
                "path": "/orders?from={start}&to={end}",
                "rows": "data",
                "time": "day",
                "value": "count",
            },
            "satisfaction": {"kind": "ratio", "unit": "%", "path": "/survey", "value": "result.score"},
        },
    },
    credentials=(
        Credential(
            "token",
            "API_TOKEN",
            "whatever the interface asks for to read these answers",
            "https://jmespath.org/",
            is_required=False,
        ),
    ),
)

COLLECTOR = Collector(
    "json",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=USUAL,
    chunk=timedelta(days=92),
    probe=probe,
    about=ABOUT,
)
