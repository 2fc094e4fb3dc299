"""One look at all rules: what silences others comes first, what held before is no news, order is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from kpi.alert_course import Known, course, fired, in_order, rule_look
from kpi.alert_rules import AlertRule, Condition, TextMatch
from kpi.alerts import Finding, Item, Phase

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def rule(key: str, severity: str = "warning", **values: Any) -> AlertRule:
    when = values.pop("when", Condition(kpi="stars", below=100))
    return AlertRule(key=key, severity=severity, text=key, when=when, **values)


def found(subject: str, holds: bool | None = True, **values: Any) -> Finding:
    values = {"at": NOW, "value": 50.0, "limit": 100.0, **values}
    return Finding(subject, holds, None if holds is None else not holds, **values)


RULES = {"a/low": rule("low", unless_firing=("urgent",)), "a/urgent": rule("urgent", "critical")}


def test_a_rule_is_silent_for_what_another_says_more_urgently() -> None:
    both = {"a/low": [found("x"), found("y")], "a/urgent": [found("x")]}
    taken = course(RULES, both, Known(), NOW)
    assert sorted((one.rule, one.subject) for one in fired(taken.changes)) == [
        ("a/low", "y"),
        ("a/urgent", "x"),
    ]


def test_what_fires_already_ends_when_it_becomes_urgent_and_resumes_after() -> None:
    first = course(RULES, {"a/low": [found("x")]}, Known(), NOW)
    [low] = fired(first.changes)
    known = Known({("a/low", "x"): low})
    urgent = course(RULES, {"a/low": [found("x")], "a/urgent": [found("x")]}, known, NOW)
    ended = next(one for one in urgent.changes if one.key == ("a/low", "x"))
    assert ended.is_over
    assert ended.inhibited_by == "a/urgent"
    assert ended.after is not None
    past = Known({}, {("a/low", "x"): ended.after})
    again = course(RULES, {"a/low": [found("x")], "a/urgent": [found("x", False)]}, past, NOW)
    assert [(one.rule, one.number) for one in fired(again.changes)] == [("a/low", 2)]


def test_rules_in_a_circle_are_looked_at_all_the_same() -> None:
    rules = {"a/one": rule("one", unless_firing=("two",)), "a/two": rule("two", unless_firing=("one",))}
    assert sorted(in_order(rules)) == ["a/one", "a/two"]


def test_the_order_of_findings_does_not_matter() -> None:
    findings = [found("x"), found("y", False), found("z", None), found("v")]
    outcomes = {
        frozenset(
            (one.rule, one.subject) for one in fired(course(RULES, {"a/low": some}, Known(), NOW).changes)
        )
        for some in permutations(findings)
    }
    assert outcomes == {frozenset({("a/low", "x"), ("a/low", "v")})}


def test_what_is_open_of_a_rule_that_is_no_more_ends() -> None:
    item = Item("a/gone", "x", 1, Phase.FIRING, NOW, NOW, NOW, alert=3)
    [change] = course(RULES, {}, Known({("a/gone", "x"): item}), NOW).changes
    assert change.is_over


MILESTONE = {"a/k": rule("k", "celebrate", when=Condition(kpi="stars", at_least=1000), every=1000)}


def test_a_milestone_passed_before_the_first_look_is_no_news() -> None:
    unknown = course(MILESTONE, {"a/k": [found("x", None)]}, Known(), NOW)
    assert unknown.looks == (rule_look("a/k"),)
    high = found("x@3000", value=3400.0, limit=3000.0)
    first = course(MILESTONE, {"a/k": [high]}, Known({}, {}, {rule_look("a/k"): NOW}), NOW)
    [change] = first.changes
    assert change.after is not None
    assert (change.after.is_silent, change.after.number, change.after.subject) == (True, 3, "x")
    assert list(fired(first.changes)) == []
    past = Known({}, {("a/k", "x"): change.after}, {rule_look("a/k"): NOW, ("a/k", "x"): NOW})
    lower = found("x@2000", value=2100.0, limit=2000.0)
    assert course(MILESTONE, {"a/k": [lower]}, past, NOW).is_empty
    higher = course(MILESTONE, {"a/k": [found("x@4000", value=4000.0, limit=4000.0)]}, past, NOW)
    assert [one.number for one in fired(higher.changes)] == [4]


def test_a_milestone_that_did_not_hold_at_the_first_look_is_celebrated() -> None:
    looks = {rule_look("a/k"): NOW, ("a/k", "x"): NOW}
    taken = course(MILESTONE, {"a/k": [found("x", value=1000.0, limit=1000.0)]}, Known({}, {}, looks), NOW)
    assert [one.subject for one in fired(taken.changes)] == ["x"]


@pytest.mark.parametrize(("age", "is_told"), [(timedelta(days=1), False), (timedelta(hours=-1), True)])
def test_a_text_from_before_the_first_look_is_not_celebrated(age: timedelta, is_told: bool) -> None:
    press = {"a/p": rule("p", "celebrate", when=Condition(text=TextMatch(sites=("x.com",))))}
    post = found("17", at=NOW - age, is_event=True)
    taken = course(press, {"a/p": [post]}, Known({}, {}, {rule_look("a/p"): NOW}), NOW + timedelta(hours=2))
    assert bool(list(fired(taken.changes))) is is_told
