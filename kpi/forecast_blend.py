"""Blend: what the settings foresee, each weighed by how well it foresaw the past of the same series.

Every setting is tried from a few dozen origins in the past (a rolling origin). Its weight falls with a high
power of its mean absolute error: those near the best share the forecast, the rest are left out. Combined
forecasts beat the single best one (Makridakis, Spiliotis and Assimakopoulos, "The M4 Competition", 2020).
Where the blend did no better than the last value by one standard error, it is drawn towards that: of so many
settings some always look good on a random walk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpi.forecast_smoothing import Array, Settings, States

_ORIGINS = 60
_POWER = 10.0
_LEAST_WEIGHT = 0.12  # of the heaviest
_STEP_POWER = 0.25  # far steps, which miss by more, count a little less
LEAST_KNOWN = 5  # values before an origin
_LOOK_BACK = 400  # steps, or twelve horizons


@dataclass(frozen=True, slots=True)
class Trial:
    """Series to try the settings on: `values` is series × steps, nan where unknown.

    `places` are the origins, the last of them the end. Of what comes seldom, where `is_rare`, squared errors
    are judged: the best guess by absolute ones is none at all, however much comes in the end.
    """

    values: Array
    is_rare: npt.NDArray[np.bool_]
    places: list[int]
    horizon: int


@dataclass(frozen=True, slots=True)
class Blend:
    """One forecast a series (series × steps ahead), and what it would have missed by from earlier origins.

    `misses` is series × origins × steps ahead, nan where nothing is known. `gain` is the blended α.
    """

    ahead: Array
    misses: Array
    weights: Array
    gain: Array


def origins(length: int, season: int, horizon: int) -> list[int]:
    """Places to look ahead from, the oldest first; the last one is the end of the series."""
    last = length - 2
    first = max(4, int(length * (0.35 if length > 40 else 0.4)))
    first = max(first, length - 1 - max(12 * horizon, _LOOK_BACK))
    if first > last:
        return [length - 1]
    places = np.round(np.linspace(first, last, _ORIGINS)).astype(int).tolist()
    if season > 1:  # not all of them on the same weekday
        places = [
            place + shift if place + (shift := 3 * index % season) <= last else place
            for index, place in enumerate(places)
        ]
    return [*sorted(set(places)), length - 1]


def blend(trial: Trial, states: States, used: Settings) -> Blend:
    """The blended forecast of every series of `trial`, whose `states` at its places are known."""
    places, horizon = trial.places, trial.horizon
    weights = _weights(trial, states, used)
    misses = _misses(trial, states, used, weights)
    if len(places) > 1:
        last = (used.level == 1) & (used.share == 0) & (used.is_seasonal == 0)
        simple = _misses(trial, states.of(last), used.of(last), np.ones((len(weights), 1)))
        share = np.where(trial.is_rare, 1.0, _believed(trial, misses, simple))[:, None]
        weights = share * weights + (1 - share) * last
        misses = share[:, :, None] * misses + (1 - share)[:, :, None] * simple
    ahead = _blended(states, weights, used, len(places) - 1, (trial.values.shape[1] - 1, horizon))
    return Blend(ahead, misses, weights, np.asarray((weights * used.level).sum(axis=1), np.float64))


def _misses(trial: Trial, states: States, used: Settings, weights: Array) -> Array:
    values, places, horizon = trial.values, trial.places, trial.horizon
    length = values.shape[1]
    misses = np.full((len(values), len(places) - 1, horizon), np.nan)
    for index, place in enumerate(places[:-1]):
        reach = min(horizon, length - 1 - place)
        foreseen = _blended(states, weights, used, index, (place, reach))
        misses[:, index, :reach] = values[:, place + 1 : place + 1 + reach] - foreseen
        misses[_is_early(states, place), index] = np.nan
    return misses


def _believed(trial: Trial, misses: Array, simple: Array) -> Array:
    """How far each blend is believed, 0 to 1: by how many standard errors it missed by less than `simple`.

    Origins nearer to each other than the horizon saw much the same days; half of that overlap is taken off
    their number, for the near steps do not overlap.
    """
    horizon = trial.horizon
    ages = trial.values.shape[1] - 1 - np.array(trial.places[:-1], np.float64)
    steps = np.arange(1, horizon + 1) ** -_STEP_POWER
    weight = 0.5 ** (ages / _half_life(trial))[:, None] * steps * np.isfinite(misses)
    gained = (weight * np.nan_to_num(np.abs(simple) - np.abs(misses))).sum(axis=2)
    sizes = weight.sum(axis=2)
    total = np.maximum(sizes.sum(axis=1), 1e-12)
    gain = gained.sum(axis=1) / total
    apart = gained - gain[:, None] * sizes
    between = max(1.0, (ages[0] - ages[-1]) / max(1, len(ages) - 1))
    overlap = max(1.0, horizon / (2 * between))
    error = np.sqrt((apart**2).sum(axis=1) * overlap) / total
    return np.asarray(np.clip(gain / np.maximum(error, 1e-12), 0.0, 1.0), np.float64)


def _half_life(trial: Trial) -> float:
    length: int = trial.values.shape[1]
    return max(60.0, 2.0 * trial.horizon, length / 3)


def _is_early(states: States, place: int) -> npt.NDArray[np.bool_]:
    return np.asarray(place - states.first < LEAST_KNOWN, np.bool_)


def _steps(horizon: int, season: int) -> list[int]:
    """The steps ahead that are judged: closely at first, and each place of a season."""
    steps = {round(step) for step in np.geomspace(1, horizon, 8).tolist()}
    if season > 1:
        steps |= {min(horizon, step) for step in range(1, season + 1, max(1, season // 7))}
    return sorted(steps)


def _weights(trial: Trial, states: States, used: Settings) -> Array:
    error, count, judged = _errors(trial, states, used)
    error = (error / np.maximum(count, 1e-12)) ** np.where(trial.is_rare, 0.5, 1.0)[:, None]
    slack = 1e-3 * np.median(error, axis=1, keepdims=True) + 1e-12
    worse = (error + slack) / (error.min(axis=1, keepdims=True) + slack)
    power = _POWER * (0.3 + judged / (judged + 2.0))  # few origins tell less
    weights = used.weight * worse**-power
    weights = np.where(weights >= _LEAST_WEIGHT * weights.max(axis=1, keepdims=True), weights, 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)


def _errors(trial: Trial, states: States, used: Settings) -> tuple[Array, Array, Array]:
    """The weighted sum of errors of each setting, the sum of weights, and how many origins count."""
    values, horizon = trial.values, trial.horizon
    length, known = values.shape[1], np.isfinite(values)
    degree = np.where(trial.is_rare, 2.0, 1.0)[:, None]
    steps = _steps(horizon, 1 if states.seasons is None else states.seasons.shape[1])
    carried = used.carried(np.array(steps, np.float64))
    half_life = _half_life(trial)
    error = np.zeros(states.levels.shape[1:])
    count, judged = np.zeros((len(values), 1)), np.zeros((len(values), 1))
    for index, place in enumerate(trial.places[:-1]):
        recent = 0.5 ** ((length - 1 - place) / half_life)
        late = ~_is_early(states, place)
        for number, step in enumerate(steps):
            at = place + step
            if at >= length:
                break
            foreseen = states.levels[index] + states.trends[index] * carried[:, number]
            if states.seasons is not None:
                foreseen += states.seasons[index, at % states.seasons.shape[1]]
            counts = (known[:, at] & late)[:, None]
            missed = np.abs(np.where(counts, values[:, at : at + 1], foreseen) - foreseen)
            if trial.is_rare.any():
                missed = missed**degree
            error += missed * (recent / step**_STEP_POWER)
            count += counts * (recent / step**_STEP_POWER)
            judged += counts / len(steps)
    return error, count, judged


def _blended(states: States, weights: Array, used: Settings, index: int, where: tuple[int, int]) -> Array:
    """Series × steps: what was foreseen from the origin number `index`, at a place and so far ahead."""
    place, reach = where
    ahead = np.arange(1, reach + 1)
    found = (weights * states.levels[index]).sum(axis=1)[:, None]
    found = found + used.carried_together(weights * states.trends[index], ahead.astype(np.float64))
    if states.seasons is not None:
        parts = (states.seasons[index] * weights).sum(axis=2)  # steps of a season × series
        found = found + parts[(place + ahead) % len(parts)].T
    return np.asarray(found, np.float64)
