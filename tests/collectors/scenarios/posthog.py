"""PostHog with a list of events: it answers the HogQL that it knows, and no other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario

TOKEN = "phx_canary_token"
PROJECT = 12345
DAY = timedelta(days=1)
SIGNUPS = (
    "SELECT toDate(timestamp, :tz) AS time, count() AS value, properties.plan AS plan FROM events"
    " WHERE event = 'Sign up' AND timestamp >= :start AND timestamp < :end GROUP BY time, plan"
)
TTFV = (
    "SELECT quantile(0.5)(properties.minutes) FROM events"
    " WHERE event = 'First query' AND timestamp >= :start AND timestamp < :end LIMIT 1"
)
SETTINGS: dict[str, Any] = {
    "base_url": "{url}",
    "project": PROJECT,
    "token": TOKEN,
    "active": ["Session start", "Bob's \\ own"],
    "queries": {
        "signups": {"kind": "flow", "query": SIGNUPS},
        "time_to_first_value": {"kind": "ratio", "unit": "min", "query": TTFV, "daily": True},
        "people": {"query": "SELECT count() AS value FROM persons"},
    },
}
_AT = r"toDateTime\('([^']+)'\)"
_ACTIVE = re.compile(
    rf"SELECT count\(DISTINCT if\(timestamp >= {_AT}, person_id, NULL\)\) AS people1, "
    rf"count\(DISTINCT if\(timestamp >= {_AT}, person_id, NULL\)\) AS people7, "
    rf"count\(DISTINCT person_id\) AS people30 FROM events WHERE timestamp >= {_AT} AND timestamp < {_AT} "
    r"AND event IN \('Session start', 'Bob\\'s \\\\ own'\) LIMIT 1"
)
_SIGNUPS = re.compile(
    r"SELECT toDate\(timestamp, '([^']+)'\) AS time, count\(\) AS value, properties.plan AS plan FROM events "
    rf"WHERE event = 'Sign up' AND timestamp >= {_AT} AND timestamp < {_AT} GROUP BY time, plan LIMIT 10001"
)
_TTFV = re.compile(
    r"SELECT quantile\(0.5\)\(properties.minutes\) FROM events "
    rf"WHERE event = 'First query' AND timestamp >= {_AT} AND timestamp < {_AT} LIMIT 1"
)


@dataclass(frozen=True)
class Event:
    """What somebody did; a first query tells how many minutes it took to come to it."""

    person: int
    name: str
    at: datetime

    @property
    def plan(self) -> str:
        return ("free", "team")[self.person % 2]

    @property
    def minutes(self) -> float:
        return 2.0 + self.person % 7


NAMES = ("Session start", "Sign up", "First query", "Bob's \\ own", "$pageview")
EVENTS = tuple(Event(n * 31 % 40, NAMES[n * 7 % 5], NOW - n * timedelta(minutes=263)) for n in range(420))


def between(start: datetime, end: datetime, *names: str) -> list[Event]:
    return [one for one in EVENTS if start <= one.at < end and one.name in names]


def people(start: datetime, end: datetime) -> int:
    return len({one.person for one in between(start, end, "Session start", "Bob's \\ own")})


def middle(found: list[Event]) -> float | None:
    return sorted(one.minutes for one in found)[len(found) // 2] if found else None


@dataclass
class PostHog:
    """Strict: one project, one way to ask, and four queries."""

    is_empty: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return said_json({"type": "authentication_error", "detail": "Invalid personal API key."}, 401)
        if (asked.method, asked.path) != ("POST", f"/api/projects/{PROJECT}/query/"):
            return said_json({"type": "invalid_request", "detail": "Endpoint not found."}, 404)
        body = asked.json()
        if set(body) != {"query", "refresh", "name"} or body["refresh"] != "force_blocking":
            return said_json({"type": "validation_error", "detail": "Unknown field."}, 400)
        if body["query"]["kind"] != "HogQLQuery" or set(body["query"]) != {"kind", "query"}:
            return said_json({"type": "validation_error", "detail": "Unknown kind."}, 400)
        found = self.evaluate(body["query"]["query"])
        if found is None:
            return said_json({"type": "validation_error", "detail": "Unable to resolve the query."}, 400)
        columns, lines = found
        return said_json(
            {
                "columns": columns,
                "results": lines,
                "hasMore": False,
                "is_cached": False,
                "error": None,
                **self.more,
            }
        )

    def evaluate(self, query: str) -> tuple[list[str], list[list[Any]]] | None:
        if found := _ACTIVE.fullmatch(query):
            first, week, month, end = map(datetime.fromisoformat, found.groups())
            counts = [0, 0, 0] if self.is_empty else [people(one, end) for one in (first, week, month)]
            return ["people1", "people7", "people30"], [counts]
        if found := _SIGNUPS.fullmatch(query):
            return ["time", "value", "plan"], [] if self.is_empty else by_day(*found.groups())
        if found := _TTFV.fullmatch(query):
            start, end = map(datetime.fromisoformat, found.groups())
            value = None if self.is_empty else middle(between(start, end, "First query"))
            return ["quantile(0.5)(properties.minutes)"], [[value]]
        if query == "SELECT count() AS value FROM persons LIMIT 10001":
            return ["value"], [[None if self.is_empty else 40]]
        return None


def by_day(zone: str, start: str, end: str) -> list[list[Any]]:
    counts: dict[tuple[str, str], int] = {}
    for one in between(datetime.fromisoformat(start), datetime.fromisoformat(end), "Sign up"):
        key = (one.at.astimezone(ZoneInfo(zone)).date().isoformat(), one.plan)
        counts[key] = counts.get(key, 0) + 1
    return [[day, count, plan] for (day, plan), count in sorted(counts.items())]


def expected(active: list[date], asked: list[date], zone: str) -> list[Sample]:
    """The figures, straight from the events; `asked` are the days of the named queries."""
    place, made = ZoneInfo(zone), [Sample("posthog.level", NOW, 40.0, (("query", "people"),))]

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), place).astimezone(UTC)

    for day in active:
        end = midnight(day + DAY)
        is_settled = end + timedelta(days=3) <= NOW
        for days in (1, 7, 30) if end <= NOW else ():
            count = people(midnight(day - (days - 1) * DAY), end)
            at = end - timedelta(seconds=1)
            made.append(Sample(f"posthog.active_users_{days}d", at, count, (), is_settled))
    for day in asked:
        start, end = midnight(day), midnight(day + DAY)
        for plan in ("free", "team"):
            count = sum(one.plan == plan for one in between(start, min(end, NOW), "Sign up"))
            named = (("plan", plan), ("query", "signups"))
            if count:
                made.append(Sample("posthog.flow", start, count, named, end + timedelta(hours=1) <= NOW))
        value = middle(between(start, end, "First query"))
        if end <= NOW and value is not None:
            own = (("query", "time_to_first_value"),)
            made.append(Sample("posthog.ratio", end - timedelta(seconds=1), value * 60, own))
    return made


def _days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def _scenario(active: list[date], asked: list[date], zone: str = "UTC", **more: Any) -> Scenario:
    active_people = [one for one in expected(active, [], zone) if "active" in one.metric]
    return Scenario(
        settings=SETTINGS,
        answer=PostHog(),
        expected=expected(active, asked, zone),
        secrets=(TOKEN,),
        zone=zone,
        empty=PostHog(is_empty=True),
        empty_expected=[Sample(one.metric, one.at, 0.0, (), one.settled) for one in active_people],
        limit=Limit(
            said_json(
                {"type": "throttled_error", "detail": "Expected available in 9 seconds."},
                429,
                Retry_After="9",
            ),
            timedelta(seconds=9),
        ),
        inner_error=said_json({"query_status": {"id": "01", "complete": False, "error": False}}),
        **more,
    )


def of_now() -> Scenario:
    """The usual run: six days of active people, and the named queries' three."""
    return _scenario(
        _days(date(2026, 11, 15), date(2026, 11, 20)), _days(date(2026, 11, 18), date(2026, 11, 20))
    )


def over_a_change_of_the_clock() -> Scenario:
    """A piece of a back-fill in Berlin, where the 25th of October has 25 hours."""
    days = _days(date(2026, 10, 22), date(2026, 10, 28))
    return _scenario(
        days,
        days,
        "Europe/Berlin",
        since=datetime(2026, 10, 21, 22, tzinfo=UTC),
        until=datetime(2026, 10, 28, 23, tzinfo=UTC),
    )


SCENARIOS = (of_now, over_a_change_of_the_clock)
