"""How long something lasts, as people write it: `3 days`, `24 hours`, `1h`, `immediately`."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

from kpi.document import Wrong

_SPAN = re.compile(r"(?P<count>\d{1,5}(?:\.\d{1,3})?)\s*(?P<unit>[a-z]+)", re.IGNORECASE | re.ASCII)
_UNITS = {
    **dict.fromkeys(("m", "min", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_AT_ONCE = frozenset({"immediately", "at once", "now"})


@lru_cache(maxsize=512)
def duration(text: str) -> timedelta:
    """The length of time that `text` states. Raises `Wrong` for what is none."""
    said = text.strip().lower().removesuffix("+")
    if said in _AT_ONCE:
        return timedelta()
    match = _SPAN.fullmatch(said)
    if match is None or match["unit"] not in _UNITS:
        raise Wrong(
            f"“{text[:40]}” is no length of time", "write 30 minutes, 24 hours, 3 days or immediately"
        )
    return float(match["count"]) * _UNITS[match["unit"]]
