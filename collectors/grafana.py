"""Grafana: any data source that it has, asked through it.

Endpoint: POST `/api/ds/query`, one query for each day.
Auth: `token`, a service account's, with the role Viewer.
Rate limit: none of its own; what stands behind a data source may have one.
Freshness: of the moment; the past as far as the data source keeps it.
Docs: https://grafana.com/docs/grafana/latest/developers/http_api/data_source/,
    https://grafana.com/docs/grafana/latest/dashboards/variables/add-template-variables/#global-variables

Each query is asked about each day by itself, from its start to its end or to now, and gives one figure, or
one for each combination of the labels and text columns in `by`. Prometheus and Loki are asked at the end of
that stretch, and `[$__range]` is its length: increase(signups_total[$__range]). SQL says it by $__timeFilter.
Grafana fills in these two by itself; a dashboard's own variables it does not.

`expr` is the query where the data source calls it so; `model` holds further fields as the panel's JSON has
them under Query inspector: model: {rawSql: "SELECT count(*) FROM …", format: table}. Null is no data, and
warnings of a data source are a fault: part of the data may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from collectors.base import About, Batch, Client, Collector, Credential, Proof, Span, address
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.http import Access, Answer, Api, Pace
from collectors.payload import part, rows, text
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
    day_end,
    days_of,
    found_first,
    label_of,
    metrics,
    value_of,
)
from kpi.metric import Sample

METRICS = metrics("grafana")
_REF = "A"
_OURS = frozenset({"refId", "datasource", "expr", "maxDataPoints", "intervalMs"})
_MILLISECOND = timedelta(milliseconds=1)


class GrafanaQuery(NamedQuery):
    """One query of one data source."""

    datasource: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="the data source's uid")
    expr: str = Field("", max_length=10_000, description="the query, as Prometheus and Loki call it")
    model: dict[str, str | int | float | bool] = Field({}, max_length=30, description="its further fields")
    by: tuple[LabelName, ...] = Field((), max_length=10, description="labels and text columns that are kept")

    @field_validator("model")
    @classmethod
    def _leaves_our_fields(cls, value: dict[str, Any]) -> dict[str, Any]:
        if ours := sorted(_OURS & set(value)):
            raise ValueError(f"{ours[0]} is set by itself: leave it out of model")
        return value

    @field_validator("by")
    @classmethod
    def _leaves_our_label(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "query" in value:
            raise ValueError("the label query holds the query's name: rename the other")
        return value

    @model_validator(mode="after")
    def _asks_something(self) -> GrafanaQuery:
        if not self.expr and not self.model:
            raise ValueError("write the query in expr, or its fields in model")
        return self


class Config(QueriesConfig):
    """Which Grafana is asked, and what."""

    collector: Literal["grafana"] = "grafana"
    base_url: Annotated[str, address("https://grafana.example.com")]
    token: SecretStr = Field(min_length=8)
    organisation: int | None = Field(
        None, gt=0, description="the organisation's number, where there are several"
    )
    queries: dict[QueryName, GrafanaQuery] = Field(min_length=1, max_length=MOST_QUERIES)


def question(asking: Asking[GrafanaQuery], day: date) -> dict[str, Any]:
    """What is asked about one day."""
    span, query = asking.span, asking.query
    start, end = span.start_of(day), min(day_end(span, day) - _MILLISECOND, span.now)
    one: dict[str, Any] = {"instant": True, "range": False, "queryType": "instant"} if query.expr else {}
    one |= {"expr": query.expr} if query.expr else {}
    one |= {**query.model, "refId": _REF, "datasource": {"uid": query.datasource}}
    one |= {"maxDataPoints": 100, "intervalMs": 1000}
    return {"from": _millis(start), "to": _millis(end), "queries": [one]}


def _millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def parse_frames(answer: Any, asking: Asking[GrafanaQuery]) -> Iterator[Row]:
    """The figures of an answer, each with the labels that are kept."""
    for frame in rows({"frames": [], **_result(answer)}, "frames"):
        _check_notices(frame, asking)
        fields = list(rows(frame, "schema", "fields"))
        columns = part(frame, "data", "values")
        if not _is_table(columns, len(fields)):
            raise asking.fault("has columns that do not fit", "The server may not be Grafana.")
        yield from _figures(fields, columns, asking)


def _result(answer: Any) -> dict[str, Any]:
    found = part(answer, "results", _REF)
    if not isinstance(found, dict):
        raise UnexpectedResponse("results.A is no object", hint="The server may not be Grafana.")
    return found


def _is_table(columns: Any, width: int) -> bool:
    """Whether there is a column for each field, all of one length; a frame without data may have none."""
    if not isinstance(columns, list) or not all(isinstance(one, list) for one in columns):
        return False
    return not columns or (len(columns) == width and len({len(one) for one in columns}) == 1)


def _figures(
    fields: list[dict[str, Any]], columns: list[list[Any]], asking: Asking[GrafanaQuery]
) -> Iterator[Row]:
    kinds = [text(one, "type") for one in fields]
    if kinds.count("number") != 1:
        raise asking.fault("has other than one column of numbers in a frame", "Ask for one value a query.")
    at = kinds.index("number")
    own = fields[at].get("labels") or {}
    if not isinstance(own, Mapping):
        raise asking.fault("has labels that are none", "The server may not be Grafana.")
    for line in zip(*columns, strict=True):
        texts = {str(one.get("name")): cell for one, cell in zip(fields, line, strict=True)}
        kept = {name: own.get(name, texts.get(name)) for name in asking.query.by}
        named = {key: said for name, one in kept.items() for key, said in label_of(one, asking, name).items()}
        yield Row(value_of(line[at], asking), None, named)


def _check_notices(frame: Mapping[str, Any], asking: Asking[GrafanaQuery]) -> None:
    meta = part(frame, "schema").get("meta") if isinstance(frame.get("schema"), dict) else None
    notices = meta.get("notices") if isinstance(meta, dict) else None
    for one in notices if isinstance(notices, list) else ():
        if isinstance(one, dict) and one.get("severity") in ("warning", "error"):
            said = " ".join(str(one.get("text")).split())[:200]
            raise asking.fault(f"has a remark: {said}", "Part of it may be missing, so none of it is used.")


def refused(answer: Answer, _now: Any) -> CollectorFault | None:
    """A query's own error, which Grafana puts beside its name: with 400, 207, and sometimes 200."""
    if answer.status not in (200, 207, 400):
        return None
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    results = found.get("results") if isinstance(found, dict) else None
    for one in results.values() if isinstance(results, dict) else ():
        if isinstance(one, dict) and one.get("error"):
            said = " ".join(str(one["error"]).split())[:200]
            hint = "Try the query in Grafana's Explore; variables of a dashboard are not filled in."
            return UnexpectedResponse(f"Grafana answered: {said}", hint=hint, status=answer.status)
    return None


