"""Who may see and do what: a workspace as one reader may see it, and acts that need a role.

A KPI is shown where every restriction on it lets its readers in. Who reads decides: everyone in the channel
for an answer posted there, one person for a private answer. People outside the company get nothing that is
restricted, not even its name. The terminal belongs to whoever runs the bot and sees everything.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from bot.errors import UserError
from bot.reports import words
from bot.roles import ALLOWED, SAID, WRITERS, Act
from bot.surfaces.base import Invocation
from bot.workspace import KpiRef, Person, Restriction, Workspace

TERMINAL = "terminal"
MOST_VIEWS = 256
"""Views kept for one workspace; there are as many as there are sets of restrictions that shut people out."""

_NAMED = 3


def require(act: Act, workspace: Workspace, invocation: Invocation) -> None:
    """Lets the act pass, or raises `UserError` that says who may.

    While the workspace gives nobody a role that writes, everybody may do everything in the company's own
    channels. Nothing is written from a channel that outsiders read.
    """
    if invocation.surface == TERMINAL:
        return
    if invocation.is_shared:
        message = f"People outside your company read here, so you may not {SAID[act]}."
        raise UserError(message, "Ask me in a channel of your own.")
    if not any(one.role in WRITERS for one in workspace.people):
        return
    person = workspace.person(invocation.surface, invocation.user)
    role = person.role if person else "reader"
    if role not in _allowed(act, workspace):
        may = "read, not" if role not in WRITERS and act != "audit" else "not"
        raise UserError(f"You may {may} {SAID[act]}.", _who_may(act, workspace))


def _allowed(act: Act, workspace: Workspace) -> tuple[str, ...]:
    return workspace.permissions.get(act, ALLOWED[act])


def _who_may(act: Act, workspace: Workspace) -> str:
    allowed = _allowed(act, workspace)
    people = tuple(f"{one.name} ({one.role})" for one in workspace.people if one.role in allowed)
    if people:
        return f"Ask {words.listing(people, _NAMED)}."
    if allowed:
        return f"Nobody may yet: give somebody the role {' or '.join(allowed)} in kpi.yaml."
    return "Only the terminal may; kpi.yaml says so under `permissions`."


def view(workspace: Workspace, invocation: Invocation) -> Workspace:
    """The workspace without what must not be read where the answer goes; the same one if that is nothing."""
    if invocation.surface == TERMINAL or not workspace.restrictions:
        return workspace
    asker = workspace.person(invocation.surface, invocation.user)
    place = _place(invocation.surface, invocation.channel)
    if invocation.in_channel or invocation.is_shared:
        return _seen(workspace, place, _Readers(invocation.is_shared, asker=asker))
    return _seen(workspace, place, _Readers(person=asker))


def channel_view(workspace: Workspace, surface: str, channel: str, *, is_shared: bool = False) -> Workspace:
    """The workspace as everyone in a channel may see it: for what the bot posts there by itself."""
    if surface == TERMINAL or not workspace.restrictions:
        return workspace
    return _seen(workspace, _place(surface, channel), _Readers(is_shared))


@dataclass(frozen=True, slots=True)
class _Readers:
    """Who will read: one person, or everyone in the channel because the asker shared it there."""

    is_shared: bool = False  # outsiders too
    person: Person | None = None
    asker: Person | None = None


def _place(surface: str, channel: str | None) -> str:
    return f"{surface}:{channel}" if channel else ""


def _seen(workspace: Workspace, place: str, readers: _Readers) -> Workspace:
    """The view of `workspace` for these readers, made once for all that the same restrictions shut out."""
    shut = frozenset(
        one for one in workspace.restrictions if readers.is_shared or not _opens(one, place, readers.person)
    )
    private = frozenset(one for one in shut if _opens(one, "", readers.asker))
    key = (shut, private, readers.is_shared)
    known = workspace.views.get(key)
    if known is None:
        if len(workspace.views) >= MOST_VIEWS:
            workspace.views.clear()
        known = _without(workspace, shut, private=private, is_shared=readers.is_shared)
        workspace.views[key] = known
    return known


def _opens(restriction: Restriction, place: str, person: Person | None) -> bool:
    """Whether it lets in who reads: everyone in `place`, or the one person."""
    return place in restriction.channels or (person is not None and restriction.names(person))


def _without(
    workspace: Workspace, shut: Set[Restriction], *, private: Set[Restriction], is_shared: bool
) -> Workspace:
    """`workspace` without the KPIs that one of `shut` covers, and without frameworks that nothing is left of.

    `private` are those of `shut` that would let the asker in where nobody else reads.
    """
    new: dict[str, str] = {}
    for ref in workspace.kpis:
        if failed := [one for one in workspace.restricted.get(ref.path, ()) if one in shut]:
            new[ref.path] = "" if is_shared else _refusal(ref, failed, private)
    if not new and not workspace.withheld:
        return workspace
    before = dict.fromkeys(workspace.withheld, "") if is_shared else workspace.withheld
    gone = tuple(ref for ref in workspace.kpis if ref.path in new)
    left = {ref.use.framework.key for ref in workspace.kpis if ref.path not in new}
    emptied = {ref.use.framework.key for ref in gone} - left
    return replace(
        workspace,
        uses=tuple(use for use in workspace.uses if use.framework.key not in emptied),
        withheld={**before, **new},
        withheld_kpis=() if is_shared else (*workspace.withheld_kpis, *gone),
    )


def _refusal(ref: KpiRef, failed: Sequence[Restriction], private: Set[Restriction]) -> str:
    """Whom the KPI is for, and what to do: two lines."""
    others = [one for one in failed if one not in private]
    message = f"{ref.kpi.name} is for {_audience((others or failed)[0])}."
    if not others:
        return f"{message}\nYou may see it: ask where nobody else reads the answer."
    return f"{message}\n{_advice(others[0])}"


def _audience(restriction: Restriction) -> str:
    """Those who may see it, as people say it: "finance, ana and admins"."""
    channels = {0: (), 1: ("its own channel",)}.get(len(restriction.channels), ("its own channels",))
    titles = tuple(f"{role}s" for role in restriction.roles)
    named = (*channels, *restriction.groups, *restriction.people, *titles) or ("nobody in chat",)
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _advice(restriction: Restriction) -> str:
    """Whom to ask, or where to look."""
    if restriction.ask:
        return f"Ask {restriction.ask}{', or look there' if restriction.channels else ''}."
    if restriction.channels:
        return "Ask there."
    return "Ask one of them."
