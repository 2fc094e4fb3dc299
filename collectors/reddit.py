"""Reddit: a community's subscribers and what is written there, and posts anywhere that name a brand.

Endpoint: `/r/{subreddit}/about`, `/r/{subreddit}/new` and `/r/{subreddit}/comments`; `/search` for each name.
Auth: `client_id` and `client_secret` of an app that Reddit has approved; without a user, for an hour each.
Rate limit: 100 requests a minute for an app; `x-ratelimit-reset` tells the seconds until it starts again.
Freshness: within minutes; what is deleted later falls out when days are read anew, for a week.
Docs: https://support.reddithelp.com/hc/en-us/articles/42728983564564, https://www.reddit.com/dev/api

Reddit tells the newest thousand of a list at most: days before the oldest of them are left out, not guessed.
Its search finds posts alone, and forgivingly: each is held against the name again. Who is online is a number
that Reddit took back in September 2025 and tells of some communities still. No person is looked at or kept;
of a mention its words are, for rules to match. Scores are votes and tell no reach.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from collectors.answers import Answer, fault_of
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
from collectors.faults import CollectorFault, RateLimited, UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.mentions import Mention, mentions, worded
from collectors.payload import number, part, rows, text
from collectors.tokens import granted
from collectors.waiting import retry_after
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(days=1)
USUAL = timedelta(days=3)
_PACE = Pace(100, 60)
_PAGE = 100
_CAP = 900
"""A list that ends after so many may have been cut off by Reddit, near a thousand."""

SUBSCRIBERS = Metric(
    "reddit.subscribers", "members", Kind.LEVEL, "people who joined the community", is_snapshot=True
)
ACTIVE = Metric(
    "reddit.active_users", "people", Kind.LEVEL, "people in the community now, where told", is_snapshot=True
)
POSTS = Metric("reddit.posts", "posts", Kind.FLOW, "posts of a day in the community")
COMMENTS = Metric("reddit.comments", "comments", Kind.FLOW, "comments of a day in the community")
MENTIONS = Metric("reddit.mentions", "mentions", Kind.FLOW, "posts of a day, anywhere, that name the brand")
COMMENT_MENTIONS = Metric(
    "reddit.comment_mentions", "mentions", Kind.FLOW, "comments of a day in the community that name the brand"
)
BRANDS = Metric(
    "reddit.brand_mentions",
    "mentions",
    Kind.FLOW,
    "posts of a day, anywhere, that name each compared brand, one's own among them",
    ("brand",),
)
METRICS = (SUBSCRIBERS, ACTIVE, POSTS, COMMENTS, MENTIONS, COMMENT_MENTIONS, BRANDS)

Name = Annotated[str, Field(min_length=2, max_length=100, pattern=r'^[^"]*\w[^"]*$')]
_HINTS = {
    401: "Check client_id and client_secret: https://www.reddit.com/prefs/apps shows them.",
    403: "Reddit has to approve the app, and the community must not be private.",
    404: "Check subreddit: it is the name behind r/.",
}


class Config(CollectorConfig):
    """Which community and which names are read, as which app."""

    collector: Literal["reddit"] = "reddit"
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    user_agent: str = Field(
        default="python:kpi-bot:0.1 (KPI collector)",
        pattern=r"^[ -~]{10,200}$",
        description="names app and contact",
    )
    subreddit: str = Field(default="", pattern=r"^(\w{2,50})?$", description="the community, without r/")
    brand: Name | None = Field(default=None, description="the name to look for, as people write it")
    competitors: tuple[Name, ...] = Field(default=(), max_length=20, description="names to compare with")
    base_url: Annotated[str, address("https://oauth.reddit.com")] = "https://oauth.reddit.com"
    sign_in_url: Annotated[str, address("https://www.reddit.com")] = "https://www.reddit.com"

    @model_validator(mode="after")
    def _has_something_to_read(self) -> Config:
        if not self.subreddit and self.brand is None:
            raise ValueError("name a subreddit, a brand, or both")
        if self.competitors and self.brand is None:
            raise ValueError("competitors are compared with a brand: name it")
        if self.brand is not None:
            told_apart(self.brand, self.competitors)
        return self


@dataclass(slots=True)
class Reader:
    """One run. `found` are the posts anywhere that name one's own brand."""

    config: Config
    api: Api
    span: Span
    found: list[Mapping[str, Any]] = field(default_factory=list)

    def parts(self) -> list[Part]:
        parts = []
        if self.config.subreddit:
            parts.append(Part("community", (SUBSCRIBERS.name, ACTIVE.name), self.community))
            parts.append(Part("posts", (POSTS.name,), self.posts))
            spoken = (COMMENTS.name, COMMENT_MENTIONS.name) if self.config.brand else (COMMENTS.name,)
            parts.append(Part("comments", spoken, self.comments))
        if self.config.brand is not None:
            heard = (MENTIONS.name, BRANDS.name) if self.config.competitors else (MENTIONS.name,)
            parts.append(Part("mentions", heard, self.mentions))
        return parts

    async def community(self) -> Batch:
        about = part(await self.api.get_json(f"/r/{self.config.subreddit}/about"), "data")
        samples = [Sample(SUBSCRIBERS.name, self.span.now, number(about, "subscribers"))]
        if about.get("active_user_count") is not None:
            samples.append(Sample(ACTIVE.name, self.span.now, number(about, "active_user_count")))
        return Batch(tuple(samples))

    async def posts(self) -> Batch:
        found, days = await self._listed(f"/r/{self.config.subreddit}/new", {})
        return Batch(tuple(parse_days(POSTS, found, days, self.span)))

    async def comments(self) -> Batch:
        found, days = await self._listed(f"/r/{self.config.subreddit}/comments", {})
        samples = tuple(parse_days(COMMENTS, found, days, self.span))
        if (brand := self.config.brand) is None:
            return Batch(samples)
        naming = [one for one in found if names(brand, one)]
        mentioned = parse_days(COMMENT_MENTIONS, naming, days, self.span)
        return Batch((*samples, *mentioned), mentions=mentions(naming, lambda one: parse_mention(one, brand)))

    async def mentions(self) -> Batch:
        brand = self.config.brand
        assert brand is not None  # the part is there only then
        batch = await compared(brand, self.config.competitors, self._heard, BRANDS)
        return replace(batch, mentions=mentions(self.found, lambda one: parse_mention(one, brand)))

    async def _heard(self, brand: str) -> list[Sample]:
        found, days = await self._listed("/search", {"q": f'"{brand}"', "sort": "new", "type": "link"})
        naming = [one for one in found if names(brand, one)]
        if brand == self.config.brand:
            self.found = naming
        return list(parse_days(MENTIONS, naming, days, self.span))

    async def _listed(
        self, path: str, params: Mapping[str, str | int]
    ) -> tuple[list[Mapping[str, Any]], list[date]]:
        """What a list from the newest on has for the span, and the days that it covers whole."""
        days = self.span.days(USUAL)
        if not days:
            return [], []
        start = self.span.start_of(days[0])
        asked: dict[str, str | int] = {**params, "limit": _PAGE, "raw_json": 1}
        found: list[Mapping[str, Any]] = []

        def following(page: Any) -> Mapping[str, str | int] | None:
            after = part(page, "data", "after")
            is_past = bool(found) and written_at(found[-1]) < start
            return None if after is None or is_past else {**asked, "after": text(page, "data", "after")}

        async for page in self.api.walk(path, asked, following):
            found += [_thing(one) for one in rows(page, "data", "children")]
        if len(found) >= _CAP and (oldest := min(map(written_at, found))) >= start:
            days = [day for day in days if self.span.start_of(day) > oldest]
        return found, days


