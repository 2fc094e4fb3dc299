"""Revenue in Stripe: MRR and ARR by Stripe's own definition, what moves them, customers, and payments.

Endpoint: `/v1/subscriptions` (active, past_due) with `/v1/subscription_items`, `/v1/prices`, `/v1/coupons`
    and `/v1/products` for what those name; `/v1/events` for what changed; `/v1/charges` and `/v1/refunds`.
Auth: `api_key`, a restricted key that may read Subscriptions, Customers, Invoices, Prices, Products, Coupons,
    Events and Charges.
Rate limit: 100 requests a second, 25 at one endpoint and in a sandbox: about 20 are sent.
Freshness: at once. Stripe keeps events for 30 days, so MRR and what moved it reach back as far; payments
    reach back to the first. A day with a payment still pending is not settled.
Docs: https://docs.stripe.com/billing/subscriptions/analytics/glossary,
    https://docs.stripe.com/api/subscriptions/list

MRR is the monthly value of all active and past due subscriptions: without trials, free plans, metered prices
and taxes, and less those coupons that last forever (`collectors.stripe_mrr`). Each currency is a series of
its own, in whole units of that currency; nothing is converted. ARR is twelve times MRR.

What moved MRR is told customer by customer, from the start of a day to its end, from Stripe's events
(`collectors.stripe_history`): new (also for one who came back), expansion, contraction, churned. MRR at the
start of the next day is that of this day, plus the first two, less the last two. The customers at the start
of a day are those of `stripe.customers` at that moment, so churn is customers lost over that. One limit is
left: a subscription unpaid for over 30 days before it is canceled counts as lost on the later day.

Collected is what charges brought in on the day they were made, one-off payments and taxes included, before
refunds and Stripe's fees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.faults import AuthFailed, CollectorFault
from collectors.http import Access, Answer, Api, Pace, Params
from collectors.payload import part, text
from collectors.stripe_history import Book, movements, payers, worth
from collectors.stripe_mrr import Terms, Value, exact, instant, places
from collectors.stripe_read import Subscriptions, every, product_names
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample, labels

VERSION = "2026-10-28.endive"
SETTLES_AFTER = timedelta(hours=1)
USUAL = timedelta(days=3)
EVENTS_KEPT = timedelta(days=30)


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"stripe.{name}", unit, kind, description, names)


def _money(name: str, kind: Kind, description: str, *names: str) -> Metric:
    return _metric(name, "usd", kind, f"{description}, in the currency of the label", "currency", *names)


MRR = _money("mrr", Kind.LEVEL, "monthly recurring revenue as Stripe defines it")
ARR = _money("arr", Kind.LEVEL, "annual recurring revenue, twelve times MRR")
PRODUCT_MRR = _money("product_mrr", Kind.LEVEL, "monthly recurring revenue of one product", "product")
ARPA = _money("arpa", Kind.RATIO, "monthly recurring revenue a paying customer")
LARGEST = _metric(
    "largest_customer_share", "ratio", Kind.RATIO, "share of MRR that the largest customer pays", "currency"
)
CUSTOMERS = _metric("customers", "customers", Kind.LEVEL, "customers with a subscription they pay for")
SUBSCRIPTIONS = _metric("subscriptions", "subscriptions", Kind.LEVEL, "subscriptions that are paid for")
NEW = _money("new_mrr", Kind.FLOW, "monthly revenue of customers who began to pay on a day")
EXPANSION = _money("expansion_mrr", Kind.FLOW, "monthly revenue by which customers grew on a day")
CONTRACTION = _money("contraction_mrr", Kind.FLOW, "monthly revenue by which customers shrank who stayed")
CHURNED = _money("churned_mrr", Kind.FLOW, "monthly revenue of customers who stopped paying on a day")
GAINED = _metric("customers_gained", "customers", Kind.FLOW, "customers who began to pay on a day")
LOST = _metric("customers_lost", "customers", Kind.FLOW, "customers who stopped paying on a day")
COLLECTED = _money("collected", Kind.FLOW, "money that charges of a day brought in")
PAYMENTS = _metric("payments", "payments", Kind.FLOW, "charges of a day that succeeded")
FAILED = _metric("failed_payments", "payments", Kind.FLOW, "charges of a day that failed")
REFUNDED = _money("refunded", Kind.FLOW, "money given back on a day")

LEVELS = (MRR, ARR, PRODUCT_MRR, ARPA, LARGEST, CUSTOMERS, SUBSCRIPTIONS)
MOVED = (NEW, EXPANSION, CONTRACTION, CHURNED, GAINED, LOST)
FORGOTTEN = tuple(one.name for one in (*LEVELS, *MOVED))
METRICS = (*LEVELS, *MOVED, COLLECTED, PAYMENTS, FAILED, REFUNDED)


class Config(CollectorConfig):
    """Which account is read. A zero is told in `currency`, its main one, and in every other that was seen."""

    collector: Literal["stripe"] = "stripe"
    api_key: SecretStr = Field(min_length=1, description="a restricted key, rk_live_…")
    currency: str = Field(pattern="^[a-z]{3}$", description="the account's main currency: usd, eur")
    included_tax_percent: Decimal | None = Field(
        None,
        gt=0,
        lt=100,
        description="the tax inside prices, where Stripe Tax has not told it on an invoice",
    )
    base_url: Annotated[str, address("https://api.stripe.com")] = "https://api.stripe.com"


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one account."""

    config: Config
    api: Api
    span: Span
    subscriptions: Subscriptions
    names: dict[str, str] = field(default_factory=dict)

    def parts(self) -> tuple[Part, ...]:
        """What is read; of a piece of the past no more than belongs to it."""
        present = Part("subscriptions", tuple(one.name for one in LEVELS), self.levels)
        is_past = self.span.until is not None and self.span.until < self.span.now
        return (
            *(() if is_past else (present,)),
            Part("movements", tuple(one.name for one in MOVED), self.history),
            Part("payments", (COLLECTED.name, PAYMENTS.name, FAILED.name), self.payments),
            Part("refunds", (REFUNDED.name,), self.refunds),
        )

    async def levels(self) -> Batch:
        book = await self.subscriptions.book(None)
        return Batch(tuple(await self._levels({self.span.now: book.present})))

    async def history(self) -> Batch:
        """Levels at the start of each day, and what moved between one and the next."""
        oldest = self.span.now - EVENTS_KEPT
        days = [one for one in self.span.days(USUAL) if self.span.start_of(one) >= oldest]
        if not days:
            return Batch(notes=("Stripe keeps what changed a subscription for 30 days: MRR starts there",))
        book = await self.subscriptions.book(self.span.start_of(days[0]))
        starts = {self.span.start_of(one): book.at(self.span.start_of(one)) for one in days}
        moved = parse_movements(book, days, self.span, self.config.currency)
        starts.pop(self.span.now, None)  # at midnight: the levels of now are told already
        return Batch((*await self._levels(starts), *moved))

    async def _levels(self, seen: Mapping[datetime, Sequence[Value]]) -> list[Sample]:
        every_value = [one for values in seen.values() for one in values]
        products = {(one.currency, product) for one in every_value for product in one.products}
        if missing := {name for _, name in products} - self.names.keys():
            self.names.update(await product_names(self.api, missing))
        currencies = {one.currency for one in every_value} | {self.config.currency}
        found: list[Sample] = []
        for at, values in seen.items():
            found += parse_levels(values, at, currencies)
            for currency, product in sorted(products):
                shares = (one.products.get(product, 0) for one in values if one.currency == currency)
                found.append(
                    _sample(PRODUCT_MRR, at, sum(shares), currency=currency, product=self.names[product])
                )
        return found

    async def payments(self) -> Batch:
        charges = [one async for one in self._of_the_days("/v1/charges")]
        return Batch(tuple(parse_charges(charges, self.span, self.config.currency)))

    async def refunds(self) -> Batch:
        found = [one async for one in self._of_the_days("/v1/refunds")]
        return Batch(tuple(parse_refunds(found, self.span, self.config.currency)))

    def _of_the_days(self, path: str) -> Any:
        first, after = self.span.first_day(USUAL), self.span.last_day + timedelta(days=1)
        edges = {"gte": self.span.start_of(first), "lt": self.span.start_of(after)}
        asked = {f"created[{name}]": int(at.timestamp()) for name, at in edges.items()}
        return every(self.api, path, asked)


