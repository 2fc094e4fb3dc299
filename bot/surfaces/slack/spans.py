"""Inline text for Slack: as rich text, where nothing foreign formats, or as mrkdwn, where it has to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, assert_never

from bot.reply import Bold, Code, Link, Mention, Plain, Span, Spans, Time
from bot.surfaces.slack import limits
from bot.surfaces.slack.wording import MARK, escaped, literal, pieces, web_address

Element = dict[str, Any]

SURFACE = "slack"
BACKTICK = "ˋ"
_TORN = re.compile(r"(?<=[≥≤<>]) (?=[\d$€£−])")
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")


def elements(spans: Spans) -> list[Element]:
    """The spans as rich text elements; none of them empty, none longer than a section."""
    return [element for span in spans for element in _element(span)]


def _element(span: Span) -> Iterator[Element]:
    match span:
        case Plain(text) | Time(_, text):
            yield from _texts(text)
        case Bold(text):
            yield from _texts(text, bold=True)
        case Code(text):
            yield from _texts(text, code=True)
        case Link(url, text):
            address = web_address(url, limits.LINK)
            if address is None:
                yield from _texts(text or url)
            else:
                yield {"type": "link", "url": address, "text": literal(text, limits.LINK_TEXT) or address}
        case Mention(name, ids):
            person = _person(ids.get(SURFACE))
            if person is None:
                yield from _texts("@" + name)
            else:
                yield {"type": "user", "user_id": person}
        case _:
            assert_never(span)


def unbroken(text: str) -> str:
    """`text` in which no line ends between a comparison and its number: "≥ 5,000" stays whole on a phone."""
    return _TORN.sub("\N{NO-BREAK SPACE}", text)


def _texts(text: str, **style: bool) -> Iterator[Element]:
    shown = literal(text) if style.get("code") else unbroken(literal(text))
    for piece in pieces(shown, limits.SECTION):
        yield {"type": "text", "text": piece, **({"style": style} if style else {})}


def _person(found: str | None) -> str | None:
    return found if found is not None and _PERSON.fullmatch(found) else None


def mrkdwn(spans: Spans, limit: int) -> str:
    """The spans as mrkdwn of at most `limit` characters, cut between spans or inside plain text."""
    result = ""
    for index, span in enumerate(spans):
        room = limit - len(result) - (len(MARK) if index < len(spans) - 1 else 0)
        marked = _marked(span)
        if len(marked) > room:
            words = span.name if isinstance(span, Mention) else span.text
            return result + escaped(_unfenced(words), room)
        result += marked
    return result


def _marked(span: Span) -> str:
    match span:
        case Plain(text) | Time(_, text):
            return escaped(_unfenced(text))
        case Bold(text):
            return _fenced("*", _unfenced(text), "∗")
        case Code(text):
            return _fenced("`", text, BACKTICK)
        case Link(url, text):
            address = web_address(url, limits.LINK)
            label = escaped(_unfenced(text or url)).replace("|", "¦").replace("\n", " ")
            return label if address is None else f"<{escaped(address)}|{label}>"
        case Mention(name, ids):
            person = _person(ids.get(SURFACE))
            return escaped(_unfenced("@" + name)) if person is None else f"<@{person}>"
        case _:
            assert_never(span)


def _unfenced(text: str) -> str:
    """`text` whose backticks are look-alikes: one alone would pair with the next code span's."""
    return text.replace("`", BACKTICK)


def _fenced(fence: str, text: str, stand_in: str) -> str:
    """`text` between fences it cannot close: the fence inside becomes a look-alike."""
    inner = " ".join(escaped(text).replace(fence, stand_in).split())
    return f"{fence}{inner}{fence}" if inner else ""
