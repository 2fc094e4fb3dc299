"""The REST half of the stand-in for GitHub: the lists that are told of the events."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tests.collectors.fake_github_graphql import iso
from tests.collectors.github_events import Alert, Issue, Pull, Run, World

KNOWN = {
    "": set(),
    "/releases": {"per_page", "page"},
    "/pulls": {"state", "sort", "direction", "per_page", "page"},
    "/issues": {"state", "labels", "since", "sort", "direction", "per_page", "page"},
    "/actions/runs": {"branch", "event", "status", "created", "per_page", "page"},
    "/jobs": {"per_page", "page"},
    "/attempts": set(),
    "/compare": {"per_page", "page"},
    "/traffic/views": {"per"},
    "/traffic/clones": {"per"},
    "/traffic/popular/referrers": set(),
    "/traffic/popular/paths": set(),
    "/code-scanning/alerts": {"state", "sort", "direction", "per_page", "page"},
    "/dependabot/alerts": {"state", "sort", "direction", "per_page", "after"},
    "/secret-scanning/alerts": {"state", "sort", "direction", "hide_secret", "per_page", "page"},
}
"""Each resource with the parameters it takes."""


def resource_of(below: str) -> str:
    """The resource that a path below the repository belongs to."""
    for found, ends in (("/jobs", r".*/jobs"), ("/actions/runs", r".*/runs"), ("/compare", r"/compare/.*")):
        if re.fullmatch(ends, below):
            return found
    return "/attempts" if "/attempts/" in below else below


def about(world: World, name: str) -> dict[str, Any]:
    open_pulls = [one for one in world.pulls if one.merged is None]
    open_issues = [one for one in world.issues if one.closed is None]
    return {
        "full_name": name,
        "html_url": f"https://github.com/{name}",
        "owner": {"login": name.partition("/")[0], "type": world.owner},
        "created_at": iso(world.created),
        "default_branch": "main",
        "has_discussions": world.has_discussions,
        "stargazers_count": len(world.stars),
        "watchers_count": len(world.stars),
        "subscribers_count": world.watchers,
        "forks_count": world.forks,
        "open_issues_count": len(open_issues) + len(open_pulls),
    }


def releases(world: World) -> list[dict[str, Any]]:
    return [
        {
            "id": 70 + number,
            "tag_name": tag,
            "name": f"The {tag}",
            "html_url": f"https://github.com/acme/engine/releases/tag/{tag}",
            "draft": False,
            "prerelease": "rc" in tag,
            "published_at": iso(world.releases.get(tag, world.created)),
            "assets": [
                {"id": 900 + at, "name": name, "download_count": count}
                for at, ((of, name), count) in enumerate(world.downloads.items())
                if of == tag
            ],
        }
        for number, tag in enumerate(sorted({tag for tag, _ in world.downloads} | world.releases.keys()))
    ]


def pulls(world: World, query: dict[str, str]) -> list[dict[str, Any]]:
    chosen = [one for one in world.pulls if (one.merged is None) == (query["state"] == "open")]
    if query.get("sort") == "updated":
        assert query["direction"] == "desc"
        chosen.sort(key=lambda one: one.updated, reverse=True)
    return [
        {"number": one.number, "merged_at": iso(one.merged), "updated_at": iso(one.updated)} for one in chosen
    ]


def issues(world: World, query: dict[str, str]) -> list[dict[str, Any]]:
    assert query["state"] == "all"
    label = query.get("labels")
    found: list[tuple[datetime, dict[str, Any]]] = [
        (one.updated, _issue(one)) for one in world.issues if label is None or label in one.labels
    ]
    if label is None:
        found += [(one.updated, _pull_as_issue(one)) for one in world.pulls]
    found.sort(key=lambda one: one[0], reverse=True)
    return [told for at, told in found if (iso(at) or "") >= query["since"]]


def runs(world: World, below: str, query: dict[str, str]) -> list[dict[str, Any]]:
    workflow = re.fullmatch(r"/actions/workflows/([^/]+)/runs", below)
    first, _, last = query["created"].partition("..")
    return [
        run(one)
        for one in world.runs
        if (one.branch, query["status"]) == (query["branch"], "completed")
        and query.get("event", one.event) == one.event
        and first <= (iso(one.created) or "") <= last
        and (workflow is None or one.file == workflow[1])
    ]


def run_of(world: World, below: str) -> Run:
    number = int(below.split("/")[3])
    (found,) = (one for one in world.runs if one.number == number)
    return found


def attempt(world: World, below: str) -> dict[str, Any]:
    one, number = run_of(world, below), int(below.rpartition("/")[2])
    return run(one) | {"run_attempt": number, "conclusion": one.earlier[number - 1]}


def jobs(world: World, below: str) -> list[dict[str, Any]]:
    found = run_of(world, below)
    return [{"started_at": iso(start), "completed_at": iso(end)} for start, end in found.jobs]


def compared(world: World, below: str) -> list[dict[str, Any]] | None:
    """The commits that the head has and the base has not; None where either is unknown."""
    base, _, head = below.removeprefix("/compare/").partition("...")
    names = [one.sha for one in world.commits]
    base, head = world.tags.get(base, base), world.tags.get(head, head)
    if base not in names or head not in names:
        return None
    return [
        {
            "sha": one.sha,
            "parents": [{"sha": "0" * 40}] * (2 if one.is_merge else 1),
            "commit": {"author": {"date": iso(one.written)}},
        }
        for one in world.commits[names.index(base) + 1 : names.index(head) + 1]
    ]


def traffic(world: World, below: str) -> Any:
    kind = below.rpartition("/")[2]
    if kind in ("views", "clones"):
        days, uniques = (world.views, world.visitors) if kind == "views" else (world.clones, world.cloners)
        told = [
            {"timestamp": f"{day}T00:00:00Z", "count": count, "uniques": people}
            for day, (count, people) in days.items()
        ]
        return {"count": sum(one["count"] for one in told), "uniques": uniques, kind: told}
    key, found = ("referrer", world.referrers) if kind == "referrers" else ("path", world.paths)
    more = {} if key == "referrer" else {"title": "a page"}
    return [{key: name, "count": count, "uniques": people} | more for name, (count, people) in found.items()]


def dependents(world: World, query: dict[str, str], name: str) -> list[dict[str, Any]]:
    """What ecosyste.ms, another host, says of the repository's packages."""
    if query != {"repository_url": f"https://github.com/{name}"}:
        return []
    return [
        {
            "name": package,
            "registry": {"name": registry},
            "dependent_packages_count": packages,
            "dependent_repos_count": repositories,
        }
        for (registry, package), (packages, repositories) in world.dependents.items()
    ]


