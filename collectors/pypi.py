"""Downloads of Python packages from PyPI, day by day, as pypistats.org counts them.

Endpoint: `/packages/{package}/overall?mirrors=false`, and with `versions` `/packages/{package}/python_minor`.
Auth: none.
Rate limit: 30 requests a minute for an address, without a header that says so; once a day for each series is
    what pypistats.org asks for.
Freshness: a day is told from about 01:10 UTC of the next; a day may be counted anew, so 14 days are read
    again. 180 days are kept.
Docs: https://pypistats.org/api/

Mirrors are left out; builds are not: a download is no person. Days are UTC days. pypistats.org tells days
with downloads alone. So a day that is missing is zero where `reference`, a package that is downloaded all day
long, has that day; else it has not been counted yet, and has no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

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
    reference: Package = Field(default="pip", description="a package that is downloaded all day long")
    base_url: Annotated[str, address("https://pypistats.org/api")] = "https://pypistats.org/api"

    def series_labels(self) -> frozenset[Labels]:
        return frozenset(labels({"package": one, **self.labels}) for one in self.packages)


@dataclass(slots=True)
class Reader:
    """One run. pypistats.org answers with all days it keeps; the reference's are read once, where needed."""

    config: Config
    api: Api
    span: Span
    counted: frozenset[date] = frozenset()

    def parts(self) -> Iterator[Part]:
        for package in dict.fromkeys(self.config.packages):
            yield Part(package, (DOWNLOADS.name,), partial(self.overall, package))
            if self.config.versions:
                yield Part(f"{package} by version", (BY_PYTHON.name,), partial(self.by_python, package))

    async def overall(self, package: str) -> Batch:
        told = await self._whole(await self._overall(package))
        named = labels({"package": package})
        return Batch(tuple(self._sample(DOWNLOADS, one, named) for one in told))

    async def by_python(self, package: str) -> Batch:
        found = await self.api.get_json(f"/packages/{package}/python_minor")
        told = await self._whole(parse_counts(found, package))
        return Batch(
            tuple(
                self._sample(BY_PYTHON, one, labels({"package": package, "python": one.version}))
                for one in told
            )
        )

    async def _overall(self, package: str) -> list[Count]:
        found = await self.api.get_json(f"/packages/{package}/overall", {"mirrors": "false"})
        return [one for one in parse_counts(found, package) if one.category == "without_mirrors"]

    async def _whole(self, told: Sequence[Count]) -> list[Count]:
        """The counts of the days to read, with the zeros that are left out between them."""
        days = self.span.days(USUAL)
        first: dict[str, date] = {}
        for one in told:
            first[one.category] = min(one.day, first.get(one.category, one.day))
        known = {(one.category, one.day) for one in told}
        missing = [
            (name, day)
            for name, since in first.items()
            for day in days
            if day > since and (name, day) not in known
        ]
        if any(day < self.span.today for _, day in missing) and not self.counted:
            self.counted = frozenset(one.day for one in await self._overall(self.config.reference))
        zeros = [Count(day, name, 0.0) for name, day in missing if day in self.counted]
        return [one for one in told if one.day in days] + zeros

    def _sample(self, metric: Metric, one: Count, named: Labels) -> Sample:
        settled = self.span.is_settled(one.day, SETTLES_AFTER)
        return Sample(metric.name, self.span.start_of(one.day), one.downloads, named, settled)


@dataclass(frozen=True, slots=True)
class Count:
    """What one category came to on one day."""

    day: date
    category: str
    downloads: float

    @property
    def version(self) -> str:
        """The category as a label: null is a download whose tool named no version."""
        return "unknown" if self.category == "null" else self.category


_HINT = "Check packages: the name is that of the package's page on PyPI. A new one shows up the day after."


def parse_counts(found: Any, package: str) -> list[Count]:
    """The rows of an answer. Split by version, it is an empty list for a package that nobody knows."""
    counts = [
        Count(_day(one), text(one, "category"), number(one, "downloads")) for one in rows(found, "data")
    ]
    if text(found, "package") != package or not counts:
        raise UnexpectedResponse(f"pypistats.org knows no downloads of {package}", hint=_HINT)
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
    reader = Reader(config, _api(config, client), replace(span, zone=ZoneInfo("UTC")))
    return await collect_parts(reader.parts())


async def probe(config: Config, client: Client) -> str:
    """What the first package came to on the last day."""
    package = config.packages[0]
    found = await _api(config, client).get_json(f"/packages/{package}/recent")
    return f"{package}, {number(part(found, 'data'), 'last_day'):,.0f} downloads on the last day"


def _api(config: Config, client: Client) -> Api:
    return client.at(
        config.base_url, Access(is_serial=True, pace=_PACE, fault=partial(hinted, hints={404: _HINT}))
    )


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
