"""Mixpanel with a list of events: it counts them as its description of the Query API says."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario
from tests.specs import fits, spec

SECRET = "mixpanel-canary-secret"
USER = "kpi.8f1c2d.mp-service-account"
PROJECT, FUNNEL, REPORT, TOTAL = 1234567, 7654321, 24681357, 24681358
STEPS = ("Sign up", "Query run", "Invite sent")
DAY = timedelta(days=1)
SETTINGS: dict[str, Any] = {
    "base_url": "{url}",
    "project": PROJECT,
    "username": USER,
    "secret": SECRET,
    "active": "Session start",
    "events": {"first_query": "Query run"},
    "funnels": {"activation": {"funnel": FUNNEL, "within": 2}},
    "cohorts": {"day_3": {"first": "Sign up", "again": "Session start", "day": 3}},
    "reports": {
        "session_length": {"report": REPORT, "kind": "ratio", "unit": "min", "series": "Session"},
        "members": {"report": TOTAL},
    },
}


@dataclass(frozen=True)
class Event:
    """What somebody did, at an instant on the project's clock."""

    user: str
    name: str
    at: datetime


def events(last: date, place: ZoneInfo) -> list[Event]:
    """Ten weeks of people who sign up and come back, or not; the same ones each time."""
    dice, made = random.Random(5), list[Event]()
    for back in range(70, -1, -1):
        for n in range(dice.randint(1, 3)):
            user = f"u{back}-{n}"
            begun = datetime.combine(last - back * DAY, time(dice.randrange(20)), place)
            made.append(Event(user, "Sign up", begun))
            at = begun
            for name in STEPS[1:]:
                at += timedelta(hours=dice.choice((1, 30, 80)))
                made.append(Event(user, name, at))
            made += [
                Event(user, "Session start", begun + dice.randrange(1, 12) * DAY)
                for _ in range(dice.randrange(6))
            ]
    return [one for one in made if one.at.date() <= last]


def reached(found: list[Event], day: date, within: int) -> list[list[timedelta]]:
    """For each step, how long those who began on `day` took to it."""
    steps: list[list[timedelta]] = [[] for _ in STEPS]
    for start in [one for one in found if one.name == STEPS[0] and one.at.date() == day]:
        for place, name in enumerate(STEPS):
            at = [one.at for one in found if one.user == start.user and one.name == name]
            if not at or at[0] - start.at > within * DAY:
                break
            steps[place].append(at[0] - start.at)
    return steps


def returned(found: list[Event], day: date, again: str, after: int) -> tuple[int, int]:
    """How many came first on `day`, and how many of them came again `after` days later."""
    born = [one for one in found if one.name == STEPS[0] and one.at.date() == day]
    back = [
        one
        for one in born
        if any(
            each.user == one.user
            and each.name == again
            and after * DAY <= each.at - one.at < (after + 1) * DAY
            for each in found
        )
    ]
    return len(born), len(back)


def minutes(day: date) -> float:
    """What the saved report says of a day."""
    return 4.0 + day.day / 8


