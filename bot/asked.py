"""Which numbers people are asked for, how often and whom: kpi.yaml, the framework and its owners, together.

Nothing is dropped in silence: a number that nobody can be asked for stands here with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot import access
from bot.errors import UserError
from bot.settings_asks import NEVER, AskEntry, AsksEntry
from bot.surfaces.base import Invocation
from bot.workspace import KpiRef, Person, Use, Workspace, person_called
from kpi.asking import EVERY, Every
from kpi.document import Path

ADMIN = "admin"
_PLAIN = AskEntry()


@dataclass(frozen=True, slots=True)
class Asked:
    """A number that is asked for. Where `person` is None nobody can be asked, and `why` says so."""

    ref: KpiRef
    every: Every
    person: Person | None
    why: str = ""


def asked(workspace: Workspace) -> tuple[Asked, ...]:
    """Every number that somebody has to state, in the order of the documents."""
    found = ((ref, every_of(ref, workspace)) for ref in workspace.kpis)
    return tuple(_asked(ref, every, workspace) for ref, every in found if every is not None)


def every_of(ref: KpiRef, workspace: Workspace) -> Every | None:
    """How often it is asked for: as kpi.yaml says, else as its framework does; None for never."""
    own = workspace.asks.kpis.get(ref.path, _PLAIN).every
    said = own or ref.kpi.asked
    return None if said == NEVER else next((one for one in EVERY if one == said), None)


def _asked(ref: KpiRef, every: Every, workspace: Workspace) -> Asked:
    who = workspace.asks.kpis.get(ref.path, _PLAIN).who
    owner = who or ref.use.framework.owner_of(ref.kpi)
    if not owner:
        return Asked(ref, every, None, "no owner is named")
    person = person_called(owner, workspace.people)
    if person is None:
        return Asked(ref, every, None, f"the owner “{owner}” is nobody under `people`")
    why = unfit(person, ref, workspace)
    return Asked(ref, every, None if why else person, why)


def unfit(person: Person, ref: KpiRef, workspace: Workspace) -> str:
    """Why a person cannot be asked for a number; empty where they can."""
    if not person.ids:
        return f"{person.name} has no id in any chat"
    surface, user = next(iter(person.ids.items()))
    reader = Invocation("", surface, user)
    if not access.view(workspace, reader).shows(ref.use.framework.key, ref.kpi.key):
        return f"{person.name} may not see it"
    try:
        access.require("record", workspace, reader)
    except UserError:
        return f"{person.name} may not record ({person.role})"
    return ""


def overseer(ref: KpiRef, asked_one: str, workspace: Workspace) -> Person | None:
    """Who hears that a number did not come: the KPI's owner, that of its nearest heading or of the framework,
    else an admin; never the one who was asked, nor anybody who may not see it."""
    for person in _overseers(ref, workspace):
        if person.name != asked_one and person.ids and _sees(person, ref, workspace):
            return person
    return None


def _overseers(ref: KpiRef, workspace: Workspace) -> Iterator[Person]:
    governance = ref.use.framework.governance
    owners = {title.casefold(): owner for title, owner in governance.owners.items()}
    names, section = [ref.kpi.owner], ref.kpi.section.casefold()
    while section:
        names.append(owners.get(section) or owners.get(section.rpartition(" > ")[2]) or "")
        section = section.rpartition(" > ")[0]
    for name in (*names, governance.owner):
        person = person_called(name, workspace.people) if name else None
        if person is not None:
            yield person
    yield from (one for one in workspace.people if one.role == ADMIN)


def _sees(person: Person, ref: KpiRef, workspace: Workspace) -> bool:
    surface, user = next(iter(person.ids.items()))
    seen = access.view(workspace, Invocation("", surface, user))
    return seen.shows(ref.use.framework.key, ref.kpi.key)


def unasked(workspace: Workspace) -> tuple[str, ...]:
    """What is asked for, but of nobody, with what to do: a line for each reason."""
    by_why: dict[str, list[str]] = {}
    for one in asked(workspace):
        if one.person is None:
            by_why.setdefault(one.why, []).append(one.ref.kpi.name)
    return tuple(
        f"asks: nobody can be asked for {_names(names)}: {why}; name somebody under `asks: kpis: … who:`"
        for why, names in by_why.items()
    )


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def by_path(entry: AsksEntry, uses: tuple[Use, ...], fault: Callable[[Path, str, str], None]) -> AsksEntry:
    """`asks` with its KPIs by their paths; `fault` hears of each name that means none, or several: which of
    two is asked for is no guess."""
    known = Workspace("", ZoneInfo("UTC"), uses, {})
    found_by: dict[str, AskEntry] = {}
    for name, one in entry.kpis.items():
        found, at = known.find_kpi(name), ("asks", "kpis", name)
        if not found:
            near = " or ".join(f"`{text}`" for text in known.nearest_names(name))
            hint = f"did you mean {near}?" if near else "`kpi framework show NAME` lists them"
            fault(at, f"no framework in use has a KPI “{name}”", hint)
        elif len(found) > 1:
            paths = ", ".join(f"`{ref.path}`" for ref in found)
            fault(at, f"“{name}” names {len(found)} KPIs", f"write one of {paths}")
        elif found[0].path in found_by:
            fault(at, f"{found[0].path} stands there twice", "keep one of them")
        else:
            found_by[found[0].path] = one
    return entry.model_copy(update={"kpis": found_by})
