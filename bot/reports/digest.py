"""A report over a closed stretch of days: the finding in the root, every part in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.languages import said, said_of
from bot.reply import Block, Bold, Heading, Reply, Text, Visibility, line, marked, note
from bot.reports.dashboards import item_row
from bot.reports.periods import Stretch, last_closed
from bot.reports.plans import Plan, Section
from bot.reports.rows import small_print
from bot.reports.snapshot import Snapshot, load
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Session

HISTORY_DAYS = 90


def compose(session: Session, workspace: Workspace, moment: Moment, plan: Plan) -> Reply:
    """The report at `moment` over the newest closed stretch of its cadence, from one reading of storage."""
    stretch = last_closed(plan.cadence, moment, workspace.calendar.fiscal_month)
    snapshot = load(session, workspace, moment, plan.refs, history_days=max(HISTORY_DAYS, 2 * stretch.days))
    return _Digest(plan, stretch, snapshot).reply()


@dataclass(frozen=True)
class _Digest:
    """All that one report is made of."""

    plan: Plan
    stretch: Stretch
    snapshot: Snapshot

    def reply(self) -> Reply:
        measured = sum(self.snapshot.of(ref).value is not None for ref in self.plan.refs)
        counted = said_of(measured, "{count} KPI measured", "{count} KPIs measured")
        finding = said(
            "{title}, {period}: {counted}.", title=self.plan.title, period=self.stretch.title, counted=counted
        )
        blocks: tuple[Block, ...] = (line(Bold(finding)), note(small_print(self.plan.refs, self.snapshot)))
        data = {
            "report": self.plan.name,
            "first": self.stretch.first.isoformat(),
            "last": self.stretch.last.isoformat(),
        }
        return Reply(finding, blocks, self.thread(), Visibility.CHANNEL, data)

    def thread(self) -> tuple[Reply, ...]:
        return tuple(self.section(one) for one in self.plan.sections)

    def section(self, section: Section) -> Reply:
        rows: Sequence[Block] = [
            Text(marked(item_row(part, ref, self.snapshot))) for part in section.parts for ref in part.refs
        ]
        return Reply(f"{section.rule.title}.", (Heading(section.rule.title), *rows))
