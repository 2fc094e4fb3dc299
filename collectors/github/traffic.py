"""Traffic: views and clones a day, of which GitHub keeps 14, and where visitors come from and go to.

GitHub's day begins at midnight UTC. Unique visitors do not add up: those of a day stand at its last second
and are told once it is over, and the figure of the whole 14 days stands beside them. A day that GitHub
leaves out is no sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collectors.base import Batch, Span
from collectors.github.reader import Reader, measured, snapshot
from collectors.of_day import Days
from collectors.payload import moment, number, rows, text
from kpi.metric import Kind, Metric, Sample, labels

VIEWS = measured("views", "views", Kind.FLOW, "views of the repository's pages on a day (UTC)")
VISITORS = measured("unique_visitors", "people", Kind.RATIO, "different visitors on a day (UTC)")
VISITORS_14D = snapshot("unique_visitors_14d", "people", Kind.RATIO, "different visitors in the last 14 days")
CLONES = measured("clones", "clones", Kind.FLOW, "clones on a day (UTC), those of builds included")
CLONERS = measured("unique_cloners", "people", Kind.RATIO, "different cloners on a day (UTC)")
CLONERS_14D = snapshot("unique_cloners_14d", "people", Kind.RATIO, "different cloners in the last 14 days")
REFERRERS = snapshot(
    "referrer_views", "views", Kind.RATIO, "views from a site in the last 14 days, of the ten largest",
    "referrer",
)  # fmt: skip
REFERRED = snapshot(
    "referrer_visitors", "people", Kind.RATIO, "different visitors from a site in the last 14 days",
    "referrer",
)  # fmt: skip
PATHS = snapshot(
    "path_views", "views", Kind.RATIO, "views of a page in the last 14 days, of the ten largest", "path"
)
PATH_VISITORS = snapshot(
    "path_visitors", "people", Kind.RATIO, "different visitors of a page in the last 14 days", "path"
)
METRICS = (
    VIEWS,
    VISITORS,
    VISITORS_14D,
    CLONES,
    CLONERS,
    CLONERS_14D,
    REFERRERS,
    REFERRED,
    PATHS,
    PATH_VISITORS,
)
SETTLES_AFTER = timedelta(days=1)
KEPT = timedelta(days=14)
FORGOTTEN = (VIEWS.name, VISITORS.name, CLONES.name, CLONERS.name)


async def read_traffic(reader: Reader) -> Batch:
    views = (await reader.get("/traffic/views", per="day")).json()
    clones = (await reader.get("/traffic/clones", per="day")).json()
    referrers = (await reader.get("/traffic/popular/referrers")).json()
    paths = (await reader.get("/traffic/popular/paths")).json()
    span = reader.span
    return Batch(
        (
            *parse_days(views, "views", (VIEWS, VISITORS, VISITORS_14D), span),
            *parse_days(clones, "clones", (CLONES, CLONERS, CLONERS_14D), span),
            *parse_popular(referrers, "referrer", (REFERRERS, REFERRED), span),
            *parse_popular(paths, "path", (PATHS, PATH_VISITORS), span),
        )
    )


def parse_days(payload: Any, key: str, to: tuple[Metric, Metric, Metric], span: Span) -> Iterator[Sample]:
    """How often and by how many on each day, and by how many in all."""
    often, people, all_people = to
    yield Sample(all_people.name, span.now, number(payload, "uniques"))
    days = Days(replace(span, zone=ZoneInfo("UTC")), SETTLES_AFTER)
    for one in rows(payload, key):
        day = moment(one, "timestamp").astimezone(UTC).date()
        yield from days.told(often, day, number(one, "count"))
        yield from days.told(people, day, number(one, "uniques"))


def parse_popular(payload: Any, key: str, to: tuple[Metric, Metric], span: Span) -> Iterator[Sample]:
    """The ten most frequent, over a sliding 14 days without dates."""
    often, people = to
    for one in rows(payload):
        pair = labels({key: text(one, key)})
        yield Sample(often.name, span.now, number(one, "count"), pair)
        yield Sample(people.name, span.now, number(one, "uniques"), pair)
