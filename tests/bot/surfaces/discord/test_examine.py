"""What the doctor says of Discord, from a real connection to the stand-in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.findings import Finding, Health
from bot.surfaces.discord.app import DiscordConfig
from bot.surfaces.discord.examine import examine
from tests.bot.surfaces.discord.conftest import TIMING, TOKEN, Bench
from tests.discord_standin.config import DANA, FORUM, GENERAL, HIDDEN, MUTE, PRIVATE, READ_ONLY


async def found(bench: Bench, *channels: str, **changes: object) -> dict[str, Finding]:
    config = DiscordConfig(token=TOKEN, api_url=bench.url, timing=TIMING)
    return {one.subject: one for one in await examine(replace(config, **changes), channels)}


async def test_a_sound_set_up_is_fine(bench: Bench) -> None:
    said = await found(bench, PRIVATE, f"@{DANA}")
    assert {one.health for one in said.values()} == {Health.FINE}
    assert "may post in #leads" in said[f"discord:{PRIVATE}"].said
    assert "dana" in said[f"discord:@{DANA}"].said


async def test_an_open_channel_is_a_notice(bench: Bench) -> None:
    said = (await found(bench, GENERAL))[f"discord:{GENERAL}"]
    assert said.health is Health.NOTICE
    assert "nothing restricted" in said.said


@pytest.mark.parametrize(
    ("channel", "fix"),
    [
        (READ_ONLY, "Send Messages"),
        (HIDDEN, "View Channel"),
        (MUTE, "Create Public Threads"),
        (FORUM, "text channel"),
        ("123456789", "Check the id"),
    ],
)
async def test_what_keeps_a_post_away_is_named_with_its_switch(bench: Bench, channel: str, fix: str) -> None:
    said = (await found(bench, channel))[f"discord:{channel}"]
    assert said.health is Health.WRONG
    assert fix in said.fix


async def test_a_wrong_token_is_named(bench: Bench) -> None:
    said = (await found(bench, token="other"))["discord"]
    assert said.health is Health.WRONG
    assert "refuses DISCORD_TOKEN" in said.said


async def test_an_intent_that_is_off_is_named(bench: Bench) -> None:
    said = (await found(bench, members=True))["discord"]
    assert said.health is Health.WRONG
    assert "Server Members Intent" in said.said


async def test_a_server_the_bot_is_not_on_is_named(bench: Bench) -> None:
    assert (await found(bench, guild="7000000000000000999"))["discord"].health is Health.WRONG
