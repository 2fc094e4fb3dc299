"""Plausible: visitors, visits, views, channels, sources, groups of pages and goals of one site.

Endpoint: POST `/api/v2/query`.
Auth: `token`, a Stats API key of somebody who may see the site.
Rate limit: 600 requests an hour for a key, with no header that tells what is left. A run costs about ten, two
    more for each group of pages, and two for each day whose weeks and months of visitors are counted.
Freshness: minutes; a day may change until 24 hours after its end. Back-fill reaches to the site's first day.
Docs: https://plausible.io/docs/stats-api

Days are those of the site's reporting time zone, which Plausible does not name: set `zone` where it is not
the workspace's. Every answer tells when its days began, and one that began elsewhere is a fault.

Plausible forgets who came at the end of each day, so that a visitor of two days is counted twice also in
its own month. `plausible.visitors` may be added up for that reason; `visitors_7d` and `visitors_30d` are what
Plausible says of exactly these days, up to and with the one they stand at. These two, rates and averages
are told of days that are over.

Plausible leaves out rows of zeros. A day that an answer covers without a row counts zero once anything was
seen of the site in the four weeks before, and so does a source that was. Goals have to be set up at
Plausible, which refuses others, so that one nobody reached counts zero. A group of pages of which nothing
was seen is told in a note instead: its expression (RE2) may be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, field_validator

from collectors import plausible_samples as samples
from collectors.base import (
    About,
    AuthFailed,
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
from collectors.http import Access, Answer, Pace
from collectors.own_zone import OwnZone, in_zone
from collectors.plausible_queries import Query, Site, Table, query, where
from collectors.plausible_samples import METRICS, SETTLES_AFTER
from kpi.metric import Metric

USUAL_WINDOW = timedelta(days=30)
_SEEN = timedelta(days=28)  # how far back the site and its sources are looked for
_HOURLY = Pace(requests=600, seconds=3600, at_once=4)

LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Sources = Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]

_SOURCES: dict[str, tuple[str, ...]] = {
    "dev_to": ("dev.to",),
    "github": ("GitHub", "github.com"),
    "hacker_news": ("Hacker News", "news.ycombinator.com"),
    "linkedin": ("LinkedIn", "linkedin.com"),
    "reddit": ("Reddit", "reddit.com"),
    "x": ("Twitter", "t.co", "X", "x.com"),
}


class Config(CollectorConfig):
    """Which site is read, and what of it has names."""

    collector: Literal["plausible"] = "plausible"
    site: str = Field(min_length=1, max_length=300, description="the site's domain, as Plausible has it")
    token: SecretStr = Field(min_length=8)
    zone: OwnZone = None
    imports: bool = Field(False, description="count figures imported from elsewhere too")
    pages: dict[LabelName, Text] = Field(
        {}, max_length=20, description="page group → regular expression of paths"
    )
    sources: dict[LabelName, Sources] = Field(
        _SOURCES, max_length=20, description="name → sources as Plausible spells them"
    )
    goals: dict[LabelName, Text] = Field({}, max_length=50, description="name → the goal's name at Plausible")
    base_url: Annotated[str, address("https://plausible.io")] = "https://plausible.io"

    @field_validator("pages")
    @classmethod
    def _are_expressions(cls, value: dict[str, str]) -> dict[str, str]:
        for name, meant in value.items():
            try:
                re.compile(meant)
            except re.error as error:
                raise ValueError(f"{name} is no regular expression: {error}") from None
        return value

    @field_validator("sources", "goals")
    @classmethod
    def _are_told_apart(cls, value: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
        every = [one for held in value.values() for one in ((held,) if isinstance(held, str) else held)]
        if twice := sorted({one for one in every if every.count(one) > 1}):
            raise ValueError(f'"{twice[0]}" has two names: give it one')
        return value


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one site, in its zone. The days the site was seen on are known after the totals."""

    config: Config
    site: Site
    span: Span
    covered: set[date] = field(default_factory=set)

    @property
    def days(self) -> list[date]:
        return self.span.days(timedelta(0))

    @property
    def seen(self) -> tuple[date, date]:
        return self.days[0] - _SEEN, self.days[-1]

    def parts(self) -> tuple[Part, ...]:
        every = (
            ("days", samples.DAILY, self.totals, True),
            ("visitors of 7 and 30 days", tuple(samples.WINDOWS.values()), self.windows, True),
            ("channels", (samples.CHANNELS,), self.channels, True),
            ("sources", (samples.SOURCES,), self.sources, bool(self.config.sources)),
            ("pages", samples.PAGE_METRICS, self.pages, bool(self.config.pages)),
            ("goals", samples.GOAL_METRICS, self.goals, bool(self.config.goals)),
        )
        return tuple(
            Part(name, tuple(one.name for one in metrics), read)
            for name, metrics, read, is_wanted in every
            if is_wanted
        )

    async def totals(self) -> Batch:
        table = await self.site.table(query(self.seen, list(samples.TOTALS), "time:day"))
        begun = min((one.day for one in table.rows), default=None)
        self.covered.update(one for one in table.days if begun is not None and one >= begun)
        return _batch(samples.parse_totals(table, self.covered, self.span), table)

    async def windows(self) -> Batch:
        found = Batch()
        for length, metric in samples.WINDOWS.items():
            for day in (one for one in self.days if one < self.span.today):
                table = await self.site.table(query((day - timedelta(days=length - 1), day), ["visitors"]))
                found = _joined(found, _batch(samples.parse_window(metric, table, day, self.span), table))
        return found

    async def channels(self) -> Batch:
        table = await self.site.table(query(self.seen, ["visits"], "time:day", "visit:channel"))
        counts = samples.counts(table, "visits", "visit:channel")
        return _batch(samples.parse_flow(samples.CHANNELS, counts, self.covered, self.span), table)

    async def sources(self) -> Batch:
        named = {source: name for name, held in self.config.sources.items() for source in held}
        asked = query(self.seen, ["visits"], "time:day", "visit:source")
        table = await self.site.table(where(asked, "is", "visit:source", list(named)))
        counts = samples.counts(table, "visits", "visit:source", named)
        return _batch(samples.parse_flow(samples.SOURCES, counts, self.covered, self.span), table)

    async def pages(self) -> Batch:
        found = Batch()
        for name, expression in self.config.pages.items():
            for dimension, metrics in samples.PAGES.items():
                asked = query(self.seen, list(metrics), "time:day")
                table = await self.site.table(where(asked, "matches", dimension, [expression]))
                found = _joined(found, self._page(name, metrics, table))
        return found

    def _page(self, name: str, metrics: Mapping[str, Metric], table: Table) -> Batch:
        if not table.rows:
            said = f"nothing was seen of the pages {name} in four weeks: check their expression"
            return _batch((), table, said)
        return _batch(samples.parse_page(name, metrics, table, self.covered, self.span), table)

    async def goals(self) -> Batch:
        named = {goal: name for name, goal in self.config.goals.items()}
        asked: Query = query(self.seen, list(samples.GOALS), "time:day", "event:goal")
        table = await self.site.table(where(asked, "is", "event:goal", list(named)))
        found: list[samples.Sample] = []
        for key, metric in samples.GOALS.items():
            counts = dict.fromkeys(((name, day) for name in named.values() for day in self.covered), 0.0)
            counts |= samples.counts(table, key, "event:goal", named)
            found += samples.parse_flow(metric, counts, self.covered, self.span)
        return _batch(found, table)


