"""One run over one repository: its present name, what it told of itself, and the days asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from collectors.base import Span
from collectors.github.access import ACCEPT
from collectors.github.config import Config
from collectors.github.queries import Questions, graphql_url
from collectors.http import Answer, Api, Client
from collectors.payload import moment, rows
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(hours=1)
USUAL_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reader:
    """What every part needs: whom to ask, and for which days. Events count from `start` up to `end`."""

    config: Config
    client: Client
    api: Api
    span: Span
    name: str
    about: Mapping[str, Any]

    @property
    def first_day(self) -> date:
        """The first day asked for; nothing happened before the repository was created."""
        first = self.span.first_day(USUAL_WINDOW)
        return max(first, day_of(moment(self.about, "created_at"), self.span.zone)) if self.about else first

    @property
    def start(self) -> datetime:
        return self.span.start_of(self.first_day)

    @property
    def end(self) -> datetime:
        return self.span.start_of(self.span.last_day + timedelta(days=1))

    @property
    def is_past(self) -> bool:
        """Whether the days asked for are over: then nothing is read that only the present tells."""
        return self.span.last_day < self.span.today

    @property
    def path(self) -> str:
        return f"/repos/{self.name}"

    @property
    def questions(self) -> Questions:
        return Questions(self.api, graphql_url(self.config.base_url), self.name)

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in the days asked for."""
        return self.start <= at < self.end

    async def get(self, path: str, **params: str | int) -> Answer:
        return await self.api.get(self.path + path, params, accept=ACCEPT)

    async def pages(self, path: str, **params: str | int) -> list[dict[str, Any]]:
        """Every row of a list."""
        return await self.pages_until("", path, **params)

    async def pages_until(self, field: str, path: str, **params: str | int) -> list[dict[str, Any]]:
        """The rows of a list, newest `field` first, read until one is older than `start`."""
        every: list[dict[str, Any]] = []
        async for page in self.api.pages(self.path + path, {"per_page": 100, **params}, accept=ACCEPT):
            found = list(rows(page))
            every += found
            if field and found and found[-1].get(field) and moment(found[-1], field) < self.start:
                break
        return every

    def daily(self, metric: Metric, moments: Iterable[datetime]) -> Iterator[Sample]:
        """Events counted a day, from the first day to the last; a day without any is a zero."""
        counts = Counter(day_of(at, self.span.zone) for at in moments)
        for day in self.days():
            settled = self.span.is_settled(day, SETTLES_AFTER)
            yield Sample(metric.name, self.span.start_of(day), float(counts[day]), settled=settled)

    def days(self) -> Iterator[date]:
        """Every day asked for, oldest first."""
        for one in range((self.span.last_day - self.first_day).days + 1):
            yield self.first_day + timedelta(days=one)


def measured(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    """A metric of GitHub; `names` are its labels."""
    return Metric(f"github.{name}", unit, kind, description, names)


def snapshot(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    """One that only the present tells."""
    return replace(measured(name, unit, kind, description, *names), is_snapshot=True)


def event(name: str, description: str, *names: str, unit: str = "seconds") -> Metric:
    """One sample an event: a quiet month is no gap."""
    return replace(
        measured(name, unit, Kind.RATIO, description, *names), every=timedelta(days=366), is_event=True
    )


def distinct(at: datetime, number_: float) -> datetime:
    """`at`, to the second, with a fraction made from the event's number: stable, and rarely shared."""
    return at.replace(microsecond=int(number_) % 1_000_000)


def iso(at: datetime) -> str:
    """`at`, in UTC, as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
