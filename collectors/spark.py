"""Apache Spark: queries in Spark SQL, over Spark Connect or over its Thrift server (HiveServer2).

Endpoint: `url`: sc://host:15002 (Connect), or hive://user@host:10000/database (Thrift).
Auth: what `url` holds: sc://host:443/;use_ssl=true;token=${SPARK_TOKEN}, or a user and a password.
Rate limit: none; one query after the other, each given up after `timeout_seconds`.
Freshness: of the moment; the past as far as the tables hold it.
Docs: https://spark.apache.org/docs/latest/spark-connect-overview.html,
    https://spark.apache.org/docs/latest/sql-distributed-sql-engine.html

How a statement is written, and what its rows mean, is told in `collectors.sql_queries`. The session's time
zone is UTC, so that times without a zone, and `:start` and `:end`, mean the same on every cluster; a day of
the workspace is `date_trunc('DAY', from_utc_timestamp(at, :tz))`.

Spark knows no read-only transaction: let the login read alone. Connect needs the package pyspark-client
(extra `spark`), Thrift needs PyHive with thrift (extra `spark-thrift`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator

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

METRICS = metrics("spark")
_PATIENCE = 20  # seconds to connect
_CONNECT = "pip install 'kpi-bot[spark]'"
_THRIFT = "pip install 'kpi-bot[spark-thrift]'"


class Config(QueriesConfig):
    """Which Spark is asked, and what."""

    collector: Literal["spark"] = "spark"
    url: SecretStr = Field(description="sc://host:15002, or hive://user@host:10000/database")
    timeout_seconds: float = Field(120, gt=0, le=3600, description="the longest that one statement may take")
    queries: dict[QueryName, SqlQuery] = Field(min_length=1, max_length=MOST_QUERIES)

    @field_validator("url")
    @classmethod
    def _is_spark(cls, value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("sc", "hive") or not parts.hostname:
            raise ValueError("url is no Spark: write sc://host:15002, or hive://user@host:10000/database")
        return value

    @property
    def is_connect(self) -> bool:
        return self.url.get_secret_value().startswith("sc:")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: the address, its password, and what follows its host."""
        url = self.url.get_secret_value()
        parts = urlsplit(url)
        given = [one.partition("=")[2] for one in parts.path.split(";") if "=" in one]
        return tuple(one for one in (url, parts.password or "", *given) if one not in ("", "true", "false"))


Ask = Callable[[SqlQuery, Mapping[str, Any]], Table]


def _bound(at: datetime) -> datetime:
    """An instant in the session's zone, which is UTC."""
    return at.astimezone(UTC).replace(tzinfo=None)


@contextlib.contextmanager
def _connect(url: str) -> Iterator[Ask]:
    """Spark Connect. Its client binds values by name."""
    session_type = import_module("pyspark.sql.connect.session").SparkSession
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it logs traces of the server
    session = session_type.builder.remote(url).create()
    try:
        session.conf.set("spark.sql.session.timeZone", "UTC")

        def ask(query: SqlQuery, values: Mapping[str, Any]) -> Table:
            found = session.sql(query.query, args=dict(values)).limit(MOST_ROWS + 1)
            return Table(list(found.columns), [tuple(line) for line in found.collect()])

        yield ask
    finally:
        session.stop()


