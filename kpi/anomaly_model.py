"""What a series should be next: several plain forecasts, each weighed by how well it did.

The last value, a drift, two levels, the mean of the time of day and of the time of week, and those two moved
to where the series has been lately: whichever fits wins, and nobody has to say which it is. Beside it stands
a slower view, of seasons and a long level alone, against which a shift shows that the quick one follows.
Wild values move no forecast by more than a few usual errors.
"""

from __future__ import annotations

import math

from kpi.anomaly_clock import Clock, Slot

_LAST, _DRIFT, _FAST, _LEVEL, _DAY, _WEEK, _DAY_NOW, _WEEK_NOW = range(8)
_EXPERTS = 8
_SHARPNESS = 6  # weights go as the error to minus this
_PATIENCE = 300  # points over which a forecast's error is averaged
_CALM = 10.0
_TINIEST = 1e-150  # what is divided by it stays a float
_SMALL_COUNT = 10.0
_MOST_STEPS = 16.0


class Model:
    """Forecasts of one series and how far they are off; all is updated point by point."""

    __slots__ = (
        "_day", "_day_error", "_day_lag", "_drift", "_errors", "_fast", "_forecasts", "_is_after_odd",
        "_is_whole", "_last",
        "_lately", "_level", "_long", "_slot", "_slow", "_slow_error", "_week", "_week_lag", "context",
        "context_error", "count", "expected", "floor", "highest", "lowest", "scale",
    )  # fmt: skip

    def __init__(self) -> None:
        self.count = 0
        self.expected = self.context = 0.0  # the quick view and the slow one
        self.scale = self.context_error = self.floor = 0.0
        self.lowest, self.highest = math.inf, -math.inf
        self._errors: list[float | None] = [None] * _EXPERTS
        self._forecasts: list[float | None] = [None] * _EXPERTS
        self._day: dict[Slot, tuple[float, int]] = {}
        self._week: dict[Slot, tuple[float, int]] = {}
        self._day_error: dict[Slot, tuple[float, int]] = {}
        self._slot: tuple[Slot | None, Slot] = (None, 0)
        self._last = self._drift = self._fast = self._level = self._slow = 0.0
        self._day_lag = self._week_lag = self._slow_error = self._long = self._lately = 0.0
        self._is_whole, self._is_after_odd = True, False

    @property
    def last(self) -> float:
        """The value before."""
        return self._last

    @property
    def counts(self) -> bool:
        """Whether these are small counts that scatter: what hardly ever moves is more exact than a count."""
        if not self._is_whole or self.lowest < 0.0 or self.expected > _SMALL_COUNT:
            return False
        return self._long > 0.1 * math.sqrt(max(self.expected, 1.0 / self.count))

    def foresee(self, clock: Clock) -> None:
        """Set what is expected at the clock's instant, and how far off is usual. Needs a point before."""
        self._slot = day, week = clock.slots()
        day_mean = self._day.get(day) if day is not None else None
        week_mean = self._week.get(week) or self._week.get(clock.stand_in(week))
        found = self._forecasts
        # What follows a wild point is seldom as wild: the quick level stands in for it.
        found[_LAST] = last = self._fast if self._is_after_odd else self._last
        found[_DRIFT] = last + self._drift * clock.elapsed
        found[_FAST], found[_LEVEL] = self._fast, self._level
        found[_DAY] = found[_DAY_NOW] = found[_WEEK] = found[_WEEK_NOW] = None
        if day_mean is not None:
            found[_DAY], found[_DAY_NOW] = day_mean[0], day_mean[0] + self._day_lag
        if week_mean is not None:
            found[_WEEK], found[_WEEK_NOW] = week_mean[0], week_mean[0] + self._week_lag
        self._combine()
        self._set_scale(day, clock)

    def _combine(self) -> None:
        """Weigh the forecasts against the best of them, so that the unit of the values does not matter."""
        tiny = 1e-6 * self._long + 1e-300
        best = min(error for error in (*self._errors, self._slow_error) if error is not None) + tiny
        season_weights = (best / (self._slow_error + tiny)) ** _SHARPNESS
        season, top, weights = season_weights * self._slow, 0.0, 0.0
        for which, (forecast, error) in enumerate(zip(self._forecasts, self._errors, strict=True)):
            if forecast is None or error is None:
                continue
            weight = (best / (error + tiny)) ** _SHARPNESS
            top += weight * forecast
            weights += weight
            if which in (_DAY, _WEEK):
                season += weight * forecast
                season_weights += weight
        self.expected = top / weights if weights else self._level
        self.context = season / season_weights if season_weights else self._slow

    def _set_scale(self, day: Slot | None, clock: Clock) -> None:
        """The usual error: of this time of day, raised where the last points were restless or a gap lies."""
        scale = self._long
        of_day = self._day_error.get(day) if day is not None else None
        if of_day is not None:
            share = of_day[1] / (of_day[1] + 5.0)
            scale = scale ** (1.0 - share) * max(of_day[0], 0.25 * scale) ** share
        if self._lately > scale:
            scale = math.sqrt(scale * self._lately)
        self.floor = self._least_scale()
        scale = max(scale, self.floor)
        if clock.elapsed > 1.5:
            scale *= math.sqrt(min(clock.elapsed, _MOST_STEPS))
        self.scale = 1.5 * scale if clock.is_closed else scale

    def _least_scale(self) -> float:
        """No error is smaller than what the values can show; small counts scatter as counts do."""
        about = abs(self.expected)
        least = 0.002 * about + 0.002 * (self.highest - self.lowest)
        if self._is_whole and self.lowest >= 0.0 and about < 1000.0:
            # Above ten a long calm past is believed over the scatter of counts.
            belief = 1.0 if about <= _SMALL_COUNT else max(_SMALL_COUNT / about, 60.0 / (60.0 + self.count))
            least = max(least, 0.6 * math.sqrt(max(about, 0.5)) * belief)
        return max(least, 1e-9 * (abs(self.highest) + abs(self.lowest)), _TINIEST)

    def begin(self, value: float, clock: Clock) -> None:
        """The first point."""
        self.count = 1
        self._last = self._fast = self._level = self._slow = value
        self.lowest = self.highest = value
        self.expected = self.context = value
        self._is_whole = value == int(value)
        self._errors[_LAST] = self._errors[_DRIFT] = self._errors[_FAST] = self._errors[_LEVEL] = 0.0
        day, week = clock.slots()
        if day is not None:
            self._day[day] = (value, 1)
        self._week[week] = (value, 1)

    def learn(self, value: float, clock: Clock, *, is_odd: bool = False) -> None:
        """Take in the value at the instant that was foreseen; an odd one hardly changes its slot."""
        count = self.count = self.count + 1
        self._is_whole = self._is_whole and value == int(value)
        self.lowest, self.highest = min(self.lowest, value), max(self.highest, value)
        limit = 5.0 * self.scale if count > _CALM else math.inf
        self._judge(value, limit)
        error = min(abs(value - self.expected), limit)
        self._long += max(1.0 / count, 2.0 / clock.memory) * (error - self._long)
        self._lately += max(1.0 / count, 1.0 / 12.0) * (error - self._lately)
        off = abs(value - self.context)
        if count > _CALM:
            off = min(off, 5.0 * max(self.context_error, self.floor))
        self.context_error += max(1.0 / count, 2.0 / clock.memory) * (off - self.context_error)
        self._is_after_odd = is_odd
        self._move_levels(value, limit, clock)
        self._move_slots(value, limit, error, calm=0.2 if is_odd else 1.0)

    def _judge(self, value: float, limit: float) -> None:
        """How far off each forecast was."""
        rate = max(1.0 / self.count, 1.0 / _PATIENCE)
        errors = self._errors
        for which, forecast in enumerate(self._forecasts):
            if forecast is None:
                continue
            error, before = min(abs(value - forecast), limit), errors[which]
            # A newcomer has to earn its weight: it starts as bad as the level.
            errors[which] = (
                1.5 * error + (errors[_LEVEL] or 0.0) if before is None else before + rate * (error - before)
            )
        self._slow_error += rate * (min(abs(value - self._slow), 2.0 * limit) - self._slow_error)

    def _move_levels(self, value: float, limit: float, clock: Clock) -> None:
        count = self.count
        drift = _within(value - self._last, 2.0 * limit) / clock.elapsed
        self._drift += max(1.0 / count, 0.04) * (drift - self._drift)
        self._last = value
        self._fast += max(1.0 / count, 0.3) * _within(value - self._fast, 2.0 * limit)
        self._level += max(1.0 / count, 0.08) * _within(value - self._level, 2.0 * limit)
        slowness = 1.0 / max(2.0 * clock.rest, 50.0)
        self._slow += max(1.0 / count, slowness) * _within(value - self._slow, 2.0 * limit)

    def _move_slots(self, value: float, limit: float, error: float, *, calm: float) -> None:
        day, week = self._slot
        if day is not None:
            if (found := self._day.get(day)) is not None:
                self._day_lag += 0.3 * _within(value - found[0] - self._day_lag, 2.0 * limit)
            self._day[day] = _moved(found, value, 0.12, 3.0 * limit, calm)
            self._day_error[day] = _moved(self._day_error.get(day), error, 0.1, math.inf, calm)
        if (found := self._week.get(week)) is not None:
            self._week_lag += 0.3 * _within(value - found[0] - self._week_lag, 2.0 * limit)
        self._week[week] = _moved(found, value, 0.25, 3.0 * limit, calm)


def _moved(
    slot: tuple[float, int] | None, value: float, rate: float, limit: float, calm: float
) -> tuple[float, int]:
    """The mean of a slot and its count after one more value: at first the plain mean, then the last few."""
    if slot is None:
        return value, 1
    mean, count = slot
    return mean + calm * max(1.0 / (count + 1), rate) * _within(value - mean, limit), count + 1


def _within(value: float, limit: float) -> float:
    return limit if value > limit else -limit if value < -limit else value
