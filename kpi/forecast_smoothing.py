"""Exponential smoothing of many series with many settings in one pass: what each of them foresees.

One recursion in its error-correction form (Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential
Smoothing", 2008) covers the plain methods as settings of it: the last value (α = 1), the average (α near 0),
simple smoothing, Holt's damped trend, the drift of a random walk (a trend learned with the gain 1/t), half of
that drift (theta, Assimakopoulos and Nikolopoulos 2000), each with and without a season, and the seasonal
naive one. Surprises are cut at a multiple of what is usual, as Gelper, Fried and Croux do (2010), so that one
wild day does not bend what comes after it; where α is large nothing is cut, for there a jump is news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_LEVEL_GAINS = (0.02, 0.06, 0.12, 0.22, 0.38, 0.6, 0.8, 1.0)
_SEASON_GAINS = (None, 0.03, 0.15)
_SEASONAL_ONLY = ((0.0, 1.0), (0.02, 0.5), (0.1, 0.4), (0.3, 0.4))  # seasonal naive, and some way towards it
_CUT = 2.5  # in usual surprises
_UNCUT_FROM = 0.7  # of α
_USUAL_GAIN = 0.06
_CYCLES = 6  # the first season is the middle one of so many


@dataclass(frozen=True, slots=True)
class _Trend:
    damping: float
    gain: float  # of the level's
    is_drift: bool  # learned with the gain 1/t
    share: float  # how much of it a forecast carries on
    weight: float  # how far it is trusted before anything is known


_TRENDS = (
    _Trend(1.0, 0.0, False, 0.0, 4.0),
    _Trend(0.85, 0.2, False, 1.0, 1.0),
    _Trend(0.96, 0.1, False, 1.0, 1.0),
    _Trend(1.0, 0.0, True, 1.0, 1.0),
    _Trend(1.0, 0.0, True, 0.5, 1.0),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings tried side by side: one array a coefficient, one place a setting."""

    level: Array
    damping: Array
    trend: Array
    drift: Array
    share: Array
    season: Array
    is_seasonal: Array
    weight: Array

    def of(self, which: npt.NDArray[np.bool_]) -> Settings:
        """Those settings alone."""
        return Settings(
            self.level[which],
            self.damping[which],
            self.trend[which],
            self.drift[which],
            self.share[which],
            self.season[which],
            self.is_seasonal[which],
            self.weight[which],
        )

    def carried(self, ahead: Array) -> Array:
        """How often a trend counts until each step of `ahead`: one row a setting."""
        damped = np.where(self.damping == 1, 0.5, self.damping)[:, None]
        total = np.where(
            self.damping[:, None] == 1, ahead, damped * (1 - damped ** ahead[None, :]) / (1 - damped)
        )
        return np.asarray(self.share[:, None] * total, np.float64)

    def carried_together(self, trends: Array, ahead: Array) -> Array:
        """Series × steps: what the `trends` (series × settings) of all settings add up to.

        Settings with one trend share one sum. A product of matrices would do the same, on all cores at once,
        which for so little work takes longer than it saves.
        """
        found = np.zeros((len(trends), len(ahead)))
        for damping, share in sorted({*zip(self.damping.tolist(), self.share.tolist(), strict=True)}):
            if share:
                which = (self.damping == damping) & (self.share == share)
                one = self.carried(ahead)[int(which.argmax())]
                found += trends[:, which].sum(axis=1)[:, None] * one
        return found


@lru_cache(maxsize=2)
def settings(*, is_seasonal: bool) -> Settings:
    """All of them; without a season, those that need none."""
    rows = []
    for level, trend, season in product(_LEVEL_GAINS, _TRENDS, _SEASON_GAINS if is_seasonal else (None,)):
        last = 2.0 if level > _UNCUT_FROM and trend.share == 0 else 1.0
        rows.append(
            (
                level,
                trend.damping,
                trend.gain,
                float(trend.is_drift),
                trend.share,
                season or 0.0,
                float(season is not None),
                trend.weight * last,
            )
        )
    if is_seasonal:
        rows += [(level, 1.0, 0.0, 0.0, 0.0, season, 1.0, 4.0) for level, season in _SEASONAL_ONLY]
    return Settings(*np.array(rows).T)


