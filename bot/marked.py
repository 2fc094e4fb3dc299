"""On which charts kpi.yaml wants happenings marked: its names of KPIs, headings and frameworks, as paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.settings_marks import ALL, Kind
from bot.workspace import Use, Workspace, headings_of, nearest, normal, stands_in
from kpi.document import Path


def paths_by_kind(
    marks: Mapping[Kind, tuple[str, ...]], uses: tuple[Use, ...], fault: Callable[[Path, str, str], None]
) -> dict[str, frozenset[str]]:
    """The KPIs on whose charts each kind is marked, by path; `fault` hears of each name that means none."""
    known = _Known(uses)
    found: dict[str, frozenset[str]] = {}
    for kind, names in marks.items():
        paths: set[str] = set()
        for at, name in enumerate(names):
            meant = known.meant_by(name)
            if not meant:
                near = " or ".join(f"`{one}`" for one in known.near(name))
                hint = f"did you mean {near}?" if near else "name a KPI, a heading, a framework, or all"
                fault(("marks", kind, at), f'no KPI, heading or framework is called "{name[:60]}"', hint)
            paths |= meant
        found[kind] = frozenset(paths)
    return found


class _Known:
    """What the frameworks in use hold, by all its names."""

    def __init__(self, uses: tuple[Use, ...]) -> None:
        self._workspace = Workspace("", ZoneInfo("UTC"), uses, {})

    def meant_by(self, name: str) -> frozenset[str]:
        """The KPIs of that name, else those below that heading, or of that framework; all for `all`."""
        wanted = normal(name)
        refs = self._workspace.find_kpi(name)
        if not refs:
            headings = headings_of(name)
            refs = tuple(
                ref
                for ref in self._workspace.kpis
                if wanted in (ALL, normal(ref.use.framework.key), normal(ref.use.framework.title))
                or stands_in(headings, headings_of(ref.kpi.section))
            )
        return frozenset(ref.path for ref in refs)

    def near(self, name: str) -> tuple[str, ...]:
        """The names that look most like this one."""
        return nearest(normal(name)[:100], self._names)

    @cached_property
    def _names(self) -> dict[str, str]:
        refs = self._workspace.kpis
        names = [name for ref in refs for name in (ref.kpi.name, *ref.kpi.aliases)]
        names += [heading for ref in refs for heading in ref.kpi.section.split(" > ")]
        names += [use.framework.key for use in self._workspace.uses]
        return {normal(one): one for one in names}
