"""Jira Cloud: issues and bugs a day, deliveries by their due date, time blocked, and the points of sprints.

Endpoint: POST `/rest/api/3/search/jql`, `/rest/api/3/issue/{key}/changelog` of issues that were blocked,
    and of a board `/rest/agile/1.0/board/{board}/sprint` and `/rest/agile/1.0/sprint/{sprint}/issue`.
Auth: `email` and `token` (an API token of that account, which sees the projects). Who asks is asked first:
    a search with a dead token is answered as if there were no issues.
Rate limit: by cost and not published; a refusal is a 429 with Retry-After.
Freshness: at once, but the search lags writes by moments and people edit issues: the last 30 days are read
    again, and a day settles an hour after its end.
Docs: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/,
    https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/

A date in JQL is of the zone in the account's profile: a day more is asked for at each end, and the days are
made here. Search answers page by page by a token, without a total.

One sample an event: `jira.velocity` and `jira.planned_points` at the close of a sprint (points of the issues
finished between its start and its close; points of all its issues, also of those added under way), so that
the mean of the one over the mean of the other is the share done; `jira.on_time` at the resolution of an issue
that has a due date (1 where that day is not over, else 0); `jira.resolution_time` since an issue was made;
`jira.blocked_time` when an issue leaves a blocked status, since it got there.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
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
    Span,
    UnexpectedResponse,
    address,
    collect_parts,
)
from collectors.http import Access, Answer, Api, Pace, Params
from collectors.jira_samples import (
    BLOCKED,
    BUGS,
    BUGS_RESOLVED,
    CREATED,
    ESCAPED,
    ON_TIME,
    PLANNED,
    RESOLUTION,
    RESOLVED,
    SETTLES_AFTER,
    VELOCITY,
    parse_created,
    parse_resolved,
    parse_sprint,
    parse_stays,
)
from collectors.payload import moment, number, rows, text
from collectors.per_day import Stretch, apart
from kpi.metric import Sample

USUAL = timedelta(days=30)
_PAGE = 100
_MOST_BLOCKED = 500
_DAY = timedelta(days=1)


METRICS = (
    CREATED,
    RESOLVED,
    BUGS,
    ESCAPED,
    BUGS_RESOLVED,
    RESOLUTION,
    ON_TIME,
    BLOCKED,
    VELOCITY,
    PLANNED,
)


class Config(CollectorConfig):
    """Which projects and which board are read, and how the site names things."""

    collector: Literal["jira"] = "jira"
    base_url: Annotated[str, address("https://acme.atlassian.net")]
    email: str = Field(min_length=3, description="of the account whose token it is")
    token: SecretStr = Field(min_length=1)
    projects: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")], ...] = Field(
        min_length=1, description="keys of projects"
    )
    board: int | None = Field(None, ge=1, description="the number of the board whose sprints count")
    story_points: str = Field("customfield_10016", description="the field of story points, as its id")
    bug_types: frozenset[str] = frozenset({"Bug"})
    escaped_label: str = Field("found-in-production", description="marks bugs that users met")
    blocked: tuple[str, ...] = Field((), description="statuses that mean an issue waits: Blocked")


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over some projects of a site."""

    config: Config
    api: Api
    stretch: Stretch

    def parts(self) -> list[Part]:
        parts = [
            Part("created", (CREATED.name, BUGS.name, ESCAPED.name), self.created),
            Part(
                "resolved",
                (RESOLVED.name, BUGS_RESOLVED.name, RESOLUTION.name, ON_TIME.name),
                self.resolved,
            ),
        ]
        if self.config.blocked:
            parts.append(Part("blocked", (BLOCKED.name,), self.blocked))
        if self.config.board is not None:
            parts.append(Part("sprints", (VELOCITY.name, PLANNED.name), self.sprints))
        return parts

    async def created(self) -> Batch:
        found = await self.search(self.between("created"), "created", "issuetype", "labels")
        return Batch(
            tuple(parse_created(found, self.config.bug_types, self.config.escaped_label, self.stretch))
        )

    async def resolved(self) -> Batch:
        fields = ("resolutiondate", "created", "duedate", "issuetype")
        found = await self.search(self.between("resolved"), *fields)
        return Batch(tuple(parse_resolved(found, self.config.bug_types, self.stretch)))

    async def blocked(self) -> Batch:
        since = self.stretch.days[0] - _DAY
        left = (f'status CHANGED FROM {_quoted(one)} AFTER "{since}"' for one in self.config.blocked)
        found = await self.search(f"({' OR '.join(left)})", "created")
        if len(found) > _MOST_BLOCKED:
            raise UnexpectedResponse(
                f"{len(found)} issues were blocked; at most {_MOST_BLOCKED} are looked into",
                hint="Read a shorter span, or fewer projects.",
            )
        stays: list[tuple[str, Sample]] = []
        for one in found:
            key = text(one, "key")
            changes = [change async for change in self.listed(f"/rest/api/3/issue/{key}/changelog", "values")]
            stays += parse_stays(key, changes, self.config.blocked)
        return Batch(tuple(apart((key, one) for key, one in stays if self.stretch.holds(one.at))))

    async def sprints(self) -> Batch:
        path, found = f"/rest/agile/1.0/board/{self.config.board}/sprint", []
        async for sprint in self.listed(path, "values", state="closed"):
            is_own = sprint.get("originBoardId", self.config.board) == self.config.board
            if is_own and self.stretch.holds(moment(sprint, "completeDate")):
                fields = f"{self.config.story_points},status,resolutiondate,statuscategorychangedate"
                below = f"/rest/agile/1.0/sprint/{number(sprint, 'id'):.0f}/issue"
                issues = [one async for one in self.listed(below, "issues", fields=fields)]
                key = f"{number(sprint, 'id'):.0f}"
                found += [(key, one) for one in parse_sprint(sprint, issues, self.config.story_points)]
        return Batch(tuple(apart(found)))

    def between(self, field: str) -> str:
        """JQL for the days, and one more at each end: its dates are of the account's zone."""
        first, last = self.stretch.days[0] - _DAY, self.stretch.days[-1] + 2 * _DAY
        return f'{field} >= "{first}" AND {field} < "{last}"'

    async def search(self, rule: str, *fields: str) -> list[dict[str, Any]]:
        """Every issue that `rule` means, once."""
        projects = ", ".join(map(_quoted, self.config.projects))
        asked: dict[str, Any] = {"jql": f"project in ({projects}) AND {rule} ORDER BY key"}
        asked |= {"fields": list(fields), "maxResults": _PAGE}

        def following(page: Any) -> Any | None:
            token = page.get("nextPageToken")
            return asked | {"nextPageToken": token} if token else None

        found: dict[str, dict[str, Any]] = {}
        async for page in self.api.walk_posts("/rest/api/3/search/jql", asked, following):
            found |= {text(one, "id"): one for one in rows(page, "issues")}
        return list(found.values())

    async def listed(self, path: str, key: str, **query: str) -> AsyncIterator[dict[str, Any]]:
        """The rows of a list that is paged by `startAt`, to its end."""
        read = 0

        def following(page: Any) -> Params | None:
            is_last = page["isLast"] if "isLast" in page else read >= number(page, "total")
            return None if is_last else {**query, "startAt": read, "maxResults": _PAGE}

        async for page in self.api.walk(path, {**query, "startAt": 0, "maxResults": _PAGE}, following):
            found = list(rows(page, key))
            read += len(found)
            if not found and following(page) is not None:
                raise UnexpectedResponse(f"a list of {key} breaks off", hint="It is asked again.")
            for one in found:
                yield one


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read some projects. Who is asking is asked first: without a live token every list is empty."""
    api = _api(config, client)
    text(await api.get_json("/rest/api/3/myself"), "accountId")
    return await collect_parts(Reader(config, api, Stretch.of(span, USUAL)).parts())


async def probe(config: Config, client: Client) -> str:
    """As whom the site is read."""
    return f"as {text(await _api(config, client).get_json('/rest/api/3/myself'), 'displayName')}"


def _api(config: Config, client: Client) -> Api:
    access = Access.basic(config.email, config.token, pace=Pace(at_once=2), fault=_fault)
    return client.at(config.base_url, access)


def _fault(answer: Answer, _: datetime) -> UnexpectedResponse | None:
    """A refused question says what is wrong with it in a list."""
    if answer.status != 400:
        return None
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    words = said.get("errorMessages") if isinstance(said, dict) else None
    if not isinstance(words, list) or not words:
        return None
    hint = "Check projects, blocked and story_points in kpi.yaml."
    return UnexpectedResponse(f"Jira refuses the question: {str(words[0])[:200]}", hint=hint, status=400)


ABOUT = About(
    title="Jira",
    measures="issues, bugs, on-time delivery, time blocked, velocity",
    example={
        "base_url": "https://acme.atlassian.net",
        "email": "kpi@acme.dev",
        "token": "${JIRA_API_TOKEN}",
        "projects": ["KPI"],
        "board": 1,
        "blocked": ["Blocked"],
    },
    credentials=(
        Credential(
            "token",
            "JIRA_API_TOKEN",
            "an account that may browse the projects; with scopes: read:jira-work, read:jira-user",
            "https://id.atlassian.com/manage-profile/security/api-tokens",
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "jira",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    rereads=USUAL,
    chunk=timedelta(days=60),
    probe=probe,
    about=ABOUT,
)
