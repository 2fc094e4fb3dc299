"""A Discourse forum: posts, topics, likes, new members, who visits and takes part, answers, solutions.

Endpoint: `/admin/reports/{type}.json` for each report, `/admin/reports.json` for the list of them, and
    `/about.json` for the members of the moment.
Auth: `api_key` and `username`: a read-only key of an administrator or moderator. To others Discourse says
    that there are no reports (404).
Rate limit: 60 requests a minute for a key; ten requests a run.
Freshness: within minutes. Deletions and late answers move past days, so a week is read anew; reports reach
    back to the forum's first day. Members are of the moment.
Docs: https://docs.discourse.org,
    https://github.com/discourse/discourse/tree/main/app/models/concerns/reports

Discourse counts by UTC days, whatever the company's zone. People of a day and its mean stand at its last
second and are told once it is over. A report leaves out days without a row: of a count
that is zero, once the answer says that it covers the day; of a mean it is no number. `response_time` is
Discourse's mean over the topics of a day that have an answer by another, rounded to 36 seconds. Solutions are
counted where the plugin Solved is there, on the day they were accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from collectors.answers import hinted
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Span,
    address,
    collect_parts,
)
from collectors.faults import Unavailable, UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.of_day import Days
from collectors.payload import moment, number, part, rows, text
from collectors.per_day import Stretch
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(hours=1)
ANSWERS_SETTLE_AFTER = timedelta(days=7)
USUAL = timedelta(days=7)
_PACE = Pace(60, 60)
_HOUR = 3600
_SOLVED = "accepted_solutions"


def _metric(name: str, unit: str, kind: Kind, description: str) -> Metric:
    return Metric(f"discourse.{name}", unit, kind, description)


POSTS = _metric("posts", "posts", Kind.FLOW, "public posts of a day, first posts of topics among them")
TOPICS = _metric("topics", "topics", Kind.FLOW, "topics that were opened on a day")
LIKES = _metric("likes", "likes", Kind.FLOW, "likes given on a day")
SIGNUPS = _metric("signups", "members", Kind.FLOW, "members who joined on a day")
VISITORS = _metric("daily_active_users", "users", Kind.RATIO, "different members who visited on a day")
ENGAGED = _metric("engaged_users", "users", Kind.RATIO, "different members who wrote or liked on a day")
UNANSWERED = _metric(
    "unanswered_topics", "topics", Kind.FLOW, "topics of a day that nobody else answered yet"
)
SOLUTIONS = _metric("solutions", "solutions", Kind.FLOW, "answers that were accepted on a day")
RESPONSE = replace(
    _metric("response_time", "seconds", Kind.RATIO, "mean time to the first answer, of the topics of a day"),
    every=timedelta(days=366),
)
MEMBERS = replace(_metric("members", "members", Kind.LEVEL, "members of the forum"), is_snapshot=True)
MONTHLY = replace(
    _metric("monthly_active_users", "users", Kind.RATIO, "different members who visited in the last 30 days"),
    is_snapshot=True,
)
_COUNTS = {
    "posts": (POSTS, SETTLES_AFTER),
    "topics": (TOPICS, SETTLES_AFTER),
    "likes": (LIKES, SETTLES_AFTER),
    "signups": (SIGNUPS, SETTLES_AFTER),
    "visits": (VISITORS, SETTLES_AFTER),
    "daily_engaged_users": (ENGAGED, SETTLES_AFTER),
    "topics_with_no_response": (UNANSWERED, ANSWERS_SETTLE_AFTER),
}
METRICS = (*(one for one, _ in _COUNTS.values()), SOLUTIONS, RESPONSE, MEMBERS, MONTHLY)

_HINTS = {
    403: "Set a new api_key: Discourse makes one under Admin, API, with the scope Read-only.",
    404: "Check base_url, and that the key is of an administrator or moderator: others see no reports.",
}


class Config(CollectorConfig):
    """Which forum is read, and as whom."""

    collector: Literal["discourse"] = "discourse"
    base_url: Annotated[str, address("https://forum.acme.dev")]
    api_key: SecretStr = Field(min_length=1, description="a read-only key")
    username: str = Field(
        default="system", pattern=r"^[\w.-]{1,60}$", description="the administrator whose key it is"
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one forum."""

    api: Api
    stretch: Stretch

    def parts(self) -> Iterator[Part]:
        for report, (metric, after) in _COUNTS.items():
            yield Part(report, (metric.name,), partial(self.counts, report, metric, after))
        yield Part("time_to_first_response", (RESPONSE.name,), self.response)
        yield Part(_SOLVED, (SOLUTIONS.name,), self.solutions)
        yield Part("about", (MEMBERS.name, MONTHLY.name), self.about)

    async def counts(self, report: str, metric: Metric, after: timedelta) -> Batch:
        """A count of each day. The answer covers all of them, so one without a row is zero."""
        found = parse_report(await self.report(report))
        return self.told(metric, {day: found.get(day, 0.0) for day in self.stretch.days}, after)

    async def response(self) -> Batch:
        """A mean of each day that has one."""
        found = parse_report(await self.report("time_to_first_response"))
        seconds = {day: found[day] * _HOUR for day in self.stretch.days if day in found}
        return self.told(RESPONSE, seconds, ANSWERS_SETTLE_AFTER)

    async def solutions(self) -> Batch:
        """Nothing where the forum has no such report: it lacks the plugin, which is no zero."""
        known = rows(await self.api.get_json("/admin/reports.json"), "reports")
        if _SOLVED not in {text(one, "type") for one in known}:
            return Batch()
        return await self.counts(_SOLVED, SOLUTIONS, SETTLES_AFTER)

    async def about(self) -> Batch:
        found = part(await self.api.get_json("/about.json"), "about", "stats")
        return Batch(tuple(parse_stats(found, self.stretch.span.now)))

    def told(self, metric: Metric, values: Mapping[date, float], after: timedelta) -> Batch:
        days = Days(self.stretch.span, after)
        return Batch(tuple(one for day, value in values.items() for one in days.told(metric, day, value)))

    async def report(self, name: str) -> Any:
        """One report, held to what was asked for: Discourse's own fault stands in a good answer."""
        first, last = self.stretch.days[0], self.stretch.days[-1]
        asked = {"start_date": first.isoformat(), "end_date": last.isoformat()}
        found = part(await self.api.get_json(f"/admin/reports/{name}.json", asked), "report")
        if isinstance(found, Mapping) and found.get("error"):
            raise Unavailable(
                f"Discourse could not make its report {name}: {str(found['error'])[:40]}",
                hint="It is asked again; a large forum may need a shorter span.",
            )
        covers = moment(found, "start_date").date(), moment(found, "end_date").date()
        if text(found, "type") != name or covers != (first, last):
            raise UnexpectedResponse(
                f"Discourse's report {name} covers other days than were asked for", hint="It was not used."
            )
        return found


