"""Framework files: what a sound one becomes, and every way in which one can be wrong."""

from __future__ import annotations

from fractions import Fraction
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from kpi.document import DocumentFaults
from kpi.framework import Framework
from kpi.framework_file import json_schema, parse_framework
from kpi.quantity import Better, Op

HEAD = """\
framework: demo
title: Demo
horizons: {phase1: {title: First}, phase2: }
"""
SECTIONS = """\
sections:
  - title: Top > Growth
    kpis:
      - {name: Stars, unit: stars, better: higher, targets: {phase2: 5K, phase1: "1,000", steady: 10}}
      - name: Build Time
        unit: min
        better: lower
        baseline: 1 hour
        targets: {phase1: <10 min, phase2: <30 seconds}
        measure: mean(ci.duration, 30d)
"""


def demo(extra: str = "", sections: str = SECTIONS) -> Framework:
    return parse_framework(HEAD + sections + extra, "demo.yaml")


def faults_of(extra: str = "", sections: str = SECTIONS, head: str = HEAD) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        parse_framework(head + sections + extra, "demo.yaml")
    return [str(fault) for fault in caught.value.faults]


def one_kpi(*lines: str) -> str:
    return "sections:\n  - title: Top\n    kpis:\n      - name: One\n" + "".join(
        f"        {line}\n" for line in lines
    )


def test_targets_are_read_in_the_unit_of_their_kpi_and_the_order_of_horizons() -> None:
    stars, build = demo().kpis
    assert [(key, target.goal.value) for key, target in stars.targets.items()] == [
        ("phase1", 1000),
        ("phase2", 5000),
        ("steady", 10),
    ]
    assert build.targets["phase2"].goal.value == 0.5
    assert build.targets["phase2"].goal.text == "<30 seconds"
    assert (build.baseline, build.baseline_text) == (60, "1 hour")
    assert (build.better, build.measure) == (Better.LOWER, "mean(ci.duration, 30d)")


def test_horizons_keep_their_order_and_steady_is_always_there() -> None:
    horizons = demo().horizons
    assert [(key, one.title, one.position) for key, one in horizons.items()] == [
        ("phase1", "First", 0),
        ("phase2", "Phase 2", 1),
        ("steady", "Always", 2),
    ]


def test_gates_hold_an_exact_share() -> None:
    (gate,) = demo('gates: {phase1: {to: phase2, require: "66.6%"}}').gates
    assert (gate.require, gate.from_, gate.to, gate.title) == (
        Fraction(666, 1000),
        "phase1",
        "phase2",
        "Phase 1 → Phase 2",
    )


def test_zones_are_thresholds_in_percent() -> None:
    zones = demo(
        "zones:\n  - {zone: green, at_least: 90%}\n  - {zone: yellow, at_least: 70, below: 90%}\n"
    ).zones
    assert [(rule.zone, rule.at_least, rule.below) for rule in zones] == [
        ("green", 90, None),
        ("yellow", 70, 90),
    ]


def test_a_sentence_may_state_its_number_apart_or_stay_words() -> None:
    kpi = demo(
        sections=one_kpi(
            "better: higher",
            "targets: {phase1: {text: NPS 50+, goal: 50+}, phase2: {text: 1. Reddit, words: true}}",
        )
    ).kpis[0]
    first, second = (target.goal for target in kpi.targets.values())
    assert (first.op, first.value, first.text) == (Op.AT_LEAST, 50, "NPS 50+")
    assert (second.op, second.value, second.text) == (Op.WORDS, None, "1. Reddit")


def test_a_pace_counts_the_unit_per_day() -> None:
    kpi = demo(sections=one_kpi("unit: $", "better: higher", "pace: Growing $77K/week")).kpis[0]
    assert kpi.pace is not None
    assert (kpi.pace.goal.value, kpi.pace.unit.name) == (11_000, "$/day")


