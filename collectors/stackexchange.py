"""Questions on Stack Overflow or another site of Stack Exchange: how many, how many answered, how fast.

Endpoint: `/questions` of each tag in a span of time, `/questions/{ids}/answers` of those that have answers,
    and `/tags/{tags}/info`, by which a tag that does not exist is told from one without questions.
Auth: none; with `key` more can be asked.
Rate limit: 300 requests a day for an address, 10,000 with a key. A good answer may name `backoff`, the
    seconds to wait: they are waited for before the next request.
Freshness: within minutes. Answers come late and questions are deleted, so 14 days are read again; all of the
    past can be read, beyond 2,500 questions of a tag at once with a key alone.
Docs: https://api.stackexchange.com/docs, https://api.stackexchange.com/docs/throttle

A question is answered where it has an answer by anybody but its asker. `response_time` is the time until the
first of them, one sample a question, at the time it was asked. Days are the company's own.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from collectors.answers import Answer
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
from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.http import Access, Api, Pace, Params
from collectors.mentions import Mention, mentions, seen, site_of, worded
from collectors.payload import number, part, rows, text
from collectors.per_day import Stretch
from kpi.metric import Kind, Labels, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=1)
ANSWERS_SETTLE_AFTER = timedelta(days=7)
USUAL = timedelta(days=14)
_PAGE = 100
_PACE = Pace(30, 1, at_once=1)

QUESTIONS = Metric(
    "stackexchange.questions", "questions", Kind.FLOW, "questions of a day that bear the tag", ("tag",)
)
ANSWERED = Metric(
    "stackexchange.answered_questions",
    "questions",
    Kind.FLOW,
    "questions of a day that bear the tag and have another's answer by now",
    ("tag",),
)
RESPONSE = Metric(
    "stackexchange.response_time",
    "seconds",
    Kind.RATIO,
    "time from a question to another's first answer, one each",
    ("tag",),
    every=timedelta(days=366),
    is_event=True,
)
ALL = Metric(
    "stackexchange.all_questions",
    "questions",
    Kind.LEVEL,
    "questions that bear the tag",
    ("tag",),
    is_snapshot=True,
)
METRICS = (QUESTIONS, ANSWERED, RESPONSE, ALL)

_HINTS = {
    "site": "Check site, such as stackoverflow, and the key if one is set.",
    "tags": "Check tags: each is written as on the site, a synonym as the tag it stands for.",
    "more": "It is asked again after the wait. With a key, more can be asked a day.",
    "key": "Set a key, or a new one: it is registered at stackapps.com.",
}
_MORE = re.compile(r"available in (\d{1,7}) seconds")


class Config(CollectorConfig):
    """Which tags of which site are read."""

    collector: Literal["stackexchange"] = "stackexchange"
    site: str = Field(default="stackoverflow", pattern=r"^[a-z][a-z0-9.-]{1,60}$")
    tags: tuple[Annotated[str, Field(pattern=r"^[\w.+#-]{1,35}$")], ...] = Field(min_length=1, max_length=20)
    key: SecretStr | None = None
    base_url: Annotated[str, address("https://api.stackexchange.com/2.3")] = (
        "https://api.stackexchange.com/2.3"
    )

    def series_labels(self) -> frozenset[Labels]:
        return frozenset(labels({"tag": one, **self.labels}) for one in self.tags)


@dataclass(frozen=True, slots=True)
class Question:
    """When it was asked, and by whom; the first answer by another, where there is one."""

    id: int
    asked: datetime
    owner: int | None
    answers: int
    answered: datetime | None = None


@dataclass(slots=True)
class Reader:
    """One run. `wait` is what the last answer asked for; `totals` are the tags that exist."""

    config: Config
    client: Client
    api: Api
    stretch: Stretch
    totals: Mapping[str, float] = field(default_factory=dict)
    wait: float = 0.0

    def parts(self) -> Iterator[Part]:
        measured = tuple(one.name for one in METRICS)
        for tag in dict.fromkeys(self.config.tags):
            yield Part(tag, measured, partial(self.tag, tag))

    async def know(self) -> None:
        """Read which of the tags exist; a question about one that does not is answered like a quiet one."""
        names = ";".join(quote(one, safe="") for one in dict.fromkeys(self.config.tags))
        found = [one async for one in self._every(f"/tags/{names}/info", {"pagesize": _PAGE})]
        self.totals = {text(one, "name"): number(one, "count") for one in found}

    async def tag(self, tag: str) -> Batch:
        if tag not in self.totals:
            raise UnexpectedResponse(f"{self.config.site} has no tag {tag}", hint=_HINTS["tags"])
        now = Sample(ALL.name, self.stretch.span.now, self.totals[tag], labels({"tag": tag}))
        if not self.stretch.days:
            return Batch((now,))
        found = await self.found(tag)
        every = {one.id: one for one in map(parse_question, found)}.values()
        questions = await self.answered([one for one in every if self.stretch.holds(one.asked)])
        samples = (now, *parse_questions(questions, self.stretch, labels({"tag": tag})))
        return Batch(samples, mentions=mentions(found, lambda one: parse_mention(one, tag)))

    async def found(self, tag: str) -> list[dict[str, Any]]:
        params: dict[str, str | int] = {
            "tagged": tag,
            "fromdate": int(self.stretch.start.timestamp()),
            "todate": int(self.stretch.end.timestamp()),
            "sort": "creation",
            "order": "asc",
            "pagesize": _PAGE,
        }
        return [one async for one in self._every("/questions", params)]

    async def answered(self, questions: Sequence[Question]) -> list[Question]:
        """The questions with the time of their first answer by another."""
        first: dict[int, datetime] = {}
        asked = {one.id: one for one in questions}
        ids = [str(one.id) for one in questions if one.answers]
        for start in range(0, len(ids), _PAGE):
            path = f"/questions/{';'.join(ids[start : start + _PAGE])}/answers"
            async for one in self._every(path, {"sort": "creation", "order": "asc", "pagesize": _PAGE}):
                question, at = int(number(one, "question_id")), _moment(one)
                owner = _owner(one)
                is_own = owner is not None and question in asked and owner == asked[question].owner
                if not is_own:
                    first[question] = min(at, first.get(question, at))
        return [replace(one, answered=first.get(one.id)) for one in questions]

    async def _every(self, path: str, params: Params) -> AsyncIterator[dict[str, Any]]:
        """All objects of a list, page by page."""
        for page in range(1, self.client.policy.pages + 1):
            found = await self._ask(path, {**params, "page": page})
            for one in rows(found, "items"):
                yield one
            if part(found, "has_more") is not True:
                return
        raise UnexpectedResponse(f"{path.split('/')[1]} has too many pages", hint="Read a shorter span.")

    async def _ask(self, path: str, params: Params) -> Any:
        """One page, after the wait that the one before asked for: who goes on without is cut off."""
        if self.wait > self.client.policy.longest_wait_seconds:
            wait = timedelta(seconds=self.wait)
            hint = "It is asked again after the wait it names."
            raise RateLimited("Stack Exchange asks for patience", hint=hint, retry_after=wait)
        if self.wait:
            await self.client.sleep(self.wait)
            self.wait = 0.0
        found = await self.api.get_json(path, {**params, "site": self.config.site})
        if isinstance(found, Mapping):
            self.wait = number(found, "backoff") if found.get("backoff") is not None else 0.0
            left, whole = found.get("quota_remaining"), found.get("quota_max")
            self.client.note({"x-ratelimit-remaining": str(left), "x-ratelimit-limit": str(whole)})
        return found


def parse_question(one: Any) -> Question:
    asked, answers = _moment(one), int(number(one, "answer_count"))
    return Question(int(number(one, "question_id")), asked, _owner(one), answers)


def parse_mention(one: Mapping[str, Any], tag: str) -> Mention:
    """A question as a text, by its title; its reach are its views."""
    said, url = worded(one.get("title")), str(one.get("link") or "")
    known = f"{number(one, 'question_id'):.0f}"
    where = site_of(url)
    return Mention("mention", _moment(one), said, known, url, tag, where, seen(one, "view_count"))


def _owner(one: Any) -> int | None:
    """The id of who wrote it; one who deleted the account has none."""
    owner = one.get("owner")
    if not isinstance(owner, Mapping) or "user_id" not in owner:
        return None
    return int(number(owner, "user_id"))


def _moment(one: Any) -> datetime:
    seconds = number(one, "creation_date")
    if not 0 < seconds < 4e9:
        raise UnexpectedResponse("creation_date is no time", hint="Stack Exchange may have changed it.")
    return datetime.fromtimestamp(seconds, UTC)


def parse_questions(found: Sequence[Question], stretch: Stretch, named: Labels) -> Iterator[Sample]:
    """Counts of every day, for all questions of these days were read; and the time of each first answer."""
    asked = stretch.counts(one.asked for one in found)
    answered = stretch.counts(one.asked for one in found if one.answered is not None)
    yield from stretch.samples(QUESTIONS, asked, SETTLES_AFTER, named)
    yield from stretch.samples(ANSWERED, answered, ANSWERS_SETTLE_AFTER, named)
    for one in found:
        # Questions can be merged: an answer may then be older than its question.
        if one.answered is not None and one.answered >= one.asked:
            at = one.asked.replace(microsecond=one.id % 1_000_000)  # stable, and rarely shared
            yield Sample(RESPONSE.name, at, (one.answered - one.asked).total_seconds(), named)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read every tag; each fails alone."""
    reader = Reader(config, client, _api(config, client), Stretch.of(span, USUAL))
    await reader.know()
    return await collect_parts(reader.parts())


