"""A report over a closed stretch of days: finding and what moved most in the root, all else in its thread.

Every word and every chart comes from one account of numbers, read once. What is compared are the closes of
two equal closed stretches; what cannot be compared says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.languages import said, said_of
from bot.reply import Block, Bold, Reply, Text, Visibility, line, note
from bot.reports import papers
from bot.reports.ahead import next_line
from bot.reports.alert_lists import digest_lines
from bot.reports.closes import WorkspaceAt
from bot.reports.definitions import definitions_reply
from bot.reports.digest_account import Account, account
from bot.reports.digest_moves import Move
from bot.reports.digest_records import record_of
from bot.reports.digest_sources import failing, hidden, small_print
from bot.reports.digest_tables import figures, table_reply
from bot.reports.digest_words import (
    clause,
    counts_line,
    move_line,
    movers_of,
    period_words,
    targets_clause,
    turns_line,
)
from bot.reports.hero import hero
from bot.reports.learnings import changed_targets, learned
from bot.reports.plans import CADENCES, Plan
from bot.reports.sections import Told, kpis_of, told, unmeasured
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment, day_start
from storage import Session
from storage.revisions import Revision

SHOWN_MOVES = 3
_LONG = frozenset({"quarterly", "yearly"})
"""Reports from which something is to be learned."""


def compose(
    session: Session,
    workspace: Workspace,
    moment: Moment,
    plan: Plan,
    *,
    workspace_at: WorkspaceAt | None = None,
) -> Reply:
    """The report at `moment` over the newest closed stretch of its cadence, from one reading of storage.

    `data` holds the figures that it prints, and whether it `is_worth_posting` by its own `when`. With
    `workspace_at` (`Timeline.viewer`) either close is held against the targets that were in force then.
    """
    found = account(session, workspace, moment, plan, workspace_at=workspace_at)
    targets = changed_targets(session, found) if plan.cadence in _LONG else ()
    told_of = _alerts(session, workspace, moment, found)
    return _Digest(found, told(found), targets, told_of).reply()


def _alerts(session: Session, workspace: Workspace, moment: Moment, found: Account) -> tuple[str, ...]:
    """What is open, and what was in the stretch, of the report's frameworks; of the past nobody knows it."""
    if moment.as_of is not None:
        return ()
    keys = {use.framework.key for use in found.now.workspace.uses}
    return digest_lines(session, workspace, moment, day_start(found.stretch.first, moment.zone), keys)


