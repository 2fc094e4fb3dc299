"""A number as rules look at it: at the last closed day that will not change any more, and day by day back.

A rule never sees an open day, nor one that its source may still correct. A day without a value breaks no
streak and counts for nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kpi.aggregate import Query
from kpi.calendar import Moment, day_start
from kpi.conditions_sight import Scoped, Sight
from kpi.measure import Reading, State, parse
from kpi.metric import Kind, SeriesSet, from_micros, to_micros
from kpi.reading import TOLERANCE, is_entered, read
from kpi.standing import SourceFault
from kpi.unit import Unit

DAY = timedelta(days=1)
MOST_WAIT = 8
"""How many closed days are looked back on for one that is settled: the slowest vendors need a week."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Numeral:
    """One number that can be read at any moment: a measure's or a KPI's."""

    name: str
    read: Callable[[Moment], Reading]
    queries: tuple[Query, ...]
    series: SeriesSet
    unit: Unit | None = None  # None: as its readings say
    is_carried: bool = False  # an entry, which stands until somebody states another

    @property
    def is_live(self) -> bool:
        """Whether it is the newest reading of something: no day has to be over for it."""
        return all(query.window is None for query in self.queries)

    @property
    def every(self) -> timedelta:
        """The longest time between two samples of what it reads."""
        metrics = self.series.metrics
        known = [metrics[query.metric].every for query in self.queries if query.metric in metrics]
        return max(known, default=DAY)

    def patience(self, sight: Sight) -> timedelta:
        """How long a day of it may still change after its end."""
        return max((sight.patience(query.metric) for query in self.queries), default=timedelta(0))


@dataclass(frozen=True, slots=True)
class Judged:
    """What a number reads where it is final, and at which moment. Without a value, `reason` says why."""

    reading: Reading
    moment: Moment
    reason: str = ""

    @property
    def value(self) -> float | None:
        return None if self.reason else self.reading.value

    @property
    def is_of_now(self) -> bool:
        """Whether it is a newest reading, of a day that is not over."""
        return not self.moment.closing and self.reading.period is None

    @property
    def began(self) -> datetime:
        """Where the last day that it is about starts; a newest reading is about its instant."""
        return self.at if self.is_of_now else self.at - DAY

    @property
    def at(self) -> datetime:
        """The end of what is known: of the period it is over, or the newest reading."""
        if self.reading.period is not None:
            return self.reading.period.end
        if self.moment.closing:
            return self.moment.midnight
        return self.reading.at or self.moment.now


@dataclass(frozen=True, slots=True)
class Streak:
    """On which closed days in a row something holds, oldest first. `missing` days between have no value."""

    since: datetime
    days: tuple[tuple[date, float], ...]
    missing: int = 0


def measure_number(text: str, series: SeriesSet) -> Numeral:
    """The number that a measure states over these series."""
    found = parse(text)
    subject = found.queries[0].subject if len(found.queries) == 1 else text
    return Numeral(subject, lambda moment: found.evaluate(series, moment), found.queries, series)


def kpi_number(one: Scoped, series: SeriesSet) -> Numeral:
    """The number of a KPI over these series, in its own unit."""
    framework, kpi = one.context.framework.key, one.kpi
    return Numeral(
        kpi.name,
        lambda moment: read(framework, kpi, series=series, moment=moment),
        () if kpi.measure is None else parse(kpi.measure).queries,
        series,
        kpi.unit,
        is_carried=kpi.measure is None,
    )


def judged_kpi(one: Scoped, sight: Sight) -> Judged:
    """A KPI where it is final; worked out once for all rules."""
    if ("judged", one.path) not in sight.memo:
        sight.memo["judged", one.path] = _judged_kpi(one, sight)
    found: Judged = sight.memo["judged", one.path]
    return found


