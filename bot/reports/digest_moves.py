"""What became of each KPI over a closed stretch of days: both ends measured, or said not to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from bot.reports.closes import WorkspaceAt, as_it_was
from bot.reports.periods import Stretch
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Workspace
from kpi.calendar import STEADY, Moment, Period, day_of, day_start
from kpi.cohort import lag_days
from kpi.measure import parse
from kpi.metric import Metric, Series
from kpi.quantity import Better, print_value
from kpi.reading import adds_up, is_entered, is_running_total, measures_of
from kpi.scoring import as_float, exact, met
from kpi.standing import Standing, Zone
from kpi.trend import Trend
from kpi.window import Days

_CALENDAR_WINDOW = re.compile(r",\s*(month|quarter)\s*(?=\))")
_DAY = timedelta(days=1)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Move:
    """One KPI over a stretch: where it stood at its close, and at the close before it.

    `after` and `before` are None where that close was not measured: a gap is not bridged. With `per_day`
    they are what a day brought, because the two periods are of unequal length.
    """

    ref: KpiRef
    standing: Standing  # at the close, with the target in force then; its age is the one it has by now
    was: Standing  # at the close before
    after: float | None
    before: float | None
    per_day: tuple[int, int] | None = None  # the days of the later period and of the earlier one
    unequal: tuple[int, int] | None = None  # the same, where they cannot be compared at all
    is_other_weekday: bool = False  # of some days of a week, and the two ends are not the same ones
    is_first: bool = False  # nothing was ever measured before the stretch
    days: tuple[int, int] | None = None  # days with a reading and days of the stretch, where some have none
    name: str = ""  # where another KPI of the report has the same name: with its heading or framework

    @property
    def title(self) -> str:
        """What the report calls the KPI."""
        return self.name or self.ref.kpi.name

    @property
    def delta(self) -> float | None:
        """By how much it grew; None where nothing can be compared. What is printed alike has not changed."""
        if self.after is None or self.before is None or self.unequal is not None or self.is_other_weekday:
            return None
        unit, target = self.ref.kpi.unit, self.standing.target
        limit = None if target is None or self.per_day is not None else target.goal.value
        one, other = (print_value(value, unit, against=limit) for value in (self.before, self.after))
        if one == other:
            return 0.0
        return as_float(exact(self.after) - exact(self.before))

    @property
    def share(self) -> float | None:
        """The change in percent of what it was; None from nothing, and of what is a percentage itself."""
        kpi, delta = self.ref.kpi, self.delta
        if delta is None or self.before is None or self.before <= 0 or kpi.unit.name.startswith("%"):
            return None
        return 100 * delta / self.before

    @property
    def way(self) -> Trend:
        """Which way it went; unknown where neither way is better, or nothing can be compared."""
        delta, better = self.delta, self.ref.kpi.better
        if delta is None:
            return Trend.UNKNOWN
        if delta == 0:
            return Trend.FLAT
        if better is Better.NONE:
            return Trend.UNKNOWN
        return Trend.BETTER if (delta > 0) == (better is Better.HIGHER) else Trend.WORSE

    @property
    def held(self) -> bool | None:
        """Whether it meets the target in force; None where nothing says so, and of what is not scored."""
        return self.standing.met if self.ref.kpi.scored else None

    @property
    def turned(self) -> bool | None:
        """Met now and not before (True), or no longer (False), both held against the target in force now."""
        target = self.standing.target
        if self.held is None or target is None or not target.is_numeric or self.delta is None:
            return None
        was, now = (met(target.goal, value, self.ref.kpi.better) for value in self._whole)
        return now if None not in (was, now) and was != now else None

    @property
    def _whole(self) -> tuple[float | None, float | None]:
        """Both ends as their targets count them, not a day of them."""
        if self.per_day is None:
            return self.before, self.after
        return self.was.value, self.standing.value

    @property
    def zone_turned(self) -> Zone | None:
        """The zone it entered over the stretch; None where its target is another one by now."""
        zone, target, earlier = self.standing.zone, self.standing.target, self.was.target
        if self.delta is None or Zone.UNKNOWN in (zone, self.was.zone) or zone is self.was.zone:
            return None
        is_same = target is not None and earlier is not None and target.goal == earlier.goal
        return zone if is_same else None

    @property
    def is_change(self) -> bool:
        return bool(self.delta) or self.turned is not None

    @property
    def is_news(self) -> bool:
        """Whether there is something to tell that was not told of the stretch before."""
        return self.is_change or (self.is_first and self.after is not None)

    @property
    def is_red(self) -> bool:
        """Whether it is off track, or short of a target that is due."""
        target = self.standing.target
        if self.standing.zone is Zone.RED:
            return True
        if self.held is not False or target is None:
            return False
        return target.is_past or target.horizon == STEADY

    @property
    def weight(self) -> tuple[bool, bool, float]:
        """What matters most comes first: a target won or lost, then what has one, by the relative move."""
        target = self.standing.target
        size, is_aimed = abs(self.before or 0.0), target is not None and target.is_numeric
        if target is not None and is_aimed:
            size = max(size, abs(target.goal.value or 0.0))
        return (self.turned is not None, is_aimed, abs(self.delta or 0.0) / (size or 1.0))


def closed(
    snapshot: Snapshot, refs: Sequence[KpiRef], day: date, workspace_at: WorkspaceAt | None = None
) -> Snapshot:
    """`snapshot` as it stood when `day` closed: nothing later, and the targets that were in force then."""
    moment = snapshot.moment.close_of(day)
    then = None if workspace_at is None else workspace_at(moment.now)
    standings = {ref.path: snapshot.at_close(_stated(ref, then, day), day) for ref in refs}
    if day < snapshot.moment.today - _DAY:  # its days are called by their dates
        moment = replace(moment, as_of=moment.as_of or snapshot.moment.now)
    return replace(snapshot, moment=moment, standings=standings)


def _stated(ref: KpiRef, then: Workspace | None, day: date) -> KpiRef:
    """The KPI with the targets of then, measured as it is today over the days up to `day`, that one too."""
    earlier = None if then is None else as_it_was(ref, then)
    if earlier is None or earlier.kpi.unit != ref.kpi.unit:
        earlier = ref
    measure = None if ref.kpi.measure is None else _CALENDAR_WINDOW.sub(_counted(day), ref.kpi.measure)
    return KpiRef(earlier.use, replace(earlier.kpi, measure=measure))


def _counted(day: date) -> Callable[[re.Match[str]], str]:
    """A calendar window as the number of its days up to `day`: at the close of a month it is all of it, not
    the month that begins."""

    def days(match: re.Match[str]) -> str:
        first = day.replace(day=1)
        if match[1] == "quarter":
            first = first.replace(month=(day.month - 1) // 3 * 3 + 1)
        return f", {(day - first).days + 1}d"

    return days


def moves(refs: Sequence[KpiRef], last: Snapshot, before: Snapshot, stretch: Stretch) -> Mapping[str, Move]:
    """What became of each KPI between the two closes, by its path; in the order of `refs`."""
    names = Counter(ref.kpi.name for ref in refs)
    own = Counter((ref.use.framework.key, ref.kpi.name) for ref in refs)
    found: dict[str, Move] = {}
    for ref in refs:
        one, name = _move(ref, last, before, stretch), ref.kpi.name
        if own[ref.use.framework.key, name] > 1:
            one = replace(one, name=f"{name} ({ref.kpi.section.rpartition(' > ')[2]})")
        elif names[name] > 1:
            one = replace(one, name=f"{name} ({ref.use.framework.key.capitalize()})")
        found[ref.path] = one
    return found


def _move(ref: KpiRef, last: Snapshot, before: Snapshot, stretch: Stretch) -> Move:
    standing, was = last.of(ref), before.of(ref)
    after, earlier = _at_close(standing, last), _at_close(was, before)
    if is_entered(ref.kpi, standing.reading) != is_entered(ref.kpi, was.reading):
        earlier = None  # one was measured, the other entered in its place
    found = Move(
        ref, standing, was, after, earlier,
        is_other_weekday=_is_other_weekday(ref, stretch),
        is_first=was.value is None and was.reading.at is None,
        days=_days_read(ref, standing, last, stretch),
    )  # fmt: skip
    lengths = _lengths(ref, standing, was, last.moment)
    if lengths is None or after is None or earlier is None:
        return found
    if lengths != (stretch.days, stretch.previous.days):  # neither is a whole period of the calendar
        return replace(found, unequal=lengths)
    if not adds_up(ref.kpi):
        return found
    return replace(found, after=after / lengths[0], before=earlier / lengths[1], per_day=lengths)


def _is_other_weekday(ref: KpiRef, stretch: Stretch) -> bool:
    """Whether an amount of less than a week is held against that of other weekdays."""
    if stretch.days % _WEEK == 0 or stretch.days == 1 or not adds_up(ref.kpi) or ref.kpi.measure is None:
        return False
    counts = [query.window.count for query in parse(ref.kpi.measure).queries if query.window is not None]
    return any(one is not None and one < _WEEK for one in counts)


def _at_close(standing: Standing, snapshot: Snapshot) -> float | None:
    """The value where the day that closed was measured; an entry holds until the next one.

    What is read less often than daily counts until its next reading is due.
    """
    kpi, reading, moment = standing.kpi, standing.reading, snapshot.moment
    if reading.value is None or reading.at is None or is_entered(kpi, reading):
        return reading.value
    if reading.at >= day_start(moment.day - timedelta(days=lag_days(kpi)), moment.zone):
        return reading.value
    every = [one.every for one in _declared(standing, snapshot)]
    is_slow = bool(every) and max(every) > _DAY and not standing.is_stale
    return reading.value if is_slow else None


def _declared(standing: Standing, snapshot: Snapshot) -> list[Metric]:
    """The metrics behind a KPI whose rhythm is known."""
    names = next(measures_of(standing.framework, standing.kpi)).metrics
    return [one for name in sorted(names) if (one := snapshot.series.metrics.get(name)) is not None]


def _lengths(ref: KpiRef, after: Standing, before: Standing, moment: Moment) -> tuple[int, int] | None:
    """How many days the two readings cover, where that is not the same number."""
    one, other = after.reading.period, before.reading.period
    if one is None or other is None or is_running_total(ref.use.framework.key, ref.kpi):
        return None
    lengths = _days(one, moment), _days(other, moment)
    return None if lengths[0] == lengths[1] else lengths


def _days(period: Period, moment: Moment) -> int:
    return (day_of(period.end, moment.zone) - day_of(period.start, moment.zone)).days


def _days_read(
    ref: KpiRef, standing: Standing, snapshot: Snapshot, stretch: Stretch
) -> tuple[int, int] | None:
    """Days of the stretch that hold a sample of all that the KPI is read from, where some hold none.

    Only of what is read daily and was read at all: of an entry, or of a survey, no day is missing.
    """
    if ref.kpi.measure is None or is_entered(ref.kpi, standing.reading):
        return None
    declared = _declared(standing, snapshot)
    if not declared or any(one.every > _DAY for one in declared):
        return None
    first = stretch.first - timedelta(days=lag_days(ref.kpi))
    edges = Days(first, stretch.days, snapshot.moment.zone).edges
    least = min(_days_with_samples(snapshot.series.by_metric.get(one.name, ()), edges) for one in declared)
    return (least, stretch.days) if 0 < least < stretch.days else None


def _days_with_samples(found: Sequence[Series], edges: npt.NDArray[np.int64]) -> int:
    """On how many of the days any of the series has a sample."""
    if not found:
        return 0
    places = np.array([one.at.searchsorted(edges) for one in found])
    return int((np.diff(places) > 0).any(axis=0).sum())