@dataclass
class Mixpanel:
    """Strict: whatever its own description of the interface does not know is refused."""

    found: list[Event]
    place: ZoneInfo
    today: date
    changed: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Said:
        login = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {login}":
            return said_json({"error": "Invalid service account credentials", "status": "error"}, 401)
        path = asked.path.removeprefix("/api/query")
        known = spec("mixpanel")["paths"].get(path) if asked.method == "GET" else None
        if known is None:
            return said_json({"error": "Not found"}, 404)
        if (said := wrong(asked.query, known["get"]["parameters"])) is not None:
            return said_json({"error": said, "request": asked.target, "status": "error"}, 400)
        body = self.changed.get(path) or getattr(self, path.removeprefix("/"))(asked.query)
        place = path.replace("/", "~1")
        fits(body, "mixpanel", f"/paths/{place}/get/responses/200/content/application~1json/schema")
        return said_json(body)

    def days(self, query: dict[str, str]) -> list[date]:
        first, last = (date.fromisoformat(query[one]) for one in ("from_date", "to_date"))
        return [first + n * DAY for n in range((last - first).days + 1)]

    def segmentation(self, query: dict[str, str]) -> dict[str, Any]:
        days, length = self.days(query), int(query.get("interval", 1))
        counts: dict[str, int] = {}
        for n in range(0, len(days), length):
            users = [
                one.user
                for one in self.found
                if one.name == query["event"] and one.at.date() in days[n : n + length]
            ]
            counts[days[n].isoformat()] = len(set(users) if query["type"] == "unique" else users)
        is_known = any(one.name == query["event"] for one in self.found)
        values = {query["event"]: counts} if is_known else {}
        return {"data": {"series": list(counts), "values": values}, "legend_size": len(values)}

    def funnels(self, query: dict[str, str]) -> dict[str, Any]:
        assert query["funnel_id"] == str(FUNNEL)
        assert (query["unit"], query["length_unit"]) == ("day", "day")
        data = {day.isoformat(): {"steps": self.steps(day, int(query["length"]))} for day in self.days(query)}
        return {"meta": {"dates": list(data)}, "data": data if self.found else {}}

    def steps(self, day: date, within: int) -> list[dict[str, Any]]:
        return [
            {
                "count": len(took),
                "event": name,
                "goal": name,
                "avg_time_from_start": round(sum(one.total_seconds() for one in took) / max(len(took), 1)),
            }
            for name, took in zip(STEPS, reached(self.found, day, within), strict=True)
        ]

    def retention(self, query: dict[str, str]) -> dict[str, Any]:
        assert (query["retention_type"], query["born_event"], query["unit"]) == ("birth", "Sign up", "day")
        told: dict[str, Any] = {}
        for day in self.days(query) if self.found else ():
            every = [
                returned(self.found, day, query["event"], n) for n in range(int(query["interval_count"]) + 1)
            ]
            told[day.isoformat()] = {"first": every[0][0], "counts": [back for _, back in every]}
        return told

    def insights(self, query: dict[str, str]) -> dict[str, Any]:
        first = self.today - 6 * DAY
        edges = [datetime.combine(first, time(), self.place), datetime.combine(self.today, time(23, 59, 59))]
        told: dict[str, Any] = {"All": {"all": 42 if self.found else None}}
        if query["bookmark_id"] == str(REPORT):
            days = [datetime.combine(first + n * DAY, time(), self.place) for n in range(7)]
            values = {one.isoformat(): minutes(one.date()) if self.found else None for one in days}
            told = {"Session": values, "Other": dict.fromkeys(values, 1)}
        edges = [one.replace(tzinfo=self.place) for one in edges]
        return {
            "computed_at": NOW.isoformat(),
            "date_range": {"from_date": edges[0].isoformat(), "to_date": edges[1].isoformat()},
            "headers": ["$event"],
            "series": told,
        }


def wrong(query: Mapping[str, str], known: list[dict[str, Any]]) -> str | None:
    """What the description of the interface says against a question."""
    by_name = {one["name"]: one for one in known}
    if unknown := set(query) - set(by_name):
        return f"unknown parameter {unknown}"
    if missing := {one["name"] for one in known if one.get("required")} - set(query):
        return f"{missing} is required"
    for name, value in query.items():
        schema = by_name[name]["schema"]
        if schema["type"] == "integer" and not value.isdigit():
            return f"{name} is no number"
        if value not in schema.get("enum", [value]):
            return f"{name} is none of {schema['enum']}"
    return None


