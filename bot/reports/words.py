"""Phrases that commands and reports share: ages, days, percents. Figures are never rounded across a limit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from bot import languages
from bot.languages import said, said_of
from kpi.calendar import day_of
from kpi.window import ALL, Window

MINUS = "\u2212"


def age(elapsed: timedelta) -> str:
    """How long ago, in one unit: "3 h ago"."""
    minutes = int(elapsed.total_seconds() // 60)
    if minutes < 1:
        return said("just now")
    if minutes < 60:
        return said("{minutes} min ago", minutes=minutes)
    if minutes < 48 * 60:
        return said("{hours} h ago", hours=minutes // 60)
    return said("{days} days ago", days=minutes // 1440)


def day(value: date, today: date) -> str:
    """A day as people say it; the year only where it is not this one."""
    return languages.day(value, year=value.year != today.year)


def clock(at: datetime, zone: ZoneInfo, today: date) -> str:
    """An instant in the workspace's zone: "06:02", with the day where it is not today."""
    local, own = at.astimezone(zone), day_of(at, zone)
    return f"{local:%H:%M}" if own == today else f"{day(own, today)} {local:%H:%M}"


def percent(
    value: float | Fraction, *, limit: float | Fraction = 100, beside: Iterable[float | Fraction] = ()
) -> str:
    """A percentage with as few digits as tell it from `limit` and from the limits `beside` it: 79.5 % is
    never shown as 80 %."""
    exact = Fraction(value)
    marks = [Fraction(one) for one in (limit, *beside)]
    for places in (0, 1, 2, 3):
        shown = round(exact, places)
        is_apart = all(_side(shown, mark) == _side(exact, mark) for mark in marks)
        if is_apart and _is_close(shown, exact):
            break
    else:
        mark = min(marks, key=lambda one: abs(one - exact))
        towards = math.floor if exact < mark else math.ceil  # away from the limit, whatever the digits say
        shown, places = Fraction(towards(exact * 1000), 1000), 3
    text = f"{Decimal(shown.numerator) / Decimal(shown.denominator):,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{languages.figure(text.replace('-', MINUS))}%"


def _side(value: Fraction, mark: Fraction) -> int:
    return (value > mark) - (value < mark)


def _is_close(shown: Fraction, exact: Fraction) -> bool:
    """Whether the printed figure is within half a percent of itself, or half a tenth of a point."""
    return abs(shown - exact) <= max(abs(exact) / 200, Fraction(1, 20))


def as_fine_as(number: float, shown: str) -> float:
    """`number` with the decimals of a figure beside it, so that a reader can do the sum.

    What that leaves nothing of keeps its first digit.
    """
    decimals = re.search(rf"{re.escape(languages.decimal_point())}(\d+)\D*$", shown)
    return round(number, len(decimals[1]) if decimals else 0) or float(f"{number:.1g}")


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 KPI", "41 KPIs"."""
    return said_of(number, f"{{count}} {noun}", f"{{count}} {plural or noun + 's'}")


def within(window: Window) -> str:
    """What a measure adds up over: "in 30 days", "in all"."""
    if window.count is not None:
        return said_of(window.count, "in {count} day", "in {count} days")
    if window.text == ALL:
        return said("in all")
    return said("this month") if window.text == "month" else said("this quarter")


def told(message: str, hint: str = "") -> str:
    """What happened and what to do, as sentences."""
    ended = message.rstrip()
    if ended and ended[-1] not in ".!?:…”":
        ended += "."
    return f"{ended} {hint}".strip()


def listing(names: tuple[str, ...], most: int) -> str:
    """Names in a row, the rest as a count: "A, B and 3 more"."""
    if len(names) <= most:
        return ", ".join(names)
    return said("{names} and {count} more", names=", ".join(names[:most]), count=len(names) - most)
