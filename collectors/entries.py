"""Figures that people keep in a table, one row each: date, name, value, and perhaps a unit and a note.

The first row names the columns, in any order; `kpi` does for `name`. A source's `kinds` say which name is a
flow or a ratio; the others are levels. Samples are in the base unit of what they measure (seconds, bytes, a
fraction of one, a whole currency): a row whose value is in another unit says so in its unit column, and one
without a unit is taken as it is. They stand at the start of their day in the workspace's zone and bear the
name as a label: `last(csv.level{name="Partners"})`. Of two rows for one day and name the last counts.

A row that cannot be read is left out and named by its number in a fault; the others are used.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, field_validator

from collectors.base import Batch, CollectorConfig, Span, part_fault
from collectors.faults import UnexpectedResponse
from collectors.queries import UNIT
from kpi.metric import Kind, Metric, Sample, labels
from kpi.unit import UnitFault, scaled, unit

SETTLES_AFTER = timedelta(0)
REREADS = timedelta(days=62)  # people correct what they wrote weeks ago
_MOST_NAMED = 10  # rows that a fault names
_LONGEST_NAME = 200
_FIRST_SERIAL = date(1899, 12, 30)  # the day 0 of spreadsheets
_SERIALS = range(32_874, 73_051)  # the years 1990 to 2099
_BY_HAND = "Correct them where they are written; the next run reads them again."
_COLUMNS = "date, name and value"


def _pattern(decimal: str, groups: str) -> re.Pattern[str]:
    return re.compile(rf"([+-]?)(\d{{1,3}}(?:[{groups}]\d{{3}})+|\d+)(?:{re.escape(decimal)}(\d+))?(\s?%)?")


_NUMBERS = {".": _pattern(".", ", '\u00a0\u202f"), ",": _pattern(",", ". '\u00a0\u202f")}

KindName = Literal["level", "flow", "ratio"]


class EntriesConfig(CollectorConfig):
    """How the rows of a table are to be read."""

    kinds: dict[str, KindName] = Field({}, description="name → level, flow or ratio; a level by default")
    date_format: str = Field("%Y-%m-%d", description="how a date is written: %Y-%m-%d, or %d.%m.%Y")
    decimal: Literal[".", ","] = "."

    @field_validator("date_format")
    @classmethod
    def _names_a_day(cls, value: str) -> str:
        day = datetime(2021, 12, 23)  # noqa: DTZ001  (a day has no zone)
        try:
            is_whole = datetime.strptime(day.strftime(value), value) == day  # noqa: DTZ007
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ValueError(f'"{value}" does not name a day: write it like %Y-%m-%d')
        return value


def metrics(kind: str) -> tuple[Metric, Metric, Metric]:
    """The three metrics of a collector of tables: level, flow, ratio."""
    said = {
        Kind.LEVEL: "amount on a day, written down by a person",
        Kind.FLOW: "amount of a day, written down by a person",
        Kind.RATIO: "share, duration or score of a day, written down by a person",
    }
    longest = timedelta(days=31)  # people write things down once a month
    one, two, three = (
        Metric(f"{kind}.{how.value}", UNIT, how, words, ("name",), every=longest, is_signed=True)
        for how, words in said.items()
    )
    return one, two, three


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that could be read; `value` is in its base unit."""

    day: date
    name: str
    value: float


class RowFault(ValueError):
    """Why a row cannot be read, in words for a person."""


def parse_entries(
    table: Iterable[tuple[int, Sequence[Any]]], config: EntriesConfig, today: date
) -> tuple[list[Entry], dict[int, str]]:
    """The entries of a table of numbered rows, and what is wrong with the others, by their number.

    The first row that is not blank names the columns; raises UnexpectedResponse where it does not.
    """
    rows = ((number, row) for number, row in table if any(_cell(one) for one in row))
    columns = _columns(next(rows, (1, ()))[1])
    found: dict[tuple[date, str], Entry] = {}
    wrong: dict[int, str] = {}
    for number, row in rows:
        cells = {key: row[at] for key, at in columns.items() if at < len(row)}
        if _cell(cells.get("value")) == "":
            continue  # nobody knows it yet
        try:
            entry = parse_entry(cells, config, today)
        except RowFault as fault:
            wrong[number] = str(fault)
        else:
            found.pop((entry.day, entry.name), None)
            found[entry.day, entry.name] = entry
    return list(found.values()), wrong


