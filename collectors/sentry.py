"""Errors and health in Sentry: crash-free sessions and users, errors, failure rate, slow transactions.

Endpoint: `/api/0/organizations/{organization}/sessions/`, `/stats_v2/`, `/events-timeseries/` and `/issues/`.
Auth: `token`, of an internal integration with Organization: Read, and Issue & Event: Read.
Rate limit: told in `X-Sentry-Rate-Limit-*`; requests go one at a time.
Freshness: minutes, later for devices that were offline: a day is settled a day after its end, and the last
    three are read again. Sentry keeps about 90 days.
Docs: https://docs.sentry.io/api/releases/retrieve-release-health-session-statistics/,
    https://docs.sentry.io/api/organizations/retrieve-event-counts-for-an-organization-v2/

Sentry's days are those of UTC, whatever the workspace's zone, and so are the days told here: an amount stands
at the start of its day, a rate and a percentile at its last second, once it is over. A rate that Sentry gives
as null had nothing to count, and is no number. What a project does not send (releases with
sessions, traces) has no series. Failure rate and the 95th percentile are of transactions, extrapolated where
sampled.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

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
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Answer, Api
from collectors.of_day import Days
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(days=1)
USUAL = timedelta(days=3)
KEPT = timedelta(days=90)
_INSTANT = timedelta(microseconds=1)
_UTC = ZoneInfo("UTC")
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next";\s*results="(true|false)"')
_UNITS = {"nanosecond": 1e-9, "microsecond": 1e-6, "millisecond": 1e-3, "second": 1.0, "minute": 60.0}


def _metric(name: str, unit: str, kind: Kind, description: str) -> Metric:
    return Metric(f"sentry.{name}", unit, kind, description)


FREE_SESSIONS = _metric(
    "crash_free_sessions", "ratio", Kind.RATIO, "share of a day's sessions without a crash"
)
FREE_USERS = _metric("crash_free_users", "ratio", Kind.RATIO, "share of a day's users who saw no crash")
SESSIONS = _metric("sessions", "sessions", Kind.FLOW, "sessions of a day")
ERRORS = _metric("errors", "errors", Kind.FLOW, "error events that Sentry accepted on a day")
FAILURES = _metric("failure_rate", "ratio", Kind.RATIO, "share of a day's transactions that failed")
SLOWEST = _metric(
    "p95_duration", "seconds", Kind.RATIO, "time that 95 of 100 transactions of a day stay below"
)
OPEN = Metric("sentry.open_issues", "issues", Kind.LEVEL, "issues nobody has resolved", is_snapshot=True)
METRICS = (FREE_SESSIONS, FREE_USERS, SESSIONS, ERRORS, FAILURES, SLOWEST, OPEN)
_SESSION_FIELDS = {
    "crash_free_rate(session)": FREE_SESSIONS,
    "crash_free_rate(user)": FREE_USERS,
    "sum(session)": SESSIONS,
}


class Config(CollectorConfig):
    """Which organization is read; without `projects`, all that the token may see."""

    collector: Literal["sentry"] = "sentry"
    organization: str = Field(pattern=r"^[\w-]+$", description="the organization's slug")
    projects: tuple[str, ...] = ()
    environment: str = ""
    token: SecretStr = Field(min_length=1)
    base_url: Annotated[str, address("https://us.sentry.io")] = "https://us.sentry.io"


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one organization."""

    config: Config
    api: Api
    span: Span

    def parts(self) -> tuple[Part, ...]:
        parts = [
            Part("sessions", (FREE_SESSIONS.name, FREE_USERS.name, SESSIONS.name), self.sessions),
            Part("failures", (FAILURES.name,), lambda: self.transactions("failure_rate()", FAILURES)),
            Part("durations", (SLOWEST.name,), lambda: self.transactions("p95(span.duration)", SLOWEST)),
            Part("issues", (OPEN.name,), self.issues),
        ]
        if not self.config.environment:  # Sentry does not count errors by environment
            parts.append(Part("errors", (ERRORS.name,), self.errors))
        return tuple(parts)

    @property
    def days(self) -> list[date]:
        """Sentry's days that the span touches, oldest first."""
        first = self.span.start_of(self.span.first_day(USUAL)).astimezone(UTC)
        end = (min(self.span.until or self.span.now, self.span.now) - _INSTANT).astimezone(UTC)
        first = max(first, (self.span.now - KEPT).astimezone(UTC))
        return [first.date() + timedelta(days=one) for one in range((end.date() - first.date()).days + 1)]

    @property
    def told(self) -> Days:
        return Days(replace(self.span, zone=_UTC), SETTLES_AFTER)

    async def sessions(self) -> Batch:
        asked = [("field", name) for name in _SESSION_FIELDS]
        found = await self._ask("sessions", [*asked, ("interval", "1d"), *self._range(), *self._scope()])
        return Batch(tuple(parse_series(found, self.days, self.told)))

    async def errors(self) -> Batch:
        only = [
            ("field", "sum(quantity)"),
            ("category", "error"),
            ("outcome", "accepted"),
            ("interval", "1d"),
        ]
        found = await self._ask("stats_v2", [*only, *self._range(), *self._scope()])
        return Batch(tuple(parse_series(found, self.days, self.told)))

    async def transactions(self, axis: str, metric: Metric) -> Batch:
        only = [
            ("dataset", "spans"),
            ("query", "is_transaction:true"),
            ("yAxis", axis),
            ("interval", "86400"),
        ]
        found = await self._ask("events-timeseries", [*only, *self._range(), *self._scope()])
        return Batch(tuple(parse_timeseries(found, metric, self.days, self.told)))

    async def issues(self) -> Batch:
        count = 0
        asked = [("query", "is:unresolved"), ("limit", "100"), ("collapse", "stats"), *self._scope()]
        async for page in self._pages("issues", asked):
            count += len(list(rows(page)))
        return Batch((Sample(OPEN.name, self.span.now, float(count)),))

    async def _ask(self, name: str, asked: Sequence[tuple[str, str]]) -> Any:
        return await self.api.get_json(self._path(name, asked))

    async def _pages(self, name: str, asked: Sequence[tuple[str, str]]) -> AsyncIterator[Any]:
        """Pages by Sentry's Link header, which names a next page even after the last: `results` tells."""
        url = self._path(name, asked)
        for _ in range(100):
            answer = await self.api.get(url)
            yield answer.json()
            following = next_page(answer)
            if following is None:
                return
            url = following
        raise UnexpectedResponse("Sentry lists over 10,000 open issues", hint="Name fewer projects.")

    def _path(self, name: str, asked: Sequence[tuple[str, str]]) -> str:
        return f"/api/0/organizations/{self.config.organization}/{name}/?{urlencode(asked)}"

    def _scope(self) -> list[tuple[str, str]]:
        projects = [("project", one) for one in self.config.projects] or [("project", "-1")]
        place = [("environment", self.config.environment)] if self.config.environment else []
        return projects + place

    def _range(self) -> list[tuple[str, str]]:
        days = self.days
        after = datetime.combine(days[-1] + timedelta(days=1), time(), UTC)
        end = min(after, self.span.now.astimezone(UTC)).replace(microsecond=0, tzinfo=None)
        return [("start", f"{days[0]}T00:00:00Z"), ("end", f"{end.isoformat()}Z")]


