"""The words for days in a schedule: weekdays, business days, the nth of a period, every few weeks, yearly."""

from __future__ import annotations

import calendar as gregorian
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import get_args

from bot.settings_calendar import MONTHS, month_number, near_day, near_or
from kpi.document import Wrong
from kpi.workdays import (
    EVERY_DAY,
    LAST,
    MONDAY_TO_FRIDAY,
    AlternateWeeks,
    DayRule,
    EveryWeeks,
    NthBusinessDay,
    NthDay,
    NthWeekday,
    OnBusinessDays,
    OnceAYear,
    PeriodName,
    ordinal,
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

EXAMPLES = (
    *("daily", "weekdays", "business days", *WEEKDAYS, "every 2 weeks monday"),
    *("every 2 weeks monday from 2026-09-07", "1st business day", "2nd business day", "last business day"),
    *("1st monday", "last friday", "15th", "month start", "month end", "quarter start", "quarter end"),
    *("fiscal quarter start", "fiscal quarter end", "year end", "fiscal year end"),
    *("1st business day of the quarter", "yearly 2 january"),
)
_TOO_LITTLE = {
    "weekly": "name its day, such as monday",
    **dict.fromkeys(("biweekly", "fortnightly", "every 2 weeks"), "name its day: every 2 weeks monday"),
    "monthly": "name its day: 1st business day, 15th, month start or month end",
    "quarterly": "name its day: 1st business day of the quarter, quarter start or quarter end",
    **dict.fromkeys(("yearly", "annually", "every year"), "name its day: yearly 2 january"),
}
FORTNIGHTS = date(2026, 1, 5)
"""A Monday. `every 2 weeks` that names no first day counts from this week, so that it always comes 14 days
apart: by even ISO weeks it would be 21 days around the end of a year that has 53."""

_MOST_WEEKS = 52
_MOST_WEEKDAYS = 4  # of one weekday in every month
_MOST_BUSINESS_DAYS = 20  # of them in every month, where few are closed


Days = frozenset[int] | DayRule


def read_days(text: str) -> Days:
    """The days that the words after the time name. Raises `Wrong` where they name none."""
    plain = re.sub(r"\b(?:the|on)\s", "", " ".join(text.casefold().split()))
    if plain in _TOO_LITTLE:
        raise Wrong(f'"{text}" does not say on which day', _TOO_LITTLE[plain])
    if plain in _NAMED:
        return _NAMED[plain]
    for pattern, rule in _RULES:
        if match := pattern.fullmatch(plain):
            return rule(match)
    return _weekdays(plain.removeprefix("every "), text)


def _weekdays(names: str, text: str) -> frozenset[int]:
    """`monday`, `mon, thu`, `monday and thursday`: as numbers, Monday is 0."""
    named = [word for word in re.split(r"[\s,]+", names) if word and word != "and"]
    found = {word: _weekday(word) for word in named}
    unknown = [word for word in named if found[word] is None]
    if len(named) > 1 and len(unknown) == len(named):
        hint = "write daily, weekdays, business days, 1st business day, 15th, month end, …"
        raise Wrong(f'"{text}" names no days', near_or(text, EXAMPLES, hint))
    if unknown or not named:
        wrong = unknown[0] if unknown else text.strip()
        hint = "write daily, weekdays, business days, or names such as monday, thursday"
        raise Wrong(f'"{wrong}" is no day', near_or(wrong, EXAMPLES, hint))
    return frozenset(day for day in found.values() if day is not None)


def _weekday(word: str) -> int | None:
    """Monday is 0; three letters are enough."""
    full = [day for day in WEEKDAYS if word in (day, f"{day}s", day[:3])]
    return WEEKDAYS.index(full[0]) if full else None


def _every_weeks(match: re.Match[str]) -> DayRule:
    count = 2 if match["weeks"] in ("other", "second") else int(match["weeks"])
    if not 2 <= count <= _MOST_WEEKS:
        raise Wrong(f'"every {count} weeks" cannot be kept', f"write 2 to {_MOST_WEEKS}, or just the days")
    days = _weekdays(match["days"], match["days"]) if match["days"] else frozenset[int]()
    if match["since"] is None:
        if count != 2 or not days:
            hint = f"name its first day: every {count} weeks from 2026-09-07"
            raise Wrong(f'"{match[0]}" does not say from when it counts', hint)
        return EveryWeeks(2, days, FORTNIGHTS)
    since = _day(match["since"])
    if days and since.weekday() not in days:
        hint = "name a first day that is one of its days"
        raise Wrong(f"{since} is a {gregorian.day_name[since.weekday()]}", hint)
    return EveryWeeks(count, days or frozenset({since.weekday()}), since)


def _day(text: str) -> date:
    try:
        return near_day(date.fromisoformat(text))
    except Wrong:
        raise
    except ValueError:
        raise Wrong(f'"{text}" is no day', "write one such as 2026-09-07") from None


def _alternate(match: re.Match[str]) -> DayRule:
    return AlternateWeeks(_weekdays(match["days"], match["days"]), is_odd=match["which"] == "odd")


def _nth(match: re.Match[str]) -> DayRule:
    """`1st business day of the quarter`, `last friday`, `15th`."""
    nth = _ORDINALS.get(match["nth"]) or int(match["nth"][:-2])
    period, kind = _period(match["period"] or "month"), match["kind"] or "day"
    most = _most(kind)
    if not (nth == LAST or 1 <= nth <= most):
        every = f"{kind}s" if kind != "day" else "days"
        raise Wrong(f"there is no {ordinal(nth)} {kind} in every {period}", f"of {every}, write 1st to "
                    f"{ordinal(most)}, or last")  # fmt: skip
    if kind == "business day":
        return NthBusinessDay(nth, period)
    weekday = _weekday(kind)
    return NthDay(nth, period) if weekday is None else NthWeekday(nth, weekday, period)


def _most(kind: str) -> int:
    return {"day": 31, "business day": _MOST_BUSINESS_DAYS}.get(kind, _MOST_WEEKDAYS)


def _edge(match: re.Match[str]) -> DayRule:
    """`month start`, `fiscal quarter end`."""
    return NthDay(1 if match["edge"] == "start" else LAST, _period(match["period"]))


def _once_a_year(match: re.Match[str]) -> DayRule:
    name, day = match["month"] or match["month_first"], int(match["day"] or match["day_last"])
    month = month_number(name)
    if month is None:
        raise Wrong(f'"{name}" is no month', near_or(name, MONTHS, "write its name: yearly 2 january"))
    longest = gregorian.monthrange(2000, month)[1]  # a leap year
    if not 1 <= day <= longest:
        raise Wrong(f"{MONTHS[month - 1].title()} has no day {day}", f"write 1 to {longest}")
    return OnceAYear(month, day)


def _period(text: str) -> PeriodName:
    found: PeriodName = next(one for one in get_args(PeriodName) if one == text)
    return found


_NAMED: Mapping[str, Days] = {
    **dict.fromkeys(("daily", "every day"), EVERY_DAY),
    **dict.fromkeys(("weekdays", "every weekday"), MONDAY_TO_FRIDAY),
    **dict.fromkeys(("business days", "every business day", "workdays", "working days"), OnBusinessDays()),
}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": LAST}
_NTH = rf"(?P<nth>{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))"
_PERIOD = rf"(?P<period>{'|'.join(sorted(get_args(PeriodName), key=len, reverse=True))})"
_WEEKDAY = "|".join(WEEKDAYS)
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], DayRule]], ...] = (
    (
        re.compile(
            r"every (?P<weeks>\d{1,3}|other|second) weeks?"
            r"(?: (?P<days>(?!from ).+?))?(?: from (?P<since>\S+))?"
        ),
        _every_weeks,
    ),
    (re.compile(r"(?P<which>even|odd) weeks (?P<days>.+)"), _alternate),
    (re.compile(rf"{_NTH} (?P<kind>day|business day|{_WEEKDAY})(?: of (?:every )?{_PERIOD})?"), _nth),
    (re.compile(rf"(?P<nth>\d{{1,2}}(?:st|nd|rd|th))(?P<kind>)(?: of (?:every )?{_PERIOD})?"), _nth),
    (re.compile(rf"{_PERIOD} (?P<edge>start|end)"), _edge),
    (re.compile(rf"(?P<edge>start|end) of (?:every )?{_PERIOD}"), _edge),
    (
        re.compile(
            r"(?:yearly|every year|annually) (?:(?P<day>\d{1,2})(?:st|nd|rd|th)? (?:of )?(?P<month>[a-z]+)"
            r"|(?P<month_first>[a-z]+) (?P<day_last>\d{1,2})(?:st|nd|rd|th)?)"
        ),
        _once_a_year,
    ),
)
