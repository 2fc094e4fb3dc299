"""Mixpanel: active people, events, funnels, retention, and saved reports of one project.

Endpoint: GET `/api/query/segmentation`, `/funnels`, `/retention` and `/insights`.
Auth: `username` and `secret` of a service account with the role Consumer in the project.
Rate limit: 60 queries an hour and 5 at once for a project. A run costs three for active people, two for each
    event and one for each funnel, cohort and report, so that the source holds 40 at most.
Freshness: minutes; late events change a day for some days, so five are read again. Back-fill reaches as far
    as the project keeps data; a saved report tells the days it was saved with, and no others.
Docs: https://developer.mixpanel.com/reference/query-api, https://docs.mixpanel.com/docs/reports/apps

Days are those of the project's zone, which the interface does not name: set `zone` where it is not the
workspace's (new projects are in US/Pacific). People are never added up: those of 7 and 30 days are counted
by Mixpanel as such, up to the last full day that is read, which gives a point a day, and one a week of a past
that is read later.

Who began a funnel on a day has `within` days for it, and who came first on a day comes again `day` days
later: both are told once all of them had their time. A KPI over them says so, `matures: 7d` for a funnel
within 7 days, `matures: 31d` for day 30, and a day more where the zones differ. The rate is one sum over
another: those of step "2" over those of step "1", `retained_users` over `cohort_users`. A saved report is
by days or has one total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from collectors import mixpanel_samples as mix
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.mixpanel_samples import METRICS, SETTLES_AFTER, Report
from collectors.own_zone import OwnZone, in_zone
from collectors.queries import Asking, NamedQuery, QueriesConfig, QueryName, askings
from collectors.ripening import ripe_days
from kpi.metric import Labels, Sample, labels

USUAL_WINDOW = timedelta(days=30)
_MOST_QUERIES = 40
_PACE = Pace(requests=60, seconds=3600, at_once=4)

LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Event = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Funnel(_Part):
    """One saved funnel, and how many days people have for it."""

    funnel: int = Field(gt=0, description="the number in the funnel's address")
    within: int = Field(7, ge=1, le=90, description="days from the first step to the last")


class Cohort(_Part):
    """Who did one thing for the first time, and whether they did another on a later day."""

    first: Event = Field(description="the event that brings people in, such as Sign up")
    again: Event | None = Field(None, description="the event that shows them back; any where it is not set")
    day: int = Field(30, ge=1, le=89, description="how many days later they have to be back")


class Config(QueriesConfig):
    """Which project is read, and what of it has names."""

    collector: Literal["mixpanel"] = "mixpanel"
    project: int = Field(gt=0, description="the project's number")
    workspace: int | None = Field(None, gt=0, description="the data view's number, where there are several")
    username: str = Field(min_length=3, max_length=200)
    secret: SecretStr = Field(min_length=8)
    zone: OwnZone = None
    active: Event | None = Field(None, description="the event that shows somebody active: Session start")
    events: dict[LabelName, Event] = Field({}, description="name → the event's name at Mixpanel")
    funnels: dict[LabelName, Funnel] = Field({}, description="name → a saved funnel")
    cohorts: dict[LabelName, Cohort] = Field({}, description="name → who came first, and who came again")
    reports: dict[QueryName, Report] = Field({}, description="name → a saved report of Insights")
    base_url: Annotated[str, address("https://eu.mixpanel.com")] = "https://mixpanel.com"

    @model_validator(mode="after")
    def _fits_the_limit(self) -> Config:
        asked = 3 * (self.active is not None) + 2 * len(self.events)
        asked += len(self.funnels) + len(self.cohorts) + len(self.reports)
        if not 0 < asked <= _MOST_QUERIES:
            raise ValueError(
                f"name what is to be read, for {_MOST_QUERIES} queries at most (now {asked}): "
                "active takes 3, each event 2, each funnel, cohort and report 1"
            )
        return self

    @property
    def named(self) -> Mapping[str, NamedQuery]:
        return self.reports

    def series_labels(self) -> frozenset[Labels]:
        return frozenset({labels(self.labels), *super().series_labels()})


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one project, in its zone."""

    config: Config
    api: Api
    span: Span

    @property
    def days(self) -> list[date]:
        return self.span.days(timedelta(0))

    def parts(self) -> list[Part]:
        config, every = self.config, list[Part]()
        if config.active is not None:
            every += [self._active(length, config.active) for length in mix.ACTIVE]
        every += [self._event(name, event) for name, event in config.events.items()]
        every += [self._funnel(name, one) for name, one in config.funnels.items()]
        every += [self._cohort(name, one) for name, one in config.cohorts.items()]
        return every + self._reports()

    def _active(self, length: int, event: str) -> Part:
        metric = mix.ACTIVE[length]

        async def read() -> Batch:
            if length == 1:
                found = await self.counts(event, self.days[0], self.days[-1], type="unique", unit="day")
            else:
                last = min(self.days[-1], self.span.today - timedelta(days=1))
                first = last - timedelta(days=length - 1)
                buckets = await self.counts(event, first, last, type="unique", interval=length)
                if len(buckets) > 1:
                    raise UnexpectedResponse(
                        f"{length} days were counted in {len(buckets)} pieces", hint="They do not add up."
                    )
                found = dict.fromkeys((last for _ in buckets), sum(buckets.values()))
            told = (mix.sample(metric, day, value, self.span) for day, value in found.items())
            return Batch(tuple(chain.from_iterable(told)))

        return Part(f"people active in {length} days", (metric.name,), read)

    def _event(self, name: str, event: str) -> Part:
        async def read() -> Batch:
            found: list[Sample] = []
            for metric, how in ((mix.EVENTS, "general"), (mix.EVENT_USERS, "unique")):
                counts = await self.counts(event, self.days[0], self.days[-1], type=how, unit="day")
                for day, value in counts.items():
                    found += mix.sample(metric, day, value, self.span, event=name)
            said = f"Mixpanel knows nothing of the event {event}: check its name"
            return Batch(tuple(found), notes=() if found else (said,))

        return Part(f"event {name}", (mix.EVENTS.name, mix.EVENT_USERS.name), read)

    async def counts(self, event: str, first: date, last: date, **how: str | int) -> dict[date, float]:
        asked = {"event": event, "from_date": first.isoformat(), "to_date": last.isoformat(), **how}
        return mix.parse_counts(await self.ask("segmentation", **asked))

    def _funnel(self, name: str, funnel: Funnel) -> Part:
        async def read() -> Batch:
            days = ripe_days(self.span, funnel.within)
            if not days:
                return Batch()
            how: dict[str, str | int] = {"length": funnel.within, "length_unit": "day", "unit": "day"}
            answer = await self.ask("funnels", funnel_id=funnel.funnel, **_dates(days), **how)
            return Batch(tuple(mix.parse_funnel(answer, {*days}, self.span, funnel.within, name)))

        return Part(f"funnel {name}", (mix.FUNNEL_USERS.name, mix.FUNNEL_TIME.name), read)

    def _cohort(self, name: str, cohort: Cohort) -> Part:
        async def read() -> Batch:
            days = ripe_days(self.span, cohort.day + 1)
            if not days:
                return Batch()
            asked: dict[str, str | int] = {
                "retention_type": "birth",
                "born_event": cohort.first,
                "unit": "day",
            }
            asked |= {"interval": 1, "interval_count": cohort.day + 1, **_dates(days)}
            if cohort.again is not None:
                asked["event"] = cohort.again
            answer = await self.ask("retention", **asked)
            return Batch(tuple(mix.parse_retention(answer, {*days}, self.span, cohort.day, name)))

        return Part(f"cohort {name}", (mix.COHORT.name, mix.RETAINED.name), read)

    def _reports(self) -> list[Part]:
        def of(asking: Asking[Report]) -> Part:
            async def read() -> Batch:
                answer = await self.ask("insights", bookmark_id=asking.query.report)
                return Batch(tuple(asking.read(mix.parse_report(answer, asking))))

            return Part(f"report {asking.name}", (asking.metric,), read)

        return [of(one) for one in askings("mixpanel", self.config.reports, self.span)]

    async def ask(self, what: str, **params: str | int) -> Any:
        own = {} if self.config.workspace is None else {"workspace_id": self.config.workspace}
        return await self.api.get_json(
            f"/api/query/{what}", {"project_id": self.config.project, **own, **params}
        )


