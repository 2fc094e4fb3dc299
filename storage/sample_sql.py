"""The SQL that moves samples in bulk, in SQLite's and in PostgreSQL's words.

Lists go in as one parameter (JSON, arrays) and numbers come out as whole columns of microseconds, so no
statement's text depends on the question and no row becomes an object.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

Name = tuple[str, str]
"""A metric and its labels as stored."""
Key = tuple[int, int]
"""A series and an instant in microseconds."""
Row = tuple[int, int, int, float, bool]
"""Series, instant, recorded, value, settled: a row of `samples`."""


class Known(NamedTuple):
    """The newest revision of an instant."""

    recorded_at: int
    value: float
    settled: bool


class Span(NamedTuple):
    """A series and where its reading starts: at the sample in force when the range begins."""

    series: int
    metric: str
    labels: str
    start: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples side by side, in any order."""

    series: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]
    recorded_at: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    settled: npt.NDArray[np.bool_]


class SampleSql(Protocol):
    """What `storage.samples` asks of a database. A `known_by` of None means: all that is known."""

    def identify(self, names: Sequence[Name]) -> dict[Name, int]:
        """The id of each series, made where there is none; nobody else writes to them before commit."""

    def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        """The newest revision of each instant that has one."""

    def append(self, rows: Sequence[Row]) -> None:
        """Adds the rows."""

    def count(self, new: Mapping[int, int]) -> None:
        """Adds to the number of instants of each series."""

    def spans(self, starts: Mapping[str, int], known_by: int | None) -> list[Span]:
        """Every series of the metrics, each from the newest sample before its start, or from its start."""

    def columns(self, spans: Sequence[Span], end: int, known_by: int | None) -> Columns:
        """All revisions of the samples in the spans, up to and including `end`."""


def sql_for(connection: Connection) -> SampleSql:
    """The statements for the database behind `connection`."""
    return _Postgresql(connection) if connection.dialect.name == "postgresql" else _Sqlite(connection)


class _Sqlite:
    """CROSS JOIN fixes the order of a join: the list outside, one seek into the table for each item."""

    def __init__(self, connection: Connection) -> None:
        self._run = connection.exec_driver_sql

    def identify(self, names: Sequence[Name]) -> dict[Name, int]:
        found = self._find(names)
        missing = [name for name in names if name not in found]
        if missing:
            self._run("INSERT INTO series (metric, labels, samples) VALUES (?, ?, 0)", missing)
            found = self._find(names)
        return found

    def _find(self, names: Sequence[Name]) -> dict[Name, int]:
        rows = self._run(
            "SELECT s.id, s.metric, s.labels FROM json_each(:names) k CROSS JOIN series s"
            " ON s.metric = k.value ->> 0 AND s.labels = k.value ->> 1",
            {"names": json.dumps(names)},
        )
        return {(metric, labels): series for series, metric, labels in rows}

    def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        rows = self._run(
            "SELECT x.series_id, x.at, x.recorded_at, x.value, x.settled FROM json_each(:keys) k"
            " CROSS JOIN samples x ON x.series_id = k.value ->> 0 AND x.at = k.value ->> 1",
            {"keys": json.dumps(keys)},
        )
        return _newest(rows)

    def append(self, rows: Sequence[Row]) -> None:
        if rows:
            self._run(
                "INSERT INTO samples (series_id, at, recorded_at, value, settled) VALUES (?, ?, ?, ?, ?)",
                [*rows],
            )

    def count(self, new: Mapping[int, int]) -> None:
        if new:
            self._run(
                "UPDATE series SET samples = samples + ? WHERE id = ?", [(n, one) for one, n in new.items()]
            )

    def spans(self, starts: Mapping[str, int], known_by: int | None) -> list[Span]:
        rows = self._run(
            "SELECT s.id, s.metric, s.labels, coalesce((SELECT b.at FROM samples b WHERE b.series_id = s.id"
            " AND b.at < k.value AND b.recorded_at <= :known_by ORDER BY b.at DESC LIMIT 1), k.value)"
            " FROM json_each(:starts) k CROSS JOIN series s ON s.metric = k.key ORDER BY s.metric, s.labels",
            {"starts": json.dumps(starts), "known_by": _forever(known_by)},
        )
        return [Span(*row) for row in rows]

    def columns(self, spans: Sequence[Span], end: int, known_by: int | None) -> Columns:
        result = self._run(
            "SELECT x.series_id, x.at, x.recorded_at, x.value, x.settled FROM json_each(:spans) k"
            " CROSS JOIN samples x ON x.series_id = k.value ->> 0 AND x.at BETWEEN k.value ->> 1 AND :until"
            " AND x.recorded_at <= :known_by",
            {
                "spans": json.dumps([(span.series, span.start) for span in spans]),
                "until": end,
                "known_by": _forever(known_by),
            },
        )
        kinds = [("series", "i8"), ("at", "i8"), ("recorded_at", "i8"), ("value", "f8"), ("settled", "?")]
        # Straight from the driver's cursor: row objects would cost more than the reading itself.
        table = np.fromiter(cast("Iterable[Row]", result.cursor), dtype=np.dtype(kinds))
        return _columns(table, table["series"])


