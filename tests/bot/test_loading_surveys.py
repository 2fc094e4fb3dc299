"""Surveys of kpi.yaml at work: their metrics are known, and what is half set up is said at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.loading import resolve, silences
from bot.settings import read_workspace

HEAD = (
    "timezone: UTC\nframeworks: [{use: hektor}]\n"
    "people: {ana: {slack: U0ANA}, bo: {discord: '12345'}}\n"
    'surveys:\n  docs: {kind: csat, question: "Happy?", every: monthly, '
)
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1"}


def test_a_workspace_knows_its_surveys_and_their_metrics(tmp_path: Path) -> None:
    file = read_workspace(f'{HEAD} to: ["slack:C0ALL"]}}', "kpi.yaml", {})
    found = resolve(file, tmp_path / "kpi.yaml")
    assert list(found.surveys) == ["docs"]
    assert found.metrics["survey.csat"].unit == "%"
    assert found.metrics["github.stars"].name == "github.stars"


@pytest.mark.parametrize(
    ("said", "environment", "told"),
    [
        ('to: ["slack:C0ALL"]}', {}, ["surveys: docs is told nowhere; add `report:`"]),
        ('to: ["slack:C0ALL"], report: ["slack:C0ALL"]}', SLACK, []),
        (
            'to: ["discord:12345"], report: ["slack:C0ALL"]}',
            SLACK,
            ["surveys: docs goes to discord, whose token is not set; set it, or leave it out"],
        ),
        (
            'to: ["slack:C0ALL", ana, bo], report: ["slack:C0ALL"]}',
            SLACK,
            ["surveys: docs asks bo, who has no id on slack; add it under `people:`"],
        ),
    ],
)
def test_what_nobody_would_hear_of_is_said(said: str, environment: dict[str, str], told: list[str]) -> None:
    found = silences(read_workspace(HEAD + said, "kpi.yaml", {}), environment)
    assert len(found) == len(told)
    assert all(one.startswith(begin) for one, begin in zip(found, told, strict=True))
