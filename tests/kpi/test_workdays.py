"""Which days a rule holds on: counted by hand for known months, and by their definitions for all."""

from __future__ import annotations

import calendar as gregorian
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.workdays import (
    EVERY_DAY,
    LAST,
    MONDAY_TO_FRIDAY,
    AlternateWeeks,
    DayRule,
    EveryWeeks,
    NthBusinessDay,
    NthDay,
    NthWeekday,
    OnBusinessDays,
    OnceAYear,
    OnWeekdays,
    PeriodName,
    is_business_day,
    is_fiscal,
    nth_business_day,
    ordinal,
    period_of,
)

DAY = timedelta(days=1)
BERLIN = frozenset(
    {date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25)}
)
PERIODS: tuple[PeriodName, ...] = ("month", "quarter", "year", "fiscal quarter", "fiscal year")
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
closures = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=200)


def held(rule: DayRule, year: int, fiscal_month: int = 1) -> list[str]:
    """The days of a year that it holds on, as month and day."""
    first = date(year, 1, 1)
    every = (first + timedelta(days=offset) for offset in range(366))
    return [f"{day:%m-%d}" for day in every if day.year == year and rule.holds(day, BERLIN, fiscal_month)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (NthDay(15), [f"{month:02}-15" for month in range(1, 13)]),
        (NthDay(31), [f"{month:02}-{gregorian.monthrange(2026, month)[1]}" for month in range(1, 13)]),
        (NthDay(1, "quarter"), ["01-01", "04-01", "07-01", "10-01"]),
        (NthDay(LAST, "quarter"), ["03-31", "06-30", "09-30", "12-31"]),
        (NthDay(LAST, "year"), ["12-31"]),
        (NthBusinessDay(1, "quarter"), ["01-02", "04-01", "07-01", "10-01"]),
        (NthBusinessDay(1, "year"), ["01-02"]),
        (NthBusinessDay(LAST, "quarter"), ["03-31", "06-30", "09-30", "12-31"]),
        (OnceAYear(1, 2), ["01-02"]),
        (OnceAYear(2, 29), ["02-28"]),
        (NthWeekday(1, 0, "quarter"), ["01-05", "04-06", "07-06", "10-05"]),
        (NthWeekday(LAST, 4, "year"), ["12-25"]),
    ],
)
def test_a_rule_holds_on_its_days_of_2026(rule: DayRule, expected: list[str]) -> None:
    assert held(rule, 2026) == expected


def test_business_days_leave_out_the_weekend_and_what_is_closed() -> None:
    easter = held(OnBusinessDays(), 2026)
    assert [day for day in easter if "04-01" <= day <= "04-08"] == ["04-01", "04-02", "04-07", "04-08"]
    second = held(NthBusinessDay(2), 2026)
    assert second[:5] == ["01-05", "02-03", "03-03", "04-02", "05-05"]
    assert held(NthBusinessDay(LAST), 2026)[4] == "05-29"


@pytest.mark.parametrize(
    ("rule", "fiscal_month", "expected"),
    [
        (NthDay(LAST, "fiscal quarter"), 4, ["03-31", "06-30", "09-30", "12-31"]),
        (NthDay(LAST, "fiscal quarter"), 2, ["01-31", "04-30", "07-31", "10-31"]),
        (NthDay(1, "fiscal quarter"), 6, ["03-01", "06-01", "09-01", "12-01"]),
        (NthDay(LAST, "fiscal year"), 4, ["03-31"]),
        (NthDay(1, "fiscal year"), 7, ["07-01"]),
        (NthDay(LAST, "quarter"), 2, ["03-31", "06-30", "09-30", "12-31"]),
    ],
)
def test_a_fiscal_period_counts_from_its_month(rule: DayRule, fiscal_month: int, expected: list[str]) -> None:
    assert held(rule, 2026, fiscal_month) == expected
    assert is_fiscal(rule) == ("fiscal" in rule.words)


