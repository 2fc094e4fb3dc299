"""What moved, told from the numbers: how a measure is held against itself, which label, which side."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.explain import (
    Manner,
    beaten,
    breakdowns,
    concentration,
    manner_of,
    members,
    over_days,
    quotient,
    ranked,
    sides,
)
from kpi.measure import parse
from kpi.metric import Kind, Metric, SeriesSet, to_micros
from kpi.movers import Breakdown, Mover
from tests.kpi.measured import NOW, TODAY, daily

METRICS = {
    "shop.visits": Metric("shop.visits", "visits", Kind.FLOW, "Visits.", ("page", "country")),
    "shop.orders": Metric("shop.orders", "orders", Kind.FLOW, "Orders."),
    "shop.members": Metric("shop.members", "members", Kind.LEVEL, "Members."),
    "shop.speed": Metric("shop.speed", "seconds", Kind.RATIO, "Speed."),
}
CLOSE = NOW.close_of(TODAY - timedelta(days=1))
BEFORE = NOW.close_of(TODAY - timedelta(days=2))


@pytest.mark.parametrize(
    ("text", "manner"),
    [
        ("sum(shop.visits, 30d)", Manner.AMOUNT),
        ("sum(shop.visits, all)", Manner.AMOUNT),
        ("sum(shop.visits, 30d) + sum(shop.orders, 30d)", Manner.AMOUNT),
        ("change(shop.members, 7d)", Manner.AMOUNT),
        ("change(shop.visits, 7d)", Manner.VALUE),
        ("sum(shop.visits, 30d) / 30", Manner.VALUE),
        ("sum(shop.orders, 30d) / sum(shop.visits, 30d) * 100", Manner.FIGURE),
        ("1 - sum(shop.orders, 30d) / sum(shop.visits, 30d)", Manner.FIGURE),
        ("rate(shop.visits, 30d)", Manner.FIGURE),
        ("median(shop.speed, month)", Manner.FIGURE),
        ("last(shop.members)", Manner.LEVEL),
        ("last(shop.members) + last(other.members)", Manner.LEVEL),
        ("last(shop.speed)", Manner.VALUE),
        ("last(shop.members) / sum(shop.visits, 30d)", Manner.VALUE),
        ("sum(shop.visits, 30d) + rate(shop.orders, 30d)", Manner.VALUE),
    ],
)
def test_each_measure_is_held_against_itself_in_its_own_manner(text: str, manner: Manner) -> None:
    assert manner_of(text, METRICS) is manner


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sum(a.b, 30d) / sum(a.c, 4w)", "sum(a.b, 3d) / sum(a.c, 3d)"),
        ('sum(a.b{page="x, 9d)"},all)', 'sum(a.b{page="x, 9d)"}, 3d)'),
        ("mean( a.b , month )", "mean( a.b , 3d)"),
    ],
)
def test_a_window_gives_way_to_the_days_asked_about(text: str, told: str) -> None:
    assert parse(over_days(text, 3)).queries == parse(told).queries


def _breakdown(*parts: tuple[str, float, float], by: str = "page") -> Breakdown:
    before, after = math.fsum(one for _, one, _ in parts), math.fsum(one for _, _, one in parts)
    change = after - before
    movers = [Mover(name, a, b, b - a, (b - a) / change if change else None) for name, a, b in parts]
    return Breakdown(by, before, after, tuple(sorted(movers, key=lambda one: -abs(one.change))))


def test_a_change_that_moves_all_alike_explains_nothing() -> None:
    even = _breakdown(("large", 900, 450), ("small", 100, 50))
    one = _breakdown(("large", 900, 900), ("small", 100, 400), by="country")
    assert concentration(even) == pytest.approx(0)
    assert concentration(one) == pytest.approx(0.9)
    assert [found.by for found in ranked([even, one])] == ["country", "page"]


def test_what_did_not_move_is_not_ranked() -> None:
    assert ranked([_breakdown(("a", 1, 1), ("b", 2, 2)), _breakdown(("all", 1, 5))]) == ()


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=2, max_size=6))
@settings(max_examples=40)
def test_a_concentration_lies_between_even_and_one(ends: list[tuple[int, int]]) -> None:
    found = _breakdown(*((f"p{at}", float(a), float(b)) for at, (a, b) in enumerate(ends)))
    assert -1e-9 <= concentration(found) <= 1 + 1e-9


def _series(orders: list[float], visits: list[float]) -> SeriesSet:
    return SeriesSet((daily("shop.orders", orders), daily("shop.visits", visits)), METRICS)


RATE = parse("sum(shop.orders, 1d) / sum(shop.visits, 1d)")


@pytest.mark.parametrize(
    ("orders", "visits", "upper", "lower"),
    [
        ([10, 5], [100, 100], 1.0, 0.0),
        ([10, 10], [100, 200], 0.0, 1.0),
        ([10, 20], [100, 400], -1.0, 2.0),
        ([0, 20], [100, 100], 1.0, 0.0),
    ],
)
def test_the_side_that_moved_a_quotient_has_its_share(
    orders: list[float], visits: list[float], upper: float, lower: float
) -> None:
    found = sides(RATE, _series(orders, visits), BEFORE, CLOSE)
    assert found is not None
    assert found.upper.share + found.lower.share == pytest.approx(1)
    if orders[0]:
        assert (found.upper.share > 0, found.lower.share > 0) == (upper > 0, lower > 0)
    assert (found.upper.name, found.lower.name) == ("shop.orders", "shop.visits")


@given(st.tuples(*(st.integers(1, 500) for _ in range(4))))
@settings(max_examples=40)
def test_the_shares_of_both_sides_are_all_of_the_change(numbers: tuple[int, int, int, int]) -> None:
    a, b, c, d = map(float, numbers)
    found = sides(RATE, _series([a, b], [c, d]), BEFORE, CLOSE)
    if found is None:
        assert b / d == pytest.approx(a / c)
    else:
        assert found.upper.share + found.lower.share == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    ["sum(shop.orders, 1d)", "last(shop.members)", "sum(shop.orders, 1d) + 1", "1 / sum(shop.orders, 1d)"],
)
def test_what_is_no_quotient_has_no_sides(text: str) -> None:
    assert quotient(parse(text)) is None


def test_numbers_around_a_quotient_do_not_hide_it() -> None:
    found = quotient(parse('100 * (1 - sum(a.b{page="x"}, 7d) / (sum(a.c, 7d) + sum(a.d, 7d)))'))
    assert found is not None
    assert [one.metrics for one in found] == [{"a.b"}, {"a.c", "a.d"}]


def test_new_and_gone_members_are_told_from_those_of_both_days() -> None:
    both = daily("shop.visits", [40, 50], page="home")
    new = daily("shop.visits", [30], page="new")
    gone = daily("shop.visits", [20, None], page="gone")
    series = SeriesSet((both, new, gone), METRICS)
    measure = parse("sum(shop.visits, 1d)")
    (found,) = breakdowns(measure, series, BEFORE, CLOSE)
    told = members(found, measure, series, until=to_micros(BEFORE.now), since=to_micros(BEFORE.now) + 1)
    assert told is not None
    assert (told.new, told.gone, told.by_new, told.by_gone, told.same) == (("new",), ("gone",), 30, -20, 10)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([5.0] * 9 + [6.0], (True, 9)),
        ([5.0] * 9 + [4.0], (False, 9)),
        ([5.0] * 7 + [6.0], None),
        ([5.0] * 9 + [5.0], None),
        ([5.0] * 9 + [6.0, 7.0], None),  # the one before could have said it too
        ([9.0, None, *[5.0] * 8, 6.0], (True, 8)),
        ([5.0] * 9 + [None], None),
        ([], None),
    ],
)
def test_only_what_beats_many_is_rare(values: list[float | None], told: tuple[bool, int] | None) -> None:
    assert beaten(values) == told
