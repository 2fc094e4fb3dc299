"""Codecov, played from a list of commits: two of them are unfinished, one is older than the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kpi.metric import labels
from tests.collectors.loopback import said_json
from tests.collectors.scenarios.base import NOW, Asked, Said, Sample, Scenario, refused

TOKEN = "codecov-canary-token"
ROOT = "/api/v2/github/acme/repos/rocket"
CAP = 2
# hours before now, state, covered and all lines
COMMITS = (
    (1, "pending", None, None),
    (5, "complete", 8120, 10000),
    (30, "complete", 8000, 9990),
    (31, "error", 1, 9990),
    (100, "complete", 7900, 9900),
    (700, "complete", 10, 9000),
)
FLAGS = (("unit", 74.5), ("e2e", None), ("api", 90.0))


def totals(hits: int | None, lines: int | None) -> dict[str, Any] | None:
    if hits is None or lines is None:
        return None
    return {"files": 9, "lines": lines, "hits": hits, "coverage": round(100 * hits / lines, 5)}


def commits(now: datetime) -> list[dict[str, Any]]:
    found = []
    for at, (hours, state, hits, lines) in enumerate(COMMITS):
        when = (now - timedelta(hours=hours)).replace(microsecond=0, tzinfo=None).isoformat()
        found.append(
            {"commitid": f"{at:040x}", "timestamp": when, "state": state, "totals": totals(hits, lines)}
        )
    return found


@dataclass
class Codecov:
    """The repository at `now`."""

    now: datetime
    is_empty: bool = False

    def paged(self, found: list[Any], asked: Asked) -> Said:
        number, size = int(asked.query["page"]), int(asked.query["page_size"])
        assert 1 <= size <= 100
        rest = [] if self.is_empty else found[(number - 1) * CAP :]
        link = f"http://{asked.headers['host']}{asked.path}?page={number + 1}" if len(rest) > CAP else None
        return said_json({"count": len(found), "next": link, "results": rest[:CAP], "total_pages": 3})

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"bearer {TOKEN}":
            return refused(401, detail="Invalid token.")
        is_right = asked.path.startswith(ROOT) and asked.query.get("branch") in (None, "main")
        if asked.method != "GET" or not is_right:
            return refused(404, detail="Not found.")
        newest = None if self.is_empty else totals(*COMMITS[1][2:])
        match asked.path.removeprefix(ROOT):
            case "/":
                return said_json({"name": "rocket", "branch": "main", "active": True, "totals": newest})
            case "/totals/":
                return said_json({"totals": newest, "files": []})
            case "/commits/" if asked.query.get("branch"):
                return self.paged(commits(self.now), asked)
            case "/flags/":
                return self.paged([{"flag_name": name, "coverage": share} for name, share in FLAGS], asked)
        return refused(404, detail="Not found.")


def repository() -> Scenario:
    done = [
        (hours, hits, lines) for hours, state, hits, lines in COMMITS if state == "complete" and hours < 170
    ]
    expected = [
        Sample("codecov.coverage", NOW - timedelta(hours=hours), round(100 * hits / lines, 5) / 100)
        for hours, hits, lines in done
        if hits is not None and lines is not None
    ]
    expected += [
        Sample("codecov.coverage", NOW, 0.812),
        Sample("codecov.lines", NOW, 10000),
        Sample("codecov.covered_lines", NOW, 8120),
        Sample("codecov.flag_coverage", NOW, 0.745, labels({"flag": "unit"})),
        Sample("codecov.flag_coverage", NOW, 0.9, labels({"flag": "api"})),
    ]
    return Scenario(
        settings={"repository": "acme/rocket", "token": TOKEN, "base_url": "{url}"},
        answer=Codecov(NOW),
        expected=expected,
        secrets=(TOKEN,),
        empty=Codecov(NOW, is_empty=True),
    )


def clocks_go_back() -> Scenario:
    """A back-fill of one day of 25 hours: what lies at its edges belongs to it, what lies after does not."""
    scenario = repository()
    scenario.zone = "America/New_York"
    scenario.now = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    scenario.since, scenario.until = (
        datetime(2026, 11, 1, 4, tzinfo=UTC),
        datetime(2026, 11, 2, 5, tzinfo=UTC),
    )
    scenario.answer = Codecov(scenario.now)
    at = scenario.now - timedelta(hours=31)
    assert at == datetime(2026, 11, 2, 5, tzinfo=UTC)  # the first instant of the next day
    fixed = [one for one in scenario.expected if one.at == NOW]
    scenario.expected = [Sample(one.metric, scenario.now, one.value, one.labels) for one in fixed]
    return scenario


SCENARIOS = (repository, clocks_go_back)