def test_every_two_weeks_are_even_weeks_or_counted_from_a_day() -> None:
    assert held(AlternateWeeks(frozenset({0})), 2026)[:3] == ["01-05", "01-19", "02-02"]
    assert held(AlternateWeeks(frozenset({0})), 2026)[-1] == "12-21", "week 52; week 53 is odd"
    assert held(AlternateWeeks(frozenset({0})), 2027)[0] == "01-11"
    assert held(AlternateWeeks(frozenset({0}), is_odd=True), 2026)[-1] == "12-28"
    anchored = EveryWeeks(2, frozenset({0, 3}), date(2026, 12, 10))
    assert held(anchored, 2026) == ["12-10", "12-21", "12-24"]
    assert held(anchored, 2027)[:2] == ["01-04", "01-07"]
    assert not held(anchored, 2025), "nothing before its first day"


def test_a_leap_day_is_kept_in_leap_years() -> None:
    assert held(OnceAYear(2, 29), 2028) == ["02-29"]


@given(first=days, length=st.integers(0, 120), nth=st.integers(1, 25), closed=closures)
def test_the_nth_business_day_is_counted_from_either_end(
    first: date, length: int, nth: int, closed: frozenset[date]
) -> None:
    last = first + timedelta(days=length)
    every = [first + timedelta(days=offset) for offset in range(length + 1)]
    working = [day for day in every if is_business_day(day, closed)]
    assert nth_business_day(first, last, nth, closed) == (
        working[min(nth, len(working)) - 1] if working else None
    )
    assert nth_business_day(first, last, LAST, closed) == (working[-1] if working else None)


@given(day=days, period=st.sampled_from(PERIODS), fiscal_month=st.integers(1, 12))
def test_periods_follow_each_other_without_a_gap(day: date, period: PeriodName, fiscal_month: int) -> None:
    first, last = period_of(day, period, fiscal_month)
    assert first <= day <= last
    assert period_of(first, period, fiscal_month) == period_of(last, period, fiscal_month) == (first, last)
    assert period_of(last + DAY, period, fiscal_month)[0] == last + DAY
    assert first.day == 1
    if period == "fiscal year":
        assert first.month == fiscal_month


@settings(max_examples=40)
@given(
    day=days,
    period=st.sampled_from(PERIODS),
    fiscal_month=st.integers(1, 12),
    kind=st.sampled_from((NthDay, NthBusinessDay)),
    nth=st.sampled_from((1, 2, 15, 20, LAST)),
    closed=closures,
)
def test_every_period_has_exactly_one_nth_day(
    day: date,
    period: PeriodName,
    fiscal_month: int,
    kind: type[NthDay | NthBusinessDay],
    nth: int,
    closed: frozenset[date],
) -> None:
    first, last = period_of(day, period, fiscal_month)
    rule = kind(nth, period)
    every = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    is_open = kind is NthDay or any(is_business_day(day, closed) for day in every)
    assert sum(rule.holds(one, closed, fiscal_month) for one in every) == is_open


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (OnWeekdays(EVERY_DAY), "every day"),
        (OnWeekdays(MONDAY_TO_FRIDAY), "on weekdays"),
        (OnWeekdays(frozenset({3, 0})), "every Monday and Thursday"),
        (OnWeekdays(frozenset({0, 2, 4})), "every Monday, Wednesday and Friday"),
        (OnBusinessDays(), "on business days"),
        (AlternateWeeks(frozenset({0})), "every 2 weeks on Monday, in even ISO weeks"),
        (EveryWeeks(3, frozenset({4}), date(2026, 9, 11)), "every 3 weeks on Friday, from 2026-09-11"),
        (NthDay(1), "on the 1st day of the month"),
        (NthDay(15), "on the 15th"),
        (NthDay(31), "on the 31st, or the month's last day"),
        (NthDay(LAST, "fiscal quarter"), "on the last day of the fiscal quarter"),
        (NthWeekday(LAST, 4), "on the last Friday of the month"),
        (NthBusinessDay(2), "on the 2nd business day of the month"),
        (OnceAYear(1, 2), "every year on 2 January"),
        (OnceAYear(2, 29), "every year on 29 February, the 28th where there is none"),
    ],
)
def test_a_rule_says_itself(rule: DayRule, words: str) -> None:
    assert rule.words == words


def test_ordinals() -> None:
    assert [ordinal(nth) for nth in (1, 2, 3, 4, 11, 12, 13, 21, 22, 31, LAST)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "31st", "last"]
    )
