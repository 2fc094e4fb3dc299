"""Posts from the terminal, through the same ledger as the schedule's: sent once, repeated only when asked."""

from __future__ import annotations

import asyncio
import getpass
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.cadence import Owed
from bot.cli.opening import say
from bot.cli.receipts import told
from bot.core import Core
from bot.errors import UserError
from bot.frozen import freeze, thaw
from bot.jobs.deliver import Deliver
from bot.jobs.fallback import inserted
from bot.jobs.publish import Publish
from bot.reply import Reply
from bot.reports import words
from bot.surfaces.base import OutcomeUnknown, Post, Surface, Undelivered
from kpi.calendar import day_of
from storage import audit, promises
from storage.clock import database_now
from storage.promises import Promise, Receipt, State

LOOKS = 10
LOOK_SECONDS = 1.0
"""So often, and so far apart, another sender is waited for that is at the same post."""


def post(core: Core, owed: Sequence[Owed], due: datetime, *, again: bool) -> int:
    """Owe the report and send it; a day that is in the ledger already is not sent twice."""
    keys = asyncio.run(_posted(core, owed, due, again=again))
    with core.sessions.read() as session:
        found = [kept for key in keys if (kept := promises.find(session, key)) is not None]
        lines = told(session, found, core)
    for line in lines:
        say(line)
    return 0 if all(one.state in (State.DELIVERED, State.FOLDED) for one in found) else 1


async def _posted(core: Core, owed: Sequence[Owed], due: datetime, *, again: bool) -> list[str]:
    from bot.chats import surfaces_for_posting

    async with surfaces_for_posting(core) as surfaces:
        publish = Publish(core.timeline, core.sessions, core.now)
        await publish.look(surfaces)
        keys = [_entered(publish, one, due, again=again) for one in owed]
        deliver = Deliver(
            core.sessions,
            surfaces,
            f"kpi report {socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
            core.now,
            core.workspace.zone,
            clock=database_now,
            timeline=core.timeline,
            keys=keys,
        )
        await deliver()
        for _ in range(LOOKS):
            if not _in_other_hands(core, keys):
                break
            await asyncio.sleep(LOOK_SECONDS)
            await deliver()
    return keys


def _entered(publish: Publish, owed: Owed, due: datetime, *, again: bool) -> str:
    """The key under which the ledger has it, now or already."""
    with publish.sessions.read() as session:
        now = database_now(session)
        due = min(due, now)  # this machine's clock may be ahead of the one that says what is due
        promise = replace(publish.promise(session, owed, due, due), deadline=now + owed.catch_up)
    if again:
        promise = _repeated(promise, now, publish)
    with publish.sessions.begin() as session:
        if not promises.owe(session, promise):
            say(f"{promise.key} is in the ledger already; --again sends it once more.")
    return promise.key


def _repeated(promise: Promise, now: datetime, publish: Publish) -> Promise:
    """A promise of its own, whose message says that it is a repeat."""
    today = day_of(now, publish.timeline.files.zone)
    reply = inserted(thaw(promise.payload), f"Repeated on {words.day(today, today)}.")
    return replace(promise, key=f"{promise.key}#again-{now:%Y%m%dT%H%M%S}", payload=freeze(reply))


def _in_other_hands(core: Core, keys: Sequence[str]) -> bool:
    with core.sessions.read() as session:
        found = [promises.find(session, key) for key in keys]
    return any(one is not None and one.state is State.CLAIMED for one in found)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A post that stands in its channel, and what it should say now."""

    promise: Promise
    receipt: Receipt
    reply: Reply


def edit(core: Core, owed: Sequence[Owed], due: datetime) -> int:
    """Change the posts that stand in their channels to what the report says now."""
    return asyncio.run(_edited(core, owed, due))


async def _edited(core: Core, owed: Sequence[Owed], due: datetime) -> int:
    from bot.chats import surfaces_for_posting

    sent = _standing(core, owed, due)  # nothing there: said before anything is connected
    async with surfaces_for_posting(core) as surfaces:
        publish = Publish(core.timeline, core.sessions, core.now)
        await publish.look(surfaces)
        done = [await _change(core, surfaces, _recomposed(publish, *one)) for one in sent]
    return 0 if all(done) and len(done) == len(owed) else 1


def _standing(core: Core, owed: Sequence[Owed], due: datetime) -> list[tuple[Owed, Promise]]:
    """What stands in its channel; what does not is said. Raises `UserError` where nothing does."""
    found, missing = [], []
    for post in owed:
        key = post.key(post.cadence.day(due, core.workspace.zone).isoformat())
        try:
            found.append((post, _sent(core, key)))
        except UserError as fault:
            missing.append(fault)
    if not found:
        raise missing[0]
    for one in missing:
        say(f"unchanged {words.told(one.message, one.hint)}")
    return found


def _sent(core: Core, key: str) -> Promise:
    """The promise, delivered. Raises `UserError` where nothing stands in its channel."""
    with core.sessions.read() as session:
        found = promises.find(session, key)
    if found is None:
        raise UserError(f"{key} was never posted.", "Post it with --post, or name another day with --for.")
    if found.receipt is None:
        why = f" ({found.error})" if found.error else ""
        message = f"{key} does not stand in its channel: it is {found.state.value}{why}."
        raise UserError(message, "See `kpi receipts`.")
    return found


def _recomposed(publish: Publish, owed: Owed, promise: Promise) -> _Standing:
    """What the report of then says by what is known now."""
    zone = publish.timeline.files.zone
    with publish.sessions.read() as session:
        reply = thaw(publish.promise(session, owed, promise.due, promise.due).payload)
        now = database_now(session).astimezone(zone)
    assert promise.receipt is not None
    corrected = f"Corrected {words.day(now.date(), now.date())} {now:%H:%M}."
    return _Standing(promise, promise.receipt, inserted(reply, corrected))


async def _change(core: Core, surfaces: Mapping[str, Surface], one: _Standing) -> bool:
    """Change one post; whether it says the new now."""
    promise, surface = one.promise, surfaces.get(one.promise.surface)
    if surface is None:
        say(f"unchanged {promise.key}: {promise.surface} is not connected here. Set its tokens.")
        return False
    try:
        changed = await surface.edit(one.receipt, Post(promise.key, promise.channel, one.reply))
    except (Undelivered, UserError) as fault:
        say(f"unchanged {promise.key}: {words.told(fault.message, fault.hint)}")
        return False
    except OutcomeUnknown as fault:
        say(f"unknown   {promise.key}: {fault} Run it again: an edit may be repeated.")
        return False
    with core.sessions.begin() as session:
        author = f"terminal:{getpass.getuser()}"
        audit.write(session, audit.Act(core.now(), author, "edit post", promise.key, place="terminal"))
    notes = "".join(f"; {note}" for note in changed.notes)
    say(f"edited    {promise.key}, message {changed.message}{notes}")
    return True
