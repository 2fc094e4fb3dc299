"""A GitHub repository: stars, issues, pull requests, contributors, discussions, builds, deployments, alerts.

Endpoint: REST `/repos/{owner}/{name}` and below, and GraphQL beside it; an enterprise server by
    `base_url: https://HOST/api/v3`.
Auth: `token` (fine-grained, read-only: Metadata, Contents, Issues, Pull requests, Discussions, Actions), or a
    GitHub App by `app_id`, `installation_id` and `private_key`. Without either a public repository gives
    what REST tells: no stars a day, reviews, responses, contributors, documentation, discussions.
Rate limit: 5,000 requests and 5,000 GraphQL points an hour with a token, 60 requests without; an unchanged
    answer (304) is free. Requests of one token go one after the other, as GitHub asks. `contributors` reads
    all merged pull requests there ever were, a point a hundred.
Freshness: counters are of the moment and have no past; the rest is dated and read again from the span's
    start (30 days by default). Stars a day count people who still star, so past days may come out lower
    later. A day settles an hour after its end, one of traffic after a day; traffic is forgotten after 14.
    People of a day, or of the 30 or 90 up to it, stand at its last second and are told once it is over.
Docs: https://docs.github.com/en/rest, https://docs.github.com/en/graphql

Parts. Read unless `parts` says otherwise: counters, open, releases, merged, issues, stars, reviews,
responses, contributors, documentation, discussions (where the repository has them), workflows. Read only
where `parts` names them, for they need what an ordinary token lacks: traffic (Administration), code_scanning
(Code scanning alerts), dependabot (Dependabot alerts), secret_scanning (Secret scanning alerts); or for they
ask somebody else: dependents (packages.ecosyste.ms, which learns the repository's name). Read where
their setting is given: deployments (`environment` or `deployed_by`; Deployments), incidents
(`incident_label`).

One sample an event: durations are in seconds, at the moment they end. A share is a mean of ones and noughts:
`github.workflow_success_rate` at the start of a run (cancelled and skipped runs do not count),
`github.docs_pull_request` and `github.external_pull_request` at merging, pull requests of bots left out,
`github.discussion_answered` at opening, and `github.contributor_retained` at a person's first contribution,
stated when `returns_within` (90 days) is over, so that a KPI on it says `matures: 90d`. Events of the same
second are kept apart by a fraction of a second made from their number. The modules beside this one say how
each is counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    Credential,
    Part,
    Proof,
    Span,
    collect_parts,
    part_fault,
)
from collectors.faults import AuthFailed, Unavailable, UnexpectedResponse
from collectors.github import (
    builds,
    contributors,
    dependents,
    deployments,
    discussions,
    issues,
    reviews,
    samples,
    security,
    traffic,
)
from collectors.github.access import ACCEPT, forget, open_api
from collectors.github.config import NAME, Config, PartName
from collectors.github.reader import SETTLES_AFTER, USUAL_WINDOW, Reader
from collectors.payload import text
from kpi.metric import Metric

Read = Callable[[Reader], Awaitable[Batch]]

PARTS: tuple[tuple[PartName, tuple[Metric, ...], Read], ...] = (
    ("counters", samples.COUNTERS, samples.read_counters),
    ("open", (samples.OPEN_ISSUES, samples.OPEN_PULLS), samples.read_open),
    ("releases", (samples.DOWNLOADS,), samples.read_releases),
    ("merged", (reviews.MERGED,), reviews.read_merged),
    (
        "issues",
        (issues.OPENED, issues.CLOSED, issues.RESOLUTION),
        issues.read_issues,
    ),
    ("stars", (samples.STARS_GAINED,), samples.read_stars),
    ("reviews", (reviews.TURNAROUND,), reviews.read_reviews),
    ("responses", (issues.RESPONSE,), issues.read_responses),
    ("contributors", contributors.METRICS, contributors.read_contributors),
    ("documentation", (reviews.DOCUMENTING,), reviews.read_documentation),
    ("discussions", discussions.METRICS, discussions.read_discussions),
    ("workflows", builds.METRICS, builds.read_workflows),
    ("deployments", deployments.METRICS, deployments.read_deployments),
    ("incidents", (issues.INCIDENTS, issues.INCIDENT_RESOLUTION), issues.read_incidents),
    ("traffic", traffic.METRICS, traffic.read_traffic),
    ("code_scanning", security.CODE.metrics, security.CODE.read),
    ("dependabot", security.DEPENDENCIES.metrics, security.DEPENDENCIES.read),
    ("secret_scanning", security.SECRETS.metrics, security.SECRETS.read),
    ("dependents", dependents.METRICS, dependents.read_dependents),
)
"""What there is to read, with its metrics, in the order of its cost."""

METRICS = tuple(metric for _, metrics, _ in PARTS for metric in metrics)
_OF_NOW: frozenset[PartName] = frozenset({"counters", "open", "releases", "traffic", "dependents"})
_BY_GRAPHQL = {"stars", "reviews", "responses", "contributors", "documentation", "discussions"}
_FROM_ABOUT: frozenset[PartName] = frozenset({"counters", "contributors", "workflows"})


def parts_of(reader: Reader) -> tuple[Part, ...]:
    """The parts of this run; a past has none of those that only tell the present. What nobody in particular
    is told makes one part, so that a missing token is one fault."""
    config = reader.config
    parts = [
        Part(name, tuple(one.name for one in metrics), partial(read, reader))
        for name, metrics, read in PARTS
        if config.reads(name) and not (reader.is_past and name in _OF_NOW)
    ]
    if config.has_identity:
        return tuple(parts)
    by_graphql = _BY_GRAPHQL | ({"deployments"} if config.deployed_by in (None, "deployments") else set())
    closed = [one for one in parts if one.name in by_graphql]
    unread = Part(
        "token", tuple(metric for one in closed for metric in one.metrics), partial(_refused, reader)
    )
    return (*(one for one in parts if one.name not in by_graphql), *([unread] if closed else []))


async def _refused(reader: Reader) -> Batch:
    """The fault of asking GraphQL as nobody."""
    raise AuthFailed(
        f"{reader.config.repository}: GitHub tells this only with a token",
        hint="Add token to the source: a fine-grained one with read access to Metadata, Issues and "
        "Pull requests; or leave out with parts what needs it.",
    )


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one repository. Where it cannot be seen at all, nothing more is asked."""
    api = await open_api(config, client)
    try:
        about: Any = await api.get_json(f"/repos/{config.repository}", accept=ACCEPT)
    except Unavailable as fault:
        return await _without_about(Reader(config, client, api, span, config.repository, {}), fault)
    except AuthFailed:
        forget(config, client)
        raise
    name = text(about, "full_name")
    if not NAME.fullmatch(name):
        raise UnexpectedResponse(
            f"{config.repository} answers with a name that is none", hint="Check base_url."
        )
    reader = Reader(config, client, api, span, name, about)
    if reader.first_day > span.last_day:
        if not reader.is_past:
            raise UnexpectedResponse(f"{name} was created in the future", hint="Nothing of it was used.")
        return Batch(notes=(f"{name} did not exist yet",))
    batch = await collect_parts(parts_of(reader))
    if name.lower() == config.repository.lower():
        return batch
    return replace(batch, notes=(*batch.notes, f"{config.repository} is now {name}: set repository: {name}"))


