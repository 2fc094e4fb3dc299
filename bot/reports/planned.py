"""A report by its plan: over the newest closed stretch of its cadence, or as things stand now."""

from __future__ import annotations

from dataclasses import replace

from bot.reply import Reply
from bot.reports import alert_grade, digest, live
from bot.reports.closes import WorkspaceAt
from bot.reports.plans import LIVE, Plan
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Session

WEEKLY = "weekly"


def compose(
    session: Session,
    workspace: Workspace,
    moment: Moment,
    plan: Plan,
    *,
    workspace_at: WorkspaceAt | None = None,
) -> Reply:
    """The report at `moment` with its thread and documents; a live one is a single message.

    The weekly review of all frameworks ends with how useful the week's alerts were.
    """
    if plan.cadence == LIVE:
        return live.compose(session, workspace, moment, plan)
    if plan.is_of_alerts:
        return alert_grade.compose(session, workspace, moment)
    found = digest.compose(session, workspace, moment, plan, workspace_at=workspace_at)
    graded = alert_grade.thread(session, workspace, moment) if plan.name == WEEKLY else None
    return found if graded is None else replace(found, thread=(*found.thread, graded))
