"""A shop's interface, played from one list of orders: days, pages by number and by Link, and one figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kpi.metric import labels
from tests.collectors.scenarios.base import NOW, Asked, Said, Sample, Scenario, refused

KEY = "json-canary-key"
TOKEN = "json-canary-token"
ORDERS = tuple(
    (date(2026, 10, 15) + timedelta(days=one // 3), f"{(one * 37) % 400 + 1}.50", ("de", "fr")[one % 2])
    for one in range(111)
)
"""Orders: day, amount in cents as a text, country. The last is of the day after NOW's."""
OPEN = 17
PER_PAGE = 4


def told(body: Any, **headers: str) -> Said:
    return Said(200, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


@dataclass
class Stand:
    is_empty: bool = False

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}" or asked.headers.get("x-api-key") != KEY:
            return refused(401, error="who are you?")
        known = {
            ("GET", "/v1/days"): self.days,
            ("GET", "/v1/tickets"): self.tickets,
            ("POST", "/v1/orders"): self.orders,
            ("GET", "/v1/score"): self.score,
        }
        found = known.get((asked.method, asked.path))
        return refused(404, error="no such path") if found is None else found(asked)

    def days(self, asked: Asked) -> Said:
        """Sums by day and country, all at once."""
        first, last = (date.fromisoformat(asked.query[name]) for name in ("from", "to"))
        sums: dict[tuple[date, str], float] = {}
        for day, amount, country in ORDERS:
            if first <= day <= last and not self.is_empty:
                sums[day, country] = sums.get((day, country), 0) + float(amount)
        rows = [{"at": f"{day}", "sum": f"{n}", "where": {"code": one}} for (day, one), n in sums.items()]
        return told({"data": rows})

    def orders(self, asked: Asked) -> Said:
        """Orders of a day, four a page."""
        body = asked.json()
        if set(body) - {"day", "page"}:
            return refused(400, error="unknown field")
        found = [amount for day, amount, _ in ORDERS if f"{day}" == body["day"] and not self.is_empty]
        start = (body["page"] - 1) * PER_PAGE
        return told({"items": [{"cents": one} for one in found[start : start + PER_PAGE]]})

    def tickets(self, asked: Asked) -> Said:
        """Open tickets, by the Link header."""
        page = int(asked.query.get("page", "1"))
        ids = list(range(0 if self.is_empty else OPEN))[(page - 1) * PER_PAGE : page * PER_PAGE]
        is_last = self.is_empty or page * PER_PAGE >= OPEN
        following = f'<http://{asked.headers["host"]}/v1/tickets?page={page + 1}>; rel="next"'
        return told([{"id": one} for one in ids], **({} if is_last else {"Link": following}))

    def score(self, _asked: Asked) -> Said:
        return told({"result": {"score": None if self.is_empty else "84.5"}})


def expected(days: Sequence[date], zone: ZoneInfo, now: datetime = NOW) -> list[Sample]:
    today = now.astimezone(zone).date()
    found = [
        Sample("json.level", now, float(OPEN), labels({"query": "tickets"})),
        Sample("json.ratio", now, 0.845, labels({"query": "score"})),
    ]
    for day in days:
        at = datetime(day.year, day.month, day.day, tzinfo=zone)
        every = [(float(amount), one) for of, amount, one in ORDERS if of == day]
        for country in sorted({one for _, one in every}):
            own = labels({"query": "by_country", "country": country})
            amount = sum(n for n, one in every if one == country)
            found.append(Sample("json.flow", at, amount, own, day < today))
        total = sum(n for n, _ in every)
        found.append(Sample("json.flow", at, total, labels({"query": "cents"}), day < today))
    return found


def nothing(days: Sequence[date]) -> list[Sample]:
    """The vendor itself counts no tickets, and no orders on these days."""
    zone = ZoneInfo("UTC")
    zeros = [one for one in expected(days, zone) if dict(one.labels)["query"] in ("cents", "tickets")]
    return [Sample(one.metric, one.at, 0.0, one.labels, one.settled) for one in zeros]


def _scenario(days: Sequence[date], **more: Any) -> Scenario:
    return Scenario(
        settings={
            "base_url": "{url}/v1",
            "token": TOKEN,
            "headers": {"X-Api-Key": KEY},
            "queries": {
                "tickets": {"path": "/tickets", "rows": "@", "total": "count", "paging": "link"},
                "by_country": {
                    "kind": "flow",
                    "path": "/days?from={start}&to={end}",
                    "rows": "data",
                    "time": "at",
                    "value": "sum",
                    "labels": {"country": "where.code"},
                },
                "cents": {
                    "kind": "flow",
                    "path": "/orders",
                    "method": "POST",
                    "body": {"day": "{start}"},
                    "daily": True,
                    "rows": "items",
                    "value": "cents",
                    "total": "sum",
                    "paging": "page",
                },
                "score": {"kind": "ratio", "unit": "%", "path": "/score", "value": "result.score"},
            },
        },
        answer=Stand(),
        expected=expected(days, ZoneInfo(more.get("zone", "UTC"))),
        secrets=(TOKEN, KEY),
        empty=Stand(is_empty=True),
        empty_expected=nothing(days),
        **more,
    )


def of_now() -> Scenario:
    """The usual run: today so far, and the two days before."""
    return _scenario([date(2026, 11, one) for one in (18, 19, 20)])


def far_east() -> Scenario:
    """In Auckland it is the next day already; back-filled from the first of the month."""
    days = [date(2026, 11, one) for one in range(12, 22)]
    return _scenario(days, zone="Pacific/Auckland", since=datetime(2026, 11, 11, 11, tzinfo=ZoneInfo("UTC")))


SCENARIOS = (of_now, far_east)
