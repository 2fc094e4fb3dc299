"""From `access` in kpi.yaml to the rules of a workspace; every name in it that means nothing is told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.settings_access import AccessEntry
from bot.workspace import KpiRef, Restriction, Use, Workspace, headings_of, normal, stands_in
from kpi.document import Path, nearest

TellFault = Callable[[Path, str, str], None]
"""Told where in kpi.yaml something is wrong, what it is, and what to do."""


def restrictions(
    entries: Sequence[AccessEntry], uses: Iterable[Use], fault: TellFault
) -> tuple[Restriction, ...]:
    """What `entries` restrict; `fault` hears of each name that no framework in use has."""
    known = _Known(tuple(uses))
    return tuple(known.restriction(one, ("access", at), fault) for at, one in enumerate(entries))


@dataclass(frozen=True)
class _Known:
    """The names of the frameworks in use."""

    uses: tuple[Use, ...]

    def restriction(self, entry: AccessEntry, at: Path, fault: TellFault) -> Restriction:
        kpis = [self._kpis(text, (*at, "kpis", place), fault) for place, text in enumerate(entry.kpis)]
        sections = [
            self._section(text, (*at, "sections", place), fault) for place, text in enumerate(entry.sections)
        ]
        frameworks = [
            self._framework(text, (*at, "frameworks", place), fault)
            for place, text in enumerate(entry.frameworks)
        ]
        refs = [ref for found in kpis for ref in found]
        return Restriction(
            kpis=frozenset(ref.path for ref in refs),
            names_alone=frozenset(name for ref in refs if self._counts[name := _name(ref)] == 1),
            sections=tuple(sections),
            frameworks=frozenset(frameworks),
            channels=entry.channels,
            people=entry.people,
            groups=entry.groups,
            roles=entry.roles,
            ask=entry.ask.strip(),
        )

    def _kpis(self, text: str, at: Path, fault: TellFault) -> tuple[KpiRef, ...]:
        """All KPIs of that name: to restrict one too many is the safer mistake."""
        found = self._names.find_kpi(text)
        if not found:
            close = self._names.nearest_names(text)
            hint = (
                f"did you mean {' or '.join(f'`{name}`' for name in close)}?"
                if close
                else "`kpi framework show NAME` lists them"
            )
            fault(at, f"no framework in use has a KPI “{text}”", hint)
        return found

    def _section(self, text: str, at: Path, fault: TellFault) -> tuple[str, ...]:
        spaced = " > ".join(re.split(r"\s*>\s*", text))
        for wanted in (headings_of(text), headings_of(spaced)):
            if any(stands_in(wanted, headings_of(section)) for section in self._sections):
                return wanted
        parts = {part for section in self._sections for part in section.split(" > ")}
        fault(at, f"no framework in use has a section “{text}”", nearest(text, {*self._sections, *parts}))
        return headings_of(text)

    def _framework(self, text: str, at: Path, fault: TellFault) -> str:
        keys = {normal(use.framework.key): use.framework.key for use in self.uses}
        if normal(text) not in keys:
            fault(at, f"“{text}” is no framework in use", nearest(text, keys.values()))
        return keys.get(normal(text), text)

    @cached_property
    def _counts(self) -> Counter[tuple[str, str]]:
        return Counter(map(_name, self._names.kpis))

    @cached_property
    def _sections(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(section for use in self.uses for section in use.framework.sections))

    @cached_property
    def _names(self) -> Workspace:
        return Workspace("", ZoneInfo("UTC"), self.uses, {})


def _name(ref: KpiRef) -> tuple[str, str]:
    return ref.use.framework.key, normal(ref.kpi.name)
