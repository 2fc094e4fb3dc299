"""Metabase with a list of orders behind its saved questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Sample, Scenario

KEY = "mb_canary_key_1234"
DAY = timedelta(days=1)
ORDERS = tuple((NOW - n * timedelta(minutes=197), ("free", "team")[n % 2], 20 + n % 9) for n in range(500))
"""Orders: when, on which plan, for how much."""

SETTINGS: dict[str, Any] = {
    "base_url": "{url}",
    "token": KEY,
    "queries": {
        "customers": {"question": 41},
        "orders": {
            "question": 42,
            "kind": "flow",
            "time": "Created At: Day",
            "value": "Count",
            "by": {"plan": "Plan Name"},
        },
        "team_share": {
            "question": 43,
            "kind": "ratio",
            "unit": "%",
            "time": "Day",
            "value": "Share of Team",
        },
    },
}


def share(day: date, zone: ZoneInfo) -> float | None:
    """Which percentage of a day's orders is of teams."""
    plans = [plan for at, plan, _ in ORDERS if at.astimezone(zone).date() == day]
    return 100 * plans.count("team") / len(plans) if plans else None


@dataclass
class Metabase:
    """Strict: three questions, asked as exports without formatting."""

    zone: ZoneInfo
    is_empty: bool = False

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("x-api-key") != KEY:
            return Said(401, b"Unauthenticated", {"Content-Type": "text/plain"})
        questions: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "/api/card/41/query/json": self.customers,
            "/api/card/42/query/json": self.orders,
            "/api/card/43/query/json": self.shares,
        }
        if asked.method != "POST" or asked.path not in questions:
            return Said(404, b"Not found.", {"Content-Type": "text/plain"})
        if asked.json() != {"format_rows": False}:
            return said_json({"specific-errors": {"format_rows": ["disallowed key"]}}, 400)
        return said_json(questions[asked.path]())

    def customers(self) -> list[dict[str, Any]]:
        return [{"Distinct values of Customer": None if self.is_empty else 1234}]

    def orders(self) -> list[dict[str, Any]]:
        counts: dict[tuple[date, str], int] = {}
        for at, plan, _ in () if self.is_empty else ORDERS:
            key = (at.astimezone(self.zone).date(), plan)
            counts[key] = counts.get(key, 0) + 1
        return [
            {"Created At: Day": f"{day}", "Plan Name": plan, "Count": count}
            for (day, plan), count in sorted(counts.items())
        ]

    def shares(self) -> list[dict[str, Any]]:
        days = sorted({at.astimezone(self.zone).date() for at, _, _ in ORDERS})
        return [
            {"Day": f"{day}", "Share of Team": share(day, self.zone)} for day in days if not self.is_empty
        ]


def expected(first: date, last: date, zone: str) -> list[Sample]:
    """The figures of each day, straight from the orders."""
    place = ZoneInfo(zone)
    made = [Sample("metabase.level", NOW, 1234.0, (("query", "customers"),))]
    for n in range((last - first).days + 1):
        day = first + n * DAY
        start = datetime.combine(day, time(), place).astimezone(UTC)
        end = datetime.combine(day + DAY, time(), place).astimezone(UTC)
        for plan in ("free", "team"):
            count = sum(start <= at < end and each == plan for at, each, _ in ORDERS)
            named = (("plan", plan), ("query", "orders"))
            made.append(Sample("metabase.flow", start, count, named, end + timedelta(hours=1) <= NOW))
        percent = share(day, place)
        if percent is not None and end <= NOW:
            own = (("query", "team_share"),)
            made.append(Sample("metabase.ratio", end - timedelta(seconds=1), percent / 100, own))
    return made


def _scenario(first: date, last: date, zone: str, **more: Any) -> Scenario:
    place = ZoneInfo(zone)
    return Scenario(
        settings=SETTINGS,
        answer=Metabase(place),
        expected=expected(first, last, zone),
        secrets=(KEY,),
        zone=zone,
        empty=Metabase(place, is_empty=True),
        inner_error=said_json({"status": "failed", "class": "x", "error": 'Table "ORDERS" not found'}),
        **more,
    )


def of_now() -> Scenario:
    """The usual run."""
    return _scenario(date(2026, 11, 18), date(2026, 11, 20), "UTC")


def over_a_change_of_the_clock() -> Scenario:
    """A piece of the past in Berlin, where the 25th of October has 25 hours."""
    return _scenario(
        date(2026, 10, 22),
        date(2026, 10, 28),
        "Europe/Berlin",
        since=datetime(2026, 10, 21, 22, tzinfo=UTC),
        until=datetime(2026, 10, 28, 23, tzinfo=UTC),
    )


SCENARIOS = (of_now, over_a_change_of_the_clock)
