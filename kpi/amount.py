"""Amounts as people write them, `$1.2M`, `8/10`, `4.5:1`, `500ms`: the number and what is said of it.

Numbers go through Decimal, so `$0.0001` and `99.95` become the nearest float and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kpi.unit import CURRENCIES, KNOWN, Unit, counted_in, factor, per, scaled, singular, unit

MAX_LENGTH = 300
HINT = "write it like 5,000, 50K+, <24 hours, 3-5%, 8/10 or $1M"
ASIDE = re.compile(r"\([^()]*\)")


class QuantityFault(ValueError):
    """A text that should state a quantity does not; `hint` says how to write one."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Amount:
    """One number of a text, with its multiplier applied, and what surrounds it."""

    number: Decimal
    unit: Unit | None  # None: the text names none, or only a word to count
    multiplier: str  # the K of 50K, which the low end of a range shares
    has_plus: bool
    rest: str  # what follows, unread


MULTIPLIERS = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "million": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "t": 10**12,
    "trillion": 10**12,
}
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s?(?P<currency>[{CURRENCIES}]?)\s?(?P<inner>[-+]?)"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?P<exponent>e[-+]?[0-9]{1,3})?"
    r"(?![0-9]|[.,][0-9])"
    r"(?:\s?(?P<multiplier>k|m|b|t|mn|bn|thousand|million|billion|trillion)(?![a-zµ0-9]))?",
    re.IGNORECASE,
)
_SCORE = re.compile(r"\s?/\s?([0-9]{1,6}(?:\.[0-9]{1,3})?)(?![0-9]|[.,][0-9])")
_TO_ONE = re.compile(r":\s?1(?![0-9]|[.,][0-9])")
_SIGN_UNIT = re.compile(r"\s?(%|[x×](?![a-z0-9])|[" + CURRENCIES + "])", re.IGNORECASE)
_WORD_UNIT = re.compile(r"\s?([a-zµ]+|µs)(?![a-z0-9])", re.IGNORECASE)
_PER = re.compile(r"(?:\s?/\s?|\s+per\s+)([a-z]+)(?![a-z])", re.IGNORECASE)

_PERIOD = re.compile(r"(?:\s?/\s?|(?:^|\s)per\s)([a-z]+)(?![a-z])", re.I)
AFTER = re.compile(r"$|[ (]|[,;] |(?:/[a-z]+)+(?=$|[ (]|[,;] )", re.I)


def read_amount(text: str, like: Unit) -> Amount | None:
    """The amount at the start of `text`; None where it starts with no number.

    `like` settles what a lone letter means: the m of 5m is minutes for a duration, else millions.
    """
    match = _NUMBER.match(text)
    if match is None or (match["sign"] and match["inner"]):
        return None
    end = match.end()
    multiplier = (match["multiplier"] or "").casefold()
    if (
        multiplier
        and match["multiplier"] != "M"
        and multiplier in KNOWN
        and KNOWN[multiplier].dimension == like.numerator
    ):
        multiplier, end = "", match.start("multiplier")
    digits = match["sign"] + match["inner"] + match["digits"].replace(",", "") + (match["exponent"] or "")
    number = Decimal(digits) * MULTIPLIERS.get(multiplier, 1)
    rest, has_plus = _plus(text[end:])
    found, rest = _unit_after(rest, match["currency"])
    if not has_plus:
        rest, has_plus = _plus(rest)
    return Amount(number, found, multiplier, has_plus, rest)


def _plus(rest: str) -> tuple[str, bool]:
    """`rest` without the + that means "or more", and whether it was there."""
    return (rest[1:], True) if rest.startswith("+") else (rest, False)


def _unit_after(rest: str, currency: str) -> tuple[Unit | None, str]:
    """The unit at the start of `rest`, if any, and what is left of it."""
    if currency:
        return _divided(unit(currency), rest)
    if (score := _SCORE.match(rest)) is not None and Decimal(score[1]):
        return unit("/" + score[1]), rest[score.end() :]
    if (to_one := _TO_ONE.match(rest)) is not None:
        return unit(":1"), rest[to_one.end() :]
    if (sign := _SIGN_UNIT.match(rest)) is not None:
        return _divided(unit(sign[1]), rest[sign.end() :])
    if (word := _WORD_UNIT.match(rest)) is not None:
        known = KNOWN.get(word[1].casefold())
        if known is not None and known.kind != "count":
            return _divided(known, rest[word.end() :])
    return None, rest


def _divided(found: Unit, rest: str) -> tuple[Unit, str]:
    """`found` with the divisor that `rest` starts with, if it does."""
    match = _PER.match(rest)
    if match is None:
        return found, rest
    return per(found, match[1]), rest[match.end() :]


def settle(amount: Amount, unit: Unit) -> tuple[float, Unit, str]:
    """`amount` as a value in `unit`, the unit its text used, and the words that remain."""
    own, words = amount.unit, amount.rest
    if own is None:
        own, words = _counted(words, unit)
    elif own.is_rate and not unit.is_rate:
        # "$20/month" for a KPI whose measure covers a month already: the period stays in the words.
        own, words = counted_in(own), f"/{own.name.partition('/')[2]}{words}"
    if not AFTER.match(words):
        raise QuantityFault(f"{words[:20]!r} cannot follow {amount.number:f}", HINT)
    if unit.is_rate and not own.is_rate:
        own = Unit(unit.name, f"{own.numerator}/time", own.scale * unit.scale / counted_in(unit).scale)
    times = Fraction(1) if {own.kind, unit.kind} == {"score", "count"} else factor(own, unit)
    return scaled(amount.number, times), own, words.strip()


def _counted(words: str, unit: Unit) -> tuple[Unit, str]:
    """The unit of a number that names none: the KPI's own, or its own over another period of time."""
    if (rest := _after_name(words, unit)) is not None:
        return unit, rest
    if not unit.is_rate:
        return unit, words
    counted = counted_in(unit)
    period = _PERIOD.search(ASIDE.sub("", words))
    time = KNOWN.get(period[1].casefold()) if period else None
    if period is None or time is None or time.dimension != "time":
        return unit, words
    words = words.replace(period[0], " ", 1)
    rest = _after_name(words, counted)
    return per(counted, period[1]), words if rest is None else rest


def _after_name(words: str, unit: Unit) -> str | None:
    """What follows the name of `unit` at the start of `words`, in the plural or the singular."""
    plain = words.strip()
    divisor = unit.name.partition("/")[2] if unit.divisor else ""
    for name in (unit.name, singular(unit.name), divisor and f"/{divisor}", divisor and f"per {divisor}"):
        end = len(name)
        if name and plain[:end].casefold() == name.casefold() and not plain[end : end + 1].isalnum():
            return plain[end:]
    return None
