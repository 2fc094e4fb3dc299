"""Queries that people write themselves: what the collectors of databases and of plain HTTP have in common.

A source holds named queries. Each says how its figure adds up (`kind`) and what it counts (`unit`), and its
samples bear its name in the label `query`: `last(prometheus.ratio{query="availability"})`.

Samples are in the base unit of what they measure: seconds, bytes, a fraction of one, a whole currency. A
query whose answer is in another says so once, `unit: ms` or `unit: "%"`, and each value is converted exactly
on the way in; so a KPI in minutes and one in milliseconds may read the same query. Without a unit an answer
is taken to be in base units, or to count something, as it is.

An answer without a time is of the moment. One that has times, or is asked day by day, is of those days: a
flow is stamped at the start of its day, a level and a ratio at its last second, today's level now. A ratio
of a day is told once that day is over: a half-done one would weigh as much as a whole one. Where every time
of a ratio is the first instant of a day, they are these days', for so databases name their groups of a day.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from collectors.base import Batch, CollectorConfig, Part, Span, collect_parts, part_fault
from collectors.faults import AuthFailed, CollectorFault, UnexpectedResponse
from kpi.calendar import day_of
from kpi.metric import Kind, Labels, Metric, Sample, labels
from kpi.unit import BASE_NAME, UnitFault, scaled, unit

UNIT = BASE_NAME
"""The unit of a metric whose samples measure what their query says, each in its base unit."""
MOST_SERIES = 1_000
"""How many combinations of labels one answer may bring: more are a query gone wrong."""
MOST_QUERIES = 200
SETTLES_AFTER = timedelta(hours=1)
USUAL = timedelta(days=2)
_LONGEST_LABEL = 200
_SECOND = timedelta(seconds=1)

QueryName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,59}$")]


class NamedQuery(BaseModel):
    """What every query says of its figure; each collector adds how it is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["level", "flow", "ratio"] = Field(
        "level", description="level: a stock at an instant; flow: an amount of a day; ratio: anything else"
    )
    unit: str = Field("", description="what the answer counts in: ms, %, $; empty where in base units")

    @model_validator(mode="before")
    @classmethod
    def _teach(cls, data: Any) -> Any:
        """Name the nearest setting beside one that does not exist."""
        if isinstance(data, Mapping) and (unknown := sorted(set(map(str, data)) - set(cls.model_fields))):
            near = difflib.get_close_matches(unknown[0], cls.model_fields, 1)
            meant = f" Did you mean {near[0]}?" if near else ""
            known = ", ".join(sorted(cls.model_fields))
            raise ValueError(f'unknown setting "{unknown[0]}".{meant} Known: {known}')
        return data

    @field_validator("unit")
    @classmethod
    def _is_unit(cls, value: str) -> str:
        try:
            unit(value)
        except UnitFault as fault:
            raise ValueError(fault.message) from None
        return value

    def in_base(self, value: float) -> float:
        """`value` of this query's unit in the base unit of its dimension, as the nearest float."""
        times = unit(self.unit).scale
        return value if times == 1 or not math.isfinite(value) else scaled(Decimal(repr(float(value))), times)


@lru_cache
def metrics(kind: str) -> tuple[Metric, Metric, Metric]:
    """The three metrics of a collector of queries: level, flow, ratio."""
    said = {
        Kind.LEVEL: "amount at an instant that a query finds",
        Kind.FLOW: "amount of a day that a query finds",
        Kind.RATIO: "share, duration or score that a query finds",
    }
    one, two, three = (
        Metric(f"{kind}.{how.value}", UNIT, how, words, ("query",), is_signed=True)
        for how, words in said.items()
    )
    return one, two, three


class QueriesConfig(CollectorConfig):
    """A source that holds named queries."""

    @property
    def named(self) -> Mapping[str, NamedQuery]:
        """Its queries by name."""
        found: Mapping[str, NamedQuery] = getattr(self, "queries", {})
        return found

    def series_labels(self) -> frozenset[Labels]:
        return frozenset(labels({"query": name, **self.labels}) for name in self.named)


