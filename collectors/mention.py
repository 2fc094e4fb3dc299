"""Mention: how often brands are spoken of on the web and social media, and in which tone.

Endpoint: `/accounts/{account}/stats` for one alert by day, once in all and once for each tone; and the newest
    of `/accounts/{account}/alerts/{alert}/mentions`, of one's own alert, for rules that match words.
Auth: `token`, an application's access token; it opens the whole account, for Mention knows no smaller scope.
Rate limit: 3,600 requests a day for an alert; 429 with X-Rate-Limit-Reset; 402 where the plan's quota is
    used up.
Freshness: when its crawler finds a mention, often days later: two weeks are read anew. Days are the company's
    own. The past is what the plan keeps of an alert.
Docs: https://dev.mention.com/current/src/account/stats/GetStats.html

Each brand is an alert of its own in Mention; a share of voice compares alerts, so their keywords have to be
set with equal care.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

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
from collectors.faults import CollectorFault, RateLimited
from collectors.http import Access, Api, Pace
from collectors.mentions import Mention, mentions, seen, site_of, tone_of, worded
from collectors.payload import moment, number, part, rows, text
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(days=7)
USUAL = timedelta(days=14)
_VERSION = "1.21"
_PACE = Pace(3600, 86_400)
_TEXTS = 500
"""Mentions that a run reads, the newest."""
_TONES = {"positive": "1", "neutral": "0", "negative": "-1"}


def _flow(name: str, description: str, *names: str) -> Metric:
    return Metric(f"mention.{name}", "mentions", Kind.FLOW, description, names)


MENTIONS = _flow("mentions", "mentions of the brand on a day")
TONES = _flow("tone_mentions", "mentions of the brand on a day, by their tone", "tone")
BRANDS = _flow("brand_mentions", "mentions of each compared brand on a day, one's own among them", "brand")
METRICS = (MENTIONS, TONES, BRANDS)

_HINTS = {
    401: "Set a new token: Mention shows it in the settings of your application.",
    402: "The plan's quota is used up: raise it in Mention, or wait until it starts again.",
    403: "Share the alert with the token's owner, in Mention.",
    404: "Check account and alert: Mention shows both in the address of the alert.",
}

Alert = Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]


class Config(CollectorConfig):
    """Which alerts are read."""

    collector: Literal["mention"] = "mention"
    token: SecretStr
    account: Alert = Field(description="the account's id")
    alert: Alert = Field(description="the id of the own brand's alert")
    brand: str = Field(default="us", min_length=1, max_length=100, description="the own name in a comparison")
    competitors: dict[str, Alert] = Field(default={}, max_length=20, description="alert ids by name")
    base_url: Annotated[str, address("https://api.mention.net/api")] = "https://api.mention.net/api"

    @model_validator(mode="after")
    def _can_compare(self) -> Config:
        told_apart(self.brand, self.competitors)
        return self


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over the alerts of one account."""

    config: Config
    api: Api
    span: Span

    def parts(self) -> list[Part]:
        counted = (MENTIONS.name, BRANDS.name) if self.config.competitors else (MENTIONS.name,)
        parts = [Part("mentions", counted, self.mentions), Part("tones", (TONES.name,), self.tones)]
        is_now = self.span.last_day == self.span.today
        return [*parts, Part("texts", (), self.texts)] if is_now else parts

    async def mentions(self) -> Batch:
        async def count(brand: str) -> list[Sample]:
            alert = self.config.competitors.get(brand, self.config.alert)
            return await self._counted(MENTIONS, alert, {})

        return await compared(self.config.brand, self.config.competitors, count, BRANDS)

    async def tones(self) -> Batch:
        samples: list[Sample] = []
        for tone, code in _TONES.items():
            samples += await self._counted(TONES, self.config.alert, {"tones[]": code}, tone=tone)
        return Batch(tuple(samples))

    async def texts(self) -> Batch:
        """What was found of late, for rules that match words."""
        config, since = self.config, self.span.now - USUAL
        params: dict[str, str | int] = {
            "limit": _TEXTS,
            "before_date": self.span.now.isoformat(),
            "not_before_date": since.isoformat(),
        }
        found = await self.api.get_json(f"/accounts/{config.account}/alerts/{config.alert}/mentions", params)
        told = mentions(rows(found, "mentions"), lambda one: parse_mention(one, config.brand))
        return Batch(mentions=told)

    async def _counted(
        self, metric: Metric, alert: str, only: Mapping[str, str], **named: str
    ) -> list[Sample]:
        """Mentions a day; days are those that clocks in the span's zone show."""
        days = self.span.days(USUAL)
        params = {
            "alerts[]": alert,
            "from": f"{days[0]}T00:00:00.0",
            "to": f"{days[-1]}T23:59:59.0",
            "timezone": self.span.zone.key,
            "interval": "P1D",
            **only,
        }
        found = await self.api.get_json(f"/accounts/{self.config.account}/stats", params)
        told = part(found, "stats", alert, "mentions_per_interval")
        counts = dated(part(told, "data"), number(told, "total"), days)
        return [
            Sample(metric.name, self.span.start_of(day), value, labels(named), self._settled(day))
            for day, value in counts.items()
        ]

    def _settled(self, day: Any) -> bool:
        return self.span.is_settled(day, SETTLES_AFTER)


def parse_mention(found: Mapping[str, Any], brand: str) -> Mention:
    """One mention as a text, with the reach and the tone that Mention gives it."""
    url = str(found.get("original_url") or "")
    return Mention(
        "mention",
        moment(found, "published_at"),
        worded(found.get("title"), found.get("description")),
        f"{number(found, 'id'):.0f}",
        url,
        brand,
        site_of(url),
        seen(found, "cumulative_reach", "direct_reach", "domain_reach"),
        tone_of(found.get("tone")),
    )


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read mentions and tones."""
    if not span.days(USUAL):
        return Batch()
    return await collect_parts(Reader(config, _api(config, client), span).parts())


async def probe(config: Config, client: Client) -> str:
    """What the alert is called."""
    found = await _api(config, client).get_json(f"/accounts/{config.account}/alerts/{config.alert}")
    return f"the alert {text(found, 'alert', 'name')}"


def _api(config: Config, client: Client) -> Api:
    access = Access(token=config.token, headers={"Accept-Version": _VERSION}, pace=_PACE, fault=_refusal)
    return client.at(config.base_url, access)


def _refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    if answer.status == 402:
        return RateLimited("Mention's quota is used up", hint=_HINTS[402], status=402)
    return hinted(answer, now, _HINTS)


ABOUT = About(
    title="Mention",
    measures="mentions, tone, share of voice",
    example={
        "token": "${MENTION_ACCESS_TOKEN}",
        "account": "112233_abcdef",
        "alert": "445566",
        "brand": "Acme",
        "competitors": {"Other": "445567"},
    },
    credentials=(
        Credential(
            "token",
            "MENTION_ACCESS_TOKEN",
            "an application's access token; it opens the whole account",
            "https://dev.mention.com/login",
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "mention",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=timedelta(days=14),
    chunk=timedelta(days=31),
    probe=probe,
    about=ABOUT,
)
