"""`kpi report` alone and `kpi report check`: which reports there are, and whether each shows what it says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import loading
from bot.cli.opening import say
from bot.core import Core, has_workspace_file
from bot.errors import UserError
from bot.findings import Finding, Health, wrong
from bot.reply import Chart, Reply
from bot.reports import plans
from bot.reports.plans import CADENCES, Plan
from bot.reports.report_check import Evidence, examine
from bot.reports.snapshot import load
from bot.surfaces.terminal.render import plain_text
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.document import nearest

log = logging.getLogger(__name__)

Composing = Callable[[str], Reply]


@dataclass(frozen=True, slots=True)
class Written:
    """What kpi.yaml says of posting: reports with a schedule, and the channels of each."""

    scheduled: frozenset[str]
    channels: Mapping[str, tuple[str, ...]]


def distinct(workspace: Workspace) -> tuple[str, ...]:
    """Every report once, by its own name: those of frameworks by their paths."""
    known = plans.names(workspace)
    own = {*CADENCES, *workspace.reports, plans.ALERTS}
    return tuple(one for one in known if "/" in one or one in own)


def known_plan(name: str, workspace: Workspace) -> Plan:
    """The report of that name. Raises `UserError` with the nearest one there is."""
    if (found := plans.find(name, workspace)) is not None:
        return found
    hint = nearest(name, plans.names(workspace))
    raise UserError(
        f"There is no report “{name[:40]}”.", f"{hint[:1].upper()}{hint[1:]} `kpi report` lists them."
    )


def listed(core: Core) -> int:
    """A line a report: its name, title, cadence, what it is of, readers, channels and when it comes next."""
    workspace, now = core.workspace, core.now()
    written = _written(core)
    rows = [_row(name, workspace, written, now) for name in distinct(workspace)]
    widths = [max(len(row[at]) for row in rows) for at in range(2)]
    for name, title, rest in rows:
        say(f"{name:{widths[0]}}  {title:{widths[1]}}  {rest}")
    say("`kpi report NAME` shows one, `kpi report check` examines all.")
    return 0


def _row(name: str, workspace: Workspace, written: Written, now: datetime) -> tuple[str, str, str]:
    plan = known_plan(name, workspace)
    members = sorted({section.use.framework.key for section in plan.sections}) if name in CADENCES else []
    cadence = "sprint" if plan.cadence == "biweekly" else plan.cadence
    parts = [
        cadence,
        f"of {', '.join(members)}" if members else "",
        f"for {plan.audience}" if plan.audience else "",
        f"with {', '.join(plan.documents)}" if plan.documents else "",
        ", ".join(written.channels.get(name, ())),
        _next(name, workspace, now),
    ]
    return name, plan.title, " · ".join(part for part in parts if part)


def _next(name: str, workspace: Workspace, now: datetime) -> str:
    """When it is posted next, by its own clock: "next Mon 2026-11-30 09:30 Europe/Berlin"."""
    coming = [
        (next(iter(one.cadence.upcoming(now, workspace.zone)), None), one.cadence.zone or workspace.zone)
        for one in workspace.schedule
        if one.report == name
    ]
    found = min(((at, zone) for at, zone in coming if at is not None), default=None, key=lambda one: one[0])
    return "" if found is None else f"next {found[0].astimezone(found[1]):%a %Y-%m-%d %H:%M} {found[1].key}"


def checked(core: Core, name: str, compose: Composing, moment: Moment) -> int:
    """A line a finding; 1 where something is wrong."""
    workspace = core.workspace
    names = (known_plan(name, workspace).name,) if name else distinct(workspace)
    check, bad = _Check(core, compose, moment, _written(core)), 0
    told: set[str] = set()
    for one in names:
        # A joint report is made of others: their parts are looked at once.
        is_whole = bool(name) or one not in CADENCES
        for finding in check(known_plan(one, workspace), parts=is_whole):
            bad += finding.health is Health.WRONG
            _print(finding, told)
    said = "1 thing" if bad == 1 else f"{bad} things"
    say(f"{said} to mend." if bad else f"{len(names)} examined, nothing to mend.")
    return 1 if bad else 0


@dataclass(frozen=True, slots=True)
class _Check:
    """What every report is examined with."""

    core: Core
    compose: Composing
    moment: Moment
    written: Written

    def __call__(self, plan: Plan, *, parts: bool) -> Sequence[Finding]:
        with self.core.sessions.read() as session:
            snapshot = load(session, self.core.workspace, self.moment, plan.refs)
        labels: dict[str, frozenset[str]] = {}
        for one in snapshot.series:
            names = frozenset(label for label, _ in one.labels)
            labels[one.metric] = labels.get(one.metric, frozenset()) | names
        reply, broken = _composed(plan.name, self.compose)
        evidence = Evidence(
            self.core.workspace,
            frozenset(ref.path for ref in plan.refs if snapshot.of(ref).value is not None),
            labels,
            self.written.channels.get(plan.name, ()),
            plan.name in self.written.scheduled,
            reply,
            tuple(_characters(reply)) if reply is not None else (),
            _joint(plan, self.written),
        )
        return [*broken, *examine(plan, evidence, parts=parts)]


def _joint(plan: Plan, written: Written) -> str:
    """The posted report that the one of a framework is a part of."""
    names = [name for name, cadence in CADENCES.items() if cadence == plan.cadence and "/" in plan.name]
    return next((name for name in names if name in written.scheduled and written.channels.get(name)), "")


def _composed(name: str, compose: Composing) -> tuple[Reply | None, tuple[Finding, ...]]:
    """The report as it reads now, or why it does not."""
    try:
        return compose(name), ()
    except UserError as fault:
        return None, (wrong(name, fault.message.rstrip("."), fault.hint),)
    except Exception as fault:  # one that breaks must not hide what the others say
        log.exception("cannot compose report=%s", name)
        said = f"could not be composed: {type(fault).__name__}: {fault}"
        return None, (wrong(name, said, "The log says where; report it."),)


def _characters(reply: Reply) -> Iterator[int]:
    """What each message makes people read: what a picture says to those who cannot see it is not counted."""
    for part in (reply, *reply.thread):
        words = tuple(block for block in part.blocks if not isinstance(block, Chart))
        yield len(plain_text(Reply(part.text, words), width=100))


def _written(core: Core) -> Written:
    """From kpi.yaml; a sample workspace has the schedule that it runs with."""
    if has_workspace_file(core.settings):
        file = loading.read_workspace_file(core.settings)
        return Written(frozenset(file.schedule), {name: tuple(to) for name, to in file.channels.items()})
    channels: dict[str, tuple[str, ...]] = {}
    for one in core.workspace.schedule:
        channels[one.report] = (*channels.get(one.report, ()), f"{one.surface}:{one.channel}")
    return Written(frozenset(channels), channels)


def _print(finding: Finding, told: set[str]) -> None:
    """The finding and its mending; what mends many notes is said once."""
    say(f"{finding.health.value:5} {finding.subject}: {finding.said}")
    if finding.fix and (finding.health is Health.WRONG or finding.fix not in told):
        told.add(finding.fix)
        say(f"      → {finding.fix}")
