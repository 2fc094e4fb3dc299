"""Stripe, played from a list of subscriptions with what became of them, and of payments.

Answers are Stripe's own example
objects (`tests/specs/stripe.json`) with the fields that matter set.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kpi.metric import labels
from tests.collectors.loopback import said_json
from tests.collectors.scenarios.base import NOW, Asked, Limit, Said, Sample, Scenario, refused
from tests.collectors.scenarios.stripe_account import (
    CHARGES,
    COUPON,
    EVENTS,
    KEPT,
    PRICES,
    REFUNDS,
    TIERS,
    Kept,
    Objects,
    example,
)

KEY = "rk_live_51canaryStripe"
VERSION = "2026-10-28.endive"
CAP = 8  # a page, however many are asked for


@dataclass
class Stripe:
    """The account at `now`, whose days are those of `zone`."""

    now: datetime
    zone: ZoneInfo

    def moment(self, ago: int, hour: float) -> datetime:
        day = self.now.astimezone(self.zone).date() - timedelta(days=ago)
        wall = datetime(day.year, day.month, day.day, int(hour), round(hour % 1 * 60), tzinfo=self.zone)
        return wall.astimezone(UTC)

    def item(self, sub: str, at: int, name: str, quantity: int) -> dict[str, Any]:
        plain = {"id": f"si_{sub}{at}", "price": PRICES[name], "quantity": quantity, "discounts": []}
        return {"object": "subscription_item", "tax_rates": [], "subscription": f"sub_{sub}", **plain}

    def items(self, one: Kept) -> Objects:
        return [self.item(one.name, at, *named) for at, named in enumerate(one.items)]

    def subscription(self, one: Kept, *, expanded: bool) -> dict[str, Any]:
        found = self.items(one)
        plain = {
            "id": f"sub_{one.name}",
            "customer": one.customer,
            "status": one.status,
            "currency": one.currency,
        }
        ends: dict[str, Any] = {"trial_end": None, "ended_at": None, "default_tax_rates": []}
        inside = {"object": "list", "data": found[:10], "has_more": len(found) > 10}
        whole = example("subscription", **{**plain, **ends, **one.more, "items": inside})
        if not expanded:
            whole["discounts"] = [discount["id"] for discount in whole["discounts"]]
            whole["latest_invoice"] = "in_1"
        return whole

    def events(self) -> Objects:
        found = []
        for at, one in enumerate(EVENTS):
            kept = next(sub for sub in KEPT if sub.name == one.name)
            data: dict[str, Any] = {"object": self.subscription(kept, expanded=False)}
            if one.quantity_before is not None:
                before = self.item(one.name, 0, "tier2", one.quantity_before)
                data["previous_attributes"] = {"items": {"data": [before]}, "quantity": one.quantity_before}
            kind, created = (
                f"customer.subscription.{one.kind}",
                int(self.moment(one.ago, one.hour).timestamp()),
            )
            found.append(example("event", id=f"evt_{at}", type=kind, created=created, data=data))
        return found

    def dated(self, kind: str, rows: Any) -> Objects:
        found = []
        for at, (ago, hour, status, amount, currency) in enumerate(rows):
            plain = {"id": f"{kind}_{at}", "status": status, "amount": amount, "currency": currency}
            if kind == "charge":
                plain["amount_captured"] = amount if status == "succeeded" else 0
            found.append(example(kind, **plain, created=int(self.moment(ago, hour).timestamp())))
        return sorted(found, key=lambda one: -int(one["created"]))

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return refused(
                401, error={"message": "Invalid API Key provided", "type": "invalid_request_error"}
            )
        query = asked.query
        expands = [value for key, value in query.items() if key.startswith("expand[")]
        too_deep = any(one.count(".") > 3 for one in expands)
        if asked.method != "GET" or asked.headers.get("stripe-version") != VERSION or too_deep:
            return refused(400, error={"message": "You cannot expand more than 4 levels", "param": "expand"})
        kind, _, name = asked.path.removeprefix("/v1/").partition("/")
        return self.single(kind, name, expands) if name else self.list(kind, query, expands)

    def single(self, kind: str, name: str, expands: list[str]) -> Said:
        if kind == "prices" and expands == ["tiers"] and name == "price_steps":
            return said_json({**PRICES["steps"], "tiers": TIERS})
        if kind == "coupons" and name == "QUARTER" and "applies_to" in expands:
            return said_json({**COUPON, "applies_to": {"products": ["prod_Tier 3"]}})
        kept = [one for one in KEPT if kind == "subscriptions" and name == f"sub_{one.name}"]
        if kept and "discounts.source.coupon" in expands:
            return said_json(self.subscription(kept[0], expanded=True))
        return refused(404, error={"message": f"No such {kind}: '{name}'", "code": "resource_missing"})

    def list(self, kind: str, query: dict[str, str], expands: list[str]) -> Said:
        wanted = {query[key] for key in query if key.startswith(("ids[", "types["))}
        if kind == "subscriptions":
            whole = {"data.discounts.source.coupon", "data.latest_invoice"} <= set(expands)
            found = [self.subscription(one, expanded=whole) for one in KEPT if one.status == query["status"]]
        elif kind == "subscription_items":
            subs = [one for one in KEPT if f"sub_{one.name}" == query["subscription"]]
            found = [item for one in subs for item in self.items(one)]
        elif kind == "products":
            names = {one["product"] for one in PRICES.values()} & wanted
            found = [example("product", id=one, name=one.removeprefix("prod_")) for one in sorted(names)]
        elif kind == "events":
            found = [one for one in self.events() if one["type"] in wanted]
        elif kind in ("charges", "refunds"):
            found = self.dated(kind[:-1], CHARGES if kind == "charges" else REFUNDS)
        else:
            return refused(404, error={"message": f"Unrecognized request URL (GET: /v1/{kind})"})
        low, high = int(query.get("created[gte]", 0)), int(query.get("created[lt]", 1 << 40))
        found = [
            one for one in found if low <= one.get("created", 0) < high or kind.startswith(("sub", "prod"))
        ]
        return page(found, query)


def page(found: Objects, query: dict[str, str]) -> Said:
    ids = [one["id"] for one in found]
    after = query.get("starting_after")
    if after not in (None, *ids):
        return refused(400, error={"code": "resource_missing", "param": "starting_after"})
    first = 0 if after is None else ids.index(after) + 1
    rest = found[first:]
    assert 1 <= int(query["limit"]) <= 100
    return said_json({"object": "list", "data": rest[:CAP], "has_more": len(rest) > CAP})


def nothing(asked: Asked) -> Said:
    return said_json({"object": "list", "data": [], "has_more": False})


@dataclass
class Figures:
    """The expected samples, by plain sums over the lists."""

    vendor: Stripe
    found: list[Sample] = field(default_factory=list)

    def say(
        self, name: str, at: datetime, value: Decimal | int, *, open_day: bool = False, **marks: str
    ) -> None:
        self.found.append(Sample(f"stripe.{name}", at, float(value), labels(marks), not open_day))

    def monthly(self, at: datetime) -> dict[str, Decimal]:
        """What each subscription was worth just before `at`."""
        worth = {one.name: one.monthly for one in KEPT}
        for event in EVENTS:  # the newest first
            if self.vendor.moment(event.ago, event.hour) >= at:
                worth[event.name] = event.monthly_before
        return worth

    def levels(self, at: datetime, seen: set[tuple[str, str]]) -> None:
        worth = self.monthly(at)
        paid = [one for one in KEPT if worth[one.name]]
        self.say("customers", at, len({one.customer for one in paid}))
        self.say("subscriptions", at, len(paid))
        for currency in ("usd", "eur"):
            mine: dict[str, Decimal] = {}
            for one in paid:
                if one.currency == currency:
                    mine[one.customer] = mine.get(one.customer, Decimal(0)) + worth[one.name]
            total = sum(mine.values(), Decimal(0))
            self.say("mrr", at, total, currency=currency)
            self.say("arr", at, total * 12, currency=currency)
            self.say("arpa", at, total / len(mine), currency=currency)
            self.say("largest_customer_share", at, max(mine.values()) / total, currency=currency)
        for currency, product in seen:
            mine_too = [worth[s.name] for s in paid if (s.currency, s.product) == (currency, product)]
            self.say("product_mrr", at, sum(mine_too, Decimal(0)), currency=currency, product=product)

    def by_customer(self, at: datetime, currency: str) -> dict[str, Decimal]:
        worth = self.monthly(at)
        return {
            c: sum((worth[s.name] for s in KEPT if s.customer == c and s.currency == currency), Decimal(0))
            for c in {one.customer for one in KEPT}
        }

    def day(self, ago: int) -> None:
        at, end = self.vendor.moment(ago, 0), self.vendor.moment(ago - 1, 0)
        is_open = end + timedelta(hours=1) > self.vendor.now
        gained = lost = 0
        for currency in ("usd", "eur"):
            sums = dict.fromkeys(("new", "expansion", "contraction", "churned"), Decimal(0))
            old, new = self.by_customer(at, currency), self.by_customer(end, currency)
            for who in old:
                change = new[who] - old[who]
                grew = "expansion" if old[who] else "new"
                sums[grew if change > 0 else "contraction" if new[who] else "churned"] += abs(change)
                gained += bool(new[who] and not old[who])
                lost += bool(old[who] and not new[who])
            for name, value in sums.items():
                self.say(f"{name}_mrr", at, value, open_day=is_open, currency=currency)
        self.say("customers_gained", at, gained, open_day=is_open)
        self.say("customers_lost", at, lost, open_day=is_open)
        self.money(ago, at, is_open)

    def money(self, ago: int, at: datetime, is_open: bool) -> None:
        rows = [row for row in CHARGES if row[0] == ago]
        waits = is_open or any(row[2] == "pending" for row in rows)
        self.say("payments", at, sum(row[2] == "succeeded" for row in rows), open_day=waits)
        self.say("failed_payments", at, sum(row[2] == "failed" for row in rows), open_day=waits)
        for currency, unit in (("usd", 100), ("eur", 100), ("jpy", 1)):
            got = sum(row[3] for row in rows if row[4] == currency and row[2] == "succeeded")
            self.say("collected", at, Decimal(got) / unit, open_day=waits, currency=currency)
        back = sum(row[3] for row in REFUNDS if row[0] == ago and row[2] == "succeeded")
        self.say("refunded", at, Decimal(back) / 100, open_day=is_open, currency="usd")


def expected(vendor: Stripe) -> list[Sample]:
    figures = Figures(vendor)
    present = {(s.currency, s.product) for s in KEPT if s.monthly}
    figures.levels(vendor.now, present)
    for ago in (3, 2, 1, 0):
        figures.levels(vendor.moment(ago, 0), present)
        figures.day(ago)
    return figures.found


def empty_expected(vendor: Stripe) -> list[Sample]:
    """An account without a subscription earns nothing: Stripe says so by its empty lists."""
    figures = Figures(vendor)
    moments = [vendor.now, *(vendor.moment(ago, 0) for ago in (3, 2, 1, 0))]
    for at in moments:
        for name in ("customers", "subscriptions"):
            figures.say(name, at, 0)
        for name in ("mrr", "arr"):
            figures.say(name, at, 0, currency="usd")
    for ago in (3, 2, 1, 0):
        at, is_open = vendor.moment(ago, 0), ago == 0
        for name in ("payments", "failed_payments", "customers_gained", "customers_lost"):
            figures.say(name, at, 0, open_day=is_open)
        for name in ("new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "collected", "refunded"):
            figures.say(name, at, 0, open_day=is_open, currency="usd")
    return figures.found


def _scenario(now: datetime, zone: str) -> Scenario:
    vendor = Stripe(now, ZoneInfo(zone))
    body = json.dumps({"error": {"code": "rate_limit", "message": "Request rate limit exceeded."}}).encode()
    return Scenario(
        settings={"api_key": KEY, "currency": "usd", "base_url": "{url}"},
        answer=vendor,
        expected=expected(vendor),
        secrets=(KEY,),
        now=now,
        zone=zone,
        empty=nothing,
        empty_expected=empty_expected(vendor),
        limit=Limit(Said(429, body, {"Stripe-Rate-Limited-Reason": "endpoint-rate"}), None),
        works_at_any_time=False,
    )


def account() -> Scenario:
    return _scenario(NOW, "UTC")


def clocks_go_back() -> Scenario:
    """New York on the third of November: the first had 25 hours."""
    return _scenario(datetime(2026, 11, 3, 22, 0, tzinfo=UTC), "America/New_York")


SCENARIOS = (account, clocks_go_back)
