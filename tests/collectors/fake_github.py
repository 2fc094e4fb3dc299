"""A strict stand-in for GitHub's API on the loopback address, told from a list of events.

It pages with Link, answers conditional requests, counts what a request costs, and refuses what the
real one refuses: missing headers, unknown parameters, cursors it never gave out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.collectors.github_events import NOW, Issue, Pull, Run, World
from tests.collectors.loopback import Asked, Said, said_json

TOKEN = "good-token-1234"
_EPOCH = int(NOW.timestamp())
_KNOWN = {
    "": set(),
    "/releases": {"per_page", "page"},
    "/pulls": {"state", "sort", "direction", "per_page", "page"},
    "/issues": {"state", "since", "sort", "direction", "per_page", "page"},
    "/actions/runs": {"branch", "event", "status", "created", "per_page", "page"},
    "/jobs": {"per_page", "page"},
}


def iso(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


@dataclass
class FakeGitHub:
    world: World
    name: str = "acme/engine"
    old_names: tuple[str, ...] = ("acme/old",)
    prefix: str = ""  # "/api/v3" on an enterprise server
    limit: int = 5000
    instead: dict[str, Said] = field(default_factory=dict)  # what a path says instead
    spent: int = 0
    conditional: list[bool] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    questions: int = 0
    cursors: set[str] = field(default_factory=set)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization", f"Bearer {TOKEN}") != f"Bearer {TOKEN}":
            return said_json({"message": "Bad credentials"}, 401)
        if asked.path.endswith("/graphql"):
            return self._graphql(asked)
        said = self._rest(asked)
        etag = '"' + hashlib.sha256(said.body).hexdigest()[:16] + '"'
        self.conditional.append("if-none-match" in asked.headers)
        if said.status == 200 and asked.headers.get("if-none-match") == etag:
            said = Said(304, headers={"ETag": etag})
        elif said.status == 200:
            said = replace(said, headers=said.headers | {"ETag": etag})
        self.spent += said.status == 200
        self.statuses.append(said.status)
        return replace(said, headers=self._rates() | said.headers)

    def _rates(self) -> dict[str, str]:
        left = str(self.limit - self.spent)
        return {
            "X-RateLimit-Remaining": left,
            "X-RateLimit-Reset": str(_EPOCH + 900),
            "X-RateLimit-Resource": "core",
        }

    def _rest(self, asked: Asked) -> Said:
        if asked.headers.get("accept") != "application/vnd.github+json":
            return said_json({"message": "unsupported media type"}, 415)
        if asked.headers.get("x-github-api-version") != "2022-11-28" or "user-agent" not in asked.headers:
            return said_json({"message": "name a version and yourself"}, 400)
        path = asked.path.removeprefix(self.prefix)
        for old in self.old_names:
            if path.startswith(f"/repos/{old}"):
                moved = path.replace(f"/repos/{old}", "/repositories/42", 1)
                return Said(301, b"{}", {"Location": f"{self.prefix}{moved}"})
        match = re.fullmatch(rf"(?:/repos/{self.name}|/repositories/42)(/.*)?", path)
        if match is None:
            return said_json({"message": "Not Found"}, 404)
        below = match[1] or ""
        for start, said in self.instead.items():
            if below == start or (start and below.startswith(start)):
                return said
        return self._resource(below, asked)

    def _resource(self, below: str, asked: Asked) -> Said:
        kind = "/jobs" if below.endswith("/jobs") else "/actions/runs" if below.endswith("/runs") else below
        if kind not in _KNOWN:
            return said_json({"message": "Not Found"}, 404)
        if not set(asked.query) <= _KNOWN[kind]:
            return said_json({"message": "unknown parameter"}, 422)
        told: dict[str, Callable[[], Said]] = {
            "": lambda: said_json(self._about()),
            "/releases": lambda: self._paged(asked, self._releases()),
            "/pulls": lambda: self._paged(asked, self._pulls(asked.query)),
            "/issues": lambda: self._paged(asked, self._issues(asked.query)),
            "/actions/runs": lambda: self._runs(below, asked),
            "/jobs": lambda: self._jobs(below, asked),
        }
        return told[kind]()

    def _about(self) -> dict[str, Any]:
        open_pulls = [one for one in self.world.pulls if one.merged is None]
        open_issues = [one for one in self.world.issues if one.closed is None]
        return {
            "full_name": self.name,
            "created_at": "2026-09-01T08:00:00Z",
            "default_branch": "main",
            "stargazers_count": len(self.world.stars),
            "watchers_count": len(self.world.stars),
            "subscribers_count": self.world.watchers,
            "forks_count": self.world.forks,
            "open_issues_count": len(open_issues) + len(open_pulls),
        }

    def _releases(self) -> list[dict[str, Any]]:
        tags = sorted({tag for tag, _ in self.world.downloads})
        return [
            {
                "tag_name": tag,
                "assets": [
                    {"name": name, "download_count": count}
                    for (of, name), count in self.world.downloads.items()
                    if of == tag
                ],
            }
            for tag in tags
        ]

    def _pulls(self, query: dict[str, str]) -> list[dict[str, Any]]:
        is_open = query["state"] == "open"
        chosen = [one for one in self.world.pulls if (one.merged is None) == is_open]
        if query.get("sort") == "updated":
            assert query["direction"] == "desc"
            chosen.sort(key=lambda one: one.updated, reverse=True)
        return [
            {"number": one.number, "merged_at": iso(one.merged), "updated_at": iso(one.updated)}
            for one in chosen
        ]

    def _issues(self, query: dict[str, str]) -> list[dict[str, Any]]:
        closed: list[tuple[datetime, dict[str, Any]]] = [
            (one.closed, _issue(one)) for one in self.world.issues if one.closed is not None
        ]
        closed += [(one.merged, _pull_as_issue(one)) for one in self.world.pulls if one.merged is not None]
        return [
            told for at, told in sorted(closed, key=lambda one: one[0]) if (iso(at) or "") >= query["since"]
        ]

    def _runs(self, below: str, asked: Asked) -> Said:
        query, workflow = asked.query, re.fullmatch(r"/actions/workflows/([^/]+)/runs", below)
        first, _, last = query["created"].partition("..")
        chosen = [
            one
            for one in self.world.runs
            if (one.branch, one.event, query["status"]) == (query["branch"], query["event"], "completed")
            and first <= (iso(one.created) or "") <= last
            and (workflow is None or one.file == workflow[1])
        ]
        return self._paged(asked, [_run(one) for one in chosen[:1000]], "workflow_runs", total=len(chosen))

    def _jobs(self, below: str, asked: Asked) -> Said:
        number = int(below.split("/")[3])
        (run,) = (one for one in self.world.runs if one.number == number)
        jobs = [{"started_at": iso(start), "completed_at": iso(end)} for start, end in run.jobs]
        return self._paged(asked, jobs, "jobs")

    def _paged(
        self, asked: Asked, rows: list[dict[str, Any]], key: str = "", *, total: int | None = None
    ) -> Said:
        size, page = min(int(asked.query.get("per_page", "30")), 100), int(asked.query.get("page", "1"))
        last = max(1, -(-len(rows) // size))
        links = [("next", page + 1), ("last", last)] if page < last else []
        header = ", ".join(f'<{self._address(asked, number)}>; rel="{name}"' for name, number in links)
        part = rows[(page - 1) * size : page * size]
        body = {"total_count": len(rows) if total is None else total, key: part} if key else part
        return said_json(body, **({"Link": header} if header else {}))

    def _address(self, asked: Asked, page: int) -> str:
        return f"http://{asked.headers['host']}{asked.path}?{urlencode(asked.query | {'page': str(page)})}"

    def _graphql(self, asked: Asked) -> Said:
        self.questions += 1
        if "authorization" not in asked.headers:
            return said_json({"message": "This endpoint requires you to be authenticated."}, 401)
        if asked.path != self.prefix.removesuffix("/v3") + "/graphql":
            return said_json({"message": "Not Found"}, 404)
        query, variables = asked.json()["query"], asked.json()["variables"]
        for word, said in self.instead.items():
            if word.startswith("graphql:") and word.removeprefix("graphql:") in query:
                return said
        if f"{variables['o']}/{variables['r']}" != self.name:
            return said_json(
                {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": "no such"}]}
            )
        return said_json({"data": {"repository": self._answers(query, variables)}})

    def _answers(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "stargazers(" in query:
            edges = [{"starredAt": iso(at)} for at in sorted(self.world.stars, reverse=True)]
            return {"list": self._slice(query, variables, "edges", edges)}
        if "reviews(" in query:
            pulls = sorted(self.world.pulls, key=lambda one: one.updated, reverse=True)
            return {"list": self._slice(query, variables, "nodes", [_pull(one) for one in pulls])}
        return {
            "issues": {"totalCount": sum(one.closed is None for one in self.world.issues)},
            "pullRequests": {"totalCount": sum(one.merged is None for one in self.world.pulls)},
        }

    def _slice(
        self, query: str, variables: dict[str, Any], key: str, every: list[dict[str, Any]]
    ) -> dict[str, Any]:
        first = re.search(r"list: \w+\(first: (\d+)", query)
        size, cursor = int(first[1]) if first else 0, variables["c"]
        assert 1 <= size <= 100
        assert cursor is None or cursor in self.cursors
        start = int(cursor.split(":")[1]) if cursor else 0
        end = f"at:{start + size}"
        self.cursors.add(end)
        info = {"hasNextPage": start + size < len(every), "endCursor": end}
        return {"pageInfo": info, key: every[start : start + size]}


def _issue(one: Issue) -> dict[str, Any]:
    closed = {"closed_at": iso(one.closed), "state_reason": one.reason}
    return {"number": one.number, "created_at": iso(one.created)} | closed


def _pull_as_issue(one: Pull) -> dict[str, Any]:
    closed: dict[str, Any] = {"closed_at": iso(one.merged), "state_reason": "completed", "pull_request": {}}
    return {"number": one.number, "created_at": iso(one.created)} | closed


def _run(one: Run) -> dict[str, Any]:
    path = f".github/workflows/{one.file}@refs/heads/{one.branch}"
    return {"id": one.number, "path": path, "conclusion": one.conclusion, "created_at": iso(one.created)}


def _pull(one: Pull) -> dict[str, Any]:
    turns = [{"__typename": "ReadyForReviewEvent", "createdAt": iso(one.ready)}] if one.ready else []
    return {
        "number": one.number,
        "createdAt": iso(one.created),
        "updatedAt": iso(one.updated),
        "isDraft": False,
        "author": {"__typename": "Bot" if one.is_bot else "User", "login": one.author},
        "reviews": {
            "nodes": [_review(review.at, review.author, is_bot=review.is_bot) for review in one.reviews]
        },
        "timelineItems": {"nodes": turns},
    }


def _review(at: datetime, author: str, *, is_bot: bool) -> dict[str, Any]:
    person = {"__typename": "Bot" if is_bot else "User", "login": author}
    return {"submittedAt": iso(at), "state": "APPROVED", "author": person}


def errors(kind: str, message: str = "refused") -> Said:
    """A GraphQL refusal, which arrives with status 200."""
    return Said(200, json.dumps({"data": None, "errors": [{"type": kind, "message": message}]}).encode())
