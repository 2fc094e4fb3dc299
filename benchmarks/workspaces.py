"""Workspaces to measure on: the two built-in frameworks, and one with as many measured KPIs as wanted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.workspace import Source, Use, Workspace
from kpi.calendar import Plan
from kpi.framework_file import parse_framework
from kpi.metric import Kind, Metric

ZONE = ZoneInfo("Europe/Berlin")

_MEASURES = (
    *[("last(bench.figure_{index})", "stars", "level")] * 5,
    *[("mean(bench.figure_{index}, 30d)", "hours", "ratio")] * 2,
    ("rate(bench.figure_{index}, 30d)", "stars/day", "level"),
    ("rate(bench.figure_{index}, 7d)", "stars/day", "level"),
    ("sum(bench.figure_{index}, 30d)", "visitors", "flow"),
    ("sum(bench.figure_{index}, all)", "visitors", "flow"),
    ("p95(bench.figure_{index}, 7d)", "ms", "ratio"),
)
"""Measures in the proportions of the built-in frameworks, with the unit and kind of what they read."""


def write_workspace(folder: Path, today: date, sources: Mapping[str, Mapping[str, object]]) -> Path:
    """A kpi.yaml with both built-in frameworks, started sixty days ago."""
    start = (today - timedelta(days=60)).isoformat()
    written = {
        "name": "Benchmark",
        "timezone": ZONE.key,
        "frameworks": [{"use": "hektor", "start": start}, {"use": "inferno", "start": start}],
        "sources": sources,
        "channels": {"daily": ["slack:C0DAILY"]},
        "schedule": {"daily": "09:00 daily"},
    }
    path = folder / "kpi.yaml"
    path.write_text(json.dumps(written, indent=1), encoding="utf-8")
    return path


def generated(count: int, today: date) -> Workspace:
    """A workspace of `count` KPIs, each measured from a metric of its own."""
    kpis = [_kpi(index) for index in range(count)]
    size = 10
    document = {
        "framework": "bench",
        "title": "Benchmark",
        "source": "generated",
        "horizons": {"day90": {"title": "Day 90"}, "month6": {"title": "Month 6"}},
        "gates": {"day90": {"to": "month6", "require": "80%", "title": "Day 90 to Month 6", "line": 1}},
        "zones": [
            {"zone": "green", "at_least": 90},
            {"zone": "yellow", "at_least": 70, "below": 90},
            {"zone": "red", "below": 70},
        ],
        "dashboards": [
            {
                "key": "executive",
                "title": "Executive",
                "items": [
                    {"text": f"Section {at}", "sections": [f"Section {at}"]}
                    for at in range(0, count // size, 3)
                ],
            }
        ],
        "sections": [
            {"title": f"Section {first // size}", "kpis": kpis[first : first + size]}
            for first in range(0, count, size)
        ],
    }
    framework = parse_framework(json.dumps(document, indent=1), "generated.yaml")
    metrics = tuple(_metric(index) for index in range(count))
    return Workspace(
        name="Benchmark",
        zone=ZONE,
        uses=(Use(framework, Plan(today - timedelta(days=60), ZONE)),),
        metrics={one.name: one for one in metrics},
        sources=(Source("bench", "bench", tuple(one.name for one in metrics), 3600.0),),
    )


def _kpi(index: int) -> dict[str, object]:
    measure, unit, _ = _MEASURES[index % len(_MEASURES)]
    return {
        "name": f"Figure {index}",
        "line": index + 2,
        "unit": unit,
        "better": "higher" if index % 3 else "lower",
        "targets": {"day90": f"{700 + index}", "month6": f"{900 + index}"},
        "measure": measure.format(index=index),
    }


def _metric(index: int) -> Metric:
    _, unit, kind = _MEASURES[index % len(_MEASURES)]
    return Metric(f"bench.figure_{index}", unit.removesuffix("/day"), Kind(kind), f"Metric {index}.")
