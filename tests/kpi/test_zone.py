"""Zones by the framework's own thresholds, with the trend and open issues."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.framework_rules import ZoneRule
from kpi.scoring import exact
from kpi.trend import Trend
from kpi.zone import Zone, limits_of, zone_of
from tests.kpi.cases import BAKHMACH_ZONES
from tests.kpi.frameworks.conftest import read_framework

ORDER = [Zone.RED, Zone.YELLOW, Zone.GREEN]


@pytest.mark.parametrize(
    ("percent", "zone"),
    [
        ("0", Zone.RED),
        ("69.999", Zone.RED),
        ("70", Zone.YELLOW),  # Red says below 70
        ("89.999", Zone.YELLOW),
        ("90", Zone.GREEN),  # 90 is in Green and Yellow: Green says 90 and more
        ("100", Zone.GREEN),
        ("250", Zone.GREEN),
    ],
)
def test_the_percent_decides_the_zone(percent: str, zone: Zone) -> None:
    found, _ = zone_of(Fraction(percent) / 100, BAKHMACH_ZONES, trend=Trend.BETTER, has_critical_issue=False)
    assert found is zone


@pytest.mark.parametrize(
    ("percent", "trend", "has_issue", "zone"),
    [
        (95, Trend.BETTER, False, Zone.GREEN),
        (95, Trend.UNKNOWN, False, Zone.GREEN),
        (95, Trend.FLAT, False, Zone.YELLOW),
        (95, Trend.WORSE, False, Zone.YELLOW),
        (95, Trend.BETTER, True, Zone.YELLOW),
        (75, Trend.BETTER, False, Zone.YELLOW),  # a good trend lifts nothing
        (75, Trend.WORSE, True, Zone.YELLOW),  # and a bad one makes nothing red
        (50, Trend.BETTER, False, Zone.RED),
    ],
)
def test_trend_and_issues_only_turn_green_into_yellow(
    percent: int, trend: Trend, has_issue: bool, zone: Zone
) -> None:
    found, reason = zone_of(Fraction(percent, 100), BAKHMACH_ZONES, trend=trend, has_critical_issue=has_issue)
    assert found is zone
    assert ("but" in reason) is (percent == 95 and zone is Zone.YELLOW)


def test_better_than_any_multiple_of_the_target_is_green() -> None:
    assert zone_of(None, BAKHMACH_ZONES, trend=Trend.BETTER, has_critical_issue=False)[0] is Zone.GREEN


def test_a_framework_without_zones_has_none() -> None:
    zone, reason = zone_of(Fraction(1, 2), (), trend=Trend.WORSE, has_critical_issue=True)
    assert (zone, reason) == (Zone.UNKNOWN, "the framework states no zones")


def test_what_no_zone_covers_stays_unknown() -> None:
    rules = (ZoneRule(zone="green", at_least=90), ZoneRule(zone="red", text="requires immediate action"))
    zone, reason = zone_of(Fraction(1, 2), rules, trend=Trend.WORSE, has_critical_issue=False)
    assert (zone, reason) == (Zone.UNKNOWN, "no zone of the framework covers it")


@pytest.mark.parametrize(
    ("percent", "reason"),
    [
        (95, "at least 90% of target"),
        (80, "70–90% of target"),
        (20, "below 70% of target"),
    ],
)
def test_the_reason_names_the_threshold(percent: int, reason: str) -> None:
    found = zone_of(Fraction(percent, 100), BAKHMACH_ZONES, trend=Trend.BETTER, has_critical_issue=False)
    assert found[1] == reason


@pytest.mark.parametrize(("percent", "zone"), [(70, Zone.YELLOW), (90, Zone.GREEN)])
def test_the_order_of_the_rules_changes_nothing(percent: int, zone: Zone) -> None:
    found = zone_of(
        Fraction(percent, 100), BAKHMACH_ZONES[::-1], trend=Trend.BETTER, has_critical_issue=False
    )
    assert found[0] is zone


def test_thresholds_are_the_frameworks_own() -> None:
    rules = (ZoneRule(zone="green", at_least=99.5), ZoneRule(zone="red", below=99.5))
    just = zone_of(Fraction(995, 1000), rules, trend=Trend.BETTER, has_critical_issue=False)
    under = zone_of(Fraction(9949, 10_000), rules, trend=Trend.BETTER, has_critical_issue=False)
    assert (just[0], under[0]) == (Zone.GREEN, Zone.RED)


@pytest.mark.parametrize(("name", "limits"), [("bakhmach", (70, 90)), ("inferno", (50, 70)), ("hektor", ())])
def test_limits_are_those_of_zones_and_of_alerts_on_any_kpi(name: str, limits: tuple[float, ...]) -> None:
    assert limits_of(read_framework(name)) == limits


@given(
    one=st.fractions(0, 3),
    other=st.fractions(0, 3),
    trend=st.sampled_from(Trend),
    has_issue=st.booleans(),
)
def test_more_of_the_target_is_never_a_worse_zone(
    one: Fraction, other: Fraction, trend: Trend, has_issue: bool
) -> None:
    less, more = (
        zone_of(share, BAKHMACH_ZONES, trend=trend, has_critical_issue=has_issue)[0]
        for share in sorted((one, other))
    )
    assert ORDER.index(less) <= ORDER.index(more)


@given(st.floats(0, 1e300), st.sampled_from([70.0, 90.0, 0.1]), st.integers(-3, 3))
def test_floats_decide_as_fractions_do_however_close(share: float, percent: float, steps: int) -> None:
    near = Fraction(percent) / 100 + steps * Fraction(1, 10**14)
    for one in (Fraction(share), near, Fraction(share) * 10**20):
        rules = [ZoneRule(zone="red", below=percent)]
        zone, _ = zone_of(one, rules, trend=Trend.BETTER, has_critical_issue=False)
        assert (zone is Zone.RED) == (one * 100 < exact(percent))
