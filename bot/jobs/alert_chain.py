"""To whom an alert goes that nobody has acknowledged in time: its owner, the domain's, then the channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.asked import ADMIN, person_called
from bot.jobs.alert_scene import DIRECT, SHORTEST, Scene, Spot, firing
from bot.reports.alert_view import path_of, person_of
from bot.workspace import KpiRef, Person
from kpi.alerts import span

MOST_OWNERS = 3
"""Of an alert of many KPIs so many owners are told at once."""

CHANNEL = ""
"""Whom the last step tells: everybody who reads the channel."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: by whose name, and as what they are told."""

    role: str  # owner, domain owner, channel
    names: tuple[str, ...]


def ladder(scene: Scene) -> list[Rung]:
    """The steps in order, nobody twice; the channel is always the last."""
    told: set[str] = set()
    rungs = []
    for role, several in (("owner", (_owners,)), ("domain owner", (_domain, _head))):
        for names in several:
            new = tuple(dict.fromkeys(name for name in names(scene) if name and name not in told))
            if new:
                told |= set(new)
                rungs.append(Rung(role, new[:MOST_OWNERS]))
                break
    return [*rungs, Rung("channel", (CHANNEL,))]


def limit(scene: Scene) -> timedelta | None:
    """How long each step may take; None where there is no time limit."""
    rule = scene.rule
    if rule is None or not rule.act_within or scene.is_celebration:
        return None
    return max(span(rule.act_within), SHORTEST)


def act_by(scene: Scene) -> datetime | None:
    """By when somebody has to have it, if it is told now: from the event on, but never at once."""
    step = limit(scene)
    if step is None or not scene.alert.is_open:
        return None
    return max(scene.alert.event_at + step, scene.now + min(step, SHORTEST))


def addresses(scene: Scene, name: str) -> Iterator[Spot]:
    """The direct messages of somebody, on the surfaces the alert is told on, else where they have any."""
    person = called(scene, name)
    if person is None:
        return
    in_use = {one.platform for one in scene.spots}
    own = [one for one in person.ids if one in in_use] or list(person.ids)
    yield from scene.stage.spots([f"{surface}:{DIRECT}{person.ids[surface]}" for surface in own])


def called(scene: Scene, name: str) -> Person | None:
    """Whom a name of the workspace, of a framework, or slack:U0123 means."""
    return person_of(name, scene.workspace) or person_called(name, scene.workspace.people)


def _owners(scene: Scene) -> Iterator[str]:
    if scene.alert.assigned_to:
        yield _name(scene, scene.alert.assigned_to)
        return
    for ref in _about(scene):
        yield _name(scene, ref.use.framework.owner_of(ref.kpi))


def _domain(scene: Scene) -> Iterator[str]:
    """Who answers for the sections."""
    for ref in _about(scene):
        yield _name(scene, _section_owner(ref))


def _head(scene: Scene) -> Iterator[str]:
    """Who answers for the framework; the admins for what belongs to none."""
    if scene.ref is not None and scene.ref.use is not None:
        yield _name(scene, scene.ref.use.framework.governance.owner)
    else:
        yield from (one.name for one in scene.workspace.people if one.role == ADMIN)


def _about(scene: Scene) -> list[KpiRef]:
    """The KPIs that fire; where none does, those that read what the rule measures."""
    subjects = {path_of(one.subject) for one in firing(scene.alert)}
    return [ref for ref in scene.kpis if ref.path in subjects] or list(scene.kpis)


def _section_owner(ref: KpiRef) -> str:
    owners = {title.casefold(): owner for title, owner in ref.use.framework.governance.owners.items()}
    section = ref.kpi.section.casefold()
    while section:
        if owner := owners.get(section) or owners.get(section.rpartition(" > ")[2]):
            return owner
        section = section.rpartition(" > ")[0]
    return ""


def _name(scene: Scene, name: str) -> str:
    """The person's own name, so that nobody is told twice under two."""
    person = called(scene, name) if name else None
    return name if person is None else person.name
