"""Linear: the scope of cycles, committed and completed, and issues made and finished a day.

Endpoint: POST `/graphql`: cycles that are over, and issues by when they were made and finished.
Auth: `token`, a personal API key, sent without "Bearer"; read access is enough.
Rate limit: requests and complexity an hour, each with headers (`X-RateLimit-Requests-*`, `X-Complexity`,
    `X-RateLimit-Complexity-*`); a refusal is an error RATELIMITED in the answer, of status 400 or 200.
Freshness: at once; the last 45 days are read again, for issues are moved and reopened. A day settles an hour
    after its end.
Docs: https://linear.app/developers/graphql, https://linear.app/developers/rate-limiting

One sample an event: `linear.velocity` and `linear.committed` at the end of a cycle (points completed at its
end; points in it at its start), so that the mean of the one over the mean of the other is the share of the
plan that was done; `linear.cycle_time` when an issue is completed, since it was started, and
`linear.on_time` then, 1 where that was by its due date and 0 where it was later. Where a team does not
estimate, Linear counts each issue as one point.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from collectors.base import (
    About,
    AuthFailed,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    CollectorFault,
    Credential,
    Part,
    RateLimited,
    Span,
    UnexpectedResponse,
    address,
    collect_parts,
)
from collectors.http import Access, Answer, Api, Pace
from collectors.payload import moment, number, part, rows, text
from collectors.per_day import Stretch, apart
from collectors.waiting import retry_after
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample

USUAL = timedelta(days=45)
SETTLES_AFTER = timedelta(hours=1)
_PAGE = 50
_MOST_PAGES = 400


def _daily(name: str, unit: str, description: str) -> Metric:
    return Metric(f"linear.{name}", unit, Kind.FLOW, description)


def _event(name: str, unit: str, description: str) -> Metric:
    metric = Metric(f"linear.{name}", unit, Kind.RATIO, description)
    return replace(metric, every=timedelta(days=366), is_event=True)


CREATED = _daily("issues_created", "issues", "issues made on a day")
COMPLETED = _daily("issues_completed", "issues", "issues completed on a day")
BUGS = _daily("bugs_created", "bugs", "issues made on a day that bear the label of bugs")
CYCLE_TIME = _event("cycle_time", "seconds", "from an issue's start to its completion, one each")
ON_TIME = _event("on_time", "ratio", "1 for each issue completed by its due date, 0 for a later one")
VELOCITY = _event("velocity", "points", "points completed in a cycle, one each")
COMMITTED = _event("committed", "points", "points in a cycle at its start, one each")

METRICS = (CREATED, COMPLETED, BUGS, CYCLE_TIME, ON_TIME, VELOCITY, COMMITTED)

_PAGES = "pageInfo { hasNextPage endCursor }"
_ARGUMENTS = f"first: {_PAGE}, after: $after"
CYCLES = f"""query Cycles($after: String, $filter: CycleFilter) {{
  cycles({_ARGUMENTS}, filter: $filter) {{
    nodes {{ id endsAt scopeHistory completedScopeHistory }} {_PAGES}
  }}
}}"""
ISSUES = f"""query Issues($after: String, $filter: IssueFilter) {{
  issues({_ARGUMENTS}, filter: $filter, includeArchived: true) {{
    nodes {{ id createdAt startedAt completedAt dueDate labels {{ nodes {{ name }} }} }} {_PAGES}
  }}
}}"""
VIEWER = "query Viewer { viewer { name organization { name } } }"


class Config(CollectorConfig):
    """Which workspace is read, or which of its teams."""

    collector: Literal["linear"] = "linear"
    token: SecretStr = Field(min_length=1)
    base_url: Annotated[str, address("https://api.linear.app")] = "https://api.linear.app"
    teams: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9]{1,10}$")], ...] = Field(
        (), description="keys of teams, such as ENG; none: all of them"
    )
    bug_label: str = Field("Bug", min_length=1)


Nodes = Sequence[Mapping[str, Any]]


def parse_cycles(cycles: Nodes, stretch: Stretch) -> Iterator[Sample]:
    """Points at the start and points completed at the end of each cycle that ended in these days."""
    found = []
    for one in cycles:
        at, key = moment(one, "endsAt"), text(one, "id")
        scope, done = _history(one, "scopeHistory"), _history(one, "completedScopeHistory")
        if stretch.holds(at) and scope and done:  # a cycle without a day of its own has no history
            found.append((key, Sample(VELOCITY.name, at, done[-1])))
            found.append((key, Sample(COMMITTED.name, at, scope[0])))
    return apart(found)


def _history(cycle: Mapping[str, Any], name: str) -> list[float]:
    found = part(cycle, name)
    if not isinstance(found, list):
        raise UnexpectedResponse(f"a cycle's {name} is no list", hint="Nothing of this answer was used.")
    return [number(found, place) for place in range(len(found))]


def parse_created(issues: Nodes, bug_label: str, stretch: Stretch) -> Iterator[Sample]:
    """Issues and bugs by the day they were made."""
    made = [(moment(one, "createdAt"), one) for one in issues]
    bugs = [
        at for at, one in made if bug_label in {text(each, "name") for each in rows(one, "labels", "nodes")}
    ]
    yield from stretch.samples(CREATED, stretch.counts(at for at, _ in made), SETTLES_AFTER)
    yield from stretch.samples(BUGS, stretch.counts(bugs), SETTLES_AFTER)


def parse_completed(issues: Nodes, stretch: Stretch) -> Iterator[Sample]:
    """Issues by the day they were completed, how long each took, and whether it was on time."""
    done = [(moment(one, "completedAt"), one) for one in issues]
    yield from stretch.samples(COMPLETED, stretch.counts(at for at, _ in done), SETTLES_AFTER)
    events = []
    for at, one in done:
        if not stretch.holds(at):
            continue
        key = text(one, "id")
        started = moment(one, "startedAt") if part(one, "startedAt") else None
        if started is not None and started <= at:
            events.append((key, Sample(CYCLE_TIME.name, at, (at - started).total_seconds())))
        if part(one, "dueDate"):
            is_on_time = day_of(at, stretch.span.zone) <= _day(one)
            events.append((key, Sample(ON_TIME.name, at, float(is_on_time))))
    yield from apart(events)


def _day(issue: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(text(issue, "dueDate"))
    except ValueError:
        raise UnexpectedResponse("a due date is no date", hint="Nothing of this answer was used.") from None


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one workspace."""

    config: Config
    api: Api
    stretch: Stretch

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("created", (CREATED.name, BUGS.name), self.created),
            Part("completed", (COMPLETED.name, CYCLE_TIME.name, ON_TIME.name), self.completed),
            Part("cycles", (VELOCITY.name, COMMITTED.name), self.cycles),
        )

    async def created(self) -> Batch:
        found = [one async for one in self.nodes(ISSUES, "issues", self.rule("createdAt"))]
        return Batch(tuple(parse_created(found, self.config.bug_label, self.stretch)))

    async def completed(self) -> Batch:
        found = [one async for one in self.nodes(ISSUES, "issues", self.rule("completedAt"))]
        return Batch(tuple(parse_completed(found, self.stretch)))

    async def cycles(self) -> Batch:
        rule = self.rule("endsAt") | {"isPast": {"eq": True}}
        found = [one async for one in self.nodes(CYCLES, "cycles", rule)]
        return Batch(tuple(parse_cycles(found, self.stretch)))

    def rule(self, field: str) -> dict[str, Any]:
        """The filter for these days, and for the teams where some are named."""
        within = {field: {"gte": _iso(self.stretch.start), "lt": _iso(self.stretch.end)}}
        teams = {"team": {"key": {"in": list(self.config.teams)}}} if self.config.teams else {}
        return within | teams

    async def nodes(self, query: str, name: str, rule: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Every node of a list, once; a longer list than can be read is a fault."""
        after: str | None = None
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            data = await self.api.graphql("/graphql", query, {"after": after, "filter": dict(rule)})
            for one in rows(data, name, "nodes"):
                if text(one, "id") not in seen:
                    seen.add(text(one, "id"))
                    yield one
            if part(data, name, "pageInfo", "hasNextPage") is not True:
                return
            after = text(data, name, "pageInfo", "endCursor")
        raise UnexpectedResponse(
            f"Linear lists more than {_MOST_PAGES * _PAGE:,} {name}",
            hint="Read a shorter span, or name teams.",
        )


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one workspace."""
    return await collect_parts(Reader(config, _api(config, client), Stretch.of(span, USUAL)).parts())


async def probe(config: Config, client: Client) -> str:
    """The workspace, and as whom it is read."""
    data = await _api(config, client).graphql("/graphql", VIEWER, {})
    return f"{text(data, 'viewer', 'organization', 'name')}, as {text(data, 'viewer', 'name')}"


def _api(config: Config, client: Client) -> Api:
    # A personal key stands alone in the header: the scheme is left out.
    key = config.token.get_secret_value().strip()
    access = Access(
        headers={"Authorization": key}, secrets=(key,), pace=Pace(requests=1500, seconds=3600), fault=_fault
    )
    return client.at(config.base_url, access)


def _fault(answer: Answer, now: datetime) -> CollectorFault | None:
    """Linear tells a limit and a refused key in `errors[].extensions.code`, whatever the status."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    errors = body.get("errors") if isinstance(body, dict) else None
    codes = {
        str(one["extensions"].get("code", ""))
        for one in (errors if isinstance(errors, list) else [])
        if isinstance(one, dict) and isinstance(one.get("extensions"), dict)
    }
    if "RATELIMITED" in codes:
        wait = _wait(answer, now)
        hint = "It is asked again when the hour's allowance is back."
        return RateLimited("Linear's limit is reached", hint=hint, status=answer.status, retry_after=wait)
    if codes & {"AUTHENTICATION_ERROR", "FORBIDDEN"}:
        hint = "Make a new personal API key, with read access."
        return AuthFailed("Linear refuses the key", hint=hint, status=answer.status)
    return None


def _wait(answer: Answer, now: datetime) -> timedelta | None:
    """Of the two allowances, the one that is used up says when it is back."""
    if answer.headers.get("x-ratelimit-complexity-remaining", "").strip() == "0":
        reset = answer.headers.get("x-ratelimit-complexity-reset", "")
        return retry_after({"x-ratelimit-reset": reset}, now)
    return retry_after(answer.headers, now)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


ABOUT = About(
    title="Linear",
    measures="cycles, issues made and completed, cycle time",
    example={"token": "${LINEAR_API_KEY}", "teams": ["ENG"]},
    credentials=(
        Credential(
            "token",
            "LINEAR_API_KEY",
            "a personal API key with read access",
            "https://linear.app/settings/account/security",
        ),
    ),
    proven_by="documentation of November 2026; fields and filters of @linear/sdk 98.0.0",
)

COLLECTOR = Collector(
    "linear",
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
