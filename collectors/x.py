"""X, once Twitter: followers, how often a brand is spoken of beside others, and what one's own posts reach.

Endpoint: `/2/users/by/username/{name}`, `/2/tweets/counts/recent` (beyond a week back `/counts/all`) for each
    query, with the keys of a user `/2/users/{id}/tweets` and `/2/tweets/analytics`, and with `read_mentions`
    `/2/tweets/search/recent`, for what others write: so many posts a run, each paid for.
Auth: `token`, the app's bearer token. Impressions need `user`: the app's key and secret, and the access token
    and secret of the account whose posts they are.
Rate limit: 300 requests in 15 minutes; besides, every answer is paid for from prepaid credits. Each request
    is booked on `budget` before it is sent, and not sent where it no longer fits.
Freshness: followers of the moment. X's days are UTC days; a count settles within a day, impressions in three.
    The engagement rate stands at the last second of its day and is told once that is over.
Docs: https://docs.x.com/x-api/posts/counts/introduction, https://docs.x.com/x-api/getting-started/pricing,
    https://docs.x.com/x-api/posts/get-post-analytics

Counts are X's own, before its filter of deleted posts: they are not what a search shows. Since 4 May 2026
plain reposts are not counted for words, so a series has a break there. Impressions of a day are those of
posts that are at most 27 days older. Where X calls posts tweets, both names are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from collectors.answers import Answer, hinted
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
from collectors.conversation import compared, told_apart
from collectors.faults import AuthFailed, CollectorFault, RateLimited, UnexpectedResponse
from collectors.http import Access, Budget, Pace
from collectors.mentions import mentions
from collectors.payload import moment, number, part, rows, text
from collectors.x_posts import ENGAGEMENTS, IMPRESSIONS, RATE, Posts, Prices, UserKeys, parse_post
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(days=1)
USUAL = timedelta(days=3)
_RECENT_DAYS = 6
"""Days before today that the cheaper count still knows whole."""
_LAG = timedelta(seconds=30)
"""X takes no end of a count that is nearer than ten seconds."""
_PACE = Pace(300, 900)
_FEWEST = 10

FOLLOWERS = Metric("x.followers", "followers", Kind.LEVEL, "followers of the account", is_snapshot=True)
POSTS = Metric("x.posts", "posts", Kind.LEVEL, "posts of the account, reposts among them", is_snapshot=True)
LISTED = Metric("x.listed", "lists", Kind.LEVEL, "lists that hold the account", is_snapshot=True)
MENTIONS = Metric("x.mentions", "mentions", Kind.FLOW, "posts of a day that the own query finds")
BRANDS = Metric(
    "x.brand_mentions",
    "mentions",
    Kind.FLOW,
    "posts of a day that the query of each compared brand finds, one's own among them",
    ("brand",),
)
METRICS = (FOLLOWERS, POSTS, LISTED, MENTIONS, BRANDS, IMPRESSIONS, ENGAGEMENTS, RATE)

_PROFILE = {
    FOLLOWERS: ("followers_count",),
    POSTS: ("post_count", "tweet_count"),
    LISTED: ("listed_count",),
}
_HINTS = {
    401: "Set a new token: the console of X gives it under Keys and tokens.",
    402: "No credits are left: buy some in the console of X. Nothing is counted until then.",
    403: "The app may not ask this: put it into a project of X's console that pays per use.",
    404: "Check username: it is the name behind the @.",
}


class Config(CollectorConfig):
    """Which account and which words are read, and what that may cost."""

    collector: Literal["x"] = "x"
    username: str = Field(pattern=r"^[A-Za-z0-9_]{1,15}$", description="the account's name, without @")
    token: SecretStr
    user: UserKeys | None = None
    brand: str = Field(default="", description="the own name in a comparison; else the username")
    query: str = Field(default="", max_length=512, description="what counts as a mention; else the @name")
    competitors: dict[str, Annotated[str, Field(min_length=1, max_length=512)]] = Field(
        default={}, description="the query of each brand to compare with, by its name"
    )
    budget: Decimal = Field(default=Decimal(10), ge=0, description="$ a month that may be spent")
    read_mentions: int = Field(
        default=0, ge=0, le=100, description="others' posts to read a run, for alerts; each is paid for"
    )
    prices: Prices = Prices()
    base_url: Annotated[str, address("https://api.x.com")] = "https://api.x.com"

    @model_validator(mode="after")
    def _can_compare(self) -> Config:
        told_apart(self.own, self.competitors)
        return self

    @property
    def own(self) -> str:
        return self.brand or self.username

    def query_of(self, brand: str) -> str:
        if brand != self.own:
            return self.competitors[brand]
        return self.query or f"@{self.username} -from:{self.username}"


@dataclass(slots=True)
class Reader:
    """One run. X's days are UTC days, whatever the zone of the company."""

    config: Config
    client: Client
    span: Span
    account: Any = None

    def parts(self) -> tuple[Part, ...]:
        counted = (MENTIONS.name, BRANDS.name)
        parts: tuple[Part, ...] = (
            Part("profile", tuple(one.name for one in _PROFILE), self.profile),
            Part("mentions", counted if self.config.competitors else counted[:1], self.mentions),
        )
        if self.config.read_mentions and self.span.last_day == self.span.today:
            parts = (*parts, Part("texts", (), self.texts))
        if self.config.user is None:
            return parts
        return (*parts, Part("posts", (IMPRESSIONS.name, ENGAGEMENTS.name, RATE.name), self.posts))

    async def get(self, path: str, params: dict[str, str], price: Decimal) -> Any:
        """The JSON of an answer that is paid for."""
        await self.client.spend(budget_of(self.config), price)
        access = Access(token=self.config.token, pace=_PACE, fault=refusal)
        return await self.client.at(self.config.base_url, access).get_json(path, params)

    async def whose(self) -> Any:
        """The account, read and paid for once a run."""
        if self.account is None:
            path = f"/2/users/by/username/{self.config.username}"
            found = await self.get(path, {"user.fields": "public_metrics"}, self.config.prices.user)
            self.account = part(found, "data")
        return self.account

    async def profile(self) -> Batch:
        told = part(await self.whose(), "public_metrics")
        now = self.span.now
        return Batch(tuple(Sample(one.name, now, either(told, *names)) for one, names in _PROFILE.items()))

    async def mentions(self) -> Batch:
        return await compared(self.config.own, self.config.competitors, self.count, BRANDS)

    async def count(self, brand: str) -> list[Sample]:
        """Posts a day that one brand's query finds; X tells of days without any as well."""
        days = self.span.days(USUAL)
        if not days:
            return []
        since, until = self.span.start_of(days[0]), self.span.start_of(days[-1] + timedelta(days=1))
        is_recent = days[0] >= self.span.today - timedelta(days=_RECENT_DAYS)
        path = f"/2/tweets/counts/{'recent' if is_recent else 'all'}"
        price = self.config.prices.counts_recent if is_recent else self.config.prices.counts_all
        params = {"query": self.config.query_of(brand), "granularity": "day", "start_time": stamp(since)}
        if until <= self.span.now - _LAG:
            params["end_time"] = stamp(until)
        samples: list[Sample] = []
        for _ in range(self.client.policy.pages):
            found = await self.get(path, params, price)
            samples += [self._counted(one) for one in rows(found, "data")]
            following = _next(part(found, "meta"))
            if not following:
                return [one for one in samples if since <= one.at < until]
            params["next_token"] = following
        raise UnexpectedResponse("X's counts go on for too many pages", hint="Read a shorter span.")

    def _counted(self, bucket: Any) -> Sample:
        at = moment(bucket, "start")
        if at != at.replace(hour=0, minute=0, second=0, microsecond=0):
            raise UnexpectedResponse("a day's count starts at no midnight", hint="X may have changed it.")
        settled = self.span.is_settled(at.date(), SETTLES_AFTER)
        return Sample(MENTIONS.name, at, either(bucket, "post_count", "tweet_count"), settled=settled)

    async def texts(self) -> Batch:
        """What others write, the most relevant of the last day; X gives no fewer than ten."""
        config = self.config
        most = max(config.read_mentions, _FEWEST)
        params = {
            "query": config.query_of(config.own),
            "start_time": stamp(self.span.now - timedelta(days=1)),
            "max_results": str(most),
            "sort_order": "relevancy",
            "tweet.fields": "public_metrics",
        }
        found = await self.get("/2/tweets/search/recent", params, config.prices.post * most)
        posts = rows(found, "data") if number(found, "meta", "result_count") > 0 else ()
        return Batch(mentions=mentions(posts, lambda one: parse_post(one, "mention", config.own)))

    async def posts(self) -> Batch:
        config = self.config
        assert config.user is not None  # the part is there only then
        account = text(await self.whose(), "id")
        reader = Posts(config.user, config.prices, config.base_url, self.client, budget_of(config), refusal)
        return await reader.read(account, self.span)


