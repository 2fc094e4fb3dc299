"""Many posts on their way at once: never two to one channel, none behind a slow one, none lost by a stop."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.frozen import freeze
from bot.jobs import deliver
from bot.jobs.deliver import LEASE, SENDERS, Deliver
from bot.reply import Reply, line
from bot.surfaces.base import OutcomeUnknown, Post
from storage import Session, SessionFactory, StorageFault, promises
from storage.promises import Promise, State
from tests.bot.jobs.scripted_chat import ScriptedChat
from tests.bot.jobs.world import NINE, Clock


@pytest.fixture
def platform(clock: Clock) -> ScriptedChat:
    return ScriptedChat(clock)


@pytest.fixture
def sender(sessions: SessionFactory, clock: Clock, platform: ScriptedChat) -> Deliver:
    return Deliver(sessions, {"slack": platform}, "one", clock)


def promise(key: str, channel: str, **other: object) -> Promise:
    payload = freeze(Reply(f"The {key}.", (line(f"The {key}."),)))
    made = Promise(key, "daily", "2026-11-24", "slack", channel, NINE, payload, NINE + timedelta(days=1))
    return replace(made, **other)  # type: ignore[arg-type]  # fields by name


def owe(sessions: SessionFactory, *some: Promise) -> None:
    with sessions.begin() as session:
        for one in some:
            promises.owe(session, one)


def states(sessions: SessionFactory) -> dict[str, State]:
    with sessions.read() as session:
        return {one.key: one.state for one in promises.listing(session)}


@asynccontextmanager
async def under_way(sender: Deliver) -> AsyncIterator[asyncio.Task[int]]:
    """A call of `sender` that the test ends by letting go of what it waits for."""
    task = asyncio.create_task(sender())
    yield task
    await asyncio.wait_for(task, 10)


async def until(holds: Callable[[], object]) -> None:
    """Wait for what other tasks and threads bring about."""
    for _ in range(2_000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came")


async def test_a_slow_channel_holds_up_no_other(sender: Deliver, platform: ScriptedChat) -> None:
    owe(sender.sessions, promise("slow", "C0SLOW"), *(promise(f"k{n}", f"C{n}") for n in range(20)))
    platform.slow["C0SLOW"] = asyncio.Event()
    async with under_way(sender) as task:
        await until(lambda: len(platform.posts) == 20)
        assert not task.done()
        platform.slow["C0SLOW"].set()
    assert task.result() == 21
    assert set(states(sender.sessions).values()) == {State.DELIVERED}


async def test_what_becomes_due_while_one_is_slow_is_sent(
    sender: Deliver, platform: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "LOOK_AGAIN_SECONDS", 0.01)
    owe(sender.sessions, promise("slow", "C0SLOW"))
    platform.slow["C0SLOW"] = asyncio.Event()
    async with under_way(sender) as task:
        await until(lambda: platform.sending["C0SLOW"])
        owe(sender.sessions, promise("later", "C1"))
        await until(lambda: platform.keys() == ["later"])
        platform.slow["C0SLOW"].set()
    assert task.result() == 2


async def test_one_channel_gets_its_posts_one_after_the_other_and_in_order(
    sender: Deliver, platform: ScriptedChat
) -> None:
    due = [promise(f"k{n}", "C1", due=NINE - timedelta(minutes=10 - n)) for n in range(6)]
    owe(sender.sessions, *due)
    other = replace(sender, worker="two")
    found = await asyncio.gather(sender(), other(), sender())
    assert sum(found) == 6
    assert platform.most_at_once == {"C1": 1}
    assert platform.keys() == [one.key for one in due]


async def test_no_more_are_on_their_way_than_there_are_senders(
    sender: Deliver, platform: ScriptedChat
) -> None:
    platform.slow = {f"C{n}": asyncio.Event() for n in range(SENDERS + 4)}
    owe(sender.sessions, *(promise(f"k{n}", channel) for n, channel in enumerate(platform.slow)))
    async with under_way(sender):
        await until(lambda: platform.sending.total() == SENDERS)
        assert Counter(states(sender.sessions).values()) == {State.CLAIMED: SENDERS, State.OWED: 4}
        for event in platform.slow.values():
            event.set()
    assert len(platform.posts) == SENDERS + 4


async def test_a_stop_marks_all_that_is_on_its_way_at_once(sender: Deliver, platform: ScriptedChat) -> None:
    platform.slow = {f"C{n}": asyncio.Event() for n in range(3)}
    owe(sender.sessions, *(promise(f"k{n}", f"C{n}") for n in range(3)), promise("k", "C9"))
    task = asyncio.create_task(sender())
    await until(lambda: platform.sending.total() == 3 and states(sender.sessions)["k"] is State.DELIVERED)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: State.CLAIMED not in states(sender.sessions).values())
    assert states(sender.sessions) == dict.fromkeys(("k0", "k1", "k2"), State.UNKNOWN) | {
        "k": State.DELIVERED
    }
    platform.slow.clear()
    assert await replace(sender, worker="next")() == 3
    assert sorted(platform.keys()) == ["k", "k0", "k1", "k2"]


async def test_a_stop_during_the_claim_gives_it_back(
    sender: Deliver, platform: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(sender.sessions, promise("k", "C1"))
    claim, claimed = promises.claim, asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(session: Session, **terms: object) -> Promise | None:
        found = claim(session, **terms)  # type: ignore[arg-type]  # as they were given
        loop.call_soon_threadsafe(claimed.set)
        return found

    monkeypatch.setattr(promises, "claim", slowly)
    task = asyncio.create_task(sender())
    await claimed.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert states(sender.sessions)["k"] in (State.OWED, State.UNKNOWN)
    assert await replace(sender, worker="next")() == 1
    assert platform.keys() == ["k"]


async def test_a_claim_lost_while_pictures_were_made_sends_nothing(
    sender: Deliver, platform: ScriptedChat, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    owe(sender.sessions, promise("k", "C1"))
    platform.slow["C1"] = asyncio.Event()
    async with under_way(replace(sender, senders=1)) as task:  # it has no other that could begin it anew
        await until(lambda: platform.sending["C1"])
        clock.forward(seconds=LEASE.total_seconds())
        second = ScriptedChat(clock)
        assert await replace(sender, surfaces={"slack": second}, worker="two")() == 1
        platform.slow["C1"].set()
    assert task.result() == 0
    assert (platform.keys(), second.keys()) == ([], ["k"])
    assert states(sender.sessions) == {"k": State.DELIVERED}
    assert "claim lost promise=k" in caplog.text


async def test_a_claim_that_ran_out_lets_no_second_sender_of_this_process_in(
    sender: Deliver, platform: ScriptedChat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "LOOK_AGAIN_SECONDS", 0.01)
    owe(sender.sessions, promise("k", "C1"))
    platform.slow["C1"] = asyncio.Event()
    async with under_way(sender):
        await until(lambda: platform.sending["C1"])
        clock.forward(seconds=LEASE.total_seconds())
        await until(lambda: _attempts(sender.sessions, "k") == 2)
        platform.slow["C1"].set()
    assert platform.most_at_once == {"C1": 1}
    assert platform.keys() == ["k"]
    assert states(sender.sessions) == {"k": State.DELIVERED}


def _attempts(sessions: SessionFactory, key: str) -> int:
    with sessions.read() as session:
        found = promises.find(session, key)
        return found.attempts if found else 0


async def test_the_claim_lasts_from_the_last_moment_before_sending(
    sender: Deliver, platform: ScriptedChat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(sender.sessions, promise("k", "C1"))
    held: list[datetime | None] = []
    take = platform._take

    async def drawn(post: Post) -> object:
        clock.forward(minutes=3)
        try:
            return await take(post)
        finally:
            with sender.sessions.read() as session:
                found = promises.find(session, "k")
                held.append(found.claimed_until if found else None)

    monkeypatch.setattr(platform, "_take", drawn)
    assert await replace(sender, senders=1)() == 1  # another would begin anew what ran out while drawing
    assert held == [NINE + timedelta(minutes=3) + LEASE]


async def test_the_databases_clock_decides_what_is_due(
    sender: Deliver, platform: ScriptedChat, clock: Clock
) -> None:
    owe(sender.sessions, promise("k", "C1"))
    ours = Clock(NINE - timedelta(hours=1))
    wrong = replace(sender, now=ours, clock=lambda _session: clock())
    assert await wrong() == 1, "our own clock says that it is an hour early"
    owe(sender.sessions, promise("k2", "C1"))
    clock.forward(hours=-1)
    ours.forward(hours=9)
    assert await wrong() == 0


async def test_only_what_a_connected_surface_can_take_is_claimed(
    sender: Deliver, platform: ScriptedChat
) -> None:
    owe(sender.sessions, promise("k", "C1"), promise("d", "7", surface="discord"))
    assert await sender() == 1
    assert states(sender.sessions) == {"k": State.DELIVERED, "d": State.OWED}
    assert await replace(sender, surfaces={"discord": platform})() == 1


@pytest.mark.parametrize("is_uncertain", [False, True])
async def test_without_a_message_id_nothing_counts_as_delivered(
    sender: Deliver, platform: ScriptedChat, clock: Clock, is_uncertain: bool
) -> None:
    owe(sender.sessions, promise("k", "C1"))
    if is_uncertain:
        platform.lost.append(OutcomeUnknown("no answer"))
        await sender()
        clock.forward(minutes=1)
    platform.ids = lambda _number: ""
    assert await sender() == 0
    assert states(sender.sessions) == {"k": State.UNKNOWN}
    platform.ids = "ts{}".format
    clock.forward(minutes=1)
    assert await sender() == 1
    assert platform.keys() == ["k"]


async def test_a_post_that_stands_twice_is_an_error_and_is_counted(
    sender: Deliver, platform: ScriptedChat, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    owe(sender.sessions, promise("k", "C1"))
    platform.lost.append(OutcomeUnknown("no answer"))
    await sender()
    platform.posts *= 2
    clock.forward(minutes=1)
    assert await sender() == 1
    assert [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR] == [
        "doubled promise=k copies=2 channel=C1"
    ]
    with sender.sessions.read() as session:
        assert promises.summary(session, NINE, late_after=timedelta(minutes=15)).twice == 1


async def test_a_database_that_fails_ends_the_turn_and_loses_nothing(
    sender: Deliver, platform: ScriptedChat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(sender.sessions, *(promise(f"k{n}", f"C{n}") for n in range(5)))
    broken = iter([True, False, True, False])
    store = promises.delivered

    def delivered(session: Session, key: str, receipt: promises.Receipt) -> bool:
        if next(broken, False):
            raise StorageFault("The disk is full.", "Make room.")
        return store(session, key, receipt)

    with monkeypatch.context() as patch:
        patch.setattr(promises, "delivered", delivered)
        with pytest.raises(StorageFault):
            await sender()
    clock.forward(seconds=LEASE.total_seconds())
    await sender()
    assert set(states(sender.sessions).values()) == {State.DELIVERED}
    assert _once(platform.keys()) == [f"k{n}" for n in range(5)]


async def test_a_ledger_that_cannot_be_asked_before_sending_sends_nothing(
    sender: Deliver, platform: ScriptedChat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(sender.sessions, promise("k", "C1"))

    def renew(*_given: object, **_terms: object) -> bool:
        raise StorageFault("The database is locked.", "Look who holds it.")

    with monkeypatch.context() as patch:
        patch.setattr(promises, "renew", renew)
        assert await sender() == 0
    assert platform.posts == []
    assert states(sender.sessions) == {"k": State.OWED}
    clock.forward(minutes=1)
    assert await sender() == 1


def _once(keys: Iterable[str]) -> list[str]:
    """The keys in order; none may be there twice."""
    found = sorted(keys)
    assert len(found) == len(set(found))
    return found
