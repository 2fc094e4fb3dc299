"""Who moved a number: the change of a measure between two moments, told apart by the values of one label.

A part is the measure read with the values of all other parts at zero. Their samples stay in place, so that
a part is read over the same days as the whole, and a label that is new or gone counts from or to zero. Only
a measure that adds up over its labels has parts: a median, a ratio of two sums or a rate has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

import numpy as np

from kpi.aggregate import Query
from kpi.calendar import Moment
from kpi.expression import Arithmetic, Call, Node, Number
from kpi.framework import Kpi
from kpi.measure import Measure, parse
from kpi.metric import Kind, Labels, Series, SeriesSet
from kpi.reading import entry_metric, is_entered, read

MOST_LABELS = 200
"""A label of more values tells nobody who moved a number."""
_LINEAR = frozenset({"last", "sum", "mean", "change", "rate", "count"})
_NOISE = 1e-9  # of the largest number that was added up


@dataclass(frozen=True, slots=True)
class Mover:
    """One value of the label. `share_of_change` is below 0 where it moved against the whole.

    The shares of all movers add up to 1; they are None where the whole did not change.
    """

    label: str
    before: float
    after: float
    change: float
    share_of_change: float | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The whole at both moments, and its parts, the largest move first; they add up to the whole."""

    by: str
    before: float
    after: float
    movers: tuple[Mover, ...]

    @property
    def change(self) -> float:
        return self.after - self.before


def decompose(
    measure: Measure, series: SeriesSet, before: Moment, after: Moment, by: str
) -> Breakdown | None:
    """The change of `measure` by the label `by`; None where it has no value at both moments, or no parts."""

    def value(part: SeriesSet, moment: Moment) -> float | None:
        return measure.evaluate(part, moment).value

    return _breakdown(measure, series, (before, after), by, value)


def decompose_kpi(
    framework: str, kpi: Kpi, *, series: SeriesSet, between: tuple[Moment, Moment], by: str
) -> Breakdown | None:
    """The same of a KPI, in its own unit; None also where its number was entered by hand."""
    if kpi.measure is None:
        return None
    measured = (one for one in series if one.metric != entry_metric(framework, kpi))
    for moment in between:
        if is_entered(kpi, read(framework, kpi, series=series, moment=moment)):
            return None

    def value(part: SeriesSet, moment: Moment) -> float | None:
        return read(framework, kpi, series=part, moment=moment).value

    return _breakdown(parse(kpi.measure), SeriesSet(tuple(measured), series.metrics), between, by, value)


def labels_of(measure: Measure, series: SeriesSet) -> tuple[str, ...]:
    """The labels, of two values or more, by which the measure can be told apart; as its metrics list them."""
    declared = [name for query in measure.queries for name in _declared(query, series)]
    found = {name for query in measure.queries for one in _read_by(query, series) for name, _ in one.labels}
    return tuple(
        name
        for name in dict.fromkeys((*declared, *sorted(found)))
        if 1 < len(_values(measure, series, name)) <= MOST_LABELS
        and _role(measure.root, series, name) is _Role.APART
    )


def _declared(query: Query, series: SeriesSet) -> tuple[str, ...]:
    metric = series.metrics.get(query.metric)
    return () if metric is None else metric.labels


class _Role(Enum):
    """What becomes of a part of the expression when all but one value of the label are at zero."""

    APART = "apart"  # only the share of that value is left
    SHARED = "shared"  # it is the same for every value
    MIXED = "mixed"  # neither: its parts do not add up


def _role(node: Node, series: SeriesSet, by: str) -> _Role:
    match node:
        case Number():
            return _Role.SHARED
        case Call(query=query):
            return _role_of(query, series, by)
        case Arithmetic(sign=sign, left=left, right=right):
            return _joint(sign, _role(left, series, by), _role(right, series, by))
        case _:
            assert_never(node)


def _joint(sign: str, left: _Role, right: _Role) -> _Role:
    match sign:
        case "+" | "-":
            return left if left is right else _Role.MIXED
        case "*" if left is _Role.SHARED:
            return right
        case _:  # a whole is divided by what all its parts share
            return left if right is _Role.SHARED else _Role.MIXED


def _role_of(query: Query, series: SeriesSet, by: str) -> _Role:
    found = list(_read_by(query, series))
    labelled = [one for one in found if _value_of(one, by) is not None]
    if not labelled:
        return _Role.SHARED
    metric = series.metrics.get(query.metric)
    is_ratio = metric is not None and metric.kind is Kind.RATIO and query.function != "count"
    is_apart = len(labelled) == len(found) and query.function in _LINEAR and not is_ratio
    return _Role.APART if is_apart else _Role.MIXED


