"""Starting, staying connected, and stopping."""

from __future__ import annotations

import ast
import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands import COMMANDS
from bot.errors import UserError
from bot.surfaces.base import Surface
from bot.surfaces.discord.commands import payload
from bot.surfaces.discord.config import DiscordConfig
from tests.bot.surfaces.discord.conftest import TIMING, TOKEN, Bench, MakeBench
from tests.discord_standin.config import GENERAL, GUILD, HIDDEN, PRIVATE, StandinConfig
from tests.discord_standin.faults import dropped, refused, server_error

PACKAGE = Path(__file__).parents[4] / "bot" / "surfaces" / "discord"


async def test_it_is_a_surface(bench: Bench) -> None:
    surface: Surface = bench.surface
    assert surface.name == "discord"
    assert surface.is_ready()


async def test_the_commands_are_told_once(bench: Bench) -> None:
    assert len(bench.standin.commands()) == len(payload(COMMANDS))
    assert bench.standin.world.tellings == 1
    again = bench.another()
    await again.start()
    await again.stop()
    assert bench.standin.world.tellings == 1


async def test_with_a_server_named_the_commands_stand_there_alone(bench: Bench) -> None:
    await bench.surface.stop()
    there = bench.another(guild=GUILD)
    await there.start()
    await there.stop()
    assert len(bench.standin.commands(GUILD)) == len(payload(COMMANDS))
    assert bench.standin.commands() == []


async def test_a_bot_that_only_posts_tells_no_commands_and_opens_no_gateway(make_bench: MakeBench) -> None:
    bench = await make_bench(listens=False)
    assert bench.surface.is_ready()
    assert bench.standin.commands() == []
    assert bench.standin.gateway.identified == 0


@pytest.mark.parametrize(
    ("config", "said", "hint"),
    [
        ({"token": " "}, "DISCORD_TOKEN is empty", "Developer Portal"),
        ({"token": "wrong"}, "refuses DISCORD_TOKEN", "Reset it"),
        ({"api_url": "discord.example"}, "DISCORD_API_URL", "https://discord.com"),
        ({"api_url": "http://127.0.0.1:9/api/v10"}, "cannot be reached", "DISCORD_API_URL"),
        ({"guild": "123456"}, "commands", "applications.commands"),
    ],
)
async def test_what_cannot_work_is_named_at_the_start(
    make_bench: MakeBench, config: dict[str, str], said: str, hint: str
) -> None:
    bench = await make_bench(start=False, **config)
    with pytest.raises(UserError, match=said) as refusal:
        await bench.surface.start()
    assert hint in refusal.value.hint
    assert not bench.surface.is_ready()


class Listener:
    """Hears everything and keeps it."""

    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []

    async def on_message(self, **told: object) -> None:
        self.heard.append(told)

    async def on_join(self, **told: object) -> None:
        self.heard.append({"joined": told["member"]})

    async def on_leave(self, **told: object) -> None:
        self.heard.append({"left": told["member"]})


@pytest.mark.parametrize(
    ("setting", "switch"),
    [("members", "Server Members Intent"), ("message_content", "Message Content Intent")],
)
async def test_an_intent_that_is_not_granted_names_its_switch(
    make_bench: MakeBench, setting: str, switch: str
) -> None:
    bench = await make_bench(start=False)
    surface = bench.another(listener=Listener(), **{setting: True})
    with pytest.raises(UserError, match=switch) as refusal:
        await surface.start()
    assert f"discord: {{{setting}: false}}" in refusal.value.hint
    assert bench.standin.gateway.identified == 0


async def test_nothing_privileged_is_asked_for_unasked(bench: Bench) -> None:
    (session,) = bench.standin.gateway.sessions.values()
    assert session.intents == 1  # servers alone


async def test_the_community_is_heard_without_its_words(bench: Bench) -> None:
    listener = Listener()
    surface = bench.another(listener=listener)
    await surface.start()
    first = await bench.standin.write("How do I install it?")
    await bench.standin.write(
        "So.", message_reference={"message_id": first["id"], "channel_id": GENERAL}, type=19
    )
    await bench.standin.write("joined", type=7)
    await bench.until(lambda: len(listener.heard) == 2)
    await surface.stop()
    assert [one["is_question"] for one in listener.heard] == [None, None]
    assert [one["answers"] for one in listener.heard] == [None, first["id"]]
    assert listener.heard[0]["guild"] == GUILD


