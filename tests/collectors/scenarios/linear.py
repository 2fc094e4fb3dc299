"""A Linear workspace over GraphQL, played from lists of issues and cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from collectors.linear import CYCLES, ISSUES
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, HOUR, daily

TOKEN = "lin_api_canary4c21"
PAGE = 2
BACK = 45 * DAY


@dataclass(frozen=True)
class Issue:
    """An issue of a team, with its labels."""

    made: datetime
    done: datetime | None = None
    started: datetime | None = None
    due: date | None = None
    labels: tuple[str, ...] = ()
    team: str = "ENG"


@dataclass(frozen=True)
class Cycle:
    """A cycle with the points in it and the points completed, day by day."""

    end: datetime
    scope: tuple[float, ...]
    done: tuple[float, ...]
    team: str = "ENG"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


WORK = (
    Issue(ago(9), ago(2), ago(5), date(2026, 11, 18), ("Bug", "iOS")),
    Issue(ago(9), ago(2), ago(4), date(2026, 11, 17)),
    Issue(ago(1), labels=("Bug",)),
    Issue(ago(80), ago(3)),
    Issue(ago(0.1), started=ago(0.05)),
    Issue(ago(1), ago(0.5), team="OPS"),
)
CYCLE = (
    Cycle(ago(6), (20, 24, 25), (0, 9, 18)),
    Cycle(ago(20), (10, 10), (2.5, 10)),
    Cycle(ago(34), (), ()),
    Cycle(ago(-8), (30,), (0,)),
    Cycle(ago(90), (5,), (5,)),
    Cycle(ago(6), (99,), (99,), team="OPS"),
)


@dataclass
class Linear:
    """Strict: it knows two questions, and filters by time and team as it is asked."""

    issues: Sequence[Issue] = WORK
    cycles: Sequence[Cycle] = CYCLE

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != TOKEN:
            errors = [{"message": "no key", "extensions": {"code": "AUTHENTICATION_ERROR"}}]
            return refused(401, errors=errors)
        if (asked.method, asked.target) != ("POST", "/graphql"):
            return refused(404, message="Not found")
        body = asked.json()
        rule, after = body["variables"]["filter"], body["variables"]["after"]
        if set(body["variables"]) != {"filter", "after"} or body["query"] not in (CYCLES, ISSUES):
            return refused(400, errors=[{"message": "unknown", "extensions": {"code": "INVALID_INPUT"}}])
        name = "cycles" if body["query"] == CYCLES else "issues"
        nodes = list(self._cycles(rule) if name == "cycles" else self._issues(rule))
        start = int(after or 0)
        info = {"hasNextPage": start + PAGE < len(nodes), "endCursor": str(start + PAGE)}
        page = {"nodes": nodes[start : start + PAGE], "pageInfo": info}
        return said_json({"data": {name: page}}, X_Complexity="61", X_RateLimit_Requests_Remaining="1400")

    def _issues(self, rule: dict[str, Any]) -> Any:
        for number, one in enumerate(self.issues):
            times = {"createdAt": one.made, "completedAt": one.done}
            if meant(rule, times, one.team):
                yield {
                    "id": f"issue-{number}",
                    "createdAt": told(one.made),
                    "startedAt": told(one.started),
                    "completedAt": told(one.done),
                    "dueDate": one.due.isoformat() if one.due else None,
                    "labels": {"nodes": [{"name": each} for each in one.labels]},
                }

    def _cycles(self, rule: dict[str, Any]) -> Any:
        assert rule.pop("isPast") == {"eq": True}
        for number, one in enumerate(self.cycles):
            if one.end <= NOW and meant(rule, {"endsAt": one.end}, one.team):
                yield {
                    "id": f"cycle-{number}",
                    "endsAt": told(one.end),
                    "scopeHistory": [*one.scope],
                    "completedScopeHistory": [*one.done],
                }


def told(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def meant(rule: dict[str, Any], times: dict[str, datetime | None], team: str) -> bool:
    """Whether a filter means something of these times and this team."""
    (field,) = set(rule) - {"team"}
    low, high = (datetime.fromisoformat(rule[field][one]) for one in ("gte", "lt"))
    at = times[field]
    is_there = "team" not in rule or team in rule["team"]["key"]["in"]
    return is_there and at is not None and low <= at < high


def flows(issues: Sequence[Issue], zone: str = "UTC") -> list[Sample]:
    made = [one.made for one in issues]
    done = [one.done for one in issues if one.done]
    bugs = [one.made for one in issues if "Bug" in one.labels]
    found = daily("linear.issues_created", made, back=BACK, zone=zone)
    found += daily("linear.issues_completed", done, back=BACK, zone=zone)
    return found + daily("linear.bugs_created", bugs, back=BACK, zone=zone)


def event(name: str, at: datetime, value: float) -> Sample:
    return Sample(f"linear.{name}", at, value)


def _scenario(workspace: Linear, expected: list[Sample], **more: Any) -> Scenario:
    limited = [{"message": "Rate limit exceeded", "extensions": {"code": "RATELIMITED"}}]
    reset = {"X_RateLimit_Complexity_Remaining": "0", "X_RateLimit_Requests_Remaining": "77"}
    back = str(round((NOW + timedelta(seconds=9)).timestamp() * 1000))
    said = said_json({"errors": limited}, 400, X_RateLimit_Complexity_Reset=back, **reset)
    broken = [{"message": "Entity not found", "extensions": {"code": "INVALID_INPUT"}}]
    return Scenario(
        {"token": TOKEN, "base_url": "{url}", "teams": ["ENG"]},
        workspace,
        expected,
        secrets=(TOKEN,),
        limit=Limit(said, timedelta(seconds=9)),
        inner_error=said_json({"data": {"issues": None}, "errors": broken}),
        **more,
    )


def a_workspace() -> Scenario:
    moment = timedelta(microseconds=1)
    ours = [one for one in WORK if one.team == "ENG"]
    events = [
        event("cycle_time", ago(2), 3 * 86400),
        event("cycle_time", ago(2) + moment, 2 * 86400),
        event("on_time", ago(2), 1),
        event("on_time", ago(2) + moment, 0),
        event("velocity", ago(6), 18),
        event("committed", ago(6), 20),
        event("velocity", ago(20), 10),
        event("committed", ago(20), 10),
    ]
    return _scenario(Linear(), [*flows(ours), *events], empty=Linear((), ()), empty_expected=flows(()))


def days_of_berlin() -> Scenario:
    """The night in which the clocks went back, and a due date that is over by the reader's clock alone."""
    night = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # midnight in Berlin
    done = night + 25 * HOUR  # a day of 25 hours later: midnight again
    issues = [
        Issue(night, done - HOUR / 60, due=date(2026, 10, 25)),
        Issue(night - HOUR / 60, done, due=date(2026, 10, 25)),
    ]
    zone = "Europe/Berlin"
    events = [event("on_time", done - HOUR / 60, 1), event("on_time", done, 0)]
    return _scenario(Linear(issues, ()), [*flows(issues, zone), *events], zone=zone)


SCENARIOS = (a_workspace, days_of_berlin)
