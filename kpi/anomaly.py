"""Anomalies in any series, point by point, from the past alone.

`Detector.update` takes the next point and says what was expected, in which range, how odd the point is
(0..1) and whether an incident begins with it. The score is calibrated by the series' own past: 0.5 stands for
one point in a thousand or, of days, in six hundred, so one threshold serves every series. An incident is
told once: while it lasts scores are held down, unless it grows a thousand times rarer, and a shift is learned
as the new level. A series that tells often has its bar raised.

No parameter is needed. It reads no clock and costs some twenty microseconds a point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TypedDict, Unpack

from kpi.anomaly_clock import DAY, Clock
from kpi.anomaly_incidents import Incidents
from kpi.anomaly_model import Model
from kpi.anomaly_signs import Direction, Sign, Signs
from kpi.anomaly_why import Kind, Memory, Why, english
from kpi.workdays import NONE_CLOSED, Closed

THRESHOLD = 0.5
"""The score from which an incident is told."""

_ODD = 3.0  # the rarity of a point from which little is learned
_BAND = 2.3  # the expected range leaves out one point in two hundred
_FIRST, _WARM = 5, 30  # points: no score up to the first, the whole one from the second on
_MOST = 1e100  # what is larger counts as that: squares of it would leave the range of floats
_GAINS_FROM = 15  # points from which a total that hardly ever fell is judged by its gains


@dataclass(frozen=True, slots=True)
class Point:
    """One scored point; everything is from the past alone.

    `expected`, `low` and `high` are None while nothing is known. `is_anomaly` is true at most once an
    incident: at the point with which it is told; then `why` says what is odd, `reason` in English.
    """

    at: datetime
    value: float | None
    expected: float | None
    low: float | None
    high: float | None
    score: float
    is_anomaly: bool = False
    why: Why | None = None

    @property
    def reason(self) -> str:
        return "" if self.why is None else english(self.why)


@dataclass(frozen=True, slots=True)
class _View:
    """What one way of looking at the series says of a point. `base`: the total that a gain is added to."""

    expected: float
    low: float
    high: float
    rarity: float
    signs: Signs
    base: float | None = None


class _Track:
    """A model and its signs over one stream of numbers: the values themselves, or their gains."""

    __slots__ = ("model", "signs")

    def __init__(self, direction: Direction) -> None:
        self.model, self.signs = Model(), Signs(direction)

    def look(self, value: float | None, clock: Clock) -> _View | None:
        """What is expected now and how rare the value is, which is learned; None before the second point."""
        model = self.model
        if not model.count:
            if value is not None:
                model.begin(value, clock)
            return None
        model.foresee(clock)
        width = model.scale * self.signs.width(_BAND) * (1.0 + 10.0 / model.count)
        low, high = model.expected - width, model.expected + width
        if model.lowest >= 0.0:
            low = max(low, 0.0)
        rarity = 0.0
        if value is not None:
            seen = min(1.0, model.count * clock.step / (2 * DAY)) if clock.is_fine else 1.0
            rarity = self.signs.measure(value, model, clock.memory, seen)
            model.learn(value, clock, is_odd=max(rarity, 1.5 * self.signs.either_way) > _ODD)
        return _View(model.expected, low, high, rarity, self.signs)


class Detector:
    """Scores a series as its points come in, oldest first."""

    __slots__ = (
        "_clock", "_count", "_falls", "_gains", "_incidents", "_last", "_memory", "_rises", "_values",
    )  # fmt: skip

    def __init__(
        self,
        *,
        zone: tzinfo | None = UTC,
        closed: Closed = NONE_CLOSED,
        threshold: float = THRESHOLD,
        direction: Direction = "both",
    ) -> None:
        """`zone` is whose days and hours count; None for those that each instant is written in.

        `closed` are holidays. `threshold` (0..1) is the score that tells, and from which an incident holds
        later scores down. `direction` leaves out the highs or the lows.
        """
        if not 0.0 < threshold < 1.0:
            raise ValueError(f"a threshold lies between 0 and 1, not at {threshold}")
        self._clock = Clock(zone, closed)
        self._values: _Track = _Track(direction)
        self._gains: _Track | None = _Track(direction)
        self._memory = Memory()
        self._last: float | None = None
        self._count = self._rises = self._falls = 0
        self._incidents = Incidents(threshold)

    def update(self, at: datetime, value: float | None) -> Point:
        """Score the next point; None or nan is a missing value. `at` is aware."""
        clock = self._clock
        clock.tick(at)
        if value is not None and not math.isfinite(value):
            value = None
        used = None if value is None else min(max(value, -_MOST), _MOST)
        view = self._look(used)
        if used is None or view is None:
            if used is not None:
                self._memory.add(used, clock)
            if view is None:
                return Point(at, value, None, None, None, 0.0)
            return Point(at, value, view.expected, view.low, view.high, 0.0)
        score, is_told = self._judge(view)
        why = self._why(used, view) if is_told else None
        self._memory.add(used, clock)
        return Point(at, value, view.expected, view.low, view.high, score, is_told, why)

    def _look(self, value: float | None) -> _View | None:
        """By the gains of a total that only grows, else by the values."""
        last, is_total = self._last, self._is_total()
        view = self._values.look(value, self._clock)
        if self._gains is not None and last is not None:
            elapsed = self._clock.elapsed
            gain = None if value is None else (value - last) / elapsed
            found = self._gains.look(gain, self._clock)
            if is_total and found is not None:
                view = _View(
                    last + elapsed * found.expected,
                    last + elapsed * found.low,
                    last + elapsed * found.high,
                    found.rarity,
                    found.signs,
                    last,
                )
        if value is not None:
            self._count_move(value)
        return view

    def _count_move(self, value: float) -> None:
        if self._last is not None:
            self._rises += value > self._last
            self._falls += value < self._last
        self._count += 1
        self._last = value
        if self._falls > 1 + self._count / 100:
            self._gains = None  # it is no total

    def _is_total(self) -> bool:
        return (
            self._gains is not None
            and self._count >= _GAINS_FROM
            and self._rises >= 0.3 * self._count
            and self._falls <= self._count / 100
        )

    def _judge(self, view: _View) -> tuple[float, bool]:
        """The score, and whether an incident begins; of the first points little is believed."""
        warm = min(max((self._count - 1 - _FIRST) / (_WARM - _FIRST), 0.0), 1.0)
        return self._incidents.judge(warm * view.rarity, self._clock.rest)

    def _why(self, value: float, view: _View) -> Why:
        signs = view.signs
        is_high = signs.shifted > 0.0
        match signs.foremost():
            case Sign.STILL:
                return Why(Kind.STILL, is_high, view.low, view.high, signs.run)
            case Sign.SHIFT:
                return Why(Kind.SHIFT, is_high, view.low, view.high)
            case Sign.UNREST:
                return Why(Kind.UNREST, is_high, view.low, view.high)
        return self._memory.extreme(value, self._clock, (view.low, view.high), view.base)


class Options(TypedDict, total=False):
    """What `Detector` takes."""

    zone: tzinfo | None
    closed: Closed
    threshold: float
    direction: Direction


def detect(at: Sequence[datetime], values: Sequence[float | None], **options: Unpack[Options]) -> list[Point]:
    """Every point scored in turn, as `Detector` does; `at` is in order, oldest first."""
    detector = Detector(**options)
    return [detector.update(instant, value) for instant, value in zip(at, values, strict=True)]
