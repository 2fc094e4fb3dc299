"""Several KPIs over the same closed days: what each was at both ends, and what it became."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, islice

from bot.reports.closes import WorkspaceAt, as_it_was
from bot.reports.history import closing, measured_days
from bot.reports.snapshot import Snapshot
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.standing import Standing

_MOST_TRIES = 60


@dataclass(frozen=True, slots=True)
class Side:
    """One KPI of a comparison: its values at the two ends, None where it has none there."""

    ref: KpiRef
    first: float | None
    last: float | None
    standing: Standing | None  # at the last close

    @property
    def change(self) -> float | None:
        return None if self.first is None or self.last is None else self.last - self.first

    @property
    def share(self) -> float | None:
        """The change in percent; None from nothing, and of what is a percentage itself."""
        if (
            self.first is None
            or self.first <= 0
            or self.change is None
            or self.ref.kpi.unit.name.startswith("%")
        ):
            return None
        return 100 * self.change / self.first


@dataclass(frozen=True, slots=True)
class Compared:
    """The sides, and the closes between which all of them changed: those of `start` and of `end`."""

    sides: tuple[Side, ...]
    start: date | None
    end: date | None

    @property
    def apart(self) -> tuple[float, float] | None:
        """How far the first of two sides of one unit lies above the second, at the start and at the end."""
        if len(self.sides) != 2 or self.sides[0].ref.kpi.unit.name != self.sides[1].ref.kpi.unit.name:
            return None
        one, other = self.sides
        if one.first is None or one.last is None or other.first is None or other.last is None:
            return None
        return one.first - other.first, one.last - other.last


def compared(
    refs: Sequence[KpiRef], snapshot: Snapshot, window: Window, workspace_at: WorkspaceAt | None = None
) -> Compared:
    """`refs` between the first and the last close of `window`, a closed one, that every measured one has."""
    before, end = window.start - timedelta(days=1), window.end
    known = [ref for ref in refs if _close(refs=(ref,), snapshot=snapshot, start=end, end=before) is not None]
    last = _close(known, snapshot, start=end, end=before) if known else None
    first = _close(known, snapshot, start=before, end=last) if last is not None else None
    sides = []
    for ref in refs:
        then = ref if workspace_at is None or last is None else _then(ref, workspace_at, snapshot, last)
        is_known = ref in known
        sides.append(_side(ref, then, snapshot, first, last) if is_known else Side(ref, None, None, None))
    return Compared(tuple(sides), first, last)


def _then(ref: KpiRef, workspace_at: WorkspaceAt, snapshot: Snapshot, last: date) -> KpiRef:
    """The KPI with the targets that were in force on the last day, measured as it is today."""
    then = as_it_was(ref, workspace_at(snapshot.moment.close_of(last).now))
    if then is None or then.kpi.unit != ref.kpi.unit:
        return ref
    return KpiRef(then.use, replace(then.kpi, measure=ref.kpi.measure))


def _close(refs: Sequence[KpiRef], snapshot: Snapshot, *, start: date, end: date) -> date | None:
    """The day nearest to `start`, on the way to `end`, that closed with a value of every KPI."""
    moment = snapshot.moment
    others: Iterable[date] = measured_days(refs[0], snapshot, start, end)
    for day in chain((start,), islice(others, _MOST_TRIES)):
        if all(closing(ref, snapshot, moment.close_of(day)) is not None for ref in refs):
            return day
    return None


def _side(ref: KpiRef, then: KpiRef, snapshot: Snapshot, first: date | None, last: date | None) -> Side:
    at_start, at_end = (
        None if day is None else closing(ref, snapshot, snapshot.moment.close_of(day))
        for day in (first, last)
    )
    return Side(ref, at_start, at_end, None if last is None else snapshot.at_close(then, last))
