"""Limits, durations, milestones and percents of target."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.quantity import Better
from tests.kpi.cases import NOON, kpi_of
from tests.kpi.sights import MIDNIGHT, daily, found, labelled, one, points, rule, sight_of

ENGAGED = {"lasting": "3 days"}
LOW = rule(handling=ENGAGED, measure="mean(rate, 1d)", below=0.02)
DOWN = rule("critical", measure="last(web.up)", below=1, by="url")


@pytest.mark.parametrize(
    ("values", "days", "missing"),
    [
        ([0.05, 0.05, 0.01], 1, 0),
        ([0.05, 0.01, 0.01], 2, 0),
        ([0.05, 0.01, 0.01, 0.01], 3, 0),
        ([0.01, 0.01, 0.05, 0.01], 1, 0),
        ([0.05, 0.01, 0.01, None, 0.01], 3, 1),
        ([0.05, 0.01, None, 0.01], 2, 1),
        ([0.01] * 20, 7, 0),
    ],
)
def test_a_streak_counts_the_days_on_which_it_held(
    values: list[float | None], days: int, missing: int
) -> None:
    finding = one(LOW, sight_of(daily("rate", values)))
    assert finding.holds is True
    assert finding.at == MIDNIGHT
    assert finding.since == MIDNIGHT - timedelta(days=days)
    assert len(finding.evidence["days"]) == days
    assert finding.evidence.get("missing", 0) == missing


def test_a_long_gap_ends_a_streak() -> None:
    values = [0.01, 0.01, *[None] * 5, 0.01]
    assert one(LOW, sight_of(daily("rate", values))).since == MIDNIGHT - timedelta(days=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.01, 0.05, None]), min_size=1, max_size=9))
def test_three_days_are_three_days_below_the_limit(values: list[float | None]) -> None:
    """It may fire exactly where the last three known days are low, and none of them lies far back."""
    finding = one(LOW, sight_of(daily("rate", [0.05, *values])))
    if values[-1] is None:
        assert finding.holds is None
        return
    run, gap = 0, 0
    for value in reversed(values):
        gap = gap + 1 if value is None else 0
        if value == 0.05 or gap > 3:
            break
        run += value is not None
    fires = finding.holds and finding.at and finding.since and finding.at - finding.since >= timedelta(days=3)
    assert bool(fires) is (run >= 3)


@pytest.mark.parametrize(
    ("limit", "value", "holds"),
    [
        ({"below": 2}, 2.0, False),
        ({"below": 2}, 1.999, True),
        ({"at_most": 2}, 2.0, True),
        ({"above": 0.3}, 0.1 + 0.2, False),
        ({"at_least": 0.3}, 0.1 + 0.2, True),
    ],
)
def test_a_limit_is_meant_to_the_letter(limit: dict[str, Any], value: float, holds: bool) -> None:
    finding = one(rule(measure="last(stars)", **limit), sight_of(points("stars", (NOON, value))))
    assert (finding.holds, finding.clears) == (holds, not holds)


@pytest.mark.parametrize(
    ("value", "holds", "clears"), [(1.9, True, False), (2.2, False, False), (2.5, False, True)]
)
def test_between_two_limits_it_neither_holds_nor_ends(value: float, holds: bool, clears: bool) -> None:
    asked = rule(handling={"clears_at": 2.5}, measure="last(stars)", below=2)
    finding = one(asked, sight_of(points("stars", (NOON, value))), {""})
    assert (finding.holds, finding.clears) == (holds, clears)


def test_a_page_is_down_since_its_first_failed_check() -> None:
    minutes = (0, 5, 10, 15, 20)
    checks = [(NOON - timedelta(minutes=20 - at), 1.0 if at < 10 else 0.0) for at in minutes]
    down, up = points("web.up", *checks, url="a"), points("web.up", (NOON, 1.0), url="b")
    told = {finding.subject: finding for finding in found(DOWN, sight_of(down, up))}
    assert told["b"].holds is False
    assert told["a"].holds is True
    assert told["a"].since == NOON - timedelta(minutes=10)
    assert told["a"].at == NOON
    assert told["a"].evidence["label_value"] == "a"
    assert [value for _, value in told["a"].evidence["days"]] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("stars", "subject", "limit"), [(999, "@1000", 1000), (1000, "@1000", 1000)])
def test_a_milestone_is_reached_at_its_number(stars: float, subject: str, limit: float) -> None:
    asked = rule("celebrate", handling={"every": 1000}, measure="last(stars)", at_least=1000)
    finding = one(asked, sight_of(points("stars", (NOON, stars))))
    assert (finding.subject, finding.limit, finding.holds) == (subject, limit, stars >= limit)


def test_each_further_step_is_one_of_its_own() -> None:
    asked = rule("celebrate", handling={"every": 1000}, measure="last(stars)", at_least=1000)
    finding = one(asked, sight_of(points("stars", (NOON, 3400.0))))
    assert (finding.subject, finding.evidence["step"], finding.is_event) == ("@3000", 3000, True)


def test_a_kpi_is_compared_in_its_own_unit() -> None:
    slow = kpi_of({"steady": "5"}, name="Answer", unit_name="%", better=Better.HIGHER, measure="last(rate)")
    sight = sight_of(points("rate", (NOON, 0.015)), kpis=[slow])
    finding = one(rule(kpi=slow.key, below=2), sight)
    assert (finding.holds, finding.value, finding.subject) == (True, 1.5, f"hektor/{slow.key}")
    assert finding.evidence["target"] == "5"


@pytest.mark.parametrize(
    ("stars", "yellow", "red"), [(70.0, False, False), (69.99, True, False), (49, True, True)]
)
def test_any_kpi_below_a_percent_of_its_target(stars: float, yellow: bool, red: bool) -> None:
    sight = sight_of(points("stars", (NOON, stars)), kpis=[kpi_of({"steady": "100"}, measure="last(stars)")])
    assert one(rule(percent_of_target="any", below=70), sight).holds is yellow
    assert one(rule(percent_of_target="any", below=50), sight).holds is red


def test_less_is_better_and_better_than_any_multiple_is_not_below() -> None:
    kpi = kpi_of({"steady": "<2"}, better=Better.LOWER, measure="last(stars)")
    for value, holds in ((5.0, True), (2.0, False), (0.0, False)):
        sight = sight_of(points("stars", (NOON, value)), kpis=[kpi])
        assert one(rule(percent_of_target="any", below=70), sight).holds is holds


def test_a_target_in_words_and_a_kpi_without_one_are_not_looked_at() -> None:
    kpis = [kpi_of({"steady": "Market leader"}, name="Rank"), kpi_of({}, name="Other"), kpi_of({"q1": "N/A"})]
    assert found(rule(percent_of_target="any", below=70), sight_of(kpis=kpis)) == ()


def test_a_kpi_without_data_says_nothing() -> None:
    finding = one(rule(percent_of_target="any", below=70), sight_of(kpis=[kpi_of({"steady": "9"})]))
    assert (finding.holds, bool(finding.reason)) == (None, True)


def test_a_kpi_that_was_taken_out_is_over() -> None:
    (finding,) = found(rule(percent_of_target="any", below=70), sight_of(), {"hektor/section.gone"})
    assert (finding.holds, finding.clears) == (False, True)


def test_what_is_usual_for_the_weekday_stands_beside_it() -> None:
    values = [100.0] * 56 + [0.0]
    finding = one(rule(measure="sum(signups, 1d)", at_most=0), sight_of(daily("signups", values)))
    assert "usual" not in finding.evidence or finding.evidence["usual"] == [100.0, 100.0]


def test_labels_are_told_apart() -> None:
    one_site = labelled(daily("visits", [50.0, 50.0]), site="a")
    other = labelled(daily("visits", [5.0, 5.0]), site="b")
    told = found(rule(measure="sum(visits, 1d)", below=10, by="site"), sight_of(one_site, other))
    assert [(finding.subject, finding.holds) for finding in told] == [("a", False), ("b", True)]


def test_a_level_has_to_last_by_its_closes() -> None:
    """Three days are three evenings, whatever it reads this morning."""
    asked = rule(handling=ENGAGED, measure="last(stars)", below=10)
    evenings = daily("stars", [20.0, 5.0, 5.0, 5.0], hour=20)
    finding = one(asked, sight_of(evenings))
    assert (finding.since, finding.at) == (MIDNIGHT - timedelta(days=3), MIDNIGHT)
    morning = points("stars", *((NOON - timedelta(days=back), 20.0) for back in (3, 2, 1)), (NOON, 5.0))
    assert one(asked, sight_of(morning)).holds is False


def test_a_percent_has_to_last_by_its_closes() -> None:
    kpi = kpi_of({"steady": "10"}, measure="last(stars)")
    asked = rule(handling=ENGAGED, percent_of_target="any", below=70)
    sight = sight_of(daily("stars", [20.0, 5.0, 5.0, 5.0], hour=20), kpis=[kpi])
    finding = one(asked, sight)
    assert (finding.since, finding.at) == (MIDNIGHT - timedelta(days=3), MIDNIGHT)


def test_an_entry_counts_from_when_it_is_made_and_until_the_next() -> None:
    kpi = kpi_of({"steady": "10"}, measure=None)
    entered = points(f"entry.hektor.{kpi.key}", (NOON - timedelta(hours=1), 5.0))
    finding = one(rule(kpi=kpi.key, below=7), sight_of(entered, kpis=[kpi]))
    assert (finding.holds, finding.at) == (True, NOON - timedelta(hours=1))


def test_several_series_are_below_since_the_first_close_that_shows_it() -> None:
    low = [labelled(daily("stars", [9.0, 9.0, 2.0, 2.0], hour=20), repo=name) for name in "ab"]
    finding = one(rule(measure="last(stars)", below=10), sight_of(*low))
    assert (finding.holds, finding.value) == (True, 4.0)
    assert finding.since == MIDNIGHT - timedelta(days=1)
