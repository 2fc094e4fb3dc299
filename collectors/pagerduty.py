"""Incidents in PagerDuty: how many, how fast they are acknowledged and resolved, how many are open.

Endpoint: `/incidents` for counts, resolutions and what is open; `/analytics/raw/incidents` for the time to
    the first acknowledgement, which the list of incidents does not tell.
Auth: `api_key`, a read-only REST key of the account. Analytics is asked by POST, which some read-only keys
    may not do: then that part alone says so.
Rate limit: 960 requests a minute for a key, analytics far fewer; told in `ratelimit-*`.
Freshness: incidents at once, analytics within a day; the last seven days are read again.
Docs: https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents,
    https://developer.pagerduty.com/api-reference/56c0e7b6ee2aa-get-raw-data-multiple-incidents

Each resolution and each acknowledgement is one sample, so that any period's mean is that of its incidents and
never a mean of means. Incidents that took over 30 days to resolve are not seen. Days are the workspace's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.faults import AuthFailed, UnexpectedResponse
from collectors.happenings import Happening, happenings, optional
from collectors.http import Access, Api
from collectors.payload import moment, number, part, rows, text
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(hours=1)
USUAL = timedelta(days=7)
LONGEST = timedelta(days=30)
PAGE = 100
RAW_PAGE = 1000
URGENCIES = ("high", "low")

INCIDENTS = Metric(
    "pagerduty.incidents", "incidents", Kind.FLOW, "incidents that began on a day", ("urgency",)
)
OPEN = Metric(
    "pagerduty.open_incidents",
    "incidents",
    Kind.LEVEL,
    "incidents nobody has resolved yet",
    ("urgency",),
    is_snapshot=True,
)


def _event(name: str, description: str) -> Metric:
    return Metric(
        f"pagerduty.{name}",
        "seconds",
        Kind.RATIO,
        description,
        ("urgency",),
        every=timedelta(days=366),
        is_event=True,
    )


ACKNOWLEDGED = _event("time_to_acknowledge", "time from an incident to its first acknowledgement, one each")
RESOLVED = _event("time_to_resolve", "time from an incident to its end, one each")
METRICS = (INCIDENTS, OPEN, ACKNOWLEDGED, RESOLVED)


class Config(CollectorConfig):
    """Which incidents are read; without `services` and `teams`, all of the account."""

    collector: Literal["pagerduty"] = "pagerduty"
    services: tuple[str, ...] = Field((), description="ids of services")
    teams: tuple[str, ...] = Field((), description="ids of teams")
    api_key: SecretStr = Field(min_length=1)
    base_url: Annotated[str, address("https://api.pagerduty.com")] = "https://api.pagerduty.com"


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one account."""

    config: Config
    api: Api
    span: Span

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("incidents", (INCIDENTS.name, RESOLVED.name), self.incidents),
            Part("open", (OPEN.name,), self.open),
            Part("analytics", (ACKNOWLEDGED.name,), self.acknowledged),
        )

    @property
    def edges(self) -> tuple[datetime, datetime]:
        """The first instant to tell of, and the first after."""
        after = self.span.start_of(self.span.last_day + timedelta(days=1))
        return self.span.start_of(self.span.first_day(USUAL)), min(after, self.span.now)

    async def incidents(self) -> Batch:
        start, end = self.edges
        found = []
        for since, until in _halves(start - LONGEST, end):
            asked = [("since", since.isoformat()), ("until", until.isoformat()), ("time_zone", "UTC")]
            found += [one async for one in self._list(asked)]
        counts = parse_counts(found, self.span.days(USUAL), self.span)
        told = happenings(found, parse_incident)
        return Batch((*counts, *parse_resolved(found, start, end)), happenings=told)

    async def open(self) -> Batch:
        asked = [("date_range", "all"), ("statuses[]", "triggered"), ("statuses[]", "acknowledged")]
        urgencies = Counter([text(one, "urgency") async for one in self._list(asked)])
        return Batch(
            tuple(
                Sample(OPEN.name, self.span.now, float(urgencies[name]), labels({"urgency": name}))
                for name in URGENCIES
            )
        )

    async def acknowledged(self) -> Batch:
        start, end = self.edges
        filters: dict[str, Any] = {
            "created_at_start": (start - LONGEST).isoformat(),
            "created_at_end": end.isoformat(),
        }
        if self.config.services:
            filters["service_ids"] = list(self.config.services)
        if self.config.teams:
            filters["team_ids"] = list(self.config.teams)
        asked = {"filters": filters, "limit": RAW_PAGE, "order": "asc", "order_by": "created_at"}
        asked["time_zone"] = "Etc/UTC"

        def following(page: Any) -> Any | None:
            return {**asked, "starting_after": text(page, "last")} if part(page, "more") is True else None

        found: list[Mapping[str, Any]] = []
        async for page in self.api.walk_posts("/analytics/raw/incidents", asked, following):
            found += rows(page, "data")
        return Batch(tuple(parse_acknowledged(found, start, end)))

    async def _list(self, asked: Sequence[tuple[str, str]]) -> AsyncIterator[Mapping[str, Any]]:
        """Incidents page by page. PagerDuty ends every list at 10,000."""
        only = [("service_ids[]", one) for one in self.config.services]
        only += [("team_ids[]", one) for one in self.config.teams]
        path = "/incidents?" + urlencode([*asked, *only, ("limit", str(PAGE))])
        offset = 0
        while offset < 10_000:
            page = await self.api.get_json(f"{path}&offset={offset}")
            found = list(rows(page, "incidents"))
            for one in found:
                yield one
            if part(page, "more") is not True or not found:
                return
            offset += len(found)  # it may give fewer than were asked for
        raise UnexpectedResponse("PagerDuty lists over 10,000 incidents", hint="Read a shorter span.")


