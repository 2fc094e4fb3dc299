"""Numbers in and out by hand and by file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Kpi

ROWS = """metric,at,value,team,city
sales.deals,2026-11-01T00:00:00+00:00,3,a,Köln
sales.deals,2026-11-01T00:00:00+00:00,4,"b, c",
sales.revenue,2026-11-01T09:30:00.000001+00:00,0.1,,
sales.revenue,2026-11-02T09:30:00+00:00,-12345678901234567890,,
"""


def test_what_is_exported_imports_as_the_same(here: Path, kpi: Kpi, tmp_path: Path) -> None:
    (here / "rows.csv").write_text(ROWS)
    assert "4 new" in kpi("import", "rows.csv").out
    exported = kpi("export").out
    assert len(list(csv.DictReader(io.StringIO(exported)))) == 4
    found = kpi("import", "-", stdin=exported.encode())
    assert (found.code, found.out) == (0, "stdin: 0 new, 0 restated, 4 unchanged\n")


def test_json_lines_hold_the_labels(here: Path, kpi: Kpi) -> None:
    kpi("import", "-", stdin=ROWS.encode())
    found = [json.loads(line) for line in kpi("export", "--json").out.splitlines()]
    assert {"team": "a", "city": "Köln"} in [one["labels"] for one in found]


def test_an_empty_database_exports_a_header(here: Path, kpi: Kpi) -> None:
    assert kpi("export").out == "metric,at,value\n"
    assert kpi("export", "--json").out == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"metric,at,value\nok,2026-11-01,1\nbad,2026-11-01,none\n", "stdin:3"),
        (b"a,b\n", "stdin:1"),
        (b"", "stdin:1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"metric,at,value\na\x07b,2026-11-01,1\n", "a\\x07b"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole(here: Path, kpi: Kpi, content: bytes, says: str) -> None:
    found = kpi("import", "-", stdin=content)
    assert found.code == 2
    assert says in found.err
    assert kpi("export").out == "metric,at,value\n"


def test_a_record_says_what_was_kept_and_for_when(here: Path, kpi: Kpi) -> None:
    found = kpi("record", "nps", "52", "--at", "2025-10-01T14:30")
    assert found.out == "Recorded NPS = 52 for 1 Oct 2025 14:30.\n"


def test_a_metric_takes_labels(here: Path, kpi: Kpi) -> None:
    kpi("record", "sales.deals", "3", "--label", "team=a=b", "--label", "city=Köln")
    [row] = csv.DictReader(io.StringIO(kpi("export").out))
    assert (row["team"], row["city"]) == ("a=b", "Köln")


@pytest.mark.parametrize("label", ["metric=x", "at=x", "value=x"])
def test_a_label_called_like_a_column_is_refused(here: Path, kpi: Kpi, label: str) -> None:
    found = kpi("record", "sales.deals", "3", "--label", label)
    assert found.code == 2
    assert "column" in found.err


def test_a_dry_run_prints_and_keeps_nothing(here: Path, kpi: Kpi) -> None:
    with (here / "kpi.yaml").open("a") as file:
        file.write("sources: {code: {collector: git, path: nowhere}}\n")
    found = kpi("collect", "--dry-run")
    assert found.code == 1
    assert "nowhere" in found.err
    assert "not read yet" in kpi("sources").out


def test_a_source_that_fails_exits_1_and_is_remembered(here: Path, kpi: Kpi) -> None:
    with (here / "kpi.yaml").open("a") as file:
        file.write("sources: {code: {collector: git, path: nowhere}}\n")
    assert kpi("collect", "code").code == 1
    assert "1 failing" in kpi("sources").out
