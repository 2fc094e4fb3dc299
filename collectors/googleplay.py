"""An Android app in Google Play: installs, uninstalls, devices and ratings, from Play Console's reports.

Endpoint: Cloud Storage's list of the bucket and its objects: `stats/installs/` and `stats/ratings/`, one
    CSV file a month. Google Play has no other interface for these figures.
Auth: `credentials`, a service account's key; Play Console gives the account "View app information and
    download bulk reports", which takes effect within a day.
Rate limit: none that a few files a run could meet.
Freshness: files are written once a day, some days late, and the month's file is written anew; a month is read
    again. Back-fill reaches the app's launch.
Docs: https://support.google.com/googleplay/android-developer/answer/6135870,
    https://cloud.google.com/storage/docs/json_api/v1/objects

Files are in UTF-16. Days are Pacific time: an amount stands at the start of its day there, devices and
averages at its last second. Installs count people, not devices. A day without a new rating has a total
average and no average of its own; the average that the store shows people is weighted towards recent
ratings, and may differ.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    Credential,
    Part,
    Span,
    address,
    collect_parts,
)
from collectors.faults import UnexpectedResponse
from collectors.google import GoogleConfig, Service, google_api, service_key
from collectors.http import Api
from collectors.of_day import Days
from collectors.payload import number, rows, text
from kpi.metric import Kind, Metric, Sample

PACIFIC = ZoneInfo("America/Los_Angeles")
SETTLES_AFTER = timedelta(days=7)
USUAL_WINDOW = timedelta(days=60)
_HINT = "Google may have changed its reports; nothing was taken from this one."
_NOTHING = frozenset({"", "NA", "N/A", "-"})

GOOGLE = Service(
    "Cloud Storage API",
    "https://www.googleapis.com/auth/devstorage.read_only",
    "In Play Console, let the service account view app information and download bulk reports; wait a day.",
)


def _metric(name: str, unit: str, kind: Kind, description: str) -> Metric:
    return Metric(f"googleplay.{name}", unit, kind, description)


def _late(name: str, unit: str, kind: Kind, description: str) -> Metric:
    """A figure of a day's end that is the newest for as long as Google takes to write the next."""
    return replace(_metric(name, unit, kind, description), every=SETTLES_AFTER)


INSTALLS = _metric("installs", "installs", Kind.FLOW, "people who installed the app on a day")
UNINSTALLS = _metric("uninstalls", "uninstalls", Kind.FLOW, "people who removed the app on a day")
DEVICES = _late("active_devices", "devices", Kind.LEVEL, "devices with the app that were lately in use")
RATING = _late("rating", "", Kind.RATIO, "average of all ratings up to a day, of 5")
DAILY_RATING = _late("daily_rating", "", Kind.RATIO, "average of the ratings given on a day, of 5")
REPORTS: Mapping[str, Mapping[str, Metric]] = {
    "installs": {
        "daily user installs": INSTALLS,
        "daily user uninstalls": UNINSTALLS,
        "active device installs": DEVICES,
    },
    "ratings": {"total average rating": RATING, "daily average rating": DAILY_RATING},
}
"""Report → its columns in small letters, since Google has changed capitals before."""
METRICS = tuple(metric for columns in REPORTS.values() for metric in columns.values())


