"""What a framework's findings tell its author, by rule."""

from __future__ import annotations

import pytest

from collectors import METRICS
from kpi.framework import Framework
from kpi.framework_file import parse_framework
from kpi.framework_report import findings, unused_metrics
from kpi.metric import Kind, Metric
from tests.kpi.frameworks.conftest import read_framework

STARS = Metric("hub.stars", "stars", Kind.LEVEL, "stars")
WAIT = Metric("hub.wait", "seconds", Kind.RATIO, "time")
OURS = {one.name: one for one in (STARS, WAIT)}


def demo(kpis: str, extra: str = "", horizons: str = "{}") -> Framework:
    """A framework of one section A that holds `kpis`, or of the sections that `kpis` states."""
    sections = kpis if kpis.startswith("  - ") else f"  - {{title: A, kpis: [{kpis}]}}\n"
    head = f"framework: demo\ntitle: Demo\nhorizons: {horizons}\n"
    return parse_framework(f"{head}sections:\n{sections}{extra}", "demo.yaml")


def namesakes(first: str, second: str, *, names: tuple[str, str] = ("X", "X")) -> Framework:
    """Two KPIs in sections A and B, with these further keys."""
    pairs = zip("AB", names, (first, second), strict=True)
    text = "".join(f"  - {{title: {where}, kpis: [{{name: {name}{more}}}]}}\n" for where, name, more in pairs)
    return demo(text)


HIGHER = ", better: higher"
ASKED = ', better: higher, targets: {steady: "5"}'


def test_a_name_that_two_sections_share_is_found() -> None:
    told = findings(namesakes(HIGHER, HIGHER, names=("X", "x")))
    assert told == ["“X” names 2 KPIs: a.x and b.x. The short name is asked back."]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (ASKED + ", unit: $", ASKED + ', unit: "%"', True),
        (ASKED + ", unit: hours", ASKED + ", unit: min", False),
        (ASKED + ", unit: stars", ASKED + ", unit: users", False),  # words say what is counted, not how
        (ASKED + ", unit: stars", ASKED + ", unit: stars/day", True),
        (HIGHER + ", unit: $", ASKED + ', unit: "%"', False),  # no number is asked of the first
    ],
)
def test_units_that_clash_in_a_family_are_found(first: str, second: str, found: bool) -> None:
    told = findings(namesakes(first, second, names=("Build Cost", "Build Costs")))
    assert [("a.build_cost is in " in one, "b.build_costs in " in one) for one in told] == [
        (True, True)
    ] * found


@pytest.mark.parametrize(
    ("extra", "unused"),
    [
        ("", ["q1", "phase1", "phase2", "month9"]),
        ("success: [{text: t, group: g, horizon: q1}]\n", ["phase1", "phase2", "month9"]),
        ("gates: {phase1: {to: phase2, require: 80%}}\n", ["q1", "month9"]),
        ("governance: {tasks: [{title: t, due: month9}]}\n", ["q1", "phase1", "phase2"]),
    ],
)
def test_horizons_that_nothing_names_are_found(extra: str, unused: list[str]) -> None:
    told = findings(demo("", extra, "{q1: {}, phase1: {}, phase2: {}, month9: {}, steady: {}}"))
    assert [one.split()[2] for one in told] == unused


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        ('{q1: "5", month3: "6"}', True),
        ('{phase1: "5", stage1: "6"}', True),
        ('{q1: "5", q2: "6"}', False),
        ('{q1: "5", steady: "4"}', False),
        ('{q1: "5", launch: "6"}', False),  # a horizon of its author's own
    ],
)
def test_horizons_of_several_kinds_in_one_kpi_are_found(targets: str, found: bool) -> None:
    horizons = "{q1: {}, q2: {}, month3: {}, phase1: {}, stage1: {}, launch: {}}"
    told = findings(demo(f"{{name: X, better: higher, targets: {targets}}}", horizons=horizons))
    assert any("X mixes horizons" in one for one in told) is found