@dataclass
class Told:
    """The figures of days, worked out straight from the events."""

    found: list[Event]
    first: date
    last: date
    place: ZoneInfo
    made: list[Sample] = field(default_factory=list)

    @property
    def today(self) -> date:
        return NOW.astimezone(self.place).date()

    def over(self, day: date, days: int) -> bool:
        ended = datetime.combine(day + DAY, time(), self.place).timestamp()
        return ended + days * 86400 <= NOW.timestamp()

    def add(self, name: str, day: date, value: float, ripens: int = 0, **named: str) -> None:
        start, end = (datetime.combine(one, time(), self.place) for one in (day, day + DAY))
        is_ratio = name.startswith(("active_users", "event_users", "funnel_time"))
        at = end.astimezone(UTC) - timedelta(seconds=1) if is_ratio else start
        own, is_settled = tuple(sorted(named.items())), self.over(day, ripens + 3)
        if not is_ratio or self.over(day, 0):
            self.made.append(Sample(f"mixpanel.{name}", at, value, own, is_settled))

    def users(self, name: str, start: date, end: date) -> list[str]:
        return [one.user for one in self.found if one.name == name and start <= one.at.date() <= end]

    def days(self, back: int = 0) -> list[date]:
        """The days read, and the `back` days before that had their time meanwhile."""
        every = [self.first + n * DAY for n in range(-back, (self.last - self.first).days + 1)]
        return [one for one in every if not back or self.over(one, back)]

    def counts(self) -> None:
        for day in self.days():
            self.add("active_users_1d", day, len({*self.users("Session start", day, day)}))
            self.add("events", day, len(self.users("Query run", day, day)), event="first_query")
            self.add("event_users", day, len({*self.users("Query run", day, day)}), event="first_query")
        closed = min(self.last, self.today - DAY)
        for length in (7, 30):
            people = {*self.users("Session start", closed - (length - 1) * DAY, closed)}
            self.add(f"active_users_{length}d", closed, len(people))

    def cohorts(self) -> None:
        for day in self.days(2):
            for place, took in enumerate(reached(self.found, day, 2), 1):
                named = {"funnel": "activation", "step": str(place)}
                self.add("funnel_users", day, len(took), 2, **named)
                if place > 1 and took:
                    seconds = round(sum(one.total_seconds() for one in took) / len(took))
                    self.add("funnel_time", day, seconds, 2, **named)
        for day in self.days(4):
            born, back = returned(self.found, day, "Session start", 3)
            self.add("cohort_users", day, born, 4, cohort="day_3")
            self.add("retained_users", day, back, 4, cohort="day_3")

    def reports(self) -> None:
        self.made.append(Sample("mixpanel.level", NOW, 42.0, (("query", "members"),)))
        for day in (self.today - n * DAY for n in range(1, 7)):
            if self.first <= day <= self.last:
                end = datetime.combine(day + DAY, time(), self.place).astimezone(UTC)
                named = (("query", "session_length"),)
                at = end - timedelta(seconds=1)
                self.made.append(Sample("mixpanel.ratio", at, minutes(day) * 60, named))


def expected(found: list[Event], first: date, last: date, place: ZoneInfo) -> list[Sample]:
    told = Told(found, first, last, place)
    told.counts()
    told.cohorts()
    told.reports()
    return told.made


def _scenario(zone: str, first: date, last: date, **more: Any) -> Scenario:
    place = ZoneInfo(zone)
    today = NOW.astimezone(place).date()
    found = events(today, place)
    return Scenario(
        settings={**SETTINGS, "zone": zone},
        answer=Mixpanel(found, place, today),
        expected=expected(found, first, last, place),
        secrets=(SECRET,),
        empty=Mixpanel([], place, today),
        limit=Limit(said_json({"error": "Query rate limit exceeded", "status": "error"}, 429), None),
        inner_error=said_json({"error": "Timeout while running the query", "status": "error"}),
        **more,
    )


def the_last_days() -> Scenario:
    """The usual run, in a project that is still in yesterday."""
    return _scenario(
        "Pacific/Honolulu",
        date(2026, 11, 15),
        date(2026, 11, 20),
        since=datetime(2026, 11, 15, 10, tzinfo=UTC),
        works_at_any_time=False,
    )


def over_a_change_of_the_clock() -> Scenario:
    """A longer run in Los Angeles, where the first of November has 25 hours."""
    zone, first = "America/Los_Angeles", date(2026, 10, 29)
    place = ZoneInfo(zone)
    today = NOW.astimezone(place).date()
    scenario = _scenario(zone, first, today, since=datetime(2026, 10, 29, 7, tzinfo=UTC))
    sessions = {"report": REPORT, "kind": "flow", "series": "Session"}
    scenario.settings = {**scenario.settings, "reports": {"sessions": sessions}}
    scenario.expected = [
        *(one for one in scenario.expected if one.metric not in ("mixpanel.level", "mixpanel.ratio")),
        *(
            Sample("mixpanel.flow", datetime.combine(day, time(), place), minutes(day), named, day < today)
            for day in (today - n * DAY for n in range(7))
            for named in [(("query", "sessions"),)]
        ),
    ]
    return scenario


def a_piece_of_the_past() -> Scenario:
    """A week of a back-fill: its own last day closes the counts of 7 and 30 days."""
    scenario = _scenario(
        "Asia/Kolkata",
        date(2026, 10, 29),
        date(2026, 11, 4),
        since=datetime(2026, 10, 28, 18, 30, tzinfo=UTC),
        until=datetime(2026, 11, 4, 18, 30, tzinfo=UTC),
    )
    reports = {"session_length": SETTINGS["reports"]["session_length"]}
    scenario.settings = {**scenario.settings, "reports": reports}
    scenario.expected = [one for one in scenario.expected if one.metric != "mixpanel.level"]
    return scenario


SCENARIOS = (the_last_days, over_a_change_of_the_clock, a_piece_of_the_past)
