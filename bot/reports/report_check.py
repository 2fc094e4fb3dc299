"""Whether a report can show what it promises: its charts from its parts, its post to its channels.

Pure: what was read and composed comes in, findings come out. A finding is wrong only where the report is made
so that it can never show it; what merely has no data yet is a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.findings import Finding, fine, notice, wrong
from bot.reply import Chart, Heading, Reply
from bot.reports import words
from bot.reports.pictured import kind_of
from bot.reports.plans import LIVE, Plan, Section
from bot.workspace import KpiRef, Workspace
from kpi.framework_rules import ChartKind
from kpi.measure import parse

ROOT_CHARACTERS = 1_200
"""What a reader takes in of a root message before the rest belongs into its thread."""

MOST_MESSAGES = 40
"""A thread longer than this is read by nobody."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a report beside its own words."""

    workspace: Workspace
    measured: frozenset[str] = frozenset()  # paths of the KPIs that have a value
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)  # names, by metric, that samples carry
    channels: tuple[str, ...] = ()
    is_scheduled: bool = False
    reply: Reply | None = None  # as it reads now; None where it could not be composed
    messages: tuple[int, ...] = ()  # characters to be read in each message, the root first
    joint: str = ""  # the posted report that it is a part of


def examine(plan: Plan, evidence: Evidence, *, parts: bool = True) -> tuple[Finding, ...]:
    """Everything worth a word about one report; at least one line, so that silence is no answer."""
    found = [*_delivery(plan, evidence), *_size(plan, evidence)]
    is_whole = plan.name == "daily" or plan.is_of_alerts  # about every KPI, or every alert
    if not plan.sections and not is_whole:
        found.append(
            wrong(plan.name, "shows nothing: none of its parts holds a KPI", "Name KPIs in its parts.")
        )
    if parts:
        for section in plan.sections:
            found += _part(plan, section, evidence)
    return tuple(found)


def _delivery(plan: Plan, evidence: Evidence) -> Iterator[Finding]:
    where = ", ".join(evidence.channels)
    if plan.cadence == LIVE and evidence.is_scheduled:
        yield wrong(
            plan.name,
            "is kept up to date in place, so a schedule means nothing to it",
            f"Remove `{plan.name}` from `schedule:`; its channels are enough.",
        )
    elif evidence.is_scheduled and not evidence.channels:
        yield wrong(plan.name, "is scheduled but has no channel", f"Add `{plan.name}` under `channels:`.")
    elif evidence.channels and not evidence.is_scheduled and plan.cadence != LIVE:
        yield wrong(
            plan.name, f"has channels ({where}) but no schedule", f"Add `{plan.name}` to `schedule:`."
        )
    elif evidence.channels:
        yield fine(plan.name, f"goes to {where}")
    elif evidence.joint:
        yield fine(plan.name, f"goes out as a part of `{evidence.joint}`")
    else:
        yield notice(
            plan.name, "is posted nowhere", "`channels:` and `schedule:` in kpi.yaml say where, when."
        )


def _size(plan: Plan, evidence: Evidence) -> Iterator[Finding]:
    if not evidence.messages:
        return
    total, count, root = sum(evidence.messages), len(evidence.messages), evidence.messages[0]
    reply = evidence.reply
    charts = sum(len(part.charts) for part in (reply, *reply.thread)) if reply is not None else 0
    said = f"{words.count(count, 'message')}, {total:,} characters, {words.count(charts, 'chart')}"
    if root > ROOT_CHARACTERS:
        hint = "Give parts `when: changed`, or fewer of them."
        yield notice(plan.name, f"{said}; its first message alone has {root:,}", hint)
    elif count > MOST_MESSAGES:
        yield notice(plan.name, f"{said}; few read a thread that long", "Take parts together.")
    else:
        yield fine(plan.name, said)


def _part(plan: Plan, section: Section, evidence: Evidence) -> Iterator[Finding]:
    subject = f"{plan.name}: {section.rule.title}"
    if section.rule.success and not section.use.framework.success:
        key = section.use.framework.key
        yield wrong(subject, f"{key} says nowhere what success is", "Leave out `success`.")
    broken = [*_chart_faults(subject, section), *_label_faults(subject, section, evidence)]
    yield from broken
    if not broken:
        yield _shown(subject, section, evidence)