Q = TypeVar("Q", bound=NamedQuery)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an answer. Without a time it is of the moment; None is no data."""

    value: float | None
    at: datetime | date | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking(Generic[Q]):
    """One query in one run: the shape of its samples, and the refusals of what cannot be one."""

    source: str
    name: str
    query: Q
    span: Span

    @property
    def metric(self) -> str:
        return f"{self.source}.{self.query.kind}"

    @property
    def is_flow(self) -> bool:
        return self.query.kind == "flow"

    def fault(self, said: str, hint: str) -> UnexpectedResponse:
        return UnexpectedResponse(f"the answer to {self.name} {said}", hint=hint)

    def sample(self, at: datetime, value: float, own: Mapping[str, str], *, settled: bool = True) -> Sample:
        """One sample at `at`, its value in the base unit."""
        pairs = labels({**own, "query": self.name})
        try:
            return Sample(self.metric, at, self.query.in_base(value), pairs, settled)
        except UnitFault:
            raise self.fault("is too large for its unit", "Check the query and its unit.") from None

    def of_day(self, day: date, value: float, own: Mapping[str, str]) -> Sample | None:
        """The sample of a whole day, or of today so far; None where it is not to be told yet."""
        if self.is_flow:
            settled = self.span.is_settled(day, SETTLES_AFTER)
            return self.sample(self.span.start_of(day), value, own, settled=settled)
        if day < self.span.today:
            return self.sample(day_end(self.span, day) - _SECOND, value, own)
        return self.sample(self.span.now, value, own) if self.query.kind == "level" else None

    def read(self, found: Iterable[Row], day: date | None = None) -> Iterator[Sample]:
        """Samples of rows; those without a time are of `day`, else of now. What lies outside the span is
        left out. Raises UnexpectedResponse for two rows of one series and time, and for rows of no day."""
        seen: set[tuple[datetime, Labels]] = set()
        series: set[Labels] = set()
        for row in self._by_day(list(found)):
            one = self._sample(row, day)
            if one is None:
                continue
            series.add(one.labels)
            if (one.at, one.labels) in seen:
                said = ", ".join(f'{key}="{value}"' for key, value in one.labels)
                raise self.fault(
                    f"has two values for one time and {{{said}}}",
                    "Sum them up in the query, or return what tells them apart as a label.",
                )
            if len(series) > MOST_SERIES:
                raise self.fault(f"has more than {MOST_SERIES:,} series", "Return fewer labels.")
            seen.add((one.at, one.labels))
            yield one

    def _by_day(self, found: list[Row]) -> list[Row]:
        """The same rows, those of a ratio with their days where each of their times begins one."""
        begun = [self._begun(row.at) for row in found] if self.query.kind == "ratio" else [None]
        if None in begun:
            return found
        return [replace(row, at=day) for row, day in zip(found, begun, strict=True)]

    def _begun(self, at: datetime | date | None) -> date | None:
        """The day that begins at `at`."""
        if not isinstance(at, datetime):
            return None
        day = day_of(self._aware(at), self.span.zone)
        return day if self._aware(at) == self.span.start_of(day) else None

    def _aware(self, at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=self.span.zone)).astimezone(UTC)

    def _sample(self, row: Row, day: date | None) -> Sample | None:
        if row.value is None:
            return None
        if row.at is None and day is None:
            if self.is_flow:
                raise self.fault("has no time", "A flow needs the day of each amount, or to be asked daily.")
            return self.sample(self.span.now, row.value, row.labels)
        if row.at is None or not isinstance(row.at, datetime):
            of = row.at or day
            return self.of_day(of, row.value, row.labels) if of is not None and self._reads(of) else None
        return self._at(row.at, row.value, row.labels)

    def _at(self, at: datetime, value: float, own: Mapping[str, str]) -> Sample | None:
        """The sample of an instant. A naive one is on the clock of the workspace."""
        at = self._aware(at)
        day = day_of(at, self.span.zone)
        if not self._reads(day) or at > self.span.now:
            return None
        if not self.is_flow:
            return self.sample(at, value, own)
        if at != self.span.start_of(day):
            local = at.astimezone(self.span.zone)
            raise self.fault(
                f"is of {local:%Y-%m-%d %H:%M}, which begins no day in {self.span.zone}",
                "A flow is an amount of a day: group by days of the workspace's time zone.",
            )
        return self.of_day(day, value, own)

    def _reads(self, day: date) -> bool:
        return self.span.first_day(USUAL) <= day <= self.span.last_day


def day_end(span: Span, day: date) -> datetime:
    """The first instant after `day`."""
    return span.start_of(day + timedelta(days=1))


def bounds(span: Span) -> tuple[datetime, datetime]:
    """The stretch a query is asked for: from the start of the first day to the end of the last, or now."""
    return span.start_of(span.first_day(USUAL)), min(day_end(span, span.last_day), span.now)


def days_of(asking: Asking[Any]) -> list[date]:
    """The days a query is asked for one by one. A ratio of today is not told, so it is not asked for."""
    days = asking.span.days(USUAL)
    is_told_today = asking.query.kind != "ratio"
    return [one for one in days if is_told_today or one < asking.span.today]


def value_of(found: Any, asking: Asking[Any], place: str = "its value") -> float | None:
    """A number, also where it is written as text; None for null and for what a float calls no number."""
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float | Decimal | str):
        raise asking.fault(f"has a {type(found).__name__} for {place}", "Return a number.")
    try:
        value = float(found)
    except (ValueError, OverflowError, InvalidOperation):
        raise asking.fault(f"has something for {place} that is no number", "Return a number.") from None
    if math.isinf(value) and not _says_infinity(found):
        raise asking.fault("is too large for a number", "Check the query.")
    return value if math.isfinite(value) else None


def _says_infinity(found: Any) -> bool:
    """Whether infinity was written, rather than a number that a float cannot hold."""
    return not re.search(r"\d", str(found))


def time_of(found: Any, asking: Asking[Any]) -> datetime | date:
    """A time or a day: the database's own, ISO 8601, or seconds since 1970."""
    hint = "Return a day, or a time in ISO 8601, in the column of times."
    if isinstance(found, date):  # a datetime is one too
        return found
    try:
        if isinstance(found, int | float) and not isinstance(found, bool):
            return datetime.fromtimestamp(found, UTC)
        if isinstance(found, str):
            return date.fromisoformat(found) if len(found) <= 10 else datetime.fromisoformat(found)
    except (ValueError, OverflowError, OSError):
        pass
    raise asking.fault("has a time that cannot be read", hint)


