"""Intercom: conversations a day, the time to a first reply and to a first close, and ratings.

Endpoint: POST `/conversations/search`, API version 2.16.
Auth: `token`, an access token of an app of the workspace, with read access to conversations.
Rate limit: 10,000 requests a minute for an app, spread over windows of 10 seconds; a refusal is a 429 with
    X-RateLimit-Reset.
Freshness: at once. Every conversation changed within the last 30 days is read again; a day settles an hour
    after its end.
Docs: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations,
    https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting

`intercom.conversations` tells those that a customer began (`by="customer"`) from those that a campaign, a bot
or a teammate did (`by="us"`). One sample an event: `intercom.reply_time` at the first reply of a teammate and
`intercom.close_time` at the first close (both by Intercom's own count, which leaves out the hours in which
the office is closed, where such hours are set), `intercom.rating` when a rating of 1 to 5 is given, and
`intercom.satisfied` then, 1 for a 4 or a 5, else 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Proof,
    Span,
    Unavailable,
    UnexpectedResponse,
    address,
)
from collectors.http import Access, Api, Pace
from collectors.payload import number, part, rows, text
from collectors.per_day import Stretch, apart
from kpi.metric import Kind, Metric, Sample, labels

VERSION = "2.16"
USUAL = timedelta(days=30)
SETTLES_AFTER = timedelta(hours=1)
_PAGE = 150
_LATEST = 32_503_680_000  # the year 3000: a later second is none


def _event(name: str, unit: str, description: str) -> Metric:
    metric = Metric(f"intercom.{name}", unit, Kind.RATIO, description)
    return replace(metric, every=timedelta(days=366), is_event=True)


CONVERSATIONS = Metric(
    "intercom.conversations", "conversations", Kind.FLOW, "conversations begun on a day, by whom", ("by",)
)
REPLY = _event("reply_time", "seconds", "from a conversation's start to a teammate's first reply, one each")
CLOSE = _event("close_time", "seconds", "from a conversation's start to its first close, one each")
RATING = _event("rating", "points", "ratings of conversations from 1 to 5, one each")
SATISFIED = _event("satisfied", "ratio", "1 for each rating of 4 or 5, 0 for a lower one")

METRICS = (CONVERSATIONS, REPLY, CLOSE, RATING, SATISFIED)


class Config(CollectorConfig):
    """Which workspace is read; its region has an address of its own."""

    collector: Literal["intercom"] = "intercom"
    token: SecretStr = Field(min_length=1)
    base_url: Annotated[str, address("https://api.eu.intercom.io")] = "https://api.intercom.io"


def parse_begun(found: Iterable[Mapping[str, Any]], stretch: Stretch) -> Iterator[Sample]:
    """Conversations by the day they began, and by whom."""
    begun: dict[str, list[datetime]] = {"customer": [], "us": []}
    for one in found:
        by = "customer" if text(one, "source", "delivered_as") == "customer_initiated" else "us"
        begun[by].append(_at(one, "created_at"))
    for by, times in begun.items():
        yield from stretch.samples(CONVERSATIONS, stretch.counts(times), SETTLES_AFTER, labels({"by": by}))


def parse_events(found: Iterable[Mapping[str, Any]], stretch: Stretch) -> Iterator[Sample]:
    """First replies, first closes and ratings in these days; what has not happened is none."""
    events = []
    for one in found:
        told: list[tuple[Metric, datetime, float]] = []
        statistics, rating = _object(one, "statistics"), _object(one, "conversation_rating")
        for metric, at, name in (
            (REPLY, "first_admin_reply_at", "time_to_admin_reply"),
            (CLOSE, "first_close_at", "time_to_first_close"),
        ):
            if statistics.get(at) is not None and statistics.get(name) is not None:
                told.append((metric, _at(statistics, at), number(statistics, name)))
        if rating.get("rating") is not None:
            given = number(rating, "rating")
            if not 1 <= given <= 5:
                raise UnexpectedResponse(f"a rating is {given:g}", hint="Nothing of this answer was used.")
            at_rating = _at(rating, "created_at")
            told += [(RATING, at_rating, given), (SATISFIED, at_rating, float(given >= 4))]
        key = text(one, "id")
        events += [(key, Sample(each.name, at, value)) for each, at, value in told if stretch.holds(at)]
    return apart(events)


def _object(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name) or {}
    if not isinstance(value, dict):
        raise UnexpectedResponse(f"{name} is no object", hint="Nothing of this answer was used.")
    return value


def _at(found: Mapping[str, Any], name: str) -> datetime:
    seconds = number(found, name)
    if not 0 <= seconds < _LATEST:
        raise UnexpectedResponse(f"{name} is not a time", hint="Nothing of this answer was used.")
    return datetime.fromtimestamp(seconds, UTC)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read every conversation that changed since the first day: one begun, answered, closed or rated in these
    days is among them."""
    stretch = Stretch.of(span, USUAL)
    since = int(stretch.start.timestamp())
    asked = _question(since)
    found: dict[str, Mapping[str, Any]] = {}
    total: float | None = None

    def following(page: Any) -> Any | None:
        pages = _object(page, "pages")
        if pages.get("next") is None:
            return None
        return _question(since, text(pages, "next", "starting_after"))

    async for page in _api(config, client).walk_posts("/conversations/search", asked, following):
        found |= {text(one, "id"): one for one in rows(page, "conversations")}
        total = number(page, "total_count") if total is None else total
    if len(found) < (total or 0):
        raise Unavailable(
            f"Intercom lists {len(found):,} of {total:,.0f} conversations", hint="It is asked again."
        )
    return Batch((*parse_begun(found.values(), stretch), *parse_events(found.values(), stretch)))


async def probe(config: Config, client: Client) -> str:
    """The workspace's name."""
    about = await _api(config, client).get_json("/me")
    return text(part(about, "app"), "name")


def _question(since: int, after: str | None = None) -> dict[str, Any]:
    rule = {"field": "updated_at", "operator": ">", "value": since - 1}
    paging = {"per_page": _PAGE} if after is None else {"per_page": _PAGE, "starting_after": after}
    return {"query": {"operator": "AND", "value": [rule]}, "pagination": paging}


def _api(config: Config, client: Client) -> Api:
    pace = Pace(requests=1666, seconds=10, at_once=4)
    access = Access(token=config.token, headers={"Intercom-Version": VERSION}, pace=pace)
    return client.at(config.base_url, access)


ABOUT = About(
    title="Intercom",
    measures="conversations, replies, closes, ratings",
    example={"token": "${INTERCOM_ACCESS_TOKEN}"},
    credentials=(
        Credential(
            "token",
            "INTERCOM_ACCESS_TOKEN",
            "an app of the workspace with: Read conversations",
            "https://app.intercom.com/a/apps/_/developer-hub",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="Intercom's OpenAPI 2.16",
)

COLLECTOR = Collector(
    "intercom",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    rereads=USUAL,
    probe=probe,
    about=ABOUT,
)