def _shown(subject: str, section: Section, evidence: Evidence) -> Finding:
    """What of it is there to be seen."""
    refs = section.refs
    measured = sum(ref.path in evidence.measured for ref in refs)
    if refs and not measured:
        return notice(
            subject, f"nothing of it is measured yet ({words.count(len(refs), 'KPI')})", _mend(refs)
        )
    kind = kind_of(section)
    if section.rule.chart and _lacks_chart(section, evidence):
        return notice(subject, f"has no data for its {kind} yet")
    said = f"{measured} of {words.count(len(refs), 'KPI')} measured" if refs else "read from its rules"
    return fine(subject, f"{said}, {kind}" if kind else said)


def _mend(refs: tuple[KpiRef, ...]) -> str:
    if all(ref.kpi.measure is None for ref in refs):
        return "`kpi enter` takes what people know."
    return "`kpi framework show` names the sources it reads; `kpi sources add` connects one."


def _lacks_chart(section: Section, evidence: Evidence) -> bool:
    """Whether its message stands in the thread without a chart; a part that was left out lacks nothing."""
    thread = () if evidence.reply is None else evidence.reply.thread
    title = section.rule.title.casefold()
    own = [one for one in thread if any(_ends(block.text, title) for block in _headings(one))]
    return bool(own) and not any(isinstance(block, Chart) for one in own for block in one.blocks)


def _headings(reply: Reply) -> Iterator[Heading]:
    return (block for block in reply.blocks[:1] if isinstance(block, Heading))


def _ends(heading: str, title: str) -> bool:
    return heading.casefold() == title or heading.casefold().endswith(f", {title}")


_Holds = Callable[[Section], bool]


def _has_goal(section: Section) -> bool:
    """Whether anything is asked of one of its KPIs by a number."""
    return any(
        one.is_numeric
        for ref in section.refs
        for one in (*ref.kpi.targets.values(), *((ref.kpi.pace,) if ref.kpi.pace else ()))
    )


def _has_target(section: Section) -> bool:
    return any(ref.kpi.targets for ref in section.refs)


_NEEDS: Mapping[ChartKind, tuple[_Holds, str, str]] = {
    "trend": (lambda one: bool(one.refs), "a KPI", "Name one under `kpis:` or `queries:`."),
    "scorecard": (lambda one: bool(one.refs), "KPIs", "Name them under `kpis:` or `sections:`."),
    "calendar": (lambda one: bool(one.refs), "a KPI", "Name one under `kpis:` or `queries:`."),
    "cohort": (lambda one: bool(one.refs), "a KPI", "Name one under `kpis:` or `queries:`."),
    "bullet": (_has_target, "a KPI with a target", "Choose scorecard or trend, or state a target."),
    "burnup": (_has_goal, "a KPI with a number as its target", "Choose trend, or state a target."),
    "ladder": (lambda one: bool(one.gates), "a gate", "Name one under `gates:`."),
    "funnel": (
        lambda one: bool(one.funnels) or any(part.funnels for part in one.parts),
        "a funnel",
        "Name one under `funnels:`.",
    ),
    "mix": (
        lambda one: any(rule.kind == "mix" for rule in one.attribution),
        "an attribution that plans a mix",
        "Name one of kind mix under `attribution:`.",
    ),
    "waterfall": (lambda one: bool(one.rule.by), "the label to tell apart", "Add `by:`, such as by: page."),
}


def _chart_faults(subject: str, section: Section) -> Iterator[Finding]:
    kind = section.rule.chart
    if kind in _NEEDS:
        holds, needed, fix = _NEEDS[kind]
        if not holds(section):
            yield wrong(subject, f"its {kind} needs {needed}, and it names none", fix)


def _label_faults(subject: str, section: Section, evidence: Evidence) -> Iterator[Finding]:
    """A label that none of its metrics can carry."""
    by, refs = section.rule.by, section.refs
    if not by or not refs:
        return
    metrics = sorted({name for ref in refs if ref.kpi.measure for name in parse(ref.kpi.measure).metrics})
    carried = {name: _labels(name, evidence) for name in metrics}
    if any(by in names for names in carried.values()):
        return
    known = sorted({name for names in carried.values() for name in names})
    fix = f"They carry {', '.join(known)}." if known else "Leave out `by`, or read a metric that has labels."
    yield wrong(subject, f"no metric of it carries the label “{by}”", fix)


def _labels(metric: str, evidence: Evidence) -> frozenset[str]:
    declared = evidence.workspace.metrics.get(metric)
    own = frozenset(declared.labels) if declared is not None else frozenset()
    return own | evidence.labels.get(metric, frozenset())
