"""What can be said of a change from the numbers alone: over which days a measure is held against itself,
which label tells the change best, and which side of a quotient moved.

Nothing here says why: a share is arithmetic, and what fell into the same days may be a coincidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kpi.calendar import Moment
from kpi.expression import Arithmetic, Call, Node, Number, calls
from kpi.measure import Measure, parse
from kpi.metric import Kind, Metric, SeriesSet, to_micros
from kpi.movers import Breakdown, decompose, labels_of

ALIKE = 0.1
"""A change that lies no farther than this from everybody's size is spread over all of them alike."""

LEAST_BEATEN = 8
"""Fewer like stretches than this in a row are no rarity."""

_WINDOW = re.compile(r'("(?:[^"\\]|\\.)*")|,\s*(?:\d+[dw]|month|quarter|all)\s*(?=\))', re.IGNORECASE)
_NOISE = 1e-9


class Manner(StrEnum):
    """How a measure is held against itself over a stretch of days."""

    AMOUNT = "amount"  # what the days added up to, beside equal days before
    FIGURE = "figure"  # what it was over the days alone, such as a rate, beside equal days before
    LEVEL = "level"  # by how much it grew over the days, beside what it grew by before
    VALUE = "value"  # where it stood when the days ended, beside where it stood when they began


def manner_of(text: str, metrics: Mapping[str, Metric]) -> Manner:
    """The manner of the measure `text`."""
    root = parse(text).root
    degree = _degree(root, metrics)
    if degree == 0:
        return Manner.FIGURE
    if degree == 1 and not _has_number(root):  # a number beside it may well count the days of its window
        return Manner.AMOUNT
    return Manner.LEVEL if _is_level(root, metrics) else Manner.VALUE


def over_days(text: str, days: int) -> str:
    """The measure of an amount or a figure over so many days, in place of its own windows."""
    return _WINDOW.sub(lambda found: found[1] or f", {days}d", text)


def _degree(node: Node, metrics: Mapping[str, Metric]) -> int | None:
    """With which power of its days it grows: an amount with the first, a rate with none; None where mixed."""
    match node:
        case Number():
            return 0
        case Call(query=query):
            return _degree_of(query.function, metrics.get(query.metric))
        case Arithmetic(sign=sign):
            left, right = _degree(node.left, metrics), _degree(node.right, metrics)
            if left is None or right is None:
                return None
            if sign in "+-":
                return left if left == right else None
            return left + right if sign == "*" else left - right


def _degree_of(function: str, metric: Metric | None) -> int | None:
    is_flow = metric is not None and metric.kind is Kind.FLOW
    if function == "last" or (function == "change" and is_flow):
        return None  # the change of a flow holds two stretches against each other already
    return 1 if function in ("sum", "count", "change") else 0


def _has_number(node: Node) -> bool:
    if isinstance(node, Arithmetic):
        return _has_number(node.left) or _has_number(node.right)
    return isinstance(node, Number)


def _is_level(node: Node, metrics: Mapping[str, Metric]) -> bool:
    match node:
        case Call(query=query):
            known = metrics.get(query.metric)
            return query.function == "last" and (known is None or known.kind is Kind.LEVEL)
        case Arithmetic(sign="+" | "-"):
            return _is_level(node.left, metrics) and _is_level(node.right, metrics)
    return False


@dataclass(frozen=True, slots=True)
class Side:
    """The upper or the lower part of a quotient. `share` is its part of the quotient's change."""

    name: str
    before: float
    after: float
    share: float


@dataclass(frozen=True, slots=True)
class Sides:
    """What moved a quotient: the shares of both sides add up to 1."""

    upper: Side
    lower: Side


def sides(measure: Measure, series: SeriesSet, before: Moment, after: Moment) -> Sides | None:
    """Which side of a quotient moved it; None for what is none, did not move, or has no value.

    Each side is given half of what both moved together, so that nothing is left over and no order counts.
    """
    parts = quotient(measure)
    if parts is None:
        return None
    (a0, a1), (b0, b1) = (
        tuple(one.evaluate(series, moment).value for moment in (before, after)) for one in parts
    )
    if a0 is None or a1 is None or not b0 or not b1:
        return None
    by_upper, by_lower = (a1 - a0) * (1 / b0 + 1 / b1) / 2, (1 / b1 - 1 / b0) * (a0 + a1) / 2
    total = by_upper + by_lower
    if abs(total) <= _NOISE * max(abs(by_upper), abs(by_lower)) or not total:
        return None
    upper, lower = parts
    return Sides(
        Side(_name(upper.root), a0, a1, by_upper / total), Side(_name(lower.root), b0, b1, by_lower / total)
    )


