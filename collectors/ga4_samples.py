"""What Google Analytics 4 is read for, and the samples in its tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from collectors.base import Span
from collectors.ga4_tables import Row, Table, day_in
from collectors.of_day import Days
from collectors.payload import number
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(hours=48)
WINDOW = 30  # days of visitors, of returning users and of the largest sources


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"ga4.{name}", unit, kind, description, names)


ACTIVE_1 = _metric("active_users_1d", "users", Kind.RATIO, "different people active on a day")
ACTIVE_7 = _metric("active_users_7d", "users", Kind.RATIO, "different people active in the 7 days to a day")
ACTIVE_28 = _metric(
    "active_users_28d", "users", Kind.RATIO, "different people active in the 28 days to a day"
)
VISITORS = _metric("visitors_30d", "visitors", Kind.RATIO, "different visitors in the 30 days to a day")
RETURNING = _metric(
    "returning_share", "ratio", Kind.RATIO, "returning of all active users in the 30 days to a day"
)
USERS = _metric("users", "users", Kind.RATIO, "different visitors of a day")
NEW_USERS = _metric("new_users", "users", Kind.FLOW, "people who came for the first time on a day")
SESSIONS = _metric("sessions", "sessions", Kind.FLOW, "sessions that began on a day")
ENGAGED = _metric(
    "engaged_sessions", "sessions", Kind.FLOW, "sessions of 10 seconds, two pages or a key event"
)
PAGEVIEWS = _metric("pageviews", "views", Kind.FLOW, "pages viewed on a day")
BOUNCE_RATE = _metric("bounce_rate", "ratio", Kind.RATIO, "sessions of a day that were not engaged")
ENGAGEMENT_RATE = _metric("engagement_rate", "ratio", Kind.RATIO, "sessions of a day that were engaged")
DURATION = _metric("session_duration", "seconds", Kind.RATIO, "average length of the sessions of a day")
PAGES_PER_SESSION = _metric("pages_per_session", "ratio", Kind.RATIO, "pages viewed in a session of a day")
CHANNELS = _metric("channel_sessions", "sessions", Kind.FLOW, "sessions of a day by channel", "channel")
SOURCES = _metric(
    "source_sessions", "sessions", Kind.FLOW, "sessions of a day from the sources named in sources", "source"
)
TOP_SOURCES = _metric(
    "top_sources",
    "sessions",
    Kind.RATIO,
    "sessions in 30 days from each of the ten largest sources",
    "source",
)
PAGE_VIEWS = _metric("page_views", "views", Kind.FLOW, "views of a group of pages on a day", "page")
PAGE_SECONDS = _metric(
    "page_engagement_time", "seconds", Kind.FLOW, "time a group of pages was in view on a day", "page"
)
PAGE_TIME = _metric("page_time", "seconds", Kind.RATIO, "time in view for each view of a day", "page")
ENTRIES = _metric(
    "page_entries", "sessions", Kind.FLOW, "sessions of a day that began in a group of pages", "page"
)
BOUNCES = _metric("page_bounces", "sessions", Kind.FLOW, "those of them that were not engaged", "page")
PAGE_BOUNCE_RATE = _metric(
    "page_bounce_rate", "ratio", Kind.RATIO, "not engaged of the sessions that began there on a day", "page"
)
VIEWED_PAGES = _metric(
    "viewed_pages", "pages", Kind.RATIO, "different pages of a group viewed in the 30 days to a day", "page"
)
EVENTS = _metric("events", "events", Kind.FLOW, "events of a day, by the name given in events", "event")

ACTIVE = {"active1DayUsers": ACTIVE_1, "active7DayUsers": ACTIVE_7, "active28DayUsers": ACTIVE_28}
TOTALS = {
    "sessions": SESSIONS,
    "engagedSessions": ENGAGED,
    "totalUsers": USERS,
    "newUsers": NEW_USERS,
    "screenPageViews": PAGEVIEWS,
    "bounceRate": BOUNCE_RATE,
    "engagementRate": ENGAGEMENT_RATE,
    "averageSessionDuration": DURATION,
    "screenPageViewsPerSession": PAGES_PER_SESSION,
}
PER_SESSION = (BOUNCE_RATE, ENGAGEMENT_RATE, DURATION, PAGES_PER_SESSION)
USER_METRICS = (*ACTIVE.values(), VISITORS, RETURNING)
SOURCE_METRICS = (SOURCES, TOP_SOURCES)
PAGE_METRICS = (PAGE_VIEWS, PAGE_SECONDS, PAGE_TIME, ENTRIES, BOUNCES, PAGE_BOUNCE_RATE, VIEWED_PAGES)
METRICS = (*USER_METRICS, *TOTALS.values(), CHANNELS, *SOURCE_METRICS, *PAGE_METRICS, EVENTS)


def _sample(metric: Metric, day: date, value: float, span: Span, **named: str) -> Iterator[Sample]:
    return Days(span, SETTLES_AFTER).told(metric, day, value, labels(named))


def parse_totals(table: Table, span: Span) -> Iterator[Sample]:
    """The figures of each day. Without a session there is no average over sessions."""
    for row in table.rows:
        has_sessions = number(row, "sessions") > 0
        for key, metric in TOTALS.items():
            if has_sessions or metric not in PER_SESSION:
                yield from _sample(metric, day_in(row), number(row, key), span)


def parse_active(found: Mapping[date, Row], span: Span) -> Iterator[Sample]:
    """People active in the days up to each day."""
    for day, row in found.items():
        for key, metric in ACTIVE.items():
            yield from _sample(metric, day, number(row, key), span)


def parse_visitors(every: Mapping[date, Row], returning: Mapping[date, Row], span: Span) -> Iterator[Sample]:
    """Visitors of 30 days, and which share of the active ones had been there before."""
    for day, row in every.items():
        yield from _sample(VISITORS, day, number(row, "totalUsers"), span)
        active = number(row, "activeUsers")
        back = number(returning[day], "activeUsers") if day in returning else 0.0
        if active > 0:
            yield from _sample(RETURNING, day, min(back / active, 1.0), span)


def parse_flow(
    metric: Metric, counts: Mapping[tuple[str, date], float], days: Collection[date], span: Span
) -> Iterator[Sample]:
    """Counts of each day by label. `days` are those of which the property reports anything and nothing is
    withheld: there a value that was seen on other days counts zero, since Google leaves such rows out."""
    first, last = span.first_day(timedelta(0)), span.last_day
    named = {name for name, _ in counts}
    whole = {(name, day): 0.0 for name in named for day in days}
    for (name, day), value in sorted({**whole, **counts}.items()):
        if first <= day <= last:
            yield from _sample(metric, day, value, span, **{metric.labels[0]: name})


def parse_entries(name: str, table: Table, span: Span) -> Iterator[Sample]:
    """The share of a day's sessions which began in these pages and were not engaged."""
    for row in table.rows:
        if number(row, "sessions") > 0 and span.first_day(timedelta(0)) <= day_in(row):
            bounced = number(row, "sessions") - number(row, "engagedSessions")
            yield from _sample(
                PAGE_BOUNCE_RATE, day_in(row), bounced / number(row, "sessions"), span, page=name
            )


def parse_time(name: str, table: Table, span: Span) -> Iterator[Sample]:
    """How long a view of these pages lasted on a day."""
    for row in table.rows:
        views = number(row, "screenPageViews")
        if views > 0 and span.first_day(timedelta(0)) <= day_in(row):
            seconds = number(row, "userEngagementDuration")
            yield from _sample(PAGE_TIME, day_in(row), seconds / views, span, page=name)


def parse_window(metric: Metric, values: Mapping[str, float], day: date, span: Span) -> Iterator[Sample]:
    """Figures of the 30 days to `day`, by label."""
    for name, value in values.items():
        yield from _sample(metric, day, value, span, **{metric.labels[0]: name})
