"""What is rare about a day: records, extremes, rows; true of days that were all measured, and never often."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.streaks import LEAST_DAYS, Rare, Rarity, first_since, gains, rarest

LAST = date(2026, 11, 22)
Known = list[float | None]


def days(values: Known) -> list[tuple[date, float | None]]:
    first = LAST - timedelta(days=len(values) - 1)
    return [(first + timedelta(days=at), value) for at, value in enumerate(values)]


def wave(count: int) -> Known:
    """Values that go up and down between 0 and 6."""
    return [float(at * 5 % 7) for at in range(count)]


def test_a_record_beats_all_that_was_ever_measured() -> None:
    found = rarest(days([*wave(60), 9.0]), is_whole=True)
    assert found == Rarity(Rare.RECORD, True, 60, LAST - timedelta(days=60))
    low = rarest(days([*wave(60), -1.0]), is_whole=True)
    assert low is not None
    assert not low.is_high


def test_before_the_first_day_nothing_is_missing() -> None:
    found = rarest(days([None, None, *wave(40), 9.0]), is_whole=True)
    assert found == Rarity(Rare.RECORD, True, 40, LAST - timedelta(days=40))


def test_it_is_no_record_where_history_was_cut_off_or_has_a_gap() -> None:
    assert rarest(days([*wave(60), 9.0])) == Rarity(Rare.EXTREME, True, 60, None)
    with_gap = [*wave(30), None, *wave(30), 9.0]
    assert rarest(days(with_gap), is_whole=True) == Rarity(Rare.EXTREME, True, 30, None)


def test_the_highest_since_a_day_names_it() -> None:
    found = rarest(days([9.0, *wave(40), 8.0]))
    assert found == Rarity(Rare.EXTREME, True, 40, LAST - timedelta(days=41))


@pytest.mark.parametrize("count", [0, 1, LEAST_DAYS - 1])
def test_less_than_four_weeks_are_no_claim(count: int) -> None:
    assert rarest(days([*wave(count), 9.0]), is_whole=True) is None


def test_what_grows_every_day_is_no_news_every_day() -> None:
    assert rarest(days([float(at) for at in range(100)]), is_whole=True) is None


def test_what_was_news_this_week_is_none_again() -> None:
    first = [*wave(60), 9.0]
    assert rarest(days([*first, 1.0, 10.0])) is None
    assert rarest(days([*first, *wave(6), 10.0])) is not None


def test_a_value_that_ties_beats_nothing() -> None:
    assert rarest(days([6.0, *wave(50), 6.0])) is None


def test_the_lowest_of_its_weekday() -> None:
    values: Known = [100.0 if at % 7 else 50.0 for at in range(71)]  # the last day is a low one
    values[-1] = 49.0
    busy = [0.0, *values[1:]]  # not the lowest of all
    busy[-3] = 1.0
    found = rarest(days(busy), by_weekday=True)
    assert found == Rarity(Rare.SAME_WEEKDAY, False, 9)
    assert rarest(days(busy)) is None


def test_five_rises_in_a_row_where_rises_are_rare() -> None:
    row: Known = [0.5, 1.5, 2.5, 3.5, 4.5]
    assert rarest(days([*wave(64), *row])) == Rarity(Rare.ROW, True, 5)
    assert rarest(days([*wave(64), *row[:-1]])) is None
    assert rarest(days([*wave(64), *row, 5.5])) is None  # the sixth was told with the fifth
    assert rarest(days([0.0, *row, *wave(29), *row])) is None  # one as long was not long ago
    falls: Known = [5.5, 4.5, 3.5, 2.5, 1.5]
    assert rarest(days([*wave(61), *falls])) == Rarity(Rare.ROW, False, 5)


def test_gains_are_of_two_days_that_were_measured() -> None:
    found = gains(days([1.0, 3.0, None, 4.0, 4.5]))
    assert [value for _, value in found] == [2.0, None, None, 0.5]
    assert found[-1][0] == LAST


def test_first_since_names_the_last_day_it_held() -> None:
    def flags(*held: bool | None) -> list[tuple[date, bool | None]]:
        return [(LAST - timedelta(days=len(held) - 1 - at), flag) for at, flag in enumerate(held)]

    assert first_since(flags(True, *[False] * 13, True)) == LAST - timedelta(days=14)
    assert first_since(flags(True, *[False] * 3, True)) is None  # it was so this week
    assert first_since(flags(*[False] * 13, True)) is None  # nobody knows when it was
    assert first_since(flags(True, False, None, *[False] * 11, True)) is None
    assert first_since(flags(True, *[False] * 13)) is None
    assert first_since([]) is None


def beats(values: Known, at: int, sign: int, step: int = 1) -> int:
    """How many values before it in a row are known and lie below (or above) it."""
    count = 0
    while (place := at - step * (count + 1)) >= 0:
        own, other = values[at], values[place]
        if own is None or other is None or sign * (own - other) <= 0:
            break
        count += 1
    return count


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=1, max_size=60), st.integers(0, 50))
def test_an_extreme_is_what_its_definition_says(known: list[int | None], last: int) -> None:
    values: Known = [None if one is None else float(one) for one in (*known, last)]
    end = len(values) - 1
    found = rarest(days(values))
    for sign in (1, -1):
        is_news = all(beats(values, at, sign) < LEAST_DAYS for at in range(max(end - 6, 0), end))
        is_claim = beats(values, end, sign) >= LEAST_DAYS and is_news
        said = found is not None and found.kind is Rare.EXTREME and found.is_high is (sign > 0)
        assert said is is_claim
        if said and found is not None:
            assert found.count == beats(values, end, sign)
            if found.since is not None:
                other = values[end - found.count - 1]
                assert other is not None
                assert sign * (last - other) <= 0


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=70))
def test_a_record_is_what_its_definition_says(known: list[int]) -> None:
    values: Known = [float(one) for one in known]
    found = rarest(days(values), is_whole=True)
    if found is not None and found.kind is Rare.RECORD:
        others = known[:-1]
        assert known[-1] > max(others) if found.is_high else known[-1] < min(others)
        assert found.since == days(values)[0][0]
