"""Each period is asked for once, on the first business day after it, and only the last one is owed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.asking import (
    EVERY,
    Course,
    Every,
    Hours,
    Patience,
    Stated,
    Term,
    ask_day,
    ended_before,
    following,
    is_answer,
    is_known,
    is_open,
    next_step,
    owed,
)
from kpi.workdays import is_business_day

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
RHYTHMS = st.sampled_from(EVERY)
CLOSED = st.frozensets(st.dates(date(2025, 12, 20), date(2026, 1, 20)), max_size=20)
OCTOBER = Term("monthly", date(2026, 10, 1), date(2026, 10, 31))
ASKED = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "today", "first", "last"),
    [
        ("monthly", date(2026, 11, 2), date(2026, 10, 1), date(2026, 10, 31)),
        ("monthly", date(2026, 11, 1), date(2026, 9, 1), date(2026, 9, 30)),  # a Sunday: not yet asked
        ("quarterly", date(2026, 10, 1), date(2026, 7, 1), date(2026, 9, 30)),
        ("yearly", date(2026, 1, 1), date(2025, 1, 1), date(2025, 12, 31)),
        ("weekly", date(2026, 11, 23), date(2026, 11, 16), date(2026, 11, 22)),
        ("weekly", date(2026, 11, 22), date(2026, 11, 9), date(2026, 11, 15)),
        ("biweekly", date(2026, 1, 19), date(2026, 1, 5), date(2026, 1, 18)),
        ("biweekly", date(2026, 1, 26), date(2026, 1, 5), date(2026, 1, 18)),
        ("daily", date(2026, 11, 23), date(2026, 11, 20), date(2026, 11, 20)),  # Monday asks for Friday
        ("daily", date(2026, 11, 22), date(2026, 11, 19), date(2026, 11, 19)),
    ],
)
def test_the_last_period_whose_day_has_come_is_owed(
    every: Every, today: date, first: date, last: date
) -> None:
    assert owed(every, today) == Term(every, first, last)


def test_holidays_put_the_question_off() -> None:
    closed = frozenset({date(2026, 11, 2), date(2026, 11, 3)})
    assert ask_day(OCTOBER, closed) == date(2026, 11, 4)
    september = owed("monthly", date(2026, 11, 3), closed)
    assert september is not None
    assert september.last == date(2026, 9, 30)
    assert owed("monthly", date(2026, 11, 4), closed) == OCTOBER


def test_nothing_is_owed_for_what_had_ended_before_the_beginning() -> None:
    assert owed("yearly", date(2026, 11, 2), since=date(2026, 9, 1)) is None
    assert owed("monthly", date(2026, 11, 2), since=date(2026, 10, 31)) == OCTOBER
    assert owed("monthly", date(2026, 11, 2), since=date(2026, 11, 1)) is None


@settings(max_examples=60, deadline=None)
@given(every=RHYTHMS, start=st.dates(date(2025, 11, 1), date(2026, 2, 1)), closed=CLOSED)
def test_each_period_is_asked_for_in_one_stretch_of_days_that_begins_on_its_day(
    every: Every, start: date, closed: frozenset[date]
) -> None:
    found = [(day, owed(every, day, closed)) for day in (start + timedelta(at) for at in range(60))]
    changes = [(day, term) for (_, before), (day, term) in pairwise(found) if term != before]
    keys = [term.key for _, term in changes if term is not None]
    assert len(keys) == len(set(keys)), "none comes back"
    for day, term in changes:
        assert term is not None
        assert ask_day(term, closed) == day
        assert is_business_day(day, closed)
    lasts = [term.last for _, term in found if term is not None]
    assert lasts == sorted(lasts)


@settings(max_examples=100, deadline=None)
@given(every=RHYTHMS, today=DAYS)
def test_only_the_last_one_is_owed_however_long_nobody_looked(every: Every, today: date) -> None:
    term = owed(every, today)
    assert term is not None
    assert term.last < today
    later = following(term)
    while later.every == "daily" and not is_business_day(later.last):
        later = following(later)
    assert ask_day(later) > today, "the one after it is not due yet"


@settings(max_examples=100, deadline=None)
@given(every=RHYTHMS, day=DAYS)
def test_periods_follow_each_other_without_a_gap(every: Every, day: date) -> None:
    term = ended_before(day, every)
    assert following(term).first == term.last + timedelta(days=1)
    assert Term.of(term.key) == term
    assert term.first <= term.last < day


@pytest.mark.parametrize("key", ["", "monthly", "hourly 2026-10-31", "monthly soon", "monthly 2026-02-31"])
def test_a_name_of_no_period_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Term.of(key)


@pytest.mark.parametrize(
    ("day", "is_there"),
    [
        (date(2026, 9, 30), False),
        (date(2026, 10, 1), False),  # it speaks of September
        (date(2026, 10, 16), True),
        (date(2026, 10, 31), True),
        (date(2026, 11, 2), True),
    ],
)
def test_a_value_of_the_second_half_or_later_spares_the_question(day: date, *, is_there: bool) -> None:
    assert is_known(OCTOBER, Stated(day, ASKED)) == is_there
    assert not is_known(OCTOBER, None)


def test_one_value_answers_for_one_period() -> None:
    november = following(OCTOBER)
    late = Stated(date(2026, 11, 20), ASKED + timedelta(days=18))
    assert is_known(november, late)
    assert not is_known(november, late, used_until=late.recorded_at)
    assert is_known(november, Stated(date(2026, 11, 21), late.recorded_at + timedelta(1)), late.recorded_at)


@pytest.mark.parametrize(
    ("day", "after", "answers"),
    [
        (date(2026, 10, 1), 1, True),
        (date(2026, 11, 5), 3, True),
        (date(2026, 9, 30), 1, False),
        (date(2026, 10, 31), -1, False),
    ],
)
def test_what_is_stated_after_the_question_answers_for_any_day_of_the_period(
    day: date, after: int, *, answers: bool
) -> None:
    assert is_answer(OCTOBER, Stated(day, ASKED + timedelta(days=after)), ASKED) == answers


@pytest.mark.parametrize(
    ("course", "days", "step"),
    [
        (Course(date(2026, 11, 2)), 1, None),
        (Course(date(2026, 11, 2)), 2, "remind"),
        (Course(date(2026, 11, 2)), 3, "remind"),
        (Course(date(2026, 11, 2), is_reminded=True), 3, None),
        (Course(date(2026, 11, 2), is_reminded=True), 4, "escalate"),
        (Course(date(2026, 11, 2)), 9, "escalate"),
        (Course(date(2026, 11, 2), is_reminded=True, is_escalated=True), 9, None),
        (Course(date(2026, 11, 2), is_escalated=True), 9, None),
    ],
)
def test_an_open_request_is_reminded_of_once_and_told_on_once(
    course: Course, days: int, step: str | None
) -> None:
    assert next_step(course, course.asked + timedelta(days=days), Patience()) == step


def test_never_is_never() -> None:
    course = Course(date(2026, 11, 2))
    assert next_step(course, date(2027, 11, 2), Patience(None, None)) is None
    assert next_step(course, date(2027, 11, 2), Patience(2, None)) == "remind"


@pytest.mark.parametrize(
    ("day", "clock", "opened"),
    [
        (2, "09:59:59", False),
        (2, "10:00", True),
        (2, "17:59", True),
        (2, "18:00", False),
        (1, "12:00", False),  # a Sunday
        (3, "12:00", False),  # closed
    ],
)
def test_people_are_written_to_in_their_hours(day: int, clock: str, *, opened: bool) -> None:
    at = datetime.combine(date(2026, 11, day), time.fromisoformat(clock), UTC)
    assert is_open(at, Hours(timedelta(hours=10)), frozenset({date(2026, 11, 3)})) == opened
