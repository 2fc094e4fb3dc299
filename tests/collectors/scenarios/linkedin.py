"""LinkedIn's page statistics, played from a list of what happened on one page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Mention, Sample, Scenario, refused

PAGE, VERSION = "10000001", "202610"
CLIENT, SECRET, REFRESH, ACCESS = "app-77", "client-secret-5a1b", "refresh-token-9f3c", "access-token-41d2"
_DAY = 86_400_000
_BETWEEN = re.compile(r"\(timeRange:\(start:(\d+),end:(\d+)\),timeGranularityType:DAY\)")
_QUERY = re.compile(
    rf"q=organizationalEntity&organizationalEntity=urn%3Ali%3Aorganization%3A{PAGE}&timeIntervals=(.+)"
)

_ENTITY = f"q=organizationalEntity&organizationalEntity=urn%3Ali%3Aorganization%3A{PAGE}"
POSTS: dict[str, tuple[str, str, str, int | None]] = {
    "urn:li:share:701": ("2026-11-19T08:00:00", "PUBLISHED", "We are\nhiring", 12_000),
    "urn:li:ugcPost:702": ("2026-10-01T09:00:00", "PUBLISHED", "A talk", 310),
    "urn:li:ugcPost:703": ("2026-10-02T09:00:00", "PUBLISHED", "Nobody saw it", None),
    "urn:li:share:704": ("2026-11-20T09:00:00", "DRAFT", "Not yet", None),
}
"""When each was published, its state, its words, and how often it was shown, where that is told."""

Event = tuple[str, str, str, int]
"""When, what, by whom, how often."""

EVENTS: tuple[Event, ...] = (
    ("2026-11-11T23:59:59", "impressionCount", "ann", 3),
    ("2026-11-12T00:00:00", "impressionCount", "ann", 40),
    ("2026-11-12T23:30:00", "impressionCount", "bob", 60),
    ("2026-11-12T23:31:00", "likeCount", "bob", 2),
    ("2026-11-12T23:32:00", "clickCount", "bob", 3),
    ("2026-11-13T00:10:00", "impressionCount", "bob", 20),
    ("2026-11-13T04:00:00", "organicFollowerGain", "cid", 4),
    ("2026-11-13T05:00:00", "paidFollowerGain", "dot", 1),
    ("2026-11-14T12:00:00", "commentCount", "cid", 1),
    ("2026-11-14T12:00:00", "impressionCount", "cid", 8),
    ("2026-11-15T08:00:00", "likeCount", "dot", -1),  # taken back from a sponsored post
    ("2026-11-15T09:00:00", "impressionCount", "dot", 10),
    ("2026-11-17T22:00:00", "organicFollowerGain", "eve", 2),
    ("2026-11-18T00:00:00", "organicFollowerGain", "fay", 7),  # too late to be told
    ("2026-11-19T08:00:00", "impressionCount", "eve", 5),
    ("2026-11-19T09:00:00", "shareCount", "eve", 1),
    ("2026-11-20T09:00:00", "impressionCount", "eve", 2),  # of a day that is not over
)
COUNTS = ("clickCount", "likeCount", "commentCount", "shareCount", "impressionCount")


@dataclass
class LinkedIn:
    """Three resources and the token's. Days without an event are told as zeros."""

    events: Sequence[Event] = EVENTS
    followers: int = 1204
    refresh_lives: int = 300 * 86_400
    silent: bool = False
    now: datetime = NOW

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/oauth/v2/accessToken":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Bearer {ACCESS}":
            return refused(401, code="INVALID_ACCESS_TOKEN", message="Invalid access token")
        if asked.headers.get("linkedin-version") != VERSION:
            return refused(426, code="NONEXISTENT_VERSION", message="Version is not active")
        if asked.method != "GET" or asked.headers.get("x-restli-protocol-version") != "2.0.0":
            return refused(400, message="Syntax exception in path variables")
        path, _, query = asked.target.partition("?")
        if path == f"/rest/networkSizes/urn%3Ali%3Aorganization%3A{PAGE}":
            known = query == "edgeType=COMPANY_FOLLOWED_BY_MEMBER"
            return said_json({"firstDegreeSize": self.followers}) if known else refused(400)
        if path == "/rest/posts" or "=List(" in query:
            return self._posts(path, query)
        found = _QUERY.fullmatch(query)
        between = _BETWEEN.fullmatch(found[1]) if found else None
        if between is None:
            return refused(400, message="Invalid query parameters passed to request")
        return self._days(path, int(between[1]), int(between[2]))

    def _posts(self, path: str, query: str) -> Said:
        """The posts; and how often those that are named were shown, by their kind."""
        if query == f"author=urn%3Ali%3Aorganization%3A{PAGE}&q=author&count=20&sortBy=CREATED":
            posts = [
                {"id": known, "lifecycleState": state, "commentary": words, "publishedAt": millis(when)}
                for known, (when, state, words, _) in POSTS.items()
            ]
            return said_json({"paging": {}, "elements": posts})
        asked = re.fullmatch(rf"{re.escape(_ENTITY)}&(share|ugcPost)s=List\(([^()]+)\)", query)
        if path != "/rest/organizationalEntityShareStatistics" or asked is None:
            return refused(400, message="Invalid query parameters passed to request")
        ids = [unquote(one) for one in asked[2].split(",")]
        assert all(one.startswith(f"urn:li:{asked[1]}:") for one in ids)
        told = [(one, POSTS[one][3]) for one in ids if POSTS[one][3] is not None]
        stats = [{asked[1]: one, "totalShareStatistics": {"impressionCount": seen}} for one, seen in told]
        return said_json({"paging": {}, "elements": stats})

    def _token(self, asked: Asked) -> Said:
        form = dict(parse_qsl(asked.body.decode()))
        wanted = {"grant_type": "refresh_token", "client_id": CLIENT}
        if asked.method != "POST" or form != wanted | {"client_secret": SECRET, "refresh_token": REFRESH}:
            return refused(400, error="invalid_grant", error_description="The refresh token is invalid")
        lives = {"expires_in": 5_184_000, "refresh_token_expires_in": self.refresh_lives}
        return said_json({"access_token": ACCESS, "scope": "rw_organization_admin"} | lives)

    def _days(self, path: str, start: int, end: int) -> Said:
        latest = int(self.now.timestamp() * 1000)
        if start % _DAY or end % _DAY or start >= end or end > latest or latest - start > 366 * _DAY:
            return refused(400, message="Time range is not valid")
        if path == "/rest/organizationalEntityShareStatistics":
            told = self._shares
        elif path == "/rest/organizationalEntityFollowerStatistics" and end <= latest - 2 * _DAY:
            told = self._gains
        else:
            return refused(400 if "Follower" in path else 404, message="No such resource")
        days = [] if self.silent else range(start, end, _DAY)
        elements = [{"timeRange": {"start": at, "end": at + _DAY}} | told(at) for at in days]
        return said_json({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})

    def _of(self, at: int) -> list[Event]:
        when = {
            one: datetime.fromisoformat(one[0]).replace(tzinfo=UTC).timestamp() * 1000 for one in self.events
        }
        return [one for one in self.events if at <= when[one] < at + _DAY]

    def _shares(self, at: int) -> dict[str, Any]:
        found = self._of(at)
        told: dict[str, float] = {name: sum(n for _, kind, _, n in found if kind == name) for name in COUNTS}
        told["uniqueImpressionsCount"] = len({who for _, kind, who, _ in found if kind == "impressionCount"})
        told["engagement"] = 0.123  # LinkedIn rounds it; nobody should read it
        return {"totalShareStatistics": told}

    def _gains(self, at: int) -> dict[str, Any]:
        kinds = ("organicFollowerGain", "paidFollowerGain")
        gains = {name: sum(n for _, kind, _, n in self._of(at) if kind == name) for name in kinds}
        return {"followerGains": gains}


