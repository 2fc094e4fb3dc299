"""Code quality in SonarQube Server or Cloud: coverage, duplication, complexity, debt, bugs, vulnerabilities.

Endpoint: `/api/metrics/search` for what the server knows, `/api/measures/component` for now,
    `/api/measures/search_history` for the past, `/api/issues/search` for vulnerabilities by severity.
Auth: `token`, of a user who may browse the project.
Rate limit: none is published; requests go one at a time.
Freshness: with each analysis. The past holds one value an analysis; the server thins it out as it ages.
Docs: https://docs.sonarsource.com/sonarqube-server/extension-guide/web-api,
    https://docs.sonarsource.com/sonarqube-server/user-guide/code-metrics/metrics-definition

One unknown metric spoils a whole question, so only what the server knows is asked for. Times come with the
server's own offset, and its days are asked for with a day to spare. Percentages are told as shares of one,
and the debt, which SonarQube keeps in minutes, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api, Params
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Kind, Metric, Sample, labels

USUAL = timedelta(days=7)
PAGE = 500  # what SonarQube Cloud gives at most


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"sonarqube.{name}", unit, kind, description, names)


_MEASURES: tuple[tuple[str, float, Metric], ...] = (
    ("coverage", 0.01, _metric("coverage", "ratio", Kind.RATIO, "share of the code that tests reach")),
    (
        "duplicated_lines_density",
        0.01,
        _metric("duplicated_lines", "ratio", Kind.RATIO, "share of the lines that are duplicated"),
    ),
    ("complexity", 1, _metric("complexity", "", Kind.LEVEL, "cyclomatic complexity of the whole code")),
    ("cognitive_complexity", 1, _metric("cognitive_complexity", "", Kind.LEVEL, "cognitive complexity")),
    ("functions", 1, _metric("functions", "functions", Kind.LEVEL, "functions in the code")),
    ("ncloc", 1, _metric("lines", "lines", Kind.LEVEL, "lines of code, without comments and blanks")),
    ("bugs", 1, _metric("bugs", "bugs", Kind.LEVEL, "bugs that are open")),
    ("vulnerabilities", 1, _metric("vulnerabilities", "vulnerabilities", Kind.LEVEL, "open vulnerabilities")),
    ("security_hotspots", 1, _metric("hotspots", "hotspots", Kind.LEVEL, "security hotspots to review")),
    ("code_smells", 1, _metric("code_smells", "smells", Kind.LEVEL, "code smells that are open")),
    ("sqale_debt_ratio", 0.01, _metric("debt_ratio", "ratio", Kind.RATIO, "debt over the cost to write it")),
    ("sqale_index", 60, _metric("debt", "seconds", Kind.LEVEL, "time to fix all code smells")),
    (
        "comment_lines_density",
        0.01,
        _metric("comments", "ratio", Kind.RATIO, "share of the lines that are comments"),
    ),
    (
        "public_documented_api_density",
        0.01,
        _metric("documented_api", "ratio", Kind.RATIO, "share of the public interface with documentation"),
    ),
    ("tests", 1, _metric("tests", "tests", Kind.LEVEL, "unit tests")),
    (
        "test_success_density",
        0.01,
        _metric("test_success", "ratio", Kind.RATIO, "share of the unit tests that pass"),
    ),
)
PER_FUNCTION = _metric("complexity_per_function", "", Kind.RATIO, "cyclomatic complexity a function")
SEVERITY = Metric(
    "sonarqube.vulnerabilities_by_severity",
    "vulnerabilities",
    Kind.LEVEL,
    "open vulnerabilities of one severity",
    ("severity",),
    is_snapshot=True,
)
METRICS = (*(metric for _, _, metric in _MEASURES), PER_FUNCTION, SEVERITY)
_MEASURED = (*(metric.name for _, _, metric in _MEASURES), PER_FUNCTION.name)
_SCALES = {key: (scale, metric) for key, scale, metric in _MEASURES}


class Config(CollectorConfig):
    """Which project is read; without `branch`, its main one, as the Community edition has it alone."""

    collector: Literal["sonarqube"] = "sonarqube"
    project: str = Field(min_length=1, description="the project's key")
    branch: str = ""
    token: SecretStr = Field(min_length=1)
    base_url: Annotated[str, address("https://sonarcloud.io")] = "https://sonarcloud.io"


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one project."""

    config: Config
    api: Api
    span: Span
    _known: list[str] = field(default_factory=list)

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("measures", _MEASURED, self.measures),
            Part("history", _MEASURED, self.history),
            Part("vulnerabilities", (SEVERITY.name,), self.vulnerabilities),
        )

    async def measures(self) -> Batch:
        asked = {"metricKeys": ",".join(await self.known())} | self._of("component")
        found = await self.api.get_json("/api/measures/component", asked)
        values = {text(one, "metric"): one for one in rows(found, "component", "measures") if "value" in one}
        return Batch(tuple(parse_measures(values, self.span.now)))

    async def history(self) -> Batch:
        first, last = self.span.first_day(USUAL), self.span.last_day
        days = {"from": f"{first - timedelta(days=1)}", "to": f"{last + timedelta(days=1)}"}
        asked: dict[str, str | int] = {"metrics": ",".join(await self.known()), "ps": PAGE}
        asked |= days | self._of("component")
        found: dict[datetime, dict[str, Any]] = {}
        async for page in self.api.walk("/api/measures/search_history", {**asked, "p": 1}, _next(asked)):
            for at, key, one in parse_history(page):
                found.setdefault(at, {})[key] = one
        start = self.span.start_of(first)
        end = min(self.span.start_of(last + timedelta(days=1)), self.span.now)
        inside = {at: values for at, values in found.items() if start <= at < end}
        return Batch(tuple(one for at, values in inside.items() for one in parse_measures(values, at)))

    async def vulnerabilities(self) -> Batch:
        asked: dict[str, str | int] = {"types": "VULNERABILITY", "resolved": "false", "facets": "severities"}
        found = await self.api.get_json("/api/issues/search", asked | {"ps": 1} | self._of("componentKeys"))
        return Batch(tuple(parse_severities(found, self.span.now)))

    async def known(self) -> list[str]:
        """Which of our measures this server knows; read once."""
        if not self._known:
            asked: Params = {"ps": PAGE}
            pages = self.api.walk("/api/metrics/search", {**asked, "p": 1}, _next(asked))
            names = {text(one, "key") async for page in pages for one in rows(page, "metrics")}
            self._known.extend(key for key in _SCALES if key in names)
        if not self._known:
            raise UnexpectedResponse(
                "the server knows none of the measures", hint="Check that base_url is SonarQube's."
            )
        return self._known

    def _of(self, key: str) -> dict[str, str]:
        branch = {"branch": self.config.branch} if self.config.branch else {}
        return {key: self.config.project, **branch}


