"""What only GitHub's GraphQL API tells: true issue counts, star dates, reviews, discussions, files.

Queries follow the public schema (https://docs.github.com/en/graphql). Pages stay small where a node
is heavy: a query that takes ten seconds is cut off and still costs points.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
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

CHANGED_FILES = """
query($o: String!, $r: String!, $c: String) {
  repository(owner: $o, name: $r) {
    list: pullRequests(first: 25, after: $c, states: MERGED, orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number mergedAt updatedAt
        author { __typename login }
        files(first: 100) { pageInfo { hasNextPage endCursor } nodes { path } }
      }
    }
  }
}"""

MORE_FILES = """
query($o: String!, $r: String!, $n: Int!, $c: String) {
  repository(owner: $o, name: $r) {
    pullRequest(number: $n) {
      list: files(first: 100, after: $c) { pageInfo { hasNextPage endCursor } nodes { path } }
    }
  }
}"""

MERGED_EVER = """
query($o: String!, $r: String!, $c: String) {
  repository(owner: $o, name: $r) {
    list: pullRequests(first: 100, after: $c, states: MERGED, orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes { number createdAt mergedAt author { __typename login } authorAssociation }
    }
  }
}"""

ISSUES = """
query($o: String!, $r: String!, $c: String, $s: DateTime!) {
  repository(owner: $o, name: $r) {
    list: issues(first: 50, after: $c, filterBy: {since: $s}, orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number createdAt
        author { __typename login }
        comments(first: 20) { nodes { createdAt author { __typename login } } }
      }
    }
  }
}"""

DISCUSSIONS = """
query($o: String!, $r: String!, $c: String) {
  repository(owner: $o, name: $r) {
    list: discussions(first: 50, after: $c, orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number createdAt updatedAt answerChosenAt
        category { isAnswerable }
        comments(last: 20) { nodes { createdAt replies(last: 1) { nodes { createdAt } } } }
      }
    }
  }
}"""

DEPLOYMENTS = """
query($o: String!, $r: String!, $c: String, $e: [String!]) {
  repository(owner: $o, name: $r) {
    list: deployments(
      first: 50, after: $c, environments: $e, orderBy: {field: CREATED_AT, direction: DESC}
    ) {
      pageInfo { hasNextPage endCursor }
      nodes {
        databaseId commitOid createdAt
        statuses(first: 100) { pageInfo { hasNextPage } nodes { state createdAt } }
      }
    }
  }
}"""

QUERIES = (
    OPEN_COUNTS,
    STARS,
    REVIEWS,
    CHANGED_FILES,
    MORE_FILES,
    MERGED_EVER,
    ISSUES,
    DISCUSSIONS,
    DEPLOYMENTS,
)

_PAGES = 1000

Ends = Callable[[dict[str, Any]], bool]
"""Whether a list, newest first, need not be read further after its node."""


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
        found = part(await self._ask(OPEN_COUNTS, {}), "repository")
        return number(found, "issues", "totalCount"), number(found, "pullRequests", "totalCount")

    async def starred_since(self, start: datetime) -> list[datetime]:
        """When those who star it now did so, newest first, back to `start`."""
        found: list[datetime] = []
        async for page in self._pages(STARS, {}):
            moments = [moment(edge, "starredAt") for edge in rows(page, "edges")]
            found += (at for at in moments if at >= start)
            if moments and moments[-1] < start:
                break
        return found

    async def changed_since(self, query: str, start: datetime) -> list[dict[str, Any]]:
        """The nodes of a list, newest change first, that changed since `start`."""
        found = await self.nodes(query, {}, lambda node: moment(node, "updatedAt") < start)
        return [one for one in found if moment(one, "updatedAt") >= start]

    async def nodes(
        self, query: str, variables: dict[str, Any], ends: Ends = lambda _: False
    ) -> list[dict[str, Any]]:
        """The nodes of a list, read page by page until one `ends` it."""
        found: list[dict[str, Any]] = []
        async for page in self._pages(query, variables):
            nodes = list(rows(page, "nodes"))
            found += nodes
            if nodes and ends(nodes[-1]):
                break
        return found

    async def further_paths(self, pull: int, cursor: str) -> list[str]:
        """The paths of the files after the first hundred of a pull request."""
        found: list[str] = []
        async for page in self._pages(MORE_FILES, {"n": pull}, cursor, "pullRequest"):
            found += (text(one, "path") for one in rows(page, "nodes"))
        return found

    async def _pages(
        self, query: str, variables: dict[str, Any], cursor: str | None = None, *below: str
    ) -> AsyncIterator[Any]:
        for _ in range(_PAGES):
            answer = await self._ask(query, {**variables, "c": cursor})
            page = part(answer, "repository", *below, "list")
            yield page
            if not part(page, "pageInfo", "hasNextPage"):
                return
            following = text(page, "pageInfo", "endCursor")
            if following == cursor:
                break
            cursor = following
        raise UnexpectedResponse(f"the list does not end within {_PAGES} pages", hint="Read a shorter span.")

    async def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        return await self._api.graphql(self._url, query, {"o": self._owner, "r": self._name, **variables})


def person(node: dict[str, Any]) -> str | None:
    """The login of a human author, None for bots and deleted accounts."""
    author = node.get("author")
    if author is None:
        return None
    return None if is_bot(node) else text(author, "login")


def is_bot(node: dict[str, Any]) -> bool:
    """Whether a program wrote it; a deleted account is taken for a person's."""
    author = node.get("author")
    return author is not None and part(author, "__typename") in ("Bot", "App")
