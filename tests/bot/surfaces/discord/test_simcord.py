"""The same surface against simcord, an independent model of Discord: what it refuses, Discord refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import simcord

from bot.commands import COMMANDS
from bot.commands.complete import Suggestion
from bot.reply import Action, Actions, Drawing, Reply, line
from bot.surfaces.base import Invocation
from bot.surfaces.discord.app import DiscordConfig, DiscordSurface, Offer
from tests.bot.surfaces.samples import CASES, CHART, STANDING


@dataclass
class Scene:
    """A server with one channel and one person in it."""

    surface: DiscordSurface
    asked: list[Invocation] = field(default_factory=list)
    answer: Callable[[Invocation], Reply] = lambda _: STANDING
    env: Any = None
    channel: Any = None
    alice: Any = None

    async def slash(self, text: str) -> Any:
        return await self.alice.slash(self.channel, "kpi", question=text)


@asynccontextmanager
async def staged() -> AsyncIterator[Scene]:
    """A scene for a block's length. No fixture: simcord's clock is bound to the test's own context."""

    async def draw(drawing: Drawing) -> bytes:
        return drawing.png()

    def ask(invocation: Invocation) -> Reply:
        scene.asked.append(invocation)
        return scene.answer(invocation)

    offer = Offer(COMMANDS, lambda _: (Suggestion("stars", "GitHub"),))
    scene = Scene(DiscordSurface(DiscordConfig("token"), ask=ask, draw=draw, offer=offer))
    async with simcord.run(scene.surface.wired()) as scene.env:
        guild = scene.env.create_guild()
        scene.channel = guild.create_text_channel("general")
        scene.alice = guild.add_member(scene.env.create_user("alice"))
        yield scene


async def test_a_look_up_is_ephemeral_and_answered_once() -> None:
    async with staged() as scene:
        result = await scene.slash("stars")
        assert result.acknowledged
        assert result.ephemeral
        assert result.response.content.startswith("**GitHub Stars 1,234")
        assert result.response.attachments[0].description == CHART.alt
        assert result.followups == []
        assert [one.text for one in scene.asked] == ["stars"]


@pytest.mark.parametrize("name", CASES)
async def test_every_sample_is_taken(name: str) -> None:
    async with staged() as scene:
        scene.answer = lambda _: CASES[name]
        result = await scene.slash(name)
        assert result.response.content


async def test_suggestions_arrive() -> None:
    async with staged() as scene:
        found = await scene.alice.autocomplete(scene.channel, "kpi", "question", "st")
        assert found == [{"name": "stars · GitHub", "value": "stars"}]


async def test_a_button_works_after_a_restart() -> None:
    async with staged() as scene:
        result = await scene.slash("stars")
        await scene.env.restart_bot(scene.surface.wired())
        later = await scene.alice.click(result.response, label="Why")
        assert later.ephemeral
        assert [one.text for one in scene.asked] == ["stars", "why stars"]


async def test_share_is_for_all() -> None:
    async with staged() as scene:
        result = await scene.slash("stars")
        shared = await scene.alice.click(result.response, label="Share")
        assert not shared.ephemeral
        assert scene.asked[-1].in_channel


async def test_a_form_is_opened_and_filled_in() -> None:
    async with staged() as scene:
        form = Action("Record", "hektor/a.b", form="record")
        scene.answer = lambda _: Reply("Form.", (line("Form."), Actions((form,))))
        result = await scene.slash("stars")
        shown = await scene.alice.click(result.response, label="Record")
        values = {"kpi": "hektor/a.b", "value": "52", "note": "survey"}
        await scene.alice.submit_modal(shown, values)
        assert scene.asked[-1].text == "record hektor/a.b 52 survey"


@pytest.mark.parametrize("code", [10062, 40060])
async def test_answered_elsewhere_it_stands_down(code: int) -> None:
    async with staged() as scene:
        scene.env.inject_error("POST", "/interactions/*/callback", status=400, code=code)
        await scene.slash("stars")
        assert scene.asked == []
