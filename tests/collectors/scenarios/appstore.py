"""Apple's App Store with lists of downloads and reviews: reports by day, pages of reviews, listings."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.types import Options

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused

APP, OTHER, VENDOR = "1234567890", "1234567899", "80012345"
ISSUER, KEY_ID = "69a6de70-0000-47e3-e053-5b8c7c11a4d1", "KEYID12345"
PACIFIC = ZoneInfo("America/Los_Angeles")
RATED = {"us": (4.5, 1200), "de": (3.75, 8)}
COLUMNS = (
    "Provider",
    "SKU",
    "Version",
    "Product Type Identifier",
    "Units",
    "Begin Date",
    "End Date",
    "Country Code",
    "Apple Identifier",
)


@lru_cache
def private_key() -> str:
    """A key on the curve that Apple uses, in PEM."""
    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@lru_cache
def public_key() -> str:
    made = serialization.load_pem_private_key(private_key().encode(), None)
    return (
        made.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@dataclass(frozen=True)
class Sale:
    """One row of what was got from the store."""

    day: date
    app: str
    kind: str  # Apple's product type
    units: int
    country: str


@dataclass(frozen=True)
class Review:
    key: str
    at: datetime
    stars: int


def sales(first: date, last: date) -> list[Sale]:
    """Downloads of two apps, updates and refunds; on the 7th nothing, on the 9th of the other alone."""
    found = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if day.day == 7:
            continue
        found.append(Sale(day, OTHER, "1F", 100, "US"))
        if day.day == 9:
            continue
        found += [
            Sale(day, APP, "1F", 5 + n, "US"),
            Sale(day, APP, "1T", 2, "DE"),
            Sale(day, APP, "7F", 40, "US"),
        ]
        found += [
            Sale(day, APP, "3F", 3, "US"),
            Sale(day, APP, "1F", -1, "US"),
            Sale(day, APP, "IA1", 9, "US"),
        ]
    return found


def reviews() -> list[Review]:
    """Newest first; two in one second, and the last long ago."""
    at = datetime(2026, 11, 19, 23, 5, 6, tzinfo=UTC)
    steps = (0, 0, 30, 200, 400, 600, 2000)
    return [Review(f"r{n}", at - timedelta(hours=hours), 5 - n % 5) for n, hours in enumerate(steps)]


@dataclass
class FakeApple:
    """Two hosts in one; `ready` is the last day whose report is there."""

    sold: list[Sale]
    written: list[Review]
    ready: date
    page: int = 3
    rated: dict[str, tuple[float, int]] = field(default_factory=lambda: dict(RATED))

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/lookup":
            return self.lookup(asked)
        if not self._knows(asked.headers.get("authorization", "")):
            return said_no(401, "Provide a properly configured and signed bearer token.", "NOT_AUTHORIZED")
        if asked.path == "/v1/salesReports":
            return self.report(asked)
        if asked.path == f"/v1/apps/{APP}/customerReviews":
            return self.reviews(asked)
        return said_no(404, "The path provided does not match a defined resource type.", "PATH_ERROR")

    def _knows(self, header: str) -> bool:
        unchecked: Options = {"verify_exp": False, "verify_iat": False}
        try:
            token = header.removeprefix("Bearer ")
            said = jwt.decode(
                token, public_key(), ["ES256"], audience="appstoreconnect-v1", options=unchecked
            )
            known = jwt.get_unverified_header(token)["kid"] == KEY_ID
        except jwt.PyJWTError:
            return False
        return bool(known and said["iss"] == ISSUER and 0 < said["exp"] - said["iat"] <= 1200)

    def report(self, asked: Asked) -> Said:
        wanted = {
            "frequency": "DAILY",
            "reportType": "SALES",
            "reportSubType": "SUMMARY",
            "vendorNumber": VENDOR,
        }
        query = {key[7:-1]: value for key, value in asked.query.items()}
        if not wanted.items() <= query.items() or set(query) != {*wanted, "reportDate"}:
            return said_no(400, "A parameter has an invalid value.", "PARAMETER_ERROR.INVALID")
        day = date.fromisoformat(query["reportDate"])
        if day > self.ready:
            return said_no(
                404, "Report is not available yet. Daily reports come at 5 am Pacific Time.", "NOT_FOUND"
            )
        some = [one for one in self.sold if one.day == day]
        if not some:
            return said_no(404, "There were no sales for the date specified.", "NOT_FOUND")
        body = gzip.compress("\n".join(["\t".join(COLUMNS), *map(_row, some), ""]).encode())
        return Said(200, body, {"Content-Type": "application/a-gzip"})

    def reviews(self, asked: Asked) -> Said:
        query = asked.query
        if query.get("sort") != "-createdDate" or not 0 < int(query.get("limit", 0)) <= 200:
            return said_no(400, "A parameter has an invalid value.", "PARAMETER_ERROR.INVALID")
        start = int(query.get("cursor", 0))
        here = f"http://{asked.headers['host']}{asked.path}?sort=-createdDate&limit=200"
        links = {"self": here}
        if start + self.page < len(self.written):
            links["next"] = f"{here}&cursor={start + self.page}"
        data = [
            {
                "type": "customerReviews",
                "id": one.key,
                "attributes": {
                    "rating": one.stars,
                    "createdDate": one.at.astimezone(PACIFIC).isoformat(),
                    "territory": "USA",
                },
            }
            for one in self.written[start : start + self.page]
        ]
        return said_json({"data": data, "links": links})

    def lookup(self, asked: Asked) -> Said:
        rated = self.rated.get(asked.query["country"]) if asked.query.get("id") == APP else None
        results: list[dict[str, Any]] = []
        if rated:
            about = {"trackId": int(APP), "trackName": "Acme"}
            results = [about | {"averageUserRating": rated[0], "userRatingCount": rated[1]}]
        return said_json({"resultCount": len(results), "results": results})


def said_no(status: int, detail: str, code: str, /, **headers: str) -> Said:
    """A refusal as Apple words it."""
    said = refused(status, errors=[{"status": str(status), "code": code, "detail": detail}])
    said.headers.update(headers)
    return said


def _row(one: Sale) -> str:
    day = f"{one.day:%m/%d/%Y}"
    return "\t".join(("APPLE", "acme", "1.0", one.kind, str(one.units), day, day, one.country, one.app))


def expected(fake: FakeApple, first: date) -> list[Sample]:
    """Each day whose report is there, zeros included; the reviews since; the ratings of now."""
    samples = []
    for n in range((fake.ready - first).days + 1):
        day = first + timedelta(days=n)
        at = datetime.combine(day, time(), PACIFIC).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), PACIFIC).astimezone(UTC)
        own = [one for one in fake.sold if one.day == day and one.app == APP and one.units > 0]
        for name, kinds in {"downloads": "1F 1T", "redownloads": "3F", "updates": "7F"}.items():
            units = sum(one.units for one in own if one.kind in kinds.split())
            samples.append(
                Sample(f"appstore.{name}", at, float(units), settled=NOW - end >= timedelta(days=2))
            )
    since = datetime.combine(first, time(), PACIFIC)
    for one in fake.written:
        if one.at >= since:
            at = one.at + timedelta(microseconds=crc32(one.key.encode()) % 1_000_000)
            samples.append(Sample("appstore.review_rating", at, float(one.stars)))
    for country, (average, count) in fake.rated.items():
        samples.append(Sample("appstore.rating", NOW, average, (("country", country),)))
        samples.append(Sample("appstore.ratings", NOW, float(count), (("country", country),)))
    return samples


def an_app() -> Scenario:
    """Over the end of daylight saving time in California; yesterday's report is not there yet."""
    first = date(2026, 10, 30)
    fake = FakeApple(sales(first, date(2026, 11, 18)), reviews(), date(2026, 11, 18))
    limit = said_no(
        429,
        "Too many requests",
        "RATE_LIMIT_EXCEEDED",
        **{"X-Rate-Limit": "user-hour-lim:3500;user-hour-rem:0;"},
    )
    return Scenario(
        settings={
            "app": APP,
            "countries": ["us", "de"],
            "vendor": VENDOR,
            "issuer": ISSUER,
            "key_id": KEY_ID,
            "private_key": private_key(),
            "base_url": "{url}",
            "lookup_url": "{url}",
        },
        answer=fake,
        expected=expected(fake, first),
        secrets=(private_key().splitlines()[1],),
        zone="Asia/Kolkata",
        since=datetime(2026, 10, 30, 20, tzinfo=UTC),
        limit=Limit(limit, None),
    )


SCENARIOS = (an_app,)
