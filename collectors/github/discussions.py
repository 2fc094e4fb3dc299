"""Discussions: opened a day, threads that live, and how many questions are answered, and how soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from collectors.base import Batch
from collectors.faults import UnexpectedResponse
from collectors.github.queries import DISCUSSIONS
from collectors.github.reader import Reader, distinct, event, measured, snapshot
from collectors.payload import moment, number, part, rows
from kpi.metric import Kind, Sample

OPENED = measured("discussions_opened", "discussions", Kind.FLOW, "discussions opened on a day")
ACTIVE = snapshot(
    "active_discussions", "discussions", Kind.LEVEL, "discussions opened or written in within 30 days"
)
ANSWERED = event(
    "discussion_answered", "1 or 0, one a question opened: an answer was chosen so far", unit="ratio"
)
ANSWER_TIME = event("discussion_answer_time", "time from a question to the choice of its answer, one each")
METRICS = (OPENED, ACTIVE, ANSWERED, ANSWER_TIME)
_LIVELY = timedelta(days=30)


async def read_discussions(reader: Reader) -> Batch:
    """Whatever was opened, written or answered since `start` was also changed since then."""
    if reader.about.get("has_discussions") is False:
        if reader.config.parts is None:
            return Batch()
        raise UnexpectedResponse(
            f"{reader.name} has no discussions",
            hint="Turn them on in the repository's settings, or leave the part discussions out.",
        )
    lively = reader.span.now - _LIVELY
    found = await reader.questions.changed_since(DISCUSSIONS, min(reader.start, lively))
    asked = [one for one in found if part(one, "category", "isAnswerable")]
    active = sum(max(_written(one)) >= lively for one in found)
    now = () if reader.is_past else (Sample(ACTIVE.name, reader.span.now, float(active)),)
    return Batch(
        (
            *now,
            *reader.daily(OPENED, (moment(one, "createdAt") for one in found)),
            *(one for question in asked for one in _answers(question) if reader.holds(one.at)),
        )
    )


def _written(discussion: dict[str, Any]) -> Iterator[datetime]:
    """When it was opened, and when its last comments and their last replies were written."""
    yield moment(discussion, "createdAt")
    for comment in rows(discussion, "comments", "nodes"):
        yield moment(comment, "createdAt")
        for reply in rows(comment, "replies", "nodes"):
            yield moment(reply, "createdAt")


def _answers(question: dict[str, Any]) -> Iterator[Sample]:
    opened, key = moment(question, "createdAt"), number(question, "number")
    chosen = moment(question, "answerChosenAt") if question.get("answerChosenAt") else None
    yield Sample(ANSWERED.name, distinct(opened, key), float(chosen is not None))
    if chosen is not None:
        yield Sample(ANSWER_TIME.name, distinct(chosen, key), (chosen - opened).total_seconds())
