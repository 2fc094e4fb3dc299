"""Inferno against its document: the tables are walked here on their own and compared cell by cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from kpi.framework import Framework
from kpi.framework_report import findings
from tests.kpi.frameworks.conftest import document_lines

LAST_TABLE_OF_KPIS = 246
UNDATED = ("Target Value", "Target Improvement")


def table_rows() -> Iterator[tuple[int, str, str, dict[str, str]]]:
    """Line, section, name and cells of every row of the document's KPI tables."""
    headings: dict[int, str] = {}
    columns: list[str] = []
    for number, line in enumerate(document_lines("inferno")[: LAST_TABLE_OF_KPIS + 1]):
        if heading := re.match(r"(#+) (.*)", line):
            depth = len(heading[1])
            headings = {level: title for level, title in headings.items() if level < depth}
            headings[depth] = heading[2]
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            columns = []
        elif not columns:
            columns = cells
        elif not re.fullmatch(r"[-:]+", cells[0]):
            section = " > ".join(title for level, title in sorted(headings.items()) if level > 1)
            yield number, section, cells[0].strip("*"), dict(zip(columns, cells, strict=True))


def written_targets(row: dict[str, str]) -> dict[str, str]:
    if "Target Implementation" in row:
        return {row["Target Implementation"].lower().replace(" ", ""): row["Success Criteria"]}
    phases = {f"phase{number}": row.get(f"Phase {number} Target") for number in range(1, 5)}
    undated = next((row[column] for column in UNDATED if column in row), None)
    return {horizon: text for horizon, text in {**phases, "steady": undated}.items() if text is not None}


ROWS = list(table_rows())


def test_the_document_has_the_rows_this_test_expects() -> None:
    assert len(ROWS) == 110
    assert sum(len(written_targets(row)) for *_, row in ROWS) == 272


@pytest.mark.parametrize(("line", "section", "name", "row"), ROWS, ids=[str(row[0]) for row in ROWS])
def test_every_row_of_the_document_is_a_kpi_as_written(
    line: int, section: str, name: str, row: dict[str, str], inferno: Framework
) -> None:
    (kpi,) = [kpi for kpi in inferno.kpis if kpi.line == line]
    assert (kpi.section, kpi.name) == (section, name)
    assert {horizon: target.goal.text for horizon, target in kpi.targets.items()} == written_targets(row)
    assert kpi.baseline_text == row.get("Current", "")
    assert kpi.source == row.get("Measurement Method", "")


def test_counts_by_section_and_phase(inferno: Framework, inferno_json: dict[str, Any]) -> None:
    tracks = Counter(kpi.section.split(" > ")[0].split(":")[0] for kpi in inferno.kpis)
    assert list(tracks.values()) == [10, 14, 17, 20, 20, 20, 9]
    targets = [target for kpi in inferno_json["kpis"] for target in kpi["targets"]]
    assert sum(target["value"] is not None for target in targets) == 266
    assert Counter(target["horizon"] for target in targets) == {
        "phase1": 44,
        "phase2": 61,  # two of them say N/A
        "phase3": 61,
        "phase4": 59,
        "steady": 47,
    }


def test_targets_by_track(inferno: Framework) -> None:
    targets = Counter[str]()
    for kpi in inferno.kpis:
        targets[kpi.section.split(":")[0].split(" > ")[0]] += len(kpi.targets)
    assert list(targets.values()) == [40, 29, 44, 45, 50, 55, 9]


@pytest.mark.parametrize(
    ("gate", "to", "require", "members"),
    [
        ("phase1", "phase2", Fraction(4, 5), 44),
        ("phase2", "phase3", Fraction(17, 20), 59),
        ("phase3", "phase4", Fraction(9, 10), 61),
    ],
)
def test_gates_count_the_written_targets_of_their_phase(
    gate: str, to: str, require: Fraction, members: int, inferno: Framework
) -> None:
    (found,) = [one for one in inferno.gates if one.key == gate]
    assert (found.from_, found.to, found.require) == (gate, to, require)
    assert len(found.kpis(inferno)) == members