def _batch(found: Iterable[samples.Sample], table: Table, *notes: str) -> Batch:
    return Batch(tuple(found), notes=(*notes, *table.remarks))


def _joined(one: Batch, other: Batch) -> Batch:
    return Batch((*one.samples, *other.samples), notes=(*one.notes, *other.notes))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one site, in days of its own zone."""
    own = in_zone(replace(span, since=span.since or span.now - USUAL_WINDOW), config.zone)
    batch = await collect_parts(Reader(config, _site(config, client, own), own).parts())
    return replace(batch, notes=tuple(dict.fromkeys(batch.notes)))


async def probe(config: Config, client: Client) -> str:
    """The visitors of the last seven days, whatever the zone."""
    asked = {"site_id": config.site, "metrics": ["visitors"], "date_range": "7d"}
    answer = await client.at(config.base_url, _access(config)).post_json("/api/v2/query", asked)
    visitors = samples.number(answer, "results", 0, "metrics", 0)
    begun = samples.text(answer, "query", "date_range", 0)
    return f"{config.site}, {visitors:,.0f} visitors in 7 days, days begin at {begun[11:]}"


def _site(config: Config, client: Client, span: Span) -> Site:
    return Site(client.at(config.base_url, _access(config)), config.site, span, config.imports)


def _access(config: Config) -> Access:
    return Access(token=config.token, pace=_HOURLY, fault=_fault)


def _fault(answer: Answer, _: datetime) -> AuthFailed | None:
    """A plan without the Stats API is no mistake in the question."""
    if answer.status != 402:
        return None
    return AuthFailed(
        "Plausible's plan does not hold the Stats API (402)", hint="It needs the Business plan.", status=402
    )


ABOUT = About(
    title="Plausible",
    measures="visitors, visits, views, channels, sources, pages, goals",
    example={
        "site": "acme.dev",
        "token": "${PLAUSIBLE_API_KEY}",
        "zone": "Europe/Berlin",
        "pages": {"docs": "^/docs", "blog": "^/blog/.", "pricing": "^/pricing"},
        "goals": {"signups": "Sign up", "demo_requests": "Demo request"},
    },
    credentials=(
        Credential(
            "token",
            "PLAUSIBLE_API_KEY",
            "a Stats API key: it only reads",
            "https://plausible.io/settings/api-keys",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "plausible",
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
