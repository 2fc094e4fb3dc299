"""The stand-in of HubSpot: an account made of people, companies, deals, e-mails, meetings and forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, refused

TOKEN = "pat-na1-4f81a0c2-canary"
DEMO = "319478e5-e5fd-4d39-9d13-fc1f90bf46da"
STAGES = {
    "lead": "lead",
    "mql": "marketingqualifiedlead",
    "sql": "salesqualifiedlead",
    "opportunity": "opportunity",
    "customer": "customer",
}
PAGE = 3
Record = dict[str, str | None]


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Person:
    """A contact: the stage of now, when each was entered, the first visit and the making of the record."""

    stage: str
    entered: Mapping[str, datetime]
    created: datetime = NOW - timedelta(days=60)
    visited: datetime | None = None


@dataclass(frozen=True)
class Deal:
    """A deal. `home` is its amount in the account's own currency; `closed` None while it is open."""

    home: str | None
    created: datetime = NOW - timedelta(days=50)
    probability: str = "0.4"
    source: str = "ORGANIC_SEARCH"
    closed: datetime | None = None
    is_won: bool = False
    tier: str | None = None


@dataclass(frozen=True)
class Mail:
    """A one-to-one e-mail and how often it was opened, clicked and answered."""

    at: datetime
    opens: int | None = None
    clicks: int | None = None
    replies: int | None = None
    direction: str = "EMAIL"
    status: str = "SENT"


PEOPLE = (
    Person("lead", {"lead": ago(3)}),
    Person("lead", {"lead": ago(3.1)}),
    Person("marketingqualifiedlead", {"lead": ago(40), "mql": ago(10)}),
    Person("salesqualifiedlead", {"lead": ago(30), "mql": ago(20), "sql": ago(12)}),
    Person("salesqualifiedlead", {"mql": ago(31.5), "sql": ago(0.5)}),  # too late for its cohort
    Person("opportunity", {"mql": ago(20.1), "sql": ago(15), "opportunity": ago(4)}, visited=ago(70)),
    Person("opportunity", {"sql": ago(9), "opportunity": ago(4)}, created=ago(11)),
    Person("opportunity", {"sql": ago(9), "opportunity": ago(8)}, created=ago(2)),  # an import: no touch
    Person("customer", {"opportunity": ago(300), "customer": ago(0.1)}),
)
DEALS = (
    Deal("1000.50"),
    Deal("2000", probability="0.1", source="OFFLINE"),
    Deal(None),
    Deal("500", source="REFERRALS", closed=ago(5), is_won=True, tier="Enterprise"),
    Deal("700", closed=ago(5.1), is_won=True, tier="Starter"),
    Deal("900", closed=ago(2), tier="Enterprise"),
    Deal("80", closed=ago(200), is_won=True),
)
MAILS = (
    Mail(ago(1), 2, 1, 1),
    Mail(ago(1.1), 1),
    Mail(ago(9), replies=1),
    Mail(ago(9.1)),
    Mail(ago(9.2), replies=1, direction="INCOMING_EMAIL"),
    Mail(ago(9.3), replies=1, status="BOUNCED"),
)
CAMPAIGNS: tuple[tuple[datetime, tuple[int, int, int, int]], ...] = (
    (ago(1), (100, 98, 40, 9)),  # sent, delivered, opened, clicked
    (ago(1.2), (50, 50, 20, 0)),
    (ago(20), (10, 9, 0, 0)),
)
MEETINGS = (  # booked, due, outcome
    (ago(9), ago(6), "COMPLETED"),
    (ago(9), ago(6.1), "COMPLETED"),
    (ago(9.2), ago(6), "NO_SHOW"),
    (ago(1), ago(-5), "SCHEDULED"),
    (ago(8), ago(2), None),
)
SUBMITTED = (ago(0.2), ago(2), ago(2.2), ago(3), ago(31), ago(50), ago(51))


