"""Units: what a number counts, how one unit becomes another, and which of them cannot be mixed.

Scales are exact fractions, so a target written in minutes and a value measured in milliseconds
compare without a rounding step in between.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

MAX_UNIT_LENGTH = 80
_MONTH = Fraction(2_629_746)  # a twelfth of the mean Gregorian year, in seconds


BASE_NAME = "base"
"""The unit of a metric whose samples measure what their own query says, each in the base of its dimension."""


class UnitFault(ValueError):
    """Two units that measure different things were mixed, or a unit cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Unit:
    """`name` is the unit as printed; one of it is `scale` of its dimension's base.

    Dimensions are `time` (seconds), `bytes`, `ratio` (of one), `money`, `multiple`, `score` (of the full
    score) and `count:<word>`; a rate carries its divisor behind a slash: `count:stars/time`.
    """

    name: str
    dimension: str
    scale: Fraction

    @property
    def kind(self) -> str:
        """The dimension without the counted word and without the divisor."""
        return self.numerator.partition(":")[0]

    @property
    def numerator(self) -> str:
        """The dimension without the divisor."""
        return self.dimension.partition("/")[0]

    @property
    def divisor(self) -> str:
        """What a rate is taken over: `time`, a word, or nothing."""
        return self.dimension.partition("/")[2]

    @property
    def is_rate(self) -> bool:
        """Whether it is an amount per stretch of time."""
        return self.divisor == "time"

    @property
    def is_bare(self) -> bool:
        """Whether it is a plain number that names nothing."""
        return self.numerator == "count:"


def _table() -> dict[str, Unit]:
    rows: list[tuple[str, str, Fraction, str]] = [
        ("µs", "time", Fraction(1, 1_000_000), "us microsecond microseconds"),
        ("ms", "time", Fraction(1, 1000), "msec millis millisecond milliseconds"),
        ("seconds", "time", Fraction(1), "s sec secs second"),
        ("min", "time", Fraction(60), "m mins minute minutes"),
        ("hours", "time", Fraction(3600), "h hr hrs hour"),
        ("days", "time", Fraction(86_400), "d day"),
        ("weeks", "time", Fraction(604_800), "w wk wks week"),
        ("months", "time", _MONTH, "mo month"),
        ("quarters", "time", 3 * _MONTH, "quarter"),
        ("years", "time", 12 * _MONTH, "y yr yrs year"),
        ("bytes", "bytes", Fraction(1), "b byte"),
        ("KB", "bytes", Fraction(10**3), "kilobyte kilobytes"),
        ("MB", "bytes", Fraction(10**6), "megabyte megabytes"),
        ("GB", "bytes", Fraction(10**9), "gigabyte gigabytes"),
        ("TB", "bytes", Fraction(10**12), "terabyte terabytes"),
        ("KiB", "bytes", Fraction(2**10), "kibibyte kibibytes"),
        ("MiB", "bytes", Fraction(2**20), "mebibyte mebibytes"),
        ("GiB", "bytes", Fraction(2**30), "gibibyte gibibytes"),
        ("%", "ratio", Fraction(1, 100), "percent pct percentage pp"),
        ("ratio", "ratio", Fraction(1), "fraction ratios"),
        ("$", "money", Fraction(1), "usd us$ dollar dollars"),
        ("€", "money", Fraction(1), "eur euro euros"),
        ("£", "money", Fraction(1), "gbp"),
        ("¥", "money", Fraction(1), "jpy yen"),
        ("x", "multiple", Fraction(1), "× times multiple"),
        (":1", "multiple", Fraction(1), "to-1"),
        ("", "count:", Fraction(1), "count number numbers 1"),
    ]
    known: dict[str, Unit] = {}
    for name, dimension, scale, synonyms in rows:
        for spelling in (name.casefold(), *synonyms.split()):
            known[spelling.casefold()] = Unit(name, dimension, scale)
    return known


KNOWN = _table()
"""Every spelling of a unit that is more than a counted word, in lower case."""

BARE = KNOWN[""]
PERCENT = KNOWN["%"]
RATIO = KNOWN["ratio"]
CURRENCIES = "$€£¥"

