"""What every subscription was worth at an earlier moment: today's state, with Stripe's events taken back.

Each event carries the subscription after it and what it changed, so that the state before it is known as
well. Day by day and customer by customer that gives what was won, what grew, what shrank and what was lost;
the four add up exactly to the difference of two days' MRR.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from collectors.payload import part, text
from collectors.stripe_mrr import Terms, Value, given, instant, parse_value

CHANGES = (
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
)
DISCOUNT_ENDED = "customer.discount.deleted"

Worth = Mapping[tuple[str, str], Fraction]
"""MRR by customer and currency."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event of one subscription; `before` is None where there was none, or where nobody tells."""

    at: datetime
    subscription: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Movement:
    """What happened to MRR between two moments, in one currency; all four are zero or more."""

    new: Fraction = Fraction(0)
    expansion: Fraction = Fraction(0)
    contraction: Fraction = Fraction(0)
    churned: Fraction = Fraction(0)


@dataclass(slots=True)
class Book:
    """All subscriptions over a span. `present` are those that pay now; `changes` are oldest first."""

    present: Sequence[Value]
    changes: Sequence[Change]
    terms: Terms
    _lines: dict[str, list[tuple[datetime, Value | None]]] = field(default_factory=dict)
    _first: dict[str, Value | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for change in self.changes:
            name = change.subscription
            if name not in self._first:
                self._first[name] = None if change.before is None else parse_value(change.before, self.terms)
            after = parse_value(change.after, self.terms)
            self._lines.setdefault(name, []).append((change.at, after))

    def at(self, moment: datetime) -> list[Value]:
        """What paid just before `moment`, which lies in the span of the events."""
        found = [one for one in self.present if one.subscription not in self._lines]
        for name, line in self._lines.items():
            earlier = [value for at, value in line if at < moment]
            value = earlier[-1] if earlier else self._first[name]
            found += [value] if value is not None else []
        return found


def parse_change(event: Any) -> Change:
    """A subscription's event."""
    after = part(event, "data", "object")
    at = instant(event, "created")
    kind, name = text(event, "type"), text(after, "id")
    if kind.endswith(".created"):
        return Change(at, name, None, after)
    if kind.endswith(".deleted"):
        return Change(at, name, _before_its_end(after), after)
    earlier = given(part(event, "data"), "previous_attributes") or {}
    return Change(at, name, _overlaid(after, earlier), after)


def _before_its_end(after: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A subscription that was canceled had paid until then, unless it was on trial or never began."""
    if text(after, "status") != "canceled":
        return None
    has_both = given(after, "trial_end") is not None and given(after, "ended_at") is not None
    if has_both and instant(after, "ended_at") <= instant(after, "trial_end"):
        return None
    return {**after, "status": "active"}


def _overlaid(found: Any, earlier: Any) -> Any:
    """`found` with the earlier values of what changed; lists are given whole, objects in part."""
    if not isinstance(found, Mapping) or not isinstance(earlier, Mapping):
        return earlier
    changed = {key: _overlaid(found.get(key), value) for key, value in earlier.items()}
    return {**found, **changed}


def worth(values: Iterable[Value]) -> dict[tuple[str, str], Fraction]:
    """MRR by customer and currency."""
    found: dict[tuple[str, str], Fraction] = {}
    for one in values:
        key = (one.customer, one.currency)
        found[key] = found.get(key, Fraction(0)) + one.total
    return found


def movements(before: Worth, after: Worth) -> dict[str, Movement]:
    """What happened between two moments, by currency."""
    found: dict[str, list[Fraction]] = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, Fraction(0)), after.get(key, Fraction(0))
        sums = found.setdefault(key[1], [Fraction(0)] * 4)
        which = 0 if not old else 3 if not new else 1 if new > old else 2
        sums[which] += abs(new - old)
    return {currency: Movement(*sums) for currency, sums in found.items()}


def payers(values: Iterable[Value]) -> set[str]:
    """The customers who pay."""
    return {one.customer for one in values}


def states(changes: Iterable[Change]) -> Iterator[Mapping[str, Any]]:
    """Every state that the events show."""
    for one in changes:
        yield one.after
        if one.before is not None:
            yield one.before
