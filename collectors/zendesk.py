"""Zendesk Support: tickets a day and by tag, first replies, resolutions, reopenings, and ratings.

Endpoint: `/api/v2/incremental/tickets/cursor.json` with metric sets, and `/api/v2/satisfaction_ratings`.
Auth: `email` and `token` (an API token; the account must be an admin's, for the export is theirs alone).
Rate limit: 10 exports a minute, which the source keeps to; a refusal is a 429 with Retry-After.
Freshness: at once. The export tells every ticket changed since a time, also those changed under way, but not
    of the last minute: it is asked from a minute earlier. The last 30 days are read again; a day settles an
    hour after its end, its ratings after 7 days.
Docs: https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/,
    https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metrics/

A ticket that was deleted counts nowhere. One sample an event: `zendesk.first_reply_time` at the first public
reply of an agent, `zendesk.resolution_time` at the last solving, from the making of the ticket, both in
calendar time or in business hours (`hours`). `zendesk.reopens` are those of the tickets solved on a day, and
`zendesk.ratings` those of the requests made on a day, so that the share of good ones is a sum over a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
    Part,
    Span,
    UnexpectedResponse,
    address,
    collect_parts,
)
from collectors.http import Access, Api, Pace, Params
from collectors.payload import moment, number, part, rows, text
from collectors.per_day import Stretch, apart
from kpi.metric import Kind, Metric, Sample, labels

USUAL = timedelta(days=30)
SETTLES_AFTER = timedelta(hours=1)
RATED_WITHIN = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_SCORES = {
    "good": "good",
    "good_with_comment": "good",
    "bad": "bad",
    "bad_with_comment": "bad",
}


def _daily(name: str, unit: str, description: str, *names: str) -> Metric:
    return Metric(f"zendesk.{name}", unit, Kind.FLOW, description, names)


def _event(name: str, description: str) -> Metric:
    metric = Metric(f"zendesk.{name}", "seconds", Kind.RATIO, description)
    return replace(metric, every=timedelta(days=366), is_event=True)


TICKETS = _daily("tickets", "tickets", "tickets made on a day")
TAGGED = _daily("tagged_tickets", "tickets", "tickets made on a day that bear a tag", "tag")
SOLVED = _daily("solved", "tickets", "tickets solved on a day and not opened again")
REOPENS = _daily("reopens", "reopenings", "reopenings of the tickets solved on a day")
FIRST_REPLY = _event("first_reply_time", "from a ticket to an agent's first reply, one each")
RESOLUTION = _event("resolution_time", "from a ticket to its last solving, one each")
RATINGS = _daily("ratings", "ratings", "ratings of the requests for one on a day", "score")

METRICS = (TICKETS, TAGGED, SOLVED, REOPENS, FIRST_REPLY, RESOLUTION, RATINGS)


class Config(CollectorConfig):
    """Which account is read, as whom, and what is told apart."""

    collector: Literal["zendesk"] = "zendesk"
    base_url: Annotated[str, address("https://acme.zendesk.com")]
    email: str = Field(min_length=3)
    token: SecretStr = Field(min_length=1)
    tags: tuple[Annotated[str, Field(min_length=1)], ...] = Field((), description="tags to count by")
    hours: Literal["calendar", "business"] = "calendar"
    ratings: bool = Field(True, description="whether customers are asked for ratings")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket with its times; a duration is None while it has none."""

    key: str
    made: datetime
    tags: tuple[str, ...]
    solved: datetime | None
    reopens: float
    replied: datetime | None
    reply_seconds: float | None
    solve_seconds: float | None


def parse_ticket(ticket: Mapping[str, Any], metrics: Mapping[str, Any], hours: str) -> Ticket:
    """One ticket and its metric set, which counts in minutes."""
    made = moment(ticket, "created_at")
    tags = part(ticket, "tags")
    if not isinstance(tags, list):
        raise UnexpectedResponse("a ticket's tags are no list", hint="Nothing of this answer was used.")
    waited = _seconds(metrics, "reply_time_in_minutes", "calendar")
    return Ticket(
        f"{number(ticket, 'id'):.0f}",
        made,
        tuple(map(str, tags)),
        moment(metrics, "solved_at") if part(metrics, "solved_at") else None,
        number(metrics, "reopens"),
        None if waited is None else _later(made, waited),
        _seconds(metrics, "reply_time_in_minutes", hours),
        _seconds(metrics, "full_resolution_time_in_minutes", hours),
    )


def _seconds(metrics: Mapping[str, Any], name: str, hours: str) -> float | None:
    return None if part(metrics, name, hours) is None else 60 * number(metrics, name, hours)


def _later(made: datetime, seconds: float) -> datetime:
    try:
        return made + timedelta(seconds=seconds)
    except OverflowError:
        raise UnexpectedResponse("a reply has an impossible time", hint="Nothing of it was used.") from None


