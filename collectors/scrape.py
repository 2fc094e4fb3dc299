"""The metrics page of an application: Prometheus' text format or OpenMetrics, without a Prometheus between.

Endpoint: GET of `path` (/metrics) below `base_url`, once a run for all queries.
Auth: `token`, or `user` and `password`, or `headers`; or none.
Rate limit: none; one request a run.
Freshness: of the moment, with no past; a time that the page itself gives a sample is kept.
Docs: https://prometheus.io/docs/instrumenting/exposition_formats/,
    https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md

A counter is told as it stands, as a level: a period added `change(scrape.level{query="orders"}, 7d)`. An
application that starts again counts from zero, and such a change falls short: where that matters, let a
Prometheus read the page and ask that one for increase().

`quantile` is estimated from a histogram's buckets as histogram_quantile() does, over all observed since
the application started; `mean` divides its sum by its count.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from pydantic import Field, field_validator, model_validator

from collectors.answers import Answer, place
from collectors.base import About, Batch, Client, Collector, Credential, Span, address
from collectors.faults import UnexpectedResponse
from collectors.queries import (
    MOST_QUERIES,
    Asking,
    LabelName,
    NamedQuery,
    QueryName,
    Row,
    askings,
    collect_queries,
    label_of,
    metrics,
    value_of,
)
from collectors.queries_http import HttpQueriesConfig
from kpi.metric import Sample

METRICS = tuple(replace(one, is_snapshot=True) for one in metrics("scrape") if one.kind != "flow")
_ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
_NAME = re.compile(r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")


class ScrapeQuery(NamedQuery):
    """One metric of the page."""

    metric: str = Field(pattern=_NAME.pattern, max_length=200, description="as the page writes it")
    where: dict[str, str] = Field({}, description="labels that a line must carry")
    by: tuple[LabelName, ...] = Field((), description="labels that are kept")
    sum: bool = Field(False, description="add up the lines that the labels in by do not tell apart")
    quantile: float | None = Field(None, gt=0, lt=1, description="of a histogram")
    mean: bool = Field(False, description="of a histogram or a summary")

    @field_validator("by")
    @classmethod
    def _leaves_our_label(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if {"query", "le"} & set(value):
            raise ValueError("the labels query and le are not kept: one is ours, one a histogram's own")
        return value

    @model_validator(mode="after")
    def _is_of_the_moment(self) -> ScrapeQuery:
        if self.kind == "flow":
            raise ValueError("a page holds no days: take kind: level, and change() in the KPI's measure")
        if (self.quantile is not None or self.mean) and (
            self.kind != "ratio" or self.mean == bool(self.quantile)
        ):
            raise ValueError("a quantile or a mean is a ratio: set kind: ratio, and one of the two")
        return self


class Config(HttpQueriesConfig):
    """Which page is read, and what of it."""

    collector: Literal["scrape"] = "scrape"
    base_url: Annotated[str, address("http://app.example.com:8080")]
    path: str = Field("/metrics", pattern=r"^/[^\s#]*$")
    queries: dict[QueryName, ScrapeQuery] = Field(min_length=1, max_length=MOST_QUERIES)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page."""

    labels: Mapping[str, str]
    value: float
    at: datetime | None


Page = Mapping[str, Sequence[Line]]
"""Lines by the name of their metric."""


def parse_page(answer: Answer) -> Page:
    """Every line of a page. Raises UnexpectedResponse where it is no such page."""
    kind = answer.headers.get("content-type", "")
    read = read_openmetrics if kind.startswith("application/openmetrics-text") else read_text
    found: dict[str, list[Line]] = defaultdict(list)
    where = place(answer.url)
    if "html" in kind or "json" in kind:
        raise UnexpectedResponse(f"{where} answered {kind[:40]}, no metrics", hint="Check base_url and path.")
    try:
        for family in read(answer.body.decode("utf-8")):
            for one in family.samples:
                found[one.name].append(Line(one.labels, float(one.value), _time(one.timestamp)))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError) as error:
        said = f"{where} is no page of metrics ({type(error).__name__})"
        raise UnexpectedResponse(said, hint="Check base_url and path; none of it was used.") from None
    if not all(_NAME.fullmatch(one) for one in found):
        raise UnexpectedResponse(f"{where} is no page of metrics", hint="Check base_url and path.")
    return found


def _time(stamp: Any) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(float(stamp), UTC)


