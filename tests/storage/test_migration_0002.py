"""A database from before revisions were kept is brought up to date with everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import IntegrityError

from storage import (
    Engine,
    SessionFactory,
    StorageFault,
    audit,
    check,
    connect,
    migrate,
    migrations,
    revisions,
)
from storage.audit import Act
from storage.columns import Instant
from storage.migrate import revisions as known
from tests.conftest import PostgresServer

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database as the first revision left it, with two acts and a series in it."""
    if request.param == "sqlite":
        fill(f"sqlite:///{tmp_path}/old.db")
        yield f"sqlite:///{tmp_path}/old.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    fill(server.url(name))
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def fill(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = connect(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    columns = "at, actor, action, subject, before, after, note"
    values = ":at, :actor, 'record', 'nps', '40', '42', '“quoted”'"
    insert = text(f"INSERT INTO audit ({columns}) VALUES ({values})").bindparams(
        bindparam("at", type_=Instant()), bindparam("actor")
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(insert, [{"at": NOW, "actor": "slack:U1"}, {"at": NOW, "actor": "slack:U2"}])
        connection.execute(text("INSERT INTO series (metric, labels, samples) VALUES ('nps', '{}', 0)"))
    engine.dispose()


@pytest.fixture
def old(old_url: str) -> Iterator[Engine]:
    engine = connect(old_url)
    yield engine
    engine.dispose()


def test_an_old_database_is_refused_until_migrated(old_url: str, old: Engine) -> None:
    with pytest.raises(StorageFault, match="at revision 0001"):
        check(old)
    assert migrate(old_url) == known()[1:]
    check(old)


def test_what_was_there_is_kept(old_url: str, old: Engine) -> None:
    migrate(old_url)
    acts = [Act(NOW, f"slack:U{number}", "record", "nps", "40", "42", "“quoted”", "") for number in (2, 1)]
    with SessionFactory(old).read() as session:
        assert audit.recent(session) == acts
        assert session.connection().execute(text("SELECT metric FROM series")).scalars().all() == ["nps"]
        assert revisions.newest(session) == 0


def test_old_acts_are_protected_too_and_new_ones_follow(old_url: str, old: Engine) -> None:
    migrate(old_url)
    with pytest.raises(IntegrityError, match="only grows"), old.begin() as connection:
        connection.execute(text("DELETE FROM audit"))
    fresh = Act(NOW, "slack:U3", "target", "nps", place="slack:C1")
    with SessionFactory(old).begin() as session:
        audit.write(session, fresh)
        assert audit.recent(session, limit=1) == [fresh]
        assert len(audit.recent(session)) == 3
