"""Numbers as `kpi.quantity` prints them, with the separators of the language in force."""

from __future__ import annotations

from bot.languages import figure
from kpi import quantity
from kpi.quantity import Goal
from kpi.unit import Unit


def print_value(value: float, unit: Unit, *, against: float | None = None) -> str:
    """A value, never rounded onto a limit that it has not reached: "1,234", "88%"."""
    return figure(quantity.print_value(value, unit, against=against))


def print_change(value: float, unit: Unit) -> str:
    """A change with its sign: "+38", "−2 points"."""
    return figure(quantity.print_change(value, unit))


def print_goal(goal: Goal, unit: Unit) -> str:
    """A goal, exactly: "≥ 1,000 developers"; one in words stays as its author wrote it."""
    return goal.text if goal.value is None else figure(quantity.print_goal(goal, unit))