def _next(meta: Any) -> str:
    """Where the next page starts; empty at the end."""
    if not isinstance(meta, Mapping):
        raise UnexpectedResponse("meta is no object", hint="X may have changed its pages.")
    return text(meta, "next_token") if meta.get("next_token") is not None else ""


def either(found: Any, *names: str) -> float:
    """The number under whichever of its names is there: X's description and X's examples disagree."""
    name = next((one for one in names if isinstance(found, dict) and one in found), names[0])
    return number(found, name)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def budget_of(config: Config) -> Budget:
    """One budget for all sources of one app."""
    app = sha256(config.token.get_secret_value().encode()).hexdigest()[:12]
    return Budget(f"x/{app}", config.budget, "$")


def refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    """X's own refusals: no credits, and errors that stand in a 200 beside or instead of data."""
    if answer.status == 402:
        return RateLimited("X's prepaid credits are used up", hint=_HINTS[402], status=402)
    return hinted(answer, now, _HINTS) or _inner(answer)


def _inner(answer: Answer) -> CollectorFault | None:
    if b'"errors"' not in answer.body:
        return None
    body = answer.json()
    errors = body.get("errors") if isinstance(body, dict) else None
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    said, kind = str(first.get("title", "an error"))[:100], str(first.get("type", ""))
    if "not-authorized" in kind or "unauthorized" in kind:
        return AuthFailed(f"X answered 200 with errors: {said}", hint=_HINTS[403], status=200)
    hint = _HINTS[404] if "not-found" in kind else "Parts may be missing, so none of it is used."
    return UnexpectedResponse(f"X answered 200 with errors: {said}", hint=hint, status=200)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the profile, the counts and, with a user's keys, the posts."""
    return await collect_parts(Reader(config, client, replace(span, zone=ZoneInfo("UTC"))).parts())


