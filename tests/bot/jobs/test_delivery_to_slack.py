"""The ledger with the real Slack surface, on the stand-in over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from bot.jobs.deliver import Deliver
from bot.playground.config import Channel, Limits, PlaygroundConfig
from bot.playground.faults import Fault, dropped, rate_limited, refused
from bot.playground.standin import Standin, create_app
from bot.reply import Drawing
from bot.surfaces.base import Invocation
from bot.surfaces.slack.app import SlackSurface
from bot.surfaces.slack.config import SlackConfig
from storage import SessionFactory
from storage.promises import State
from tests.bot.jobs.world import CHANNEL, Chat, Clock, Ledger, keep_stars, small_workspace
from tests.bot.playground.serving import SECRET, TOKEN, address, listen, served


@dataclass
class Slack:
    """The stand-in, and senders on one ledger that each have a connection of their own."""

    standin: Standin
    ledger: Ledger
    senders: list[Deliver]

    def roots(self) -> list[str]:
        """The keys of the posts that stand in the channel, thread replies left out."""
        return [
            one["metadata"]["event_payload"]["key"]
            for one in self.standin.messages(CHANNEL)
            if one.get("thread_ts") in (None, one["ts"])
        ]

    def states(self) -> list[State]:
        return [one.state for one in self.ledger.all()]


@pytest.fixture
async def slack(sessions: SessionFactory) -> AsyncIterator[Slack]:
    taken = listen()
    clock = Clock()
    config = PlaygroundConfig(
        events_url="http://127.0.0.1:9/slack/events",
        signing_secret=SECRET,
        bot_token=TOKEN,
        base_url=address(taken),
        channels=(Channel(CHANNEL, "daily"),),
        limits=Limits(posts_per_second=1_000.0),
        now=lambda: clock().timestamp(),
    )
    app = create_app(config)
    standin: Standin = app.state.standin
    ledger = Ledger(sessions, clock, small_workspace(), Chat(clock))
    keep_stars(sessions, clock())
    ledger.known_since(hours=1)
    ledger.publish()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(app, taken, standin.close))
        surfaces = [surface(address(taken)) for _ in range(2)]
        for one in surfaces:
            stack.push_async_callback(one.stop)
        senders = [
            Deliver(sessions, {"slack": one}, f"worker{number}", clock) for number, one in enumerate(surfaces)
        ]
        yield Slack(standin, ledger, senders)


def surface(url: str) -> SlackSurface:
    async def draw(_drawing: Drawing) -> bytes:
        raise RuntimeError("no pictures here")

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    def ask(_invocation: Invocation) -> None:
        raise AssertionError("nobody asks")

    config = SlackConfig(bot_token=TOKEN, signing_secret=SECRET, api_url=f"{url}/api/")
    return SlackSurface(config, ask=ask, draw=draw, sleep=sleep)  # type: ignore[arg-type]


async def test_two_processes_in_the_same_minute_post_once(slack: Slack) -> None:
    found = await asyncio.gather(*(sender() for sender in slack.senders))
    assert sum(found) == 1
    assert slack.roots() == ["daily/slack:C0DAILY/2026-11-24"]
    assert slack.states() == [State.DELIVERED]


@pytest.mark.parametrize("is_taken", [True, False])
async def test_a_dropped_answer_costs_neither_the_post_nor_a_second_one(slack: Slack, is_taken: bool) -> None:
    slack.standin.inject("chat.postMessage", dropped(is_taken=is_taken))
    first, second = slack.senders
    assert await first() == 0
    assert slack.states() == [State.UNKNOWN]
    slack.ledger.clock.forward(minutes=1)
    assert await second() == 1
    assert len(slack.roots()) == 1
    assert slack.states() == [State.DELIVERED]


async def test_a_rate_limit_while_looking_back_does_not_lead_to_a_second_post(slack: Slack) -> None:
    slack.standin.inject("chat.postMessage", dropped())
    for fault in (rate_limited(30), refused("missing_scope")):
        slack.standin.inject("conversations.history", fault, 5)
    for _ in range(15):
        await slack.senders[0]()
        slack.ledger.clock.forward(minutes=16)
    assert len(slack.roots()) == 1
    assert slack.states() == [State.DELIVERED]


@pytest.mark.parametrize(
    ("fault", "state"),
    [(rate_limited(60), State.OWED), (refused("is_archived"), State.FAILED)],
)
async def test_a_refusal_is_kept_with_slacks_word(slack: Slack, fault: Fault, state: State) -> None:
    slack.standin.inject("chat.postMessage", fault, 10)
    await slack.senders[0]()
    [promise] = slack.ledger.all()
    assert promise.state is state
    assert fault.error in promise.error
    assert slack.roots() == []
