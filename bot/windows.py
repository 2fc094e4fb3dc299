"""Stretches of days as people say them: `90d`, `last quarter`, `since july`, `2026-07-01 to 2026-08-15`.

Pure: `today` is an argument. A window ends today at the latest; then its last day is still open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.errors import UserError, shortened
from kpi.calendar import add_months

MOST_DAYS = 3660
LEAST_DAYS = 2
HINT = "Say `90d`, `last quarter`, `since july` or `2026-07-01 to 2026-08-15`."
_MOST_WORDS = 9  # from 1 july 2025 to 15 august 2025, and one to spare

_MONTHS = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_WEEKDAYS = (
    ("monday", "mon"),
    ("tuesday", "tue", "tues"),
    ("wednesday", "wed"),
    ("thursday", "thu", "thurs"),
    ("friday", "fri"),
    ("saturday", "sat"),
    ("sunday", "sun"),
)
_WEEKDAY_OF = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER_OF = {name: number for number, name in enumerate(_NUMBERS, start=1)}
_DAYS_IN = {"d": 1, "w": 7, "m": 30, "q": 91, "y": 365}
_UNIT_NAMES = {"d": "days", "w": "weeks", "m": "months", "y": "years"}

_YEAR = r"(?:19[89]\d|20\d\d)"
_MONTH = "(?:" + "|".join(sorted(_MONTH_OF, key=len, reverse=True)) + ")"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_ISO = r"\d{4}-\d{1,2}-\d{1,2}"
_WEEKDAY = "(?:" + "|".join(sorted(_WEEKDAY_OF, key=len, reverse=True)) + ")"
_POINT = (
    rf"(?:{_ISO}|{_YEAR}-\d\d|{_NTH}(?: of)? {_MONTH}(?:,? {_YEAR})?|{_MONTH} {_NTH}(?:,? {_YEAR})?"
    rf"|{_MONTH}(?: {_YEAR})?|[qh]\d(?:[ -]?{_YEAR})?|{_YEAR}[ -]?[qh]\d|{_YEAR}"
    rf"|today|now|yesterday|(?:last |on )?{_WEEKDAY}|(?:last|previous|this) (?:week|month|quarter|year))"
)
_COUNT = rf"\d{{1,5}}|{'|'.join(_NUMBERS)}"
_SPAN = re.compile(
    rf"(?:(?:the )?(?:last|past|previous) )?({_COUNT}) ?(d|days?|w|weeks?|m|months?|quarters?|y|years?)"
)
_PAST = re.compile(r"(?:the )?past (day|week|month|quarter|year)")
_TO_DATE = re.compile(r"([wmqy])td|(week|month|quarter|year) to date")
_SINCE = re.compile(rf"(?:since|from) (?:the )?({_POINT})")
_UP_TO = r"(?: to | until | till | through | ?[-–—/] ?| ?\.\.+ ?)"
_RANGE = re.compile(
    rf"(?:from )?({_POINT}){_UP_TO}({_POINT})|between ({_POINT}) and ({_POINT})"
    rf"|(?:from )?(?P<day>{_NTH}){_UP_TO}{_NTH}(?P<of>(?: of)? {_MONTH}(?:,? {_YEAR})?)"
)
_ALONE = re.compile(rf"(?:(?:in|during|for) (?:the )?)?({_POINT})")
_FIRST_WORD = re.compile(
    rf"\d.*|[qh]\d.*|{_MONTH}(?:[-–—/.].*)?|{_WEEKDAY}|{'|'.join(_NUMBERS)}|[wmqy]td"
    r"|in|during|for|the|last|past|previous|this|since|from|between|on|today|now|yesterday|week|month|quarter|year"
)
_NEVER_ALONE = frozenset({"now", "may", "mar", "sun", "sat", "wed", "mon", "dec", "on"})
"""Words that mean something else as often: alone they are no window, in a longer phrase they are."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to `end`, both included. `text` means the same days when it is asked again."""

    start: date
    end: date
    text: str
    is_open: bool  # it ends today, and today is not over

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


Words = tuple[str, ...]
_Stretch = tuple[date, date]


def split(words: Sequence[str]) -> tuple[Words, str]:
    """The words without the longest window among them, and that window; empty where there is none."""
    return next(splits(words), (tuple(words), ""))


def splits(words: Sequence[str]) -> Iterator[tuple[Words, str]]:
    """Every way to take one window out of `words`: the longest first, of equal ones the last."""
    texts = [_plain(word) for word in words]
    found = [
        (end - start, start)
        for start, first in enumerate(texts)
        if _FIRST_WORD.match(first)
        for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1)
        if is_window(" ".join(filter(None, texts[start:end])))
    ]
    for length, start in sorted(found, reverse=True):
        rest = (*words[:start], *words[start + length :])
        yield rest, " ".join(filter(None, texts[start : start + length]))


