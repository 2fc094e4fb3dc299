"""YouTube with a list of views: a channel's counters, and reports that end two days ago."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Mention, Sample, Scenario, refused
from tests.collectors.scenarios.google import TOKEN, Interface, limited, said_no

CHANNEL = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
KEY, REFRESH, SECRET = "AIza-key-for-youtube", "1//refresh-token-of-owner", "GOCSPX-client-secret"
PACIFIC = ZoneInfo("America/Los_Angeles")
READ = "https://www.googleapis.com/auth/youtube.readonly"
ANALYTICS = "https://www.googleapis.com/auth/yt-analytics.readonly"
COLUMNS = (
    "day",
    "views",
    "estimatedMinutesWatched",
    "averageViewDuration",
    "averageViewPercentage",
    "subscribersGained",
    "subscribersLost",
    "likes",
    "comments",
    "shares",
)


UPLOADED: dict[str, tuple[str, int | None]] = {
    "dQw4w9WgXcQ": ("2026-11-18T10:00:00Z", 12_400),
    "9bZkp7q19f0": ("2025-01-05T10:00:00Z", None),
}
"""When each video was uploaded, and how often it was seen, where that is told."""


def texts() -> list[Mention]:
    """The videos as posts of one's own."""
    return [
        Mention(
            "post",
            datetime.fromisoformat(when),
            f"Talk {one}. On engines",
            one,
            f"https://youtu.be/{one}",
            site="youtube.com",
            reach=None if seen is None else float(seen),
        )
        for one, (when, seen) in UPLOADED.items()
    ]


@dataclass(frozen=True)
class View:
    """One view: how long a video of `length` seconds was watched, and what the viewer did."""

    day: date
    seconds: int
    length: int
    done: str = ""


def views(first: date, last: date) -> list[View]:
    """A few a day, none on the third day; some subscribe, leave, like, take a like back, write or share."""
    acts = ("subscribe", "", "like", "leave", "comment", "unlike", "share", "")
    made = []
    for n in range((last - first).days + 1):
        for m in range(0 if n == 2 else 2 + n % 3):
            act = acts[(n * 2 + m) % len(acts)]
            made.append(View(first + timedelta(days=n), 30 * (1 + m) + n, 240, act))
    return made


