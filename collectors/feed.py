"""RSS and Atom feeds: announcements of competitors, press, blogs, releases, and what Google Alerts finds.

Endpoint: a GET of each address in `urls`, an RSS or Atom feed of at most 5 MB; conditional, so that an
    unchanged one is not sent again.
Auth: none, but an address may be a secret in itself, such as that of a Google Alert: it is never shown.
    Addresses inside a network are refused unless `allow_private` is set, and redirects there always.
Rate limit: none is published; one request a feed and run.
Freshness: when the publisher adds it. A feed holds its last items alone, so its past is what it holds now,
    and an item that has left it stays counted.
Docs: https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287,
    https://www.google.com/alerts

Each item is one sample of value 1 at the time it was published, so it is counted with
`count(feed.items{feed="Rival blog"}, 30d)`. An edit that changes its date moves nothing. An item without a
date counts on the day on which it was first seen; those that were there at the first run do not count, for
nobody knows since when. `topics` name words: an article that has one of them whole, in title or text, counts
once for the topic, in however many feeds it stands. Google Alerts are a selection of what is new: their count
is of results, not of all mentions. What a malformed feed still tells is counted, with a note.

Alert rules match the words of each item too; its topics are those it names, and its feeds. A topic or a feed
whose name begins with `competitor` has the topic `competitors` too: what they announce.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import compress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from collectors.answers import Answer, fault_of
from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Span,
    collect_parts,
)
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.feed_items import Feed, Item, Memory, parse_feed
from collectors.http import Access
from collectors.mentions import Mention, site_of
from collectors.network import is_public
from collectors.web import Down, look_up
from kpi.metric import Kind, Labels, Metric, Sample, labels

_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1"
_BYTES = 5_000_000
_PARSE_SECONDS = 30
_LOOK_UP_SECONDS = 10
_SHORTEST_SECRET = 4
_REREADS = timedelta(days=14)
_FORGOTTEN = timedelta(days=90)

COMPETITORS = "competitors"
"""The topic of what competitors announce: a feed or topic whose name begins with `competitor` has it too."""
_COMPETITOR = "competitor"


def _event(name: str, description: str, label: str) -> Metric:
    every = timedelta(days=366)  # a quiet month is no gap
    return Metric(f"feed.{name}", "items", Kind.RATIO, description, (label,), every, is_event=True)


ITEMS = _event("items", "an item of a feed, 1 at the time it was published: count them", "feed")
TOPIC_ITEMS = _event("topic_items", "an article that names a topic, 1 each, in whichever feed", "topic")
METRICS = (ITEMS, TOPIC_ITEMS)


def _is_address(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("a feed's address must look like https://acme.dev/feed.xml")
    return value


Name = Annotated[str, Field(min_length=1, max_length=60)]
Address = Annotated[SecretStr, AfterValidator(_is_address)]
Words = Annotated[str, Field(min_length=2, max_length=100, pattern=r"\w")]


class Config(CollectorConfig):
    """Which feeds are read, by name, and which topics are looked for in them."""

    collector: Literal["feed"] = "feed"
    urls: dict[Name, Address] = Field(
        min_length=1, max_length=100, description="each feed's address, by name"
    )
    topics: dict[Name, Annotated[tuple[Words, ...], Field(min_length=1)]] = Field(
        default={}, max_length=50, description="the words of each topic, by name"
    )
    allow_private: bool = Field(False, description="also read feeds inside this network")

    def series_labels(self) -> frozenset[Labels]:
        named = [{"feed": one} for one in self.urls] + [{"topic": one} for one in self.topics]
        return frozenset(labels({**one, **self.labels}) for one in named)


@dataclass(slots=True)
class Reader:
    """One run. `read` are the items of all feeds that could be read, each with the name of its feed and the
    time that counts."""

    config: Config
    client: Client
    span: Span
    read: list[tuple[str, Item, datetime]] = field(default_factory=list)

    def parts(self) -> Iterator[Part]:
        metrics = METRICS if self.config.topics else METRICS[:1]
        for name, url in self.config.urls.items():
            reading = partial(self.feed, name, url.get_secret_value())
            yield Part(name, tuple(one.name for one in metrics), reading)

    async def feed(self, name: str, url: str) -> Batch:
        found = await fetch(url, self.config, self.client)
        memory = Memory.of(self.client.cache, [url])
        before = memory.load()
        known = self._dated(found.items, before)
        memory.keep(known)
        dated = [(one, at) for one in found.items if (at := known.get(one.key)) is not None]
        self.read += [(name, one, at) for one, at in dated]
        samples = (_sample(ITEMS, at, one.key, {"feed": name}) for one, at in dated if self._is_asked(at))
        undated = sum(at is None for at in known.values()) if before is None else 0
        notes = (
            f"the feed {name} is malformed ({found.fault}): what it still tells is counted",
            f"{undated} items of the feed {name} have no date and were there before: they are not counted",
        )
        is_said = (bool(found.fault), bool(undated))
        return Batch(tuple(samples), notes=tuple(compress(notes, is_said)))

    def _dated(
        self, items: Iterable[Item], before: Mapping[str, datetime | None] | None
    ) -> dict[str, datetime | None]:
        """The time of each item: as it was known before, else its own, else the day on which it is first
        seen. One that is dated ahead waits for its time."""
        known: dict[str, datetime | None] = {}
        for one in items:
            if before is not None and one.key in before:
                known[one.key] = before[one.key]
            elif one.at is None:
                known[one.key] = None if before is None else self.span.start_of(self.span.today)
            elif one.at <= self.span.now:
                known[one.key] = one.at
        return known

    def articles(self, *, is_whole: bool) -> Iterator[Sample]:
        """Each article once a topic, at the time it was first known in any feed; `is_whole` where none
        failed."""
        memory = Memory.of(self.client.cache, ["articles", *self.addresses])
        before = memory.load() or {}
        first: dict[str, datetime] = {}
        topics: dict[str, frozenset[str]] = {}
        for _, one, at in self.read:
            first[one.article] = before.get(one.article) or min(at, first.get(one.article, at))
            topics[one.article] = topics.get(one.article, frozenset()) | one.topics
        oldest = self.span.now - _FORGOTTEN
        missed = {} if is_whole else {key: at for key, at in before.items() if at and at >= oldest}
        memory.keep({**missed, **first})
        for article, at in first.items():
            for topic in topics[article]:
                if self._is_asked(at):
                    yield _sample(TOPIC_ITEMS, at, article, {"topic": topic})

    def texts(self) -> Iterator[Mention]:
        """Each item as a text, known by what it leads to, so that an article in two feeds is told once."""
        for name, one, at in self.read:
            topics = [name, *sorted(one.topics)]
            if any(topic.casefold().startswith(_COMPETITOR) for topic in topics):
                topics.append(COMPETITORS)
            told = "\n".join(dict.fromkeys(topics))
            yield Mention("article", at, one.text, one.article, one.url, told, site_of(one.url))

    @property
    def addresses(self) -> list[str]:
        return [one.get_secret_value() for one in self.config.urls.values()]

    def _is_asked(self, at: datetime) -> bool:
        """Without `since`, all that a feed holds."""
        if self.span.since is not None and at < self.span.start_of(self.span.first_day(_REREADS)):
            return False
        return self.span.until is None or at < self.span.until


def _sample(metric: Metric, at: datetime, key: str, named: Mapping[str, str]) -> Sample:
    """An item, to the second, with a fraction made from its key: stable, and rarely shared."""
    return Sample(metric.name, at.replace(microsecond=int(key, 16) % 1_000_000), 1.0, labels(named))


async def fetch(url: str, config: Config, client: Client) -> Feed:
    """One feed, read and parsed; its text is worked through in a thread, for it may be long."""
    parts = urlsplit(url)
    if not config.allow_private:
        await refuse_private(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    hidden = tuple(one for one in (url, path, parts.path, parts.query) if len(one) >= _SHORTEST_SECRET)
    api = client.at(f"{parts.scheme}://{parts.netloc}", Access(secrets=hidden, fault=_refusal))
    answer = await api.get(url, accept=_ACCEPT)
    if len(answer.body) > _BYTES:
        raise UnexpectedResponse(f"it has more than {_BYTES:,} bytes", hint="No part of it was used.")
    kind = answer.headers.get("content-type", "")
    try:
        async with asyncio.timeout(_PARSE_SECONDS):
            return await asyncio.to_thread(parse_feed, answer.body, kind, config.topics)
    except TimeoutError:
        hint = "It is nested too deep or too long; no part of it was used."
        raise UnexpectedResponse(f"it was not read within {_PARSE_SECONDS} s", hint=hint) from None


async def refuse_private(host: str, port: int) -> None:
    """Raise where any address of `host` lies inside a network: the bot must not ask there unbidden."""
    try:
        found = await look_up(host, port, _LOOK_UP_SECONDS)
    except Down as fault:
        raise UnexpectedResponse(str(fault), hint="Check the address of the feed.") from None
    if not all(map(is_public, found)):
        raise UnexpectedResponse(
            f"{host} leads into a private network and was not asked",
            hint="Set allow_private: true on this source if it should be.",
        )


def _refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    fault = fault_of(answer, now)
    if fault is not None and fault.status in (401, 403, 404, 410):
        fault.hint = "Check the address of the feed: open it in a browser where nobody is signed in."
    return fault


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read every feed; each fails alone. Then what all of them say of the topics."""
    reader = Reader(config, client, span)
    batch = await collect_parts(reader.parts())
    articles = reader.articles(is_whole=not batch.faults)
    return replace(batch, samples=(*batch.samples, *articles), mentions=tuple(reader.texts()))


