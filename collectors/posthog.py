"""PostHog: active people of one project, and whatever else a query in HogQL finds there.

Endpoint: POST `/api/projects/{project}/query/`, a HogQLQuery each.
Auth: `token`, a personal API key with the scope query:read for the one project.
Rate limit: 2,400 queries an hour and 240 a minute for a project, 3 at once; some old accounts have 120 an
    hour (`hourly: 120`). A query may run for 10 seconds.
Freshness: minutes; each query is worked out anew, and an answer from PostHog's cache is a fault. Late events
    change a day for some days, so five are read again. The past as far as the project keeps it.
Docs: https://posthog.com/docs/api/queries, https://posthog.com/docs/hogql

People active in 1, 7 and 30 days are counted by person, of any event or those in `active`, up to each day
that is over. A query is written as `collectors.sql_queries` tells: it returns one cell, or columns
`time`, `value` and labels, and `:start`, `:end` and `:tz` are filled in:

    SELECT toDate(timestamp, :tz) AS time, count() AS value FROM events
    WHERE event = 'Sign up' AND timestamp >= :start AND timestamp < :end GROUP BY time

PostHog cuts an answer at 100 rows without a word where a query has no LIMIT, so that one is added to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, StringConstraints

from collectors import queries
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.faults import Unavailable, UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.of_day import Days
from collectors.payload import number, part
from collectors.queries import (
    MOST_QUERIES,
    Asking,
    QueriesConfig,
    QueryName,
    askings,
    day_end,
    iso,
)
from collectors.sql_queries import MOST_ROWS, SqlQuery, Stretch, Table, samples, stretches
from collectors.statements import bare, fill
from kpi.metric import Kind, Labels, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=3)
_USUAL = timedelta(days=5)
_LIMITED = re.compile(r"\blimit\s+\d+(\s*,\s*\d+|\s+offset\s+\d+)?\s*$")
_NONE_USED = "Nothing was taken from it; the vendor may have changed its API."
_OF_ANY = (
    "SELECT count(DISTINCT if(timestamp >= :from1, person_id, NULL)) AS people1, "
    "count(DISTINCT if(timestamp >= :from7, person_id, NULL)) AS people7, "
    "count(DISTINCT person_id) AS people30 "
    "FROM events WHERE timestamp >= :from30 AND timestamp < :until LIMIT 1"
)
_OF_EVENTS = _OF_ANY.replace(" LIMIT", " AND event IN :events LIMIT")

Event = Annotated[str, StringConstraints(min_length=1, max_length=200)]

ACTIVE = {
    days: Metric(f"posthog.active_users_{days}d", "users", Kind.RATIO, f"different people active {words}")
    for days, words in ((1, "on a day"), (7, "in the 7 days to a day"), (30, "in the 30 days to a day"))
}
METRICS = (*ACTIVE.values(), *queries.metrics("posthog"))


class Config(QueriesConfig):
    """Which project is read, and what it is asked."""

    collector: Literal["posthog"] = "posthog"
    project: int = Field(gt=0, description="the project's number")
    token: SecretStr = Field(min_length=8)
    active: tuple[Event, ...] = Field((), max_length=50, description="events that show somebody active")
    queries: dict[QueryName, SqlQuery] = Field({}, max_length=MOST_QUERIES, description="name → HogQL")
    hourly: int = Field(2400, ge=60, le=100_000, description="queries an hour that the account may ask")
    base_url: Annotated[str, address("https://eu.posthog.com")] = "https://us.posthog.com"

    def series_labels(self) -> frozenset[Labels]:
        return frozenset({labels(self.labels), *super().series_labels()})


def limited(statement: str) -> str:
    """`statement` with a limit, unless it ends with its own."""
    return statement if _LIMITED.search(bare(statement)) else f"{statement} LIMIT {MOST_ROWS + 1}"


def parse_table(answer: Any) -> Table:
    """The rows of an answer. One that is from a cache, unfinished or cut short is a fault."""
    _check_state(answer)
    columns, lines = part(answer, "columns"), part(answer, "results")
    if not (isinstance(columns, list) and all(isinstance(one, str) for one in columns)):
        raise UnexpectedResponse("columns are not names", hint=_NONE_USED)
    if not isinstance(lines, list):
        raise UnexpectedResponse("results are not rows", hint=_NONE_USED)
    if not all(isinstance(one, list) and len(one) == len(columns) for one in lines):
        raise UnexpectedResponse("a row does not fit its columns", hint=_NONE_USED)
    return Table(columns, lines)


def _check_state(answer: Any) -> None:
    if not isinstance(answer, Mapping):
        raise UnexpectedResponse("the answer is no object", hint="Check base_url: it may be no PostHog.")
    status = answer.get("query_status")
    if isinstance(status, Mapping) and status.get("complete") is not True:
        raise Unavailable("PostHog has not finished the query", hint="It is asked again on the next run.")
    if answer.get("error"):
        said = " ".join(str(answer["error"]).split())[:200]
        raise UnexpectedResponse(f"PostHog answered: {said}", hint="Check the query.")
    if answer.get("is_cached"):
        raise Unavailable("PostHog answered from its cache", hint="It is asked again on the next run.")
    if answer.get("hasMore"):
        raise UnexpectedResponse(
            "PostHog left rows out", hint="Sum them up in the query, or raise its LIMIT."
        )


def active_query(span: Span, day: date, events: tuple[str, ...]) -> str:
    """Asks how many different people were active in each stretch that ends with `day`."""
    places = {f"from{days}": _instant(span.start_of(day - timedelta(days=days - 1))) for days in ACTIVE}
    places["until"] = _instant(min(day_end(span, day), span.now))
    places["events"] = f"({', '.join(map(_quoted, events))})"
    return fill(_OF_EVENTS if events else _OF_ANY, places)


def _instant(at: datetime) -> str:
    return f"toDateTime('{iso(at)}')"


def _quoted(name: str) -> str:
    """A text in HogQL, where a backslash takes the meaning from what follows it."""
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def parse_active(answer: Any, span: Span, day: date) -> Iterator[Sample]:
    """The people active in each stretch."""
    table = parse_table(answer)
    for line in table.lines:
        told = dict(zip(table.columns, line, strict=True))
        for days, metric in ACTIVE.items():
            yield from Days(span, SETTLES_AFTER).told(metric, day, number(told, f"people{days}"))


@dataclass(frozen=True, slots=True)
class Reader:
    """One project in one run."""

    config: Config
    api: Api
    span: Span

    def parts(self) -> list[Part]:
        active = Part("active people", tuple(one.name for one in ACTIVE.values()), self.active)
        return [active, *map(self._query, askings("posthog", self.config.queries, self.span))]

    async def active(self) -> Batch:
        found: list[Sample] = []
        for day in (one for one in self.span.days(_USUAL) if one < self.span.today):
            query = active_query(self.span, day, self.config.active)
            found += parse_active(await self.ask("active", query), self.span, day)
        return Batch(tuple(found))

    def _query(self, asking: Asking[SqlQuery]) -> Part:
        async def read() -> Batch:
            asked = stretches(asking)
            tables = [parse_table(await self.ask(asking.name, self._filled(asking, one))) for one in asked]
            return Batch(tuple(samples(asking, asked, tables)))

        return Part(asking.name, (asking.metric,), read)

    def _filled(self, asking: Asking[SqlQuery], stretch: Stretch) -> str:
        filled = {name: _instant(at) for name, at in (("start", stretch.start), ("end", stretch.end))}
        return limited(fill(asking.query.query, {**filled, "tz": f"'{self.span.zone.key}'"}))

    async def ask(self, name: str, query: str) -> Any:
        asked = {"kind": "HogQLQuery", "query": query}
        body = {"query": asked, "refresh": "force_blocking", "name": f"kpi {name}"}
        return await self.api.post_json(f"/api/projects/{self.config.project}/query/", body)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one project."""
    return await collect_parts(Reader(config, _api(config, client), span).parts())


