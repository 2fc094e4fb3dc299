"""A site of Stack Exchange, played from a list of questions and who answered them when."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Mention, Sample, Scenario
from tests.collectors.scenarios.daily import HOUR, daily

KEY = "stack-canary-key"
TAGS, ASKER = ("acme-db", "c#"), 7
FORTNIGHT = timedelta(days=14)
PARAMS = {
    "questions": {"site", "tagged", "fromdate", "todate", "sort", "order", "pagesize", "page"},
    "answers": {"site", "sort", "order", "pagesize", "page"},
    "info": {"site", "pagesize", "page"},
}


@dataclass(frozen=True)
class Asks:
    """A question by `ASKER`; answers as minutes after it and their author, None for a closed account."""

    id: int
    when: datetime
    tag: str = "acme-db"
    answers: tuple[tuple[int, int | None], ...] = ()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


QUESTIONS = (
    Asks(90, utc("2026-11-05T23:59:59"), answers=((5, 1),)),  # before the fortnight
    Asks(101, utc("2026-11-06T00:00:00"), answers=((90, 1), (30, 2))),
    Asks(102, utc("2026-11-06T10:00:00"), answers=((1, ASKER), (600, None))),
    Asks(103, utc("2026-11-06T10:00:00"), answers=((4, ASKER),)),
    Asks(104, utc("2026-11-12T08:00:00")),
    Asks(105, utc("2026-11-12T09:00:00"), "c#", answers=((2, 3),)),
    Asks(106, utc("2026-11-19T23:59:59"), answers=((1, 4),)),
    Asks(107, utc("2026-11-20T00:00:00"), "c#"),
    *[Asks(1000 + n, utc("2026-11-14T00:00:00") + n * HOUR / 4, answers=((60, 9),)) for n in range(130)],
)


@dataclass
class Stack:
    """Three lists, page by page; `page_size` is the most it gives at once. A good answer asks for a pause."""

    asked: Sequence[Asks] = QUESTIONS
    is_packed: bool = False
    backoff: int = 0
    known: Sequence[str] = TAGS
    page_size: int = 40

    def __call__(self, asked: Asked) -> Said:
        query, path = asked.query, asked.path.removeprefix("/2.3")
        if query.pop("key", KEY) != KEY:
            return error(400, "bad_parameter", "`key` doesn't match a known application")
        if query.get("site") != "stackoverflow":
            return error(400, "bad_parameter", "No site found for name")
        parts = path.strip("/").split("/")
        kind = parts[-1]
        if asked.method != "GET" or set(query) != PARAMS.get(kind) or asked.path == path:
            return error(404, "no_method", "this method cannot be called")
        if kind == "info" and parts[0] == "tags":
            names = [one for one in unquote(parts[1]).split(";") if one in self.known]
            counts = [{"name": one, "count": self.total(one), "is_required": False} for one in names]
            return self.page(counts, query)
        if kind == "answers" and parts[0] == "questions":
            return self.page(self.answers([int(one) for one in parts[1].split(";")]), query)
        since, until = int(query["fromdate"]), int(query["todate"])
        found = [one for one in self.asked if since <= one.when.timestamp() <= until]
        return self.page([told(one) for one in found if one.tag == query["tagged"]], query)

    def total(self, tag: str) -> int:
        return sum(one.tag == tag for one in self.asked)

    def answers(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        assert len(ids) <= 100
        found = [
            {"question_id": one.id, "creation_date": seconds(one.when + timedelta(minutes=minutes))}
            | {"answer_id": one.id * 10 + n, "owner": owner(author)}
            for one in self.asked
            for n, (minutes, author) in enumerate(one.answers)
            if one.id in ids
        ]
        return sorted(found, key=lambda one: str(one["creation_date"]))

    def page(self, found: Sequence[dict[str, Any]], query: dict[str, str]) -> Said:
        assert 1 <= int(query["pagesize"]) <= 100
        number = int(query["page"])
        some = found[(number - 1) * self.page_size : number * self.page_size]
        has_more = len(found) > number * self.page_size
        body: dict[str, Any] = {"items": some, "has_more": has_more, "quota_max": 300, "quota_remaining": 211}
        body |= {"backoff": self.backoff} if self.backoff else {}
        if not self.is_packed:
            return said_json(body)
        packed = gzip.compress(json.dumps(body).encode())
        return Said(200, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"})


def error(number: int, name: str, message: str) -> Said:
    body = {"error_id": number, "error_name": name, "error_message": message}
    return Said(400, json.dumps(body).encode(), {"Content-Type": "application/json"})


def told(one: Asks) -> dict[str, Any]:
    head = {"question_id": one.id, "creation_date": seconds(one.when), "tags": [one.tag]}
    page = {"title": f"Why &quot;{one.id}&quot;?", "link": address(one), "view_count": 10 * one.id}
    return head | page | {"owner": owner(ASKER), "answer_count": len(one.answers), "is_answered": False}


def address(one: Asks) -> str:
    return f"https://stackoverflow.com/questions/{one.id}/why"


def texts() -> list[Mention]:
    """The questions of the fortnight, by title."""
    return [
        Mention(
            "mention",
            one.when,
            f'Why "{one.id}"?',
            str(one.id),
            address(one),
            one.tag,
            "stackoverflow.com",
            10.0 * one.id,
        )
        for one in QUESTIONS
        if one.when >= utc("2026-11-06T00:00:00")
    ]


def owner(author: int | None) -> dict[str, Any]:
    gone = {"user_type": "does_not_exist", "display_name": "user4711"}
    return gone if author is None else {"user_id": author, "user_type": "registered"}


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def expected(asked: Sequence[Asks], back: timedelta, zone: str = "UTC") -> list[Sample]:
    """Each tag's questions by day; those that somebody else answered, and how soon."""
    samples = []
    for tag in TAGS:
        own, named = [one for one in asked if one.tag == tag], {"tag": tag}
        helped = [(one, [m for m, author in one.answers if author != ASKER]) for one in own]
        answered = [one.when for one, minutes in helped if minutes]
        samples += daily(
            "stackexchange.questions", [o.when for o in own], named, back=back, zone=zone, after=24 * HOUR
        )
        samples += daily(
            "stackexchange.answered_questions", answered, named, back=back, zone=zone, after=168 * HOUR
        )
        samples.append(Sample("stackexchange.all_questions", NOW, len(own), (("tag", tag),)))
        samples += [
            Sample(
                "stackexchange.response_time",
                one.when + timedelta(microseconds=one.id),
                60.0 * min(minutes),
                (("tag", tag),),
            )
            for one, minutes in helped
            if minutes and one.when >= utc("2026-11-06T00:00:00")
        ]
    return samples


