"""What the measure of a KPI is made of, day by day: the readings that its value adds up, or the value itself.

The sum of 30 days overlaps with that of the day before, and says little of what comes. The amount of each
day says it: forecast day by day and added up, the days that are over stay in the sum as they are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from kpi.aggregate import Query
from kpi.expression import Arithmetic, Call, Node, Number
from kpi.metric import Kind, Metric, Series, SeriesSet
from kpi.window import Days, Window

Array = npt.NDArray[np.float64]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Levels:
    """A value that stands by itself at the close of each day; not-a-number where it was not measured."""

    values: Array


@dataclass(frozen=True, slots=True)
class Sums:
    """`offset + factor * (amounts of the window) / (weights of the window)`, one amount a day.

    Without weights nothing is divided. A day whose amount is not a number was not measured.
    """

    amounts: Array
    window: Window
    weights: Array | None = None
    of: str = ""  # what the weights count: two quotients of the same weights can be added up
    offset: float = 0.0
    factor: float = 1.0


Made = Levels | Sums


def made_of(node: Node, series: SeriesSet, days: Days) -> Made | None:
    """The daily readings behind `node`; None for what is no sum, quotient of sums or level of each day."""
    if isinstance(node, Call):
        return _call(node.query, series, days)
    if isinstance(node, Arithmetic):
        return _joined(node, series, days)
    return None


def _call(query: Query, series: SeriesSet, days: Days) -> Made | None:
    found = tuple(one for one in series.of(query.metric, query.filters) if len(one))
    metric = series.metrics.get(query.metric)
    kind = _kind(query, metric)
    is_apart = kind is Kind.RATIO and len(found) > 1 and not (metric is not None and metric.is_event)
    if not found or (metric is not None and metric.every > _DAY and kind is Kind.FLOW) or is_apart:
        return None
    if query.window is None:
        return None if kind is Kind.FLOW else Levels(_levels(found, days))
    rule = _RULES.get((query.function, "flow" if kind is Kind.FLOW else "level"))
    is_added_up = kind is Kind.LEVEL and len(found) > 1 and query.function == "mean"
    return None if rule is None or is_added_up else rule(found, days, query.window)


def _kind(query: Query, metric: Metric | None) -> Kind:
    if metric is not None:
        return metric.kind
    return Kind.FLOW if query.function == "sum" else Kind.LEVEL


def _levels(found: tuple[Series, ...], days: Days) -> Array:
    """The newest sample of each label at the close of a day, added up, where one of them is of that day."""
    edges = days.edges
    totals, is_read = np.zeros(days.count), np.zeros(days.count, dtype=np.bool_)
    for one in found:
        index = one.at.searchsorted(edges[1:]) - 1
        place = np.maximum(index, 0)
        totals += np.where(index >= 0, one.value[place], 0.0)
        is_read |= (index >= 0) & (one.at[place] >= edges[:-1])
    return np.where(is_read, totals, np.nan)


def _tally(found: tuple[Series, ...], days: Days) -> tuple[Array, Array]:
    """What the samples of each day add up to, and how many they are."""
    edges = days.edges
    totals, counts = np.zeros(days.count), np.zeros(days.count)
    for one in found:
        low, high = one.at.searchsorted(edges[[0, -1]])
        places = edges.searchsorted(one.at[low:high], "right") - 1
        totals += np.bincount(places, one.value[low:high], days.count)
        counts += np.bincount(places, minlength=days.count)
    return totals, counts


def _amounts(found: tuple[Series, ...], days: Days) -> Array:
    totals, counts = _tally(found, days)
    return np.where(counts > 0, totals, np.nan)


def _sum(found: tuple[Series, ...], days: Days, window: Window) -> Sums:
    return Sums(_amounts(found, days), window)


def _per_day(found: tuple[Series, ...], days: Days, window: Window) -> Sums:
    return Sums(_amounts(found, days), window, np.ones(days.count), "days")


def _mean(found: tuple[Series, ...], days: Days, window: Window) -> Sums:
    """The mean of all samples of a window: of each day as many as it has."""
    totals, counts = _tally(found, days)
    return Sums(np.where(counts > 0, totals, np.nan), window, counts)


def _count(found: tuple[Series, ...], days: Days, window: Window) -> Sums:
    _, counts = _tally(found, days)
    begun = min(int(one.at[0]) for one in found)
    return Sums(np.where(days.edges[1:] > begun, counts, np.nan), window)


def _change(found: tuple[Series, ...], days: Days, window: Window) -> Sums:
    """What each day brought; the next reading after a gap tells what its days brought together."""
    levels = _levels(found, days)
    known = np.flatnonzero(~np.isnan(levels))
    steps = np.full(days.count, np.nan)
    if len(known) > 1:
        filled = np.interp(np.arange(known[0], known[-1] + 1), known, levels[known])
        steps[known[0] + 1 : known[-1] + 1] = np.diff(filled)
    return Sums(steps, window)


def _change_per_day(found: tuple[Series, ...], days: Days, window: Window) -> Sums:
    return replace(_change(found, days, window), weights=np.ones(days.count), of="days")


_Rule = Callable[[tuple[Series, ...], Days, Window], Sums]
_RULES: dict[tuple[str, str], _Rule] = {
    ("sum", "flow"): _sum,
    ("rate", "flow"): _per_day,
    ("mean", "flow"): _per_day,
    ("count", "flow"): _count,
    ("count", "level"): _count,
    ("mean", "level"): _mean,
    ("change", "level"): _change,
    ("rate", "level"): _change_per_day,
}


def _joined(node: Arithmetic, series: SeriesSet, days: Days) -> Made | None:
    if isinstance(node.right, Number):
        left = made_of(node.left, series, days)
        return None if left is None else _with_number(node.sign, left, node.right.value)
    if isinstance(node.left, Number):
        right = made_of(node.right, series, days)
        return None if right is None else _behind_number(node.sign, node.left.value, right)
    left, right = (made_of(one, series, days) for one in (node.left, node.right))
    if isinstance(left, Levels) and isinstance(right, Levels):
        return Levels(_calculated(node.sign, left.values, right.values))
    if isinstance(left, Sums) and isinstance(right, Sums):
        return _both(node.sign, left, right)
    return None


def _calculated(sign: str, left: Array, right: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[sign](left, right)
    return np.where(np.isfinite(found), found, np.nan)


def _with_number(sign: str, made: Made, number: float) -> Made | None:
    if isinstance(made, Levels):
        return Levels(_calculated(sign, made.values, np.array(number)))
    if sign in "+-":
        return replace(made, offset=made.offset + (number if sign == "+" else -number))
    if sign == "/" and number == 0:
        return None
    by = number if sign == "*" else 1 / number
    return replace(made, offset=made.offset * by, factor=made.factor * by)


def _behind_number(sign: str, number: float, made: Made) -> Made | None:
    if isinstance(made, Levels):
        return Levels(_calculated(sign, np.array(number), made.values))
    if sign == "-":
        return replace(made, offset=number - made.offset, factor=-made.factor)
    if sign == "/":  # the quotient turned round
        if made.weights is None or made.offset or not made.factor:
            return None
        weights = np.nan_to_num(made.amounts)
        amounts = np.where(np.isnan(made.amounts), np.nan, made.weights)
        return Sums(amounts, made.window, weights, "", factor=number / made.factor)
    return _with_number(sign, made, number)


def _both(sign: str, left: Sums, right: Sums) -> Sums | None:
    if left.window.text != right.window.text or sign == "*":
        return None
    is_alike = (left.weights is None and right.weights is None) or (left.of == right.of != "")
    if not is_alike:
        return None
    if sign == "/":
        if left.offset or right.offset or not right.factor:
            return None
        amounts = np.where(np.isnan(right.amounts), np.nan, left.amounts)
        factor = left.factor / right.factor
        return Sums(amounts, left.window, np.nan_to_num(right.amounts), factor=factor)
    signed = right.factor if sign == "+" else -right.factor
    offset = left.offset + (right.offset if sign == "+" else -right.offset)
    amounts = left.factor * left.amounts + signed * right.amounts
    return replace(left, amounts=amounts, offset=offset, factor=1.0)