@dataclass
class FakeYouTube:
    """Counters for a key or a token, reports for the owner alone."""

    found: list[View]
    last: date
    statistics: dict[str, object] = field(
        default_factory=lambda: {
            "subscriberCount": "12300",
            "viewCount": "987654",
            "videoCount": "42",
            "hiddenSubscriberCount": False,
        }
    )

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/token":
            return self.token(asked)
        if asked.path.startswith("/youtube/"):
            routes = {
                "youtube.channels.list": self.channels,
                "youtube.playlistItems.list": self.uploads,
                "youtube.videos.list": self.videos,
            }
            return Interface("google_youtube", READ, routes, KEY)(asked)
        return Interface(
            "google_youtubeanalytics", ANALYTICS, {"youtubeAnalytics.reports.query": self.report}
        )(asked)

    def token(self, asked: Asked) -> Said:
        form = dict(parse_qsl(asked.body.decode()))
        wanted = {"grant_type": "refresh_token", "client_id": "client-1"}
        if form != wanted | {"client_secret": SECRET, "refresh_token": REFRESH}:
            return refused(400, error="invalid_grant", error_description="Token has been revoked.")
        return said_json({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})

    def channels(self, asked: Asked, _: dict[str, str]) -> Said:
        if asked.query.get("id") != CHANNEL:
            return said_json({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})
        parts = asked.query["part"].split(",")
        about = {"snippet": {"title": "Acme Engine"}, "statistics": self.statistics}
        found = {"kind": "youtube#channel", "id": CHANNEL} | {key: about[key] for key in parts}
        return said_json({"kind": "youtube#channelListResponse", "items": [found]})

    def uploads(self, asked: Asked, _: dict[str, str]) -> Said:
        if asked.query.get("playlistId") != f"UU{CHANNEL[2:]}" or asked.query["part"] != "contentDetails":
            return said_no(404, "The playlist cannot be found.", "NOT_FOUND")
        items = [{"kind": "youtube#playlistItem", "contentDetails": {"videoId": one}} for one in UPLOADED]
        return said_json({"kind": "youtube#playlistItemListResponse", "items": items})

    def videos(self, asked: Asked, _: dict[str, str]) -> Said:
        assert asked.query["part"] == "snippet,statistics"
        items = [
            {
                "kind": "youtube#video",
                "id": one,
                "snippet": {"title": f"Talk {one}", "description": "On\nengines", "publishedAt": when},
                "statistics": {"viewCount": str(seen)} if seen is not None else {},
            }
            for one, (when, seen) in UPLOADED.items()
            if one in asked.query["id"].split(",")
        ]
        return said_json({"kind": "youtube#videoListResponse", "items": items})

    def report(self, asked: Asked, _: dict[str, str]) -> Said:
        query = asked.query
        if query["ids"] != f"channel=={CHANNEL}" or query["dimensions"] != "day":
            return said_no(403, "Forbidden", "PERMISSION_DENIED")
        if set(query["metrics"].split(",")) != set(COLUMNS[1:]):
            return said_no(400, "Unknown metric", "INVALID_ARGUMENT")
        first, last = date.fromisoformat(query["startDate"]), date.fromisoformat(query["endDate"])
        days = sorted({one.day for one in self.found if first <= one.day <= min(last, self.last)})
        rows = [_row(day, [one for one in self.found if one.day == day]) for day in days]
        headers = [
            {"name": one, "columnType": "METRIC" if one != "day" else "DIMENSION", "dataType": "FLOAT"}
            for one in reversed(COLUMNS)
        ]
        return said_json({"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers, "rows": rows})


def _row(day: date, some: list[View]) -> list[object]:
    """Columns in an order of the stand-in's own."""
    seconds = sum(one.seconds for one in some)
    done = [one.done for one in some]
    values: list[object] = [
        day.isoformat(),
        len(some),
        seconds / 60,
        seconds / len(some),
        100 * sum(one.seconds / one.length for one in some) / len(some),
        done.count("subscribe"),
        done.count("leave"),
        done.count("like") - done.count("unlike"),
        done.count("comment"),
        done.count("share"),
    ]
    return values[::-1]


def expected(found: list[View], first: date, last: date) -> list[Sample]:
    """What the views of each day come to; the last days are not told yet."""
    samples = [
        Sample("youtube.subscribers", NOW, 12_300.0),
        Sample("youtube.total_views", NOW, 987_654.0),
        Sample("youtube.videos", NOW, 42.0),
    ]
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        some = [one for one in found if one.day == day]
        if not some:
            continue
        at = datetime.combine(day, time(), PACIFIC).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), PACIFIC).astimezone(UTC)
        watched = [one.seconds for one in some]
        for name, value in {
            "views": len(some),
            "watch_time": sum(watched),
            "view_duration": sum(watched) / len(watched),
            "completion": sum(one / 240 for one in watched) / len(watched),
            "subscribers_gained": len([one for one in some if one.done == "subscribe"]),
            "subscribers_lost": len([one for one in some if one.done == "leave"]),
            "likes": sum({"like": 1, "unlike": -1}.get(one.done, 0) for one in some),
            "comments": len([one for one in some if one.done == "comment"]),
            "shares": len([one for one in some if one.done == "share"]),
        }.items():
            stamp = end - timedelta(seconds=1) if name in ("view_duration", "completion") else at
            settled = NOW - end >= timedelta(days=3)
            samples.append(Sample(f"youtube.{name}", stamp, float(value), settled=settled))
    return samples


def owned() -> Scenario:
    """Over the end of daylight saving time in California, with the owner's consent."""
    first, told = date(2026, 10, 29), date(2026, 11, 18)
    found = views(first, date(2026, 11, 20))
    return Scenario(
        settings={
            "channel": CHANNEL,
            "api_key": KEY,
            "client_id": "client-1",
            "client_secret": SECRET,
            "refresh_token": REFRESH,
            "base_url": "{url}",
            "analytics_url": "{url}",
            "oauth_url": "{url}/token",
        },
        answer=FakeYouTube(found, told),
        expected=expected(found, first, told),
        mentions=texts(),
        secrets=(KEY, REFRESH, SECRET, TOKEN),
        zone="Asia/Tokyo",
        since=datetime(2026, 10, 29, 20, tzinfo=UTC),
        limit=limited(),
    )


SCENARIOS = (owned,)
