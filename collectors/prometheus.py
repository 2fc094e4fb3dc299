"""Prometheus, and what speaks its API (Thanos, Mimir, Cortex, VictoriaMetrics): queries in PromQL.

Endpoint: POST `/api/v1/query` for one instant, and `/api/v1/query_range` for a run of days.
Auth: `token`, or `user` and `password`, or none; `tenant` is sent as X-Scope-OrgID; further `headers`.
Rate limit: none of its own. A range has at most 10,000 points here; Prometheus refuses 11,000.
Freshness: of the moment; past days for as long as the server keeps them, 15 days unless it is set otherwise.
Docs: https://prometheus.io/docs/prometheus/latest/querying/api/,
    https://prometheus.io/docs/prometheus/latest/querying/basics/

A level or a ratio is asked for now and at the last second of each past day. A flow is asked for at the end of
each day, and its query says `[$day]` where it needs the length of the day, which is 23 or 25 hours twice a
year: `increase(signups_total[$day])`.

An answer has one series, or one for each combination of the labels in `by`: others are a fault, because
nobody said how to put them together. An empty answer, NaN and infinity are no data. Warnings are a fault
too: part of the data may be missing (Thanos names a store that did not answer so).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from collectors.base import About, Batch, Client, Collector, Credential, Proof, Span, address
from collectors.http import Api
from collectors.payload import number, part, rows, text
from collectors.queries import (
    MOST_QUERIES,
    SETTLES_AFTER,
    USUAL,
    Asking,
    LabelName,
    NamedQuery,
    QueryName,
    askings,
    collect_queries,
    day_end,
    found_first,
    iso,
    label_of,
    metrics,
    value_of,
)
from collectors.queries_http import HttpQueriesConfig
from kpi.metric import Sample

METRICS = metrics("prometheus")
LENGTH = "$day"
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_POINTS = 10_000


class PromQuery(NamedQuery):
    """One expression in PromQL."""

    query: str = Field(min_length=1, max_length=10_000, description="PromQL; $day is the length of the day")
    by: tuple[LabelName, ...] = Field((), description="labels of the result that are kept")

    @model_validator(mode="after")
    def _says_its_day(self) -> PromQuery:
        if (self.kind == "flow") != (LENGTH in self.query):
            raise ValueError(
                "a flow is an amount of a day: write increase(signups_total[$day])"
                if self.kind == "flow"
                else "$day is the length of a flow's day: set kind: flow, or write a length such as [30d]"
            )
        return self

    @field_validator("by")
    @classmethod
    def _leaves_our_label(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "query" in value:
            raise ValueError("the label query holds the query's name: rename the other with label_replace()")
        return value


class Config(HttpQueriesConfig):
    """Which server is asked, and what."""

    collector: Literal["prometheus"] = "prometheus"
    base_url: Annotated[str, address("https://prometheus.example.com")]
    tenant: SecretStr | None = Field(None, description="sent as X-Scope-OrgID")
    queries: dict[QueryName, PromQuery] = Field(min_length=1, max_length=MOST_QUERIES)


@dataclass(frozen=True, slots=True)
class Point:
    """One evaluation: when, over how many seconds for a flow, and the stamp of its sample."""

    at: datetime
    seconds: int
    stamp: datetime
    is_settled: bool = True


def points(asking: Asking[PromQuery]) -> Iterator[Point]:
    """Every evaluation of a query, oldest first."""
    span = asking.span
    for day in span.days(USUAL):
        start, end = span.start_of(day), day_end(span, day)
        at = min(end if asking.is_flow else end - _SECOND, span.now)
        seconds = int((at - start).total_seconds())
        if asking.is_flow and seconds:
            yield Point(at, seconds, start, span.is_settled(day, SETTLES_AFTER))
        elif not asking.is_flow:
            yield Point(at, 0, at)


def runs(found: Iterable[Point]) -> Iterator[list[Point]]:
    """Points that one range can answer: a day apart, each over as long a day as the others."""
    run: list[Point] = []
    for one in found:
        is_next = run and one.at - run[-1].at == _DAY and one.seconds == run[-1].seconds
        if run and not (is_next and len(run) < _POINTS):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def parse_answer(answer: Any, asking: Asking[PromQuery], run: Sequence[Point]) -> Iterator[Sample]:
    """The samples of a run of points. Raises UnexpectedResponse for series nobody told apart."""
    if part(answer, "status") != "success" or answer.get("warnings"):
        said = str(answer.get("error") or answer.get("warnings"))[:200]
        raise asking.fault(f"has a remark: {said}", "Part of it may be missing, so none of it is used.")
    at = {int(one.at.timestamp()): one for one in run}
    seen: set[frozenset[tuple[str, str]]] = set()
    for own, values in _series(answer, asking, run):
        if frozenset(own.items()) in seen:
            raise asking.fault("has several series", "Put them together with sum(), or name labels in by.")
        seen.add(frozenset(own.items()))
        for when, found in values:
            point = at.get(int(when))
            if point is None:
                raise asking.fault("is of a time that was not asked for", "The server may not be Prometheus.")
            if (value := value_of(found, asking)) is not None:
                yield asking.sample(point.stamp, value, own, settled=point.is_settled)


def _series(
    answer: Any, asking: Asking[PromQuery], run: Sequence[Point]
) -> Iterator[tuple[dict[str, str], list[tuple[float, Any]]]]:
    """Each series of an answer: its labels, and its values with their times."""
    kind, is_range = text(answer, "data", "resultType"), len(run) > 1
    if kind == "scalar" and not is_range:
        found = part(answer, "data", "result")
        yield {}, [(number(found, 0), part(found, 1))]
        return
    if kind != ("matrix" if is_range else "vector"):
        raise asking.fault(f"is a {kind[:20]}", "The query has to give one number at an instant.")
    for one in rows(answer, "data", "result"):
        if "histogram" in one or "histograms" in one:
            raise asking.fault("is a histogram", "Take histogram_quantile(), or histogram_sum(), of it.")
        values = part(one, "values") if is_range else [part(one, "value")]
        if not isinstance(values, list):
            raise asking.fault("has no list of values", "The server may not be Prometheus.")
        yield _labels(part(one, "metric"), asking), [(number(pair, 0), part(pair, 1)) for pair in values]


def _labels(found: Any, asking: Asking[PromQuery]) -> dict[str, str]:
    if not isinstance(found, dict):
        raise asking.fault("has no labels", "The server may not be Prometheus.")
    return {
        key: text for name in asking.query.by for key, text in label_of(found.get(name), asking, name).items()
    }


@dataclass(frozen=True, slots=True)
class Reader:
    """One server in one run."""

    api: Api

    async def answer(self, asking: Asking[PromQuery]) -> list[Sample]:
        found: list[Sample] = []
        for run in runs(points(asking)):
            found += parse_answer(await self.ask(asking, run), asking, run)
        return found

    async def ask(self, asking: Asking[PromQuery], run: Sequence[Point]) -> Any:
        fields = {"query": asking.query.query.replace(LENGTH, f"{run[0].seconds}s")}
        if len(run) == 1:
            return await self.api.post_form("/api/v1/query", {**fields, "time": iso(run[0].at)})
        stretch = {"start": iso(run[0].at), "end": iso(run[-1].at), "step": "86400s"}
        return await self.api.post_form("/api/v1/query_range", {**fields, **stretch})


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
    tenant = {} if config.tenant is None else {"X-Scope-OrgID": config.tenant.get_secret_value()}
    return client.at(config.base_url, config.access(extra=tenant))


ABOUT = About(
    title="Prometheus",
    measures="whatever PromQL can say: availability, error rates, latency, throughput",
    example={
        "base_url": "https://prometheus.example.com",
        "token": "${PROMETHEUS_TOKEN}",
        "queries": {
            "availability": {"kind": "ratio", "query": 'avg_over_time(up{job="api"}[30d])'},
            "signups": {"kind": "flow", "query": "sum(increase(signups_total[$day]))"},
        },
    },
    credentials=(
        Credential(
            "token",
            "PROMETHEUS_TOKEN",
            "read only, where a proxy asks for one: Prometheus itself has none",
            "https://prometheus.io/docs/prometheus/latest/configuration/https/",
            is_required=False,
        ),
    ),
    proof=Proof.SERVER,
    proven_by="Prometheus 2.42 of Debian, and Prometheus' own OpenAPI",
)

COLLECTOR = Collector(
    "prometheus",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=USUAL,
    chunk=timedelta(days=365),
    probe=probe,
    about=ABOUT,
)
