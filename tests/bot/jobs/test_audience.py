"""What the bot posts by itself holds only what everyone in the channel may see."""

from __future__ import annotations

from dataclasses import replace

from bot.jobs.publish import Publish
from bot.timeline import Timeline
from bot.workspace import Restriction
from storage import SessionFactory
from tests.bot.jobs.world import DAILY, Chat, Clock, Ledger, keep_stars, small_workspace


def ledger(sessions: SessionFactory, *channels: str, shared: tuple[str, ...] = ()) -> Ledger:
    """A ledger whose stars are for these channels only."""
    clock = Clock()
    used = small_workspace()
    path = used.kpis[0].path
    rule = Restriction(kpis=frozenset({path}), channels=channels or ("slack:C0NOBODY",))
    chat = Chat(clock, shared=set(shared))
    return Ledger(sessions, clock, replace(used, restrictions=(rule,)), chat)


async def told(one: Ledger) -> str:
    """The text of the report that is owed now."""
    keep_stars(one.sessions, one.clock.at)
    await one.publish.look({"slack": one.chat})
    one.known_since(days=1)
    one.publish()
    await one.deliver()
    return "\n".join(str(post.reply) for post in one.chat.posts)


async def test_a_listed_channel_gets_it(sessions: SessionFactory) -> None:
    assert "Stars" in await told(ledger(sessions, f"slack:{DAILY.channel}"))


async def test_another_channel_does_not(sessions: SessionFactory) -> None:
    assert "Stars" not in await told(ledger(sessions, "slack:C0OTHER"))


async def test_a_listed_channel_with_outsiders_does_not(sessions: SessionFactory) -> None:
    one = ledger(sessions, f"slack:{DAILY.channel}", shared=(DAILY.channel,))
    assert "Stars" not in await told(one)


async def test_where_nobody_can_say_who_reads_it_is_kept_back(sessions: SessionFactory) -> None:
    one = ledger(sessions, f"slack:{DAILY.channel}")

    async def unknown(_channel: str) -> None:
        return None

    one.chat.is_shared = unknown  # type: ignore[method-assign,assignment]  # a chat that cannot look
    assert "Stars" not in await told(one)


async def test_nobody_is_asked_where_nothing_is_restricted(sessions: SessionFactory) -> None:
    clock = Clock()
    publish = Publish(Timeline(replace(small_workspace(), schedule=(DAILY,))), sessions, clock)
    await publish.look({"slack": Chat(clock)})
    assert publish.outsiders == {}


async def test_the_stand_in_for_slack_is_treated_like_slack(sessions: SessionFactory) -> None:
    one = ledger(sessions, f"slack:{DAILY.channel}")
    publish = Publish(one.timeline, sessions, one.clock, names={"slack": "playground"})
    (owed,) = publish.scheduled
    assert owed.surface == "playground"
    await publish.look({"playground": one.chat})
    keep_stars(sessions, one.clock.at)
    with sessions.read() as session:
        payload = publish.promise(session, owed, one.clock.at, one.clock.at).payload
    assert "Stars" in payload
