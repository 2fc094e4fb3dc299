"""Who moved a number: its parts by a label, which add up to the whole or are not told."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.framework import Kpi
from kpi.measure import parse
from kpi.metric import Series, SeriesSet, labels
from kpi.movers import MOST_LABELS, Breakdown, Mover, decompose, decompose_kpi, labels_of
from kpi.quantity import Better
from kpi.unit import unit
from tests.kpi.measured import NOW, TODAY, daily, series_of

LAST = NOW.close_of(TODAY - timedelta(days=1))
WEEK_AGO = NOW.close_of(TODAY - timedelta(days=8))
LINEAR: tuple[str, ...] = (
    "last(stars)",
    "change(stars, 3d)",
    "rate(stars, 3d)",
    "mean(stars, 3d)",
    "sum(visits, 7d)",
)
LINEAR += ("mean(visits, 7d)", "rate(visits, 7d) * 2 - rate(visits, 3d)", "count(visits, 7d)", "last(visits)")
WEEKS = st.lists(st.integers(0, 10_000).map(float), min_size=15, max_size=15)
PARTS = st.dictionaries(st.sampled_from("abcdef"), WEEKS, min_size=1, max_size=6)


def moved(text: str, *series: Series, by: str = "via") -> Breakdown | None:
    return decompose(parse(text), series_of(*series), WEEK_AGO, LAST, by)


def stepped(name: str, before: float, after: float, **label: str) -> Series:
    """A value on each of 15 days: one until a week ago, another one in the last week."""
    made = daily(name, [before] * 8 + [after] * 7)
    return replace(made, labels=labels(label))


def changes(found: Breakdown | None) -> dict[str, float]:
    assert found is not None
    return {one.label: one.change for one in found.movers}


def test_names_who_moved_a_sum_the_largest_first() -> None:
    found = moved(
        "sum(visits, 7d)",
        stepped("visits", 10, 20, via="Google"),
        stepped("visits", 5, 135, via="Hacker News"),
        stepped("visits", 4, 2, via="Mail"),
    )
    assert found == Breakdown(
        by="via",
        before=133.0,
        after=1099.0,
        movers=(
            Mover("Hacker News", 35.0, 945.0, 910.0, 910 / 966),
            Mover("Google", 70.0, 140.0, 70.0, 70 / 966),
            Mover("Mail", 28.0, 14.0, -14.0, -14 / 966),
        ),
    )
    assert found.change == 966


@given(PARTS, st.sampled_from(LINEAR))
def test_parts_always_add_up_to_the_whole(parts: dict[str, list[float]], text: str) -> None:
    name = "stars" if "stars" in text else "visits"
    found = moved(text, *(daily(name, values, via=label) for label, values in parts.items()))
    assert found is not None
    assert {one.label for one in found.movers} == set(parts)
    for whole, ends in (
        (found.before, [one.before for one in found.movers]),
        (found.after, [one.after for one in found.movers]),
        (found.change, [one.change for one in found.movers]),
    ):
        assert math.fsum(ends) == pytest.approx(whole, abs=1e-6)


@given(PARTS, st.sampled_from(LINEAR))
def test_shares_add_up_to_one_and_oppose_where_the_move_does(
    parts: dict[str, list[float]], text: str
) -> None:
    name = "stars" if "stars" in text else "visits"
    found = moved(text, *(daily(name, values, via=label) for label, values in parts.items()))
    assert found is not None
    shares = [one.share_of_change for one in found.movers]
    if abs(found.change) < 1e-6:
        assert shares == [None] * len(shares)
        return
    assert math.fsum(one for one in shares if one is not None) == pytest.approx(1, abs=1e-5)
    for one in found.movers:
        assert one.share_of_change is not None
        assert (one.share_of_change < 0) == (one.change * found.change < 0)
    moves = [abs(one.change) for one in found.movers]
    assert moves == sorted(moves, reverse=True)


def test_a_part_keeps_its_other_labels() -> None:
    found = moved(
        "last(stars)",
        stepped("stars", 1, 4, via="web", repo="one"),
        stepped("stars", 2, 9, via="web", repo="two"),
        stepped("stars", 3, 3, via="app", repo="one"),
    )
    assert changes(found) == {"web": 10.0, "app": 0.0}


def test_a_label_that_is_new_counts_from_zero_and_one_that_is_gone_to_zero() -> None:
    gone = daily("visits", [7.0] * 8, ending=8, via="gone")
    found = moved(
        "sum(visits, 7d)", stepped("visits", 1, 1, via="old"), daily("visits", [9.0], via="new"), gone
    )
    assert changes(found) == {"gone": -49.0, "new": 9.0, "old": 0.0}


def test_a_day_without_a_sample_of_one_label_is_a_zero_where_the_whole_was_measured() -> None:
    sparse = daily("visits", [None] * 10 + [6.0, None, None, 2.0, None], via="rare")
    found = moved("sum(visits, 7d)", stepped("visits", 1, 2, via="often"), sparse)
    assert changes(found) == {"rare": 8.0, "often": 7.0}


def test_a_new_label_of_a_whole_that_had_no_value_is_no_move() -> None:
    assert moved("sum(visits, 7d)", daily("visits", [9.0] * 7, via="new")) is None


@pytest.mark.parametrize(
    "text",
    [
        "median(visits, 7d)",
        "p95(visits, 7d)",
        "max(visits, 7d)",
        "min(stars, 7d)",
        "sum(visits, 7d) / sum(signups, 7d)",
        "sum(visits, 7d) * sum(signups, 7d)",
        "last(stars) + 5",
        "5 / last(stars)",
        "last(latency)",
        "mean(latency, 7d)",
        "7",
    ],
)
def test_what_does_not_add_up_over_labels_is_not_told_apart(text: str) -> None:
    found = series_of(
        *(stepped(name, 0, 0, via=via) for name in ("visits", "signups", "stars", "latency") for via in "ab")
    )
    assert decompose(parse(text), found, WEEK_AGO, LAST, "via") is None
    assert labels_of(parse(text), found) == ()


def test_a_series_without_the_label_leaves_parts_that_are_not_the_whole() -> None:
    assert moved("last(stars)", stepped("stars", 1, 2, via="a"), stepped("stars", 1, 2)) is None
    found = series_of(
        stepped("visits", 1, 2, via="a"), stepped("visits", 1, 2, via="b"), stepped("stars", 1, 2)
    )
    both = parse("sum(visits, 7d) + last(stars)")
    assert decompose(both, found, WEEK_AGO, LAST, "via") is None
    assert labels_of(both, found) == ()


@pytest.mark.parametrize("text", ["sum(visits, 7d) / last(stars)", "sum(visits, 7d) / (3 + last(stars) - 3)"])
def test_a_whole_divided_by_what_its_parts_share_is_told_apart(text: str) -> None:
    series = stepped("visits", 10, 20, via="a"), stepped("visits", 5, 5, via="b"), stepped("stars", 7, 7)
    assert changes(moved(text, *series)) == pytest.approx({"a": 10.0, "b": 0.0})


def test_a_whole_that_did_not_change_has_moves_without_shares() -> None:
    found = moved("last(stars)", stepped("stars", 1, 4, via="a"), stepped("stars", 4, 1, via="b"))
    assert found is not None
    assert [(one.label, one.change, one.share_of_change) for one in found.movers] == [
        ("a", 3.0, None),
        ("b", -3.0, None),
    ]


def test_no_value_or_no_such_label_is_no_breakdown() -> None:
    one = daily("stars", [5.0], via="a")
    assert moved("last(stars)", one) is None
    assert moved("last(stars)") is None
    assert moved("last(stars)", stepped("stars", 1, 2, via="a"), by="channel") is None


def test_a_label_of_very_many_values_is_none_to_tell_a_number_apart_by() -> None:
    many = [stepped("stars", 1, 2, via=f"{at}", repo="r" * (1 + at % 2)) for at in range(MOST_LABELS + 1)]
    assert moved("last(stars)", *many) is None
    assert labels_of(parse("last(stars)"), series_of(*many)) == ("repo",)


def test_the_labels_of_a_measure_are_those_with_two_values_or_more() -> None:
    found = series_of(
        stepped("visits", 1, 2, via="a", page="x", place="p"),
        stepped("visits", 1, 2, via="b", page="x", place="q"),
    )
    assert labels_of(parse("sum(visits, 7d)"), found) == ("place", "via")
    assert labels_of(parse('sum(visits{via="a"}, 7d)'), found) == ()
    assert labels_of(parse("sum(visits, 7d)"), SeriesSet()) == ()


def kpi(measure: str | None, counted: str = "visits") -> Kpi:
    return Kpi("web.visits", "Visits", "Web", unit(counted), Better.HIGHER, 2, measure=measure)


def test_the_parts_of_a_kpi_are_in_its_own_unit_and_read_where_it_is_read() -> None:
    series = series_of(stepped("visits", 10, 20, via="a"), stepped("visits", 5, 5, via="b"))
    weekly = kpi("rate(visits, 7d)", "visits/week")
    found = decompose_kpi("acme", weekly, series=series, between=(WEEK_AGO, LAST), by="via")
    assert changes(found) == pytest.approx({"a": 70.0, "b": 0.0})


def test_a_number_that_was_entered_by_hand_has_no_parts() -> None:
    entry = stepped("entry.acme.web.visits", 3, 9, via="a")
    for measure, series in (
        (None, (entry,)),
        ("sum(visits, 30d)", (entry, stepped("visits", 1, 2, via="a"))),
    ):
        found = decompose_kpi(
            "acme", kpi(measure), series=series_of(*series), between=(WEEK_AGO, LAST), by="via"
        )
        assert found is None