def label_of(found: Any, asking: Asking[Any], name: str) -> dict[str, str]:
    """One label as a pair; nothing where it is null or empty."""
    if found is None or found == "":
        return {}
    text = str(found)
    if len(text) > _LONGEST_LABEL or not text.isprintable():
        raise asking.fault(f"has a {name} that is no label", f"At most {_LONGEST_LABEL} plain characters.")
    return {name: text}


def iso(at: datetime) -> str:
    """An instant as every database reads it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def askings(source: str, queries: Mapping[str, Q], span: Span) -> list[Asking[Q]]:
    """Every query of a source, in the order written."""
    return [Asking(source, name, one, span) for name, one in queries.items()]


async def collect_queries(
    asked: Sequence[Asking[Q]], answer: Callable[[Asking[Q]], Awaitable[Iterable[Sample]]]
) -> Batch:
    """The samples of every query. One that fails leaves its fault, and the rest go on; where the very first
    is refused its credentials, nothing more is asked."""

    def part(asking: Asking[Q]) -> Part:
        async def read() -> Batch:
            return Batch(tuple(await answer(asking)))

        return Part(asking.name, (asking.metric,), read)

    first, *others = (part(one) for one in asked)
    try:
        begun = await first.read()
    except AuthFailed as fault:
        every = sorted({one.metric for one in asked})
        return Batch(faults=(part_fault("", fault, every),))
    except CollectorFault as fault:
        begun = Batch(faults=(part_fault(first.name, fault, first.metrics),))
    rest = await collect_parts(others)
    return Batch((*begun.samples, *rest.samples), (*begun.faults, *rest.faults))


def found_first(asking: Asking[Any], found: Iterable[Sample]) -> str:
    """What a probe says of the first answer."""
    newest = max(found, key=lambda one: one.at, default=None)
    if newest is None:
        return f"it answers, with no data for {asking.name}"
    base = unit(asking.query.unit)
    shown = newest.value / float(base.scale)
    return f"{asking.name} is {shown:,.6g} {base.name}".rstrip()
