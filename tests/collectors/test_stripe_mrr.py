"""MRR of one subscription: by Stripe's definition, in exact fractions, against a slow calculation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.faults import UnexpectedResponse
from collectors.stripe_mrr import Terms, parse_included_tax, parse_value, period_amount

BILLS_A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}
amounts = st.decimals(0, 10**7, places=4).map(str)
intervals = st.tuples(st.sampled_from(sorted(BILLS_A_YEAR)), st.integers(1, 24))


def price(
    amount: str | None = "4900", interval: str = "month", count: int = 1, **more: Any
) -> dict[str, Any]:
    recurring = {"interval": interval, "interval_count": count, "usage_type": more.pop("usage", "licensed")}
    plain = {"id": "price_1", "product": "prod_1", "billing_scheme": "per_unit", "recurring": recurring}
    return {**plain, "unit_amount_decimal": amount, **more}


def item(of: Mapping[str, Any], quantity: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"price": of, "quantity": quantity, "discounts": [], "tax_rates": [], **more}


def subscription(*items: Any, currency: str = "usd", status: str = "active", **more: Any) -> dict[str, Any]:
    plain = {"id": "sub_1", "customer": "cus_1", "status": status, "currency": currency, "discounts": []}
    return {**plain, "items": {"data": list(items), "has_more": False}, **more}


def mrr(found: Mapping[str, Any], terms: Terms | None = None) -> Fraction:
    value = parse_value(found, terms or Terms())
    return Fraction(0) if value is None else value.total


def coupon(name: str = "c", *, duration: str = "forever", **more: Any) -> dict[str, Any]:
    return {"id": f"di_{name}", "source": {"coupon": {"id": name, "duration": duration, **more}}}


@settings(max_examples=60)
@given(amounts, intervals, st.integers(0, 5000))
def test_a_month_is_a_twelfth_of_what_a_year_costs(amount: str, every: tuple[str, int], seats: int) -> None:
    interval, count = every
    a_year = sum([Fraction(Decimal(amount))] * BILLS_A_YEAR[interval], Fraction(0)) * seats / count
    assert mrr(subscription(item(price(amount, interval, count), seats))) == a_year / 12 / 100


def slow_tiers(tiers: list[tuple[int | None, int, int]], mode: str, quantity: int) -> int:
    """Unit by unit, as one would count on paper."""

    def tier_of(unit: int) -> tuple[int | None, int, int]:
        return next(one for one in tiers if one[0] is None or unit <= one[0])

    if mode == "volume":
        _, each, flat = tier_of(quantity)
        return sum(each for _ in range(quantity)) + flat
    reached = {tier_of(unit) for unit in range(1, quantity + 1)} | {tiers[0]}
    return sum(tier_of(unit)[1] for unit in range(1, quantity + 1)) + sum(one[2] for one in reached)


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 900), st.integers(0, 900)), max_size=4),
    st.sampled_from(["graduated", "volume"]),
    st.integers(0, 120),
)
def test_tiers_cost_what_counting_unit_by_unit_gives(
    steps: list[tuple[int, int, int]], mode: str, quantity: int
) -> None:
    tops = [sum(one[0] for one in steps[: at + 1]) for at in range(len(steps))]
    tiers = [(top, each, flat) for top, (_, each, flat) in zip(tops, steps, strict=True)]
    whole: list[tuple[int | None, int, int]] = [*tiers, (None, 7, 3)]
    said = [
        {"up_to": top, "unit_amount_decimal": str(each), "flat_amount_decimal": str(flat)}
        for top, each, flat in whole
    ]
    tiered = price(None, billing_scheme="tiered", tiers_mode=mode)
    assert period_amount(tiered, Fraction(quantity), said) == slow_tiers(whole, mode, quantity)


@pytest.mark.parametrize(("way", "packs"), [("up", 4), ("down", 3)])
def test_units_are_sold_in_packs(way: str, packs: int) -> None:
    packed = price("500", transform_quantity={"divide_by": 10, "round": way})
    assert mrr(subscription(item(packed, 37))) == 5 * packs


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [("usd", "1234.5", "12.345"), ("jpy", "1200", "1200"), ("kwd", "1500", "1.5"), ("ugx", "50000", "500")],
)
def test_money_is_in_whole_units_of_its_currency(currency: str, amount: str, expected: str) -> None:
    assert mrr(subscription(item(price(amount)), currency=currency)) == Fraction(expected)


@pytest.mark.parametrize(
    "status", ["trialing", "unpaid", "canceled", "incomplete", "incomplete_expired", "paused"]
)
def test_only_active_and_past_due_ones_count(status: str) -> None:
    assert parse_value(subscription(item(price()), status=status), Terms()) is None
    assert mrr(subscription(item(price()), status="past_due")) == 49


def test_what_is_free_or_metered_counts_nothing() -> None:
    metered = item(price("2", usage="metered"), None)
    assert parse_value(subscription(item(price("0")), metered), Terms()) is None
    assert mrr(subscription(item(price()), metered)) == 49


@pytest.mark.parametrize(
    ("discounts", "expected"),
    [
        ([coupon(percent_off=25.5)], "74.5"),
        ([coupon(percent_off=50, duration="once")], "100"),
        ([coupon(percent_off=50, duration="repeating")], "100"),
        ([coupon(amount_off=1000, currency="usd")], "90"),
        ([coupon(amount_off=99_999_99, currency="usd")], "0"),
        ([coupon("a", percent_off=50), coupon("b", amount_off=1000, currency="usd")], "40"),
        ([coupon("b", amount_off=1000, currency="usd"), coupon("a", percent_off=50)], "45"),
        ([coupon(percent_off=50, applies_to={"products": ["prod_2"]})], "70"),
        ([coupon(amount_off=700, currency="eur", currency_options={"usd": {"amount_off": 800}})], "92"),
    ],
)
def test_only_coupons_that_last_forever_lower_it(discounts: list[Any], expected: str) -> None:
    two = (item(price("4000")), item({**price("6000"), "id": "price_2", "product": "prod_2"}))
    assert mrr(subscription(*two, discounts=discounts)) == Fraction(expected)


def test_a_fixed_amount_comes_off_every_invoice() -> None:
    yearly = subscription(item(price("120000", "year")), discounts=[coupon(amount_off=12000, currency="usd")])
    assert mrr(yearly) == 90


def test_a_discount_on_an_item_is_that_items_alone() -> None:
    two = (item(price("4000"), discounts=[coupon(percent_off=50)]), item(price("6000")))
    assert mrr(subscription(*two)) == 80


def test_a_discount_may_be_named_or_come_in_the_older_form() -> None:
    whole = coupon(percent_off=50)
    known = Terms(discounts={"di_c": whole})
    assert mrr(subscription(item(price()), discounts=["di_c"]), known) == Fraction("24.5")
    older: dict[str, Any] = {
        "discounts": None,
        "discount": {"id": "di_c", "coupon": whole["source"]["coupon"]},
    }
    assert mrr(subscription(item(price()), **older)) == Fraction("24.5")
    with pytest.raises(UnexpectedResponse):
        mrr(subscription(item(price()), discounts=["di_gone"]))


VAT = {"percentage": 20, "inclusive": True}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"default_tax_rates": [VAT]}, "100"),
        ({"default_tax_rates": [{"percentage": 20, "inclusive": False}]}, "120"),
        ({"default_tax_rates": [VAT, {"percentage": 5, "inclusive": True}]}, "96"),
        ({"automatic_tax": {"enabled": True}}, "100"),
    ],
)
def test_tax_in_the_price_is_no_revenue(more: dict[str, Any], expected: str) -> None:
    invoice = {"total_excluding_tax": 10000, "total_taxes": [{"amount": 2000, "tax_behavior": "inclusive"}]}
    found = subscription(item(price("12000", tax_behavior="inclusive")), latest_invoice=invoice, **more)
    told = parse_included_tax(found)
    assert told == Fraction(1, 5)
    assert mrr(found, Terms(included_tax={"sub_1": told})) == Fraction(expected)


def test_a_tax_that_nobody_tells_is_no_guess() -> None:
    found = subscription(item(price(tax_behavior="inclusive")), automatic_tax={"enabled": True})
    with pytest.raises(UnexpectedResponse) as fault:
        mrr(found)
    assert "included_tax_percent" in fault.value.hint
    assert mrr(found, Terms(usual_tax=Fraction("0.225"))) == 40


@pytest.mark.parametrize("wrong", [None, "", "x", True, -5, "1e400", [], {}, "NaN"])
def test_an_amount_that_is_none_is_a_fault(wrong: Any) -> None:
    with pytest.raises(UnexpectedResponse):
        mrr(subscription(item(price(wrong))))
