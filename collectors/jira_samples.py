"""Jira's metrics, and the pure functions from its issues and sprints to samples of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from collectors.faults import UnexpectedResponse
from collectors.payload import moment, number, part, rows, text
from collectors.per_day import Stretch, apart
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(hours=1)


def _daily(name: str, unit: str, description: str) -> Metric:
    return Metric(f"jira.{name}", unit, Kind.FLOW, description)


def _event(name: str, unit: str, description: str) -> Metric:
    metric = Metric(f"jira.{name}", unit, Kind.RATIO, description)
    return replace(metric, every=timedelta(days=366), is_event=True)


CREATED = _daily("issues_created", "issues", "issues made on a day")
RESOLVED = _daily("issues_resolved", "issues", "issues resolved on a day")
BUGS = _daily("bugs_created", "bugs", "bugs reported on a day")
ESCAPED = _daily("bugs_escaped", "bugs", "bugs reported on a day that were found in production")
BUGS_RESOLVED = _daily("bugs_resolved", "bugs", "bugs resolved on a day")
RESOLUTION = _event("resolution_time", "seconds", "from an issue's making to its resolution, one each")
ON_TIME = _event("on_time", "ratio", "1 for each issue resolved by its due date, 0 for a later one")
BLOCKED = _event("blocked_time", "seconds", "time in a blocked status, one for each stay")
VELOCITY = _event("velocity", "points", "points finished in a sprint, one each")
PLANNED = _event("planned_points", "points", "points of all issues of a sprint, one each")

Issues = Sequence[Mapping[str, Any]]


def parse_created(
    issues: Issues, bug_types: frozenset[str], escaped_label: str, stretch: Stretch
) -> Iterator[Sample]:
    """Issues, bugs and escaped bugs by the day they were made."""
    made = [(moment(one, "fields", "created"), one) for one in issues]
    bugs = [(at, one) for at, one in made if _is_bug(one, bug_types)]
    escaped = [at for at, one in bugs if escaped_label in _labels(one)]
    for metric, found in (
        (CREATED, [at for at, _ in made]),
        (BUGS, [at for at, _ in bugs]),
        (ESCAPED, escaped),
    ):
        yield from stretch.samples(metric, stretch.counts(found), SETTLES_AFTER)


def parse_resolved(issues: Issues, bug_types: frozenset[str], stretch: Stretch) -> Iterator[Sample]:
    """Issues and bugs by the day they were resolved; how long each took, and whether it was on time."""
    done = [(moment(one, "fields", "resolutiondate"), one) for one in issues]
    bugs = [at for at, one in done if _is_bug(one, bug_types)]
    yield from stretch.samples(RESOLVED, stretch.counts(at for at, _ in done), SETTLES_AFTER)
    yield from stretch.samples(BUGS_RESOLVED, stretch.counts(bugs), SETTLES_AFTER)
    events = []
    for at, one in done:
        if not stretch.holds(at):
            continue
        took = (at - moment(one, "fields", "created")).total_seconds()
        if took >= 0:  # an import may be resolved before it was made
            events.append((text(one, "id"), Sample(RESOLUTION.name, at, took)))
        if part(one, "fields", "duedate"):
            is_on_time = day_of(at, stretch.span.zone) <= _day(one)
            events.append((text(one, "id"), Sample(ON_TIME.name, at, float(is_on_time))))
    yield from apart(events)


def _is_bug(issue: Mapping[str, Any], bug_types: frozenset[str]) -> bool:
    return text(issue, "fields", "issuetype", "name") in bug_types


def _labels(issue: Mapping[str, Any]) -> list[str]:
    found = part(issue, "fields", "labels")
    if not isinstance(found, list):
        raise UnexpectedResponse("an issue's labels are no list", hint="Nothing of this answer was used.")
    return found


def _day(issue: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(text(issue, "fields", "duedate"))
    except ValueError:
        raise UnexpectedResponse("a due date is no date", hint="Nothing of this answer was used.") from None


def parse_stays(key: str, changes: Iterable[Any], blocked: Sequence[str]) -> Iterator[tuple[str, Sample]]:
    """Each stay of an issue in a blocked status that is over, with an id of its own."""
    since: datetime | None = None
    moves = [
        (moment(one, "created"), item)
        for one in changes
        for item in rows(one, "items")
        if item.get("field") == "status"
    ]
    for at, item in sorted(moves, key=lambda move: move[0]):
        if text(item, "toString") in blocked:
            since = since or at
        elif since is not None:
            yield f"{key} {at}", Sample(BLOCKED.name, at, (at - since).total_seconds())
            since = None


def parse_sprint(sprint: Mapping[str, Any], issues: Issues, field: str) -> tuple[Sample, Sample]:
    """Points finished in a closed sprint, and points in it. An issue without points has none; where no issue
    so much as has the field, it is the wrong one."""
    start, end = moment(sprint, "startDate"), moment(sprint, "completeDate")
    finished, planned = 0.0, 0.0
    if issues and not any(field in _fields(one) for one in issues):
        raise UnexpectedResponse(
            f"no issue of a sprint has the field {field}", hint="Set story_points to the site's own field."
        )
    for one in issues:
        if _fields(one).get(field) is None:
            continue
        value = number(one, "fields", field)
        planned += value
        at = _finished(one)
        finished += value if at is not None and start <= at <= end else 0.0
    return Sample(VELOCITY.name, end, finished), Sample(PLANNED.name, end, planned)


def _fields(issue: Mapping[str, Any]) -> Mapping[str, Any]:
    found = part(issue, "fields")
    if not isinstance(found, dict):
        raise UnexpectedResponse("an issue has no fields", hint="Nothing of this answer was used.")
    return found


def _finished(issue: Mapping[str, Any]) -> datetime | None:
    """When an issue was resolved; one that is done without a resolution, when it became so."""
    if part(issue, "fields", "resolutiondate"):
        return moment(issue, "fields", "resolutiondate")
    if text(issue, "fields", "status", "statusCategory", "key") == "done":
        return moment(issue, "fields", "statuscategorychangedate")
    return None
