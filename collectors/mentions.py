"""What is written in posts, mentions and articles, as a source tells of it: words to match, never to trust.

No number hangs on a text: one that cannot be read is left out, and the rest of the answer counts.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from collectors.faults import UnexpectedResponse
from collectors.redaction import Redactor, one_line

MentionKind = Literal["post", "mention", "article"]
"""`post` is the company's own, `mention` another's that speaks of it, `article` an item of a feed."""

LONGEST_TEXT = 500
LONGEST_ADDRESS = 500
MOST = 5_000
"""How many texts one run may bring, the newest."""

_CLOCKS_APART = timedelta(minutes=10)
"""How far a vendor's clock may be ahead of ours."""
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")


@dataclass(frozen=True, slots=True)
class Mention:
    """One text. `reference` is the vendor's own id: by it one is kept once, and by it its reach grows."""

    kind: MentionKind
    at: datetime
    text: str
    reference: str
    url: str = ""
    topic: str = ""  # as the source names it; several on lines of their own
    site: str = ""  # where it stands: techcrunch.com
    reach: float | None = None  # how often it was seen by now, where the vendor states it
    sentiment: float | None = None  # -1..1, where the vendor states it

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"a mention needs an aware time, not {self.at.isoformat()}")
        if not self.reference:
            raise ValueError("a mention needs the vendor's own id of it")


def mentions(
    found: Iterable[Mapping[str, Any]], tell: Callable[[Mapping[str, Any]], Mention | None]
) -> tuple[Mention, ...]:
    """What `tell` makes of each object; those that it makes nothing of, or cannot read, are left out."""
    told: list[Mention] = []
    for one in found:
        try:
            mention = tell(one)
        except UnexpectedResponse:
            continue
        if mention is not None:
            told.append(mention)
    return tuple(told)


def worded(title: object, body: object = "") -> str:
    """Title and text without markup, as far as they are texts; a text that repeats its title says it once."""
    head, rest = (_plain(one) if isinstance(one, str) else "" for one in (title, body))
    if not head or rest.startswith(head.removesuffix("…")):
        return rest or head
    between = " " if head[-1] in ".!?:…" else ". "
    return head + between + rest if rest else head


def _plain(text: str) -> str:
    return one_line(html.unescape(_TAG.sub(" ", text[: 20 * LONGEST_TEXT])), LONGEST_TEXT)


def seen(payload: Mapping[str, Any], *names: str) -> float | None:
    """The first of these that is a number of people or views; None where none is told."""
    for name in names:
        found = payload.get(name)
        try:
            value = math.nan if isinstance(found, bool) or found is None else float(found)
        except (TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(value) and value >= 0:
            return value
    return None


def tone_of(found: object) -> float | None:
    """A sentiment between -1 and 1; None for anything else."""
    if isinstance(found, bool) or not isinstance(found, int | float) or not -1 <= found <= 1:
        return None
    return float(found)


def site_of(url: str) -> str:
    """The host of a web address, without www."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def sift_mentions(
    found: Iterable[Mention], *, now: datetime, redact: Redactor
) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
    """Texts in UTC that may be shown, each once, oldest first; and what was left out, for the log.

    A text told twice, as an article that stands in two feeds, has the topics of both. One without words has
    nothing to match.
    """
    kept: dict[str, Mention] = {}
    wrong: dict[str, None] = {}
    for one in found:
        if one.at > now + _CLOCKS_APART:
            wrong[f"left out: {_called(one)} dated {one.at:%Y-%m-%d %H:%M}, in the future"] = None
            continue
        clean = _clean(one, redact)
        if any(char.isalnum() for char in clean.text):
            kept[clean.reference] = _joined(kept.get(clean.reference), clean)
    told = sorted(kept.values(), key=lambda one: (one.at, one.reference))
    if len(told) > MOST:
        wrong[f"left out: all texts but the {MOST:,} newest"] = None
    return tuple(told[-MOST:]), tuple(wrong)


def _called(one: Mention) -> str:
    return "an article" if one.kind == "article" else f"a {one.kind}"


def _clean(one: Mention, redact: Redactor) -> Mention:
    topics = (one_line(redact.known(line), 100) for line in one.topic.splitlines())
    return replace(
        one,
        at=one.at.astimezone(UTC),
        text=one_line(redact(one.text), LONGEST_TEXT),
        reference=one_line(one.reference, LONGEST_ADDRESS),
        url=_address(one.url, redact),
        topic="\n".join(topic for topic in topics if topic),
        site=one_line(one.site, 100),
    )


def _joined(first: Mention | None, second: Mention) -> Mention:
    if first is None:
        return second
    topics = dict.fromkeys((*first.topic.splitlines(), *second.topic.splitlines()))
    reached = [one.reach for one in (first, second) if one.reach is not None]
    return replace(first, topic="\n".join(topics), reach=max(reached, default=None))


def _address(url: str, redact: Redactor) -> str:
    """A web address that may be shown; empty for any other."""
    is_one = url.startswith(("https://", "http://")) and url.isprintable() and not set(url) & set(" <>|\"'")
    return redact(url) if is_one and len(url) <= LONGEST_ADDRESS else ""
