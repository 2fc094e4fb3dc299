"""Text from outside before any surface marks it up: cleaned, cut with a visible mark, kept together."""

from __future__ import annotations

import re

MARK = "…"
JOINER = "\u2060"
"""Splits the opening of a mention, and shows nothing."""

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TORN = re.compile(r"(?<=[≥≤<>]) (?=[\d$€£−])")


def clean(text: str) -> str:
    """`text` without control characters, direction overrides and broken halves of characters."""
    return _UNWANTED.sub("", text)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, ending in a mark where something was left out."""
    return text if len(text) <= limit else text[: limit - len(MARK)].rstrip() + MARK


def unbroken(text: str) -> str:
    """`text` in which no line ends between a comparison and its number: "≥ 5,000" stays whole on a phone."""
    return _TORN.sub("\N{NO-BREAK SPACE}", text)