async def probe(config: Config, client: Client) -> str:
    """How many follow the account; costs one user read."""
    account = await Reader(config, client, Span(client.now(), None, ZoneInfo("UTC"))).whose()
    return f"@{config.username}, {number(account, 'public_metrics', 'followers_count'):,.0f} followers"


ABOUT = About(
    title="X (Twitter)",
    measures="followers, posts, mentions, share of voice, impressions, engagement rate",
    example={
        "username": "acme",
        "token": "${X_BEARER_TOKEN}",
        "query": '"acme db" -from:acme',
        "competitors": {"Other": '"other db" -from:otherdb'},
        "budget": 10,
    },
    credentials=(
        Credential(
            "token",
            "X_BEARER_TOKEN",
            "the app's bearer token; the app's account holds prepaid credits",
            "https://console.x.com",
        ),
        *(
            Credential(
                f"user.{setting}",
                variable,
                f"for impressions: {scope}",
                "https://console.x.com",
                is_required=False,
            )
            for setting, variable, scope in (
                ("api_key", "X_API_KEY", "the app's key"),
                ("api_key_secret", "X_API_KEY_SECRET", "the app's secret"),
                ("access_token", "X_ACCESS_TOKEN", "the account's token, read only"),
                ("access_token_secret", "X_ACCESS_TOKEN_SECRET", "the secret of the account's token"),
            )
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "x",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(days=1),
    rereads=timedelta(days=3),
    chunk=timedelta(days=31),
    forgets_after=timedelta(days=3),
    forgotten=(IMPRESSIONS.name, ENGAGEMENTS.name, RATE.name),
    probe=probe,
    about=ABOUT,
)
