"""Days that are unlike what was to be expected."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.kpi.cases import kpi_of
from tests.kpi.sights import MIDNIGHT, daily, found, labelled, one, rule, sight_of

CALM = [100.0 + at % 7 + at % 3 for at in range(120)]
VISITS = kpi_of({"steady": "9"}, name="Visits", unit_name="visitors", measure="sum(visits, 30d)")


def test_a_day_far_below_is_told_with_what_was_expected() -> None:
    finding = one(rule(anomaly="sum(visits, 1d)"), sight_of(daily("visits", [*CALM, 5.0])))
    assert (finding.holds, finding.clears, finding.value) == (True, False, 5.0)
    assert (finding.at, finding.since) == (MIDNIGHT, MIDNIGHT - timedelta(days=1))
    assert finding.evidence["direction"] == "low"
    assert finding.evidence["low"] < 100 < finding.evidence["high"] + 20
    assert finding.evidence["why"]


def test_a_usual_day_is_none() -> None:
    finding = one(rule(anomaly="sum(visits, 1d)"), sight_of(daily("visits", CALM)))
    assert (finding.holds, finding.clears) == (False, True)


@pytest.mark.parametrize(("direction", "holds"), [("low", True), ("high", False), ("both", True)])
def test_only_the_asked_side_counts(direction: str, holds: bool) -> None:
    asked = rule(anomaly="sum(visits, 1d)", direction=direction)
    assert one(asked, sight_of(daily("visits", [*CALM, 5.0]))).holds is holds


def test_a_kpi_over_thirty_days_is_looked_at_by_its_single_days() -> None:
    told = found(rule(anomaly="any"), sight_of(daily("visits", [*CALM, 5.0]), kpis=[VISITS]))
    assert [(finding.subject, finding.holds) for finding in told] == [(f"hektor/{VISITS.key}", True)]


def test_few_days_tell_nothing() -> None:
    assert one(rule(anomaly="sum(visits, 1d)"), sight_of(daily("visits", CALM[:20]))).holds is None


def test_a_day_without_data_says_nothing() -> None:
    assert one(rule(anomaly="sum(visits, 1d)"), sight_of(daily("visits", [*CALM, None]))).holds is None


def test_each_label_has_its_own_course() -> None:
    sight = sight_of(
        labelled(daily("visits", [*CALM, 5.0]), site="a"), labelled(daily("visits", [*CALM, 101.0]), site="b")
    )
    told = found(rule(anomaly="sum(visits, 1d)", by="site"), sight)
    assert [(finding.subject, finding.holds) for finding in told] == [("a", True), ("b", False)]


def test_a_kpi_is_told_in_its_own_unit() -> None:
    """The samples are shares of one, the KPI counts in percent."""
    share = kpi_of({"steady": "9"}, name="Share", unit_name="%", measure="last(rate)")
    values = [0.5 + (at % 5) / 100 for at in range(90)]
    finding = one(rule(anomaly=share.key), sight_of(daily("rate", [*values, 0.01]), kpis=[share]))
    assert (finding.holds, finding.value) == (True, 1.0)
    assert 40 < finding.evidence["low"] < 60


def test_a_reading_is_not_carried_over_days_on_which_there_is_none() -> None:
    rare = [0.5 if at % 7 == 0 else None for at in range(120)]
    assert one(rule(anomaly="last(rate)"), sight_of(daily("rate", [*rare, 0.9]))).holds is None
