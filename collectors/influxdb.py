"""InfluxDB 1, 2 and 3: queries in InfluxQL, which all three answer.

Endpoint: GET `/query`; on 2 the bucket needs a mapping to `database` (DBRP), 1 and 3 have it by themselves.
Auth: on 1 `user` and `password`, or none; on 2 and 3 `token`, sent as the version wants it (`version`).
Rate limit: none of its own; InfluxDB Cloud answers 429 with Retry-After.
Freshness: of the moment; the past for as long as the retention policy keeps it.
Docs: https://docs.influxdata.com/influxdb/v1/query_language/,
    https://docs.influxdata.com/influxdb3/core/reference/client-libraries/v3/

`:start`, `:end` and `:tz` stand for the stretch that is asked for and the workspace's time zone:

    SELECT sum(n) FROM signups WHERE time >= :start AND time < :end GROUP BY time(1d) tz(:tz)

A query with GROUP BY time() is asked once, and tells its own days; weeks of InfluxDB begin on Thursday unless
they are moved, time(7d, 4d). One with `:start` but no such grouping is asked day by day. One with neither is
of the moment, except last(), whose own time is kept: a value of three weeks ago is none of today. Tags that
are grouped by become labels. Null is no data; an error, or a mark that rows were left out, is a fault even
inside a 200.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from collectors.answers import Answer
from collectors.base import About, Batch, Client, Collector, Credential, Proof, Span, address
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.http import Api
from collectors.payload import number, part, rows
from collectors.queries import (
    MOST_QUERIES,
    SETTLES_AFTER,
    USUAL,
    Asking,
    NamedQuery,
    QueryName,
    Row,
    askings,
    bounds,
    collect_queries,
    day_end,
    days_of,
    found_first,
    iso,
    label_of,
    metrics,
    time_of,
    value_of,
)
from collectors.queries_http import HttpQueriesConfig
from collectors.statements import bare, fill, places, refusal
from kpi.metric import Sample

METRICS = metrics("influxdb")
_PLACES = frozenset({"start", "end", "tz"})
_BUCKETS = re.compile(r"\bgroup\s+by\b.*\btime\s*\(")
_WEEKS = re.compile(r"\btime\s*\(\s*(?:\d+w|(\d+)d)\s*\)")
_LAST = re.compile(r"\s*select\s+last\s*\(")
_LABEL = re.compile(r"[^\W\d]\w{0,59}")


class InfluxQuery(NamedQuery):
    """One SELECT in InfluxQL."""

    query: str = Field(min_length=1, max_length=10_000, description="one SELECT, with :start, :end and :tz")

    @field_validator("query")
    @classmethod
    def _only_reads(cls, value: str) -> str:
        if said := refusal(value, ("select",)):
            raise ValueError(said)
        if unknown := sorted(places(value) - _PLACES):
            raise ValueError(f":{unknown[0]} is nothing to fill in: there are :start, :end and :tz")
        weeks = _WEEKS.search(bare(value))
        if weeks is not None and int(weeks[1] or 7) % 7 == 0:
            raise ValueError("weeks of InfluxDB begin on Thursday: write time(7d, 4d) for Monday")
        return value

    @model_validator(mode="after")
    def _has_days(self) -> InfluxQuery:
        if self.kind == "flow" and "start" not in places(self.query):
            raise ValueError("a flow is an amount of a day: write WHERE time >= :start AND time < :end")
        return self

    @property
    def has_times(self) -> bool:
        """Whether the times in its answer are those of its figures."""
        plain = bare(self.query)
        return bool(_BUCKETS.search(plain) or (_LAST.match(plain) and not self.is_daily))

    @property
    def is_daily(self) -> bool:
        """Whether it is asked once for each day."""
        return "start" in places(self.query) and not _BUCKETS.search(bare(self.query))


class Config(HttpQueriesConfig):
    """Which database is asked, and what."""

    collector: Literal["influxdb"] = "influxdb"
    base_url: Annotated[str, address("https://influxdb.example.com")]
    version: Literal[1, 2, 3] = Field(1, description="of the server; it decides how the token is sent")
    database: str = Field(min_length=1)
    retention_policy: str | None = None
    queries: dict[QueryName, InfluxQuery] = Field(min_length=1, max_length=MOST_QUERIES)


def parse_rows(answer: Any, asking: Asking[InfluxQuery]) -> Iterator[Row]:
    """The rows of an answer's only statement."""
    for result in rows(answer, "results"):
        if result.get("partial"):
            raise asking.fault("was cut at the server's limit", "Group by longer times, or by fewer tags.")
        for series in rows(result, "series") if "series" in result else ():
            if series.get("partial"):
                raise asking.fault("was cut at the server's limit", "Group by longer times, or fewer tags.")
            yield from _series(series, asking)


