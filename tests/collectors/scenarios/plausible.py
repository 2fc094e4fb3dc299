"""Plausible with a list of visits: questions over any days, dimensions and filters, in pages."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario

TOKEN = "plausible-canary-token"
SITE = "acme.dev"
PAGE = 40  # rows that the stand-in gives at once
CHANNEL_OF = {"Direct / None": "Direct", "Google": "Organic Search", "Hacker News": "Referral"}
PATHS = ("/", "/docs/start", "/docs/api", "/pricing")
GOALS = {"signups": "Sign up", "demo_requests": "Demo request"}
SETTINGS = {
    "base_url": "{url}",
    "site": SITE,
    "token": TOKEN,
    "pages": {"docs": "^/docs"},
    "sources": {"hacker_news": ["Hacker News", "news.ycombinator.com"], "reddit": ["Reddit"]},
    "goals": GOALS,
}
DAY = timedelta(days=1)
RATIOS = (
    "views_per_visit",
    "bounce_rate",
    "visit_duration",
    "visitors_7d",
    "visitors_30d",
    "page_time",
    "page_bounce_rate",
)


@dataclass(frozen=True)
class Visit:
    """One visit: whose, on which day of the site, from where, what was viewed and reached."""

    user: str
    day: date
    source: str
    views: tuple[tuple[str, int], ...]  # path, seconds on it
    goals: tuple[str, ...]

    @property
    def seconds(self) -> int:
        return sum(one for _, one in self.views)

    @property
    def is_bounce(self) -> bool:
        return len(self.views) == 1 and not self.goals

    @property
    def channel(self) -> str:
        return CHANNEL_OF.get(self.source, "Organic Social")


def visits(last: date, quiet: date) -> list[Visit]:
    """Ten weeks of visits up to `last`, none on `quiet`; the same ones each time."""
    dice, made = random.Random(11), list[Visit]()
    for back in range(69, -1, -1):
        day = last - back * DAY
        for _ in range(0 if day == quiet else dice.randint(1, 4)):
            views = tuple((dice.choice(PATHS), dice.randrange(90)) for _ in range(dice.choice((1, 1, 2, 3))))
            goals = ("Sign up",) * dice.choice((0, 0, 0, 1, 2))
            source = dice.choice((*CHANNEL_OF, "Reddit", "news.ycombinator.com"))
            made.append(Visit(f"u{dice.randrange(25)}", day, source, views, goals))
    return made


Hit = tuple[Visit, str, int, str]  # a view with its path and seconds, or a goal by its name
VALUES: dict[str, Callable[[Hit], str]] = {
    "time:day": lambda hit: hit[0].day.isoformat(),
    "visit:channel": lambda hit: hit[0].channel,
    "visit:source": lambda hit: hit[0].source,
    "visit:entry_page": lambda hit: hit[0].views[0][0],
    "event:page": lambda hit: hit[1],
    "event:goal": lambda hit: hit[3],
}


def hits(found: Iterable[Visit]) -> list[Hit]:
    views = [(one, path, seconds, "") for one in found for path, seconds in one.views]
    return views + [(one, one.views[-1][0], 0, goal) for one in found for goal in one.goals]


def measured(name: str, found: list[Hit]) -> float | None:
    mine = list({id(hit[0]): hit[0] for hit in found}.values())
    views = [hit for hit in found if not hit[3]]
    return {
        "visitors": float(len({one.user for one in mine})),
        "visits": float(len(mine)),
        "pageviews": float(len(views)),
        "events": float(len(found)),
        "views_per_visit": len(views) / len(mine) if mine else 0.0,
        "bounce_rate": 100 * sum(one.is_bounce for one in mine) / len(mine) if mine else 0.0,
        "visit_duration": sum(one.seconds for one in mine) / len(mine) if mine else 0.0,
        "time_on_page": sum(hit[2] for hit in views) / len(mine) if mine else None,
    }[name]


@dataclass
class Plausible:
    """Strict: it knows one site, its goals, and the parameters that its documentation names."""

    found: list[Visit]
    zone: str = "UTC"
    meta: dict[str, Any] | None = None

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return said_json({"error": "Invalid API key or site ID."}, 401)
        if (asked.method, asked.path) != ("POST", "/api/v2/query"):
            return said_json({"error": "Not found"}, 404)
        body = asked.json()
        if (said := self.wrong(body)) is not None:
            return said_json({"error": said}, 400)
        return said_json(self.told(body))

    def wrong(self, body: dict[str, Any]) -> str | None:
        known = {"site_id", "metrics", "date_range", "dimensions", "filters", "include", "pagination"}
        if set(body) - known or body.get("site_id") != SITE:
            return "Invalid query"
        by_event = {one for one in body["dimensions"] if one == "event:goal"}
        if by_event and {"bounce_rate", "views_per_visit", "visit_duration"} & set(body["metrics"]):
            return "Session metrics cannot be queried along with event dimensions."
        for operator, dimension, values in body["filters"]:
            if operator not in ("is", "matches") or dimension not in VALUES:
                return "Invalid filter"
            if dimension == "event:goal" and set(values) - {*GOALS.values()}:
                return "Invalid filters. The goal is not configured for this site."
            if dimension == "event:page" and "views_per_visit" in body["metrics"]:
                return "Metric `views_per_visit` cannot be queried with a filter on `event:page`."
        return None

    def told(self, body: dict[str, Any]) -> dict[str, Any]:
        first, last = (date.fromisoformat(one) for one in body["date_range"])
        rows = self.rows(body, first, last)
        page = body["pagination"]
        some = rows[page["offset"] : page["offset"] + min(page["limit"], PAGE)]
        meta: dict[str, Any] = {"total_rows": len(rows), **(self.meta or {})}
        if body["include"].get("time_labels"):
            meta["time_labels"] = [(first + n * DAY).isoformat() for n in range((last - first).days + 1)]
        place = ZoneInfo(self.zone)
        edges = [datetime.combine(first, time(), place), datetime.combine(last, time(23, 59, 59), place)]
        query = body | {"date_range": [one.isoformat() for one in edges]}
        return {"results": some, "meta": meta, "query": query}

    def rows(self, body: dict[str, Any], first: date, last: date) -> list[dict[str, Any]]:
        kept = [hit for hit in hits(self.found) if first <= hit[0].day <= last]
        for operator, dimension, values in body["filters"]:
            value = VALUES[dimension]
            kept = [
                hit
                for hit in kept
                if (value(hit) in values if operator == "is" else re.search(values[0], value(hit)))
            ]
        if any(dimension == "event:page" for _, dimension, _ in body["filters"]):
            kept = [hit for hit in kept if not hit[3]]
        groups: dict[tuple[str, ...], list[Hit]] = {} if body["dimensions"] else {(): kept}
        for hit in kept if body["dimensions"] else ():
            groups.setdefault(tuple(VALUES[one](hit) for one in body["dimensions"]), []).append(hit)
        return [
            {"dimensions": list(key), "metrics": [measured(one, held) for one in body["metrics"]]}
            for key, held in sorted(groups.items())
        ]


def expected(found: list[Visit], first: date, last: date, zone: str, now: datetime = NOW) -> list[Sample]:
    """The figures of each day, straight from the visits."""
    place, made = ZoneInfo(zone), list[Sample]()
    seen = [one for one in found if first - 28 * DAY <= one.day <= last]
    for n in range((last - first).days + 1):
        day = first + n * DAY
        over = datetime.combine(day + DAY, time(), place).timestamp() + 86400 <= now.timestamp()
        mine = [one for one in found if one.day == day]

        def add(name: str, value: float, *named: tuple[str, str], day: date = day, over: bool = over) -> None:
            start, end = (datetime.combine(one, time(), place).astimezone(UTC) for one in (day, day + DAY))
            if name not in RATIOS:
                made.append(Sample(f"plausible.{name}", start, value, named, over))
            elif end <= now:
                made.append(Sample(f"plausible.{name}", end - timedelta(seconds=1), value, named, over))

        _totals(mine, add)
        for length in (7, 30):
            window = [one.user for one in found if day - length * DAY < one.day <= day]
            add(f"visitors_{length}d", len({*window}))
        _origins(mine, seen, add)
        _pages(mine, add)
        for name, goal in GOALS.items():
            add("goal_events", sum(one.goals.count(goal) for one in mine), ("goal", name))
            add("goal_visitors", len({one.user for one in mine if goal in one.goals}), ("goal", name))
    return made


def _totals(mine: list[Visit], add: Callable[..., None]) -> None:
    views = sum(len(one.views) for one in mine)
    add("visitors", len({one.user for one in mine}))
    add("visits", len(mine))
    add("pageviews", views)
    if mine:
        add("views_per_visit", views / len(mine))
        add("bounce_rate", sum(one.is_bounce for one in mine) / len(mine))
        add("visit_duration", sum(one.seconds for one in mine) / len(mine))


def _origins(mine: list[Visit], seen: list[Visit], add: Callable[..., None]) -> None:
    sources = {"Hacker News": "hacker_news", "news.ycombinator.com": "hacker_news", "Reddit": "reddit"}
    for channel in {one.channel for one in seen}:
        add("channel_visits", sum(one.channel == channel for one in mine), ("channel", channel))
    for name in {sources[one.source] for one in seen if one.source in sources}:
        count = sum(sources.get(one.source) == name for one in mine)
        add("source_visits", count, ("source", name))


def _pages(mine: list[Visit], add: Callable[..., None]) -> None:
    docs = ("page", "docs")
    readers = [one for one in mine if any(path.startswith("/docs") for path, _ in one.views)]
    views = [seconds for one in mine for path, seconds in one.views if path.startswith("/docs")]
    add("page_views", len(views), docs)
    add("page_visitors", len({one.user for one in readers}), docs)
    if readers:
        add("page_time", sum(views) / len(readers), docs)
    entries = [one for one in mine if one.views[0][0].startswith("/docs")]
    add("page_entries", len(entries), docs)
    if entries:
        add("page_bounce_rate", sum(one.is_bounce for one in entries) / len(entries), docs)


def _scenario(first: date, last: date, zone: str, **more: Any) -> Scenario:
    found = visits(last, last - 2 * DAY)
    return Scenario(
        settings={**SETTINGS, "zone": zone},
        answer=Plausible(found, zone),
        expected=expected(found, first, last, zone),
        secrets=(TOKEN,),
        empty=Plausible([], zone),
        empty_expected=[one for one in expected([], first, last, zone) if "visitors_" in one.metric],
        limit=Limit(said_json({"error": "Too many API requests. The limit is 600 per hour."}, 429), None),
        **more,
    )


def the_last_days() -> Scenario:
    """The usual run: three days, in a zone where the day is already over."""
    return _scenario(
        date(2026, 11, 18),
        date(2026, 11, 21),
        "Pacific/Auckland",
        since=datetime(2026, 11, 18, 0, tzinfo=UTC),
        works_at_any_time=False,
    )


def over_a_change_of_the_clock() -> Scenario:
    """A piece of a back-fill in New York, where the first of November has 25 hours."""
    return _scenario(
        date(2026, 10, 29),
        date(2026, 11, 4),
        "America/New_York",
        since=datetime(2026, 10, 29, 4, tzinfo=UTC),
        until=datetime(2026, 11, 5, 5, tzinfo=UTC),
    )


SCENARIOS = (the_last_days, over_a_change_of_the_clock)
