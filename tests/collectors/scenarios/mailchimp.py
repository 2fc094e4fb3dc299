"""A Mailchimp account, played from lists of campaigns and of people who came and went."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Happening, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, daily

KEY, AUDIENCE = "a1b2c3canary9f-us19", "8a1b2c3d4e"
TOKEN = base64.b64encode(f"any:{KEY}".encode()).decode()
PAGE = 2


@dataclass(frozen=True)
class Campaign:
    """One send; `seen` are people who opened it themselves, `proxied` those for whom a proxy did."""

    sent: datetime | None
    emails: int
    bounces: tuple[int, int, int] = (0, 0, 0)
    seen: int = 0
    proxied: int = 0
    clicks: int = 0
    left: int = 0
    audience: str = AUDIENCE
    title: str = ""


CAMPAIGNS = (
    Campaign(NOW - 2 * DAY, 1000, (5, 4, 1), 300, 150, 40, 3, title="Autumn mail"),
    Campaign(NOW - 2.2 * DAY, 200, (0, 0, 0), 20, 5, 2),
    Campaign(NOW - 0.5 * DAY, 400, (1, 0, 0), 4),  # too young for rates
    Campaign(NOW - 20 * DAY, 50, (50, 0, 0)),  # all bounced: no rate
    Campaign(NOW - 9 * DAY, 700, seen=500, audience="ffff00001111"),
    Campaign(NOW - 90 * DAY, 900, seen=90),
    Campaign(None, 0),
)
MOVES = {  # subs, other adds, unsubs, other removes; Mailchimp does not tell of 15 November
    date(2026, 11, 20): (1, 0, 0, 0),
    date(2026, 11, 19): (3, 9, 1, 1),
    date(2026, 11, 18): (0, 0, 0, 0),
    date(2026, 11, 14): (2, 0, 4, 0),
    date(2026, 11, 1): (5, 1, 0, 0),
    date(2026, 7, 1): (99, 0, 0, 0),
}


@dataclass
class Mailchimp:
    """Strict in paths and parameters; lists two reports a page at most."""

    campaigns: Sequence[Campaign] = CAMPAIGNS
    moves: bool = True
    members: int = 4321
    zone: str = "America/New_York"

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Basic {TOKEN}":
            return refused(401, title="API Key Invalid", detail="Your API key may be invalid")
        known = {
            "/3.0/": (self._root, {"fields"}),
            "/3.0/reports": (
                self._reports,
                {"count", "offset", "fields", "since_send_time", "before_send_time"},
            ),
            f"/3.0/lists/{AUDIENCE}": (self._list, {"fields"}),
            f"/3.0/lists/{AUDIENCE}/activity": (self._activity, {"count", "fields"}),
        }
        if asked.method != "GET" or asked.path not in known:
            return refused(404, title="Resource Not Found", detail="The requested resource was not found")
        answer, allowed = known[asked.path]
        if set(asked.query) - allowed:
            return refused(400, title="Invalid Resource", detail="Unknown parameter")
        return said_json(answer(asked.query))

    def _root(self, _: dict[str, str]) -> Any:
        return {"account_name": "Acme", "account_timezone": self.zone}

    def _reports(self, query: dict[str, str]) -> Any:
        low, high = (datetime.fromisoformat(query[f"{one}_send_time"]) for one in ("since", "before"))
        found = [
            self._report(number, one)
            for number, one in enumerate(self.campaigns)
            if one.sent is None or low <= one.sent <= high
        ]
        start, count = int(query["offset"]), min(int(query["count"]), PAGE)
        return {"reports": found[start : start + count], "total_items": len(found)}

    def _report(self, number: int, one: Campaign) -> Any:
        hard, soft, syntax = one.bounces
        return {
            "id": f"c{number}",
            "list_id": one.audience,
            "campaign_title": one.title,
            "subject_line": f"Subject {number}",
            "send_time": one.sent.isoformat() if one.sent else "",
            "emails_sent": one.emails,
            "bounces": {"hard_bounces": hard, "soft_bounces": soft, "syntax_errors": syntax},
            "opens": {
                "opens_total": 3 * one.seen,
                "unique_opens": one.seen + one.proxied,
                "proxy_excluded_unique_opens": one.seen,
            },
            "clicks": {
                "clicks_total": 2 * one.clicks,
                "unique_clicks": 2 * one.clicks,
                "unique_subscriber_clicks": one.clicks,
            },
            "unsubscribed": one.left,
        }

    def _list(self, _: dict[str, str]) -> Any:
        return {"id": AUDIENCE, "name": "Newsletter", "stats": {"member_count": self.members}}

    def _activity(self, query: dict[str, str]) -> Any:
        names = ("subs", "other_adds", "unsubs", "other_removes")
        days = [
            {"day": day.isoformat(), **dict(zip(names, moved, strict=True))}
            for day, moved in MOVES.items()
            if self.moves
        ]
        shown = days[: int(query["count"])]
        return {"activity": shown, "list_id": AUDIENCE, "total_items": len(days)}


def sends(campaigns: Sequence[Campaign], zone: str = "UTC") -> list[Sample]:
    mine = [(one.sent, one) for one in campaigns if one.sent and one.audience == AUDIENCE]
    found = []
    counted: tuple[tuple[str, Callable[[Campaign], int]], ...] = (
        ("emails_sent", lambda one: one.emails),
        ("emails_delivered", lambda one: one.emails - sum(one.bounces)),
        ("emails_opened", lambda one: one.seen),
        ("emails_clicked", lambda one: one.clicks),
        ("emails_bounced", lambda one: sum(one.bounces)),
        ("unsubscribes", lambda one: one.left),
    )
    for name, count in counted:
        amounts = [(at, float(count(one))) for at, one in mine]
        found += daily(f"mailchimp.{name}", amounts, back=30 * DAY, zone=zone, after=7 * DAY)
    return found


def moved(zone: str) -> list[Sample]:
    found = []
    for day in (20, 19, 18, 14, 1):
        subs, adds, unsubs, removes = MOVES[date(2026, 11, day)]
        at = datetime(2026, 11, day, tzinfo=ZoneInfo(zone))
        found.append(Sample("mailchimp.signups", at, subs + adds, settled=day <= 18))
        found.append(Sample("mailchimp.departures", at, unsubs + removes, settled=day <= 18))
    return found


def _scenario(account: Mailchimp, expected: Sequence[Sample], **more: Any) -> Scenario:
    settings = {"api_key": KEY, "audience": AUDIENCE, "base_url": "{url}"}
    return Scenario(
        settings, account, expected, secrets=(KEY, TOKEN), limit=Limit(Said(403, b""), None), **more
    )


def an_audience() -> Scenario:
    size = Sample("mailchimp.audience", NOW, 4321)
    rates = [
        Sample("mailchimp.open_rate", NOW - 2 * DAY, 300 / 990, settled=False),
        Sample("mailchimp.click_rate", NOW - 2 * DAY, 40 / 990, settled=False),
        Sample("mailchimp.open_rate", NOW - 2.2 * DAY, 20 / 200, settled=False),
        Sample("mailchimp.click_rate", NOW - 2.2 * DAY, 2 / 200, settled=False),
    ]
    return _scenario(
        Mailchimp(),
        [*sends(CAMPAIGNS), *rates, size, *moved("America/New_York")],
        happenings=[
            Happening("campaign", NOW - ago * DAY, said, f"campaign:c{number}")
            for number, ago, said in (
                (0, 2, "Autumn mail"),
                (1, 2.2, "Subject 1"),
                (2, 0.5, "Subject 2"),
                (3, 20, "Subject 3"),
            )
        ],
        empty=Mailchimp((), False, 0),
        empty_expected=[*sends(()), Sample("mailchimp.audience", NOW, 0)],
    )


def days_of_two_zones() -> Scenario:
    """Sends by the reader's days, with the clocks going back; signups by the account's own, in Tokyo."""
    at = [datetime(2026, 11, 1, 4 + hour, 30, tzinfo=UTC) for hour in range(3)]
    at += [datetime(2026, 11, 2, 4, 59, tzinfo=UTC), datetime(2026, 11, 2, 5, 0, tzinfo=UTC)]
    campaigns = [Campaign(one, 100 + number, seen=10) for number, one in enumerate(at)]
    rates = [
        Sample(f"mailchimp.{name}_rate", one, people / (100 + number))
        for number, one in enumerate(at)
        for name, people in (("open", 10), ("click", 0))
    ]
    size = Sample("mailchimp.audience", NOW, 4321)
    return _scenario(
        Mailchimp(campaigns, zone="Asia/Tokyo"),
        [*sends(campaigns, "America/New_York"), *rates, size, *moved("Asia/Tokyo")],
        zone="America/New_York",
    )


SCENARIOS = (an_audience, days_of_two_zones)