def _series(series: Any, asking: Asking[InfluxQuery]) -> Iterator[Row]:
    columns, values = part(series, "columns"), part(series, "values")
    if not isinstance(columns, list) or len(columns) != 2 or columns[0] != "time":
        raise asking.fault("has other columns than time and one value", "Select one value a query.")
    own = _tags(series.get("tags") or {}, asking)
    if not isinstance(values, list):
        raise asking.fault("has no list of values", "The server may not be InfluxDB.")
    for line in values:
        at = time_of(number(line, 0), asking) if asking.query.has_times else None
        yield Row(value_of(part(line, 1), asking), at, own)


def _tags(found: Any, asking: Asking[InfluxQuery]) -> dict[str, str]:
    if not isinstance(found, dict):
        raise asking.fault("has tags that are none", "The server may not be InfluxDB.")
    if wrong := [one for one in found if one == "query" or not _LABEL.fullmatch(one)]:
        raise asking.fault(f"has a tag that is no label: {wrong[0][:40]}", "Group by another tag.")
    return {key: text for name, one in found.items() for key, text in label_of(one, asking, name).items()}


def refused(answer: Answer, _now: Any) -> CollectorFault | None:
    """The server's own error, which an answer of status 200 may hold for its statement."""
    if answer.status != 200:
        return None
    found = answer.json()
    results = found.get("results") if isinstance(found, dict) else None
    for one in results if isinstance(results, list) else ():
        if isinstance(one, dict) and "error" in one:
            said = " ".join(str(one["error"]).split())[:200]
            hint = "Check the query, and database; on InfluxDB 2 the bucket needs a DBRP mapping."
            return UnexpectedResponse(f"InfluxDB answered: {said}", hint=hint, status=200)
    return None


@dataclass(frozen=True, slots=True)
class Reader:
    """One database in one run."""

    config: Config
    api: Api

    async def answer(self, asking: Asking[InfluxQuery]) -> list[Sample]:
        if not asking.query.is_daily:
            return list(asking.read(await self.ask(asking)))
        return [one for day in days_of(asking) for one in asking.read(await self.ask(asking, day), day)]

    async def ask(self, asking: Asking[InfluxQuery], day: date | None = None) -> list[Row]:
        """The rows of the whole span, or of one day."""
        span = asking.span
        start, end = bounds(span)
        if day is not None:
            start, end = span.start_of(day), min(day_end(span, day), span.now)
        filled = {"start": f"'{iso(start)}'", "end": f"'{iso(end)}'", "tz": f"'{span.zone.key}'"}
        params = {"db": self.config.database, "epoch": "s", "q": fill(asking.query.query, filled)}
        if self.config.retention_policy:
            params["rp"] = self.config.retention_policy
        return list(parse_rows(await self.api.get_json("/query", params), asking))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Ask every query."""
    asked = askings(config.collector, config.queries, span)
    return await collect_queries(asked, Reader(config, _api(config, client)).answer)


async def probe(config: Config, client: Client) -> str:
    """The first query's answer now."""
    now = client.now()
    asking = askings(config.collector, config.queries, Span(now, now, ZoneInfo("UTC")))[0]
    return found_first(asking, await Reader(config, _api(config, client)).answer(asking))


def _api(config: Config, client: Client) -> Api:
    scheme = "Bearer" if config.version == 3 else "Token"
    return client.at(config.base_url, config.access(scheme=scheme, fault=refused))


ABOUT = About(
    title="InfluxDB",
    measures="whatever InfluxQL can say, in InfluxDB 1, 2 and 3",
    example={
        "base_url": "https://influxdb.example.com",
        "version": 2,
        "token": "${INFLUX_TOKEN}",
        "database": "product",
        "queries": {
            "signups": {
                "kind": "flow",
                "query": "SELECT sum(n) FROM signups WHERE time >= :start AND time < :end"
                " GROUP BY time(1d) tz(:tz)",
            },
        },
    },
    credentials=(
        Credential(
            "token",
            "INFLUX_TOKEN",
            "read the one bucket; InfluxDB 1 has user and password in its place",
            "https://docs.influxdata.com/influxdb/v2/admin/tokens/",
            is_required=False,
        ),
    ),
    proof=Proof.SERVER,
    proven_by="InfluxDB 1.6 of Debian; the token forms of 2 and 3 after their documentation",
)

COLLECTOR = Collector(
    "influxdb",
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
