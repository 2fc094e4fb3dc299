"""The GraphQL half of the stand-in for GitHub: what each of the collector's queries is told of the events."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from tests.collectors.github_events import Comment, Deployed, Discussion, Issue, Pull, World
from tests.collectors.loopback import Said


def iso(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def answers(world: World, query: str, variables: dict[str, Any], cursors: set[str]) -> dict[str, Any]:
    """The `repository` of an answer to `query`; `cursors` are those that were given out."""
    if "issues(states: OPEN)" in query:
        return {
            "issues": {"totalCount": sum(one.closed is None for one in world.issues)},
            "pullRequests": {"totalCount": sum(one.merged is None for one in world.pulls)},
        }
    if "pullRequest(number: $n)" in query:
        (pull,) = (one for one in world.pulls if one.number == variables["n"])
        paths = [{"path": one} for one in pull.files]
        return {"pullRequest": {"list": page_of(query, variables, paths, cursors)}}
    if "stargazers(" in query:
        edges = [{"starredAt": iso(at)} for at in sorted(world.stars, reverse=True)]
        return {"list": page_of(query, variables, edges, cursors, "edges")}
    return {"list": page_of(query, variables, _nodes(world, query, variables), cursors)}


def _nodes(world: World, query: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
    pulls = sorted(world.pulls, key=lambda one: one.updated, reverse=True)
    merged = [one for one in pulls if one.merged is not None]
    if "reviews(" in query:
        return [_reviewed(one) for one in pulls]
    if "files(" in query:
        return [_with_files(one) for one in merged]
    if "authorAssociation" in query:
        return [_author_of(one) for one in sorted(merged, key=lambda one: one.created)]
    if "discussions(" in query:
        every = sorted(world.discussions, key=lambda one: one.updated, reverse=True)
        return [_discussion(one) for one in every]
    if "deployments(" in query:
        made = sorted(world.deployments, key=lambda one: one.created, reverse=True)
        return [_deployment(one) for one in made if one.environment in variables["e"]]
    issues = sorted(world.issues, key=lambda one: one.updated, reverse=True)
    return [_issue(one) for one in issues if (iso(one.updated) or "") >= variables["s"]]


def page_of(
    query: str, variables: dict[str, Any], every: list[dict[str, Any]], cursors: set[str], key: str = "nodes"
) -> dict[str, Any]:
    """One page of a list. A cursor that was never given out is the collector's mistake."""
    first = re.search(r"list: \w+\(\s*first: (\d+)", query)
    size, cursor = int(first[1]) if first else 0, variables["c"]
    assert 1 <= size <= 100
    assert cursor is None or cursor in cursors
    start = int(cursor.split(":")[1]) if cursor else 0
    end = f"at:{start + size}"
    cursors.add(end)
    info = {"hasNextPage": start + size < len(every), "endCursor": end}
    return {"pageInfo": info, key: every[start : start + size]}


def _person(login: str, *, is_bot: bool = False) -> dict[str, Any]:
    return {"__typename": "Bot" if is_bot else "User", "login": login}


def _reviewed(one: Pull) -> dict[str, Any]:
    turns = [{"__typename": "ReadyForReviewEvent", "createdAt": iso(one.ready)}] if one.ready else []
    reviews = [
        {"submittedAt": iso(of.at), "state": "APPROVED", "author": _person(of.author, is_bot=of.is_bot)}
        for of in one.reviews
    ]
    return {
        "number": one.number,
        "createdAt": iso(one.created),
        "updatedAt": iso(one.updated),
        "isDraft": False,
        "author": _person(one.author, is_bot=one.is_bot),
        "reviews": {"nodes": reviews},
        "timelineItems": {"nodes": turns},
    }


def _with_files(one: Pull) -> dict[str, Any]:
    info = {"hasNextPage": len(one.files) > 100, "endCursor": "at:100"}
    return {
        "number": one.number,
        "mergedAt": iso(one.merged),
        "updatedAt": iso(one.updated),
        "author": _person(one.author, is_bot=one.is_bot),
        "files": {"pageInfo": info, "nodes": [{"path": path} for path in one.files[:100]]},
    }


def _author_of(one: Pull) -> dict[str, Any]:
    return {
        "number": one.number,
        "createdAt": iso(one.created),
        "mergedAt": iso(one.merged),
        "author": _person(one.author, is_bot=one.is_bot),
        "authorAssociation": one.association,
    }


def _comment(one: Comment) -> dict[str, Any]:
    return {"createdAt": iso(one.at), "author": _person(one.author, is_bot=one.is_bot)}


def _issue(one: Issue) -> dict[str, Any]:
    return {
        "number": one.number,
        "createdAt": iso(one.created),
        "author": _person(one.author),
        "comments": {"nodes": [_comment(of) for of in one.comments]},
    }


def _discussion(one: Discussion) -> dict[str, Any]:
    written: list[dict[str, Any]] = [{"createdAt": iso(at), "replies": {"nodes": []}} for at in one.comments]
    if one.reply:
        written[0]["replies"] = {"nodes": [{"createdAt": iso(one.reply)}]}
    return {
        "number": one.number,
        "createdAt": iso(one.created),
        "updatedAt": iso(one.updated),
        "answerChosenAt": iso(one.answered),
        "category": {"isAnswerable": one.is_question},
        "comments": {"nodes": written},
    }


def _deployment(one: Deployed) -> dict[str, Any]:
    told = [{"state": state, "createdAt": iso(at)} for at, state in reversed(one.statuses)]
    return {
        "databaseId": one.number,
        "commitOid": one.sha,
        "createdAt": iso(one.created),
        "statuses": {"pageInfo": {"hasNextPage": False}, "nodes": told},
    }


def errors(kind: str, message: str = "refused") -> Said:
    """A GraphQL refusal, which arrives with status 200."""
    return Said(200, json.dumps({"data": None, "errors": [{"type": kind, "message": message}]}).encode())
