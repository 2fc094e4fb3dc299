"""Files that a build writes: coverage, tests, benchmarks; of this machine, of an address, or of GitHub.

Endpoint: local files by `path`; a GET of `url`; or `/repos/{repository}/actions/artifacts` at `base_url`, and
    each archive that bears the name in `artifact`.
Auth: `token` for artifacts, with read access to Actions; it is sent to `base_url` alone, never to the storage
    that GitHub sends the download to. Files and addresses are read without.
Rate limit: 5,000 requests an hour and token; requests go one after the other.
Freshness: the time the tool wrote into its report, else that of the file or the artifact. A file and an
    address have no past; artifacts last 90 days unless the repository says otherwise.
Docs: https://docs.github.com/en/rest/actions/artifacts, https://coverage.readthedocs.io/en/latest/cmd.html,
    https://pytest-benchmark.readthedocs.io/en/latest/, https://github.com/sharkdp/hyperfine

Several files of one report are one run, split: their lines, tests and benchmarks are put together. Skipped
tests neither pass nor fail. `reports.flaky` counts the tests that passed only when they were run again.
`reports.speedup` is the mean of the benchmark named in `baseline` over that of each other.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

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
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api
from collectors.payload import moment, number, rows
from collectors.queries import QueryName
from collectors.report_files import FORMATS, File
from kpi.calendar import day_of
from kpi.metric import Kind, Labels, Metric, Sample, labels

USUAL = timedelta(days=3)
_FILE_BYTES = 20_000_000
_ARCHIVE_BYTES = 50_000_000
_MOST_FILES = 500
_MOST_ARCHIVES = 300


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    every = timedelta(days=7)  # a build runs when somebody pushes
    return Metric(f"reports.{name}", unit, kind, description, ("report", *names), every=every)


METRICS = (
    _metric("line_coverage", "ratio", Kind.RATIO, "share of lines that tests run"),
    _metric("branch_coverage", "ratio", Kind.RATIO, "share of branches that tests run"),
    _metric("tests", "tests", Kind.LEVEL, "tests of the last run"),
    _metric("failures", "tests", Kind.LEVEL, "tests of the last run that failed or broke"),
    _metric("skipped", "tests", Kind.LEVEL, "tests of the last run that were skipped"),
    _metric("flaky", "tests", Kind.LEVEL, "tests that passed only when they were run again"),
    _metric("pass_rate", "ratio", Kind.RATIO, "share of the tests run that passed"),
    _metric("duration", "seconds", Kind.RATIO, "time that all tests of a run took together"),
    _metric("benchmark_mean", "seconds", Kind.RATIO, "mean time of a benchmark", "benchmark"),
    _metric("benchmark_median", "seconds", Kind.RATIO, "median time of a benchmark", "benchmark"),
    _metric("speedup", "x", Kind.RATIO, "times as fast as the baseline", "benchmark"),
)


class Report(BaseModel):
    """One report: what wrote it, and where it lies."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    format: Literal["cobertura", "junit", "pytest-benchmark", "hyperfine"]
    path: str | None = Field(None, min_length=1, description="a file, or files: /ci/results/**/junit-*.xml")
    url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$")] | None = None
    artifact: str | None = Field(None, min_length=1, description="the name of an artifact of GitHub Actions")
    files: str = Field("*", description="which files of the artifact: *.xml")
    branch: str | None = Field("main", description="of the artifact's run; null for every branch")
    baseline: str = Field("", description="the benchmark that the others are measured against")

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Report:
        if sum(one is not None for one in (self.path, self.url, self.artifact)) != 1:
            raise ValueError("say where the report lies: path, url or artifact, one of them")
        return self


class Config(CollectorConfig):
    """Which reports are read."""

    collector: Literal["reports"] = "reports"
    reports: dict[QueryName, Report] = Field(min_length=1, max_length=50)
    repository: str | None = Field(
        None, pattern=r"^[\w.-]+/[\w.-]+$", description="owner/name, for artifacts"
    )
    token: SecretStr | None = None
    base_url: Annotated[str, address("https://api.github.com")] = "https://api.github.com"

    @model_validator(mode="after")
    def _can_read_artifacts(self) -> Config:
        if any(one.artifact for one in self.reports.values()) and not (self.repository and self.token):
            raise ValueError("an artifact needs repository and token: GitHub gives none without")
        return self

    def series_labels(self) -> frozenset[Labels]:
        return frozenset(labels({"report": name, **self.labels}) for name in self.reports)


def local_files(pattern: str) -> list[File]:
    """The files that `pattern` names now. Raises UnexpectedResponse where they are too large or too many."""
    whole = Path(pattern).expanduser()
    found = sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))
    if len(found) > _MOST_FILES:
        raise UnexpectedResponse(f"{pattern} names more than {_MOST_FILES} files", hint="Name fewer.")
    return [_local(one) for one in found if one.is_file()]


def _local(path: Path) -> File:
    try:
        with path.open("rb") as opened:
            body = opened.read(_FILE_BYTES + 1)
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        said = f"{path} cannot be read: {error.strerror}"
        raise UnexpectedResponse(said, hint="Check the path and its rights.") from None
    if len(body) > _FILE_BYTES:
        raise UnexpectedResponse(f"{path} has more than {_FILE_BYTES:,} bytes", hint="Nothing was read.")
    return File(path.name, body, at)