KPI_FAULTS = [
    (["better: up"], "demo.yaml:8: sections[0].kpis[0].better: `up` is not one of higher, lower, none"),
    (["unit: stars"], "kpis[0].better: is missing"),
    (
        ["better: higher", "aliasses: [a]"],
        "aliasses: is not a key that is known here (did you mean `aliases`?)",
    ),
    (
        ["better: higher", "targets: {phase3: 5}"],
        "“phase3” is not a horizon of this framework (did you mean `phase",
    ),
    (["better: higher", "targets: {phase1: 10..5}"], "demo.yaml:9: sections[0].kpis[0].targets.phase1: "),
    (
        ["better: higher", "unit: stars", "targets: {phase1: 5 hours}"],
        "targets.phase1: '5 hours' does not fit",
    ),
    (["better: higher", "targets: {phase1: }"], "targets.phase1: "),
    (
        ["better: higher", "targets: {phase1: {text: 5, gaol: 5}}"],
        "targets.phase1.gaol: is not a key that is known here (did",
    ),
    (["better: higher", "targets: 5"], "targets: should be a mapping"),
    (["better: higher", "baseline: 10..5"], "baseline: "),
    (["better: higher", "unit: stars", "pace: 3 hours a day"], "pace: "),
    (["better: higher", "measure: sum(github.stars, 30"], "measure: column 21 of “sum(github.stars, 30”: "),
    (["better: higher", "measure: total(a.b, 3d)"], "measure: column "),
    (["better: higher", "unit: " + "x" * 200], "unit: "),
    (["better: higher", "line: -1"], "line: should be greater than or equal to 0"),
]


@pytest.mark.parametrize(("lines", "expected"), KPI_FAULTS, ids=[lines[-1][:40] for lines, _ in KPI_FAULTS])
def test_a_wrong_kpi_is_refused_with_its_line_and_the_fix(lines: list[str], expected: str) -> None:
    found = faults_of(sections=one_kpi(*lines))
    assert len(found) == 1, found
    assert expected in found[0]


FILE_FAULTS = [
    (
        'gates: {phase1: {to: phase9, require: "80%"}}',
        "gates.phase1.to: “phase9” is not a horizon of this framework",
    ),
    (
        'gates: {phase9: {to: phase1, require: "80%"}}',
        "gates.phase9: “phase9” is not a horizon of this framework",
    ),
    (
        'gates: {phase1: {to: phase2, require: "0.8"}}',
        "“0.8” is not a share of the KPIs (write a percent such as 80%)",
    ),
    ('gates: {phase1: {to: phase2, require: "120%"}}', "“120%” is not a share of the KPIs"),
    ('gates: {phase1: {to: phase2, require: "0%"}}', "“0%” is not a share of the KPIs"),
    ("gates: {phase1: {to: phase2}}", "gates.phase1.require: is missing"),
    ("zones: [{zone: blue}]", "`blue` is not one of green, yellow, red"),
    ("zones: [{zone: red, below: lots}]", "zones[0].below: should be a valid number"),
    ("zones: [{zone: red, below: nan}]", "zones[0].below: should be"),
    ("alerts: [{key: a, severity: loud, text: t}]", "`loud` is not one of critical, warning, celebrate"),
    ("alerts: [{key: a, severity: warning, text: t, when: {above: 1}}]", "looks at none or several things"),
    (
        "alerts: [{key: a, severity: warning, text: t, when: {kpi: growth.stars, above: 1, below: 3}}]",
        "has none or several limits",
    ),
    (
        "alerts: [{key: a, severity: warning, text: t, when: {measure: 'sum(', above: 1}}]",
        "when.measure: column",
    ),
    (
        "alerts: [{key: a, severity: warning, text: t, when: {firing: b, at_least: 2}}]",
        "“b” is not an alert of",
    ),
    (
        "dashboards: [{key: d, title: D, items: [{text: t, kpis: [growth.star]}]}]",
        "did you mean `growth.stars`?",
    ),
    ("dashboards: [{key: d, title: D, items: [{text: t, sections: [Topp]}]}]", "did you mean `Top`?"),
    ("reports: [{key: r, title: R, cadence: hourly}]", "cadence: `hourly` is not one of real-time, daily"),
    (
        "reports: [{key: r, title: R, cadence: daily, dashboards: [x]}]",
        "“x” is not a dashboard of this framework",
    ),
    ("funnels: [{key: f, title: F, steps: [{name: a}]}]", "funnels[0].steps: "),
    ("funnels: [{key: f, title: F, steps: [{name: a}, {name: b, rate: x.y}]}]", "“x.y” is not a KPI"),
    ("success: [{text: t, group: g, kpi: x.y}]", "success[0].kpi: “x.y” is not a KPI of this framework"),
    ("colour: red", "colour: is not a key that is known here"),
]


