"""A YouTube channel: subscribers, views and videos; with its owner's consent, what is watched each day.

Endpoint: `/youtube/v3/channels`, and of the newest uploads `/playlistItems` and `/videos` (Data API);
    `/v2/reports` at `analytics_url` (Analytics API).
Auth: `api_key` for the counters. For the reports the channel's owner consents once: `client_id`,
    `client_secret` and `refresh_token` with the scopes yt-analytics.readonly and youtube.readonly; a service
    account cannot stand in.
Rate limit: 10,000 units a day for a Cloud project, three a run; a used-up quota returns at midnight Pacific.
Freshness: counters are of the moment, with no past. Reports end two to three days ago, at the last day for
    which every figure is known; a week is read again. Back-fill reaches as far as the channel.
Docs: https://developers.google.com/youtube/v3/docs/channels/list,
    https://developers.google.com/youtube/analytics/reference/reports/query

YouTube rounds subscribers down to three figures. Days are Pacific time: an amount stands at the start of its
day there, an average at its last second; a day that the report leaves out has no figure. YouTube's terms
want stored figures refreshed or deleted within 30 days: keep the source running, or delete its history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.google import OAUTH, Service, google_api, keyed_api, owner_key
from collectors.http import Api, Pace
from collectors.mentions import Mention, mentions, seen, worded
from collectors.of_day import Days
from collectors.payload import moment, number, part, rows, text
from kpi.calendar import day_of, day_start
from kpi.metric import Kind, Metric, Sample

PACIFIC = ZoneInfo("America/Los_Angeles")
SETTLES_AFTER = timedelta(days=3)
_TOLD_AFTER = timedelta(days=4)  # three days until a day is reported, and one until the next is
USUAL_WINDOW = timedelta(days=30)


def _until_midnight(now: datetime) -> timedelta:
    return day_start(day_of(now, PACIFIC) + timedelta(days=1), PACIFIC) - now


DATA = Service(
    "YouTube Data API v3",
    "https://www.googleapis.com/auth/youtube.readonly",
    "Make an API key in Google Cloud that may use the YouTube Data API v3, and set api_key.",
    Pace(requests=60, seconds=60, at_once=2),
    _until_midnight,
)
ANALYTICS = Service(
    "YouTube Analytics API",
    "https://www.googleapis.com/auth/yt-analytics.readonly https://www.googleapis.com/auth/youtube.readonly",
    "Let the channel's owner consent again, with the scopes yt-analytics.readonly and youtube.readonly.",
    Pace(requests=60, seconds=60, at_once=2),
    _until_midnight,
)


def _counter(name: str, unit: str, description: str) -> Metric:
    return Metric(f"youtube.{name}", unit, Kind.LEVEL, description, is_snapshot=True)


def _daily(name: str, unit: str, kind: Kind, description: str, *, is_signed: bool = False) -> Metric:
    return Metric(f"youtube.{name}", unit, kind, description, is_signed=is_signed)


def _average(name: str, unit: str, description: str) -> Metric:
    """A figure of a day's end that is the newest for as long as YouTube takes to report the next."""
    return replace(_daily(name, unit, Kind.RATIO, description), every=_TOLD_AFTER)


SUBSCRIBERS = _counter("subscribers", "subscribers", "subscribers, rounded down to three figures")
TOTAL_VIEWS = _counter("total_views", "views", "views of all videos, ever")
VIDEOS = _counter("videos", "videos", "public videos")
COUNTERS = {"subscriberCount": SUBSCRIBERS, "viewCount": TOTAL_VIEWS, "videoCount": VIDEOS}

VIEWS = _daily("views", "views", Kind.FLOW, "views on a day")
WATCH_TIME = _daily("watch_time", "seconds", Kind.FLOW, "time that was watched on a day")
VIEW_DURATION = _average("view_duration", "seconds", "average time watched in a view of a day")
COMPLETION = _average("completion", "ratio", "average share of a video watched in a view of a day")
GAINED = _daily("subscribers_gained", "subscribers", Kind.FLOW, "people who subscribed on a day")
LOST = _daily("subscribers_lost", "subscribers", Kind.FLOW, "people who unsubscribed on a day")
LIKES = _daily("likes", "likes", Kind.FLOW, "likes of a day less those taken back", is_signed=True)
COMMENTS = _daily("comments", "comments", Kind.FLOW, "comments of a day")
SHARES = _daily("shares", "shares", Kind.FLOW, "times a video was shared on a day")
REPORT = {
    "views": (VIEWS, 1.0),
    "estimatedMinutesWatched": (WATCH_TIME, 60.0),
    "averageViewDuration": (VIEW_DURATION, 1.0),
    "averageViewPercentage": (COMPLETION, 0.01),
    "subscribersGained": (GAINED, 1.0),
    "subscribersLost": (LOST, 1.0),
    "likes": (LIKES, 1.0),
    "comments": (COMMENTS, 1.0),
    "shares": (SHARES, 1.0),
}
"""Column of the report → metric, and how many of its units one of the column's is."""
PER_VIEW = (VIEW_DURATION, COMPLETION)

