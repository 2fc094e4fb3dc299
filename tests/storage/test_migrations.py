"""Migrations give exactly the tables of `tables.py`, once, whoever runs them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from storage import Engine, StorageFault, check, connect, migrate
from storage.migrate import revisions
from tests.conftest import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = connect(empty_url)
    yield engine
    engine.dispose()


def test_head_equals_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_primary_keys_equal_the_tables(engine: Engine) -> None:
    tables, seen = SQLModel.metadata.tables, inspect(engine)
    found = {name: seen.get_pk_constraint(name)["constrained_columns"] for name in tables}
    assert found == {name: [one.name for one in table.primary_key] for name, table in tables.items()}


def test_migrating_twice_applies_nothing_more(empty_url: str) -> None:
    assert migrate(empty_url) == revisions()
    assert migrate(empty_url) == []


def test_many_threads_may_migrate_at_once(empty_url: str, empty: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        applied = list(pool.map(migrate, [empty_url] * 8))
    assert sorted(applied) == [*[[]] * 7, revisions()]
    check(empty)


def test_two_processes_may_migrate_at_once(empty_url: str, empty: Engine) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        applied = list(pool.map(migrate, [empty_url] * 2))
    assert sorted(applied) == [[], revisions()]
    check(empty)


def test_an_empty_database_is_refused_until_migrated(empty_url: str, empty: Engine) -> None:
    with pytest.raises(StorageFault, match="no tables yet") as caught:
        check(empty)
    assert "kpi migrate" in caught.value.hint
    migrate(empty_url)
    check(empty)


def test_checking_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="no tables yet"):
        check(connect(f"sqlite:///{tmp_path}/kpi.db"))
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    known = [*revisions(), "9998"]
    monkeypatch.setattr(import_module("storage.migrate"), "revisions", lambda: known)
    with pytest.raises(StorageFault, match="this program needs 9998") as caught:
        check(engine)
    assert "kpi migrate" in caught.value.hint


def test_a_newer_database_is_refused_and_left_alone(empty_url: str, empty: Engine) -> None:
    migrate(empty_url)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (lambda: check(empty), lambda: migrate(empty_url)):
        with pytest.raises(StorageFault, match="newer than this program") as caught:
            attempt()
        assert "Upgrade the program" in caught.value.hint


def test_an_interrupted_upgrade_leaves_nothing(
    empty_url: str, empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    upgrade = command.upgrade

    def interrupted(*arguments: object) -> None:
        upgrade(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "upgrade", interrupted)
    with pytest.raises(KeyboardInterrupt):
        migrate(empty_url)
    with pytest.raises(StorageFault, match="no tables yet"):
        check(empty)
    monkeypatch.undo()
    assert migrate(empty_url) == revisions()


def test_a_statement_on_missing_tables_says_what_to_run(empty: Engine) -> None:
    with pytest.raises(StorageFault, match="kpi migrate"), empty.connect() as connection:
        connection.execute(text("SELECT * FROM samples"))


def test_revisions_form_one_line_of_numbers() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from storage import migrations

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [one.revision for one in reversed(scripts)] == revisions()
    assert all(Path(one.path).name.startswith(one.revision) for one in scripts)
