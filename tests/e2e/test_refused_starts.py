"""Starts that cannot succeed: said at once, in a line or two, with exit code 2."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from bot import core
from bot.cli import main
from bot.serving import listen
from storage import connect
from tests.bot.cli.conftest import Kpi, bare, here, kpi, slack
from tests.e2e.process import clean_environment
from tests.e2e.slack import Slack

__all__ = ["bare", "here", "kpi", "slack"]  # fixtures of the command line's own tests


def test_a_broken_workspace_is_told_whole_by_the_real_program(tmp_path: Path) -> None:
    (tmp_path / "kpi.yaml").write_text("timezone: Mars/Base\nframeworks: [{use: hektor, strat: 1}]\nx: 1\n")
    found = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path, env=clean_environment({}), capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (2, "")
    assert [line.split(":")[:2] for line in found.stderr.splitlines()] == [
        ["kpi.yaml", "1"],
        ["kpi.yaml", "2"],
        ["kpi.yaml", "3"],
    ]


def test_a_port_in_use(here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", 0) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        found = kpi("playground")
    assert found.code == 2
    assert "Cannot listen on 127.0.0.1" in found.err
    assert "PORT=" in found.err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "SLACK_BOT_TOKEN: invalid_auth"),
        ("SLACK_API_URL", "http://127.0.0.1:9/api/", "Slack cannot be reached at http://127.0.0.1:9"),
    ],
)
def test_slack_that_refuses_or_is_not_there(
    kpi: Kpi, slack: Slack, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORT", "0")
    began = time.monotonic()
    found = kpi("run")
    assert time.monotonic() - began < 5
    assert found.code == 2
    assert says in found.err
    assert "xoxb-wrong" not in found.err


def test_a_database_without_tables(here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "empty.db").touch()
    monkeypatch.setenv("DATABASE_URL", "sqlite:///empty.db")
    found = kpi("run")
    assert found.code == 2
    assert "kpi migrate" in found.err


def test_a_database_newer_than_the_program(here: Path, kpi: Kpi, sqlite_url: str) -> None:
    with connect(sqlite_url).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    found = kpi("run")
    assert found.code == 2
    assert "newer than this program" in found.err


def test_a_locked_database_keeps_nothing_and_says_who_to_look_for(
    here: Path, kpi: Kpi, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "connect", partial(connect, busy_timeout=0.05))
    with connect(sqlite_url).begin():
        found = kpi("record", "nps", "52")
    assert found.code == 2
    assert "write lock" in found.err
    assert kpi("export").out == "metric,at,value\n"


def test_an_unreachable_postgresql(here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://kpi:s3cret@127.0.0.1:9/kpi")
    assert main(["run"]) == 2
    found = kpi("run")
    assert "cannot be reached" in found.err
    assert "s3cret" not in found.err