async def test_with_the_switches_on_questions_joins_and_leaves_are_heard(make_bench: MakeBench) -> None:
    world = StandinConfig(granted=frozenset({"members", "message_content"}))
    bench = await make_bench(start=False, world=world)
    listener = Listener()
    surface = bench.another(listener=listener, members=True, message_content=True)
    await surface.start()
    await bench.standin.write("How do I install it?")
    await bench.standin.join("3000000000000000009")
    await bench.standin.leave("3000000000000000009")
    await bench.until(lambda: len(listener.heard) == 3)
    await surface.stop()
    assert listener.heard[0]["is_question"] is True
    assert listener.heard[1:] == [{"joined": "3000000000000000009"}, {"left": "3000000000000000009"}]


async def test_a_dropped_socket_is_noticed_and_resumed(bench: Bench) -> None:
    bench.standin.gateway.admits.clear()
    await bench.standin.gateway.drop(code=4000)
    await bench.until(lambda: not bench.surface.is_ready())
    bench.standin.gateway.admits.set()
    await bench.until(bench.surface.is_ready)
    assert bench.standin.gateway.resumed == 1
    assert await bench.standin.answered(await bench.standin.slash("stars"))


async def test_what_was_asked_while_it_was_away_is_answered(bench: Bench) -> None:
    await bench.standin.gateway.drop(code=4000)
    outcome = asyncio.create_task(bench.standin.slash("stars"))
    assert await bench.standin.answered(await outcome)


@pytest.mark.parametrize("code", [4004, 4014])
async def test_a_connection_that_is_refused_for_good_is_not_tried_again(bench: Bench, code: int) -> None:
    bench.standin.gateway.closing_code = code
    sessions = list(bench.standin.gateway.sessions.values())
    bench.standin.gateway.sessions.clear()
    for session in sessions:
        assert session.socket is not None
        await session.socket.close(code=code)
    await bench.until(lambda: bench.surface.trouble)
    assert not bench.surface.is_ready()
    identified = bench.standin.gateway.identified
    await asyncio.sleep(0.1)
    assert bench.standin.gateway.identified == identified


async def test_a_client_that_ended_unexpectedly_is_built_anew(bench: Bench) -> None:
    wire = bench.surface._wire
    assert wire is not None
    await wire.close()
    await bench.until(lambda: bench.standin.gateway.identified == 2 and bench.surface.is_ready())
    assert await bench.standin.answered(await bench.standin.slash("stars"))


async def test_it_stops_in_less_than_a_second(bench: Bench) -> None:
    began = time.perf_counter()
    await bench.surface.stop()
    assert time.perf_counter() - began < 1.0
    assert not bench.surface.is_ready()
    await bench.surface.stop()


async def test_an_answer_under_way_is_finished_before_it_stops(bench: Bench) -> None:
    from tests.bot.surfaces.samples import STANDING

    bench.answer = lambda _: time.sleep(0.1) or STANDING  # type: ignore[func-returns-value]
    outcome = await bench.standin.slash("stars")
    await bench.surface.stop()
    assert outcome.is_answered()


@pytest.mark.parametrize("fault", [dropped(), server_error(), refused(503, 0)])
async def test_a_login_that_fails_is_named(make_bench: MakeBench, fault: object) -> None:
    bench = await make_bench(start=False, timing=replace(TIMING, check=0.2))
    bench.standin.inject("me", fault, times=5)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="cannot be reached"):
        await bench.surface.start()


@pytest.mark.parametrize("listens", [True, False])
async def test_who_can_read_a_place_is_known_from_the_gateway_and_by_asking(
    make_bench: MakeBench, listens: bool
) -> None:
    bench = await make_bench(listens=listens)
    assert await bench.surface.is_shared("5000000000000000001") is True
    assert await bench.surface.is_shared(PRIVATE) is False
    assert await bench.surface.is_shared("@3000000000000000001") is False
    assert await bench.surface.is_shared("123456") is None
    if not listens:
        assert await bench.surface.is_shared(HIDDEN) is None


def test_without_a_token_the_library_is_not_loaded() -> None:
    loading = {path.stem for path in PACKAGE.glob("*.py") if any(_imports("discord", path))}
    pure = {path.stem for path in PACKAGE.glob("*.py")} - loading - {"community"}
    assert {"render", "commands", "config", "modals", "marks", "inbound", "buttons"} <= pure
    for name in pure:
        found = set(_imports("bot.surfaces.discord", PACKAGE / f"{name}.py"))
        assert found.isdisjoint({f"bot.surfaces.discord.{one}" for one in loading}), name


def _imports(package: str, path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name for name in names if name == package or name.startswith(f"{package}."))


def test_the_official_address_is_the_default() -> None:
    assert DiscordConfig(TOKEN).is_official
