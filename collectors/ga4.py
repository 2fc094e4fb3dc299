"""Google Analytics 4: visitors, sessions, engagement, channels, sources, groups of pages, and events.

Endpoint: POST `/v1beta/properties/{property}:runReport` and `:batchRunReports`, five reports at a time.
Auth: `credentials`, a service account's key; its e-mail address is a Viewer of the property.
Rate limit: 14,000 tokens an hour for a Cloud project and property, 10 requests at once; a run costs about
    ten reports of a few tokens each, and three more for each group of pages.
Freshness: amounts of today are partial; a day may change until 48 hours after its end, so three days are read
    again. Back-fill reaches as far as the property keeps data.
Docs: https://developers.google.com/analytics/devguides/reporting/data/v1,
    https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema

Days are those of the property's own zone: an amount stands at the start of its day there. People, rates and
averages stand at its last second and are told of days that are over. People are never added up: those of 7,
28 and 30 days are asked for as such, up to each day. Visitors are all who came (`totalUsers`); active ones
were engaged or came for the first time.

`pages`, `sources` and `events` give names to what is counted: regular expressions (RE2, anywhere in the
path or source) and names of events. Google leaves out rows of zeros; a name that was seen in the four weeks
before counts zero on a day of which the property reports anything and nothing is withheld. One that was
not seen at all is told in a note instead: it may be misspelt. Time on page is the time in view for a view.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from collectors import ga4_samples as ga4
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
from collectors.faults import UnexpectedResponse
from collectors.ga4_samples import METRICS, SETTLES_AFTER
from collectors.ga4_tables import (
    Property,
    Table,
    among,
    by_window,
    day_in,
    matching,
    parse_table,
    report,
    windows,
)
from collectors.google import GoogleConfig, Service, google_api, service_key
from collectors.http import Pace
from collectors.payload import number, part, text
from kpi.metric import Metric, Sample

USUAL_WINDOW = timedelta(days=30)
_SEEN = timedelta(days=28)  # how far back a name is looked for
_TOP = 10
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,39}")

GOOGLE = Service(
    "Google Analytics Data API",
    "https://www.googleapis.com/auth/analytics.readonly",
    "Add the service account's e-mail address as a Viewer of the property, and check property.",
    Pace(requests=600, seconds=60, at_once=4),
)
_SOURCES = {
    "dev_to": r"(^|\.)dev\.to$",
    "github": r"github",
    "hacker_news": r"ycombinator",
    "linkedin": r"linkedin|^lnkd\.in$",
    "reddit": r"reddit",
    "x": r"^t\.co$|twitter|^x\.com$",
}


class Config(GoogleConfig):
    """Which property is read, and what of it has names."""

    collector: Literal["ga4"] = "ga4"
    property: str = Field(pattern=r"^\d{1,20}$", description="the property's number, not G-…")
    pages: dict[str, str] = Field({}, max_length=20, description="page group → regular expression of paths")
    sources: dict[str, str] = Field(
        _SOURCES, max_length=20, description="name → regular expression of session sources"
    )
    events: dict[str, str] = Field({}, max_length=50, description="name → the event's name in Analytics")
    base_url: Annotated[str, address("https://analyticsdata.googleapis.com")] = (
        "https://analyticsdata.googleapis.com"
    )

    @field_validator("pages", "sources", "events")
    @classmethod
    def _are_labels(cls, value: dict[str, str]) -> dict[str, str]:
        for name, meant in value.items():
            if not _LABEL.fullmatch(name):
                raise ValueError(f'"{name}" is no name: use small letters, digits and _')
            if not meant:
                raise ValueError(f"{name} is empty")
        return value

    @field_validator("pages", "sources")
    @classmethod
    def _are_expressions(cls, value: dict[str, str]) -> dict[str, str]:
        for name, meant in value.items():
            try:
                re.compile(meant)
            except re.error as error:
                raise ValueError(f"{name} is no regular expression: {error}") from None
        return value


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one property; `span` is in its zone. The days reported are known after the totals."""

    config: Config
    site: Property
    span: Span
    reported: set[date] = field(default_factory=set)

    @property
    def days(self) -> list[date]:
        return self.span.days(timedelta(0))

    @property
    def closed(self) -> date:
        """The last day that is over."""
        return min(self.span.last_day, self.span.today - timedelta(days=1))

    def parts(self) -> tuple[Part, ...]:
        every = (
            ("days", tuple(ga4.TOTALS.values()), self.totals, True),
            ("users", ga4.USER_METRICS, self.users, True),
            ("channels", (ga4.CHANNELS,), self.channels, True),
            ("sources", (ga4.SOURCES,), self.sources, bool(self.config.sources)),
            ("top sources", (ga4.TOP_SOURCES,), self.top_sources, True),
            ("pages", ga4.PAGE_METRICS, self.pages, bool(self.config.pages)),
            ("events", (ga4.EVENTS,), self.events, bool(self.config.events)),
        )
        return tuple(
            Part(name, tuple(one.name for one in metrics), read)
            for name, metrics, read, is_wanted in every
            if is_wanted
        )

    async def totals(self) -> Batch:
        (table,) = await self.site.tables([report([(self.days[0], self.days[-1])], ga4.TOTALS, "date")])
        self.reported.update(map(day_in, table.rows))
        return _batch(ga4.parse_totals(table, self.span), [table])

    async def users(self) -> Batch:
        days = [one for one in self.days if one <= self.closed]
        if not days:
            return Batch()
        active = windows(days, 1, list(ga4.ACTIVE))
        every = windows(days, ga4.WINDOW, ["totalUsers", "activeUsers"])
        back = windows(days, ga4.WINDOW, ["activeUsers"], "newVsReturning", "returning")
        asked = [*active, *every, *back]
        tables = await self.site.tables(asked)
        found = [
            by_window(tables[n : n + len(active)], asked[n : n + len(active)])
            for n in range(0, len(asked), len(active))
        ]
        samples = [*ga4.parse_active(found[0], self.span)]
        samples += ga4.parse_visitors(found[1], found[2], self.span)
        return _batch(samples, tables)

    async def channels(self) -> Batch:
        asked = report([self.seen], ["sessions"], "date", "sessionDefaultChannelGroup")
        (table,) = await self.site.tables([asked])
        counts = {
            (part(row, "sessionDefaultChannelGroup"), day_in(row)): number(row, "sessions")
            for row in table.rows
        }
        return _batch(self.flow(ga4.CHANNELS, counts, [table]), [table])

    async def sources(self) -> Batch:
        asked = [
            matching(report([self.seen], ["sessions"], "date"), "sessionSource", one)
            for one in self.config.sources.values()
        ]
        tables = await self.site.tables(asked)
        return self.named(self.config.sources, {ga4.SOURCES: "sessions"}, tables)

    async def top_sources(self) -> Batch:
        asked = report([self.window], ["sessions"], "sessionSource") | {
            "orderBys": [{"metric": {"metricName": "sessions"}, "desc": True}],
            "limit": str(_TOP),
        }
        table = parse_table(await self.site.one(asked))
        values = {part(row, "sessionSource"): number(row, "sessions") for row in table.rows}
        return _batch(ga4.parse_window(ga4.TOP_SOURCES, values, self.closed, self.span), [table])

    async def pages(self) -> Batch:
        groups = self.config.pages
        viewed = report([self.seen], ["screenPageViews", "userEngagementDuration"], "date")
        began = report([self.seen], ["sessions", "engagedSessions"], "date")
        paths = report([self.window], ["screenPageViews"], "pagePath") | {"limit": "1"}
        views = await self.site.tables([matching(viewed, "pagePath", one) for one in groups.values()])
        entries = await self.site.tables([matching(began, "landingPage", one) for one in groups.values()])
        asked = [matching(paths, "pagePath", one) for one in groups.values()]
        different = await self.site.tables(asked, is_whole=False)
        counts = {name: float(table.total) for name, table in zip(groups, different, strict=True)}
        found = self.named(
            groups, {ga4.PAGE_VIEWS: "screenPageViews", ga4.PAGE_SECONDS: "userEngagementDuration"}, views
        )
        landed = self.named(groups, {ga4.ENTRIES: "sessions", ga4.BOUNCES: "bounces"}, entries)
        samples = [*found.samples, *landed.samples]
        for name, seen, entered in zip(groups, views, entries, strict=True):
            samples += ga4.parse_time(name, seen, self.span)
            samples += ga4.parse_entries(name, entered, self.span)
        known = {name: value for name, value in counts.items() if value}
        samples += ga4.parse_window(ga4.VIEWED_PAGES, known, self.closed, self.span)
        return Batch(tuple(samples), notes=found.notes)

    async def events(self) -> Batch:
        named = self.config.events
        asked = among(
            report([self.seen], ["eventCount"], "date", "eventName"), "eventName", {*named.values()}
        )
        (table,) = await self.site.tables([asked])
        tables = [
            replace(table, rows=tuple(row for row in table.rows if part(row, "eventName") == event))
            for event in named.values()
        ]
        return self.named(named, {ga4.EVENTS: "eventCount"}, tables)

    @property
    def seen(self) -> tuple[date, date]:
        return self.days[0] - _SEEN, self.days[-1]

    @property
    def window(self) -> tuple[date, date]:
        return self.closed - timedelta(days=ga4.WINDOW - 1), self.closed

    def named(self, names: Iterable[str], metrics: Mapping[Metric, str], tables: list[Table]) -> Batch:
        """One table for each name; a name of which nothing was seen is told, and counts nothing."""
        samples: list[Sample] = []
        for name, table in zip(names, tables, strict=True):
            for metric, key in metrics.items():
                counts = {(name, day_in(row)): _value(row, key) for row in table.rows}
                samples += self.flow(metric, counts, [table])
        nothing = [name for name, table in zip(names, tables, strict=True) if not table.rows]
        notes = [f"nothing was seen of {name} in four weeks: check what it stands for" for name in nothing]
        return _batch(samples, tables, notes)

    def flow(
        self, metric: Metric, counts: Mapping[tuple[str, date], float], tables: list[Table]
    ) -> Iterable[Sample]:
        is_whole = not any(one.doubts for one in tables)
        return ga4.parse_flow(metric, counts, self.reported if is_whole else (), self.span)


