"""The one chart of a report's root: what its reader should see first."""

from __future__ import annotations

from collections.abc import Mapping

from bot.reply import Block, Chart
from bot.reports.dashboards import Part
from bot.reports.digest_account import Account
from bot.reports.digest_moves import Move
from bot.reports.pictured import chart_of
from bot.reports.plans import Section
from kpi.framework_rules import Cadence, ChartKind, DashboardItem, ReportPart

MOST_CARDS = 12
MOST_BARS = 10

_KINDS: Mapping[Cadence, tuple[ChartKind, ...]] = {
    "quarterly": ("burnup", "bullet", "scorecard"),
    "yearly": ("burnup", "bullet", "scorecard"),
    "monthly": ("bullet", "scorecard"),
}
_OFTEN: tuple[ChartKind, ...] = ("scorecard", "bullet")


def hero(account: Account) -> Block | None:
    """The first chart of its cadence that can be made; None where none can."""
    for kind in _KINDS.get(account.plan.cadence, _OFTEN):
        section = _section(kind, account)
        chart = None if section is None else chart_of(section, account)
        if isinstance(chart, Chart):
            return chart
    return None


def _section(kind: ChartKind, account: Account) -> Section | None:
    """The KPIs worth this kind, as a part of their own."""
    if kind == "burnup":
        moves = [one for one in account.moved if one.standing.pace is not None][:1]
    elif kind == "bullet":
        moves = [one for one in _foremost(account) if _has_target(one)][:MOST_BARS]
    else:
        moves = list(_foremost(account))[:MOST_CARDS]
    if not moves:
        return None
    title = moves[0].ref.kpi.name if kind == "burnup" else account.plan.title
    refs = tuple(one.ref for one in moves)
    item = DashboardItem(text=title, kpis=tuple(ref.kpi.key for ref in refs))
    rule = ReportPart(title=title, kpis=item.kpis, chart=kind)
    return Section(rule, refs[0].use, (Part(item, refs, ()),))


def _foremost(account: Account) -> tuple[Move, ...]:
    """What moved, weightiest first, then the rest that was measured in its order."""
    moved = account.moved
    known = {one.ref.path for one in moved}
    rest = [one for one in account.distinct if one.ref.path not in known and one.after is not None]
    return (*moved, *rest)


def _has_target(one: Move) -> bool:
    target = one.standing.target
    return target is not None and target.is_numeric and one.held is not None
