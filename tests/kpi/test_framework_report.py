"""The JSON form of a framework, which other programs read, and its findings."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kpi.framework_file import parse_framework
from kpi.framework_report import as_json, findings

TEXT = {"type": "string"}
NUMBER = {"type": ["number", "null"]}
RULES = {"type": "array", "items": {"type": "object"}}


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


# Keys may be added, never changed: other programs read them.
CONTRACT = record(
    framework=TEXT,
    title=TEXT,
    kpis={
        "type": "array",
        "items": record(
            key={"type": "string", "pattern": r"^[a-z0-9_]+\.[a-z0-9_]+$"},
            name=TEXT,
            section=TEXT,
            unit=TEXT,
            better={"enum": ["higher", "lower", "none"]},
            baseline=NUMBER,
            baseline_text=TEXT,
            aliases={"type": "array", "items": TEXT},
            targets={
                "type": "array",
                "items": record(
                    horizon={
                        "type": "string",
                        "pattern": r"^(day\d+|q[1-4]|month\d+|stage[1-3]|phase[1-4]|steady)$",
                    },
                    op={"enum": [">=", ">", "<=", "<", "==", "between", "words"]},
                    value=NUMBER,
                    high=NUMBER,
                    unit=TEXT,
                    text={"type": "string", "minLength": 1},
                ),
            },
            measure={"type": ["string", "null"]},
            source=TEXT,
            line={"type": "integer", "minimum": 1},
        ),
    },
    gates={
        "type": "array",
        "items": {
            "type": "object",
            "required": ["key", "from", "to", "require", "kpis"],
            "properties": {"require": {"type": "number"}, "kpis": {"type": "array", "items": TEXT}},
        },
    },
    zones=RULES,
    alerts=RULES,
    reports=RULES,
    dashboards=RULES,
    funnels=RULES,
    success=RULES,
    governance={"type": "object"},
)


def built_in(name: str) -> dict[str, Any]:
    text = files("kpi.frameworks").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return as_json(parse_framework(text, f"{name}.yaml"))


@pytest.mark.parametrize("name", ["hektor", "inferno"])
def test_the_json_form_keeps_its_contract(name: str) -> None:
    told = json.loads(json.dumps(built_in(name), allow_nan=False))
    assert [error.message for error in Draft202012Validator(CONTRACT).iter_errors(told)] == []
    assert told["framework"] == name
    keys = [kpi["key"] for kpi in told["kpis"]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["hektor", "inferno"])
def test_words_have_no_value_and_ranges_have_two(name: str) -> None:
    for kpi in built_in(name)["kpis"]:
        for target in kpi["targets"]:
            assert (target["value"] is None) == (target["op"] == "words")
            assert (target["high"] is not None) == (target["op"] == "between")


def test_a_gate_names_its_kpis_and_its_percent() -> None:
    first, *_ = built_in("inferno")["gates"]
    assert {name: first[name] for name in ("key", "from", "to", "require")} == {
        "key": "phase1",
        "from": "phase1",
        "to": "phase2",
        "require": 80,
    }
    assert len(first["kpis"]) == 44
    assert "advanced_optimization_features.speculative_decoding" not in first["kpis"]


def small(kpis: str, extra: str = "") -> list[str]:
    head = "framework: demo\ntitle: Demo\nhorizons: {phase1: {}, phase2: {}, day10: {}}\n"
    return findings(parse_framework(f"{head}sections:\n{kpis}{extra}", "demo.yaml"))


def test_a_name_that_two_sections_share_is_found() -> None:
    first, second = (
        f"  - {{title: {title}, kpis: [{{name: {name}, better: higher}}]}}\n" for title, name in ("AX", "Bx")
    )
    assert small(first + second) == ["“X” names 2 KPIs: a.x and b.x. The short name is asked back."]


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
    told = small(f"  - {{title: A, kpis: [{{name: X, better: {better}, targets: {targets}}}]}}\n")
    assert bool(told) is found


@pytest.mark.parametrize(
    ("pace", "found"), [("5 stars/day", True), ("10 stars/day", False), ("70/week", False)]
)
def test_a_pace_that_misses_its_target_is_found(pace: str, found: bool) -> None:
    kpi = f"{{name: X, better: higher, unit: stars, targets: {{day10: 100 stars}}, pace: {pace}}}"
    assert bool(small(f"  - {{title: A, kpis: [{kpi}]}}\n")) is found


def test_findings_of_the_author_come_with_their_lines() -> None:
    extra = "findings: [{lines: [3], text: odd.}, {lines: [3, 4], text: both.}]\n"
    assert small("  - {title: A, kpis: []}\n", extra) == ["Line 3: odd.", "Lines 3, 4: both."]
