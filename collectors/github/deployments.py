"""Deployments: how many a day, how soon a commit is out, how many fail, and how soon that is mended.

What a deployment is, is a setting. `deployments`: GitHub's own, in one environment; it is done when a status
of it says success, and it has failed when one says failure or error. `workflow`: the completed runs of a
workflow on the branch. `releases`: published ones, which cannot fail, so that only the first two are told.

Lead time is told of each commit, merges left out: from when it was written to the success that brought it,
found by comparing with the deployment before. One commit put out again counts once. Time to restore is from
the first failure after a success to the next success.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from collectors.base import Batch, Part, collect_parts
from collectors.faults import UnexpectedResponse
from collectors.github.access import ACCEPT
from collectors.github.builds import list_jobs, list_runs, worked
from collectors.github.queries import DEPLOYMENTS
from collectors.github.reader import Reader, distinct, event, measured
from collectors.happenings import Happening, optional
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Kind, Sample

DEPLOYED = measured("deployments", "deployments", Kind.FLOW, "successful deployments on a day")
LEAD = event("lead_time", "time from a commit to its deployment, one a commit")
FAILURE = event("change_failure", "1 or 0, one a deployment: it failed", unit="ratio")
RESTORE = event("restore_time", "time from a failed deployment to the next that succeeds, one an outage")
METRICS = (DEPLOYED, LEAD, FAILURE, RESTORE)

_BEFORE = timedelta(days=7)  # an outage, and a deployment's statuses, may begin so long before the span
_COMPARED = 1000  # one request each
_OUT, _DOWN = "success", ("failure", "error")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment: what it put out, and when it succeeded and failed, oldest first."""

    id: float
    ref: str
    succeeded: tuple[datetime, ...]
    failed: tuple[datetime, ...] = ()
    title: str = ""
    url: str = ""

    @property
    def done(self) -> datetime | None:
        """When it first succeeded."""
        return self.succeeded[0] if self.succeeded else None

    @property
    def decided(self) -> datetime | None:
        """When it first failed, else when it first succeeded; None while it is under way."""
        return next(iter((*self.failed, *self.succeeded)), None)


async def read_deployments(reader: Reader) -> Batch:
    read = {"releases": _by_releases, "workflow": _by_workflow}.get(
        reader.config.deployed_by or "", _by_status
    )
    found = await read(reader)
    out = sorted((one for one in found if one.done), key=lambda one: (one.succeeded[0], one.id))
    samples = [*reader.daily(DEPLOYED, (one.succeeded[0] for one in out))]
    told: tuple[Happening, ...] = ()  # releases tell of themselves
    if reader.config.deployed_by != "releases":
        samples += (one for one in parse_outcomes(found) if reader.holds(one.at))
        told = tuple(_happening(one, reader) for one in out if reader.holds(one.succeeded[0]))
    lead = await collect_parts([Part("lead_time", (LEAD.name,), lambda: _lead(reader, out))])
    return Batch((*samples, *lead.samples), lead.faults, happenings=told)


def _happening(one: Deployment, reader: Reader) -> Happening:
    """A deployment that succeeded: what it is called, else the commit and where that went."""
    environment = reader.config.environment or "production"
    page = optional(reader.about, "html_url")
    return Happening(
        "deployment",
        one.succeeded[0],
        one.title or f"{one.ref[:7]} to {environment}",
        f"deployment:{one.id:.0f}",
        one.url or (f"{page}/commit/{one.ref}" if page else ""),
    )


async def _by_status(reader: Reader) -> list[Deployment]:
    """GitHub's own deployments, newest first, back to one that had succeeded before the span."""
    environment = reader.config.environment or "production"
    before = reader.start - _BEFORE
    nodes = await reader.questions.nodes(
        DEPLOYMENTS,
        {"e": [environment]},
        lambda node: moment(node, "createdAt") < before and _parsed(node).done is not None,
    )
    if not nodes:
        raise UnexpectedResponse(
            f"{reader.name} was never deployed to {environment}",
            hint="Set environment to one that it is deployed to, or deployed_by to releases or workflow.",
        )
    return [_parsed(one) for one in nodes]


def _parsed(node: dict[str, Any]) -> Deployment:
    if part(node, "statuses", "pageInfo", "hasNextPage"):
        raise UnexpectedResponse(
            "a deployment has more than 100 statuses", hint="Set environment to another, or leave it out."
        )
    told = sorted((moment(one, "createdAt"), text(one, "state")) for one in rows(node, "statuses", "nodes"))
    return Deployment(
        number(node, "databaseId"),
        text(node, "commitOid"),
        tuple(at for at, state in told if state.lower() == _OUT),
        tuple(at for at, state in told if state.lower() in _DOWN),
    )


