"""Where a post goes instead, when its channel cannot be reached: the routes in order, and what each may hold.

Pure. Places carry the surfaces' names as kpi.yaml writes them. What some may not see never travels to where
they read: there, and where the same report arrives anyway, only a short notice goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date

from bot import access
from bot.cadence import ASKED, Owed
from bot.settings_channels import routes_of
from bot.surfaces.base import Invocation
from bot.workspace import Person, Workspace

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a surface; one that begins with @ is somebody's direct messages."""

    surface: str
    channel: str

    @classmethod
    def of(cls, text: str) -> Place:
        """slack:C0123, as kpi.yaml writes it."""
        surface, _, channel = text.partition(":")
        return cls(surface, channel)

    @property
    def user(self) -> str:
        """The person's id, where only one reads; "" for a channel."""
        return self.channel[1:] if self.channel.startswith("@") else ""

    def __str__(self) -> str:
        return f"{self.surface}:{self.channel}"


@dataclass(frozen=True, slots=True)
class Unreached:
    """The post that did not arrive: which report, for which period, and where it should be."""

    report: str
    period: str
    place: Place


@dataclass(frozen=True, slots=True)
class Route:
    """One way to tell somebody. `is_whole`: the post itself may go there, otherwise only a notice of it."""

    place: Place
    is_whole: bool


def routes(
    workspace: Workspace, post: Unreached, in_use: Collection[str], shared: Mapping[Place, bool]
) -> tuple[Route, ...]:
    """The ways to tell of `post`, best first.

    `in_use` are the surfaces that this workspace posts to; `shared` says of a channel whether people outside
    the company read there. Of one that it does not hold, they do.
    """
    # At most this was kept from the post: what stands in it is all that its own channel may ever see.
    hidden = withheld(workspace, post.place, is_shared=False)

    def may_hold(place: Place) -> bool:
        hides_more = not withheld(workspace, place, is_shared=shared.get(place, True)) <= hidden
        return not hides_more and _is_news(workspace, post, place)

    return tuple(Route(one, may_hold(one)) for one in places(workspace, post, in_use))


def places(workspace: Workspace, post: Unreached, in_use: Collection[str]) -> tuple[Place, ...]:
    """Where to tell of `post`, best first: each once, never the place itself.

    The person's own other address, if one was to read it; what kpi.yaml names under `fallback`; the admins on
    the same surface; then the other surfaces: where the same report goes, and the admins there.
    """
    others = sorted(set(in_use) - {post.place.surface})
    found = [
        *_own(workspace, post.place, others),
        *_named(workspace, post.place, [*(one for one in [post.place.surface] if one in in_use), *others]),
        *_admins(workspace, post.place.surface),
        *_same_report(workspace, post, others),
        *(place for surface in others for place in _admins(workspace, surface)),
    ]
    usable = (place for place in found if place.surface in in_use and place != post.place)
    return tuple(dict.fromkeys(usable))


def withheld(workspace: Workspace, place: Place, *, is_shared: bool) -> Set[str]:
    """The paths of the KPIs that not everybody who reads in `place` may see."""
    if place.user:
        seen = access.view(workspace, Invocation("", place.surface, place.user))
    else:
        seen = access.channel_view(workspace, place.surface, place.channel, is_shared=is_shared)
    return frozenset(seen.withheld)


def reader(workspace: Workspace, place: Place) -> Person | None:
    """Who reads there, where that is one person of the workspace."""
    return workspace.person(place.surface, place.user) if place.user else None


def _is_news(workspace: Workspace, post: Unreached, place: Place) -> bool:
    """Whether the post is not there anyway, and nobody else's own business."""
    if post.place.user:
        owner = reader(workspace, post.place)
        return owner is not None and reader(workspace, place) == owner
    return not any(
        owed.report == post.report and _stands(owed) == place and _comes(owed, post.period)
        for owed in workspace.schedule
    )


def _comes(owed: Owed, period: str) -> bool:
    """Whether the schedule has a report for that period; where nobody can say, it has."""
    try:
        return owed.cadence.holds(date.fromisoformat(period))
    except ValueError:
        return True


def _own(workspace: Workspace, place: Place, others: Collection[str]) -> Iterator[Place]:
    """The same person elsewhere."""
    if (person := reader(workspace, place)) is not None:
        yield from _addresses(person, others)


def _named(workspace: Workspace, place: Place, surfaces: Collection[str]) -> Iterator[Place]:
    """What kpi.yaml names: a channel, or a person at their first address on these surfaces."""
    for route in routes_of(workspace.fallback, str(place)):
        if not route.startswith("@"):
            yield Place.of(route)
            continue
        for person in workspace.people:
            if person.name == route[1:]:
                yield from list(_addresses(person, surfaces))[:1]


def _admins(workspace: Workspace, surface: str) -> Iterator[Place]:
    for person in workspace.people:
        if person.role == ADMIN:
            yield from _addresses(person, (surface,))


def _same_report(workspace: Workspace, post: Unreached, others: Collection[str]) -> Iterator[Place]:
    """The first channel of each other surface that the same report goes to. An answer is one person's own."""
    if post.report == ASKED or post.place.user:
        return
    for surface in others:
        found = (owed for owed in workspace.schedule if owed.report == post.report)
        yield from [_stands(owed) for owed in found if owed.surface == surface][:1]


def _addresses(person: Person, surfaces: Collection[str]) -> Iterator[Place]:
    return (Place(one, f"@{person.ids[one]}") for one in surfaces if person.ids.get(one))


def _stands(owed: Owed) -> Place:
    return Place(owed.surface, owed.channel)
