"""Exit codes and one-line faults: what every command has in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import cli
from tests.bot.cli.conftest import Kpi


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("ask", "--nonsense"),
        ("record", "nps"),
        ("schedule", "--next", "0"),
        ("schedule", "--next", "many"),
        ("receipts", "--limit", "-1"),
        ("playground", "--port", "70000"),
        ("export", "--csv", "--json"),
        ("report", "weekly"),
        ("report", "daily", "--for", "soon"),
        ("report", "daily", "--for", "2199-01-01"),
        ("framework", "show", "nonsense"),
        ("framework", "check", "nonsense.yaml"),
        ("record", "nps", "52", "--label", "team"),
        ("record", "nps", "much"),
        ("record", "nothing like it", "1"),
        ("record", "nps", "52", "--at", "soon"),
        ("record", "nps", "52", "--at", "2199-01-01"),
        ("import", "nothing.csv"),
        ("collect", "vendor"),
        ("collect",),
    ],
)
def test_a_wrong_call_exits_2_with_a_short_message(here: Path, kpi: Kpi, words: tuple[str, ...]) -> None:
    found = kpi(*words)
    assert found.code == 2
    assert found.out == ""
    assert 0 < len(found.err.splitlines()) <= 2
    assert "Traceback" not in found.err


def test_without_a_command_the_help_is_shown(bare: Path, kpi: Kpi) -> None:
    found = kpi()
    assert "playground" in found.out + found.err


def test_help_exits_0(bare: Path, kpi: Kpi) -> None:
    assert kpi("--help").code == 0
    assert kpi("ask", "--help").code == 0


def test_a_broken_workspace_exits_2_with_every_fault_and_its_line(here: Path, kpi: Kpi) -> None:
    (here / "kpi.yaml").write_text(
        "timezone: Mars/Base\nframeworks:\n  - {use: small.yaml, strat: 1}\nextra: 1\n"
    )
    found = kpi("ask", "nps")
    assert found.code == 2
    lines = found.err.splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "3", "4"]
    assert all(line.startswith("kpi.yaml:") for line in lines)


def test_wrong_settings_exit_2_naming_each(here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "nonsense")
    found = kpi("ask", "nps")
    assert found.code == 2
    assert "PORT" in found.err
    assert "SLACK_BOT_TOKEN" in found.err
    assert "nonsense" not in found.err


@pytest.mark.parametrize("command", [("ask", "nps"), ("migrate",), ("export",)])
def test_a_database_that_is_none_exits_2(here: Path, kpi: Kpi, command: tuple[str, ...]) -> None:
    (here.parent / "kpi.db").write_text("x" * 10_000)
    found = kpi(*command)
    assert found.code == 2
    assert "not an SQLite database" in found.err


def test_a_fault_of_our_own_is_not_dressed_up(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(cli.sources, "opened", fail)
    with pytest.raises(RuntimeError):
        cli.main(["sources"])
