"""Every way a database can refuse becomes a StorageFault that says where, what and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from kpi.metric import Sample
from storage import Engine, Session, SessionFactory, StorageFault, check, connect, samples
from tests.conftest import PostgresServer

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
ONE = [Sample("github.stars", NOW, 1.0)]


def names(url: str) -> list[str]:
    engine = connect(url)
    with SessionFactory(engine).read() as session:
        found = [name.metric for name in samples.names(session)]
    engine.dispose()
    return found


def refusal(engine: Engine, batch: list[Sample]) -> StorageFault:
    with pytest.raises(StorageFault) as caught, SessionFactory(engine).begin() as session:
        samples.write(session, batch, NOW)
    engine.dispose()
    assert caught.value.hint
    return caught.value


def path_of(url: str) -> str:
    return url.removeprefix("sqlite:///")


def test_a_write_lock_held_too_long(sqlite_url: str) -> None:
    holder = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    fault = refusal(connect(sqlite_url, busy_timeout=0.05), ONE)
    assert "write lock" in fault.message
    assert sqlite_url in fault.message
    assert names(sqlite_url) == []  # readers go on meanwhile
    holder.close()


def test_a_full_disk_keeps_nothing_of_the_batch(sqlite_url: str) -> None:
    engine = connect(sqlite_url)

    def shrink(connection: Any, _entry: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 10}").close()

    event.listen(engine, "connect", shrink)
    batch = [Sample("github.stars", NOW - timedelta(minutes=n), float(n)) for n in range(20_000)]
    assert "disk is full" in refusal(engine, batch).message
    assert names(sqlite_url) == []


def test_a_file_that_may_only_be_read(sqlite_url: str) -> None:
    keeper = connect(sqlite_url)
    with keeper.connect() as connection:
        connection.execute(text("SELECT 1 FROM samples"))
        fault = refusal(connect(f"sqlite:///file:{path_of(sqlite_url)}?mode=ro&uri=true"), ONE)
    keeper.dispose()
    assert "cannot be written" in fault.message


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Dear diary, today the stars went up again. " * 100)
    engine = connect(f"sqlite:///{tmp_path}/notes.db")
    with pytest.raises(StorageFault, match="not an SQLite database"):
        check(engine)
    engine.dispose()


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="cannot be opened"):
        check(connect(f"sqlite:///{tmp_path}"))


@pytest.fixture(scope="module")
def guarded(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """The server with a role that has to give a password."""
    rules = Path(postgres.folder) / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("local all guarded scram-sha-256\n" + before)
    postgres.run("CREATE ROLE guarded LOGIN PASSWORD 'right'", "SELECT pg_reload_conf()")
    yield postgres
    rules.write_text(before)
    postgres.run("SELECT pg_reload_conf()", "DROP ROLE guarded")


def test_a_wrong_password_is_told_without_it(guarded: PostgresServer) -> None:
    engine = connect(guarded.url("postgres", "guarded:wrong-0815"))
    with pytest.raises(StorageFault, match="password was refused") as caught:
        check(engine)
    assert "guarded:***@" in str(caught.value)
    assert "wrong-0815" not in str(caught.value)


def test_a_password_among_the_parameters_is_redacted_too(guarded: PostgresServer) -> None:
    url = f"postgresql:///postgres?host={guarded.folder}&user=guarded&password=wrong-0815"
    with pytest.raises(StorageFault) as caught:
        check(connect(url))
    assert "wrong-0815" not in str(caught.value)


@pytest.mark.parametrize(
    ("login", "database", "words"),
    [
        ("guarded", "postgres", "password was refused"),
        ("nobody", "postgres", "login was refused"),
        ("postgres", "nothing", "no such database"),
    ],
)
def test_a_refused_login_names_its_reason(
    guarded: PostgresServer, login: str, database: str, words: str
) -> None:
    with pytest.raises(StorageFault, match=words):
        check(connect(guarded.url(database, login)))


@pytest.mark.parametrize("place", ["127.0.0.1:1", "/nowhere"])
def test_a_server_that_is_not_there(place: str) -> None:
    host = f"@{place}/kpi" if ":" in place else f"@/kpi?host={place}"
    with pytest.raises(StorageFault, match="cannot be reached") as caught:
        check(connect(f"postgresql://bot:secret{host}"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("53100", "disk is full"),
        ("25006", "only allows reading"),
        ("42501", "lacks a right"),
        ("57014", "longer than the server allows"),
        ("57P01", "closed the connection"),
        ("40P01", "waited for each other"),
    ],
)
def test_what_the_server_reports_is_put_in_words(postgresql_url: str, code: str, words: str) -> None:
    def write_and_fail(session: Session) -> None:
        samples.write(session, ONE, NOW)
        session.connection().execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$"))

    engine = connect(postgresql_url)
    with pytest.raises(StorageFault, match=words), SessionFactory(engine).begin() as session:
        write_and_fail(session)
    engine.dispose()
    assert names(postgresql_url) == []


def test_a_server_that_stops_in_the_middle_keeps_nothing(
    postgres: PostgresServer, postgresql_url: str
) -> None:
    engine = connect(postgresql_url)

    def write_and_lose_the_server(session: Session) -> None:
        samples.write(session, ONE, NOW)
        everyone = f"FROM pg_stat_activity WHERE datname = '{engine.url.database}'"
        postgres.run(f"SELECT pg_terminate_backend(pid) {everyone}")
        samples.names(session)

    closed = pytest.raises(StorageFault, match="closed the connection")
    with closed, SessionFactory(engine).begin() as session:
        write_and_lose_the_server(session)
    engine.dispose()
    assert names(postgresql_url) == []


def test_a_programming_error_is_not_dressed_up(engine: Engine) -> None:
    with pytest.raises(Exception, match="syntax") as caught, engine.connect() as connection:
        connection.execute(text("SELEC 1"))
    assert not isinstance(caught.value, StorageFault)
