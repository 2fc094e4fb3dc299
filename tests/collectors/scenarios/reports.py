"""A build on GitHub that leaves artifacts, and a server with two more reports; all from one list of runs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kpi.metric import labels
from tests.collectors.scenarios.base import NOW, Asked, Said, Sample, Scenario, refused

TOKEN = "reports-canary-token"
BUILDS = tuple(
    (
        number,
        NOW - timedelta(hours=10 * number),
        ("main", "feature")[number % 3 == 2],
        50 + number,
        number % 4,
    )
    for number in range(1, 160)
)
"""Builds: number, when, branch, tests, of which failed; the newest first, a hundred a page."""
SECONDS = {"before": 0.8, "after": 0.25}
PATH = "/repos/acme/app/actions/artifacts"
EXPIRED = 4


def junit(tests: int, failed: int) -> str:
    cases = [
        f'<testcase classname="t" name="t{one}" time="0.5">{"<failure/>" if one < failed else ""}</testcase>'
        for one in range(tests)
    ]
    skipped = '<testcase classname="t" name="skipped"><skipped/></testcase>'
    again = '<testcase classname="t" name="again"><flakyFailure/></testcase>'
    return f"<testsuites><testsuite>{''.join(cases)}{skipped}{again}</testsuite></testsuites>"


def cobertura(number: int) -> str:
    return (
        f'<coverage lines-valid="200" lines-covered="{200 - number}" branches-valid="40"'
        f' branches-covered="30" timestamp="{int((NOW - timedelta(hours=1)).timestamp() * 1000)}"/>'
    )


def archive(number: int, tests: int, failed: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("results/junit.xml", junit(tests, failed))
        opened.writestr("log.txt", "not a report")
    return written.getvalue()


@dataclass
class Stand:
    is_empty: bool = False

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/files/coverage.xml":
            empty = '<coverage lines-valid="0" lines-covered="0"/>'
            return Said(
                200, (empty if self.is_empty else cobertura(20)).encode(), {"Content-Type": "text/xml"}
            )
        if asked.path == "/files/speed.json":
            timings = [{"command": name, "mean": one, "median": one / 2} for name, one in SECONDS.items()]
            return told({"results": [] if self.is_empty else timings})
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, message="Bad credentials")
        if asked.path == PATH and asked.query.get("name") == "test-results":
            return self.artifacts(asked)
        found = [one for one in BUILDS if asked.path == f"{PATH}/{one[0]}/zip" and one[0] != EXPIRED]
        if not found:
            return refused(410 if asked.path.endswith("/zip") else 404, message="Not Found")
        number, _, _, tests, failed = found[0]
        return Said(200, archive(number, tests, failed), {"Content-Type": "application/zip"})

    def artifacts(self, asked: Asked) -> Said:
        size, page = int(asked.query["per_page"]), int(asked.query.get("page", "1"))
        every = () if self.is_empty else BUILDS
        shown = every[(page - 1) * size : page * size]
        listed = [
            {
                "id": number,
                "name": "test-results",
                "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                "expired": number == EXPIRED,
                "workflow_run": {"id": 1000 + number, "head_branch": branch},
            }
            for number, at, branch, _, _ in shown
        ]
        following = f"{PATH}?name=test-results&per_page={size}&page={page + 1}"
        more = f'<http://{asked.headers["host"]}{following}>; rel="next"'
        headers = {"Link": more} if page * size < len(every) else {}
        return told({"total_count": len(every), "artifacts": listed}, **headers)


def told(body: Any, **headers: str) -> Said:
    return Said(200, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


def expected(since: datetime) -> list[Sample]:
    """The figures straight from the builds, of all that are kept since the start of that day."""
    found: list[Sample] = []

    def add(report: str, at: datetime, figures: dict[str, float], **more: str) -> None:
        own = labels({"report": report, **more})
        found.extend(Sample(f"reports.{name}", at, value, own) for name, value in figures.items())

    for number, at, branch, tests, failed in BUILDS:
        if at >= since and branch == "main" and number != EXPIRED:
            counts = {"tests": tests + 2, "failures": failed, "skipped": 1, "flaky": 1, "duration": tests / 2}
            add("tests", at, {**counts, "pass_rate": (tests + 1 - failed) / (tests + 1)})
    add("coverage", NOW - timedelta(hours=1), {"line_coverage": 0.9, "branch_coverage": 0.75})
    for name, took in SECONDS.items():
        add("speed", NOW, {"benchmark_mean": took, "benchmark_median": took / 2}, benchmark=name)
    add("speed", NOW, {"speedup": 3.2}, benchmark="after")
    return found


def _scenario(first: datetime, **more: Any) -> Scenario:
    reports = {
        "tests": {"format": "junit", "artifact": "test-results", "files": "*.xml"},
        "coverage": {"format": "cobertura", "url": "{url}/files/coverage.xml"},
        "speed": {"format": "hyperfine", "url": "{url}/files/speed.json", "baseline": "before"},
    }
    settings = {"base_url": "{url}", "repository": "acme/app", "token": TOKEN, "reports": reports}
    return Scenario(settings, Stand(), expected(first), secrets=(TOKEN,), empty=Stand(is_empty=True), **more)


def of_now() -> Scenario:
    """The usual run: what was made today and on the three days before."""
    return _scenario(datetime(2026, 11, 17, tzinfo=UTC))


def back_fill() -> Scenario:
    """Sixty days, over two pages."""
    since = datetime(2026, 9, 21, tzinfo=UTC)
    return _scenario(since, since=since)


SCENARIOS: Sequence[Any] = (of_now, back_fill)
