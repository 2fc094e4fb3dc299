"""Samples: appended when something new was learned, read as it was known at any instant.

Writing and range reading work on whole batches with one fixed text of SQL each (`sample_sql`), so neither the
number of statements nor their planning grows with the number of metrics.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import numpy as np
from sqlmodel import Session, col, select

from kpi.metric import Labels, Sample, Series, SeriesSet, from_micros, to_micros
from storage.labelling import spell, unspell
from storage.sample_sql import Columns, Known, SampleSql, sql_for
from storage.tables import SampleRow, SeriesRow

_BATCH = 5_000  # keys in one statement


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch: instants never seen before, changed ones, and those already known."""

    new: int = 0
    restated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """What was held true of one instant from `recorded_at` on."""

    value: float
    settled: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest sample of a metric, whatever its labels."""

    at: datetime
    value: float
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Name:
    """A measured metric: how many label combinations, from when to when, how many instants."""

    metric: str
    series: int
    first: datetime
    last: datetime
    samples: int


def write(session: Session, samples: Iterable[Sample], recorded_at: datetime) -> Written:
    """Appends what is new; keeps every earlier value; skips what is already known.

    Of two samples of one batch for the same instant the last counts. A value that a source has called settled
    stays settled until its value changes. `recorded_at` moves on by a microsecond where the clock has not.
    """
    batch = _by_series(samples)
    if not batch:
        return Written()
    sql = sql_for(session.connection())
    ids = sql.identify(sorted(batch))
    wanted = {(ids[name], at): sample for name, found in batch.items() for at, sample in found.items()}
    known: dict[tuple[int, int], Known] = {}
    keys = list(wanted)
    for start in range(0, len(keys), _BATCH):
        known |= sql.known(keys[start : start + _BATCH])
    return _append(sql, wanted, known, to_micros(recorded_at))


def _by_series(samples: Iterable[Sample]) -> dict[tuple[str, str], dict[int, Sample]]:
    batch: dict[tuple[str, str], dict[int, Sample]] = {}
    series: dict[tuple[str, Labels], dict[int, Sample]] = {}
    for sample in samples:
        if not math.isfinite(sample.value):
            where = f"{sample.metric} at {sample.at.isoformat()}"
            raise ValueError(f"{where}: {sample.value} is not a number to keep")
        name = sample.metric, sample.labels
        if name not in series:
            if not sample.metric.isprintable():
                raise ValueError(f"{sample.metric!r} is no name for a metric")
            series[name] = batch.setdefault((sample.metric, spell(sample.labels)), {})
        series[name][to_micros(sample.at)] = sample
    return batch


def _append(
    sql: SampleSql,
    wanted: Mapping[tuple[int, int], Sample],
    known: Mapping[tuple[int, int], Known],
    recorded_at: int,
) -> Written:
    rows: list[tuple[int, int, int, float, bool]] = []
    new: dict[int, int] = {}
    for (series, at), sample in wanted.items():
        before = known.get((series, at))
        if before is None:
            new[series] = new.get(series, 0) + 1
            rows.append((series, at, recorded_at, float(sample.value), sample.settled))
        elif before.value != sample.value or (sample.settled and not before.settled):
            recorded = max(recorded_at, before.recorded_at + 1)
            rows.append((series, at, recorded, float(sample.value), sample.settled))
    sql.append(rows)
    sql.count(new)
    created = sum(new.values())
    return Written(created, len(rows) - created, len(wanted) - len(rows))


def read(
    session: Session, since: Mapping[str, datetime], *, until: datetime, as_of: datetime | None = None
) -> SeriesSet:
    """Per metric the samples from `since` to `until`, both included, and the one newest sample before them.

    Only what was recorded by `as_of` is seen, the newest of it wins. Two statements, whatever is asked for.
    """
    sql = sql_for(session.connection())
    end, known_by = to_micros(until), None if as_of is None else to_micros(as_of)
    starts = {metric: min(to_micros(at), end + 1) for metric, at in since.items()}
    spans = sql.spans(starts, known_by)
    columns = sql.columns(spans, end, known_by)
    names = {span.series: (span.metric, unspell(span.labels)) for span in spans}
    return SeriesSet(tuple(_series(names, columns)))


def _series(names: Mapping[int, tuple[str, Labels]], columns: Columns) -> Iterator[Series]:
    """Cuts the columns into series, keeping the newest revision of each instant."""
    order = np.lexsort((columns.recorded_at, columns.at, columns.series))
    series, at = columns.series[order], columns.at[order]
    is_last = np.ones(len(at), dtype=np.bool_)
    is_last[:-1] = (series[1:] != series[:-1]) | (at[1:] != at[:-1])
    kept = order[is_last]
    series, at, recorded_at = columns.series[kept], columns.at[kept], columns.recorded_at[kept]
    value, settled = columns.value[kept], columns.settled[kept]
    identities = np.fromiter(names, dtype=np.int64)
    lows, highs = (np.searchsorted(series, identities, side).tolist() for side in ("left", "right"))
    for (metric, pairs), low, high in zip(names.values(), lows, highs, strict=True):
        if low < high:
            last = from_micros(int(recorded_at[low:high].max()))
            yield Series(metric, pairs, at[low:high], value[low:high], settled[low:high], last)


def newest(session: Session, metrics: Sequence[str]) -> dict[str, Newest]:
    """The newest sample of each metric that has one; seeks only."""
    at, value, recorded_at = (
        select(column)
        .where(SampleRow.series_id == SeriesRow.id)
        .order_by(col(SampleRow.at).desc(), col(SampleRow.recorded_at).desc())
        .limit(1)
        .correlate(SeriesRow)
        .scalar_subquery()
        for column in (SampleRow.at, SampleRow.value, SampleRow.recorded_at)
    )
    found: dict[str, Newest] = {}
    chosen = col(SeriesRow.metric).in_(metrics) & (col(SeriesRow.samples) > 0)
    for metric, *one in session.exec(select(SeriesRow.metric, at, value, recorded_at).where(chosen)):
        last = Newest(*one)
        if metric not in found or last.at > found[metric].at:
            found[metric] = last
    return found


def revisions(session: Session, metric: str, pairs: Labels, at: datetime) -> list[Revision]:
    """Everything ever held true of one instant, oldest first."""
    found = session.exec(
        select(SampleRow.value, SampleRow.settled, SampleRow.recorded_at)
        .join(SeriesRow, col(SeriesRow.id) == SampleRow.series_id)
        .where(SeriesRow.metric == metric, SeriesRow.labels == spell(pairs), SampleRow.at == at)
        .order_by(col(SampleRow.recorded_at))
    )
    return [Revision(value, settled, recorded_at) for value, settled, recorded_at in found]


def first_known(
    session: Session,
    metric: str,
    pairs: Labels,
    instants: Sequence[datetime],
    *,
    as_of: datetime | None = None,
) -> dict[datetime, float]:
    """What was first held true of some instants of one series, by instant: one statement for all."""
    chosen = (
        select(SampleRow.at, SampleRow.value)
        .join(SeriesRow, col(SeriesRow.id) == SampleRow.series_id)
        .where(SeriesRow.metric == metric, SeriesRow.labels == spell(pairs), col(SampleRow.at).in_(instants))
        .order_by(col(SampleRow.recorded_at).desc())
    )
    if as_of is not None:
        chosen = chosen.where(SampleRow.recorded_at <= as_of)
    return dict(list(session.exec(chosen)))  # the earliest comes last and stays


def names(session: Session) -> list[Name]:
    """Every measured metric, by name; seeks only, however many samples there are."""
    at = select(SampleRow.at).where(SampleRow.series_id == SeriesRow.id).limit(1).correlate(SeriesRow)
    first = at.order_by(col(SampleRow.at)).scalar_subquery()
    last = at.order_by(col(SampleRow.at).desc()).scalar_subquery()
    found: dict[str, Name] = {}
    for metric, count, oldest, latest in session.exec(
        select(SeriesRow.metric, SeriesRow.samples, first, last)
        .order_by(SeriesRow.metric)
        .where(SeriesRow.samples > 0)
    ):
        one = found.get(metric, Name(metric, 0, oldest, latest, 0))
        first_at, last_at = min(one.first, oldest), max(one.last, latest)
        found[metric] = Name(metric, one.series + 1, first_at, last_at, one.samples + count)
    return list(found.values())


def label_names(session: Session) -> list[str]:
    """Every label name that any series carries, in order."""
    spelled = session.exec(select(SeriesRow.labels).distinct())
    return sorted({name for one in spelled for name, _ in unspell(one)})


def export(session: Session) -> Iterator[Sample]:
    """Every instant with its newest value, by metric, labels and time; streamed, whatever the size."""
    series = session.exec(
        select(SeriesRow.id, SeriesRow.metric, SeriesRow.labels).order_by(SeriesRow.metric, SeriesRow.labels)
    ).all()
    for identity, metric, spelled in series:
        pairs = unspell(spelled)
        rows = session.exec(
            select(SampleRow.at, SampleRow.value, SampleRow.settled)
            .where(SampleRow.series_id == identity)
            .order_by(col(SampleRow.at), col(SampleRow.recorded_at)),
            execution_options={"yield_per": _BATCH},
        )
        for _, same in groupby(rows, key=itemgetter(0)):
            *_, (at, value, settled) = same
            yield Sample(metric, at, value, pairs, settled)
