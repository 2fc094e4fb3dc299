"""Algolia's search of Hacker News, played from a list of what was written there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Mention, Sample, Scenario, refused

_BETWEEN = re.compile(r"created_at_i>=(\d+),created_at_i<(\d+)")
CAP = 1000


@dataclass(frozen=True)
class Item:
    """A story or comment: when, which brand it truly names, and which search would find it."""

    when: str
    kind: str
    text: str
    names: str
    found: str
    points: int = 0
    front: bool = False

    @property
    def seconds(self) -> int:
        return int(datetime.fromisoformat(self.when).replace(tzinfo=UTC).timestamp())


OURS, THEIRS = "Acme DB", "Other"
WRITTEN = (
    Item("2026-11-12T23:59:59", "story", "Acme DB is out", OURS, OURS, 70),
    Item("2026-11-13T00:00:00", "story", "Show HN: ACME&nbsp;DB, a store", OURS, OURS, 120),
    Item("2026-11-14T10:00:00", "comment", "<p>I like <i>acme db</i>.", OURS, OURS),
    Item("2026-11-14T11:00:00", "comment", "acme dbs are another thing", "", OURS),
    Item("2026-11-14T12:00:00", "story", "Acne DB, a misspelling", "", OURS, 5),
    Item("2026-11-15T10:00:00", "comment", "other people, and Other itself", THEIRS, THEIRS),
    Item("2026-11-15T11:00:00", "comment", "another one", "", THEIRS),
    Item("2026-11-19T10:30:00", "story", "Acme DB 2.0", OURS, OURS, 300, front=True),
    Item("2026-11-20T08:00:00", "story", "Benchmarks of stores", "", "", 80, front=True),
    Item("2026-11-20T11:00:00", "comment", "Acme DB again", OURS, OURS),
)


@dataclass
class HackerNews:
    """Two searches; a typo is found as well, and no more than a thousand hits are."""

    written: Sequence[Item] = WRITTEN

    def __call__(self, asked: Asked) -> Said:
        query = asked.query
        if asked.method != "GET":
            return refused(405)
        if asked.path == "/api/v1/search" and query == {"tags": "front_page", "hitsPerPage": "100"}:
            return page([one for one in self.written if one.front])
        between = _BETWEEN.fullmatch(query.get("numericFilters", f"created_at_i>=0,created_at_i<{2**40}"))
        known = {"query", "tags", "numericFilters", "hitsPerPage", "advancedSyntax"}
        kinds = {"(story,comment)": ("story", "comment"), "story": ("story",)}.get(query.get("tags", ""))
        if asked.path != "/api/v1/search_by_date" or set(query) - known or not between or not kinds:
            return refused(404 if "search" not in asked.path else 400, message="Invalid request")
        if query.get("advancedSyntax") != "true" or not 0 < int(query["hitsPerPage"]) <= CAP:
            return refused(400, message="Invalid hitsPerPage")
        since, until = int(between[1]), int(between[2])
        wanted = query["query"].strip('"')
        found = [one for one in self.written if one.found == wanted and since <= one.seconds < until]
        return page([one for one in reversed(found) if one.kind in kinds], int(query["hitsPerPage"]))


def page(found: Sequence[Item], size: int = CAP) -> Said:
    hits = []
    for one in found[:size]:
        hit: dict[str, Any] = {
            "objectID": str(one.seconds),
            "created_at_i": one.seconds,
            "_tags": [one.kind, "author_x"],
        }
        if one.kind == "story":
            hit |= {"title": one.text, "points": one.points, "url": None, "num_comments": 3}
        else:
            hit |= {"comment_text": one.text, "points": None, "story_title": "Acme DB is discussed"}
        hits.append(hit)
    return said_json({"hits": hits, "nbHits": len(found), "exhaustiveNbHits": True, "page": 0})


def told_of(days: Sequence[str], zone: str, written: Sequence[Item]) -> list[Sample]:
    """What people wrote by the date that clocks in `zone` showed."""
    clock = ZoneInfo(zone)
    samples = []
    dated = [(datetime.fromtimestamp(one.seconds, clock).date().isoformat(), one) for one in written]
    for day in days:
        at = datetime.fromisoformat(day).replace(tzinfo=clock)
        over = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=clock)
        done, voted = over + timedelta(days=1) <= NOW, over + timedelta(days=7) <= NOW
        for kind in ("story", "comment"):
            for brand in (OURS, THEIRS):
                n = sum(when == day and one.names == brand and one.kind == kind for when, one in dated)
                pairs = (("brand", brand), ("type", kind))
                samples.append(Sample("hackernews.brand_mentions", at, n, pairs, done))
                if brand == OURS:
                    samples.append(Sample("hackernews.mentions", at, n, pairs[1:], done))
        points = sum(one.points for when, one in dated if when == day and one.names == OURS)
        samples.append(Sample("hackernews.points", at, points, settled=voted))
    return samples


def texts() -> list[Mention]:
    """What names the brand in the week, as it reads without markup; votes are no reach."""
    said = {13: "Show HN: ACME DB, a store", 14: "I like acme db .", 19: "Acme DB 2.0", 20: "Acme DB again"}
    told = [one for one in WRITTEN if one.names == OURS and one.when >= "2026-11-13"]
    return [
        Mention(
            "mention",
            datetime.fromtimestamp(one.seconds, UTC),
            said[int(one.when[8:10])],
            str(one.seconds),
            f"https://news.ycombinator.com/item?id={one.seconds}",
            OURS,
            "news.ycombinator.com",
        )
        for one in told
    ]


def front(stories: int, points: int) -> list[Sample]:
    named = {"front_page": stories, "front_page_points": points}
    return [Sample(f"hackernews.{name}", NOW, n) for name, n in named.items()]


def a_week() -> Scenario:
    days = [f"2026-11-{day}" for day in range(13, 21)]
    unrelated = [one for one in WRITTEN if not one.found]
    return Scenario(
        {"brand": OURS, "competitors": [THEIRS], "base_url": "{url}/api/v1"},
        HackerNews(),
        [*told_of(days, "UTC", WRITTEN), *front(1, 300)],
        mentions=texts(),
        empty=HackerNews(unrelated),
        empty_expected=[*told_of(days, "UTC", unrelated), *front(0, 0)],
        limit=Limit(Said(429, b"{}", {"Retry-After": "11"}), timedelta(seconds=11)),
    )


def a_storm_over_a_change_of_clocks() -> Scenario:
    """More in a day of 25 hours than can be reached at once: it is read in pieces."""
    start = datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight in New York
    storm = [
        Item(f"{start + timedelta(seconds=37 * one):%Y-%m-%dT%H:%M:%S}", "comment", "acme db!", OURS, OURS)
        for one in range(2500)
    ]
    zone, days = "America/New_York", ["2026-10-31", "2026-11-01", "2026-11-02"]
    return replace(
        a_week(),
        answer=HackerNews([*storm, *WRITTEN]),
        expected=[*told_of(days, zone, storm), *front(1, 300)],
        mentions=None,
        zone=zone,
        since=datetime(2026, 10, 31, 4, tzinfo=UTC),
        until=datetime(2026, 11, 3, 5, tzinfo=UTC),
    )


SCENARIOS = (a_week, a_storm_over_a_change_of_clocks)
