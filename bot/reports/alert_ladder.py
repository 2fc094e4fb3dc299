"""To whom an alert goes that nobody has acknowledged in time: its owner, the domain's, then the channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.alerting import RuleRef
from bot.reports.alert_view import measured_by, path_of, person_of, reads
from bot.workspace import KpiRef, Person, Workspace, person_called
from kpi.alerts import Phase
from storage.alerts import Alert

ADMIN = "admin"
MOST_OWNERS = 3
"""Of an alert of many KPIs so many owners are told at once."""

CHANNEL = ""
"""Whom the last step tells: everybody who reads the channel."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: by whose name, and as what they are told."""

    role: str  # owner, domain owner, channel
    names: tuple[str, ...]
    missed: tuple[str, ...] = ()  # who would have been told before that, but cannot be reached


@dataclass(frozen=True, slots=True)
class Ladder:
    """The people around one alert. `reaches` says of a name whether that person can be told."""

    alert: Alert
    workspace: Workspace
    ref: RuleRef | None
    reaches: Callable[[str], bool]

    def rungs(self) -> list[Rung]:
        """The steps in order, nobody twice, without those whom nobody reaches; the channel is the last."""
        told: set[str] = set()
        found: list[Rung] = []
        missed: list[str] = []
        for role, several in (("owner", (self._owners,)), ("domain owner", (self._domain, self._head))):
            for names in several:
                new = [name for name in dict.fromkeys(names()) if name and name not in told]
                told |= set(new)
                reached = [name for name in new if self.reaches(name)]
                missed += [name for name in new if name not in reached]
                if reached:
                    found.append(Rung(role, tuple(reached[:MOST_OWNERS]), tuple(missed[:MOST_OWNERS])))
                    missed = []
                    break
        return [*found, Rung("channel", (CHANNEL,), tuple(missed[:MOST_OWNERS]))]

    def _owners(self) -> Iterator[str]:
        if self.alert.assigned_to:
            yield self._name(self.alert.assigned_to)
            return
        for ref in self._about():
            yield self._name(ref.use.framework.owner_of(ref.kpi))

    def _domain(self) -> Iterator[str]:
        """Who answers for the sections."""
        for ref in self._about():
            yield self._name(_section_owner(ref))

    def _head(self) -> Iterator[str]:
        """Who answers for the framework; the admins for what belongs to none."""
        if self.ref is not None and self.ref.use is not None:
            yield self._name(self.ref.use.framework.governance.owner)
        else:
            yield from (one.name for one in self.workspace.people if one.role == ADMIN)

    def _about(self) -> list[KpiRef]:
        """The KPIs that fire; where none does, its others, and those that read what the rule measures."""
        firing = {path_of(one.subject) for one in self.alert.items if one.phase is Phase.FIRING}
        if found := [ref for ref in self.workspace.kpis if ref.path in firing]:
            return found
        subjects = {path_of(one.subject) for one in self.alert.items}
        wanted = measured_by(None if self.ref is None else self.ref.rule)
        own = "" if self.ref is None else self.ref.framework
        return [
            ref
            for ref in self.workspace.kpis
            if ref.path in subjects or (own in ("", ref.use.framework.key) and reads(ref, wanted))
        ]

    def _name(self, name: str) -> str:
        """The person's own name, so that nobody is told twice under two."""
        person = called(name, self.workspace) if name else None
        return name if person is None else person.name


def called(name: str, workspace: Workspace) -> Person | None:
    """Whom a name of the workspace, of a framework, or slack:U0123 means."""
    return person_of(name, workspace) or person_called(name, workspace.people)


def _section_owner(ref: KpiRef) -> str:
    owners = {title.casefold(): owner for title, owner in ref.use.framework.governance.owners.items()}
    section = ref.kpi.section.casefold()
    while section:
        if owner := owners.get(section) or owners.get(section.rpartition(" > ")[2]):
            return owner
        section = section.rpartition(" > ")[0]
    return ""
