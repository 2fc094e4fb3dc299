"""Amplitude with a list of events: it answers after the documentation of its Dashboard REST API."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario

KEY, SECRET = "amplitude-canary-key", "amplitude-canary-secret"
STEPS = ("Sign up", "Query run", "Invite sent")
DAY = timedelta(days=1)
SETTINGS: dict[str, Any] = {
    "base_url": "{url}",
    "api_key": KEY,
    "secret_key": SECRET,
    "events": {"first_query": "Query run"},
    "funnels": {"activation": {"steps": STEPS, "within": 2}},
    "cohorts": {"day_3": {"first": "Sign up", "again": "_active", "day": 3}},
}
KNOWN = {
    "users": {"start", "end", "m", "i"},
    "sessions/average": {"start", "end"},
    "events/segmentation": {"start", "end", "e", "m", "i", "rollingWindow"},
    "funnels": {"start", "end", "e", "cs", "mode", "i"},
    "retention": {"start", "end", "se", "re", "i"},
}


@dataclass(frozen=True)
class Event:
    """What somebody did, at an instant on the project's clock; a session start has a length."""

    user: str
    name: str
    at: datetime
    seconds: int = 0

    @property
    def day(self) -> date:
        return self.at.date()


def events(last: date, place: ZoneInfo) -> list[Event]:
    """Ten weeks of people who sign up and come back, or not; the same ones each time."""
    dice, made = random.Random(3), list[Event]()
    for back in range(70, -1, -1):
        for n in range(dice.randint(1, 3)):
            user = f"u{back}-{n}"
            begun = datetime.combine(last - back * DAY, time(dice.randrange(20)), place)
            made.append(Event(user, "Sign up", begun))
            at = begun
            for name in STEPS[1:]:
                at += timedelta(hours=dice.choice((1, 30, 80)))
                made.append(Event(user, name, at))
            for _ in range(dice.randrange(6)):
                at = begun + dice.randrange(12) * DAY
                made.append(Event(user, "session_start", at, dice.randrange(30, 900)))
    return [one for one in made if one.day <= last]


def reached(found: list[Event], day: date, within: int) -> list[list[timedelta]]:
    """For each step, how long those who began on `day` took to it from the one before."""
    steps: list[list[timedelta]] = [[] for _ in STEPS]
    for start in [one for one in found if one.name == STEPS[0] and one.day == day]:
        before = start.at
        for place, name in enumerate(STEPS):
            at = [one.at for one in found if one.user == start.user and one.name == name]
            if not at or at[0] - start.at > within * DAY:
                break
            steps[place].append(at[0] - before)
            before = at[0]
    return steps


