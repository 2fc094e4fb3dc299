"""Downloads of a podcast as OP3, the open podcast prefix, counts them: by day, by week and by month.

Endpoint: `/shows/{show}` for the show's own id, `/downloads/show/{id}` for the downloads one by one,
    `/queries/show-download-counts` for the last thirty days and the last four weeks.
Auth: `token`, the bearer token of an API key.
Rate limit: none is published; too many get 429 without a wait.
Freshness: a day is whole some hours after its end in UTC; 14 days are read again, so that a quiet day lies
    between others. All of the past since the prefix was put into the feed can be read. Totals end with the
    last whole UTC day.
Docs: https://op3.dev/api/docs, https://op3.dev/download-calculation

Bots are left out. A download is not a listener, and no other host's figure: never add them. Days are the
company's own. OP3 tells of downloads alone, and leaves out what it has not worked out yet, so a day without
any is zero where days before and after it have some, and no number elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from collectors.answers import hinted
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
from collectors.faults import UnexpectedResponse
from collectors.http import Access, Api, Pace, Params
from collectors.payload import moment, number, part, text
from collectors.per_day import Stretch
from kpi.metric import Kind, Metric, Sample

SETTLES_AFTER = timedelta(days=2)
USUAL = timedelta(days=14)
_ROWS = 5000
"""Of at most 20,000: a row is some 400 bytes, and a body has a limit."""
_PACE = Pace(2, 1)
_DAY = timedelta(days=1)

DOWNLOADS = Metric("op3.downloads", "downloads", Kind.FLOW, "downloads of a day, without those of bots")
MONTHLY = Metric(
    "op3.monthly_downloads",
    "downloads",
    Kind.RATIO,
    "downloads of the last thirty days, without those of bots",
    is_snapshot=True,
)
WEEKLY = Metric(
    "op3.weekly_downloads",
    "downloads",
    Kind.RATIO,
    "downloads of the last seven days, without those of bots",
    is_snapshot=True,
)
METRICS = (DOWNLOADS, MONTHLY, WEEKLY)

_HINTS = {
    401: "Set a new token: op3.dev gives it with an API key.",
    403: "Set a new token: op3.dev gives it with an API key.",
    404: "Check show: it is the id in the address of the show's page on op3.dev, or the podcast's guid.",
}


class Config(CollectorConfig):
    """Which show is read."""

    collector: Literal["op3"] = "op3"
    show: str = Field(
        pattern=r"^([0-9a-f]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$",
        description="the show's id on op3.dev, or the podcast's guid",
    )
    token: SecretStr
    base_url: Annotated[str, address("https://op3.dev/api/1")] = "https://op3.dev/api/1"


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one show."""

    show: str
    api: Api
    span: Span

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("downloads", (DOWNLOADS.name,), self.downloads),
            Part("totals", (MONTHLY.name, WEEKLY.name), self.totals),
        )

    async def downloads(self) -> Batch:
        """Every download of the span, counted by day."""
        stretch = Stretch.of(self.span, USUAL)
        if not stretch.days:
            return Batch()
        asked: dict[str, str | int] = {
            "start": _stamp(stretch.start),
            "end": _stamp(stretch.end),
            "format": "json-a",
            "bots": "exclude",
            "limit": _ROWS,
        }

        def following(page: Any) -> Params | None:
            token = page.get("continuationToken") if isinstance(page, Mapping) else None
            return None if token is None else {**asked, "continuationToken": text(page, "continuationToken")}

        found: list[datetime] = []
        async for page in self.api.walk(f"/downloads/show/{self.show}", asked, following):
            found += parse_times(page)
        return Batch(tuple(parse_days(found, stretch)))

    async def totals(self) -> Batch:
        """Totals up to OP3's last whole day; nothing of a show without downloads in this time."""
        found = await self.api.get_json("/queries/show-download-counts", {"showUuid": self.show})
        told = part(found, "showDownloadCounts")
        if isinstance(told, Mapping) and self.show not in told:
            return Batch()
        return Batch(tuple(parse_totals(part(told, self.show), moment(found, "asof") + _DAY, self.span.now)))


def parse_times(page: Any) -> Iterator[datetime]:
    """When each download of a page was begun; its columns are named apart."""
    names, listed = part(page, "headers"), part(page, "rows")
    if not isinstance(names, list) or "time" not in names or not isinstance(listed, list):
        raise UnexpectedResponse("OP3's downloads have no times", hint="OP3 may have changed its answer.")
    place = names.index("time")
    for one in listed:
        yield moment(one, place)


def parse_days(found: list[datetime], stretch: Stretch) -> Iterator[Sample]:
    """How many on each day, from the first day with any to the last."""
    counts = stretch.counts(found)
    told = [day for day in stretch.days if counts[day]]
    between = tuple(day for day in stretch.days if told and told[0] <= day <= told[-1])
    yield from replace(stretch, days=between).samples(DOWNLOADS, counts, SETTLES_AFTER)


def parse_totals(counts: Any, end: datetime, now: datetime) -> Iterator[Sample]:
    """Windows that end with the last whole day; the newest week comes last."""
    at = min(end, now)
    yield Sample(MONTHLY.name, at, number(counts, "monthlyDownloads"))
    weeks = part(counts, "weeklyDownloads")
    if not isinstance(weeks, list) or len(weeks) != 4:
        raise UnexpectedResponse("weeklyDownloads is no list of four weeks", hint="OP3 may have changed it.")
    yield Sample(WEEKLY.name, at, number(weeks, 3))


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one show; each part fails alone."""
    api = _api(config, client)
    show = text(await api.get_json(f"/shows/{config.show}"), "showUuid")
    return await collect_parts(Reader(show, api, span).parts())


async def probe(config: Config, client: Client) -> str:
    """The show's title."""
    found = await _api(config, client).get_json(f"/shows/{config.show}")
    return f"the podcast {text(found, 'title')[:80]}"


def _api(config: Config, client: Client) -> Api:
    return client.at(
        config.base_url,
        Access(token=config.token, is_serial=True, pace=_PACE, fault=partial(hinted, hints=_HINTS)),
    )


ABOUT = About(
    title="OP3 (podcasts)",
    measures="downloads of a podcast by day, week and month",
    example={"show": "3299ee267635404e9cd660088a755b34", "token": "${OP3_TOKEN}"},
    credentials=(
        Credential(
            "token",
            "OP3_TOKEN",
            "the bearer token of an API key; it reads what is public",
            "https://op3.dev/api/keys",
        ),
    ),
    proven_by="OP3's source and documentation of November 2026",
)

COLLECTOR = Collector(
    "op3",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=12),
    rereads=USUAL,
    chunk=timedelta(days=31),
    probe=probe,
    about=ABOUT,
)