METRICS = (*COUNTERS.values(), *(metric for metric, _ in REPORT.values()))
_OWNER = ("client_id", "client_secret", "refresh_token")


class Config(CollectorConfig):
    """Which channel is read, and with whose consent."""

    collector: Literal["youtube"] = "youtube"
    channel: str = Field(pattern=r"^UC[A-Za-z0-9_-]{22}$", description="the channel's id, UC…")
    api_key: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    base_url: Annotated[str, address("https://youtube.googleapis.com")] = "https://youtube.googleapis.com"
    analytics_url: Annotated[str, address("https://youtubeanalytics.googleapis.com")] = (
        "https://youtubeanalytics.googleapis.com"
    )
    oauth_url: Annotated[str, address(OAUTH)] = OAUTH

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Config:
        missing = [one for one in _OWNER if getattr(self, one) is None]
        if missing and len(missing) < len(_OWNER):
            raise ValueError(
                f"{', '.join(missing)} is missing: the owner's consent needs {', '.join(_OWNER)}"
            )
        if missing and self.api_key is None:
            raise ValueError(f"set api_key, or the owner's consent: {', '.join(_OWNER)}")
        return self


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one channel; `span` is in Pacific time."""

    config: Config
    client: Client
    span: Span

    def parts(self) -> tuple[Part, ...]:
        counters = Part("channel", tuple(one.name for one in COUNTERS.values()), self.channel)
        daily = Part("reports", tuple(one.name for one, _ in REPORT.values()), self.reports)
        videos = Part("videos", (), self.videos)
        return (counters, videos) if self.config.refresh_token is None else (counters, videos, daily)

    async def channel(self) -> Batch:
        return parse_channel(await channel(self.config, self.client), self.span)

    async def videos(self) -> Batch:
        """The newest uploads as texts, with their views."""
        api = await _data(self.config, self.client)
        params: dict[str, str | int] = {"part": "contentDetails", "maxResults": 50}
        params["playlistId"] = f"UU{self.config.channel[2:]}"
        try:
            listed = list(rows(await api.get_json("/youtube/v3/playlistItems", params), "items"))
        except CollectorFault as fault:
            if fault.status == 404:  # without a video there is no list of them
                return Batch()
            raise
        ids = [text(one, "contentDetails", "videoId") for one in listed]
        if not ids:
            return Batch()
        params = {"part": "snippet,statistics", "id": ",".join(ids)}
        found = rows(await api.get_json("/youtube/v3/videos", params), "items")
        return Batch(mentions=mentions(found, parse_video))

    async def reports(self) -> Batch:
        days = self.span.days(USUAL_WINDOW)
        params = {
            "ids": f"channel=={self.config.channel}",
            "startDate": days[0].isoformat(),
            "endDate": days[-1].isoformat(),
            "dimensions": "day",
            "metrics": ",".join(REPORT),
            "sort": "day",
        }
        api = await _owner(self.config, self.client, self.config.analytics_url, ANALYTICS)
        return Batch(tuple(parse_report(await api.get_json("/v2/reports", params), self.span)))


def parse_channel(about: Any, span: Span) -> Batch:
    """The counters. Hidden subscribers are no figure at all, whatever stands in their place."""
    counts = part(about, "statistics")
    is_hidden = isinstance(counts, dict) and counts.get("hiddenSubscriberCount") is True
    wanted = {key: one for key, one in COUNTERS.items() if one is not SUBSCRIBERS or not is_hidden}
    samples = tuple(Sample(one.name, span.now, number(counts, key)) for key, one in wanted.items())
    return Batch(samples, notes=("the channel hides its subscribers",) if is_hidden else ())


def parse_video(video: Mapping[str, Any]) -> Mention:
    """A video as a text; its reach are its views."""
    about, counts = part(video, "snippet"), video.get("statistics")
    if not isinstance(about, dict):
        raise UnexpectedResponse("a video has no snippet", hint="The vendor may have changed its API.")
    known = text(video, "id")
    reach = seen(counts, "viewCount") if isinstance(counts, dict) else None
    said, url = worded(about.get("title"), about.get("description")), f"https://youtu.be/{quote(known)}"
    return Mention("post", moment(about, "publishedAt"), said, known, url, "", "youtube.com", reach)


def parse_report(answer: Any, span: Span) -> Iterator[Sample]:
    """The figures of each day, by the names of the columns. Without a view there is no average view."""
    columns = [text(one, "name") for one in rows(answer, "columnHeaders")]
    found = part(answer, "rows") if "rows" in answer else []
    if not isinstance(found, list) or not all(isinstance(one, list) for one in found):
        raise UnexpectedResponse("rows is no list of lists", hint="The vendor may have changed its API.")
    for cells in found:
        row = dict(zip(columns, cells, strict=False))
        day = _day(row)
        for key, (metric, units) in REPORT.items():
            if metric not in PER_VIEW or number(row, "views") > 0:
                yield from Days(span, SETTLES_AFTER).told(metric, day, number(row, key) * units)


def _day(row: dict[str, Any]) -> date:
    try:
        return date.fromisoformat(text(row, "day"))
    except ValueError:
        raise UnexpectedResponse("day is not a day", hint="The vendor may have changed its API.") from None


async def channel(config: Config, client: Client) -> Any:
    """What YouTube tells everybody of the channel."""
    api = await _data(config, client)
    answer = await api.get_json("/youtube/v3/channels", {"part": "snippet,statistics", "id": config.channel})
    found = list(rows(answer, "items")) if isinstance(answer, dict) and "items" in answer else []
    if not found:
        raise UnexpectedResponse(
            f"YouTube knows no channel {config.channel}", hint="Check channel: it is an id."
        )
    return found[0]


async def _data(config: Config, client: Client) -> Api:
    """The Data API, with the key where there is one."""
    if config.api_key is not None:
        return keyed_api(client, config.base_url, DATA, config.api_key)
    return await _owner(config, client, config.base_url, DATA)


async def _owner(config: Config, client: Client, base_url: str, service: Service) -> Api:
    secret, refresh = config.client_secret or SecretStr(""), config.refresh_token or SecretStr("")
    key = owner_key(config.client_id or "", secret, refresh, config.oauth_url)
    return await google_api(client, base_url, service, lambda: key)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one channel, in Pacific days."""
    return await collect_parts(Reader(config, client, replace(span, zone=PACIFIC)).parts())


