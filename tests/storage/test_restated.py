"""What was recorded since the last look, by the first instant that it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kpi.metric import Sample
from storage import SessionFactory, restated, samples

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def tell(sessions: SessionFactory, days: int, value: float, at: datetime, *, settled: bool = True) -> None:
    with sessions.begin() as session:
        samples.write(session, [Sample("github.stars", NOON + days * DAY, value, settled=settled)], at)


def earliest(sessions: SessionFactory, after: datetime) -> datetime | None:
    with sessions.read() as session:
        return restated.earliest(session, NOON - 5 * DAY, NOON + DAY, recorded_after=after)


def test_the_first_instant_of_all_that_is_new_counts(sessions: SessionFactory) -> None:
    read_at = NOON + DAY
    assert earliest(sessions, read_at) is None
    for days in (-9, -3, 0, 1):
        tell(sessions, days, 5, read_at, settled=False)
    assert earliest(sessions, read_at - DAY) == NOON - 3 * DAY
    assert earliest(sessions, read_at) is None
    tell(sessions, 0, 5, read_at + DAY, settled=False)  # known already
    assert earliest(sessions, read_at) is None
    tell(sessions, 0, 5, read_at + DAY)  # settled
    assert earliest(sessions, read_at) == NOON
    tell(sessions, -9, 6, read_at + DAY)
    tell(sessions, 1, 6, read_at + DAY)
    assert earliest(sessions, read_at) == NOON
    tell(sessions, -3, 6, read_at + DAY)
    assert earliest(sessions, read_at) == NOON - 3 * DAY
