"""What moved MRR: the movements of a day add up to its difference, whatever happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.stripe_history import Book, Movement, movements, parse_change, worth
from collectors.stripe_mrr import Terms, parse_value

START = datetime(2026, 11, 17, tzinfo=UTC)
keys = st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["usd", "eur"]))
worths = st.dictionaries(keys, st.fractions(1, 1000), max_size=6)


def state(cents: int, status: str = "active", name: str = "sub_1", **more: Any) -> dict[str, Any]:
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}
    price = {"id": "p", "product": "prod", "billing_scheme": "per_unit", "recurring": recurring}
    one = {"price": {**price, "unit_amount_decimal": str(cents)}, "quantity": 1}
    items = {"data": [one], "has_more": False}
    return {
        "id": name,
        "customer": f"cus_{name}",
        "status": status,
        "currency": "usd",
        "items": items,
        **more,
    }


def event(hours: int, kind: str, after: dict[str, Any], **previous: Any) -> dict[str, Any]:
    created = int((START + timedelta(hours=hours)).timestamp())
    data = {"object": after, "previous_attributes": previous}
    return {"type": f"customer.subscription.{kind}", "created": created, "data": data}


def book(present: dict[str, Any], *events: dict[str, Any]) -> Book:
    value = parse_value(present, Terms())
    return Book([value] if value else [], [parse_change(one) for one in events], Terms())


def at(found: Book, hours: int) -> float:
    return float(sum(worth(found.at(START + timedelta(hours=hours))).values()))


@settings(max_examples=80)
@given(worths, worths)
def test_movements_add_up_to_the_difference(
    before: dict[tuple[str, str], Fraction], after: dict[tuple[str, str], Fraction]
) -> None:
    for currency in ("usd", "eur"):
        old = sum((v for k, v in before.items() if k[1] == currency), Fraction(0))
        new = sum((v for k, v in after.items() if k[1] == currency), Fraction(0))
        found = movements(before, after).get(currency, Movement())
        assert old + found.new + found.expansion - found.contraction - found.churned == new


@settings(max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_taking_events_back_gives_every_earlier_price(prices: list[int]) -> None:
    """One subscription whose price changes every hour: at each hour the price is the one that held then."""
    events = [
        event(hour, "updated", state(now * 100), items={"data": state(was * 100)["items"]["data"]})
        for hour, (was, now) in enumerate(pairwise(prices), start=1)
    ]
    found = book(state(prices[-1] * 100), *events)
    assert [at(found, hour) for hour in range(1, len(prices) + 1)] == prices


@pytest.mark.parametrize(
    ("before", "after", "kind", "previous"),
    [
        (0, 49, "created", {}),
        (0, 49, "updated", {"status": "trialing"}),
        (49, 0, "updated", {"status": "past_due"}),
        (0, 49, "resumed", {"status": "paused"}),
    ],
)
def test_a_status_moves_it(before: int, after: int, kind: str, previous: dict[str, str]) -> None:
    now = state(4900, "active" if after else "unpaid")
    found = book(now, event(5, kind, now, **previous))
    assert (at(found, 5), at(found, 6)) == (before, after)


@pytest.mark.parametrize(
    ("gone", "before"),
    [
        (state(4900, "canceled"), 49),
        (state(4900, "canceled", trial_end=1_900_000_000, ended_at=1_763_000_000), 0),
        (state(4900, "canceled", trial_end=1_700_000_000, ended_at=1_763_000_000), 49),
        (state(4900, "incomplete_expired"), 0),
    ],
)
def test_what_ended_had_paid_unless_it_was_on_trial(gone: dict[str, Any], before: int) -> None:
    found = book(gone, event(5, "deleted", gone))
    assert (at(found, 1), at(found, 6)) == (before, 0)


def test_one_that_was_unpaid_before_it_ended_was_lost_then() -> None:
    unpaid, gone = state(4900, "unpaid"), state(4900, "canceled")
    found = book(gone, event(2, "updated", unpaid, status="past_due"), event(9, "deleted", gone))
    assert [at(found, hour) for hour in (1, 3, 10)] == [49, 0, 0]
