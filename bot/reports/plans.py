"""Which reports there are, and what each is made of for this reader: frameworks' own, and those of kpi.yaml.

`weekly` means all weekly reports of the frameworks in use together, `hektor/weekly` one of them; a report
that kpi.yaml states under `reports:` goes by its own name, before all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.languages import said
from bot.reports.dashboards import Part, parts_of
from bot.workspace import GateRef, KpiRef, Use, Workspace
from kpi.framework import Kpi, slug
from kpi.framework_rules import (
    Attribution,
    Cadence,
    Dashboard,
    DashboardItem,
    Funnel,
    Paper,
    Report,
    ReportPart,
    When,
)
from kpi.measure import parse
from kpi.quantity import Better
from kpi.unit import BARE

CADENCES: Mapping[str, Cadence] = {
    "daily": "daily",
    "weekly": "weekly",
    "sprint": "biweekly",
    "monthly": "monthly",
    "quarterly": "quarterly",
    "yearly": "yearly",
}
"""The reports that join those of every framework in use, by the name people know them by."""

LIVE: Cadence = "real-time"

ALERTS = "alerts"
"""The bot's own report: how useful its alerts were in the last closed week."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report with what it shows to this reader."""

    rule: ReportPart
    use: Use
    parts: tuple[Part, ...] = ()  # KPIs, in the views of the dashboards they come from
    gates: tuple[GateRef, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    attribution: tuple[Attribution, ...] = ()

    @property
    def refs(self) -> tuple[KpiRef, ...]:
        """Every KPI of it, each once."""
        return tuple({ref.path: ref for part in self.parts for ref in part.refs}.values())

    @property
    def hidden(self) -> frozenset[str]:
        """Keys of KPIs that this reader is not shown."""
        return frozenset(key for part in self.parts for key in part.hidden)


@dataclass(frozen=True, slots=True)
class Plan:
    """A report as it is to be composed for one reader."""

    name: str  # as it is asked for: "weekly", "hektor/weekly"
    title: str
    cadence: Cadence
    sections: tuple[Section, ...]
    audience: str = ""
    content: str = ""
    documents: tuple[Paper, ...] = ()
    when: When = "always"
    is_of_alerts: bool = False  # about what fired instead of what was measured

    @property
    def refs(self) -> tuple[KpiRef, ...]:
        """Every KPI of it, each once, in the order of its parts."""
        return tuple({ref.path: ref for section in self.sections for ref in section.refs}.values())

    @property
    def filename(self) -> str:
        """What its files begin with."""
        return self.name.replace("/", "-")


def names(workspace: Workspace) -> tuple[str, ...]:
    """Every name a report can be asked for by, the joint ones first."""
    joint = [name for name, cadence in CADENCES.items() if name == "daily" or any(_of(workspace, cadence))]
    own = [f"{use.framework.key}/{one.key}" for use in workspace.uses for one in use.framework.reports]
    return tuple(dict.fromkeys((*joint, *workspace.reports, ALERTS, *_single(workspace), *own)))


def find(name: str, workspace: Workspace) -> Plan | None:
    """The report of that name for this reader; None where there is none."""
    if name in workspace.reports:
        return _own(name, workspace)
    if (cadence := CADENCES.get(name)) is not None:
        found = tuple(_of(workspace, cadence))
        return _joint(name, cadence, found, workspace) if found or name == "daily" else None
    stated = _single(workspace).get(name)
    if stated is None:
        key, _, report = name.partition("/")
        stated = next(
            (
                (use, one)
                for use in workspace.uses
                for one in use.framework.reports
                if (use.framework.key, one.key) == (key, report)
            ),
            None,
        )
    if stated is not None:
        return _stated(name, *stated, workspace)
    if name != ALERTS:
        return None
    return Plan(ALERTS, said("How useful alerts were"), "weekly", (), is_of_alerts=True)


def live(workspace: Workspace) -> tuple[str, ...]:
    """The names of the reports that are kept up to date where they stand."""
    return tuple(one for one in names(workspace) if (plan := find(one, workspace)) and plan.cadence == LIVE)


def _of(workspace: Workspace, cadence: Cadence) -> Iterator[tuple[Use, Report]]:
    for use in workspace.uses:
        yield from ((use, one) for one in use.framework.reports if one.cadence == cadence)


def _single(workspace: Workspace) -> dict[str, tuple[Use, Report]]:
    """Reports by their keys alone, where one framework has such a key and no joint report is called so."""
    found: dict[str, list[tuple[Use, Report]]] = {}
    for use in workspace.uses:
        for one in use.framework.reports:
            found.setdefault(one.key, []).append((use, one))
    return {key: some[0] for key, some in found.items() if len(some) == 1 and key not in CADENCES}


def _joint(name: str, cadence: Cadence, found: Sequence[tuple[Use, Report]], workspace: Workspace) -> Plan:
    plans = [_stated(f"{use.framework.key}/{one.key}", use, one, workspace) for use, one in found]
    title = plans[0].title if len(plans) == 1 else _title(name)
    is_addressed = all(plan.audience for plan in plans)  # one that is for everybody makes the whole so
    return Plan(
        name,
        title,
        cadence,
        tuple(section for plan in plans for section in plan.sections),
        audience=", ".join(dict.fromkeys(plan.audience for plan in plans)) if is_addressed else "",
        content="; ".join(dict.fromkeys(plan.content for plan in plans if plan.content)),
        documents=tuple(dict.fromkeys(paper for plan in plans for paper in plan.documents)),
    )


def _title(name: str) -> str:
    return {
        "daily": said("Daily update"),
        "weekly": said("Weekly review"),
        "sprint": said("Sprint report"),
        "monthly": said("Monthly report"),
        "quarterly": said("Quarterly report"),
        "yearly": said("Annual report"),
    }[name]


def _stated(name: str, use: Use, report: Report, workspace: Workspace) -> Plan:
    rules = report.parts or tuple(_implied(report, use))
    sections = (_section(rule, use, workspace) for rule in rules)
    kept = tuple(one for one in sections if one is not None)
    return Plan(
        name, report.title, report.cadence, kept,
        report.audience, report.content or report.text, report.documents, report.when,
    )  # fmt: skip


def _implied(report: Report, use: Use) -> Iterator[ReportPart]:
    """The parts of a report that only names dashboards and sections."""
    titles = {one.key: one.title for one in use.framework.dashboards}
    for key in report.dashboards:
        yield ReportPart(title=titles.get(key, key), dashboards=(key,), line=report.line)
    for title in report.sections:
        yield ReportPart(title=title.rpartition(" > ")[2], sections=(title,), line=report.line)


def _own(name: str, workspace: Workspace) -> Plan:
    """A report of kpi.yaml: its parts name KPIs of any framework in use."""
    entry = workspace.reports[name]
    found = [section for rule in entry.parts for section in _across(rule, workspace)]
    return Plan(
        name, entry.title or name, entry.cadence, tuple(found),
        entry.audience, entry.content, entry.documents, entry.when,
    )  # fmt: skip


def _across(rule: ReportPart, workspace: Workspace) -> Iterator[Section]:
    """One section a framework that the part takes something from."""
    for use in workspace.uses:
        own = taken_from(rule, use, workspace)
        if own is not None and (section := _section(own, use, workspace)) is not None:
            yield section


def taken_from(rule: ReportPart, use: Use, workspace: Workspace) -> ReportPart | None:
    """What of a part belongs to one framework, by its keys; None where nothing does.

    Queries belong to no framework: they come with the first one.
    """
    framework = use.framework
    kpis = tuple(
        ref.kpi.key
        for text in rule.kpis
        for ref in (workspace.find_kpi(text) or _hidden(text, workspace))
        if ref.use is use
    )
    taken = {
        "kpis": kpis,
        "sections": tuple(one for one in rule.sections if framework.within(one)),
        "dashboards": _held(rule.dashboards, (one.key for one in framework.dashboards), framework.key),
        "gates": _held(rule.gates, (one.key for one in framework.gates), framework.key),
        "funnels": _held(rule.funnels, (one.key for one in framework.funnels), framework.key),
        "attribution": _held(rule.attribution, (one.key for one in framework.attribution), framework.key),
        "success": rule.success and bool(framework.success),
        "queries": rule.queries if use is workspace.uses[0] else {},
    }
    if not rule.everything and not any(taken.values()):
        return None
    return rule.model_copy(update=taken)


def _hidden(text: str, workspace: Workspace) -> tuple[KpiRef, ...]:
    return tuple(ref for ref in workspace.withheld_kpis if text in (ref.path, ref.kpi.key, ref.kpi.name))


def _held(wanted: Iterable[str], known: Iterable[str], framework: str) -> tuple[str, ...]:
    """The rules of one framework among those named, with its key before them or without."""
    keys = set(known)
    return tuple(key for key in (one.removeprefix(f"{framework}/") for one in wanted) if key in keys)


def _section(rule: ReportPart, use: Use, workspace: Workspace) -> Section | None:
    """What a part shows; None where this reader may not see or hear of any of it."""
    framework = use.framework
    parts: list[Part] = []
    for board in framework.dashboards:
        if board.key in rule.dashboards:
            parts += parts_of(use, _in_view(board, rule), workspace)
    keys = [
        *rule.kpis,
        *(kpi.key for title in rule.sections for kpi in framework.within(title)),
        *(framework.by_key if rule.everything else ()),
    ]
    if keys:
        parts += parts_of(use, _listed(rule, keys), workspace)
    if rule.queries:
        parts.append(_queried(rule, use, workspace))
    found = Section(
        rule,
        use,
        tuple(parts),
        tuple(GateRef(use, one) for one in framework.gates if one.key in rule.gates),
        tuple(one for one in framework.funnels if one.key in rule.funnels),
        tuple(one for one in framework.attribution if one.key in rule.attribution),
    )
    shows_rules = found.gates or found.funnels or found.attribution or rule.success
    return found if found.refs or shows_rules else None


def _in_view(board: Dashboard, rule: ReportPart) -> Dashboard:
    """The dashboard in the view the part asks for, where it asks for one."""
    if rule.view == "value":
        return board
    items = tuple(one.model_copy(update={"view": rule.view}) for one in board.items)
    return board.model_copy(update={"items": items})


def _listed(rule: ReportPart, keys: Sequence[str]) -> Dashboard:
    item = DashboardItem(text=rule.title, kpis=tuple(dict.fromkeys(keys)), view=rule.view, note=rule.note)
    return Dashboard(key=slug(rule.title) or "part", title=rule.title, items=(item,))


def _queried(rule: ReportPart, use: Use, workspace: Workspace) -> Part:
    """The measures of a part as KPIs without a target."""
    refs = tuple(query_ref(name, text, use, workspace) for name, text in rule.queries.items())
    return Part(DashboardItem(text=rule.title, view=rule.view), refs, ())


def query_ref(name: str, text: str, use: Use, workspace: Workspace) -> KpiRef:
    """A measure that no KPI states, under a name of its own."""
    unit = parse(text).unit(workspace.metrics) or BARE
    kpi = Kpi(f"query.{slug(name)}", name, "", unit, Better.NONE, 0, measure=text, scored=False)
    return KpiRef(use, kpi)
