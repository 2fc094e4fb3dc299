"""Monthly recurring revenue of one subscription, by Stripe's own definition and in exact fractions.

Paid are `active` and `past_due` subscriptions; a trial, a free plan and what is metered are worth nothing,
tax is no revenue, and of coupons only those that last forever lower the value. A coupon's fixed amount is
taken off every invoice, so it is spread over the shortest billing interval of the items it applies to.
https://docs.stripe.com/billing/subscriptions/analytics/glossary
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from collectors.faults import UnexpectedResponse
from collectors.payload import part, rows, text

PAID = frozenset({"active", "past_due"})
_MONTHS = {"day": Fraction(12, 365), "week": Fraction(12, 52), "month": Fraction(1), "year": Fraction(12)}
# https://docs.stripe.com/currencies; UGX and ISK have no cents either, but are written with two places
_WITHOUT_CENTS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
_WITH_MILLS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
_DECIMAL = re.compile(r"\d{1,18}(?:\.\d{1,15})?")
_HINT = "The vendor may have changed its API; nothing was taken from this answer."


@dataclass(frozen=True, slots=True)
class Value:
    """What one subscription is worth a month, in whole units of its currency, by product id."""

    subscription: str
    customer: str
    currency: str
    products: Mapping[str, Fraction]

    @property
    def total(self) -> Fraction:
        return sum(self.products.values(), Fraction(0))


@dataclass(slots=True)
class Terms:
    """What subscriptions only name: `tiers` by price, `coupons` and `discounts` by their ids, and the part of
    a price that is tax (`included_tax`: 0.2 where 20 of 120 are tax over 100), by subscription."""

    tiers: dict[str, Any] = field(default_factory=dict)
    coupons: dict[str, Any] = field(default_factory=dict)
    discounts: dict[str, Any] = field(default_factory=dict)
    included_tax: dict[str, Fraction] = field(default_factory=dict)
    usual_tax: Fraction | None = None


@dataclass(slots=True)
class _Line:
    product: str
    amount: Fraction  # a month, in the currency's smallest unit
    months: Fraction
    item: Mapping[str, Any]


def parse_value(subscription: Any, terms: Terms) -> Value | None:
    """What `subscription` is worth; None where it pays nothing."""
    if text(subscription, "status") not in PAID:
        return None
    currency = text(subscription, "currency").lower()
    if given(part(subscription, "items"), "has_more"):
        raise UnexpectedResponse(f"{text(subscription, 'id')} came without some of its items", hint=_HINT)
    items = rows(subscription, "items", "data")
    lines = [line for item in items if (line := _line(item, terms)) is not None]
    for line in lines:
        for coupon in coupons_of(line.item, terms):
            _discount([line], coupon, currency)
    for coupon in coupons_of(subscription, terms):
        _discount(lines, coupon, currency)
    products: dict[str, Fraction] = {}
    for line in lines:
        net = line.amount / (1 + _tax(subscription, line.item, terms)) / places(currency)
        products[line.product] = products.get(line.product, Fraction(0)) + net
    if not any(products.values()):
        return None
    customer = identity(part(subscription, "customer"))
    return Value(text(subscription, "id"), customer, currency, products)


def given(payload: Any, key: str) -> Any:
    """What an object holds under `key`; None where it has no such key, a fault where it is no object."""
    if not isinstance(payload, Mapping):
        raise UnexpectedResponse(f"what should hold {key} is no object", hint=_HINT)
    return payload.get(key)


def instant(payload: Any, key: str) -> datetime:
    """A moment in seconds since 1970, as Stripe writes all of them."""
    seconds = exact(payload, key)
    if seconds >= 1 << 34:
        raise UnexpectedResponse(f"{key} is not a time", hint=_HINT)
    return datetime.fromtimestamp(int(seconds), UTC)


def exact(payload: Any, *path: str | int) -> Fraction:
    """An amount of zero or more without rounding, as an integer, a decimal number or a text."""
    found = part(payload, *path)
    if not isinstance(found, bool) and _DECIMAL.fullmatch(str(found)):
        return Fraction(str(found))
    raise UnexpectedResponse(f"{'.'.join(map(str, path))} is not an amount", hint=_HINT)


def places(currency: str) -> int:
    """How many of the smallest unit make a whole one."""
    if currency in _WITHOUT_CENTS:
        return 1
    return 1000 if currency in _WITH_MILLS else 100


def identity(found: Any) -> str:
    """The id of an object that stands there as its id or in full."""
    return text(found, "id") if isinstance(found, Mapping) else text([found], 0)


def is_tiered(price: Any) -> bool:
    return bool(part(price, "billing_scheme") == "tiered")


def months(price: Any) -> Fraction:
    """How many months one billing period of `price` has."""
    each = _MONTHS.get(text(price, "recurring", "interval"))
    count = exact(price, "recurring", "interval_count")
    if each is None or not count:
        raise UnexpectedResponse("recurring.interval is no length of time", hint=_HINT)
    return each * count


def period_amount(price: Any, quantity: Fraction, tiers: Any = None) -> Fraction:
    """What `quantity` costs a billing period, in the currency's smallest unit."""
    if (grouped := given(price, "transform_quantity")) is not None:
        by = exact(grouped, "divide_by")
        if not by:
            raise UnexpectedResponse("transform_quantity.divide_by is zero", hint=_HINT)
        whole, rest = divmod(quantity, by)
        quantity = Fraction(whole + (1 if rest and part(grouped, "round") == "up" else 0))
    if is_tiered(price):
        return _tiered(tiers, text(price, "tiers_mode"), quantity)
    return exact(price, "unit_amount_decimal") * quantity