def millis(when: str) -> int:
    return int(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp() * 1000)


def texts() -> list[Mention]:
    """The posts that are published."""
    return [
        Mention(
            "post",
            datetime.fromisoformat(when).replace(tzinfo=UTC),
            " ".join(words.split()),
            known,
            f"https://www.linkedin.com/feed/update/{known}",
            site="linkedin.com",
            reach=None if seen is None else float(seen),
        )
        for known, (when, state, words, seen) in POSTS.items()
        if state == "PUBLISHED"
    ]


def told_of(days: Sequence[str], gain_days: Sequence[str], settled: Sequence[str]) -> list[Sample]:
    """What the list of events says of each day, counted by the day that is written in front of it."""
    samples = []
    for day in days:
        at, done = datetime.fromisoformat(f"{day}T00:00:00+00:00"), day in settled
        count = dict.fromkeys(COUNTS, 0)
        seen = set()
        for when, kind, who, often in EVENTS:
            if when.startswith(day) and kind in count:
                count[kind] += often
                seen |= {who} if kind == "impressionCount" else set()
        clicks, likes, comments, shares, shown = count.values()
        stirred = clicks + likes + comments + shares
        named: dict[str, float] = {
            "clicks": clicks,
            "reactions": likes,
            "comments": comments,
            "shares": shares,
        }
        named |= {"impressions": shown, "engagements": stirred}
        samples += [Sample(f"linkedin.{name}", at, n, settled=done) for name, n in named.items()]
        last = datetime.fromisoformat(f"{day}T23:59:59+00:00")
        samples.append(Sample("linkedin.unique_impressions", last, len(seen), settled=done))
        if shown:
            samples.append(Sample("linkedin.engagement_rate", last, stirred / shown, settled=done))
        for kind in ("organic", "paid") if day in gain_days else ():
            gained = sum(n for when, what, _, n in EVENTS if when.startswith(day) and what.startswith(kind))
            samples.append(Sample("linkedin.follower_gains", at, gained, (("type", kind),), done))
    return samples


