"""Phrases: ages, days and percents that never cross a limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports import words
from tests.factories import TODAY, ZONE


@pytest.mark.parametrize(
    ("elapsed", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=47, minutes=59), "47 h ago"),
        (timedelta(hours=48), "2 days ago"),
        (timedelta(days=400), "400 days ago"),
    ],
)
def test_an_age_is_told_in_one_unit(elapsed: timedelta, text: str) -> None:
    assert words.age(elapsed) == text


def test_a_day_has_its_year_only_where_it_is_another() -> None:
    assert words.day(date(2026, 5, 1), TODAY) == "1 May"
    assert words.day(date(2027, 5, 1), TODAY) == "1 May 2027"


def test_a_clock_is_the_workspaces_own_with_the_day_where_it_is_not_today() -> None:
    assert words.clock(datetime(2026, 11, 23, 5, 2, tzinfo=UTC), ZONE, TODAY) == "06:02"
    assert words.clock(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), ZONE, TODAY) == "00:30"
    assert words.clock(datetime(2026, 11, 22, 22, 30, tzinfo=UTC), ZONE, TODAY) == "22 Nov 23:30"


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [
        (Fraction(100 * 35, 44), Fraction(80), "79.5%"),
        (79.5, 80, "79.5%"),
        (79.96, 80, "79.96%"),
        (79.9999999, 80, "79.999%"),
        (80.0000001, 80, "80.001%"),
        (80, 80, "80%"),
        (80.4, 80, "80.4%"),
        (99.96, 100, "99.96%"),
        (100.0, 100, "100%"),
        (0.0, 100, "0%"),
        (0.04, 100, "0%"),
        (26.45, 100, "26.4%"),
        (1234.5, 100, "1,234%"),
        (-12.0, 100, "−12%"),
        (1e20, 100, "100,000,000,000,000,000,000%"),
    ],
)
def test_a_percentage_is_told_apart_from_its_limit(
    value: float | Fraction, limit: float | Fraction, text: str
) -> None:
    assert words.percent(value, limit=limit) == text


_SHARES = st.one_of(
    st.fractions(-1000, 100_000),
    st.floats(-1000, 1e9),
    st.builds(
        lambda limit, off: limit + off, st.sampled_from([70.0, 80.0, 90.0, 100.0]), st.floats(-1e-3, 1e-3)
    ),
)


@given(_SHARES, st.sampled_from([70, 80, 85, 90, 100, Fraction(1, 3), 99.5]))
def test_no_percentage_is_printed_onto_or_across_its_limit(
    value: float | Fraction, limit: float | Fraction
) -> None:
    text = words.percent(value, limit=limit)
    shown, exact, mark = (
        Fraction(text.removesuffix("%").replace(",", "").replace("−", "-")),
        Fraction(value),
        Fraction(limit),
    )
    assert (shown > mark) == (exact > mark)
    assert (shown < mark) == (exact < mark)
    assert abs(shown - exact) <= max(abs(exact) / 100, Fraction(1, 10))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (69.99, "69.99%"),
        (70, "70%"),
        (70.004, "70.004%"),
        (69.99999, "69.999%"),
        (70.00001, "70.001%"),
        (99.999, "99.999%"),
        (80.4, "80%"),
    ],
)
def test_a_percentage_keeps_apart_from_every_limit_beside_it(value: float, text: str) -> None:
    assert words.percent(value, beside=(70, 90)) == text


@pytest.mark.parametrize(
    ("number", "shown", "left"),
    [(50.39, "4,615", 50), (4.16, "89.2%", 4.2), (0.0001, "97.9999%", 0.0001), (0.3, "5", 0.3)],
)
def test_a_difference_is_as_fine_as_the_figure_beside_it(number: float, shown: str, left: float) -> None:
    assert words.as_fine_as(number, shown) == left


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 KPIs"), (1, "1 KPI"), (2, "2 KPIs"), (1234, "1,234 KPIs")]
)
def test_a_number_has_its_noun(number: int, text: str) -> None:
    assert words.count(number, "KPI") == text


@pytest.mark.parametrize(
    ("message", "hint", "text"),
    [
        ("It failed", "Try again.", "It failed. Try again."),
        ("It failed.", "", "It failed."),
        ("Why?", "So.", "Why? So."),
        ("", "Try again.", "Try again."),
        ("Cut short…", "Try.", "Cut short… Try."),
    ],
)
def test_a_fault_is_told_in_sentences(message: str, hint: str, text: str) -> None:
    assert words.told(message, hint) == text


def test_a_long_list_ends_with_a_count() -> None:
    assert words.listing(("a", "b"), 2) == "a, b"
    assert words.listing(("a", "b", "c", "d"), 2) == "a, b and 2 more"
