"""The figures that a report states, as data: what was printed can be held against what is known later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from bot.reports.changes import Change
from kpi.standing import Standing


def figures(
    changes: Iterable[Change], closed: Mapping[str, Standing], printed: Mapping[str, str], *, day: date
) -> list[dict[str, object]]:
    """One for each KPI that was measured on `day`, the last closed one, as root and table print it.

    `closed` and `printed` are by path. What was silent on that day shows its last known value, which is none
    of that day's.
    """
    found = ((one.ref.path, closed[one.ref.path]) for one in changes if not one.is_silent)
    return [_figure(path, standing, printed[path], day.isoformat()) for path, standing in found]


def _figure(path: str, standing: Standing, printed: str, day: str) -> dict[str, object]:
    return {
        "kpi": path,
        "day": day,
        "value": standing.value,
        "zone": standing.zone.value,
        "met": standing.met,
        "printed": printed,
        "settled": standing.reading.settled,
    }
