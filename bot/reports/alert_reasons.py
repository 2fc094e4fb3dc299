"""Why a number is told as unusual, in the language in force: `kpi.anomaly` gives its reasons in English."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot import languages
from bot.languages import figure, said

_MONDAY = date(2026, 1, 5)


def unusual_words(reason: str) -> str:
    """The reason without the range that stands beside it; what is not one of its sentences stays as it is."""
    text = reason.partition("; expected")[0].strip()
    for pattern, told in _SENTENCES:
        if (match := pattern.fullmatch(text)) is not None:
            return told(match)
    return text


def _of_points(match: re.Match[str]) -> str:
    count = figure(match["count"])
    if match["side"] == "highest":
        return said("Highest of {count} points", count=count)
    return said("Lowest of {count} points", count=count)


def _of_weeks(match: re.Match[str]) -> str:
    number = list(calendar.day_name).index(match["day"])
    slots = {"day": languages.weekday(_MONDAY + timedelta(number)), "count": figure(match["count"])}
    if match["side"] == "highest":
        return said("Highest {day} in {count} weeks", **slots)
    return said("Lowest {day} in {count} weeks", **slots)


def _off(match: re.Match[str]) -> str:
    return said("Higher than usual") if match["side"] == "higher" else said("Lower than usual")


def _shifted(match: re.Match[str]) -> str:
    if match["side"] == "up":
        return said("It has moved up and stays there")
    return said("It has moved down and stays there")


def _unrest(_match: re.Match[str]) -> str:
    return said("It swings wider than usual")


def _still(match: re.Match[str]) -> str:
    return said("It has not moved for {count} points", count=figure(match["count"]))


_SENTENCES: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern), told)
    for pattern, told in (
        (r"(?P<side>highest|lowest) of (?P<count>[\d,]+) points", _of_points),
        (
            rf"(?P<side>highest|lowest) (?P<day>{'|'.join(calendar.day_name)}) in (?P<count>[\d,]+) weeks",
            _of_weeks,
        ),
        (r"(?P<side>higher|lower) than usual", _off),
        (r"has moved (?P<side>up|down) and stays there", _shifted),
        (r"swings wider than usual", _unrest),
        (r"has not moved for (?P<count>[\d,]+) points", _still),
    )
]