@dataclass
class HubSpot:
    """Strict: every search is by the filters given, and tells the properties asked for alone."""

    people: Sequence[Person] = PEOPLE
    companies: Sequence[str] = ("customer", "customer", "lead")
    deals: Sequence[Deal] = DEALS
    mails: Sequence[Mail] = MAILS
    campaigns: Sequence[tuple[datetime, tuple[int, int, int, int]]] = CAMPAIGNS
    meetings: Sequence[tuple[datetime, datetime, str | None]] = MEETINGS
    submitted: Sequence[datetime] = SUBMITTED
    currency: str = "USD"
    most: int = 10_000
    asked: list[Any] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, category="INVALID_AUTHENTICATION", message="no such token")
        if asked.method == "GET" and asked.target == "/account-info/v3/details":
            about = {"portalId": 4142, "timeZone": "US/Eastern", "companyCurrency": self.currency}
            return said_json(about | {"accountType": "STANDARD", "additionalCurrencies": []})
        if asked.method == "POST" and asked.path.startswith("/crm/v3/objects/") and not asked.query:
            return self._search(asked.path.split("/")[4], asked.json())
        if asked.method == "GET" and asked.path == "/marketing/v3/emails/statistics/list":
            return self._statistics(asked.query)
        if asked.method == "GET" and asked.path == f"/form-integrations/v1/submissions/forms/{DEMO}":
            return self._submissions(asked.query)
        return refused(404, message="resource not found")

    def _search(self, kind: str, body: Mapping[str, Any]) -> Said:
        known: dict[str, Callable[[], Iterable[Record]]] = {
            "contacts": self._contacts,
            "companies": lambda: ({"lifecyclestage": one} for one in self.companies),
            "deals": self._deals,
            "emails": self._mails,
            "meetings": self._meetings,
        }
        if kind not in known or set(body) != {"filterGroups", "properties", "sorts", "limit", "after"}:
            return refused(400, message="Invalid input JSON", category="VALIDATION_ERROR")
        self.asked.append((kind, body))
        (group,) = body["filterGroups"]
        found = [
            {"id": str(100 + number), "properties": {name: one.get(name) for name in body["properties"]}}
            | {"createdAt": iso(ago(1)), "updatedAt": iso(ago(1)), "archived": False}
            for number, one in enumerate(known[kind]())
            if all(passes(one, rule) for rule in group["filters"])
        ]
        start, limit = int(body["after"]), min(body["limit"], PAGE)
        if start + limit > self.most + PAGE or body["limit"] > 200:
            return refused(400, message="after is beyond 10000", category="VALIDATION_ERROR")
        page: dict[str, Any] = {"total": len(found), "results": found[start : start + limit]}
        if start + limit < len(found):
            page["paging"] = {"next": {"after": str(start + limit), "link": "?after=…"}}
        return said_json(page)

    def _contacts(self) -> Iterator[Record]:
        for one in self.people:
            stamps = {f"hs_v2_date_entered_{STAGES[key]}": iso(at) for key, at in one.entered.items()}
            visited = iso(one.visited) if one.visited else None
            yield {
                "lifecyclestage": one.stage,
                "createdate": iso(one.created),
                "hs_analytics_first_timestamp": visited,
                **stamps,
            }

    def _deals(self) -> Iterator[Record]:
        for one in self.deals:
            yield {
                "amount": one.home,
                "amount_in_home_currency": one.home,
                "deal_currency_code": None,
                "hs_deal_stage_probability": one.probability,
                "hs_is_closed": str(one.closed is not None).lower(),
                "hs_is_closed_won": str(one.is_won).lower(),
                "closedate": iso(one.closed or ago(-20)),
                "createdate": iso(one.created),
                "hs_analytics_source": one.source,
                "tier": one.tier,
            }

    def _mails(self) -> Iterator[Record]:
        for one in self.mails:
            seen = (("open", one.opens), ("click", one.clicks), ("reply", one.replies))
            told = {f"hs_email_{name}_count": None if many is None else str(many) for name, many in seen}
            yield {
                "hs_timestamp": iso(one.at),
                "hs_email_direction": one.direction,
                "hs_email_status": one.status,
                **told,
            }

    def _meetings(self) -> Iterator[Record]:
        for booked, due, outcome in self.meetings:
            yield {
                "hs_createdate": iso(booked),
                "hs_meeting_start_time": iso(due),
                "hs_meeting_outcome": outcome,
            }

    def _statistics(self, query: Mapping[str, str]) -> Said:
        if set(query) != {"startTimestamp", "endTimestamp"}:
            return refused(400, message="startTimestamp and endTimestamp are required")
        low, high = (datetime.fromisoformat(query[one]) for one in ("startTimestamp", "endTimestamp"))
        sent = [counted for at, counted in self.campaigns if low <= at <= high]
        sums = [sum(one[place] for one in sent) for place in range(4)]
        names = ("sent", "delivered", "open", "click")
        counters = {name: many for name, many in zip(names, sums, strict=True) if many}
        aggregate = {"counters": counters, "ratios": {}, "deviceBreakdown": {}, "qualifierStats": {}}
        return said_json({"aggregate": aggregate, "emails": list(range(len(sent)))})

    def _submissions(self, query: Mapping[str, str]) -> Said:
        if set(query) - {"limit", "after"} or not 1 <= int(query.get("limit", 20)) <= 50:
            return refused(400, message="limit must be between 1 and 50")
        start = int(query.get("after", 0))
        newest = sorted(self.submitted, reverse=True)
        page: dict[str, Any] = {
            "results": [
                {"conversionId": f"c{at.timestamp()}", "submittedAt": round(at.timestamp() * 1000)}
                for at in newest[start : start + PAGE]
            ]
        }
        if start + PAGE < len(newest):
            page["paging"] = {"next": {"after": str(start + PAGE)}}
        return said_json(page)


def passes(record: Record, rule: Mapping[str, Any]) -> bool:
    """Whether a record is one of those that a filter means; a value unset is none of them."""
    value = record.get(rule["propertyName"])
    if value is None:
        return False
    match rule["operator"]:
        case "EQ":
            return value == str(rule["value"])
        case "IN":
            return value in list[str](rule["values"])
        case "BETWEEN":
            at = round(datetime.fromisoformat(value).timestamp() * 1000)
            return int(rule["value"]) <= at <= int(rule["highValue"])
    raise AssertionError(rule)
