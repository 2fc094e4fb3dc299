"""Landing: where a KPI will be at its deadline, how surely it meets its target then, and when it does.

Everything comes from closed days, and from the forecast of `kpi.forecast` alone: what is said in words, drawn
in a chart or counted for a gate is one and the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from kpi.forecast import forecast_many
from kpi.framework import Kpi
from kpi.horizon import TargetInForce
from kpi.landing_ahead import Ahead
from kpi.landing_course import Course, NoLanding, ahead_of, course
from kpi.standing import StandingContext

__all__ = ["Ahead", "Landing", "NoLanding", "Step", "aheads", "due", "landing", "landing_json", "restored"]

LOOKED_AHEAD = 365
"""On how many days ahead the day is looked for on which a target is met."""

FARTHEST = 731
"""A deadline further ahead is too far to say anything of."""

_MOST_STEPS = 60
_HORIZONS = (16, 64, 128, LOOKED_AHEAD + 32, FARTHEST + 32)  # few lengths: many are foreseen together
_EVEN = 0.5
Places = npt.NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Step:
    """The close of one day ahead: the expected value, and between which it lies by a chance of 80 %."""

    day: date
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Landing:
    """A KPI at its deadline. `chance`, 0 to 1, is None where no number meets the target.

    0 and 1 are certain. `met_on` is the first day whose close has at least an even chance; None within the
    year ahead. `way` leads from today to the deadline, in at most 60 steps.
    """

    value: float
    low80: float
    high80: float
    low95: float
    high95: float
    chance: float | None
    deadline: date
    met_on: date | None
    method: str
    history_days: int
    way: tuple[Step, ...] = ()
    is_spaced: bool = False  # learned from readings that come days apart


def due(target: TargetInForce | None, today: date) -> TargetInForce | None:
    """`target`, where a landing can be told of it: a number whose deadline is not over on `today`."""
    if target is None or not target.is_numeric or target.deadline is None:
        return None
    return None if target.deadline < today else target


def aheads(asked: Iterable[tuple[Kpi, StandingContext]], until: date) -> list[Ahead | NoLanding]:
    """The days ahead of each KPI, to `until` and a year ahead at least, at most two; all in one go."""
    courses = [course(kpi, context) for kpi, context in asked]
    groups: dict[int, list[int]] = {}
    for place, one in enumerate(courses):
        if isinstance(one, Course):
            groups.setdefault(_horizon(one, until), []).append(place)
    found: list[Ahead | NoLanding] = [
        NoLanding("no data") if isinstance(one, Course) else one for one in courses
    ]
    for horizon, places in groups.items():
        known = [one for place in places if isinstance(one := courses[place], Course)]
        forecasts = forecast_many([one.history for one in known], horizon)
        for place, one, forecast in zip(places, known, forecasts, strict=True):
            found[place] = NoLanding("no data") if forecast is None else ahead_of(one, forecast)
    return found


def _horizon(one: Course, until: date) -> int:
    days = min(max(LOOKED_AHEAD, (until - one.today).days + 1), FARTHEST)
    steps = one.steps(days)
    return next((length for length in _HORIZONS if length >= steps), steps)


def landing(kpi: Kpi, target: TargetInForce, ahead: Ahead) -> Landing | NoLanding:
    """Where `kpi` lands by `ahead` at the deadline of `target`."""
    deadline = target.deadline
    place = None if deadline is None else ahead.place(deadline)
    if deadline is None or place is None:
        return NoLanding("far")
    chances = ahead.chances(target.goal, kpi.better)
    met: Places = (
        np.empty(0, np.int_)
        if chances is None
        else np.flatnonzero(chances[: max(LOOKED_AHEAD, place + 1)] >= _EVEN)
    )
    found = Landing(
        value=float(ahead.mean[place]),
        low80=ahead.at(place, 0.1),
        high80=ahead.at(place, 0.9),
        low95=ahead.at(place, 0.025),
        high95=ahead.at(place, 0.975),
        chance=None if chances is None else float(chances[place]),
        deadline=deadline,
        met_on=ahead.day(int(met[0])) if len(met) else None,
        method=ahead.method,
        history_days=ahead.history_days,
        way=_way(ahead, place),
        is_spaced=ahead.is_spaced,
    )
    numbers = (found.value, found.low80, found.high80, found.low95, found.high95)
    return found if all(map(math.isfinite, numbers)) else NoLanding("no data")


def _way(ahead: Ahead, last: int) -> tuple[Step, ...]:
    """Of a long way every few days, and the deadline itself."""
    every = -(-(last + 1) // _MOST_STEPS)
    return tuple(
        Step(ahead.day(place), float(ahead.mean[place]), ahead.at(place, 0.1), ahead.at(place, 0.9))
        for place in range(last % every, last + 1, every)
    )


def landing_json(found: Landing) -> dict[str, Any]:
    """The numbers behind the words, as plain JSON values."""
    return {
        "value": found.value,
        "low80": found.low80,
        "high80": found.high80,
        "low95": found.low95,
        "high95": found.high95,
        "chance": found.chance,
        "deadline": found.deadline.isoformat(),
        "met_on": None if found.met_on is None else found.met_on.isoformat(),
        "method": found.method,
        "history_days": found.history_days,
    }


def kept(found: Landing | NoLanding) -> dict[str, Any]:
    """All of it as plain JSON values, to be kept; `restored` reads them."""
    if isinstance(found, NoLanding):
        return {"why": found.why, "have": found.have, "need": found.need, "reason": found.reason}
    way = [[one.day.isoformat(), one.mean, one.low, one.high] for one in found.way]
    return {**landing_json(found), "way": way, "is_spaced": found.is_spaced}


def restored(stored: Mapping[str, Any]) -> Landing | NoLanding:
    """What `kept` was given."""
    if "why" in stored:
        return NoLanding(stored["why"], stored["have"], stored["need"], stored["reason"])
    met_on = stored["met_on"]
    way: Sequence[tuple[str, float, float, float]] = stored["way"]
    return Landing(
        **{name: stored[name] for name in ("value", "low80", "high80", "low95", "high95", "chance")},
        deadline=date.fromisoformat(stored["deadline"]),
        met_on=None if met_on is None else date.fromisoformat(met_on),
        method=stored["method"],
        history_days=stored["history_days"],
        way=tuple(Step(date.fromisoformat(day), mean, low, high) for day, mean, low, high in way),
        is_spaced=stored["is_spaced"],
    )
