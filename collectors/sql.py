"""Any database that SQLAlchemy reaches: PostgreSQL (and Citus), MySQL, SQLite, warehouses, a CRM's replica.

Endpoint: the database at `url`; one statement for each query, in a transaction that only reads.
Auth: what `url` holds: postgresql://reader:${PASSWORD}@host/name. The login should be allowed to read alone.
Rate limit: none; one query after the other, each ended after `timeout_seconds`.
Freshness: of the moment; the past as far as the tables hold it.
Docs: https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls,
    https://www.postgresql.org/docs/current/sql-set-transaction.html

How a statement is written, and what its rows mean, is told in `collectors.sql_queries`. Times without a zone
are on the clock of the workspace in an answer, and `:start` and `:end` are UTC for columns without one:

    SELECT date_trunc('day', at AT TIME ZONE :tz) AS time, count(*) AS value
    FROM signups WHERE at >= :start AND at < :end GROUP BY 1

SQLite holds times as texts: there `:start` reads like 2026-11-20 09:00:00, in UTC, as datetime() writes it.
PostgreSQL and SQLite are tried with real databases. What others call a read-only session is set where they
know one (MySQL, MariaDB); elsewhere the login's own rights and the check of the statement have to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from collectors.base import About, Batch, Client, Collector, Credential, Proof, Span
from collectors.faults import AuthFailed, CollectorFault, Unavailable, UnexpectedResponse
from collectors.queries import (
    MOST_QUERIES,
    SETTLES_AFTER,
    USUAL,
    Asking,
    QueriesConfig,
    QueryName,
    askings,
    collect_queries,
    found_first,
    metrics,
)
from collectors.redaction import Redactor
from collectors.sql_queries import MOST_ROWS, SqlQuery, Stretch, Table, samples, stretches
from collectors.statements import escaped, places
from kpi.metric import Sample

METRICS = metrics("sql")
_CONNECT_SECONDS = 10
_PACKAGES = {
    "bigquery": "sqlalchemy-bigquery",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "databricks": "databricks-sqlalchemy",
    "duckdb": "duckdb-engine",
    "mariadb": "pymysql",
    "mssql": "pyodbc",
    "mysql": "pymysql",
    "oracle": "oracledb",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
    "trino": "trino[sqlalchemy]",
}
_READ_ONLY = {
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'"),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'"),
}


class Config(QueriesConfig):
    """Which database is asked, and what."""

    collector: Literal["sql"] = "sql"
    url: SecretStr = Field(description="as SQLAlchemy writes it: postgresql://reader:${PASSWORD}@host/name")
    timeout_seconds: float = Field(30, gt=0, le=600, description="the longest that one statement may take")
    queries: dict[QueryName, SqlQuery] = Field(min_length=1, max_length=MOST_QUERIES)

    @field_validator("url")
    @classmethod
    def _is_database(cls, value: SecretStr) -> SecretStr:
        try:
            found = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError("url is no database: write postgresql://reader:password@host/name") from None
        if found.get_backend_name() == "sqlite" and found.database in (None, "", ":memory:"):
            raise ValueError("url names no file: write sqlite:////path/to/file.db")
        return value

    @property
    def address(self) -> URL:
        """The database with the driver that is used here."""
        found = make_url(self.url.get_secret_value())
        if found.get_backend_name() in ("postgres", "postgresql"):
            return found.set(drivername="postgresql+psycopg")
        if found.get_backend_name() == "sqlite":  # a missing file is a fault; SQLite would make an empty one
            file = Path(str(found.database)).absolute().as_uri()
            return found.set(drivername="sqlite", database=file, query={"mode": "ro", "uri": "true"})
        return found


@dataclass(frozen=True, slots=True)
class Database:
    """One database in one run. Its methods wait, so they run in a thread."""

    config: Config

    def ask(self, query: SqlQuery, asked: Sequence[Stretch], zone: ZoneInfo) -> list[Table]:
        """What the statement returns for each stretch. Raises a CollectorFault."""
        try:
            engine = self._engine()
            try:
                with engine.connect() as connection, self._reading(connection) as reading:
                    return [self._table(reading, query, one, zone) for one in asked]
            finally:
                engine.dispose()
        except (SQLAlchemyError, ImportError) as error:
            raise self._fault(error) from None

    def _engine(self) -> Engine:
        address = self.config.address
        patience: dict[str, Any] = {}
        if address.get_backend_name() in ("postgresql", "mysql", "mariadb"):
            patience = {} if "connect_timeout" in address.query else {"connect_timeout": _CONNECT_SECONDS}
        return create_engine(address, poolclass=NullPool, connect_args=patience, hide_parameters=True)

    @contextlib.contextmanager
    def _reading(self, connection: Connection) -> Iterator[Connection]:
        """The connection in a transaction that cannot write and ends what takes too long."""
        dialect, seconds = connection.dialect.name, self.config.timeout_seconds
        if dialect == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        elif dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = 1")
            until = time.monotonic() + seconds
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
        for statement in _READ_ONLY.get(dialect, ()):
            connection.exec_driver_sql(statement)
        try:
            yield connection
        finally:
            connection.rollback()

    def _table(self, connection: Connection, query: SqlQuery, asked: Stretch, zone: ZoneInfo) -> Table:
        dialect = connection.dialect.name
        values = {"start": _bound(asked.start, dialect), "end": _bound(asked.end, dialect), "tz": zone.key}
        # PostgreSQL's driver would hold every row before the first is looked at.
        statement = text(escaped(query.query)).execution_options(stream_results=dialect == "postgresql")
        used = {name: value for name, value in values.items() if name in places(query.query)}
        with connection.execute(statement, used) as result:
            return Table(list(result.keys()), [tuple(line) for line in result.fetchmany(MOST_ROWS + 1)])

    def _fault(self, error: Exception) -> CollectorFault:
        """What a database's error amounts to. Its text may quote the address, so secrets are taken out."""
        if isinstance(error, ImportError | NoSuchModuleError):
            backend = self.config.address.get_backend_name()
            package = _PACKAGES.get(backend, f"a SQLAlchemy driver for {backend}")
            return UnexpectedResponse(
                f"there is no driver for {backend} here",
                hint=f"Install it beside the bot: pip install {package}.",
            )
        if not isinstance(error, DBAPIError):
            return UnexpectedResponse(self._said(error), hint="Check url and the query.")
        state = str(getattr(error.orig, "sqlstate", None) or "")
        said = self._said(error.orig or error)
        if state == "57014" or "interrupted" in said:
            seconds = f"{self.config.timeout_seconds:g} s"
            return Unavailable(f"the statement took longer than {seconds}", hint="Make it cheaper.")
        if state.startswith("28") or state == "42501" or _is_refusal(said):
            return AuthFailed(said, hint="Check user and password in url, and that it may read these tables.")
        if state == "25006" or "readonly" in said:
            return UnexpectedResponse(said, hint="A query only reads.")
        if (
            error.connection_invalidated
            or state.startswith(("08", "53", "57"))
            or _is_away(error, state, said)
        ):
            return Unavailable(said, hint="Check url, and that the database can be reached from here.")
        return UnexpectedResponse(said, hint="Check the query against the database.")

    def _said(self, error: BaseException) -> str:
        address = make_url(self.config.url.get_secret_value())
        secrets = [self.config.url.get_secret_value(), str(address.password or "")]
        secrets += [
            str(one)
            for value in address.query.values()
            for one in ([value] if isinstance(value, str) else value)
        ]
        line = " ".join(str(error).split())
        return f"the database answered: {Redactor.of(secrets)(line)[:200]}"


