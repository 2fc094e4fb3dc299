"""Values that people entered: the words they typed beside the sample they became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from kpi.metric import Labels, Sample
from storage import samples
from storage.labelling import spell, unspell
from storage.samples import Written
from storage.tables import EntryRow


@dataclass(frozen=True, slots=True)
class Entry:
    """One value entered by hand."""

    metric: str
    at: datetime
    value: float
    text: str  # as it was typed: "1.2M"
    author: str  # surface and id: slack:U0123
    recorded_at: datetime
    labels: Labels = ()
    note: str = ""


def record(session: Session, entry: Entry) -> Written:
    """Keeps the entry and its sample. A value entered twice is kept twice as an entry, once as a sample."""
    sample = Sample(entry.metric, entry.at, entry.value, entry.labels)
    written = samples.write(session, [sample], entry.recorded_at)
    session.add(
        EntryRow(
            metric=entry.metric,
            labels=spell(entry.labels),
            at=entry.at,
            value=entry.value,
            text=entry.text,
            note=entry.note,
            author=entry.author,
            recorded_at=entry.recorded_at,
        )
    )
    session.flush()
    return written


def recent(session: Session, *, metric: str | None = None, limit: int = 50) -> list[Entry]:
    """The latest entries, of one metric or of all, newest first."""
    chosen = select(EntryRow).order_by(col(EntryRow.recorded_at).desc(), col(EntryRow.id).desc()).limit(limit)
    if metric is not None:
        chosen = chosen.where(EntryRow.metric == metric)
    return [_entry(row) for row in session.exec(chosen)]


def _entry(row: EntryRow) -> Entry:
    return Entry(
        metric=row.metric,
        at=row.at,
        value=row.value,
        text=row.text,
        author=row.author,
        recorded_at=row.recorded_at,
        labels=unspell(row.labels),
        note=row.note,
    )