class Config(GoogleConfig):
    """Which app is read, and where its reports are."""

    collector: Literal["googleplay"] = "googleplay"
    package: str = Field(pattern=r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$", description="the app's id: dev.acme.app")
    bucket: str = Field(
        description="from Play Console, Download reports: pubsite_prod_rev_01234567890123456789"
    )
    base_url: Annotated[str, address("https://storage.googleapis.com")] = "https://storage.googleapis.com"

    @field_validator("bucket")
    @classmethod
    def _is_a_bucket(cls, value: str) -> str:
        name = value.removeprefix("gs://").partition("/")[0]  # Play Console copies it with a path
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", name):
            raise ValueError(f'"{value}" is no bucket: copy the Cloud Storage URI from Play Console')
        return name


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one app; `span` is in Pacific time."""

    config: Config
    api: Api
    span: Span

    def parts(self) -> tuple[Part, ...]:
        return tuple(
            Part(name, tuple(one.name for one in columns.values()), partial(self.report, name))
            for name, columns in REPORTS.items()
        )

    async def report(self, name: str) -> Batch:
        """The months asked for, of those there are."""
        days = self.span.days(USUAL_WINDOW)
        listed = await self.listed(name)
        samples: list[Sample] = []
        for month in sorted({f"{day:%Y%m}" for day in days}):
            file = self.file(name, month)
            if file in listed:
                path = f"{self.bucket}/{quote(file, safe='')}"
                body = (await self.api.get(path, {"alt": "media"}, accept="text/csv, */*")).body
                found = parse_report(decoded(body), REPORTS[name], self.config.package, month)
                samples += (one for one in self._samples(found) if one.at >= self.span.start_of(days[0]))
        return Batch(tuple(samples))

    def _samples(self, found: Mapping[tuple[Metric, date], float]) -> Iterator[Sample]:
        for (metric, day), value in found.items():
            if day <= self.span.last_day:
                yield from Days(self.span, SETTLES_AFTER).told(metric, day, value)

    async def listed(self, name: str) -> set[str]:
        """The app's monthly files; none at all is a fault, since every app has some."""
        wanted = {
            "prefix": f"stats/{name}/{name}_{self.config.package}_",
            "fields": "nextPageToken,items(name)",
        }
        found: set[str] = set()

        def following(page: Any) -> dict[str, str] | None:
            if not isinstance(page, Mapping):
                raise UnexpectedResponse("the list of reports is no object", hint=_HINT)
            found.update(text(one, "name") for one in rows({"items": [], **page}, "items"))
            return wanted | {"pageToken": text(page, "nextPageToken")} if "nextPageToken" in page else None

        async for _ in self.api.walk(self.bucket, wanted, following):
            pass
        if not any(one.endswith("_overview.csv") for one in found):
            raise UnexpectedResponse(
                f"the bucket holds no report of {name} for {self.config.package}",
                hint="Check package and bucket; an app's first reports come some days after its launch.",
            )
        return found

    def file(self, name: str, month: str) -> str:
        return f"stats/{name}/{name}_{self.config.package}_{month}_overview.csv"

    @property
    def bucket(self) -> str:
        return f"/storage/v1/b/{self.config.bucket}/o"


def decoded(body: bytes) -> str:
    """The text of a file, by its mark."""
    try:
        return body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnexpectedResponse("the report is not in UTF-16", hint=_HINT) from None


def parse_report(
    report: str, columns: Mapping[str, Metric], package: str, month: str
) -> dict[tuple[Metric, date], float]:
    """The figures of a month's file by metric and day; an empty cell is no figure."""
    lines = csv.reader(report.splitlines(), strict=True)
    try:
        header, *found = [row for row in lines if row]
    except (ValueError, csv.Error):
        raise UnexpectedResponse("the report is empty or no CSV", hint=_HINT) from None
    names = [one.strip().casefold() for one in header]
    if missing := [one for one in ("date", "package name", *columns) if one not in names]:
        raise UnexpectedResponse(f"the report has no column {missing[0]}", hint=_HINT)
    values: dict[tuple[Metric, date], float] = {}
    for cells in found:
        if len(cells) != len(names):
            raise UnexpectedResponse("a row of the report is cut short", hint=_HINT)
        row = dict(zip(names, map(str.strip, cells), strict=True))
        day = _day(row["date"], month)
        if row["package name"] != package:
            raise UnexpectedResponse("the report is of another app", hint=_HINT)
        told = {metric: key for key, metric in columns.items() if row[key].upper() not in _NOTHING}
        values |= {(metric, day): number(row, key) for metric, key in told.items()}
    return values


def _day(written: str, month: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise UnexpectedResponse("a date of the report is no day", hint=_HINT) from None
    if f"{day:%Y%m}" != month:
        raise UnexpectedResponse("the report is of another month", hint=_HINT)
    return day


async def _reader(config: Config, client: Client, span: Span) -> Reader:
    api = await google_api(
        client, config.base_url, GOOGLE, lambda: service_key(config.credentials, GOOGLE.scope)
    )
    return Reader(config, api, replace(span, zone=PACIFIC))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one app, in Pacific days."""
    return await collect_parts((await _reader(config, client, span)).parts())


async def probe(config: Config, client: Client) -> str:
    """The months that there are."""
    reader = await _reader(config, client, Span(client.now(), None, PACIFIC))
    months = [one for one in await reader.listed("installs") if one.endswith("_overview.csv")]
    return f"{config.package}, reports of {len(months)} months"


ABOUT = About(
    title="Google Play",
    measures="installs, uninstalls, devices, ratings",
    example={
        "package": "dev.acme.app",
        "bucket": "pubsite_prod_rev_01234567890123456789",
        "credentials": "${GOOGLE_APPLICATION_CREDENTIALS}",
    },
    credentials=(
        Credential(
            "credentials",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "a service account's JSON key or its path; invited in Play Console to download bulk reports",
            "https://play.google.com/console/u/0/developers/users-and-permissions",
        ),
    ),
    proven_by="requests by discovery document storage v1; columns as public readers of the files name them",
)

COLLECTOR = Collector(
    "googleplay",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=12),
    rereads=timedelta(days=31),
    chunk=timedelta(days=180),
    probe=probe,
    about=ABOUT,
)