@dataclass(frozen=True, slots=True)
class States:
    """What every setting knows at each of the origins: arrays of origins × series × settings.

    `seasons` has one more axis after the origins, the steps of a season by the remainder of their place; None
    without a season. `first` is the place of each series' first value.
    """

    levels: Array
    trends: Array
    seasons: Array | None
    first: npt.NDArray[np.int_]

    def of(self, which: npt.NDArray[np.bool_]) -> States:
        """What those settings know, none of which has a season."""
        return States(self.levels[..., which], self.trends[..., which], None, self.first)


def smooth(values: Array, season: int, used: Settings, origins: Sequence[int]) -> States:
    """The states after each place in `origins` of `values` (series × steps, nan where unknown)."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    now = _start(values, known, season, used)
    shape = (len(origins), *now.level.shape)
    found = States(
        np.empty(shape),
        np.empty(shape),
        np.empty((len(origins), season, *now.level.shape)) if season > 1 else None,
        known.argmax(axis=1),
    )
    places = {place: index for index, place in enumerate(origins)}
    for place in range(int(found.first.min()), values.shape[1]):
        now.take(filled[:, place : place + 1], known[:, place : place + 1], place, used)
        index = places.get(place)
        if index is not None:
            found.levels[index], found.trends[index] = now.level, now.trend
            if found.seasons is not None:
                found.seasons[index] = now.season
    return found


@dataclass(slots=True)
class _State:
    """Where every series stands with every setting, one step after the other."""

    level: Array
    trend: Array
    season: Array  # steps of a season × series × settings
    usual: Array  # the size of a usual surprise
    cut: Array
    count: Array

    def take(self, value: Array, is_known: npt.NDArray[np.bool_], place: int, used: Settings) -> None:
        """One step further; where it has no value, level and trend go on as foreseen."""
        self.count += is_known
        carried = used.damping * self.trend
        foreseen = self.level + carried
        surprise = value - foreseen
        part = self.season[place % len(self.season)]
        surprise -= part
        surprise *= is_known
        limit = self.cut * self.usual
        np.clip(surprise, -limit, limit, out=surprise)
        size = np.minimum(np.abs(surprise), 2.5 * self.usual) * 1.25
        self.usual += _USUAL_GAIN * (size - self.usual) * is_known
        np.maximum(self.usual, 1e-9, out=self.usual)
        step = used.level * surprise
        self.level = foreseen + step
        self.trend = carried + (used.trend + used.drift / (self.count + 4)) * step
        if len(self.season) > 1:
            part += used.season * (1 - used.level) * surprise


def _start(values: Array, known: npt.NDArray[np.bool_], season: int, used: Settings) -> _State:
    series, settings_count = len(values), len(used.level)
    shape = (series, settings_count)
    level, usual = np.empty(shape), np.empty(shape)
    parts = np.zeros((season, *shape))
    for row, line in enumerate(values):
        at = np.flatnonzero(known[row])
        if season > 1:
            parts[:, row, :] = first_season(line, season)[:, None] * used.is_seasonal
        early = at[: max(3, min(2 * season, len(at) // 3))]
        level[row] = np.median(line[early][:, None] - parts[early % season, row, :], axis=0)
        steps = np.abs(np.diff(line[at]))
        usual[row] = max(1.05 * float(np.median(steps)), 0.5 * float(steps.mean()), 1e-9)
    cut = np.where(used.level < _UNCUT_FROM, _CUT, 1e6)
    return _State(level, np.zeros(shape), parts, usual, cut, np.zeros((series, 1)))


def first_season(line: Array, season: int) -> Array:
    """The season of the first cycles, by the remainder of the place; shrunk to nothing where it is noise.

    The shrinkage is that of James and Stein: by how much of its variance the noise alone would explain.
    """
    first = int(np.isfinite(line).argmax())
    cycles = min(_CYCLES, (len(line) - first) // season)
    if cycles < 2:
        return np.zeros(season)
    block = line[first : first + cycles * season].reshape(cycles, season)
    is_known = np.isfinite(block)
    if not is_known.any(axis=0).all() or not is_known.any(axis=1).all():
        return np.zeros(season)
    apart = block - np.nanmean(block, axis=1, keepdims=True)
    found = np.nanmedian(apart, axis=0) if cycles > 2 else np.nanmean(apart, axis=0)
    noise = float(np.nanvar(apart - found)) / cycles * (season - 1) / season
    found = found - found.mean()
    power = float(np.mean(found * found))
    share = max(0.0, 1 - noise / power) if power > 0 else 0.0
    return np.asarray(np.roll(found * share, first % season), np.float64)
