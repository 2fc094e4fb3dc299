"""How far the gate of a part of a report is from open."""

from __future__ import annotations

from bot.charts.ladder import MOST_STEPS, LadderChart, LadderStep, describe
from bot.languages import said
from bot.reply import Chart
from bot.reports import gate_words
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import closed
from bot.reports.gate_words import GateView
from bot.reports.periods import Stretch
from bot.reports.pictures.footing import notice, source_words
from bot.reports.plans import Section
from bot.reports.snapshot import Snapshot, gate_verdict
from bot.reports.standing_words import goal_words
from bot.workspace import GateRef, KpiRef
from kpi.gates import GateItem


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """The first gate of the part that is shut, else its last one, at the close of the stretch.

    None where there is no gate, where not all that it counts was read, and where nothing of it was measured.
    """
    drawn = None
    for ref in section.gates:
        drawn = _ladder(ref, snapshot, stretch, workspace_at) or drawn
        if drawn is not None and not drawn.is_open:
            break
    return None if drawn is None else Chart(drawn.title, describe(drawn), drawn, "ladder.png")


def _ladder(
    ref: GateRef, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None
) -> LadderChart | None:
    members = [KpiRef(ref.use, kpi) for kpi in ref.gate.kpis(ref.use.framework)]
    if any(one.path not in snapshot.standings for one in members):
        return None
    last = closed(snapshot, members, stretch.last, workspace_at)
    found = gate_verdict(ref, last)
    if not found.total or len(found.unmeasured) == found.total:
        return None
    view = GateView(ref, found, snapshot.workspace, last.moment)
    seen = [KpiRef(ref.use, item.kpi) for item in view.shown(found.items) if item.standing.value is not None]
    counts = {"achieved": found.achieved, "total": found.total, "needed": found.required_count}
    return LadderChart(
        title=said("Gate {phases}", phases=gate_words.title(ref)),
        finding=said(
            "{achieved} of {total} achieved, {needed} needed ({share})",
            **counts,
            share=gate_words.share(found),
        ),
        achieved=found.achieved,
        short=len(found.blocking),
        unmeasured=len(found.unmeasured),
        needed=found.required_count,
        nearest=tuple(_step(item) for item in view.shown(found.blocking)[:MOST_STEPS]),
        missing=tuple(item.kpi.name for item in view.shown(found.unmeasured)),
        withheld=view.withheld,
        period=stretch.title,
        source=source_words(seen, last, snapshot.moment),
        notice=notice(seen, last),
    )


def _step(item: GateItem) -> LadderStep:
    return LadderStep(
        name=item.kpi.name,
        value=gate_words.value_words(item),
        target=goal_words(item.target.goal, item.kpi),
        left=gate_words.left_words(item),
    )
