"""`kpi framework`: what the files say, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from bot.loading import built_in
from tests.bot.cli.conftest import FRAMEWORK, Kpi


def test_the_built_in_ones_are_listed(bare: Path, kpi: Kpi) -> None:
    lines = kpi("framework", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == [*built_in(), "all"]
    assert lines[-1].split(maxsplit=1)[1] == "299 KPIs, 591 targets"


@pytest.mark.parametrize("name", built_in())
def test_show_json_keeps_its_contract(bare: Path, kpi: Kpi, name: str) -> None:
    found = json.loads(kpi("framework", "show", name, "--json").out)
    assert {"framework", "title", "kpis", "zones", "gates", "alerts", "reports", "dashboards"} <= set(found)
    assert {"funnels", "success", "governance"} <= set(found)
    keys = {"key", "name", "section", "unit", "better", "baseline", "baseline_text", "aliases", "targets"}
    operators = {">=", ">", "<=", "<", "==", "between", "words"}
    for one in found["kpis"]:
        assert keys | {"measure", "source", "line"} <= set(one)
        for target in one["targets"]:
            assert {"horizon", "op", "value", "high", "unit", "text"} <= set(target)
            assert target["op"] in operators
            assert target["value"] is None or isinstance(target["value"], int | float)


def test_show_prints_targets_for_people(bare: Path, kpi: Kpi) -> None:
    assert "Developer Adoption: phase1 ≥ 1,000 developers" in kpi("framework", "show", "inferno").out


def test_check_accepts_and_refuses(bare: Path, kpi: Kpi) -> None:
    (bare / "mine.yaml").write_text(FRAMEWORK)
    assert kpi("framework", "check", "mine.yaml").code == 0
    (bare / "mine.yaml").write_text(FRAMEWORK.replace("better: higher", "better: taller", 1))
    found = kpi("framework", "check", "mine.yaml")
    assert found.code == 2
    assert found.err.startswith("mine.yaml:8: ")


def test_check_names_what_is_unused_and_what_nobody_measures(bare: Path, kpi: Kpi) -> None:
    (bare / "mine.yaml").write_text(FRAMEWORK.replace("last(github.stars)", "last(moon.phase)"))
    found = kpi("framework", "check", "mine.yaml")
    assert found.code == 0
    assert "moon.phase" in found.err
    assert "github.stars" in found.out


@pytest.mark.parametrize("option", [(), ("--workspace",)])
def test_the_schemas_are_schemas(bare: Path, kpi: Kpi, option: tuple[str, ...]) -> None:
    schema = json.loads(kpi("framework", "schema", *option).out)
    jsonschema.validators.validator_for(schema).check_schema(schema)
