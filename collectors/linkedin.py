"""A LinkedIn page: followers and how many come, and what its posts reach and stir, day by day.

Endpoint: `/networkSizes/{page}`, `/organizationalEntityFollowerStatistics` and
    `/organizationalEntityShareStatistics` by day: three requests a run. With `posts` also `/posts`, and the
    statistics of those: three more.
Auth: `refresh_token` with `client_id` and `client_secret` (or an access `token`, which ends after 60 days),
    from a member who administrates the page, scope rw_organization_admin; for `posts` r_organization_social
    too. LinkedIn approves each application.
Rate limit: a daily quota for the application and for the member, shown in the developer portal; it starts
    again at midnight UTC.
Freshness: followers of the moment. LinkedIn's days are UTC days; they settle within two days and are kept for
    twelve months. The day that is under way is not asked for, and follower gains end two days back.
Docs: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics,
    https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/follower-statistics,
    https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens

Posts count without what was paid for. A reaction taken back from a sponsored post counts as one fewer, so
that a day may lie below zero. Gains know of no unfollowing: they do not add up to followers. The engagement
rate is LinkedIn's own: clicks, reactions, comments and shares per impression; it and the members reached
stand at the last second of their day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote
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
from collectors.faults import AuthFailed, CollectorFault, RateLimited, UnexpectedResponse
from collectors.http import Access, Api
from collectors.linkedin_posts import read_posts
from collectors.of_day import Days
from collectors.payload import number, part, rows
from collectors.tokens import granted
from kpi.metric import Kind, Metric, Sample, from_micros, labels, to_micros

SETTLES_AFTER = timedelta(days=2)
USUAL = timedelta(days=9)
_KEPT = timedelta(days=364)
_GAINS_BEHIND = timedelta(days=2)
_WARN_AHEAD = timedelta(days=14)
_ASK_AGAIN = timedelta(hours=12)
"""An access token lives 60 days; a new one each run tells how long the refresh token still lives."""


def _flow(name: str, unit: str, description: str, *names: str, is_signed: bool = False) -> Metric:
    return Metric(f"linkedin.{name}", unit, Kind.FLOW, description, names, is_signed=is_signed)


FOLLOWERS = Metric("linkedin.followers", "followers", Kind.LEVEL, "followers of the page", is_snapshot=True)
GAINS = _flow("follower_gains", "followers", "people who began to follow on a day", "type")
IMPRESSIONS = _flow("impressions", "impressions", "times posts were shown on a day, unpaid")
UNIQUE = Metric(
    "linkedin.unique_impressions", "people", Kind.RATIO, "different members who were shown posts on a day"
)
CLICKS = _flow("clicks", "clicks", "clicks on posts on a day, unpaid", is_signed=True)
REACTIONS = _flow("reactions", "reactions", "reactions to posts on a day, unpaid", is_signed=True)
COMMENTS = _flow("comments", "comments", "comments on posts on a day, unpaid", is_signed=True)
SHARES = _flow("shares", "shares", "reposts of posts on a day, unpaid", is_signed=True)
ENGAGEMENTS = _flow(
    "engagements", "engagements", "clicks, reactions, comments and reposts on a day, unpaid", is_signed=True
)
RATE = Metric(
    "linkedin.engagement_rate",
    "ratio",
    Kind.RATIO,
    "engagements of a day for each impression",
    is_signed=True,
)

_STIRRED = {CLICKS: "clickCount", REACTIONS: "likeCount", COMMENTS: "commentCount", SHARES: "shareCount"}
_POSTS = (IMPRESSIONS, UNIQUE, *_STIRRED, ENGAGEMENTS, RATE)
METRICS = (FOLLOWERS, GAINS, *_POSTS)
_DATED = tuple(one.name for one in (GAINS, *_POSTS))

_HINTS = {
    401: "Sign in again on LinkedIn as an administrator of the page, and set the new token.",
    403: "LinkedIn has to approve the application for the Community Management API, and who signed in has to "
    "be an administrator of the page, with scope rw_organization_admin, and r_organization_social for posts.",
    404: "Check organization: it is the number in the address of the page's admin view.",
    426: "Set version to a newer month, such as 202610: LinkedIn retires each after about a year.",
}


class Config(CollectorConfig):
    """Which page is read, and with whose permission."""

    collector: Literal["linkedin"] = "linkedin"
    organization: str = Field(pattern=r"^\d{1,20}$", description="the page's number")
    token: SecretStr | None = Field(default=None, description="an access token, instead of a refresh token")
    token_expires: date | None = Field(default=None, description="the day on which the given token ends")
    client_id: str = ""
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    posts: bool = Field(default=False, description="also read the newest posts, for alerts on their reach")
    version: str = Field(default="202610", pattern=r"^20\d\d(0[1-9]|1[0-2])$", description="YYYYMM")
    base_url: Annotated[str, address("https://api.linkedin.com/rest")] = "https://api.linkedin.com/rest"
    sign_in_url: Annotated[str, address("https://www.linkedin.com/oauth/v2/accessToken")] = (
        "https://www.linkedin.com/oauth/v2/accessToken"
    )

    @model_validator(mode="after")
    def _can_sign_in(self) -> Config:
        renewing = (self.client_id, self.client_secret, self.refresh_token)
        if any(renewing) and not all(renewing):
            raise ValueError("client_id, client_secret and refresh_token belong together: set all three")
        if bool(self.token) == bool(self.refresh_token):
            raise ValueError("set either refresh_token (with client_id and client_secret) or token")
        return self


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one page. LinkedIn's days are UTC days, whatever the zone of the company."""

    config: Config
    api: Api
    span: Span

    @property
    def urn(self) -> str:
        return quote(f"urn:li:organization:{self.config.organization}", safe="")

    def parts(self) -> tuple[Part, ...]:
        parts = (
            Part("followers", (FOLLOWERS.name,), self.followers),
            Part("follower gains", (GAINS.name,), self.gains),
            Part("posts", tuple(one.name for one in _POSTS), self.posts),
        )
        is_now = self.config.posts and self.span.last_day == self.span.today
        return (*parts, Part("texts", (), self.texts)) if is_now else parts

    async def followers(self) -> Batch:
        found = await self.api.get_json(f"/networkSizes/{self.urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
        return Batch((Sample(FOLLOWERS.name, self.span.now, number(found, "firstDegreeSize")),))

    async def gains(self) -> Batch:
        until = min(self._until, self.span.start_of(self.span.today - _GAINS_BEHIND))
        found = await self._days("organizationalEntityFollowerStatistics", until)
        return Batch(tuple(one for element in found for one in parse_gains(element, self.span)))

    async def posts(self) -> Batch:
        until = min(self._until, self.span.start_of(self.span.today))
        found = await self._days("organizationalEntityShareStatistics", until)
        return Batch(tuple(one for element in found for one in parse_posts(element, self.span)))

    async def texts(self) -> Batch:
        return Batch(mentions=await read_posts(self.api, self.urn))

    @property
    def _until(self) -> datetime:
        return self.span.start_of(self.span.last_day + timedelta(days=1))

    async def _days(self, resource: str, until: datetime) -> list[Mapping[str, Any]]:
        """One element a day. Rest.li wants its brackets, colons and commas as they are, in the address."""
        kept = self.span.start_of(self.span.today - _KEPT)
        since = max(self.span.start_of(self.span.first_day(USUAL)), kept)
        if since >= until:
            return []
        between = f"(timeRange:(start:{_millis(since)},end:{_millis(until)}),timeGranularityType:DAY)"
        query = f"q=organizationalEntity&organizationalEntity={self.urn}&timeIntervals={between}"
        found = rows(await self.api.get_json(f"/{resource}?{query}"), "elements")
        return [one for one in found if since <= _day(one) < until]


def parse_gains(element: Mapping[str, Any], span: Span) -> Iterator[Sample]:
    """New followers of one day, unpaid and paid."""
    at = _day(element)
    settled = span.is_settled(at.date(), SETTLES_AFTER)
    for kind in ("organic", "paid"):
        gained = number(element, "followerGains", f"{kind}FollowerGain")
        yield Sample(GAINS.name, at, gained, labels({"type": kind}), settled)


def parse_posts(element: Mapping[str, Any], span: Span) -> Iterator[Sample]:
    """What posts reached and stirred on one day; a rate only where something was shown."""
    day, told = _day(element).date(), part(element, "totalShareStatistics")
    values = {metric: number(told, key) for metric, key in _STIRRED.items()}
    stirred, shown = sum(values.values()), number(told, "impressionCount")
    values |= {IMPRESSIONS: shown, ENGAGEMENTS: stirred, UNIQUE: number(told, "uniqueImpressionsCount")}
    if shown > 0:
        values[RATE] = stirred / shown
    for metric, value in values.items():
        yield from Days(span, SETTLES_AFTER).told(metric, day, value)


def _day(element: Mapping[str, Any]) -> datetime:
    """The midnight, in UTC, at which the day of `element` began."""
    at = number(element, "timeRange", "start")
    if not 0 < at < 1e14 or at % 86_400_000:
        raise UnexpectedResponse("timeRange.start is no midnight", hint="LinkedIn may have changed its days.")
    return from_micros(int(at) * 1000)


def _millis(at: datetime) -> int:
    return to_micros(at) // 1000


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the page; where its token is about to end, a note says so."""
    api, notes = await _signed_in(config, client)
    batch = await collect_parts(Reader(config, api, replace(span, zone=ZoneInfo("UTC"))).parts())
    if any(one.kind == AuthFailed.kind for one in batch.faults):
        client.tokens.forget(_credential(config))
    return replace(batch, notes=(*notes, *batch.notes))


async def probe(config: Config, client: Client) -> str:
    """How many follow the page."""
    api, notes = await _signed_in(config, client)
    reader = Reader(config, api, Span(client.now(), None, ZoneInfo("UTC")))
    (followers,) = (await reader.followers()).samples
    return "; ".join((f"{followers.value:,.0f} followers", *notes))


async def _signed_in(config: Config, client: Client) -> tuple[Api, tuple[str, ...]]:
    ends: list[datetime] = []
    if config.token is not None:
        token = config.token
        if config.token_expires is not None:
            ends.append(datetime.combine(config.token_expires, datetime.min.time(), UTC))
    else:
        token = await _renewed(config, client, ends)
    headers = {"LinkedIn-Version": config.version, "X-Restli-Protocol-Version": "2.0.0"}
    identity = _credential(config) if config.token is None else ""
    access = Access(token=token, identity=identity, headers=headers, fault=_refusal)
    api = client.at(config.base_url, access)
    return api, tuple(_warning(at, client.now()) for at in ends if at - client.now() <= _WARN_AHEAD)


async def _renewed(config: Config, client: Client, ends: list[datetime]) -> SecretStr:
    """An access token; the end of the refresh token, where LinkedIn tells it, is put into `ends`."""
    secrets = _secrets(config)
    site, _, path = config.sign_in_url.rpartition("/")
    form = {"grant_type": "refresh_token", "client_id": config.client_id}
    form |= dict(zip(("client_secret", "refresh_token"), secrets, strict=True))

    async def fetch() -> tuple[SecretStr, timedelta]:
        answer = await client.at(site, Access(secrets=secrets, fault=_refusal)).post_form(path, form)
        token, life = granted(answer)
        if "refresh_token_expires_in" in answer:
            left = min(number(answer, "refresh_token_expires_in"), 1e9)
            ends.append(client.now() + timedelta(seconds=left))
        return token, min(life, _ASK_AGAIN)

    return await client.tokens.get(_credential(config), client.now(), fetch)


def _secrets(config: Config) -> tuple[str, ...]:
    both = (config.client_secret, config.refresh_token)
    return tuple(one.get_secret_value() for one in both if one is not None)


def _credential(config: Config) -> str:
    return "\0".join((config.sign_in_url, config.client_id, *_secrets(config)))


def _warning(ends: datetime, now: datetime) -> str:
    left = max(0, (ends - now).days)
    when = f"ends in {left} days, on {ends:%d %b}" if ends > now else f"ended on {ends:%d %b}"
    return f"LinkedIn's token {when}: sign in again as an administrator of the page, and set the new one"


def _refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    """LinkedIn's own refusals: a quota of the day, a version it has retired, a refresh token that ended."""
    status = answer.status
    if status == 429 and b" DAY " in answer.body:
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return RateLimited(
            "LinkedIn's quota of the day is used up",
            hint="It starts again at midnight UTC; the developer portal shows it under Analytics.",
            status=status,
            retry_after=midnight - now,
        )
    if status == 400 and b"invalid_grant" in answer.body:
        return AuthFailed("LinkedIn refuses the refresh token", hint=_HINTS[401], status=status)
    return hinted(answer, now, _HINTS)


ABOUT = About(
    title="LinkedIn",
    measures="followers, new followers, impressions, clicks, reactions, comments, shares, engagement rate",
    example={
        "organization": "10000001",
        "client_id": "77abcdefgh1234",
        "client_secret": "${LINKEDIN_CLIENT_SECRET}",
        "refresh_token": "${LINKEDIN_REFRESH_TOKEN}",
    },
    credentials=(
        Credential(
            "client_secret",
            "LINKEDIN_CLIENT_SECRET",
            "the secret of an application with the product Community Management API",
            "https://www.linkedin.com/developers/apps",
        ),
        Credential(
            "refresh_token",
            "LINKEDIN_REFRESH_TOKEN",
            "scope rw_organization_admin, of an administrator of the page; lives about a year",
            "https://www.linkedin.com/developers/tools/oauth",
        ),
    ),
    proven_by="documentation of November 2026",
    approval="LinkedIn: ask for the Community Management API in the developer portal",
)

COLLECTOR = Collector(
    "linkedin",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=12),
    rereads=timedelta(days=7),
    chunk=timedelta(days=90),
    forgets_after=_KEPT,
    forgotten=_DATED,
    probe=probe,
    about=ABOUT,
)
