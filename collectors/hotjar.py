"""Hotjar: the answers of one survey, a day and as NPS or CSAT.

Endpoint: `/v1/sites/{site}/surveys/{survey}/responses`, newest first; `/v1/oauth/token` before it.
Auth: `client_id` and `client_secret` of an API key, which give a token for an hour. A key dies after a year
    and cannot be prolonged. The plan must be Ask Scale.
Rate limit: 3,000 requests a minute.
Freshness: at once; the last 30 days are read again. A day settles an hour after its end.
Docs: https://help.hotjar.com/hc/en-us/articles/36820005914001-Hotjar-API-Reference

Heatmaps, recordings and traffic do not come out of Hotjar. With `question` and `scale: nps` each answer of 0
to 10 is one sample of `hotjar.nps`: 100 for a 9 or a 10, -100 for 0 to 6, else 0, so that its mean over any
days is the score of their answers. With `scale: csat` each answer of 1 to 5 is one of `hotjar.satisfied`: 1
for a 4 or a 5, else 0. `hotjar.responses` counts everybody who answered anything; who left `question` out is
in no score. Two surveys are two sources, told apart by their labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Span,
    UnexpectedResponse,
    address,
)
from collectors.faults import AuthFailed
from collectors.http import Access, Api, Pace, Params
from collectors.payload import moment, number, rows, text
from collectors.per_day import Stretch, apart
from collectors.tokens import granted
from kpi.metric import Kind, Metric, Sample

USUAL = timedelta(days=30)
SETTLES_AFTER = timedelta(hours=1)
_PAGE = 100
_SCALES = {"nps": (0, 10), "csat": (1, 5)}


def _event(name: str, unit: str, description: str) -> Metric:
    metric = Metric(f"hotjar.{name}", unit, Kind.RATIO, description)
    return replace(metric, every=timedelta(days=366), is_event=True)


RESPONSES = Metric("hotjar.responses", "responses", Kind.FLOW, "people who answered the survey on a day")
NPS = replace(
    _event("nps", "", "100 for a promoter, -100 for a detractor, else 0, one an answer"), is_signed=True
)
SATISFIED = _event("satisfied", "ratio", "1 for each answer of 4 or 5, 0 for a lower one")

METRICS = (RESPONSES, NPS, SATISFIED)


class Config(CollectorConfig):
    """Which survey is read, and which of its questions has a score."""

    collector: Literal["hotjar"] = "hotjar"
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    site: int = Field(ge=1, description="the site's number")
    survey: str = Field(pattern=r"^[A-Za-z0-9_-]{1,80}$", description="the survey's id")
    question: str = Field("", description="the id of the question that has a score")
    scale: Literal["nps", "csat", "none"] = "none"
    base_url: Annotated[str, address("https://api.hotjar.io")] = "https://api.hotjar.io"

    @model_validator(mode="after")
    def _knows_its_question(self) -> Config:
        if (self.scale == "none") != (self.question == ""):
            raise ValueError("question and scale belong together: set both, or neither")
        return self

    @property
    def path(self) -> str:
        return f"/v1/sites/{self.site}/surveys/{self.survey}/responses"


def parse_answers(
    found: Iterable[Mapping[str, Any]], question: str, scale: str, stretch: Stretch
) -> Iterator[Sample]:
    """The score of every answer to `question` in these days."""
    events = []
    for one in found:
        at, key = moment(one, "created_time"), text(one, "id")
        for answer in rows(one, "answers"):
            if answer.get("question_id") == question and answer.get("answer") not in (None, ""):
                score = _score(number(answer, "answer"), scale)
                if stretch.holds(at):
                    events.append((key, Sample(NPS.name if scale == "nps" else SATISFIED.name, at, score)))
    return apart(events)


def _score(given: float, scale: str) -> float:
    low, high = _SCALES[scale]
    if not low <= given <= high or given != int(given):
        raise UnexpectedResponse(
            f"an answer is {given:g}, and {scale} is from {low} to {high}",
            hint="Check question and scale in kpi.yaml.",
        )
    if scale == "nps":
        return 100.0 if given >= 9 else -100.0 if given <= 6 else 0.0
    return float(given >= 4)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the survey's responses, newest first, until they are older than the first day."""
    stretch = Stretch.of(span, USUAL)
    found: dict[str, Mapping[str, Any]] = {}
    oldest: datetime | None = None

    def following(page: Any) -> Params | None:
        cursor = page.get("next_cursor")
        is_over = not cursor or (oldest is not None and oldest < stretch.start)
        return None if is_over else {"limit": _PAGE, "cursor": text(page, "next_cursor")}

    api = await _api(config, client)
    try:
        async for page in api.walk(config.path, {"limit": _PAGE}, following):
            for one in rows(page, "results"):
                found[text(one, "id")] = one
                oldest = moment(one, "created_time")
    except AuthFailed:
        client.tokens.forget(_credential(config))
        raise
    counted = stretch.counts(moment(one, "created_time") for one in found.values())
    samples = list(stretch.samples(RESPONSES, counted, SETTLES_AFTER))
    if config.question:
        samples += parse_answers(found.values(), config.question, config.scale, stretch)
    return Batch(tuple(samples))


async def probe(config: Config, client: Client) -> str:
    """Whether the survey can be read, and when it was answered last."""
    page = await (await _api(config, client)).get_json(config.path, {"limit": 1})
    newest = [moment(one, "created_time") for one in rows(page, "results")]
    return f"answered last on {newest[0]:%d %b %Y}" if newest else "not answered yet"


async def _api(config: Config, client: Client) -> Api:
    """The vendor, with a token that lives."""
    secret = config.client_secret.get_secret_value()
    pace = Pace(requests=3000, seconds=60, at_once=4)

    async def fetch() -> tuple[SecretStr, timedelta]:
        fields = {"grant_type": "client_credentials", "client_id": config.client_id, "client_secret": secret}
        bare = client.at(config.base_url, Access(secrets=(secret,), pace=pace))
        return granted(await bare.post_form("/v1/oauth/token", fields))

    token = await client.tokens.get(_credential(config), client.now(), fetch)
    identity = _credential(config)
    return client.at(config.base_url, Access(token=token, identity=identity, secrets=(secret,), pace=pace))


def _credential(config: Config) -> str:
    return f"hotjar\0{config.base_url}\0{config.client_id}\0{config.client_secret.get_secret_value()}"


ABOUT = About(
    title="Hotjar",
    measures="responses of a survey, NPS, CSAT",
    example={
        "client_id": "0b1c2d3e",
        "client_secret": "${HOTJAR_CLIENT_SECRET}",
        "site": 12345,
        "survey": "67890",
        "question": "q1",
        "scale": "nps",
    },
    credentials=(
        Credential(
            "client_secret",
            "HOTJAR_CLIENT_SECRET",
            "an API key of the organisation; it reads survey responses, and dies after a year",
            "https://insights.hotjar.com/settings/api",
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "hotjar",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    rereads=USUAL,
    probe=probe,
    about=ABOUT,
)
