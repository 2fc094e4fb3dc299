"""Foreign text made safe for Slack: cleaned, escaped, cut with a visible mark.

Slack reads three characters as control characters in mrkdwn and in a message's `text`
(https://docs.slack.dev/messaging/formatting-message-text); plain text, rich text and table cells are
shown as they are. There the opening of a mention is still split by an invisible joiner, because clients
derive notifications and search text from them.
"""

from __future__ import annotations

import re
from itertools import accumulate, takewhile
from urllib.parse import quote, urlsplit

from bot.surfaces.foreign import JOINER, MARK, clean, cut

_OPENING = re.compile(r"<(?=[!@#])")
_URL_SAFE = "!#$&'()*+,/:;=?@[]%~-._"


def literal(text: str, limit: int | None = None) -> str:
    """Foreign text for plain text, rich text and table cells."""
    whole = _OPENING.sub("<" + JOINER, clean(text))
    return whole if limit is None else cut(whole, limit)


def escaped(text: str, limit: int | None = None) -> str:
    """Foreign text for mrkdwn and for a message's `text`; the limit holds after escaping."""
    whole = clean(text)
    result = _entities(whole)
    if limit is None or len(result) <= limit:
        return result
    room = limit - len(MARK)
    sizes = accumulate(len(_entities(char)) for char in whole)
    kept = sum(1 for _ in takewhile(lambda size: size <= room, sizes))
    return _entities(whole[:kept].rstrip()) + MARK


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def web_address(url: str, limit: int) -> str | None:
    """`url` percent-encoded for Slack, or None where it is not an http(s) address that fits."""
    try:
        parts = urlsplit(clean(url).strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    encoded = quote(parts.geturl(), safe=_URL_SAFE)
    return encoded if len(encoded) <= limit else None


def pieces(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` characters, broken at spaces or lines where there are any."""
    parts = []
    while len(text) > limit:
        window = text[: limit + 1]
        at = max(window.rfind("\n"), window.rfind(" "))
        at = limit if at < limit // 2 else at + 1
        at = min(at, limit)
        parts.append(text[:at])
        text = text[at:]
    return [*parts, text] if text else parts