async def probe(config: Config, client: Client) -> str:
    """The repository's own page, and how many requests the token has left this hour."""
    api = await open_api(config, client)
    answer = await api.get(f"/repos/{config.repository}", accept=ACCEPT)
    name = text(answer.json(), "full_name")
    left, limit = (answer.headers.get(f"x-ratelimit-{one}", "") for one in ("remaining", "limit"))
    return f"{name}, {left} of {limit} requests left this hour" if left and limit else name


async def _without_about(reader: Reader, fault: Unavailable) -> Batch:
    """What can be read while the repository's own page is out of order."""
    needs_it = set(_FROM_ABOUT)
    if not reader.config.has_identity:
        needs_it.add("open")
    if reader.config.deployed_by == "workflow":
        needs_it.add("deployments")
    parts = parts_of(reader)
    batch = await collect_parts(one for one in parts if one.name not in needs_it)
    missed = tuple(part_fault(one.name, fault, one.metrics) for one in parts if one.name in needs_it)
    return replace(batch, faults=(*missed, *batch.faults))


_WHERE = "https://github.com/settings/personal-access-tokens/new"
_SCOPE = (
    "fine-grained, this repository, read-only: Metadata, Contents, Issues, Pull requests, Discussions, "
    "Actions; for parts that are asked for also Deployments, Administration (traffic), Code scanning "
    "alerts, Dependabot alerts, Secret scanning alerts; of the organization Members"
)
ABOUT = About(
    title="GitHub",
    measures="stars, issues, pull requests, contributors, discussions, builds, deployments, traffic, alerts",
    example={"repository": "acme/engine", "token": "${GITHUB_TOKEN}"},
    credentials=(
        Credential("token", "GITHUB_TOKEN", _SCOPE, _WHERE, is_required=False),
        Credential(
            "private_key",
            "GITHUB_APP_PRIVATE_KEY",
            "in place of a token, with app_id and installation_id: a GitHub App with the same permissions",
            "https://github.com/settings/apps",
            is_required=False,
        ),
    ),
    proof=Proof.SPEC,
    proven_by="GitHub's OpenAPI (octokit 23.0.2) and GraphQL schema (octokit 15.26.1); dependents by fixture",
)

COLLECTOR = Collector(
    "github",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    chunk=timedelta(days=90),
    rereads=USUAL_WINDOW,
    forgets_after=traffic.KEPT,
    forgotten=traffic.FORGOTTEN,
    probe=probe,
    about=ABOUT,
)
