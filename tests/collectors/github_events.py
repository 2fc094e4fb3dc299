"""What happened in a make-believe repository, and the numbers expected of it by plain counting.

The fake server tells these events in GitHub's form; `expected_*` looks at the events themselves.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BEGINNING = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Review:
    at: datetime
    author: str
    is_bot: bool = False


@dataclass(frozen=True)
class Comment:
    at: datetime
    author: str
    is_bot: bool = False


@dataclass(frozen=True)
class Pull:
    number: int
    created: datetime
    author: str = "ann"
    is_bot: bool = False
    ready: datetime | None = None  # opened as a draft and made ready then
    reviews: tuple[Review, ...] = ()
    merged: datetime | None = None
    association: str = "NONE"
    files: tuple[str, ...] = ("src/engine.py",)

    @property
    def updated(self) -> datetime:
        return max(
            one for one in (self.created, self.ready, self.merged, *(r.at for r in self.reviews)) if one
        )


@dataclass(frozen=True)
class Issue:
    number: int
    created: datetime
    closed: datetime | None = None
    reason: str | None = None
    author: str = "ann"
    comments: tuple[Comment, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def updated(self) -> datetime:
        return max(one for one in (self.created, self.closed, *(of.at for of in self.comments)) if one)


@dataclass(frozen=True)
class Run:
    number: int
    created: datetime
    conclusion: str
    file: str = "ci.yml"
    branch: str = "main"
    event: str = "push"
    jobs: tuple[tuple[datetime, datetime], ...] = ()
    sha: str = ""
    earlier: tuple[str, ...] = ()  # how earlier attempts ended


@dataclass(frozen=True)
class Discussion:
    number: int
    created: datetime
    is_question: bool = False
    comments: tuple[datetime, ...] = ()
    reply: datetime | None = None  # to the first comment
    answered: datetime | None = None

    @property
    def updated(self) -> datetime:
        return max(one for one in (self.created, self.reply, self.answered, *self.comments) if one)


@dataclass(frozen=True)
class Deployed:
    number: int
    sha: str
    created: datetime
    statuses: tuple[tuple[datetime, str], ...] = ()  # oldest first
    environment: str = "production"


@dataclass(frozen=True)
class Commit:
    sha: str
    written: datetime
    is_merge: bool = False


@dataclass(frozen=True)
class Alert:
    kind: str
    number: int
    created: datetime
    severity: str | None = None
    ended: datetime | None = None
    resolution: str | None = None


@dataclass
class World:
    stars: list[datetime] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    downloads: dict[tuple[str, str], int] = field(default_factory=dict)
    forks: int = 12
    watchers: int = 7
    created: datetime = BEGINNING
    owner: str = "Organization"
    members: tuple[str, ...] | None = ("ann",)
    is_member: bool = True
    has_discussions: bool = True
    discussions: list[Discussion] = field(default_factory=list)
    deployments: list[Deployed] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    releases: dict[str, datetime] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    views: dict[date, tuple[int, int]] = field(default_factory=dict)
    visitors: int = 0
    clones: dict[date, tuple[int, int]] = field(default_factory=dict)
    cloners: int = 0
    referrers: dict[str, tuple[int, int]] = field(default_factory=dict)
    paths: dict[str, tuple[int, int]] = field(default_factory=dict)
    dependents: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def moments(dice: random.Random, count: int) -> list[datetime]:
    seconds = int((NOW - BEGINNING).total_seconds())
    return sorted(BEGINNING + timedelta(seconds=dice.randrange(seconds)) for _ in range(count))


def busy_world(seed: int = 7) -> World:
    """Enough of everything to need several pages."""
    dice = random.Random(seed)
    made = World(
        stars=moments(dice, 320), downloads={("v1", "a.whl"): 120, ("v1", "b.zip"): 3, ("v2", "a.whl"): 40}
    )
    made.pulls = [_pull(dice, number, at) for number, at in enumerate(moments(dice, 260), start=1)]
    made.issues = [_issue(dice, 1000 + number, at) for number, at in enumerate(moments(dice, 240))]
    made.runs = [_run(dice, 5_000_000 + number, at) for number, at in enumerate(moments(dice, 150))]
    return made


def _later(dice: random.Random, at: datetime, hours: int) -> datetime:
    return at + timedelta(seconds=dice.randrange(60, hours * 3600))


def _pull(dice: random.Random, number: int, at: datetime) -> Pull:
    is_bot = dice.random() < 0.1
    ready = _later(dice, at, 20) if dice.random() < 0.3 else None
    reviews: list[Review] = []
    for _ in range(dice.randrange(4)):
        who = dice.choice(["ann", "bob", "cy", "checker"])
        reviews.append(Review(_later(dice, at, 72), who, is_bot=who == "checker"))
    merged = _later(dice, at, 100) if dice.random() < 0.7 else None
    past = [one for one in reviews if one.at <= NOW]
    author = "renovate" if is_bot else "ann"
    return Pull(number, at, author, is_bot, _past(ready), tuple(past), _past(merged))


def _past(at: datetime | None) -> datetime | None:
    return at if at is not None and at <= NOW else None


def _issue(dice: random.Random, number: int, at: datetime) -> Issue:
    closed = _past(_later(dice, at, 400)) if dice.random() < 0.8 else None
    reason = dice.choice(["completed", "completed", "not_planned", "duplicate", None]) if closed else None
    return Issue(number, at, closed, reason)


def _run(dice: random.Random, number: int, at: datetime) -> Run:
    conclusion = dice.choice(["success"] * 5 + ["failure", "timed_out", "cancelled", "skipped"])
    start = at + timedelta(seconds=dice.randrange(90))
    jobs = tuple(
        (start + timedelta(seconds=first), start + timedelta(seconds=first + dice.randrange(30, 900)))
        for first in (0, dice.randrange(60))
    )
    file, branch = dice.choice(["ci.yml", "ci.yml", "docs.yml"]), dice.choice(["main"] * 4 + ["next"])
    return Run(number, at, conclusion, file, branch, dice.choice(["push"] * 4 + ["schedule"]), jobs)


def days_from(first: date, today: date) -> Iterator[date]:
    while first <= today:
        yield first
        first += timedelta(days=1)


def expected_a_day(events: list[datetime], zone: ZoneInfo, first: date) -> dict[date, float]:
    today = NOW.astimezone(zone).date()
    return {day: sum(at.astimezone(zone).date() == day for at in events) for day in days_from(first, today)}


def expected_reviews(world: World, since: datetime) -> list[float]:
    """Seconds to the first review by a person who is not the author, counted from when it was ready."""
    found = []
    for pull in world.pulls:
        start = pull.ready or pull.created
        by_people = [one.at for one in pull.reviews if not one.is_bot and one.author != pull.author]
        in_time = sorted(at for at in by_people if at >= start)
        if not pull.is_bot and in_time and in_time[0] >= since:
            found.append((in_time[0] - start).total_seconds())
    return sorted(found)


def expected_resolution(world: World, since: datetime) -> list[float]:
    done = [one for one in world.issues if one.reason == "completed" and one.closed and one.closed >= since]
    return sorted((one.closed - one.created).total_seconds() for one in done if one.closed)


def counted_runs(world: World, since: datetime, file: str) -> list[Run]:
    return [
        one
        for one in world.runs
        if (one.file, one.branch, one.event) == (file, "main", "push")
        and one.created >= since
        and one.conclusion in ("success", "failure", "timed_out")
    ]


def expected_duration(run: Run) -> float:
    return (max(end for _, end in run.jobs) - min(start for start, _ in run.jobs)).total_seconds()