async def probe(config: Config, client: Client) -> str:
    """What the first feed holds."""
    name, url = next(iter(config.urls.items()))
    found = await fetch(url.get_secret_value(), config, client)
    newest = max((one.at for one in found.items if one.at is not None), default=None)
    return f"{name}: {len(found.items)} items" + (f", the newest of {newest:%Y-%m-%d}" if newest else "")


ABOUT = About(
    title="Feeds (RSS, Atom)",
    measures="announcements, press, posts and releases, by feed and by topic",
    example={
        "urls": {
            "Rival blog": "https://rival.example/feed.xml",
            "Alert": "https://www.google.com/alerts/feeds/${GOOGLE_ALERT_FEED}",
        },
        "topics": {"Acme": ["Acme DB", "acmedb"]},
    },
    credentials=(
        Credential(
            "urls",
            "GOOGLE_ALERT_FEED",
            "the two numbers at the end of the feed's address, of an alert that is delivered to a feed",
            "https://www.google.com/alerts",
            is_required=False,
        ),
    ),
    proven_by="RSS 2.0 and RFC 4287, and documentation of November 2026",
)

COLLECTOR = Collector(
    "feed",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(0),
    backfills=True,
    every=timedelta(hours=1),
    rereads=_REREADS,
    probe=probe,
    about=ABOUT,
)
