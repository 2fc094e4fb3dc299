"""Annotations: found by subject and span, as they were known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from storage import Engine, Session, SessionFactory
from storage import annotations as notes
from storage.annotations import Annotation
from tests.storage.test_samples_read import statements

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


RELEASE = replace(
    LAUNCH, kind="release", source="github", reference="R_1", url="https://github.com/a/b/releases/v1"
)


def keep(sessions: SessionFactory, *given: Annotation) -> int:
    with sessions.begin() as session:
        return notes.keep(session, iter(given))


def test_what_a_source_tells_is_kept_once_by_its_reference(sessions: SessionFactory) -> None:
    other = replace(RELEASE, reference="R_2", at=NOW + DAY)
    assert keep(sessions, RELEASE) == 1
    assert keep(sessions, replace(RELEASE, text="Renamed"), other, other) == 1
    assert keep(sessions, replace(RELEASE, source="gitlab", at=NOW + 2 * DAY)) == 1
    assert keep(sessions) == 0
    with sessions.read() as session:
        found = notes.between(session, [LAUNCH.subject], NOW, NOW + 9 * DAY)
    assert found == [RELEASE, other, replace(RELEASE, source="gitlab", at=NOW + 2 * DAY)]


def test_notes_of_people_have_no_reference_and_may_be_equal(sessions: SessionFactory) -> None:
    note(sessions, LAUNCH, LAUNCH)
    with sessions.read() as session:
        assert notes.between(session, [LAUNCH.subject], NOW, NOW + DAY) == [LAUNCH, LAUNCH]


def test_a_source_must_name_what_it_tells_of(sessions: SessionFactory) -> None:
    with pytest.raises(ValueError, match="own id"):
        keep(sessions, RELEASE, replace(RELEASE, reference=""))


def test_a_long_list_is_kept_in_few_statements(engine: Engine, sessions: SessionFactory) -> None:
    many = [replace(RELEASE, reference=f"R_{number}") for number in range(1200)]
    with statements(engine) as seen:
        assert keep(sessions, *many) == 1200
    assert len([one for one, _ in seen if one.startswith("INSERT")]) == 3
    assert keep(sessions, *many) == 0


def test_the_newest_are_found_first_and_no_more_than_asked_for(sessions: SessionFactory) -> None:
    days = [replace(LAUNCH, at=NOW + days * DAY, text=str(days), recorded_at=NOW) for days in range(5)]
    note(sessions, *days, replace(LAUNCH, subject="other", at=NOW + 9 * DAY))
    note(sessions, replace(LAUNCH, at=NOW + 4 * DAY, text="late", recorded_at=NOW + DAY))
    with sessions.read() as session:
        found = notes.newest(session, [LAUNCH.subject], most=3)
        then = notes.newest(session, [LAUNCH.subject], most=3, until=NOW + 2 * DAY)
        known = notes.newest(session, [LAUNCH.subject], most=2, as_of=NOW)
    assert [[one.text for one in some] for some in (found, then, known)] == [
        ["late", "4", "3"],
        ["2", "1", "0"],
        ["4", "3"],
    ]
