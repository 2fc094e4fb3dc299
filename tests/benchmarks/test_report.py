"""The table, its Markdown form and the stored figures; no benchmark is run at its real size here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import daily, report
from benchmarks.outcome import Outcome, percentile, printed

OUTCOMES = [
    Outcome("answer, median", "ms", 3.5, 2.0, 2.0, "how it was measured", {"rounds": 300}),
    Outcome("daily update", "ms", 177.4, most=150.0),
    Outcome("acknowledgement", "ms", 12.0),
]


def test_table_aligns_its_columns_and_ends_with_the_notes() -> None:
    assert report.table(OUTCOMES).splitlines() == [
        "promise          baseline     ours  ratio      goal  met",
        "--------------------------------------------------------",
        "answer, median       2 ms  3.50 ms  1.75×      ≤ 2×  yes",
        "daily update            –   177 ms      –  ≤ 150 ms  NO",
        "acknowledgement         –    12 ms      –         –  –",
        "",
        "answer, median: how it was measured",
    ]


def test_markdown_has_one_row_for_each_outcome() -> None:
    head, rule, *body = report.markdown(OUTCOMES).splitlines()
    assert head == "| promise | baseline | ours | ratio | goal | met |"
    assert rule == "| --- | ---: | ---: | ---: | ---: | --- |"
    assert body[0] == "| answer, median | 2 ms | 3.50 ms | 1.75× | ≤ 2× | yes |"
    assert len(body) == len(OUTCOMES)


def test_stored_figures_hold_machine_versions_and_date_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    report.write(path, OUTCOMES, datetime(2026, 5, 13, 7, tzinfo=UTC))
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["date"] == "2026-05-13T07:00:00+00:00"
    assert stored["machine"]["cores"] >= 1
    assert set(report.PACKAGES) < set(stored["versions"])
    assert [one["met"] for one in stored["outcomes"]] == [True, False, None]
    assert report.read(path) == OUTCOMES


@pytest.mark.parametrize(
    ("outcome", "is_met"),
    [
        (Outcome("", "ms", 20.0, 10.0, 2.0), True),
        (Outcome("", "ms", 20.1, 10.0, 2.0), False),
        (Outcome("", "MB", 120.0, most=120.0), True),
        (Outcome("", "MB", 120.1, most=120.0), False),
        (Outcome("", "MB", 1.0, 0.0, 2.0), False),
        (Outcome("", "MB", 1.0), None),
    ],
)
def test_a_goal_limits_the_ratio_or_the_figure_itself(outcome: Outcome, is_met: bool | None) -> None:
    assert outcome.is_met is is_met


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (75, 3.0), (99, 4.0), (100, 4.0), (1, 1.0)])
def test_percentile_is_a_value_that_was_measured(percent: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (5.0, "5 ms"), (3.018, "3.02 ms"), (42.54, "42.5 ms"), (6649.2, "6,649 ms")],
)
def test_figures_have_the_digits_they_deserve(value: float | None, text: str) -> None:
    assert printed(value, "ms") == text


def test_a_benchmark_of_tiny_size_prints_its_table_and_writes_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.json"
    assert command.main(["--only", "daily", "--quick", "--markdown", "--output", str(path)]) == 0
    assert "| SQL statements, 30 KPIs against 3 |" in capsys.readouterr().out
    assert len(report.read(path)) == 2


def test_statements_do_not_grow_with_the_kpis() -> None:
    statements = daily.run(quick=True)[1]
    assert statements.ours == statements.baseline
