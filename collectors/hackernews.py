"""Hacker News: stories and comments that speak of a brand, beside others, and what is on its front page.

Endpoint: Algolia's `/search_by_date`, in windows of time with at most 1,000 hits each; `/search` with the tag
    front_page.
Auth: none.
Rate limit: 10,000 requests an hour for an address.
Freshness: within minutes; deletions and votes move past days a little, so a week is read anew. Back to 2006.
Docs: https://hn.algolia.com/api

The search forgives misspellings, so each hit is held against the words again: a mention is a text that has
the whole name, in any case, as words of their own. Days are the company's own. Rules may match the words of
one's own mentions; points are votes and tell no reach.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field, model_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Part,
    Span,
    address,
    collect_parts,
)
from collectors.conversation import compared, told_apart
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.mentions import Mention, mentions, worded
from collectors.payload import number, part, rows, text
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=1)
VOTES_SETTLE_AFTER = timedelta(days=7)
USUAL = timedelta(days=7)
_CAP = 1000
"""Hits that can be reached: a page behind them says that there are none."""
_TYPES = ("story", "comment")
_PACE = Pace(10_000, 3600)

MENTIONS = Metric(
    "hackernews.mentions",
    "mentions",
    Kind.FLOW,
    "stories and comments of a day that name the brand",
    ("type",),
)
BRANDS = Metric(
    "hackernews.brand_mentions",
    "mentions",
    Kind.FLOW,
    "stories and comments of a day that name each compared brand, one's own among them",
    ("brand", "type"),
)
POINTS = Metric(
    "hackernews.points", "points", Kind.FLOW, "points by now of the stories of a day that name the brand"
)
FRONT_PAGE = Metric(
    "hackernews.front_page",
    "stories",
    Kind.LEVEL,
    "stories on the front page that name the brand",
    is_snapshot=True,
)
FRONT_POINTS = Metric(
    "hackernews.front_page_points",
    "points",
    Kind.LEVEL,
    "points of the stories on the front page that name the brand",
    is_snapshot=True,
)
METRICS = (MENTIONS, BRANDS, POINTS, FRONT_PAGE, FRONT_POINTS)

Name = Annotated[str, Field(min_length=2, max_length=100, pattern=r'^[^"]*\w[^"]*$')]


class Config(CollectorConfig):
    """Which names are looked for."""

    collector: Literal["hackernews"] = "hackernews"
    brand: Name = Field(description="the name to look for, as people write it")
    competitors: tuple[Name, ...] = Field(default=(), max_length=20, description="names to compare with")
    base_url: Annotated[str, address("https://hn.algolia.com/api/v1")] = "https://hn.algolia.com/api/v1"

    @model_validator(mode="after")
    def _can_compare(self) -> Config:
        told_apart(self.brand, self.competitors)
        return self


@dataclass(slots=True)
class Reader:
    """One run. `asked` guards against a window that no splitting makes small enough; `found` are the hits
    that name one's own brand."""

    config: Config
    api: Api
    span: Span
    most: int
    asked: int = 0
    found: list[Mapping[str, Any]] = field(default_factory=list)

    async def mentions(self) -> Batch:
        batch = await compared(self.config.brand, self.config.competitors, self.heard, BRANDS)
        brand = self.config.brand
        return replace(batch, mentions=mentions(self.found, lambda one: parse_mention(one, brand)))

    async def heard(self, brand: str) -> list[Sample]:
        """Mentions a day; the points of one's own stories with them."""
        days = self.span.days(USUAL)
        if not days:
            return []
        start, end = self.span.start_of(days[0]), self.span.start_of(days[-1] + timedelta(days=1))
        hits = await self._hits(brand, int(start.timestamp()), int(end.timestamp()))
        found = [one for one in hits if names(brand, one)]
        if brand == self.config.brand:
            self.found = found
        return list(parse_mentions(found, days, self.span))

    async def points(self) -> Batch:
        days = self.span.days(USUAL)
        if not days:
            return Batch()
        start, end = self.span.start_of(days[0]), self.span.start_of(days[-1] + timedelta(days=1))
        hits = await self._hits(self.config.brand, int(start.timestamp()), int(end.timestamp()), "story")
        found = [one for one in hits if names(self.config.brand, one)]
        return Batch(tuple(parse_points(found, days, self.span)))

    async def _hits(
        self, brand: str, start: int, end: int, tags: str = "(story,comment)"
    ) -> Sequence[Mapping[str, Any]]:
        """All hits in a window of seconds; one that holds more than can be reached is read in halves."""
        self.asked += 1
        if self.asked > self.most:
            raise UnexpectedResponse("Hacker News names this too often", hint="Read a shorter span.")
        params: dict[str, str | int] = {
            "query": f'"{brand}"',
            "tags": tags,
            "numericFilters": f"created_at_i>={start},created_at_i<{end}",
            "hitsPerPage": _CAP,
            "advancedSyntax": "true",
        }
        page = await self.api.get_json("/search_by_date", params)
        hits, total = list(rows(page, "hits")), number(page, "nbHits")
        if total == len(hits) < _CAP and part(page, "exhaustiveNbHits") is True:
            return hits
        if end - start < 2 or not total:
            raise UnexpectedResponse("Hacker News told of other hits than it has", hint="It is asked again.")
        middle = (start + end) // 2
        return [*await self._hits(brand, start, middle, tags), *await self._hits(brand, middle, end, tags)]

    async def front_page(self) -> Batch:
        page = await self.api.get_json("/search", {"tags": "front_page", "hitsPerPage": 100})
        stories = list(rows(page, "hits"))
        if not stories:
            raise UnexpectedResponse("the front page is empty", hint="Algolia is behind; it is asked again.")
        found = [one for one in stories if names(self.config.brand, one)]
        points = sum(number(one, "points") for one in found)
        return Batch(
            (
                Sample(FRONT_PAGE.name, self.span.now, len(found)),
                Sample(FRONT_POINTS.name, self.span.now, points),
            )
        )


