"""Until when, as people say it: `2d`, `4 hours`, `tomorrow`, `friday 18:00`, `until 2026-12-01`.

Pure. A day means its beginning, in the reader's zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import UserError, shortened
from bot.settings_schedule import WEEKDAYS
from kpi.calendar import day_of, day_start

MOST = timedelta(days=90)
USUAL = timedelta(days=1)
HINT = "Say 4h, 2d, 1w, tomorrow, friday, 18:00 or until 2026-12-01."

_LENGTH = re.compile(
    r"(\d{1,4}) ?(min|mins|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|months?)", re.IGNORECASE | re.ASCII
)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d))?", re.ASCII)
_UNTIL = frozenset({"until", "till", "til"})
_ENDLESS = frozenset({"forever", "always", "permanently", "indefinitely"})

Words = tuple[str, ...]


def length(words: Sequence[str]) -> int:
    """How many of the first words say until when; 0 where they say nothing of it."""
    said = tuple(words)
    first = said[0].casefold() if said else ""
    if first in _ENDLESS:
        return 1
    is_until = first in _UNTIL
    begun = said[1:] if is_until or first == "for" else said
    _, rest = _read(begun, _ANY, ZoneInfo("UTC"))
    found = len(begun) - len(rest)
    if not found:
        return min(len(said), 2) if is_until else 0  # until what, `until` refuses
    return found + len(said) - len(begun)


_ANY = datetime(2026, 1, 1, tzinfo=UTC)
"""Where in the text the time stands does not depend on what time it is."""


def until(words: Sequence[str], now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that these words, as many as `length` counts, say.

    Raises `UserError` for a time that is over, too far away, never, or none.
    """
    if words and words[0].casefold() in _ENDLESS:
        raise UserError("A silence always ends.", f"{MOST.days} days is the longest. {HINT}")
    is_led = bool(words) and words[0].casefold() in _UNTIL | {"for"}
    said = tuple(words[1:] if is_led else words)
    found, rest = _read(said, now, zone)
    if found is None or rest:
        raise UserError(f"“{shortened(' '.join(said), 40)}” is no time.", HINT)
    if found <= now:
        raise UserError(f"“{shortened(' '.join(said), 40)}” is over.", HINT)
    if found - now > MOST:
        raise UserError(f"A silence lasts {MOST.days} days at most.", HINT)
    return found


def _read(words: Words, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, Words]:
    for length in (2, 1):
        match = _LENGTH.fullmatch(" ".join(words[:length])) if len(words) >= length else None
        if match is not None:
            return _after(now, int(match[1]), match[2].casefold()), words[length:]
    if not words:
        return None, words
    day, clock = _day(words[0].strip(",").casefold(), now, zone)
    if day is None:
        found = _CLOCK.fullmatch(words[0])
        return (None, words) if found is None else (_next_clock(found, now, zone), words[1:])
    rest = words[1:]
    behind = rest[1:] if rest and rest[0].casefold() == "at" else rest
    if clock is None and behind and (found := _CLOCK.fullmatch(behind[0])):
        clock, rest = time(int(found[1]), int(found[2])), behind[1:]
    return _instant(day, clock, zone), rest


def _after(now: datetime, count: int, unit: str) -> datetime:
    one = timedelta(days=30) if unit.startswith("mo") else _UNITS[unit[0]]
    return now + min(count * one, 2 * MOST)


def _day(text: str, now: datetime, zone: ZoneInfo) -> tuple[date | None, time | None]:
    """A day that is named, and the time within the same word: `2026-12-01T18:00`."""
    today = day_of(now, zone)
    if text in ("today", "tonight"):
        return today, time(23, 59)
    if text == "tomorrow":
        return today + timedelta(days=1), None
    if match := _ISO.fullmatch(text.upper()):
        try:
            clock = time.fromisoformat(match[2]) if match[2] else None
            return date.fromisoformat(match[1]), clock
        except ValueError:
            raise UserError(f"“{shortened(text, 40)}” is not a day.", HINT) from None
    number = next((at for at, name in enumerate(WEEKDAYS) if text in (name, name[:3])), None)
    if number is None:
        return None, None
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1), None


def _next_clock(found: re.Match[str], now: datetime, zone: ZoneInfo) -> datetime:
    """The next time that the clocks show it."""
    today, clock = day_of(now, zone), time(int(found[1]), int(found[2]))
    at = _instant(today, clock, zone)
    return at if at > now else _instant(today + timedelta(days=1), clock, zone)


def _instant(day: date, clock: time | None, zone: ZoneInfo) -> datetime:
    return day_start(day, zone) if clock is None else datetime.combine(day, clock, zone).astimezone(UTC)
