"""Reads subscriptions, events and payments out of Stripe, with all that they only name.

Stripe expands four levels at most, so a list of subscriptions brings no tiers of prices: those, and coupons,
are read once each. Items beyond the tenth, and discounts on items, come from the list of items.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from collectors.faults import CollectorFault
from collectors.http import Api, Params
from collectors.payload import part, rows, text
from collectors.stripe_history import CHANGES, DISCOUNT_ENDED, Book, Change, parse_change, states
from collectors.stripe_mrr import (
    Terms,
    coupon_of,
    given,
    has_automatic_tax,
    identity,
    is_tiered,
    named_discounts,
    parse_included_tax,
    parse_value,
)

PAGE = 100
_WITH = ("discounts.source.coupon", "latest_invoice")


def listed(name: str, values: Iterable[str]) -> dict[str, str]:
    """A list among the parameters, in the form in which each entry has its own name."""
    return {f"{name}[{index}]": value for index, value in enumerate(values)}


async def every(api: Api, path: str, params: Params) -> AsyncIterator[Mapping[str, Any]]:
    """All objects of a list, page by page."""
    asked = {**params, "limit": PAGE}

    def following(page: Any) -> Params | None:
        if part(page, "has_more") is not True:
            return None
        return {**asked, "starting_after": text(part(page, "data"), -1, "id")}

    async for page in api.walk(path, asked, following):
        for one in rows(page, "data"):
            yield one


class Subscriptions:
    """What pays now and what happened lately; each is read once in a run."""

    def __init__(self, api: Api, terms: Terms) -> None:
        self._api = api
        self._terms = terms
        self._paying: list[Mapping[str, Any]] | None = None

    async def book(self, since: datetime | None) -> Book:
        """All that pays now and, with `since`, all that changed from then on."""
        if self._paying is None:
            found = [await self._whole(one) async for one in self._all()]
            await self._learn(found)
            self._paying = found
        changes = [] if since is None else await self._changes(since)
        values = (parse_value(one, self._terms) for one in self._paying)
        return Book([one for one in values if one is not None], changes, self._terms)

    async def _all(self) -> AsyncIterator[Mapping[str, Any]]:
        inside = (*(f"data.{one}" for one in _WITH), "data.items.data.discounts")
        for status in ("active", "past_due"):
            asked = {"status": status, **listed("expand", inside)}
            async for one in every(self._api, "/v1/subscriptions", asked):
                yield one

    async def _whole(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """The subscription with all its items."""
        items = part(found, "items")
        is_plain = not any(named_discounts(one) for one in rows(items, "data"))
        if is_plain and not given(items, "has_more"):
            return found
        asked = {"subscription": text(found, "id"), **listed("expand", ["data.discounts.source.coupon"])}
        whole = [one async for one in every(self._api, "/v1/subscription_items", asked)]
        return {**found, "items": {"data": whole, "has_more": False}}

    async def _changes(self, since: datetime) -> list[Change]:
        """The events of subscriptions from `since` on, oldest first."""
        asked: Params = {
            "created[gte]": int(since.timestamp()),
            **listed("types", (*CHANGES, DISCOUNT_ENDED)),
        }
        found = [one async for one in every(self._api, "/v1/events", asked)][::-1]
        ended = [part(one, "data", "object") for one in found if part(one, "type") == DISCOUNT_ENDED]
        changes = [parse_change(one) for one in found if part(one, "type") != DISCOUNT_ENDED]
        self._terms.discounts.update({text(one, "id"): one for one in ended})
        present = {text(one, "id") for one in self._paying or ()}
        seen = list(states(changes))
        for name in {text(one, "id"): one for one in seen if _needs_more(one)}:
            if name not in present:
                whole = await self._api.get_json(f"/v1/subscriptions/{name}", listed("expand", _WITH))
                self._note(await self._whole(whole))
        await self._learn(seen)
        return changes

    async def _learn(self, found: Sequence[Mapping[str, Any]]) -> None:
        """Read the tiers and coupons that these subscriptions name."""
        for one in found:
            self._note(one)
        for one in found:
            items = list(rows(one, "items", "data"))
            for price in (part(item, "price") for item in items):
                if is_tiered(price):
                    await self._learn_tiers(text(price, "id"))
            for holder in (one, *items):
                for discount in named_discounts(holder):
                    await self._learn_coupon(coupon_of(discount, self._terms))

    def _note(self, found: Mapping[str, Any]) -> None:
        """Keep the discounts that came whole, and the tax of the latest invoice."""
        for holder in (found, *rows(found, "items", "data")):
            whole = [one for one in named_discounts(holder) if isinstance(one, Mapping)]
            self._terms.discounts.update({text(one, "id"): one for one in whole})
        tax = parse_included_tax(found) if has_automatic_tax(found) else None
        if tax is not None:
            self._terms.included_tax[text(found, "id")] = tax

    async def _learn_tiers(self, price: str) -> None:
        if price not in self._terms.tiers:
            whole = await self._api.get_json(f"/v1/prices/{price}", listed("expand", ["tiers"]))
            self._terms.tiers[price] = part(whole, "tiers")

    async def _learn_coupon(self, coupon: Any) -> None:
        """Which products a coupon is for is told for it alone; a deleted one still counts, for all."""
        name = identity(coupon)
        if name in self._terms.coupons:
            return
        if isinstance(coupon, Mapping) and coupon.get("duration") != "forever":
            self._terms.coupons[name] = coupon
            return
        asked = listed("expand", ["applies_to", "currency_options"])
        try:
            self._terms.coupons[name] = await self._api.get_json(f"/v1/coupons/{name}", asked)
        except CollectorFault as fault:
            if fault.status != 404 or not isinstance(coupon, Mapping):
                raise
            self._terms.coupons[name] = coupon


def _needs_more(state: Mapping[str, Any]) -> bool:
    return bool(named_discounts(state)) or has_automatic_tax(state)


async def product_names(api: Api, ids: Iterable[str]) -> dict[str, str]:
    """Names of products; of several with one name each carries its id as well."""
    wanted, found = sorted(ids), dict[str, str]()
    for first in range(0, len(wanted), PAGE):
        asked = listed("ids", wanted[first : first + PAGE])
        found |= {text(one, "id"): text(one, "name") async for one in every(api, "/v1/products", asked)}
    often = list(found.values())
    named = {key: name if often.count(name) == 1 else f"{name} ({key})" for key, name in found.items()}
    return {key: named.get(key, key) for key in wanted}
