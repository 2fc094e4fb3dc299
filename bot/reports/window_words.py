"""What a window of days brought, in words and numbers: from its two ends, as near as was measured."""

from __future__ import annotations

from datetime import date, timedelta

from bot import windows
from bot.reports import words
from bot.reports.history import Edges
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.calendar import Moment
from kpi.quantity import print_change, print_value
from kpi.unit import BARE


def window_line(ref: KpiRef, found: Edges, window: Window, moment: Moment) -> str:
    """What `window` brought: "In Q2 2026 (1 Apr to 30 Jun): 1,204 → 2,310 stars, +1,106."."""
    return f"{_stretch(window, moment)}: {_movement(ref, found, window, moment.today)}."


def window_json(found: Edges, window: Window) -> dict[str, object]:
    """The numbers behind `window_line`; `first` and `last` are of the closes of their days."""
    last = found.now if found.now is not None else found.last and found.last[1]
    is_two = found.first is not None and last is not None
    return {
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "text": window.text,
        "is_open": window.is_open,
        "first": _edge_json(found.first),
        "last": _edge_json(found.last),
        "now": found.now,
        "change": last - found.first[1] if is_two and found.first and last is not None else None,
    }


def _edge_json(edge: tuple[date, float] | None) -> dict[str, object] | None:
    return None if edge is None else {"day": edge[0].isoformat(), "value": edge[1]}


def _stretch(window: Window, moment: Moment) -> str:
    """The window in words; of an answer about the past, today is the day that was today then."""
    today, is_now = moment.today, moment.as_of is None
    said = windows.spoken(window, today)
    if window.days == 1 and not is_now:
        return f"On {words.day(window.start, today)}"
    if said.startswith("From ") or window.days == 1:
        return said
    # The year stands before the bracket already, unless the days lie in two.
    near = window.start if window.start.year == window.end.year else today
    last = "today" if window.is_open and is_now else words.day(min(window.end, today), near)
    if said.startswith("Since "):
        return f"{said}, to {last}"
    return f"{said} ({words.day(window.start, near)} to {last})"


def _movement(ref: KpiRef, found: Edges, window: Window, today: date) -> str:
    unit = ref.kpi.unit
    end = min(window.end, today - timedelta(days=1))  # the last closed day
    last = found.last if found.now is None else (today, found.now)
    first = found.first
    if window.start == today and found.now is None:
        return "no reading yet"
    if first is None or last is None:
        return "no data" if first is None and last is None else _only(ref, first or last, today)
    if first[0] == last[0]:
        return _only(ref, first, today)
    shown = BARE if unit.kind == "count" else unit
    start = print_value(first[1], shown) + _aside(first[0], window.start - timedelta(days=1), today)
    close = print_value(last[1], unit)
    close += " so far" if found.now is not None else _aside(last[0], end, today)
    return f"{start} → {close}, {print_change(last[1] - first[1], unit)}"


def _aside(day: date, expected: date, today: date) -> str:
    """The day of a value that is not of the day it stands for."""
    return "" if day == expected else f" ({words.day(day, today)})"


def _only(ref: KpiRef, value: tuple[date, float] | None, today: date) -> str:
    if value is None:
        return "no data"
    return f"only {print_value(value[1], ref.kpi.unit)} on {words.day(value[0], today)}, nothing to compare"
