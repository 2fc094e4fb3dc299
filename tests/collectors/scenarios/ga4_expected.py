"""The figures that follow from a list of visits, worked out day by day, apart from what asks for them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpi.metric import Sample, labels

if TYPE_CHECKING:
    from tests.collectors.scenarios.ga4 import Visit

_OF_WHOLE_DAYS = (
    *("active_users_1d", "active_users_7d", "active_users_28d", "visitors_30d", "returning_share", "users"),
    *("bounce_rate", "engagement_rate", "session_duration", "pages_per_session", "top_sources"),
    *("page_time", "page_bounce_rate", "viewed_pages"),
)
GROUPS = {"docs": "^/docs", "pricing": "^/pricing$"}
Stamp = Callable[..., Sample]


def expected(found: list[Visit], days: list[date], today: date, zone: ZoneInfo) -> list[Sample]:
    """Every sample of `days`, which are the property's."""
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def stamp(name: str, day: date, value: float, **named: str) -> Sample:
        start = datetime.combine(day, time(), zone)
        after = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        settled = now - after >= timedelta(hours=48)
        at = after - timedelta(seconds=1) if name in _OF_WHOLE_DAYS else start.astimezone(UTC)
        return Sample(f"ga4.{name}", at, float(value), labels(named), settled)

    samples: list[Sample] = []
    for day in days:
        of_day = [one for one in found if one.day == day]
        if of_day:
            samples += _day(of_day, day, stamp)
        samples += _people(found, day, stamp)
        samples += _named(found, of_day, days, day, stamp)
    last = min(days[-1], today - timedelta(days=1))
    month = [one for one in found if last - timedelta(days=29) <= one.day <= last]
    for source, count in Counter(one.source for one in month).items():
        samples.append(stamp("top_sources", last, count, source=source))
    for name, pattern in GROUPS.items():
        paths = {path for one in month for path, _ in one.views if re.search(pattern, path)}
        samples.append(stamp("viewed_pages", last, len(paths), page=name))
    return [one for one in samples if one.at < now]  # the end of today is still to come


def _day(of_day: list[Visit], day: date, stamp: Stamp) -> Iterator[Sample]:
    count, views = len(of_day), sum(len(one.views) for one in of_day)
    engaged = [one for one in of_day if one.is_engaged]
    yield stamp("sessions", day, count)
    yield stamp("engaged_sessions", day, len(engaged))
    yield stamp("users", day, len({one.user for one in of_day}))
    yield stamp("new_users", day, len([one for one in of_day if one.is_new]))
    yield stamp("pageviews", day, views)
    yield stamp("bounce_rate", day, 1 - len(engaged) / count)
    yield stamp("engagement_rate", day, len(engaged) / count)
    yield stamp("session_duration", day, sum(s for one in of_day for _, s in one.views) / count)
    yield stamp("pages_per_session", day, views / count)


def _people(found: list[Visit], day: date, stamp: Stamp) -> Iterator[Sample]:
    def active(length: int, only_back: bool = False) -> set[str]:
        some = [one for one in found if 0 <= (day - one.day).days < length]
        return {one.user for one in some if (one.is_engaged or one.is_new) and not (only_back and one.is_new)}

    for name, length in (("active_users_1d", 1), ("active_users_7d", 7), ("active_users_28d", 28)):
        if active(1) or active(7) or active(28):
            yield stamp(name, day, len(active(length)))
    yield stamp("visitors_30d", day, len({one.user for one in found if 0 <= (day - one.day).days < 30}))
    yield stamp("returning_share", day, len(active(30, only_back=True)) / len(active(30)))


def _named(
    found: list[Visit], of_day: list[Visit], days: list[date], day: date, stamp: Stamp
) -> Iterator[Sample]:
    """Counts by name: zero on a day with visits where the name was seen in the weeks before."""
    seen = [one for one in found if days[0] - timedelta(days=28) <= one.day <= days[-1]]
    if not of_day:
        return
    for channel in {one.channel for one in seen}:
        yield stamp("channel_sessions", day, sum(one.channel == channel for one in of_day), channel=channel)
    for name, word in (("hacker_news", "ycombinator"), ("reddit", "reddit")):
        yield stamp("source_sessions", day, sum(word in one.source for one in of_day), source=name)
    for name, event in (("signups", "sign_up"), ("demo_requests", "generate_lead")):
        if any(event in one.done for one in seen):
            yield stamp("events", day, sum(one.done.count(event) for one in of_day), event=name)
    yield from _pages(of_day, day, stamp)


def _pages(of_day: list[Visit], day: date, stamp: Stamp) -> Iterator[Sample]:
    for name, pattern in GROUPS.items():
        views = [s for one in of_day for path, s in one.views if re.search(pattern, path)]
        yield stamp("page_views", day, len(views), page=name)
        yield stamp("page_engagement_time", day, sum(views), page=name)
        if views:
            yield stamp("page_time", day, sum(views) / len(views), page=name)
        began = [one for one in of_day if re.search(pattern, one.views[0][0])]
        left = [one for one in began if not one.is_engaged]
        yield stamp("page_entries", day, len(began), page=name)
        yield stamp("page_bounces", day, len(left), page=name)
        if began:
            yield stamp("page_bounce_rate", day, len(left) / len(began), page=name)