def _judged_kpi(one: Scoped, sight: Sight) -> Judged:
    """Its standing has been made already: where that is final, nothing is read anew."""
    standing, number = sight.standing(one), kpi_number(one, sight.series)
    if standing.state is State.FAULT:
        return Judged(standing.reading, sight.moment, standing.reading.reason or _failing(standing.fault))
    if standing.is_stale:
        return Judged(standing.reading, sight.moment, "no newer value has come in time")
    reading = standing.reading
    if reading.value is None:
        return Judged(reading, sight.moment, reading.reason or "no data")
    if is_entered(one.kpi, reading):
        return Judged(reading, sight.moment)
    if number.is_live:
        return judged(number, sight)
    if _is_final(reading, number, sight):
        return Judged(reading, sight.moment.close_of(sight.moment.today - DAY))
    return judged(number, sight)


def _failing(fault: SourceFault | None) -> str:
    return "no data" if fault is None else f"{fault.source} cannot be read: {fault.message}"


def judged(number: Numeral, sight: Sight) -> Judged:
    """`number` at the last moment at which it is final: now for a level, else the close of a day."""
    moment = sight.moment
    if number.is_carried or number.is_live:
        at = moment if number.is_carried else moment.at(moment.now - _open_for(number, sight))
        reading = number.read(at)
        if reading.value is None:
            return Judged(reading, at, reading.reason or "no data")
        if not number.is_carried and _is_old(reading, number, moment):
            return Judged(reading, at, "no newer reading has come in time")
        if reading.settled:
            return Judged(reading, at)
    return judged_at_close(number, sight)


def judged_at_close(number: Numeral, sight: Sight) -> Judged:
    """`number` at the last close at which it is final, found in as few readings as there are."""
    back, close = 0, sight.moment.close_of(sight.moment.today - DAY)
    while back < MOST_WAIT:
        close = sight.moment.close_of(sight.moment.today - (back + 1) * DAY)
        reading = number.read(close)
        if reading.value is None:
            return Judged(reading, close, reading.reason or "no data")
        lacks = _lacks(reading, number, sight)
        if lacks <= timedelta(0) and reading.settled:
            return Judged(reading, close)
        back += max(1, math.ceil(lacks / DAY))
    return Judged(reading, close, "its last days are not settled yet")


def _open_for(number: Numeral, sight: Sight) -> timedelta:
    """How far back the newest amount lies that is over: a level is of the moment, an hour has to end."""
    metrics = number.series.metrics
    flows = [
        known.every + sight.patience(query.metric)
        for query in number.queries
        if (known := metrics.get(query.metric)) is not None and known.kind is Kind.FLOW
    ]
    return max(flows, default=timedelta(0))


def _is_old(reading: Reading, number: Numeral, moment: Moment) -> bool:
    return reading.at is not None and moment.now - reading.at > 2 * number.every + TOLERANCE


def _is_final(reading: Reading, number: Numeral, sight: Sight) -> bool:
    """Whether nothing of it will change: its samples say so, and its source has had the time it needs."""
    return reading.settled and _lacks(reading, number, sight) <= timedelta(0)


def _lacks(reading: Reading, number: Numeral, sight: Sight) -> timedelta:
    """How much longer its source needs until its last day is final."""
    if reading.period is None:
        return timedelta(0)
    return reading.period.end + number.patience(sight) - sight.moment.now


def streak(
    number: Numeral, found: Judged, holds: Callable[[float], bool], *, most: int, bridged: int = 1
) -> Streak:
    """On how many closed days in a row up to `found` the number held, `most` at the most.

    As many as `bridged` days in a row may be without a value: more of them end the streak. `since` lies as
    many days before the end as there are days on which it held, so that a missing day counts for nothing.
    """
    assert found.value is not None
    last = found.moment.day if found.is_of_now else _close_at(found).day
    days, gap, missing = [(last, found.value)], 0, 0
    for back in range(1, 2 * most + 1):
        if len(days) >= most:
            break
        day = last - back * DAY
        value = _value_on(number, found.moment.close_of(day))
        if value is None:
            gap += 1
            if gap > bridged:
                break
            continue
        if not holds(value):
            break
        days.append((day, value))
        missing, gap = missing + gap, 0
    days.reverse()
    since = _reached(found, days) if found.is_of_now else _since(found, len(days), missing)
    return Streak(since, tuple(days), missing)


