"""Drops and rises: equal days, equal members, or nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.kpi.cases import NOON, kpi_of
from tests.kpi.sights import daily, found, labelled, one, points, rule, sight_of

DROP = rule(drop="sum(visits, 1d)", above=30)


@pytest.mark.parametrize(
    ("before", "after", "holds"),
    [(1000, 700, False), (1000, 699, True), (10, 7, False), (3, 2, True), (1000, 1200, False)],
)
def test_more_than_thirty_percent_is_more(before: float, after: float, holds: bool) -> None:
    finding = one(DROP, sight_of(daily("visits", [before, after])))
    assert (finding.holds, finding.clears) == (holds, not holds)


UNUSUAL = rule(drop="sum(visits, 1d)", above=30, unusual=True)


@pytest.mark.parametrize(
    ("last", "holds"), [(60.0, False), (55.0, True), (69.9, False)], ids=["as usual", "below", "above usual"]
)
def test_a_day_that_is_always_low_is_no_unusual_drop(last: float, holds: bool) -> None:
    """Sunday 22 November: every Sunday has 60 to 65 after a Saturday of 100."""
    week = [100.0, 100.0, 100.0, 100.0, 100.0, 100.0]
    visits = [one for sunday in (60.0, 65.0, 60.0, 65.0, last) for one in (*week, sunday)]
    finding = one(UNUSUAL, sight_of(daily("visits", visits)), {""})
    assert (finding.holds, finding.clears) == (holds, not holds)
    usual = finding.evidence["usual"]
    assert usual == pytest.approx([60.0, 65.0])
    assert one(DROP, sight_of(daily("visits", visits))).holds is True


def test_without_like_days_a_drop_is_taken_by_the_letter() -> None:
    assert one(UNUSUAL, sight_of(daily("visits", [100.0] * 20 + [60.0]))).holds is True


def test_both_stretches_are_told() -> None:
    told = one(DROP, sight_of(daily("visits", [1000.0, 500.0]))).evidence
    assert (told["before"], told["after"], told["percent"], told["days"]) == (1000.0, 500.0, 50.0, 1)
    assert (told["from"], told["to"]) == (["2026-11-21"] * 2, ["2026-11-22"] * 2)


@pytest.mark.parametrize(("against", "back"), [("before", 7), ("week", 7), ("4 weeks", 28), ("year", 364)])
def test_the_other_stretch_lies_that_far_back(against: str, back: int) -> None:
    values = [10.0] * 371
    values[-7 - back : 371 - back] = [20.0] * 7
    finding = one(rule(drop="sum(visits, 7d)", above=40, against=against), sight_of(daily("visits", values)))
    assert (finding.holds, finding.value) == (True, 50.0)


def test_what_was_measured_in_one_stretch_only_is_left_out_of_both() -> None:
    """Three sites and eight days against one and six would be a drop of 60 %."""
    stays = labelled(daily("visits", [100.0] * 14), site="a")
    ends = labelled(daily("visits", [300.0] * 7 + [None] * 7), site="b")
    begins = labelled(daily("visits", [None] * 7 + [900.0] * 7), site="c")
    for asked in (rule(drop="sum(visits, 7d)", above=30), rule(rise="sum(visits, 7d)", above=30)):
        finding = one(asked, sight_of(stays, ends, begins), {""})
        assert (finding.holds, finding.value) == (False, 0.0)
        assert finding.evidence["left_out"] == ["b", "c"]


def test_nothing_in_common_is_nothing_to_compare() -> None:
    ends = labelled(daily("visits", [300.0, None]), site="b")
    begins = labelled(daily("visits", [None, 900.0]), site="c")
    finding = one(DROP, sight_of(ends, begins))
    assert (finding.holds, "both stretches" in finding.reason) == (None, True)


def test_a_day_short_is_no_drop() -> None:
    finding = one(
        rule(drop="sum(visits, 7d)", above=30), sight_of(daily("visits", [9.0] * 10 + [None, 9.0, 9.0]))
    )
    assert (finding.holds, "missing" in finding.reason) == (None, True)


@pytest.mark.parametrize("window", ["month", "all"])
def test_stretches_of_unlike_length_are_not_compared(window: str) -> None:
    finding = one(rule(drop=f"sum(visits, {window})", above=30), sight_of(daily("visits", [9.0] * 40)))
    assert (finding.holds, "equal length" in finding.reason) == (None, True)


def test_from_nothing_there_is_no_percent() -> None:
    finding = one(rule(rise="sum(visits, 1d)", above=30), sight_of(daily("visits", [0.0, 5.0])))
    assert (finding.holds, "no percent" in finding.reason) == (None, True)


def test_a_level_is_compared_with_its_reading_of_the_day_before() -> None:
    stars = points("stars", (NOON - timedelta(days=1), 100.0), (NOON - timedelta(minutes=5), 60.0))
    assert one(rule(drop="last(stars)", above=30), sight_of(stars)).value == 40.0


def test_a_kpi_may_drop() -> None:
    kpi = kpi_of({"steady": "9"}, unit_name="visitors", measure="sum(visits, 1d)")
    finding = one(rule(drop=kpi.key, above=30), sight_of(daily("visits", [100.0, 50.0]), kpis=[kpi]))
    assert (finding.subject, finding.holds, finding.evidence["name"]) == (f"hektor/{kpi.key}", True, kpi.name)


def test_a_drop_is_looked_for_in_each_label() -> None:
    fell = labelled(daily("visits", [100.0, 50.0]), site="a")
    rose = labelled(daily("visits", [100.0, 150.0]), site="b")
    told = found(rule(drop="sum(visits, 1d)", above=30, by="site"), sight_of(fell, rose))
    assert [(finding.subject, finding.holds) for finding in told] == [("a", True), ("b", False)]


def test_two_days_of_it_are_counted() -> None:
    asked = rule(handling={"lasting": "2 days"}, drop="sum(visits, 1d)", above=30)
    finding = one(asked, sight_of(daily("visits", [100.0, 100.0, 60.0, 30.0])))
    assert finding.at is not None
    assert finding.since == finding.at - timedelta(days=2)
