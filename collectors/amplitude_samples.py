"""What Amplitude is read for, and the samples in its answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from collectors.base import Span
from collectors.faults import UnexpectedResponse
from collectors.of_day import Days
from collectors.payload import number, part, rows
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=3)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NONE_USED = "Nothing was taken from it; the vendor may have changed its API."


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"amplitude.{name}", unit, kind, description, names)


ACTIVE = {
    1: _metric("active_users_1d", "users", Kind.RATIO, "different people active on a day"),
    7: _metric("active_users_7d", "users", Kind.RATIO, "different people active in the 7 days to a day"),
    30: _metric("active_users_30d", "users", Kind.RATIO, "different people active in the 30 days to a day"),
}
NEW_USERS = _metric("new_users", "users", Kind.FLOW, "people seen for the first time on a day")
SESSION_LENGTH = _metric("session_length", "seconds", Kind.RATIO, "average length of the sessions of a day")
EVENTS = _metric("events", "events", Kind.FLOW, "events of a day, by the name given in events", "event")
EVENT_USERS = _metric("event_users", "users", Kind.RATIO, "different people who did it on a day", "event")
FUNNEL_USERS = _metric(
    "funnel_users",
    "users",
    Kind.FLOW,
    "people who began a funnel on a day and reached a step",
    "funnel",
    "step",
)
FUNNEL_TIME = _metric(
    "funnel_time", "seconds", Kind.RATIO, "median time they took from the step before", "funnel", "step"
)
COHORT = _metric("cohort_users", "users", Kind.FLOW, "people who came on a day", "cohort")
RETAINED = _metric(
    "retained_users", "users", Kind.FLOW, "those of them who came again on the day set", "cohort"
)
METRICS = (
    *ACTIVE.values(),
    NEW_USERS,
    SESSION_LENGTH,
    EVENTS,
    EVENT_USERS,
    FUNNEL_USERS,
    FUNNEL_TIME,
    COHORT,
    RETAINED,
)


def sample(
    metric: Metric, day: date, value: float, span: Span, ripens: int = 0, **named: str
) -> Iterator[Sample]:
    """A figure of `day`; of people who have `ripens` days left after it, final so much later."""
    after = timedelta(days=ripens) + SETTLES_AFTER
    return Days(span, after).told(metric, day, value, labels(named))


def _days(found: Any) -> list[date]:
    values = part(found, "xValues")
    try:
        days = [date.fromisoformat(one[:10]) for one in values]
    except (TypeError, ValueError):
        raise UnexpectedResponse("xValues are not days", hint=_NONE_USED) from None
    if len(set(days)) != len(days):
        raise UnexpectedResponse("xValues name a day twice", hint=_NONE_USED)
    return days


def parse_days(answer: Any) -> dict[date, float]:
    """The one series of an answer, by day."""
    data = part(answer, "data")
    days, series = _days(data), part(data, "series")
    if not isinstance(series, list) or len(series) > 1:
        raise UnexpectedResponse("the answer holds other than one series", hint=_NONE_USED)
    if not series:
        return {}
    if not isinstance(series[0], list) or len(series[0]) != len(days):
        raise UnexpectedResponse("the series does not fit its days", hint=_NONE_USED)
    return {day: number(series[0], place) for place, day in enumerate(days)}


def told(
    metric: Metric, found: Mapping[date, float], days: Collection[date], span: Span, event: str = ""
) -> Iterator[Sample]:
    """The figures of the days that were read."""
    named = {"event": event} if event else {}
    for day, value in found.items():
        if day in days:
            yield from sample(metric, day, value, span, 0, **named)


def parse_funnel(answer: Any, days: Iterable[date], span: Span, within: int, name: str) -> Iterator[Sample]:
    """Who reached each step of those who began on a day, and how long they took from the step before."""
    groups = list(rows(answer, "data"))
    if len(groups) != 1:
        raise UnexpectedResponse("the funnel has other than one group", hint=_NONE_USED)
    people, millis = (_steps(part(groups[0], one)) for one in ("dayFunnels", "dayMedianTransTimes"))
    for day in sorted({*people} & {*days}):
        for place, count in enumerate(people[day]):
            named = {"funnel": name, "step": str(place + 1)}
            yield from sample(FUNNEL_USERS, day, count, span, within, **named)
            if place > 0 and count > 0:
                took = number(millis.get(day), place) / 1000
                yield from sample(FUNNEL_TIME, day, took, span, within, **named)


def _steps(found: Any) -> dict[date, list[float]]:
    """A figure for each step, by day."""
    days, series = _days(found), part(found, "series")
    is_table = isinstance(series, list) and all(isinstance(one, list) for one in series)
    if not is_table or len(series) != len(days):
        raise UnexpectedResponse("a funnel does not fit its days", hint=_NONE_USED)
    return {
        day: [number(each, place) for place in range(len(each))]
        for day, each in zip(days, series, strict=True)
    }


def parse_retention(
    answer: Any, days: Collection[date], span: Span, after: int, name: str
) -> Iterator[Sample]:
    """Who came on a day, and how many of them came again `after` days later. The first entry of a cohort is
    all of it and the second its first day; one that Amplitude calls incomplete is left out."""
    (series,) = _one(list(rows(answer, "data", "series")))
    values = part(series, "values")
    if not isinstance(values, Mapping):
        raise UnexpectedResponse("values are no object", hint=_NONE_USED)
    by_name = {_key(day): day for day in days}
    if len(by_name) != len(days):
        raise UnexpectedResponse("more than a year of cohorts was asked for", hint="Read a shorter span.")
    for key in values:
        day = by_name.get(_padded(str(key)))
        if day is None:
            continue
        entry = part(values, key, after + 1)
        if part(entry, "incomplete") is not False:
            continue
        came, again = number(entry, "outof"), number(entry, "count")
        if again > came:
            raise UnexpectedResponse("more people came again than came at all", hint=_NONE_USED)
        yield from sample(COHORT, day, came, span, after + 1, cohort=name)
        yield from sample(RETAINED, day, again, span, after + 1, cohort=name)


def _one(found: list[Any]) -> list[Any]:
    if len(found) != 1:
        raise UnexpectedResponse("the answer holds other than one series", hint=_NONE_USED)
    return found


def _padded(key: str) -> str:
    """Aug 4 as Aug 04: Amplitude's own documentation shows none below ten."""
    month, _, number_ = key.strip().partition(" ")
    return f"{month} {number_.strip():0>2}"


def _key(day: date) -> str:
    """A day as Amplitude writes it, without its year: Aug 14."""
    return f"{_MONTHS[day.month - 1]} {day.day:02d}"


def compact(day: date) -> str:
    """A day as Amplitude is asked for it."""
    return f"{day:%Y%m%d}"
