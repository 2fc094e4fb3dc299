"""What the reports of kpi.yaml name: every KPI, rule, measure and reader must be there before one is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from bot.roles import Role
from bot.settings_reports import ReportEntry
from bot.workspace import Workspace
from kpi.document import Path, nearest
from kpi.framework_rules import ReportPart
from kpi.measure import MeasureFault, parse
from kpi.unit import UnitFault

CHECK = "check"
"""What `kpi report` takes for an examination, so that no report can be called so."""


@dataclass(frozen=True, slots=True)
class Misnamed:
    """One name that nothing goes by: where it stands in kpi.yaml, what is wrong with it, what to write."""

    path: Path
    said: str
    hint: str


def misnamed(reports: Mapping[str, ReportEntry], workspace: Workspace) -> Iterator[Misnamed]:
    """Everything that the reports of kpi.yaml name in vain, in the order it is written."""
    known = _known(workspace)
    readers = _readers(workspace)
    for name, entry in reports.items():
        if name == CHECK:
            yield Misnamed(("reports", name), f'"{name}" is a word of `kpi report`', "give it another name")
        for at, part in enumerate(entry.parts):
            path: Path = ("reports", name, "parts", at)
            yield from _kpis(part, path, workspace)
            yield from _rules(part, path, known)
            yield from _success(part, path, workspace)
            yield from _queries(part, path, workspace)
            yield from _audience(part, path, readers)


def _kpis(part: ReportPart, path: Path, workspace: Workspace) -> Iterator[Misnamed]:
    for at, text in enumerate(part.kpis):
        found = workspace.find_kpi(text)
        if not found:
            near = workspace.nearest_names(text)
            hint = f"did you mean {' or '.join(near)}?" if near else "`kpi framework show` lists them"
            yield Misnamed((*path, "kpis", at), f'there is no KPI "{text[:60]}"', hint)
        elif len(found) > 1:
            hint = f"write {' or '.join(workspace.own_name(ref) for ref in found)}"
            yield Misnamed((*path, "kpis", at), f'"{text[:60]}" names {len(found)} KPIs', hint)


def _known(workspace: Workspace) -> Mapping[str, tuple[str, frozenset[str]]]:
    """What a part may name by each of its lists: what to call one, and the names there are."""
    frameworks = [use.framework for use in workspace.uses]

    def with_keys(list_: str) -> frozenset[str]:
        keys = ((one.key, rule.key) for one in frameworks for rule in getattr(one, list_))
        return frozenset(name for framework, key in keys for name in (key, f"{framework}/{key}"))

    headings = frozenset(
        " > ".join(parts[:depth])
        for framework in frameworks
        for parts in (title.split(" > ") for title in framework.sections)
        for depth in range(1, len(parts) + 1)
    )
    return {
        "sections": ("section", headings),
        "dashboards": ("dashboard", with_keys("dashboards")),
        "gates": ("gate", with_keys("gates")),
        "funnels": ("funnel", with_keys("funnels")),
        "attribution": ("attribution", with_keys("attribution")),
    }


def _rules(
    part: ReportPart, path: Path, known: Mapping[str, tuple[str, frozenset[str]]]
) -> Iterator[Misnamed]:
    for field, (kind, names) in known.items():
        for at, text in enumerate(getattr(part, field)):
            if text not in names:
                said = f'no framework in use has a {kind} "{text[:80]}"'
                yield Misnamed((*path, field, at), said, nearest(text, names))


def _success(part: ReportPart, path: Path, workspace: Workspace) -> Iterator[Misnamed]:
    if part.success and not any(use.framework.success for use in workspace.uses):
        hint = "leave it out, or state `success:` in a framework file"
        yield Misnamed((*path, "success"), "no framework in use says what success is", hint)


def _queries(part: ReportPart, path: Path, workspace: Workspace) -> Iterator[Misnamed]:
    for name, text in part.queries.items():
        where = (*path, "queries", name)
        try:
            measure = parse(text)
            unknown = sorted(one for one in measure.metrics if one not in workspace.metrics)
            if unknown:
                hint = nearest(unknown[0], workspace.metrics)
                yield Misnamed(where, f"no collector measures {unknown[0]}", hint)
            else:
                measure.unit(workspace.metrics)
        except MeasureFault as fault:
            yield Misnamed(where, str(fault), "write one like sum(plausible.visitors, 7d)")
        except UnitFault as fault:
            yield Misnamed(where, fault.message, "add up what counts the same")


def _readers(workspace: Workspace) -> frozenset[str]:
    """Whom a part can be for, by name: people, their groups, and roles."""
    names = (name for one in workspace.people for name in (one.name, *one.groups))
    return frozenset((*names, *get_args(Role)))


def _audience(part: ReportPart, path: Path, readers: frozenset[str]) -> Iterator[Misnamed]:
    for at, text in enumerate(part.audience):
        if text not in readers and not text.startswith(("slack:", "discord:")):
            said = f'"{text[:60]}" is nobody under `people`, no group, no role and no channel'
            yield Misnamed((*path, "audience", at), said, nearest(text, readers))
