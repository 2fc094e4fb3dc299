"""From the rules of frameworks and of kpi.yaml to the rules in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.alerting import HEALTH_RULES, RuleRef, rules
from bot.loading import resolve
from bot.settings import read_workspace
from bot.workspace import Workspace
from kpi.document import DocumentFaults

HEAD = """timezone: Europe/Berlin
frameworks: [{use: hektor}, {use: inferno}]
sources: {github: {repository: acme/engine}}
channels: {daily: ["slack:C0DAILY"]}
"""


def loaded(rules: str = "", *, further: str = "") -> Workspace:
    text = f"{HEAD}alerts:\n  rules:\n{rules}{further}" if rules or further else HEAD
    return resolve(read_workspace(text, "kpi.yaml", {}), Path("kpi.yaml"))


def by_path(workspace: Workspace) -> dict[str, RuleRef]:
    return {ref.path: ref for ref in workspace.alert_rules}


def test_every_rule_of_the_documents_is_in_force_and_those_of_the_bot() -> None:
    workspace = loaded()
    stated = [f"{use.framework.key}/{rule.key}" for use in workspace.uses for rule in use.framework.alerts]
    assert sorted(by_path(workspace)) == sorted([*stated, *(f"health/{rule.key}" for rule in HEALTH_RULES)])
    assert workspace.alert_rules[-1].path == "inferno/escalation"
    assert by_path(workspace)["inferno/red"].framework == "inferno"
    assert by_path(workspace)["health/source"].framework == ""


def test_each_rule_of_the_documents_works_from_data_or_by_hand() -> None:
    for ref in loaded().alert_rules:
        assert ref.rule.when is not None, ref.path
    by_hand = {ref.rule.key for ref in loaded().alert_rules if ref.rule.by_hand}
    assert by_hand == {
        *("negative_viral_post", "competitor_announcement", "viral_post", "first_enterprise_customer"),
        *("press_mention", "escalation"),
    }


def test_a_stated_rule_is_changed_and_keeps_the_rest() -> None:
    changed = by_path(loaded("    hektor/traffic_drop: {above: 40, lasting: 2 days, mention: true}\n"))
    rule = changed["hektor/traffic_drop"].rule
    assert rule.when is not None
    assert (rule.when.limit, rule.when.drop) == (("above", 40.0), "sum(plausible.visitors, 1d)")
    assert (rule.lasting, rule.mention, rule.line) == ("2 days", True, 242)


def test_another_comparison_takes_the_place_of_the_stated_one() -> None:
    rule = by_path(loaded("    hektor/traffic_drop: {at_least: 25}\n"))["hektor/traffic_drop"].rule
    assert rule.when is not None
    assert rule.when.limit == ("at_least", 25.0)


def test_what_is_off_is_left_out() -> None:
    known = by_path(loaded("    hektor/viral_post: off\n    health/no_data: off\n"))
    assert "hektor/viral_post" not in known
    assert "health/no_data" not in known


def test_a_rule_of_ones_own_names_kpis_as_people_do() -> None:
    text = "    few_stars: {severity: warning, text: Few, when: {kpi: GitHub Stars, below: 5}}\n"
    ref = by_path(loaded(text))["own/few_stars"]
    assert ref.rule.when is not None
    assert ref.rule.when.kpi == "hektor/primary_metrics_north_star.github_stars"
    assert (ref.framework, ref.use) == ("", None)


def test_a_rule_of_ones_own_may_count_another() -> None:
    text = "    two: {severity: critical, text: Two, when: {firing: hektor/traffic_drop, at_least: 1}}\n"
    assert loaded(text).alert_rules[-1].counts_others


def test_it_is_told_where_the_daily_update_is_unless_kpi_yaml_says_where() -> None:
    plain = by_path(loaded())["hektor/thousand_stars"]
    assert plain.channels(loaded()) == ("slack:C0DAILY",)
    told = loaded(
        '    hektor/traffic_drop: {channels: ["slack:C0WEB"]}\n',
        further='  channels: ["slack:C0A"]\n  celebrations: ["slack:C0PARTY"]\n',
    )
    known = by_path(told)
    assert known["hektor/traffic_drop"].channels(told) == ("slack:C0WEB",)
    assert known["hektor/zero_signups"].channels(told) == ("slack:C0A",)
    assert known["hektor/thousand_stars"].channels(told) == ("slack:C0PARTY",)


OWN = "    x: {{severity: warning, text: X, when: {}}}\n"


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("    hektor/trafic_drop: off\n", "hektor/trafic_drop", "did you mean hektor/traffic_drop"),
        ("    hektor/viral_post: {above: 3}\n", "hektor/viral_post.above", "no number against a limit"),
        ("    inferno/yellow: {unless_firing: [rad]}\n", "inferno/yellow.unless_firing[0]", "no rule “rad”"),
        (
            "    inferno/red: {unless_firing: [inferno/red]}\n",
            "inferno/red.unless_firing[0]",
            "silent for itself",
        ),
        (OWN.format("{firing: x, at_least: 1}"), "x.when.firing", "does not count itself"),
        ("    inferno/yellow: {clears_at: 60}\n", "inferno/yellow", "wrong side of the limit 70"),
        (OWN.format("{kpi: Github Star, below: 5}"), "x.when.kpi", "GitHub Stars"),
        (OWN.format("{kpi: GitHub, below: 5}"), "x.when.kpi", "names 2 KPIs"),
        (OWN.format("{drop: 'sum(a.b, all)', above: 5}"), "x.when.drop", "equal length"),
        (OWN.format("{measure: 'sun(a.b)', above: 5}"), "x.when.measure", "column 1"),
        (OWN.format("{source: gitlab}"), "x.when.source", "did you mean `github`"),
        (OWN.format("{gate: phase9, becomes: open}"), "x.when.gate", "no gate"),
        (OWN.format("{firing: inferno/rad, at_least: 2}"), "x.when.firing", "inferno/red"),
    ],
)
def test_a_name_that_means_nothing_is_told_with_its_place(text: str, key: str, told: str) -> None:
    with pytest.raises(DocumentFaults) as raised:
        loaded(text)
    (fault,) = raised.value.faults
    assert fault.key == f"alerts.rules.{key}"
    assert told in str(fault)


def test_the_same_rules_whoever_asks() -> None:
    workspace = loaded()
    assert rules(workspace) == workspace.alert_rules
