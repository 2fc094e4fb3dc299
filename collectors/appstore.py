"""An app in Apple's App Store: downloads and updates a day, ratings, and the stars of written reviews.

Endpoint: `/v1/salesReports`, one a day, and `/v1/apps/{app}/customerReviews` of App Store Connect; the
    public `/lookup` at `lookup_url` for each of `countries`.
Auth: none for the ratings. `issuer`, `key_id` and `private_key` of a team key for the rest: with the role
    Sales and Reports for downloads (and `vendor`), and Customer Support for reviews.
Rate limit: about 3,500 requests in any hour for a key; the public listing some 20 a minute.
Freshness: a day's report comes the next morning, Pacific time; three days are read again. Daily reports
    reach back one year. Ratings are of the moment, with no past.
Docs: https://developer.apple.com/documentation/appstoreconnectapi/get-v1-salesreports,
    https://developer.apple.com/help/app-store-connect/reference/product-type-identifiers

Days are Pacific time, and a sample stands at the start of its day there. Apple answers 404 for a report that
is not there yet and for a day without any sale: it says which, and a zero is believed only once the day's
report is due. A download is the first by an Apple account; updates and downloads by those who had the app
before are counted apart. Few people rate, and fewer write: the two averages differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, StringConstraints, model_validator

from collectors.answers import Answer, fault_of
from collectors.appstore_samples import (
    METRICS,
    RATING,
    RATINGS,
    REVIEW_RATING,
    SALES,
    SETTLES_AFTER,
    parse_day,
    parse_listing,
    parse_reviews,
    parse_sales,
    unpacked,
)
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Span,
    address,
    collect_parts,
)
from collectors.faults import AuthFailed, CollectorFault, UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Sample

PACIFIC = ZoneInfo("America/Los_Angeles")
USUAL_WINDOW = timedelta(days=30)
_DUE = timedelta(hours=12)  # after its end, a day's report is there or will not come
_LATE = timedelta(days=3)
_KEPT = timedelta(days=365)
_LIFE = timedelta(minutes=15)  # Apple allows a token 20
_HINT = "Give private_key the .p8 key of App Store Connect, or the path of its file; check issuer and key_id."
_FORBIDDEN = "The key lacks a role: Sales and Reports for downloads, Customer Support for reviews."

Country = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class Config(CollectorConfig):
    """Which app is read, in which stores, and with which key."""

    collector: Literal["appstore"] = "appstore"
    app: str = Field(pattern=r"^\d{6,12}$", description="the app's Apple ID, the number in its address")
    countries: tuple[Country, ...] = Field(("us",), min_length=1, max_length=50)
    vendor: str | None = Field(None, pattern=r"^\d{6,12}$", description="the vendor number of the reports")
    issuer: str | None = None
    key_id: str | None = None
    private_key: SecretStr | None = None
    base_url: Annotated[str, address("https://api.appstoreconnect.apple.com")] = (
        "https://api.appstoreconnect.apple.com"
    )
    lookup_url: Annotated[str, address("https://itunes.apple.com")] = "https://itunes.apple.com"

    @model_validator(mode="after")
    def _has_a_whole_key(self) -> Config:
        key = {"issuer": self.issuer, "key_id": self.key_id, "private_key": self.private_key}
        missing = [name for name, value in key.items() if value is None]
        if missing and (len(missing) < len(key) or self.vendor is not None):
            raise ValueError(f"{', '.join(missing)} is missing: a key is {', '.join(key)}")
        return self


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one app; `span` is in Pacific time."""

    config: Config
    client: Client
    span: Span

    def parts(self) -> tuple[Part, ...]:
        rating = Part("rating", (RATING.name, RATINGS.name), self.rating)
        reviews = Part("reviews", (REVIEW_RATING.name,), self.reviews)
        sales = Part("sales", tuple(one.name for one in SALES), self.sales)
        keyed = () if self.config.private_key is None else (reviews,)
        return (*((sales,) if self.config.vendor else ()), *keyed, rating)

    async def sales(self) -> Batch:
        api = await _connect(self.config, self.client)
        samples: list[Sample] = []
        today = self.span.today
        for day in self.span.days(USUAL_WINDOW):
            if today - _KEPT < day < today:
                samples += await self._day(api, day)
        return Batch(tuple(samples))

    async def _day(self, api: Api, day: date) -> list[Sample]:
        """The samples of one day; none while its report is not there."""
        wanted = {
            "filter[frequency]": "DAILY",
            "filter[reportDate]": day.isoformat(),
            "filter[reportSubType]": "SUMMARY",
            "filter[reportType]": "SALES",
            "filter[vendorNumber]": self.config.vendor or "",
        }
        try:
            answer = await api.get("/v1/salesReports", wanted, accept="application/a-gzip, application/json")
        except UnexpectedResponse as fault:
            if fault.status != 404:
                raise
            says_none = "no sales" in fault.message.lower()
            if says_none and self.span.is_settled(day, _DUE):
                return list(parse_day(dict.fromkeys(SALES, 0.0), day, self.span))
            if not says_none and "not available" not in fault.message and self.span.is_settled(day, _LATE):
                raise
            return []
        report = unpacked(answer.body, self.client.policy.body_bytes)
        return list(parse_day(parse_sales(report, self.config.app, day), day, self.span))

    async def reviews(self) -> Batch:
        api, first = await _connect(self.config, self.client), self.span.first_day(USUAL_WINDOW)
        found: list[dict[str, Any]] = []

        def following(page: Any) -> str | None:
            some = list(rows(page, "data"))
            found.extend(some)
            is_past = some and moment(some[-1], "attributes", "createdDate") < self.span.start_of(first)
            links = part(page, "links")
            return (
                None if is_past or not isinstance(links, dict) or "next" not in links else text(links, "next")
            )

        path = f"/v1/apps/{self.config.app}/customerReviews"
        async for _ in api.walk(path, {"sort": "-createdDate", "limit": 200}, following):
            pass
        return Batch(tuple(parse_reviews(found, self.span, first)))

    async def rating(self) -> Batch:
        samples: list[Sample] = []
        absent: list[str] = []
        for country in self.config.countries:
            told = list(
                parse_listing(
                    await lookup(self.config, self.client, country), self.config.app, country, self.span
                )
            )
            samples += told
            absent += [] if told else [country]
        if not samples:
            raise UnexpectedResponse(
                f"no store of {', '.join(absent)} lists app {self.config.app}",
                hint="Check app and countries.",
            )
        notes = (f"app {self.config.app} is not in the stores of {', '.join(absent)}",) if absent else ()
        return Batch(tuple(samples), notes=notes)


