"""A community's rows: kept once, counted by the day, and only for time that was listened to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import Session, SessionFactory, community
from storage.community import Answered, Message, Move, Span, Written

START = datetime(2026, 11, 12, tzinfo=UTC)
END = START + timedelta(days=1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
GUILD = "70001"


def wrote(number: int, author: str = "ann", *, at: datetime | None = None, **more: Any) -> Message:
    """Message `number`, written in that minute of the day unless `at` says otherwise."""
    return replace(Message(str(number), GUILD, "c1", author, at or START + number * MINUTE), **more)


def keep(sessions: SessionFactory, *messages: Message) -> None:
    with sessions.begin() as session:
        community.add_messages(session, messages)


def answers(session: Session, start: datetime = START, end: datetime = END) -> list[Answered]:
    return community.answered(session, GUILD, start, end, asked_since=START - 7 * timedelta(days=1))


def test_a_message_that_several_processes_heard_counts_once(sessions: SessionFactory) -> None:
    keep(sessions, wrote(1), wrote(2))
    keep(sessions, wrote(2), wrote(3, "bob"), wrote(3, "bob"))
    with sessions.read() as session:
        found = community.written(session, GUILD, START, END)
        assert sorted(found, key=lambda one: one.author) == [Written("c1", "ann", 2), Written("c1", "bob", 1)]
        assert community.authors(session, GUILD, START, END) == 2


def test_nothing_to_keep_is_no_fault(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        community.add_messages(session, [])
        community.add_moves(session, [])
        community.listened(session, [])
        community.name_channels(session, GUILD, {}, START)
        assert community.written(session, GUILD, START, END) == []
        assert community.authors(session, GUILD, START, END) == 0
        assert community.moved(session, GUILD, START, END) == (0, 0)


def test_a_day_begins_with_its_first_instant_and_has_not_its_end(sessions: SessionFactory) -> None:
    millisecond = timedelta(milliseconds=1)
    inside = [wrote(1, at=START), wrote(2, at=END - millisecond)]
    keep(sessions, *inside, wrote(3, at=START - millisecond), wrote(4, at=END))
    with sessions.read() as session:
        assert community.written(session, GUILD, START, END) == [Written("c1", "ann", 2)]


def test_servers_are_apart(sessions: SessionFactory) -> None:
    keep(sessions, wrote(1), wrote(2, guild="70002"))
    with sessions.read() as session:
        assert community.written(session, "70002", START, END) == [Written("c1", "ann", 1)]


QUESTION = wrote(10, "ann", is_question=True)


@pytest.mark.parametrize(
    ("later", "minutes"),
    [
        ([wrote(15, "bob", answers="10")], 5),
        ([wrote(15, "ann", answers="10"), wrote(17, "bob", answers="10")], 7),  # the asker answers nobody
        ([wrote(15, "bob")], None),  # somebody says something else
        ([wrote(15, "bob", answers="9")], None),
        ([wrote(15, "bob", thread="10"), wrote(20, "bob", answers="10")], 5),  # in the thread opened for it
        ([wrote(9, "bob", answers="10")], None),  # before it was asked: clocks
        ([], None),
    ],
)
def test_the_first_answer_by_another_person_counts(
    sessions: SessionFactory, later: list[Message], minutes: int | None
) -> None:
    keep(sessions, QUESTION, *later)
    with sessions.read() as session:
        found = [(one.answered_at - one.asked_at) // MINUTE for one in answers(session)]
    assert found == ([] if minutes is None else [minutes])


def test_in_a_thread_whoever_speaks_next_answers(sessions: SessionFactory) -> None:
    asked = wrote(20, "bob", thread="10", is_question=True)
    keep(
        sessions,
        wrote(10, is_question=False),
        asked,
        wrote(22, "bob", thread="10"),
        wrote(25, "eve", thread="10"),
    )
    with sessions.read() as session:
        assert answers(session) == [Answered("20", START + 20 * MINUTE, START + 25 * MINUTE)]


@pytest.mark.parametrize(("is_question", "count"), [(None, 1), (False, 0), (True, 1)])
def test_where_nobody_could_tell_a_thread_makes_a_question(
    sessions: SessionFactory, is_question: bool | None, count: int
) -> None:
    reply = wrote(30, "ann", is_question=is_question)
    keep(sessions, wrote(10, is_question=is_question), wrote(12, "bob", thread="10"), reply)
    with sessions.read() as session:
        assert len(answers(session)) == count


def test_an_answer_belongs_to_the_day_it_was_given_on(sessions: SessionFactory) -> None:
    keep(sessions, QUESTION, wrote(11, "bob", at=END + HOUR, answers="10"))
    keep(sessions, wrote(12, "eve", at=END + 30 * HOUR, answers="10"))
    with sessions.read() as session:
        assert answers(session) == []
        assert [one.question for one in answers(session, END, END + 24 * HOUR)] == ["10"]
        assert answers(session, END + 24 * HOUR, END + 48 * HOUR) == []  # that was not the first


def move(member: str, at: datetime, kind: str = "leave") -> Move:
    return Move(GUILD, member, at, kind)


@pytest.mark.parametrize(
    ("moves", "counts"),
    [
        ([move("ann", START, "join"), move("ann", START, "join"), move("bob", START, "join")], (2, 0)),
        ([move("ann", START + HOUR), move("ann", START + HOUR + MINUTE)], (0, 1)),  # heard by two processes
        (
            [move("ann", START + HOUR), move("ann", START + 5 * HOUR, "join"), move("ann", END - MINUTE)],
            (1, 2),
        ),
        ([move("ann", START - MINUTE), move("ann", START + MINUTE)], (0, 0)),  # it belongs to the day before
        ([move("ann", START + HOUR), move("ann", START + 4 * HOUR)], (0, 2)),  # the join was not heard
        ([move("ann", END, "join"), move("bob", END)], (0, 0)),
    ],
)
def test_joins_and_leaves_are_counted_once(
    sessions: SessionFactory, moves: list[Move], counts: tuple[int, int]
) -> None:
    with sessions.begin() as session:
        community.add_moves(session, moves)
    with sessions.read() as session:
        assert community.moved(session, GUILD, START, END) == counts


def test_a_stretch_of_listening_is_made_longer(sessions: SessionFactory) -> None:
    first = Span(GUILD, "s1", START, START + HOUR, members=True)
    longer = Span(GUILD, "s1", START, START + 2 * HOUR, members=True)
    other = Span(GUILD, "s2", START + 3 * HOUR, END)
    with sessions.begin() as session:
        community.listened(session, [first])
        community.listened(session, [longer, other])
    with sessions.read() as session:
        assert community.spans(session, GUILD, START, END) == [longer, other]
        assert community.spans(session, GUILD, START + 2 * HOUR, START + 3 * HOUR) == []
        assert community.spans(session, "70002", START, END) == []


def span(begin: float, end: float, session: str = "s") -> Span:
    return Span(GUILD, session, START + begin * HOUR, START + end * HOUR)


@pytest.mark.parametrize(
    ("spans", "hours"),
    [
        ([], 24),
        ([span(0, 24)], 0),
        ([span(-5, 30)], 0),
        ([span(0, 10), span(11, 24)], 1),
        ([span(2, 23)], 3),
        ([span(0, 20), span(5, 6), span(18, 24)], 0),
        ([span(12, 24), span(0, 12)], 0),
        ([span(-5, -1), span(25, 30)], 24),
    ],
)
def test_time_that_nobody_listened_in_is_known(spans: list[Span], hours: int) -> None:
    assert community.unheard(spans, START, END) == hours * HOUR


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(-10, 34), st.integers(0, 20)), max_size=8))
def test_unheard_time_is_what_no_stretch_covers(pairs: list[tuple[int, int]]) -> None:
    spans = [span(begin, begin + length) for begin, length in pairs]
    heard = {hour for begin, length in pairs for hour in range(begin, begin + length)}
    assert community.unheard(spans, START, END) == len(set(range(24)) - heard) * HOUR


def test_channels_keep_their_newest_name(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        community.name_channels(session, GUILD, {"1": "general", "2": "old"}, START)
        community.name_channels(session, GUILD, {"1": "lounge"}, END)
    with sessions.read() as session:
        assert community.channel_names(session, GUILD) == {"1": "lounge", "2": "old"}
        assert community.channel_names(session, GUILD, since=END) == {"1": "lounge"}


def test_what_is_old_is_forgotten(sessions: SessionFactory) -> None:
    keep(sessions, wrote(1, at=START - HOUR), wrote(2))
    with sessions.begin() as session:
        community.add_moves(session, [move("ann", START - HOUR), move("bob", START)])
        community.listened(session, [span(-3, -1), span(-3, 1, "t")])
        community.name_channels(session, GUILD, {"1": "old"}, START - HOUR)
        community.name_channels(session, GUILD, {"2": "new"}, START)
        assert community.forget(session, START) == 4
        assert community.forget(session, START) == 0
        assert community.channel_names(session, GUILD) == {"2": "new"}
        assert [one.session for one in community.spans(session, GUILD, START - 9 * HOUR, END)] == ["t"]
