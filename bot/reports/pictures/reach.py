"""How far back a reading of storage knows a KPI, so that no picture takes unread days for silent ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.calendar import Moment
from kpi.reading import needed

Needs = Callable[[Moment], Mapping[str, datetime]]
"""Since when each metric has to be read for the value at a moment."""


def needs_of(ref: KpiRef) -> Needs:
    return lambda moment: needed(ref.use.framework.key, ref.kpi, moment)


def days_read(needs: Needs, snapshot: Snapshot, most: int) -> int:
    """On how many closed days up to the last one all that a value needs was read; at most `most`."""
    today = snapshot.moment.today

    def is_read(days: int) -> bool:
        wanted = needs(snapshot.moment.close_of(today - timedelta(days=days)))
        return all(metric in snapshot.since and snapshot.since[metric] <= at for metric, at in wanted.items())

    low, high = 0, max(0, most)
    while low < high:  # what is needed for an earlier day reaches further back
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_read(middle) else (low, middle - 1)
    return low
