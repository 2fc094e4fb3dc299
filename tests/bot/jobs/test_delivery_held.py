"""A claim is kept for as long as its send goes on, and a send ends when its claim is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.frozen import freeze
from bot.jobs import deliver
from bot.jobs.deliver import LEASE, LONGEST_SEND, Deliver
from bot.jobs.scheduler import LEDGER_EVERY
from bot.reply import Reply, line
from bot.surfaces.base import OutcomeUnknown
from storage import SessionFactory, StorageFault, promises
from storage.promises import Promise, State
from tests.bot.jobs.scripted_chat import ScriptedChat
from tests.bot.jobs.world import NINE, Clock


@pytest.fixture
def platform(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> ScriptedChat:
    """A chat that takes its time; claims are renewed every few milliseconds."""
    monkeypatch.setattr(deliver, "RENEWALS", LEASE.total_seconds() * 200)
    chat = ScriptedChat(clock)
    chat.slow["C1"] = asyncio.Event()
    return chat


@pytest.fixture
def sender(sessions: SessionFactory, clock: Clock, platform: ScriptedChat) -> Deliver:
    payload = freeze(Reply("Good.", (line("Good."),)))
    with sessions.begin() as session:
        promises.owe(
            session, Promise("k", "daily", "1", "slack", "C1", NINE, payload, NINE + timedelta(days=1))
        )
    return Deliver(sessions, {"slack": platform}, "one", clock)


def row(sender: Deliver) -> Promise:
    with sender.sessions.read() as session:
        found = promises.find(session, "k")
    assert found is not None
    return found


async def until(holds: Callable[[], object]) -> None:
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came")


async def held_until(sender: Deliver, at: datetime) -> None:
    await until(lambda: row(sender).claimed_until == at)


async def begun(sender: Deliver, platform: ScriptedChat) -> asyncio.Task[int]:
    task = asyncio.create_task(sender())
    await until(lambda: platform.sending["C1"])
    return task


def test_a_dead_senders_work_is_taken_over_within_a_minute() -> None:
    assert timedelta(minutes=1) >= LEASE + LEDGER_EVERY
    assert LONGEST_SEND > LEASE, "a slow upload is not taken for a dead sender"


async def test_a_send_that_lasts_keeps_its_claim(
    sender: Deliver, platform: ScriptedChat, clock: Clock
) -> None:
    task = await begun(sender, platform)
    for _ in range(4):
        clock.forward(seconds=LEASE.total_seconds() / 2)
        await held_until(sender, clock() + LEASE)
    with sender.sessions.begin() as session:
        assert promises.claim(session, worker="two", now=clock(), lease=LEASE) is None
    platform.slow["C1"].set()
    assert await task == 1
    assert row(sender).state is State.DELIVERED


async def test_a_send_whose_claim_is_lost_ends_and_notes_nothing(
    sender: Deliver, platform: ScriptedChat, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    task = await begun(sender, platform)
    with sender.sessions.begin() as session:
        later = clock() + timedelta(hours=1)
        taken = promises.claim(session, worker="two", now=later, lease=LEASE)
    assert taken is not None
    assert taken.is_uncertain, "whoever takes over looks into the channel first"
    assert await asyncio.wait_for(task, 5) == 0, "it did not wait for the chat"
    assert platform.keys() == []
    found = row(sender)
    assert (found.state, found.claimed_by, found.error) == (State.CLAIMED, "two", "")
    assert "claim lost promise=k" in caplog.text


async def test_a_ledger_that_does_not_answer_is_asked_again(
    sender: Deliver, platform: ScriptedChat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, faults = promises.renew, [StorageFault("The database is busy.", "")] * 3

    def busy(*given: object, **named: object) -> bool:
        if faults:
            raise faults.pop()
        return renew(*given, **named)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(promises, "renew", busy)
    task = await begun(sender, platform)
    clock.forward(seconds=1)
    await held_until(sender, clock() + LEASE)
    assert faults == []
    platform.slow["C1"].set()
    assert await task == 1


async def test_a_ledger_that_fails_before_anybody_looked_leaves_the_post_to_be_looked_for(
    sender: Deliver, platform: ScriptedChat, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    del platform.slow["C1"]
    platform.lost = [OutcomeUnknown("The answer was lost.")]
    assert await sender() == 0
    assert platform.keys() == ["k"], "it stands there, and nobody knows"
    clock.forward(hours=1)

    def busy(*given: object, **named: object) -> bool:
        raise StorageFault("The database is busy.", "")

    # Another send to the channel is just ending, so the claim is asked after before the channel is read.
    lane = sender._lanes.setdefault(("slack", "C1"), asyncio.Lock())
    with monkeypatch.context() as inner:
        inner.setattr(promises, "renew", busy)
        async with lane:
            task = asyncio.create_task(sender())
            await until(lambda: row(sender).state is State.CLAIMED)
            await asyncio.sleep(0.02)
        assert await task == 0
    assert row(sender).is_uncertain
    clock.forward(hours=1)
    assert await sender() == 1
    assert platform.keys() == ["k"]
