"""What Mixpanel is read for, and the samples in its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field

from collectors import queries
from collectors.base import Span
from collectors.faults import UnexpectedResponse
from collectors.of_day import Days
from collectors.payload import number, part, rows, text
from collectors.queries import Asking, NamedQuery, Row, value_of
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=3)
_NONE_USED = "Nothing was taken from it; the vendor may have changed its API."


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"mixpanel.{name}", unit, kind, description, names)


ACTIVE = {
    1: _metric("active_users_1d", "users", Kind.RATIO, "different people active on a day"),
    7: _metric("active_users_7d", "users", Kind.RATIO, "different people active in the 7 days to a day"),
    30: _metric("active_users_30d", "users", Kind.RATIO, "different people active in the 30 days to a day"),
}
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
    "funnel_time", "seconds", Kind.RATIO, "average time they took from the first step to it", "funnel", "step"
)
COHORT = _metric("cohort_users", "users", Kind.FLOW, "people who came for the first time on a day", "cohort")
RETAINED = _metric(
    "retained_users", "users", Kind.FLOW, "those of them who came again on the day set", "cohort"
)
REPORTS = queries.metrics("mixpanel")
METRICS = (*ACTIVE.values(), EVENTS, EVENT_USERS, FUNNEL_USERS, FUNNEL_TIME, COHORT, RETAINED, *REPORTS)


class Report(NamedQuery):
    """One saved report of Insights, by days or with one total."""

    report: int = Field(gt=0, description="the number in the report's address")
    series: str = Field("", max_length=255, description="which of its series, where it has several")


def day_of_key(key: Any) -> date:
    """The day that a key of an answer names: 2026-11-20, or the instant at which it began."""
    try:
        return date.fromisoformat(str(key)[:10])
    except ValueError:
        raise UnexpectedResponse("a day of the answer cannot be read", hint=_NONE_USED) from None


def mapping(payload: Any, *path: str | int) -> Mapping[str, Any]:
    """An object of the answer."""
    found = part(payload, *path)
    if isinstance(found, Mapping):
        return found
    said = ".".join(map(str, path)) or "the answer"
    raise UnexpectedResponse(f"{said} is no object", hint=_NONE_USED)


def parse_counts(answer: Any) -> dict[date, float]:
    """The counts of the one event that was asked for, by day; none where Mixpanel knows no such event."""
    values = mapping(answer, "data", "values")
    if len(values) > 1:
        raise UnexpectedResponse("the answer is of several events", hint=_NONE_USED)
    return {
        day_of_key(day): number(held, day)
        for held in (mapping(values, one) for one in values)
        for day in held
    }


def sample(
    metric: Metric, day: date, value: float, span: Span, ripens: int = 0, **named: str
) -> Iterator[Sample]:
    """A figure of `day`; of people who have `ripens` days left after it, final so much later."""
    after = timedelta(days=ripens) + SETTLES_AFTER
    return Days(span, after).told(metric, day, value, labels(named))


def parse_funnel(answer: Any, days: set[date], span: Span, within: int, name: str) -> Iterator[Sample]:
    """Who reached each step of those who began on a day, and after how long."""
    data = mapping(answer, "data")
    for key in data:
        day = day_of_key(key)
        for place, step in enumerate(rows(data, key, "steps") if day in days else (), 1):
            named = {"funnel": name, "step": str(place)}
            people = number(step, "count")
            yield from sample(FUNNEL_USERS, day, people, span, within, **named)
            took = step.get("avg_time_from_start")
            if place > 1 and people > 0 and took is not None:
                seconds = number(step, "avg_time_from_start")
                yield from sample(FUNNEL_TIME, day, seconds, span, within, **named)


def parse_retention(answer: Any, days: set[date], span: Span, after: int, name: str) -> Iterator[Sample]:
    """Who came first on a day, and how many of them came again `after` days later."""
    cohorts = mapping(answer)
    for key in cohorts:
        day = day_of_key(key)
        if day not in days:
            continue
        first, again = number(cohorts, key, "first"), number(cohorts, key, "counts", after)
        if again > first:
            raise UnexpectedResponse("more people came again than came at all", hint=_NONE_USED)
        yield from sample(COHORT, day, first, span, after + 1, cohort=name)
        yield from sample(RETAINED, day, again, span, after + 1, cohort=name)


def parse_report(answer: Any, asking: Asking[Report]) -> Iterator[Row]:
    """The rows of a report: one for each day, or one total."""
    series = mapping(answer, "series")
    wanted = asking.query.series or next(iter(series), "")
    if wanted not in series or (len(series) > 1 and not asking.query.series):
        said = ", ".join(str(one)[:40] for one in list(series)[:5])
        raise asking.fault(f"has the series {said or 'of nothing'}", "Name one of them in series.")
    found = mapping(series, wanted)
    if any(isinstance(one, Mapping) for one in found.values()):
        raise asking.fault("is broken down", "Save the report without a breakdown.")
    if set(found) == {"all"}:
        yield Row(value_of(found["all"], asking))
        return
    _check_days(answer, found, asking)
    for key, value in found.items():
        yield Row(value_of(value, asking), day_of_key(key))


def _check_days(answer: Any, found: Mapping[str, Any], asking: Asking[Report]) -> None:
    """A report by weeks would tell an amount of seven days as one of a day."""
    try:
        edges = [datetime.fromisoformat(text(answer, "date_range", one)) for one in ("from_date", "to_date")]
    except ValueError:
        raise UnexpectedResponse("date_range cannot be read", hint=_NONE_USED) from None
    if len({day_of_key(key) for key in found}) != (edges[1].date() - edges[0].date()).days + 1:
        raise asking.fault("is not by days", "Save the report by days, or with one total.")
    for key in found:
        try:
            at = datetime.fromisoformat(key)
        except ValueError:
            raise UnexpectedResponse("a time of the report cannot be read", hint=_NONE_USED) from None
        if at.tzinfo is not None and at != asking.span.start_of(at.date()):
            raise asking.fault(
                f"has a day that begins at {at:%H:%M %z}, which is no midnight in {asking.span.zone}",
                "Set zone to the project's time zone in its settings at Mixpanel.",
            )
