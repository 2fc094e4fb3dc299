"""What one's own posts on X reach, day by day: read as the account itself, each request signed and paid."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from collectors.answers import Answer
from collectors.base import Batch, Client, Span
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.http import Access, Budget, Pace
from collectors.mentions import Mention, MentionKind, mentions, seen, worded
from collectors.of_day import Days
from collectors.payload import moment, number, part, rows, text
from collectors.x_signature import Keys, authorization
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(days=2)
_DAYS = 2
"""Days before today: the posts behind them are at most 30 days old, beyond which X tells nothing."""
_OLDER = timedelta(days=27)
_PAGE = 20
"""Posts a page. A page is booked as if it were full: a larger one would book what is not used."""
_AT_ONCE = 100
_PACE = Pace(300, 900)
_EPOCH_MILLIS = 1_288_834_974_657
"""The instant from which the number of a post counts its milliseconds, 22 bits up."""

IMPRESSIONS = Metric("x.impressions", "impressions", Kind.FLOW, "times own posts were shown on a day")
ENGAGEMENTS = Metric("x.engagements", "engagements", Kind.FLOW, "what people did with own posts on a day")
RATE = Metric("x.engagement_rate", "ratio", Kind.RATIO, "engagements of a day for each impression")


class Prices(BaseModel):
    """What X charges in $ for one of each; its console shows the prices of the day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: Decimal = Field(default=Decimal("0.010"), ge=0)
    counts_recent: Decimal = Field(default=Decimal("0.005"), ge=0)
    counts_all: Decimal = Field(default=Decimal("0.010"), ge=0)
    post: Decimal = Field(default=Decimal("0.005"), ge=0)
    own_post: Decimal = Field(default=Decimal("0.001"), ge=0)
    post_analytics: Decimal = Field(default=Decimal("0.005"), ge=0)


class UserKeys(BaseModel):
    """The app's key and secret, and the access token and secret of the account."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    api_key: SecretStr = Field(min_length=1)
    api_key_secret: SecretStr = Field(min_length=1)
    access_token: SecretStr = Field(min_length=1)
    access_token_secret: SecretStr = Field(min_length=1)

    @property
    def keys(self) -> Keys:
        return Keys(self.api_key, self.api_key_secret, self.access_token, self.access_token_secret)


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts of one account, read as that account."""

    user: UserKeys
    prices: Prices
    base_url: str
    client: Client
    budget: Budget
    refusal: Callable[[Answer, datetime], CollectorFault | None]

    async def read(self, account: str, span: Span) -> Batch:
        """Impressions and engagements a day, and the posts. `span` is in UTC, as X's days are."""
        first = max(span.first_day(timedelta(days=_DAYS)), span.today - timedelta(days=_DAYS))
        if first > span.last_day:
            return Batch()
        since, until = span.start_of(first), min(span.start_of(span.last_day + timedelta(days=1)), span.now)
        posts = await self._listed(account, since - _OLDER, until)
        ids = [text(one, "id") for one in posts]
        found: list[Mapping[str, Any]] = []
        for start in range(0, len(ids), _AT_ONCE):
            found += await self._analytics(ids[start : start + _AT_ONCE], since, until)
        return Batch(tuple(parse_posts(found, span, first)), mentions=mentions(posts, parse_post))

    async def _listed(self, account: str, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
        params = {
            "start_time": _stamp(since),
            "end_time": _stamp(until),
            "exclude": "retweets",
            "max_results": str(_PAGE),
            "tweet.fields": "public_metrics",
        }
        posts: list[Mapping[str, Any]] = []
        for _ in range(self.client.policy.pages):
            found = await self._get(f"/2/users/{account}/tweets", params, self.prices.own_post * _PAGE)
            if number(found, "meta", "result_count") > 0:  # without a post there is no `data`
                posts += rows(found, "data")
            if part(found, "meta").get("next_token") is None:
                return posts
            params["pagination_token"] = text(found, "meta", "next_token")
        raise UnexpectedResponse("X's list of posts goes on for too many pages", hint="Nothing was counted.")

    async def _analytics(
        self, ids: Sequence[str], since: datetime, until: datetime
    ) -> list[Mapping[str, Any]]:
        params = {
            "ids": ",".join(ids),
            "start_time": _stamp(since),
            "end_time": _stamp(until),
            "granularity": "daily",
            "analytics.fields": "id,timestamped_metrics",
        }
        found = await self._get("/2/tweets/analytics", params, self.prices.post_analytics * len(ids))
        return list(rows(found, "data"))

    async def _get(self, path: str, params: Mapping[str, str], price: Decimal) -> Any:
        await self.client.spend(self.budget, price)
        keys, seconds = self.user.keys, int(self.client.now().timestamp())
        signed = authorization(
            keys, self.base_url + path, params, nonce=secrets.token_hex(16), seconds=seconds
        )
        headers = {"Authorization": signed}
        access = Access(headers=headers, secrets=keys.secrets, pace=_PACE, fault=self.refusal)
        return await self.client.at(self.base_url, access).get_json(path, params)


def parse_posts(found: Sequence[Mapping[str, Any]], span: Span, first: date) -> Iterator[Sample]:
    """Sums a day over posts at most 27 days older; a rate of whole days on which something was shown."""
    shown: Counter[date] = Counter()
    stirred: Counter[date] = Counter()
    for one in found:
        written = _written(text(one, "id")).date()
        for bucket in rows(one, "timestamped_metrics"):
            day = moment(bucket, "timestamp").date()
            if first <= day <= span.last_day and day - written <= _OLDER:
                shown[day] += _whole(bucket, "impressions")
                stirred[day] += _whole(bucket, "engagements")
    days = Days(span, SETTLES_AFTER)
    for day in sorted(shown):
        yield from days.told(IMPRESSIONS, day, shown[day])
        yield from days.told(ENGAGEMENTS, day, stirred[day])
        if shown[day] > 0:
            yield from days.told(RATE, day, stirred[day] / shown[day])


def parse_post(post: Mapping[str, Any], kind: MentionKind = "post", topic: str = "") -> Mention:
    """A post as a text; its reach is how often it was shown so far."""
    known, told = text(post, "id"), post.get("public_metrics")
    reach = seen(told, "impression_count") if isinstance(told, Mapping) else None
    url = f"https://x.com/i/status/{known}"
    return Mention(kind, _written(known), worded(post.get("text")), known, url, topic, "x.com", reach)


def _whole(bucket: Mapping[str, Any], name: str) -> int:
    value = number(bucket, "metrics", name)
    if not value.is_integer() or not 0 <= value < 1e15:
        raise UnexpectedResponse(f"{name} of a post is no count", hint="Nothing was taken from this answer.")
    return int(value)


def _written(number_of_post: str) -> datetime:
    """When a post was written, as its number tells."""
    if not number_of_post.isdecimal() or len(number_of_post) > 19:
        raise UnexpectedResponse("the id of a post is no number", hint="X may have changed its ids.")
    return datetime.fromtimestamp(((int(number_of_post) >> 22) + _EPOCH_MILLIS) / 1000, UTC)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
