"""Google Search Console: clicks, impressions and position in Google Search, and searches for the brand.

Endpoint: POST `/webmasters/v3/sites/{site}/searchAnalytics/query`: one question for the totals, one for
    the brand and one for comparisons with competitors.
Auth: `credentials`, a service account's key; its e-mail address is a user of the property, restricted
    is enough.
Rate limit: 1,200 questions a minute for a site; a used-up load quota is asked again after 15 minutes.
Freshness: final days only, two to three days late; four days are read again. Back-fill reaches 16 months.
Docs: https://developers.google.com/webmaster-tools/v1/searchanalytics/query,
    https://developers.google.com/webmaster-tools/limits

Days are Pacific time: an amount stands at the start of its day there, position and click rate at its last
second. Searches are impressions: somebody searched, and saw the site among the results. Google never names
rare queries, so the brand's and the comparisons' figures are too low rather than too high. It leaves out days
without data: on a day that the totals have, a brand without a row was searched by nobody whom Google tells
of, and counts zero.
`brand` and `comparison` are regular expressions (RE2, anywhere in the query, in small letters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

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
from collectors.faults import AuthFailed, UnexpectedResponse
from collectors.google import GoogleConfig, Service, google_api, service_key
from collectors.http import Api, Pace
from collectors.of_day import Days
from collectors.payload import number, part, rows, text
from kpi.metric import Kind, Metric, Sample

PACIFIC = ZoneInfo("America/Los_Angeles")
SETTLES_AFTER = timedelta(days=3)
_TOLD_AFTER = timedelta(days=4)  # three days until a day is final, and one until the next is
USUAL_WINDOW = timedelta(days=30)
ROWS = 25_000  # the most that one answer holds
_SITE = re.compile(r"sc-domain:[^/\s]+|https?://[^\s?#]+/")

GOOGLE = Service(
    "Google Search Console API",
    "https://www.googleapis.com/auth/webmasters.readonly",
    "Add the service account's e-mail address as a user of the property in Search Console, and check site.",
    Pace(requests=1200, seconds=60, at_once=4),
    lambda _: timedelta(minutes=15),
)


def _metric(name: str, unit: str, kind: Kind, description: str) -> Metric:
    return Metric(f"searchconsole.{name}", unit, kind, description)


def _late(name: str, unit: str, description: str) -> Metric:
    """A figure of a day's end that is the newest for as long as Google takes to tell the next."""
    return replace(_metric(name, unit, Kind.RATIO, description), every=_TOLD_AFTER)


CLICKS = _metric("clicks", "clicks", Kind.FLOW, "clicks from Google Search on a day")
IMPRESSIONS = _metric("impressions", "searches", Kind.FLOW, "searches of a day that showed the site")
POSITION = _late("position", "", "average place of the site among a day's results, 1 is the first")
CTR = _late("click_rate", "ratio", "clicks for each search of a day that showed the site")
BRAND_CLICKS = _metric("brand_clicks", "clicks", Kind.FLOW, "clicks of a day from searches for the brand")
BRAND = _metric(
    "brand_searches", "searches", Kind.FLOW, "searches of a day for the brand that showed the site"
)
COMPARISON_CLICKS = _metric(
    "comparison_clicks", "clicks", Kind.FLOW, "clicks of a day from searches that compare with competitors"
)
COMPARISONS = _metric(
    "comparison_searches", "searches", Kind.FLOW, "searches of a day that compare with competitors"
)
TOTALS = (CLICKS, IMPRESSIONS, POSITION, CTR)
METRICS = (*TOTALS, BRAND_CLICKS, BRAND, COMPARISON_CLICKS, COMPARISONS)


