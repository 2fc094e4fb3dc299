"""Bakhmach a second time, from the last line to the first: no figure of the document is lost or misplaced."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kpi.framework import Framework, Kpi
from tests.kpi.frameworks.conftest import read_framework

# Broken characters and all: what is looked for here was written before anybody repaired them.
LINES = ["", *(Path(__file__).parent / "bakhmach.md").read_text(encoding="utf-8").split("\n")]
KPIS = list(reversed(read_framework("bakhmach").kpis))
FIGURE = re.compile(r"\d+(?:\.\d+)?")


def texts(kpi: Kpi) -> list[str]:
    """What the file says of a KPI that the document writes behind its name, from left to right."""
    targets = [target.goal.text for target in kpi.targets.values()]
    return [text for text in (kpi.baseline_text, *targets, kpi.source) if text]


@pytest.mark.parametrize("kpi", KPIS, ids=[str(kpi.line) for kpi in KPIS])
def test_the_line_names_the_kpi_and_holds_its_targets_in_order(kpi: Kpi) -> None:
    before, name, rest = LINES[kpi.line].partition(kpi.name)
    assert name
    assert not FIGURE.search(before)
    for text in texts(kpi):
        found, _, rest = rest.partition(text)
        assert not FIGURE.search(found), f"{text} is not the next figure of line {kpi.line}"
    assert not FIGURE.search(rest)


@pytest.mark.parametrize("kpi", KPIS, ids=[str(kpi.line) for kpi in KPIS])
def test_the_line_holds_no_figure_that_the_file_lacks(kpi: Kpi) -> None:
    rest = LINES[kpi.line].partition(kpi.name)[2]
    assert FIGURE.findall(rest) == [figure for text in texts(kpi) for figure in FIGURE.findall(text)]


def test_no_other_line_states_a_figure() -> None:
    covered = {kpi.line for kpi in KPIS}
    columns = re.compile(r"\| Metric \|.*|### \d\. .*")
    left = [
        line
        for number, line in enumerate(LINES[:179])
        if number not in covered and FIGURE.search(line) and not columns.fullmatch(line)
    ]
    assert left == []


def test_each_line_is_one_kpi() -> None:
    assert len({kpi.line for kpi in KPIS}) == len(KPIS) == 95


def test_the_heading_above_is_the_last_part_of_the_section(bakhmach: Framework) -> None:
    for kpi in bakhmach.kpis:
        above = [line for line in LINES[: kpi.line] if re.fullmatch(r"#{2,3} .*|\*\*[^*]+\*\*", line)]
        assert above[-1].strip("#* ") == kpi.section.rpartition(" > ")[2]


def test_no_mojibake_is_left(bakhmach: Framework) -> None:
    assert not re.search("[âðÃ]", repr(bakhmach))
