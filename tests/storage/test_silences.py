"""Silences: each has an end, by time or by hand, and none is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import SessionFactory, silences
from storage.silences import Silence

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MUTE = Silence(0, "hektor/website_traffic.visitors", NOW + HOUR, "slack:U1", "moving servers", NOW)


def add(sessions: SessionFactory, one: Silence = MUTE) -> int:
    with sessions.begin() as session:
        return silences.add(session, one)


def active(sessions: SessionFactory, at: datetime) -> list[int]:
    with sessions.read() as session:
        return [one.number for one in silences.active(session, at)]


def expired(sessions: SessionFactory, since: datetime, now: datetime) -> list[int]:
    with sessions.read() as session:
        return [one.number for one in silences.expired_since(session, since, now)]


def test_a_silence_comes_back_as_it_was(sessions: SessionFactory) -> None:
    number = add(sessions)
    with sessions.read() as session:
        assert silences.active(session, NOW) == [replace(MUTE, number=number)]
        assert silences.history(session) == [replace(MUTE, number=number)]


@pytest.mark.parametrize(
    ("at", "holds"),
    [(NOW - HOUR, False), (NOW, True), (NOW + HOUR - timedelta(microseconds=1), True), (NOW + HOUR, False)],
)
def test_it_holds_from_its_beginning_up_to_its_end(
    sessions: SessionFactory, at: datetime, holds: bool
) -> None:
    number = add(sessions)
    assert active(sessions, at) == ([number] if holds else [])


@pytest.mark.parametrize("until", [NOW, NOW - HOUR])
def test_one_that_would_last_no_time_is_refused(sessions: SessionFactory, until: datetime) -> None:
    with pytest.raises(ValueError, match="no time"), sessions.begin() as session:
        silences.add(session, replace(MUTE, until=until))


def test_what_ends_next_comes_first(sessions: SessionFactory) -> None:
    long = add(sessions, replace(MUTE, until=NOW + 9 * HOUR, subject=""))
    short = add(sessions)
    assert active(sessions, NOW) == [short, long]


def test_ending_it_by_hand_notes_who_and_when(sessions: SessionFactory) -> None:
    number = add(sessions)
    at = NOW + HOUR / 2
    with sessions.begin() as session:
        assert silences.end(session, number, at, "slack:U2")
        assert not silences.end(session, number, at, "slack:U3")
        assert not silences.end(session, number + 1, at, "slack:U3")
        (kept,) = silences.history(session)
    assert kept == replace(MUTE, number=number, ended_at=at, ended_by="slack:U2")
    assert active(sessions, at - timedelta(seconds=1)) == [number]
    assert active(sessions, at) == []


def test_what_is_over_cannot_be_ended(sessions: SessionFactory) -> None:
    number = add(sessions)
    with sessions.begin() as session:
        assert not silences.end(session, number, NOW + HOUR, "slack:U2")


def test_several_that_end_it_at_once_end_it_once(sessions: SessionFactory) -> None:
    number = add(sessions)

    def end(author: int) -> bool:
        with sessions.begin() as session:
            return silences.end(session, number, NOW, f"slack:U{author}")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(end, range(4))) == [False, False, False, True]


def test_each_expiry_is_told_once(sessions: SessionFactory) -> None:
    number = add(sessions)
    end = NOW + HOUR
    assert expired(sessions, NOW, end - timedelta(seconds=1)) == []
    assert expired(sessions, NOW, end) == [number]
    assert expired(sessions, end, end + HOUR) == []


def test_what_was_ended_by_hand_does_not_expire(sessions: SessionFactory) -> None:
    number = add(sessions)
    with sessions.begin() as session:
        silences.end(session, number, NOW, "slack:U2")
    assert expired(sessions, NOW, NOW + 2 * HOUR) == []


def test_the_history_gives_the_latest_first(sessions: SessionFactory) -> None:
    numbers = [add(sessions) for _ in range(3)]
    with sessions.read() as session:
        assert [one.number for one in silences.history(session, 2)] == numbers[:0:-1]