TRAPS = [
    (15, "phase1", ">=", 100_000, "$"),
    (15, "phase4", ">=", 100_000_000, "$"),
    (17, "phase4", "words", None, "x"),
    (22, "phase4", ">=", 15, "x"),
    (23, "phase1", ">=", 20, "%"),
    (25, "phase4", "<", 0.1, "bugs/KLOC"),
    (26, "phase3", "<=", 0, "vulnerabilities"),
    (38, "phase1", "<", 2, "hours"),
    (38, "phase3", "<", 0.5, "hours"),
    (39, "phase4", "<", 0.25, "hours"),
    (46, "steady", ">=", 40, "%"),
    (71, "phase2", ">", 99.5, "%"),
    (72, "phase4", ">=", 75, "%"),
    (86, "phase2", ">=", 70, "%"),
    (88, "phase3", "<", 100, "ms"),
    (94, "steady", ">=", 15, "formats"),
    (95, "steady", ">=", 10, ":1"),
    (109, "phase1", "<", 10, "min"),
    (109, "phase4", "<", 1, "min"),
    (110, "phase1", "<", 3, "seconds"),
    (110, "phase4", "<", 0.5, "seconds"),
    (111, "phase4", ">=", 9.5, "/10"),
    (117, "phase4", ">=", 4.8, "/5"),
    (126, "steady", "words", None, ""),
    (129, "steady", ">=", 4.5, ":1"),
    (138, "steady", "<", 500, "KB"),
    (172, "steady", "<", 2, "incidents/month"),
    (181, "steady", "words", None, ""),
    (202, "phase2", "words", None, "%"),
    (204, "phase4", ">=", 500_000, "views/month"),
    (223, "phase4", ">=", 5_000, "professionals"),
    (233, "steady", ">=", 85, "%"),
    (243, "steady", ">=", 50, ""),
]


@pytest.mark.parametrize(("line", "horizon", "op", "value", "unit"), TRAPS)
def test_tricky_cells(
    line: int, horizon: str, op: str, value: float | None, unit: str, inferno_json: dict[str, Any]
) -> None:
    (kpi,) = [kpi for kpi in inferno_json["kpis"] if kpi["line"] == line]
    (target,) = [target for target in kpi["targets"] if target["horizon"] == horizon]
    assert (target["op"], target["value"], target["unit"]) == (op, pytest.approx(value), unit)


def test_the_range_of_capacity(inferno: Framework) -> None:
    goal = inferno.by_key["production_reliability.capacity_utilization"].targets["steady"].goal
    assert (goal.value, goal.high) == (70, 80)


@pytest.mark.parametrize(
    ("line", "number"), [(13, 0), (15, 0), (16, None), (17, None), (24, 75), (25, None), (46, None)]
)
def test_baselines_are_numbers_only_where_the_document_has_one(
    line: int, number: float | None, inferno: Framework
) -> None:
    (kpi,) = [kpi for kpi in inferno.kpis if kpi.line == line]
    assert kpi.baseline == number


def test_every_phase_is_at_least_as_strict_as_the_one_before(inferno: Framework) -> None:
    assert not [finding for finding in findings(inferno) if "asks for less" in finding]


def test_rules_are_those_of_the_document(inferno: Framework) -> None:
    assert (inferno.zones, inferno.funnels, inferno.attribution) == ((), (), ())
    assert [(rule.line, rule.when.below) for rule in inferno.alerts[:2] if rule.when] == [
        (286, 70),
        (287, 50),
    ]
    assert inferno.alerts[2].by_hand == "customer impact"
    assert [report.cadence for report in inferno.reports] == [
        "real-time",
        "daily",
        "biweekly",
        "monthly",
        "quarterly",
    ]
    assert len(inferno.dashboards) == 1
    assert len([tool for tool in inferno.tools if tool.purpose.startswith("dashboard")]) == 3


def test_the_permission_review_is_a_monthly_task(inferno: Framework) -> None:
    (task,) = inferno.governance.tasks
    assert (task.cadence, task.line, inferno.by_key[task.kpi].line) == ("monthly", 181, 181)


def test_funnels_and_late_reports_are_read_once_they_are_whole(inferno: Framework) -> None:
    late = {kpi.line: kpi.matures.days for kpi in inferno.kpis if kpi.matures}
    assert late == {108: 8, 118: 7, 201: 8, 211: 8}


@pytest.mark.parametrize(
    ("alias", "key"),
    [
        ("adoption", "primary_business_metrics.developer_adoption"),
        ("arr", "primary_business_metrics.revenue_arr"),
        ("uptime", "primary_business_metrics.platform_availability"),
        ("coverage", "technical_excellence_metrics.test_coverage"),
        ("nps", "customer_success_metrics.net_promoter_score"),
    ],
)
def test_aliases_people_type(alias: str, key: str, inferno: Framework) -> None:
    assert [kpi.key for kpi in inferno.kpis if alias in kpi.aliases] == [key]


def test_adoption_is_not_measured_by_stars(inferno: Framework) -> None:
    adoption = inferno.by_key["primary_business_metrics.developer_adoption"]
    assert adoption.measure == "last(mixpanel.active_users_30d)"
