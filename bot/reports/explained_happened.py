"""What fell into the days of a change: notes, releases, incidents, gates, targets set, sources that failed.

That it lies near in time is all that is known of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.reports import happenings, words
from bot.reports.provenance import author_name, target_subject
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import metrics_of
from bot.workspace import KpiRef
from kpi.calendar import day_of, day_start
from kpi.window import Days
from storage import Session, gate_passes, revisions
from storage.annotations import Annotation
from storage.revisions import Kind, Revision

MOST = 6
"""How many are told; of more the number."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing, and the day it is of."""

    at: datetime
    kind: str  # note, release, ..., gate, target, fault
    text: str
    url: str = ""


def happened(
    session: Session, ref: KpiRef, snapshot: Snapshot, days: Days, known_by: datetime | None
) -> tuple[Happened, ...]:
    """What is known of these days and of the one before them, oldest first; an effect follows its cause.

    The number of statements does not grow with what happened.
    """
    span = (days.first - timedelta(days=1), days.first + timedelta(days=max(days.count - 1, 0)))
    moment = snapshot.moment
    limit = min((at for at in (moment.as_of, known_by) if at is not None), default=None)
    found = [
        *map(_noted, happenings.read(session, snapshot.workspace, (ref,), span, moment)),
        *_gates(session, ref, limit),
        *_targets(session, ref, snapshot, limit),
        *_faults(ref, snapshot),
    ]
    start, end = (day_start(day, moment.zone) for day in (span[0], span[1] + timedelta(days=1)))
    return tuple(sorted((one for one in found if start <= one.at < end), key=lambda one: one.at))


def _noted(one: Annotation) -> Happened:
    return Happened(one.at, one.kind, happenings.worded(one), one.url)


def _gates(session: Session, ref: KpiRef, limit: datetime | None) -> Iterator[Happened]:
    titles = {gate.key: gate.title for gate in ref.use.framework.gates}
    for (framework, gate), passed in gate_passes.read(session, as_of=limit).items():
        if framework == ref.use.framework.key and gate in titles:
            yield from (Happened(one.passed_at, "gate", f"gate {titles[gate]} passed") for one in passed)


def _targets(session: Session, ref: KpiRef, snapshot: Snapshot, limit: datetime | None) -> Iterator[Happened]:
    """The KPI's own targets set by hand: they move no number, but they move what is said of it."""
    own = {target_subject(ref, horizon): horizon for horizon in ref.kpi.targets}
    before: dict[str, str] = {}
    for one in revisions.read(session):
        if one.kind is not Kind.TARGET or one.subject not in own:
            continue
        if limit is None or one.recorded_at <= limit:
            yield Happened(one.recorded_at, "target", _set(one, before.get(one.subject), ref, snapshot))
            before[one.subject] = one.text


def _set(one: Revision, before: str | None, ref: KpiRef, snapshot: Snapshot) -> str:
    horizon = one.subject.rpartition("@")[2]
    title = ref.use.framework.horizons[horizon].title if horizon in ref.use.framework.horizons else horizon
    who = author_name(one.author, snapshot.workspace)
    return f"target of {title} {before or one.replaced or 'none'} → {one.text}, by {who}"


def _faults(ref: KpiRef, snapshot: Snapshot) -> Iterator[Happened]:
    """A source that fails since then; of faults that have passed only the gaps are left."""
    for fault in {snapshot.faults[name] for name in metrics_of(ref) if name in snapshot.faults}:
        yield Happened(fault.since, "fault", f"{fault.source} fails since then: {fault.message}")


def told(one: Happened, today: date, snapshot: Snapshot) -> str:
    """One line of a list: "12 Nov: Show HN"."""
    return f"{words.day(day_of(one.at, snapshot.moment.zone), today)}: {one.text}"