async def probe(config: Config, client: Client) -> str:
    """The channel's name and its videos."""
    about = await channel(config, client)
    return f"{text(about, 'snippet', 'title')}, {number(about, 'statistics', 'videoCount'):,.0f} videos"


ABOUT = About(
    title="YouTube",
    measures="subscribers, views, videos; views a day, watch time and completion",
    example={"channel": "UC_x5XG1OV2P6uZZ5FSM9Ttw", "api_key": "${YOUTUBE_API_KEY}"},
    credentials=(
        Credential(
            "api_key",
            "YOUTUBE_API_KEY",
            "an API key restricted to the YouTube Data API v3",
            "https://console.cloud.google.com/apis/credentials",
        ),
        Credential(
            "client_secret",
            "YOUTUBE_CLIENT_SECRET",
            "for the reports: an OAuth client, with its client_id",
            "https://console.cloud.google.com/auth/clients",
            is_required=False,
        ),
        Credential(
            "refresh_token",
            "YOUTUBE_REFRESH_TOKEN",
            "for the reports: the owner's consent to yt-analytics.readonly and youtube.readonly",
            "https://developers.google.com/youtube/reporting/guides/authorization",
            is_required=False,
        ),
    ),
    proof=Proof.SPEC,
    proven_by="discovery documents youtube v3 and youtubeAnalytics v2",
)

COLLECTOR = Collector(
    "youtube",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=12),
    rereads=timedelta(days=7),
    chunk=timedelta(days=90),
    probe=probe,
    about=ABOUT,
)
