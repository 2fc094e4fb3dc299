"""Inline text for Slack: as rich text, where nothing foreign formats, or as mrkdwn, where it has to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, assert_never

from bot.reply import Bold, Code, Link, Mention, Place, Plain, Span, Spans, Time
from bot.surfaces.foreign import JOINER, MARK, clean, unbroken
from bot.surfaces.slack import limits
from bot.surfaces.slack.wording import escaped, literal, pieces, web_address

Element = dict[str, Any]

SURFACE = "slack"
BACKTICK = "ˋ"
OWN_TIME = "{date_short_pretty} at {time}"
"""How the reader's own time is written, https://docs.slack.dev/messaging/formatting-message-text."""
PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
"""A person's id; W… on Enterprise Grid."""
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
"""A channel's id; G… of private ones that are old."""


def elements(spans: Spans) -> list[Element]:
    """The spans as rich text elements; none of them empty, none longer than a section."""
    return [element for span in spans for element in _element(span)]


def _element(span: Span) -> Iterator[Element]:
    match span:
        case Plain(text):
            yield from _texts(text)
        case Time(at, text):
            yield from _moment(at, text)
        case Bold(text):
            yield from _texts(text, bold=True)
        case Code(text):
            yield from _texts(text, code=True)
        case Link(url, text):
            yield from _link(url, text)
        case Mention() | Place():
            yield from _known(span)
        case _:
            assert_never(span)


def _known(span: Mention | Place) -> Iterator[Element]:
    """A person or a channel by its id where it is Slack's, else in words."""
    match span:
        case Place(surface, channel):
            if _is_own(surface, channel):
                yield {"type": "channel", "channel_id": channel}
            else:
                yield from _texts(span.text)
        case Mention(name, ids):
            person = _person(ids.get(SURFACE))
            if person is None:
                yield from _texts("@" + name)
            else:
                yield {"type": "user", "user_id": person}


def _link(url: str, text: str) -> Iterator[Element]:
    address = web_address(url, limits.LINK)
    if address is None:
        yield from _texts(text or url)
    else:
        yield {"type": "link", "url": address, "text": literal(text, limits.LINK_TEXT) or address}


def _texts(text: str, **style: bool) -> Iterator[Element]:
    shown = literal(text) if style.get("code") else unbroken(literal(text))
    for piece in pieces(shown, limits.SECTION):
        yield {"type": "text", "text": piece, **({"style": style} if style else {})}


def _moment(at: datetime, text: str) -> Iterator[Element]:
    """The instant in the reader's own time; where Slack cannot say it, in the words given."""
    words = literal(text, limits.LINK_TEXT).strip()
    if not words or at.timestamp() < 0:
        yield from _texts(text)
        return
    yield {"type": "date", "timestamp": int(at.timestamp()), "format": OWN_TIME, "fallback": words}


def _person(found: str | None) -> str | None:
    return found if found is not None and PERSON.fullmatch(found) else None


def _is_own(surface: str, channel: str) -> bool:
    return surface == SURFACE and CHANNEL.fullmatch(channel) is not None


def mrkdwn(spans: Spans, limit: int) -> str:
    """The spans as mrkdwn of at most `limit` characters, cut between spans or inside plain text."""
    result = ""
    for index, span in enumerate(spans):
        room = limit - len(result) - (len(MARK) if index < len(spans) - 1 else 0)
        marked = _marked(span)
        if len(marked) > room:
            words = span.name if isinstance(span, Mention) else span.text
            return result + escaped(_inert(words), room)
        result += marked
    return result


def _marked(span: Span) -> str:
    match span:
        case Plain(text):
            return escaped(_inert(text))
        case Time(at, text):
            return _marked_moment(at, text)
        case Bold(text):
            return _fenced("*", _inert(text), "∗")
        case Code(text):
            return _fenced("`", text, BACKTICK)
        case Link(url, text):
            address = web_address(url, limits.LINK)
            label = escaped(_inert(text or url)).replace("|", "¦").replace("\n", " ")
            return label if address is None else f"<{escaped(address)}|{label}>"
        case Mention(name, ids):
            person = _person(ids.get(SURFACE))
            return escaped(_inert("@" + name)) if person is None else f"<@{person}>"
        case Place(surface, channel):
            return f"<#{channel}>" if _is_own(surface, channel) else escaped(_inert(span.text))
        case _:
            assert_never(span)


def _marked_moment(at: datetime, text: str) -> str:
    label = escaped(_inert(" ".join(text.split())).replace("|", "¦"), limits.LINK_TEXT)
    if not label or at.timestamp() < 0:
        return label
    return f"<!date^{int(at.timestamp())}^{OWN_TIME}|{label}>"


_FENCES = {"*": "∗", "_": "ˍ", "~": "∼"}
_OPENS = re.compile(r"(?<!\w)[*_~](?!\s)")
_CLOSES = re.compile(r"(?<!\s)[*_~](?!\w)")
_EMOJI = re.compile(r"(?<=:)(?=[\w+'-]*[a-z][\w+'-]*:)")


def _inert(text: str) -> str:
    """`text` that mrkdwn does not format: what could open or close a format becomes a look-alike.

    A star between spaces and the underscores of a name stay what they are, for Slack leaves them alone.
    """
    text = clean(text)
    for pattern in (_OPENS, _CLOSES):
        text = pattern.sub(lambda found: _FENCES[found[0]], text)
    return _EMOJI.sub(JOINER, text.replace("`", BACKTICK))


def _fenced(fence: str, text: str, stand_in: str) -> str:
    """`text` between fences it cannot close: the fence inside becomes a look-alike."""
    inner = " ".join(escaped(text).replace(fence, stand_in).split())
    return f"{fence}{inner}{fence}" if inner else ""
