"""The outcomes as a table for people, as Markdown for README, and as JSON with the machine they come from."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.outcome import Outcome, printed

COLUMNS = ("promise", "baseline", "ours", "ratio", "goal", "met")
PACKAGES = ("aiohttp", "httpx", "matplotlib", "numpy", "slack-bolt", "sqlalchemy", "starlette", "uvicorn")


def rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """The cells of the table, without its head."""
    return [
        (
            one.promise,
            printed(one.baseline, one.unit),
            printed(one.ours, one.unit),
            "–" if one.ratio is None else f"{one.ratio:.2f}×",
            _goal(one),
            {True: "yes", False: "NO", None: "–"}[one.is_met],
        )
        for one in outcomes
    ]


def _goal(one: Outcome) -> str:
    if one.most is None:
        return "–"
    return f"≤ {one.most:g}×" if one.baseline is not None else f"≤ {printed(one.most, one.unit)}"


def table(outcomes: Sequence[Outcome]) -> str:
    """Aligned columns; notes below, by number."""
    body = [COLUMNS, *rows(outcomes)]
    widths = [max(len(row[index]) for row in body) for index in range(len(COLUMNS))]
    lines = [
        "  ".join(
            cell.rjust(width) if 0 < index < len(COLUMNS) - 1 else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in body
    ]
    rule = "-" * sum(widths, 2 * (len(widths) - 1))
    notes = [f"{one.promise}: {one.note}" for one in outcomes if one.note]
    return "\n".join([lines[0], rule, *lines[1:], *(["", *notes] if notes else [])])


def markdown(outcomes: Sequence[Outcome]) -> str:
    """The same table as README shows it, without the notes."""
    head = [f"| {' | '.join(COLUMNS)} |", f"| --- |{' ---: |' * (len(COLUMNS) - 2)} --- |"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows(outcomes))])


def document(outcomes: Sequence[Outcome], at: datetime) -> dict[str, Any]:
    """Everything that was measured, when, and on what."""
    return {
        "date": at.astimezone(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(),
        "outcomes": [asdict(one) | {"ratio": one.ratio, "met": one.is_met} for one in outcomes],
    }


def write(path: Path, outcomes: Sequence[Outcome], at: datetime) -> None:
    text = json.dumps(document(outcomes, at), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> list[Outcome]:
    """The outcomes that `write` left at `path`."""
    stored = json.loads(path.read_text(encoding="utf-8"))["outcomes"]
    return [Outcome(**{name: one[name] for name in Outcome.__dataclass_fields__}) for one in stored]


def machine() -> Mapping[str, Any]:
    """What the figures were measured on; the load says whether it was quiet."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": _memory_gb(),
        "load_average": [round(one, 2) for one in os.getloadavg()] if hasattr(os, "getloadavg") else [],
    }


def _processor() -> str:
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    named = [line.partition(":")[2].strip() for line in facts.splitlines() if line.startswith("model name")]
    return named[0] if named else platform.processor()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


def versions() -> Mapping[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    return found | {name: version(name) for name in PACKAGES}
