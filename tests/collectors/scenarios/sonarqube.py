"""SonarQube, played from a list of analyses whose times carry the server's own offset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from kpi.metric import labels
from tests.collectors.loopback import said_json
from tests.collectors.scenarios.base import NOW, Asked, Said, Sample, Scenario, refused

TOKEN = "squ_canarysonar"
SERVER = timezone(timedelta(hours=5, minutes=30))
CAP = 2  # analyses a page, and metrics a page
KEYS = [
    "coverage",
    "duplicated_lines_density",
    "complexity",
    "cognitive_complexity",
    "functions",
    "ncloc",
    "bugs",
    "vulnerabilities",
    "security_hotspots",
    "code_smells",
    "sqale_debt_ratio",
    "sqale_index",
    "comment_lines_density",
    "public_documented_api_density",
    "tests",
    "test_success_density",
]
NAMES = [
    "coverage",
    "duplicated_lines",
    "complexity",
    "cognitive_complexity",
    "functions",
    "lines",
    "bugs",
    "vulnerabilities",
    "hotspots",
    "code_smells",
    "debt_ratio",
    "debt",
    "comments",
    "documented_api",
    "tests",
    "test_success",
]
SHARES = {"coverage", "duplicated_lines", "debt_ratio", "comments", "documented_api", "test_success"}
# hours before now, and what was measured then, in the order of KEYS; None: not measured
ANALYSES: tuple[tuple[float, tuple[float | None, ...]], ...] = (
    (900, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6)),
    (60.25, (71.5, 2.4, 1200, 900, 400, 20000, 12, 3, 4, 250, 1.8, 5400, 14.5, 61, 380, 99.5)),
    (36, (72, 2.3, 1210, 905, 0, 20100, 11, 3, 4, 248, None, 5390, 14.5, 61, 381, None)),
    (12.5, (73.1, 2.2, 1250, 930, 410, 20500, 9, 2, 4, 240, 1.7, 5300, 14.4, None, 390, 100)),
)
SEVERITIES = {"BLOCKER": 0, "CRITICAL": 1, "MAJOR": 1, "MINOR": 0, "INFO": 0}


@dataclass
class SonarQube:
    """A server at `now`; `is_empty`: the project was never analysed."""

    now: datetime
    is_empty: bool = False
    unknown: str = ""
    """A metric that this server does not have."""

    @property
    def known(self) -> list[str]:
        return [key for key in KEYS if key != self.unknown]

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Said(401)
        query, path = asked.query, asked.path
        if path == "/api/metrics/search":
            at = int(query["p"])
            found = [{"key": key, "type": "INT"} for key in [*self.known, "new_lines"]]
            return said_json({"metrics": found[(at - 1) * 9 : at * 9], "total": len(found), "p": at, "ps": 9})
        if {query.get("component"), query.get("componentKeys")} - {None} != {"acme_rocket"}:
            return refused(404, errors=[{"msg": "Component key not found"}])
        keys = (query.get("metricKeys") or query.get("metrics") or "").split(",")
        if wrong := set(keys) - {""} - set(self.known):
            return refused(404, errors=[{"msg": f"The following metric keys are not found: {wrong}"}])
        if path == "/api/measures/component":
            return self.latest(keys)
        if path == "/api/measures/search_history":
            return self.history(keys, query)
        if path == "/api/issues/search" and query.get("resolved") == "false":
            values = [{"val": key, "count": 0 if self.is_empty else n} for key, n in SEVERITIES.items()]
            return said_json({"total": 2, "facets": [{"property": "severities", "values": values}]})
        return refused(404, errors=[{"msg": f"Unknown url : {path}"}])

    def latest(self, keys: list[str]) -> Said:
        values = {} if self.is_empty else dict(zip(KEYS, ANALYSES[-1][1], strict=True))
        found = [{"metric": key, "value": str(values[key])} for key in keys if values.get(key) is not None]
        return said_json({"component": {"key": "acme_rocket", "name": "Rocket", "measures": found}})

    def history(self, keys: list[str], query: dict[str, str]) -> Said:
        days = [datetime.fromisoformat(query[key]).date() for key in ("from", "to")]
        local = [((self.now - timedelta(hours=ago)).astimezone(SERVER), values) for ago, values in ANALYSES]
        inside = [] if self.is_empty else [row for row in local if days[0] <= row[0].date() <= days[1]]
        at = int(query["p"])
        page = inside[(at - 1) * CAP : at * CAP]
        measures: list[dict[str, Any]] = []
        for key in keys:
            entries = [
                {"date": when.strftime("%Y-%m-%dT%H:%M:%S%z"), "value": str(values[KEYS.index(key)])}
                for when, values in page
            ]
            told = [e if e["value"] != "None" else {"date": e["date"]} for e in entries]
            measures.append({"metric": key, "history": told})
        paging = {"pageIndex": at, "pageSize": CAP, "total": len(inside)}
        return said_json({"paging": paging, "measures": measures})


def told(at: datetime, values: tuple[float | None, ...], unknown: str = "") -> list[Sample]:
    """What one analysis says, unit by unit."""
    found = []
    for key, name, value in zip(KEYS, NAMES, values, strict=True):
        if value is not None and key != unknown:
            scaled = value / 100 if name in SHARES else value * 60 if name == "debt" else value
            found.append(Sample(f"sonarqube.{name}", at, float(scaled)))
    complexity, functions = values[2], values[4]
    if complexity is not None and functions:
        found.append(Sample("sonarqube.complexity_per_function", at, complexity / functions))
    return found


def severities(at: datetime, *, is_empty: bool = False) -> list[Sample]:
    return [
        Sample(
            "sonarqube.vulnerabilities_by_severity",
            at,
            0 if is_empty else count,
            labels({"severity": name.lower()}),
        )
        for name, count in SEVERITIES.items()
    ]


def project() -> Scenario:
    expected = severities(NOW)
    for ago, values in ANALYSES[1:]:
        expected += told(NOW - timedelta(hours=ago), values)
    return Scenario(
        settings={"project": "acme_rocket", "token": TOKEN, "base_url": "{url}"},
        answer=SonarQube(NOW),
        expected=[*expected, *told(NOW, ANALYSES[-1][1])],
        secrets=(TOKEN,),
        empty=SonarQube(NOW, is_empty=True),
        empty_expected=severities(NOW, is_empty=True),
    )


def odd_zone() -> Scenario:
    """An older server without one measure, and a back-fill whose last day ends where the clocks go back."""
    scenario = project()
    scenario.now = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    scenario.zone = "America/New_York"
    scenario.since, scenario.until = (
        datetime(2026, 11, 1, 4, tzinfo=UTC),
        datetime(2026, 11, 2, 5, tzinfo=UTC),
    )
    scenario.answer = SonarQube(scenario.now, unknown="public_documented_api_density")
    inside = scenario.now - timedelta(hours=36)  # 2026-11-02 00:00 UTC, an evening of the first in New York
    expected = told(inside, ANALYSES[2][1], "public_documented_api_density")
    expected += told(scenario.now, ANALYSES[-1][1], "public_documented_api_density")
    scenario.expected = [*expected, *severities(scenario.now)]
    return scenario


SCENARIOS = (project, odd_zone)
