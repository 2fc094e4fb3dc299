"""What a framework holds, counted by heading."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from kpi.framework_file import parse_framework
from kpi.framework_report import Count, counts
from tests.kpi.frameworks.conftest import read_framework

DEMO = """
framework: demo
title: Demo
horizons: {q1: {}, q2: {}}
sections:
  - title: "Money > Income"
    kpis:
      - {name: Sales, unit: $, better: higher, targets: {q1: N/A, q2: $5K}, pace: $9/day}
      - {name: Gifts, unit: $, better: higher, scored: false}
  - title: Money
    kpis: [{name: Audit, better: none, targets: {steady: Quarterly}}]
  - title: Moneyless
    kpis: [{name: Fans, better: higher, targets: {q1: "1", q2: "2"}}]
"""


def test_headings_hold_what_stands_below_them_and_the_total_comes_last() -> None:
    assert [astuple(row) for row in counts(parse_framework(DEMO, "demo.yaml"))] == [
        ("Money", 1, 3, 4, 2, 2, 1, 1),
        ("Money > Income", 2, 2, 3, 2, 1, 1, 1),
        ("Moneyless", 1, 1, 2, 2, 0, 0, 0),
        ("", 0, 4, 6, 4, 2, 1, 1),
    ]


def test_a_row_is_titled_by_its_own_heading() -> None:
    assert [row.title for row in counts(parse_framework(DEMO, "demo.yaml"))] == [
        "Money",
        "Income",
        "Moneyless",
        "",
    ]


def test_a_framework_without_kpis_counts_none() -> None:
    empty = parse_framework("framework: demo\ntitle: Demo\nhorizons: {}\nsections: []\n", "demo.yaml")
    assert counts(empty) == (Count("", 0, 0, 0, 0, 0, 0, 0),)


def below(name: str, heading: str) -> list[tuple[int, int]]:
    """KPIs and targets of the headings right below one, or of the topmost ones."""
    rows = counts(read_framework(name))
    depth = 2 if heading else 1
    return [(row.kpis, row.targets) for row in rows if row.depth == depth and row.section.startswith(heading)]


@pytest.mark.parametrize(
    ("name", "heading", "figures"),
    [
        (
            "hektor",
            "",
            [(3, 6), (6, 6), (13, 13), (12, 12), (15, 3), (13, 13), (13, 13), (13, 13), (5, 4), (1, 1)],
        ),
        ("hektor", "Awareness Metrics", [(1, 1), (4, 4), (1, 1)]),
        ("hektor", "Content Metrics", [(5, 1), (5, 1), (5, 1)]),
        ("hektor", "Channel Attribution", [(4, 4), (5, 5), (4, 4)]),
        ("hektor", "Financial Metrics", [(4, 4), (4, 4), (5, 5)]),
        ("bakhmach", "", [(45, 116), (19, 60), (13, 33), (10, 18), (8, 8)]),
        ("bakhmach", "Domain-Level Metrics", [(8, 18), (9, 19), (11, 29), (9, 32), (8, 18)]),
        ("bakhmach", "Community & Growth Metrics", [(5, 20), (4, 8), (4, 8), (6, 24)]),
        ("bakhmach", "Business Health Metrics", [(4, 10), (4, 8), (5, 15)]),
        ("bakhmach", "Technical Metrics", [(6, 6), (4, 12)]),
        ("bakhmach", "Safety & Compliance Metrics", [(4, 4), (4, 4)]),
        ("inferno", "", [(10, 40), (14, 29), (17, 44), (20, 45), (20, 50), (20, 55), (9, 9)]),
    ],
)
def test_the_built_in_ones_by_heading(name: str, heading: str, figures: list[tuple[int, int]]) -> None:
    assert below(name, heading) == figures


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("hektor", (94, 84, 78, 6, 13, 13)),  # not scored: nine that restate others, and a mix of four
        ("bakhmach", (95, 235, 225, 10, 0, 0)),
        ("inferno", (110, 272, 266, 6, 0, 0)),
    ],
)
def test_the_built_in_ones_in_total(name: str, total: tuple[int, ...]) -> None:
    assert astuple(counts(read_framework(name))[-1]) == ("", 0, *total)


def test_all_three_together() -> None:
    totals = [counts(read_framework(name))[-1] for name in ("hektor", "bakhmach", "inferno")]
    assert (sum(one.kpis for one in totals), sum(one.targets for one in totals)) == (299, 591)


@pytest.mark.parametrize("name", ["hektor", "bakhmach", "inferno"])
def test_each_heading_is_the_sum_of_those_below_it(name: str) -> None:
    *rows, total = counts(read_framework(name))
    assert sum(row.targets for row in rows if row.depth == 1) == total.targets
    for row in rows:
        inner = [one for one in rows if one.section.rpartition(" > ")[0] == row.section]
        assert not inner or (sum(one.kpis for one in inner), sum(one.targets for one in inner)) == (
            row.kpis,
            row.targets,
        )
