"""Issues: opened, closed, resolved, first answered; and those that a label makes incidents.

An issue is resolved where it was closed as completed: one closed as not planned or as a duplicate was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from collectors.base import Batch
from collectors.github.queries import ISSUES, person
from collectors.github.reader import Reader, distinct, event, iso, measured
from collectors.happenings import Happening, happenings, optional
from collectors.payload import moment, number, rows, text
from kpi.metric import Kind, Metric, Sample

OPENED = measured("issues_opened", "issues", Kind.FLOW, "issues opened on a day")
CLOSED = measured("issues_closed", "issues", Kind.FLOW, "issues closed on a day, for whatever reason")
RESOLUTION = event("issue_resolution_time", "time from opening to completion, one an issue")
RESPONSE = event("issue_response_time", "time from opening to another person's first comment, one an issue")
INCIDENTS = measured("incidents", "incidents", Kind.FLOW, "issues with the incident label opened on a day")
INCIDENT_RESOLUTION = event("incident_resolution_time", "time from opening to closing, one an incident")
METRICS = (OPENED, CLOSED, RESOLUTION, RESPONSE, INCIDENTS, INCIDENT_RESOLUTION)
_NEVER_MIND = ("not_planned", "duplicate")


async def read_issues(reader: Reader) -> Batch:
    """Whatever was opened or closed since `start` was also changed since then."""
    issues = await _changed(reader)
    closed = [moment(one, "closed_at") for one in issues if one.get("closed_at")]
    return Batch(
        (
            *reader.daily(OPENED, (moment(one, "created_at") for one in issues)),
            *reader.daily(CLOSED, closed),
            *parse_resolution(issues, reader),
        )
    )


async def read_incidents(reader: Reader) -> Batch:
    found = await _changed(reader, labels=reader.config.incident_label or "")
    found = [one for one in found if one.get("state_reason") not in _NEVER_MIND]
    closed = (one for one in found if one.get("closed_at"))
    return Batch(
        (
            *reader.daily(INCIDENTS, (moment(one, "created_at") for one in found)),
            *(one for one in _times(INCIDENT_RESOLUTION, closed) if reader.holds(one.at)),
        ),
        happenings=tuple(one for one in happenings(found, parse_incident) if reader.holds(one.at)),
    )


def parse_incident(issue: Mapping[str, Any]) -> Happening:
    """An issue with the incident label: it began when it was opened."""
    key = f"incident:{number(issue, 'number'):.0f}"
    return Happening(
        "incident", moment(issue, "created_at"), text(issue, "title"), key, optional(issue, "html_url")
    )


async def read_responses(reader: Reader) -> Batch:
    found = await reader.questions.nodes(ISSUES, {"s": iso(reader.start)})
    times = (_response(one) for one in found)
    return Batch(tuple(one for one in times if one is not None and reader.holds(one.at)))


async def _changed(reader: Reader, **more: str) -> list[dict[str, Any]]:
    """Issues that changed since `start`. The list holds pull requests too, which are none."""
    found = await reader.pages(
        "/issues", state="all", since=iso(reader.start), sort="updated", direction="desc", **more
    )
    return [one for one in found if "pull_request" not in one]


def parse_resolution(issues: Iterable[dict[str, Any]], reader: Reader) -> Iterator[Sample]:
    """Issues completed in the days asked for."""
    done = (one for one in issues if one.get("closed_at") and one.get("state_reason") == "completed")
    yield from (one for one in _times(RESOLUTION, done) if reader.holds(one.at))


def _times(metric: Metric, closed: Iterable[dict[str, Any]]) -> Iterator[Sample]:
    for issue in closed:
        end: datetime = moment(issue, "closed_at")
        seconds = (end - moment(issue, "created_at")).total_seconds()
        yield Sample(metric.name, distinct(end, number(issue, "number")), seconds)


def _response(issue: dict[str, Any]) -> Sample | None:
    """The first comment by a person other than the author. The first twenty are looked at; None where there
    is none among them, where a bot opened the issue, and where a deleted account hides who did."""
    author = person(issue)
    if author is None:
        return None
    others = [
        moment(one, "createdAt")
        for one in rows(issue, "comments", "nodes")
        if person(one) not in (None, author)
    ]
    if not others:
        return None
    first = min(others)
    seconds = (first - moment(issue, "createdAt")).total_seconds()
    return Sample(RESPONSE.name, distinct(first, number(issue, "number")), seconds)
