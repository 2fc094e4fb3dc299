"""kpi.yaml says who sees what and who answers for what; a name that means nothing is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import access
from bot.surfaces.base import Invocation
from tests.bot.test_loading import HEAD, OWN, faults_of, resolved

USE = "frameworks:\n  - {use: bakhmach, start: 2026-01-01}\n"
PEOPLE = "people:\n  ana: {slack: U0ANA, groups: [finance]}\n  dana: {slack: U0DANA, role: admin}\n"
ACCESS = """\
access:
  - {sections: [Financial Metrics], groups: [finance], channels: ["slack:C0FIN"], ask: "@cfo"}
"""
MRR = "bakhmach/financial_metrics.monthly_recurring_revenue"


def seen(folder: Path, user: str, channel: str, *, in_channel: bool = False, is_shared: bool = False) -> bool:
    """Whether MRR shows to whoever asks."""
    workspace = resolved(folder, HEAD + USE + PEOPLE + ACCESS)
    asked = Invocation("mrr", "slack", user, channel, is_shared=is_shared, in_channel=in_channel)
    return any(ref.path == MRR for ref in access.view(workspace, asked).kpis)


@pytest.mark.parametrize(
    ("user", "channel", "in_channel", "is_shared", "shows"),
    [
        ("U0ANA", "C0ANY", False, False, True),  # in the group, and nobody else reads
        ("U0ANA", "C0ANY", True, False, False),
        ("U0DANA", "C0FIN", False, False, True),  # in a listed channel
        ("U0DANA", "C0FIN", True, False, True),
        ("U0DANA", "C0ANY", False, False, False),  # an admin changes targets; that opens no books
        ("U0ANA", "C0FIN", True, True, False),  # outsiders read along
    ],
)
def test_a_section_is_for_its_group_and_channel(
    tmp_path: Path, *, user: str, channel: str, in_channel: bool, is_shared: bool, shows: bool
) -> None:
    assert seen(tmp_path, user, channel, in_channel=in_channel, is_shared=is_shared) is shows


def test_names_that_mean_nothing_are_told_together_with_their_lines(tmp_path: Path) -> None:
    only = 'channels: ["slack:C0FIN"]}'
    rules = f"access:\n  - {{kpis: [mrrr], {only}\n  - {{sections: [Finance], {only}\n"
    found = faults_of(tmp_path, HEAD + USE + PEOPLE + rules)
    assert len(found) == 2
    assert found[0].startswith("kpi.yaml:9: ")
    assert found[1].startswith("kpi.yaml:10: ")


def test_owners_fill_sections_and_the_roles_of_the_document(tmp_path: Path) -> None:
    owners = "{ML Pipeline domain owner: ana, Financial Metrics: dana, Analytics Team: dana}"
    use = f"frameworks:\n  - {{use: bakhmach, start: 2026-01-01, owners: {owners}}}\n"
    framework = resolved(tmp_path, HEAD + use).uses[0].framework
    by_name = {kpi.name: framework.owner_of(kpi) for kpi in framework.kpis}
    assert by_name["Model Accuracy"] == "ana"
    assert by_name["Churn Rate"] == "dana"
    assert by_name["Press Mentions"] == "dana"


def test_an_owner_of_nothing_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    use = "frameworks:\n  - {use: bakhmach, start: 2026-01-01, owners: {Finance Metrics: dana}}\n"
    (found,) = faults_of(tmp_path, HEAD + use)
    assert "kpi.yaml:4: " in found
    assert "Financial Metrics" in found


def test_a_kpis_own_owner_comes_first(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("line: 1", "line: 1, owner: kim"), encoding="utf-8")
    use = "frameworks:\n  - {use: own.yaml, owners: {All: dana}}\n"
    framework = resolved(tmp_path, HEAD + use).uses[0].framework
    assert framework.owner_of(framework.kpis[0]) == "kim"
