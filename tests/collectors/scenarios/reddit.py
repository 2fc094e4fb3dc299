"""Reddit's lists and search, played from what was written in one community and elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Mention, Sample, Scenario, refused

CLIENT, SECRET, TOKEN = "app-id-3310", "app-secret-c0ffee", "app-token-5e2d41"
AGENT = "python:kpi-bot:0.1 (KPI collector)"
HOME, BRAND, RIVAL = "acmedb", "Acme DB", "Other DB"
CAP = 1000


@dataclass(frozen=True)
class Thing:
    """A post (t3) or comment (t1): where, when, its text, and the search that would find it."""

    kind: str
    place: str
    when: str
    text: str = "hello"
    found: str = ""

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.when).replace(tzinfo=UTC)

    @property
    def id(self) -> str:
        return f"{int(self.at.timestamp()) // 60:x}{len(self.text):x}"

    @property
    def place_of_it(self) -> str:
        return f"/r/{self.place}/comments/{self.id}/"


WRITTEN = (
    Thing("t3", HOME, "2026-11-16T23:00"),
    Thing("t3", HOME, "2026-11-17T00:00", "Acme DB 2.0 is here", BRAND),
    Thing("t1", HOME, "2026-11-17T08:00", "I like ACME  DB"),
    Thing("t1", HOME, "2026-11-18T12:59", "so do I"),
    Thing("t1", HOME, "2026-11-18T13:00", "acme dbs?"),
    Thing("t3", "python", "2026-11-18T20:00", "acme db or other db?", BRAND),
    Thing("t3", "python", "2026-11-18T20:00", "Other DB: slow", RIVAL),
    Thing("t3", "python", "2026-11-18T21:00", "Acne, a bad day", BRAND),
    Thing("t3", "sql", "2026-11-19T11:30", "other db!", RIVAL),
    Thing("t3", HOME, "2026-11-20T11:00", "How do I install acme db", BRAND),
    Thing("t1", HOME, "2026-11-20T11:30", "like this"),
)


@dataclass
class Reddit:
    """Lists from the newest on, a thousand at most; the app signs in for each hour."""

    written: Sequence[Thing] = WRITTEN
    active: int | None = 41

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("user-agent") != AGENT:
            return Said(429, b"", {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "600"})
        if asked.path == "/api/v1/access_token":
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if (
                asked.headers.get("authorization") != f"Basic {basic}"
                or b"=client_credentials" not in asked.body
            ):
                return refused(401, message="Unauthorized", error=401)
            return said_json(
                {"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600, "scope": "*"}
            )
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, message="Unauthorized", error=401)
        if asked.path == f"/r/{HOME}/about":
            about = {"subscribers": 1850, "active_user_count": self.active, "accounts_active": self.active}
            return said_json({"kind": "t5", "data": about})
        lists = {f"/r/{HOME}/new": "t3", f"/r/{HOME}/comments": "t1"}
        if asked.path in lists and set(asked.query) <= {"limit", "after", "raw_json"}:
            kind = lists[asked.path]
            return page([one for one in self.written if one.place == HOME and one.kind == kind], asked.query)
        known = {"q", "sort", "type", "limit", "after", "raw_json"}
        if asked.path != "/search" or set(asked.query) - known or asked.query.get("sort") != "new":
            return refused(404, message="Not Found", error=404)
        wanted = asked.query["q"].strip('"')
        return page([one for one in self.written if one.kind == "t3" and one.found == wanted], asked.query)


def page(found: Sequence[Thing], query: dict[str, str]) -> Said:
    newest = sorted(found, key=lambda one: one.at, reverse=True)[:CAP]
    size, after = min(int(query.get("limit", 25)), 100), query.get("after", "t3_0").removeprefix("t3_")
    if not after.isdigit():
        return refused(400, message="Bad Request", error=400)
    start = int(after)
    children: list[dict[str, Any]] = []
    for one in newest[start : start + size]:
        told = {"title": one.text, "selftext": ""} if one.kind == "t3" else {"body": one.text}
        data = told | {"name": f"{one.kind}_{one.id}", "created_utc": one.at.timestamp()}
        data |= {"permalink": one.place_of_it, "score": 700}
        children.append({"kind": one.kind, "data": data})
    following = f"t3_{start + size}" if start + size < len(newest) else None
    return said_json({"kind": "Listing", "data": {"after": following, "children": children}})


def told_of(days: Sequence[str], zone: str, written: Sequence[Thing]) -> list[Sample]:
    """What was written by the date that clocks in `zone` showed."""
    clock = ZoneInfo(zone)
    samples = []
    for day in days:
        at = datetime.fromisoformat(day).replace(tzinfo=clock)
        over = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=clock)
        done = over + timedelta(days=1) <= NOW
        here = [one for one in written if one.at.astimezone(clock).date().isoformat() == day]
        said = {
            brand: sum(one.found == brand and "Acne" not in one.text for one in here)
            for brand in (BRAND, RIVAL)
        }
        home = [one for one in here if one.place == HOME]
        counts = {
            "posts": sum(one.kind == "t3" for one in home),
            "comments": sum(one.kind == "t1" for one in home),
            "comment_mentions": sum(one.kind == "t1" and "ACME  DB" in one.text for one in home),
            "mentions": said[BRAND],
        }
        samples += [Sample(f"reddit.{name}", at, n, settled=done) for name, n in counts.items()]
        for brand, n in said.items():
            samples.append(Sample("reddit.brand_mentions", at, n, (("brand", brand),), done))
    return samples


def texts() -> list[Mention]:
    """Posts anywhere and comments at home that name the brand; a score is no reach."""
    named = [one for one in WRITTEN if one.found == BRAND and "Acne" not in one.text]
    named += [one for one in WRITTEN if one.kind == "t1" and "ACME  DB" in one.text]
    return [
        Mention(
            "mention",
            one.at,
            " ".join(one.text.split()),
            f"{one.kind}_{one.id}",
            f"https://www.reddit.com{one.place_of_it}",
            BRAND,
            "reddit.com",
        )
        for one in named
    ]


def people(active: int | None) -> list[Sample]:
    known = [Sample("reddit.subscribers", NOW, 1850)]
    return known if active is None else [*known, Sample("reddit.active_users", NOW, active)]


def settings() -> dict[str, Any]:
    app = {"client_id": CLIENT, "client_secret": SECRET, "base_url": "{url}", "sign_in_url": "{url}"}
    return app | {"subreddit": HOME, "brand": BRAND, "competitors": [RIVAL]}


def four_days() -> Scenario:
    days = [f"2026-11-{day}" for day in (17, 18, 19, 20)]
    spent = {"x-ratelimit-used": "100", "x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "13"}
    return Scenario(
        settings(),
        Reddit(),
        [*people(41), *told_of(days, "UTC", WRITTEN)],
        mentions=texts(),
        secrets=(SECRET, TOKEN, base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()),
        empty=Reddit((), None),
        empty_expected=[*people(None), *told_of(days, "UTC", ())],
        limit=Limit(Said(429, b'{"message": "Too Many Requests"}', spent), timedelta(seconds=13)),
    )


def a_busy_community_in_adelaide() -> Scenario:
    """More comments than Reddit tells: days behind the oldest of a thousand count. A zone of half hours."""
    zone, days = "Australia/Adelaide", [f"2026-11-{day}" for day in (17, 18, 19, 20)]
    first = datetime(2026, 11, 17, 23, tzinfo=UTC)
    busy = [Thing("t1", HOME, f"{first + timedelta(minutes=3 * n):%Y-%m-%dT%H:%M}") for n in range(1199)]
    written = [*WRITTEN, *busy]
    oldest = sorted(one.at for one in written if one.kind == "t1" and one.place == HOME)[-CAP]
    told = [
        one
        for one in told_of(days, zone, written)
        if "comment" not in one.metric or one.at.astimezone(UTC) > oldest
    ]
    return replace(
        four_days(), answer=Reddit(written), expected=[*people(41), *told], mentions=None, zone=zone
    )


SCENARIOS = (four_days, a_busy_community_in_adelaide)
