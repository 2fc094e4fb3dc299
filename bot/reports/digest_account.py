"""All numbers behind one report over a stretch, from one reading of storage: words and charts look here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

from bot.reports import happenings, success
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import Move, closed, moves
from bot.reports.periods import Stretch, last_closed
from bot.reports.plans import Plan, Section
from bot.reports.rows import shown_kpis
from bot.reports.snapshot import Snapshot, gate_verdict, load, reaching_back
from bot.reports.success import Scored
from bot.workspace import GateRef, KpiRef, Use, Workspace
from kpi.calendar import Moment, day_start
from kpi.framework_rules import Attribution
from kpi.funnel import kpis_of
from kpi.gates import Verdict
from kpi.judgement import Judgement
from kpi.landing_course import HISTORY_DAYS
from storage import Session, reviews
from storage.annotations import Annotation
from storage.reviews import Done

CHART_DAYS = 90
"""How far back a chart goes where its part does not say."""

_TREND_DAYS = 15  # what the standing at the close before needs beside itself
_LANDING = frozenset({"trend", "burnup"})  # charts that show where a KPI lands
_LONG = frozenset({"quarterly", "yearly"})


@dataclass(frozen=True)
class Account:
    """A report's numbers. `last` and `before` hold what its readers may see at the two closes."""

    plan: Plan
    stretch: Stretch
    now: Snapshot  # at the moment of the report: what comes next
    last: Snapshot
    before: Snapshot
    gates: Mapping[str, tuple[Verdict, Verdict]]  # by path: at the close before, at the last
    moves: Mapping[str, Move]
    done: Mapping[tuple[str, str], Done]  # the reviews that were held
    notes: tuple[Annotation, ...] = ()  # what people noted in the stretch, oldest first
    said: Mapping[str, Mapping[tuple[str, str], Judgement]] = field(default_factory=dict)
    workspace_at: WorkspaceAt | None = None

    @property
    def of_plan(self) -> tuple[Move, ...]:
        """What became of every KPI of the report, in its order."""
        return tuple(self.moves[ref.path] for ref in self.plan.refs)

    @cached_property
    def distinct(self) -> tuple[Move, ...]:
        """The same, each reading once: two KPIs on one measure and one target are told as the first."""
        found: dict[object, Move] = {}
        for one in self.of_plan:
            target = one.standing.target
            goal = None if target is None else target.goal
            found.setdefault((one.ref.kpi.measure, goal) if one.ref.kpi.measure else one.ref.path, one)
        return tuple(found.values())

    @cached_property
    def moved(self) -> tuple[Move, ...]:
        """What changed, weightiest first, each measure once."""
        found: dict[str, Move] = {}
        for one in sorted(self.distinct, key=lambda one: one.weight, reverse=True):
            if one.is_change:
                found.setdefault(one.ref.kpi.measure or one.ref.path, one)
        return tuple(found.values())

    @property
    def is_news(self) -> bool:
        """Whether anything changed over the stretch."""
        gates = any(before.achieved != last.achieved for before, last in self.gates.values())
        return gates or any(one.is_news for one in self.of_plan)

    @property
    def is_red(self) -> bool:
        return any(one.is_red for one in self.of_plan)

    def moves_of(self, section: Section) -> tuple[Move, ...]:
        """What became of every KPI that a part is about, whether it names it or only counts it."""
        refs = (*section.refs, *behind(section, self.last.workspace))
        return tuple({ref.path: self.moves[ref.path] for ref in refs if ref.path in self.moves}.values())

    def changed(self, section: Section) -> bool:
        """Whether anything in a part changed over the stretch."""
        gates = (self.gates[ref.path] for ref in section.gates if ref.path in self.gates)
        is_gate = any(before.achieved != last.achieved for before, last in gates)
        return is_gate or any(one.is_news for one in self.moves_of(section))

    def scored(self, section: Section) -> tuple[Scored, ...]:
        """The definition of success of a part's framework, by the values at the close."""
        said = self.said.get(section.use.framework.key, {})
        return success.score(section.use, self.last, said)


