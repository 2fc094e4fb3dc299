"""Foreign text made safe for Discord: cleaned, escaped, cut with a visible mark.

Discord reads Markdown in content, descriptions and fields, where a backslash makes any sign plain; in
footers, button labels and option texts nothing is read. Addresses in content unfold into previews, so an
address that is not a link of ours is broken by an invisible joiner; it splits @everyone and @here too.
https://docs.discord.com/developers/reference#message-formatting
"""

from __future__ import annotations

import re
from itertools import accumulate, takewhile
from urllib.parse import quote, urlsplit

from bot.surfaces.foreign import JOINER, MARK, clean, cut, unbroken

BACKTICK = "ˋ"

_SIGNS = re.compile(r"([\\*_~`|<>\[\]#])")
_LIST = re.compile(r"^(\s*)([-+])(?=\s)", re.MULTILINE)
_MASS = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<=[a-z]):(?=//)|(?<=discord)(?=(?:app)?\.(?:gg|com)/)", re.IGNORECASE)
_URL_SAFE = "!#$&'*+,/:;=?@%~-._"


def literal(text: str, limit: int | None = None) -> str:
    """Foreign text where Discord reads no Markdown: footers, labels, alt texts."""
    whole = _MASS.sub("@" + JOINER, clean(text))
    return whole if limit is None else cut(whole, limit)


def escaped(text: str, limit: int | None = None) -> str:
    """Foreign text where Discord reads Markdown; the limit holds after escaping."""
    whole = unbroken(clean(text))
    result = _escape(whole)
    if limit is None or len(result) <= limit:
        return result
    sizes = accumulate(len(_escape(char)) + 2 for char in whole)  # two for a joiner and a list's backslash
    kept = sum(1 for _ in takewhile(lambda size: size <= limit - len(MARK), sizes))
    return _escape(whole[:kept].rstrip()) + MARK


def _escape(text: str) -> str:
    shown = _ADDRESS.sub(lambda found: found[0] + JOINER, _SIGNS.sub(r"\\\1", text))
    return _LIST.sub(r"\1\\\2", _MASS.sub("@" + JOINER, shown))


def fenced(text: str) -> str:
    """`text` inside a code block, which it cannot close."""
    return _MASS.sub("@" + JOINER, clean(text)).replace("`", BACKTICK)


def web_address(url: str) -> str | None:
    """`url` percent-encoded for a masked link, or None where it is no http(s) address."""
    try:
        parts = urlsplit(clean(url).strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    return quote(parts.geturl(), safe=_URL_SAFE)


def pieces(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` characters, broken at lines or spaces where there are any."""
    parts = []
    while len(text) > limit:
        window = text[: limit + 1]
        at = max(window.rfind("\n"), window.rfind(" "))
        at = min(limit if at < limit // 2 else at + 1, limit)
        while at > 1 and text[at - 1] == "\\":  # never between a backslash and the sign it makes plain
            at -= 1
        parts.append(text[:at])
        text = text[at:]
    return [*parts, text] if text else parts
