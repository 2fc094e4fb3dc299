"""Which processes run: each by its last sign of life."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import SessionFactory, workers
from storage.workers import Worker

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
ONE = Worker("host:1", NOW, NOW, ("jobs", "chat"), ("slack", "discord"))


def beat(sessions: SessionFactory, worker: Worker) -> None:
    with sessions.begin() as session:
        workers.beat(session, worker)


def seen(sessions: SessionFactory, since: datetime = NOW) -> list[Worker]:
    with sessions.read() as session:
        return workers.read(session, since)


def test_a_process_is_seen_by_its_last_sign_of_life(sessions: SessionFactory) -> None:
    beat(sessions, ONE)
    assert seen(sessions) == [ONE]
    later = replace(ONE, beat_at=NOW + timedelta(minutes=1), surfaces=(), last_heard_at=NOW)
    beat(sessions, later)
    assert seen(sessions) == [later]


def test_who_fell_silent_is_not_seen_and_is_forgotten(sessions: SessionFactory) -> None:
    beat(sessions, replace(ONE, name="host:2"))
    beat(sessions, replace(ONE, beat_at=NOW + timedelta(minutes=1)))
    later = NOW + timedelta(minutes=1)
    assert [one.name for one in seen(sessions)] == ["host:1", "host:2"]
    assert [one.name for one in seen(sessions, later)] == ["host:1"]
    with sessions.begin() as session:
        assert workers.forget(session, later) == 1
    assert [one.name for one in seen(sessions)] == ["host:1"]


def test_many_may_beat_at_once(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: beat(sessions, replace(ONE, name=f"host:{number % 2}")), range(8)))
    assert [one.name for one in seen(sessions)] == ["host:0", "host:1"]
