"""Why there is no number, in the language in force: `kpi` gives its reasons in English sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from bot import languages
from bot.languages import said, said_of

_DAY = r"\d{1,2} [A-Z][a-z]{2}(?: \d{4})?"
_LEAP = 2000
"""Any day of a month is in the calendar of this year."""


def reason_words(reason: str) -> str:
    """A reason of `kpi`, part by part; what is not one of its usual sentences stays as it is."""
    if languages.spoken() == languages.ENGLISH:
        return reason
    return "; ".join(_part(one) for one in reason.split("; "))


def _part(text: str) -> str:
    for pattern, told in _SENTENCES:
        if (match := pattern.fullmatch(text)) is not None:
            return told(match)
    return text


def _day(text: str) -> str:
    """ "14 Jul", "3 Nov 2025"."""
    has_year = text[-4:].isdigit()
    value = datetime.strptime(text if has_year else f"{text} {_LEAP}", "%d %b %Y").date()  # noqa: DTZ007
    return languages.day(value, year=has_year)


def _missing(match: re.Match[str]) -> str:
    which = ", ".join(map(_day, re.findall(_DAY, match["which"])))
    if match["more"]:
        which = said("{names} and {count} more", names=which, count=int(match["more"]))
    told = said(
        "{missing} of {days} days missing: {which}", missing=match["missing"], days=match["days"], which=which
    )
    return said("{reason} (the window before)", reason=told) if match["before"] else told


def _no_sample(match: re.Match[str]) -> str:
    series = match["series"]
    if match["count"]:
        return said_of(
            int(match["count"]),
            "no sample of {series} in {count} day",
            "no sample of {series} in {count} days",
            series=series,
        )
    if match["when"] == "at all":
        return said("no sample of {series} at all", series=series)
    if match["when"] == "this month":
        return said("no sample of {series} this month", series=series)
    return said("no sample of {series} this quarter", series=series)


def _none_over(match: re.Match[str]) -> str:
    match match["which"]:
        case "this month":
            return said("no day of this month is over yet")
        case "this quarter":
            return said("no day of this quarter is over yet")
    return said("no day of these samples is over yet")


def _unripe(match: re.Match[str]) -> str:
    needs = said_of(int(match["count"]), "it needs {count} day", "it needs {count} days")
    return said("its first cohort is complete on {day}: {needs}", day=_day(match["day"]), needs=needs)


def _too_old(match: re.Match[str]) -> str:
    return said(
        "{series} has no reading right before {day}, the last is of {last}",
        series=match[1],
        day=_day(match[2]),
        last=_day(match[3]),
    )


def _same_days(match: re.Match[str]) -> str:
    return said("{one} and {other} are not counted over the same closed days", one=match[1], other=match[2])


def _rates(match: re.Match[str]) -> str:
    return said("{missing} of {rates} rates without a number", missing=match[1], rates=match[2])


_SENTENCES: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern), told)
    for pattern, told in (
        (r"(.+) was never measured", lambda match: said("{series} was never measured", series=match[1])),
        (r"no series of (.+)", lambda match: said("no series of {series}", series=match[1])),
        (
            r"(?P<missing>\d+) of (?P<days>\d+) days missing: (?P<which>.+?)(?: and (?P<more>\d+) more)?"
            r"(?P<before> \(the window before\))?",
            _missing,
        ),
        (
            r"no sample of (?P<series>.+) "
            r"(?:in (?P<count>\d+) days?|(?P<when>at all|this month|this quarter))",
            _no_sample,
        ),
        (
            rf"the newest before is of ({_DAY})",
            lambda match: said("the newest before is of {day}", day=_day(match[1])),
        ),
        (r"no day of (?P<which>this month|this quarter|these samples) is over yet", _none_over),
        (
            r"(.+) was not measured before today",
            lambda match: said("{series} was not measured before today", series=match[1]),
        ),
        (
            r"no amount of (.+) begins in these days",
            lambda match: said("no amount of {series} begins in these days", series=match[1]),
        ),
        (
            r"no day has a reading of every series of (.+)",
            lambda match: said("no day has a reading of every series of {series}", series=match[1]),
        ),
        (rf"(.+) has no reading right before ({_DAY}), the last is of ({_DAY})", _too_old),
        (
            rf"(.+) has no reading before ({_DAY})",
            lambda match: said("{series} has no reading before {day}", series=match[1], day=_day(match[2])),
        ),
        (
            rf"its first cohort is complete on (?P<day>{_DAY}): it needs (?P<count>\d+) days?",
            _unripe,
        ),
        (
            r"it needs (\d+) days? of data",
            lambda match: said_of(
                int(match[1]), "it needs {count} day of data", "it needs {count} days of data"
            ),
        ),
        (rf"first on ({_DAY})", lambda match: said("first on {day}", day=_day(match[1]))),
        (r"divided by zero: (.+)", lambda match: said("divided by zero: {what}", what=match[1])),
        (r"(.+) and (.+) are not counted over the same closed days", _same_days),
        (
            r"(.+): nobody came in, so there is no rate",
            lambda match: said("{kpi}: nobody came in", kpi=match[1]),
        ),
        (r"the rate is too large a number", lambda _: said("the rate is too large a number")),
        (
            r"no KPI states this rate, and not both steps are counted",
            lambda _: said("no KPI states this rate, and not both steps are counted"),
        ),
        (r"(\d+) of (\d+) rates (?:has|have) no number", _rates),
        (r"(.+) has no number", lambda match: said("{kpi} has no number", kpi=match[1])),
        (r"it counts (.+), not percent", lambda match: said("it counts {unit}, not percent", unit=match[1])),
        (r"not shown here", lambda _: said("not shown here")),
        (r"not measured", lambda _: said("not measured")),
        # The KPI of a step before a reason of its own: the last, for others have a colon too.
        (r"([^:]+): (.+)", lambda match: f"{match[1]}: {_part(match[2])}"),
    )
]
