"""What the gateway brings is kept: no words, nobody's id, once, and only what was really listened to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.surfaces.discord import community as listening
from bot.surfaces.discord.community import (
    FLUSH_EVERY,
    NAMES_EVERY,
    QUIET_EVERY,
    Community,
    Hearing,
)
from bot.surfaces.discord.config import DiscordConfig
from storage import SessionFactory, StorageFault, community, connect
from storage.community import Span, Written
from tests.bot.surfaces.discord.conftest import TOKEN

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
AGES = (NOW - timedelta(days=9_000), NOW + timedelta(days=9_000))


@pytest.fixture
def sessions(sqlite_url: str) -> Iterator[SessionFactory]:
    engine = connect(sqlite_url)
    yield SessionFactory(engine)
    engine.dispose()


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta = FLUSH_EVERY) -> datetime:
        self.at += by
        return self.at


@dataclass
class Ears:
    """A connection that the test opens and closes."""

    session: str = "s1"
    guilds: frozenset[str] = frozenset({"g"})
    threads: dict[str, str] = field(default_factory=dict)
    called: dict[str, dict[str, str]] = field(default_factory=lambda: {"g": {"c": "general"}})
    named: int = 0

    def hearing(self) -> Hearing | None:
        return Hearing(self.session, self.guilds) if self.session else None

    def parent(self, channel: str) -> str | None:
        return self.threads.get(channel)

    def names(self) -> Mapping[str, Mapping[str, str]]:
        self.named += 1
        return self.called


@dataclass
class Desk:
    """A listener whose clock and connection are the test's."""

    sessions: SessionFactory
    clock: Clock = field(default_factory=Clock)
    ears: Ears = field(default_factory=Ears)
    config: dict[str, Any] = field(default_factory=dict)
    listener: Community = field(init=False)
    _numbers: int = 0

    def __post_init__(self) -> None:
        self.listener = self.another()

    def another(self, token: str = TOKEN) -> Community:
        found = Community(self.sessions, DiscordConfig(token, now=self.clock, **self.config), {"g", "h"})
        found.ears = self.ears
        return found

    async def hear(self, listener: Community | None = None, **told: Any) -> None:
        self._numbers += 1
        facts: dict[str, Any] = {
            "message_id": str(self._numbers),
            "guild": "g",
            "channel": "c",
            "author": "ann",
        }
        facts |= {"at": self.clock.at, "answers": None, "is_question": None, "is_bot": False}
        await (listener or self.listener).on_message(**facts | told)

    async def tick(self, by: timedelta = FLUSH_EVERY) -> None:
        self.clock.forward(by)
        await self.listener.flush()

    def written(self) -> list[Written]:
        with self.sessions.read() as session:
            return community.written(session, "g", *AGES)

    def spans(self) -> list[Span]:
        with self.sessions.read() as session:
            return community.spans(session, "g", *AGES)

    def rows(self, columns: str, table: str = "community_messages") -> list[tuple[Any, ...]]:
        with self.sessions.read() as session:
            found = session.connection().execute(text(f"SELECT {columns} FROM {table} ORDER BY 1"))
            return [tuple(one) for one in found]


@pytest.fixture
def desk(sessions: SessionFactory) -> Desk:
    return Desk(sessions)


async def test_what_was_heard_is_written_at_once_with_the_next_turn(desk: Desk) -> None:
    await desk.hear()
    await desk.hear(author="bob")
    assert desk.written() == []
    await desk.listener.flush()
    assert sorted(one.messages for one in desk.written()) == [1, 1]


async def test_bots_do_not_count(desk: Desk) -> None:
    await desk.hear(is_bot=True)
    await desk.listener.flush()
    assert desk.written() == []


async def test_another_server_than_those_asked_for_is_none_of_our_business(desk: Desk) -> None:
    desk.ears = desk.listener.ears = Ears(guilds=frozenset({"x"}), called={"x": {"c": "general"}})
    for _ in range(9):
        await desk.hear(guild="x")
        await desk.listener.on_join(guild="x", member="ann", at=NOW)
        await desk.tick()
    for table in ("messages", "moves", "listening", "channels"):
        assert desk.rows("guild", f"community_{table}") == []


async def test_nobodys_id_is_stored(desk: Desk) -> None:
    await desk.hear(author="3000000000000000001")
    await desk.listener.on_join(guild="g", member="3000000000000000001", at=NOW)
    await desk.listener.flush()
    ((author,),) = desk.rows("author")
    ((member, kind),) = desk.rows("member, kind", "community_moves")
    assert (author, kind) == (member, "join")
    assert re.fullmatch(r"[0-9a-f]{32}", author)


async def test_the_same_person_is_known_again_by_the_same_bot_alone(desk: Desk) -> None:
    others = [desk.another(), desk.another("another-token")]
    for listener in (desk.listener, *others):
        await desk.hear(listener)
        await listener.flush()
    assert len({author for (author,) in desk.rows("author")}) == 2


async def test_several_processes_keep_a_message_once(desk: Desk) -> None:
    other = desk.another()
    for listener in (desk.listener, other):
        await desk.hear(listener, message_id="77")
        await listener.on_leave(guild="g", member="ann", at=NOW)
        await listener.flush()
    assert [one.messages for one in desk.written()] == [1]


