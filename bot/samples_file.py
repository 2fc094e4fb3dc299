"""Samples as people exchange them: CSV with `metric,at,value` and labels as further columns, or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.errors import UserError
from kpi.calendar import day_start
from kpi.metric import Labels, Sample, labels

COLUMNS = ("metric", "at", "value")
MOST_FAULTS = 20
LONGEST_NAME = 200
FIRST_YEAR, LAST_YEAR = 1980, 2200


class SamplesRefused(UserError):
    """A file of samples cannot be taken; nothing of it was."""

    def __init__(self, faults: list[str]) -> None:
        shown = faults[:MOST_FAULTS]
        more = f"\n… and {len(faults) - len(shown)} more" if len(faults) > len(shown) else ""
        super().__init__(
            "Nothing was imported:\n" + "\n".join(shown) + more, "Mend these lines and import it again."
        )
        self.faults = faults


def parse_csv(text: str, zone: ZoneInfo, *, file: str = "the file") -> list[Sample]:
    """The samples in `text`. A day without a time means its start in `zone`. Raises `SamplesRefused`."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    faults: list[str] = []
    found: list[Sample] = []
    try:
        header = [_column(name) for name in next(reader, [])]
        _check_header(header, file)
        for row in reader:
            if row:
                try:
                    found.append(_read_row(header, row, zone))
                except ValueError as fault:
                    faults.append(f"{file}:{reader.line_num}: {fault}")
    except csv.Error as fault:
        faults.append(f"{file}:{reader.line_num}: {fault}")
    if faults:
        raise SamplesRefused(faults)
    return found


def _column(name: str) -> str:
    """A column's name; the three that every file has are known in any case."""
    plain = name.strip()
    return plain.lower() if plain.lower() in COLUMNS else plain


def _check_header(header: list[str], file: str) -> None:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        hint = "start with metric,at,value" + (", with commas between" if ";" in "".join(header) else "")
        raise SamplesRefused([f"{file}:1: the column {', '.join(missing)} is missing: {hint}"])
    if len(set(header)) != len(header) or "" in header:
        raise SamplesRefused([f"{file}:1: every column needs its own name"])


def _read_row(header: list[str], row: list[str], zone: ZoneInfo) -> Sample:
    if len(row) != len(header):
        raise ValueError(f"{len(row)} values for {len(header)} columns")
    cells = dict(zip(header, row, strict=True))
    extra = {name: text for name, text in cells.items() if name not in COLUMNS}
    return sample(cells["metric"], cells["at"], cells["value"], extra, zone)


def parse_json(text: str, zone: ZoneInfo) -> list[Sample]:
    """The samples in a JSON list, or in the `samples` of an object. Raises `SamplesRefused`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise SamplesRefused([f"the body is no JSON: {fault}"]) from None
    items = data.get("samples") if isinstance(data, dict) else data
    if not isinstance(items, list):
        raise SamplesRefused(['the body is no list of {"metric", "at", "value"}'])
    found, faults = [], []
    for index, item in enumerate(items):
        try:
            found.append(_from_item(item, zone))
        except ValueError as fault:
            faults.append(f"[{index}]: {fault}")
    if faults:
        raise SamplesRefused(faults)
    return found


def _from_item(item: object, zone: ZoneInfo) -> Sample:
    if not isinstance(item, dict):
        raise ValueError('is no {"metric", "at", "value"}')
    unknown = set(item) - {*COLUMNS, "labels"}
    missing = set(COLUMNS) - set(item)
    if unknown or missing:
        raise ValueError(f"{'unknown' if unknown else 'missing'}: {', '.join(sorted(unknown or missing))}")
    extra = item.get("labels", {})
    if not isinstance(extra, dict) or not all(isinstance(text, str) for text in extra.values()):
        raise ValueError("labels are names with texts")
    if isinstance(item["value"], bool):
        raise ValueError("value is no number")
    return sample(str(item["metric"]), str(item["at"]), str(item["value"]), extra, zone)


def sample(metric: str, at: str, value: str, extra: Mapping[str, str], zone: ZoneInfo) -> Sample:
    """One sample from its texts. Raises ValueError that says which of them is wrong."""
    name = metric.strip()
    if not name.isprintable() or " " in name or not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"{_quoted(metric)} is no metric: write a name such as github.stars")
    return Sample(name, parse_at(at, zone), _finite(value), _labels(extra))


def _finite(text: str) -> float:
    hint = f"value {_quoted(text)} is no number; leave out rows that have none"
    try:
        number = float(text.strip())
    except ValueError:
        raise ValueError(hint) from None
    if not math.isfinite(number) or "_" in text:  # 1_000 is Python's spelling, not a spreadsheet's
        raise ValueError(hint)
    return number


def _labels(extra: Mapping[str, str]) -> Labels:
    """The labels that hold something: an empty cell is no label."""
    pairs = {name.strip(): text.strip() for name, text in extra.items() if text.strip()}
    for name, text in pairs.items():
        if name in COLUMNS or not name or not (name + text).isprintable():
            raise ValueError(f"{_quoted(name)} with {_quoted(text)} is no label")
        if max(len(name), len(text)) > LONGEST_NAME:
            raise ValueError(f"label {_quoted(name)} is longer than {LONGEST_NAME} characters")
    return labels(pairs)


def _quoted(text: str) -> str:
    """What was written, short and on one line."""
    return f'"{text[:40]}"' if text.isprintable() else f'"{ascii(text[:40])[1:-1]}"'


def parse_at(text: str, zone: ZoneInfo) -> datetime:
    """An instant: an ISO time, or a day that means its start in `zone`. Raises ValueError."""
    text = text.strip()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        hint = "write 2026-05-01 or 2026-05-01T09:00:00Z"
        raise ValueError(f"at {_quoted(text)} is no time: {hint}") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"at {_quoted(text)} lies outside {FIRST_YEAR} to {LAST_YEAR}")
    if len(text) <= len("2026-05-01"):
        return day_start(at.date(), zone)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def print_csv(rows: Iterable[Sample], label_names: tuple[str, ...]) -> Iterator[str]:
    """CSV lines of `rows`, the header first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow((*COLUMNS, *label_names))
    for row in rows:
        pairs = dict(row.labels)
        writer.writerow(
            (
                row.metric,
                row.at.isoformat(),
                _number(row.value),
                *(pairs.get(name, "") for name in label_names),
            )
        )
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def print_json(rows: Iterable[Sample]) -> Iterator[str]:
    """JSON lines, one sample each."""
    for row in rows:
        item = {
            "metric": row.metric,
            "at": row.at.isoformat(),
            "value": row.value,
            "labels": dict(row.labels),
        }
        yield json.dumps(item, ensure_ascii=False) + "\n"


def _number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
