"""A report by its plan: over the newest closed stretch of its cadence, or as things stand now."""

from __future__ import annotations

from bot.reply import Reply
from bot.reports import digest, live
from bot.reports.closes import WorkspaceAt
from bot.reports.plans import LIVE, Plan
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Session


def compose(
    session: Session,
    workspace: Workspace,
    moment: Moment,
    plan: Plan,
    *,
    workspace_at: WorkspaceAt | None = None,
) -> Reply:
    """The report at `moment` with its thread and documents; a live one is a single message."""
    if plan.cadence == LIVE:
        return live.compose(session, workspace, moment, plan)
    return digest.compose(session, workspace, moment, plan, workspace_at=workspace_at)
