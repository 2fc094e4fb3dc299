"""Brand24: how often brands are spoken of on the web, in which tone, and how many people that reaches.

Endpoint: `/api-data/v1/project/{id}/mentions/sentiment` and `/mentions/reach`, by day, four weeks a request;
    and of one's own project `/mentions`, for rules that match words.
Auth: `api_key`, in X-Api-Key; the plan has to include the API.
Rate limit: none that is fixed; the plan has a quota of its own.
Freshness: when its crawler finds a mention, often days later: two weeks are read anew. Days are UTC days. The
    past is what the plan keeps of a project.
Docs: https://api-data.brand24.com/api-data-docs/documentation

Each brand is a project of its own in Brand24; a share of voice compares projects, so their keywords have to
be set with equal care. Reach is Brand24's estimate, summed over mentions as Brand24 sums it; of a single
mention none is told, and of some networks no words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from collectors.answers import Answer, hinted
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
from collectors.conversation import compared, dated, told_apart
from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.http import Access, Api
from collectors.mentions import Mention, mentions, site_of, tone_of, worded
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=7)
USUAL = timedelta(days=14)
_SLICE = 28
"""Days a request; a month is the most."""
_TEXTS = 500
"""Mentions a page, the most that one may hold."""
_PAGES = 4
"""Pages that a run reads at most: every request counts on the plan's quota."""


def _flow(name: str, unit: str, description: str, *names: str) -> Metric:
    return Metric(f"brand24.{name}", unit, Kind.FLOW, description, names)


MENTIONS = _flow("mentions", "mentions", "mentions of the brand on a day")
TONES = _flow("tone_mentions", "mentions", "mentions of the brand on a day, by their tone", "tone")
BRANDS = _flow(
    "brand_mentions", "mentions", "mentions of each compared brand on a day, one's own among them", "brand"
)
REACH = _flow("reach", "people", "people whom mentions of a day may have reached, as estimated", "source")
METRICS = (MENTIONS, TONES, BRANDS, REACH)

_TOTALS = {
    "positive": ("positive_mentions", ("total_positive_mentions",)),
    "negative": ("negative_mentions", ("total_negative_results", "total_negative_mentions")),
}
_REACH = {"social": "social_media_reach", "other": "non_social_media_reach"}
_HINTS = {
    401: "Set a new api_key: Brand24 shows it under Account, Integrations, API data.",
    403: "Set a new api_key: Brand24 shows it under Account, Integrations, API data.",
    402: "The plan's quota is used up: raise it in Brand24, or wait for the next month.",
    404: "Check project: it is the number in the address of the project in Brand24.",
}

Project = Annotated[str, Field(pattern=r"^\d{1,20}$")]


class Config(CollectorConfig):
    """Which projects are read."""

    collector: Literal["brand24"] = "brand24"
    api_key: SecretStr
    project: Project = Field(description="the number of the own brand's project")
    brand: str = Field(default="us", min_length=1, max_length=100, description="the own name in a comparison")
    competitors: dict[str, Project] = Field(default={}, max_length=20, description="project numbers by name")
    base_url: Annotated[str, address("https://api-data.brand24.com")] = "https://api-data.brand24.com"

    @model_validator(mode="after")
    def _can_compare(self) -> Config:
        told_apart(self.brand, self.competitors)
        return self


@dataclass(frozen=True, slots=True)
class Reader:
    """One run. Brand24's days are UTC days, whatever the zone of the company."""

    config: Config
    api: Api
    span: Span

    def parts(self) -> list[Part]:
        counted = [MENTIONS.name, TONES.name, *([BRANDS.name] if self.config.competitors else [])]
        parts = [
            Part("mentions", tuple(counted), self.mentions),
            Part("reach", (REACH.name,), self.reach),
        ]
        is_now = self.span.last_day == self.span.today
        return [*parts, Part("texts", (), self.texts)] if is_now else parts

    async def mentions(self) -> Batch:
        tones: list[Sample] = []

        async def count(brand: str) -> list[Sample]:
            project = self.config.competitors.get(brand, self.config.project)
            samples = []
            for days in self._slices():
                told = await self.ask(project, "sentiment", days)
                samples += list(self._samples(MENTIONS, dated_mentions(told, days)))
                if brand == self.config.brand:
                    for tone, counts in dated_tones(told, days).items():
                        tones.extend(self._samples(TONES, counts, tone=tone))
            return samples

        batch = await compared(self.config.brand, self.config.competitors, count, BRANDS)
        return replace(batch, samples=(*batch.samples, *tones))

    async def reach(self) -> Batch:
        samples: list[Sample] = []
        for days in self._slices():
            told = await self.ask(self.config.project, "reach", days)
            for source, key in _REACH.items():
                counts = dated(part(told, key), number(told, f"{key}_total"), days)
                samples += self._samples(REACH, counts, source=source)
        return Batch(tuple(samples))

    async def texts(self) -> Batch:
        """What was said of late, for rules that match words."""
        since = (self.span.now - USUAL).date()
        params: dict[str, str | int] = {
            "date_from": since.isoformat(),
            "date_to": self.span.last_day.isoformat(),
            "limit": _TEXTS,
        }
        path = f"/api-data/v1/project/{self.config.project}/mentions"
        found: list[dict[str, Any]] = []
        for _ in range(_PAGES):
            page = enveloped(await self.api.get_json(path, params))
            found += rows(page, "results")
            if page.get("has_more_mentions") is not True:
                break
            params["cursor"] = text(page, "cursor")
        return Batch(mentions=mentions(found, lambda one: parse_mention(one, self.config.brand)))

    def _slices(self) -> Iterator[list[date]]:
        days = self.span.days(USUAL)
        for start in range(0, len(days), _SLICE):
            yield days[start : start + _SLICE]

    async def ask(self, project: str, what: str, days: Sequence[date]) -> Any:
        params = {"date_from": days[0].isoformat(), "date_to": days[-1].isoformat()}
        return enveloped(await self.api.get_json(f"/api-data/v1/project/{project}/mentions/{what}", params))

    def _samples(self, metric: Metric, counts: Mapping[date, float], **named: str) -> Iterator[Sample]:
        for day, value in counts.items():
            settled = self.span.is_settled(day, SETTLES_AFTER)
            yield Sample(metric.name, self.span.start_of(day), value, labels(named), settled)


