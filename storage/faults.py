"""What a database error means to a person: one fault type, with what happened, where and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy.engine import URL, ExceptionContext


class StorageFault(Exception):
    """The database cannot do what was asked. Nothing of the transaction was kept."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


_BUSY = "another process held the write lock for too long"
_MIGRATE = ("the tables are missing or older than this program", "Run `kpi migrate`.")

# Primary result codes, https://sqlite.org/rescode.html
_SQLITE = {
    sqlite3.SQLITE_BUSY: (_BUSY, "Try again; if it goes on, look for a process that keeps the file open."),
    sqlite3.SQLITE_LOCKED: (_BUSY, "Try again; if it goes on, look for a process that keeps the file open."),
    sqlite3.SQLITE_FULL: ("the disk is full", "Free some space, then try again."),
    sqlite3.SQLITE_READONLY: (
        "the file or its folder cannot be written",
        "Give the bot's user write access to both.",
    ),
    sqlite3.SQLITE_PERM: ("the file cannot be used", "Give the bot's user read and write access to it."),
    sqlite3.SQLITE_CANTOPEN: (
        "the file cannot be opened",
        "Check the path in DATABASE_URL and its access rights.",
    ),
    sqlite3.SQLITE_NOTADB: ("the file is not an SQLite database", "Name another file in DATABASE_URL."),
    sqlite3.SQLITE_CORRUPT: (
        "the file is damaged",
        "Restore it from a backup; `sqlite3 FILE .recover` saves what is left.",
    ),
    sqlite3.SQLITE_IOERR: ("reading or writing the disk failed", "Check the disk and the free space on it."),
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "28P01": ("the password was refused", "Check the user and the password in DATABASE_URL."),
    "28000": ("the login was refused", "Check the user in DATABASE_URL and the server's pg_hba.conf."),
    "3D000": ("there is no such database on the server", "Create it with `createdb`, or check DATABASE_URL."),
    "42501": ("the user lacks a right", "Grant it CREATE on the schema and all rights on the tables."),
    "42P01": _MIGRATE,
    "42703": _MIGRATE,
    "25006": ("the database only allows reading", "Point DATABASE_URL at the primary server."),
    "53100": ("the server's disk is full", "Free some space on it, then try again."),
    "53300": ("the server has no free connection", "Raise its max_connections or run fewer processes."),
    "55P03": (_BUSY, "Try again; `select * from pg_stat_activity` shows who holds it."),
    "57014": ("the statement took longer than the server allows", "Raise the server's statement_timeout."),
    "40P01": ("two processes waited for each other", "Try again."),
    "40001": ("another process changed the same rows", "Try again."),
}

# libpq reports a refused connection without a code, only in the server's words.
_REFUSALS = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    'role "': "28000",
    'database "': "3D000",
    "too many clients": "53300",
}

_GONE = "Check that the server runs and that host and port in DATABASE_URL are right."


def redacted(url: URL) -> str:
    """The URL without anything secret in it."""
    secrets = {name: "***" for name in url.query if "password" in name.lower() or "secret" in name.lower()}
    return url.update_query_dict(secrets).render_as_string(hide_password=True)


def translate(context: ExceptionContext) -> None:
    """Raises a `StorageFault` in place of a driver's error that a person can mend; others pass unchanged."""
    if context.is_pre_ping:
        return  # the pool found a dead connection and replaces it
    fault = context.original_exception
    dialect = context.dialect
    url = context.engine.url if context.engine is not None else None
    explain: Callable[[BaseException], tuple[str, str] | None]
    explain = _explain_sqlite if dialect.name == "sqlite" else _explain_postgresql
    found = explain(fault)
    if found is None:
        return
    what, hint = found
    where = "The database" if url is None else redacted(url.set(drivername=url.get_backend_name()))
    raise StorageFault(f"{where}: {what}.", hint) from fault


def _explain_sqlite(fault: BaseException) -> tuple[str, str] | None:
    if not isinstance(fault, sqlite3.Error):
        return None
    code = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code == sqlite3.SQLITE_ERROR and str(fault).startswith(("no such table", "no such column")):
        return _MIGRATE
    return _SQLITE.get(code)


def _explain_postgresql(fault: BaseException) -> tuple[str, str] | None:
    import psycopg  # 9 MB that a bot on SQLite never needs; here the driver is loaded already

    if not isinstance(fault, psycopg.Error):
        return None
    if fault.sqlstate is not None:
        is_shutdown = fault.sqlstate.startswith(("08", "57P"))
        return ("the server closed the connection", _GONE) if is_shutdown else _POSTGRESQL.get(fault.sqlstate)
    if not isinstance(fault, psycopg.OperationalError):
        return None
    text = str(fault)
    refusal = next((code for words, code in _REFUSALS.items() if words in text), None)
    if refusal is not None:
        return _POSTGRESQL[refusal]
    reason = next(iter(text.splitlines()), "").strip()  # names host and port, never the password
    return f"the server cannot be reached ({reason[:200]})", _GONE
