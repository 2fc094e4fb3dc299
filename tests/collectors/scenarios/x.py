"""X's counts, profile and analytics, played from lists of what was posted and of who saw it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

from collectors.x_signature import Keys, signature
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Mention, Sample, Scenario, refused

TOKEN, ACCOUNT = "bearer-token-77d1", "2244994945"
KEYS = {
    "api_key": "app-key-1a2b3c",
    "api_key_secret": "app-secret-4d5e6f",
    "access_token": "2244994945-user-token",
    "access_token_secret": "user-secret-7a8b9c",
}
QUERIES = {"Acme": '"acme db" -from:acme', "Other": "otherdb", "Third": '"third db"'}
_DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SAID: tuple[tuple[str, str, int], ...] = (
    ("2026-10-02T07:00", "Acme", 2),
    ("2026-10-31T23:59", "Other", 4),
    ("2026-11-16T23:59", "Acme", 9),
    ("2026-11-17T00:00", "Acme", 3),
    ("2026-11-17T23:59", "Acme", 1),
    ("2026-11-18T12:00", "Other", 12),
    ("2026-11-18T13:00", "Third", 1),
    ("2026-11-19T08:00", "Acme", 5),
    ("2026-11-19T09:00", "Third", 2),
    ("2026-11-20T11:00", "Acme", 1),
    ("2026-11-20T11:30", "Other", 6),
)
"""When, who was spoken of, in how many posts."""

POSTED = tuple(
    at(one)
    for one in (
        "2026-10-21T10:00",
        "2026-10-22T08:00",
        "2026-11-02T09:00",
        "2026-11-18T10:00",
        "2026-11-19T06:00",
    )
) + tuple(at("2026-11-10T00:00") + timedelta(minutes=one) for one in range(20))
SEEN: tuple[tuple[int, str, int, int], ...] = (
    (0, "2026-11-18T09:00", 1000, 90),  # of a post that is 28 days older
    (1, "2026-11-18T10:00", 30, 3),
    (2, "2026-11-18T23:59", 70, 2),
    (3, "2026-11-19T00:00", 200, 20),
    (24, "2026-11-19T12:00", 40, 0),
    (4, "2026-11-20T07:00", 500, 25),
)
"""Which post, when, how often it was shown and how often somebody did something with it."""


HEARD = (
    (at("2026-11-19T20:00"), "Acme DB ate my data &amp; my weekend", 54_000),
    (at("2026-11-20T08:00"), "trying acme db today", 12),
)
"""What others wrote: when, and how often it was shown."""


def texts(*, heard: bool = False) -> list[Mention]:
    """One's own posts with what they were shown in all; and what others wrote, where that is asked for."""
    own = [
        (post, f"Out now: {post:%d %b}", sum(n for which, _, n, _ in SEEN if POSTED[which] == post))
        for post in POSTED
        if post >= at("2026-10-22T00:00")
    ]
    told = [("post", "", one) for one in own] + [("mention", "Acme", one) for one in HEARD if heard]
    return [
        Mention(
            "mention" if kind == "mention" else "post",
            post,
            words.replace("&amp;", "&"),
            number_of(post),
            f"https://x.com/i/status/{number_of(post)}",
            topic,
            "x.com",
            float(seen),
        )
        for kind, topic, (post, words, seen) in told
    ]


