"""Incidents on a page of Atlassian Statuspage: how many, how long they lasted, which components are down.

Endpoint: without a key, `{base_url}/api/v2/incidents.json` and `/components.json` of the public page; with
    one, `/v1/pages/{page}/incidents` and `/components` of `https://api.statuspage.io`.
Auth: none for a public page; `api_key` and `page` for the rest of the past, or a private page.
Rate limit: one request a second for a key; past it Statuspage answers 420 or 429.
Freshness: at once, as people write it; they write after the fact too, so the last 14 days are read again.
Docs: https://developer.statuspage.io/, https://support.atlassian.com/statuspage/docs/what-are-the-different-apis-under-statuspage/

A public page lists its 50 newest incidents, and days before the oldest of them are not told. Maintenance is
no incident. The share of time a component was up cannot be had from incidents truthfully, for they do not
say when it went down, and is not told: an uptime monitor measures it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.faults import CollectorFault, RateLimited
from collectors.happenings import Happening, happenings, optional
from collectors.http import Access, Answer, Api, Pace
from collectors.payload import moment, part, rows, text
from collectors.waiting import retry_after
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=1)
USUAL = timedelta(days=14)
LONGEST = timedelta(days=30)
PUBLIC_LIST = 50
PAGE = 100
IMPACTS = ("none", "minor", "major", "critical")
API = "https://api.statuspage.io"
_UP = frozenset({"operational", "under_maintenance"})

INCIDENTS = Metric(
    "statuspage.incidents", "incidents", Kind.FLOW, "incidents that began on a day", ("impact",)
)
RESOLVED = Metric(
    "statuspage.time_to_resolve",
    "seconds",
    Kind.RATIO,
    "time from an incident's start to its end, one each",
    ("impact",),
    every=timedelta(days=366),
    is_event=True,
)
OPEN = Metric(
    "statuspage.open_incidents", "incidents", Kind.LEVEL, "incidents that are not resolved", is_snapshot=True
)
COMPONENTS = Metric(
    "statuspage.components", "components", Kind.LEVEL, "components of the page", is_snapshot=True
)
DOWN = Metric(
    "statuspage.components_down",
    "components",
    Kind.LEVEL,
    "components that are degraded or out of order",
    is_snapshot=True,
)
METRICS = (INCIDENTS, RESOLVED, OPEN, COMPONENTS, DOWN)


class Config(CollectorConfig):
    """Which page is read: a public one by its address, or one of an account by its id and a key."""

    collector: Literal["statuspage"] = "statuspage"
    base_url: Annotated[str, address("https://status.acme.dev")] = API
    page: str = Field("", pattern=r"^\w*$", description="the id of the page")
    api_key: SecretStr | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Config:
        if (self.api_key is None) == bool(self.page):
            raise ValueError("page and api_key go together: give both, or neither for a public page")
        if self.api_key is None and self.base_url == API:
            raise ValueError("base_url is missing: the address of the status page, or give page and api_key")
        if self.api_key is not None and not self.api_key.get_secret_value().strip():
            raise ValueError("api_key is empty: set it, such as ${STATUSPAGE_API_KEY}")
        return self


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one page."""

    config: Config
    api: Api
    span: Span

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("incidents", (INCIDENTS.name, RESOLVED.name, OPEN.name), self.incidents),
            Part("components", (COMPONENTS.name, DOWN.name), self.components),
        )

    async def incidents(self) -> Batch:
        start = self.span.start_of(self.span.first_day(USUAL))
        after = self.span.start_of(self.span.last_day + timedelta(days=1))
        found, days = [one async for one in self._all(start - LONGEST)], self.span.days(USUAL)
        if not self.config.page and len(found) >= PUBLIC_LIST:
            oldest = day_of(min(moment(one, "created_at") for one in found), self.span.zone)
            days = [day for day in days if day > oldest]
        found = [
            one for one in found if part(one, "impact") != "maintenance" and not one.get("scheduled_for")
        ]
        return Batch(
            (
                *parse_counts(found, days, self.span),
                *parse_resolved(found, start, min(after, self.span.now)),
                Sample(OPEN.name, self.span.now, float(sum(_ended(one) is None for one in found))),
            ),
            happenings=tuple(one for one in happenings(found, parse_incident) if one.at >= start - LONGEST),
        )

    async def components(self) -> Batch:
        if self.config.page:
            found = list(rows(await self.api.get_json(f"/v1/pages/{self.config.page}/components")))
        else:
            found = list(rows(await self.api.get_json("/api/v2/components.json"), "components"))
        real = [text(one, "status") for one in found if not one.get("group")]
        down = sum(status not in _UP for status in real)
        now = self.span.now
        return Batch((Sample(COMPONENTS.name, now, float(len(real))), Sample(DOWN.name, now, float(down))))

    async def _all(self, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """Incidents, the newest first, back to `since`; a public page lists what it lists."""
        if not self.config.page:
            for one in rows(await self.api.get_json("/api/v2/incidents.json"), "incidents"):
                yield one
            return

        asked: dict[str, str | int] = {"limit": PAGE, "page": 1}

        def following(page: Any) -> dict[str, str | int] | None:
            if not page or moment(page, -1, "created_at") < since:
                return None
            asked["page"] = int(asked["page"]) + 1
            return dict(asked)

        async for page in self.api.walk(f"/v1/pages/{self.config.page}/incidents", dict(asked), following):
            for one in rows(page):
                yield one


def _began(one: Any) -> datetime:
    return moment(one, "started_at" if one.get("started_at") else "created_at")


def _ended(one: Any) -> datetime | None:
    return moment(one, "resolved_at") if one.get("resolved_at") else None


def parse_counts(found: Iterable[Any], days: Iterable[date], span: Span) -> Iterator[Sample]:
    """Incidents by the day on which they began; the list covers the days, so none is a zero."""
    counts = Counter((day_of(_began(one), span.zone), text(one, "impact")) for one in found)
    for day in days:
        is_settled = span.is_settled(day, SETTLES_AFTER)
        for name in IMPACTS:
            marks = labels({"impact": name})
            yield Sample(INCIDENTS.name, span.start_of(day), float(counts[day, name]), marks, is_settled)


def parse_resolved(found: Iterable[Any], start: datetime, end: datetime) -> Iterator[Sample]:
    """Incidents that ended within the span; two of one moment are kept apart by a fraction from their ids."""
    for one in found:
        ended = _ended(one)
        if ended is not None and start <= ended < end:
            digits = int(sha256(text(one, "id").encode()).hexdigest(), 16) % 1_000_000
            at = ended.astimezone(UTC).replace(microsecond=digits)
            seconds = (ended - _began(one)).total_seconds()
            yield Sample(RESOLVED.name, at, seconds, labels({"impact": text(one, "impact")}))


def parse_incident(one: Mapping[str, Any]) -> Happening:
    """An incident as it began, with its impact where it has any."""
    impact, name = text(one, "impact"), text(one, "name")
    said = name if impact == "none" else f"{name} ({impact})"
    return Happening("incident", _began(one), said, f"incident:{text(one, 'id')}", optional(one, "shortlink"))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one page; each part fails alone."""
    return await collect_parts(Reader(config, _api(config, client), span).parts())


async def probe(config: Config, client: Client) -> str:
    """The page's name."""
    api = _api(config, client)
    if config.page:
        return text(await api.get_json(f"/v1/pages/{config.page}"), "name")
    return text(await api.get_json("/api/v2/summary.json"), "page", "name")


def _api(config: Config, client: Client) -> Api:
    pace = Pace(requests=1, seconds=1, at_once=1)
    access = Access(token=config.api_key, scheme="OAuth", pace=pace, is_serial=True, fault=_calm)
    return client.at(config.base_url, access)


def _calm(answer: Answer, now: datetime) -> CollectorFault | None:
    """420 is Statuspage's word for too many requests."""
    if answer.status != 420:
        return None
    return RateLimited(
        "Statuspage answered 420: too many requests",
        hint="It allows one request a second for a key; other programs may use it too.",
        status=420,
        retry_after=retry_after(answer.headers, now, body=answer.body),
    )


ABOUT = About(
    title="Statuspage",
    measures="incidents, time to resolve, components that are down",
    example={"base_url": "https://status.acme.dev"},
    credentials=(
        Credential(
            "api_key",
            "STATUSPAGE_API_KEY",
            "a user's API key; a public page needs none",
            "https://manage.statuspage.io/",
            is_required=False,
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "statuspage",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(minutes=15),
    rereads=USUAL,
    chunk=timedelta(days=180),
    probe=probe,
    about=ABOUT,
)
