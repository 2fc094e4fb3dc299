"""`kpi report` alone, `kpi report check`, and what `--out` writes beside the post."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import WORKSPACE, Kpi

OWN = """
reports:
  notes:
    title: Board notes
    cadence: weekly
    documents: [csv]
    parts:
      - {title: Stars, kpis: [Stars], chart: %s}
"""


@pytest.fixture
def stars(here: Path, kpi: Kpi) -> None:
    rows = "".join(f"github.stars,2026-10-{day:02},{10 * day}\n" for day in range(1, 32))
    kpi("import", "-", stdin=f"metric,at,value\n{rows}".encode())


def own(here: Path, chart: str) -> None:
    (here / "kpi.yaml").write_text(WORKSPACE + OWN % chart, encoding="utf-8")


def test_alone_it_lists_the_reports(here: Path, kpi: Kpi) -> None:
    own(here, "trend")
    found = kpi("report")
    assert found.code == 0
    rows = {line.split()[0]: line for line in found.out.splitlines()}
    assert "slack:C0123 · next" in rows["daily"]
    assert "09:00 Europe/Berlin" in rows["daily"]
    assert "Board notes" in rows["notes"]
    assert "weekly · with csv" in rows["notes"]


@pytest.mark.usefixtures("stars")
def test_reports_that_can_be_shown_pass(here: Path, kpi: Kpi) -> None:
    own(here, "trend")
    found = kpi("report", "check", "--for", "2026-10-20")
    assert found.code == 0
    assert "ok    daily: goes to slack:C0123" in found.out
    assert "ok    notes: Stars: 1 of 1 KPI measured, trend" in found.out
    assert found.out.splitlines()[-1] == "3 examined, nothing to mend."


def test_a_chart_that_cannot_be_drawn_exits_1(here: Path, kpi: Kpi) -> None:
    own(here, "ladder")
    found = kpi("report", "check", "notes")
    assert found.code == 1
    assert "WRONG notes: Stars: its ladder needs a gate, and it names none" in found.out
    assert found.out.splitlines()[-1] == "1 thing to mend."


def test_a_schedule_without_a_channel_is_wrong(here: Path, kpi: Kpi) -> None:
    text = WORKSPACE + OWN % "trend"
    (here / "kpi.yaml").write_text(
        text.replace("schedule: {", 'schedule: {notes: "09:00 monday", '), encoding="utf-8"
    )
    found = kpi("report", "check", "notes")
    assert found.code == 1
    assert "WRONG notes: is scheduled but has no channel" in found.out


@pytest.mark.parametrize("words", [("report", "dayly"), ("report", "check", "dayly")])
def test_an_unknown_report_gets_the_nearest_name(kpi: Kpi, words: tuple[str, ...]) -> None:
    found = kpi(*words)
    assert found.code == 2
    assert "There is no report “dayly”." in found.err
    assert "Did you mean `daily`?" in found.err


def test_a_name_too_many_is_refused(kpi: Kpi) -> None:
    found = kpi("report", "daily", "weekly")
    assert found.code == 2
    assert "`kpi report daily`" in found.err


@pytest.mark.usefixtures("stars")
def test_documents_are_told_and_written(here: Path, kpi: Kpi) -> None:
    own(here, "trend")
    assert "Attached: " in kpi("report", "notes", "--for", "2026-10-20").out
    found = kpi("report", "notes", "--for", "2026-10-20", "--out", "out")
    assert found.code == 0
    written = {Path(line).suffix: Path(line) for line in found.out.splitlines()}
    assert set(written) == {".json", ".png", ".csv"}
    assert "Stars" in written[".csv"].read_text(encoding="utf-8")
    assert json.loads(written[".json"].read_text(encoding="utf-8"))["data"]["last"] == "2026-10-19"
