"""The reason somebody gives, at the end of what they say: `--reason X`, `reason: X`, `because X`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.errors import UserError

LONGEST = 300

# Phones turn two hyphens into a dash.
_MARK = re.compile(r"(?:(?:-{1,2}|[–—])reason[:=]?|reason[:=])(?P<start>.*)|because", re.IGNORECASE)
_QUOTES = "\"'“”„‘’"


def split_reason(words: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The words before the first mark of a reason, and the reason; empty where none is given."""
    for at, word in enumerate(words):
        if match := _MARK.fullmatch(word):
            said = " ".join(part for part in (match["start"] or "", *words[at + 1 :]) if part)
            return tuple(words[:at]), _bare(said)
    return tuple(words), ""


def _bare(said: str) -> str:
    """Without quotes around it, and without a second mark at its start."""
    text = said.strip().strip(_QUOTES).strip()
    first, _, rest = text.partition(" ")
    return rest.strip() if first.casefold() in {"because", ":"} else text


def required(reason: str, asked: str) -> str:
    """The reason. Raises `UserError` where it says nothing or too much; `asked` stood before it."""
    if not any(char.isalnum() for char in reason):
        raise UserError("Say why.", f"The trail keeps the reason: `{asked} because …`.")
    if len(reason) > LONGEST:
        raise UserError(f"The reason has {len(reason)} characters; {LONGEST} fit.", "Say it shorter.")
    return reason
