"""Bakhmach against its document: tables and chains are walked here on their own, cell by cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from kpi.framework import Framework, Kpi
from kpi.framework_report import findings
from tests.kpi.frameworks.conftest import document_lines

LAST_LINE_OF_KPIS = 178
GLUED = re.compile(r"\|[-|]+\|n\|")  # a separator with the first row of its table glued to it
DATED = {136: "month9", 171: "q1", 175: "q3"}  # bullets that say when
LOWER = {14, 21, 31, 32, 39, 47, 48, 49, 54, 55, 58, 59, 107, 113, 114, 123, 125}
LOWER |= {133, 136, 137, 153, 154, 157, 158, 163, 164, 169, 170}
NEITHER = {171, 172, 175}
UNITS = {
    "%": {15, 16, 21, 22, 23, 30, 34, 37, 38, 40, 46, 48, 59, 60, 69, 70, 76, 77, 89, 90, 102, 103, 108, 109}
    | {115, 125, 131, 132, 133, 153, 155, 156, 158, 162, 163, 176, 177, 178},
    "$": {58, 120, 121, 122, 123, 124, 130, 138},
    "hours": {14, 31, 107, 113, 114, 170},
    "min": {39, 54, 74, 164},
    "ms": {32, 47, 49, 55},
    "days": {75},
    "months": {137},
    "/10": {18},
    "": {71, 88, 91, 154, 171, 172, 175},
    "users": {52, 67, 68, 100},
    "alerts/month": {33},
    "requests/second": {53},
    "papers/year": {82},
    "pull requests/month": {106},
    "posts/month": {112},
    "features/month": {139},
    "points/sprint": {161},
    "$/month": {136},
    "wins": {17},
    "citations": {83},
    "researchers": {84},
    "metrics": {85},
    "members": {99},
    "contributors": {101},
    "stars": {142},
    "forks": {143},
    "followers": {144},
    "mentions": {145},
    "talks": {146},
    "vulnerabilities": {157},
    "incidents": {169},
}


@dataclass
class Stated:
    """A KPI as the document states it."""

    line: int
    section: str
    name: str
    targets: dict[str, str]
    baseline: str = ""
    source: str = ""


@dataclass
class Walk:
    """Where a walk through the document is."""

    headings: dict[int, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)

    @property
    def section(self) -> str:
        return " > ".join(title for level, title in sorted(self.headings.items()) if level > 1)

    def enter(self, line: str) -> bool:
        """Whether the line is a heading: marked with #, or bold and alone."""
        heading = re.fullmatch(r"(#+) (.*)|\*\*([^*]+)\*\*", line)
        if heading is None:
            return False
        depth = len(heading[1]) if heading[1] else 4
        self.headings = {level: title for level, title in self.headings.items() if level < depth}
        self.headings[depth] = heading[2] or heading[3]
        return True

    def row(self, number: int, line: str) -> Stated | None:
        cells = [cell.strip() for cell in GLUED.sub("|", line).strip("|").split("|")]
        if not self.columns or cells[0] == "Metric":
            self.columns = cells
            return None
        if re.fullmatch(r"-+", cells[0]):
            return None
        named = dict(zip(self.columns, cells, strict=True))
        targets = {key: text for column, text in named.items() if (key := horizon(column))}
        return Stated(
            number,
            self.section,
            cells[0].strip("*"),
            targets,
            named.get("Baseline", ""),
            named.get("Measurement", ""),
        )

    def bullet(self, number: int, line: str) -> Stated:
        name, text = line.removeprefix("- ").split(": ", 1)
        stages = text.removeprefix("Target ").split(" → ")
        one = {DATED.get(number, "steady"): stages[0]}
        targets = {f"stage{position}": stage for position, stage in enumerate(stages, 1)}
        return Stated(number, self.section, name.strip("*"), targets if len(stages) > 1 else one)


def horizon(column: str) -> str:
    """The horizon a column of targets stands for, or nothing."""
    if column == "Target":
        return "steady"
    found = re.search(r"Q[1-4]|Month \d+", column)
    return found[0].lower().replace(" ", "") if found else ""


