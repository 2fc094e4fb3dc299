"""Windows of closed days: `30d`, `4w`, `month`, `quarter`, `all`, in the workspace's own calendar.

Today is open and never part of a window. Days are calendar days, so a window across a clock change
holds a day of 23 or 25 hours and still counts it once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from kpi.calendar import Moment, Period, day_of, day_start, month_period, quarter_period
from kpi.metric import from_micros, to_micros

MAX_DAYS = 3660
ALL = "all"
_STARTS = {"month": month_period, "quarter": quarter_period}
_COUNTED = re.compile(r"([0-9]{1,6})(d|w)")


@dataclass(frozen=True, slots=True)
class Days:
    """Consecutive calendar days of a zone."""

    first: date
    count: int
    zone: ZoneInfo

    @property
    def edges(self) -> npt.NDArray[np.int64]:
        """Where each day starts, and where the last one ends, in microseconds since the epoch."""
        return _edges(self.first, self.count, self.zone)

    @property
    def period(self) -> Period:
        return _period(self.first, self.count, self.zone)

    @property
    def start(self) -> datetime:
        """Where the first day starts."""
        return day_start(self.first, self.zone)

    def before(self) -> Days:
        """As many days right before these."""
        return Days(self.first - timedelta(days=self.count), self.count, self.zone)

    def day(self, index: int) -> date:
        return self.first + timedelta(days=index)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of closed days that ends with yesterday."""

    text: str
    count: int | None = None  # None: as long as its word says

    def days(self, moment: Moment, first_sample: int | None = None) -> Days:
        """The days at `moment`; `all` starts on the day of `first_sample` (microseconds)."""
        today = moment.today
        if self.count is not None:
            return Days(today - timedelta(days=self.count), self.count, moment.zone)
        if self.text == ALL:
            first = today if first_sample is None else day_of(from_micros(first_sample), moment.zone)
            first = min(first, today)
        else:
            first = day_of(_STARTS[self.text](today, moment.zone).start, moment.zone)
        return Days(first, (today - first).days, moment.zone)

    @property
    def words(self) -> str:
        """The window in a sentence: "in 30 days"."""
        if self.count is not None:
            return f"in {self.count} day{'s' if self.count != 1 else ''}"
        return "at all" if self.text == ALL else f"this {self.text}"


WINDOWS = "a number of days (30d) or weeks (4w), month, quarter or all"


def read_window(text: str) -> Window | None:
    """The window that `text` names, or None."""
    word = text.casefold()
    if word in _STARTS or word == ALL:
        return Window(word)
    match = _COUNTED.fullmatch(word)
    if match is None:
        return None
    count = int(match[1]) * (7 if match[2] == "w" else 1)
    return Window(word, count) if 1 <= count <= MAX_DAYS else None


@lru_cache(maxsize=1024)
def _edges(first: date, count: int, zone: ZoneInfo) -> npt.NDArray[np.int64]:
    last = first + timedelta(days=count)
    years = [_year(year, zone) for year in range(first.year, last.year + 1)]
    start = first.timetuple().tm_yday - 1
    edges = (years[0] if len(years) == 1 else np.concatenate(years))[start : start + count + 1]
    edges.flags.writeable = False
    return edges


@lru_cache(maxsize=1024)
def _period(first: date, count: int, zone: ZoneInfo) -> Period:
    return Period(day_start(first, zone), day_start(first + timedelta(days=count), zone))


@lru_cache(maxsize=256)
def _year(year: int, zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """Where each day of `year` starts."""
    first = date(year, 1, 1)
    length = (date(year + 1, 1, 1) - first).days
    starts = (to_micros(day_start(first + timedelta(days=index), zone)) for index in range(length))
    return np.fromiter(starts, dtype=np.int64, count=length)
