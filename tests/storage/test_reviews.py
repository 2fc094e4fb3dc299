"""Held reviews: the last of each, as it was known then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from storage import Session, SessionFactory, reviews
from storage.reviews import Done

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
DAY = timedelta(days=1)
MARK = "\N{REPLACEMENT CHARACTER}"
REVIEW = Done("acme", "weekly", NOW, "slack:U1", "nothing new", NOW)


def hold(sessions: SessionFactory, *given: Done) -> None:
    with sessions.begin() as session:
        for one in given:
            reviews.add(session, one)


def test_the_last_review_is_the_latest_held(sessions: SessionFactory) -> None:
    older, other = replace(REVIEW, at=NOW - DAY, recorded_at=NOW + DAY), replace(REVIEW, review="monthly")
    corrected = replace(REVIEW, note="two actions", recorded_at=NOW + DAY)
    hold(sessions, corrected, REVIEW, older, other, replace(REVIEW, framework="zeta"))
    with sessions.read() as session:
        found = reviews.last(session)
    assert found == {
        ("acme", "weekly"): corrected,
        ("acme", "monthly"): other,
        ("zeta", "weekly"): replace(REVIEW, framework="zeta"),
    }


def test_the_last_review_is_that_of_then_as_known_then(sessions: SessionFactory) -> None:
    second = replace(REVIEW, at=NOW + DAY, recorded_at=NOW + 2 * DAY)
    hold(sessions, REVIEW, second)
    key = ("acme", "weekly")
    with sessions.read() as session:
        assert reviews.last(session, until=NOW - DAY) == {}
        assert reviews.last(session, as_of=NOW - DAY) == {}
        assert reviews.last(session, until=NOW) == {key: REVIEW}
        assert reviews.last(session, until=NOW + DAY) == {key: second}
        assert reviews.last(session, until=NOW + DAY, as_of=NOW + DAY) == {key: REVIEW}


def test_a_hostile_review_is_marked(sessions: SessionFactory) -> None:
    hold(sessions, replace(REVIEW, note="\x00@everyone\udc00"))
    with sessions.read() as session:
        assert [one.note for one in reviews.last(session).values()] == [f"{MARK}@everyone{MARK}"]


@pytest.mark.parametrize(
    "act",
    [
        lambda session: reviews.add(session, replace(REVIEW, at=NAIVE)),
        lambda session: reviews.add(session, replace(REVIEW, recorded_at=NAIVE)),
        lambda session: reviews.last(session, until=NAIVE),
    ],
)
def test_naive_times_are_refused(sessions: SessionFactory, act: Callable[[Session], object]) -> None:
    with pytest.raises(StatementError, match="no time zone"), sessions.begin() as session:
        act(session)