def parse_levels(values: Sequence[Value], at: datetime, currencies: Iterable[str]) -> Iterator[Sample]:
    """What there is at one moment."""
    yield _sample(CUSTOMERS, at, len(payers(values)))
    yield _sample(SUBSCRIPTIONS, at, len(values))
    by_customer = worth(values)
    for currency in sorted(currencies):
        each = [amount for (_, paid_in), amount in by_customer.items() if paid_in == currency]
        total = sum(each, Fraction(0))
        yield _sample(MRR, at, total, currency=currency)
        yield _sample(ARR, at, 12 * total, currency=currency)
        if each:
            yield _sample(ARPA, at, total / len(each), currency=currency)
            yield _sample(LARGEST, at, max(each) / total, currency=currency)


def parse_movements(book: Book, days: Sequence[date], span: Span, currency: str) -> Iterator[Sample]:
    """What moved MRR on each day: from its start to its end, or to now."""
    ends = {day: span.start_of(day + timedelta(days=1)) for day in days}
    pairs = {
        day: (book.at(span.start_of(day)), book.present if ends[day] > span.now else book.at(ends[day]))
        for day in days
    }
    seen = {one.currency for pair in pairs.values() for values in pair for one in values} | {currency}
    for day, (before, after) in pairs.items():
        at, is_settled = span.start_of(day), span.is_settled(day, SETTLES_AFTER)
        moved = movements(worth(before), worth(after))
        yield _sample(GAINED, at, len(payers(after) - payers(before)), settled=is_settled)
        yield _sample(LOST, at, len(payers(before) - payers(after)), settled=is_settled)
        for one in sorted(seen):
            found = moved.get(one)
            for metric in (NEW, EXPANSION, CONTRACTION, CHURNED):
                name = metric.name.removeprefix("stripe.").removesuffix("_mrr")
                amount = getattr(found, name) if found else 0
                yield _sample(metric, at, amount, currency=one, settled=is_settled)


