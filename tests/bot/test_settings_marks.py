"""`marks` in kpi.yaml: names of KPIs, headings and frameworks become KPIs; what names nothing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.loading import resolve
from bot.settings import read_workspace, workspace_schema
from bot.workspace import Workspace
from kpi.document import DocumentFaults

HEAD = """
timezone: Europe/Berlin
frameworks: [{use: inferno, start: 2026-09-01}, {use: hektor, start: 2026-09-01}]
sources:
  github: {repository: acme/engine, labels: {repo: engine}}
"""


def workspace(marks: str, tmp_path: Path) -> Workspace:
    path = tmp_path / "kpi.yaml"
    path.write_text(HEAD + marks, encoding="utf-8")
    return resolve(read_workspace(path.read_text(encoding="utf-8"), str(path), {}), path)


def faults(marks: str, tmp_path: Path) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        workspace(marks, tmp_path)
    return [str(one).removeprefix(f"{tmp_path}/") for one in caught.value.faults]


def test_without_it_no_kind_is_named(tmp_path: Path) -> None:
    found = workspace("", tmp_path)
    assert found.marks == {}
    assert found.sources[0].labels == (("repo", "engine"),)


def test_names_of_every_sort_become_kpis(tmp_path: Path) -> None:
    said = """
marks:
  release: [GitHub stars, Website Traffic]
  incident: all
  campaign: inferno
  deployment: []
"""
    found = workspace(said, tmp_path)
    every = {ref.path for ref in found.kpis}
    assert found.marks["incident"] == every
    assert found.marks["campaign"] == {path for path in every if path.startswith("inferno/")}
    assert found.marks["deployment"] == frozenset()
    below = {ref.path for ref in found.kpis if "Website Traffic" in ref.kpi.section.split(" > ")}
    stars = {ref.path for ref in found.find_kpi("GitHub stars")}
    assert below
    assert stars
    assert found.marks["release"] == below | stars


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        (
            "marks: {release: [Github strs]}",
            'kpi.yaml:6: marks.release[0]: no KPI, heading or framework is called "Github strs" '
            "(did you mean `GitHub Stars`",
        ),
        (
            "marks: {incident: infrno}",
            'no KPI, heading or framework is called "infrno" (did you mean `inferno`',
        ),
        (
            "marks: {releases: all}",
            '"releases" is nothing that is marked (did you mean `release`?)',
        ),
        ("marks: {release: [{a: b}]}", "kpi.yaml:6: marks.release[0]"),
        ("marks: {campaign: [qqqqqqqqqq]}", "(name a KPI, a heading, a framework, or all)"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_nearest_name(
    marks: str, told: str, tmp_path: Path
) -> None:
    assert told in faults(marks, tmp_path)[0]


def test_an_editor_knows_the_kinds() -> None:
    schema = workspace_schema()["properties"]["marks"]
    assert schema["propertyNames"]["enum"] == ["release", "deployment", "incident", "campaign"]
    assert {"type": "string"} in schema["additionalProperties"]["anyOf"]
