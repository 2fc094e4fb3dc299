"""A Discourse forum, played from lists of what its members did: its reports tell days with rows alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, HOUR, daily

KEY, USER = "discourse-canary-key", "ann"
WEEK = timedelta(days=7)
LAST = timedelta(hours=24, seconds=-1)  # from the start of a UTC day to its last second


@dataclass(frozen=True)
class Did:
    """Something that was done: `what` is a report's name. `hours` is for answers, `stack` for visits."""

    when: str
    what: str
    who: str = "ann"
    hours: float = 0.0
    stack: str = "desktop"

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.when).replace(tzinfo=UTC)


DONE = (
    Did("2026-11-12T23:59:59", "posts"),  # a second before the week
    Did("2026-11-13T00:00:00", "posts"),
    Did("2026-11-13T00:00:00", "topics"),
    Did("2026-11-13T09:00:00", "topics_with_no_response"),
    Did("2026-11-15T23:59:59", "posts", "bob"),
    Did("2026-11-15T23:59:59", "signups", "bob"),
    Did("2026-11-15T08:00:00", "visits", "ann"),
    Did("2026-11-15T09:00:00", "visits", "bob", stack="mobile"),
    Did("2026-11-15T22:00:00", "daily_engaged_users", "bob"),
    Did("2026-11-15T10:00:00", "time_to_first_response", hours=0.5),
    Did("2026-11-15T11:00:00", "time_to_first_response", hours=2.0),
    Did("2026-11-19T12:00:00", "topics"),
    Did("2026-11-19T12:00:00", "time_to_first_response", hours=0.01),
    Did("2026-11-19T13:00:00", "accepted_solutions"),
    Did("2026-11-20T07:00:00", "likes"),
    Did("2026-11-20T08:00:00", "likes", "bob"),
    Did("2026-11-20T08:00:00", "visits", "bob", stack="mobile"),
)
REPORTS = {
    "posts": "posts",
    "topics": "topics",
    "likes": "likes",
    "signups": "signups",
    "visits": "daily_active_users",
    "daily_engaged_users": "engaged_users",
    "topics_with_no_response": "unanswered_topics",
    "accepted_solutions": "solutions",
}
STATS = {"users_count": 1204, "active_users_30_days": 310, "active_users_last_day": 2, "posts_count": 9000}


@dataclass
class Forum:
    """The administrator's pages; `is_stacked` as newer forums tell visits."""

    done: Sequence[Did] = DONE
    has_solved: bool = True
    is_stacked: bool = True

    def __call__(self, asked: Asked) -> Said:
        known = {"Api-Key": KEY, "Api-Username": USER}
        if any(asked.headers.get(name.lower()) != value for name, value in known.items()):
            return refused(403, errors=["The API username or key is invalid."], error_type="invalid_access")
        names = [*REPORTS, "time_to_first_response", "emails"]
        if not self.has_solved:
            names.remove("accepted_solutions")
        report = asked.path.removeprefix("/admin/reports/").removesuffix(".json")
        if asked.method == "GET" and asked.path == "/about.json":
            return said_json({"about": {"title": "Acme", "stats": STATS}})
        if asked.method == "GET" and asked.path == "/admin/reports.json":
            return said_json({"reports": [{"type": one, "title": one.title()} for one in names]})
        if report not in names or set(asked.query) != {"start_date", "end_date"} or asked.method != "GET":
            return refused(404, errors=["The requested URL or resource could not be found."])
        first, last = asked.query["start_date"], asked.query["end_date"]
        data = self._data(report, first, last)
        return said_json(
            {
                "report": {
                    "type": report,
                    "data": data,
                    "start_date": f"{first}T00:00:00Z",
                    "end_date": f"{last}T23:59:59Z",
                    "prev30Days": 3,
                    "total": 99,
                }
            }
        )

    def _data(self, report: str, first: str, last: str) -> list[dict[str, Any]]:
        found = [one for one in self.done if one.what == report and first <= one.when[:10] <= last]
        if report == "visits" and self.is_stacked:
            stacks = [(name, [one for one in found if one.stack == name]) for name in ("desktop", "mobile")]
            return [{"req": name, "data": points(ones)} for name, ones in stacks] if found else []
        return points(found)


def points(found: Sequence[Did]) -> list[dict[str, Any]]:
    """A row for each day that has any: how many, or the mean of the hours."""
    count = Counter(one.when[:10] for one in found)
    hours = {day: sum(one.hours for one in found if one.when[:10] == day) for day in count}
    mean = any(one.what == "time_to_first_response" for one in found)
    return [{"x": day, "y": round(hours[day] / n, 2) if mean else n} for day, n in sorted(count.items())]


def told(done: Sequence[Did], back: timedelta, now: datetime = NOW) -> list[Sample]:
    """Every count of every UTC day, and the mean of those days on which somebody was answered."""
    samples = []
    for report, name in REPORTS.items():
        events = [one.at for one in done if one.what == report]
        after = WEEK if report == "topics_with_no_response" else HOUR
        days = daily(f"discourse.{name}", events, back=back, after=after, now=now)
        is_of_people = name in ("daily_active_users", "engaged_users")
        samples += [replace(one, at=one.at + LAST) for one in days[:-1]] if is_of_people else days
    return [*samples, *about(now)]


def about(now: datetime = NOW) -> list[Sample]:
    values = {"members": 1204, "monthly_active_users": 310}
    return [Sample(f"discourse.{name}", now, value) for name, value in values.items()]


def answer(day: str, hours: float) -> Sample:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Sample("discourse.response_time", at + LAST, hours * 3600, settled=at + DAY + WEEK <= NOW)


def a_week() -> Scenario:
    failed = {"type": "posts", "data": [], "error": "timeout"}
    return Scenario(
        {"base_url": "{url}", "api_key": KEY, "username": USER},
        Forum(),
        [*told(DONE, WEEK), answer("2026-11-15", 1.25), answer("2026-11-19", 0.01)],
        secrets=(KEY,),
        empty=Forum(()),
        empty_expected=told((), WEEK),
        limit=Limit(
            Said(429, b'{"errors": ["too many"], "error_type": "rate_limit"}', {"Retry-After": "17"}),
            timedelta(seconds=17),
        ),
        inner_error=said_json({"report": failed}),
    )


def an_older_forum_read_from_auckland() -> Scenario:
    """Days stay Discourse's UTC days; there is no plugin, so nothing is said of solutions."""
    done = [replace(one, stack="desktop") for one in DONE]
    since, until = datetime(2026, 11, 15, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC)
    samples = [
        one
        for one in told(done, WEEK)
        if since <= one.at < until
        and not one.metric.endswith((".solutions", ".members", "monthly_active_users"))
    ]
    return replace(
        a_week(),
        answer=Forum(done, has_solved=False, is_stacked=False),
        expected=[*samples, answer("2026-11-15", 1.25), *about()],
        zone="Pacific/Auckland",
        since=since,
        until=until,
    )


SCENARIOS = (a_week, an_older_forum_read_from_auckland)
