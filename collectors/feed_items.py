"""What stands in an RSS or Atom feed: its items, each known by its id, with its time and its words.

Feed text is hostile: entities are not resolved, markup is taken out, nothing in it is opened or followed.
"""

from __future__ import annotations

import calendar
import html
import io
import json
import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser

from collectors.exchange import CachedResponse
from collectors.faults import UnexpectedResponse
from collectors.mentions import worded

_LONGEST_TEXT = 20_000
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_GOOGLE = re.compile(r"(www\.)?google(\.[a-z]{2,3}){1,2}")
_TAGS = re.compile(r"<[^<>]*>")
_END = re.compile(rb"</(?:rss|feed|(?:\w+:)?RDF)\s*>", re.IGNORECASE)
"""Where a malformed feed lacks it, it was cut off, perhaps in the middle of its last item's id or date."""

_NO_FEED = "Check its address: it must lead to the feed itself, not to the page that shows it."
_HARMLESS = ("CharacterEncodingOverride", "NonXMLContentType")
"""What servers often say wrong of a sound feed."""

Cache = MutableMapping[str, CachedResponse]
Topics = Mapping[str, Sequence[str]]
"""The words of each topic, by its name."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `key` tells it from the others of its feed, `article` what it leads to, in whatever feed."""

    key: str
    article: str
    at: datetime | None
    topics: frozenset[str] = frozenset()
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """All that a feed holds now; `fault` is what is malformed about it."""

    items: tuple[Item, ...]
    fault: str = ""


def parse_feed(body: bytes, content_type: str, topics: Topics) -> Feed:
    """The items of a feed, each once, with the topics it names. Slow for a large one: to be called in a
    thread."""
    try:
        # As a stream: a body that reads like a file's name or an address would be opened.
        found = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": content_type},
            sanitize_html=False,  # its markup is taken out, and nowhere shown
            resolve_relative_uris=False,
        )
        entries = found.entries[: -1 if found.get("bozo") and not _END.search(body[-200:]) else None]
        items = [item for entry in entries if (item := _item(entry, topics)) is not None]
    except Exception as error:  # of any kind: the parser meets what strangers wrote
        raise UnexpectedResponse(f"it cannot be read ({type(error).__name__})", hint=_NO_FEED) from None
    if not found.get("version"):
        raise UnexpectedResponse("it is neither RSS nor Atom", hint=_NO_FEED)
    fault = type(found.get("bozo_exception")).__name__ if found.get("bozo") else ""
    told = tuple({one.key: one for one in reversed(items)}.values())
    return Feed(told, "" if fault in _HARMLESS else fault)


def _item(entry: Any, topics: Topics) -> Item | None:
    """An item; None for one that has neither an id nor a link nor a title."""
    link, title = unwrapped(_text(entry.get("link"))), _text(entry.get("title"))
    known = _text(entry.get("id")) or link or title
    if not known:
        return None
    parts = [_text(entry.get("summary"))]
    parts += [_text(one.get("value")) for one in entry.get("content") or () if isinstance(one, Mapping)]
    words = plain(" ".join((title, *parts)))
    named = frozenset(topic for topic, names in topics.items() if speaks_of(words, names))
    said = worded(plain(title), plain(next(filter(None, parts), "")))
    return Item(_hash(known), _hash(link or known), _moment(entry), named, said, link)


def _text(found: Any) -> str:
    return found[:_LONGEST_TEXT].strip() if isinstance(found, str) else ""


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _moment(entry: Any) -> datetime | None:
    """When it was published; where that is not told, when it was last changed. None without a date."""
    for name in ("published_parsed", "created_parsed", "updated_parsed"):
        if (told := dict.get(entry, name)) is not None:  # as it stands: its own `get` takes one for the other
            try:
                at = datetime.fromtimestamp(calendar.timegm(told), UTC)
            except (ValueError, OverflowError, OSError, TypeError):
                return None
            return at if at >= _FIRST else None
    return None


def unwrapped(link: str) -> str:
    """The address that a redirect of Google's leads to, without what only counts visits."""
    try:
        parts = urlsplit(link)
        if parts.path == "/url" and _GOOGLE.fullmatch(parts.netloc.lower()):
            inner = parse_qs(parts.query)
            return unwrapped((inner.get("url") or inner.get("q") or [""])[0])
        query = [one for one in parse_qsl(parts.query, keep_blank_values=True) if one[0][:4] != "utm_"]
    except (ValueError, RecursionError):
        return link
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, urlencode(query), ""))


def plain(text: str) -> str:
    """`text` without markup, on one line."""
    return " ".join(html.unescape(_TAGS.sub(" ", html.unescape(text))).split())


def speaks_of(words: str, names: Sequence[str]) -> bool:
    """Whether `words` hold one of the names whole, in any case."""
    wanted = "|".join(re.escape(" ".join(name.split())) for name in names)
    return re.search(rf"(?<!\w)(?:{wanted})(?!\w)", words, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Memory:
    """The time of each item as it was known first, kept from one run to the next beside vendors' answers.

    An edit may give an item another date, and one without a date has none but that of its first sight: told
    anew it would count twice. None stands for an item that was there, without a date, before the first run.
    """

    cache: Cache
    key: str

    @classmethod
    def of(cls, cache: Cache, addresses: Iterable[str]) -> Memory:
        """The memory of these feeds; hashed, for an address may be secret."""
        return cls(cache, sha256("\0".join(("feed items", *sorted(addresses))).encode()).hexdigest())

    def load(self) -> dict[str, datetime | None] | None:
        """What was known by the last run; None where there was none."""
        kept = self.cache.get(self.key)
        if kept is None:
            return None
        try:
            found = json.loads(kept.body)
            return {str(key): None if at is None else datetime.fromisoformat(at) for key, at in found.items()}
        except (ValueError, TypeError, AttributeError):
            return None

    def keep(self, known: Mapping[str, datetime | None]) -> None:
        told = {key: None if at is None else at.isoformat() for key, at in known.items()}
        self.cache[self.key] = CachedResponse(json.dumps(told, sort_keys=True).encode())
