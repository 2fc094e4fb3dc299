"""What the repository itself tells: its counters, its open work, stars and the downloads of releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collectors.base import Batch
from collectors.faults import UnexpectedResponse
from collectors.github.reader import Reader, measured, snapshot
from collectors.happenings import Happening, happenings, optional
from collectors.payload import moment, number, rows, text
from kpi.metric import Kind, Sample, labels

STARS = snapshot("stars", "stars", Kind.LEVEL, "people who star the repository now")
FORKS = snapshot("forks", "forks", Kind.LEVEL, "forks")
WATCHERS = snapshot("watchers", "watchers", Kind.LEVEL, "people who watch it (subscribers, not stars)")
OPEN_ISSUES = snapshot("open_issues", "issues", Kind.LEVEL, "open issues, without pull requests")
OPEN_PULLS = snapshot("open_pull_requests", "pull requests", Kind.LEVEL, "open pull requests")
DOWNLOADS = snapshot(
    "release_downloads", "downloads", Kind.LEVEL, "downloads of a release's file so far", "release", "asset"
)
STARS_GAINED = measured("stars_gained", "stars", Kind.FLOW, "stars given on a day by people who still star")
COUNTERS = (STARS, FORKS, WATCHERS)
METRICS = (*COUNTERS, OPEN_ISSUES, OPEN_PULLS, DOWNLOADS, STARS_GAINED)

_TOLD_BACK = timedelta(days=366)
"""How far back releases are told of: their list is read whole, and old ones would be told again each hour."""


def parse_counters(payload: Any, now: datetime) -> Iterator[Sample]:
    """Counters of the repository. `watchers_count` is an old name for stars and is not used."""
    for metric, key in ((STARS, "stargazers_count"), (FORKS, "forks_count"), (WATCHERS, "subscribers_count")):
        yield Sample(metric.name, now, number(payload, key))


def parse_downloads(releases: Iterable[dict[str, Any]], now: datetime) -> Iterator[Sample]:
    """Downloads so far, one a file of a published release."""
    for release in releases:
        for asset in rows(release, "assets"):
            pairs = labels({"release": text(release, "tag_name"), "asset": text(asset, "name")})
            yield Sample(DOWNLOADS.name, now, number(asset, "download_count"), pairs)


def parse_release(release: Mapping[str, Any]) -> Happening | None:
    """A release that is out, by its tag and what it is called; None of a draft."""
    if release.get("draft") is not False:
        return None
    tag, name = text(release, "tag_name"), optional(release, "name")
    said = name if tag.removeprefix("v") in name else f"{tag}: {name}" if name else tag
    return Happening(
        "release",
        moment(release, "published_at"),
        f"{said} (pre-release)" if release.get("prerelease") is True else said,
        f"release:{number(release, 'id'):.0f}",
        optional(release, "html_url"),
    )


async def read_counters(reader: Reader) -> Batch:
    return Batch(tuple(parse_counters(reader.about, reader.span.now)))


async def read_open(reader: Reader) -> Batch:
    if reader.config.has_identity:
        issues, pulls = await reader.questions.open_counts()
    else:
        pulls = await _open_pulls(reader)
        issues = number(reader.about, "open_issues_count") - pulls  # it counts both
    if issues < 0:
        raise UnexpectedResponse(
            "fewer open issues than open pull requests", hint="It changed while being read."
        )
    now = reader.span.now
    return Batch((Sample(OPEN_ISSUES.name, now, issues), Sample(OPEN_PULLS.name, now, pulls)))


async def _open_pulls(reader: Reader) -> float:
    """Open pull requests, from the number of the last page of one each."""
    answer = await reader.get("/pulls", state="open", per_page=1)
    if answer.last_url is None:
        return float(len(list(rows(answer.json()))))
    return number(parse_qs(urlsplit(answer.last_url).query), "page", 0)


async def read_releases(reader: Reader) -> Batch:
    found, now = await reader.pages("/releases"), reader.span.now
    told = (one for one in happenings(found, parse_release) if one.at >= now - _TOLD_BACK)
    return Batch(tuple(parse_downloads(found, now)), happenings=tuple(told))


async def read_stars(reader: Reader) -> Batch:
    moments = await reader.questions.starred_since(reader.start)
    return Batch(tuple(reader.daily(STARS_GAINED, moments)))
