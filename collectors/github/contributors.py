"""Who contributes: people whose pull requests were merged, and who of them is from outside.

External is who is neither a member of the organization, nor owner, member or collaborator by GitHub's author
association, nor named in `team`. The list of members tells concealed ones only to a token of a member or
with the permission Members; otherwise the association alone decides, and the run's notes say so. Both tell
of today: somebody who joined since counts as of the team in the past as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin

from collectors.base import Batch
from collectors.faults import AuthFailed, CollectorFault
from collectors.github.access import ACCEPT
from collectors.github.queries import MERGED_EVER, is_bot, person
from collectors.github.reader import SETTLES_AFTER, Reader, distinct, event, measured
from collectors.of_day import Days
from collectors.payload import moment, number, rows, text
from kpi.metric import Kind, Metric, Sample

EXTERNAL = event(
    "external_pull_request", "1 or 0, one a merged pull request: its author is external", unit="ratio"
)
EXTERNAL_MERGED = measured(
    "external_contributions", "pull requests", Kind.FLOW, "pull requests of external people merged on a day"
)
CONTRIBUTORS = measured(
    "contributors",
    "people",
    Kind.RATIO,
    "people with a merged pull request in the 30 days that end with a day",
)
EXTERNAL_MONTH = measured(
    "external_contributors",
    "people",
    Kind.RATIO,
    "external people with a merged pull request in the 30 days that end with a day",
)
EXTERNAL_QUARTER = measured(
    "external_contributors_90d",
    "people",
    Kind.RATIO,
    "external people with a merged pull request in the 90 days that end with a day",
)
NEWCOMERS = measured(
    "new_contributors", "people", Kind.FLOW, "people whose first pull request ever was merged on a day"
)
RETAINED = event(
    "contributor_retained", "1 or 0, one a first contribution, once its time is over: another followed",
    unit="ratio",
)  # fmt: skip
UPDATES = measured(
    "dependency_updates", "pull requests", Kind.FLOW, "updates of dependencies by a bot merged on a day"
)
UPDATE_TIME = event("dependency_update_time", "time from opening to merging, one a bot's update")
METRICS = (
    EXTERNAL,
    EXTERNAL_MERGED,
    CONTRIBUTORS,
    EXTERNAL_MONTH,
    EXTERNAL_QUARTER,
    NEWCOMERS,
    RETAINED,
    UPDATES,
    UPDATE_TIME,
)

_INSIDE = ("OWNER", "MEMBER", "COLLABORATOR")
_UPDATERS = ("dependabot", "renovate", "pyup-bot", "depfu", "snyk-bot")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Merged:
    """One merged pull request of a person."""

    number: float
    at: datetime
    author: str
    is_external: bool


async def read_contributors(reader: Reader) -> Batch:
    """All merged pull requests there ever were, one point of the allowance a hundred: only they tell whose
    was the first."""
    nodes = await reader.questions.nodes(MERGED_EVER, {})
    team, note = await _team(reader)
    merged = sorted(_merged(nodes, team), key=lambda one: (one.at, one.number))
    external = [one for one in merged if one.is_external]
    firsts = first_times(merged)
    return Batch(
        (
            *_shares(merged, reader),
            *reader.daily(EXTERNAL_MERGED, (one.at for one in external)),
            *_people(CONTRIBUTORS, merged, 30, reader),
            *_people(EXTERNAL_MONTH, external, 30, reader),
            *_people(EXTERNAL_QUARTER, external, 90, reader),
            *reader.daily(NEWCOMERS, (one.at for one, _ in firsts)),
            *retained(firsts, reader.config.returns_within, reader),
            *_updates(nodes, reader),
        ),
        notes=(note,) if note else (),
    )


async def _team(reader: Reader) -> tuple[frozenset[str], str]:
    """Logins of the organization's members and of `team`, in lower case; and what is not known of them."""
    named = frozenset(one.lower() for one in reader.config.team)
    owner: Any = reader.about.get("owner")
    if not isinstance(owner, Mapping) or owner.get("type") != "Organization":
        return named, ""
    name = text(owner, "login")
    note = f"{name} does not tell its members (permission Members): who is external is told by association"
    members: set[str] = set()
    try:
        first = await reader.api.get(
            f"/orgs/{quote(name, safe='')}/members", {"per_page": 100}, accept=ACCEPT
        )
        if first.url.partition("?")[0].endswith("/public_members"):  # where GitHub sends those outside
            return named, note
        members |= _logins(first.json())
        if first.next_url is not None:
            async for page in reader.api.pages(urljoin(first.url, first.next_url), accept=ACCEPT):
                members |= _logins(page)
    except CollectorFault as fault:
        if isinstance(fault, AuthFailed) or fault.status == 404:
            return named, note
        raise
    return named | members, ""


def _logins(page: Any) -> set[str]:
    return {text(one, "login").lower() for one in rows(page)}


def _merged(nodes: Iterable[dict[str, Any]], team: frozenset[str]) -> Iterator[Merged]:
    for node in nodes:
        author = person(node)
        if author is not None:
            inside = author.lower() in team or node.get("authorAssociation") in _INSIDE
            yield Merged(number(node, "number"), moment(node, "mergedAt"), author, not inside)


def first_times(merged: Sequence[Merged]) -> list[tuple[Merged, datetime | None]]:
    """Each person's first contribution, with the moment of the second; `merged` is in order."""
    seen: dict[str, list[Merged]] = {}
    for one in merged:
        seen.setdefault(one.author, []).append(one)
    return [(every[0], every[1].at if len(every) > 1 else None) for every in seen.values()]


def retained(
    firsts: Iterable[tuple[Merged, datetime | None]], within: timedelta, reader: Reader
) -> Iterator[Sample]:
    """First contributions, stated once the time to come back is over, which falls into the days asked for."""
    start, end = reader.start, reader.end
    for first, second in firsts:
        due = first.at + within
        if start <= due < end and due <= reader.span.now:
            value = float(second is not None and second <= due)
            yield Sample(RETAINED.name, distinct(first.at, first.number), value)


def _shares(merged: Iterable[Merged], reader: Reader) -> Iterator[Sample]:
    start, end = reader.start, reader.end
    for one in merged:
        if start <= one.at < end:
            yield Sample(EXTERNAL.name, distinct(one.at, one.number), float(one.is_external))


def _people(metric: Metric, merged: Sequence[Merged], days: int, reader: Reader) -> Iterator[Sample]:
    """Different authors in the `days` that end with each day that is over."""
    span = reader.span
    for day in reader.days():
        first, end = span.start_of(day - (days - 1) * _DAY), span.start_of(day + _DAY)
        people = {one.author for one in merged if first <= one.at < end}
        yield from Days(span, SETTLES_AFTER).told(metric, day, float(len(people)))


def _updates(nodes: Iterable[dict[str, Any]], reader: Reader) -> Iterator[Sample]:
    """What bots that update dependencies brought."""
    found = [one for one in nodes if is_bot(one) and text(one, "author", "login") in _UPDATERS]
    yield from reader.daily(UPDATES, (moment(one, "mergedAt") for one in found))
    for one in found:
        at = moment(one, "mergedAt")
        if reader.holds(at):
            seconds = (at - moment(one, "createdAt")).total_seconds()
            yield Sample(UPDATE_TIME.name, distinct(at, number(one, "number")), seconds)
