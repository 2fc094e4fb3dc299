"""Live reports: posted once, pinned, changed in place where a number is another one, posted anew if gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.frozen import freeze
from bot.jobs.deliver import Deliver
from bot.jobs.live import LEASE, KeepLive
from bot.reply import Reply
from bot.settings_reports import ReportEntry
from bot.surfaces.base import OutcomeUnknown, Surface, Undelivered
from bot.timeline import Timeline
from bot.workspace import LiveBoard, Restriction, Workspace
from kpi.metric import Sample
from storage import SessionFactory, live_posts, promises, samples
from storage.live_posts import LivePost
from storage.promises import Promise, State
from tests.bot.jobs.scripted_chat import ScriptedChat, archived
from tests.bot.jobs.world import Clock, keep_stars, small_workspace
from tests.factories import lines

BOARD = LiveBoard("board", "slack", "C1")
KEY = "board/slack:C1"
STARS = "small/growth.stars"


def gone() -> Undelivered:
    """As Slack says it of a message that somebody has deleted."""
    return Undelivered("Slack refused the post to C1: message_not_found.", "It is gone.", is_permanent=True)


def with_board(*boards: LiveBoard) -> Workspace:
    """The small workspace with a live report of its own."""
    parts = [{"title": "Growth", "sections": ["Growth"]}]
    stated = ReportEntry.model_validate({"title": "Board", "cadence": "real-time", "parts": parts})
    return replace(small_workspace(), reports={"board": stated}, boards=boards or (BOARD,))


@dataclass
class Office:
    """One database, one chat, and as many processes as a test starts."""

    sessions: SessionFactory
    workspace: Workspace = field(default_factory=with_board)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.chat = ScriptedChat(self.clock)
        self.one = self.process("one")

    @property
    def surfaces(self) -> dict[str, Surface]:
        return {"slack": self.chat, "playground": self.chat}

    def process(self, worker: str, **other: object) -> KeepLive:
        """The job as another process runs it."""
        made = KeepLive(Timeline(self.workspace), self.sessions, self.clock, self.surfaces, worker)
        return replace(made, **other)  # type: ignore[arg-type]  # fields by name

    async def minute(self, *processes: KeepLive) -> None:
        """A minute goes by: the job looks, and what is owed is sent."""
        for one in processes or (self.one,):
            await one()
        await Deliver(self.sessions, self.surfaces, "sender", self.clock, self.workspace.zone)()
        self.clock.forward(minutes=1)

    def count(self, stars: float) -> None:
        with self.sessions.begin() as session:
            samples.write(session, [Sample("github.stars", self.clock(), stars)], self.clock())

    def ledger(self) -> list[Promise]:
        with self.sessions.read() as session:
            return promises.listing(session)[::-1]

    def kept(self) -> LivePost | None:
        with self.sessions.read() as session:
            return live_posts.read(session, KEY)


@pytest.fixture
async def office(sessions: SessionFactory) -> Office:
    """A board that was posted and pinned."""
    found = Office(sessions)
    keep_stars(sessions, found.clock())
    await found.minute()
    await found.minute()
    return found


async def test_the_first_message_is_a_promise_and_is_pinned_once(office: Office) -> None:
    (promise,) = office.ledger()
    assert (promise.key, promise.state) == (f"{KEY}/2026-11-24", State.DELIVERED)
    assert office.chat.keys() == [promise.key]
    assert lines(office.chat.reply(promise.key))[:2] == [
        "Board: 1 of 1 target of Day 90 met",
        "Since yesterday's close: Stars +10, target met",
    ]
    for _ in range(3):
        await office.minute()
    assert office.chat.pinned == ["ts0"]
    assert office.chat.edits == []
    kept = office.kept()
    assert kept is not None
    assert (kept.message, kept.is_pinned) == ("ts0", True)


async def test_a_number_that_changes_is_changed_in_place(office: Office) -> None:
    office.count(85)
    await office.minute()
    (edit,) = office.chat.edits
    assert edit.key == f"{KEY}/2026-11-24"
    assert lines(edit.reply)[:2] == [
        "Board: 0 of 1 target of Day 90 met",
        "Since yesterday's close: Stars −5",
    ]
    await office.minute()
    assert len(office.chat.edits) == 1
    assert len(office.chat.posts) == 1


async def test_what_is_still_so_is_changed_once_an_hour_for_its_ages(office: Office) -> None:
    for _ in range(62):
        await office.minute()
    assert len(office.chat.edits) == 1
    assert "last at 10:0" in lines(office.chat.edits[0].reply)[-1]


async def test_a_restart_keeps_the_message(office: Office) -> None:
    await office.minute(office.process("other"))
    assert office.chat.edits == []
    office.clock.forward(days=1)
    office.count(120)
    await office.minute(office.process("third"))
    assert len(office.chat.posts) == 1
    assert len(office.chat.edits) == 1
    assert office.chat.pinned == ["ts0"]


async def test_of_several_processes_one_changes_it(office: Office) -> None:
    office.count(90)
    several = [office.process(name) for name in ("two", "three", "four")]
    assert sum(await asyncio.gather(*(one() for one in several))) == 1
    assert len(office.chat.edits) == 1


async def test_what_another_process_is_at_is_left_to_it(office: Office) -> None:
    office.count(90)
    with office.sessions.begin() as session:
        assert live_posts.claim(session, KEY, worker="dead", now=office.clock(), lease=LEASE)
    await office.minute()
    assert office.chat.edits == []
    office.clock.at += LEASE
    await office.minute()
    assert len(office.chat.edits) == 1


async def test_of_several_processes_one_posts_it(sessions: SessionFactory) -> None:
    office = Office(sessions)
    keep_stars(sessions, office.clock())
    several = [office.process(name) for name in ("two", "three", "four")]
    assert sum(await asyncio.gather(*(one() for one in several))) == 1
    await office.minute()
    assert len(office.chat.posts) == 1


@pytest.mark.parametrize("fault", [gone(), archived("C1")])
async def test_a_message_that_cannot_be_changed_is_posted_anew_once_a_day(
    office: Office, fault: Undelivered
) -> None:
    office.clock.forward(days=1)
    office.count(90)
    office.chat.unchangeable = [fault]
    await office.minute()
    assert office.chat.keys() == [f"{KEY}/2026-11-24", f"{KEY}/2026-11-25"]
    await office.minute()
    assert office.chat.pinned == ["ts0", "ts1"]
    office.count(80)
    await office.minute()
    assert [one.key for one in office.chat.edits] == [f"{KEY}/2026-11-25"]
    office.count(70)
    office.chat.unchangeable = [fault]
    await office.minute()
    await office.minute()
    assert len(office.chat.posts) == 2, "tomorrow again"


async def test_where_the_new_one_fails_too_the_old_one_is_tried_again(office: Office) -> None:
    office.clock.forward(days=1)
    office.count(90)
    office.chat.unchangeable, office.chat.refused = [archived("C1")], {"C1": archived("C1")}
    await office.minute()
    assert [one.state for one in office.ledger()] == [State.DELIVERED, State.FAILED]
    await office.minute()
    assert office.chat.edits == [], "not before an hour has passed"
    office.chat.refused = {}
    office.clock.forward(hours=1)
    await office.minute()
    assert [one.key for one in office.chat.edits] == [f"{KEY}/2026-11-24"]
    assert len(office.chat.posts) == 1


@pytest.mark.parametrize("fault", [OutcomeUnknown("no answer"), Undelivered("busy", "It is tried again.")])
async def test_a_passing_fault_is_tried_again(
    office: Office, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    office.count(90)
    office.chat.unchangeable = [fault, fault]
    for _ in range(4):
        await office.minute()
    assert len(office.chat.edits) == 1
    assert len(office.chat.posts) == 1
    assert caplog.text.count("not changed") == 1


async def test_what_cannot_be_pinned_is_said_once(
    sessions: SessionFactory, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(sessions)
    office.chat.unpinnable = "missing_scope"
    keep_stars(sessions, office.clock())
    with caplog.at_level(logging.WARNING):
        for _ in range(130):
            await office.minute()
    assert caplog.text.count("not pinned: missing_scope") == 1
    assert office.chat.pinned == ["ts0"] * 3, "once an hour"
    kept = office.kept()
    assert kept is not None
    assert not kept.is_pinned


async def test_a_first_number_is_waited_for_some_minutes(sessions: SessionFactory) -> None:
    office = Office(sessions)
    for _ in range(3):
        await office.minute()
    assert office.chat.posts == []
    keep_stars(sessions, office.clock())
    await office.minute()
    assert len(office.chat.posts) == 1


async def test_without_any_number_it_is_posted_all_the_same(sessions: SessionFactory) -> None:
    office = Office(sessions)
    for _ in range(7):
        await office.minute()
    (post,) = office.chat.posts
    assert post.reply.text == "Board: none of its 1 KPI is measured yet"


def restricted(*channels: str) -> Sequence[Restriction]:
    return (Restriction(kpis=frozenset({STARS}), channels=channels),)


async def test_what_not_everybody_there_may_see_is_not_in_it(sessions: SessionFactory) -> None:
    shut = replace(with_board(), restrictions=tuple(restricted("slack:C9")))
    office = Office(sessions, shut)
    keep_stars(sessions, office.clock())
    for _ in range(8):
        await office.minute()
    assert office.chat.posts == []
    opened = replace(with_board(), restrictions=tuple(restricted("slack:C1")))
    for internal, posts in ((set[str](), 0), ({"C1"}, 1)):
        other = Office(sessions, opened, office.clock)
        other.chat.internal = internal
        await other.minute()
        assert len(other.chat.posts) == posts, "outsiders may read where nobody knows"


async def test_a_message_tells_no_more_what_was_restricted_since(office: Office) -> None:
    office.workspace = replace(office.workspace, restrictions=tuple(restricted("slack:C9")))
    await office.minute(office.process("later"))
    (edit,) = office.chat.edits
    assert "Stars" not in "\n".join(lines(edit.reply))


async def test_the_stand_in_has_its_own_name_and_begins_empty(office: Office) -> None:
    other = office.process("other", names={"slack": "playground"}, mark="#090500")
    await office.minute(other)
    assert office.chat.keys()[1:] == ["board/playground:C1/2026-11-24#090500"]
    third = office.process("third", names={"slack": "playground"}, mark="#100000")
    await office.minute(third)
    assert len(office.chat.posts) == 3
    assert await office.process("none", names={"discord": "x"})() == 0


async def test_a_board_that_fails_does_not_keep_back_the_others(sessions: SessionFactory) -> None:
    unknown = LiveBoard("nothing", "slack", "C0")
    office = Office(sessions, with_board(unknown, LiveBoard("board", "elsewhere", "C1"), BOARD))
    keep_stars(sessions, office.clock())
    await office.minute()
    assert [one.channel for one in office.chat.posts] == ["C1"]


async def test_a_message_frozen_by_another_version_is_changed(sessions: SessionFactory) -> None:
    office = Office(sessions)
    keep_stars(sessions, office.clock())
    old = Promise(
        f"{KEY}/2026-11-23", "board", "2026-11-23", "slack", "C1",
        office.clock() - timedelta(days=1), freeze(Reply("Old.")),
    )  # fmt: skip
    with sessions.begin() as session:
        promises.owe(session, old)
    await office.minute()
    assert office.chat.edits == [], "it is on its way"
    await office.minute()
    assert len(office.chat.posts) == 1
    assert len(office.chat.edits) == 1