def is_window(text: str) -> bool:
    """Whether `text` is a window in form; the calendar may still refuse it."""
    plain = _plain(text)
    return plain not in _NEVER_ALONE and any(pattern.fullmatch(plain) for pattern, _ in _MANNERS)


def resolve(text: str, today: date) -> Window:
    """The days that `text` means on `today`. Raises `UserError` where it means none, or too many."""
    plain = _plain(text)
    for pattern, manner in _MANNERS:
        if match := pattern.fullmatch(plain):
            return _checked(manner(match, today), text, today)
    raise UserError(f"“{shortened(text, 40)}” is no stretch of days.", HINT)


def spoken(window: Window, today: date) -> str:
    """The window as a sentence begins with it: "In Q2 2026", "In the last 90 days", "Yesterday"."""
    if match := re.fullmatch(r"(\d+)([dwmy])", window.text):
        unit = _UNIT_NAMES[match[2]]
        return (
            f"In the last {unit.removesuffix('s')}" if match[1] == "1" else f"In the last {match[1]} {unit}"
        )
    if window.days == 1:
        names = {today: "Today", today - timedelta(days=1): "Yesterday"}
        return names.get(window.start, f"On {_day(window.start, today)}")
    if re.fullmatch(r"\d{4}-\d\d", window.text):
        return f"In {window.start:%B}" + ("" if window.start.year == today.year else f" {window.start.year}")
    if re.fullmatch(r"[qh]\d \d{4}|\d{4}", window.text):
        return f"In {window.text.upper()}"
    if window.is_open:
        return f"Since {_day(window.start, today)}"
    return f"From {_day(window.start, today)} to {_day(window.end, today)}"


def _day(value: date, today: date) -> str:
    return f"{value.day} {value:%b}" + ("" if value.year == today.year else f" {value.year}")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).strip("?!.,;:()\"'“”’ ")


def _checked(window: Window, text: str, today: date) -> Window:
    """`window`, cut at today. Raises `UserError` for one that lies ahead or is too long."""
    said = shortened(text, 40)
    if window.start > window.end:
        raise UserError(f"“{said}” ends before it begins.", HINT)
    if window.start > today:
        raise UserError(f"“{said}” is still to come.", f"It starts on {window.start.isoformat()}. {HINT}")
    if (min(window.end, today) - window.start).days > MOST_DAYS:
        raise UserError(
            f"“{said}” is longer than {MOST_DAYS:,} days.", f"Take 2d to {MOST_DAYS}d, e.g. `stars 90d`."
        )
    if window.end < today:
        return window
    text = f"since {window.start.isoformat()}" if " to " in window.text else window.text
    return Window(window.start, today, text, is_open=True)


def _span(match: re.Match[str], today: date) -> Window:
    """So many closed days, and today."""
    count, unit = _NUMBER_OF.get(match[1]) or int(match[1]), match[2][0]
    days = count * _DAYS_IN[unit]
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise UserError(
            f"{shortened(match[0], 40)} is not a stretch that can be drawn.",
            f"Take {LEAST_DAYS}d to {MOST_DAYS}d, e.g. `stars 90d`.",
        )
    text = f"{days}d" if unit == "q" else f"{count}{unit}"
    return Window(today - timedelta(days=days), today, text, is_open=True)


def _past(match: re.Match[str], today: date) -> Window:
    if match[1] == "day":
        return _named((today - timedelta(days=1), today - timedelta(days=1)))
    days = _DAYS_IN[match[1][0]]
    return Window(today - timedelta(days=days), today, f"{days}d", is_open=True)


def _to_date(match: re.Match[str], today: date) -> Window:
    return _named(calendar_stretch(today, (match[1] or match[2])[0]))


def _since(match: re.Match[str], today: date) -> Window:
    start, _ = _point(match[1], today)
    if start > today:
        raise UserError(f"“{match[0]}” is still to come.", HINT)
    return Window(start, today, f"since {start.isoformat()}", is_open=True)


def _range(match: re.Match[str], today: date) -> Window:
    """Of two bare months the later one is the most recent, the earlier one the last before it."""
    first, last = match[1] or match[3], match[2] or match[4]
    if match["day"]:  # 9 to 15 nov
        first, last = match["day"] + match["of"], re.split(_UP_TO, match[0], maxsplit=1)[1]
    _, end = _point(last, today)
    start, _ = _point(first, today)
    if start > end:
        start, _ = _point(first, min(end, today))
    return Window(start, end, f"{start.isoformat()} to {end.isoformat()}", is_open=False)


def _alone(match: re.Match[str], today: date) -> Window:
    return _named(_point(match[1], today))


def _named(stretch: _Stretch) -> Window:
    """A stretch under the shortest text that always means it."""
    start, end = stretch
    text = f"{start.isoformat()} to {end.isoformat()}"
    if start == end:
        text = start.isoformat()
    for unit, name in (
        ("m", f"{start:%Y-%m}"),
        ("q", f"q{(start.month + 2) // 3} {start.year}"),
        ("h", f"h{(start.month + 5) // 6} {start.year}"),
        ("y", f"{start.year}"),
    ):
        if stretch == calendar_stretch(start, unit):
            text = name
    return Window(start, end, text, is_open=False)