def settings() -> dict[str, Any]:
    keys = {"client_id": CLIENT, "client_secret": SECRET, "refresh_token": REFRESH, "version": VERSION}
    places = {"base_url": "{url}/rest", "sign_in_url": "{url}/oauth/v2/accessToken"}
    return {"organization": PAGE} | keys | places


def november(days: range) -> list[str]:
    return [f"2026-11-{day:02d}" for day in days]


def nine_days() -> Scenario:
    now_followers = Sample("linkedin.followers", NOW, 1204)
    expected = told_of(november(range(11, 20)), november(range(11, 18)), november(range(11, 18)))
    throttle = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
    return Scenario(
        settings(),
        LinkedIn(),
        [now_followers, *expected],
        mentions=(),
        secrets=(SECRET, REFRESH, ACCESS),
        empty=LinkedIn(silent=True),
        empty_expected=[now_followers],
        limit=Limit(refused(429, message=throttle), timedelta(hours=12)),
    )


def a_past_in_a_far_zone() -> Scenario:
    """LinkedIn's days stay UTC days: Auckland's 13 November began at noon UTC of the 12th."""
    scenario = nine_days()
    expected = told_of(*[november(range(12, 15))] * 3)
    return replace(
        scenario,
        expected=[Sample("linkedin.followers", NOW, 1204), *expected],
        zone="Pacific/Auckland",
        since=datetime(2026, 11, 12, 11, tzinfo=UTC),
        until=datetime(2026, 11, 14, 11, tzinfo=UTC),
    )


def with_posts() -> Scenario:
    return replace(nine_days(), settings=settings() | {"posts": True}, mentions=texts())


SCENARIOS = (nine_days, a_past_in_a_far_zone, with_posts)
