"""A GitHub repository: counters, stars a day, pull requests, reviews, issues, downloads and builds.

Endpoint: REST `/repos/{owner}/{name}` and below, and GraphQL beside it; an enterprise server by
    `base_url: https://HOST/api/v3`.
Auth: optional `token` (fine-grained: read access to Metadata, Contents, Issues, Pull requests, Actions).
    Without one a public repository gives all but `github.stars_gained` and `github.review_turnaround`.
Rate limit: 5,000 requests an hour with a token, 60 without; an unchanged answer (304) is free.
    Requests of one token go one after the other, as GitHub asks.
Freshness: counters are of the moment and have no past; the rest is dated and read again from the span's
    start (30 days by default). Stars a day count people who still star, so past days may come out lower
    later. A day settles an hour after its end.
Docs: https://docs.github.com/en/rest, https://docs.github.com/en/graphql

One sample an event: `github.review_turnaround` (at the first review by a person other than the author,
seconds since the pull request was last ready for review), `github.issue_resolution_time` (at closing,
seconds since opening, completed issues only), `github.workflow_success_rate` (at the start of a run, 1
or 0, so that a mean over days weighs every run alike; cancelled and skipped runs do not count) and
`github.workflow_duration` (same instant, from the first job's start to the last job's end). Events of
the same second are kept apart by a fraction of a second made from their number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import Field, SecretStr, field_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Span,
    address,
    collect_parts,
    part_fault,
)
from collectors.faults import AuthFailed, Unavailable, UnexpectedResponse
from collectors.github_queries import Questions, graphql_url
from collectors.github_samples import (
    DOWNLOADS,
    DURATION,
    FORKS,
    MERGED,
    METRICS,
    OPEN_ISSUES,
    OPEN_PULLS,
    RESOLUTION,
    SETTLES_AFTER,
    STARS,
    STARS_GAINED,
    SUCCESS,
    TURNAROUND,
    WATCHERS,
    parse_counters,
    parse_daily,
    parse_downloads,
    parse_duration,
    parse_resolution,
    parse_run,
    parse_turnaround,
)
from collectors.http import Access, Answer, Api, Params
from collectors.payload import moment, number, rows, text
from kpi.calendar import day_of
from kpi.metric import Sample

ACCEPT = "application/vnd.github+json"
VERSION = "2022-11-28"
USUAL_WINDOW = timedelta(days=30)
_BUILDS_AGAIN = timedelta(days=3)  # a build may end, or be run again, days after it was created
_NAME = re.compile(r"[A-Za-z0-9_-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_FILTERED_RUNS = 1000  # a filtered list of runs ends here, whatever total_count says
_TIMED_RUNS = 1000
_TIMED_RUNS_ANONYMOUS = 20  # one request each, of 60 an hour

PartName = Literal["counters", "open", "releases", "stars", "merged", "reviews", "issues", "workflows"]


class Config(CollectorConfig):
    """Which repository is read, as whom, and what of it."""

    collector: Literal["github"] = "github"
    repository: str = Field(description="owner/name")
    token: SecretStr | None = None
    base_url: Annotated[str, address("https://api.github.com or https://HOST/api/v3")] = (
        "https://api.github.com"
    )
    workflow: str | None = Field(None, description="a workflow's file name, such as ci.yml; all by default")
    branch: str | None = Field(None, description="whose builds count; the default branch by default")
    parts: tuple[PartName, ...] | None = Field(None, description="what to read; everything by default")

    @field_validator("token")
    @classmethod
    def _is_given(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value and value.get_secret_value().strip() else None

    @field_validator("repository")
    @classmethod
    def _is_owner_and_name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError(f'"{value}" is not a repository: write it as owner/name, such as acme/engine')
        return value


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one repository: its present name, what it told of itself, and the days asked for."""

    config: Config
    api: Api
    span: Span
    name: str
    about: Mapping[str, Any]

    @property
    def first_day(self) -> date:
        """The first day asked for; nothing happened before the repository was created."""
        first = self.span.first_day(USUAL_WINDOW)
        return max(first, day_of(moment(self.about, "created_at"), self.span.zone)) if self.about else first

    @property
    def start(self) -> datetime:
        return self.span.start_of(self.first_day)

    @property
    def path(self) -> str:
        return f"/repos/{self.name}"

    @property
    def questions(self) -> Questions:
        if self.config.token is None:
            raise AuthFailed(
                f"{self.config.repository}: GitHub tells this only with a token",
                hint="Add token to the source: a fine-grained one with read access to Metadata, Issues and "
                "Pull requests; or leave the part out with parts.",
            )
        return Questions(self.api, graphql_url(self.config.base_url), self.name)

    def parts(self) -> tuple[Part, ...]:
        """Everything there is to read, in the order of its cost."""
        every = (
            Part("counters", (STARS.name, FORKS.name, WATCHERS.name), self.counters),
            Part("open", (OPEN_ISSUES.name, OPEN_PULLS.name), self.open),
            Part("releases", (DOWNLOADS.name,), self.releases),
            Part("merged", (MERGED.name,), self.merged),
            Part("issues", (RESOLUTION.name,), self.issues),
            Part("stars", (STARS_GAINED.name,), self.stars),
            Part("reviews", (TURNAROUND.name,), self.reviews),
            Part("workflows", (SUCCESS.name, DURATION.name), self.workflows),
        )
        return tuple(one for one in every if self.config.parts is None or one.name in self.config.parts)

    async def get(self, path: str, **params: str | int) -> Answer:
        return await self.api.get(self.path + path, params, accept=ACCEPT)

    async def pages(self, path: str, **params: str | int) -> list[dict[str, Any]]:
        every: list[dict[str, Any]] = []
        async for page in self.api.pages(self.path + path, {"per_page": 100, **params}, accept=ACCEPT):
            every += rows(page)
        return every

    async def counters(self) -> Batch:
        return Batch(tuple(parse_counters(self.about, self.span.now)))

    async def open(self) -> Batch:
        if self.config.token is not None:
            issues, pulls = await self.questions.open_counts()
        else:
            pulls = await self._open_pulls()
            issues = number(self.about, "open_issues_count") - pulls  # it counts both
        if issues < 0:
            raise UnexpectedResponse(
                "fewer open issues than open pull requests", hint="It changed while being read."
            )
        now = self.span.now
        return Batch((Sample(OPEN_ISSUES.name, now, issues), Sample(OPEN_PULLS.name, now, pulls)))

    async def _open_pulls(self) -> float:
        """Open pull requests, from the number of the last page of one each."""
        answer = await self.get("/pulls", state="open", per_page=1)
        if answer.last_url is None:
            return float(len(list(rows(answer.json()))))
        return number(parse_qs(urlsplit(answer.last_url).query), "page", 0)

    async def releases(self) -> Batch:
        return Batch(tuple(parse_downloads(await self.pages("/releases"), self.span.now)))

    async def merged(self) -> Batch:
        """Newest change first: whatever was merged since `start` was also changed since then."""
        merged: list[datetime] = []
        query: Params = {"state": "closed", "sort": "updated", "direction": "desc", "per_page": 100}
        async for page in self.api.pages(f"{self.path}/pulls", query, accept=ACCEPT):
            pulls = list(rows(page))
            merged += (moment(one, "merged_at") for one in pulls if one.get("merged_at"))
            if pulls and moment(pulls[-1], "updated_at") < self.start:
                break
        return Batch(tuple(parse_daily(MERGED, merged, self.span, self.first_day)))

    async def issues(self) -> Batch:
        issues = await self.pages(
            "/issues", state="closed", since=_iso(self.start), sort="updated", direction="desc"
        )
        return Batch(tuple(parse_resolution(issues, self.start)))

    async def stars(self) -> Batch:
        moments = await self.questions.starred_since(self.start)
        return Batch(tuple(parse_daily(STARS_GAINED, moments, self.span, self.first_day)))

    async def reviews(self) -> Batch:
        return Batch(tuple(parse_turnaround(await self.questions.pulls_since(self.start), self.start)))

    async def workflows(self) -> Batch:
        again = self.span.start_of(day_of(self.span.now - _BUILDS_AGAIN, self.span.zone))
        first = min(self.start, again)
        runs = await self._runs(first, self.span.start_of(self.span.today + timedelta(days=1)))
        found = [(number(run, "id"), sample) for run in runs if (sample := parse_run(run)) is not None]
        durations = Part("durations", (DURATION.name,), lambda: self._durations(found))
        timed = await collect_parts([durations])
        return Batch((*(sample for _, sample in found), *timed.samples), timed.faults)

    async def _runs(self, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Concluded runs created in a span, halved until the list is not cut off."""
        branch = self.config.branch or text(self.about, "default_branch")
        below = f"/workflows/{quote(self.config.workflow, safe='')}" if self.config.workflow else ""
        created = f"{_iso(start)}..{_iso(end - timedelta(seconds=1))}"
        query: Params = {
            "branch": branch,
            "event": "push",
            "status": "completed",
            "created": created,
            "per_page": 100,
        }
        found: list[dict[str, Any]] = []
        async for page in self.api.pages(f"{self.path}/actions{below}/runs", query, accept=ACCEPT):
            if number(page, "total_count") > _FILTERED_RUNS:
                return await self._halves(start, end)
            found += rows(page, "workflow_runs")
        return found

    async def _halves(self, start: datetime, end: datetime) -> list[dict[str, Any]]:
        if end - start < timedelta(minutes=2):
            raise UnexpectedResponse(
                "more builds in a minute than GitHub lists", hint="Set workflow to count one."
            )
        middle = (start + (end - start) / 2).replace(microsecond=0)
        return [*await self._runs(start, middle), *await self._runs(middle, end)]

    async def _durations(self, runs: list[tuple[float, Sample]]) -> Batch:
        most = _TIMED_RUNS if self.config.token else _TIMED_RUNS_ANONYMOUS
        if len(runs) > most:
            raise UnexpectedResponse(
                f"{len(runs)} builds to time, one request each; at most {most} are",
                hint="Read a shorter span, set workflow to one of them, or add a token.",
            )
        found = [parse_duration(run, await self._jobs(int(key))) for key, run in runs]
        return Batch(tuple(one for one in found if one is not None))

    async def _jobs(self, run: int) -> list[dict[str, Any]]:
        every: list[dict[str, Any]] = []
        path = f"{self.path}/actions/runs/{run}/jobs"
        async for page in self.api.pages(path, {"per_page": 100}, accept=ACCEPT):
            every += rows(page, "jobs")
        return every


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one repository. Where it cannot be seen at all, nothing more is asked."""
    headers = {"X-GitHub-Api-Version": VERSION}
    api = client.at(config.base_url, Access(token=config.token, headers=headers, is_serial=True))
    try:
        about: Any = await api.get_json(f"/repos/{config.repository}", accept=ACCEPT)
    except Unavailable as fault:
        return await _without_about(Reader(config, api, span, config.repository, {}), fault)
    name = text(about, "full_name")
    if not _NAME.fullmatch(name):
        raise UnexpectedResponse(
            f"{config.repository} answers with a name that is none", hint="Check base_url."
        )
    batch = await collect_parts(Reader(config, api, span, name, about).parts())
    if name.lower() == config.repository.lower():
        return batch
    return replace(batch, notes=(*batch.notes, f"{config.repository} is now {name}: set repository: {name}"))


async def probe(config: Config, client: Client) -> str:
    """The repository's own page, and how many requests the token has left this hour."""
    headers = {"X-GitHub-Api-Version": VERSION}
    api = client.at(config.base_url, Access(token=config.token, headers=headers, is_serial=True))
    answer = await api.get(f"/repos/{config.repository}", accept=ACCEPT)
    name = text(answer.json(), "full_name")
    left, limit = (answer.headers.get(f"x-ratelimit-{one}", "") for one in ("remaining", "limit"))
    return f"{name}, {left} of {limit} requests left this hour" if left and limit else name


async def _without_about(reader: Reader, fault: Unavailable) -> Batch:
    """What can be read while the repository's own page is out of order."""
    needs_it = {"counters", "workflows"} | (set() if reader.config.token else {"open"})
    parts = reader.parts()
    batch = await collect_parts(one for one in parts if one.name not in needs_it)
    missed = tuple(part_fault(one.name, fault, one.metrics) for one in parts if one.name in needs_it)
    return replace(batch, faults=(*missed, *batch.faults))


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


ABOUT = About(
    title="GitHub",
    measures="stars, issues, pull requests, reviews, downloads, builds",
    example={"repository": "acme/engine", "token": "${GITHUB_TOKEN}"},
    credentials=(
        Credential(
            "token",
            "GITHUB_TOKEN",
            "fine-grained, this repository, read-only: Metadata, Contents, Issues, Pull requests, Actions",
            "https://github.com/settings/personal-access-tokens/new",
            is_required=False,
        ),
    ),
)

COLLECTOR = Collector(
    "github",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    probe=probe,
    about=ABOUT,
)