def names(brand: str, hit: Mapping[str, Any]) -> bool:
    """Whether a text of the hit has the whole name: Algolia also finds what is nearly it."""
    texts = (hit.get(key) for key in ("title", "url", "story_text", "comment_text"))
    # A comment carries its story's title as `story_title`: that names nothing.
    words = r"\s+".join(map(re.escape, brand.split()))
    wanted = rf"(?<!\w){words}(?!\w)"
    return any(re.search(wanted, _plain(one), re.IGNORECASE) for one in texts if isinstance(one, str))


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


def parse_mentions(found: Sequence[Mapping[str, Any]], days: Sequence[date], span: Span) -> Iterator[Sample]:
    """Mentions a day and type; the search covers each day, so that none is a zero."""
    count = Counter((_day(one, span), _type(one)) for one in found)
    for day in days:
        for kind in _TYPES:
            at, settled = span.start_of(day), span.is_settled(day, SETTLES_AFTER)
            yield Sample(MENTIONS.name, at, count[day, kind], labels({"type": kind}), settled)


def parse_points(found: Sequence[Mapping[str, Any]], days: Sequence[date], span: Span) -> Iterator[Sample]:
    """Points of the stories of each day."""
    total = dict.fromkeys(days, 0.0)
    for one in found:
        day = _day(one, span)
        if day in total:
            total[day] += number(one, "points")
    for day, points in total.items():
        yield Sample(
            POINTS.name, span.start_of(day), points, settled=span.is_settled(day, VOTES_SETTLE_AFTER)
        )


def parse_mention(hit: Mapping[str, Any], brand: str) -> Mention:
    """A story or comment as a text; the address is that of its discussion."""
    known = text(hit, "objectID")
    said = worded(hit.get("title"), hit.get("story_text") or hit.get("comment_text"))
    url = f"https://news.ycombinator.com/item?id={quote(known)}"
    return Mention("mention", _written_at(hit), said, known, url, brand, "news.ycombinator.com")


def _day(hit: Mapping[str, Any], span: Span) -> date:
    return day_of(_written_at(hit), span.zone)


def _written_at(hit: Mapping[str, Any]) -> datetime:
    seconds = number(hit, "created_at_i")
    if not 0 < seconds < 4e9:
        raise UnexpectedResponse("created_at_i is no time", hint="Algolia may have changed it.")
    return datetime.fromtimestamp(seconds, UTC)


def _type(hit: Mapping[str, Any]) -> str:
    tags = part(hit, "_tags")
    kinds = [one for one in _TYPES if isinstance(tags, list) and one in tags]
    if len(kinds) != 1:
        raise UnexpectedResponse("a hit is neither story nor comment", hint="Algolia may have changed it.")
    return kinds[0]


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read mentions, points and the front page."""
    reader = Reader(config, _api(config, client), span, client.policy.pages * 5)
    spoken = (MENTIONS.name, BRANDS.name) if config.competitors else (MENTIONS.name,)
    return await collect_parts(
        (
            Part("mentions", spoken, reader.mentions),
            Part("points", (POINTS.name,), reader.points),
            Part("front page", (FRONT_PAGE.name, FRONT_POINTS.name), reader.front_page),
        )
    )


async def probe(config: Config, client: Client) -> str:
    """How many stories and comments Algolia knows for the name, misspelt ones among them."""
    params: dict[str, str | int] = {
        "query": f'"{config.brand}"',
        "tags": "(story,comment)",
        "hitsPerPage": 1,
        "advancedSyntax": "true",
    }
    found = await _api(config, client).get_json("/search_by_date", params)
    return f"about {number(found, 'nbHits'):,.0f} stories and comments name {config.brand}"


def _api(config: Config, client: Client) -> Api:
    return client.at(config.base_url, Access(pace=_PACE))


ABOUT = About(
    title="Hacker News",
    measures="mentions in stories and comments, share of voice, points, front page",
    example={"brand": "Acme DB", "competitors": ["Other DB"]},
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "hackernews",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=timedelta(days=7),
    chunk=timedelta(days=31),
    probe=probe,
    about=ABOUT,
)
