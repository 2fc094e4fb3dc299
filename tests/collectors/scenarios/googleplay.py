"""Google Play with a list of installs and ratings: monthly files in a bucket, in UTF-16, some days late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Sample, Scenario
from tests.collectors.scenarios.google import Interface, credentials, limited, said_no, secrets

SCOPE = "https://www.googleapis.com/auth/devstorage.read_only"
PACKAGE, BUCKET = "dev.acme.app", "pubsite_prod_rev_01234567890123456789"
PACIFIC = ZoneInfo("America/Los_Angeles")
PAGE = 2  # names in one list


@dataclass(frozen=True)
class Happened:
    """One thing that a person did: installed, removed, or gave stars."""

    day: date
    what: str
    stars: int = 0


def happenings(first: date, last: date) -> list[Happened]:
    """Every day some install; on every third some rate, and on every fourth some remove the app."""
    found = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        found += [Happened(day, "install")] * (4 + n % 5)
        found += [Happened(day, "remove")] * (2 if n % 4 == 0 else 0)
        found += [Happened(day, "rate", 1 + (n + m) % 5) for m in range(2 if n % 3 == 0 else 0)]
    return found


@dataclass
class FakePlay:
    """A bucket with a file a month and report, up to the day `told`."""

    found: list[Happened]
    told: date

    def days(self) -> list[date]:
        first = min(one.day for one in self.found)
        return [first + timedelta(days=n) for n in range((self.told - first).days + 1)]

    def of(self, what: str, day: date) -> list[Happened]:
        return [one for one in self.found if one.what == what and one.day == day]

    @cached_property
    def files(self) -> dict[str, str]:
        """Every file by its name. Some are of other countries and apps, as in a real bucket."""
        files: dict[str, str] = {}
        for month in sorted({f"{day:%Y%m}" for day in self.days()}):
            days = [day for day in self.days() if f"{day:%Y%m}" == month]
            base = f"{PACKAGE}_{month}"
            files[f"stats/installs/installs_{base}_overview.csv"] = self.installs(days)
            files[f"stats/installs/installs_{base}_country.csv"] = "Date,Country\n"
            files[f"stats/ratings/ratings_{base}_overview.csv"] = self.ratings(days)
        files[f"stats/installs/installs_{PACKAGE}.lite_202611_overview.csv"] = "Date\n"
        return files

    def installs(self, days: list[date]) -> str:
        columns = "Daily Device Installs,Daily User Installs,Daily User Uninstalls,Active Device Installs"
        rows = [f"Date,Package name,{columns}"]
        for day in days:
            new, gone = len(self.of("install", day)), len(self.of("remove", day))
            rows.append(f"{day},{PACKAGE},{2 * new},{new},{gone},{self.left(day)}")
        return "\n".join(rows) + "\n"

    def ratings(self, days: list[date]) -> str:
        rows = ["Date,Package Name,Daily Average Rating,Total Average Rating"]
        for day in days:
            ever = [one.stars for one in self.found if one.what == "rate" and one.day <= day]
            own = [one.stars for one in self.of("rate", day)]
            rows.append(f"{day},{PACKAGE},{sum(own) / len(own) if own else 'NA'},{sum(ever) / len(ever)}")
        return "\n".join(rows) + "\n"

    def left(self, day: date) -> int:
        return sum({"install": 1, "remove": -1}.get(one.what, 0) for one in self.found if one.day <= day)

    def list(self, asked: Asked, names: dict[str, str]) -> Said:
        if names["bucket"] != BUCKET:
            return said_no(403, "kpi@acme does not have storage.objects.list access.", "PERMISSION_DENIED")
        names_of = [one for one in sorted(self.files) if one.startswith(asked.query.get("prefix", ""))]
        start = int(asked.query.get("pageToken", "0").removeprefix("page-"))
        answer: dict[str, Any] = {"items": [{"name": one} for one in names_of[start : start + PAGE]]}
        if not answer["items"]:
            answer = {}
        if start + PAGE < len(names_of):
            answer["nextPageToken"] = f"page-{start + PAGE}"
        return said_json(answer)

    def get(self, asked: Asked, names: dict[str, str]) -> Said:
        file = self.files.get(names["object"])
        if asked.query.get("alt") != "media" or names["bucket"] != BUCKET or file is None:
            return Said(404, b"No such object", {"Content-Type": "text/html"})
        return Said(200, file.encode("utf-16"), {"Content-Type": "text/csv; charset=utf-16le"})

    def interface(self) -> Interface:
        routes = {"storage.objects.list": self.list, "storage.objects.get": self.get}
        return Interface("google_storage", SCOPE, routes)


def expected(fake: FakePlay, first: date) -> list[Sample]:
    """Every day that the files tell of, from `first` on."""
    samples = []
    for day in fake.days():
        if day < first:
            continue
        at = datetime.combine(day, time(), PACIFIC).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), PACIFIC).astimezone(UTC)
        past = [one for one in fake.found if one.day <= day]
        installed = len([one for one in past if one.what == "install"])
        removed = len([one for one in past if one.what == "remove"])
        ever = [one.stars for one in past if one.what == "rate"]
        own = [one.stars for one in past if one.what == "rate" and one.day == day]
        figures = {
            "installs": len([one for one in past if one.what == "install" and one.day == day]),
            "uninstalls": len([one for one in past if one.what == "remove" and one.day == day]),
            "active_devices": installed - removed,
            "rating": sum(ever) / len(ever),
        }
        if own:
            figures["daily_rating"] = sum(own) / len(own)
        for name, value in figures.items():
            stamp = at if name in ("installs", "uninstalls") else end - timedelta(seconds=1)
            settled = NOW - end >= timedelta(days=7)
            samples.append(Sample(f"googleplay.{name}", stamp, float(value), settled=settled))
    return samples


def an_app() -> Scenario:
    """From the middle of October, over the end of daylight saving time; the last days are not told yet."""
    fake = FakePlay(happenings(date(2026, 9, 12), date(2026, 11, 20)), date(2026, 11, 17))
    return Scenario(
        settings={
            "package": PACKAGE,
            "bucket": f"gs://{BUCKET}/stats/installs/",
            "credentials": credentials(),
            "base_url": "{url}",
        },
        answer=fake.interface(),
        expected=expected(fake, date(2026, 10, 15)),
        secrets=secrets(),
        zone="Australia/Lord_Howe",
        since=datetime(2026, 10, 15, 20, tzinfo=UTC),
        limit=limited(),
    )


SCENARIOS = (an_app,)