@pytest.mark.parametrize(("extra", "expected"), FILE_FAULTS, ids=[extra[:60] for extra, _ in FILE_FAULTS])
def test_a_wrong_rule_is_refused(extra: str, expected: str) -> None:
    found = faults_of(extra)
    assert len(found) == 1, found
    assert expected in found[0]


def test_two_kpis_of_one_name_under_one_heading_are_refused() -> None:
    twice = one_kpi("better: higher", "aliases: [a]") + "      - {name: one, better: lower}\n"
    assert "kpis[1].name: “one” stands under the same heading as in line 7" in faults_of(sections=twice)[0]


def test_a_name_needs_a_letter() -> None:
    (fault,) = faults_of(sections="sections: [{title: T, kpis: [{name: '?!', better: higher}]}]\n")
    assert "kpis[0].name: “?!” holds no letter or digit" in fault


def test_an_alias_belongs_to_one_kpi() -> None:
    twice = (
        one_kpi("better: higher", "aliases: [Fast, fast]")
        + "      - {name: Two, better: lower, aliases: [FAST]}\n"
    )
    (fault,) = faults_of(sections=twice)
    assert (
        "aliases[0]: the alias “FAST” already belongs to top.one in line 9 (give it to one of them)" in fault
    )


def test_a_rule_key_is_given_once() -> None:
    (fault,) = faults_of(
        "reports:\n  - {key: r, title: R, cadence: daily}\n  - {key: r, title: S, cadence: weekly}\n"
    )
    assert "reports[1].key: “r” is given twice" in fault


def test_one_run_names_faults_of_shape_and_of_meaning() -> None:
    found = faults_of(
        'gates: {phase1: {to: nowhere, require: "80%"}}\n',
        one_kpi("better: upp", "unitt: stars", "measure: sum(", "targets: {phase1: 1..2, phase7: 5}"),
    )
    places = [fault.split(": ")[1] for fault in found]
    assert places == [
        "sections[0].kpis[0].better",
        "sections[0].kpis[0].unitt",
        "sections[0].kpis[0].measure",
        "sections[0].kpis[0].targets.phase1",
        "sections[0].kpis[0].targets.phase7",
        "gates.phase1.to",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "framework: demo\n",
        "sections: 5\nhorizons: 3\ngates: 4\nalerts: {a: 1}\n",
        "sections: [{kpis: [1, {name: 3}, {name: [x]}]}, 7]\nhorizons: [a]\n",
        "sections: [{title: T, kpis: {name: x}}]\ndashboards: [{items: [{kpis: x}]}]\n",
    ],
)
def test_a_file_of_another_shape_is_refused_and_nothing_breaks(text: str) -> None:
    with pytest.raises(DocumentFaults):
        parse_framework(text, "demo.yaml")


def test_the_schema_is_valid_and_accepts_the_built_in_files() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for name in ("hektor", "inferno"):
        text = files("kpi.frameworks").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "wrong",
    [{"sections": [{"title": "T", "kpis": [{"name": "x"}]}]}, {"colour": 1}, {"zones": [{"zone": "blue"}]}],
)
def test_the_schema_refuses_what_the_reader_refuses(wrong: dict[str, Any]) -> None:
    sound = {"framework": "demo", "title": "Demo", "horizons": {"day90": {}}, "sections": []}
    validator = Draft202012Validator(json_schema())
    assert validator.is_valid(sound)
    assert not validator.is_valid({**sound, **wrong})