def two_tags() -> Scenario:
    throttled = error(502, "throttle_violation", "too many requests, more requests available in 19 seconds")
    return Scenario(
        {"tags": list(TAGS), "key": KEY, "base_url": "{url}/2.3"},
        Stack(),
        expected(QUESTIONS, FORTNIGHT),
        mentions=texts(),
        secrets=(KEY,),
        empty=Stack(()),
        empty_expected=expected((), FORTNIGHT),
        limit=Limit(throttled, timedelta(seconds=19)),
    )


def packed_answers_read_from_new_york() -> Scenario:
    """Compressed, as the true one always is; it asks for pauses; and the clocks change on 1 November."""
    start = datetime(2026, 11, 1, 4, tzinfo=UTC)
    asked = (
        Asks(1, start - timedelta(seconds=1)),
        Asks(2, start, answers=((50, 5),)),
        Asks(3, start + timedelta(hours=24, minutes=59, seconds=59)),
        Asks(4, start + timedelta(hours=25)),
    )
    days = [
        one
        for one in expected(asked, NOW - start, "America/New_York")
        if one.metric.endswith("all_questions") or one.at < start + timedelta(hours=25)
    ]
    waits = [
        Sample(
            "stackexchange.response_time", start + timedelta(microseconds=2), 3000.0, (("tag", "acme-db"),)
        )
    ]
    return replace(
        two_tags(),
        answer=Stack(asked, is_packed=True, backoff=3),
        expected=[*days, *waits],
        mentions=None,
        zone="America/New_York",
        since=start,
        until=start + timedelta(hours=25),
    )


SCENARIOS = (two_tags, packed_answers_read_from_new_york)
