"""`kpi detect`: a row a point, in order, from the past alone."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.cli import app, detecting, main
from tests.bot.cli.conftest import Kpi


@pytest.fixture(autouse=True)
def registered() -> None:
    """The command, wherever the list of commands stands."""
    if not any(command.name == "detect" for command in app.registered_commands):
        detecting.register(app)


def daily(values: list[float | str]) -> bytes:
    first = date(2026, 1, 1)
    rows = [f"{first + timedelta(days=number)},{value}" for number, value in enumerate(values)]
    return ("at,value\n" + "\n".join(rows) + "\n").encode()


def rows_of(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def test_every_point_has_its_row(bare: Path, kpi: Kpi) -> None:
    given = daily([100.0 + number % 7 for number in range(60)])
    found = kpi("detect", "-", stdin=given)
    rows = rows_of(found.out)
    assert found.code == 0
    assert found.out.startswith("at,value,expected,low,high,score\n2026-01-01,100,,,,0.0000\n")
    assert [row["at"] for row in rows] == [line.split(",")[0] for line in given.decode().splitlines()[1:]]
    assert all(0.0 <= float(row["score"]) <= 1.0 for row in rows)
    assert all(float(row["low"]) <= float(row["expected"]) <= float(row["high"]) for row in rows[1:])


def test_a_spike_scores_and_is_told_with_its_reason(bare: Path, kpi: Kpi) -> None:
    values: list[float | str] = [100.0 + number % 7 for number in range(60)]
    values[50] = 900.0
    found = kpi("detect", "-", stdin=daily(values))
    scores = [float(row["score"]) for row in rows_of(found.out)]
    assert max(range(60), key=scores.__getitem__) == 50
    assert scores[50] > 0.5
    assert found.err.startswith("2026-02-20: highest Friday in 8 weeks; expected ")
    assert len(found.err.splitlines()) == 1


def test_a_missing_value_stays_empty(bare: Path, kpi: Kpi) -> None:
    found = kpi("detect", "-", stdin=daily([5, 6, "", 5, 6]))
    assert [row["value"] for row in rows_of(found.out)] == ["5", "6", "", "5", "6"]
    assert rows_of(found.out)[2]["expected"] != ""
    assert {row["score"] for row in rows_of(found.out)} == {"0.0000"}


def test_numbers_are_plain(bare: Path, kpi: Kpi) -> None:
    found = kpi("detect", "-", stdin=daily([0.0000001, 123456789012.0, 0.0000002, 2.5, -1e15]))
    assert "e" not in "".join(found.out.splitlines()[1:])
    assert [row["value"] for row in rows_of(found.out)][:2] == ["0.0000001", "123456789012"]


def test_what_lies_ahead_changes_nothing(bare: Path, kpi: Kpi) -> None:
    values: list[float | str] = [50 + (number * 37) % 11 for number in range(80)]
    whole = kpi("detect", "-", stdin=daily(values)).out.splitlines()
    part = kpi("detect", "-", stdin=daily(values[:45])).out.splitlines()
    assert whole[: len(part)] == part


def test_one_instant_twice_is_scored_twice(bare: Path, kpi: Kpi) -> None:
    (bare / "series.csv").write_text("at,value\n2026-10-25 02:30,1\n2026-10-25 02:30,2\n")
    assert [row["value"] for row in rows_of(kpi("detect", "series.csv").out)] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("at,value\n2026-01-01,many\n", "series.csv:2: value “many” is no number"),
        ("day,value\n2026-01-01,1\n", "series.csv:1: there is no column at"),
        (None, "series.csv does not exist"),
    ],
)
def test_a_bad_file_is_refused(bare: Path, kpi: Kpi, text: str | None, told: str) -> None:
    if text is not None:
        (bare / "series.csv").write_text(text)
    found = kpi("detect", "series.csv")
    assert (found.code, found.out) == (2, "")
    assert told in found.err


def test_the_command_says_what_it_reads(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "--help"]) == 0
    assert "at,value" in capsys.readouterr().out
