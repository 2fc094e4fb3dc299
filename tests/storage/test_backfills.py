"""How far a back-fill came: it goes on where it stopped, and never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import SessionFactory, backfills
from storage.backfills import Backfill

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=100)
DAY = timedelta(days=1)


def begin(sessions: SessionFactory, since: datetime = SINCE, now: datetime = NOW) -> Backfill:
    with sessions.begin() as session:
        return backfills.begin(session, "site", since=since, now=now)


def reach(sessions: SessionFactory, at: datetime) -> None:
    with sessions.begin() as session:
        backfills.reach(session, "site", reached=at, now=NOW)


def test_a_new_one_begins_at_its_first_day(sessions: SessionFactory) -> None:
    assert begin(sessions) == Backfill("site", SINCE, SINCE, NOW, NOW, NOW)
    with sessions.read() as session:
        assert backfills.of(session, "site") == Backfill("site", SINCE, SINCE, NOW, NOW, NOW)
        assert backfills.of(session, "other") is None


def test_it_goes_on_where_it_stopped(sessions: SessionFactory) -> None:
    begin(sessions)
    reach(sessions, SINCE + 40 * DAY)
    again = begin(sessions, now=NOW + DAY)
    assert (again.reached, again.until) == (SINCE + 40 * DAY, NOW + DAY)


def test_what_went_by_since_the_interruption_belongs_to_it_however_often(sessions: SessionFactory) -> None:
    begin(sessions)
    reach(sessions, NOW - DAY)
    begin(sessions, now=NOW + DAY)
    reach(sessions, NOW)
    again = begin(sessions, now=NOW + 2 * DAY)
    assert (again.reached, again.until, again.is_done) == (NOW, NOW + 2 * DAY, False)


def test_a_later_day_is_within_it(sessions: SessionFactory) -> None:
    begin(sessions)
    reach(sessions, SINCE + 40 * DAY)
    assert begin(sessions, SINCE + 10 * DAY).reached == SINCE + 40 * DAY


def test_an_earlier_day_begins_anew(sessions: SessionFactory) -> None:
    begin(sessions)
    reach(sessions, SINCE + 40 * DAY)
    assert begin(sessions, SINCE - DAY).reached == SINCE - DAY


def test_one_that_is_done_begins_anew(sessions: SessionFactory) -> None:
    begin(sessions)
    reach(sessions, NOW)
    again = begin(sessions, now=NOW + DAY)
    assert (again.reached, again.until) == (SINCE, NOW + DAY)
    assert not again.is_done


def test_it_never_goes_back(sessions: SessionFactory) -> None:
    begin(sessions)
    reach(sessions, SINCE + 40 * DAY)
    reach(sessions, SINCE + 30 * DAY)
    with sessions.read() as session:
        found = backfills.of(session, "site")
    assert found is not None
    assert found.reached == SINCE + 40 * DAY
