"""A Jira site, played from lists of issues and sprints."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, HOUR, daily

EMAIL, TOKEN = "kpi@acme.dev", "ATATT3x-canary-9f"
BASIC = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
POINTS = "customfield_10032"
PROFILE = ZoneInfo("Pacific/Auckland")
"""The zone of the account's profile, by which JQL reads its dates."""
PAGE = 2
WAITED = r'\(status CHANGED FROM "Blocked" AFTER "([\d-]+)" OR status CHANGED FROM "On hold" AFTER "\1"\)'


@dataclass(frozen=True)
class Issue:
    """An issue; `stays` are the times it came into and left the status Blocked."""

    made: datetime
    resolved: datetime | None = None
    due: date | None = None
    kind: str = "Story"
    labels: tuple[str, ...] = ()
    points: float | None = None
    stays: tuple[tuple[datetime, datetime | None], ...] = ()
    done: datetime | None = None  # finished without a resolution


@dataclass(frozen=True)
class Sprint:
    """A closed sprint of a board, with its issues by their place in the list."""

    start: datetime
    end: datetime
    issues: tuple[int, ...]
    board: int = 7


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


ISSUES = (
    Issue(ago(12), ago(6), date(2026, 11, 14), points=5, stays=((ago(10), ago(9.5)), (ago(9), ago(7)))),
    Issue(ago(12), ago(6), date(2026, 11, 13), points=3),
    Issue(ago(50), ago(4), points=8),
    Issue(ago(3), kind="Bug", labels=("found-in-production", "ios")),
    Issue(ago(3.1), ago(1), kind="Bug"),
    Issue(ago(0.01), points=2, stays=((ago(0.009), None),)),
    Issue(ago(90), ago(80), date(2026, 9, 1), kind="Bug", stays=((ago(85), ago(84)),)),
    Issue(ago(20), points=1, done=ago(15)),
)
SPRINTS = (
    Sprint(ago(19), ago(5), (0, 1, 2, 5, 7)),
    Sprint(ago(33), ago(19), (2,)),
    Sprint(ago(15), ago(8), (0,), board=8),
    Sprint(ago(95), ago(75), (6,)),
)


@dataclass
class Jira:
    """Strict: it knows the questions in JQL that are asked, and reads their dates in the profile's zone."""

    issues: Sequence[Issue] = ISSUES
    sprints: Sequence[Sprint] = SPRINTS

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Basic {BASIC}":
            return refused(401, message="Client must be authenticated to access this resource.")
        if asked.target == "/rest/api/3/myself":
            return said_json({"accountId": "5b10", "displayName": "KPI bot", "timeZone": PROFILE.key})
        if (asked.method, asked.path) == ("POST", "/rest/api/3/search/jql"):
            return self._search(asked.json())
        if asked.method != "GET":
            return refused(405, message="Method Not Allowed")
        if found := re.fullmatch(r"/rest/api/3/issue/KPI-(\d+)/changelog", asked.path):
            changes = list(self._changes(self.issues[int(found[1])]))
            return self._page(asked, changes, "values", set())
        if asked.path == "/rest/agile/1.0/board/7/sprint" and asked.query.get("state") == "closed":
            return self._page(
                asked, [self._sprint(number) for number in range(len(self.sprints))], "values", {"state"}
            )
        if found := re.fullmatch(r"/rest/agile/1.0/sprint/(\d+)/issue", asked.path):
            fields = asked.query.get("fields", "").split(",")
            issues = [self._issue(one, fields) for one in self.sprints[int(found[1]) - 40].issues]
            return self._page(asked, issues, "issues", {"fields"})
        return refused(404, errorMessages=["Issue does not exist or you do not have permission to see it."])

    def _search(self, body: dict[str, Any]) -> Said:
        rule = re.fullmatch(r'project in \("KPI", "OPS"\) AND (.*) ORDER BY key', body["jql"])
        if rule is None or set(body) - {"jql", "fields", "maxResults", "nextPageToken"}:
            return refused(400, errorMessages=["Error in the JQL Query"])
        numbers = [number for number, one in enumerate(self.issues) if _means(rule[1], one)]
        start = int(body.get("nextPageToken", "page-0").removeprefix("page-"))
        found = [self._issue(one, body["fields"]) for one in numbers[start : start + PAGE]]
        page: dict[str, Any] = {"issues": found, "isLast": start + PAGE >= len(numbers)}
        if not page["isLast"]:
            page["nextPageToken"] = f"page-{start + PAGE}"
        return said_json(page)

    def _page(self, asked: Asked, found: list[Any], key: str, allowed: set[str]) -> Said:
        if set(asked.query) - allowed != {"startAt", "maxResults"}:
            return refused(400, errorMessages=["unknown parameter"])
        start = int(asked.query["startAt"])
        page: dict[str, Any] = {key: found[start : start + PAGE], "startAt": start, "maxResults": PAGE}
        end = {"total": len(found)} if key == "issues" else {"isLast": start + PAGE >= len(found)}
        return said_json(page | end)

    def _sprint(self, number: int) -> Any:
        one = self.sprints[number]
        at = {"startDate": told(one.start), "completeDate": told(one.end), "endDate": told(one.end + DAY)}
        return {"id": 40 + number, "state": "closed", "name": f"S{number}", "originBoardId": one.board} | at

    def _issue(self, number: int, fields: Sequence[str]) -> Any:
        one = self.issues[number]
        is_done = bool(one.resolved or one.done)
        known = {
            "created": told(one.made),
            "resolutiondate": told(one.resolved) if one.resolved else None,
            "duedate": one.due.isoformat() if one.due else None,
            "issuetype": {"name": one.kind},
            "labels": list(one.labels),
            "status": {"name": "Any", "statusCategory": {"key": "done" if is_done else "indeterminate"}},
            "statuscategorychangedate": told(one.done or one.resolved or one.made),
            POINTS: one.points,
        }
        return {
            "id": str(10_000 + number),
            "key": f"KPI-{number}",
            "fields": {one: known[one] for one in fields},
        }

    def _changes(self, issue: Issue) -> Any:
        yield _change(issue.made, "assignee", "Ada", "Blocked")
        for begun, over in issue.stays:
            yield _change(begun, "status", "In Progress", "Blocked")
            if over is not None:
                yield _change(over, "status", "Blocked", "In Progress")


