"""Availability in UptimeRobot: the share of each day a monitor was up, incidents, monitors by status.

Endpoint: `/monitors` and `/incidents` of version 3, page by page along `nextLink`.
Auth: `api_key`, the account's read-only key.
Rate limit: 10 requests a minute on the free plan, twice the number of monitors on others; told in
    `X-RateLimit-*` and `Retry-After`. It is kept to the free plan's.
Freshness: a check's interval, five minutes or less; incidents are found out at once.
Docs: https://uptimerobot.com/api/v3/

Uptime is one less the time in incidents of the kind Downtime over the day's length; a slow response is none.
It stands at the last second of its day and is told once that is over, downtime and incidents of today so far.
A monitor counts from the first day that begins after it was made. One that is paused now is not told; when an
earlier pause was UptimeRobot does not say, so such hours count as up. Response times are not read: what that
answer looks like is not published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.faults import UnexpectedResponse
from collectors.happenings import Happening, happenings
from collectors.http import Access, Api, Pace
from collectors.of_day import Days
from collectors.payload import moment, number, part, rows, text
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(hours=1)
USUAL = timedelta(days=3)
LONGEST = timedelta(days=30)

UPTIME = Metric("uptimerobot.uptime", "ratio", Kind.RATIO, "share of a day a monitor was up", ("monitor",))
DOWNTIME = Metric(
    "uptimerobot.downtime", "seconds", Kind.FLOW, "time of a day a monitor was down", ("monitor",)
)
INCIDENTS = Metric("uptimerobot.incidents", "incidents", Kind.FLOW, "downtimes that began on a day")
MONITORS = Metric(
    "uptimerobot.monitors",
    "monitors",
    Kind.LEVEL,
    "monitors that have a status",
    ("status",),
    is_snapshot=True,
)
METRICS = (UPTIME, DOWNTIME, INCIDENTS, MONITORS)


class Config(CollectorConfig):
    """Which monitors are read, by name; without `monitors`, all."""

    collector: Literal["uptimerobot"] = "uptimerobot"
    monitors: tuple[str, ...] = ()
    api_key: SecretStr = Field(min_length=1, description="the account's read-only key")
    base_url: Annotated[str, address("https://api.uptimerobot.com/v3")] = "https://api.uptimerobot.com/v3"


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor under the name that tells it from the others."""

    id: float
    name: str
    status: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Downtime:
    """A stretch in which a monitor was down; `ended` is now while it lasts."""

    monitor: float
    began: datetime
    ended: datetime


@dataclass(slots=True)
class Reader:
    """One run over one account."""

    config: Config
    api: Api
    span: Span
    _monitors: list[Monitor] | None = None

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("monitors", (MONITORS.name,), self.status),
            Part("incidents", (UPTIME.name, DOWNTIME.name, INCIDENTS.name), self.incidents),
        )

    async def status(self) -> Batch:
        counts = Counter(one.status for one in await self.monitors())
        now = self.span.now
        return Batch(
            tuple(
                Sample(MONITORS.name, now, float(counts[name]), labels({"status": name}))
                for name in sorted({"up", "down", "paused", *counts})
            )
        )

    async def incidents(self) -> Batch:
        monitors = await self.monitors()
        days = self.span.days(USUAL)
        since = self.span.start_of(days[0]) - LONGEST if days else self.span.now
        found = [one for page in await self._pages("/incidents", since) for one in page]
        names = {one.id: one.name for one in monitors}
        return Batch(
            tuple(parse_days(monitors, parse_downtimes(found, self.span.now), days, self.span)),
            happenings=happenings(found, lambda one: parse_incident(one, names)),
        )

    async def monitors(self) -> list[Monitor]:
        """The monitors that are asked for; read once."""
        if self._monitors is None:
            found = [one for page in await self._pages("/monitors", None) for one in page]
            wanted = self.config.monitors
            self._monitors = [one for one in parse_monitors(found) if not wanted or one.name in wanted]
        return self._monitors

    async def _pages(self, path: str, since: datetime | None) -> list[list[dict[str, Any]]]:
        """Every page; of incidents as far back as `since`, where they come the newest first."""
        found: list[list[dict[str, Any]]] = []

        def following(page: Any) -> str | None:
            entries = list(rows(page, "data"))
            link = page.get("nextLink")
            if since is not None and entries and _is_before(entries, since):
                return None
            return None if link is None else text(page, "nextLink")

        async for page in self.api.walk(path, {"limit": 50}, following):
            found.append(list(rows(page, "data")))
        return found


