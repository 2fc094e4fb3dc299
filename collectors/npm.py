"""Downloads of npm packages, day by day, and by version.

Endpoint: `/downloads/range/{first}:{last}/{package}` in stretches of at most a year, and with `versions`
    `/versions/{package}/last-week`.
Auth: none.
Rate limit: none is published; about forty quick requests are refused, so they go one by one, a second apart.
Freshness: a day is told soon after its end in UTC, at times days late, so 14 days are read again. Days are
    kept since 10 January 2015; by version, the last seven days alone are told.
Docs: https://github.com/npm/registry/blob/main/docs/download-counts.md

npm answers 0 for a day that it has not counted yet and for one on which its counting failed. So a zero is
believed where `reference`, a package that is downloaded all day long, has downloads on that day; else the day
has no number. Builds and mirrors count as well: a download is no person. Days are UTC days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field

from collectors.answers import hinted
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Part,
    Span,
    address,
    collect_parts,
)
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.payload import number, part, rows, text
from kpi.metric import Kind, Labels, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=1)
USUAL = timedelta(days=14)
_FIRST = date(2015, 1, 10)
_DAYS = 365
"""npm cuts what is longer than 18 months off, without a word."""
_VERSIONS = 50
_PACE = Pace(2, 1, at_once=1)

DOWNLOADS = Metric("npm.downloads", "downloads", Kind.FLOW, "downloads of a day", ("package",))
BY_VERSION = Metric(
    "npm.version_downloads",
    "downloads",
    Kind.LEVEL,
    "downloads of the last seven days by version; beyond the fifty largest, other",
    ("package", "version"),
    is_snapshot=True,
)
METRICS = (DOWNLOADS, BY_VERSION)

_HINT = "Check packages: the name is that of the package's page, such as acme-sdk or @acme/sdk."

Package = Annotated[str, Field(pattern=r"^(@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]{0,200}$")]


class Config(CollectorConfig):
    """Which packages are read."""

    collector: Literal["npm"] = "npm"
    packages: tuple[Package, ...] = Field(min_length=1, max_length=50, description="sdk or @acme/sdk")
    versions: bool = Field(default=False, description="also the last seven days by version")
    reference: Package = Field(default="semver", description="a package that is downloaded all day long")
    base_url: Annotated[str, address("https://api.npmjs.org")] = "https://api.npmjs.org"

    def series_labels(self) -> frozenset[Labels]:
        return frozenset(labels({"package": one, **self.labels}) for one in self.packages)


@dataclass(slots=True)
class Reader:
    """One run; what the reference came to is read once."""

    config: Config
    api: Api
    span: Span
    counted: dict[date, float] = field(default_factory=dict)

    def parts(self) -> Iterator[Part]:
        for package in dict.fromkeys(self.config.packages):
            yield Part(package, (DOWNLOADS.name,), partial(self.downloads, package))
            if self.config.versions:
                yield Part(f"{package} by version", (BY_VERSION.name,), partial(self.versions, package))

    def days(self) -> list[date]:
        """Today is left out: npm answers 0 for it until it is over."""
        return [one for one in self.span.days(USUAL) if _FIRST <= one < self.span.today]

    async def downloads(self, package: str) -> Batch:
        days = self.days()
        if not days:
            return Batch()
        found = await self.read(package, days)
        if not self.counted:
            self.counted = await self.read(self.config.reference, days)
        told = [day for day in days if found[day] or self.counted[day]]
        return Batch(tuple(self._sample(package, day, found[day]) for day in told))

    def _sample(self, package: str, day: date, value: float) -> Sample:
        is_settled = self.span.is_settled(day, SETTLES_AFTER) and bool(self.counted[day])
        at = self.span.start_of(day)
        return Sample(DOWNLOADS.name, at, value, labels({"package": package}), is_settled)

    async def read(self, package: str, days: list[date]) -> dict[date, float]:
        """Downloads of every day, zeros as npm tells them."""
        found: dict[date, float] = {}
        for start in range(0, len(days), _DAYS):
            stretch = days[start : start + _DAYS]
            path = f"/downloads/range/{stretch[0]}:{stretch[-1]}/{package}"
            found |= parse_range(await self.api.get_json(path), package, stretch)
        return found

    async def versions(self, package: str) -> Batch:
        found = await self.api.get_json(f"/versions/{quote(package, safe='@')}/last-week")
        counts = parse_versions(found, package)
        pairs = ({"package": package, "version": one} for one in counts)
        return Batch(
            tuple(
                Sample(BY_VERSION.name, self.span.now, value, labels(named))
                for named, value in zip(pairs, counts.values(), strict=True)
            )
        )


def parse_range(found: Any, package: str, days: list[date]) -> dict[date, float]:
    """Downloads by day; an answer that lacks a day that was asked for is a fault."""
    told: dict[date, float] = {}
    for one in rows(found, "downloads"):
        try:
            told[date.fromisoformat(text(one, "day"))] = number(one, "downloads")
        except ValueError:
            raise UnexpectedResponse("day is no day", hint="npm may have changed it.") from None
    if text(found, "package") != package or list(told) != days:
        raise UnexpectedResponse(
            f"npm told other days of {package} than were asked for", hint="Nothing of them was used."
        )
    return told


def parse_versions(found: Any, package: str) -> dict[str, float]:
    """The versions with the most downloads, and the rest of them together."""
    told = part(found, "downloads")
    if text(found, "package") != package or not isinstance(told, dict):
        raise UnexpectedResponse("npm told no versions", hint="npm may have changed its answer.")
    counts = {name: number(told, name) for name in told}
    ranked = sorted((name for name in counts if counts[name]), key=lambda name: (-counts[name], name))
    kept = {name: counts[name] for name in ranked[:_VERSIONS]}
    rest = sum(counts[name] for name in ranked[_VERSIONS:])
    return kept | ({"other": rest} if rest else {})


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read every package; each fails alone."""
    reader = Reader(config, _api(config, client), replace(span, zone=ZoneInfo("UTC")))
    return await collect_parts(reader.parts())


async def probe(config: Config, client: Client) -> str:
    """What the first package came to in the last week."""
    package, today = config.packages[0], client.now().astimezone(ZoneInfo("UTC")).date()
    first, last = today - timedelta(days=7), today - timedelta(days=1)
    found = await _api(config, client).get_json(f"/downloads/point/{first}:{last}/{package}")
    return f"{package}, {number(found, 'downloads'):,.0f} downloads in the last seven days"


def _api(config: Config, client: Client) -> Api:
    return client.at(
        config.base_url, Access(is_serial=True, pace=_PACE, fault=partial(hinted, hints={404: _HINT}))
    )


ABOUT = About(
    title="npm downloads",
    measures="downloads of npm packages a day, and of a week by version",
    example={"packages": ["@acme/sdk"]},
    proven_by="npm's documentation of November 2026",
)

COLLECTOR = Collector(
    "npm",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(days=1),
    rereads=USUAL,
    chunk=timedelta(days=365),
    probe=probe,
    about=ABOUT,
)
