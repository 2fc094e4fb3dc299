"""`kpi init`, `doctor`, `migrate`: from an empty folder to a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.starting import Answers, compose
from bot.settings import read_workspace
from kpi.document import DocumentFaults
from tests.bot.cli.conftest import Kpi


def answers(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def test_defaults_make_a_workspace_that_the_doctor_accepts(bare: Path, kpi: Kpi) -> None:
    assert kpi("init", "--yes").code == 0
    found = kpi("doctor", "--offline")
    assert (found.code, found.err) == (0, "")
    assert "Everything that was checked is fine." in found.out
    assert (bare / "kpi.db").exists()
    assert not (bare / "playground.db").exists()


def test_five_answers_make_a_workspace(bare: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    given = answers(
        "Acme: “Ltd”", "Asia/Kathmandu", "hektor, INFERNO", "2026-09-01", "acme/engine", "C0123ABCD"
    )
    assert kpi("init", "mine.yaml", stdin=given).code == 0
    file = read_workspace((bare / "mine.yaml").read_text(), "mine.yaml", {"GITHUB_TOKEN": ""})
    assert (file.name, file.timezone) == ("Acme: “Ltd”", "Asia/Kathmandu")
    assert [use.use for use in file.frameworks] == ["hektor", "inferno"]
    assert file.channels["daily"] == ("slack:C0123ABCD",)
    monkeypatch.setenv("KPI_CONFIG", "mine.yaml")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    assert "daily/slack:C0123ABCD" in kpi("schedule").out


def test_an_answer_that_cannot_be_used_is_asked_again(bare: Path, kpi: Kpi) -> None:
    given = answers(
        "", "Mars/Base", "UTC", "nonsense", "hektor", "yesterday", "2026-09-01", "acme", "", "#general", ""
    )
    found = kpi("init", stdin=given)
    assert found.code == 0
    for said in ("Mars/Base", "nonsense", "yesterday", "acme", "#general"):
        assert said in found.out


def test_an_end_of_input_writes_nothing(bare: Path, kpi: Kpi) -> None:
    assert kpi("init", stdin=answers("Acme")).code == 130
    assert list(bare.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(bare: Path, kpi: Kpi) -> None:
    (bare / "kpi.yaml").write_text("mine")
    found = kpi("init", "--yes")
    assert found.code == 2
    assert (bare / "kpi.yaml").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_said(bare: Path, kpi: Kpi) -> None:
    found = kpi("init", "nowhere/kpi.yaml", "--yes")
    assert found.code == 2
    assert "cannot be written" in found.err


@pytest.mark.parametrize("name", ["", '"', "a: b", "#1", "${HOME}", "日本", "null", "x" * 80])
def test_any_name_makes_a_readable_file(name: str) -> None:
    import datetime

    given = Answers(name, "UTC", ("hektor",), datetime.date(2026, 9, 1), "", "")
    try:
        assert read_workspace(compose(given), "kpi.yaml", {"HOME": "${HOME}"}).name == name
    except DocumentFaults as fault:
        pytest.fail(str(fault))


def test_without_kpi_yaml_the_doctor_says_how_to_make_one(bare: Path, kpi: Kpi) -> None:
    found = kpi("doctor", "--offline")
    assert found.code == 1
    assert "kpi init" in found.out
    assert "SLACK_BOT_TOKEN" not in found.out


def test_migrate_says_what_it_did(here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kpi("migrate").out == "The database is up to date.\n"
    monkeypatch.setenv("DATABASE_URL", "sqlite:///fresh.db")
    assert kpi("migrate").out.startswith("Applied 0001")


def test_slack_without_a_workspace_is_refused(bare: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    found = kpi("run")
    assert found.code == 2
    assert "kpi init" in found.err