def next_page(answer: Answer) -> str | None:
    """The address of the next page, where it holds anything."""
    found = _NEXT.search(answer.headers.get("link", ""))
    return found[1] if found is not None and found[2] == "true" else None


def parse_series(found: Any, asked: Sequence[date], days: Days) -> Iterator[Sample]:
    """The days of an answer without groups: series that run along its intervals."""
    intervals = parse_intervals(found)
    for group in rows(found, "groups"):
        series = part(group, "series")
        if not isinstance(series, Mapping):
            raise UnexpectedResponse("series is no object", hint=_CHANGED)
        for name, metric in (*_SESSION_FIELDS.items(), ("sum(quantity)", ERRORS)):
            if name not in series:
                continue
            values = part(series, name)
            if not isinstance(values, list) or len(values) != len(intervals):
                raise UnexpectedResponse(f"{name} does not run along its intervals", hint=_CHANGED)
            is_sent = metric is not SESSIONS or any(values)
            for index, at in enumerate(intervals):
                if is_sent and values[index] is not None and at.date() in asked:
                    yield from days.told(metric, at.date(), number(values, index))


def parse_intervals(found: Any) -> list[datetime]:
    """When each entry of a series begins."""
    told = part(found, "intervals")
    if not isinstance(told, list):
        raise UnexpectedResponse("intervals is not a list", hint=_CHANGED)
    return [moment(told, at) for at in range(len(told))]


_CHANGED = "The vendor may have changed its API; nothing was taken from this answer."


def parse_timeseries(found: Any, metric: Metric, asked: Sequence[date], days: Days) -> Iterator[Sample]:
    """The days of one axis. A day that is not over, or had no transaction, is left out."""
    for series in rows(found, "timeSeries"):
        unit = part(series, "meta", "valueUnit")
        scale = _UNITS.get(str(unit)) if metric is SLOWEST else 1.0
        if scale is None:
            raise UnexpectedResponse(f"durations come in {unit}", hint=_CHANGED)
        for one in rows(series, "values"):
            at = datetime.fromtimestamp(min(max(number(one, "timestamp") / 1000, 0), 1e11), UTC)
            is_told = part(one, "incomplete") is False and part(one, "value") is not None
            if is_told and one.get("sampleCount") != 0 and at.date() in asked:
                yield from days.told(metric, at.date(), number(one, "value") * scale)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one organization; each part fails alone."""
    reader = Reader(config, _api(config, client), span)
    if (span.until or span.now) <= span.now - KEPT:
        return Batch(notes=("Sentry keeps about 90 days",))
    return await collect_parts(reader.parts())


async def probe(config: Config, client: Client) -> str:
    """The organization's name."""
    found = await _api(config, client).get_json(f"/api/0/organizations/{config.organization}/")
    return text(found, "name")


def _api(config: Config, client: Client) -> Api:
    return client.at(config.base_url, Access(token=config.token, is_serial=True))


ABOUT = About(
    title="Sentry",
    measures="crash-free sessions and users, errors, failure rate, open issues",
    example={"organization": "acme", "token": "${SENTRY_AUTH_TOKEN}"},
    credentials=(
        Credential(
            "token",
            "SENTRY_AUTH_TOKEN",
            "an internal integration with Organization: Read and Issue & Event: Read",
            "https://sentry.io/settings/developer-settings/",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="OpenAPI of Sentry, August 2026",
)

COLLECTOR = Collector(
    "sentry",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=USUAL,
    chunk=timedelta(days=30),
    forgets_after=KEPT,
    probe=probe,
    about=ABOUT,
)
