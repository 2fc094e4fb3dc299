"""What the conditions of alert rules name: KPIs, gates, other rules, measures."""

from __future__ import annotations

from collections.abc import Mapping

from kpi.alert_rules import ANY
from kpi.expression import MeasureFault
from kpi.measure import parse
from kpi.window import ALL

KPIS = ("kpi", "percent_of_target", "chance", "zone", "no_data")
"""Keys of a condition that name a KPI, or `any`."""

MEASURED = ("drop", "rise", "anomaly")
"""Keys that name a measure or a KPI."""

RULES = ("firing", "unless_firing")
GATES = ("gate",)

REFERS: Mapping[str, str] = {
    **dict.fromkeys((*KPIS, *MEASURED), "a KPI"),
    **dict.fromkeys(RULES, "an alert"),
    **dict.fromkeys(GATES, "a gate"),
}
"""What the value of each key names, as a fault says it."""


def is_any(key: str, text: str) -> bool:
    """Whether each of its kind is meant, where that can be."""
    return text == ANY and key in (*KPIS, *GATES, "anomaly", "source")


def looks_like_measure(text: str) -> bool:
    """Whether a text was meant as a measure: a KPI's key and its names have no brackets."""
    return "(" in text


def measure_fault(key: str, text: str) -> tuple[str, str] | None:
    """What is wrong with the measure under a key, and the fix; None where nothing is."""
    try:
        found = parse(text)
    except MeasureFault as fault:
        return f"column {fault.column} of “{text[:80]}”: {fault.message}", fault.hint
    if key not in ("drop", "rise"):
        return None
    for query in found.queries:
        if query.window is not None and query.window.count is None:
            what = "all samples" if query.window.text == ALL else f"a {query.window.text} so far"
            return f"{what} cannot be compared with a stretch of equal length", "name a window such as 30d"
    return None
