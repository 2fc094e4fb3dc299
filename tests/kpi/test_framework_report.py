"""The JSON form of a framework, which other programs read."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kpi.framework_file import parse_framework
from kpi.framework_report import as_json

TEXT = {"type": "string"}
NUMBER = {"type": ["number", "null"]}
DAYS = {"type": ["integer", "null"], "minimum": 1}
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
            matures=DAYS,
            history=DAYS,
            rhythm={"type": ["array", "null"], "items": {"type": "integer"}, "minItems": 7, "maxItems": 7},
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


@pytest.mark.parametrize("name", ["hektor", "bakhmach", "inferno"])
def test_the_json_form_keeps_its_contract(name: str) -> None:
    told = json.loads(json.dumps(built_in(name), allow_nan=False))
    assert [error.message for error in Draft202012Validator(CONTRACT).iter_errors(told)] == []
    assert told["framework"] == name
    keys = [kpi["key"] for kpi in told["kpis"]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["hektor", "bakhmach", "inferno"])
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


def told_of(kpi: str) -> Any:
    text = f"framework: demo\ntitle: Demo\nhorizons: {{}}\nsections: [{{title: A, kpis: [{kpi}]}}]\n"
    (found,) = as_json(parse_framework(text, "demo.yaml"))["kpis"]
    return found


def test_ages_are_told_in_days_and_a_rhythm_by_weekday() -> None:
    told = told_of("{name: X, better: higher, matures: 30 days, history: 90d, rhythm: weekdays}")
    assert (told["matures"], told["history"]) == (30, 90)
    assert told["rhythm"] == [1, 1, 1, 1, 1, 0, 0]


def test_what_is_not_stated_is_null() -> None:
    told = told_of("{name: X, better: higher}")
    assert {told[name] for name in ("matures", "history", "rhythm", "measure", "baseline")} == {None}


def test_governance_is_told_with_its_dates() -> None:
    told = built_in("bakhmach")["governance"]
    assert (told["owner"], told["updated"], told["next_review"]) == (
        "Analytics Team",
        "2026-01-02",
        "2026-02-02",
    )
    assert (len(told["reviews"]), len(told["tasks"]), len(told["owners"])) == (6, 5, 5)
