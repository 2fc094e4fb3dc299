"""The account that `tests.collectors.scenarios.stripe` plays: prices, subscriptions, events, payments.

What each subscription is worth a month is worked out by hand.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.specs import spec

Objects = list[dict[str, Any]]


def example(kind: str, **changed: Any) -> dict[str, Any]:
    """Stripe's own example of an object, changed; a key that Stripe does not know is refused."""
    found = copy.deepcopy(spec("stripe")["resources"][kind])
    assert changed.keys() <= found.keys() | {"tiers", "applies_to", "currency_options"}, changed
    return {**found, **changed}


def price(
    name: str, product: str, amount: str | None, interval: str = "month", **more: Any
) -> dict[str, Any]:
    recurring = {"interval": interval, "interval_count": 1, "usage_type": more.pop("usage", "licensed")}
    plain = {"transform_quantity": None, "unit_amount_decimal": amount, "recurring": recurring}
    return example("price", id=f"price_{name}", product=f"prod_{product}", **plain, **more)


TIERS = [
    {"up_to": 5, "unit_amount_decimal": "1000", "flat_amount_decimal": None},
    {"up_to": None, "unit_amount_decimal": "800", "flat_amount_decimal": None},
]
PRICES = {
    "tier2": price("tier2", "Tier 2", "4900"),
    "tier3": price("tier3", "Tier 3", "118800", "year"),
    "weekly": price("weekly", "Tier 2", "1000", "week"),
    "steps": price("steps", "Seats", None, billing_scheme="tiered", tiers_mode="graduated"),
    "calls": price("calls", "Calls", "2", usage="metered"),
    "euro": price("euro", "Tier 2", "3600", currency="eur", tax_behavior="inclusive"),
    "free": price("free", "Tier 1", "0"),
    "dollar": price("dollar", "Extras", "100"),
}
COUPON = example("coupon", id="QUARTER", percent_off=25, duration="forever")
DISCOUNT = example("discount", id="di_quarter", source={"coupon": COUPON, "type": "coupon"})
TAXED = {
    "automatic_tax": {"enabled": True},
    "latest_invoice": {
        "id": "in_1",
        "total_excluding_tax": 3000,
        "total_taxes": [{"amount": 600, "tax_behavior": "inclusive"}],
    },
}


@dataclass(frozen=True)
class Kept:
    """A subscription: what it holds, what that is worth a month by hand, and by which product."""

    name: str
    customer: str
    items: tuple[tuple[str, int], ...]
    monthly: Decimal
    product: str
    status: str = "active"
    currency: str = "usd"
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """What became of a subscription `ago` days before today, at `hour` of the local clock."""

    ago: int
    hour: float
    kind: str
    name: str
    quantity_before: int | None = None
    monthly_before: Decimal = Decimal(0)


MANY = tuple((("dollar", 1),) * 12)
KEPT = (
    Kept("a1", "cus_a", (("tier2", 1), ("calls", 1)), Decimal(49), "Tier 2"),
    Kept("a2", "cus_a", (("tier3", 1),), Decimal("74.25"), "Tier 3", more={"discounts": [DISCOUNT]}),
    Kept("b1", "cus_b", (("tier2", 2),), Decimal(98), "Tier 2"),
    Kept("c1", "cus_c", (("weekly", 1),), Decimal(520) / 12, "Tier 2"),
    Kept("d1", "cus_d", (("steps", 8),), Decimal(74), "Seats", "past_due"),
    Kept("e1", "cus_e", (("tier3", 1),), Decimal(0), "Tier 3", "canceled", more={"discounts": [DISCOUNT]}),
    Kept("f1", "cus_f", (("tier3", 1),), Decimal(0), "Tier 3", "trialing"),
    Kept("g1", "cus_g", (("euro", 1),), Decimal(30), "Tier 2", "active", "eur", TAXED),
    Kept("h1", "cus_h", (("free", 1),), Decimal(0), "Tier 1"),
    Kept("i1", "cus_i", MANY, Decimal(12), "Extras"),
    Kept("j1", "cus_j", (("tier2", 1),), Decimal(49), "Tier 2"),
)
EVENTS = (
    Event(0, 8, "updated", "j1", 3, Decimal(147)),
    Event(1, 23.5, "deleted", "e1", None, Decimal("74.25")),
    Event(2, 10, "updated", "b1", 1, Decimal(49)),
    Event(2, 9, "created", "f1"),
    Event(3, 0.25, "created", "c1"),
)
# days ago, hour, status, smallest units, currency
CHARGES = (
    (0, 9.0, "succeeded", 4900, "usd"),
    (0, 8.0, "failed", 4900, "usd"),
    (1, 23.75, "succeeded", 9800, "usd"),
    (1, 0.0, "succeeded", 3600, "eur"),
    (2, 12.0, "pending", 700, "usd"),
    (2, 1.0, "succeeded", 1234, "jpy"),
)
REFUNDS = ((1, 12.0, "succeeded", 900, "usd"), (1, 13.0, "failed", 50, "usd"))
