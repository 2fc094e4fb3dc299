"""What Plausible is read for, and the samples in its tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from collectors.base import Span
from collectors.of_day import Days
from collectors.payload import number, text
from collectors.plausible_queries import Row, Table
from kpi.metric import Kind, Metric, Sample, labels

__all__ = ["Sample", "number", "text"]

SETTLES_AFTER = timedelta(hours=24)
_PERCENT = frozenset({"bounce_rate"})


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"plausible.{name}", unit, kind, description, names)


VISITORS = _metric("visitors", "visitors", Kind.FLOW, "different visitors of a day")
VISITS = _metric("visits", "visits", Kind.FLOW, "visits of a day")
PAGEVIEWS = _metric("pageviews", "views", Kind.FLOW, "pages viewed on a day")
VIEWS_PER_VISIT = _metric("views_per_visit", "ratio", Kind.RATIO, "pages viewed in a visit of a day")
BOUNCE_RATE = _metric("bounce_rate", "ratio", Kind.RATIO, "visits of a day that saw one page alone")
DURATION = _metric("visit_duration", "seconds", Kind.RATIO, "average length of the visits of a day")
CHANNELS = _metric("channel_visits", "visits", Kind.FLOW, "visits of a day by channel", "channel")
SOURCES = _metric(
    "source_visits", "visits", Kind.FLOW, "visits of a day from the sources named in sources", "source"
)
PAGE_VIEWS = _metric("page_views", "views", Kind.FLOW, "views of a group of pages on a day", "page")
PAGE_VISITORS = _metric(
    "page_visitors", "visitors", Kind.FLOW, "different visitors of a group of pages on a day", "page"
)
PAGE_TIME = _metric(
    "page_time", "seconds", Kind.RATIO, "time spent on these pages in a visit of a day", "page"
)
PAGE_ENTRIES = _metric(
    "page_entries", "visits", Kind.FLOW, "visits of a day that began in a group of pages", "page"
)
PAGE_BOUNCE_RATE = _metric(
    "page_bounce_rate", "ratio", Kind.RATIO, "those of them that saw one page alone", "page"
)
GOAL_EVENTS = _metric("goal_events", "events", Kind.FLOW, "times a goal was reached on a day", "goal")
GOAL_VISITORS = _metric(
    "goal_visitors", "visitors", Kind.FLOW, "different visitors who reached a goal on a day", "goal"
)

WINDOWS = {
    7: _metric("visitors_7d", "visitors", Kind.RATIO, "different visitors in the 7 days to a day"),
    30: _metric("visitors_30d", "visitors", Kind.RATIO, "different visitors in the 30 days to a day"),
}
TOTALS = {
    "visitors": VISITORS,
    "visits": VISITS,
    "pageviews": PAGEVIEWS,
    "views_per_visit": VIEWS_PER_VISIT,
    "bounce_rate": BOUNCE_RATE,
    "visit_duration": DURATION,
}
PAGES = {
    "event:page": {"pageviews": PAGE_VIEWS, "visitors": PAGE_VISITORS, "time_on_page": PAGE_TIME},
    "visit:entry_page": {"visits": PAGE_ENTRIES, "bounce_rate": PAGE_BOUNCE_RATE},
}
GOALS = {"events": GOAL_EVENTS, "visitors": GOAL_VISITORS}
DAILY = tuple(TOTALS.values())
PAGE_METRICS = tuple(one for held in PAGES.values() for one in held.values())
GOAL_METRICS = tuple(GOALS.values())
METRICS = (*DAILY, *WINDOWS.values(), CHANNELS, SOURCES, *PAGE_METRICS, *GOAL_METRICS)


def _sample(metric: Metric, day: date, value: float, span: Span, **named: str) -> Iterator[Sample]:
    return Days(span, SETTLES_AFTER).told(metric, day, value, labels(named))


def _told(row: Row, key: str) -> float | None:
    value = row.figure(key)
    return value / 100 if value is not None and key in _PERCENT else value


def _is_read(day: date, span: Span) -> bool:
    return span.first_day(timedelta(0)) <= day <= span.last_day


def parse_totals(table: Table, covered: Collection[date], span: Span) -> Iterator[Sample]:
    """The figures of each day. Without a visit there is no average over visits."""
    yield from _figures(TOTALS, table, covered, span)


def parse_page(
    name: str, metrics: Mapping[str, Metric], table: Table, covered: Collection[date], span: Span
) -> Iterator[Sample]:
    """The figures of a group of pages."""
    yield from _figures(metrics, table, covered, span, page=name)


def _figures(
    metrics: Mapping[str, Metric], table: Table, covered: Collection[date], span: Span, **named: str
) -> Iterator[Sample]:
    found = {row.day: row for row in table.rows}
    for day in sorted({*found, *covered}):
        row = found.get(day)
        for key, metric in metrics.items() if _is_read(day, span) else ():
            value = 0.0 if row is None else _told(row, key)
            is_average_of_none = metric.kind is Kind.RATIO and not _happened(row, metrics)
            if value is not None and not is_average_of_none:
                yield from _sample(metric, day, value, span, **named)


def _happened(row: Row | None, metrics: Mapping[str, Metric]) -> bool:
    """Whether anything was counted that an average could be of."""
    counted = [key for key, metric in metrics.items() if metric.kind is Kind.FLOW]
    return row is not None and any(row.figure(key) for key in counted)


def parse_window(metric: Metric, table: Table, day: date, span: Span) -> Iterator[Sample]:
    """The visitors of the days up to `day`."""
    for row in table.rows:
        value = row.figure("visitors")
        if value is not None:
            yield from _sample(metric, day, value, span)


def counts(
    table: Table, key: str, dimension: str, named: Mapping[str, str] | None = None
) -> dict[tuple[str, date], float]:
    """Counts by label and day. Several values of one name add up; one that has no name is left out."""
    found: dict[tuple[str, date], float] = {}
    for row in table.rows:
        value = text(row.dimensions, dimension)
        name = value if named is None else named.get(value)
        amount = row.figure(key)
        if name is not None and amount is not None:
            found[name, row.day] = found.get((name, row.day), 0.0) + amount
    return found


def parse_flow(
    metric: Metric, found: Mapping[tuple[str, date], float], covered: Collection[date], span: Span
) -> Iterator[Sample]:
    """Counts of each day by label. One that was seen at all counts zero on the other days covered."""
    names = {name for name, _ in found}
    whole = {(name, day): 0.0 for name in names for day in covered}
    for (name, day), value in sorted({**whole, **found}.items()):
        if _is_read(day, span):
            yield from _sample(metric, day, value, span, **{metric.labels[0]: name})
