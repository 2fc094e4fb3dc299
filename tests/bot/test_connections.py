"""Several platforms in one bot: one that cannot be had silences no other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.connections import Connections
from bot.errors import UserError
from bot.exposition import Contact
from bot.surfaces.base import Post
from storage.promises import Receipt

REFUSED = UserError("Slack refuses SLACK_BOT_TOKEN: token_revoked.", "Reinstall the app.")


class Platform:
    """A surface whose start meets these faults, one after the other."""

    last_heard: datetime | None = None

    def __init__(self, name: str, *faults: Exception) -> None:
        self.name, self.faults = name, list(faults)
        self.starts, self.is_open = 0, False

    async def start(self) -> None:
        self.starts += 1
        if self.faults:
            raise self.faults.pop(0)
        self.is_open = True

    async def stop(self) -> None:
        self.is_open = False

    def is_ready(self) -> bool:
        return self.is_open

    async def send(self, post: Post) -> Receipt:
        raise NotImplementedError

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        raise NotImplementedError

    async def pin(self, receipt: Receipt) -> str:
        raise NotImplementedError

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        raise NotImplementedError

    async def is_shared(self, channel: str) -> bool | None:
        raise NotImplementedError


class Stating(Platform):
    """One that has its state in figures, as Slack has."""

    def state(self) -> dict[str, str]:
        return {"summary": "Slack has revoked the bot token."}


class Troubled(Platform):
    """One that says what is wrong once it has given up, as Discord does."""

    trouble = "Discord refuses DISCORD_TOKEN."


async def until_open(platform: Platform) -> None:
    async with asyncio.timeout(5):
        while not platform.is_open:  # noqa: ASYNC110 - another task opens it
            await asyncio.sleep(0.001)


async def test_what_cannot_be_had_is_said_and_tried_again_while_the_other_goes_on() -> None:
    slack, discord = Platform("slack", REFUSED, REFUSED), Platform("discord")
    connections = Connections({"slack": slack, "discord": discord}, retry_seconds=0.001)
    await connections.open()
    assert discord.is_open
    assert connections.problems() == [f"slack is not connected: {REFUSED.message} {REFUSED.hint}"]
    await until_open(slack)
    assert connections.problems() == []
    assert slack.starts == 3
    await connections.close()
    assert not discord.is_open


async def test_a_retry_that_breaks_is_followed_by_another() -> None:
    slack, discord = Platform("slack", REFUSED, OSError("odd")), Platform("discord")
    connections = Connections({"slack": slack, "discord": discord}, retry_seconds=0.001)
    await connections.open()
    await until_open(slack)
    await connections.close()


async def test_where_nothing_can_be_had_the_start_is_refused() -> None:
    connections = Connections({"slack": Platform("slack", REFUSED)})
    with pytest.raises(UserError, match="token_revoked"):
        await connections.open()
    await connections.close()


async def test_a_connection_that_is_lost_later_is_a_problem() -> None:
    slack = Platform("slack")
    connections = Connections({"slack": slack})
    await connections.open()
    slack.is_open = False
    assert connections.problems() == ["slack is not connected"]
    await connections.close()


async def test_each_surface_has_its_own_state_and_says_why_it_is_down() -> None:
    slack, discord = Stating("slack"), Troubled("discord")
    slack.last_heard = datetime(2026, 11, 23, 9, tzinfo=UTC)
    connections = Connections({"slack": slack, "discord": discord})
    await connections.open()
    assert connections.contacts() == {
        "slack": Contact(is_ready=True, last_heard=slack.last_heard),
        "discord": Contact(is_ready=True, last_heard=None),
    }
    slack.is_open = discord.is_open = False
    assert not any(one.is_ready for one in connections.contacts().values())
    assert connections.problems() == [
        "slack is not connected: Slack has revoked the bot token.",
        "discord is not connected: Discord refuses DISCORD_TOKEN.",
    ]
    await connections.close()
