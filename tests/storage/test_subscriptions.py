"""Subscriptions: one of each kind a person, found again, and ended only by whose they are."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import SessionFactory, subscriptions
from storage.subscriptions import Subscription

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
STARS = Subscription(0, "slack", "U1", "ask", "stars 30d", "09:00 weekdays", "Asia/Kathmandu", NOW)


def add(sessions: SessionFactory, one: Subscription = STARS) -> int | None:
    with sessions.begin() as session:
        return subscriptions.add(session, one)


def everybodys(sessions: SessionFactory) -> list[Subscription]:
    with sessions.read() as session:
        return subscriptions.read(session)


def test_a_subscription_comes_back_with_its_number(sessions: SessionFactory) -> None:
    number = add(sessions)
    assert number is not None
    assert everybodys(sessions) == [replace(STARS, number=number)]


def test_the_same_twice_is_kept_once(sessions: SessionFactory) -> None:
    assert add(sessions) is not None
    assert add(sessions, replace(STARS, created_at=NOW.replace(hour=10))) is None
    assert len(everybodys(sessions)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"surface": "discord"},
        {"user": "U2"},
        {"report": "daily", "question": ""},
        {"question": "visitors"},
        {"cadence": "18:00"},
        {"zone": "Europe/Berlin"},
    ],
)
def test_any_difference_makes_it_another_one(sessions: SessionFactory, other: dict[str, str]) -> None:
    add(sessions)
    assert add(sessions, replace(STARS, **other)) is not None  # type: ignore[arg-type]


def test_several_that_ask_at_once_add_one(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: add(sessions), range(4)))
    assert Counter(one is None for one in found) == {True: 3, False: 1}


def test_each_person_sees_their_own_oldest_first(sessions: SessionFactory) -> None:
    mine = [STARS, replace(STARS, question="visitors")]
    numbers = [add(sessions, one) for one in (mine[0], replace(STARS, user="U2"), mine[1])]
    with sessions.read() as session:
        found = subscriptions.of(session, "slack", "U1")
        assert subscriptions.of(session, "discord", "U1") == []
    assert [one.number for one in found] == [numbers[0], numbers[2]]
    assert [one.question for one in found] == ["stars 30d", "visitors"]


@pytest.mark.parametrize(("surface", "user"), [("slack", "U2"), ("discord", "U1")])
def test_nobody_ends_what_is_not_theirs(sessions: SessionFactory, surface: str, user: str) -> None:
    number = add(sessions)
    assert number is not None
    with sessions.begin() as session:
        assert not subscriptions.remove(session, surface, user, number)
        assert subscriptions.remove(session, "slack", "U1", number)
        assert not subscriptions.remove(session, "slack", "U1", number)
    assert everybodys(sessions) == []


def test_a_number_is_never_given_again(sessions: SessionFactory) -> None:
    first = add(sessions)
    assert first is not None
    with sessions.begin() as session:
        subscriptions.remove(session, "slack", "U1", first)
    again = add(sessions)
    assert again is not None
    assert again > first


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(question=st.text(max_size=40))
def test_any_question_is_kept(sessions: SessionFactory, question: str) -> None:
    one = replace(STARS, question=question)
    number = add(sessions, one)
    assert number is None or everybodys(sessions)[-1].number == number
    assert add(sessions, one) is None


def test_a_question_as_long_as_a_message_is_kept(sessions: SessionFactory) -> None:
    long = replace(STARS, question="".join(f"{number:x}" for number in range(3_000)))
    assert add(sessions, long) is not None
    assert add(sessions, long) is None
    assert everybodys(sessions)[0].question == long.question