@contextlib.contextmanager
def _thrift(url: str) -> Iterator[Ask]:
    """HiveServer2 by SQLAlchemy and PyHive, which write bound values into the statement, escaped."""
    from sqlalchemy import NullPool, create_engine, text

    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET spark.sql.session.timeZone=UTC")

            def ask(query: SqlQuery, values: Mapping[str, Any]) -> Table:
                plain = {name: str(value) for name, value in values.items()}
                with connection.execute(text(escaped(query.query)), plain) as result:
                    names = [one.rpartition(".")[2] for one in tuple(result.keys())]
                    return Table(names, [tuple(line) for line in result.fetchmany(MOST_ROWS + 1)])

            yield ask
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Reader:
    """One Spark in one run."""

    config: Config

    async def answer(self, asking: Asking[SqlQuery]) -> list[Sample]:
        asked = stretches(asking)
        longest = self.config.timeout_seconds * max(len(asked), 1) + _PATIENCE
        try:
            async with asyncio.timeout(longest):
                tables = await asyncio.to_thread(self.ask, asking.query, asked, asking.span.zone)
        except TimeoutError:
            said = f"Spark did not answer within {longest:g} s"
            raise Unavailable(said, hint="Make the query cheaper, or raise timeout_seconds.") from None
        return samples(asking, asked, tables)

    def ask(self, query: SqlQuery, asked: Sequence[Stretch], zone: ZoneInfo) -> list[Table]:
        """What the statement returns for each stretch; waits, so it runs in a thread."""
        opened = _connect if self.config.is_connect else _thrift
        try:
            with opened(self.config.url.get_secret_value()) as ask:
                return [ask(query, _values(query, one, zone)) for one in asked]
        except ImportError as error:
            package = _CONNECT if self.config.is_connect else _THRIFT
            said = f"Spark's client is not installed here ({error.name or error})"
            raise UnexpectedResponse(said, hint=f"Install it: {package}") from None
        except CollectorFault:
            raise
        except Exception as error:  # two clients, each with classes of its own
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> CollectorFault:
        """What an error of either client amounts to. Its text may quote the address."""
        if type(error).__name__ == "NoSuchModuleError":
            return UnexpectedResponse("PyHive is not installed here", hint=f"Install it: {_THRIFT}")
        line = " ".join(str(getattr(error, "orig", None) or error).split())
        said = f"Spark answered: {Redactor.of(self.config.secrets)(line)[:200]}"
        upper = line.upper()
        if any(
            one in upper
            for one in ("UNAUTHENTICATED", "PERMISSION_DENIED", "NOT AUTHORIZED", "BAD STATUS: 3")
        ):
            return AuthFailed(said, hint="Check the token, or user and password, in url.")
        away = ("UNAVAILABLE", "COULD NOT CONNECT", "CONNECTION REFUSED", "DEADLINE_EXCEEDED", "TTRANSPORT")
        if any(one in upper for one in away) or type(error).__name__ == "TTransportException":
            return Unavailable(said, hint="Check url, and that Spark can be reached from here.")
        return UnexpectedResponse(said, hint="Check the query against Spark's tables.")


def _values(query: SqlQuery, asked: Stretch, zone: ZoneInfo) -> dict[str, Any]:
    values = {"start": _bound(asked.start), "end": _bound(asked.end), "tz": zone.key}
    used = places(query.query)
    return {name: value for name, value in values.items() if name in used}


async def collect(config: Config, _client: Client, span: Span) -> Batch:
    """Ask every query."""
    return await collect_queries(askings(config.collector, config.queries, span), Reader(config).answer)


async def probe(config: Config, client: Client) -> str:
    """The first query's answer now."""
    now = client.now()
    asking = askings(config.collector, config.queries, Span(now, now, ZoneInfo("UTC")))[0]
    return found_first(asking, await Reader(config).answer(asking))


ABOUT = About(
    title="Apache Spark",
    measures="whatever Spark SQL can say of the lake's tables",
    example={
        "url": "sc://spark.example.com:443/;use_ssl=true;token=${SPARK_TOKEN}",
        "queries": {
            "model_accuracy": {"kind": "ratio", "query": "SELECT avg(correct) FROM ml.predictions"},
            "events": {
                "kind": "flow",
                "daily": True,
                "query": "SELECT count(*) FROM events WHERE at >= :start AND at < :end",
            },
        },
    },
    credentials=(
        Credential(
            "url",
            "SPARK_TOKEN",
            "a login that may read the tables asked for, nothing else",
            "https://spark.apache.org/docs/latest/spark-connect-overview.html",
        ),
    ),
    proof=Proof.SERVER,
    proven_by="a local Spark 4.3, over Connect",
)

COLLECTOR = Collector(
    "spark",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=USUAL,
    chunk=timedelta(days=92),
    probe=probe,
    about=ABOUT,
)