def calendar_stretch(day: date, unit: str, back: int = 0) -> _Stretch:
    """The week, month, quarter, half or year that holds `day`, or the one `back` before it."""
    if unit == "w":
        start = day - timedelta(days=day.weekday() + 7 * back)
        return start, start + timedelta(days=6)
    length = {"m": 1, "q": 3, "h": 6, "y": 12}[unit]
    first = day.replace(month=(day.month - 1) // length * length + 1, day=1)
    start = add_months(first, -length * back)
    return start, add_months(start, length) - timedelta(days=1)


def _point(text: str, today: date) -> _Stretch:
    """The day or calendar stretch that an end of a window names; without a year the last one begun."""
    for pattern, manner in _POINTS:
        if match := pattern.fullmatch(text):
            try:
                return manner(match, today)
            except ValueError:
                raise UserError(f"“{shortened(text, 40)}” is not in the calendar.", HINT) from None
    raise UserError(f"“{shortened(text, 40)}” is no day.", HINT)


def _iso(match: re.Match[str], today: date) -> _Stretch:
    day = date(int(match[1]), int(match[2]), int(match[3]))
    if not 1980 <= day.year <= max(today.year, 2200):
        raise ValueError
    return day, day


def _day_month(match: re.Match[str], today: date) -> _Stretch:
    number = int(re.sub(r"\D", "", match["day"]))
    month = _MONTH_OF[match["month"]]
    if match["year"]:
        day = date(int(match["year"]), month, number)
        return day, day
    for year in range(today.year, today.year - 5, -1):  # 29 February comes every four years
        if number == 29 and month == 2 and (year % 4 or (year % 100 == 0 and year % 400)):
            continue
        if (day := date(year, month, number)) <= today:
            return day, day
    raise ValueError


def _month(match: re.Match[str], today: date) -> _Stretch:
    return _begun(_MONTH_OF[match[1]], "m", year=match[2], today=today)


def _part(match: re.Match[str], today: date) -> _Stretch:
    """A quarter or half, its year before or behind it."""
    unit, number = match["unit"], int(match["number"])
    if not 1 <= number <= (4 if unit == "q" else 2):
        raise ValueError
    month = (number - 1) * (3 if unit == "q" else 6) + 1
    return _begun(month, unit, year=match["before"] or match["behind"], today=today)


def _begun(month: int, unit: str, *, year: str | None, today: date) -> _Stretch:
    """The stretch that starts with `month` of `year`, or else the last one that has begun."""
    first = date(int(year) if year else today.year, month, 1)
    if not year and first > today:
        first = first.replace(year=first.year - 1)
    return calendar_stretch(first, unit)


def _weekday(match: re.Match[str], today: date) -> _Stretch:
    back = (today.weekday() - _WEEKDAY_OF[match["weekday"]]) % 7
    day = today - timedelta(days=7 if match["last"] and back == 0 else back)
    return day, day


def _near(match: re.Match[str], today: date) -> _Stretch:
    day = today - timedelta(days=1) if match[0] == "yesterday" else today
    return day, day


_POINTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], _Stretch]], ...] = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), _iso),
    (
        re.compile(rf"({_YEAR})-(\d\d)"),
        lambda match, _: calendar_stretch(date(int(match[1]), int(match[2]), 1), "m"),
    ),
    (re.compile(rf"(?P<day>{_NTH})(?: of)? (?P<month>{_MONTH})(?:,? (?P<year>{_YEAR}))?"), _day_month),
    (re.compile(rf"(?P<month>{_MONTH}) (?P<day>{_NTH})(?:,? (?P<year>{_YEAR}))?"), _day_month),
    (re.compile(rf"({_MONTH})(?: ({_YEAR}))?"), _month),
    (
        re.compile(
            rf"(?:(?P<before>{_YEAR})[ -]?)?(?P<unit>[qh])(?P<number>\d)(?:[ -]?(?P<behind>{_YEAR}))?"
        ),
        _part,
    ),
    (re.compile(rf"({_YEAR})"), lambda match, _: calendar_stretch(date(int(match[1]), 1, 1), "y")),
    (re.compile(r"today|now|yesterday"), _near),
    (re.compile(rf"(?:(?P<last>last )|on )?(?P<weekday>{_WEEKDAY})"), _weekday),
    (
        re.compile(r"(last|previous|this) (week|month|quarter|year)"),
        lambda match, today: calendar_stretch(today, match[2][0], 0 if match[1] == "this" else 1),
    ),
)
_MANNERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Window]], ...] = (
    (_SPAN, _span),
    (_PAST, _past),
    (_TO_DATE, _to_date),
    (_SINCE, _since),
    (_ALONE, _alone),
    (_RANGE, _range),
)
