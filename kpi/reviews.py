"""Reviews: which of a framework's reviews and tasks fall due when, from its own cadences and dates.

A recurring review is owed once in each period of the calendar, by the period's last business day. Doing it
on any day of a period settles that period. Of those left undone only the last one is owed: who missed
three weekly check-ins holds one, not three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kpi.calendar import Plan, add_months
from kpi.framework import Framework, slug
from kpi.framework_rules import Governance, Review

NEXT_REVIEW = "next_review"
"""The key of the review that a framework names a day for."""

_MONDAY = date(1970, 1, 5)  # every second week is counted from here


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """One review or task and when it is next due; `due` is None where nobody has set a date."""

    key: str
    title: str
    cadence: str  # weekly, monthly, ...; empty for what is done once
    due: date | None
    overdue_days: int  # how many days ago it was due: 0 unless it is late
    last_done: date | None
    text: str = ""
    line: int = 0
    kpi: str = ""  # the key of the KPI that a task is about

    @property
    def is_overdue(self) -> bool:
        return self.overdue_days > 0


def reviews_of(
    framework: Framework, plan: Plan, today: date, done: Mapping[str, date]
) -> tuple[ReviewDue, ...]:
    """What is owed and what comes next, by due date; at most one entry a review, the overdue one first.

    `done` says on which day each was last done, by key. What is done once and was done is left out.
    """
    found = [
        due for key, one in _keyed(framework.governance) if (due := _due(key, one, plan, today, done=done))
    ]
    return tuple(sorted(found, key=lambda one: (one.due is None, one.due or today, one.key)))


def _keyed(governance: Governance) -> Iterator[tuple[str, Review]]:
    """Every review and task with a key of its own; what goes on all the time is never due."""
    if governance.next_review is not None:
        text = f"Its owner, {governance.owner}, set this day." if governance.owner else ""
        due = governance.next_review.isoformat()
        yield NEXT_REVIEW, Review(title="Next review", due=due, text=text, line=governance.line)
    counts: dict[str, int] = {NEXT_REVIEW: 1}
    for one in (*governance.reviews, *governance.tasks):
        if one.cadence == "real-time":
            continue
        key = slug(one.title)
        counts[key] = counts.get(key, 0) + 1
        yield (key if counts[key] == 1 else f"{key}_{counts[key]}"), one


def _due(key: str, one: Review, plan: Plan, today: date, *, done: Mapping[str, date]) -> ReviewDue | None:
    last = done.get(key)
    if one.cadence is None:
        return None if last is not None else _entry(key, one, _dated(one.due, plan), today, last=last)
    first = _dated(one.due, plan) if one.due else None
    if first is not None and last is None and (plan.start is None or first >= plan.start):
        return _entry(key, one, first, today, last=last)  # "quarterly, first in Q1": Q1 until it is done
    return _entry(key, one, _recurring(one.cadence, plan.start, today, last), today, last=last)


def _entry(key: str, one: Review, due: date | None, today: date, *, last: date | None) -> ReviewDue:
    late = 0 if due is None else max(0, (today - due).days)
    return ReviewDue(key, one.title, one.cadence or "", due, late, last, one.text, one.line, one.kpi)


def _dated(text: str, plan: Plan) -> date | None:
    """The day that `due` names: a date, or the deadline of a horizon."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return plan.deadline(text)


def _recurring(cadence: str, start: date | None, today: date, last: date | None) -> date:
    """When a review is due: the last one missed while the framework was in use, else the next one."""
    period = _PERIODS[cadence]
    anchor = today if start is None else max(today, start)
    first, end = period(anchor)
    if last is not None and last >= first:
        return _business_day(period(max(end, last) + timedelta(days=1))[1])  # done in it: the one after it
    if _business_day(end) < anchor:  # a weekend: what was due on Friday, if the framework was in use then
        was_due = start is not None and start <= _business_day(end)
        return _business_day(end if was_due else period(end + timedelta(days=1))[1])
    missed_first, missed_end = period(first - timedelta(days=1))
    missed = _business_day(missed_end)
    is_owed = start is not None and start <= missed and (last is None or last < missed_first)
    return missed if is_owed else _business_day(end)


_Period = Callable[[date], tuple[date, date]]
"""The first and the last day of the period that holds a day."""


def _weeks(count: int) -> _Period:
    def period(day: date) -> tuple[date, date]:
        first = day - timedelta(days=(day - _MONDAY).days % (7 * count))
        return first, first + timedelta(days=7 * count - 1)

    return period


def _months(count: int) -> _Period:
    def period(day: date) -> tuple[date, date]:
        first = date(day.year, (day.month - 1) // count * count + 1, 1)
        return first, add_months(first, count) - timedelta(days=1)

    return period


def _working_day(day: date) -> tuple[date, date]:
    """The day itself; of a weekend the Friday before it, which it prolongs."""
    first = _business_day(day)
    return first, first + timedelta(days=2 if first.weekday() == 4 else 0)


_PERIODS: Mapping[str, _Period] = {
    "daily": _working_day,
    "weekly": _weeks(1),
    "biweekly": _weeks(2),
    "monthly": _months(1),
    "quarterly": _months(3),
    "yearly": _months(12),
}


def _business_day(day: date) -> date:
    """`day`, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