def _forever(known_by: int | None) -> int:
    return 2**63 - 1 if known_by is None else known_by


class _Postgresql:
    """Times cross as microseconds, many times cheaper than datetimes; exact up to the year 2255."""

    _BASE = 946_684_800_000_000  # timestamptz_send counts from 2000-01-01
    _LAYOUT = np.dtype([("at", ">i8"), ("recorded_at", ">i8"), ("value", ">f8"), ("settled", "?")])

    def __init__(self, connection: Connection) -> None:
        self._run = connection.exec_driver_sql

    def identify(self, names: Sequence[Name]) -> dict[Name, int]:
        found = self._find(names)
        missing = [name for name in names if name not in found]
        if missing:
            self._run(
                "INSERT INTO series (metric, labels, samples) SELECT k.metric, k.labels, 0"
                " FROM unnest(%(metrics)s::text[], %(labels)s::text[]) k(metric, labels)"
                " ON CONFLICT DO NOTHING",
                _pairs(missing),
            )
            found = self._find(names)
        return found

    def _find(self, names: Sequence[Name]) -> dict[Name, int]:
        # Locked in one order everywhere: two writers of the same series follow each other and never deadlock.
        rows = self._run(
            "SELECT s.id, s.metric, s.labels FROM series s"
            " JOIN unnest(%(metrics)s::text[], %(labels)s::text[]) k(metric, labels) USING (metric, labels)"
            " ORDER BY s.id FOR NO KEY UPDATE OF s",
            _pairs(names),
        )
        return {(metric, labels): series for series, metric, labels in rows}

    def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        rows = self._run(
            "SELECT k.series, k.at, (extract(epoch FROM n.recorded_at) * 1000000)::bigint, n.value, n.settled"
            " FROM unnest(%(series)s::int[], %(at)s::bigint[]) k(series, at) CROSS JOIN LATERAL"
            " (SELECT x.recorded_at, x.value, x.settled FROM samples x WHERE x.series_id = k.series"
            " AND x.at = timestamptz 'epoch' + k.at * interval '1 microsecond'"
            " ORDER BY x.recorded_at DESC LIMIT 1) n",
            {"series": [series for series, _ in keys], "at": [at for _, at in keys]},
        )
        return _newest(rows)

    def append(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        names = ("series", "at", "recorded_at", "value", "settled")
        self._run(
            "INSERT INTO samples (series_id, at, recorded_at, value, settled)"
            " SELECT k.series, timestamptz 'epoch' + k.at * interval '1 microsecond',"
            " timestamptz 'epoch' + k.recorded_at * interval '1 microsecond', k.value, k.settled"
            " FROM unnest(%(series)s::int[], %(at)s::bigint[], %(recorded_at)s::bigint[],"
            " %(value)s::float8[], %(settled)s::bool[]) k(series, at, recorded_at, value, settled)",
            dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)),
        )

    def count(self, new: Mapping[int, int]) -> None:
        self._run(
            "UPDATE series s SET samples = s.samples + k.new"
            " FROM unnest(%(series)s::int[], %(new)s::bigint[]) k(series, new) WHERE s.id = k.series",
            {"series": [*new], "new": [*new.values()]},
        )

    def spans(self, starts: Mapping[str, int], known_by: int | None) -> list[Span]:
        rows = self._run(
            "SELECT s.id, s.metric, s.labels, coalesce((SELECT (extract(epoch FROM b.at) * 1000000)::bigint"
            " FROM samples b WHERE b.series_id = s.id"
            " AND b.at < timestamptz 'epoch' + k.start * interval '1 microsecond'"
            " AND b.recorded_at <= coalesce("
            "timestamptz 'epoch' + %(known_by)s::bigint * interval '1 microsecond', 'infinity')"
            " ORDER BY b.at DESC LIMIT 1), k.start)"
            " FROM unnest(%(metrics)s::text[], %(starts)s::bigint[]) k(metric, start)"
            " JOIN series s ON s.metric = k.metric ORDER BY s.metric, s.labels",
            {"metrics": [*starts], "starts": [*starts.values()], "known_by": known_by},
        )
        return [Span(*row) for row in rows]

    def columns(self, spans: Sequence[Span], end: int, known_by: int | None) -> Columns:
        # Packed by the server, 25 bytes a sample. An aggregate inside LATERAL keeps it one seek a series.
        rows = self._run(
            "SELECT k.series, p.packed FROM unnest(%(series)s::int[], %(start)s::bigint[]) k(series, start)"
            " CROSS JOIN LATERAL (SELECT string_agg(timestamptz_send(x.at) || timestamptz_send(x.recorded_at)"
            " || float8send(x.value) || boolsend(x.settled), '') AS packed FROM samples x"
            " WHERE x.series_id = k.series"
            " AND x.at >= timestamptz 'epoch' + k.start * interval '1 microsecond'"
            " AND x.at <= timestamptz 'epoch' + %(until)s::bigint * interval '1 microsecond'"
            " AND x.recorded_at <= coalesce("
            "timestamptz 'epoch' + %(known_by)s::bigint * interval '1 microsecond', 'infinity')"
            ") p WHERE p.packed IS NOT NULL",
            {
                "series": [span.series for span in spans],
                "start": [span.start for span in spans],
                "until": end,
                "known_by": known_by,
            },
        ).all()
        table = np.frombuffer(b"".join(packed for _, packed in rows), dtype=self._LAYOUT)
        lengths = [len(packed) // self._LAYOUT.itemsize for _, packed in rows]
        found = _columns(table, np.repeat([series for series, _ in rows], lengths))
        return replace(found, at=found.at + self._BASE, recorded_at=found.recorded_at + self._BASE)


def _pairs(names: Sequence[Name]) -> dict[str, list[str]]:
    return {"metrics": [metric for metric, _ in names], "labels": [labels for _, labels in names]}


def _newest(rows: Any) -> dict[Key, Known]:
    found: dict[Key, Known] = {}
    for series, at, recorded_at, value, settled in rows:
        before = found.get((series, at))
        if before is None or before.recorded_at < recorded_at:
            found[series, at] = Known(recorded_at, value, bool(settled))
    return found


def _columns(table: npt.NDArray[Any], series: npt.NDArray[Any]) -> Columns:
    return Columns(
        np.ascontiguousarray(series, dtype=np.int64),
        np.ascontiguousarray(table["at"], dtype=np.int64),
        np.ascontiguousarray(table["recorded_at"], dtype=np.int64),
        np.ascontiguousarray(table["value"], dtype=np.float64),
        np.ascontiguousarray(table["settled"], dtype=np.bool_),
    )