def parse_tickets(tickets: Iterable[Ticket], tags: Iterable[str], stretch: Stretch) -> Iterator[Sample]:
    """Counts of each day, and the times of replies and solvings in these days."""
    found = list(tickets)
    solved = [one for one in found if one.solved]
    yield from stretch.samples(TICKETS, stretch.counts(one.made for one in found), SETTLES_AFTER)
    for tag in tags:
        counted = stretch.counts(one.made for one in found if tag in one.tags)
        yield from stretch.samples(TAGGED, counted, SETTLES_AFTER, labels({"tag": tag}))
    yield from stretch.samples(SOLVED, stretch.counts(one.solved for one in solved), SETTLES_AFTER)
    again = stretch.totals((one.solved, one.reopens) for one in solved)
    yield from stretch.samples(REOPENS, again, SETTLES_AFTER)
    events = []
    for one in found:
        for metric, at, seconds in (
            (FIRST_REPLY, one.replied, one.reply_seconds),
            (RESOLUTION, one.solved, one.solve_seconds),
        ):
            if at is not None and seconds is not None and stretch.holds(at):
                events.append((one.key, Sample(metric.name, at, seconds)))
    yield from apart(events)


def parse_ratings(found: Iterable[Mapping[str, Any]], stretch: Stretch) -> Iterator[Sample]:
    """Good and bad ratings; who was asked and said nothing is neither."""
    given = [(moment(one, "created_at"), _SCORES.get(text(one, "score"))) for one in found]
    for score in ("good", "bad"):
        counted = stretch.counts(at for at, each in given if each == score)
        yield from stretch.samples(RATINGS, counted, RATED_WITHIN, labels({"score": score}))


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one account."""

    config: Config
    api: Api
    stretch: Stretch

    def parts(self) -> list[Part]:
        told = (TICKETS, *((TAGGED,) if self.config.tags else ()), SOLVED, REOPENS, FIRST_REPLY, RESOLUTION)
        parts = [Part("tickets", tuple(one.name for one in told), self.tickets)]
        ratings = Part("ratings", (RATINGS.name,), self.ratings)
        return [*parts, ratings] if self.config.ratings else parts

    async def tickets(self) -> Batch:
        tickets: dict[str, Mapping[str, Any]] = {}
        metrics: dict[str, Mapping[str, Any]] = {}
        start = _epoch(min(self.stretch.start, self.stretch.span.now - _MINUTE) - _MINUTE)
        asked: Params = {"start_time": start, "include": "metric_sets"}

        def following(page: Any) -> Params | None:
            if part(page, "end_of_stream") is True:
                return None
            return {"cursor": text(page, "after_cursor"), "include": "metric_sets"}

        async for page in self.api.walk("/api/v2/incremental/tickets/cursor.json", asked, following):
            for one in rows(page, "metric_sets"):
                metrics[f"{number(one, 'ticket_id'):.0f}"] = one
            for one in rows(page, "tickets"):  # one that changes under way comes twice: the later holds
                tickets[f"{number(one, 'id'):.0f}"] = one
        kept = [(key, one) for key, one in tickets.items() if text(one, "status") != "deleted"]
        if bare := [key for key, _ in kept if key not in metrics]:
            raise UnexpectedResponse(
                f"ticket {bare[0]} came without its metrics", hint="It is asked again on the next run."
            )
        found = [parse_ticket(one, metrics[key], self.config.hours) for key, one in kept]
        return Batch(tuple(parse_tickets(found, self.config.tags, self.stretch)))

    async def ratings(self) -> Batch:
        start = _epoch(self.stretch.start)
        asked: Params = {"start_time": start, "page[size]": 100}
        found: dict[str, Mapping[str, Any]] = {}

        def following(page: Any) -> Params | None:
            if part(page, "meta", "has_more") is not True:
                return None
            return {**asked, "page[after]": text(page, "meta", "after_cursor")}

        async for page in self.api.walk("/api/v2/satisfaction_ratings", asked, following):
            for one in rows(page, "satisfaction_ratings"):
                found[f"{number(one, 'id'):.0f}"] = one
        return Batch(tuple(parse_ratings(found.values(), self.stretch)))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one account."""
    return await collect_parts(Reader(config, _api(config, client), Stretch.of(span, USUAL)).parts())


async def probe(config: Config, client: Client) -> str:
    """As whom the account is read; a wrong token is answered as somebody without a name."""
    user = part(await _api(config, client).get_json("/api/v2/users/me.json"), "user")
    if part(user, "id") is None:
        raise UnexpectedResponse("Zendesk does not know who asks", hint="Check email and token.")
    return f"{text(user, 'name')}, {text(user, 'role')}"


def _api(config: Config, client: Client) -> Api:
    pace = Pace(requests=10, seconds=60, at_once=1)
    return client.at(config.base_url, Access.basic(f"{config.email}/token", config.token, pace=pace))


def _epoch(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp())


ABOUT = About(
    title="Zendesk",
    measures="tickets, replies, resolutions, reopenings, ratings",
    example={
        "base_url": "https://acme.zendesk.com",
        "email": "kpi@acme.dev",
        "token": "${ZENDESK_API_TOKEN}",
        "tags": ["performance", "documentation"],
    },
    credentials=(
        Credential(
            "token",
            "ZENDESK_API_TOKEN",
            "an API token of an admin, for only admins may export tickets",
            "https://support.zendesk.com/hc/en-us/articles/4408889192858",
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "zendesk",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    rereads=USUAL,
    probe=probe,
    about=ABOUT,
)
