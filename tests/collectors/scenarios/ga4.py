"""Google Analytics 4 with a list of visits: reports over any dates, dimensions and filters, in pages."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Scenario
from tests.collectors.scenarios.ga4_expected import GROUPS, expected
from tests.collectors.scenarios.google import Interface, credentials, limited, said_no, secrets

SPEC, SCOPE = "google_analyticsdata", "https://www.googleapis.com/auth/analytics.readonly"
PROPERTY = "123456789"
SOURCES = {"hacker_news": "ycombinator", "reddit": "reddit"}
EVENTS = {"signups": "sign_up", "demo_requests": "generate_lead"}
PAGE = 40  # rows that the stand-in gives at once

CHANNEL_OF = {"(direct)": "Direct", "google": "Organic Search", "news.ycombinator.com": "Referral"}
PATHS = ("/", "/docs/start", "/docs/api", "/pricing", "/blog/one")


@dataclass(frozen=True)
class Visit:
    """One session: whose, on which day of the property, from where, what was viewed and done."""

    number: int
    user: str
    day: date
    source: str
    views: tuple[tuple[str, int], ...]  # path, seconds in view
    done: tuple[str, ...]
    is_new: bool

    @property
    def seconds(self) -> int:
        return sum(seconds for _, seconds in self.views)

    @property
    def is_engaged(self) -> bool:
        return len(self.views) > 1 or self.seconds >= 10 or bool(self.done)

    @property
    def channel(self) -> str:
        return CHANNEL_OF.get(self.source, "Organic Social")


def visits(last: date, quiet: date) -> list[Visit]:
    """Nine weeks of visits up to `last`, none on `quiet`; the same ones each time."""
    dice, seen, made = random.Random(7), set(), list[Visit]()
    for back in range(63, -1, -1):
        day = last - timedelta(days=back)
        for _ in range(0 if day == quiet else dice.randint(1, 4)):
            user = f"u{dice.randrange(25)}"
            views = tuple((dice.choice(PATHS), dice.randrange(9)) for _ in range(dice.choice((1, 1, 2, 4))))
            done = tuple(one for one in ("sign_up", "scroll") if dice.random() < 0.2)
            source = dice.choice((*CHANNEL_OF, "reddit.com"))
            made.append(Visit(len(made), user, day, source, views, done, user not in seen))
            seen.add(user)
    made.append(
        Visit(len(made), "u0", last - timedelta(days=9), "google", (("/", 1),), ("generate_lead",), False)
    )
    return made


Hit = tuple[Visit, str, int, str]  # a view with its path and seconds, or an event by its name

DIMENSIONS: dict[str, Callable[[Hit], str]] = {
    "date": lambda hit: f"{hit[0].day:%Y%m%d}",
    "sessionSource": lambda hit: hit[0].source,
    "sessionDefaultChannelGroup": lambda hit: hit[0].channel,
    "landingPage": lambda hit: hit[0].views[0][0],
    "newVsReturning": lambda hit: "new" if hit[0].is_new else "returning",
    "pagePath": lambda hit: hit[1],
    "eventName": lambda hit: hit[3],
}


def _visits(hits: list[Hit]) -> list[Visit]:
    return list({hit[0].number: hit[0] for hit in hits}.values())


def _active(found: list[Visit]) -> int:
    return len({one.user for one in found if one.is_engaged or one.is_new})


def measured(name: str, hits: list[Hit]) -> float:
    found = _visits(hits)
    if name == "screenPageViews":
        return sum(hit[3] == "page_view" for hit in hits)
    if name == "eventCount":
        return len(hits)
    if name == "userEngagementDuration":
        return sum(hit[2] for hit in hits)
    engaged = sum(one.is_engaged for one in found)
    return {
        "sessions": len(found),
        "engagedSessions": engaged,
        "totalUsers": len({one.user for one in found}),
        "activeUsers": _active(found),
        "newUsers": sum(one.is_new for one in found),
        "bounceRate": (len(found) - engaged) / len(found) if found else 0.0,
        "engagementRate": engaged / len(found) if found else 0.0,
        "averageSessionDuration": sum(one.seconds for one in found) / len(found) if found else 0.0,
        "screenPageViewsPerSession": sum(len(one.views) for one in found) / len(found) if found else 0.0,
    }[name]


@dataclass
class FakeAnalytics:
    """Answers reports over its visits."""

    found: list[Visit]
    zone: str
    more: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def hits(self) -> list[Hit]:
        return [
            hit
            for one in self.found
            for hit in (
                *((one, path, seconds, "page_view") for path, seconds in one.views),
                *((one, one.views[-1][0], 0, name) for name in one.done),
            )
        ]

    def report(self, asked: dict[str, Any]) -> dict[str, Any]:
        names = [one["name"] for one in asked.get("dimensions", [])]
        metrics = [one["name"] for one in asked["metrics"]]
        ranges = asked["dateRanges"]
        assert len(ranges) <= 4
        assert len(metrics) <= 10
        rows = [row for one in ranges for row in self.rows(one, names, metrics, asked)]
        if len(ranges) == 1:
            rows = [(key[:-1], values) for key, values in rows]
        for order in asked.get("orderBys", []):
            at = metrics.index(order["metric"]["metricName"])
            rows.sort(key=lambda row: row[1][at], reverse=order.get("desc", False))
        offset, limit = int(asked.get("offset", 0)), min(int(asked.get("limit", 10_000)), PAGE)
        columns = names + (["dateRange"] if len(ranges) > 1 else [])
        answer: dict[str, Any] = {
            "metricHeaders": [{"name": one, "type": "TYPE_FLOAT"} for one in metrics],
            "metadata": {"timeZone": self.zone, "currencyCode": "USD", **self.more},
            "kind": "analyticsData#runReport",
        }
        if columns:
            answer["dimensionHeaders"] = [{"name": one} for one in columns]
        if rows:
            answer["rowCount"] = len(rows)
            answer["rows"] = [_row(*one) for one in rows[offset : offset + limit]]
        return answer

    def rows(
        self, stretch: dict[str, str], names: list[str], metrics: list[str], asked: dict[str, Any]
    ) -> list[tuple[list[str], list[float]]]:
        keys = {"yesterday": (NOW - timedelta(days=1)).date().isoformat()}
        first, last = (
            date.fromisoformat(keys.get(stretch[one], stretch[one])) for one in ("startDate", "endDate")
        )
        groups: dict[tuple[str, ...], list[Hit]] = defaultdict(list)
        for hit in self.hits:
            if first <= hit[0].day <= last and _passes(hit, asked.get("dimensionFilter")):
                groups[tuple(DIMENSIONS[one](hit) for one in names)].append(hit)
        if not names:
            groups.setdefault((), [])
        found = []
        for key, some in sorted(groups.items()):
            values = [self.rolling(one, last) if one in ROLLING else measured(one, some) for one in metrics]
            if any(values):  # rows of zeros are left out
                found.append(([*key, stretch.get("name", "date_range_0")], values))
        return found

    def rolling(self, name: str, last: date) -> int:
        first = last - timedelta(days=ROLLING[name] - 1)
        return _active([one for one in self.found if first <= one.day <= last])

    def run(self, asked: Asked, names: dict[str, str]) -> Said:
        if names["propertiesId"] != PROPERTY:
            return said_no(403, "User does not have sufficient permissions.", "PERMISSION_DENIED")
        return said_json(self.report(asked.json()))

    def batch(self, asked: Asked, names: dict[str, str]) -> Said:
        if names["propertiesId"] != PROPERTY:
            return said_no(403, "User does not have sufficient permissions.", "PERMISSION_DENIED")
        wanted = asked.json()["requests"]
        if len(wanted) > 5:
            return said_no(400, "At most 5 requests.", "INVALID_ARGUMENT")
        answer = {"reports": [self.report(one) for one in wanted], "kind": "analyticsData#batchRunReports"}
        return said_json(answer)

    def interface(self) -> Interface:
        batch, single = "analyticsdata.properties.batchRunReports", "analyticsdata.properties.runReport"
        return Interface(SPEC, SCOPE, {batch: self.batch, single: self.run})


ROLLING = {"active1DayUsers": 1, "active7DayUsers": 7, "active28DayUsers": 28}


def _row(key: list[str], values: list[float]) -> dict[str, Any]:
    row: dict[str, Any] = {"metricValues": [{"value": f"{one!r}"} for one in values]}
    return row | ({"dimensionValues": [{"value": one} for one in key]} if key else {})


def _passes(hit: Hit, wanted: dict[str, Any] | None) -> bool:
    if wanted is None:
        return True
    value = DIMENSIONS[wanted["filter"]["fieldName"]](hit)
    if "inListFilter" in wanted["filter"]:
        return value in wanted["filter"]["inListFilter"]["values"]
    found = wanted["filter"]["stringFilter"]
    assert found["matchType"] == "PARTIAL_REGEXP"
    return re.search(found["value"], value) is not None


SETTINGS = {
    "property": PROPERTY,
    "base_url": "{url}",
    "pages": GROUPS,
    "sources": SOURCES,
    "events": EVENTS,
}


def _scenario(zone: str, first: date, last: date, *, until: datetime | None = None) -> Scenario:
    at, today = ZoneInfo(zone), NOW.astimezone(ZoneInfo(zone)).date()
    fake = FakeAnalytics(visits(today, quiet=last - timedelta(days=4)), zone)
    days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
    return Scenario(
        settings=SETTINGS | {"credentials": credentials()},
        answer=fake.interface(),
        expected=expected(fake.found, days, today, at),
        secrets=secrets(),
        since=datetime(first.year, first.month, first.day, 12, tzinfo=at).astimezone(UTC),
        until=until,
        empty=FakeAnalytics([], zone).interface(),
        limit=limited(),
    )


def autumn() -> Scenario:
    """Over the end of daylight saving time in New York, 1 November, up to a part of today."""
    return _scenario("America/New_York", date(2026, 10, 27), date(2026, 11, 20))


def another_day() -> Scenario:
    """Where it is already tomorrow, a piece of the past alone."""
    until = datetime(2026, 10, 9, tzinfo=ZoneInfo("Pacific/Auckland"))
    return _scenario("Pacific/Auckland", date(2026, 9, 24), date(2026, 10, 8), until=until)


SCENARIOS = (autumn, another_day)
