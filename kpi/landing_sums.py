"""Forecasts of days added up: what is known of a window stays as it is, what is ahead of it adds its doubt.

The doubt of a day has two parts. What makes one day differ from the next is its own and levels out over a
window. Where the level itself moves to is shared by all days after it and adds up. The doubt of the first
days ahead is almost all of the first kind, and what it grows by afterwards is all of the second: for two days
i < j the shared variance is that of day i, as in a random walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from kpi.calendar import add_months
from kpi.forecast import LEVELS, Forecast
from kpi.landing_days import Sums
from kpi.window import ALL, Window

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int_]
_SCORES = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
_LEVEL_SHARE = 0.04  # of the variance of the next day: how little the level is known today
_RECENT = 56  # days whose weights stand for those to come
_WEEK = 7
_BLOCKS = (1, 7, 14, 28)
_LEAST_BLOCKS = 8
_ENOUGH = 20  # units of weight that a quotient rests on


@dataclass(frozen=True, slots=True)
class Added:
    """Mean and quantiles of the window that ends with each day ahead, the nearest first."""

    mean: Array
    quantiles: Array


def block(sums: Sums) -> int:
    """How many days are taken together, so that a quotient rests on enough: two builds a day say little."""
    if sums.weights is None or sums.of:
        return 1
    each = float(sums.weights[-_RECENT * 2 :].mean())
    fitting = [days for days in _BLOCKS if len(sums.weights) >= days * _LEAST_BLOCKS]
    return next((days for days in fitting if each * days >= _ENOUGH), fitting[-1] if fitting else 1)


def readings(sums: Sums, days: int) -> Array:
    """What is forecast: the amount of each day, or what one unit of weight brought in so many days each.

    The last of the blocks ends with the last day; days before the first whole one are left out.
    """
    if sums.weights is None:
        return sums.amounts
    whole = len(sums.amounts) // days * days
    first = len(sums.amounts) - whole
    amounts = np.nan_to_num(sums.amounts[first:]).reshape(-1, days).sum(axis=1)
    is_known = ~np.isnan(sums.amounts[first:])
    weights = np.where(is_known, sums.weights[first:], 0.0).reshape(-1, days).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = amounts / weights
    return np.where(np.isfinite(found), found, np.nan)


def value_at(sums: Sums, place: int, day: date) -> float | None:
    """What the window that ends with the day at `place` says; None where not all of it is there."""
    length = lengths(sums.window, day - timedelta(days=1), 1, place)[0]
    first = place + 1 - int(length)
    if first < 0 or not length:
        return None
    total = float(np.nansum(sums.amounts[first : place + 1]))
    if sums.weights is not None:
        weight = float(sums.weights[first : place + 1].sum())
        if not weight:
            return None
        total /= weight
    return sums.offset + sums.factor * total


def lengths(window: Window, last: date, ahead: int, before: int) -> Places:
    """How many days the windows have that end 1, 2 … `ahead` days after `last`; `before` days are known."""
    places = np.arange(1, ahead + 1)
    if window.count is not None:
        return np.full(ahead, window.count)
    if window.text == ALL:
        return before + places
    days = (last + timedelta(days=int(place)) for place in places)
    return np.array([_since_start(window.text, day) for day in days])


def _since_start(text: str, day: date) -> int:
    first = day.replace(day=1)
    if text == "quarter":
        first = add_months(first, -((day.month - 1) % 3))
    return (day - first).days + 1


def added_up(sums: Sums, found: Forecast, last: date, *, days: int, is_positive: bool) -> Added:
    """The windows of `sums` over the days after `last`; `found` foresees `readings` of so many days each."""
    means = np.repeat(np.array(found.expected), days)
    ahead, behind = len(means), len(sums.amounts)
    size = lengths(sums.window, last, ahead, behind)
    places = np.arange(1, ahead + 1)
    begun = np.maximum(places - size, 0)  # how many of the days ahead lie before the window
    known = np.maximum(size - places, 0)
    mean = _spans(means, begun, places)
    deviation = np.sqrt(np.maximum(_variance(_variances(found), days, begun, places), 0.0))
    least = _known(_filled(sums), known)
    by = np.ones(ahead)
    if sums.weights is not None:
        each = float(sums.weights[-_RECENT:].mean())
        whole = _known(sums.weights, known) + (places - begun) * each
        by, mean, deviation = np.where(whole > 0, whole, 1.0), mean * each, deviation * each
    rows = least[:, None] + _quantiles(mean, deviation, is_positive=is_positive)
    mean, rows = (least + mean) / by, rows / by[:, None]
    mean, rows = (sums.offset + sums.factor * one for one in (mean, rows))
    return Added(mean, rows if sums.factor >= 0 else rows[:, ::-1])


def _filled(sums: Sums) -> Array:
    """The amounts, a missing day as the mean of those about it: a gap is no day without anything."""
    if sums.weights is not None and not sums.of:
        return np.nan_to_num(sums.amounts)  # its weight is missing as well
    known = ~np.isnan(sums.amounts)
    mean = float(sums.amounts[known][-_RECENT:].mean()) if known.any() else 0.0
    is_late = np.arange(len(known)) >= (int(np.argmax(known)) if known.any() else 0)
    return np.where(known, sums.amounts, np.where(is_late, mean, 0.0))


def _known(values: Array, count: Places) -> Array:
    """What the newest `count` values add up to; of more than there are, all of them."""
    behind = np.concatenate(([0.0], np.cumsum(values[::-1])))
    return behind[np.minimum(count, len(values))]


def _spans(values: Array, begun: Places, ended: Places) -> Array:
    total: Array = np.concatenate(([0.0], np.cumsum(values)))
    found: Array = total[ended] - total[begun]
    return found


def _variance(variances: Array, days: int, begun: Places, ended: Places) -> Array:
    """The variance of the sum of the days from `begun` to `ended`, by the two parts of the doubt of each."""
    first = variances[: max(1, _WEEK // days)]
    own = np.resize(first, len(variances))
    shared = np.maximum.accumulate(np.maximum(variances - own, 0.0)) + _LEVEL_SHARE * float(first.mean())
    # Of the mean of a block its days have their own doubt each, so many times as large.
    own, shared = np.repeat(own * (1 - _LEVEL_SHARE) * days, days), np.repeat(shared, days)
    place = np.arange(len(own))
    # Each pair of days shares what the earlier one has: day i counts once for itself, twice for each later.
    pairs = (2 * ended - 1) * _spans(shared, begun, ended) - 2 * _spans(place * shared, begun, ended)
    found: Array = _spans(own, begun, ended) + pairs
    return found


def _variances(found: Forecast) -> Array:
    """The variance of each step ahead, with quantiles joined by straight lines."""
    rows, levels = np.array(found.quantiles), np.array(LEVELS)
    low, high, share = rows[:, :-1], rows[:, 1:], np.diff(levels)
    squares = ((low * low + low * high + high * high) / 3) @ share
    squares += rows[:, 0] ** 2 * levels[0] + rows[:, -1] ** 2 * (1 - levels[-1])
    return np.asarray(np.maximum(squares - np.square(np.array(found.expected)), 0.0), np.float64)


def _quantiles(mean: Array, deviation: Array, *, is_positive: bool) -> Array:
    """At `LEVELS`: of a gamma distribution where nothing is negative (Wilson and Hilferty), else normal."""
    if not is_positive:
        return np.asarray(mean[:, None] + deviation[:, None] * _SCORES, np.float64)
    size = np.maximum(mean, 1e-12)[:, None]
    ninth = np.minimum(np.square(deviation[:, None] / size) / 9, 1.0)
    return np.asarray(size * np.maximum(1 - ninth + np.sqrt(ninth) * _SCORES, 0.0) ** 3, np.float64)
