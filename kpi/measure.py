"""The measure language: what a KPI's value is, as an expression over metrics.

`change(github.stars, 7d)`, `sum(a, 30d) / sum(b, 30d)`, `last(hub.members{place="forum"})`. A measure is
parsed once, knows which metrics it reads and since when, and is evaluated over series handed in.
Its answer is a value, no data with the reason, or a fault of the measure itself; never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import assert_never

from kpi import aggregate
from kpi.aggregate import Query
from kpi.arithmetic import NUMBER, combine
from kpi.calendar import Moment, Period
from kpi.expression import Arithmetic, Call, MeasureFault, Node, Number, calls, read
from kpi.metric import EPOCH, Metric, SeriesSet, from_micros
from kpi.unit import BARE, BASE_NAME, Unit, UnitFault, per, unit
from kpi.window import ALL

__all__ = ["Measure", "MeasureFault", "Reading", "State", "parse"]


class State(StrEnum):
    """The three things a reading can be; a gap is not a zero and a fault is not a gap."""

    VALUE = "value"
    NO_DATA = "no data"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a measure says at an instant."""

    state: State
    value: float | None
    unit: Unit | None  # None: unknown
    at: datetime | None  # the newest sample used; of several metrics, that of the stalest
    period: Period | None
    settled: bool
    reason: str = ""  # why there is no value


@dataclass(frozen=True, slots=True)
class Measure:
    """A parsed measure."""

    text: str
    root: Node
    queries: tuple[Query, ...]

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics it reads."""
        return frozenset(query.metric for query in self.queries)

    def unit(self, metrics: Mapping[str, Metric]) -> Unit | None:
        """The unit of its value, None where a metric is unknown; raises UnitFault on stars + seconds."""
        found = _unit(self.root, metrics)
        return BARE if found == NUMBER else found

    def since(self, moment: Moment) -> dict[str, datetime]:
        """For each metric the instant from which on samples are needed, beside the newest one before it."""
        needed: dict[str, datetime] = {}
        for query in self.queries:
            since = _since(query, moment)
            needed[query.metric] = min(since, needed.get(query.metric, since))
        return needed

    def evaluate(self, series: SeriesSet, moment: Moment) -> Reading:
        """Its value at `moment`, from the samples up to then."""
        try:
            part = _evaluate(self.root, series, moment)
        except UnitFault as fault:
            return Reading(State.FAULT, None, None, None, None, True, f"{self.text}: {fault.message}")
        found = BARE if part.unit == NUMBER else part.unit
        at = None if part.at is None else from_micros(part.at)
        if part.value is not None and math.isfinite(part.value):
            return Reading(State.VALUE, part.value + 0.0, found, at, part.period, part.is_settled)
        reason = part.reason or "the result is too large or not a number"
        state = State.FAULT if part.is_fault else State.NO_DATA
        return Reading(state, None, found, at, part.period, part.is_settled, reason)


@lru_cache(maxsize=4096)
def parse(text: str) -> Measure:
    """The measure that `text` states; raises MeasureFault with the column and a hint."""
    root = read(text)
    return Measure(text, root, tuple(dict.fromkeys(calls(root))))


def _since(query: Query, moment: Moment) -> datetime:
    window = query.window
    if window is None:
        return moment.now
    if window.text == ALL:
        return EPOCH
    days = window.days(moment)
    # Whether a change is one of a level or of a flow is the metric's business: read for both.
    return (days.before() if query.function == "change" else days).start


def _unit(node: Node, metrics: Mapping[str, Metric]) -> Unit | None:
    match node:
        case Number():
            return NUMBER
        case Call(query=query):
            if query.function == "count":
                return BARE
            metric = metrics.get(query.metric)
            found = None if metric is None or metric.unit == BASE_NAME else unit(metric.unit)
            return per(found, "day") if found is not None and query.function == "rate" else found
        case Arithmetic(sign=sign, left=left, right=right):
            return combine(sign, _unit(left, metrics), _unit(right, metrics)).unit
        case _:
            assert_never(node)


@dataclass(frozen=True, slots=True)
class _Part:
    """The outcome of a part of the expression, with its unit for what is done to it next."""

    value: float | None
    unit: Unit | None
    at: int | None = None
    period: Period | None = None
    is_settled: bool = True
    reason: str = ""
    is_fault: bool = False


def _evaluate(node: Node, series: SeriesSet, moment: Moment) -> _Part:
    match node:
        case Number(value=value):
            return _Part(value, NUMBER)
        case Call(query=query):
            found = aggregate.evaluate(query, series, moment)
            own = _unit(node, series.metrics)
            is_broken = found.value is not None and not math.isfinite(found.value)
            reason = f"{query.subject} holds something that is not a number" if is_broken else found.reason
            usable = None if is_broken else found.value
            return _Part(usable, own, found.at, found.period, found.settled, reason, found.is_fault)
        case Arithmetic():
            left = _evaluate(node.left, series, moment)
            return _combined(node, left, _evaluate(node.right, series, moment))
        case _:
            assert_never(node)


def _combined(node: Arithmetic, left: _Part, right: _Part) -> _Part:
    rule = combine(node.sign, left.unit, right.unit)
    ages = [part.at for part in (left, right) if part.at is not None]
    value: float | None = None
    reason = "; ".join(dict.fromkeys(part.reason for part in (left, right) if part.reason))
    if left.value is not None and right.value is not None:
        value, reason = _calculated(node, left.value * rule.left, right.value * rule.right)
    return _Part(
        value,
        rule.unit,
        min(ages, default=None),
        _hull(left.period, right.period),
        left.is_settled and right.is_settled,
        reason,
        left.is_fault or right.is_fault,
    )


def _calculated(node: Arithmetic, left: float, right: float) -> tuple[float | None, str]:
    """The number, or the reason why there is none."""
    match node.sign:
        case "+":
            return left + right, ""
        case "-":
            return left - right, ""
        case "*":
            return left * right, ""
        case _ if right == 0:
            return None, f"divided by zero: {_zero(node.right)}"
        case _:
            return left / right, ""


def _zero(node: Node) -> str:
    """What it means that `node` is zero, in words."""
    if isinstance(node, Call) and node.query.window is not None:
        words = node.query.window.words
        if node.query.function in ("sum", "count"):
            return f"no {node.query.subject} {words}"
        return f"{node.query.function} of {node.query.subject} is 0 {words}"
    return f"{node} is 0"


def _hull(one: Period | None, other: Period | None) -> Period | None:
    """The shortest period that holds both."""
    if one is None or other is None:
        return one or other
    return Period(min(one.start, other.start), max(one.end, other.end))
