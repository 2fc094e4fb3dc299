"""Revisions: kept once, in order, whoever adds them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import StatementError

from storage import SessionFactory, connect, revisions
from storage.revisions import Kind, Revision

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
WORKSPACE = Revision(Kind.WORKSPACE, "", '{"acme": "2026-09-01"}', "terminal:ada", NOW)
FRAMEWORK = Revision(Kind.FRAMEWORK, "acme", "framework: acme\n# “ü”\n", "bot", NOW)
TARGET = Revision(Kind.TARGET, "acme/nps@day90", "60", "slack:U1", NOW, "agreed in the offsite", "50")
WRITERS = 4


def add(sessions: SessionFactory, *given: Revision) -> list[int | None]:
    with sessions.begin() as session:
        return [revisions.add(session, one) for one in given]


def test_revisions_come_back_as_given_oldest_first(sessions: SessionFactory) -> None:
    numbers = add(sessions, WORKSPACE, FRAMEWORK, TARGET)
    assert numbers == [1, 2, 3]
    with sessions.read() as session:
        assert revisions.read(session) == [
            replace(WORKSPACE, number=1),
            replace(FRAMEWORK, number=2),
            replace(TARGET, number=3),
        ]


def test_newest_is_the_highest_number(sessions: SessionFactory) -> None:
    with sessions.read() as session:
        assert revisions.newest(session) == 0
        assert revisions.read(session) == []
    add(sessions, WORKSPACE, FRAMEWORK)
    with sessions.read() as session:
        assert revisions.newest(session) == 2


def test_newest_is_one_seek(sqlite_url: str) -> None:
    engine, said = connect(sqlite_url), list[str]()
    event.listen(engine, "before_cursor_execute", lambda *of: said.append(of[2]))
    with SessionFactory(engine).read() as session:
        revisions.newest(session)
        (asked,) = [one for one in said if one.startswith("SELECT")]
        plan = session.connection().execute(text(f"EXPLAIN QUERY PLAN {asked}".replace("?", "0"))).all()
    engine.dispose()
    assert [row.detail for row in plan] == ["SEARCH revisions"]


@pytest.mark.parametrize("first", [WORKSPACE, FRAMEWORK])
def test_the_same_text_again_is_not_kept(sessions: SessionFactory, first: Revision) -> None:
    again = replace(first, author="somebody else", recorded_at=NOW + timedelta(days=1))
    assert add(sessions, first, again) == [1, None]
    assert add(sessions, again) == [None]
    with sessions.read() as session:
        assert revisions.read(session) == [replace(first, number=1)]


def test_a_text_that_returns_is_kept_again(sessions: SessionFactory) -> None:
    other = replace(FRAMEWORK, text="framework: acme\ntitle: Acme\n")
    assert add(sessions, FRAMEWORK, other, FRAMEWORK) == [1, 2, 3]


def test_only_the_same_kind_and_subject_are_compared(sessions: SessionFactory) -> None:
    other, workspace = replace(FRAMEWORK, subject="other"), replace(WORKSPACE, text=FRAMEWORK.text)
    assert add(sessions, FRAMEWORK, other, workspace, FRAMEWORK) == [1, 2, 3, None]


def test_a_target_set_again_to_the_same_is_kept(sessions: SessionFactory) -> None:
    assert add(sessions, TARGET, replace(TARGET, reason="confirmed")) == [1, 2]


def test_a_target_has_its_own_history(sessions: SessionFactory) -> None:
    second = replace(TARGET, text="70", replaced="50", recorded_at=NOW + timedelta(days=1))
    same_subject = replace(FRAMEWORK, subject=TARGET.subject)
    add(sessions, TARGET, replace(TARGET, subject="acme/nps@month6"), same_subject, second)
    with sessions.read() as session:
        assert revisions.of_target(session, TARGET.subject) == [
            replace(TARGET, number=1),
            replace(second, number=4),
        ]
        assert revisions.of_target(session, "acme/nps@never") == []


def test_hostile_text_is_marked_and_still_compared(sessions: SessionFactory) -> None:
    hostile = replace(FRAMEWORK, text="title: a\x00b \ud800 '; DROP TABLE revisions; --")
    assert add(sessions, hostile, hostile) == [1, None]
    with sessions.read() as session:
        (found,) = revisions.read(session)
    mark = "\N{REPLACEMENT CHARACTER}"
    assert found.text == f"title: a{mark}b {mark} '; DROP TABLE revisions; --"


def test_a_naive_time_is_refused(sessions: SessionFactory) -> None:
    with pytest.raises(StatementError, match="no time zone"):
        add(sessions, replace(TARGET, recorded_at=NOW.replace(tzinfo=None)))


def test_what_is_rolled_back_was_never_there(sessions: SessionFactory) -> None:
    with sessions() as session:
        revisions.add(session, FRAMEWORK)
        session.rollback()
    (number,) = add(sessions, FRAMEWORK)
    with sessions.read() as session:
        assert revisions.newest(session) == number
        assert len(revisions.read(session)) == 1


def test_one_text_is_kept_once_however_many_start_with_it(sessions: SessionFactory) -> None:
    start = Barrier(WRITERS)

    def begin(_number: int) -> bool:
        start.wait(10)
        return add(sessions, FRAMEWORK) != [None]

    with ThreadPoolExecutor(WRITERS) as pool:
        assert Counter(pool.map(begin, range(WRITERS))) == {True: 1, False: WRITERS - 1}


@pytest.mark.xdist_group("postgresql")
def test_no_lower_number_follows_a_higher_one(postgresql_url: str) -> None:
    """The second waits for the first to commit, so that what was seen as newest stays complete."""
    engine = connect(postgresql_url)
    sessions = SessionFactory(engine)
    with ThreadPoolExecutor(1) as pool:
        with sessions.begin() as session:
            first = revisions.add(session, TARGET)
            second = pool.submit(add, sessions, TARGET)
            with sessions.read() as reader:
                while not reader.connection().execute(text(_WAITING)).scalar_one():
                    assert not second.done()
                assert revisions.newest(reader) == 0
        assert [first] < second.result(10)
    engine.dispose()


_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
