"""The database's clock: aware, in UTC, and it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import sleep

from sqlalchemy import text

from storage import SessionFactory
from storage.clock import database_now


def test_it_tells_the_time_of_this_machine_in_utc(sessions: SessionFactory) -> None:
    with sessions.read() as session:
        found = database_now(session)
    assert abs(found - datetime.now(UTC)) < timedelta(seconds=2)
    assert found.utcoffset() == timedelta()


def test_it_goes_on_within_a_transaction(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        before = database_now(session)
        sleep(0.01)
        assert before + timedelta(milliseconds=5) < database_now(session) < before + timedelta(seconds=5)


def test_the_sessions_own_zone_changes_nothing(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        if session.connection().dialect.name == "postgresql":
            session.connection().execute(text("SET TIME ZONE 'Australia/Lord_Howe'"))
        found = database_now(session)
    assert abs(found - datetime.now(UTC)) < timedelta(seconds=2)
    assert found.utcoffset() == timedelta()
