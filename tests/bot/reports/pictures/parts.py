"""A part of a report with the snapshot that its picture is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.reports.periods import Stretch, last_closed
from bot.reports.plans import Plan, Section, find
from bot.reports.snapshot import Snapshot, load
from bot.settings_reports import ReportEntry
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment
from kpi.framework_rules import Cadence
from storage import SessionFactory
from tests.factories import NOW


def part(used: Workspace, **rule: Any) -> Section:
    """The part as this reader gets it."""
    entry = ReportEntry.model_validate({"cadence": "weekly", "parts": [{"title": "Growth", **rule}]})
    plan = find("own", replace(used, reports={"own": entry}))
    assert isinstance(plan, Plan)
    (section,) = plan.sections
    return section


def read(
    sessions: SessionFactory,
    used: Workspace,
    *,
    cadence: Cadence = "weekly",
    refs: Sequence[KpiRef] | None = None,
    history_days: int = 90,
) -> tuple[Snapshot, Stretch]:
    """All KPIs as they stand, and the newest closed stretch."""
    moment = Moment(NOW, used.zone)
    with sessions.read() as session:
        every = used.kpis if refs is None else refs
        found = load(session, used, moment, every, history_days=history_days)
    return found, last_closed(cadence, moment)
