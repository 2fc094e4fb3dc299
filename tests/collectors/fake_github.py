"""A strict stand-in for GitHub's API on the loopback address, told from a list of events.

It pages with Link, answers conditional requests, counts what a request costs, and refuses what the
real one refuses: missing headers, unknown parameters, cursors it never gave out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlencode

from tests.collectors import fake_github_rest as rest
from tests.collectors.fake_github_graphql import answers, errors
from tests.collectors.github_events import NOW, World
from tests.collectors.loopback import Asked, Said, said_json

__all__ = ["TOKEN", "FakeGitHub", "errors"]

TOKEN = "good-token-1234"
_EPOCH = int(NOW.timestamp())


@dataclass
class FakeGitHub:
    world: World
    name: str = "acme/engine"
    token: str = TOKEN
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
        if asked.path == "/ecosystems/packages/lookup":
            assert "authorization" not in asked.headers
            return said_json(rest.dependents(self.world, asked.query, self.name))
        if asked.headers.get("authorization", f"Bearer {self.token}") != f"Bearer {self.token}":
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
        if path.startswith("/orgs/"):
            return self._members(path, asked)
        match = re.fullmatch(rf"(?:/repos/{self.name}|/repositories/42)(/.*)?", path)
        if match is None:
            return said_json({"message": "Not Found"}, 404)
        below = match[1] or ""
        instead = (said for start, said in self.instead.items() if _is_below(below, start))
        return next(instead, None) or self._resource(below, asked)

    def _resource(self, below: str, asked: Asked) -> Said:
        kind, world, query = rest.resource_of(below), self.world, asked.query
        if kind not in rest.KNOWN:
            return said_json({"message": "Not Found"}, 404)
        if not set(query) <= rest.KNOWN[kind]:
            return said_json({"message": "unknown parameter"}, 422)
        if kind.startswith("/traffic/"):
            return said_json(rest.traffic(world, below))
        if kind == "/dependabot/alerts":
            return self._by_cursor(asked, rest.alerts(world, below, query))
        if kind.endswith("/alerts"):
            return self._paged(asked, rest.alerts(world, below, query))
        told: dict[str, Callable[[], Said]] = {
            "": lambda: said_json(rest.about(world, self.name)),
            "/releases": lambda: self._paged(asked, rest.releases(world)),
            "/pulls": lambda: self._paged(asked, rest.pulls(world, query)),
            "/issues": lambda: self._paged(asked, rest.issues(world, query)),
            "/actions/runs": lambda: self._runs(below, asked),
            "/jobs": lambda: self._paged(asked, rest.jobs(world, below), "jobs"),
            "/attempts": lambda: said_json(rest.attempt(world, below)),
            "/compare": lambda: self._compared(unquote(below), asked),
        }
        return told[kind]()

    def _runs(self, below: str, asked: Asked) -> Said:
        found = rest.runs(self.world, below, asked.query)
        return self._paged(asked, found[:1000], "workflow_runs", total=len(found))

    def _compared(self, below: str, asked: Asked) -> Said:
        found = rest.compared(self.world, below)
        if found is None:
            return said_json({"message": "Not Found"}, 404)
        return self._paged(asked, found, "commits", count="total_commits")

    def _members(self, path: str, asked: Asked) -> Said:
        """The members of the organization, to who may see them; to others GitHub shows the way to the few
        that are public."""
        if not path.startswith(f"/orgs/{self.name.partition('/')[0]}/"):
            return said_json({"message": "Not Found"}, 404)
        if self.world.members is None:
            needed = {"X-Accepted-GitHub-Permissions": "members=read"}
            return replace(said_json({"message": "Resource not accessible"}, 403), headers=needed)
        if path.endswith("/members") and not self.world.is_member:
            return Said(302, b"", {"Location": path.replace("/members", "/public_members")})
        return self._paged(asked, [{"login": one, "type": "User"} for one in self.world.members])

    def _by_cursor(self, asked: Asked, rows: list[dict[str, Any]]) -> Said:
        """A list that knows no page numbers."""
        size, start = int(asked.query.get("per_page", "30")), int(asked.query.get("after", "0"))
        following = asked.query | {"after": str(start + size)}
        address = f"http://{asked.headers['host']}{asked.path}?{urlencode(following)}"
        link = {"Link": f'<{address}>; rel="next"'} if start + size < len(rows) else {}
        return said_json(rows[start : start + size], **link)

    def _paged(
        self,
        asked: Asked,
        rows: list[dict[str, Any]],
        key: str = "",
        *,
        total: int | None = None,
        count: str = "total_count",
    ) -> Said:
        size, page = min(int(asked.query.get("per_page", "30")), 100), int(asked.query.get("page", "1"))
        last = max(1, -(-len(rows) // size))
        links = [("next", page + 1), ("last", last)] if page < last else []
        header = ", ".join(f'<{self._address(asked, number)}>; rel="{name}"' for name, number in links)
        part = rows[(page - 1) * size : page * size]
        body = {count: len(rows) if total is None else total, key: part} if key else part
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
        assert set(re.findall(r"\$(\w+):", query)) == set(variables)
        if f"{variables['o']}/{variables['r']}" != self.name:
            return said_json(
                {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": "no such"}]}
            )
        return said_json({"data": {"repository": answers(self.world, query, variables, self.cursors)}})


def _is_below(path: str, start: str) -> bool:
    return path == start or (start != "" and path.startswith(start))