def _is_before(entries: Sequence[Any], since: datetime) -> bool:
    """Whether a page that runs from newer to older lies before `since` as a whole."""
    starts = [moment(one, "startedAt") for one in entries]
    return starts[0] > starts[-1] and max(starts) < since


def parse_monitors(found: Iterable[Any]) -> list[Monitor]:
    """All monitors; of several of one name each carries its id as well."""
    listed = list(found)
    often = Counter(text(one, "friendlyName") for one in listed)
    return [
        Monitor(
            number(one, "id"),
            name if often[name] == 1 else f"{name} ({number(one, 'id'):.0f})",
            text(one, "status").lower(),
            moment(one, "createDateTime"),
        )
        for one in listed
        for name in [text(one, "friendlyName")]
    ]


def parse_downtimes(found: Iterable[Any], now: datetime) -> list[Downtime]:
    """The incidents in which a monitor was down."""
    downtimes: list[Downtime] = []
    for one in found:
        kind = text(one, "type").lower().replace("_", " ")
        if kind == "slow response":
            continue
        if kind != "downtime":
            raise UnexpectedResponse(
                "an incident is of a kind nobody knows", hint="The vendor may have changed its API."
            )
        ended = moment(one, "resolvedAt") if one.get("resolvedAt") else now
        downtimes.append(Downtime(number(one, "monitor", "id"), moment(one, "startedAt"), ended))
    return downtimes


def parse_incident(one: Mapping[str, Any], names: Mapping[float, str]) -> Happening | None:
    """A downtime as it began; None of a slow response, and of a monitor that is not asked for."""
    name = names.get(number(one, "monitor", "id"))
    if name is None or text(one, "type").lower() != "downtime":
        return None
    return Happening(
        "incident", moment(one, "startedAt"), f"{name} down", f"incident:{number(one, 'id'):.0f}"
    )


def parse_days(
    monitors: Sequence[Monitor], downtimes: Sequence[Downtime], days: Sequence[date], span: Span
) -> Iterator[Sample]:
    """What each day was for each monitor; of the present one the downtime up to now, and no share yet."""
    ids, of_day = {one.id for one in monitors}, Days(span, SETTLES_AFTER)
    began = Counter(day_of(one.began, span.zone) for one in downtimes if one.monitor in ids)
    for day in days:
        start, end = span.start_of(day), min(span.start_of(day + timedelta(days=1)), span.now)
        if monitors:
            yield from of_day.told(INCIDENTS, day, float(began[day]))
        for one in monitors:
            if one.made <= start < end and one.status != "paused":
                mine = [(gap.began, gap.ended) for gap in downtimes if gap.monitor == one.id]
                down, marks = covered(mine, start, end), labels({"monitor": one.name})
                share = 1 - down / (end - start).total_seconds()
                yield from of_day.told(UPTIME, day, share, marks)
                yield from of_day.told(DOWNTIME, day, down, marks)


def covered(gaps: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> float:
    """Seconds from `start` to `end` that lie in any of the gaps; where two overlap, once."""
    total, reached = timedelta(0), start
    for began, ended in sorted(gaps):
        first, last = max(began, reached), min(ended, end)
        if last > first:
            total += last - first
            reached = last
    return total.total_seconds()


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one account; each part fails alone."""
    return await collect_parts(Reader(config, _api(config, client), span).parts())


async def probe(config: Config, client: Client) -> str:
    """How many monitors there are, as far as the first page shows."""
    page = await _api(config, client).get_json("/monitors", {"limit": 50})
    more = "or more " if part(page, "nextLink") is not None else ""
    return f"{len(list(rows(page, 'data')))} {more}monitors"


def _api(config: Config, client: Client) -> Api:
    pace = Pace(requests=10, seconds=60, at_once=1)
    return client.at(config.base_url, Access(token=config.api_key, pace=pace, is_serial=True))


ABOUT = About(
    title="UptimeRobot",
    measures="uptime, downtime, incidents, monitors up and down",
    example={"api_key": "${UPTIMEROBOT_API_KEY}"},
    credentials=(
        Credential(
            "api_key",
            "UPTIMEROBOT_API_KEY",
            "the account's read-only API key",
            "https://dashboard.uptimerobot.com/integrations",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "uptimerobot",
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