def number_of(post: datetime) -> str:
    return str(((post - at("2010-11-04T01:42:54.657")) // timedelta(milliseconds=1)) << 22)


@dataclass
class X:
    """Five resources. `old_names` where posts are still called tweets."""

    said: Sequence[tuple[str, str, int]] = SAID
    posted: Sequence[datetime] = POSTED
    seen: Sequence[tuple[int, str, int, int]] = SEEN
    old_names: bool = False
    now: datetime = NOW
    cost: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        routes: dict[str, Callable[[Asked], Said]] = {
            "/2/users/by/username/acme": self._user,
            "/2/tweets/counts/recent": self._counts,
            "/2/tweets/counts/all": self._counts,
            f"/2/users/{ACCOUNT}/tweets": self._posts,
            "/2/tweets/analytics": self._analytics,
            "/2/tweets/search/recent": self._search,
        }
        route = routes.get(asked.path)
        if asked.method != "GET" or route is None:
            return refused(404, title="Not Found", type="about:blank")
        is_own = route in (self._posts, self._analytics)
        if not (is_signed(asked) if is_own else asked.headers.get("authorization") == f"Bearer {TOKEN}"):
            return refused(401, title="Unauthorized", type="about:blank")
        said = route(asked)
        if said.status == 200:
            self.cost.append(asked.path)
        return said

    def _user(self, asked: Asked) -> Said:
        metrics = {
            "followers_count": 2031,
            "following_count": 90,
            "listed_count": 17,
            self._name("{}_count"): 412,
        }
        if asked.query != {"user.fields": "public_metrics"}:
            return said_json({"data": {"id": ACCOUNT, "name": "Acme", "username": "acme"}})
        return said_json({"data": {"id": ACCOUNT, "username": "acme", "public_metrics": metrics}})

    def _name(self, form: str) -> str:
        return form.format("tweet" if self.old_names else "post")

    def _counts(self, asked: Asked) -> Said:
        query = asked.query
        brand = {text: name for name, text in QUERIES.items()}.get(query.get("query", ""))
        known = {"query", "granularity", "start_time", "end_time", "next_token"}
        since, end = at(query["start_time"][:-1]), query.get("end_time")
        until = at(end[:-1]) if end else self.now - timedelta(seconds=30)
        is_far = asked.path.endswith("recent") and since < self.now - timedelta(days=7)
        if not brand or set(query) - known or query["granularity"] != "day" or is_far:
            return refused(400, title="Invalid Request", errors=[{"message": "start_time is too far back"}])
        if not since < until <= self.now - timedelta(seconds=10):
            return refused(400, title="Invalid Request", errors=[{"message": "end_time is too near"}])
        pages, buckets = 31, []
        while since < until:
            following = min(since + _DAY, until)
            told = [n for when, whom, n in self.said if whom == brand and since <= at(when) < following]
            buckets.append(
                {"start": stamp(since), "end": stamp(following), self._name("{}_count"): sum(told)}
            )
            since = following
        upto = len(buckets) - pages * int(query.get("next_token", "p0")[1:])
        page, total = buckets[max(0, upto - pages) : upto], self._name("total_{}_count")
        meta: dict[str, Any] = {total: sum(one[self._name("{}_count")] for one in page)}
        if upto > pages:
            meta["next_token"] = f"p{int(query.get('next_token', 'p0')[1:]) + 1}"
        return said_json({"data": page, "meta": meta})

    def _posts(self, asked: Asked) -> Said:
        query = asked.query
        known = {"start_time", "end_time", "exclude", "max_results", "pagination_token"}
        known |= {"tweet.fields"}
        size = int(query.get("max_results", "10"))
        if set(query) - known or query.get("exclude") != "retweets" or not 5 <= size <= 100:
            return refused(400, title="Invalid Request")
        since, until = at(query["start_time"][:-1]), at(query["end_time"][:-1])
        found = sorted((one for one in self.posted if since <= one < until), reverse=True)
        start = int(query.get("pagination_token", "0"))
        page = found[start : start + size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if start + size < len(found):
            meta["next_token"] = str(start + size)
        told = [
            {
                "id": number_of(one),
                "text": f"Out now:\n{one:%d %b}",
                "public_metrics": {"impression_count": seen},
            }
            for one in page
            for seen in [sum(n for which, _, n, _ in self.seen if self.posted[which] == one)]
        ]
        return said_json({"data": told, "meta": meta} if told else {"meta": meta})

    def _search(self, asked: Asked) -> Said:
        """Posts of others that a query finds, in the last seven days."""
        query = asked.query
        known = {"query", "start_time", "max_results", "sort_order", "tweet.fields"}
        size = int(query.get("max_results", "10"))
        if set(query) != known or query["query"] not in QUERIES.values() or not 10 <= size <= 100:
            return refused(400, title="Invalid Request")
        if at(query["start_time"][:-1]) < self.now - timedelta(days=7):
            return refused(400, title="Invalid Request")
        told = [
            {"id": number_of(post), "text": words, "public_metrics": {"impression_count": seen}}
            for post, words, seen in HEARD
            if self.said and query["query"] == QUERIES["Acme"]
        ]
        meta = {"result_count": len(told)}
        return said_json({"data": told, "meta": meta} if told else {"meta": meta})

    def _analytics(self, asked: Asked) -> Said:
        query = asked.query
        since, until = at(query["start_time"][:-1]), at(query["end_time"][:-1])
        ids, data = query["ids"].split(","), []
        if (
            query["granularity"] != "daily"
            or query["analytics.fields"] != "id,timestamped_metrics"
            or len(ids) > 100
        ):
            return refused(400, title="Invalid Request")
        for which, post in enumerate(self.posted):
            day, buckets = since, []
            while number_of(post) in ids and day < until:
                found = [
                    (n, m) for one, when, n, m in self.seen if one == which and day <= at(when) < day + _DAY
                ]
                metrics = {"impressions": sum(n for n, _ in found), "engagements": sum(m for _, m in found)}
                buckets.append({"timestamp": stamp(day), "metrics": metrics})
                day += _DAY
            data += [{"id": number_of(post), "timestamped_metrics": buckets}] if buckets else []
        return said_json({"data": data})


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def is_signed(asked: Asked) -> bool:
    """Whether the request carries the signature that its own address and parameters have."""
    found = re.findall(r'(oauth_\w+)="([^"]*)"', asked.headers.get("authorization", ""))
    given = {name: unquote(value) for name, value in found}
    signed, keys = (
        given.pop("oauth_signature", ""),
        Keys(**{name: SecretStr(one) for name, one in KEYS.items()}),
    )
    url = f"http://{asked.headers['host']}{asked.path}"
    is_ours = (
        given.get("oauth_consumer_key") == KEYS["api_key"] and given["oauth_token"] == KEYS["access_token"]
    )
    return is_ours and signed == signature(keys, "GET", url, asked.query | given)


def told_of(days: Sequence[datetime]) -> list[Sample]:
    """What the list of posts says of each day, counted by the date in front of it."""
    samples = []
    for day in days:
        done = day + 2 * _DAY <= NOW
        for brand in QUERIES:
            n = sum(n for when, whom, n in SAID if whom == brand and when.startswith(f"{day:%Y-%m-%d}"))
            samples.append(Sample("x.brand_mentions", day, n, (("brand", brand),), done))
            samples += [Sample("x.mentions", day, n, settled=done)] if brand == "Acme" else []
    return samples


def reached() -> list[Sample]:
    shown = {18: (100, 5), 19: (240, 20), 20: (500, 25)}
    samples = []
    for day, (seen, done) in shown.items():
        named = {"impressions": seen, "engagements": done}
        moment = datetime(2026, 11, day, tzinfo=UTC)
        samples += [Sample(f"x.{name}", moment, value, settled=False) for name, value in named.items()]
        if day < NOW.day:
            last = moment.replace(hour=23, minute=59, second=59)
            samples.append(Sample("x.engagement_rate", last, done / seen, settled=False))
    return samples


def profile() -> list[Sample]:
    return [Sample(f"x.{name}", NOW, n) for name, n in (("followers", 2031), ("posts", 412), ("listed", 17))]


def settings() -> dict[str, Any]:
    rivals = {name: query for name, query in QUERIES.items() if name != "Acme"}
    own = {"username": "acme", "brand": "Acme", "query": QUERIES["Acme"], "competitors": rivals}
    return own | {"token": TOKEN, "user": KEYS, "base_url": "{url}"}


def three_days() -> Scenario:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (17, 18, 19, 20)]
    reset = str(int(NOW.timestamp()) + 9)
    spent = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    nothing = [replace(one, value=0) for one in told_of(days)]
    missing = {"title": "Not Found Error", "type": "https://api.x.com/2/problems/resource-not-found"}
    return Scenario(
        settings(),
        X(),
        [*profile(), *told_of(days), *reached()],
        mentions=texts(),
        secrets=(TOKEN, *KEYS.values()),
        empty=X((), (), ()),
        empty_expected=[*profile(), *nothing],
        limit=Limit(Said(429, b'{"title": "Too Many Requests"}', spent), timedelta(seconds=9)),
        inner_error=said_json({"errors": [missing], "data": {"id": ACCOUNT}}),
    )


def fifty_days_under_old_names() -> Scenario:
    """Two pages of 31 days; and X's days stay UTC days over Los Angeles' change of clocks."""
    days = [datetime(2026, 10, 1, tzinfo=UTC) + one * _DAY for one in range(51)]
    return replace(
        three_days(),
        answer=X(old_names=True),
        expected=[*profile(), *told_of(days), *reached()],
        zone="America/Los_Angeles",
        since=datetime(2026, 10, 1, 7, tzinfo=UTC),
    )


def with_what_others_write() -> Scenario:
    return replace(three_days(), settings=settings() | {"read_mentions": 20}, mentions=texts(heard=True))


SCENARIOS = (three_days, fifty_days_under_old_names, with_what_others_write)
