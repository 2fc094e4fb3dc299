"""A live report: one message that always says what holds now, changed in place as the numbers change.

It has no charts and no thread: each change would upload another picture, and not every chat can change what
stands in a thread. So it keeps to what one message holds on any chat.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from bot import languages
from bot.languages import said, said_of
from bot.reply import (
    Action,
    Actions,
    Block,
    Bold,
    Heading,
    Reply,
    Table,
    Text,
    Visibility,
    line,
    marked,
    note,
)
from bot.reports import funnels, gate_words, success, words
from bot.reports.dashboard_page import page
from bot.reports.dashboards import history_days
from bot.reports.digest_account import attributed, behind
from bot.reports.figures import print_change, print_value
from bot.reports.history import closing
from bot.reports.one_message import fitting, lined, said_once
from bot.reports.plans import Plan, Section
from bot.reports.rows import hidden_words, row, small_print
from bot.reports.shares import share_row
from bot.reports.snapshot import Snapshot, gate_verdict, load
from bot.reports.standing_words import goal_words, spoken_unit, state_mark, value_words
from bot.workspace import GateRef, KpiRef, Workspace
from kpi.calendar import STEADY, Moment
from kpi.gates import Verdict
from kpi.judgement import Judgement
from kpi.reading import is_entered
from kpi.scoring import as_float, exact, met
from kpi.standing import Standing, Zone
from storage import Session

SHOWN_CHANGES = 3
MOST_SHORT = 8
"""Lines of KPIs where a live report is told in short."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What became of a KPI since yesterday's close."""

    text: str
    is_turn: bool  # its target is met since, or no longer
    size: float  # of what it was


def compose(
    session: Session, workspace: Workspace, moment: Moment, plan: Plan, *, is_kept: bool = False
) -> Reply:
    """The report as it stands at `moment`, for readers of `workspace`, from one reading of storage.

    The number of SQL statements does not grow with the KPIs. `data` holds what `digest_of` goes by.
    `is_kept`: the message is kept up to date where it stands, and says so.
    """
    gates = _gates(plan)
    shown = _each((*plan.refs, *(ref for one in plan.sections for ref in behind(one, workspace))))
    counted = [KpiRef(ref.use, kpi) for ref in gates for kpi in ref.gate.kpis(ref.use.framework)]
    parts = [part for section in plan.sections for part in section.parts]
    snapshot = load(
        session, workspace, moment, _each((*shown, *counted)), history_days=history_days(parts) or 1
    )
    uses = [one.use for one in plan.sections if one.rule.success]
    judged = success.read_judgements(session, uses, moment, moment.as_of) if uses else {}
    verdicts = {ref.path: gate_verdict(ref, snapshot) for ref in gates}
    return _Live(plan, snapshot, shown, verdicts, judged, is_kept).reply()