@pytest.mark.parametrize(
    ("told", "row"),
    [
        ({"channel": "c", "message_id": "9"}, ("c", None, None)),
        ({"channel": "t", "message_id": "9", "is_question": False}, ("c", "t", 0)),
        ({"channel": "9", "message_id": "9"}, ("forum", "9", 1)),  # a post begins with the id of its thread
        ({"channel": "8", "message_id": "8"}, ("8", "8", 1)),  # in a forum that nobody knows
    ],
)
async def test_threads_count_to_their_channel_and_posts_are_questions(
    desk: Desk, told: dict[str, Any], row: tuple[Any, ...]
) -> None:
    desk.ears.threads = {"t": "c", "9": "forum"}
    await desk.hear(**told)
    await desk.listener.flush()
    assert desk.rows("channel, thread, is_question") == [row]


async def test_listening_is_noted_up_to_the_look_before(desk: Desk) -> None:
    await desk.tick()
    begun = desk.clock.at
    assert desk.spans() == []
    for _ in range(3):
        await desk.hear()
        await desk.tick()
    (span,) = desk.spans()
    assert (span.since, span.until) == (begun, desk.clock.at - FLUSH_EVERY)
    assert (span.members, span.content) == (False, False)


async def test_what_the_bot_is_told_beyond_is_noted(sessions: SessionFactory) -> None:
    desk = Desk(sessions, config={"members": True, "message_content": True})
    await desk.tick()
    await desk.tick()
    (span,) = desk.spans()
    assert (span.members, span.content) == (True, True)
    assert "s1" not in span.session


async def test_while_nothing_happens_the_database_is_left_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[datetime] = []
    write = desk.listener._write

    def counting(heard: Any, now: datetime) -> None:
        written.append(now)
        write(heard, now)

    monkeypatch.setattr(desk.listener, "_write", counting)
    for _ in range(60):
        await desk.tick()
    assert len(written) <= timedelta(minutes=5) // QUIET_EVERY + 1
    (span,) = desk.spans()
    assert desk.clock.at - span.until <= QUIET_EVERY + FLUSH_EVERY


async def test_a_resumed_connection_has_no_gap(desk: Desk) -> None:
    await desk.tick()
    await desk.tick()
    desk.ears.session = ""
    await desk.tick(timedelta(minutes=3))
    desk.ears.session = "s1"
    for _ in range(9):
        await desk.tick()
    assert len(desk.spans()) == 1


async def test_a_new_connection_leaves_a_gap(desk: Desk) -> None:
    await desk.tick()
    await desk.tick()
    before = desk.clock.at
    await desk.tick()  # open, but waiting to hear that it is not resumed
    await desk.hear()
    desk.ears.session = "s2"
    await desk.tick(timedelta(minutes=3))
    after = desk.clock.at
    for _ in range(9):
        await desk.tick()
    first, second = desk.spans()
    assert first.until <= before
    assert second.since == after


async def test_a_server_that_was_away_has_a_gap_and_others_have_none(desk: Desk) -> None:
    desk.ears.guilds = frozenset({"g", "h"})
    await desk.tick()
    await desk.tick()
    desk.ears.guilds = frozenset({"h"})
    await desk.tick()
    desk.ears.guilds = frozenset({"g", "h"})
    for _ in range(9):
        await desk.tick()
    assert len(desk.spans()) == 2
    with desk.sessions.read() as session:
        assert len(community.spans(session, "h", *AGES)) == 1


async def test_what_cannot_be_written_is_written_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_heard: object, _now: datetime) -> None:
        raise StorageFault("The disk is full.", "Free some space.")

    await desk.tick()
    with monkeypatch.context() as patch:
        patch.setattr(desk.listener, "_write", broken)
        for author in ("ann", "bob"):
            await desk.hear(author=author)
            with pytest.raises(StorageFault):
                await desk.tick()
    assert desk.spans() == []
    await desk.hear(author="eve")
    await desk.tick()
    assert len(desk.written()) == 3
    (span,) = desk.spans()
    assert span.until == desk.clock.at - FLUSH_EVERY


async def test_what_overruns_the_queue_breaks_the_stretch(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "MOST_WAITING", 2)
    await desk.tick()
    await desk.tick()
    before = desk.clock.at
    for _ in range(5):
        await desk.hear()
    for _ in range(9):
        await desk.tick()
    assert [one.messages for one in desk.written()] == [2]
    assert caplog.text.count("dropped") == 1
    assert all(one.until <= before or one.since > before for one in desk.spans())


async def test_a_stop_loses_nothing(desk: Desk) -> None:
    await desk.hear()
    await desk.listener.stop()
    assert [one.messages for one in desk.written()] == [1]


async def test_channels_names_are_kept_now_and_then(desk: Desk) -> None:
    for _ in range(10):
        await desk.hear()
        await desk.tick()
    assert desk.ears.named == 1
    desk.ears.called = {"g": {"c": "lounge"}}
    await desk.hear()
    await desk.tick(NAMES_EVERY)
    with desk.sessions.read() as session:
        assert community.channel_names(session, "g") == {"c": "lounge"}


async def test_without_ears_all_is_kept_and_no_time_is_claimed(desk: Desk) -> None:
    desk.listener.ears = None
    for _ in range(3):
        await desk.hear()
        await desk.tick()
    assert [one.messages for one in desk.written()] == [3]
    assert desk.spans() == []
