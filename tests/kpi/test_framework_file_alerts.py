"""`kpi framework check` finds what an alert names in vain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from kpi.document import DocumentFaults
from kpi.framework import Framework
from kpi.framework_file import parse_framework
from kpi.framework_report import findings


def read(when: Mapping[str, Any], **further: Any) -> Framework:
    kpi = {"name": "Stars", "better": "higher", "targets": {"q1": "100"}}
    red = {
        "key": "red",
        "severity": "critical",
        "text": "Red",
        "when": {"percent_of_target": "any", "below": 50},
    }
    alert = {"key": "other", "severity": "warning", "text": "Other", "when": when, **further}
    file = {
        "framework": "acme",
        "title": "Acme",
        "horizons": {"q1": {"title": "Q1"}, "q2": {"title": "Q2"}},
        "sections": [{"title": "Growth", "kpis": [kpi]}],
        "gates": {"q1": {"to": "q2", "require": "80%"}},
        "alerts": [red, alert],
    }
    return parse_framework(json.dumps(file, indent=1), "acme.yaml")


@pytest.mark.parametrize(
    "when",
    [
        {"kpi": "growth.stars", "below": 3},
        {"percent_of_target": "growth.stars", "below": 3},
        {"drop": "growth.stars", "above": 30},
        {"rise": "sum(a.b, 7d)", "above": 30, "against": "week"},
        {"anomaly": "any"},
        {"anomaly": "last(a.b)"},
        {"no_data": "growth.stars"},
        {"zone": "any", "becomes": "red"},
        {"gate": "q1", "becomes": "open"},
        {"chance": "any", "below": 10},
        {"firing": "red", "at_least": 2},
        {"source": "github"},
        {"text": {"words": ["growth"], "topics": ["any"]}},
    ],
    ids=str,
)
def test_what_is_there_can_be_named(when: Mapping[str, Any]) -> None:
    assert read(when, unless_firing=["red"]).alerts[1].when is not None


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (
            {"kpi": "growth.star", "below": 3},
            "“growth.star” is not a KPI of this framework (did you mean `growth.stars`?)",
        ),
        ({"percent_of_target": "all", "below": 3}, "“all” is not a KPI"),
        ({"zone": "growth.star", "becomes": "red"}, "is not a KPI"),
        ({"chance": "x", "below": 3}, "is not a KPI"),
        ({"no_data": "x"}, "is not a KPI"),
        ({"anomaly": "x"}, "is not a KPI"),
        ({"drop": "x", "above": 3}, "is not a KPI"),
        ({"drop": "sum(a.b, )", "above": 3}, "column 10"),
        ({"drop": "sum(a.b, month)", "above": 3}, "equal length (name a window such as 30d)"),
        ({"measure": "sun(a.b, 1d)", "above": 3}, "column 1"),
        ({"gate": "q2", "becomes": "open"}, "is not a gate"),
        ({"firing": "reds", "at_least": 2}, "is not an alert"),
    ],
    ids=str,
)
def test_what_is_not_there_is_told(when: Mapping[str, Any], told: str) -> None:
    with pytest.raises(DocumentFaults) as faults:
        read(when)
    assert told in str(faults.value)
    assert "alerts[1].when." in str(faults.value)


def test_an_unknown_rule_silences_nothing() -> None:
    with pytest.raises(DocumentFaults, match=r"unless_firing\[0\]: “rad” is not an alert .*`red`"):
        read({"no_data": "any"}, unless_firing=["rad"])


def test_a_drop_is_told_of_where_no_collector_measures_it() -> None:
    told = findings(read({"drop": "sum(a.b, 7d)", "above": 30}), {})
    assert any("No collector measures a.b, for the alert other" in one for one in told)
