"""Bringing a database to the tables this program knows, and refusing one that differs.

Alembic is imported only to migrate: every start of the bot merely compares two numbers.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from storage.engine import connect, sqlite_file
from storage.faults import StorageFault, redacted

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x6B70695F626F74  # "kpi_bot": the advisory lock every migrating process asks PostgreSQL for
_PATIENCE_SECONDS = 60.0


def revisions() -> list[str]:
    """The revisions this program knows, oldest first: the numbers its migration files start with."""
    return sorted(path.name[:4] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def migrate(url: str) -> list[str]:
    """Creates or upgrades the tables at `url` and returns the revisions applied; none if all is done.

    The whole upgrade is one transaction behind one lock, so any number of processes may call it at once
    and a failed one leaves what was there.
    """
    engine = connect(url, busy_timeout=_PATIENCE_SECONDS)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            before = _revision(connection)
            _refuse_newer(engine, before)
            pending = [one for one in revisions() if before is None or one > before]
            if pending:
                _upgrade(connection)
            return pending
    finally:
        engine.dispose()


def check(engine: Engine) -> None:
    """Raises a `StorageFault` unless the tables are exactly those this program knows. Changes nothing."""
    file, found = sqlite_file(engine.url), None
    if file is None or file.exists():  # opening it would create it
        with engine.execution_options(read_only=True).connect() as connection:
            found = _revision(connection)
    _refuse_newer(engine, found)
    if found is None:
        raise StorageFault(f"{redacted(engine.url)}: there are no tables yet.", "Run `kpi migrate`.")
    needed = revisions()[-1]
    if found != needed:
        message = f"{redacted(engine.url)}: the tables are at revision {found}, this program needs {needed}."
        raise StorageFault(message, "Make a backup, then run `kpi migrate`.")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _refuse_newer(engine: Engine, found: str | None) -> None:
    if found is not None and found not in revisions():
        message = f"{redacted(engine.url)}: the tables are at revision {found}, newer than this program knows"
        raise StorageFault(
            f"{message} ({revisions()[-1]}).", "Upgrade the program, or name another database."
        )


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