def _next(asked: Params) -> Callable[[Any], Params | None]:
    """What to ask after a page: the next number, until all entries were seen."""

    def following(page: Any) -> Params | None:
        about = page if "paging" not in page else part(page, "paging")  # older lists tell it beside the rest
        at, size, total = (number(about, key) for key in (("p", "ps", "total") if about is page else _PAGING))
        return {**asked, "p": int(at) + 1} if at * size < total else None

    return following


_PAGING = ("pageIndex", "pageSize", "total")


def parse_measures(values: Mapping[str, Any], at: datetime) -> Iterator[Sample]:
    """What one analysis measured; what it did not is no zero."""
    for key, one in values.items():
        if key in _SCALES:
            scale, metric = _SCALES[key]
            yield Sample(metric.name, at, number(one, "value") * scale)
    if "complexity" in values and "functions" in values:
        functions = number(values["functions"], "value")
        if functions:
            yield Sample(PER_FUNCTION.name, at, number(values["complexity"], "value") / functions)


def parse_history(page: Any) -> Iterable[tuple[datetime, str, Any]]:
    """Time, measure and entry of each value in a page; an analysis without the measure has none."""
    for measure in rows(page, "measures"):
        for one in rows(measure, "history"):
            if "value" in one:
                yield moment(one, "date"), text(measure, "metric"), one


def parse_severities(found: Any, at: datetime) -> Iterator[Sample]:
    """The server's own count by severity, zeros included: its list of issues ends at 10,000."""
    for facet in rows(found, "facets"):
        if part(facet, "property") == "severities":
            for one in rows(facet, "values"):
                named = labels({"severity": text(one, "val").lower()})
                yield Sample(SEVERITY.name, at, number(one, "count"), named)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one project; each part fails alone."""
    return await collect_parts(Reader(config, _api(config, client), span).parts())


async def probe(config: Config, client: Client) -> str:
    """The project and how much code it has."""
    asked = {"component": config.project, "metricKeys": "ncloc"}
    found = part(await _api(config, client).get_json("/api/measures/component", asked), "component")
    sizes = [number(one, "value") for one in rows(found, "measures")]
    return (
        f"{text(found, 'name')}, {sizes[0]:,.0f} lines" if sizes else f"{text(found, 'name')}, not analysed"
    )


def _api(config: Config, client: Client) -> Api:
    return client.at(config.base_url, Access(token=config.token, is_serial=True))


ABOUT = About(
    title="SonarQube",
    measures="coverage, duplication, complexity, debt, bugs, vulnerabilities",
    example={"project": "acme_rocket", "token": "${SONAR_TOKEN}", "base_url": "https://sonarcloud.io"},
    credentials=(
        Credential(
            "token",
            "SONAR_TOKEN",
            "a user token with Browse on the project",
            "https://sonarcloud.io/account/security",
        ),
    ),
    proof=Proof.FIXTURE,
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "sonarqube",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(hours=1),
    backfills=True,
    every=timedelta(hours=6),
    rereads=USUAL,
    chunk=timedelta(days=365),
    probe=probe,
    about=ABOUT,
)