_SCORE = re.compile(r"(?:/\s?|per )([0-9]{1,6}(?:\.[0-9]{1,3})?)", re.IGNORECASE)
_PER = re.compile(r"\s*/\s*|\s+per\s+|^per\s+", re.IGNORECASE)


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """The unit that `text` names; a word nobody knows is a thing to count."""
    spelling = " ".join(text.split())
    _refuse_long(spelling)
    if (known := KNOWN.get(spelling.casefold())) is not None:
        return known
    if (score := _SCORE.fullmatch(spelling)) is not None and Fraction(score[1]) > 0:
        return Unit("/" + score[1], "score", 1 / Fraction(score[1]))
    parts = _PER.split(spelling, maxsplit=1)
    if len(parts) == 2 and parts[1]:
        found = per(unit(parts[0]), parts[1])
        _refuse_long(found.name)  # h is told as hours
        return found if found.name == spelling else unit(found.name)  # 1/10 is told as /10, a score
    return Unit(spelling, "count:" + spelling.casefold().replace("/", " "), Fraction(1))


def _refuse_long(name: str) -> None:
    """Raise where what is counted, or what it is divided by, is no name any more."""
    if max(map(len, name.partition("/"))) > MAX_UNIT_LENGTH:
        raise UnitFault(f"the unit {name[:20]!r}… is too long: at most {MAX_UNIT_LENGTH} characters")


def per(counted: Unit, divisor: str) -> Unit:
    """`counted` for each `divisor`: a stretch of time, or any word."""
    over = KNOWN.get(divisor.casefold())
    if over is not None and over.dimension == "time":
        name = f"{counted.name}/{singular(over.name)}"
        return Unit(name, f"{counted.numerator}/time", counted.scale / over.scale)
    word = divisor.casefold().replace("/", " ")
    return Unit(f"{counted.name}/{divisor}", f"{counted.numerator}/{word}", counted.scale)


def counted_in(rate: Unit) -> Unit:
    """What a rate counts: `stars` of `stars/day`; any other unit is itself."""
    return unit(rate.name.partition("/")[0]) if rate.divisor else rate


_IRREGULAR = {"people": "person", "min": "min", "ms": "ms", "µs": "µs"}
_ES = ("ches", "shes", "sses", "xes")
_NO_PLURAL = ("ss", "us", "is")


@lru_cache(maxsize=4096)
def singular(name: str) -> str:
    """The name of one of them: `star` of `stars`, `entry` of `entries`; short names in capitals stay."""
    counted, slash, divisor = name.partition("/")
    head, space, word = counted.rpartition(" ")
    if word.casefold() in _IRREGULAR:
        word = _IRREGULAR[word.casefold()]
    elif word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(_ES):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(_NO_PLURAL) and not word.isupper() and len(word) > 2:
        word = word[:-1]
    return head + space + word + slash + divisor


def factor(source: Unit, target: Unit) -> Fraction:
    """How many of `target` one `source` is; raises UnitFault where they measure different things.

    Counted words never conflict with each other: they say what was counted, not how.
    """
    rates = (source.is_rate, target.is_rate)
    if rates[0] == rates[1] and (found := _factor(source, target)) is not None:
        return found
    raise UnitFault(f"{described(source)} cannot be turned into {described(target)}")


def _factor(source: Unit, target: Unit) -> Fraction | None:
    kinds = {source.kind, target.kind}
    if kinds == {"money"} and source.name[:1] != target.name[:1]:
        return None
    if len(kinds) == 1 or kinds == {"ratio", "multiple"}:
        return source.scale / target.scale
    counted, other = (source, target) if source.kind == "count" else (target, source)
    if counted.is_bare and not source.is_rate and other.kind in ("multiple", "score"):
        return Fraction(1)
    # A count divided by a count is a plain ratio, whatever the quotient is called: pages per session.
    if kinds == {"count", "ratio"} and other.name == RATIO.name:
        return source.scale / target.scale
    return None


def are_comparable(source: Unit, target: Unit) -> bool:
    """Whether a value in `source` can be told in `target`."""
    return source.is_rate == target.is_rate and _factor(source, target) is not None


def convert(value: float, source: Unit, target: Unit) -> float:
    """`value` of `source` in `target`, as the nearest float to the exact answer."""
    times = factor(source, target)
    if times == 1 or not math.isfinite(value):
        return value
    return scaled(Decimal(repr(float(value))), times)


def scaled(number: Decimal, times: Fraction) -> float:
    """`number` times `times`, rounded once."""
    try:
        return float(Fraction(number) * times)
    except OverflowError:
        raise UnitFault("the number is too large for its unit") from None


def described(one: Unit) -> str:
    """The unit as a fault names it."""
    return f"“{one.name}”" if one.name else "a plain number"


def base_of(counted: Unit) -> Unit:
    """One of the base of what `counted` counts: a second for hours, one for a percentage. Money has no base:
    an amount stays in its currency."""
    return counted if counted.kind == "money" else Unit(BASE_NAME, counted.dimension, Fraction(1))