@pytest.mark.parametrize(
    ("better", "targets", "found"),
    [
        ("higher", '{phase1: "10", phase2: "5"}', True),
        ("higher", '{phase1: "10", phase2: "10"}', False),
        ("lower", '{phase1: "<10", phase2: "<15"}', True),
        ("lower", '{phase1: "<10", phase2: "<5"}', False),
        ("higher", '{phase1: "10", phase2: "N/A"}', False),
        ("higher", '{phase1: "10", steady: "5"}', False),
    ],
)
def test_a_later_phase_that_asks_for_less_is_found(better: str, targets: str, found: bool) -> None:
    kpi = f"{{name: X, better: {better}, targets: {targets}}}"
    told = findings(demo(kpi, horizons="{phase1: {}, phase2: {}}"))
    assert any("asks for less" in one for one in told) is found


@pytest.mark.parametrize(
    ("pace", "found"), [("5 stars/day", True), ("10 stars/day", False), ("70/week", False)]
)
def test_a_pace_that_misses_its_target_is_found(pace: str, found: bool) -> None:
    kpi = f"{{name: X, better: higher, unit: stars, targets: {{day10: 100 stars}}, pace: {pace}}}"
    assert bool(findings(demo(kpi, horizons="{day10: {}}"))) is found


def test_findings_of_the_author_come_with_their_lines() -> None:
    extra = "findings: [{lines: [3], text: odd.}, {lines: [3, 4], text: both.}]\n"
    assert findings(demo("", extra)) == ["Line 3: odd.", "Lines 3, 4: both."]


@pytest.mark.parametrize(
    ("unit", "measure", "told"),
    [
        ("stars", "last(hub.stars)", []),
        ("stars/week", "rate(hub.stars, 7d)", []),
        ("min", "mean(hub.wait, 7d)", []),
        ("$", "last(hub.stars)", ["X is in “$”, but last(hub.stars) gives “stars”."]),
        ("stars", "rate(hub.stars, 7d)", ["X is in “stars”, but rate(hub.stars, 7d) gives “stars/day”."]),
        (
            "stars",
            "last(hub.stars) + last(hub.wait)",
            ["X: last(hub.stars) + last(hub.wait): “stars” cannot be added to “seconds”."],
        ),
        (
            "$",
            "last(till.cash)",
            ["No collector measures till.cash, for a.x: import it, or enter the KPI by hand."],
        ),
    ],
)
def test_measures_are_held_against_the_metrics_there_are(unit: str, measure: str, told: list[str]) -> None:
    framework = demo(f'{{name: X, better: higher, unit: "{unit}", measure: "{measure}"}}')
    assert findings(framework) == []
    assert findings(framework, OURS) == told


def test_a_metric_nobody_provides_is_told_once_with_all_that_wait() -> None:
    kpis = ", ".join(f'{{name: {name}, better: higher, measure: "last(till.cash)"}}' for name in "XY")
    rule = "{key: low, severity: warning, text: t, when: {measure: last(till.cash), below: 1}}"
    (told,) = findings(demo(kpis, f"alerts: [{rule}]\n"), OURS)
    assert told.startswith("No collector measures till.cash, for a.x, a.y, the alert low: ")


def test_metrics_that_no_measure_reads() -> None:
    one = demo('{name: X, better: higher, measure: "last(hub.stars)"}')
    rule = "{key: slow, severity: warning, text: t, when: {measure: last(hub.wait), above: 9}}"
    other = demo("", f"alerts: [{rule}]\n")
    assert unused_metrics([one], OURS) == ("hub.wait",)
    assert unused_metrics([other], OURS) == ("hub.stars",)
    assert unused_metrics([one, other], OURS) == ()
    assert unused_metrics([], OURS) == ("hub.stars", "hub.wait")


@pytest.mark.parametrize("name", ["hektor", "bakhmach", "inferno"])
def test_the_built_in_ones_are_sound(name: str) -> None:
    """No clash of units or horizons, and measures that fit the metrics our collectors declare."""
    told = [one for one in findings(read_framework(name), METRICS) if not one.startswith(("Line", "No coll"))]
    known = ("The short name is asked back.", "keeping pace does not prove the target.")
    assert [one for one in told if not one.endswith(known)] == []
