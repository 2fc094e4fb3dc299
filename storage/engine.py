"""Opening the database: one place for pragmas, transactions and what a driver's error means to a person.

SQLite (the default) and PostgreSQL behave the same to callers: `sessions.begin()` is a transaction that may
write, `sessions.read()` is one unchanging snapshot that may not.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from storage.faults import StorageFault, redacted, translate
from storage.tables import describe_for_postgresql

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

BUSY_TIMEOUT_SECONDS = 5.0

_PRAGMAS = (
    "synchronous=NORMAL",  # with WAL: a power cut may lose the last commits, never consistency
    "foreign_keys=ON",
    "cache_size=-8000",  # 8 MB a connection; mapping the file was no faster and doubled the memory in use
    "temp_store=MEMORY",
    f"journal_size_limit={64 * 1024 * 1024}",
)


class SessionFactory(sessionmaker[Session]):
    """Makes sessions: `begin()` to write, `read()` to look at one snapshot."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, class_=Session, expire_on_commit=False)
        options: dict[str, Any] = {"read_only": True}
        if engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = engine.execution_options(**options)

    def read(self) -> AbstractContextManager[Session]:
        """A session in which every statement sees the same state, and none can change it."""
        return self(bind=self._reader)


def insert_into(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in the words of the session's database."""
    if session.connection().dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # 3 MB that a bot on SQLite never needs

    return postgresql.insert(table)


def connect(url: str, *, busy_timeout: float = BUSY_TIMEOUT_SECONDS) -> Engine:
    """An engine on the database at `url`; nothing is opened before the first statement."""
    parsed = _parse(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    engine = _sqlite(parsed, busy_timeout) if is_sqlite else _postgresql(parsed)
    event.listen(engine, "handle_error", translate)
    return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        hint = "Set DATABASE_URL to sqlite:///kpi.db or postgresql://user:password@host/name."
        raise StorageFault("The database URL cannot be read.", hint) from fault
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        return parsed
    raise StorageFault(
        f"{redacted(parsed)}: this kind of database is not supported.",
        "Set DATABASE_URL to sqlite:///kpi.db or postgresql://user:password@host/name.",
    )


def _sqlite(url: URL, busy_timeout: float) -> Engine:
    if url.database in (None, "", ":memory:", "file::memory:") or url.query.get("mode") == "memory":
        message = "A database in memory would be a different, empty one for every connection."
        raise StorageFault(message, "Name a file: sqlite:///kpi.db.")
    file = sqlite_file(url)
    if file is not None and not file.parent.is_dir():
        message = f"{file}: the folder {file.parent} does not exist."
        raise StorageFault(message, "Create it or change DATABASE_URL.")
    engine = create_engine(url, connect_args={"timeout": busy_timeout}, pool_size=8, max_overflow=32)
    event.listen(engine, "connect", partial(_prepare_sqlite, busy_timeout))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def sqlite_file(url: URL) -> Path | None:
    """The file an SQLite URL names; None for SQLite's own `file:` form and for other databases."""
    is_plain = url.get_backend_name() == "sqlite" and not (url.database or "file:").startswith("file:")
    return Path(str(url.database)) if is_plain else None


def _prepare_sqlite(busy_timeout: float, connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own implicit BEGIN comes too late and is deferred: _begin_sqlite does it instead.
    connection.isolation_level = None
    _use_wal(connection, monotonic() + busy_timeout)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _use_wal(connection: sqlite3.Connection, deadline: float) -> None:
    """Lets readers go on beside the writer.

    When several processes open a new file at once, SQLite refuses the switch without waiting, because each
    holds a lock the other needs: trying again is the only way.
    """
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    is_reader = bool(connection.get_execution_options().get("read_only"))
    if connection.info.get("is_reader", False) != is_reader:
        connection.exec_driver_sql(f"PRAGMA query_only={int(is_reader)}")
        connection.info["is_reader"] = is_reader
    # A writer takes the write lock first: a deferred transaction that reads, then writes, fails at once with
    # SQLITE_BUSY_SNAPSHOT when somebody else wrote in between, whatever the timeout.
    connection.exec_driver_sql("BEGIN" if is_reader else "BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    describe_for_postgresql()
    arguments = {"connect_timeout": 10, "application_name": "kpi"}
    given = {name: value for name, value in arguments.items() if name not in url.query}
    return create_engine(url, connect_args=given, pool_size=5, max_overflow=15, pool_pre_ping=True)
