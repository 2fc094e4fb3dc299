"""One subject of a rule: pending, firing, over; each at its time, and nothing from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.alert_rules import AlertRule, Condition
from kpi.alerts import Finding, Item, Phase, is_worse, step, told_worse

DAY = timedelta(days=1)
T0 = datetime(2026, 11, 1, tzinfo=UTC)


def rule(**handling: Any) -> AlertRule:
    when = Condition(kpi="stars", below=100)
    return AlertRule(
        key="few", severity=handling.pop("severity", "warning"), text="Few", when=when, **handling
    )


def found(day: float, holds: bool | None, *, since: float | None = None, **more: Any) -> Finding:
    """What was found at the end of a day; `since` is the day it holds from."""
    clears = more.pop("clears", None if holds is None else not holds)
    began = None if since is None else T0 + since * DAY
    value = more.pop("value", 50.0 if holds else 200.0)
    return Finding(
        "a/stars", holds, clears, T0 + day * DAY, began, value=value, limit=more.pop("limit", 100.0), **more
    )


def run(one: AlertRule, findings: Sequence[Finding], last: Item | None = None) -> list[Item | None]:
    """The episode after each finding, found a minute after its data ended."""
    item: Item | None = None
    states = []
    for finding in findings:
        now = (finding.at or T0) + timedelta(minutes=1)
        item = step(item, finding, one, now, last=last)
        states.append(item)
        if item is not None and not item.is_open:
            last, item = item, None
    return states


def phases(states: Sequence[Item | None]) -> list[str]:
    return ["" if one is None else one.phase.value for one in states]


@pytest.mark.parametrize(
    ("handling", "findings", "wanted"),
    [
        pytest.param({}, [found(1, True)], ["firing"], id="at once"),
        pytest.param(
            {"lasting": "2 days"},
            [found(1, True, since=0), found(2, True, since=0)],
            ["pending", "firing"],
            id="lasting, by the data",
        ),
        pytest.param(
            {"lasting": "2 days"},
            [found(1, True, since=0), found(1, True, since=0), found(1, None)],
            ["pending", "pending", "pending"],
            id="no older without news",
        ),
        pytest.param(
            {"lasting": "2 days"},
            [found(1, True, since=0), found(2, False), found(3, True, since=2), found(4, True, since=2)],
            ["pending", "", "pending", "firing"],
            id="a break counts anew",
        ),
        pytest.param(
            {},
            [found(1, True), found(2, None), found(3, False)],
            ["firing", "firing", "resolved"],
            id="a gap ends nothing",
        ),
        pytest.param({}, [found(1, None), found(2, False)], ["", ""], id="a gap begins nothing"),
        pytest.param(
            {"clears_at": 110},
            [found(1, True), found(2, False, clears=False), found(3, False)],
            ["firing", "firing", "resolved"],
            id="neither, between the limits",
        ),
        pytest.param(
            {"clears_after": "2 days"},
            [found(1, True), found(2, False), found(3, True), found(4, False), found(5, False)],
            ["firing", "firing", "firing", "firing", "resolved"],
            id="over only after two good days",
        ),
        pytest.param(
            {"rearms_after": "3 days"},
            [found(1, True), found(2, False), found(3, True), found(6, True)],
            ["firing", "resolved", "", "firing"],
            id="armed again after three days",
        ),
    ],
)
def test_an_episode_begins_and_ends(
    handling: dict[str, Any], findings: list[Finding], wanted: list[str]
) -> None:
    assert phases(run(rule(**handling), findings)) == wanted


def test_what_is_older_than_known_changes_nothing() -> None:
    item = run(rule(), [found(3, True)])[-1]
    assert step(item, found(2, False), rule(), T0 + 3 * DAY) is item


def test_an_event_fires_once_for_ever() -> None:
    happened = found(1, True, is_event=True)
    [item] = run(rule(), [happened])
    assert item is not None
    over = replace(item, phase=Phase.RESOLVED, resolved_at=T0 + 2 * DAY)
    assert step(None, happened, rule(), T0 + 9 * DAY, last=over) is None
    assert step(item, found(2, False, is_event=True), rule(), T0 + 2 * DAY) is item


def test_what_a_person_ended_stays_over_as_long_as_the_same_stretch_holds() -> None:
    [item] = run(rule(), [found(1, True, since=0)])
    assert item is not None
    over = replace(item, phase=Phase.RESOLVED, resolved_at=T0 + 1.5 * DAY, is_dismissed=True)
    assert step(None, found(2, True, since=0), rule(), T0 + 2 * DAY, last=over) is None
    anew = step(None, found(4, True, since=3), rule(), T0 + 4 * DAY, last=over)
    assert anew is not None
    assert anew.number == 2


def test_a_celebration_is_never_repeated_and_no_lower_step_follows_a_higher_one() -> None:
    one = AlertRule(
        key="k", severity="celebrate", text="1,000", every=1000, when=Condition(kpi="stars", at_least=1000)
    )
    values = (900, 1000, 1500, 3400, 2500, 900, 3000, 4000)
    findings = [found(n, value >= 1000, value=value, limit=1000.0) for n, value in enumerate(values)]
    told = [None if item is None else item.number for item in run(one, findings)]
    assert told == [None, 1, None, 3, None, None, None, 4]


def test_it_is_worse_when_it_is_twice_as_far_beyond_its_limit_three_times_at_most() -> None:
    item = run(rule(), [found(1, True, value=90.0)])[-1]
    told = []
    for day, value in enumerate((85.0, 80.0, 75.0, 60.0, 20.0, -900.0), start=2):
        item = step(item, found(day, True, value=value), rule(), T0 + day * DAY)
        assert item is not None
        if is_worse(item):
            told.append(value)
            item = told_worse(item)
    assert told == [80.0, 60.0, 20.0]


@st.composite
def courses(draw: st.DrawFn) -> list[Finding]:
    """Days in order, each with a value, or a gap; how long it holds is counted as the data shows it."""
    values = draw(st.lists(st.sampled_from([None, 50.0, 90.0, 105.0, 200.0]), min_size=1, max_size=25))
    findings, since = [], None
    for day, value in enumerate(values, start=1):
        if value is None:
            findings.append(found(day, None))
            continue
        since = (since if since is not None else day - 1) if value < 100 else None
        findings.append(found(day, value < 100, clears=value >= 110, since=since, value=value))
    return findings


HANDLING = st.fixed_dictionaries(
    {},
    optional={
        "lasting": st.sampled_from(["1 day", "3 days"]),
        "clears_after": st.sampled_from(["1 day", "2 days"]),
        "rearms_after": st.sampled_from(["1 day", "4 days"]),
    },
)


@given(findings=courses(), handling=HANDLING)
@settings(max_examples=60)
def test_nothing_fires_twice_without_an_end_between(
    findings: list[Finding], handling: dict[str, str]
) -> None:
    is_firing = False
    for item in run(rule(clears_at=110, **handling), findings):
        fires = item is not None and item.phase is Phase.FIRING
        if item is not None and item.phase is Phase.RESOLVED:
            assert is_firing
        if is_firing and not fires:
            assert item is not None
            assert item.phase is Phase.RESOLVED
        is_firing = fires


@given(findings=courses(), handling=HANDLING)
@settings(max_examples=60)
def test_the_same_finding_again_changes_nothing(findings: list[Finding], handling: dict[str, str]) -> None:
    one = rule(clears_at=110, **handling)
    twice = [finding for finding in findings for _ in range(2)]
    once = run(one, findings)
    again = run(one, twice)[1::2]
    assert [item for item in again if item and item.is_open] == [
        item for item in once if item and item.is_open
    ]


@given(findings=courses(), handling=HANDLING)
@settings(max_examples=60)
def test_its_times_only_go_forward(findings: list[Finding], handling: dict[str, str]) -> None:
    number, fired_at = 0, None
    for item in run(rule(clears_at=110, **handling), findings):
        if item is None:
            continue
        assert item.number >= number
        if item.number == number and fired_at is not None:
            assert item.fired_at == fired_at
        assert item.resolved_at is None or (item.fired_at is not None and item.fired_at <= item.resolved_at)
        number, fired_at = item.number, item.fired_at


@given(findings=courses())
@settings(max_examples=40)
def test_a_gap_more_or_less_ends_nothing_and_begins_nothing(findings: list[Finding]) -> None:
    known = [one for one in findings if one.holds is not None]
    with_gaps = [
        item for item, one in zip(run(rule(), findings), findings, strict=True) if one.holds is not None
    ]
    assert phases(run(rule(), known)) == phases(with_gaps)
