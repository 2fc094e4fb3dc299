"""What replayed rules did: the alerts they would have told, how long each lasted, and a count by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kpi.alert_rules import AlertRule
from kpi.alerts import CELEBRATE, Item
from kpi.calendar import day_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stated:
    """A rule with the key of the framework whose KPIs it looks at; empty for all of them."""

    rule: AlertRule
    framework: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One subject of a rule, from when it fired until it was over. `item` is as it was when it fired."""

    item: Item
    fired_at: datetime
    ended_at: datetime | None = None  # None: it fires still, or happened once as a post does
    worst: float | None = None

    @property
    def is_event(self) -> bool:
        return self.item.is_event

    def lasted(self, until: datetime) -> timedelta:
        """How long it fired; nothing for what only happened."""
        if self.is_event:
            return timedelta(0)
        return (self.ended_at or until) - self.fired_at


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert: what of a rule began to fire on one day, told in one message."""

    rule: str  # its full name
    severity: str
    episodes: tuple[Episode, ...]
    is_from_start: bool = False  # it held already when the rehearsal began

    @property
    def fired_at(self) -> datetime:
        return min(one.fired_at for one in self.episodes)

    @property
    def is_open(self) -> bool:
        """Whether it fires still."""
        return any(one.ended_at is None and not one.is_event for one in self.episodes)

    @property
    def ended_at(self) -> datetime | None:
        """When the last of it was over; None where it fires still."""
        if self.is_open:
            return None
        return max((one.ended_at or one.fired_at for one in self.episodes), default=None)

    def lasted(self, until: datetime) -> timedelta:
        """From when it fired until all of it was over."""
        return max(one.fired_at + one.lasted(until) for one in self.episodes) - self.fired_at


@dataclass(frozen=True, slots=True)
class Tally:
    """What one rule did in the whole stretch."""

    rule: str
    severity: str
    fired: int  # alerts
    at_start: int  # of them, those that held when the stretch began
    per_week: float
    days: int  # on which it fired
    longest: timedelta
    still: int  # subjects that fire at the end
    silent: tuple[str, ...]  # subjects of which nothing could be said on any day


@dataclass(frozen=True)
class Rehearsal:
    """All that rules would have told from `since` to `until`."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    rules: Mapping[str, Stated]
    alerts: tuple[Raised, ...] = ()  # the first first
    silent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by rule
    looks: int = 0

    @property
    def weeks(self) -> float:
        return (self.until - self.since) / timedelta(days=7)

    def of(self, rule: str) -> tuple[Raised, ...]:
        """The alerts of one rule."""
        return tuple(one for one in self.alerts if one.rule == rule)

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """A count for each rule that looks at something, the noisiest first; celebrations last."""
        found = [self._tally(path) for path, one in self.rules.items() if one.rule.when is not None]
        return tuple(sorted(found, key=lambda one: (one.severity == CELEBRATE, -one.fired, -one.days)))

    def _tally(self, path: str) -> Tally:
        own = self.of(path)
        episodes = [one for alert in own for one in alert.episodes]
        return Tally(
            path,
            self.rules[path].rule.severity,
            len(own),
            sum(one.is_from_start for one in own),
            len(own) / self.weeks if self.weeks else 0.0,
            len({day for one in episodes for day in self._days(one)}),
            max((one.lasted(self.until) for one in episodes), default=timedelta(0)),
            sum(one.ended_at is None and not one.is_event for one in episodes),
            self.silent.get(path, ()),
        )

    @property
    def told_on(self) -> dict[date, int]:
        """By day, how many alerts began; every day of the stretch is there."""
        first, last = (day_of(at, self.zone) for at in (self.since, self.until))
        found = {first + count * _DAY: 0 for count in range((last - first).days + 1)}
        for one in self.alerts:
            found[day_of(one.fired_at, self.zone)] += 1
        return found

    def _days(self, one: Episode) -> Iterator[date]:
        """The days on which it fired: that of its end is none, unless it began on it."""
        first = day_of(one.fired_at, self.zone)
        yield first
        if one.is_event:
            return
        last = day_of(one.ended_at or self.until, self.zone)
        for count in range(1, (last - first).days + (one.ended_at is None)):
            yield first + count * _DAY
