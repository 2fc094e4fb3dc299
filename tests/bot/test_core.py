"""From settings to a workspace with its database."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core import Core, open_core
from bot.errors import UserError
from bot.settings import read_environment
from kpi.document import DocumentFaults
from storage import StorageFault, check, connect
from tests.storage.test_migration_0002 import fill

WORKSPACE = """
timezone: Europe/Berlin
frameworks: [{use: hektor, start: 2026-09-01}]
channels: {daily: ["slack:C0123"]}
schedule: {daily: "09:00 weekdays"}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(**environment: str) -> Core:
    core = open_core(read_environment(environment))
    core.engine.dispose()
    return core


def test_kpi_yaml_is_the_workspace(folder: Path) -> None:
    (folder / "kpi.yaml").write_text(WORKSPACE)
    core = opened()
    assert not core.is_sample
    assert [one.subject for one in core.workspace.schedule] == ["daily/slack:C0123"]
    assert (folder / "kpi.db").exists()


def test_an_empty_kpi_config_counts_as_none(folder: Path) -> None:
    assert opened(KPI_CONFIG="").is_sample


def test_a_workspace_asked_for_by_name_must_be_there(folder: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.yaml does not exist"):
        opened(KPI_CONFIG="mine.yaml")


def test_every_fault_of_kpi_yaml_is_told_at_once(folder: Path) -> None:
    (folder / "kpi.yaml").write_text("timezone: Mars/Base\nframeworks: []\nnonsense: 1\n")
    with pytest.raises(DocumentFaults) as told:
        opened()
    assert {fault.key for fault in told.value.faults} == {"timezone", "frameworks", "nonsense"}
    assert not (folder / "kpi.db").exists(), "nothing is made for a workspace that cannot be used"


def test_a_database_file_that_is_no_database_is_left_alone(folder: Path) -> None:
    (folder / "kpi.yaml").write_text(WORKSPACE)
    (folder / "kpi.db").write_text("my notes " * 1000)
    with pytest.raises(StorageFault, match="not an SQLite database"):
        opened()
    assert (folder / "kpi.db").read_text().startswith("my notes")


def test_a_database_without_tables_says_what_to_do(folder: Path) -> None:
    (folder / "kpi.yaml").write_text(WORKSPACE)
    with connect("sqlite:///kpi.db").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (x)")
    with pytest.raises(StorageFault) as told:
        opened()
    assert told.value.hint == "Run `kpi migrate`."


def test_a_database_newer_than_the_program_is_refused(folder: Path) -> None:
    (folder / "kpi.yaml").write_text(WORKSPACE)
    opened()
    with connect("sqlite:///kpi.db").begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageFault, match="newer than this program"):
        opened()


def test_a_folder_that_does_not_exist_is_named(folder: Path) -> None:
    (folder / "kpi.yaml").write_text(WORKSPACE)
    with pytest.raises(StorageFault, match="the folder nowhere does not exist"):
        opened(DATABASE_URL="sqlite:///nowhere/kpi.db")


def test_the_samples_own_database_is_brought_up_to_date_unasked(folder: Path) -> None:
    fill(f"sqlite:///{folder}/playground.db")
    assert opened().is_sample
    engine = connect(f"sqlite:///{folder}/playground.db")
    check(engine)
    engine.dispose()


def test_a_database_of_your_own_waits_for_you(folder: Path) -> None:
    (folder / "kpi.yaml").write_text(WORKSPACE)
    fill(f"sqlite:///{folder}/kpi.db")
    with pytest.raises(StorageFault, match="this program needs"):
        opened()
