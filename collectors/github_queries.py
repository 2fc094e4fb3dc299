"""What only GitHub's GraphQL API tells: true issue counts, star dates and reviews.

Queries follow the public schema (https://docs.github.com/en/graphql). Pages stay small where a node
is heavy: a query that takes ten seconds is cut off and still costs points.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collectors.faults import UnexpectedResponse
from collectors.http import Api
from collectors.payload import moment, number, part, rows, text

OPEN_COUNTS = """
query($o: String!, $r: String!) {
  repository(owner: $o, name: $r) {
    issues(states: OPEN) { totalCount }
    pullRequests(states: OPEN) { totalCount }
  }
}"""

STARS = """
query($o: String!, $r: String!, $c: String) {
  repository(owner: $o, name: $r) {
    list: stargazers(first: 100, after: $c, orderBy: {field: STARRED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      edges { starredAt }
    }
  }
}"""

REVIEWS = """
query($o: String!, $r: String!, $c: String) {
  repository(owner: $o, name: $r) {
    list: pullRequests(first: 25, after: $c, orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number createdAt updatedAt isDraft
        author { __typename login }
        reviews(first: 50) { nodes { submittedAt state author { __typename login } } }
        timelineItems(first: 50, itemTypes: [READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT]) {
          nodes {
            __typename
            ... on ReadyForReviewEvent { createdAt }
            ... on ConvertToDraftEvent { createdAt }
          }
        }
      }
    }
  }
}"""

_PAGES = 1000


def graphql_url(base_url: str) -> str:
    """The GraphQL address beside a REST base: an enterprise server keeps it next to `v3`."""
    base = base_url.rstrip("/")
    return (
        base.removesuffix("/v3") + "/graphql"
        if urlsplit(base).path.endswith("/api/v3")
        else base + "/graphql"
    )


class Questions:
    """GraphQL questions about one repository."""

    def __init__(self, api: Api, url: str, repository: str) -> None:
        self._api = api
        self._url = url
        self._owner, _, self._name = repository.partition("/")

    async def open_counts(self) -> tuple[float, float]:
        """Open issues and open pull requests, of one instant."""
        found = part(await self._ask(OPEN_COUNTS), "repository")
        return number(found, "issues", "totalCount"), number(found, "pullRequests", "totalCount")

    async def starred_since(self, start: datetime) -> list[datetime]:
        """When those who star it now did so, newest first, back to `start`."""
        found: list[datetime] = []
        async for page in self._pages(STARS):
            moments = [moment(edge, "starredAt") for edge in rows(page, "edges")]
            found += (at for at in moments if at >= start)
            if moments and moments[-1] < start:
                break
        return found

    async def pulls_since(self, start: datetime) -> list[dict[str, Any]]:
        """The pull requests that changed since `start`."""
        found: list[dict[str, Any]] = []
        async for page in self._pages(REVIEWS):
            nodes = list(rows(page, "nodes"))
            found += (one for one in nodes if moment(one, "updatedAt") >= start)
            if nodes and moment(nodes[-1], "updatedAt") < start:
                break
        return found

    async def _pages(self, query: str) -> AsyncIterator[Any]:
        cursor: str | None = None
        for _ in range(_PAGES):
            page = part(await self._ask(query, cursor), "repository", "list")
            yield page
            if not part(page, "pageInfo", "hasNextPage"):
                return
            following = text(page, "pageInfo", "endCursor")
            if following == cursor:
                break
            cursor = following
        raise UnexpectedResponse(f"the list does not end within {_PAGES} pages", hint="Read a shorter span.")

    async def _ask(self, query: str, cursor: str | None = None) -> dict[str, Any]:
        variables: dict[str, str | None] = {"o": self._owner, "r": self._name}
        if "$c" in query:
            variables["c"] = cursor
        return await self._api.graphql(self._url, query, variables)


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


def person(node: dict[str, Any]) -> str | None:
    """The login of a human author, None for bots and deleted accounts."""
    author = node.get("author")
    if author is None:
        return None
    return text(author, "login") if part(author, "__typename") not in ("Bot", "App") else None


def ready_spans(pull: dict[str, Any]) -> Iterator[tuple[datetime, datetime | None]]:
    """When `pull` was open for review; the last span has no end."""
    turns = sorted(
        (moment(event, "createdAt"), event.get("__typename") == "ReadyForReviewEvent")
        for event in rows(pull, "timelineItems", "nodes")
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
