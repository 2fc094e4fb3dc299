"""Quiet hours put off, they never drop: to the first minute that is neither quiet nor off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.alert_hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 1, tzinfo=UTC)
NIGHT = (time(20), time(8))


def weekend(day: date) -> bool:
    return day.weekday() >= 5


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-24T12:00", "2026-11-24T12:00"),
        ("2026-11-24T20:00", "2026-11-25T08:00"),
        ("2026-11-25T03:00", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-25T08:00"),
        ("2026-11-27T21:00", "2026-11-30T08:00"),  # Friday night: Monday
        ("2026-11-28T12:00", "2026-11-30T08:00"),
    ],
)
def test_nights_and_weekends_wait(now: str, opens: str) -> None:
    assert Hours(BERLIN, NIGHT, weekend).opens(local(now)) == local(opens)


def test_noon_may_be_quiet_too() -> None:
    assert Hours(BERLIN, (time(12), time(13))).opens(local("2026-11-24T12:30")) == local("2026-11-24T13:00")


def test_a_calendar_without_a_day_to_speak_on_is_not_kept_to() -> None:
    now = local("2026-11-24T12:00")
    assert Hours(BERLIN, None, lambda _day: True).opens(now) == now


@given(
    now=st.integers(0, 525_600).map(lambda minutes: START + timedelta(minutes=minutes)),
    quiet=st.tuples(st.times(), st.times()),
)
def test_it_never_lies_back_and_what_opens_is_open(now: datetime, quiet: tuple[time, time]) -> None:
    hours = Hours(BERLIN, quiet, weekend)
    opens = hours.opens(now)
    assert opens >= now
    assert hours.opens(opens) == opens
