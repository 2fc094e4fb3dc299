"""A post whose channel could not be reached is told elsewhere: once, in the transaction that gives it up.

What belongs into the thread of another post is told nowhere else: it would correct what nobody read there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.cadence import ASKED
from bot.frozen import freeze, thaw
from bot.jobs.routes import Place, Route, Unreached, places, reader, routes
from bot.reply import Bold, Note, Reply, Span, Text, line, marked, note, plain_text
from bot.reply import Place as Channel
from bot.reports import words
from bot.reports.upcoming import TITLES
from bot.surfaces.base import Surface
from bot.timeline import Timeline
from bot.workspace import Workspace
from storage import Session, promises
from storage.promises import Promise

log = logging.getLogger(__name__)

ROUTE_PATIENCE = timedelta(hours=1)
"""So long one route is tried before the next one is."""

LAST_PATIENCE = timedelta(hours=24)
"""So long the last one is tried."""

LOOKING_SECONDS = 10.0
"""So long a surface may take to say who reads in a channel."""

UNREAD = "Nobody knows whether it was posted, for the channel cannot be read:"
"""How the fault of a post begins that may stand in its channel."""

_NOT_HERE = "The report itself is not repeated here."
_HINT = "Name other channels or people under `fallback` in kpi.yaml, or give somebody the role admin."


@dataclass(frozen=True)
class Fallback:
    """Finds the next route of a post that failed, and owes it there.

    `surfaces` are by their names in the ledger; `names` says under which one the ledger knows a surface of
    kpi.yaml, where that is another one.
    """

    timeline: Timeline
    surfaces: Mapping[str, Surface]
    zone: ZoneInfo
    names: Mapping[str, str]

    async def look(self, promise: Promise) -> dict[Place, bool]:
        """Who reads in the channels that may be told: people outside the company too, or not.

        Nobody is asked where nothing is kept from anybody.
        """
        workspace = self.timeline.files
        if not workspace.restrictions:
            return {}
        own = places(workspace, self._unreached(promise), self._in_use)
        found = await asyncio.gather(*(self._is_shared(one) for one in own))
        return dict(zip(own, found, strict=True))

    def has_route(self, promise: Promise) -> bool:
        """Whether there is anywhere else to tell of it."""
        if promise.follows:
            return False
        return bool(places(self.timeline.files, self._unreached(promise), self._in_use))

    def owe(self, session: Session, promise: Promise, shared: Mapping[Place, bool], now: datetime) -> None:
        """Owe `promise`, which has just been given up, on the first route that was not tried yet."""
        original = promises.find(session, promise.stands_for or promise.key)
        if original is None or original.follows:
            return
        left = self._untried(session, original, shared)
        if not left:
            log.error("nobody could be told promise=%s error=%s hint=%s", original.key, original.error, _HINT)
            return
        route = left[0]
        stand_in = self._stand_in(original, route, now, now + (ROUTE_PATIENCE if left[1:] else LAST_PATIENCE))
        if promises.owe(session, stand_in):
            log.warning(
                "told elsewhere promise=%s route=%s whole=%s", original.key, route.place, route.is_whole
            )

    def _untried(self, session: Session, original: Promise, shared: Mapping[Place, bool]) -> list[Route]:
        own = routes(self.timeline.files, self._unreached(original), self._in_use, shared)
        return [one for one in own if promises.find(session, self._key(original, one.place)) is None]

    def _stand_in(self, original: Promise, route: Route, now: datetime, deadline: datetime) -> Promise:
        post = self._unreached(original)
        reply = _moved(original, post) if route.is_whole else None
        if reply is None:
            due = words.clock(original.due, self.zone, now.astimezone(self.zone).date())
            where = _where(self.timeline.files, post.place)
            reply = _notice(original, post, where, f"{due} {self.zone.key}")
        return Promise(
            key=self._key(original, route.place),
            report=original.report,
            period=original.period,
            surface=self.names.get(route.place.surface, route.place.surface),
            channel=route.place.channel,
            due=original.due,
            payload=freeze(reply),
            deadline=deadline,
            stands_for=original.key,
        )

    def _key(self, original: Promise, place: Place) -> str:
        return f"{original.key}>{self.names.get(place.surface, place.surface)}:{place.channel}"

    def _unreached(self, promise: Promise) -> Unreached:
        return Unreached(
            promise.report, promise.period, Place(self._spoken(promise.surface), promise.channel)
        )

    def _spoken(self, ledger: str) -> str:
        """The surface's name in kpi.yaml."""
        return next((name for name, own in self.names.items() if own == ledger), ledger)

    @property
    def _in_use(self) -> frozenset[str]:
        return frozenset(map(self._spoken, self.surfaces))

    async def _is_shared(self, place: Place) -> bool:
        """Whether outsiders read there; what nobody can say in time, they do."""
        if place.user:
            return False
        surface = self.surfaces[self.names.get(place.surface, place.surface)]
        try:
            async with asyncio.timeout(LOOKING_SECONDS):
                return await surface.is_shared(place.channel) is not False
        except Exception as fault:
            log.warning("nobody knows who reads channel=%s fault=%r", place, fault)
            return True


def inserted(reply: Reply, text: str) -> Reply:
    """`reply` with a line of small print after its first block: what it is about comes first."""
    return replace(reply, blocks=(*reply.blocks[:1], Note(marked(text)), *reply.blocks[1:]))


def _moved(original: Promise, post: Unreached) -> Reply | None:
    """The post itself, and for whom it was; None where what was stored cannot be read."""
    try:
        reply = thaw(original.payload)
    except (ValueError, KeyError, TypeError):
        return None
    what = "where it may stand already" if _is_unread(original) else "which could not be reached"
    told = inserted(reply, f"For `{post.place}`, {what}. {_why(original)}".rstrip())
    return replace(told, text=f"{reply.text} (For {post.place}, {what}.)")


def _notice(original: Promise, post: Unreached, where: Span, due: str) -> Reply:
    """That a post did not arrive, why, and what to do; nothing of what it says."""
    what = (
        "an answer on a subscription"
        if post.report == ASKED
        else f"the {TITLES.get(post.report, post.report)}"
    )
    if _is_unread(original):
        before = f"Nobody knows whether {what} reached "
    else:
        before = f"{what[0].upper()}{what[1:]} did not reach "
    blocks = (
        line(Bold(before), where, Bold(".")),
        line(f"It was due {due}."),
        Text(marked(_why(original) or "Nobody has said why.")),
        note(_NOT_HERE),
    )
    data = {"unreached": str(post.place), "report": post.report, "period": post.period}
    return Reply(f"{before}{plain_text((where,))}.", blocks, data=data)


def _is_unread(original: Promise) -> bool:
    return original.error.startswith(UNREAD)


def _why(original: Promise) -> str:
    """The fault, and what to do about it."""
    if _is_unread(original):
        return f"The channel cannot be read: {original.error.removeprefix(UNREAD).strip()}"
    return original.error


def _where(workspace: Workspace, place: Place) -> Span:
    person = reader(workspace, place)
    return Bold(f"{person.name} on {place.surface}") if person else Channel(place.surface, place.channel)
