"""`kpi framework new`: a file to start from, which is sound as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.cli.conftest import WORKSPACE, Kpi


def test_a_new_framework_passes_its_check_and_can_be_used_as_told(
    bare: Path, kpi: Kpi, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kpi("framework", "new", "growth", "--title", "Growth “2027”: goals")
    assert made.code == 0
    assert kpi("framework", "check", "growth.yaml").code == 0
    use = made.out.splitlines()[-1]
    text = WORKSPACE.replace(
        "frameworks: [{use: small.yaml, start: 2026-09-01, horizons: {phase1: 2030-12-31}}]",
        f"frameworks:\n{use}",
    )
    (bare / "kpi.yaml").write_text(text)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    assert "4 KPIs in 1 framework" in kpi("ask", "list", "all").out


def test_a_file_that_is_there_is_never_touched(bare: Path, kpi: Kpi) -> None:
    (bare / "growth.yaml").write_text("mine")
    found = kpi("framework", "new", "growth")
    assert found.code == 2
    assert "is there already" in found.err
    assert (bare / "growth.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["Growth", "../growth", "", "9lives", "a" * 41, "über"])
def test_a_name_that_is_none_is_refused(bare: Path, kpi: Kpi, name: str) -> None:
    found = kpi("framework", "new", name)
    assert found.code == 2
    assert "cannot name a framework" in found.err
    assert not list(bare.iterdir())


def test_a_place_that_cannot_be_written_is_said(bare: Path, kpi: Kpi) -> None:
    found = kpi("framework", "new", "growth", "--folder", "missing")
    assert found.code == 2
    assert "cannot be written" in found.err
