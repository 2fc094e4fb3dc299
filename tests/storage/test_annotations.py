"""Annotations: found by subject and span, as they were known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from storage import Session, SessionFactory
from storage import annotations as notes
from storage.annotations import Annotation

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
DAY = timedelta(days=1)
MARK = "\N{REPLACEMENT CHARACTER}"
LAUNCH = Annotation("acme/growth.stars", NOW, "Launch on HN", "slack:U1", NOW)


def note(sessions: SessionFactory, *given: Annotation) -> None:
    with sessions.begin() as session:
        for one in given:
            notes.add(session, one)


def test_notes_are_found_from_start_up_to_end_oldest_first(sessions: SessionFactory) -> None:
    days = [replace(LAUNCH, at=NOW + days * DAY, text=str(days)) for days in (3, 1, 0, 2)]
    note(sessions, *days)
    with sessions.read() as session:
        found = notes.between(session, [LAUNCH.subject], NOW, NOW + 3 * DAY)
    assert [one.text for one in found] == ["0", "1", "2"]


def test_notes_on_one_moment_keep_their_order(sessions: SessionFactory) -> None:
    note(sessions, replace(LAUNCH, text="b"), replace(LAUNCH, text="a"))
    with sessions.read() as session:
        found = notes.between(session, [LAUNCH.subject], NOW, NOW + DAY)
    assert [one.text for one in found] == ["b", "a"]


def test_notes_are_those_of_the_subjects_asked_for(sessions: SessionFactory) -> None:
    every, whole, other = (replace(LAUNCH, subject=name) for name in ("", "acme", "zeta"))
    note(sessions, every, whole, other, LAUNCH)
    with sessions.read() as session:
        found = notes.between(session, iter(["", "acme", LAUNCH.subject]), NOW, NOW + DAY)
        assert notes.between(session, [], NOW, NOW + DAY) == []
    assert found == [every, whole, LAUNCH]


def test_a_note_is_unknown_before_it_was_recorded(sessions: SessionFactory) -> None:
    late = replace(LAUNCH, recorded_at=NOW + DAY)
    note(sessions, late)
    with sessions.read() as session:
        known = [
            notes.between(session, [late.subject], NOW, NOW + DAY, as_of=as_of)
            for as_of in (NOW, NOW + DAY, None)
        ]
    assert known == [[], [late], [late]]


def test_a_hostile_note_is_marked(sessions: SessionFactory) -> None:
    note(sessions, replace(LAUNCH, text="<!channel>\x00\ud800"))
    with sessions.read() as session:
        (found,) = notes.between(session, [LAUNCH.subject], NOW, NOW + DAY)
    assert found.text == f"<!channel>{MARK}{MARK}"


@pytest.mark.parametrize(
    "act",
    [
        lambda session: notes.add(session, replace(LAUNCH, at=NAIVE)),
        lambda session: notes.add(session, replace(LAUNCH, recorded_at=NAIVE)),
        lambda session: notes.between(session, [""], NAIVE, NOW),
        lambda session: notes.between(session, [""], NOW, NOW, as_of=NAIVE),
    ],
)
def test_naive_times_are_refused(sessions: SessionFactory, act: Callable[[Session], object]) -> None:
    with pytest.raises(StatementError, match="no time zone"), sessions.begin() as session:
        act(session)