async def probe(config: Config, client: Client) -> str:
    """The people active in the 30 days to yesterday."""
    now = client.now()
    span = Span(now, now, ZoneInfo("UTC"))
    day = span.today - timedelta(days=1)
    query = active_query(span, day, config.active)
    answer = await Reader(config, _api(config, client), span).ask("probe", query)
    people = {one.metric: one.value for one in parse_active(answer, span, day)}
    return f"project {config.project}, {people.get(ACTIVE[30].name, 0):,.0f} people active in 30 days"


def _api(config: Config, client: Client) -> Api:
    pace = Pace(requests=config.hourly / 60, seconds=60, at_once=2)
    return client.at(config.base_url, Access(token=config.token, pace=pace))


ABOUT = About(
    title="PostHog",
    measures="active people, and whatever HogQL can say: events, funnels, retention, surveys",
    example={
        "project": 12345,
        "token": "${POSTHOG_API_KEY}",
        "active": ["Session start"],
        "queries": {
            "signups": {
                "kind": "flow",
                "query": "SELECT toDate(timestamp, :tz) AS time, count() AS value FROM events"
                " WHERE event = 'Sign up' AND timestamp >= :start AND timestamp < :end GROUP BY time",
            },
        },
    },
    credentials=(
        Credential(
            "token",
            "POSTHOG_API_KEY",
            "a personal API key with query:read for the one project",
            "https://us.posthog.com/settings/user-api-keys",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "posthog",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=timedelta(days=5),
    chunk=timedelta(days=30),
    probe=probe,
    about=ABOUT,
)
