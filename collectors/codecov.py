"""Test coverage in Codecov: the default branch commit by commit, and its flags.

Endpoint: `/api/v2/{service}/{owner}/repos/{repo}/` for the default branch, `/commits/` for the series,
    `/totals/` for the branch as it is now, `/flags/` for the flags.
Auth: `token`, an API access token of Settings, Access; not the upload token of a repository.
Rate limit: none is published; requests go one at a time.
Freshness: as soon as an upload is processed. An upload that comes late changes its commit's figure, so the
    commits of seven days are read again; the past reaches back to the first report.
Docs: https://docs.codecov.com/reference/commits_list, https://docs.codecov.com/reference/repos_totals_list

A commit counts at its own time, once Codecov has finished with it. Coverage is a share of one, not percent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
)
from collectors.http import Access, Api, Params
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Kind, Metric, Sample, labels

USUAL = timedelta(days=7)
PAGE = 100

COVERAGE = Metric("codecov.coverage", "ratio", Kind.RATIO, "share of the lines that tests reach")
FLAG = Metric(
    "codecov.flag_coverage",
    "ratio",
    Kind.RATIO,
    "share of a flag's lines that tests reach",
    ("flag",),
    is_snapshot=True,
)
LINES = Metric("codecov.lines", "lines", Kind.LEVEL, "lines that tests could reach", is_snapshot=True)
HITS = Metric("codecov.covered_lines", "lines", Kind.LEVEL, "lines that tests reach", is_snapshot=True)
METRICS = (COVERAGE, FLAG, LINES, HITS)


class Config(CollectorConfig):
    """Which repository is read. Without `branch`, its default branch."""

    collector: Literal["codecov"] = "codecov"
    service: Literal["github", "gitlab", "bitbucket"] = "github"
    repository: str = Field(pattern=r"^\w[\w.:-]*/\.?\w[\w.-]*$", description="owner/name")
    branch: str = ""
    token: SecretStr = Field(min_length=1, description="an API access token")
    base_url: Annotated[str, address("https://api.codecov.io")] = "https://api.codecov.io"

    @property
    def path(self) -> str:
        owner, name = self.repository.split("/")
        return f"/api/v2/{self.service}/{owner}/repos/{name}"


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one branch."""

    path: str
    branch: str
    api: Api
    span: Span

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("branch", (COVERAGE.name, LINES.name, HITS.name), self.now),
            Part("commits", (COVERAGE.name,), self.commits),
            Part("flags", (FLAG.name,), self.flags),
        )

    async def now(self) -> Batch:
        found = await self.api.get_json(f"{self.path}/totals/", {"branch": self.branch})
        return Batch(tuple(parse_totals(part(found, "totals"), self.span.now)))

    async def commits(self) -> Batch:
        since = self.span.start_of(self.span.first_day(USUAL))
        found: list[Mapping[str, Any]] = []
        async for one in every(self.api, f"{self.path}/commits/", {"branch": self.branch}):
            if moment(one, "timestamp") < since:  # the newest come first
                break
            found.append(one)
        return Batch(tuple(parse_commits(found, self.span.until or self.span.now)))

    async def flags(self) -> Batch:
        found = [one async for one in every(self.api, f"{self.path}/flags/", {})]
        return Batch(tuple(parse_flags(found, self.span.now)))


async def every(api: Api, path: str, params: Params) -> AsyncIterator[Mapping[str, Any]]:
    """All objects of a list, page by page."""
    asked = {**params, "page_size": PAGE, "page": 1}

    def following(page: Any) -> Params | None:
        if part(page, "next") is None:
            return None
        asked["page"] = int(asked["page"]) + 1
        return dict(asked)

    async for page in api.walk(path, dict(asked), following):
        for one in rows(page, "results"):
            yield one


def parse_totals(totals: Any, at: datetime) -> Iterator[Sample]:
    """The branch as it is; a repository without a report has nothing to tell."""
    if totals is None or part(totals, "coverage") is None:
        return
    yield Sample(COVERAGE.name, at, number(totals, "coverage") / 100)
    yield Sample(LINES.name, at, number(totals, "lines"))
    yield Sample(HITS.name, at, number(totals, "hits"))


def parse_commits(found: Iterable[Any], until: datetime) -> Iterator[Sample]:
    """Each commit that Codecov is done with; of two in one moment the first told, which is the newer."""
    seen: set[datetime] = set()
    for one in found:
        at, totals = moment(one, "timestamp"), part(one, "totals")
        is_told = part(one, "state") == "complete" and totals is not None
        if is_told and at < until and at not in seen and part(totals, "coverage") is not None:
            seen.add(at)
            yield Sample(COVERAGE.name, at, number(totals, "coverage") / 100)


def parse_flags(found: Iterable[Any], at: datetime) -> Iterator[Sample]:
    """Flags that have a report."""
    for one in found:
        if part(one, "coverage") is not None:
            yield Sample(
                FLAG.name, at, number(one, "coverage") / 100, labels({"flag": text(one, "flag_name")})
            )


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one branch; each part fails alone."""
    api = _api(config, client)
    branch = config.branch or text(await api.get_json(f"{config.path}/"), "branch")
    return await collect_parts(Reader(config.path, branch, api, span).parts())


async def probe(config: Config, client: Client) -> str:
    """The repository and its coverage."""
    found = await _api(config, client).get_json(f"{config.path}/")
    totals = part(found, "totals")
    told = "no report yet" if totals is None else f"{number(totals, 'coverage'):.1f} % covered"
    return f"{config.repository}, {told}"


def _api(config: Config, client: Client) -> Api:
    return client.at(config.base_url, Access(token=config.token, scheme="bearer", is_serial=True))


ABOUT = About(
    title="Codecov",
    measures="test coverage by commit and flag",
    example={"repository": "acme/rocket", "token": "${CODECOV_API_TOKEN}"},
    credentials=(
        Credential(
            "token",
            "CODECOV_API_TOKEN",
            "an API access token of a member who sees the repository",
            "https://app.codecov.io/account",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "codecov",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(hours=1),
    backfills=True,
    every=timedelta(hours=6),
    rereads=USUAL,
    probe=probe,
    about=ABOUT,
)