def _tiered(tiers: Any, mode: str, quantity: Fraction) -> Fraction:
    """Each unit at its own tier's price (graduated), or all at the price of the last one (volume)."""
    below, amount = Fraction(0), Fraction(0)
    for tier in rows(tiers):
        top = None if given(tier, "up_to") is None else exact(tier, "up_to")
        is_last = top is None or quantity <= top
        inside = quantity if mode == "volume" or is_last or top is None else top
        units = inside if mode == "volume" else inside - below
        if mode != "volume" or is_last:
            amount += _optional(tier, "unit_amount_decimal") * units + _optional(tier, "flat_amount_decimal")
        if is_last:
            return amount
        below = top or below
    raise UnexpectedResponse("tiers have no end", hint=_HINT)


def _optional(tier: Mapping[str, Any], key: str) -> Fraction:
    return Fraction(0) if given(tier, key) is None else exact(tier, key)


def _line(item: Mapping[str, Any], terms: Terms) -> _Line | None:
    price = part(item, "price")
    if part(price, "recurring", "usage_type") == "metered":
        return None
    quantity = Fraction(1) if given(item, "quantity") is None else exact(item, "quantity")
    tiers = part(terms.tiers, text(price, "id")) if is_tiered(price) else None
    length = months(price)
    amount = period_amount(price, quantity, tiers) / length
    return _Line(identity(part(price, "product")), amount, length, item)


def named_discounts(holder: Any) -> Sequence[Any]:
    """Discounts on a subscription or an item: ids, or whole; older versions of the API know one only."""
    if given(holder, "discounts") is None:
        alone = given(holder, "discount")
        return [] if alone is None else [alone]
    return _listed(holder, "discounts")


def _listed(holder: Any, key: str) -> list[Any]:
    found = part(holder, key)
    if not isinstance(found, list):
        raise UnexpectedResponse(f"{key} is not a list", hint=_HINT)
    return found


def coupon_of(discount: Any, terms: Terms) -> Any:
    """The coupon behind a discount, as it came with it or as it was read apart."""
    if isinstance(discount, str):
        discount = part(terms.discounts, discount)
    coupon = given(discount, "coupon")  # where it stood before 2025-09-30
    coupon = part(discount, "source", "coupon") if coupon is None else coupon
    return terms.coupons.get(identity(coupon), coupon)


def coupons_of(holder: Any, terms: Terms) -> Iterator[Any]:
    """The coupons on a subscription or an item that never end, in the order in which they apply."""
    for discount in named_discounts(holder):
        coupon = coupon_of(discount, terms)
        if text(coupon, "duration") == "forever":
            yield coupon


def _discount(lines: Sequence[_Line], coupon: Any, currency: str) -> None:
    only = given(coupon, "applies_to")
    names = None if only is None else list(map(str, _listed(only, "products")))
    meant = [line for line in lines if names is None or line.product in names]
    whole = sum((line.amount for line in meant), Fraction(0))
    if not whole:
        return
    if given(coupon, "percent_off") is not None:
        share = exact(coupon, "percent_off") / 100
    else:
        share = _amount_off(coupon, currency) / min(line.months for line in meant) / whole
    for line in meant:
        line.amount *= max(Fraction(0), 1 - share)


def _amount_off(coupon: Any, currency: str) -> Fraction:
    if str(part(coupon, "currency")).lower() == currency:
        return exact(coupon, "amount_off")
    return exact(coupon, "currency_options", currency, "amount_off")


def _tax(subscription: Any, item: Any, terms: Terms) -> Fraction:
    """The tax that lies in the item's price, as a share of what is left without it."""
    rates = given(item, "tax_rates") or given(subscription, "default_tax_rates") or []
    inside = [exact(rate, "percentage") / 100 for rate in rows(rates) if given(rate, "inclusive")]
    if any(inside):
        return sum(inside, Fraction(0))
    if not has_automatic_tax(subscription) or given(part(item, "price"), "tax_behavior") != "inclusive":
        return Fraction(0)
    name = text(subscription, "id")
    known = terms.included_tax.get(name, terms.usual_tax)
    if known is None:
        raise UnexpectedResponse(
            f"the prices of {name} hold a tax that its latest invoice does not tell",
            hint="Set included_tax_percent to the usual rate; MRR is told without tax.",
        )
    return known


def has_automatic_tax(subscription: Any) -> bool:
    """Whether Stripe works out the tax, which then stands on invoices alone."""
    found = given(subscription, "automatic_tax")
    return found is not None and bool(given(found, "enabled"))


def parse_included_tax(subscription: Any) -> Fraction | None:
    """What the latest invoice says of the tax inside the prices; None where it says nothing."""
    invoice = given(subscription, "latest_invoice")
    total = given(invoice, "total_excluding_tax") if isinstance(invoice, Mapping) else None
    if not isinstance(total, int) or total <= 0:  # nothing to pay, or a credit
        return None
    taxes = rows(given(invoice, "total_taxes") or [])
    inside = [exact(one, "amount") for one in taxes if given(one, "tax_behavior") == "inclusive"]
    return sum(inside, Fraction(0)) / total