def median(took: list[timedelta]) -> float:
    """The one in the middle, or the higher of the two there."""
    return sorted(one.total_seconds() for one in took)[len(took) // 2] if took else 0.0


def returned(found: list[Event], day: date, after: int) -> tuple[int, int]:
    """How many signed up on `day`, and how many of them did anything `after` calendar days later."""
    born = {one.user for one in found if one.name == STEPS[0] and one.day == day}
    return len(born), len({one.user for one in found if one.user in born and one.day == day + after * DAY})


def active(found: list[Event], last: date, days: int = 1) -> int:
    return len({one.user for one in found if last - days * DAY < one.day <= last})


@dataclass
class Amplitude:
    """Strict: a path or a parameter that the documentation does not name is refused."""

    found: list[Event]
    today: date
    changed: dict[str, Any] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Said:
        login = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {login}":
            return said_json({"error": "Invalid API key"}, 401)
        what = asked.path.removeprefix("/api/2/")
        query = parse_qs(urlsplit(asked.target).query)
        if asked.method != "GET" or what not in KNOWN:
            return said_json({"error": "Not found"}, 404)
        if set(query) - KNOWN[what] or not {"start", "end"} <= set(query):
            return said_json({"error": f"Invalid parameters {sorted(query)}"}, 400)
        if what in self.changed:
            return said_json(self.changed[what])
        first, last = (datetime.strptime(query[one][0], "%Y%m%d").date() for one in ("start", "end"))  # noqa: DTZ007
        days = [first + n * DAY for n in range((last - first).days + 1)]
        name = what.replace("/", "_")
        return said_json({"data": getattr(self, name)(query, days)})

    def series(self, days: list[date], values: list[float]) -> dict[str, Any]:
        return {"series": [values], "seriesMeta": [{"segmentIndex": 0}], "xValues": [f"{d}" for d in days]}

    def users(self, query: dict[str, list[str]], days: list[date]) -> dict[str, Any]:
        assert query["i"] == ["1"]
        if query["m"] == ["active"]:
            return self.series(days, [active(self.found, day) for day in days])
        return self.series(days, [newcomers(self.found, day) for day in days])

    def sessions_average(self, _: dict[str, list[str]], days: list[date]) -> dict[str, Any]:
        return self.series(days, [length(self.found, day) for day in days])

    def events_segmentation(self, query: dict[str, list[str]], days: list[date]) -> dict[str, Any]:
        name, window = json.loads(query["e"][0])["event_type"], int(query.get("rollingWindow", ["1"])[0])
        values = []
        for day in days:
            users = [
                one.user
                for one in self.found
                if name in (one.name, "_active") and day - window * DAY < one.day <= day
            ]
            values.append(len(set(users) if query["m"] == ["uniques"] else users))
        return self.series(days, [float(one) for one in values]) | {"seriesCollapsed": [[{"value": 0}]]}

    def funnels(self, query: dict[str, list[str]], days: list[date]) -> list[dict[str, Any]]:
        assert tuple(json.loads(one)["event_type"] for one in query["e"]) == STEPS
        took = [reached(self.found, day, int(query["cs"][0]) // 86400) for day in days]
        named = {"xValues": [f"{day}" for day in days]}
        people = [[len(step) for step in day] for day in took]
        millis = [[1000 * median(step) for step in day] for day in took]
        both = {"dayFunnels": people, "dayMedianTransTimes": millis}
        return [{key: named | {"series": held} for key, held in both.items()} | {"events": list(STEPS)}]

    def retention(self, query: dict[str, list[str]], days: list[date]) -> dict[str, Any]:
        assert (json.loads(query["se"][0]), json.loads(query["re"][0])) == (
            {"event_type": "Sign up"},
            {"event_type": "_active"},
        )
        return {"series": [{"dates": [], "values": {f"{day:%b %d}": self.entries(day) for day in days}}]}

    def entries(self, day: date) -> list[dict[str, Any]]:
        born = returned(self.found, day, 0)[0]
        told = [{"count": born, "outof": born, "incomplete": False}]
        for after in range(8):
            back = returned(self.found, day, after)[1]
            is_open = day + after * DAY >= self.today
            told.append({"count": back, "outof": born, "incomplete": is_open})
        return told


def newcomers(found: list[Event], day: date) -> int:
    return sum(one.name == "Sign up" and one.day == day for one in found)


def length(found: list[Event], day: date) -> float:
    sessions = [one.seconds for one in found if one.name == "session_start" and one.day == day]
    return sum(sessions) / len(sessions) if sessions else 0.0


def expected(found: list[Event], first: date, last: date, place: ZoneInfo) -> list[Sample]:
    """The figures of each day, straight from the events."""
    made: list[Sample] = []

    def over(day: date, days: int) -> bool:
        return datetime.combine(day + DAY, time(), place).timestamp() + days * 86400 <= NOW.timestamp()

    def add(name: str, day: date, value: float, ripens: int = 0, **named: str) -> None:
        start, end = (datetime.combine(one, time(), place) for one in (day, day + DAY))
        is_ratio = name.startswith(("active_users", "event_users", "funnel_time", "session_length"))
        at = end.astimezone(UTC) - timedelta(seconds=1) if is_ratio else start
        if not is_ratio or over(day, 0):
            own = tuple(sorted(named.items()))
            made.append(Sample(f"amplitude.{name}", at, value, own, over(day, ripens + 3)))

    for n in range((last - first).days + 1):
        _day(found, first + n * DAY, add)
    for n in range(-4, (last - first).days + 1):
        day = first + n * DAY
        if n >= -2 and over(day, 2):
            _funnel(found, day, add)
        if over(day, 4):
            born, back = returned(found, day, 3)
            add("cohort_users", day, born, 4, cohort="day_3")
            add("retained_users", day, back, 4, cohort="day_3")
    return made


def _day(found: list[Event], day: date, add: Any) -> None:
    mine = [one for one in found if one.name == "Query run" and one.day == day]
    add("new_users", day, newcomers(found, day))
    add("events", day, len(mine), event="first_query")
    add("event_users", day, len({one.user for one in mine}), event="first_query")
    for days in (1, 7, 30):
        add(f"active_users_{days}d", day, active(found, day, days))
    if seconds := length(found, day):
        add("session_length", day, seconds)


def _funnel(found: list[Event], day: date, add: Any) -> None:
    for step, took in enumerate(reached(found, day, 2), 1):
        named = {"funnel": "activation", "step": str(step)}
        add("funnel_users", day, len(took), 2, **named)
        if step > 1 and took:
            add("funnel_time", day, median(took), 2, **named)


def _scenario(zone: str, first: date, last: date, **more: Any) -> Scenario:
    place = ZoneInfo(zone)
    today = NOW.astimezone(place).date()
    found = events(today, place)
    return Scenario(
        settings={**SETTINGS, "zone": zone},
        answer=Amplitude(found, today),
        expected=expected(found, first, last, place),
        secrets=(KEY, SECRET),
        empty=Amplitude([], today),
        empty_expected=expected([], first, last, place),
        limit=Limit(said_json({"error": "Exceeded concurrent limit with 1100 cost"}, 429), None),
        inner_error=said_json({"error": {"http_code": 400, "message": "Invalid chart definition"}}),
        **more,
    )


def the_last_days() -> Scenario:
    """The usual run, in a project that is already in tomorrow."""
    return _scenario(
        "Pacific/Auckland",
        date(2026, 11, 16),
        date(2026, 11, 21),
        since=datetime(2026, 11, 15, 12, tzinfo=UTC),
        works_at_any_time=False,
    )


def over_a_change_of_the_clock() -> Scenario:
    """A piece of a back-fill in Los Angeles, where the first of November has 25 hours."""
    return _scenario(
        "America/Los_Angeles",
        date(2026, 10, 29),
        date(2026, 11, 4),
        since=datetime(2026, 10, 29, 7, tzinfo=UTC),
        until=datetime(2026, 11, 5, 8, tzinfo=UTC),
    )


SCENARIOS = (the_last_days, over_a_change_of_the_clock)
