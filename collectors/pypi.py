"""Downloads of Python packages from PyPI, day by day, as pypistats.org counts them.

Endpoint: `/packages/{package}/overall?mirrors=false`, and with `versions` `/packages/{package}/python_minor`.
Auth: none.
Rate limit: 30 requests a minute for an address, without a header that says so; once a day for each series is
    what pypistats.org asks for.
Freshness: a day is told from about 01:10 UTC of the next; a day may be counted anew, so 14 days are read
    again. 180 days are kept.
Docs: https://pypistats.org/api/

Mirrors are left out; builds are not: a download is no person. Days are UTC days. pypistats.org tells days
with downloads alone, so a day that is missing is no number: it may as well not have been counted yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from collectors.answers import Answer, fault_of
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
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.payload import number, part, rows, text
from kpi.metric import Kind, Labels, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=1)
USUAL = timedelta(days=14)
_KEPT = timedelta(days=180)
_PACE = Pace(20, 60, at_once=1)

DOWNLOADS = Metric(
    "pypi.downloads", "downloads", Kind.FLOW, "downloads of a day, without those of mirrors", ("package",)
)
BY_PYTHON = Metric(
    "pypi.python_downloads",
    "downloads",
    Kind.FLOW,
    "downloads of a day by version of Python, without those of mirrors",
    ("package", "python"),
)
METRICS = (DOWNLOADS, BY_PYTHON)


def normalized(name: str) -> str:
    """A package's name as pypistats.org writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


Package = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$"),
    AfterValidator(normalized),
]


class Config(CollectorConfig):
    """Which packages are read."""

    collector: Literal["pypi"] = "pypi"
    packages: tuple[Package, ...] = Field(min_length=1, max_length=50, description="names on PyPI")
    versions: bool = Field(default=False, description="also by version of Python: one more request each")
    base_url: Annotated[str, address("https://pypistats.org/api")] = "https://pypistats.org/api"

    def series_labels(self) -> frozenset[Labels]:
        return frozenset(labels({"package": one, **self.labels}) for one in self.packages)


@dataclass(frozen=True, slots=True)
class Reader:
    """One run. pypistats.org answers with all days it keeps."""

    api: Api
    span: Span

    def parts(self, config: Config) -> Iterator[Part]:
        for package in dict.fromkeys(config.packages):
            yield Part(package, (DOWNLOADS.name,), partial(self.overall, package))
            if config.versions:
                yield Part(f"{package} by version", (BY_PYTHON.name,), partial(self.by_python, package))

    async def overall(self, package: str) -> Batch:
        found = await self.api.get_json(f"/packages/{package}/overall", {"mirrors": "false"})
        told = [one for one in self._told(found, package) if one.category == "without_mirrors"]
        return Batch(tuple(self._samples(DOWNLOADS, told, {"package": package}, "")))

    async def by_python(self, package: str) -> Batch:
        found = await self.api.get_json(f"/packages/{package}/python_minor")
        return Batch(
            tuple(self._samples(BY_PYTHON, self._told(found, package), {"package": package}, "python"))
        )

    def _told(self, found: Any, package: str) -> list[Count]:
        """All rows. Split by version, pypistats.org answers an empty list of a package it does not know."""
        told = parse_counts(found)
        if text(found, "package") != package or not told:
            raise UnexpectedResponse(f"pypistats.org knows no downloads of {package}", hint=_HINT)
        return told

    def _samples(
        self, metric: Metric, told: Iterable[Count], named: dict[str, str], split: str
    ) -> Iterator[Sample]:
        first, last = self.span.first_day(USUAL), self.span.last_day
        for one in told:
            if first <= one.day <= last:
                also = {split: _VERSIONS.get(one.category, one.category)} if split else {}
                settled = self.span.is_settled(one.day, SETTLES_AFTER)
                at = self.span.start_of(one.day)
                yield Sample(metric.name, at, one.downloads, labels(named | also), settled)


@dataclass(frozen=True, slots=True)
class Count:
    """What one category came to on one day."""

    day: date
    category: str
    downloads: float


_VERSIONS = {"null": "unknown"}  # a download whose tool named no version
_HINT = "Check packages: the name is that of the package's page on PyPI. A new one shows up the day after."


def parse_counts(found: Any) -> list[Count]:
    """The rows of an answer; one that is told twice is a fault."""
    counts = [
        Count(_day(one), text(one, "category"), number(one, "downloads")) for one in rows(found, "data")
    ]
    if len({(one.day, one.category) for one in counts}) != len(counts):
        raise UnexpectedResponse("pypistats.org tells a day twice", hint="Nothing of it was used.")
    return counts


def _day(row: Any) -> date:
    try:
        return date.fromisoformat(text(row, "date"))
    except ValueError:
        raise UnexpectedResponse("date is no day", hint="pypistats.org may have changed it.") from None


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read every package; each fails alone."""
    reader = Reader(_api(config, client), replace(span, zone=ZoneInfo("UTC")))
    return await collect_parts(reader.parts(config))


async def probe(config: Config, client: Client) -> str:
    """What the first package came to on the last day."""
    package = config.packages[0]
    found = await _api(config, client).get_json(f"/packages/{package}/recent")
    return f"{package}, {number(part(found, 'data'), 'last_day'):,.0f} downloads on the last day"


def _api(config: Config, client: Client) -> Api:
    return client.at(config.base_url, Access(is_serial=True, pace=_PACE, fault=_refusal))


def _refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    fault = fault_of(answer, now)
    if fault is not None and fault.status == 404:
        fault.hint = _HINT
    return fault


ABOUT = About(
    title="PyPI downloads",
    measures="downloads of Python packages a day, by version of Python",
    example={"packages": ["acme-sdk"]},
    proven_by="pypistats.org's source and documentation of November 2026",
)

COLLECTOR = Collector(
    "pypi",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(days=1),
    rereads=USUAL,
    forgets_after=_KEPT,
    probe=probe,
    about=ABOUT,
)
