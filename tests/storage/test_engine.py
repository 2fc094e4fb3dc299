"""Opening a database, and what its two kinds of transaction promise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from kpi.metric import Sample
from storage import Engine, SessionFactory, StorageFault, connect, samples
from tests.conftest import PostgresServer

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


def pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_sqlite_is_opened_for_many_readers_and_one_writer(sqlite_url: str, name: str, value: object) -> None:
    engine = connect(sqlite_url)
    assert pragma(engine, name) == value
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("not a url", "cannot be read"),
        ("mysql://bot:secret@host/kpi", "not supported"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///file:kpi?mode=memory&uri=true", "in memory"),
        ("sqlite:////nowhere/at/all/kpi.db", "does not exist"),
    ],
)
def test_a_url_that_cannot_work_is_refused_at_once(url: str, words: str) -> None:
    with pytest.raises(StorageFault, match=words) as caught:
        connect(url)
    assert caught.value.hint
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg(scheme: str) -> None:
    assert connect(f"{scheme}://bot@host/kpi").url.drivername == "postgresql+psycopg"


def test_a_reading_session_cannot_write(sessions: SessionFactory) -> None:
    with pytest.raises(StorageFault, match=r"written|reading"), sessions.read() as session:
        samples.write(session, [Sample("github.stars", NOW, 1.0)], NOW)
    with sessions.begin() as session:  # the same connection writes again
        assert samples.write(session, [Sample("github.stars", NOW, 1.0)], NOW).new == 1


def test_a_reading_session_sees_one_snapshot(sessions: SessionFactory) -> None:
    with sessions.read() as reader:
        assert samples.names(reader) == []
        with sessions.begin() as writer:
            samples.write(writer, [Sample("github.stars", NOW, 1.0)], NOW)
        assert samples.names(reader) == []
    with sessions.read() as reader:
        assert [name.metric for name in samples.names(reader)] == ["github.stars"]


def test_a_failed_block_keeps_nothing(sessions: SessionFactory) -> None:
    def write_and_fail() -> None:
        with sessions.begin() as session:
            samples.write(session, [Sample("github.stars", NOW, 1.0)], NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with sessions.read() as session:
        assert samples.names(session) == []


def test_threads_that_read_then_write_wait_for_each_other(sessions: SessionFactory) -> None:
    def count_up(number: int) -> None:
        with sessions.begin() as session:
            known = samples.newest(session, ["count"])
            value = known["count"].value if "count" in known else 0.0
            at = NOW.replace(microsecond=number)
            samples.write(session, [Sample("count", at, value + 1)], NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(40)))
    with sessions.read() as session:
        assert samples.names(session)[0].samples == 40


def test_postgresql_connections_closed_by_the_server_are_replaced(
    postgres: PostgresServer, postgresql_url: str
) -> None:
    engine = connect(postgresql_url)
    sessions = SessionFactory(engine)
    with sessions.begin() as session:
        samples.write(session, [Sample("github.stars", NOW, 1.0)], NOW)
    database = engine.url.database
    postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
    with sessions.read() as session:
        assert len(samples.names(session)) == 1
    engine.dispose()


def test_a_file_name_with_spaces_and_umlauts_works(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/Käse 100%.db")
    assert pragma(engine, "journal_mode") == "wal"
    engine.dispose()
    assert (tmp_path / "Käse 100%.db").exists()
