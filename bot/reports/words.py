"""Phrases that commands and reports share: ages, days, percents. Figures are never rounded across a limit."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo


def age(elapsed: timedelta) -> str:
    """How long ago, in one unit: "3 h ago"."""
    minutes = int(elapsed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"


def day(value: date, today: date) -> str:
    """A day as people say it; the year only where it is not this one."""
    text = f"{value.day} {value:%b}"
    return text if value.year == today.year else f"{text} {value.year}"


def clock(at: datetime, zone: ZoneInfo, today: date) -> str:
    """An instant in the workspace's zone: "06:02", with the day where it is not today."""
    local = at.astimezone(zone)
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{day(local.date(), today)} {local:%H:%M}"


def percent(value: float | Fraction, *, limit: float | Fraction = 100) -> str:
    """A percentage with as few digits as tell it from `limit`: 79.5 % is never shown as 80 %."""
    exact = (
        Decimal(value.numerator) / Decimal(value.denominator)
        if isinstance(value, Fraction)
        else Decimal(str(value))
    )
    mark = (
        Decimal(limit.numerator) / Decimal(limit.denominator)
        if isinstance(limit, Fraction)
        else Decimal(str(limit))
    )
    for places in (Decimal(1), Decimal("0.1"), Decimal("0.01"), Decimal("0.001")):
        shown = exact.quantize(places, ROUND_HALF_EVEN)
        if (
            (shown < mark) == (exact < mark)
            and (shown == mark) == (exact == mark)
            and _is_close(shown, exact)
        ):
            break
    else:
        shown = exact.quantize(Decimal("0.001"), ROUND_DOWN)
    text = f"{shown:,f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def _is_close(shown: Decimal, exact: Decimal) -> bool:
    """Whether the printed figure is within half a percent of itself, or half a tenth of a point."""
    return abs(shown - exact) <= max(abs(exact) / 200, Decimal("0.05"))


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 KPI", "41 KPIs"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


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
    return f"{', '.join(names[:most])} and {len(names) - most} more"