class Config(GoogleConfig):
    """Which property is read, and which searches are the brand's."""

    collector: Literal["searchconsole"] = "searchconsole"
    site: str = Field(description="sc-domain:acme.dev, or https://acme.dev/ as Search Console writes it")
    brand: str = Field("", description="regular expression of searches for the brand: acme|akme")
    comparison: str = Field("", description=r"regular expression of comparisons: acme (vs|versus) |vs acme")
    search: Literal["web", "image", "video", "news"] = "web"
    base_url: Annotated[str, address("https://searchconsole.googleapis.com")] = (
        "https://searchconsole.googleapis.com"
    )

    @field_validator("site")
    @classmethod
    def _is_a_property(cls, value: str) -> str:
        if not _SITE.fullmatch(value):
            raise ValueError(f'"{value}" is no property: write sc-domain:acme.dev or https://acme.dev/')
        return value

    @field_validator("brand", "comparison")
    @classmethod
    def _is_an_expression(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from None
        return value


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one property; `span` is in Pacific time."""

    config: Config
    api: Api
    span: Span
    reported: set[date] = field(default_factory=set)  # the days that have data, once the totals are read

    def parts(self) -> tuple[Part, ...]:
        named = (
            ("brand", self.config.brand, BRAND_CLICKS, BRAND),
            ("comparison", self.config.comparison, COMPARISON_CLICKS, COMPARISONS),
        )
        totals = Part("totals", tuple(one.name for one in TOTALS), self.totals)
        return (
            totals,
            *(
                Part(name, (clicks.name, searches.name), partial(self.matching, expression, clicks, searches))
                for name, expression, clicks, searches in named
                if expression
            ),
        )

    async def totals(self) -> Batch:
        found = await self.rows()
        self.reported.update(map(day_in, found))
        return Batch(tuple(parse_totals(found, self.span)))

    async def matching(self, expression: str, clicks: Metric, searches: Metric) -> Batch:
        found = await self.rows(expression)
        return Batch(tuple(parse_matching(clicks, searches, found, self.reported, self.span)))

    async def rows(self, expression: str = "") -> list[dict[str, Any]]:
        """A row for each day that has data, of all searches or of those that match."""
        days = self.span.days(USUAL_WINDOW)
        asked: dict[str, Any] = {
            "startDate": days[0].isoformat(),
            "endDate": days[-1].isoformat(),
            "dimensions": ["date"],
            "type": self.config.search,
            "dataState": "final",
            "rowLimit": ROWS,
            "startRow": 0,
        }
        if expression:
            match = {"dimension": "query", "operator": "includingRegex", "expression": expression}
            asked["dimensionFilterGroups"] = [{"filters": [match]}]
        found: list[dict[str, Any]] = []

        def following(page: Any) -> Any | None:
            some = parse_rows(page)
            found.extend(some)
            return asked | {"startRow": len(found)} if len(some) >= ROWS else None

        async for _ in self.api.walk_posts(
            f"{site_path(self.config)}/searchAnalytics/query", asked, following
        ):
            pass
        return found


def parse_rows(page: Any) -> list[dict[str, Any]]:
    """The rows of an answer, which has none at all where there is no data."""
    if not isinstance(page, Mapping):
        raise UnexpectedResponse("the answer is no object", hint="The vendor may have changed its API.")
    return list(rows({"rows": [], **page}, "rows"))


def day_in(row: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(text(row, "keys", 0))
    except ValueError:
        raise UnexpectedResponse("keys.0 is not a day", hint="The vendor may have changed its API.") from None


def parse_totals(found: list[dict[str, Any]], span: Span) -> Iterator[Sample]:
    """All searches of each day. Where there were none there is no position."""
    for row in found:
        clicks, searches = number(row, "clicks"), number(row, "impressions")
        yield from _sample(CLICKS, day_in(row), clicks, span)
        yield from _sample(IMPRESSIONS, day_in(row), searches, span)
        if searches > 0:
            yield from _sample(POSITION, day_in(row), number(row, "position"), span)
            yield from _sample(CTR, day_in(row), clicks / searches, span)


def parse_matching(
    clicks: Metric, searches: Metric, found: list[dict[str, Any]], days: set[date], span: Span
) -> Iterator[Sample]:
    """The searches that match, on each day that has data."""
    by_day = {day_in(row): row for row in found}
    for day in sorted(days | by_day.keys()):
        row: Mapping[str, Any] = by_day.get(day, {"clicks": 0, "impressions": 0})
        yield from _sample(clicks, day, number(row, "clicks"), span)
        yield from _sample(searches, day, number(row, "impressions"), span)


def _sample(metric: Metric, day: date, value: float, span: Span) -> Iterator[Sample]:
    return Days(span, SETTLES_AFTER).told(metric, day, value)


def site_path(config: Config) -> str:
    return f"/webmasters/v3/sites/{quote(config.site, safe='')}"


async def _api(config: Config, client: Client) -> Api:
    return await google_api(
        client, config.base_url, GOOGLE, lambda: service_key(config.credentials, GOOGLE.scope)
    )


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one property, in Pacific days."""
    return await collect_parts(
        Reader(config, await _api(config, client), replace(span, zone=PACIFIC)).parts()
    )


async def probe(config: Config, client: Client) -> str:
    """What the account may do with the property."""
    found = await (await _api(config, client)).get_json(site_path(config))
    level = str(part(found, "permissionLevel"))
    if "unverified" in level.lower():
        raise AuthFailed(f"{config.site} is not open to this account", hint=GOOGLE.grant)
    return f"{text(found, 'siteUrl')}, readable"


ABOUT = About(
    title="Google Search Console",
    measures="clicks, searches, position, searches for the brand and its comparisons",
    example={
        "site": "sc-domain:acme.dev",
        "credentials": "${GOOGLE_APPLICATION_CREDENTIALS}",
        "brand": "acme|akme",
        "comparison": "acme (vs|versus|or) |(vs|versus|or) acme",
    },
    credentials=(
        Credential(
            "credentials",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "a service account's JSON key or its path; the account is a restricted user of the property",
            "https://console.cloud.google.com/iam-admin/serviceaccounts",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="discovery document searchconsole v1",
)

COLLECTOR = Collector(
    "searchconsole",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=12),
    rereads=timedelta(days=4),
    chunk=timedelta(days=90),
    probe=probe,
    about=ABOUT,
)
