"""DEV (dev.to) or another Forem: articles with their views, reactions and comments, and followers.

Endpoint: `/articles/me/published` and `/followers/users` with a key; of an `organization` or a `username`
    `/organizations/{name}/articles` or `/articles?username=`.
Auth: `api_key`, which views and followers need; what is public is told without one.
Rate limit: three requests a second for an address; 429 names a wait.
Freshness: totals of the moment, with no past: what a month brought is the difference of two readings.
Docs: https://developers.forem.com/api/v1

Views are told of the key's owner's own articles alone: of an organization they are those of its articles that
the key's owner wrote, so they are left out there. An article that is taken down takes its numbers along.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from collectors.answers import hinted
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Span,
    address,
    collect_parts,
)
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.mentions import Mention, mentions, seen, site_of, worded
from collectors.payload import moment, number, rows, text
from kpi.metric import Kind, Metric, Sample

_ACCEPT = "application/vnd.forem.api-v1+json"
_PAGE = 100
_PACE = Pace(3, 1)


def _level(name: str, unit: str, description: str) -> Metric:
    return Metric(f"devto.{name}", unit, Kind.LEVEL, description, is_snapshot=True)


ARTICLES = _level("articles", "articles", "articles that are published")
VIEWS = _level("views", "views", "views of all own articles since they were published")
REACTIONS = _level("reactions", "reactions", "reactions to all articles so far")
COMMENTS = _level("comments", "comments", "comments on all articles so far")
FOLLOWERS = _level("followers", "followers", "people who follow the key's owner")
METRICS = (ARTICLES, VIEWS, REACTIONS, COMMENTS, FOLLOWERS)

_PUBLIC = {REACTIONS: "public_reactions_count", COMMENTS: "comments_count"}
_OWN = {**_PUBLIC, VIEWS: "page_views_count"}
_HINTS = {
    401: "Set a new api_key: DEV gives it under Settings, Extensions.",
    403: "Set a new api_key: DEV gives it under Settings, Extensions.",
    404: "Check organization or username: it is the name in the address of the page.",
}


class Config(CollectorConfig):
    """Whose articles are read: those of the key's owner, of an organization, or of a person."""

    collector: Literal["devto"] = "devto"
    api_key: SecretStr | None = None
    organization: str = Field(default="", pattern=r"^[\w-]{0,60}$", description="the name in its address")
    username: str = Field(default="", pattern=r"^\w{0,60}$", description="the name in the address")
    base_url: Annotated[str, address("https://dev.to/api")] = "https://dev.to/api"

    @model_validator(mode="after")
    def _names_somebody(self) -> Config:
        if self.organization and self.username:
            raise ValueError("name an organization or a username, not both: make it two sources")
        if not (self.organization or self.username or self.api_key):
            raise ValueError("set api_key, organization or username")
        return self

    @property
    def listing(self) -> tuple[str, Mapping[str, str | int], Mapping[Metric, str]]:
        """Path and parameters of the articles, and what is told of each."""
        if self.organization:
            return f"/organizations/{self.organization}/articles", {}, _PUBLIC
        if self.username:
            return "/articles", {"username": self.username}, _PUBLIC
        return "/articles/me/published", {}, _OWN


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one author's articles."""

    config: Config
    api: Api
    span: Span
    pages: int

    def parts(self) -> list[Part]:
        told = self.config.listing[2]
        parts = [Part("articles", (ARTICLES.name, *(one.name for one in told)), self.articles)]
        if self.config.api_key is not None:
            parts.append(Part("followers", (FOLLOWERS.name,), self.followers))
        return parts

    async def articles(self) -> Batch:
        path, params, told = self.config.listing
        found = {number(one, "id"): one async for one in self._all(path, params)}
        totals = {metric: sum(number(one, key) for one in found.values()) for metric, key in told.items()}
        totals[ARTICLES] = len(found)
        samples = tuple(Sample(metric.name, self.span.now, value) for metric, value in totals.items())
        return Batch(samples, mentions=mentions(found.values(), parse_post))

    async def followers(self) -> Batch:
        found = {number(one, "id") async for one in self._all("/followers/users", {})}
        return Batch((Sample(FOLLOWERS.name, self.span.now, len(found)),))

    async def _all(self, path: str, params: Mapping[str, str | int]) -> AsyncIterator[dict[str, Any]]:
        """Every object of a list. Forem names no next page: it ends with one that is not full."""
        for number_of_page in range(1, self.pages + 1):
            asked = {**params, "page": number_of_page, "per_page": _PAGE}
            page = list(rows(await self.api.get_json(path, asked, accept=_ACCEPT)))
            for one in page:
                yield one
            if len(page) < _PAGE:
                return
        raise UnexpectedResponse(f"{path} has more than {self.pages} pages", hint="Nothing was counted.")


def parse_post(article: Mapping[str, Any]) -> Mention:
    """An article as a text; its views are told of the key's owner's own alone."""
    name = "published_timestamp" if article.get("published_timestamp") else "published_at"
    url = str(article.get("url") or "")
    return Mention(
        "post",
        moment(article, name),
        worded(article.get("title"), article.get("description")),
        f"{number(article, 'id'):.0f}",
        url,
        site=site_of(url),
        reach=seen(article, "page_views_count"),
    )


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the articles, and with a key the followers."""
    return await collect_parts(Reader(config, _api(config, client), span, client.policy.pages * 10).parts())


async def probe(config: Config, client: Client) -> str:
    """Whose key it is; without one, how many articles the first page has."""
    if config.api_key is not None:
        found = await _api(config, client).get_json("/users/me", accept=_ACCEPT)
        return f"the key of {text(found, 'username')}"
    path, params, _ = config.listing
    page = await _api(config, client).get_json(path, {**params, "page": 1, "per_page": _PAGE}, accept=_ACCEPT)
    articles = len(list(rows(page)))
    return f"{articles} articles" if articles < _PAGE else f"{_PAGE} articles and more"


def _api(config: Config, client: Client) -> Api:
    if config.api_key is None:
        return client.at(config.base_url, Access(pace=_PACE, fault=partial(hinted, hints=_HINTS)))
    key = config.api_key.get_secret_value()
    return client.at(
        config.base_url,
        Access(headers={"api-key": key}, secrets=(key,), pace=_PACE, fault=partial(hinted, hints=_HINTS)),
    )


ABOUT = About(
    title="DEV (dev.to)",
    measures="articles, views, reactions, comments, followers",
    example={"api_key": "${DEVTO_API_KEY}"},
    credentials=(
        Credential(
            "api_key",
            "DEVTO_API_KEY",
            "a key of the author, for views and followers; Forem's keys know no smaller scope",
            "https://dev.to/settings/extensions",
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "devto",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(0),
    backfills=False,
    every=timedelta(hours=12),
    probe=probe,
    about=ABOUT,
)
