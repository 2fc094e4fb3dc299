"""Figures that a person writes down: what stands in the table, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.collectors.scenarios.base import NOW, Sample

KINDS = {"Webinar attendees": "flow", "Satisfaction": "ratio", "Answer time": "ratio"}
ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Line:
    """One line: on a day somebody wrote a figure; in base units it is `means`. None is not known yet."""

    day: date
    name: str
    value: float | None
    unit: str
    means: float
    note: str = ""


def lines() -> list[Line]:
    """Seven weeks over the end of summer time, 25 October, with one correction and one gap."""
    found = []
    for week in range(8):
        day = date(2026, 10, 2) + timedelta(days=7 * week)
        found.append(Line(day, "Partners", 3.0 + week, "partners", 3.0 + week, "counted in the CRM"))
        found.append(Line(day, "Webinar attendees", 1234.5 + week, "", 1234.5 + week))
        found.append(Line(day, "Satisfaction", 70.0 + week, "%", (70.0 + week) / 100))
        found.append(Line(day, "Answer time", 1.5 * (week + 1), "hours", 5400.0 * (week + 1)))
    found.append(Line(date(2026, 10, 9), "Partners", 40.0, "", 40.0, 'a "correction", written later'))
    found.append(Line(date(2026, 11, 19), "Partners", None, "", 0.0, "ask Ann"))
    return found


def expected(kind: str) -> list[Sample]:
    """Each day and name once, as it was written last."""
    zone, last = ZoneInfo(ZONE), {(one.day, one.name): one for one in lines() if one.value is not None}
    samples = []
    for one in last.values():
        at = datetime.combine(one.day, time(), zone).astimezone(UTC)
        is_over = datetime.combine(one.day + timedelta(days=1), time(), zone).astimezone(UTC) <= NOW
        how = KINDS.get(one.name, "level")
        samples.append(Sample(f"{kind}.{how}", at, one.means, (("name", one.name),), is_over))
    return samples