def alerts(world: World, below: str, query: dict[str, str]) -> list[dict[str, Any]]:
    kind = below.split("/")[1]
    is_open = query["state"] == "open"
    if kind == "secret-scanning":
        assert query["hide_secret"] == "true"
    found = [one for one in world.alerts if one.kind == kind and (one.ended is None) == is_open]
    found.sort(key=lambda one: one.ended or one.created, reverse=True)
    return [_alert(one, query["state"]) for one in found]


def _alert(one: Alert, state: str) -> dict[str, Any]:
    told = {
        "number": one.number,
        "created_at": iso(one.created),
        "updated_at": iso(one.ended or one.created),
        "state": state,
    }
    if one.kind == "secret-scanning":
        return told | {"resolved_at": iso(one.ended), "resolution": one.resolution}
    told["fixed_at"] = iso(one.ended)
    if one.kind == "dependabot":
        advisory = {"severity": one.severity, "updated_at": iso(one.created)}
        return told | {"security_advisory": advisory}
    return told | {"rule": {"security_severity_level": one.severity}}


def _issue(one: Issue) -> dict[str, Any]:
    closed = {"closed_at": iso(one.closed), "state_reason": one.reason, "updated_at": iso(one.updated)}
    page = f"https://github.com/acme/engine/issues/{one.number}"
    told = {"number": one.number, "title": f"Issue {one.number}", "html_url": page}
    return told | {"created_at": iso(one.created)} | closed


def _pull_as_issue(one: Pull) -> dict[str, Any]:
    closed: dict[str, Any] = {
        "closed_at": iso(one.merged),
        "state_reason": "completed" if one.merged else None,
    }
    told = {"number": one.number, "created_at": iso(one.created), "updated_at": iso(one.updated)}
    return told | closed | {"pull_request": {}}


def run(one: Run) -> dict[str, Any]:
    path = f".github/workflows/{one.file}@refs/heads/{one.branch}"
    return {
        "id": one.number,
        "path": path,
        "display_title": f"Ship {one.number}",
        "html_url": f"https://github.com/acme/engine/actions/runs/{one.number}",
        "conclusion": one.conclusion,
        "created_at": iso(one.created),
        "head_sha": one.sha or f"{one.number:040x}",
        "run_attempt": len(one.earlier) + 1,
    }