def digest_of(reply: Reply) -> str:
    """Of all that a reader must not see outdated: numbers as printed, targets, zones, titles, language.

    How old the numbers are is not part of it.
    """
    told = {key: one for key, one in reply.data.items() if key != "figures"}
    figures = [
        {key: one for key, one in figure.items() if key != "value"}
        for figure in reply.data.get("figures", ())
    ]
    text = json.dumps({**told, "figures": figures}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def headline(plan: Plan, snapshot: Snapshot, refs: Sequence[KpiRef]) -> str:
    """How many targets are met, and how much is off track: "Executive Dashboard: 4 of 10 targets met"."""
    standings = [snapshot.of(ref) for ref in refs]
    if not standings:
        return plan.title
    measured = sum(one.value is not None for one in standings)
    every = words.count(len(refs), "KPI")
    if not measured:
        return said("{name}: none of its {kpis} is measured yet", name=plan.title, kpis=every)
    clauses = [_targets(standings) or said("{measured} of {kpis} measured", measured=measured, kpis=every)]
    if red := sum(one.zone is Zone.RED for one in standings):
        clauses.append(said_of(red, "{count} off track", "{count} off track"))
    return f"{plan.title}: {', '.join(clauses)}"


def _targets(standings: Sequence[Standing]) -> str:
    """How many are met, of which phase where all are of one; empty where none is held against a number."""
    held = [one for one in standings if one.met is not None and one.kpi.scored]
    if not held:
        return ""
    good = sum(bool(one.met) for one in held)
    phases = {one.target.title for one in held if one.target and one.target.horizon != STEADY}
    if len(phases) == 1:
        phase = phases.pop()
        return said_of(
            len(held),
            "{met} of {count} target of {phase} met",
            "{met} of {count} targets of {phase} met",
            met=good,
            phase=phase,
        )
    return said_of(len(held), "{met} of {count} target met", "{met} of {count} targets met", met=good)


def in_short(plan: Plan, snapshot: Snapshot) -> Iterator[Block]:
    """The headline and a line for each of the first KPIs with a number, from what was read already.

    Nothing where none of its KPIs has one.
    """
    refs = [ref for ref in plan.refs if ref.path in snapshot.standings]
    measured = [ref for ref in refs if snapshot.of(ref).value is not None]
    if not measured:
        return
    yield Heading(headline(plan, snapshot, refs))
    for ref in measured[:MOST_SHORT]:
        yield Text(marked(row(ref, snapshot)))
    if len(refs) > MOST_SHORT or len(measured) < len(refs):
        yield Text(marked(said("all {count}: `report {name}`", count=len(refs), name=plan.name)))


@dataclass(frozen=True)
class _Live:
    """All that one live report is made of."""

    plan: Plan
    snapshot: Snapshot
    shown: Sequence[KpiRef]
    gates: Mapping[str, Verdict]  # by path
    judged: Mapping[str, Mapping[tuple[str, str], Judgement]]  # by framework
    is_kept: bool

    def reply(self) -> Reply:
        text = headline(self.plan, self.snapshot, self.plan.refs)
        first = [line(Bold(text)), *((line(self.changed),) if self.changed else ())]
        found = [block for one in self.plan.sections for block in self.section(one)]
        body = fitting(said_once(found), self.plan.name)
        small = (note(one) for one in self.small_print if one)
        blocks = (*first, *body, *small, *self.actions)
        return Reply(text, blocks, visibility=Visibility.CHANNEL, data=self.data(text))

    def section(self, section: Section) -> Iterator[Block]:
        """The KPIs in their views, then its rules: one line each, for the message is read at a glance."""
        marks = self.marks(section)
        for block in page(section.parts, self.snapshot):
            yield from lined(block, marks) if isinstance(block, Table) else (block,)
        rules = tuple(self.rules(section))
        if rules:
            yield Heading(section.rule.title[:1].upper() + section.rule.title[1:])
            yield from (Text(marked(text)) for text in rules)

    def marks(self, section: Section) -> Mapping[str, str]:
        """How each KPI stands, by its name where no other one is called so."""
        names = Counter(ref.kpi.name for ref in section.refs)
        found = {ref.kpi.name: self.snapshot.of(ref) for ref in section.refs if names[ref.kpi.name] == 1}
        return {name: "▲" if one.zone is Zone.RED else state_mark(one) for name, one in found.items()}

    def rules(self, section: Section) -> Iterator[str]:
        """Gates, funnels, shares and the definition of success."""
        for ref in section.gates:
            found = self.gates[ref.path]
            mark = gate_words.MARKS[found.passed]
            yield f"{mark} {gate_words.headline(ref, found)}"
        for funnel in section.funnels:
            yield funnels.funnel_line(funnels.standing_of(section.use, funnel, self.snapshot))
        for rule in section.attribution:
            yield from (share_row(ref, self.snapshot) for ref in attributed(section, rule, self.workspace))
        if section.rule.success:
            known = self.judged.get(section.use.framework.key, {})
            yield success.headline(
                success.score(section.use, self.snapshot, known), section.use, several=False
            )

    @property
    def workspace(self) -> Workspace:
        return self.snapshot.workspace

    @cached_property
    def changed(self) -> str:
        """What became of the numbers since yesterday closed, weightiest first; empty where nothing did."""
        found = [one for ref in self.plan.refs if (one := self._change(ref)) is not None]
        found.sort(key=lambda one: (one.is_turn, one.size), reverse=True)
        if not found:
            return ""
        told = " · ".join(one.text for one in found[:SHOWN_CHANGES])
        if len(found) > SHOWN_CHANGES:
            told = said("{changes} · {count} more", changes=told, count=len(found) - SHOWN_CHANGES)
        return said("Since yesterday's close: {changes}", changes=told)

    def _change(self, ref: KpiRef) -> _Change | None:
        standing, moment = self.snapshot.of(ref), self.snapshot.moment
        close = moment.close_of(moment.today - timedelta(days=1))
        value, before = standing.value, closing(ref, self.snapshot, close)
        if value is None or before is None:
            return None
        was, unit = self.snapshot.read(ref, close), spoken_unit(ref.kpi)
        is_other = is_entered(ref.kpi, was) != is_entered(ref.kpi, standing.reading)
        if is_other or print_value(before, unit) == print_value(value, unit):
            return None
        delta = as_float(exact(value) - exact(before)) or 0.0
        text = f"{ref.kpi.name} {print_change(delta, ref.kpi.unit)}"
        is_turn = _has_turned(standing, before)
        if is_turn and standing.met:
            text = said("{change}, target met", change=text)
        elif is_turn:
            text = said("{change}, target missed", change=text)
        return _Change(text, is_turn, abs(delta) / (abs(before) or 1.0))

    @property
    def small_print(self) -> tuple[str, ...]:
        """How old the numbers are, what is kept from these readers, and that the message stays current."""
        hidden = frozenset(key for section in self.plan.sections for key in section.hidden)
        at = self.snapshot.moment.now.astimezone(self.snapshot.moment.zone)
        clock = f"{at:%H:%M}"
        kept = (
            said("Kept up to date here, last at {clock}", clock=clock)
            if self.is_kept
            else said("As it stands at {clock}", clock=clock)
        )
        small = [
            small_print(self.plan.refs, self.snapshot),
            hidden_words(len(hidden)),
            self.workspace.trouble,
        ]
        mapped = (
            text
            for one in self.plan.sections
            for part in one.parts
            if part.item.text != one.rule.title  # a part's own title is no word of a document
            for text in part.mapping
        )
        return (f"{kept} · {small[0]}", small[1], self.workspace.trouble, " ".join(dict.fromkeys(mapped)))

    @property
    def actions(self) -> Iterator[Block]:
        asks = [Action(said("Off track"), "zones red")] if self.is_red else []
        asks += [Action(said("Gates"), "gates")] if self.gates else []
        if asks:
            yield Actions(tuple(asks))

    @property
    def is_red(self) -> bool:
        return any(self.snapshot.of(ref).zone is Zone.RED for ref in self.plan.refs)

    def data(self, text: str) -> dict[str, Any]:
        gates = [
            {"gate": path, "achieved": one.achieved, "total": one.total, "passed": one.passed}
            for path, one in self.gates.items()
        ]
        rules = [text for one in self.plan.sections for text in self.rules(one)]
        return {
            "report": self.plan.name,
            "title": self.plan.title,
            "language": languages.spoken(),
            "day": self.snapshot.moment.today.isoformat(),
            "finding": text,
            "changed": self.changed,
            "parts": [one.rule.title for one in self.plan.sections],
            "figures": [_figure(ref, self.snapshot.of(ref)) for ref in self.shown],
            "gates": gates,
            "rules": rules,
            "trouble": self.workspace.trouble,
        }


def _has_turned(standing: Standing, before: float) -> bool:
    """Whether one of the two meets the target in force, and the other one does not."""
    if standing.target is None or standing.met is None or not standing.kpi.scored:
        return False
    return met(standing.target.goal, before, standing.kpi.better) is (not standing.met)


def _figure(ref: KpiRef, standing: Standing) -> dict[str, Any]:
    """One number as the message shows it. A target that was changed is told by its words."""
    targets = [goal_words(one.goal, ref.kpi) for one in ref.kpi.targets.values()]
    return {
        "kpi": ref.path,
        "name": ref.kpi.name,
        "value": standing.value,
        "printed": value_words(standing),
        "zone": standing.zone.value,
        "met": standing.met,
        "state": standing.state.value,
        "is_stale": standing.is_stale,
        "targets": targets,
    }


def _gates(plan: Plan) -> tuple[GateRef, ...]:
    return tuple({ref.path: ref for one in plan.sections for ref in one.gates}.values())


def _each(refs: Iterable[KpiRef]) -> tuple[KpiRef, ...]:
    return tuple({ref.path: ref for ref in refs}.values())