def _read_by(query: Query, series: SeriesSet) -> Iterator[Series]:
    return (one for one in series.of(query.metric, query.filters) if len(one))


def _value_of(one: Series, by: str) -> str | None:
    return next((value for name, value in one.labels if name == by), None)


def _values(measure: Measure, series: SeriesSet, by: str) -> tuple[str, ...]:
    found = {_value_of(one, by) for query in measure.queries for one in _read_by(query, series)}
    return tuple(sorted(value for value in found if value is not None))


_Read = Callable[[SeriesSet, Moment], float | None]


def _breakdown(
    measure: Measure, series: SeriesSet, moments: tuple[Moment, Moment], by: str, value: _Read
) -> Breakdown | None:
    values = _values(measure, series, by)
    if not 0 < len(values) <= MOST_LABELS or _role(measure.root, series, by) is not _Role.APART:
        return None
    before, after = (value(series, moment) for moment in moments)
    if before is None or after is None:
        return None
    parts: list[tuple[str, float, float]] = []
    for label, part in _parts(measure, series, by, values):
        start, end = (_part(value, part, moment, is_count=_counts(measure)) for moment in moments)
        if start is None or end is None:
            return None
        parts.append((label, start, end))
    adds_up = _adds_up(before, [one[1] for one in parts]) and _adds_up(after, [one[2] for one in parts])
    return Breakdown(by, before, after, _movers(parts)) if adds_up else None


def _adds_up(whole: float, parts: Sequence[float]) -> bool:
    return abs(math.fsum((*parts, -whole))) <= _NOISE * max(map(abs, parts))


def _counts(measure: Measure) -> bool:
    """Whether it counts samples: one of value zero is still one, so those of others have to go."""
    return any(query.function == "count" for query in measure.queries)


def _part(value: _Read, part: SeriesSet, moment: Moment, *, is_count: bool) -> float | None:
    """A part at a moment at which the whole has a value: where nothing of it was counted, it is zero."""
    found = value(part, moment)
    return 0.0 if found is None and is_count else found


def _parts(
    measure: Measure, series: SeriesSet, by: str, values: Sequence[str]
) -> Iterator[tuple[str, SeriesSet]]:
    """For each value of the label the series with all other values at zero, or without them for counts."""
    own: dict[str | None, list[Series]] = {}
    for one in series:
        if one.metric in measure.metrics:
            own.setdefault(_value_of(one, by), []).append(one)
    shared, zeros = own.pop(None, []), {label: list(map(_at_zero, found)) for label, found in own.items()}
    if _counts(measure):
        zeros = {}
    elif _reads_instants_alone(measure, by):
        zeros = {None: _as_one([one for found in zeros.values() for one in found], by)}
    for wanted in values:
        others = [one for label, found in zeros.items() if label != wanted for one in found]
        yield wanted, SeriesSet((*shared, *own[wanted], *others), series.metrics)


def _at_zero(one: Series) -> Series:
    return replace(one, value=np.zeros(len(one)))


def _reads_instants_alone(measure: Measure, by: str) -> bool:
    """Whether it is the same which series has a sample at an instant, as long as one of them has.

    The mean of a level is one of the days on which every series had a reading.
    """
    return not any(
        query.function == "mean" or any(name == by for name, _ in query.filters) for query in measure.queries
    )


def _as_one(zeros: Sequence[Series], by: str) -> list[Series]:
    """One series of zeros for all that differ in nothing but the label: what 200 values need is read once."""
    groups: dict[tuple[str, Labels], list[Series]] = {}
    for one in zeros:
        labels = tuple(pair for pair in one.labels if pair[0] != by)
        groups.setdefault((one.metric, labels), []).append(one)
    found = []
    for (metric, labels), some in groups.items():
        at = np.unique(np.concatenate([one.at for one in some]))
        found.append(Series(metric, labels, at, np.zeros(len(at)), np.ones(len(at), dtype=np.bool_)))
    return found


def _movers(parts: Sequence[tuple[str, float, float]]) -> tuple[Mover, ...]:
    total = math.fsum(end for _, before, after in parts for end in (after, -before))
    largest = max(abs(end) for _, *ends in parts for end in ends)
    is_change = abs(total) > _NOISE * largest
    found = [
        Mover(label, before, after, after - before, (after - before) / total if is_change else None)
        for label, before, after in parts
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.change), one.label)))
