"""`asks` in kpi.yaml: everything may be left out, and what is wrong is told with its line."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from bot.loading import resolve
from bot.settings import read_workspace
from bot.settings_asks import AskEntry, AsksEntry
from bot.workspace import Workspace
from kpi.asking import Patience
from kpi.document import DocumentFaults

HEAD = """
timezone: Europe/Berlin
frameworks: [{use: inferno, start: 2026-09-01}]
people:
  Dana: {slack: U0DANA}
  Ghost: {}
"""


def workspace(asks: str, tmp_path: Path) -> Workspace:
    path = tmp_path / "kpi.yaml"
    path.write_text(HEAD + asks, encoding="utf-8")
    return resolve(read_workspace(path.read_text(encoding="utf-8"), str(path), {}), path)


def faults(asks: str, tmp_path: Path) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        workspace(asks, tmp_path)
    return [str(one).removeprefix(f"{tmp_path}/") for one in caught.value.faults]


def test_without_it_people_are_asked_at_ten(tmp_path: Path) -> None:
    found = workspace("", tmp_path).asks
    assert found == AsksEntry()
    assert (found.at, found.patience) == (time(10), Patience(2, 4))


def test_everything_can_be_said(tmp_path: Path) -> None:
    said = """
asks:
  at: 9:30
  remind: 3 days
  escalate: 1w
  kpis:
    inferno/primary_business_metrics.developer_adoption: {every: weekly, who: Dana}
    Net Promoter Score: {every: never}
"""
    found = workspace(said, tmp_path).asks
    assert (found.at, found.patience) == (time(9, 30), Patience(3, 7))
    assert found.kpis["inferno/primary_business_metrics.developer_adoption"] == AskEntry(
        every="weekly", who="Dana"
    )
    assert len(found.kpis) == 2
    assert all("/" in path for path in found.kpis)


def test_never_is_said_in_words(tmp_path: Path) -> None:
    assert workspace("asks: {remind: never, escalate: never}", tmp_path).asks.patience == Patience(None, None)


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ("asks: {at: noon}", 'kpi.yaml:7: asks.at: "noon" is no time of day (write one such as "10:00")'),
        ("asks: {remind: soon}", 'kpi.yaml:7: asks.remind: "soon" is no number of days'),
        ("asks: {remind: 0d}", '"0d" is no number of days (write 1d to 60d, or never)'),
        ("asks: {escalate: 61d}", '"61d" is no number of days'),
        ("asks: {remind: 4d}", "asks: tells others after 4 days, and reminds after 4 (let `escalate`"),
        ("asks: {remind: 1w, escalate: 5d}", "asks: tells others after 5 days, and reminds after 7"),
        ("asks: {remnd: 4d}", "asks.remnd"),
        ("asks: {kpis: {Net Promoter Score: {every: montly}}}", "did you mean `monthly`?"),
        ("asks: {kpis: {Net Promoter Score: {who: Dena}}}", "there is nobody called `Dena` under `people`"),
        ("asks: {kpis: {Net Promoter Score: {who: Dena}}}", "did you mean `Dana`?"),
        ("asks: {kpis: {Net Promoter Score: {who: Ghost}}}", "`Ghost` has no id in any chat"),
        (
            "asks: {kpis: {Net Promoter Scale: {every: monthly}}}",
            "no framework in use has a KPI “Net Promoter Scale”",
        ),
        ("asks: {kpis: {Build Time: {every: monthly}}}", "“Build Time” names 2 KPIs (write one of `inferno/"),
    ],
)
def test_what_is_wrong_is_told(asks: str, told: str, tmp_path: Path) -> None:
    found = faults(asks, tmp_path)
    assert any(told in one for one in found), found


def test_the_line_is_that_of_the_name(tmp_path: Path) -> None:
    (one,) = faults("asks:\n  kpis:\n    Net Promoter Scale: {every: monthly}\n", tmp_path)
    assert one.startswith("kpi.yaml:9: asks.kpis.Net Promoter Scale: ")
    assert "did you mean" in one