def told(at: datetime) -> str:
    """A time as Jira writes it: with an offset that has no colon."""
    return at.astimezone(PROFILE).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+1300"


def _change(at: datetime, field: str, before: str, after: str) -> Any:
    return {"created": told(at), "items": [{"field": field, "fromString": before, "toString": after}]}


def _means(rule: str, issue: Issue) -> bool:
    if found := re.fullmatch(r'(created|resolved) >= "([\d-]+)" AND \1 < "([\d-]+)"', rule):
        at = issue.made if found[1] == "created" else issue.resolved
        low, high = (datetime.fromisoformat(one).replace(tzinfo=PROFILE) for one in found.groups()[1:])
        return at is not None and low <= at < high
    if found := re.fullmatch(WAITED, rule):
        low = datetime.fromisoformat(found[1]).replace(tzinfo=PROFILE)
        return any(over is not None and over >= low for _, over in issue.stays)
    raise AssertionError(rule)


def flows(issues: Sequence[Issue], zone: str = "UTC") -> list[Sample]:
    bugs = [one for one in issues if one.kind == "Bug"]
    found = []
    for name, times in (
        ("issues_created", [one.made for one in issues]),
        ("issues_resolved", [one.resolved for one in issues if one.resolved]),
        ("bugs_created", [one.made for one in bugs]),
        ("bugs_escaped", [one.made for one in bugs if "found-in-production" in one.labels]),
        ("bugs_resolved", [one.resolved for one in bugs if one.resolved]),
    ):
        found += daily(f"jira.{name}", times, back=30 * DAY, zone=zone)
    return found


def event(name: str, at: datetime, value: float) -> Sample:
    return Sample(f"jira.{name}", at, value)


def _scenario(site: Jira, expected: list[Sample], **more: Any) -> Scenario:
    settings = {"base_url": "{url}", "email": EMAIL, "token": TOKEN, "projects": ["KPI", "OPS"]}
    return Scenario(
        settings | {"board": 7, "story_points": POINTS, "blocked": ["Blocked", "On hold"]},
        site,
        expected,
        secrets=(TOKEN, BASIC),
        limit=Limit(refused(429, message="Rate limit exceeded."), None),
        **more,
    )


def a_site() -> Scenario:
    moved = ago(6) + timedelta(microseconds=1)  # two resolved at one instant
    events = [
        event("resolution_time", ago(6), 6 * 86400),
        event("resolution_time", moved, 6 * 86400),
        event("resolution_time", ago(4), 46 * 86400),
        event("resolution_time", ago(1), 2.1 * 86400),
        event("on_time", ago(6), 1),  # 14 November, on its last day
        event("on_time", moved, 0),
        event("blocked_time", ago(9.5), 86400 / 2),
        event("blocked_time", ago(7), 2 * 86400),
        event("velocity", ago(5), 5 + 3 + 1),  # the 8 were finished after the close
        event("planned_points", ago(5), 5 + 3 + 8 + 2 + 1),
        event("velocity", ago(19), 0),
        event("planned_points", ago(19), 8),
    ]
    return _scenario(Jira(), [*flows(ISSUES), *events], empty=Jira((), ()), empty_expected=flows(()))


def days_of_los_angeles() -> Scenario:
    """The last hours of a day that is the next one in UTC, and a due date kept by that clock."""
    late = datetime(2026, 11, 11, 7, 59, tzinfo=UTC)
    night = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)  # half past one, twice that night
    issues = (
        Issue(night, late, date(2026, 11, 10)),
        Issue(night + HOUR, late + timedelta(minutes=2), date(2026, 11, 10)),
        Issue(night + 2 * HOUR),
    )
    events = [
        event("on_time", late, 1),
        event("on_time", late + timedelta(minutes=2), 0),
        event("resolution_time", late, (late - night).total_seconds()),
        event("resolution_time", late + timedelta(minutes=2), (late - night).total_seconds() - 3600 + 120),
    ]
    zone = "America/Los_Angeles"
    return _scenario(Jira(issues, ()), [*flows(issues, zone), *events], zone=zone)


SCENARIOS = (a_site, days_of_los_angeles)
