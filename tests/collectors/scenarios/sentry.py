"""Sentry, played from what happened on each day of UTC; questions and answers are held to its OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.collectors.loopback import said_json
from tests.collectors.scenarios.base import NOW, Asked, Limit, Said, Sample, Scenario, refused
from tests.specs import fits, spec

TOKEN = "sntrys_canarytoken"
ROOT = "/api/0/organizations/acme/"
# of each of the last days, the newest first: sessions, crashed ones, users, users who saw a crash, errors,
# transactions, failed ones, their 95th percentile in milliseconds
DAYS = (
    (120, 3, 60, 2, 14, 500, 25, 812.5),
    (2000, 10, 700, 9, 80, 9000, 90, 640.0),
    (0, 0, 0, 0, 0, 0, 0, 0.0),
    (1800, 0, 650, 0, 71, 8000, 8, 700.0),
    (1700, 17, 640, 16, 66, 7000, 70, 690.0),
)
OPEN = 7
CAP = 3


@dataclass
class Sentry:
    """The organization at `now`."""

    now: datetime
    is_empty: bool = False

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, detail="Invalid token")
        query = parse_qs(urlsplit(asked.target).query)
        name = asked.path.removeprefix(ROOT).strip("/")
        if asked.path == ROOT and not query:
            return said_json({"slug": "acme", "name": "Acme"})
        if not asked.path.startswith(ROOT) or query.get("project") != ["-1"]:
            return refused(404, detail="The requested resource does not exist")
        pointer = f"/paths/~1api~10~1organizations~1{{organization_id_or_slug}}~1{name}~1/get"
        allowed = spec("sentry")["paths"][f"/api/0/organizations/{{organization_id_or_slug}}/{name}/"]["get"]
        places = {one["name"]: at for at, one in enumerate(allowed["parameters"])}
        for key, values in query.items():
            schema = allowed["parameters"][places[key]]["schema"]
            given: Any = values if schema["type"] == "array" else values[0]
            given = int(given) if schema["type"] == "integer" else given
            fits(given, "sentry", f"{pointer}/parameters/{places[key]}/schema")
        if name == "issues":
            return self.issues(asked, query, f"{pointer}/responses/200/content/application~1json/schema")
        start, end = (datetime.fromisoformat(query[key][0]) for key in ("start", "end"))
        assert start < end <= self.now
        answer = self.answer(name, query, start, end)
        fits(answer, "sentry", f"{pointer}/responses/200/content/application~1json/schema")
        return said_json(answer)

    def days(self, start: datetime, end: datetime) -> list[tuple[datetime, tuple[float, ...]]]:
        """Each day of UTC from `start` to `end`, with what happened; what is older is empty."""
        midnight = self.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        found: list[tuple[datetime, tuple[float, ...]]] = []
        at = start
        while at < end:
            ago = (midnight - at).days
            known = ago < len(DAYS) and not self.is_empty
            found.append((at, DAYS[ago] if known else (0,) * 8))
            at += timedelta(days=1)
        return found

    def answer(
        self, name: str, query: dict[str, list[str]], start: datetime, end: datetime
    ) -> dict[str, Any]:
        days = self.days(start, end)
        if name == "events-timeseries":
            return self.timeseries(query["yAxis"][0], days)
        series: dict[str, list[float | None]] = {
            "crash_free_rate(session)": [1 - d[1] / d[0] if d[0] else None for _, d in days],
            "crash_free_rate(user)": [1 - d[3] / d[2] if d[2] else None for _, d in days],
            "sum(session)": [d[0] for _, d in days],
            "sum(quantity)": [d[4] for _, d in days],
        }
        told = {key: series[key] for key in query["field"]}
        totals = {key: sum(one or 0 for one in values) for key, values in told.items()}
        span = {"start": start.isoformat(), "end": end.isoformat(), "query": ""}
        intervals = [at.strftime("%Y-%m-%dT%H:%M:%SZ") for at, _ in days]
        return span | {"intervals": intervals, "groups": [{"by": {}, "totals": totals, "series": told}]}

    def timeseries(self, axis: str, days: list[tuple[datetime, tuple[float, ...]]]) -> dict[str, Any]:
        is_rate = axis == "failure_rate()"
        values = [
            {
                "timestamp": at.timestamp() * 1000,
                "value": (d[6] / d[5] if d[5] else 0) if is_rate else d[7],
                "sampleCount": d[5],
                "incomplete": at + timedelta(days=1) > self.now,
            }
            for at, d in days
        ]
        kind = ("percentage", None) if is_rate else ("duration", "millisecond")
        meta = {"valueType": kind[0], "valueUnit": kind[1], "interval": 86_400_000}
        return {"timeSeries": [{"yAxis": axis, "values": values, "meta": meta}]}

    def issues(self, asked: Asked, query: dict[str, list[str]], pointer: str) -> Said:
        """Sentry names a next page always, and says whether it holds anything."""
        assert query["query"] == ["is:unresolved"]
        first = int(query.get("cursor", ["0:0:0"])[0].split(":")[1])
        rest = list(range(0 if self.is_empty else OPEN))[first:]
        base = f"http://{asked.headers['host']}{ROOT}issues/?query=is%3Aunresolved&project=-1"
        more = str(len(rest) > CAP).lower()
        link = (
            f'<{base}&cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", '
            f'<{base}&cursor=0:{first + CAP}:0>; rel="next"; results="{more}"; cursor="0:{first + CAP}:0"'
        )
        found = [{**spec("sentry")["x-issue"], "id": str(one)} for one in rest[:CAP]]
        fits(found, "sentry", pointer)
        return said_json(found, Link=link)


def expected(now: datetime, days: int) -> list[Sample]:
    found = [Sample("sentry.open_issues", now, OPEN)]
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(days):
        sessions, crashed, users, hit, errors, transactions, failed, slowest = DAYS[ago]
        at, is_final = midnight - timedelta(days=ago), ago > 1 and midnight + timedelta(days=2 - ago) <= now
        told: list[tuple[str, float]] = [("sessions", sessions), ("errors", errors)]
        whole: list[tuple[str, float]] = []  # what is told of days that are over, at their last second
        if ago and sessions:
            whole += [("crash_free_sessions", 1 - crashed / sessions), ("crash_free_users", 1 - hit / users)]
        if ago and transactions:
            whole += [("failure_rate", failed / transactions), ("p95_duration", slowest / 1000)]
        last = at + timedelta(hours=24, seconds=-1)
        found += [Sample(f"sentry.{name}", at, float(value), settled=is_final) for name, value in told]
        found += [Sample(f"sentry.{name}", last, float(value), settled=is_final) for name, value in whole]
    return found


def organization() -> Scenario:
    quiet = [Sample("sentry.open_issues", NOW, 0)]
    for one in expected(NOW, 4):
        if one.metric == "sentry.errors":
            quiet.append(Sample(one.metric, one.at, 0, settled=one.settled))
    return Scenario(
        settings={"organization": "acme", "token": TOKEN, "base_url": "{url}"},
        answer=Sentry(NOW),
        expected=expected(NOW, 4),
        secrets=(TOKEN,),
        empty=Sentry(NOW, is_empty=True),
        empty_expected=quiet,
        limit=Limit(
            Said(
                429,
                b'{"detail": "You are attempting to use this endpoint too frequently."}',
                {
                    "X-Sentry-Rate-Limit-Remaining": "0",
                    "X-Sentry-Rate-Limit-Limit": "40",
                    "X-Sentry-Rate-Limit-Reset": str(int(NOW.timestamp()) + 6),
                },
            ),
            timedelta(seconds=6),
        ),
        works_at_any_time=False,
    )


def far_east() -> Scenario:
    """In Auckland it is the afternoon of the 21st: the days stay those of UTC."""
    scenario = organization()
    scenario.now = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    scenario.zone = "Pacific/Auckland"
    scenario.answer = Sentry(scenario.now)
    scenario.expected = expected(scenario.now, 5)  # three days back in Auckland begin on the 17th of UTC
    return scenario


SCENARIOS = (organization, far_east)