def names(brand: str, thing: Mapping[str, Any]) -> bool:
    """Whether title or text has the whole name, in any case."""
    words = r"\s+".join(map(re.escape, brand.split()))
    texts = (thing.get(key) for key in ("title", "selftext", "body", "url"))
    wanted = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    return any(wanted.search(one) for one in texts if isinstance(one, str))


def _thing(child: Mapping[str, Any]) -> Mapping[str, Any]:
    found = part(child, "data")
    if not isinstance(found, Mapping):
        raise UnexpectedResponse("a thing in a list has no data", hint="Reddit may have changed it.")
    return found


def parse_days(
    metric: Metric, found: Sequence[Mapping[str, Any]], days: Sequence[date], span: Span
) -> Iterator[Sample]:
    """How many a day; the list covers each day, so that none is a zero. One told twice counts once."""
    when = {text(one, "name"): day_of(written_at(one), span.zone) for one in found}
    count = Counter(when.values())
    for day in days:
        yield Sample(metric.name, span.start_of(day), count[day], settled=span.is_settled(day, SETTLES_AFTER))


def parse_mention(thing: Mapping[str, Any], brand: str) -> Mention:
    """A post or comment as a text."""
    said = worded(thing.get("title"), thing.get("selftext") or thing.get("body"))
    place = thing.get("permalink")
    url = f"https://www.reddit.com{place}" if isinstance(place, str) and place.startswith("/r/") else ""
    return Mention("mention", written_at(thing), said, text(thing, "name"), url, brand, "reddit.com")


