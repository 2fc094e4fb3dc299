"""What time means to a series: the step between its points, and which earlier points are like the next one.

The step is learned from the first gaps. Of data finer than half a day a point is like those of its time of
day, and of its time of week; of daily data like those of its weekday; of weekly and monthly data like those
of its place in the year. What is closed (holidays) is like other closed days, and like Sundays before.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from kpi.workdays import NONE_CLOSED, Closed

HOUR = 3600.0
DAY = 24 * HOUR
_FINEST = 300.0  # seconds of a slot: minutes of one slot are pooled, or a week would have 10,080
_HALF_DAY = DAY / 2
_MANY_DAYS = 5 * DAY
_MONTH = 25 * DAY
_GAPS = 21
_MEMORY, _MEMORY_OF_DAYS, _MEMORY_OF_WEEKS = 1000, 200, 60
_CLOSED_DAY = 7  # the weekday after Sunday
_SUNDAY = 6

Slot = int


class Clock:
    """Learns the step of a series as its points come in."""

    __slots__ = (
        "_closed",
        "_gaps",
        "_last",
        "_zone",
        "elapsed",
        "is_closed",
        "local",
        "memory",
        "rest",
        "step",
    )

    def __init__(self, zone: tzinfo | None, closed: Closed = NONE_CLOSED) -> None:
        """`zone`: whose days and hours count; None for those that each instant is written in."""
        self._zone, self._closed = zone, closed
        self._gaps: list[float] = []
        self._last: datetime | None = None
        self.local = datetime.min.replace(tzinfo=UTC)
        self.step = 0.0  # seconds; 0 until two points are known
        self.elapsed = 1.0  # steps since the point before
        self.is_closed = False
        self.rest = 10.0  # points that an incident keeps quiet
        self.memory = _MEMORY  # points that say what is usual

    def tick(self, at: datetime) -> None:
        """Move on to the next instant."""
        last = self._last
        if last is not None:
            gap = (at - last).total_seconds()
            if gap > 0.0 and len(self._gaps) < _GAPS:
                self._gaps.append(gap)
                self.step = sorted(self._gaps)[len(self._gaps) // 2]
                self.rest, self.memory = _rest(self.step), _memory(self.step)
            self.elapsed = max(gap / self.step, 1.0) if self.step else 1.0
        self._last = at
        self.local = at if self._zone is None or at.tzinfo is self._zone else at.astimezone(self._zone)
        self.is_closed = bool(self._closed) and self.local.date() in self._closed

    @property
    def is_fine(self) -> bool:
        """Whether a day has several points."""
        return self.step < _HALF_DAY

    @property
    def is_daily(self) -> bool:
        return _HALF_DAY <= self.step < _MANY_DAYS

    @property
    def weekday(self) -> int:
        """Monday is 0, a closed day 7."""
        return _CLOSED_DAY if self.is_closed else self.local.weekday()

    def slots(self) -> tuple[Slot | None, Slot]:
        """The time of day (None where days are one point or less), and that of the week, or of the year."""
        local = self.local
        if self.step < _HALF_DAY:
            seconds = local.hour * 3600 + local.minute * 60 + local.second
            time = int(seconds // max(self.step, _FINEST))
            return time, self.weekday * 1000 + time
        if self.step < _MANY_DAYS:
            return None, self.weekday
        return None, local.month if self.step >= _MONTH else local.isocalendar().week

    def stand_in(self, slot: Slot) -> Slot:
        """Whose rhythm a slot has that was never seen: a closed day's is that of a Sunday."""
        if not self.is_closed or self.step >= _MANY_DAYS:
            return slot
        return slot - 1000 if self.is_fine else _SUNDAY


def _rest(step: float) -> float:
    """Points after a told incident in which the same one is not told anew: half a day, a week, a month."""
    if step < _HALF_DAY:
        return max(10.0, min(300.0, _HALF_DAY / step))
    return 7.0 if step < _MANY_DAYS else 4.0


def _memory(step: float) -> int:
    """Points that say what is usual: of days half a year and of weeks a year, for a business moves on."""
    if step < _HALF_DAY:
        return _MEMORY
    return _MEMORY_OF_DAYS if step < _MANY_DAYS else _MEMORY_OF_WEEKS
