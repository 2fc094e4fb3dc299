"""Amplitude: active and new people, sessions, events, funnels and retention of one project.

Endpoint: GET `/api/2/users`, `/sessions/average`, `/events/segmentation`, `/funnels` and `/retention`.
Auth: `api_key` and `secret_key` of the project, which may read all of it.
Rate limit: 5 requests at once, and a cost of 1,000 in five minutes: days × events, a funnel twice its steps a
    day, retention 8 a day. Nine tenths of that are used, the rest waits.
Freshness: minutes; late events change a day for some days, so five are read again. Back-fill reaches as far
    as the project keeps data.
Docs: https://amplitude.com/docs/apis/analytics/dashboard-rest

Days are those of the project's zone, which the interface does not name: set `zone` where it is not the
workspace's. People are never added up: those of 7 and 30 days are Amplitude's own rolling count, up to each
day that is over. A day without a session has no average length.

Who began a funnel on a day has `within` days for it, and who came on a day comes again `day` days
later: both are told once all of them had their time. A KPI over them says so, `matures: 7d` for a funnel
within 7 days, `matures: 31d` for day 30, and a day more where the zones differ. The rate is one sum over
another: those of step "2" over those of step "1", `retained_users` over `cohort_users`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from collectors import amplitude_samples as amp
from collectors.amplitude_samples import METRICS, SETTLES_AFTER
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
from collectors.http import Access, Api, Pace
from collectors.own_zone import OwnZone, in_zone
from collectors.pace import Lane
from collectors.ripening import ripe_days
from kpi.metric import Metric

USUAL_WINDOW = timedelta(days=30)
_COST = Pace(requests=1000, seconds=300)
_ACTIVE, _NEW = "_active", "_new"

LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Event = Annotated[str, StringConstraints(min_length=1, max_length=255)]


Asked = dict[str, str | int]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Funnel(_Part):
    """Events in order, and how many days people have for all of them."""

    steps: tuple[Event, ...] = Field(min_length=2, max_length=10, description="events in order")
    within: int = Field(7, ge=1, le=90, description="days from the first step to the last")


class Cohort(_Part):
    """Who did one thing on a day, and whether they did another on a later day."""

    first: Event = Field(_NEW, description="what brings people in: an event, _new or _active")
    again: Event = Field(_ACTIVE, description="what shows them back: an event, _active or _all")
    day: int = Field(30, ge=1, le=89, description="how many days later they have to be back")


class Config(CollectorConfig):
    """Which project is read, and what of it has names."""

    collector: Literal["amplitude"] = "amplitude"
    api_key: SecretStr = Field(min_length=8)
    secret_key: SecretStr = Field(min_length=8)
    zone: OwnZone = None
    events: dict[LabelName, Event] = Field({}, max_length=50, description="name → the event's type")
    funnels: dict[LabelName, Funnel] = Field({}, max_length=20, description="name → events in order")
    cohorts: dict[LabelName, Cohort] = Field(
        {}, max_length=20, description="name → who came, and who came again"
    )
    base_url: Annotated[str, address("https://analytics.eu.amplitude.com")] = "https://amplitude.com"


@dataclass(frozen=True, slots=True)
class Project:
    """One project, asked at the pace of what its questions cost."""

    api: Api
    lane: Lane

    async def ask(self, what: str, days: list[date], cost: int, **params: str | int) -> Any:
        """The answer about `days`, each of which costs `cost`."""
        waits = [self.lane.wait() for _ in range(cost * len(days))]
        if waits[-1] > 0:
            await self.lane.sleep(waits[-1])
        edges = {"start": amp.compact(days[0]), "end": amp.compact(days[-1])}
        return await self.api.get_json(f"/api/2/{what}", {**edges, **params})


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one project, in its zone."""

    config: Config
    project: Project
    span: Span

    @property
    def days(self) -> list[date]:
        return self.span.days(timedelta(0))

    def parts(self) -> list[Part]:
        every = [
            self._series("active people", amp.ACTIVE[1], "users", {"m": "active", "i": 1}),
            *(self._rolling(length) for length in amp.ACTIVE if length > 1),
            self._series("new people", amp.NEW_USERS, "users", {"m": "new", "i": 1}),
            Part("sessions", (amp.SESSION_LENGTH.name,), self.sessions),
        ]
        for name, event in self.config.events.items():
            for metric, how in ((amp.EVENTS, "totals"), (amp.EVENT_USERS, "uniques")):
                asked: Asked = {"e": _event(event), "m": how, "i": 1}
                every.append(self._series(f"event {name}", metric, "events/segmentation", asked, name))
        every += [self._funnel(name, one) for name, one in self.config.funnels.items()]
        return every + [self._cohort(name, one) for name, one in self.config.cohorts.items()]

    def _series(self, part: str, metric: Metric, what: str, how: Asked, event: str = "") -> Part:
        async def read() -> Batch:
            found = amp.parse_days(await self.project.ask(what, self.days, 1, **how))
            return Batch(tuple(amp.told(metric, found, self.days, self.span, event)))

        return Part(part, (metric.name,), read)

    def _rolling(self, length: int) -> Part:
        asked: Asked = {"e": _event(_ACTIVE), "m": "uniques", "i": 1, "rollingWindow": length}
        name = f"people active in {length} days"
        return self._series(name, amp.ACTIVE[length], "events/segmentation", asked)

    async def sessions(self) -> Batch:
        found = amp.parse_days(await self.project.ask("sessions/average", self.days, 1))
        lengths = {day: seconds for day, seconds in found.items() if seconds > 0}
        return Batch(tuple(amp.told(amp.SESSION_LENGTH, lengths, self.days, self.span)))

    def _funnel(self, name: str, funnel: Funnel) -> Part:
        async def read(days: list[date]) -> Batch:
            asked: Asked = {"cs": funnel.within * 86_400, "mode": "ordered", "i": 1}
            steps = "&".join(f"e={quote(_event(one), safe='')}" for one in funnel.steps)
            answer = await self.project.ask(f"funnels?{steps}", days, 2 * len(funnel.steps), **asked)
            return Batch(tuple(amp.parse_funnel(answer, days, self.span, funnel.within, name)))

        metrics = (amp.FUNNEL_USERS.name, amp.FUNNEL_TIME.name)
        return Part(f"funnel {name}", metrics, self._ripe(funnel.within, read))

    def _cohort(self, name: str, cohort: Cohort) -> Part:
        async def read(days: list[date]) -> Batch:
            asked: Asked = {"se": _event(cohort.first), "re": _event(cohort.again), "i": 1}
            answer = await self.project.ask("retention", days, 8, **asked)
            return Batch(tuple(amp.parse_retention(answer, days, self.span, cohort.day, name)))

        metrics = (amp.COHORT.name, amp.RETAINED.name)
        return Part(f"cohort {name}", metrics, self._ripe(cohort.day + 1, read))

    def _ripe(
        self, needs: int, read: Callable[[list[date]], Awaitable[Batch]]
    ) -> Callable[[], Awaitable[Batch]]:
        async def ripe() -> Batch:
            days = ripe_days(self.span, needs)
            return await read(days) if days else Batch()

        return ripe