def parse_charges(charges: Sequence[Any], span: Span, currency: str) -> Iterator[Sample]:
    """Payments of each day. One that is pending leaves its day open."""
    brought: dict[tuple[date, str], Fraction] = {}
    counted: Counter[tuple[date, str]] = Counter()
    for one in charges:
        day, status = _day(one, span), text(one, "status")
        counted[day, status] += 1
        if status == "succeeded":
            key = (day, text(one, "currency"))
            brought[key] = brought.get(key, Fraction(0)) + _amount(one, "amount_captured")
    currencies = {text(one, "currency") for one in charges} | {currency}
    for day in span.days(USUAL):
        at, is_settled = span.start_of(day), span.is_settled(day, SETTLES_AFTER)
        is_settled = is_settled and not counted[day, "pending"]
        yield _sample(PAYMENTS, at, counted[day, "succeeded"], settled=is_settled)
        yield _sample(FAILED, at, counted[day, "failed"], settled=is_settled)
        for name in sorted(currencies):
            yield _sample(COLLECTED, at, brought.get((day, name), 0), currency=name, settled=is_settled)


def parse_refunds(refunds: Sequence[Any], span: Span, currency: str) -> Iterator[Sample]:
    """Refunds of each day, but for those that failed or were called off."""
    sums: dict[tuple[date, str], Fraction] = {}
    for one in refunds:
        if part(one, "status") not in ("failed", "canceled"):
            key = (_day(one, span), text(one, "currency"))
            sums[key] = sums.get(key, Fraction(0)) + _amount(one, "amount")
    currencies = {name for _, name in sums} | {currency}
    for day in span.days(USUAL):
        at, is_settled = span.start_of(day), span.is_settled(day, SETTLES_AFTER)
        for name in sorted(currencies):
            yield _sample(REFUNDED, at, sums.get((day, name), 0), currency=name, settled=is_settled)


def _day(found: Any, span: Span) -> date:
    return day_of(instant(found, "created"), span.zone)


def _amount(found: Any, key: str) -> Fraction:
    return exact(found, key) / places(text(found, "currency"))


def _sample(
    metric: Metric, at: datetime, value: Fraction | int, *, settled: bool = True, **marks: str
) -> Sample:
    return Sample(metric.name, at, float(value), labels(marks), settled)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one account; each part fails alone."""
    percent = config.included_tax_percent
    terms = Terms(usual_tax=None if percent is None else Fraction(percent) / 100)
    api = _api(config, client)
    return await collect_parts(Reader(config, api, span, Subscriptions(api, terms)).parts())


async def probe(config: Config, client: Client) -> str:
    """Whether subscriptions can be read."""
    asked: Params = {"status": "active", "limit": 1}
    found = part(await _api(config, client).get_json("/v1/subscriptions", asked), "data")
    return "subscriptions can be read" if found else "no active subscription yet"


def _api(config: Config, client: Client) -> Api:
    return client.at(
        config.base_url,
        Access(
            token=config.api_key,
            headers={"Stripe-Version": VERSION},
            pace=Pace(requests=22, seconds=1, at_once=4),
            fault=_refusal,
        ),
    )


def _refusal(answer: Answer, _: datetime) -> CollectorFault | None:
    """A key that Stripe refuses, in Stripe's words: they stand one level deeper than with others."""
    if answer.status not in (401, 403):
        return None
    try:
        said = " ".join(text(answer.json(), "error", "message").split())
    except CollectorFault:
        return None
    hint = (
        "Make a restricted key that may read Subscriptions, Customers, Invoices, Prices, Products, Coupons, "
        "Events and Charges, and set it."
    )
    return AuthFailed(f"Stripe answered {answer.status}: {said[:200]}", hint=hint, status=answer.status)


ABOUT = About(
    title="Stripe",
    measures="MRR, ARR, churn, customers, payments, refunds",
    example={"api_key": "${STRIPE_API_KEY}", "currency": "usd"},
    credentials=(
        Credential(
            "api_key",
            "STRIPE_API_KEY",
            "a restricted key with read on Subscriptions, Customers, Invoices, Prices, Products, Coupons, "
            "Events, Charges",
            "https://dashboard.stripe.com/apikeys",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="Stripe's own example objects of August 2026",
)

COLLECTOR = Collector(
    "stripe",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=USUAL,
    chunk=timedelta(days=7),
    forgets_after=EVENTS_KEPT,
    forgotten=FORGOTTEN,
    probe=probe,
    about=ABOUT,
)