def unzipped(body: bytes, wanted: str, at: datetime) -> list[File]:
    """The files of an archive whose name fits `wanted`; an archive that swells is refused on the way."""
    found: list[File] = []
    left = _ARCHIVE_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir() and _fits(one.filename, wanted)]
            if len(entries) > _MOST_FILES:
                raise UnexpectedResponse(f"an archive has more than {_MOST_FILES} files", hint="Set files.")
            for entry in entries:
                with archive.open(entry) as opened:
                    content = opened.read(min(left, _FILE_BYTES) + 1)
                left -= len(content)
                if left < 0 or len(content) > _FILE_BYTES:
                    raise UnexpectedResponse("an archive is too large unpacked", hint="None of it was used.")
                found.append(File(entry.filename, content, at))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise UnexpectedResponse("an archive cannot be read", hint="None of it was used.") from None
    return found


def _fits(name: str, wanted: str) -> bool:
    return fnmatch(name, wanted) or fnmatch(name.rpartition("/")[2], wanted)


def parse_report(name: str, report: Report, files: Sequence[File], now: datetime) -> list[Sample]:
    """The samples of one run; nothing where there is no file."""
    if not files:
        return []
    parse, _ = FORMATS[report.format]
    parsed = parse(files, report.baseline)
    at = parsed.at or max(one.at for one in files)
    return [
        Sample(one.metric, min(at, now), one.value, labels({"report": name, **one.labels}))
        for one in parsed.figures
    ]


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over all reports."""

    config: Config
    client: Client
    span: Span

    def parts(self) -> Iterator[Part]:
        for name, report in self.config.reports.items():
            yield Part(name, FORMATS[report.format][1], self._reading(name, report))

    def _reading(self, name: str, report: Report) -> Any:
        async def read() -> Batch:
            found: list[Sample] = []
            async for files in self.runs(report):
                found += await asyncio.to_thread(parse_report, name, report, files, self.span.now)
            return Batch(tuple({(one.metric, one.at, one.labels): one for one in found}.values()))

        return read

    async def runs(self, report: Report) -> Any:
        """The files of each run that there is."""
        if report.path is not None:
            yield await asyncio.to_thread(local_files, report.path)
        elif report.url is not None:
            parts = urlsplit(report.url)
            answer = await self.client.at(f"{parts.scheme}://{parts.netloc}").get(report.url, accept="*/*")
            yield [File(parts.path.rpartition("/")[2] or "the report", answer.body, self.span.now)]
        else:
            async for at, archive in self._archives(report):
                yield await asyncio.to_thread(unzipped, archive, report.files, at)

    async def _archives(self, report: Report) -> Any:
        """Each artifact of the span, oldest first, with the time it was made."""
        api = _api(self.config, self.client)
        found: list[tuple[datetime, int]] = []
        first = self.span.first_day(USUAL)
        path = f"/repos/{self.config.repository}/actions/artifacts"
        async for page in api.pages(path, {"name": str(report.artifact), "per_page": 100}):
            made = [(moment(one, "created_at"), one) for one in rows(page, "artifacts")]
            days = [(day_of(at, self.span.zone), at, one) for at, one in made]
            found += [
                (at, int(number(one, "id")))
                for day, at, one in days
                if first <= day <= self.span.last_day and at <= self.span.now and _is_of(one, report)
            ]
            if days and max(day for day, _, _ in days) < first:
                break  # the newest come first
        if len(found) > _MOST_ARCHIVES:
            said = f"{report.artifact} was made more than {_MOST_ARCHIVES} times"
            raise UnexpectedResponse(said, hint="Read a shorter span.")
        for at, number_ in sorted(found):
            answer = await api.get(f"/repos/{self.config.repository}/actions/artifacts/{number_}/zip")
            yield at, answer.body


def _is_of(artifact: Any, report: Report) -> bool:
    if artifact.get("expired"):
        return False
    run = artifact.get("workflow_run")
    return report.branch is None or (isinstance(run, dict) and run.get("head_branch") == report.branch)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read every report; one that fails leaves its fault."""
    return await collect_parts(Reader(config, client, span).parts())


def _api(config: Config, client: Client) -> Api:
    headers = {"X-GitHub-Api-Version": "2022-11-28"}
    return client.at(config.base_url, Access(token=config.token, headers=headers, is_serial=True))


ABOUT = About(
    title="Build reports",
    measures="coverage, test results and benchmarks that a build writes",
    example={
        "repository": "acme/app",
        "token": "${GITHUB_TOKEN}",
        "reports": {
            "coverage": {"format": "cobertura", "artifact": "coverage", "files": "coverage.xml"},
            "tests": {"format": "junit", "artifact": "test-results", "files": "*.xml"},
            "speed": {"format": "pytest-benchmark", "path": "/ci/benchmark.json", "baseline": "test_before"},
        },
    },
    credentials=(
        Credential(
            "token",
            "GITHUB_TOKEN",
            "a fine-grained token with read access to Actions of the one repository",
            "https://github.com/settings/personal-access-tokens",
            is_required=False,
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="files of pytest, coverage.py, pytest-benchmark, hyperfine; GitHub after its documentation",
)

COLLECTOR = Collector(
    "reports",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(0),
    backfills=True,
    every=timedelta(hours=1),
    chunk=timedelta(days=30),
    forgets_after=timedelta(days=90),
    about=ABOUT,
)