def _columns(header: Sequence[Any]) -> dict[str, int]:
    names = ["name" if (one := _cell(cell).casefold()) == "kpi" else one for cell in header]
    if missing := [one for one in ("date", "name", "value") if names.count(one) != 1]:
        raise UnexpectedResponse(
            f"the first row does not name the columns {_COLUMNS}: {', '.join(missing)} is missing or twice",
            hint=f"Begin the table with a row that names {_COLUMNS}; unit and note are optional.",
        )
    return {one: names.index(one) for one in ("date", "name", "value", "unit") if one in names}


def parse_entry(cells: Mapping[str, Any], config: EntriesConfig, today: date) -> Entry:
    """One row; raises RowFault."""
    day, name = _day(cells.get("date"), config.date_format), _cell(cells.get("name"))
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise RowFault("name is empty, too long or not a text")
    if day > today:
        raise RowFault(f"{day} lies ahead")
    value, is_percent = _number(cells["value"], config.decimal)
    try:
        measured = unit("%" if is_percent else _cell(cells.get("unit")))
        if is_percent and _cell(cells.get("unit")) not in ("", "%"):
            raise RowFault("value is in % but unit says otherwise")
        exact = value if measured.scale == 1 else scaled(Decimal(repr(value)), measured.scale)
    except UnitFault as fault:
        raise RowFault(fault.message) from None
    return Entry(day, name, exact)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _day(value: Any, form: str) -> date:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value) and int(value) in _SERIALS:
            return _FIRST_SERIAL + timedelta(days=int(value))
        raise RowFault("date is a number that is no day")
    try:
        found = datetime.strptime(_cell(value), form).date()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        raise RowFault(f"date is not written like {form}") from None
    if found.year not in range(1990, 2100):
        raise RowFault(f"{found} is no day to measure")
    return found


def _number(value: Any, decimal: str) -> tuple[float, bool]:
    """The number, and whether a % stands behind it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact, is_percent = value, False
    else:
        match = _NUMBERS[decimal].fullmatch(_cell(value).replace("\u2212", "-"))
        if match is None:
            raise RowFault("value is no number")
        whole = re.sub(r"\D", "", match[2])
        exact, is_percent = float(f"{match[1]}{whole}.{match[3] or 0}"), bool(match[4])
    try:
        found = float(exact)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise RowFault("value is too large")
    return found, is_percent


def batch(kind: str, table: Iterable[tuple[int, Sequence[Any]]], config: EntriesConfig, span: Span) -> Batch:
    """The samples of a table within the span, and one fault that names the rows which cannot be read."""
    entries, wrong = parse_entries(table, config, span.today)
    first = date.min if span.since is None else span.first_day(timedelta(0))
    samples = tuple(
        Sample(
            f"{kind}.{config.kinds.get(one.name, 'level')}",
            span.start_of(one.day),
            one.value,
            labels({"name": one.name}),
            settled=span.is_settled(one.day, SETTLES_AFTER),
        )
        for one in entries
        if first <= one.day <= span.last_day
    )
    known = {one.name for one in entries}
    notes = [f"kinds names {one}, which no row bears" for one in config.kinds if known and one not in known]
    if not wrong:
        return Batch(samples, notes=tuple(notes))
    fault = UnexpectedResponse(_told(wrong), hint=_BY_HAND)
    names = [one.name for one in metrics(kind)]
    return Batch(samples, (part_fault("rows", fault, names),), tuple(notes))


def _told(wrong: Mapping[int, str]) -> str:
    """The rows by number, each with its reason."""
    named = [f"row {number}: {reason}" for number, reason in list(wrong.items())[:_MOST_NAMED]]
    rest = f"; and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    count = "1 row cannot be read and is" if len(wrong) == 1 else f"{len(wrong)} rows cannot be read and are"
    return f"{count} left out: {'; '.join(named)}{rest}"