def parse_report(report: Any) -> dict[date, float]:
    """Values by day. Newer forums tell some reports in stacks, such as visits from a desktop and from a
    mobile: each member and day stands in one of them, so they add up."""
    found = list(rows(report, "data"))
    if not any("data" in one for one in found):
        return _series(found)
    added: Counter[date] = Counter()
    for one in found:
        added.update(_series(rows(one, "data")))
    return dict(added)


def _series(found: Iterable[Any]) -> dict[date, float]:
    values: dict[date, float] = {}
    for one in found:
        day = moment(one, "x").date()
        if day in values:
            raise UnexpectedResponse(f"a report tells {day} twice", hint="Nothing of it was used.")
        values[day] = number(one, "y")
    return values


def parse_stats(stats: Any, at: datetime) -> Iterator[Sample]:
    """What the page About says; older forums call the members user_count."""
    is_older = isinstance(stats, Mapping) and "users_count" not in stats and "user_count" in stats
    yield Sample(MEMBERS.name, at, number(stats, "user_count" if is_older else "users_count"))
    yield Sample(MONTHLY.name, at, number(stats, "active_users_30_days"))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read every report; each fails alone."""
    stretch = Stretch.of(replace(span, zone=ZoneInfo("UTC")), USUAL)
    if not stretch.days:
        return Batch()
    return await collect_parts(Reader(_api(config, client), stretch).parts())


async def probe(config: Config, client: Client) -> str:
    """What was written yesterday; asks a report, for which the key has to do."""
    span = Span(client.now(), client.now() - timedelta(days=1), ZoneInfo("UTC"))
    found = parse_report(await Reader(_api(config, client), Stretch.of(span, USUAL)).report("posts"))
    host = urlsplit(config.base_url).netloc
    return f"{host}, {found.get(span.today - timedelta(days=1), 0):,.0f} posts yesterday"


def _api(config: Config, client: Client) -> Api:
    key = config.api_key.get_secret_value()
    headers = {"Api-Key": key, "Api-Username": config.username}
    return client.at(
        config.base_url,
        Access(
            headers=headers, secrets=(key,), is_serial=True, pace=_PACE, fault=partial(hinted, hints=_HINTS)
        ),
    )


ABOUT = About(
    title="Discourse",
    measures="posts, topics, likes, sign-ups, daily active users, response time, solutions, members",
    example={"base_url": "https://forum.acme.dev", "api_key": "${DISCOURSE_API_KEY}", "username": "system"},
    credentials=(
        Credential(
            "api_key",
            "DISCOURSE_API_KEY",
            "a key with the scope Read-only, of an administrator or moderator",
            "https://meta.discourse.org/t/create-and-configure-an-api-key/230124",
        ),
    ),
    proven_by="Discourse's source of November 2026",
)

COLLECTOR = Collector(
    "discourse",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=timedelta(days=7),
    chunk=timedelta(days=90),
    probe=probe,
    about=ABOUT,
)
