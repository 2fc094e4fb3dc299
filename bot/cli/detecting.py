"""`kpi detect`: the anomalies in a file of `at,value`, each point scored from the points before it."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import warn
from bot.series_file import Series, read_series

if TYPE_CHECKING:
    from kpi.anomaly import Point

COLUMNS = ("at", "value", "expected", "low", "high", "score")
MOST_TOLD = 20
_DIGITS = 6  # significant ones of what was computed


def register(app: typer.Typer) -> None:
    app.command("detect")(detect)


def detect(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns at,value; an empty value is missing; - for stdin.")
    ],
) -> None:
    """Score every point of a series, 0 to 1, from the past alone; what is told goes to stderr."""
    series = read_series(file, keep_repeats=True)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    told: list[str] = []
    for written, point in _scored(series):
        numbers = (point.value, point.expected, point.low, point.high)
        writer.writerow((written, _exact(numbers[0]), *map(_rounded, numbers[1:]), f"{point.score:.4f}"))
        if point.is_anomaly:
            told.append(f"{written}: {point.reason}")
    for line in told[:MOST_TOLD]:
        warn(line)
    if len(told) > MOST_TOLD:
        warn(f"… and {len(told) - MOST_TOLD:,} more")


def _scored(series: Series) -> Iterator[tuple[str, Point]]:
    """Each point with its instant as the file writes it; days and hours are told by its own offsets."""
    from kpi.anomaly import Detector  # here, so that other commands start without it

    detector = Detector(zone=None)
    for at, value, written in zip(series.at, series.values.tolist(), series.written, strict=True):
        yield written, detector.update(at, value)


def _exact(value: float | None) -> str:
    """The number as it was given, without an exponent."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


def _rounded(value: float | None) -> str:
    """Six significant digits, without an exponent."""
    return "" if value is None else _exact(float(f"{value:.{_DIGITS}g}"))
