"""A process is on the list while it lives, and is not well where the database takes nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.jobs.presence import Presence, Role
from storage import Session, SessionFactory, StorageFault, connect, workers
from storage.workers import Worker
from tests.bot.jobs.scripted_chat import ScriptedChat
from tests.bot.jobs.world import NINE, Clock


def presence(sessions: SessionFactory, clock: Clock) -> Presence:
    chat = ScriptedChat(clock)
    return Presence(sessions, lambda _session: clock(), "one", (Role.JOBS,), {"slack": chat})


def listed(session: Session) -> list[Worker]:
    return workers.read(session, NINE)


def test_it_is_on_the_list_from_its_first_sign_until_it_leaves(
    sessions: SessionFactory, clock: Clock
) -> None:
    one = presence(sessions, clock)
    one()
    clock.forward(seconds=10)
    one()
    with sessions.read() as session:
        assert listed(session) == [Worker("one", NINE, NINE + timedelta(seconds=10), ("jobs",), ("slack",))]
    assert one.problems() == []
    one.leave()
    with sessions.read() as session:
        assert listed(session) == []


def test_a_database_that_takes_nothing_is_a_problem_until_it_does_again(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    sessions = SessionFactory(connect(sqlite_url, busy_timeout=0.01))
    one = presence(sessions, clock)
    with connect(sqlite_url).begin() as writer:
        writer.execute(text("SELECT 1"))
        with pytest.raises(StorageFault, match="write lock"):
            one()
        [said] = one.problems()
        assert said.startswith("the database takes nothing: ")
        assert "another process held the write lock for too long" in said
        with sessions.read() as session:
            assert listed(session) == [], "it can still be read"
    one()
    assert one.problems() == []
