"""A local clone of a git repository: commits, contributors and tags, day by day.

Endpoint: the `git` command on the clone at `path`; nothing is fetched and nothing in the clone is run
    (no hooks, pagers, signature programs or lazy downloads).
Auth: none; the process needs to read the directory.
Rate limit: none; one `git log` a run, ended after `timeout_seconds`.
Freshness: as fresh as the clone, so fetch or pull it on a schedule. Without a `since` the whole history
    is read: days without commits are zeros from the first commit on, and today stays open. Contributors
    of 30 days stand at the last second of the last of them, told once it is over. Days are
    those of the author date in the workspace's zone. A shallow clone lacks history: days that may be
    incomplete get no numbers, nor can anyone be called a first-time contributor.
Docs: https://git-scm.com/docs/git-log, https://git-scm.com/docs/gitmailmap

An author is an e-mail address after `.mailmap`. `git.active_contributors` counts the distinct authors
of the 30 days that end with a day; `git.returning_contributors` those among them who had already
contributed before these 30 days began; the others are in `git.first_time_contributors` of their day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from pydantic import Field

from collectors.base import About, Batch, Client, Collector, CollectorConfig, PartFault, Proof, Span
from collectors.faults import UnexpectedResponse
from collectors.git_command import Repository
from collectors.of_day import Days
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample

WINDOW = timedelta(days=30)
_SETTLES_AFTER = timedelta(0)


class Config(CollectorConfig):
    """Which clone is read, and whose commits count."""

    collector: Literal["git"] = "git"
    path: str = Field(min_length=1, description="directory of the clone, or of a bare repository")
    branch: str = Field("HEAD", min_length=1, description="branch, tag or commit whose history is read")
    merges: bool = Field(True, description="count merge commits")
    exclude_bots: bool = Field(False, description='leave out authors marked "[bot]"')
    bots: tuple[str, ...] = Field((), description="names or e-mail addresses to leave out in any case")
    timeout_seconds: float = Field(120, gt=0, le=3600)


COMMITS = Metric("git.commits", "commits", Kind.FLOW, "commits authored on a day")
ACTIVE = Metric(
    "git.active_contributors",
    "contributors",
    Kind.RATIO,
    "distinct authors in the 30 days that end with a day",
)
FIRST_TIME = Metric(
    "git.first_time_contributors", "contributors", Kind.FLOW, "authors whose first commit ever falls on a day"
)
RETURNING = Metric(
    "git.returning_contributors",
    "contributors",
    Kind.RATIO,
    "active contributors who came before these 30 days",
)
TAGS = Metric("git.tags", "tags", Kind.FLOW, "tags created on a day")
METRICS = (COMMITS, ACTIVE, FIRST_TIME, RETURNING, TAGS)


@dataclass(slots=True)
class History:
    """What a log says, reduced to days and authors while it is read."""

    commits: Counter[date] = field(default_factory=Counter)
    authors: dict[date, set[str]] = field(default_factory=dict)
    undated: int = 0

    def add(self, day: date | None, author: str) -> None:
        if day is None:
            self.undated += 1
            return
        self.commits[day] += 1
        self.authors.setdefault(day, set()).add(author)

    def first_seen(self) -> Counter[date]:
        """How many authors made their first commit on each day."""
        seen: set[str] = set()
        found: Counter[date] = Counter()
        for day in sorted(self.authors):
            found[day] = len(self.authors[day] - seen)
            seen |= self.authors[day]
        return found

    def active(self, days: Sequence[date]) -> Iterator[int]:
        """Distinct authors in the window ending with each of these consecutive days."""
        present: Counter[str] = Counter()
        for day in days:
            present.update(self.authors.get(day, ()))
            for author in self.authors.get(day - WINDOW, ()):
                present[author] -= 1
                if not present[author]:
                    del present[author]
            yield len(present)


@dataclass(slots=True)
class LogParser:
    """Turns the NUL-separated output of `git log` into a `History`, a chunk at a time."""

    config: Config
    span: Span
    history: History = field(default_factory=History)
    rest: bytes = b""

    def take(self, chunk: bytes) -> None:
        fields = (self.rest + chunk).split(b"\0")
        whole = (len(fields) - 1) // 3 * 3
        for at in range(0, whole, 3):
            moment, mail, name = (one.decode("utf-8", errors="replace") for one in fields[at : at + 3])
            if not is_left_out(self.config, name, mail):
                self.history.add(parse_day(moment, self.span), mail.strip().lower() or name.strip().lower())
        self.rest = b"\0".join(fields[whole:])


def is_left_out(config: Config, name: str, mail: str) -> bool:
    """Whether the settings exclude this author."""
    told = {one.strip().lower() for one in config.bots}
    if told and (name.strip().lower() in told or mail.strip().lower() in told):
        return True
    return config.exclude_bots and (name.strip().endswith("[bot]") or "[bot]@" in mail)


def parse_day(seconds: str, span: Span) -> date | None:
    """The day of a commit; None for a date that is no date, or still to come."""
    try:
        day = day_of(datetime.fromtimestamp(int(seconds), UTC), span.zone)
    except (ValueError, OverflowError, OSError):
        return None
    return day if day <= span.today else None


def parse_days(
    history: History, tags: Counter[date], span: Span, complete_from: date | None
) -> Iterator[Sample]:
    """A sample a day and metric. `complete_from` is where a shallow clone begins to be whole."""
    if not history.commits:
        return
    first = min(history.commits)
    days = [first + timedelta(days=one) for one in range((span.today - first).days + 1)]
    newcomers = history.first_seen()
    recent_newcomers = 0
    wanted = max(first, span.first_day(WINDOW)) if span.since else first
    for day, active in zip(days, history.active(days), strict=True):
        recent_newcomers += newcomers[day] - newcomers[day - WINDOW]
        if day < wanted:
            continue
        values = {COMMITS: history.commits[day], TAGS: tags[day], ACTIVE: active}
        values |= {FIRST_TIME: newcomers[day], RETURNING: active - recent_newcomers}
        for metric, value in values.items():
            if complete_from is None or _is_whole(metric, day, complete_from):
                yield from Days(span, _SETTLES_AFTER).told(metric, day, float(value))


def _is_whole(metric: Metric, day: date, complete_from: date) -> bool:
    """Whether a shallow clone knows enough of the past to state `metric` for `day`."""
    if metric in (COMMITS, TAGS):
        return day >= complete_from
    return metric == ACTIVE and day - WINDOW >= complete_from - timedelta(days=1)


async def collect(config: Config, _client: Client, span: Span) -> Batch:
    """Read the log and the tags of one clone."""
    repository = Repository.at(config.path, config.timeout_seconds)
    head = (
        await repository.answer("rev-parse", "--verify", "--end-of-options", f"{config.branch}^{{commit}}")
    ).strip()
    parser = LogParser(config, span)
    merges = () if config.merges else ("--no-merges",)
    await repository.run(("log", "-z", "--format=%at%x00%aE%x00%aN", *merges, head, "--"), parser.take)
    complete_from, faults = await _whole_from(repository, head, span)
    samples = parse_days(parser.history, await _tags(repository, span), span, complete_from)
    undated = parser.history.undated
    notes = (
        (f"{config.path}: {undated} commits with an impossible or future date do not count",)
        if undated
        else ()
    )
    return Batch(tuple(samples), faults, notes)


async def probe(config: Config, _client: Client) -> str:
    """The newest commit, and whether the clone is whole."""
    repository = Repository.at(config.path, config.timeout_seconds)
    words = ("log", "-1", "--format=%h of %cs", "--end-of-options", config.branch, "--")
    newest = (await repository.answer(*words)).strip()
    is_shallow = (await repository.answer("rev-parse", "--is-shallow-repository")).strip() == "true"
    return f"{config.branch} is at {newest}{', a shallow clone' if is_shallow else ''}"


async def _tags(repository: Repository, span: Span) -> Counter[date]:
    lines = await repository.answer("for-each-ref", "--format=%(creatordate:unix)", "refs/tags")
    days = (parse_day(line, span) for line in lines.split())
    return Counter(day for day in days if day is not None)


async def _whole_from(
    repository: Repository, head: str, span: Span
) -> tuple[date | None, tuple[PartFault, ...]]:
    """Where a shallow clone begins to be whole, with the fault that says so; None for a full one."""
    if (await repository.answer("rev-parse", "--is-shallow-repository")).strip() != "true":
        return None, ()
    ends = (await repository.answer("log", "--max-parents=0", "--format=%at", head, "--")).split()
    known = [day for day in (parse_day(one, span) for one in ends) if day is not None]
    whole = max(known, default=span.today) + timedelta(days=1)
    fault = PartFault(
        "history",
        UnexpectedResponse.kind,
        f"{repository.path} is a shallow clone: nothing is known before {whole.isoformat()}",
        f"Complete it once: git -C '{repository.path}' fetch --unshallow",
        (FIRST_TIME.name, RETURNING.name, ACTIVE.name),
    )
    return whole, (fault,)


# A clone's own settings may name programs to run; none of them is needed to read a log.


ABOUT = About(
    title="git",
    measures="commits, contributors, tags of a local clone",
    example={"path": "."},
    proof=Proof.SERVER,
    proven_by="the git command on repositories made for the test",
)

COLLECTOR = Collector(
    "git",
    Config,
    METRICS,
    collect,
    settles_after=_SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    probe=probe,
    about=ABOUT,
)