def stated() -> Iterator[Stated]:
    walk = Walk()
    for number, line in enumerate(document_lines("bakhmach")[: LAST_LINE_OF_KPIS + 1]):
        if walk.enter(line):
            walk.columns = []
        elif line.startswith("|"):
            row = walk.row(number, line)
            if row is not None:
                yield row
        elif line.startswith("- "):
            yield walk.bullet(number, line)


ALL = list(stated())
EACH = pytest.mark.parametrize("one", ALL, ids=[str(one.line) for one in ALL])


def kpi_of(framework: Framework, line: int) -> Kpi:
    (kpi,) = [kpi for kpi in framework.kpis if kpi.line == line]
    return kpi


def number_of(text: str) -> float | None:
    """The number of a target, read here by hand: $ and signs aside, K for a thousand."""
    match = re.match(r"[<>$]*(-?[\d.]+)(K?)", text)
    return float(Decimal(match[1]) * (1000 if match[2] else 1)) if match else None


def op_of(text: str, line: int) -> str:
    if number_of(text) is None:
        return "words"
    if text[0] in "<>":
        return text[0]
    return "<=" if line in LOWER else ">="


def test_the_document_has_the_rows_this_test_expects() -> None:
    assert len(ALL) == 95
    assert sum(len(one.targets) for one in ALL) == 235
    assert sorted(line for lines in UNITS.values() for line in lines) == [one.line for one in ALL]


@EACH
def test_everything_stated_is_a_kpi_as_written(one: Stated, bakhmach: Framework) -> None:
    kpi = kpi_of(bakhmach, one.line)
    assert (kpi.section, kpi.name) == (one.section, one.name)
    assert {key: target.goal.text for key, target in kpi.targets.items()} == one.targets
    assert (kpi.baseline_text, kpi.source) == (one.baseline, one.source)


@EACH
def test_every_target_is_the_number_it_says(one: Stated, bakhmach: Framework) -> None:
    kpi = kpi_of(bakhmach, one.line)
    better = "none" if one.line in NEITHER else "lower" if one.line in LOWER else "higher"
    assert kpi.better.value == better
    for key, text in one.targets.items():
        goal = kpi.targets[key].goal
        assert (goal.op.value, goal.value, goal.high) == (op_of(text, one.line), number_of(text), None), key
        assert kpi.targets[key].horizon == key


@EACH
def test_every_target_counts_what_its_kpi_counts(one: Stated, bakhmach: Framework) -> None:
    kpi = kpi_of(bakhmach, one.line)
    assert one.line in UNITS[kpi.unit.name]
    assert {target.unit for target in kpi.targets.values()} == {kpi.unit}


def test_the_kpis_keep_the_order_of_the_document(bakhmach: Framework) -> None:
    assert [kpi.line for kpi in bakhmach.kpis] == [one.line for one in ALL]


@pytest.mark.parametrize(
    ("line", "number"), [(30, 82), (31, 4), (32, 150), (33, 0), (34, 85), (14, None), (46, None)]
)
def test_baselines(line: int, number: float | None, bakhmach: Framework) -> None:
    assert kpi_of(bakhmach, line).baseline == number


def test_targets_by_horizon(bakhmach: Framework) -> None:
    found = Counter(horizon for kpi in bakhmach.kpis for horizon in kpi.targets)
    quarters = {"q1": 21, "q2": 20, "q3": 11, "q4": 20}
    months = {"month1": 10, "month3": 10, "month6": 10, "month9": 1, "month12": 10}
    stages = {"stage1": 30, "stage2": 30, "stage3": 30}
    assert found == quarters | months | stages | {"steady": 32}


def test_horizons_are_ordered(bakhmach: Framework) -> None:
    order = [*("q1", "q2", "q3", "q4"), *("month1", "month3", "month6", "month9", "month12")]
    assert list(bakhmach.horizons) == [*order, "stage1", "stage2", "stage3", "steady"]


def test_every_horizon_is_at_least_as_strict_as_the_one_before(bakhmach: Framework) -> None:
    assert not [finding for finding in findings(bakhmach) if "asks for less" in finding]
