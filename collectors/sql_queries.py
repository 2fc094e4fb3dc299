"""SELECT statements as people write them, and what their rows mean; for every database that speaks SQL.

A statement may use `:start`, `:end` (the stretch that is asked for) and `:tz` (the workspace's time zone).
It returns one cell; or a time, a value, and labels by the names of their columns. Where a column is called
`value`, it is the value, `time` is the time, and the others are labels, in any order. NULL is no data.

With `daily: true` it is asked once for each day, `:start` and `:end` being that day's, and needs no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import Field, field_validator, model_validator

from collectors.queries import (
    Asking,
    NamedQuery,
    Row,
    bounds,
    day_end,
    days_of,
    label_of,
    time_of,
    value_of,
)
from collectors.statements import places, refusal
from kpi.metric import Sample

MOST_ROWS = 10_000
_PLACES = frozenset({"start", "end", "tz"})


class SqlQuery(NamedQuery):
    """One SELECT."""

    query: str = Field(min_length=1, max_length=20_000, description="one SELECT, with :start, :end and :tz")
    daily: bool = Field(False, description="asked once for each day, with that day's :start and :end")

    @field_validator("query")
    @classmethod
    def _only_reads(cls, value: str) -> str:
        if said := refusal(value):
            raise ValueError(said)
        if unknown := sorted(places(value) - _PLACES):
            raise ValueError(f":{unknown[0]} is nothing to fill in: there are :start, :end and :tz")
        return value.strip().removesuffix(";")

    @model_validator(mode="after")
    def _has_days(self) -> SqlQuery:
        if self.daily and not {"start", "end"} <= places(self.query):
            raise ValueError("a daily query needs the day in it: at >= :start AND at < :end")
        return self


@dataclass(frozen=True, slots=True)
class Stretch:
    """What `:start` and `:end` are, and the day they are of, where they are one day's."""

    start: datetime
    end: datetime
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What a statement returned: at most one row more than is taken."""

    columns: Sequence[str]
    lines: Sequence[Sequence[Any]]


def stretches(asking: Asking[SqlQuery]) -> list[Stretch]:
    """Each time a statement is asked in one run."""
    span = asking.span
    if not asking.query.daily:
        return [Stretch(*bounds(span))]
    days = days_of(asking)
    return [Stretch(span.start_of(one), min(day_end(span, one), span.now), one) for one in days]


def samples(asking: Asking[SqlQuery], asked: Sequence[Stretch], tables: Sequence[Table]) -> list[Sample]:
    """The samples of the tables that answer each stretch. Raises UnexpectedResponse for what is no figure."""
    found: list[Sample] = []
    for stretch, table in zip(asked, tables, strict=True):
        found += asking.read(_rows(table, asking), stretch.day)
    return found


def _rows(table: Table, asking: Asking[SqlQuery]) -> Iterator[Row]:
    """Rows as the names of the columns tell them."""
    if len(table.lines) > MOST_ROWS:
        raise asking.fault(f"has more than {MOST_ROWS:,} rows", "Sum them up in the query.")
    names = [one.lower() for one in table.columns]
    time, value = _places(names, asking)
    if len(names) == 1 and len(table.lines) > 1:
        raise asking.fault("has several rows of one column", "Return one row, or a time beside each value.")
    others = [(index, name) for index, name in enumerate(names) if index not in (time, value)]
    for line in table.lines:
        amount = value_of(line[value], asking)
        if amount is None:
            continue
        if time is not None and line[time] is None:
            raise asking.fault("has a value without a time", "Leave such rows out in the query.")
        at = None if time is None else time_of(line[time], asking)
        yield Row(amount, at, _labels(line, others, asking))


def _labels(
    line: Sequence[Any], others: Sequence[tuple[int, str]], asking: Asking[SqlQuery]
) -> Mapping[str, str]:
    return {key: text for at, name in others for key, text in label_of(line[at], asking, name).items()}


def _places(names: Sequence[str], asking: Asking[SqlQuery]) -> tuple[int | None, int]:
    """Where the time and the value are."""
    if len(set(names)) != len(names) or "query" in names or not all(one.isidentifier() for one in names):
        hint = "Name each column with AS, by a plain word that is not “query”."
        if len(names) != 1:
            raise asking.fault("has columns that cannot be told apart or are no labels", hint)
    if "value" in names:
        return (names.index("time") if "time" in names else None), names.index("value")
    if len(names) == 1:
        return None, 0
    if asking.query.daily:
        raise asking.fault("has several columns, none of them named value", "Name it: count(*) AS value.")
    return 0, 1
