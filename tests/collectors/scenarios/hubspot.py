"""A HubSpot account: what its lists come to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, HOUR, daily
from tests.collectors.scenarios.hubspot_account import DEMO, STAGES, TOKEN, Deal, HubSpot, Mail, Person, ago

BACK = timedelta(days=32)


def now(metric: str, value: float, **named: str) -> Sample:
    return Sample(f"hubspot.{metric}", NOW, value, tuple(named.items()))


def closed(account: HubSpot, day: Callable[..., list[Sample]]) -> list[Sample]:
    """Deals won and lost a day by tier, and what they brought."""
    found = []
    for won in (True, False):
        for tier in ("Enterprise", "other"):
            mine = [one for one in account.deals if one.closed and one.is_won == won]
            mine = [one for one in mine if (one.tier == "Enterprise") == (tier == "Enterprise")]
            at = [(one.closed, 1.0) for one in mine]
            found += day(f"hubspot.deals_{'won' if won else 'lost'}", at, {"tier": tier})
            if won:
                worth = [(one.closed, float(one.home or 0)) for one in mine]
                found += day("hubspot.won_value", worth, {"tier": tier})
    return found


def figures(account: HubSpot, zone: str) -> list[Sample]:
    """What the account's lists come to, in a zone."""
    day: Callable[..., list[Sample]] = partial(daily, back=BACK, zone=zone)
    slow = partial(day, after=7 * DAY)
    people, deals = account.people, account.deals
    opened = [one for one in deals if one.closed is None]
    counted = [one for one in deals if one.source != "OFFLINE" and (one.is_won or not one.closed)]
    found = [
        now("customers", account.companies.count("customer")),
        now("open_deals", len(opened)),
        now("open_pipeline", sum(float(one.home or 0) for one in opened)),
        now("weighted_pipeline", sum(float(one.home or 0) * float(one.probability) for one in opened)),
        now("influenced_pipeline", sum(float(one.home or 0) for one in counted)),
    ]
    for stage, name in STAGES.items():
        found.append(now("contacts", sum(one.stage == name for one in people), stage=stage))
        entered = [one.entered[stage] for one in people if stage in one.entered]
        found += day("hubspot.entries", entered, {"stage": stage})
    for metric, (first, then) in (
        ("mql_to_sql", ("mql", "sql")),
        ("sql_to_opportunity", ("sql", "opportunity")),
    ):
        both = [one.entered for one in people if first in one.entered and then in one.entered]
        ripe = [one[first] for one in both if one[first] <= one[then] <= one[first] + 30 * DAY]
        found += day(f"hubspot.{metric}", ripe, after=30 * DAY + HOUR)
    found += closed(account, day)
    for place, name in enumerate(("sent", "delivered", "opened", "clicked")):
        found += slow(f"hubspot.emails_{name}", [(at, counted[place]) for at, counted in account.campaigns])
    out = [one for one in account.mails if (one.direction, one.status) == ("EMAIL", "SENT")]
    found += slow("hubspot.outreach_sent", [one.at for one in out])
    found += slow("hubspot.outreach_opened", [one.at for one in out if one.opens])
    found += slow("hubspot.outreach_clicked", [one.at for one in out if one.clicks])
    found += slow("hubspot.outreach_replied", [one.at for one in out if one.replies])
    found += day("hubspot.meetings_booked", [one[0] for one in account.meetings])
    for outcome in ("scheduled", "completed", "rescheduled", "no_show", "canceled", "none"):
        due = [one[1] for one in account.meetings if (one[2] or "none").lower() == outcome]
        found += slow("hubspot.meetings", due, {"outcome": outcome})
    return found + day("hubspot.form_submissions", account.submitted, {"form": "demo"})


def _scenario(account: HubSpot, expected: list[Sample], **more: Any) -> Scenario:
    settings = {"token": TOKEN, "base_url": "{url}", "forms": {"demo": DEMO}}
    return Scenario(
        settings | {"tier_property": "tier", "tiers": ["Enterprise"]},
        account,
        expected,
        secrets=(TOKEN,),
        limit=Limit(
            refused(429, errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING"),
            timedelta(seconds=10),
        ),
        **more,
    )


def an_account() -> Scenario:
    nothing = HubSpot((), (), (), (), (), (), ())
    touches = [  # of the two who became opportunities at one instant, the later id comes a moment after
        Sample("hubspot.qualification_time", ago(4), 66 * 86400.0),
        Sample("hubspot.qualification_time", ago(4) + timedelta(microseconds=1), 7 * 86400.0),
    ]
    return _scenario(
        HubSpot(),
        [*figures(HubSpot(), "UTC"), *touches],
        empty=nothing,
        empty_expected=figures(nothing, "UTC"),
    )


def days_of_new_york() -> Scenario:
    """The night in which the clocks went back, and the last minute of a day that is the next one in UTC."""
    night = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    late = datetime(2026, 11, 11, 4, 59, tzinfo=UTC)
    at = (night, night + HOUR, late, late + timedelta(minutes=2))
    account = HubSpot(
        tuple(Person("lead", {"lead": one}) for one in at),
        deals=tuple(Deal("10", closed=one, is_won=True) for one in at),
        mails=tuple(Mail(one, replies=1) for one in at),
        campaigns=tuple((one, (5, 4, 3, 2)) for one in at),
        meetings=tuple((one, one, "COMPLETED") for one in at),
        submitted=at,
    )
    return _scenario(account, figures(account, "America/New_York"), zone="America/New_York")


SCENARIOS = (an_account, days_of_new_york)