def written_at(thing: Mapping[str, Any]) -> datetime:
    seconds = number(thing, "created_utc")
    if not 0 < seconds < 4e9:
        raise UnexpectedResponse("created_utc is no time", hint="Reddit may have changed it.")
    return datetime.fromtimestamp(seconds, UTC)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the community and the mentions."""
    return await collect_parts(Reader(config, await _signed_in(config, client), span).parts())


async def probe(config: Config, client: Client) -> str:
    """Who the community are; without one, whether Reddit lets the app in."""
    api = await _signed_in(config, client)
    if not config.subreddit:
        return "Reddit lets the app in"
    about = await api.get_json(f"/r/{config.subreddit}/about")
    return f"r/{config.subreddit}, {number(about, 'data', 'subscribers'):,.0f} members"


async def _signed_in(config: Config, client: Client) -> Api:
    agent, secret = {"User-Agent": config.user_agent}, config.client_secret

    async def fetch() -> tuple[SecretStr, timedelta]:
        access = Access.basic(config.client_id, secret, headers=agent, fault=_refusal)
        form = {"grant_type": "client_credentials"}
        return granted(await client.at(config.sign_in_url, access).post_form("/api/v1/access_token", form))

    credential = "\0".join((config.sign_in_url, config.client_id, secret.get_secret_value()))
    token = await client.tokens.get(credential, client.now(), fetch)
    access = Access(token=token, identity=credential, headers=agent, pace=_PACE, fault=_refusal)
    return client.at(config.base_url, access)


def _refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    """Reddit counts what is left in decimals, and tells the seconds until it starts again."""
    fault = fault_of(answer, now)
    if isinstance(fault, RateLimited):
        reset = {"retry-after": answer.headers.get("x-ratelimit-reset", "")}
        fault.retry_after = fault.retry_after or retry_after(reset, now)
    elif fault is not None:
        fault.hint = _HINTS.get(answer.status, fault.hint)
    return fault


ABOUT = About(
    title="Reddit",
    measures="subscribers, posts and comments of a community, mentions, share of voice",
    example={
        "client_id": "a1b2c3d4e5f6g7",
        "client_secret": "${REDDIT_CLIENT_SECRET}",
        "subreddit": "acmedb",
        "brand": "Acme DB",
        "competitors": ["Other DB"],
    },
    credentials=(
        Credential(
            "client_secret",
            "REDDIT_CLIENT_SECRET",
            "secret of an app of type script that Reddit has approved; no user's permission",
            "https://www.reddit.com/prefs/apps",
        ),
    ),
    proven_by="documentation of November 2026",
    approval="Reddit: ask for access under its Responsible Builder Policy",
)

COLLECTOR = Collector(
    "reddit",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=False,
    every=timedelta(hours=3),
    rereads=USUAL,
    probe=probe,
    about=ABOUT,
)
