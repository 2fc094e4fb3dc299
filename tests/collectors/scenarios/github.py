"""GitHub played from a small repository; the figures follow from its events by plain counting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collectors.github.config import ASKED_FOR
from collectors.github.contributors import METRICS as _CONTRIBUTORS
from kpi.metric import Sample, labels
from tests.collectors.fake_github import TOKEN, FakeGitHub, errors
from tests.collectors.github_app import KEY, FakeApp
from tests.collectors.github_events import Commit, Deployed, Pull, World
from tests.collectors.github_small_world import at, small_world
from tests.collectors.scenarios.base import NOW, Happening, Limit, Said, Scenario

_ORDINARY = ("counters", "open", "releases", "merged", "issues", "stars", "reviews", "responses",
             "contributors", "documentation", "discussions", "workflows")  # fmt: skip
_BOTS = {"dependabot": True, "checker": False}  # whether it updates dependencies
_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Counting:
    """The days from `first` to `last` in a zone, and what falls into them."""

    world: World
    zone: ZoneInfo
    first: date
    last: date

    def start_of(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def days(self) -> list[date]:
        return [self.first + one * _DAY for one in range((self.last - self.first).days + 1)]

    def daily(self, name: str, moments: list[datetime]) -> Iterator[Sample]:
        for day in self.days():
            start, end = self.start_of(day), self.start_of(day + _DAY)
            count = sum(start <= one < end for one in moments)
            yield Sample(f"github.{name}", start, count, settled=end + _HOUR <= NOW)

    def people(self, name: str, pulls: list[Pull], days: int) -> Iterator[Sample]:
        for day in self.days():
            first, end = self.start_of(day - (days - 1) * _DAY), self.start_of(day + _DAY)
            count = len({one.author for one in pulls if one.merged and first <= one.merged < end})
            if end <= NOW:
                yield Sample(f"github.{name}", end - _SECOND, count, settled=end + _HOUR <= NOW)

    def event(self, name: str, when: datetime, number: int, value: float, **more: str) -> list[Sample]:
        """The sample of an event, if it falls into these days."""
        inside = self.start_of(self.first) <= when < self.start_of(self.last + _DAY)
        stamped = when.replace(microsecond=number % 1_000_000)
        return [Sample(f"github.{name}", stamped, float(value), labels(more))] if inside else []


def _now(name: str, value: float, **more: str) -> Sample:
    return Sample(f"github.{name}", NOW, float(value), labels(more))


def _of_the_moment(world: World) -> Iterator[Sample]:
    yield _now("stars", len(world.stars))
    yield _now("forks", world.forks)
    yield _now("watchers", world.watchers)
    yield _now("open_issues", 2)
    yield _now("open_pull_requests", 1)
    yield _now("release_downloads", 120, release="v1", asset="a.whl")
    yield _now("release_downloads", 40, release="v2", asset="a.whl")
    yield _now("active_discussions", 4)


def _merged(world: World) -> list[Pull]:
    return [one for one in world.pulls if one.merged]


def _pulls(day: Counting) -> Iterator[Sample]:
    merged, people = _merged(day.world), [one for one in _merged(day.world) if not one.is_bot]
    outside = [one for one in people if one.author not in ("ann", "cy")]
    updates = [one for one in merged if _BOTS.get(one.author)]
    yield from day.daily("merged_pull_requests", [one.merged for one in merged if one.merged])
    yield from day.daily("external_contributions", [one.merged for one in outside if one.merged])
    yield from day.daily("dependency_updates", [one.merged for one in updates if one.merged])
    yield from day.people("contributors", people, 30)
    yield from day.people("external_contributors", outside, 30)
    yield from day.people("external_contributors_90d", outside, 90)
    yield from _newcomers(day, people)
    for one in people:
        if one.merged:
            documents = any(path == "README.md" or path.startswith("docs/") for path in one.files)
            yield from day.event("docs_pull_request", one.merged, one.number, documents)
            yield from day.event("external_pull_request", one.merged, one.number, one in outside)
    for one in updates:
        if one.merged:
            seconds = (one.merged - one.created).total_seconds()
            yield from day.event("dependency_update_time", one.merged, one.number, seconds)
    yield from day.event("review_turnaround", at(11, 10, 18), 10, 6 * 3600)
    yield from day.event("review_turnaround", at(11, 2, 8), 12, 3600)


def _newcomers(day: Counting, people: list[Pull]) -> Iterator[Sample]:
    """dora came back in time, eve never, fay after 102 days; each is told of 90 days later."""
    first: dict[str, datetime] = {}
    for one in people:
        if one.merged and one.merged < first.get(one.author, NOW):
            first[one.author] = one.merged
    yield from day.daily("new_contributors", list(first.values()))
    for author, number, value in (("dora", 1, 1.0), ("eve", 3, 0.0), ("fay", 2, 0.0)):
        if day.event("contributor_retained", first[author] + 90 * _DAY, number, value):
            stamp = first[author].replace(microsecond=number)
            yield Sample("github.contributor_retained", stamp, value)


def _work(day: Counting) -> Iterator[Sample]:
    world = day.world
    yield from day.daily("stars_gained", world.stars)
    yield from day.daily("issues_opened", [one.created for one in world.issues])
    yield from day.daily("issues_closed", [one.closed for one in world.issues if one.closed])
    yield from day.event("issue_resolution_time", at(11, 2), 102, 32 * 86400)
    yield from day.event("issue_resolution_time", at(11, 9, 4), 105, 3 * 3600)
    yield from day.event("issue_response_time", at(11, 3, 15), 103, 3 * 3600)
    yield from day.daily("discussions_opened", [one.created for one in world.discussions])
    yield from day.event("discussion_answered", at(11, 2), 201, 1)
    yield from day.event("discussion_answered", at(11, 19, 2), 202, 0)
    yield from day.event("discussion_answer_time", at(11, 3, 9), 201, 21 * 3600)
    for number, passed, flaky in ((1, 1, 0), (2, 0, 0), (3, 1, 1), (4, 1, 1), (5, 1, 0)):
        (run,) = (one for one in world.runs if one.number == 5_000_000 + number)
        for name, value in (("success_rate", passed), ("flaky", flaky), ("duration", 240)):
            yield from day.event(f"workflow_{name}", run.created, run.number, value, workflow="ci.yml")


def _deployed(day: Counting) -> Iterator[Sample]:
    """Four reached production; of those in the span 803 and 804 failed, and 804 mended both in the end."""
    done = [at(11, 3, 14), at(11, 6, 15), at(11, 7, 13)]
    yield from day.daily("deployments", [at(10, 10, 13), *done])
    for when, number, failed in (
        (done[0], 802, 0),
        (at(11, 5, 13), 803, 1),
        (at(11, 6), 804, 1),
        (done[2], 805, 0),
    ):
        yield from day.event("change_failure", when, number, failed)
    yield from day.event("restore_time", done[1], 804, 26 * 3600)
    written = {int(one.sha, 16): one.written for one in day.world.commits}
    for when, commit in ((done[0], 3), (done[1], 4), (done[1], 5)):  # 2 is a merge, and 5 went out twice
        name = int(f"{commit:040x}"[:10], 16) + (commit == 5)  # names that begin alike are set apart
        yield from day.event("lead_time", when, name, (when - written[commit]).total_seconds())


def _asked_for(day: Counting) -> Iterator[Sample]:
    yield from day.daily("incidents", [at(11, 9, 1), at(11, 19)])
    yield from day.event("incident_resolution_time", at(11, 9, 4), 105, 3 * 3600)
    for severity in ("critical", "high", "medium", "low", "none"):
        yield _now("code_scanning_alerts", severity in ("high", "none"), severity=severity)
    for severity in ("critical", "high", "medium", "low"):
        yield _now("dependabot_alerts", severity == "critical", severity=severity)
    yield _now("secret_scanning_alerts", 1)
    yield from day.event("code_scanning_fix_time", at(11, 2), 3, 86400, severity="critical")
    yield from day.event("dependabot_fix_time", at(11, 9, 3), 3, 7 * 86400 + 15 * 3600, severity="medium")
    yield from day.event("secret_revocation_time", at(11, 1, 14), 2, 7200)
    yield from _traffic(day.world)


def _traffic(world: World) -> Iterator[Sample]:
    for often, people, days in (
        ("views", "unique_visitors", world.views),
        ("clones", "unique_cloners", world.clones),
    ):
        for one, (times, different) in days.items():
            start, settled = datetime(one.year, one.month, one.day, tzinfo=UTC), one <= date(2026, 11, 18)
            yield Sample(f"github.{often}", start, times, settled=settled)
            if one < NOW.date():
                last = start.replace(hour=23, minute=59, second=59)
                yield Sample(f"github.{people}", last, different, settled=settled)
    yield _now("unique_visitors_14d", 11)
    yield _now("unique_cloners_14d", 3)
    for (registry, package), (packages, repositories) in world.dependents.items():
        yield _now("dependent_packages", packages, registry=registry, package=package)
        yield _now("dependent_repositories", repositories, registry=registry, package=package)
    for kind, told in (("referrer", world.referrers), ("path", world.paths)):
        for name, (times, different) in told.items():
            yield _now(f"{kind}_views", times, **{kind: name})
            yield _now(f"{kind}_visitors", different, **{kind: name})


def _nothing() -> list[Sample]:
    """What GitHub counts in a repository made an hour ago, with a deployment that waits."""
    levels = ("stars", "forks", "watchers", "open_issues", "open_pull_requests", "active_discussions",
              "unique_visitors_14d", "unique_cloners_14d", "secret_scanning_alerts")  # fmt: skip
    days = ("merged_pull_requests", "issues_opened", "issues_closed", "stars_gained",
            "external_contributions", "new_contributors", "dependency_updates",
            "discussions_opened", "deployments", "incidents")  # fmt: skip
    severities = ("critical", "high", "medium", "low")
    return [
        *(_now(name, 0) for name in levels),
        *(_now("code_scanning_alerts", 0, severity=one) for one in (*severities, "none")),
        *(_now("dependabot_alerts", 0, severity=one) for one in severities),
        *(Sample(f"github.{name}", at(11, 20, 0), 0.0, settled=False) for name in days),
        _now("dependent_packages", 0, registry="py.example", package="engine"),
        _now("dependent_repositories", 0, registry="py.example", package="engine"),
    ]


_SETTINGS: dict[str, Any] = {"repository": "acme/engine", "token": TOKEN, "base_url": "{url}"}
_LIMIT = Limit(
    Said(403, b'{"message": "You have exceeded a secondary rate limit"}', {"Retry-After": "7"}),
    timedelta(seconds=7),
)


_PAGE = "https://github.com/acme/engine"


def _happened() -> list[Happening]:
    """Both releases, though long before the days that are read, what was put out, and two incidents."""
    releases = [
        Happening("release", at(7, 1), f"The {tag}", f"release:{key}", f"{_PAGE}/releases/tag/{tag}")
        for key, tag in ((70, "v1"), (71, "v2"))
    ]
    commits = ((802, 3, at(11, 3, 14)), (804, 5, at(11, 6, 15)), (805, 5, at(11, 7, 13)))
    deployments = [
        Happening(
            "deployment", when, "0000000 to production", f"deployment:{key}", f"{_PAGE}/commit/{sha:040x}"
        )
        for key, sha, when in commits
    ]
    incidents = [
        Happening("incident", when, f"Issue {key}", f"incident:{key}", f"{_PAGE}/issues/{key}")
        for key, when in ((105, at(11, 9, 1)), (107, at(11, 19)))
    ]
    return [*releases, *deployments, *incidents]


def everything() -> Scenario:
    """All parts, by a token that may see all."""
    day = Counting(small_world(), ZoneInfo("UTC"), date(2026, 10, 21), NOW.date())
    waiting = Deployed(1, "a" * 40, NOW - _HOUR, ((NOW - _HOUR, "QUEUED"),))
    empty = World(forks=0, watchers=0, created=NOW - _HOUR, deployments=[waiting])
    empty.dependents[("py.example", "engine")] = (0, 0)
    return Scenario(
        settings=_SETTINGS
        | {"parts": [*_ORDINARY, *sorted(ASKED_FOR)], "incident_label": "incident"}
        | {"dependents_url": "{url}/ecosystems"},
        answer=FakeGitHub(day.world),
        expected=[*_of_the_moment(day.world), *_pulls(day), *_work(day), *_deployed(day), *_asked_for(day)],
        happenings=_happened(),
        secrets=(TOKEN,),
        limit=_LIMIT,
        inner_error=errors("SOMETHING", f"no: {TOKEN}"),
        empty=FakeGitHub(empty),
        empty_expected=_nothing(),
    )


def as_an_app_in_the_past() -> Scenario:
    """A fortnight that is over, in a zone whose clocks went back in it, read as a GitHub App that no
    organization tells its members: who is external is known by association alone."""
    zone = ZoneInfo("America/Los_Angeles")
    day = Counting(small_world(), zone, date(2026, 10, 25), date(2026, 11, 7))
    world = replace(day.world, members=None)
    expected = [*_pulls(day), *_work(day), *_deployed(day)]
    return Scenario(
        settings={
            "repository": "acme/engine",
            "base_url": "{url}",
            "app_id": 12,
            "installation_id": 34,
            "private_key": KEY,
            "environment": "production",
        },
        answer=FakeApp(FakeGitHub(world, token=FakeApp.TOKEN)),
        expected=expected,
        secrets=(KEY, FakeApp.TOKEN),
        zone=str(zone),
        since=day.start_of(day.first),
        until=day.start_of(day.last + _DAY),
        limit=_LIMIT,
    )


def by_a_workflow() -> Scenario:
    """Runs of a workflow are the deployments; the token's owner is outside the organization, which tells it
    its public members alone."""
    commits = [Commit(one * 40, at(11, 1) + 5 * _HOUR) for one in "abcd"]
    world = replace(small_world(), commits=commits, is_member=False)
    day = Counting(world, ZoneInfo("UTC"), date(2026, 10, 21), NOW.date())
    ends = [at(11, 2, 12, 4), at(11, 3, 12, 4), at(11, 3, 13, 4), at(11, 4, 12, 4), at(11, 5, 12, 4)]
    failed = day.event("change_failure", ends[1], 5_000_002, 1)
    expected = [
        *day.daily("deployments", [ends[0], *ends[2:]]),
        *failed,
        *day.event("restore_time", ends[2], 5_000_003, 3600),
        *(one for one in _pulls(day) if one.metric in {metric.name for metric in _CONTRIBUTORS}),
    ]
    for number, when in ((1, ends[0]), (3, ends[2]), (4, ends[3]), (5, ends[4])):
        expected += day.event("change_failure", when, 5_000_000 + number, 0)
    for name, when in (("b", ends[2]), ("c", ends[3]), ("d", ends[4])):
        seconds = (when - at(11, 1, 17)).total_seconds()
        expected += day.event("lead_time", when, int(name * 10, 16), seconds)
    deploys = {"deployed_by": "workflow", "deployment_workflow": "ci.yml"}
    return Scenario(
        settings=_SETTINGS | deploys | {"parts": ["contributors", "deployments"]},
        answer=FakeGitHub(world),
        expected=expected,
        happenings=[
            Happening(
                "deployment",
                when,
                f"Ship {5_000_000 + number}",
                f"deployment:{5_000_000 + number}",
                f"{_PAGE}/actions/runs/{5_000_000 + number}",
            )
            for number, when in ((1, ends[0]), (3, ends[2]), (4, ends[3]), (5, ends[4]))
        ],
        secrets=(TOKEN,),
        limit=_LIMIT,
    )


SCENARIOS = (everything, as_an_app_in_the_past, by_a_workflow)