def _reached(found: Judged, days: Sequence[tuple[date, float]]) -> datetime:
    """By when a newest reading was as it is: by the first close that shows it."""
    return found.at if len(days) == 1 else day_start(days[0][0] + DAY, found.moment.zone)


def _close_at(found: Judged) -> Moment:
    """The close of the last closed day by then."""
    moment = found.moment
    return moment if moment.closing else moment.close_of(moment.today - DAY)


def _since(found: Judged, count: int, missing: int) -> datetime:
    """Where the streak starts; a day of 23 hours is a day too."""
    by_hours = found.at - count * DAY
    if missing:
        return by_hours
    zone = found.moment.zone
    last = (found.at - _MICROSECOND).astimezone(zone).date()
    return min(by_hours, day_start(last - (count - 1) * DAY, zone))


def _value_on(number: Numeral, close: Moment) -> float | None:
    """The value at a close; None where nothing was measured for that day: nothing is carried over it."""
    reading = number.read(close)
    if reading.value is None or not reading.settled:
        return None
    if number.is_live and not number.is_carried and reading.at is not None:
        first = day_start(close.day, close.zone)
        oldest = first if number.every <= DAY else close.now - number.every - TOLERANCE
        return reading.value if reading.at >= oldest else None
    return reading.value


def run_of_samples(
    number: Numeral, found: Judged, holds: Callable[[float], bool], *, most: int = 500
) -> tuple[datetime, tuple[tuple[datetime, float], ...]] | None:
    """Since when a newest reading is as it is, by its samples; None where they are not what is read.

    That is where several series are added up, or where a KPI counts in another unit.

    The samples are those on which it holds, oldest first, the last ones of a long run.
    """
    if len(number.queries) != 1 or found.reading.at is None:
        return None
    query = number.queries[0]
    series = [one for one in number.series.of(query.metric, query.filters) if len(one)]
    if len(series) != 1 or query.function != "last":
        return None
    one = series[0]
    end = int(one.at.searchsorted(to_micros(found.reading.at), "right"))
    if not end or float(one.value[end - 1]) != found.value:
        return None
    kept: list[tuple[datetime, float]] = []
    for index in range(end - 1, max(-1, end - 1 - most), -1):
        value = float(one.value[index])
        if not holds(value):
            break
        kept.append((from_micros(int(one.at[index])), value))
    kept.reverse()
    return (kept[0][0], tuple(kept)) if kept else None


def by_label(number_of: Callable[[SeriesSet], Numeral], label: str, sight: Sight) -> dict[str, Numeral]:
    """A number for each value of a label; one that is measured no more, while others are, is left out."""
    queries = number_of(sight.series).queries
    metrics = dict.fromkeys(query.metric for query in queries)
    own = [one for name in metrics for one in sight.series.by_metric.get(name, ())]
    newest: dict[str, int] = {}
    now = to_micros(sight.moment.now)
    for one in own:
        value, count = dict(one.labels).get(label), int(one.at.searchsorted(now, "right"))
        if value is not None and count:
            newest[value] = max(newest.get(value, 0), int(one.at[count - 1]))
    found = {}
    for value in sorted(newest):
        part = tuple(one for one in own if dict(one.labels).get(label, value) == value)
        number = number_of(SeriesSet(part, sight.series.metrics))
        lag = from_micros(max(newest.values())) - from_micros(newest[value])
        if lag <= 2 * number.every + TOLERANCE:
            found[value] = number
    return found


def listed(days: Sequence[tuple[date, float]]) -> list[list[object]]:
    """Days with their values as plain JSON."""
    return [[day.isoformat(), value] for day, value in days]
