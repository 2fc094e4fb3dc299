"""When a person is asked for a number, and for which period: the rules, without any clock or storage.

A period is asked about once, on the first business day after it has ended. Only the last period is owed: who
was away for three months is asked for one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from kpi.workdays import NONE_CLOSED, Closed, PeriodName, is_business_day, nth_business_day, period_of

Every = Literal["daily", "weekly", "biweekly", "monthly", "quarterly", "yearly"]
EVERY: tuple[Every, ...] = get_args(Every)

FORTNIGHTS = date(2026, 1, 5)
"""A Monday. Two weeks are counted from it, so that they are always 14 days."""

_LONGEST_CLOSED = 92
"""Days that everything may be closed in a row; after more of them it is asked on whatever day it is."""

_PERIODS: dict[str, PeriodName] = {"monthly": "month", "quarterly": "quarter", "yearly": "year"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """The period that a number is asked for: both days belong to it."""

    every: Every
    first: date
    last: date

    @property
    def key(self) -> str:
        """Its name in storage: "monthly 2026-10-31"."""
        return f"{self.every} {self.last.isoformat()}"

    @classmethod
    def of(cls, key: str) -> Term:
        """The period of that name. Raises ValueError where it is none."""
        every, _, last = key.partition(" ")
        known = next((one for one in EVERY if one == every), None)
        if known is None:
            raise ValueError(f"{key!r} names no period")
        return _holding(date.fromisoformat(last), known)


def _holding(day: date, every: Every) -> Term:
    """The period that `day` is in. Of single days any is one."""
    if every == "daily":
        return Term(every, day, day)
    if every in _PERIODS:
        return Term(every, *period_of(day, _PERIODS[every]))
    length = 7 if every == "weekly" else 14
    first = day - timedelta(days=(day - FORTNIGHTS).days % length)
    return Term(every, first, first + timedelta(days=length - 1))


def ended_before(day: date, every: Every, closed: Closed = NONE_CLOSED) -> Term:
    """The last period that was over when `day` began. Of single days only business days are periods."""
    if every == "daily":
        before = nth_business_day(day - timedelta(days=_LONGEST_CLOSED), day - _DAY, -1, closed)
        last = before or day - _DAY
        return Term(every, last, last)
    return _holding(_holding(day, every).first - _DAY, every)


def ask_day(term: Term, closed: Closed = NONE_CLOSED) -> date:
    """The day on which it is asked for: the first business day after its end."""
    after = term.last + _DAY
    return nth_business_day(after, after + timedelta(days=_LONGEST_CLOSED), 1, closed) or after


def owed(
    every: Every, today: date, closed: Closed = NONE_CLOSED, *, since: date | None = None
) -> Term | None:
    """The one period that is owed on `today`: the last one whose day to ask has come.

    Nothing is owed for what had ended before `since`.
    """
    term = ended_before(today, every, closed)
    while ask_day(term, closed) > today:
        term = ended_before(term.first, every, closed)
    return term if since is None or term.last >= since else None


@dataclass(frozen=True, slots=True)
class Stated:
    """The newest value that somebody stated: for which day, and when it became known."""

    day: date
    recorded_at: datetime


def is_known(term: Term, stated: Stated | None, used_until: datetime | None = None) -> bool:
    """Whether `term` need not be asked for: there is a value of its second half or of a later day. One of its
    beginning mostly speaks of the period before.

    What was recorded by `used_until` has answered for the period before, and counts once.
    """
    half = term.first + (term.last - term.first + _DAY) // 2
    if stated is None or stated.day < half:
        return False
    return used_until is None or stated.recorded_at > used_until


def is_answer(term: Term, stated: Stated | None, asked_at: datetime) -> bool:
    """Whether what somebody stated after they were asked is the answer: of any day of `term`, or later."""
    return stated is not None and stated.day >= term.first and stated.recorded_at >= asked_at


@dataclass(frozen=True, slots=True)
class Patience:
    """How many days somebody has before they are reminded, and before somebody else hears of it; or never."""

    remind: int | None = 2
    escalate: int | None = 4


Step = Literal["remind", "escalate"]


@dataclass(frozen=True, slots=True)
class Course:
    """What has been done about an open request, each on which day of the person's calendar."""

    asked: date
    is_reminded: bool = False
    is_escalated: bool = False


def next_step(course: Course, today: date, patience: Patience) -> Step | None:
    """What an open request calls for on `today`; the last thing first, so that nobody gets both at once."""
    waited = (today - course.asked).days
    if patience.escalate is not None and waited >= patience.escalate:
        return None if course.is_escalated else "escalate"
    if patience.remind is not None and waited >= patience.remind and not course.is_reminded:
        return "remind"
    return None


@dataclass(frozen=True, slots=True)
class Hours:
    """When a person may be written to: on business days, from a time of day on, for some hours."""

    opens: timedelta  # after midnight, on the wall clock
    length: timedelta = timedelta(hours=8)


def is_open(local: datetime, hours: Hours, closed: Closed = NONE_CLOSED) -> bool:
    """Whether a person may be written to at `local`, an aware time of their own zone."""
    since = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return is_business_day(local.date(), closed) and hours.opens <= since < hours.opens + hours.length


def following(term: Term) -> Term:
    """The period after `term`. After a single day it is just the next day."""
    return _holding(term.last + _DAY, term.every)
