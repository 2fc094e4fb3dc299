"""What happened stays: the database itself refuses to change or delete a row of the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kpi.judgement import Judgement
from storage import Session, SessionFactory, audit, connect, judgements, revisions
from storage.audit import Act
from storage.revisions import Kind, Revision

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
ACT = Act(NOW, "slack:U1", "record", "nps")
REVISION = Revision(Kind.TARGET, "acme/nps@day90", "50", "slack:U1", NOW)
JUDGEMENT = Judgement("nps", "day90", "Market leader", True, "", "slack:U1", NOW)
TABLES = ("audit", "revisions", "judgements")


@pytest.fixture
def sqlite_sessions(sqlite_url: str) -> Iterator[SessionFactory]:
    engine = connect(sqlite_url)
    yield SessionFactory(engine)
    engine.dispose()


def fill(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        audit.write(session, ACT)
        revisions.add(session, REVISION)
        judgements.add(session, "acme", JUDGEMENT, NOW)


def kept(session: Session) -> tuple[int, int, int]:
    return (
        len(audit.recent(session)),
        len(revisions.read(session)),
        len(judgements.history(session, "acme", "nps")),
    )


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET id = 7", "DELETE FROM {}", "DELETE FROM {} WHERE id IN (SELECT id FROM {})"]
)
def test_a_row_is_neither_changed_nor_deleted(sessions: SessionFactory, table: str, statement: str) -> None:
    fill(sessions)
    with pytest.raises(IntegrityError) as caught, sessions.begin() as session:
        session.connection().execute(text(statement.format(table, table)))
    assert f"table {table} only grows" in str(caught.value)
    assert "Add a new row" in str(caught.value)
    with sessions.read() as session:
        assert kept(session) == (1, 1, 1)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_not_replaced_on_sqlite(sqlite_sessions: SessionFactory, table: str) -> None:
    fill(sqlite_sessions)
    replace = text(f"REPLACE INTO {table} SELECT * FROM {table}")
    with pytest.raises(IntegrityError, match="only grows"), sqlite_sessions.begin() as session:
        session.connection().execute(replace)


def test_a_refusal_undoes_what_was_added_with_it(sessions: SessionFactory) -> None:
    def tidy_up() -> None:
        with sessions.begin() as session:
            audit.write(session, ACT)
            session.connection().execute(text("DELETE FROM judgements"))

    fill(sessions)
    with pytest.raises(IntegrityError, match="only grows"):
        tidy_up()
    with sessions.read() as session:
        assert kept(session) == (1, 1, 1)
