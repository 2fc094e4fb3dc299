"""Numbers as `kpi.quantity` prints them, in the manner of the language in force."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot import languages
from bot.charts.numerals import with_currency, with_power
from bot.languages import figure, said
from kpi import quantity
from kpi.quantity import Goal
from kpi.unit import Unit

_MONEY = re.compile(r"([$€£¥])(\d[\d,.]*(?:[MBT](?![A-Za-z]))?)")
_GREAT = re.compile(r"(\d[\d,.]*)([MBT])(?![A-Za-z])")
_AMOUNT = re.compile(r"(\d[\d,.]*) ([a-z]+)\b")

_TIMES: Mapping[str, Callable[[str], str]] = {
    "second": lambda number: said("{number} second", number=number),
    "seconds": lambda number: said("{number} seconds", number=number),
    "hour": lambda number: said("{number} hour", number=number),
    "hours": lambda number: said("{number} hours", number=number),
    "day": lambda number: said("{number} day", number=number),
    "days": lambda number: said("{number} days", number=number),
    "week": lambda number: said("{number} week", number=number),
    "weeks": lambda number: said("{number} weeks", number=number),
    "month": lambda number: said("{number} month", number=number),
    "months": lambda number: said("{number} months", number=number),
    "quarter": lambda number: said("{number} quarter", number=number),
    "quarters": lambda number: said("{number} quarters", number=number),
    "year": lambda number: said("{number} year", number=number),
    "years": lambda number: said("{number} years", number=number),
}
_POINTS: Mapping[str, Callable[[str], str]] = {
    "point": lambda number: said("{number} point", number=number),
    "points": lambda number: said("{number} points", number=number),
}


def print_value(value: float, unit: Unit, *, against: float | None = None) -> str:
    """A value, never rounded onto a limit that it has not reached: "1,234", "88%"."""
    return _told(quantity.print_value(value, unit, against=against), unit)


def print_change(value: float, unit: Unit) -> str:
    """A change with its sign: "+38", "−2 points"."""
    return _told(quantity.print_change(value, unit), unit, is_change=True)


def print_goal(goal: Goal, unit: Unit) -> str:
    """A goal, exactly: "≥ 1,000 developers"; one in words stays as its author wrote it."""
    return goal.text if goal.value is None else _told(quantity.print_goal(goal, unit), unit)


def print_time(text: str) -> str:
    """A stretch of time as a document states it: "7 days"."""
    if languages.spoken() == languages.ENGLISH:
        return text
    return figure(_AMOUNT.sub(lambda found: _named(found, _TIMES), text))


def _told(text: str, unit: Unit, *, is_change: bool = False) -> str:
    """In another language also its currency, its millions and its time stand as readers expect them."""
    if languages.spoken() == languages.ENGLISH:
        return text
    if unit.kind == "money":
        text = _MONEY.sub(lambda found: with_currency(found[2], found[1]), text)
    if unit.kind in ("money", "count"):
        text = _GREAT.sub(lambda found: with_power(found[1], found[2]), text)
    if unit.kind == "time":
        text = _AMOUNT.sub(lambda found: _named(found, _TIMES), text)
    if is_change and unit.name.startswith("%"):
        text = _AMOUNT.sub(lambda found: _named(found, _POINTS), text)
    return figure(text)


def _named(found: re.Match[str], names: Mapping[str, Callable[[str], str]]) -> str:
    told = names.get(found[2])
    return found[0] if told is None else told(found[1])
