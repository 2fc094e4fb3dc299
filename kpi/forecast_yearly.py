"""The long season: the part of a series that comes back every year, or every week of hours.

A season too long for the smoothing to learn step by step is taken from whole cycles at once. How much of it
is believed follows from how alike the cycles are: the reliability of their mean after Spearman and Brown.
Cycles that agree by chance alone are not believed at all. A level that jumps once and stays is no season:
such jumps are taken back before the cycles are compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kpi.forecast_smoothing import Array

LONGEST_SHORT = 31
"""Steps: a longer season than this is a long one."""

_LONGER = {7: 365, 5: 260, 24: 168}  # days in a year, business days in a year, hours in a week
_MOST_CYCLES = 5
_LEAST_KNOWN = 0.6  # of the steps
_CHANCE = 0.45  # two cycles may be so much alike and mean nothing
_SHIFT = 1 / 14  # of a cycle: a season comes a little early or late
_SMOOTHED_FROM = 50  # steps: a year of weeks or days, not a week of hours
_SMOOTHED = 0.03  # of a cycle, to each side
_MOST_SHIFTS = 2
_JUMP = 12  # usual steps: what moves by less is no jump
_AROUND = 7  # steps to each side of a jump: a spike is over by then


@dataclass(frozen=True, slots=True)
class Profile:
    """One cycle that ends with the last step of the series, and how uncertain each step of it is."""

    values: Array
    deviation: float

    def behind(self, count: int) -> Array:
        """Of the last `count` steps of the series."""
        return np.asarray(self.values[np.arange(-count, 0) % len(self.values)], np.float64)

    def ahead(self, count: int) -> Array:
        return np.asarray(self.values[np.arange(count) % len(self.values)], np.float64)


def length_of(season: int) -> int:
    """The long season that goes with a season; 0 for none."""
    return season if season > LONGEST_SHORT else _LONGER.get(season, 0)


def profile(values: Array, length: int) -> Profile | None:
    """The profile of `values` (nan where unknown), `length` steps a cycle; None where there is none."""
    cycles = min(_MOST_CYCLES, len(values) // length) if length else 0
    if cycles < 2:
        return None
    values = values[-cycles * length :]
    is_known = np.isfinite(values)
    if is_known.mean() < _LEAST_KNOWN:
        return None
    values = _without_shifts(values, length)
    places = np.arange(len(values), dtype=np.float64)
    apart = _without_trend(np.interp(places, places[is_known], values[is_known]), cycles)
    apart -= apart.mean(axis=1, keepdims=True)
    shared = apart @ apart.T / length
    power = float(np.trace(shared)) / cycles
    common = float(shared.sum() - np.trace(shared)) / (cycles * (cycles - 1))
    if power <= 0 or not _falls_together(apart):
        return None
    chance = _CHANCE / math.sqrt(cycles - 1)
    alike = max(0.0, (common / power - chance) / (1 - chance))
    believed = cycles * alike / (1 + (cycles - 1) * alike)
    if not believed:
        return None
    # Looking back, the profile knows the noise of the very cycles it is tried on: twice that share is due.
    doubt = math.sqrt(max(0.0, power - common) * 2 * believed / cycles)
    return Profile(apart.mean(axis=0) * believed, doubt)


def _without_shifts(values: Array, length: int) -> Array:
    """`values` as if the level before each of its largest lasting jumps had been the level after it.

    The line through the means of the cycles slopes at a jump, and leaves the same saw tooth in each of them.
    A jump counts if the medians to its sides and the values a cycle apart move with it: a spike does not
    move the first, nor a jump that comes every cycle the second.
    """
    is_known = np.isfinite(values)
    latest = np.where(is_known, np.arange(len(values)), is_known.argmax())
    level = values[np.maximum.accumulate(latest)]  # a jump over a gap is one step
    steps = np.diff(level)
    usual = float(np.median(np.abs(steps))) or float(np.abs(steps).mean())
    medians = np.median(np.lib.stride_tricks.sliding_window_view(level, _AROUND), axis=1)
    lasting, steps = medians[_AROUND:] - medians[:-_AROUND], steps[_AROUND - 1 : 1 - _AROUND]
    sizes = np.where(lasting * steps > 0, np.minimum(np.abs(lasting), np.abs(steps)), 0.0)
    moved = np.zeros(len(values))
    for place in np.argsort(-sizes)[:_MOST_SHIFTS]:
        if sizes[place] <= _JUMP * usual:
            break
        after, step = place + _AROUND, float(steps[place])
        earlier = np.arange(max(0, after - length), min(after, len(values) - length))
        apart = float(np.median((level + moved)[earlier + length] - (level + moved)[earlier]))
        if apart * step > 0 and abs(apart) > abs(step) / 2:
            moved[:after] += np.median((apart, step, lasting[place]))  # a trend or noise misleads one of them
    return np.asarray(values + moved, np.float64)


def _falls_together(apart: Array) -> bool:
    """Whether cycles are most alike as they stand: those of a random walk are so at any shift."""
    length = apart.shape[1]
    waves = np.fft.rfft(apart, axis=1)
    earlier = np.cumsum(waves, axis=0)[:-1]
    alike = (np.conj(earlier) * waves[1:]).sum(axis=0)  # each cycle with all before it
    shift = int(np.fft.irfft(alike, length).argmax())
    return bool(min(shift, length - shift) <= length * _SHIFT)


def _without_trend(values: Array, cycles: int) -> Array:
    """Cycles × steps, about the line through the means of the cycles; smoothed where a cycle is long."""
    length = len(values) // cycles
    blocks = values.reshape(cycles, length)
    mean, places = blocks.mean(axis=1), np.arange(len(values), dtype=np.float64)
    middles = np.arange(cycles) * length + (length - 1) / 2
    trend = np.interp(places, middles, mean)
    before, after = places < middles[0], places > middles[-1]
    trend[before] += (places[before] - middles[0]) * (mean[1] - mean[0]) / length
    trend[after] += (places[after] - middles[-1]) * (mean[-1] - mean[-2]) / length
    apart = (values - trend).reshape(cycles, length)
    width = max(1, int(length * _SMOOTHED))
    if length < _SMOOTHED_FROM or length == _LONGER[24]:
        return np.asarray(apart, np.float64)
    kernel = np.concatenate((np.arange(1, width + 2), np.arange(width, 0, -1))) / (width + 1) ** 2
    around = np.concatenate((apart[:, -width:], apart, apart[:, :width]), axis=1)
    return np.array([np.convolve(line, kernel, "valid") for line in around])