@dataclass(frozen=True)
class _Digest:
    """All that one report is made of."""

    account: Account
    parts: tuple[Told, ...]
    targets: Sequence[Revision]
    alerts: tuple[str, ...] = ()  # what is open, and what was, a line each

    def reply(self) -> Reply:
        """The root message, its thread and its documents."""
        root = Reply(self.finding, tuple(self.root()), visibility=Visibility.CHANNEL, data=self.data)
        taught = learned(self.account, self.targets) if self.account.plan.cadence in _LONG else None
        documents = papers.documents(self.account, root, self.parts, taught)
        return Reply(
            root.text,
            root.blocks,
            tuple(self.thread(taught)),
            root.visibility,
            root.data,
            documents=documents,
        )

    @property
    def plan(self) -> Plan:
        return self.account.plan

    @cached_property
    def finding(self) -> str:
        """The stretch in one sentence: targets won and lost, and the largest move."""
        return f"{self._title}: {self._news}."

    @property
    def _title(self) -> str:
        period = period_words(self.account.stretch)
        name = self.account.last.workspace.name
        parts = [name] if name else []
        if self.plan.name not in CADENCES:
            parts.append(self.plan.title)
        return f"{', '.join(parts)}, {period}" if parts else period

    @property
    def _news(self) -> str:
        measured = sum(one.standing.value is not None for one in self.account.of_plan)
        if not measured:
            return said("nothing is measured yet")
        if not self.account.is_news:
            return self._stillness
        if not any(one.delta is not None for one in self.account.of_plan):
            return said_of(measured, "first readings of {count} KPI", "first readings of {count} KPIs")
        clauses = [targets_clause(self.account.distinct, self.account.stretch)]
        if (first := self._mover) is not None:
            clauses.append(clause(first))
        return "; ".join(one for one in clauses if one) or said_of(
            measured, "{count} KPI measured", "{count} KPIs measured"
        )

    @property
    def _stillness(self) -> str:
        """What is said where nothing changed; what was not measured did not stay the same."""
        still = sum(one.delta == 0 for one in self.account.of_plan)
        if not still:
            return said("no readings to compare with {before}", before=self.account.stretch.ago)
        if still == len(self.account.of_plan) and still > 1:
            return said("all {count} as {before}", count=still, before=self.account.stretch.ago)
        return said_of(
            still, "{count} KPI as {before}", "{count} KPIs as {before}", before=self.account.stretch.ago
        )

    @property
    def _mover(self) -> Move | None:
        """The largest move whose name the finding does not say already."""
        turned = [one for one in self.account.moved if one.turned is not None]
        named = turned[0].ref.path if len(turned) == 1 else ""
        return next((one for one in self.account.moved if one.delta and one.ref.path != named), None)

    def root(self) -> Iterator[Block]:
        """The finding, what moved most, what changed and comes next, one chart, and the small print."""
        ahead = next_line(self.account.now, self.account.done)
        if self.account.is_news:
            yield line(Bold(self.finding))
            yield from self._moves()
            counts = counts_line(self.account.of_plan, self.account.stretch)
            turns = turns_line(self.account.of_plan)
            yield from (line(text) for text in (counts, turns, *self.alerts, ahead) if text)
            if (chart := hero(self.account)) is not None:
                yield chart
        else:
            yield line(Bold(self.finding), f" {ahead}") if ahead else line(Bold(self.finding))
            yield from (line(text) for text in self.alerts)
        yield from (note(text) for text in self._small_print if text)

    @property
    def _small_print(self) -> tuple[str, ...]:
        first = " · ".join(text for text in (small_print(self.account), failing(self.account)) if text)
        return first, hidden(self.account), self.account.last.workspace.trouble

    def _moves(self) -> Iterator[Text]:
        """What moved most, a line each, with who moved it."""
        labels = {ref.path: one.rule.by for one in self.plan.sections if one.rule.by for ref in one.refs}
        for one in self.account.moved[:SHOWN_MOVES]:
            by = movers_of(one, self.account.last, self.account.before, labels.get(one.ref.path, ""))
            aside = " · ".join(text for text in (by, record_of(one, self.account)) if text)
            yield line(move_line(one, self.account.stretch, aside=aside))

    def thread(self, taught: papers.Learned) -> Iterator[Reply]:
        """A message a part, what was learned, the table of all, and how each number is made."""
        if self.account.is_news:
            yield from (one.message for one in self.parts if not one.is_empty)
            if empty := [one for one in self.parts if one.is_empty]:
                yield unmeasured(empty)
        if taught is not None:
            title = said("What was learned")
            yield Reply(f"{title}: {taught[0]}", (line(Bold(f"{title}: {taught[0]}")), *taught[1]))
        if any(one.standing.value is not None for one in self.account.of_plan):
            yield table_reply(self.account)
        if self.account.is_news and (refs := self._measured):
            yield definitions_reply(refs, self.account)

    @property
    def _measured(self) -> tuple[KpiRef, ...]:
        """The KPIs that the parts show with a number."""
        return tuple(ref for ref in kpis_of(self.parts) if self.account.last.of(ref).value is not None)

    @property
    def data(self) -> dict[str, Any]:
        stretch = self.account.stretch
        worth = {"changed": self.account.is_news, "red": self.account.is_red}
        return {
            "report": self.plan.name,
            "title": self.plan.title,
            "first": stretch.first.isoformat(),
            "last": stretch.last.isoformat(),
            "figures": list(figures(self.account)),
            "changed": [one.ref.path for one in self.account.moved],
            "measured": sum(one.standing.value is not None for one in self.account.of_plan),
            "is_worth_posting": worth.get(self.plan.when, True),
        }
