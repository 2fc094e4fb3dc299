"""What a subscription asks and when, from the words behind `subscribe`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from bot.errors import UserError, shortened
from bot.settings_schedule import CadenceEntry
from kpi.document import Wrong

DEFAULT_TIME = "09:00"
DEFAULT = f"{DEFAULT_TIME} weekdays"

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_CLOCK_LIKE = re.compile(r"\d{1,3}[:.]\d{1,3}|\d{1,2}(?::\d\d)?[ap]m", re.ASCII | re.IGNORECASE)
_UNTIMED = frozenset({"weekly", "biweekly", "fortnightly", "monthly", "quarterly", "yearly", "annually"})
_LEAD_IN = frozenset({"at", "on", "every", "each"})
_HINT = "Say a time and days: `09:00 weekdays`, `08:30 monday`, `09:00 15th`."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked, and the days and time: empty where none are named. `zone` is one named in the words."""

    question: str
    cadence: str
    zone: str


def wish(words: Sequence[str]) -> Wish:
    """The question, and behind it the cadence. Raises `UserError` for a time or days that are none."""
    at = next((at for at in range(len(words) - 1, -1, -1) if _TIME.fullmatch(words[at])), None)
    if at is not None:
        entry = _read(" ".join(words[at:]))
        return Wish(typed(_asked(words[:at])), _plain(words[at:], entry), entry.zone)
    for at in range(1, len(words)):
        if (days := _days(words[at:])) is not None:
            return Wish(typed(words[:at]), _plain((DEFAULT_TIME, *words[at:]), days), days.zone)
    if len(words) > 1 and words[-1].casefold() in _UNTIMED:
        _read(f"{DEFAULT_TIME} {words[-1]}")  # says what is missing
    if wrong := next((word for word in words if _CLOCK_LIKE.fullmatch(word)), ""):
        raise UserError(f"“{shortened(wrong)}” is no time.", "Write it as 09:00 or 17:30.")
    return Wish(typed(words), "", "")


def _days(words: Sequence[str]) -> CadenceEntry | None:
    """The words as days, where they are some and nothing else."""
    try:
        return CadenceEntry.model_validate(" ".join((DEFAULT_TIME, *words)))
    except ValidationError:
        return None


def _read(text: str) -> CadenceEntry:
    try:
        return CadenceEntry.model_validate(text)
    except ValidationError as fault:
        wrong = fault.errors()[0].get("ctx", {}).get("error")
        if not isinstance(wrong, Wrong):
            raise
        hint = f"{wrong.hint[:1].upper()}{wrong.hint[1:]}." if wrong.hint else _HINT
        message = re.sub(r'"([^"]*)"', lambda match: f"“{shortened(match[1], 40)}”", wrong.message)
        raise UserError(f"{message}.", hint) from None


def _plain(words: Sequence[str], entry: CadenceEntry) -> str:
    """The cadence in its own words, without the zone."""
    days = [word for word in words[1:] if word != entry.zone and word.casefold() not in ("on", "the")]
    return f"{entry.at:%H:%M} {' '.join(days).casefold() or 'daily'}"


def _asked(words: Sequence[str]) -> Sequence[str]:
    """Without what leads to the time: "stars at 09:00"."""
    while len(words) > 1 and words[-1].casefold() in _LEAD_IN:
        words = words[:-1]
    return words


def typed(words: Sequence[str]) -> str:
    """Words as they are typed again: those that hold spaces in quotes."""
    return " ".join(f"“{word}”" if " " in word else word for word in words)