@dataclass(frozen=True, slots=True)
class Reader:
    """One Grafana in one run."""

    api: Api

    async def answer(self, asking: Asking[GrafanaQuery]) -> list[Sample]:
        found: list[Sample] = []
        for day in days_of(asking):
            answer = await self.api.post_json("/api/ds/query", question(asking, day))
            found += asking.read(parse_frames(answer, asking), day)
        return found


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Ask every query about every day."""
    asked = askings(config.collector, config.queries, span)
    return await collect_queries(asked, Reader(_api(config, client)).answer)


async def probe(config: Config, client: Client) -> str:
    """The first query's answer about yesterday."""
    now = client.now()
    today = Span(now, None, ZoneInfo("UTC"))
    yesterday = replace(today, since=now - timedelta(days=1), until=today.start_of(today.today))
    asking = askings(config.collector, config.queries, yesterday)[0]
    return found_first(asking, await Reader(_api(config, client)).answer(asking))


def _api(config: Config, client: Client) -> Api:
    more = {} if config.organisation is None else {"X-Grafana-Org-Id": str(config.organisation)}
    access = Access(token=config.token, headers=more, pace=Pace(at_once=4), fault=refused)
    return client.at(config.base_url, access)


ABOUT = About(
    title="Grafana",
    measures="whatever its data sources answer: Prometheus, Loki, SQL and more",
    example={
        "base_url": "https://grafana.example.com",
        "token": "${GRAFANA_TOKEN}",
        "queries": {
            "signups": {
                "kind": "flow",
                "datasource": "prometheus-main",
                "expr": "sum(increase(signups_total[$__range]))",
            },
        },
    },
    credentials=(
        Credential(
            "token",
            "GRAFANA_TOKEN",
            "a service account with the role Viewer, which may query the data sources",
            "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "grafana",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=timedelta(days=2),
    chunk=timedelta(days=30),
    probe=probe,
    about=ABOUT,
)