def quotient(measure: Measure) -> tuple[Measure, Measure] | None:
    """Both sides of the quotient that a measure is, plain numbers around it apart; None where it is none."""
    node = measure.root
    while isinstance(node, Arithmetic):
        if isinstance(node.right, Number):
            node = node.left
        elif isinstance(node.left, Number) and node.sign != "/":
            node = node.right
        elif node.sign == "/" and any(calls(node.left)):
            return _measure(node.left), _measure(node.right)
        else:
            return None
    return None


def _measure(node: Node) -> Measure:
    text = str(node)
    is_bracketed = isinstance(node, Arithmetic)
    return Measure(text[1:-1] if is_bracketed else text, node, tuple(dict.fromkeys(calls(node))))


def _name(node: Node) -> str:
    """What a side counts, without its functions and windows: `plausible.visits + plausible.views docs`."""
    match node:
        case Call(query=query):
            return " ".join((query.metric, *(value for _, value in query.filters)))
        case Arithmetic(sign=sign):
            return f"{_name(node.left)} {sign} {_name(node.right)}"
        case _:
            return str(node)


def concentration(found: Breakdown) -> float:
    """How far the change lies from one that moves every part by its own size: 0 for that, 1 for one that all
    comes from parts of no size.

    The largest part has the largest share of an even change too, and explains nothing by it.
    """
    moved = math.fsum(abs(one.change) for one in found.movers)
    size = math.fsum(abs(one.before) for one in found.movers)
    if not moved:
        return 0.0
    even = 1 / len(found.movers)
    return math.fsum(
        abs(abs(one.change) / moved - (abs(one.before) / size if size else even)) / 2 for one in found.movers
    )


def ranked(found: Iterable[Breakdown]) -> tuple[Breakdown, ...]:
    """Those that changed, from the label that explains most; of equal ones the one with fewer parts."""
    moved = [one for one in found if len(one.movers) > 1 and any(part.change for part in one.movers)]
    return tuple(sorted(moved, key=lambda one: (-concentration(one), len(one.movers), one.by)))


def breakdowns(
    measure: Measure, series: SeriesSet, before: Moment, after: Moment, *, only: Sequence[str] | None = None
) -> Iterator[Breakdown]:
    """The change of a measure by every label that tells it apart."""
    for by in labels_of(measure, series) if only is None else only:
        found = decompose(measure, series, before, after, by)
        if found is not None:
            yield found


@dataclass(frozen=True, slots=True)
class Members:
    """Which values of a label are new since the earlier end, and which were seen no more at the later one.

    `same` is what all others changed by, so that equal sets are compared.
    """

    new: tuple[str, ...]
    gone: tuple[str, ...]
    by_new: float
    by_gone: float
    same: float


def members(
    found: Breakdown, measure: Measure, series: SeriesSet, *, until: int, since: int
) -> Members | None:
    """Who is new, with no sample up to `until`, and who is gone, with none from `since` on (microseconds).

    None where nobody is either.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for query in measure.queries:
        for one in series.of(query.metric, query.filters):
            label = dict(one.labels).get(found.by)
            if label is not None and len(one):
                first[label] = min(first.get(label, int(one.at[0])), int(one.at[0]))
                last[label] = max(last.get(label, int(one.at[-1])), int(one.at[-1]))
    new = [one for one in found.movers if one.change and first.get(one.label, 0) > until]
    gone = [
        one for one in found.movers if one.change and one not in new and last.get(one.label, since) < since
    ]
    if not new and not gone:
        return None
    by_new, by_gone = (math.fsum(one.change for one in some) for some in (new, gone))
    names = [tuple(one.label for one in some) for some in (new, gone)]
    return Members(names[0], names[1], by_new, by_gone, found.change - by_new - by_gone)


def beaten(values: Sequence[float | None]) -> tuple[bool, int] | None:
    """Whether the last value is the highest or the lowest, and how many like ones right before it that beats.

    `values` are of like stretches, oldest first. None below eight, where a gap ends the row before that, and
    where the value before could have said the same.
    """
    for is_high in (True, False):
        count = _row(values, is_high=is_high)
        if count >= LEAST_BEATEN > _row(values[:-1], is_high=is_high):
            return is_high, count
    return None


def _row(values: Sequence[float | None], *, is_high: bool) -> int:
    """How many values right before the last one it beats."""
    own, count = values[-1] if values else None, 0
    for one in reversed(values[:-1]):
        if own is None or one is None or (one >= own if is_high else one <= own):
            break
        count += 1
    return count


def micros(moment: Moment) -> int:
    """The instant of a moment as series count it."""
    return to_micros(moment.now)