async def lookup(config: Config, client: Client, country: str) -> Any:
    """What everybody may see of the app in one store."""
    api = client.at(config.lookup_url, Access(pace=Pace(requests=20, seconds=60, at_once=1)))
    return await api.get_json("/lookup", {"id": config.app, "country": country})


async def _connect(config: Config, client: Client) -> Api:
    """App Store Connect with a token signed here, one for all sources of the key."""
    issuer, key_id = config.issuer or "", config.key_id or ""
    key = (config.private_key or SecretStr("")).get_secret_value().strip()

    async def signed() -> tuple[SecretStr, timedelta]:
        return _signed(issuer, key_id, _read(key), client.now()), _LIFE

    token = await client.tokens.get("\0".join((config.base_url, issuer, key_id, key)), client.now(), signed)
    pace = Pace(requests=3500, seconds=3600, at_once=2)
    access = Access(token=token, identity=key, pace=pace, fault=apple_fault, secrets=(key,))
    return client.at(config.base_url, access)


def _read(key: str) -> str:
    if key.startswith("-----BEGIN"):
        return key
    try:
        return Path(key).expanduser().read_text(encoding="ascii")
    except (OSError, ValueError, RuntimeError):
        raise AuthFailed("the key file that private_key names cannot be read", hint=_HINT) from None


def _signed(issuer: str, key_id: str, key: str, now: datetime) -> SecretStr:
    import jwt  # cryptography takes long to load, and not every source signs

    issued = int(now.timestamp())
    claims = {"iss": issuer, "iat": issued, "exp": issued + int(_LIFE.total_seconds())}
    try:
        made = jwt.encode(claims | {"aud": "appstoreconnect-v1"}, key, "ES256", {"kid": key_id})
    except (ValueError, TypeError, jwt.PyJWTError):
        raise AuthFailed("private_key is no key of App Store Connect", hint=_HINT) from None
    return SecretStr(made)


def apple_fault(answer: Answer, now: datetime) -> CollectorFault | None:
    """The fault in Apple's own words, which stand in a list."""
    if answer.status < 400:
        return None
    details = "; ".join(_details(answer))
    fault = fault_of(replace(answer, body=json.dumps({"message": details}).encode()), now)
    if isinstance(fault, AuthFailed):
        fault.hint = _HINT if answer.status == 401 else _FORBIDDEN
    return fault


def _details(answer: Answer) -> Iterator[str]:
    try:
        found = list(rows(answer.json(), "errors"))
    except UnexpectedResponse:
        return
    yield from (str(one["detail"]) for one in found if isinstance(one.get("detail"), str))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one app, in Pacific days."""
    return await collect_parts(Reader(config, client, replace(span, zone=PACIFIC)).parts())


async def probe(config: Config, client: Client) -> str:
    """The app's name and its rating in the first store."""
    found = list(rows(await lookup(config, client, config.countries[0]), "results"))
    if not found:
        raise UnexpectedResponse(
            f"the store of {config.countries[0]} does not list app {config.app}",
            hint="Check app and countries.",
        )
    if config.private_key is not None:
        path = f"/v1/apps/{config.app}/customerReviews"
        await (await _connect(config, client)).get_json(path, {"sort": "-createdDate", "limit": 1})
    return f"{text(found[0], 'trackName')}, {number(found[0], 'userRatingCount'):,.0f} ratings"


ABOUT = About(
    title="App Store",
    measures="downloads, updates, ratings, reviews",
    example={
        "app": "1234567890",
        "countries": ["us", "de"],
        "vendor": "80012345",
        "issuer": "57246542-96fe-1a63-e053-0824d011072a",
        "key_id": "2X9R4HXF34",
        "private_key": "${ASC_PRIVATE_KEY}",
    },
    credentials=(
        Credential(
            "private_key",
            "ASC_PRIVATE_KEY",
            "a team key with the roles Sales and Reports and Customer Support; not needed for ratings",
            "https://appstoreconnect.apple.com/access/integrations/api",
            is_required=False,
        ),
    ),
    proven_by="documentation and public client code of November 2026",
)

COLLECTOR = Collector(
    "appstore",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=12),
    rereads=timedelta(days=3),
    chunk=timedelta(days=30),
    probe=probe,
    about=ABOUT,
)
