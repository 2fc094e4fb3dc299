"""A series as a CSV file of `at,value`: what `kpi detect` and `kpi forecast` read.

A row without a value is a point that is missing, not a zero. Rows may stand in any order; they come back
oldest first. Nothing is guessed: what cannot be read is refused with its line.
"""

from __future__ import annotations

import csv
import math
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UserError, shortened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AT, VALUE = "at", "value"
STDIN = Path("-")
MOST_FAULTS = 20

_MISSING = frozenset({"", "nan", "null", "none", "na", "n/a", "-"})
_EPOCH = re.compile(r"-?\d{9,10}(\.\d*)?|\d{12,13}")
_MONTH = re.compile(r"\d{4}-\d{2}")
_LONGEST_SECONDS = 10  # digits: from twelve on they are milliseconds
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Spelling(StrEnum):
    """How a file writes its instants."""

    MONTH = "month"  # 2026-05: its first day
    DAY = "day"  # 2026-05-01: its start, UTC
    LOCAL = "local"  # 2026-05-01 09:00, without an offset: read as UTC
    INSTANT = "instant"  # 2026-05-01T09:00:00+02:00, and a file that mixes spellings
    SECONDS = "seconds"  # since 1970
    MILLISECONDS = "milliseconds"


class SeriesRefused(UserError):
    """A file is no series: every faulty line, up to twenty of them."""

    def __init__(self, faults: list[str]) -> None:
        shown = faults[:MOST_FAULTS]
        more = [f"… and {len(faults) - len(shown)} more"] if len(faults) > len(shown) else []
        super().__init__("\n".join([*shown, *more]), "Mend the file and try again.")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of a file, oldest first; `values` is nan where one is missing.

    `at` keeps the offset that a row was written with. `written` holds the instants letter for letter.
    """

    name: str
    at: list[datetime]
    values: NDArray[np.float64]
    written: list[str]
    spelling: Spelling

    def spelled(self, at: datetime) -> str:
        """Another instant as this file writes them."""
        last = self.written[-1]
        match self.spelling:
            case Spelling.MONTH:
                return f"{at:%Y-%m}"
            case Spelling.DAY:
                return at.date().isoformat()
            case Spelling.SECONDS | Spelling.MILLISECONDS:
                unit = (
                    timedelta(seconds=1) if self.spelling is Spelling.SECONDS else timedelta(milliseconds=1)
                )
                return str((at - _BEGINNING) // unit)
            case Spelling.LOCAL:
                return at.replace(tzinfo=None).isoformat(_separator(last))
        text = at.isoformat(_separator(last))
        return f"{text.removesuffix('+00:00')}Z" if last.endswith("Z") else text


def _separator(text: str) -> str:
    return " " if " " in text else "T"


@dataclass(slots=True)
class _Rows:
    """What was read so far, in the order of the file."""

    at: list[datetime] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    spellings: set[Spelling] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def read_series(path: Path, *, keep_repeats: bool = False) -> Series:
    """The series in a CSV file; `-` is the standard input.

    The header names `at` and `value`, in any order; further columns are left out. An instant is an ISO day,
    month or time (without an offset: UTC) or seconds or milliseconds since 1970. Two rows of one instant are
    refused, but with `keep_repeats` both stay, in their order: clocks of servers are set back every autumn.
    Raises `SeriesRefused`, and `UserError` for a file that cannot be opened or is no UTF-8.
    """
    name = "stdin" if path == STDIN else str(path)
    with _opened(path, name) as lines:
        rows = _read(lines, name)
    if not rows.faults and not keep_repeats:
        rows.faults = _repeats(rows, name)
    if not rows.faults and not rows.at:
        rows.faults = [f"{name}:2: there is no row below the header"]
    if rows.faults:
        raise SeriesRefused(rows.faults)
    return _in_order(rows, name)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Iterable[str]]:
    """Its lines, without a byte order mark."""
    try:
        if path == STDIN:
            stream = TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
            try:
                yield stream
            finally:
                stream.detach()
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield file
    except FileNotFoundError:
        raise UserError(f"{name} does not exist.", "Check the path.") from None
    except UnicodeDecodeError:
        raise UserError(f"{name} is not UTF-8 text.", "Save it as UTF-8.") from None
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise UserError(f"{name} cannot be read: {why}.", "Check the path and its access rights.") from None


def _read(lines: Iterable[str], name: str) -> _Rows:
    reader = csv.reader(lines, strict=True)
    rows = _Rows()
    try:
        header = next(reader, [])
        columns = [cell.strip().lower() for cell in header]
        if (fault := _header_fault(columns)) is not None:
            rows.faults.append(f"{name}:1: {fault}")
            return rows
        place = columns.index(AT), columns.index(VALUE)
        for cells in reader:
            if cells:
                _take(cells, len(columns), place, rows, f"{name}:{reader.line_num}")
                rows.lines.append(reader.line_num)
    except csv.Error as fault:
        rows.faults.append(f"{name}:{reader.line_num}: {fault}")
    return rows


def _header_fault(columns: list[str]) -> str | None:
    if not any(columns):
        return "the file is empty: start with the line at,value"
    for name in (AT, VALUE):
        if columns.count(name) > 1:
            return f"there are two columns {name}: keep one"
    missing = [name for name in (AT, VALUE) if name not in columns]
    if not missing:
        return None
    other = next((mark for mark in ";\t|" if mark in "".join(columns)), None)
    hint = "separate columns with commas" if other else "start with the line at,value"
    return f"there is no column {' and no column '.join(missing)}: {hint}"


def _take(cells: list[str], width: int, place: tuple[int, int], rows: _Rows, where: str) -> None:
    """One row, or its fault."""
    if len(cells) != width:
        rows.faults.append(f"{where}: {len(cells)} values for {width} columns")
        return
    text = cells[place[0]].strip()
    try:
        at, spelling = parse_instant(text)
        value = _number(cells[place[1]])
    except ValueError as fault:
        rows.faults.append(f"{where}: {fault}")
        return
    rows.at.append(at)
    rows.values.append(value)
    rows.written.append(text)
    rows.spellings.add(spelling)


def _number(text: str) -> float:
    """The value of a cell, nan for an empty one. Raises ValueError."""
    try:
        number = float(text)
    except ValueError:
        if text.strip().lower() in _MISSING:
            return math.nan
        raise ValueError(_no_number(text)) from None
    if math.isinf(number) or "_" in text:  # 1_000 is Python's spelling, not a spreadsheet's
        raise ValueError(_no_number(text))
    return number


def _no_number(text: str) -> str:
    return f"value {_quoted(text)} is no number: write 1234.5, or nothing where it is missing"


def parse_instant(text: str) -> tuple[datetime, Spelling]:
    """An instant, aware, and how it was written. Raises ValueError that says what to write."""
    try:
        if _EPOCH.fullmatch(text):
            return _since_1970(text)
        if _MONTH.fullmatch(text):
            return datetime.fromisoformat(f"{text}-01").replace(tzinfo=UTC), Spelling.MONTH
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            is_day = len(text) <= len("2026-05-01")
            return at.replace(tzinfo=UTC), Spelling.DAY if is_day else Spelling.LOCAL
        at.astimezone(UTC)  # the first and the last day of the calendar have no place in every zone
    except (ValueError, OverflowError):
        hint = "write 2026-05-01 or 2026-05-01T09:00:00Z"
        raise ValueError(f"at {_quoted(text)} is no time: {hint}") from None
    return at, Spelling.INSTANT


def _since_1970(text: str) -> tuple[datetime, Spelling]:
    if len(text.lstrip("-").split(".")[0]) <= _LONGEST_SECONDS:
        return _BEGINNING + timedelta(seconds=float(text)), Spelling.SECONDS
    return _BEGINNING + timedelta(milliseconds=int(text)), Spelling.MILLISECONDS


def _quoted(text: str) -> str:
    """What was written, short and on one line."""
    return f"“{shortened(text.strip() if text.isprintable() else ascii(text)[1:-1], 40)}”"


def _order(rows: _Rows) -> list[int]:
    """The places of the rows, oldest first; those of one instant in the order of the file."""
    return sorted(range(len(rows.at)), key=rows.at.__getitem__)


def _repeats(rows: _Rows, name: str) -> list[str]:
    found = []
    for one, other in pairwise(_order(rows)):
        if rows.at[one] == rows.at[other]:
            first, second = rows.lines[one], rows.lines[other]
            found.append(f"{name}:{second}: at {rows.written[other]} is in line {first} already: keep one")
    return found


def _in_order(rows: _Rows, name: str) -> Series:
    import numpy as np  # here, so that the command line starts without it

    order = _order(rows)
    spelling = rows.spellings.pop() if len(rows.spellings) == 1 else Spelling.INSTANT
    return Series(
        name,
        [rows.at[place] for place in order],
        np.array([rows.values[place] for place in order], dtype=np.float64),
        [rows.written[place] for place in order],
        spelling,
    )
