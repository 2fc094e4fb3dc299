"""Instants are exact, in UTC and never naive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select
from sqlalchemy.exc import StatementError

from storage import SessionFactory
from storage.columns import Instant

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC).replace(tzinfo=None)
LATEST = datetime(2199, 12, 31, tzinfo=UTC).replace(tzinfo=None)
INSTANTS = st.datetimes(EARLIEST, LATEST, timezones=st.timezones())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(at=INSTANTS)
def test_an_instant_comes_back_to_the_microsecond(sessions: SessionFactory, at: datetime) -> None:
    with sessions.read() as session:
        found = session.connection().execute(select(bindparam("at", at, type_=Instant()))).scalar_one()
    assert found == at.astimezone(UTC)  # times that come twice in their own zone equal nothing outside it
    assert found.utcoffset() == timedelta()


def test_an_instant_may_be_absent(sessions: SessionFactory) -> None:
    with sessions.read() as session:
        assert session.connection().execute(select(bindparam("at", None, type_=Instant()))).scalar() is None


def test_a_naive_time_is_refused(sessions: SessionFactory) -> None:
    naive = datetime(2026, 11, 12, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC).replace(tzinfo=None)
    with sessions.read() as session, pytest.raises(StatementError, match="no time zone"):
        session.connection().execute(select(bindparam("at", naive, type_=Instant())))
