"""What somebody wrote, as it can be typed again behind other words without being read as a part of them."""

from __future__ import annotations

import re

UNITS = frozenset(
    {"%", "ms", "s", "sec", "second", "seconds", "min", "minute", "minutes", "h", "hour", "hours"}
    | {"d", "day", "days", "week", "weeks", "month", "months", "x", "k", "m", "b", "thousand", "million"}
    | {"usd", "eur", "gbp", "percent", "points"}
)
"""What stands apart behind a number and belongs to it."""

_TAKEN = UNITS | {"at", "until", "till", "for"}
_MISREAD = re.compile(r'["“”]|\bas[- ]of\b|\bshare$', re.I)


def prose(text: str) -> str:
    """Free text as it can stand behind a value, a day or a span.

    Where a part of it could be taken for something else (a unit, a time, a clock, `share`), quotes hold it
    together; a closing quote inside becomes a straight one.
    """
    first, _, _ = text.casefold().partition(" ")
    is_plain = first[:1].isalpha() and first not in _TAKEN and not _MISREAD.search(text)
    if is_plain or not text:
        return text
    # The space keeps a day at the end from being the end of the whole text, where it would be a clock.
    return "“{} ”".format(text.replace("”", '"'))
