"""Inline text for Discord: as Markdown, in which nothing foreign formats, or as plain words for a footer."""

from __future__ import annotations

import re
from typing import assert_never

from bot.reply import Bold, Code, Link, Mention, Place, Plain, Span, Spans, Time
from bot.surfaces.discord import limits
from bot.surfaces.discord.wording import escaped, fenced, literal, web_address
from bot.surfaces.foreign import unbroken

SURFACE = "discord"
_ID = re.compile(r"\d{5,20}")


def markdown(spans: Spans) -> str:
    """The spans as Markdown. A time keeps the zone it is written in: Discord's own would leave it out."""
    return "".join(map(_marked, spans))


def _marked(span: Span) -> str:
    match span:
        case Plain(text) | Time(_, text):
            return escaped(text)
        case Bold(text):
            return bold(text)
        case Code(text):
            inner = " ".join(fenced(text).split())
            return f"`{inner}`" if inner else ""
        case Link(url, text):
            return _link(url, text)
        case Mention(name, ids):
            person = ids.get(SURFACE, "")
            return f"<@{person}>" if _ID.fullmatch(person) else escaped("@" + name)
        case Place(surface, channel):
            is_own = surface == SURFACE and _ID.fullmatch(channel)
            return f"<#{channel}>" if is_own else escaped(span.text)
        case _:
            assert_never(span)


def bold(text: str) -> str:
    """`text` in bold; spaces at its ends stay outside, where Markdown wants them."""
    words = text.strip()
    if not words:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}**{escaped(words)}**{after}"


def _link(url: str, text: str) -> str:
    address, label = web_address(url), " ".join(escaped(text or url).split())
    if address is None or len(address) > limits.LINK:
        return label
    return f"[{label}]({address})"


def words(spans: Spans) -> str:
    """The spans without any form, for a footer; a link keeps its address."""
    return unbroken(literal("".join(map(_said, spans))))


def _said(span: Span) -> str:
    match span:
        case Mention(name, _):
            return "@" + name
        case Link(url, text):
            address = web_address(url)
            return text if address is None else f"{text} ({address})"
        case Place():
            return span.text
        case Plain(text) | Bold(text) | Code(text) | Time(_, text):
            return text
        case _:
            assert_never(span)