def account(
    session: Session,
    workspace: Workspace,
    moment: Moment,
    plan: Plan,
    *,
    workspace_at: WorkspaceAt | None = None,
) -> Account:
    """The numbers of `plan` at `moment` over the newest closed stretch of its cadence.

    The number of SQL statements does not grow with the KPIs. With `workspace_at` the targets that were in
    force at either close count there; without it those of `workspace`.
    """
    stretch = last_closed(plan.cadence, moment, workspace.calendar.fiscal_month)
    own = _narrowed(workspace, plan)
    shown = _each((*plan.refs, *(ref for one in plan.sections for ref in behind(one, workspace))))
    gates = _gates(plan, own)
    counted = [KpiRef(ref.use, kpi) for ref in gates for kpi in ref.gate.kpis(ref.use.framework)]
    every = _each((*shown, *counted))
    reach = _reach(plan, stretch, moment)
    snapshot = _with_history(session, load(session, own, moment, every, history_days=reach), plan)
    charted = (moment.today - timedelta(days=reach), stretch.last)
    snapshot = replace(snapshot, happened=happenings.around(session, own, shown, charted, moment))
    last, before = (closed(snapshot, every, day, workspace_at) for day in (stretch.last, stretch.before))
    verdicts = {ref.path: (gate_verdict(ref, before), gate_verdict(ref, last)) for ref in gates}
    last, before = (_only(one, {ref.path for ref in shown}) for one in (last, before))
    uses = [one.use for one in plan.sections if one.rule.success]
    return Account(
        plan=plan,
        stretch=stretch,
        now=snapshot,
        last=last,
        before=before,
        gates=verdicts,
        moves=moves(shown, last, before, stretch),
        done=reviews.last(session, until=moment.now, as_of=moment.as_of),
        notes=_notes(snapshot, shown, stretch) if plan.cadence in _LONG else (),
        said=success.read_judgements(session, uses, last.moment, moment.as_of) if uses else {},
        workspace_at=workspace_at,
    )


def _with_history(session: Session, snapshot: Snapshot, plan: Plan) -> Snapshot:
    """With all that the pictures of landings are reckoned from, so that they say what the commands say."""
    landing = _each(ref for one in plan.sections if one.rule.chart in _LANDING for ref in one.refs)
    return reaching_back(session, snapshot, landing, HISTORY_DAYS) if landing else snapshot


def behind(section: Section, workspace: Workspace) -> tuple[KpiRef, ...]:
    """The KPIs that a part's funnels, attributions and definition of success are made of."""
    keys = [key for one in section.funnels for key in kpis_of(one)]
    keys += [key for rule in section.attribution for key in rule.kpis]
    found = shown_kpis(section.use, keys, workspace)[0]
    return (*found, *success.success_kpis(section.use, workspace)) if section.rule.success else found


def attributed(section: Section, rule: Attribution, workspace: Workspace) -> tuple[KpiRef, ...]:
    """The KPIs of one attribution that this reader may see."""
    return shown_kpis(section.use, rule.kpis, workspace)[0]


def _each(refs: Iterable[KpiRef]) -> tuple[KpiRef, ...]:
    return tuple({ref.path: ref for ref in refs}.values())


def _narrowed(workspace: Workspace, plan: Plan) -> Workspace:
    """The workspace of the report's frameworks: what comes next is told of these alone."""
    keys = {use.framework.key for use in _uses(plan)}
    uses = tuple(use for use in workspace.uses if use.framework.key in keys)
    return workspace if uses == workspace.uses else replace(workspace, uses=uses or workspace.uses)


def _uses(plan: Plan) -> Iterator[Use]:
    for section in plan.sections:
        yield section.use
        yield from (ref.use for ref in section.refs)


def _gates(plan: Plan, workspace: Workspace) -> tuple[GateRef, ...]:
    """The gates of the report's parts, and those of which all may be seen: how far they are comes last."""
    named = [ref for section in plan.sections for ref in section.gates]
    seen = [
        ref
        for ref in workspace.gates
        if all(workspace.shows(ref.use.framework.key, kpi.key) for kpi in ref.gate.kpis(ref.use.framework))
    ]
    return tuple({ref.path: ref for ref in (*named, *seen)}.values())


def _only(snapshot: Snapshot, paths: set[str]) -> Snapshot:
    """What is only counted in a gate is not told by itself."""
    return replace(snapshot, standings={key: one for key, one in snapshot.standings.items() if key in paths})


def _reach(plan: Plan, stretch: Stretch, moment: Moment) -> int:
    """How many closed days back the report looks: to the close before, and as far as its charts go."""
    charts = max((one.rule.days or CHART_DAYS for one in plan.sections), default=CHART_DAYS)
    since_close = (moment.today - stretch.last).days
    return since_close + max(charts, stretch.days + _TREND_DAYS)


def _notes(snapshot: Snapshot, refs: Sequence[KpiRef], stretch: Stretch) -> tuple[Annotation, ...]:
    """What happened in the stretch to what a long report is about: it is what was learned."""
    zone = snapshot.moment.zone
    start = day_start(stretch.first, zone)
    end = day_start(stretch.last + timedelta(days=1), zone)
    found = [one for one in snapshot.happened if start <= one.at < end]
    return happenings.sifted(found, refs, snapshot.workspace, zone)
