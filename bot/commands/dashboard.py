"""`/kpi dashboard executive`: a framework's own list of KPIs, in the columns its author asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.commands.cells import same_time
from bot.commands.naming import RuleRef, choices, find, which
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.reports import words
from bot.reports.dashboard_page import dashboard_json, headline, notes, page
from bot.reports.dashboards import history_days, kpis_in, parts_of
from bot.reports.snapshot import load
from kpi.framework_rules import Dashboard

MOST_BUTTONS = 5
DashboardRef = RuleRef[Dashboard]


class DashboardArgs(Args):
    name: str = Field(
        "", description="The dashboard: executive, bakhmach technical, daily. None lists them all."
    )

    usage: ClassVar[str] = "dashboard executive"


def run(args: DashboardArgs, ctx: Context) -> Reply:
    known = [
        RuleRef(use, one)
        for use in ctx.workspace.uses
        for one in use.framework.dashboards
        if kpis_in(parts_of(use, one, ctx.workspace))
    ]
    if not known:
        raise UserError(
            "No framework in use states a dashboard.", "A framework file lists them under `dashboards:`."
        )
    found = find("dashboard", args.name, known, ctx.workspace)
    if not args.name.strip() and len(known) > 1:
        return _list(known, ctx)
    return which("dashboard", found, same_time(ctx.moment)) if len(found) > 1 else _one(found[0], ctx)


def _list(refs: Sequence[DashboardRef], ctx: Context) -> Reply:
    said = f"{words.count(len(refs), 'dashboard')} in {words.count(len(ctx.workspace.uses), 'framework')}."
    blocks: list[Block] = [line(Bold(said))]
    several = len(ctx.workspace.uses) > 1
    for ref in refs:
        framework = f" ({ref.use.framework.key.capitalize()})" if several else ""
        items = ", ".join(part.item.text for part in parts_of(ref.use, ref.rule, ctx.workspace) if part.refs)
        blocks.append(line(Bold(f"{ref.rule.title}{framework}"), f": {items}"))
    then = same_time(ctx.moment)
    share = Action("Share", f"dashboards{then}", share=True)
    asks = (*choices("dashboard", refs[:MOST_BUTTONS], then), share)
    data = [
        {"dashboard": ref.rule.key, "framework": ref.use.framework.key, "title": ref.rule.title}
        | {"items": [part.item.text for part in parts_of(ref.use, ref.rule, ctx.workspace) if part.refs]}
        for ref in refs
    ]
    return Reply(said, (*blocks, Actions(asks)), data={"dashboards": data})


def _one(ref: DashboardRef, ctx: Context) -> Reply:
    use, dashboard = ref.use, ref.rule
    parts = parts_of(use, dashboard, ctx.workspace)
    snapshot = load(
        ctx.session,
        ctx.workspace,
        ctx.moment,
        kpis_in(parts),
        history_days=history_days(parts),
        known_by=ctx.known_by,
    )
    said = headline(use, dashboard, parts, snapshot)
    then = same_time(ctx.moment)
    share = Action("Share", f"dashboard {ref.path}{then}", share=True)
    asks = (Action("All dashboards", f"dashboards{then}"), share)
    small = (note(text) for text in notes(use, parts, snapshot))
    blocks = (line(Bold(said)), *page(parts, snapshot), *small, Actions(asks))
    return Reply(said, blocks, data=dashboard_json(use, dashboard, parts, snapshot))


COMMAND = Command(
    name="dashboard",
    summary="A framework's own list of KPIs and where they stand.",
    example="dashboard executive",
    args=DashboardArgs,
    run=run,
    aliases=("dashboards", "dash"),
    group=Group.FRAMEWORKS,
)
