"""HubSpot's metrics, and the pure functions from its records to samples of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from collectors.base import Span
from collectors.faults import UnexpectedResponse
from collectors.hubspot_search import quantity, stamp
from collectors.payload import number, part, text
from collectors.per_day import Stretch, apart
from kpi.metric import Kind, Labels, Metric, Sample, labels

SETTLES_AFTER = timedelta(hours=1)
GROWS = timedelta(days=7)
"""How long after its day an e-mail is still opened or answered, and a meeting's outcome still noted."""
STAMP = "hs_v2_date_entered_{}"
FIRST_TOUCH = ("hs_analytics_first_timestamp", "createdate")
OUTCOMES = ("scheduled", "completed", "rescheduled", "no_show", "canceled", "none")
Records = Sequence[dict[str, Any]]


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"hubspot.{name}", unit, kind, description, names)


def _now(name: str, unit: str, description: str, *names: str) -> Metric:
    return replace(_metric(name, unit, Kind.LEVEL, description, *names), is_snapshot=True)


def _daily(name: str, unit: str, description: str, *names: str) -> Metric:
    return _metric(name, unit, Kind.FLOW, description, *names)


CONTACTS = _now("contacts", "contacts", "contacts who are in a lifecycle stage now", "stage")
CUSTOMERS = _now("customers", "customers", "companies whose lifecycle stage is customer now")
ENTRIES = _daily("entries", "contacts", "contacts who entered a lifecycle stage on a day", "stage")
MQL_TO_SQL = _daily(
    "mql_to_sql", "contacts", "of those who became an mql on a day: who became an sql in time"
)
SQL_TO_OPPORTUNITY = _daily(
    "sql_to_opportunity", "contacts", "of those who became an sql on a day: who became an opportunity in time"
)
QUALIFICATION = replace(
    _metric("qualification_time", "seconds", Kind.RATIO, "first touch to opportunity, one each"),
    every=timedelta(days=366),
    is_event=True,
)
OPEN_DEALS = _now("open_deals", "deals", "deals that are neither won nor lost")
PIPELINE = _now("open_pipeline", "usd", "amount of all open deals", "currency")
WEIGHTED = _now("weighted_pipeline", "usd", "amount of open deals by their stage's probability", "currency")
INFLUENCED = _now(
    "influenced_pipeline", "usd", "amount of open and won deals from the sources that count", "currency"
)
WON = _daily("deals_won", "deals", "deals won on a day", "tier")
LOST = _daily("deals_lost", "deals", "deals lost on a day", "tier")
WON_VALUE = _daily("won_value", "usd", "amount of the deals won on a day", "tier", "currency")
SENT = _daily("emails_sent", "emails", "marketing e-mails sent on a day")
DELIVERED = _daily("emails_delivered", "emails", "of those sent on a day: delivered")
OPENED = _daily("emails_opened", "emails", "of those sent on a day: opened")
CLICKED = _daily("emails_clicked", "emails", "of those sent on a day: clicked")
OUTREACH = _daily("outreach_sent", "emails", "one-to-one e-mails sent from the crm on a day")
OUTREACH_OPENED = _daily("outreach_opened", "emails", "of those sent on a day: opened")
OUTREACH_CLICKED = _daily("outreach_clicked", "emails", "of those sent on a day: clicked")
OUTREACH_REPLIED = _daily("outreach_replied", "emails", "of those sent on a day: answered")
BOOKED = _daily("meetings_booked", "meetings", "meetings put into the crm on a day")
MEETINGS = _daily("meetings", "meetings", "meetings due on a day, by what became of them", "outcome")
FORMS = _daily("form_submissions", "submissions", "submissions of a form on a day", "form")

_COUNTERS = {SENT: "sent", DELIVERED: "delivered", OPENED: "open", CLICKED: "click"}
EMAILS = tuple(_COUNTERS)
_REACTIONS = {
    OUTREACH_OPENED: "hs_email_open_count",
    OUTREACH_CLICKED: "hs_email_click_count",
    OUTREACH_REPLIED: "hs_email_reply_count",
}
OUTREACH_ALL = (OUTREACH, *_REACTIONS)
REACTIONS = tuple(_REACTIONS.values())
DEALS = (WON, LOST, WON_VALUE)
COHORTS = {MQL_TO_SQL: ("mql", "sql"), SQL_TO_OPPORTUNITY: ("sql", "opportunity")}


def parse_entries(records: Records, stage: str, name: str, stretch: Stretch) -> Iterator[Sample]:
    """Entries a day into the stage that the account calls `name`."""
    found = stretch.counts(stamp(one, STAMP.format(name)) for one in records)
    return stretch.samples(ENTRIES, found, SETTLES_AFTER, labels({"stage": stage}))


def parse_cohort(
    records: Records, metric: Metric, steps: tuple[str, str], within: timedelta, stretch: Stretch
) -> Iterator[Sample]:
    """Of those who took the first step on each day, how many took the second within `within` of it; open
    until the youngest of a day had all of that time."""
    first, second = (STAMP.format(one) for one in steps)
    ripe = []
    for one in records:
        begun, done = stamp(one, first), stamp(one, second)
        if begun and done and timedelta(0) <= done - begun <= within:
            ripe.append(begun)
    return stretch.samples(metric, stretch.counts(ripe), within + SETTLES_AFTER)