def parse_mention(found: Mapping[str, Any], brand: str) -> Mention | None:
    """One mention as a text; None without words, which some networks do not let Brand24 pass on.

    Brand24 gives it no id: it is known by where it stands, and else by its time and words.
    """
    said = worded(found.get("title"), found.get("content"))
    if not said:
        return None
    when = f"{text(found, 'date')}T{found.get('time') or '00:00'}"
    place, host = str(found.get("source") or ""), str(found.get("host") or "")
    known = place or f"{host} {when} {said[:100]}"
    url = place if place.startswith("http") else ""
    at, site = moment({"at": when}, "at"), site_of(url) or host.removeprefix("www.")
    return Mention("mention", at, said, known, url, brand, site, sentiment=tone_of(found.get("sentiment")))


def enveloped(answer: Any) -> Any:
    """What the envelope holds, which is in `data` by the description and in `message` by habit."""
    found = answer.get("data") if isinstance(answer, Mapping) else None
    return found if isinstance(found, Mapping) else part(answer, "message")


def dated_mentions(told: Any, days: Sequence[date]) -> dict[date, float]:
    return dated(part(told, "mentions"), number(told, "total_mentions"), days)


def dated_tones(told: Any, days: Sequence[date]) -> dict[str, dict[date, float]]:
    """Mentions a day by tone; neutral are those of neither other tone."""
    all_of = dated_mentions(told, days)
    tones: dict[str, dict[date, float]] = {}
    for tone, (key, totals) in _TOTALS.items():
        total = next((one for one in totals if one in told), totals[0])
        tones[tone] = dated(part(told, key), number(told, total), days)
    told_of = [day for day in all_of if all(day in counts for counts in tones.values())]
    neutral = {day: all_of[day] - sum(counts[day] for counts in tones.values()) for day in told_of}
    if any(count < 0 for count in neutral.values()):
        raise UnexpectedResponse("there are more tones than mentions", hint="Brand24 may have changed them.")
    tones["neutral"] = neutral
    return tones


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read mentions, tones and reach."""
    reader = Reader(config, _api(config, client), replace(span, zone=ZoneInfo("UTC")))
    return await collect_parts(reader.parts() if span.days(USUAL) else ())


async def probe(config: Config, client: Client) -> str:
    """How often the brand was spoken of yesterday."""
    span = Span(client.now(), None, ZoneInfo("UTC"))
    yesterday = span.today - timedelta(days=1)
    told = await Reader(config, _api(config, client), span).ask(config.project, "sentiment", [yesterday])
    return f"{number(told, 'total_mentions'):,.0f} mentions yesterday"


def _api(config: Config, client: Client) -> Api:
    key = config.api_key.get_secret_value()
    return client.at(config.base_url, Access(headers={"X-Api-Key": key}, secrets=(key,), fault=_refusal))


def _refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    """Brand24's own refusals: a quota, and a status in the envelope that is not "success"."""
    if answer.status == 402:
        return RateLimited("Brand24's quota is used up", hint=_HINTS[402], status=402)
    if (fault := hinted(answer, now, _HINTS)) is not None:
        return fault
    body = answer.json()
    if isinstance(body, Mapping) and body.get("status") == "success":
        return None
    text(body, "status")
    code = body.get("code")
    said = f"Brand24 answered {body['status'][:20]} ({code})"
    if code in (401, 403):
        return AuthFailed(said, hint=_HINTS[401], status=200)
    if isinstance(code, int) and code >= 500:
        return Unavailable(said, hint="It is asked again on the next run.", status=200)
    if code in (402, 429):
        return RateLimited(said, hint=_HINTS[402], status=200)
    hint = _HINTS[404] if code == 404 else "Check the source's settings against Brand24's documentation."
    return UnexpectedResponse(said, hint=hint, status=200)


ABOUT = About(
    title="Brand24",
    measures="mentions, tone, reach, share of voice",
    example={
        "api_key": "${BRAND24_API_KEY}",
        "project": "100200300",
        "brand": "Acme",
        "competitors": {"Other": "100200301"},
    },
    credentials=(
        Credential(
            "api_key",
            "BRAND24_API_KEY",
            "the account's key to its data, on a plan that includes the API",
            "https://app.brand24.com/account/integrations-api-data",
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "brand24",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=timedelta(days=14),
    chunk=timedelta(days=28),
    probe=probe,
    about=ABOUT,
)
