"""Pull requests: merged a day, how soon they are reviewed, and which of them touch the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from collectors.base import Batch
from collectors.github.access import ACCEPT
from collectors.github.queries import CHANGED_FILES, REVIEWS, is_bot, person
from collectors.github.reader import Reader, distinct, event, measured
from collectors.http import Params
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Kind, Sample

MERGED = measured("merged_pull_requests", "pull requests", Kind.FLOW, "pull requests merged on a day")
TURNAROUND = event("review_turnaround", "time from ready for review to the first review, one a pull request")
DOCUMENTING = event(
    "docs_pull_request", "1 or 0, one a merged pull request: it touches the documentation", unit="ratio"
)
METRICS = (MERGED, TURNAROUND, DOCUMENTING)


async def read_merged(reader: Reader) -> Batch:
    """Newest change first: whatever was merged since `start` was also changed since then."""
    merged: list[datetime] = []
    start = reader.start
    query: Params = {"state": "closed", "sort": "updated", "direction": "desc", "per_page": 100}
    async for page in reader.api.pages(f"{reader.path}/pulls", query, accept=ACCEPT):
        pulls = list(rows(page))
        merged += (moment(one, "merged_at") for one in pulls if one.get("merged_at"))
        if pulls and moment(pulls[-1], "updated_at") < start:
            break
    return Batch(tuple(reader.daily(MERGED, merged)))


async def read_reviews(reader: Reader) -> Batch:
    pulls = await reader.questions.changed_since(REVIEWS, reader.start)
    return Batch(tuple(one for one in parse_turnaround(pulls) if reader.holds(one.at)))


async def read_documentation(reader: Reader) -> Batch:
    """Of each pull request that a person wrote, whether any of its files is documentation."""
    found: list[Sample] = []
    for pull in await reader.questions.changed_since(CHANGED_FILES, reader.start):
        at = distinct(moment(pull, "mergedAt"), number(pull, "number"))
        if not is_bot(pull) and reader.holds(at) and pull.get("files") is not None:
            value = float(await _documents(reader, pull))
            found.append(Sample(DOCUMENTING.name, at, value))
    return Batch(tuple(found))


async def _documents(reader: Reader, pull: dict[str, Any]) -> bool:
    """Whether a file of `pull` is documentation; those after the first hundred are asked for if need be."""
    patterns = reader.config.documentation
    if any(_is_one_of(text(one, "path"), patterns) for one in rows(pull, "files", "nodes")):
        return True
    if not part(pull, "files", "pageInfo", "hasNextPage"):
        return False
    cursor = text(pull, "files", "pageInfo", "endCursor")
    further = await reader.questions.further_paths(int(number(pull, "number")), cursor)
    return any(_is_one_of(path, patterns) for path in further)


def _is_one_of(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, one) for one in patterns)


def parse_turnaround(pulls: Iterable[dict[str, Any]]) -> Iterator[Sample]:
    """First reviews."""
    for pull in pulls:
        found = first_review(pull)
        if found is not None:
            yield Sample(TURNAROUND.name, distinct(found[0], number(pull, "number")), found[1])


def first_review(pull: dict[str, Any]) -> tuple[datetime, float] | None:
    """When a person other than the author first reviewed `pull`, and seconds since it was ready for that.

    Time as a draft does not count: the clock starts when it last became ready before the review. None
    where nobody has, where a bot opened it, and where a deleted account hides who did. The first 50 reviews
    are looked at; only a pull request flooded by bots has its first human one behind them.
    """
    author = person(pull)
    if author is None:
        return None
    times = sorted(
        moment(review, "submittedAt")
        for review in rows(pull, "reviews", "nodes")
        if review.get("submittedAt")
        and person(review) not in (None, author)
        and review.get("state") != "PENDING"
    )
    for at in times:
        for start, end in ready_spans(pull):
            if start <= at and (end is None or at < end):
                return at, (at - start).total_seconds()
    return None


def ready_spans(pull: dict[str, Any]) -> Iterator[tuple[datetime, datetime | None]]:
    """When `pull` was open for review; the last span has no end."""
    turns = sorted(
        (moment(turn, "createdAt"), turn.get("__typename") == "ReadyForReviewEvent")
        for turn in rows(pull, "timelineItems", "nodes")
    )
    began_as_draft = turns[0][1] if turns else bool(pull.get("isDraft"))
    start = None if began_as_draft else moment(pull, "createdAt")
    for at, is_ready in turns:
        if is_ready and start is None:
            start = at
        elif not is_ready and start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, None
