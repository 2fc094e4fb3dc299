"""A correction goes into the thread of its post, once, and nowhere else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.frozen import freeze
from bot.jobs.deliver import Deliver
from bot.reply import Reply
from bot.surfaces.base import OutcomeUnknown
from bot.timeline import Timeline
from storage import SessionFactory, promises
from storage.promises import Promise, Receipt, State
from tests.bot.jobs.scripted_chat import ScriptedChat, archived
from tests.bot.jobs.world import NINE, Clock, small_workspace

ROOT = Promise("daily", "daily", "2026-11-24", "slack", "C1", NINE, freeze(Reply("Stars 120.")))
NEXT = replace(
    ROOT,
    key="daily#restated-1",
    report="restated",
    payload=freeze(Reply("Restated.")),
    deadline=NINE + timedelta(days=1),
    follows="daily",
)


class Desk:
    """One channel, its sender with a fallback, and what the ledger says."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self.sessions, self.clock, self.chat = sessions, clock, ScriptedChat(clock)
        used = replace(small_workspace(), fallback={"default": ("slack:C9",)})
        self.send = Deliver(sessions, {"slack": self.chat}, "one", clock, timeline=Timeline(used))

    def owe(self, *owed: Promise) -> None:
        with self.sessions.begin() as session:
            for one in owed:
                promises.owe(session, one)

    def stands(self) -> None:
        with self.sessions.begin() as session:
            promises.delivered(session, ROOT.key, Receipt("C1", "17.5", NINE))

    @property
    def found(self) -> Promise:
        with self.sessions.read() as session:
            one = promises.find(session, NEXT.key)
        assert one is not None
        return one


@pytest.fixture
def desk(sessions: SessionFactory, clock: Clock) -> Desk:
    return Desk(sessions, clock)


async def test_it_is_posted_into_the_thread_of_its_post(desk: Desk) -> None:
    desk.owe(ROOT, NEXT)
    desk.stands()
    assert await desk.send() == 1
    assert [(one.key, one.thread) for one in desk.chat.posts] == [(NEXT.key, "17.5")]
    assert desk.found.state is State.DELIVERED


async def test_it_waits_for_a_post_that_is_on_its_way(desk: Desk) -> None:
    desk.owe(replace(ROOT, retry_at=None, due=NINE + timedelta(minutes=10)), NEXT)
    assert await desk.send() == 0
    assert desk.found.state is State.OWED
    assert "not delivered yet" in desk.found.error
    desk.clock.forward(minutes=11)
    assert await desk.send() >= 1
    desk.clock.forward(minutes=2)
    await desk.send()
    assert [one.key for one in desk.chat.posts] == [ROOT.key, NEXT.key]
    assert desk.chat.posts[1].thread == "ts0"


@pytest.mark.parametrize("root", [None, replace(ROOT, state=State.FOLDED)])
async def test_without_its_post_it_is_missed_and_says_why(desk: Desk, root: Promise | None) -> None:
    desk.owe(*([root] if root else []), NEXT)
    assert await desk.send() == 0
    assert (desk.found.state, desk.chat.posts) == (State.MISSED, [])
    assert desk.found.error.startswith("There is no thread for it: daily is ")


async def test_it_is_told_nowhere_else(desk: Desk) -> None:
    desk.owe(ROOT, NEXT)
    desk.stands()
    desk.chat.refused["C1"] = archived("C1")
    assert await desk.send() == 0
    assert desk.found.state is State.FAILED
    desk.owe(replace(NEXT, key="daily#restated-2", deadline=NINE))
    await desk.send()
    with desk.sessions.read() as session:
        assert {one.key for one in promises.listing(session)} == {
            ROOT.key,
            NEXT.key,
            "daily#restated-2",
        }


async def test_a_lost_answer_is_looked_for_in_the_thread(desk: Desk) -> None:
    desk.owe(ROOT, NEXT)
    desk.stands()
    desk.chat.lost.append(OutcomeUnknown("no answer"))
    assert await desk.send() == 0
    desk.clock.forward(minutes=1)
    assert await desk.send() == 1
    assert desk.chat.keys() == [NEXT.key]


async def test_many_senders_post_it_once(desk: Desk) -> None:
    desk.owe(ROOT, NEXT)
    desk.stands()
    found = await asyncio.gather(*(replace(desk.send, worker=f"w{number}")() for number in range(4)))
    assert sum(found) == 1
    assert desk.chat.keys() == [NEXT.key]