def _event(name: str) -> str:
    return json.dumps({"event_type": name}, ensure_ascii=False)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one project, in days of its own zone."""
    own = in_zone(replace(span, since=span.since or span.now - USUAL_WINDOW), config.zone)
    return await collect_parts(Reader(config, _project(config, client), own).parts())


async def probe(config: Config, client: Client) -> str:
    """Yesterday's active people."""
    day = in_zone(Span(client.now(), None, ZoneInfo("UTC")), config.zone).today - timedelta(days=1)
    answer = await _project(config, client).ask("users", [day], 1, m="active", i=1)
    found = amp.parse_days(answer)
    return f"{found.get(day, 0):,.0f} people active on {day:%d %b}"


def _project(config: Config, client: Client) -> Project:
    key = config.api_key.get_secret_value()
    access = Access.basic(key, config.secret_key, secrets=(key,), pace=Pace(at_once=4))
    lane = client.lane(f"cost\0{config.base_url}\0{key}", _COST)
    return Project(client.at(config.base_url, access), lane)


ABOUT = About(
    title="Amplitude",
    measures="active and new people, sessions, events, funnels, retention",
    example={
        "api_key": "${AMPLITUDE_API_KEY}",
        "secret_key": "${AMPLITUDE_SECRET_KEY}",
        "zone": "America/Los_Angeles",
        "events": {"first_query": "Query run"},
        "funnels": {"activation": {"steps": ["Sign up", "Query run"], "within": 7}},
        "cohorts": {"day_30": {"first": "_new", "again": "_active", "day": 30}},
    },
    credentials=(
        Credential(
            "api_key",
            "AMPLITUDE_API_KEY",
            "the project's API key",
            "https://app.amplitude.com/analytics/settings",
        ),
        Credential(
            "secret_key",
            "AMPLITUDE_SECRET_KEY",
            "the project's secret key: it may read all of the project",
            "https://app.amplitude.com/analytics/settings",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "amplitude",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=USUAL_WINDOW,
    chunk=timedelta(days=30),
    probe=probe,
    about=ABOUT,
)