async def probe(config: Config, client: Client) -> str:
    """How many questions bear the tags."""
    span = Span(client.now(), None, ZoneInfo("UTC"))
    reader = Reader(config, client, _api(config, client), Stretch.of(span, USUAL))
    await reader.know()
    told = (f"{tag}: {n:,.0f}" for tag, n in reader.totals.items())
    return f"questions on {config.site}: {', '.join(told) or 'none of these tags exists'}"


def _api(config: Config, client: Client) -> Api:
    query = {"key": config.key.get_secret_value()} if config.key is not None else {}
    return client.at(config.base_url, Access(query=query, is_serial=True, pace=_PACE, fault=_refusal))


def _refusal(answer: Answer, _now: datetime) -> CollectorFault | None:
    """Stack Exchange's own refusals: all of them are 400, and say more in `error_id`."""
    if answer.status == 200 or b'"error_id"' not in answer.body:
        return None
    body = answer.json()
    error = body.get("error_id") if isinstance(body, Mapping) else None
    said = " ".join(str(body.get("error_message", "")).split())[:200] if isinstance(body, Mapping) else ""
    message = f"Stack Exchange refused: {said or error}"
    if error == 502:
        more = _MORE.search(said)
        wait = timedelta(seconds=int(more[1])) if more else None
        return RateLimited(message, hint=_HINTS["more"], status=429, retry_after=wait)
    if error in (500, 503):
        return Unavailable(message, hint="It is asked again on the next run.", status=503)
    if error in (401, 402, 403, 405, 406):
        return AuthFailed(message, hint=_HINTS["key"], status=403)
    return UnexpectedResponse(message, hint=_HINTS["site"], status=answer.status)


ABOUT = About(
    title="Stack Exchange",
    measures="questions by tag, how many are answered, time to the first answer",
    example={"site": "stackoverflow", "tags": ["acme-db"], "key": "${STACKEXCHANGE_KEY}"},
    credentials=(
        Credential(
            "key",
            "STACKEXCHANGE_KEY",
            "the key of an app; it sees what is public and raises the limit",
            "https://stackapps.com/apps/oauth/register",
            is_required=False,
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "stackexchange",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=12),
    rereads=USUAL,
    chunk=timedelta(days=31),
    probe=probe,
    about=ABOUT,
)
