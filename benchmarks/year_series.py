"""How the numbers of a made-up year run: weeks, growth, noise, one viral day, and levels near their targets.

Every series has a shape that ends at 1, or whose last thirty days average 1. Its height is then worked out
backwards: each measure of a framework is evaluated, and what it reads is scaled until the KPI comes out at a
believable share of its target. All chance is drawn from generators seeded by the series' own names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from kpi.calendar import day_start
from kpi.metric import Kind, Labels, Metric, Series, SeriesSet, to_micros

Values = npt.NDArray[np.float64]

SHOW_HN = date(2026, 11, 12)
"""The day a post went round: visits many times over, and stars for days after it."""
OUTAGE = date(2026, 11, 3)

_HOUR = timedelta(hours=1)
_VIRAL: Mapping[str, float] = {
    "plausible.source_visits:hacker_news": 18.0,
    "plausible.source_visits:reddit": 4.0,
    "plausible.": 2.2,
    "ga4.": 2.0,
    "github.stars": 5.0,
    "github.forks": 4.0,
    "x.impressions": 5.0,
    "linkedin.impressions": 2.0,
    "discord.members": 4.0,
    "mailchimp.signups": 3.0,
    "pypi.": 1.5,
    "npm.": 1.5,
    "searchconsole.": 2.0,
    "brand24.": 5.0,
}
"""How many times the usual the viral day brought on top, by the beginning of metric and first label value."""

_FRACTIONS = frozenset({"ratio", "%", "seconds", "", "x", "/10", "base", "points"})


def chance(*names: object) -> np.random.Generator:
    """A generator of its own for whatever `names` name, the same in every run."""
    return np.random.default_rng(crc32("/".join(map(str, names)).encode()))


@dataclass(frozen=True, slots=True)
class Days:
    """The days of the year, each with its beginning in microseconds since the epoch."""

    first: date
    count: int
    zone: ZoneInfo

    def start(self, index: int) -> int:
        return to_micros(day_start(self.first + timedelta(days=index), self.zone))

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=index) for index in range(self.count)]


@dataclass
class Stem:
    """One series to be: when it is sampled, how it runs, and how high. `height` is what is fitted."""

    metric: Metric
    labels: Labels
    is_falling: bool
    at: npt.NDArray[np.int64]
    shape: Values
    draw: Values  # uniform, 0 to 1: decides an event that is a yes or a no
    cap: float | None
    height: float
    events: int | None = None  # of a metric that is counted: how many of them are kept
    is_whole: bool = False  # it counts things, whatever its metric's unit leaves open

    @property
    def name(self) -> str:
        return f"{self.metric.name}:{':'.join(value for _, value in self.labels)}"

    @property
    def is_yes_or_no(self) -> bool:
        return self.metric.is_event and self.metric.unit == "ratio"

    def values(self) -> Values:
        """The numbers as they stand now, not yet rounded."""
        if self.is_yes_or_no:
            return (self.draw < self.height).astype(np.float64)
        cap = self.cap
        if cap is not None and self.height > 0.8 * cap:
            found = cap - (cap - self.height) * np.clip(2 - self.shape, 0.05, 4)
        else:
            found = self.height * self.shape
        return np.minimum(found, cap) if cap is not None else found

    def series(self, *, rounded: bool = False) -> Series:
        values = self._rounded(self.values()) if rounded else self.values()
        at = self.at
        if self.events is not None:
            kept = np.unique(np.linspace(0, len(at) - 1, max(1, self.events)).astype(np.int64))
            at, values = at[kept], values[kept]
        return Series(self.metric.name, self.labels, at, values, np.ones(len(at), dtype=np.bool_))

    def begin(self, day: date, zone: ZoneInfo) -> None:
        """Forget what lies before `day`: counting began then."""
        kept = self.at >= to_micros(day_start(day, zone))
        self.at, self.shape, self.draw = self.at[kept], self.shape[kept], self.draw[kept]

    def _rounded(self, values: Values) -> Values:
        metric = self.metric
        if self.is_whole:
            return np.asarray(np.maximum(np.round(values), 1))
        if metric.unit == "usd":
            return np.asarray(np.round(values, 2))
        if (metric.kind is Kind.RATIO and metric.unit in _FRACTIONS) or self.cap is not None:
            return np.asarray(np.round(values, 6 if metric.unit in ("ratio", "base") else 2))
        if metric.unit == "base" and metric.kind is not Kind.FLOW and self.height < 20:
            return np.asarray(np.round(values, 4))
        if metric.kind is Kind.FLOW and self.height < 8:  # so few a day that most days have none or one
            return np.asarray(chance("few", self.name).poisson(np.maximum(values, 0)), dtype=np.float64)
        return np.asarray(np.round(values))


def stem(metric: Metric, labels: Labels, days: Days, *, is_falling: bool, is_counted: bool = False) -> Stem:
    """A series of `metric` over `days`, of no particular height yet."""
    rng = chance(metric.name, labels)
    if metric.is_event:
        at = _event_times(rng, days, per_day=24 if metric.name == "web.up" else 1.4)
    else:
        step = _step(metric)
        first = (days.count - 1) % step
        hour = 0 if metric.kind is Kind.FLOW else 20 * _HOUR // timedelta(microseconds=1)
        at = np.array([days.start(index) + hour for index in range(first, days.count, step)], dtype=np.int64)
    place = (at - days.start(0)) / (24 * _HOUR / timedelta(microseconds=1))
    name = f"{metric.name}:{':'.join(value for _, value in labels)}"
    shape = _shape(rng, metric, name, place, days, is_falling=is_falling)
    found = Stem(
        metric, labels, is_falling, at, shape, rng.random(len(at)), _cap(metric), _usual(metric, name)
    )
    found.events = min(60, len(at)) if is_counted else None
    return found


def _step(metric: Metric) -> int:
    """Days between samples: a quarter for rounds of surveys, and a sheet is filled in every week."""
    if metric.every > timedelta(days=60):
        return 91
    return max(1, min(7, metric.every // timedelta(days=1)))


def _cap(metric: Metric) -> float | None:
    return {"ratio": 1.0, "%": 100.0, "/10": 10.0}.get(metric.unit)


_USUAL: Mapping[str, float] = {
    "plausible.visits": 470.0,
    "plausible.visitors": 330.0,
    "plausible.page_views:use_cases": 22.0,
    "plausible.page_views:blog": 75.0,
    "plausible.page_views": 160.0,
    "plausible.source_visits": 45.0,
    "ga4.sessions": 460.0,
    "ga4.pageviews": 1200.0,
    "ga4.page": 300.0,
    "linkedin.impressions": 2600.0,
    "x.impressions": 2900.0,
    "mailchimp.emails_delivered": 300.0,
    "hubspot.outreach_sent": 28.0,
    "hubspot.mql_to_sql": 3.0,
    "hubspot.sql_to_opportunity": 1.2,
    "hubspot.entries:mql": 9.0,
    "hubspot.entries:sql": 4.0,
    "hubspot.": 2.0,
    "mixpanel.": 90.0,
    "prometheus.flow:data_drift_detection": 0.6,
    "prometheus.flow:regressions_detected": 0.4,
    "prometheus.flow": 40_000.0,
    "reports.tests": 1400.0,
    "sonarqube.lines": 84_000.0,
    "youtube.views": 140.0,
    "op3.downloads": 35.0,
    "github.": 4.0,
    "web.up": 1.0,
    "stripe.customers_lost": 0.06,
    "stripe.customers_gained": 0.6,
    "stripe.": 9000.0,
    "sheets.flow:marketing_spend": 14_000.0,
}


def _usual(metric: Metric, name: str) -> float:
    """A height to begin with, which stays where no target says otherwise."""
    if metric.unit == "ratio":
        return 0.6
    return next((height for start, height in _USUAL.items() if name.startswith(start)), 40.0)


def _event_times(rng: np.random.Generator, days: Days, *, per_day: float) -> npt.NDArray[np.int64]:
    """Instants of events: on the hour where they are many, else in the working hours of business days."""
    hour = _HOUR // timedelta(microseconds=1)
    if per_day > 10:
        return np.array(
            [days.start(index) + at * hour for index in range(days.count) for at in range(23)], dtype=np.int64
        )
    found = {
        days.start(index) + int(at)
        for index, day in enumerate(days.dates)
        for at in rng.integers(8 * hour, 18 * hour, rng.poisson(per_day if day.weekday() < 5 else 0.1))
    }
    return np.array(sorted(found), dtype=np.int64)


def _shape(
    rng: np.random.Generator, metric: Metric, name: str, place: Values, days: Days, *, is_falling: bool
) -> Values:
    share = place / max(1, days.count)
    if metric.is_event and metric.unit != "ratio":
        run = np.exp(rng.normal(0, 0.35, len(place))) * (1.3 - 0.3 * share)
        return np.asarray(run / run[share > 1 - 30 / days.count].mean())
    if metric.kind is Kind.LEVEL:
        return _level(rng, name, place, days, is_falling=is_falling)
    if metric.kind is Kind.FLOW:
        return _flow(rng, metric, name, place, days)
    drift = np.cumsum(rng.normal(0, 0.006, len(place)))
    trend = (1 - share) * (0.35 if is_falling else -0.22)
    run = 1 + trend + drift + rng.normal(0, 0.01, len(place))
    return np.asarray(np.maximum(run / run[-1], 0.05))


def _level(rng: np.random.Generator, name: str, place: Values, days: Days, *, is_falling: bool) -> Values:
    """Stock that grows a little every day, faster on working days and after the viral one, or melts away."""
    added = rng.gamma(4.0, 0.25, len(place)) * _week(place, days, 0.55) * np.linspace(0.7, 1.5, len(place))
    added *= 1 + _viral(name) * _after(place, days, SHOW_HN, 5.0)
    run = np.cumsum(added) / added.sum()
    if is_falling:
        return np.asarray(1 + (1 - run) * rng.uniform(0.3, 1.2))
    begin = rng.uniform(0.25, 0.6)
    return np.asarray(begin + (1 - begin) * run)


def _flow(rng: np.random.Generator, metric: Metric, name: str, place: Values, days: Days) -> Values:
    growth = np.exp(rng.uniform(0.3, 0.9) * (place / days.count - 1))
    weekly = _week(place, days, 0.5) if metric.every <= timedelta(days=1) else 1.0
    run = growth * weekly * np.exp(rng.normal(0, 0.12, len(place)))
    usual = run[-30:].mean()
    return np.asarray(run / usual * (1 + _viral(name) * _after(place, days, SHOW_HN, 1.6)))


def _week(place: Values, days: Days, weekend: float) -> Values:
    weekday = (days.first.weekday() + np.floor(place).astype(np.int64)) % 7
    return np.asarray(np.where(weekday >= 5, weekend, 1.0) * np.where(weekday == 1, 1.08, 1.0))


def _after(place: Values, days: Days, day: date, lasting: float) -> Values:
    """1 on `day`, then fading over about `lasting` days; 0 before it."""
    since = np.floor(place) - (day - days.first).days
    return np.asarray(np.where(since >= 0, np.exp(-np.maximum(since, 0) / lasting), 0.0))


def _viral(name: str) -> float:
    return next((times for start, times in _VIRAL.items() if name.startswith(start)), 0.0)


@dataclass
class Year:
    """All series of the year, and which of them already have their height."""

    stems: dict[tuple[str, Labels], Stem]
    metrics: Mapping[str, Metric]
    fitted: set[tuple[str, Labels]] = field(default_factory=set)

    def of(self, metric: str, filters: Labels) -> list[Stem]:
        """The series that a query reads."""
        return [
            one
            for (name, labels), one in self.stems.items()
            if name == metric and set(filters) <= set(labels)
        ]

    def over(self, metrics: Iterable[str]) -> SeriesSet:
        """What a measure reads, as it stands now."""
        wanted = set(metrics)
        found = (one.series() for (name, _), one in self.stems.items() if name in wanted)
        return SeriesSet(tuple(found), self.metrics)