def _halves(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """A span in pieces that PagerDuty allows, which is half a year."""
    while start < end:
        step = min(start + timedelta(days=150), end)
        yield start, step
        start = step


def parse_counts(found: Iterable[Any], days: Sequence[date], span: Span) -> Iterator[Sample]:
    """Incidents by the day on which they began; the list covers the days, so none is a zero."""
    counts = Counter((day_of(moment(one, "created_at"), span.zone), text(one, "urgency")) for one in found)
    for day in days:
        is_settled = span.is_settled(day, SETTLES_AFTER)
        for name in URGENCIES:
            marks = labels({"urgency": name})
            yield Sample(INCIDENTS.name, span.start_of(day), float(counts[day, name]), marks, is_settled)


def parse_resolved(found: Iterable[Any], start: datetime, end: datetime) -> Iterator[Sample]:
    """Incidents that ended within the span, each at its end."""
    for one in found:
        if part(one, "status") == "resolved":
            began, ended = moment(one, "created_at"), moment(one, "resolved_at")
            if start <= ended < end:
                yield _sample(RESOLVED, ended, one, (ended - began).total_seconds())


def parse_incident(one: Mapping[str, Any]) -> Happening:
    """An incident as it began, with its urgency."""
    said = f"{text(one, 'title')} ({text(one, 'urgency')} urgency)"
    key = f"incident:{text(one, 'id')}"
    return Happening("incident", moment(one, "created_at"), said, key, optional(one, "html_url"))


def parse_acknowledged(found: Iterable[Any], start: datetime, end: datetime) -> Iterator[Sample]:
    """Incidents that were first acknowledged within the span; one that nobody acknowledged is no number."""
    for one in found:
        if part(one, "seconds_to_first_ack") is not None:
            seconds = number(one, "seconds_to_first_ack")
            if not 0 <= seconds < 1e9:
                raise UnexpectedResponse("seconds_to_first_ack is no length of time", hint="")
            at = moment(one, "created_at") + timedelta(seconds=seconds)
            if start <= at < end:
                yield _sample(ACKNOWLEDGED, at, one, seconds)


def _sample(metric: Metric, at: datetime, one: Any, seconds: float) -> Sample:
    """Two incidents of one second are kept apart by a fraction made from their numbers."""
    mark = at.replace(microsecond=int(abs(number(one, "incident_number"))) % 1_000_000)
    return Sample(metric.name, mark, seconds, labels({"urgency": text(one, "urgency")}))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one account; each part fails alone."""
    return await collect_parts(Reader(config, _api(config, client), span).parts())


async def probe(config: Config, client: Client) -> str:
    """Whether incidents are open now."""
    path = "/incidents?date_range=all&statuses[]=triggered&statuses[]=acknowledged&limit=1"
    found = list(rows(await _api(config, client).get_json(path), "incidents"))
    return "an incident is open" if found else "no incident is open"


def _api(config: Config, client: Client) -> Api:
    key = config.api_key.get_secret_value().strip()
    if not key:
        raise AuthFailed("the key is empty", hint="Set api_key.")
    access = Access(token=SecretStr(f"token={key}"), scheme="Token", secrets=(key,), is_serial=True)
    return client.at(config.base_url, access)


ABOUT = About(
    title="PagerDuty",
    measures="incidents, time to acknowledge, time to resolve",
    example={"api_key": "${PAGERDUTY_API_KEY}"},
    credentials=(
        Credential(
            "api_key",
            "PAGERDUTY_API_KEY",
            "a read-only REST API key of the account",
            "https://support.pagerduty.com/main/docs/api-access-keys",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "pagerduty",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(minutes=15),
    rereads=USUAL,
    chunk=timedelta(days=90),
    probe=probe,
    about=ABOUT,
)
