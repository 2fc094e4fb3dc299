"""`kpi forecast FILE.csv`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.cli.forecasting import forecast
from bot.errors import UserError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stars.csv"
    rows = [f"{date(2026, 1, 1) + timedelta(day)},{100 + 3 * day + day % 7}" for day in range(90)]
    path.write_text("\n".join(["at,value", *rows]))
    return path


def test_json_has_one_row_a_step(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert forecast(file, 3, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["at"] for row in said["forecast"]] == ["2026-04-01", "2026-04-02", "2026-04-03"]
    assert set(said["forecast"][0]) == {"at", "mean", "low80", "high80", "low95", "high95"}
    for row in said["forecast"]:
        assert row["low95"] <= row["low80"] <= row["mean"] <= row["high80"] <= row["high95"]
    assert isinstance(said["method"], str)


def test_the_table_says_step_and_method(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forecast(file, 2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["at", "mean", "80", "%", "between", "95", "%", "between"]
    assert lines[1].startswith("2026-04-01")
    assert lines[-1].startswith("Step: day. Method: ")


@pytest.mark.parametrize(
    ("rows", "coming"),
    [
        (["2026-01", "2026-02", "2026-03", "2026-04"], "2026-05"),
        (["2026-01-01 09:00", "2026-01-01 10:00", "2026-01-01 11:00"], "2026-01-01 12:00:00"),
        (["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"], "2026-01-01T00:03:00Z"),
        (["2026-11-19", "2026-11-20", "2026-11-23", "2026-11-24", "2026-11-27"], "2026-11-30"),
        (["1767225600", "1767229200", "1767232800"], "1767236400"),
    ],
)
def test_instants_go_on_in_the_spelling_of_the_file(
    rows: list[str], coming: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.csv"
    path.write_text("\n".join(["at,value", *(f"{at},{place + 1.5}" for place, at in enumerate(rows))]))
    forecast(path, 1, as_json=True)
    assert json.loads(capsys.readouterr().out)["forecast"][0]["at"] == coming


@pytest.mark.parametrize(
    "rows", ["2026-01-01,1\n", "2026-01-01,1\n2026-01-02,2\n", "2026-01-01,\n2026-01-02,\n2026-01-03,\n"]
)
def test_too_short_a_file_is_refused(rows: str, tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text(f"at,value\n{rows}")
    with pytest.raises(UserError, match="too short to forecast") as fault:
        forecast(path, 3)
    assert "at least three rows" in fault.value.hint


def test_a_horizon_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "years.csv"
    path.write_text("at,value\n9990-01-01,1\n9991-01-01,2\n9992-01-01,3\n")
    with pytest.raises(UserError, match="beyond the year 9999") as fault:
        forecast(path, 50)
    assert "7 at most" in fault.value.hint
