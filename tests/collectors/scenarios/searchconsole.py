"""Google Search Console with a list of searches, a day late and with the last days not final."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Sample, Scenario
from tests.collectors.scenarios.google import Interface, credentials, limited, said_no, secrets

SPEC, SCOPE = "google_searchconsole", "https://www.googleapis.com/auth/webmasters.readonly"
SITE = "sc-domain:acme.dev"
PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True)
class Search:
    """One search that showed the site."""

    day: date
    query: str
    place: int
    is_clicked: bool
    is_rare: bool = False  # Google never tells the query of such


def searches(first: date, last: date) -> list[Search]:
    """A few a day; none at all on the 11th of a month, and none for the brand on the 5th."""
    queries = ("acme engine", "vector database", "acme vs bolt", "akme", "index tuning")
    made = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        for m in range(0 if day.day == 11 else 3 + n % 4):
            query = queries[(n * 3 + m) % 5] if day.day != 5 else "vector database"
            made.append(Search(day, query, 1 + (n + m) % 9, (n + m) % 3 == 0, is_rare=(n + m) % 7 == 6))
    return made


@dataclass
class FakeConsole:
    """Answers questions by day over its searches; the days after `final` are not final."""

    found: list[Search]
    final: date

    def query(self, asked: Asked, names: dict[str, str]) -> Said:
        if names["siteUrl"] != SITE:
            return said_no(
                403, f"User does not have sufficient permission for site '{names['siteUrl']}'.", "FORBIDDEN"
            )
        body = asked.json()
        if body["dimensions"] != ["date"] or not 0 < body["rowLimit"] <= 25_000:
            return said_no(400, "Invalid value", "INVALID_ARGUMENT")
        groups = body.get("dimensionFilterGroups", [])
        expressions = [one["expression"] for group in groups for one in group["filters"]]
        days: dict[date, list[Search]] = defaultdict(list)
        for one in self.found:
            is_asked = date.fromisoformat(body["startDate"]) <= one.day <= date.fromisoformat(body["endDate"])
            is_told = body["dataState"] == "all" or one.day <= self.final
            matches = all(not one.is_rare and re.search(each, one.query) for each in expressions)
            if is_asked and is_told and matches:
                days[one.day].append(one)
        rows = [_row(day, some) for day, some in sorted(days.items())]
        page = rows[body["startRow"] : body["startRow"] + body["rowLimit"]]
        answer: dict[str, Any] = {"responseAggregationType": "BY_PROPERTY"}
        return said_json(answer | ({"rows": page} if page else {}))

    def site(self, _: Asked, names: dict[str, str]) -> Said:
        if names["siteUrl"] != SITE:
            return said_no(404, "Not found", "NOT_FOUND")
        return said_json({"siteUrl": SITE, "permissionLevel": "SITE_RESTRICTED_USER"})

    def interface(self) -> Interface:
        methods = {"webmasters.searchanalytics.query": self.query, "webmasters.sites.get": self.site}
        return Interface(SPEC, SCOPE, methods)


def _row(day: date, some: list[Search]) -> dict[str, Any]:
    clicks = sum(one.is_clicked for one in some)
    return {
        "keys": [day.isoformat()],
        "clicks": clicks,
        "impressions": len(some),
        "ctr": clicks / len(some),
        "position": sum(one.place for one in some) / len(some),
    }


def expected(found: list[Search], days: list[date], final: date) -> list[Sample]:
    """What each final day that has searches says."""
    samples = []
    for day in days:
        some = [one for one in found if one.day == day]
        if not some or day > final:
            continue
        at = datetime.combine(day, time(), PACIFIC).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), PACIFIC).astimezone(UTC)
        told = [one for one in some if not one.is_rare]
        brand = [one for one in told if "acme" in one.query or "akme" in one.query]
        versus = [one for one in told if " vs " in one.query]
        clicked = [one for one in some if one.is_clicked]
        for name, value in {
            "clicks": len(clicked),
            "impressions": len(some),
            "position": sum(one.place for one in some) / len(some),
            "click_rate": len(clicked) / len(some),
            "brand_searches": len(brand),
            "brand_clicks": len([one for one in brand if one.is_clicked]),
            "comparison_searches": len(versus),
            "comparison_clicks": len([one for one in versus if one.is_clicked]),
        }.items():
            settled = NOW - end >= timedelta(days=3)
            stamp = end - timedelta(seconds=1) if name in ("position", "click_rate") else at
            samples.append(Sample(f"searchconsole.{name}", stamp, float(value), settled=settled))
    return samples


def autumn() -> Scenario:
    """Four weeks over the end of daylight saving time in California."""
    first, last, final = date(2026, 10, 26), date(2026, 11, 20), date(2026, 11, 17)
    found = searches(first - timedelta(days=9), last)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Scenario(
        settings={
            "site": SITE,
            "credentials": credentials(),
            "brand": "acme|akme",
            "comparison": r"acme (vs|versus) ",
            "base_url": "{url}",
        },
        answer=FakeConsole(found, final).interface(),
        expected=expected(found, days, final),
        secrets=secrets(),
        zone="Pacific/Auckland",
        since=datetime(2026, 10, 26, 20, tzinfo=UTC),
        empty=FakeConsole([], final).interface(),
        limit=limited(),
    )


SCENARIOS = (autumn,)
