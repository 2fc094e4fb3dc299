"""Windows of days ahead: what is known stays, and what is ahead adds its doubt."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kpi.forecast import LEVELS, Forecast
from kpi.landing_days import Sums
from kpi.landing_sums import added_up, block, lengths, readings
from kpi.window import Window

LAST = date(2026, 11, 22)
SEVEN = Window("7d", 7)


def foreseen(mean: float, spread: float, steps: int = 40) -> Forecast:
    """The same every day: uniform between `mean - spread` and `mean + spread`."""
    row = tuple(mean + spread * (2 * level - 1) for level in LEVELS)
    column = (mean,) * steps
    ends = (mean - 0.8 * spread,) * steps, (mean + 0.8 * spread,) * steps
    return Forecast(column, *ends, *ends, "made up", (row,) * steps)


def sums(amounts: list[float], window: Window = SEVEN, **changes: object) -> Sums:
    weights = changes.get("weights")
    made = None if weights is None else np.array(weights, float)
    return Sums(np.array(amounts), window, made, str(changes.get("of", "")))


def test_a_window_holds_the_known_days_that_are_still_in_it() -> None:
    found = added_up(sums([100.0] * 20), foreseen(10, 0), LAST, days=1, is_positive=True)
    assert found.mean[:8].tolist() == pytest.approx([610, 520, 430, 340, 250, 160, 70, 70])
    assert np.ptp(found.quantiles, axis=1) == pytest.approx(np.zeros(40), abs=1e-3)


def test_all_days_there_ever_were_go_on_growing() -> None:
    found = added_up(sums([2.0] * 50, Window("all")), foreseen(1, 1), LAST, days=1, is_positive=True)
    assert found.mean[[0, 9, 39]].tolist() == pytest.approx([101, 110, 140])
    assert (found.quantiles >= 100).all()


def test_a_quotient_weighs_the_known_days_and_the_days_ahead() -> None:
    made = sums([5.0] * 30, weights=[10.0] * 30)
    found = added_up(made, foreseen(0.8, 0), LAST, days=1, is_positive=True)
    assert found.mean[[0, 6, 20]].tolist() == pytest.approx([(6 * 0.5 + 0.8) / 7, 0.8, 0.8])


def test_what_is_taken_from_a_whole_turns_the_band_round() -> None:
    made = Sums(np.full(30, 5.0), SEVEN, np.full(30, 10.0), offset=100.0, factor=-100.0)
    found = added_up(made, foreseen(0.5, 0.2), LAST, days=1, is_positive=True)
    assert found.mean[10] == pytest.approx(50)
    assert (np.diff(found.quantiles, axis=1) >= 0).all()


def test_doubt_grows_slower_than_the_days_and_faster_than_their_root() -> None:
    """Days differ on their own, which levels out, and share what is not known of their level."""
    found = added_up(sums([10.0] * 60, Window("all")), foreseen(10, 5), LAST, days=1, is_positive=False)
    width = found.quantiles[:, -1] - found.quantiles[:, 0]
    grown = float(width[35] / width[0])
    assert 6 < grown < 36 / 2


def test_days_taken_together_doubt_a_week_as_much_as_the_week_itself() -> None:
    made = sums([10.0] * 70, Window("7d", 7), weights=[1.0] * 70)
    found = added_up(made, foreseen(10, 7, 6), LAST, days=7, is_positive=False)
    spread = 2 * 7 / np.sqrt(12)  # the deviation of the mean of a week as it is foreseen
    low, high = (found.quantiles[6, LEVELS.index(level)] for level in (0.1, 0.9))
    assert (high - low) / 2 / 1.2816 == pytest.approx(spread, rel=0.25)
    assert len(found.mean) == 42


@pytest.mark.parametrize(
    ("window", "expected"),
    [(Window("30d", 30), [30, 30]), (Window("all"), [6, 7]), (Window("month"), [23, 24])],
)
def test_how_many_days_a_window_has(window: Window, expected: list[int]) -> None:
    assert lengths(window, LAST, 2, 5).tolist() == expected


def test_calendar_windows_begin_anew() -> None:
    found = lengths(Window("quarter"), date(2026, 12, 30), 3, 0)
    assert found.tolist() == [92, 1, 2]
    assert lengths(Window("month"), date(2026, 11, 29), 2, 0).tolist() == [30, 1]


@pytest.mark.parametrize(
    ("weight", "count", "days"), [(100, 200, 1), (5, 200, 7), (0.5, 400, 28), (0.5, 60, 7), (0.5, 9, 1)]
)
def test_a_quotient_rests_on_enough(weight: float, count: int, days: int) -> None:
    assert block(sums([1.0] * count, weights=[weight] * count)) == days


def test_sums_and_means_of_days_are_taken_day_by_day() -> None:
    assert block(sums([1.0] * 100)) == 1
    assert block(sums([1.0] * 100, weights=[1.0] * 100, of="days")) == 1


def test_blocks_end_with_the_last_day_and_leave_out_what_was_not_measured() -> None:
    amounts = [9.0, *[1.0] * 6, np.nan, *[3.0] * 7]
    made = sums(amounts, weights=[2.0] * 15)
    assert readings(made, 7).tolist() == [pytest.approx(0.5), 1.5]
    assert readings(sums([1.0, 2.0]), 1).tolist() == [1, 2]
    nothing = sums([0.0] * 7, weights=[0.0] * 7)
    assert np.isnan(readings(nothing, 7)).all()


def test_a_missing_day_counts_as_those_about_it() -> None:
    made = sums([*[10.0] * 12, np.nan, 10.0])
    found = added_up(made, foreseen(10, 0), LAST, days=1, is_positive=True)
    assert found.mean[0] == pytest.approx(70)