def _dates(days: list[date]) -> dict[str, str | int]:
    return {"from_date": days[0].isoformat(), "to_date": days[-1].isoformat()}


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one project, in days of its own zone."""
    own = replace(span, since=span.since or span.now - USUAL_WINDOW)
    return await collect_parts(_reader(config, client, own).parts())


async def probe(config: Config, client: Client) -> str:
    """The newest figure of the first thing that is named: one query."""
    now = client.now()
    first = _reader(config, client, Span(now, now - timedelta(days=1), ZoneInfo("UTC"))).parts()[0]
    newest = max((await first.read()).samples, key=lambda one: one.at, default=None)
    said = "no data yet" if newest is None else f"{newest.value:,.6g} on {newest.at:%d %b}"
    return f"project {config.project}, {first.name}: {said}"


def _reader(config: Config, client: Client, span: Span) -> Reader:
    access = Access.basic(config.username, config.secret, pace=_PACE)
    return Reader(config, client.at(config.base_url, access), in_zone(span, config.zone))


ABOUT = About(
    title="Mixpanel",
    measures="active people, events, funnels, retention, saved reports",
    example={
        "project": 1234567,
        "username": "kpi.8f1c2d.mp-service-account",
        "secret": "${MIXPANEL_SERVICE_ACCOUNT_SECRET}",
        "zone": "US/Pacific",
        "active": "Session start",
        "events": {"first_query": "Query run"},
        "funnels": {"activation": {"funnel": 7654321, "within": 7}},
        "cohorts": {"day_30": {"first": "Sign up", "again": "Session start", "day": 30}},
        "reports": {"session_length": {"report": 24681357, "kind": "ratio", "unit": "s"}},
    },
    credentials=(
        Credential(
            "secret",
            "MIXPANEL_SERVICE_ACCOUNT_SECRET",
            "a service account with the role Consumer in the one project",
            "https://mixpanel.com/settings/org#serviceaccounts",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="Mixpanel's OpenAPI of the Query API 1.0.0",
)

COLLECTOR = Collector(
    "mixpanel",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=USUAL_WINDOW,
    chunk=timedelta(days=7),
    probe=probe,
    about=ABOUT,
)
