"""A KPI at the closes of days, weeks or months: its value, what became of it, and the target of then."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.reports.history import closing, history, measured_days
from bot.reports.snapshot import Snapshot
from bot.windows import Window, calendar_stretch
from bot.workspace import KpiRef, Workspace
from kpi import measure
from kpi.expression import Call
from kpi.horizon import TargetInForce, target_in_force
from kpi.metric import Labels, from_micros, to_micros
from kpi.reading import entry_metric
from kpi.scoring import met
from storage import Session, samples

MOST_ROWS = 31
_UNITS = ("d", "w", "m", "q", "y")
WorkspaceAt = Callable[[datetime], Workspace]


@dataclass(frozen=True, slots=True)
class Close:
    """Where a KPI stood when a stretch of days ended. `day` is that of the value: the last one measured."""

    start: date
    end: date
    day: date | None
    value: float | None
    is_open: bool = False
    change: float | None = None  # since the close before
    target: TargetInForce | None = None  # in force then
    met: bool | None = None
    was: float | None = None  # what its source said first, where it restated it


def stretches(window: Window) -> tuple[str, tuple[tuple[date, date], ...]]:
    """The window in days, weeks, months, quarters or years, oldest first: the shortest that fit in a table.

    The first and the last of them are cut at the ends of the window. Who says weeks or months is given them.
    """
    said = re.fullmatch(r"(\d+)([wm])", window.text)
    least = _UNITS.index(said[2]) if said and (said[2] == "w" or int(said[1]) > 2) else 0
    for unit in _UNITS[least:]:
        found: list[tuple[date, date]] = []
        day = window.start
        while day <= window.end and len(found) <= MOST_ROWS:
            _, end = (day, day) if unit == "d" else calendar_stretch(day, unit)
            found.append((day, min(end, window.end)))
            day = end + timedelta(days=1)
        if len(found) <= MOST_ROWS:
            break
    return unit, tuple(found)


def closes(
    ref: KpiRef, snapshot: Snapshot, parts: Sequence[tuple[date, date]], workspace_at: WorkspaceAt | None
) -> tuple[Close, ...]:
    """The closes of `parts`, oldest first. A changed target does not recolour those before the change."""
    before = parts[0][0] - timedelta(days=1)
    last = closing(ref, snapshot, snapshot.moment.close_of(before))
    found: list[Close] = []
    for start, end in parts:
        close = _close(ref, snapshot, start, end)
        change = None if close.value is None or last is None else close.value - last
        found.append(_judged(replace(close, change=change), ref, snapshot, workspace_at))
        last = close.value
    return tuple(found)


def _close(ref: KpiRef, snapshot: Snapshot, start: date, end: date) -> Close:
    """The value at the end of the stretch, or at the last day of it that was measured."""
    today = snapshot.moment.today
    if end >= today and (now := history(ref, snapshot, 0).today) is not None:
        return Close(start, end, today, now[1], is_open=True)
    closed = min(end, today - timedelta(days=1))
    days = [closed, *_within(ref, snapshot, start, closed)] if closed >= start else []
    for day in days:
        if (value := closing(ref, snapshot, snapshot.moment.close_of(day))) is not None:
            return Close(start, end, day, value, is_open=end >= today)
    return Close(start, end, None, None, is_open=end >= today)


def _within(ref: KpiRef, snapshot: Snapshot, start: date, closed: date) -> list[date]:
    """The days of the stretch before its last one that hold samples, the latest first."""
    return list(measured_days(ref, snapshot, closed, start - timedelta(days=1)))[:7]


def _judged(close: Close, ref: KpiRef, snapshot: Snapshot, workspace_at: WorkspaceAt | None) -> Close:
    """The close beside the target that was in force on its day."""
    moment = snapshot.moment.close_of(close.day or close.end)
    then = ref if workspace_at is None or close.is_open else as_it_was(ref, workspace_at(moment.now))
    if then is None:
        return close
    target = target_in_force(
        then.kpi, then.use.framework, then.use.plan, min(moment.day, snapshot.moment.day)
    )
    is_held = target is not None and target.is_numeric and then.kpi.unit == ref.kpi.unit
    verdict = met(target.goal, close.value, then.kpi.better) if target is not None and is_held else None
    return replace(close, target=target, met=verdict)


def as_it_was(ref: KpiRef, workspace: Workspace) -> KpiRef | None:
    """The KPI as an earlier workspace states it; None where it did not exist then."""
    for use in workspace.uses:
        if use.framework.key == ref.use.framework.key and ref.kpi.key in use.framework.by_key:
            return KpiRef(use, use.framework.by_key[ref.kpi.key])
    return None


def with_restated(
    found: Sequence[Close], ref: KpiRef, snapshot: Snapshot, session: Session
) -> tuple[Close, ...]:
    """The closes with what was first held true of those that were restated; of single samples only."""
    series = _single(ref, snapshot)
    if series is None:
        return tuple(found)
    behind = [_sample_behind(one, series[0], snapshot) for one in found]
    instants = [at for at in behind if at is not None]
    first = samples.first_known(session, *series, instants, as_of=snapshot.moment.as_of)
    return tuple(
        replace(one, was=None if at is None or first.get(at) == one.value else first.get(at))
        for one, at in zip(found, behind, strict=True)
    )


def _single(ref: KpiRef, snapshot: Snapshot) -> tuple[str, Labels] | None:
    """The one series whose newest sample is the KPI's value; None where it is made of several."""
    metric = entry_metric(ref.use.framework.key, ref.kpi)
    if ref.kpi.measure is not None:
        root = measure.parse(ref.kpi.measure).root
        if not isinstance(root, Call) or root.query.function != "last" or root.query.filters:
            return None
        metric = root.query.metric
    found = snapshot.series.by_metric.get(metric, ())
    return (metric, found[0].labels) if len(found) == 1 else None


def _sample_behind(close: Close, metric: str, snapshot: Snapshot) -> datetime | None:
    """When the sample that a close shows was read; None where it shows none as it was stored."""
    if close.day is None or close.is_open:
        return None
    (one,) = snapshot.series.by_metric[metric]
    count = int(one.at.searchsorted(to_micros(snapshot.moment.close_of(close.day).now), side="right"))
    if not count or float(one.value[count - 1]) != close.value:
        return None  # converted, or entered by hand
    return from_micros(int(one.at[count - 1]))


def gaps(found: Sequence[Close]) -> int:
    """How many of the closed stretches have no value."""
    return sum(one.value is None and not one.is_open for one in found)