def _value(row: Mapping[str, str], key: str) -> float:
    if key == "bounces":
        return number(row, "sessions") - number(row, "engagedSessions")
    return number(row, key)


def _batch(samples: Iterable[Sample], tables: Iterable[Table], notes: Iterable[str] = ()) -> Batch:
    doubts = dict.fromkeys(f"Google Analytics: {one}" for table in tables for one in table.doubts)
    return Batch(tuple(samples), notes=(*notes, *doubts))


async def _yesterday(found: Property) -> Any:
    asked = {
        "dateRanges": [{"startDate": "yesterday", "endDate": "yesterday"}],
        "metrics": [{"name": "totalUsers"}],
    }
    return await found.one(asked)


def _zone(answer: Any) -> ZoneInfo:
    name = text(answer, "metadata", "timeZone")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UnexpectedResponse("the property's time zone is unknown", hint="Update tzdata.") from None


async def _property(config: Config, client: Client) -> Property:
    api = await google_api(
        client, config.base_url, GOOGLE, lambda: service_key(config.credentials, GOOGLE.scope)
    )
    return Property(api, config.property)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one property, in days of its own zone."""
    found = await _property(config, client)
    zone = _zone(await _yesterday(found))
    since = span.since or span.now - USUAL_WINDOW
    batch = await collect_parts(Reader(config, found, replace(span, zone=zone, since=since)).parts())
    return replace(batch, notes=tuple(dict.fromkeys(batch.notes)))


async def probe(config: Config, client: Client) -> str:
    """Yesterday's visitors."""
    answer = await _yesterday(await _property(config, client))
    table = parse_table(answer)
    said = f"{number(table.rows[0], 'totalUsers'):,.0f} visitors" if table.rows else "nothing reported"
    return f"property {config.property} ({_zone(answer)}), {said} yesterday"


ABOUT = About(
    title="Google Analytics 4",
    measures="visitors, sessions, engagement, channels, sources, pages, events",
    example={
        "property": "123456789",
        "credentials": "${GOOGLE_APPLICATION_CREDENTIALS}",
        "pages": {"docs": "^/docs", "blog": "^/blog/.", "pricing": "^/pricing"},
        "events": {"signups": "sign_up", "demo_requests": "generate_lead"},
    },
    credentials=(
        Credential(
            "credentials",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "a service account's JSON key or its path; the account is a Viewer of the property",
            "https://console.cloud.google.com/iam-admin/serviceaccounts",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="discovery document analyticsdata v1beta",
)

COLLECTOR = Collector(
    "ga4",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=timedelta(days=3),
    chunk=timedelta(days=30),
    probe=probe,
    about=ABOUT,
)
