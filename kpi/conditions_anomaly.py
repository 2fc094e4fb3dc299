"""Rules on what is unlike what was to be expected, by day: the newest closed and settled one decides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from kpi.aggregate import Query, evaluate
from kpi.alert_names import looks_like_measure
from kpi.alert_rules import ANY
from kpi.alerts import Finding
from kpi.anomaly import Point, detect
from kpi.anomaly_signs import Direction
from kpi.by_day import amounts, closes
from kpi.calendar import Moment, day_start
from kpi.conditions_days import DAY, Judged, Numeral, by_label, judged, kpi_number, measure_number
from kpi.conditions_limits import told, unit_name, unknown
from kpi.conditions_sight import Look, Scoped
from kpi.metric import SeriesSet
from kpi.window import Days, Window
from kpi.workdays import Closed

HISTORY_DAYS = 182
"""How many closed days are looked at: half a year tells the weekdays and the trend."""
FEWEST = 30

_ONE_DAY = Window("1d", 1)
_WAYS: Mapping[str, Direction] = {"both": "both", "low": "down", "high": "up"}


def of_anomaly(look: Look) -> tuple[Finding, ...]:
    """Days of a measure or a KPI, or of each KPI, that are unlike what was to be expected."""
    sight, text, label = look.sight, look.when.anomaly, look.when.by
    if text == ANY or sight.find(text, look.framework) is not None:
        found = (_of_kpi(one, look) for one in look.chosen(text))
        return tuple(one for one in found if one is not None)
    if not looks_like_measure(text):
        return ()
    if not label:
        one = _finding("", measure_number(text, sight.series), look)
        return () if one is None else (one,)
    parts = by_label(lambda series: measure_number(text, series), label, sight)
    each = (_finding(value, number, look) for value, number in parts.items())
    return tuple(one for one in each if one is not None)


def _of_kpi(one: Scoped, look: Look) -> Finding | None:
    """Of `any` only those whose days can be read in one go."""
    number = kpi_number(one, look.sight.series)
    if number.is_carried or (look.when.anomaly == ANY and _in_one_go(number) is None):
        return None
    return _finding(one.path, number, look)


def _in_one_go(number: Numeral) -> Numeral | None:
    """The number of a single day behind a sum or a level; None where each day has to be asked for."""
    if len(number.queries) != 1 or number.queries[0].function not in ("sum", "last", "change"):
        return None
    query = number.queries[0]
    window = None if query.function != "sum" else _ONE_DAY
    return replace(number, queries=(replace(query, function="sum" if window else "last", window=window),))


def _finding(subject: str, number: Numeral, look: Look) -> Finding | None:
    found = judged(number, look.sight)
    if found.value is None:
        return unknown(subject, found.reason, at=found.at)
    days = _days(number, found)
    if sum(value is not None for _, value in days) < FEWEST or days[-1][1] is None:
        return unknown(subject, "too few days are known", at=found.at)
    zone, last_day = look.sight.moment.zone, days[-1][0]
    course = _course(days, zone, _WAYS[look.when.direction], look.sight.closed(last_day.year))
    last = course.last
    return Finding(
        subject,
        holds=course.told is not None,
        clears=course.is_inside,
        at=found.at,
        since=found.at - course.days * DAY if course.told is not None else None,
        value=last.value,
        evidence=told(
            name=number.name,
            unit=unit_name(number.unit or found.reading.unit),
            value=last.value,
            expected=last.expected,
            low=last.low,
            high=last.high,
            score=last.score if course.told is None else max(last.score, course.told.score),
            why="" if course.told is None else course.told.reason,
            direction=_side(last),
            day=last_day.isoformat(),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Course:
    """The newest point, and the incident that it belongs to: its first point, and how many days it has."""

    last: Point
    told: Point | None
    days: int

    @property
    def is_inside(self) -> bool:
        """Whether the newest value lies where it was to be expected."""
        return not _is_outside(self.last)


@lru_cache(maxsize=1024)
def _course(
    days: tuple[tuple[date, float | None], ...],
    zone: ZoneInfo,
    direction: Direction,
    closed: Closed,
) -> _Course:
    """Worked out once a day and series: only what is told of the end is kept.

    An incident lasts as long as the values stay outside of what is expected.
    """
    at = [day_start(day, zone) for day, _ in days]
    points = detect(at, [value for _, value in days], zone=zone, closed=closed, direction=direction)
    for count, point in enumerate(reversed(points), 1):
        if point.is_anomaly:
            return _Course(points[-1], point, count)
        if point.value is not None and not _is_outside(point):
            break
    return _Course(points[-1], None, 0)


def _is_outside(point: Point) -> bool:
    if point.value is None or point.low is None or point.high is None:
        return False
    return not point.low <= point.value <= point.high


def _side(point: Point) -> str:
    is_low = point.value is not None and point.expected is not None and point.value < point.expected
    return "low" if is_low else "high"


def _days(number: Numeral, found: Judged) -> tuple[tuple[date, float | None], ...]:
    """Closed days with their values up to the one that is judged; None for one without a value."""
    close = found.moment if found.moment.closing else found.moment.close_of(found.moment.today - DAY)
    plain = _in_one_go(number)
    if plain is not None:
        query = plain.queries[0]
        read = amounts if query.window is not None else closes
        known = read(query, number.series, close, HISTORY_DAYS)
        values = known.values if known is not None else _readings(query, number.series, close)
        if values is not None:
            return _begun(_in_unit(values, number, found))
    return _begun([(day, number.read(close.close_of(day)).value) for day in _back_from(close)])


def _readings(query: Query, series: SeriesSet, close: Moment) -> Sequence[tuple[date, float | None]] | None:
    """The last reading of each day, of a single series that is neither a level nor an amount."""
    own = series.of(query.metric, query.filters)
    if len(own) != 1:
        return None
    days = Days(close.today - HISTORY_DAYS * DAY, HISTORY_DAYS, close.zone)
    edges, one = days.edges, own[0]
    index = one.at.searchsorted(edges[1:]) - 1
    read = [(int(at), at >= 0 and one.at[at] >= edges[place]) for place, at in enumerate(index)]
    return [
        (days.day(place), float(one.value[at]) if is_of_day else None)
        for place, (at, is_of_day) in enumerate(read)
    ]


def _in_unit(
    values: Sequence[tuple[date, float | None]], number: Numeral, found: Judged
) -> Sequence[tuple[date, float | None]]:
    """The values of samples in the unit that the number is told in."""
    raw = evaluate(number.queries[0], number.series, found.moment).value
    if not raw or found.value is None or math.isclose(raw, found.value):
        return values
    factor = found.value / raw
    return [(day, None if value is None else value * factor) for day, value in values]


def _begun(days: Sequence[tuple[date, float | None]]) -> tuple[tuple[date, float | None], ...]:
    """Without those before the first one that was measured."""
    first = next((place for place, (_, value) in enumerate(days) if value is not None), 0)
    return tuple(days[first:])


def _back_from(close: Moment) -> list[date]:
    return [close.day - back * DAY for back in range(HISTORY_DAYS - 1, -1, -1)]
