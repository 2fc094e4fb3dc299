"""A measure with its numbers put in: `change(github.stars, 7d) = 1,234 − 1,196`, held against its value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from kpi import aggregate, measure
from kpi.aggregate import Query
from kpi.calendar import Moment
from kpi.expression import Arithmetic, Call, Node, Number
from kpi.measure import Reading
from kpi.metric import Kind, SeriesSet
from kpi.window import ALL, Window

_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "/"}
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Formula:
    """How a number was computed. `raw` is the measure's own reading, before it is put in the KPI's unit."""

    written: str
    filled: str  # the same with a number for each part; "?" where a part has none
    raw: Reading
    is_converted: bool  # its parts were brought to one unit first, so their plain numbers do not add up

    @property
    def sentence(self) -> str:
        if self.raw.value is None:
            aside = "" if "?" in self.filled else ", which is no number"
            return f"{self.written} = {self.filled}{aside}"
        result = number(self.raw.value)
        middle = "" if self.filled == result else f"{self.filled} = "
        aside = " (after bringing both to one unit)" if self.is_converted else ""
        return f"{self.written} = {middle}{result}{aside}"


def number(value: float) -> str:
    """A number as it is, in groups of three: "1,234.5"."""
    return f"{value:,.10g}".replace("-", "−")


def formula(text: str, series: SeriesSet, moment: Moment) -> Formula:
    """The measure `text` at `moment` with its numbers."""
    parsed = measure.parse(text)
    raw = parsed.evaluate(series, moment)
    plain = _plain(parsed.root, series, moment)
    is_converted = (
        raw.value is not None and plain is not None and not math.isclose(plain, raw.value, rel_tol=1e-9)
    )
    return Formula(text, _filled(parsed.root, series, moment), raw, is_converted)


def _filled(node: Node, series: SeriesSet, moment: Moment, *, is_inner: bool = False) -> str:
    match node:
        case Number(value=value):
            return number(value)
        case Call(query=query):
            said = _call(query, series, moment)
            return f"({said})" if is_inner and " " in said else said
        case Arithmetic(sign=sign, left=left, right=right):
            parts = (_filled(one, series, moment, is_inner=True) for one in (left, right))
            said = f" {_SIGNS[sign]} ".join(parts)
            return f"({said})" if is_inner else said
        case _:
            assert_never(node)


def _call(query: Query, series: SeriesSet, moment: Moment) -> str:
    value = aggregate.evaluate(query, series, moment).value
    if value is None:
        return "?"
    ends = _ends(query, series, moment) if query.function == "change" else None
    if ends is not None and math.isclose(ends[1] - ends[0], value, rel_tol=1e-9, abs_tol=1e-9):
        return f"{number(ends[1])} − {number(ends[0])}"
    return number(value)


def _ends(query: Query, series: SeriesSet, moment: Moment) -> tuple[float, float] | None:
    """What a change goes from and to: two readings of a level, two sums of a flow."""
    if query.window is None or query.window.text == ALL:
        return None
    days, known = query.window.days(moment), series.metrics.get(query.metric)
    if known is not None and known.kind is Kind.FLOW:
        total = Query("sum", query.metric, query.filters, Window(f"{days.count}d", days.count))
        moments = (moment.close_of(days.first - timedelta(days=1)), moment)
    else:
        total = Query("last", query.metric, query.filters, None)
        moments = (moment.at(days.period.start - _INSTANT), moment.at(days.period.end - _INSTANT))
    before, after = (aggregate.evaluate(total, series, one).value for one in moments)
    return None if before is None or after is None else (before, after)


def _plain(node: Node, series: SeriesSet, moment: Moment) -> float | None:
    """What the numbers of the parts give as they stand, whatever they count."""
    match node:
        case Number(value=value):
            return value
        case Call(query=query):
            return aggregate.evaluate(query, series, moment).value
        case Arithmetic(sign=sign, left=left, right=right):
            one, other = _plain(left, series, moment), _plain(right, series, moment)
            return None if one is None or other is None else _calculated(sign, one, other)
        case _:
            assert_never(node)


def _calculated(sign: str, one: float, other: float) -> float | None:
    match sign:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case _:
            return one / other if other else None