def parse_query(page: Page, asking: Asking[ScrapeQuery]) -> Iterator[Row]:
    """The rows of one query."""
    query = asking.query
    if query.quantile is not None:
        yield from _quantiles(page, asking, query.quantile)
    elif query.mean:
        sums = dict(_grouped(page, asking, f"{query.metric}_sum"))
        for own, lines in _grouped(page, asking, f"{query.metric}_count"):
            count, total = _together(lines, asking), _together(sums.get(own, ()), asking)
            yield Row(total / count if count else None, lines[0].at, dict(own))
    else:
        for own, lines in _grouped(page, asking, query.metric):
            yield Row(value_of(_together(lines, asking), asking), lines[0].at, dict(own))


def _quantiles(page: Page, asking: Asking[ScrapeQuery], share: float) -> Iterator[Row]:
    for own, lines in _grouped(page, asking, f"{asking.query.metric}_bucket"):
        buckets: dict[float, list[Line]] = defaultdict(list)
        for one in lines:
            bound = value_of(one.labels.get("le"), asking, "a bucket")
            buckets[math.inf if bound is None else bound].append(one)
        counts = [(bound, _together(found, asking)) for bound, found in sorted(buckets.items())]
        yield Row(quantile(share, counts), lines[0].at, dict(own))


def quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """The quantile of cumulative buckets (upper bound, count), by a straight line within its bucket, as
    histogram_quantile() has it; None where nothing was observed or no bucket holds everything."""
    if not buckets or buckets[-1][0] != math.inf or not buckets[-1][1] > 0 or len(buckets) < 2:
        return None
    rank = share * buckets[-1][1]
    index = next(at for at, (_, count) in enumerate(buckets) if count >= rank)
    if index == len(buckets) - 1:
        return buckets[-2][0]
    bound, count = buckets[index]
    below, counted = buckets[index - 1] if index else (min(0.0, bound), 0.0)
    if index == 0 and bound <= 0:
        return bound
    return below + (bound - below) * (rank - counted) / (count - counted) if count > counted else bound


def _grouped(
    page: Page, asking: Asking[ScrapeQuery], name: str
) -> Iterable[tuple[tuple[tuple[str, str], ...], list[Line]]]:
    """The lines that the query asks for, by the labels it keeps."""
    query = asking.query
    found: dict[tuple[tuple[str, str], ...], list[Line]] = defaultdict(list)
    for one in page.get(name, ()):
        if all(one.labels.get(key) == value for key, value in query.where.items()):
            own: dict[str, str] = {}
            for key in query.by:
                own |= label_of(one.labels.get(key), asking, key)
            found[tuple(sorted(own.items()))].append(one)
    return found.items()


def _together(lines: Sequence[Line], asking: Asking[ScrapeQuery]) -> float:
    """The value of one line, or of several added up."""
    if not lines:
        raise asking.fault("lacks a sum beside its count", "The page may be cut.")
    if len(lines) > 1 and not asking.query.sum:
        raise asking.fault(f"has {len(lines)} lines", "Name labels in where or by, or set sum: true.")
    return math.fsum(one.value for one in lines)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the page once, and each query from it."""
    page = await _page(config, client)

    async def answer(asking: Asking[ScrapeQuery]) -> list[Sample]:
        return list(asking.read(parse_query(page, asking)))

    return await collect_queries(askings(config.collector, config.queries, span), answer)


async def probe(config: Config, client: Client) -> str:
    """How much the page holds."""
    page = await _page(config, client)
    lines = sum(map(len, page.values()))
    missing = [
        name for name, one in config.queries.items() if not any(key.startswith(one.metric) for key in page)
    ]
    return f"{lines:,} lines" + (f"; nothing for {', '.join(missing)}" if missing else "")


async def _page(config: Config, client: Client) -> Page:
    answer = await client.at(config.base_url, config.access()).get(config.path, accept=_ACCEPT)
    return await asyncio.to_thread(parse_page, answer)


ABOUT = About(
    title="Metrics page",
    measures="gauges, counters and histograms of an application that Prometheus could read",
    example={
        "base_url": "http://app.example.com:8080",
        "queries": {
            "sessions": {"metric": "app_sessions"},
            "latency": {
                "kind": "ratio",
                "metric": "http_request_duration_seconds",
                "quantile": 0.95,
                "sum": True,
            },
        },
    },
    credentials=(
        Credential(
            "token",
            "SCRAPE_TOKEN",
            "read the page, where it asks for a token",
            "https://prometheus.io/docs/instrumenting/exposition_formats/",
            is_required=False,
        ),
    ),
)

COLLECTOR = Collector(
    "scrape",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(0),
    backfills=False,
    every=timedelta(minutes=15),
    probe=probe,
    about=ABOUT,
)
