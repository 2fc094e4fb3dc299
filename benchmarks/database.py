"""A real database of the bot's own tables, filled by SQLite itself: ten million samples in seconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from kpi.metric import to_micros
from storage import Engine, migrate

SEEN_AFTER = timedelta(seconds=2)
"""How long after its instant a sample is recorded."""


@dataclass(frozen=True, slots=True)
class Block:
    """Series of equal length: `labels` label values for each metric name, newest sample at `until`."""

    metrics: Sequence[str]
    points: int
    every: timedelta
    until: datetime
    labels: int = 1
    first: float = 500.0
    step: float = 0.1

    @property
    def samples(self) -> int:
        return len(self.metrics) * self.labels * self.points


def build(path: Path, blocks: Sequence[Block], *, runs: int = 0) -> int:
    """Make the database at `path`, with the record of `runs` collections; returns the number of samples."""
    migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # A file that is thrown away needs no journal while it is filled.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-64000"):
            connection.execute(f"PRAGMA {pragma}")
        for block in blocks:
            _fill(connection, block)
        if runs:
            _collect(connection, runs, blocks[0])
        connection.execute("PRAGMA journal_mode=WAL")
        found: int = connection.execute("SELECT count(*) FROM samples").fetchone()[0]
        return found
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, block: Block) -> None:
    last = connection.execute("SELECT coalesce(max(id), 0) FROM series").fetchone()[0]
    named = [
        (metric, f'{{"part":"{label}"}}' if label else "{}", block.points)
        for metric in block.metrics
        for label in range(block.labels)
    ]
    connection.executemany("INSERT INTO series (metric, labels, samples) VALUES (?, ?, ?)", named)
    every = block.every // timedelta(microseconds=1)
    connection.execute(
        # CROSS JOIN keeps the order of the primary key, so every row is appended at the end.
        "WITH RECURSIVE step(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM step WHERE i + 1 < :points)"
        " INSERT INTO samples (series_id, at, recorded_at, value, settled)"
        " SELECT s.id, :start + t.i * :every, :start + t.i * :every + :seen,"
        " :first + t.i * :step + (s.id * 7919 + t.i * 104729) % 97 / 10.0, 1"
        " FROM series s CROSS JOIN (SELECT i FROM step) t WHERE s.id > :last ORDER BY s.id, t.i",
        {
            "points": block.points,
            "start": to_micros(block.until) - (block.points - 1) * every,
            "every": every,
            "seen": SEEN_AFTER // timedelta(microseconds=1),
            "first": block.first,
            "step": block.step,
            "last": last,
        },
    )


def _collect(connection: sqlite3.Connection, runs: int, block: Block) -> None:
    """Finished runs of ten sources, each as often as the samples of `block`, the last ones at its end."""
    connection.execute(
        "WITH RECURSIVE step(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM step WHERE i + 1 < :runs)"
        " INSERT INTO collector_runs"
        " (source, started_at, lease_until, finished_at, new, restated, unchanged, faults)"
        " SELECT 'source' || (i % 10), :until - (:runs - i) / 10 * :every,"
        " :until - (:runs - i) / 10 * :every + :lease, :until - (:runs - i) / 10 * :every + :seen,"
        " 1, 0, 0, '[]' FROM step",
        {
            "runs": runs,
            "until": to_micros(block.until),
            "every": block.every // timedelta(microseconds=1),
            "lease": timedelta(minutes=30) // timedelta(microseconds=1),
            "seen": SEEN_AFTER // timedelta(microseconds=1),
        },
    )


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The beginnings of all statements sent meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement[:60])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
