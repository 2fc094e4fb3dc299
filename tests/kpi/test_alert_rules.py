"""What can be written of an alert rule, and what is refused with a hint."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kpi.alert_rules import AlertRule, Condition


@pytest.mark.parametrize(
    ("when", "kind"),
    [
        ({"measure": "last(web.up)", "below": 1}, "measure"),
        ({"drop": "sum(a.b, 1d)", "above": 30, "by": "site"}, "drop"),
        ({"zone": "any", "becomes": "red"}, "zone"),
        ({"gate": "any", "becomes": "open"}, "gate"),
        ({"no_data": "any"}, "no_data"),
        ({"source": "any"}, "source"),
        ({"anomaly": "any", "direction": "low"}, "anomaly"),
        ({"text": {"words": ["acme"]}}, "text"),
    ],
)
def test_one_thing_is_looked_at(when: dict[str, Any], kind: str) -> None:
    assert Condition.model_validate(when).kind == kind


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ({}, "none or several things"),
        ({"measure": "last(a.b)", "kpi": "x", "below": 1}, "none or several things"),
        ({"measure": "last(a.b)"}, "none or several limits"),
        ({"measure": "last(a.b)", "below": 1, "above": 2}, "none or several limits"),
        ({"no_data": "any", "below": 1}, "is no number"),
        ({"zone": "any", "becomes": "open"}, "cannot become"),
        ({"zone": "any"}, "cannot become"),
        ({"kpi": "x", "below": 1, "becomes": "red"}, "cannot become"),
        ({"zone": "any", "becomes": "red", "by": "site"}, "no labels"),
        ({"text": {"not_words": ["acme"]}}, "matches everything"),
        ({"measure": "last(a.b)", "below": "nan"}, "finite"),
    ],
)
def test_what_is_no_question_is_refused(when: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Condition.model_validate(when)


def rule(**values: Any) -> AlertRule:
    when = {"measure": "last(a.b)", "below": 10}
    return AlertRule.model_validate({"key": "x", "severity": "warning", "text": "X", "when": when, **values})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"clears_at": 9}, "wrong side"),
        ({"every": 10}, "counts upwards"),
        ({"every": 0}, "greater than 0"),
        ({"clears_at": 3, "when": {"no_data": "any"}}, "needs a limit"),
        ({"lasting": "soon"}, "no length of time"),
        ({"severity": "loud"}, "critical"),
        ({"becomes": "red"}, "Extra inputs"),
    ],
)
def test_what_does_not_fit_the_condition_is_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        rule(**values)


def test_a_changed_rule_is_checked_anew() -> None:
    changed = rule().changed(lasting="2 days", clears_at=12)
    assert (changed.lasting, changed.clears_at, changed.text) == ("2 days", 12, "X")
    with pytest.raises(ValidationError):
        rule().changed(lasting="soon")


def test_a_title_heads_its_message_else_its_text() -> None:
    assert (rule().name, rule(title="Down").name) == ("X", "Down")
