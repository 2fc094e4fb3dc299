"""The pace of posting, on a clock that goes by sleeping only."""

from __future__ import annotations

import asyncio

import pytest

from bot.reply import Reply
from bot.surfaces.base import Post
from bot.surfaces.slack.pacing import BURST, PACE_SECONDS, Pacing
from tests.bot.surfaces.slack.conftest import CHANNEL, MakeBench
from tests.bot.surfaces.slack.sending import sending


class Clock:
    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.at += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pacing(clock: Clock) -> Pacing:
    return Pacing(clock.now, clock.sleep)


async def test_a_burst_goes_out_at_once_and_then_one_at_a_time(clock: Clock, pacing: Pacing) -> None:
    for _ in range(BURST + 3):
        await pacing.turn("C1")
    assert clock.slept == [PACE_SECONDS] * 3


async def test_channels_do_not_wait_for_each_other(clock: Clock, pacing: Pacing) -> None:
    for number in range(50):
        await pacing.turn(f"C{number}")
    assert clock.slept == []


async def test_a_quiet_while_gives_the_burst_back(clock: Clock, pacing: Pacing) -> None:
    for _ in range(BURST):
        await pacing.turn("C1")
    clock.at += 2 * PACE_SECONDS
    for _ in range(3):
        await pacing.turn("C1")
    assert clock.slept == [PACE_SECONDS]
    clock.at += 3_600
    for _ in range(BURST):
        await pacing.turn("C1")
    assert clock.slept == [PACE_SECONDS]


async def test_whoever_comes_later_waits_longer() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(round(seconds, 6))
        await asyncio.sleep(0)

    pacing = Pacing(lambda: 7.0, sleep)
    await asyncio.gather(*(pacing.turn("C1") for _ in range(BURST + 3)))
    assert waited == [round(PACE_SECONDS * number, 6) for number in (1, 2, 3)]


async def test_channels_long_silent_are_forgotten(clock: Clock, pacing: Pacing) -> None:
    for number in range(5_000):
        await pacing.turn(f"C{number}")
        clock.at += 1
    assert len(pacing._spent) <= 1_001


async def test_posts_threads_and_edits_share_one_pace(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        thread = tuple(Reply(f"Part {number}.") for number in range(2))
        post = Post("paced", CHANNEL, Reply("Root.", thread=thread))
        receipt = await desk.sender.send(post)
        await desk.sender.edit(receipt, post)
        assert desk.bench.slept == [pytest.approx(PACE_SECONDS)]
        await desk.sender.post(CHANNEL, {"text": "x", "blocks": [{"type": "divider"}]})
        assert desk.bench.slept == [pytest.approx(PACE_SECONDS)] * 2