async def _by_workflow(reader: Reader) -> list[Deployment]:
    """Runs of the workflow that deploys: done, or failed, when the last of their jobs ended."""
    first = reader.start - _BEFORE
    found: list[Deployment] = []
    for run in await list_runs(reader, reader.config.deployment_workflow, first, reader.end):
        conclusion = str(run.get("conclusion"))
        if conclusion not in ("success", "failure", "timed_out"):
            continue
        span = worked(await list_jobs(reader, run))
        if span is not None:
            is_out = conclusion == "success"
            times = ((span[1],), ()) if is_out else ((), (span[1],))
            title, page = optional(run, "display_title"), optional(run, "html_url")
            found.append(
                Deployment(number(run, "id"), text(run, "head_sha"), times[0], times[1], title, page)
            )
    return found


async def _by_releases(reader: Reader) -> list[Deployment]:
    return [
        Deployment(number(one, "id"), text(one, "tag_name"), (moment(one, "published_at"),))
        for one in await reader.pages("/releases")
        if one.get("published_at") and one.get("draft") is False and one.get("prerelease") is False
    ]


def parse_outcomes(found: Iterable[Deployment]) -> Iterator[Sample]:
    """Whether each deployment failed, and how long each outage lasted."""
    turns: list[tuple[datetime, bool, float]] = []
    for one in found:
        if one.decided is not None:
            yield Sample(FAILURE.name, distinct(one.decided, one.id), float(bool(one.failed)))
        turns += ((at, True, one.id) for at in one.succeeded)
        turns += ((at, False, one.id) for at in one.failed)
    down: datetime | None = None
    for at, is_up, key in sorted(turns):
        if is_up and down is not None:
            yield Sample(RESTORE.name, distinct(at, key), (at - down).total_seconds())
            down = None
        elif not is_up and down is None:
            down = at


async def _lead(reader: Reader, out: Sequence[Deployment]) -> Batch:
    """The age of each commit that a deployment in the span put out first; `out` is in order."""
    pairs = [(old, new) for old, new in pairwise(out) if reader.holds(new.succeeded[0])]
    if len(pairs) > _COMPARED:
        raise UnexpectedResponse(
            f"{len(pairs)} deployments to compare, one request each; at most {_COMPARED} are",
            hint="Read a shorter span.",
        )
    samples: list[Sample] = []
    seen = {one.ref for one in out if one.succeeded[0] < reader.start}
    for old, new in pairs:
        if new.ref not in seen:
            commits = await _commits(reader, old.ref, new.ref)
            samples += _ages(new.succeeded[0], [one for one in commits if text(one, "sha") not in seen])
            seen |= {text(one, "sha") for one in commits}
        seen.add(new.ref)
    return Batch(tuple(samples))


async def _commits(reader: Reader, base: str, head: str) -> list[dict[str, Any]]:
    """Commits that `head` has and `base` has not, merges left out."""
    found: list[dict[str, Any]] = []
    total = 0.0
    path = f"{reader.path}/compare/{quote(f'{base}...{head}', safe='')}"
    async for page in reader.api.pages(path, {"per_page": 100}, accept=ACCEPT):
        found += rows(page, "commits")
        total = number(page, "total_commits")
    if len(found) < total:
        raise UnexpectedResponse(
            f"GitHub tells {len(found)} of {total:.0f} commits of a deployment", hint="Read a shorter span."
        )
    return [one for one in found if len(list(rows(one, "parents"))) < 2]


def _ages(at: datetime, commits: Iterable[dict[str, Any]]) -> Iterator[Sample]:
    taken: set[datetime] = set()
    for one in sorted(commits, key=lambda one: text(one, "sha")):
        when = distinct(at, _fraction(text(one, "sha")))
        while when in taken:
            when += timedelta(microseconds=1)
        taken.add(when)
        if part(one, "commit", "author") is None:
            continue
        seconds = (at - moment(one, "commit", "author", "date")).total_seconds()
        if seconds >= 0:  # else the clock of the author was wrong
            yield Sample(LEAD.name, when, seconds)


def _fraction(sha: str) -> int:
    """Six digits made from a commit's name."""
    try:
        return int(sha[:10], 16)
    except ValueError:
        raise UnexpectedResponse(
            "sha is not the name of a commit", hint="Nothing was taken from it."
        ) from None
