"""GitHub's metrics, and the pure functions from its REST answers to samples of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from collectors.base import Span
from collectors.github_queries import first_review
from collectors.payload import moment, number, rows, text
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(hours=1)
_CONCLUDED = {"success": 1.0, "failure": 0.0, "timed_out": 0.0}


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"github.{name}", unit, kind, description, names)


def _event(name: str, description: str, *names: str) -> Metric:
    """One sample an event: a quiet month is no gap."""
    return replace(
        _metric(name, "seconds", Kind.RATIO, description, *names), every=timedelta(days=366), is_event=True
    )


STARS = _metric("stars", "stars", Kind.LEVEL, "people who star the repository now")
FORKS = _metric("forks", "forks", Kind.LEVEL, "forks")
WATCHERS = _metric("watchers", "watchers", Kind.LEVEL, "people who watch it (subscribers, not stars)")
OPEN_ISSUES = _metric("open_issues", "issues", Kind.LEVEL, "open issues, without pull requests")
OPEN_PULLS = _metric("open_pull_requests", "pull requests", Kind.LEVEL, "open pull requests")
DOWNLOADS = _metric(
    "release_downloads", "downloads", Kind.LEVEL, "downloads of a release's file so far", "release", "asset"
)
STARS_GAINED = _metric("stars_gained", "stars", Kind.FLOW, "stars given on a day by people who still star")
MERGED = _metric("merged_pull_requests", "pull requests", Kind.FLOW, "pull requests merged on a day")
TURNAROUND = _event("review_turnaround", "time from ready for review to the first review, one a pull request")
RESOLUTION = _event("issue_resolution_time", "time from opening to completion, one an issue")
SUCCESS = replace(_event("workflow_success_rate", "1 or 0, one a concluded run", "workflow"), unit="ratio")
DURATION = _event("workflow_duration", "duration of a concluded run", "workflow")
METRICS = (
    STARS,
    FORKS,
    WATCHERS,
    OPEN_ISSUES,
    OPEN_PULLS,
    DOWNLOADS,
    STARS_GAINED,
    MERGED,
    TURNAROUND,
    RESOLUTION,
    SUCCESS,
    DURATION,
)


def parse_counters(payload: Any, now: datetime) -> Iterator[Sample]:
    """Counters of the repository. `watchers_count` is an old name for stars and is not used."""
    for metric, key in ((STARS, "stargazers_count"), (FORKS, "forks_count"), (WATCHERS, "subscribers_count")):
        yield Sample(metric.name, now, number(payload, key))


def parse_downloads(releases: Iterable[dict[str, Any]], now: datetime) -> Iterator[Sample]:
    """Downloads so far, one a file of a published release."""
    for release in releases:
        for asset in rows(release, "assets"):
            pairs = labels({"release": text(release, "tag_name"), "asset": text(asset, "name")})
            yield Sample(DOWNLOADS.name, now, number(asset, "download_count"), pairs)


def parse_daily(metric: Metric, moments: Iterable[datetime], span: Span, first: date) -> Iterator[Sample]:
    """Events counted a day, from `first` to today; a day without any is a zero."""
    counts = Counter(day_of(at, span.zone) for at in moments)
    for one in range((span.today - first).days + 1):
        day = first + timedelta(days=one)
        settled = span.is_settled(day, SETTLES_AFTER)
        yield Sample(metric.name, span.start_of(day), float(counts[day]), settled=settled)


def parse_resolution(issues: Iterable[dict[str, Any]], start: datetime) -> Iterator[Sample]:
    """Completed issues closed since `start`. The list holds pull requests too, which are none."""
    for issue in issues:
        if "pull_request" in issue or issue.get("state_reason") != "completed":
            continue
        closed = moment(issue, "closed_at")
        if closed >= start:
            seconds = (closed - moment(issue, "created_at")).total_seconds()
            yield Sample(RESOLUTION.name, distinct(closed, number(issue, "number")), seconds)


def parse_turnaround(pulls: Iterable[dict[str, Any]], start: datetime) -> Iterator[Sample]:
    """First reviews given since `start`."""
    for pull in pulls:
        found = first_review(pull)
        if found is not None and found[0] >= start:
            yield Sample(TURNAROUND.name, distinct(found[0], number(pull, "number")), found[1])


def parse_run(run: Mapping[str, Any]) -> Sample | None:
    """Whether a run succeeded; None for one that was cancelled, skipped or left undecided."""
    value = _CONCLUDED.get(str(run.get("conclusion")))
    if value is None:
        return None
    file = text(run, "path").partition("@")[0].rpartition("/")[2]
    at = distinct(moment(run, "created_at"), number(run, "id"))
    return Sample(SUCCESS.name, at, value, labels({"workflow": file}))


def parse_duration(run: Sample, jobs: Iterable[dict[str, Any]]) -> Sample | None:
    """From the first job's start to the last job's end; None where no job ran."""
    ran = [one for one in jobs if one.get("started_at") and one.get("completed_at")]
    if not ran:
        return None
    end, start = (
        max(moment(one, "completed_at") for one in ran),
        min(moment(one, "started_at") for one in ran),
    )
    return Sample(DURATION.name, run.at, max(0.0, (end - start).total_seconds()), run.labels)


def distinct(at: datetime, number_: float) -> datetime:
    """`at`, to the second, with a fraction made from the event's number: stable, and rarely shared."""
    return at.replace(microsecond=int(number_) % 1_000_000)