def parse_qualification(records: Records, name: str, stretch: Stretch) -> Iterator[Sample]:
    """First touch to opportunity, at the instant of the latter. A touch after it is no first one."""
    found = []
    for one in records:
        at = stamp(one, STAMP.format(name))
        touches = [touch for each in FIRST_TOUCH if (touch := stamp(one, each))]
        if at and stretch.holds(at) and touches and min(touches) <= at:
            seconds = (at - min(touches)).total_seconds()
            found.append((text(one, "id"), Sample(QUALIFICATION.name, at, seconds)))
    return apart(found)


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal in the account's own currency; `amount` None where nobody has put one in."""

    amount: float | None
    probability: float | None
    is_open: bool
    is_won: bool
    closed: datetime | None
    tier: str


DEAL = (
    "amount",
    "amount_in_home_currency",
    "deal_currency_code",
    "hs_deal_stage_probability",
    "hs_is_closed",
    "hs_is_closed_won",
    "closedate",
)


def deal(record: dict[str, Any], currency: str, tier_property: str) -> Deal:
    """One record as a deal. An amount that HubSpot has not put into `currency` is a fault, for it would be
    added to others of another worth."""
    amount = quantity(record, "amount_in_home_currency")
    if amount is None and (amount := quantity(record, "amount")) is not None:
        own = record.get("deal_currency_code") or currency
        if own != currency:
            raise UnexpectedResponse(
                f"deal {record['id']} is in {own} and has no amount in {currency}",
                hint="Set the exchange rate in HubSpot, under Account Defaults, Currency.",
            )
    return Deal(
        amount,
        quantity(record, "hs_deal_stage_probability"),
        record.get("hs_is_closed") != "true",
        record.get("hs_is_closed_won") == "true",
        stamp(record, "closedate"),
        str(record.get(tier_property) or "") if tier_property else "",
    )


def parse_pipeline(deals: Sequence[Deal], span: Span, money: Labels) -> Iterator[Sample]:
    """Open deals, their amounts, and these by probability."""
    weighted = 0.0
    for one in deals:
        if one.amount is None:
            continue
        if one.probability is None:
            raise UnexpectedResponse(
                "an open deal has an amount and no probability", hint="Give its stage one in HubSpot."
            )
        weighted += one.amount * one.probability
    yield Sample(OPEN_DEALS.name, span.now, float(len(deals)))
    yield Sample(PIPELINE.name, span.now, sum(one.amount or 0.0 for one in deals), money)
    yield Sample(WEIGHTED.name, span.now, weighted, money)


def parse_closed(
    deals: Sequence[Deal], tiers: Sequence[str], money: Labels, stretch: Stretch
) -> Iterator[Sample]:
    """Deals won and lost on each day and the amount won, for each tier that is told apart."""
    closed = [one for one in deals if not one.is_open]
    for tier in [*tiers, "other"] if tiers else [""]:
        mine = [one for one in closed if not tier or (one.tier if one.tier in tiers else "other") == tier]
        won = [one for one in mine if one.is_won]
        told = labels({"tier": tier} if tier else {})
        counted = stretch.counts(one.closed for one in won)
        lost = stretch.counts(one.closed for one in mine if not one.is_won)
        worth = stretch.totals((one.closed, one.amount or 0.0) for one in won)
        yield from stretch.samples(WON, counted, SETTLES_AFTER, told)
        yield from stretch.samples(LOST, lost, SETTLES_AFTER, told)
        yield from stretch.samples(WON_VALUE, worth, SETTLES_AFTER, labels((*told, *money)))


def parse_emails(answer: Any, span: Span, day: date) -> Iterator[Sample]:
    """Marketing e-mails sent on `day`, and what came of them by now. Where e-mails went out, a counter left
    out is one that never moved; only `sent` cannot be."""
    counters = part(answer, "aggregate", "counters")
    if not isinstance(counters, dict):
        raise UnexpectedResponse("aggregate.counters is no object", hint="Nothing of it was used.")
    is_quiet = "sent" not in counters and part(answer, "emails") == []
    for metric, key in _COUNTERS.items():
        is_told = key in counters or (metric is SENT and not is_quiet)
        value = number(counters, key) if is_told else 0.0
        yield Sample(metric.name, span.start_of(day), value, settled=span.is_settled(day, GROWS))


def parse_outreach(records: Records, stretch: Stretch) -> Iterator[Sample]:
    """One-to-one e-mails of each day, and how many of them were opened, clicked and answered by now."""
    sent = [(stamp(one, "hs_timestamp"), one) for one in records]
    yield from stretch.samples(OUTREACH, stretch.counts(at for at, _ in sent), GROWS)
    for metric, key in _REACTIONS.items():
        found = stretch.counts(at for at, one in sent if (quantity(one, key) or 0) > 0)
        yield from stretch.samples(metric, found, GROWS)


def parse_meetings(records: Records, stretch: Stretch) -> Iterator[Sample]:
    """Meetings by the day they were due, each outcome told, also where it was none of them."""
    due: dict[str, list[datetime | None]] = {one: [] for one in OUTCOMES}
    for one in records:
        outcome = str(one.get("hs_meeting_outcome") or "none").lower().replace(" ", "_")
        due[outcome if outcome in due else "none"].append(stamp(one, "hs_meeting_start_time"))
    for outcome, found in due.items():
        counted = stretch.counts(found)
        yield from stretch.samples(MEETINGS, counted, GROWS, labels({"outcome": outcome}))


def parse_booked(records: Records, stretch: Stretch) -> Iterator[Sample]:
    """Meetings by the day they were put into the CRM."""
    found = stretch.counts(stamp(one, "hs_createdate") for one in records)
    return stretch.samples(BOOKED, found, SETTLES_AFTER)


def parse_form(times: Iterable[datetime], form: str, stretch: Stretch) -> Iterator[Sample]:
    """Submissions of one form a day."""
    return stretch.samples(FORMS, stretch.counts(times), SETTLES_AFTER, labels({"form": form}))