def _bound(at: datetime, dialect: str) -> Any:
    """An instant as a database of this kind compares it."""
    at = at.astimezone(UTC)
    if dialect == "postgresql":
        return at
    return f"{at:%Y-%m-%d %H:%M:%S}" if dialect == "sqlite" else at.replace(tzinfo=None)


def _is_refusal(said: str) -> bool:
    return any(one in said for one in ("authentication failed", "no password supplied", "Access denied"))


def _is_away(error: DBAPIError, state: str, said: str) -> bool:
    """Whether nobody answered: an operational error without a state, but for SQLite's words on a query."""
    is_query = any(one in said for one in ("no such", "syntax error", "near "))
    return type(error).__name__ == "OperationalError" and not state and not is_query


@dataclass(frozen=True, slots=True)
class Reader:
    """Carries the questions into a thread."""

    config: Config

    async def answer(self, asking: Asking[SqlQuery]) -> list[Sample]:
        asked = stretches(asking)
        longest = self.config.timeout_seconds * max(len(asked), 1) + 2 * _CONNECT_SECONDS
        try:
            async with asyncio.timeout(longest):
                database = Database(self.config)
                tables = await asyncio.to_thread(database.ask, asking.query, asked, asking.span.zone)
        except TimeoutError:
            said = f"the database did not answer within {longest:g} s"
            raise Unavailable(said, hint="Check url and the network.") from None
        return samples(asking, asked, tables)


async def collect(config: Config, _client: Client, span: Span) -> Batch:
    """Ask every query."""
    return await collect_queries(askings(config.collector, config.queries, span), Reader(config).answer)


async def probe(config: Config, client: Client) -> str:
    """The first query's answer now."""
    now = client.now()
    asking = askings(config.collector, config.queries, Span(now, now, ZoneInfo("UTC")))[0]
    return found_first(asking, await Reader(config).answer(asking))


ABOUT = About(
    title="SQL database",
    measures="whatever a SELECT can say: a warehouse, a replica, the product's own tables",
    example={
        "url": "postgresql://reader:${DATABASE_PASSWORD}@db.example.com/product",
        "queries": {
            "paying_accounts": {"query": "SELECT count(*) FROM accounts WHERE plan <> 'free'"},
            "signups": {
                "kind": "flow",
                "daily": True,
                "query": "SELECT count(*) FROM accounts WHERE created_at >= :start AND created_at < :end",
            },
        },
    },
    credentials=(
        Credential(
            "url",
            "DATABASE_PASSWORD",
            "a login that may connect and SELECT from the tables asked for, nothing else",
            "https://www.postgresql.org/docs/current/sql-grant.html",
        ),
    ),
    proof=Proof.SERVER,
    proven_by="PostgreSQL and SQLite",
)

COLLECTOR = Collector(
    "sql",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=USUAL,
    chunk=timedelta(days=92),
    probe=probe,
    about=ABOUT,
)
