"""A community as it reaches the listener: over a real gateway connection, from the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.surfaces.discord.app import DiscordSurface
from bot.surfaces.discord.community import PRIVATE, Community, GatewayEars
from bot.surfaces.discord.config import DiscordConfig
from storage import SessionFactory, community, connect
from storage.community import Written
from tests.bot.surfaces.discord.conftest import TOKEN, Bench, MakeBench
from tests.discord_standin.config import DANA, FORUM, GENERAL, GUILD, LEE, StandinConfig
from tests.discord_standin.config import PRIVATE as LEADS

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
AGES = (NOW - timedelta(days=9_000), NOW + timedelta(days=9_000))
Listening = Callable[..., Awaitable[tuple[DiscordSurface, Community]]]


@pytest.fixture
def sessions(sqlite_url: str) -> Iterator[SessionFactory]:
    engine = connect(sqlite_url)
    yield SessionFactory(engine)
    engine.dispose()


@pytest.fixture
async def listen(make_bench: MakeBench, sessions: SessionFactory) -> AsyncIterator[Listening]:
    """A surface on the stand-in's gateway with a listener behind it."""
    started: list[DiscordSurface] = []

    async def start(bench: Bench, **config: Any) -> tuple[DiscordSurface, Community]:
        listener = Community(sessions, DiscordConfig(TOKEN, bench.url, **config), {GUILD})
        surface = bench.another(listener=listener, **config)
        listener.ears = GatewayEars(lambda: surface._wire)
        started.append(surface)
        await surface.start()
        return surface, listener

    yield start
    for surface in started:
        await surface.stop()


async def flushed(listener: Community, sessions: SessionFactory) -> list[Written]:
    await listener.flush()
    with sessions.read() as session:
        return community.written(session, GUILD, *AGES)


async def test_a_community_on_the_gateway_is_counted(
    make_bench: MakeBench, listen: Listening, sessions: SessionFactory
) -> None:
    bench = await make_bench(start=False)
    _, listener = await listen(bench)
    first = await bench.standin.write("How do I install it?")
    reply = {"message_id": first["id"], "channel_id": GENERAL}
    await bench.standin.write("So.", user=LEE, message_reference=reply, type=19)
    await bench.standin.write("joined", type=7)
    await bench.until(lambda: listener._waiting.count == 2)
    found = await flushed(listener, sessions)
    assert {one.channel for one in found} == {GENERAL}
    assert len({one.author for one in found}) == 2
    with sessions.read() as session:
        names = community.channel_names(session, GUILD)
        rows = str(session.connection().execute(text("SELECT * FROM community_messages")).all())
    assert (names[GENERAL], names[LEADS], names[FORUM]) == ("general", PRIVATE, "ideas")
    assert "install" not in rows
    assert DANA not in rows


async def test_joins_leaves_and_questions_come_with_their_switches(
    make_bench: MakeBench, listen: Listening, sessions: SessionFactory
) -> None:
    world = StandinConfig(granted=frozenset({"members", "message_content"}))
    bench = await make_bench(start=False, world=world)
    _, listener = await listen(bench, members=True, message_content=True)
    await bench.standin.write("How do I install it?")
    await bench.standin.join("3000000000000000009")
    await bench.standin.leave("3000000000000000009")
    await bench.until(lambda: listener._waiting.count == 3)
    await listener.flush()
    with sessions.read() as session:
        assert community.moved(session, GUILD, *AGES) == (1, 1)
        asked = session.connection().execute(text("SELECT is_question FROM community_messages")).scalar_one()
    assert asked


async def test_the_ears_tell_a_resumed_connection_from_a_new_one(
    make_bench: MakeBench, listen: Listening
) -> None:
    bench = await make_bench(start=False)
    surface, listener = await listen(bench)
    assert listener.ears is not None
    before = listener.ears.hearing()
    assert before is not None
    assert before.guilds == {GUILD}
    bench.standin.gateway.admits.clear()
    await bench.standin.gateway.drop(code=4000)
    await bench.until(lambda: not surface.is_ready())
    assert listener.ears.hearing() is None
    bench.standin.gateway.admits.set()
    await bench.until(surface.is_ready)
    assert listener.ears.hearing() == before
    bench.standin.gateway.forget()
    assert surface._wire is not None
    await surface._wire.close()
    await bench.until(lambda: bench.standin.gateway.identified == 2 and surface.is_ready())
    after = listener.ears.hearing()
    assert after is not None
    assert after.session != before.session
    await surface.stop()
    assert listener.ears.hearing() is None


async def test_a_message_in_a_thread_is_known_by_its_channel(
    make_bench: MakeBench, listen: Listening, sessions: SessionFactory
) -> None:
    bench = await make_bench(start=False)
    _, listener = await listen(bench)
    root = await bench.standin.write("How do I install it?")
    thread = bench.standin.world.thread(GENERAL, root["id"], "Installing")
    told = {"guild_id": GUILD, "parent_id": GENERAL, "owner_id": DANA, "message_count": 0, "member_count": 1}
    metadata = {
        "archived": False,
        "auto_archive_duration": 60,
        "archive_timestamp": "2026-11-12T00:00:00+00:00",
    }
    await bench.standin.gateway.dispatch("THREAD_CREATE", thread | told | {"thread_metadata": metadata})
    await bench.standin.write("So.", user=LEE, channel=root["id"])
    await bench.until(lambda: listener._waiting.count == 2)
    await flushed(listener, sessions)
    with sessions.read() as session:
        found = community.answered(session, GUILD, *AGES, asked_since=AGES[0])
    assert [one.question for one in found] == [root["id"]]
