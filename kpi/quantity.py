"""Targets and values as people write them: `$1M`, `<24 hours`, `55-60 stars/day`, `10x faster`, `8/10`.

A target keeps its own words beside the numbers a machine can compare; a text that is no number at all
("Continuous", "N/A") stays words and never becomes a zero.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from kpi.amount import AFTER, ASIDE, HINT, MAX_LENGTH, MULTIPLIERS, Amount, QuantityFault, read_amount, settle
from kpi.unit import KNOWN, Unit, UnitFault, counted_in, described, singular

__all__ = [
    "Better",
    "Goal",
    "Op",
    "QuantityFault",
    "parse_goal",
    "parse_value",
    "print_change",
    "print_goal",
    "print_value",
]


class Op(StrEnum):
    """How a value is held against a target."""

    AT_LEAST = ">="
    ABOVE = ">"
    AT_MOST = "<="
    BELOW = "<"
    EQUAL = "=="
    BETWEEN = "between"
    WORDS = "words"


class Better(StrEnum):
    """Which way a KPI should go."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a target asks for. `value` and `high` are in the KPI's unit, `unit` is the one the text used."""

    op: Op
    value: float | None
    high: float | None
    unit: Unit
    text: str
    scale: float | None = None  # the 10 of 8/10
    qualifier: str = ""  # what the words around the number add: "YoY", "Medium+", "reduction"


_BARE_OP = {Better.HIGHER: Op.AT_LEAST, Better.LOWER: Op.AT_MOST, Better.NONE: Op.EQUAL}
_PREFIX_OPS = {
    **dict.fromkeys((">=", "at least", "minimum", "min"), Op.AT_LEAST),
    **dict.fromkeys((">", "over", "above", "more than"), Op.ABOVE),
    **dict.fromkeys(("<=", "at most", "up to", "maximum", "max"), Op.AT_MOST),
    **dict.fromkeys(("<", "under", "below", "less than"), Op.BELOW),
    **dict.fromkeys(("==", "=", "exactly"), Op.EQUAL),
}
_PREFIX = re.compile(
    r"(?:(?:target|growing|between|from)\b:?\s*)?"
    r"(?P<op>>=|<=|==|=|>|<|(?:at least|at most|up to|more than|less than|minimum|maximum|exactly|under|over"
    r"|above|below|min|max)\b)?\s*",
    re.IGNORECASE,
)
_STARTS = frozenset("0123456789$€£¥.-+")
_SUFFIX = re.compile(
    r"(?:(?P<least>minimum|min|or more|or above)|maximum|max|or less|or fewer|or below)(?=$|[ ,;(])", re.I
)
_NO_PLUS = frozenset({Op.AT_MOST, Op.BELOW, Op.EQUAL})
_RANGE = re.compile(r"\s?(?:-|to\b|and\b)\s?(?=[0-9.$€£¥])", re.I)
_DEADLINE = re.compile(r"\bby (?:day|week|month|quarter|q|phase|stage)\s?[0-9]+\b(?: [0-9]{4}\b)?", re.I)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND_TARGET = re.compile(r"→|->|=>|(?:[,;]|\s-|\bto\b)\s*[<>=$€£¥]*\s*[0-9]")
_CODE = re.compile(r"\b(usd|eur|gbp|jpy)\s?(?=[0-9.])", re.I)
_SIGNS = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2011": "-", "\u00a0": " ", "\u202f": " "}
    | {"≥": ">=", "≤": "<="}
)


def parse_goal(text: str, *, unit: Unit, better: Better) -> Goal:
    """The goal that `text` states for a KPI in `unit`; raises QuantityFault where it states none."""
    plain, shown = _without_name(_plain(text), unit), text.strip()
    prefix = _PREFIX.match(plain)
    start = prefix.end() if prefix else 0
    if _is_words(plain, plain[start:]):
        return Goal(Op.WORDS, None, None, unit, shown)
    op = _PREFIX_OPS[prefix["op"].casefold()] if prefix and prefix["op"] else None
    low = read_amount(plain[start:], unit)
    if low is None:
        raise QuantityFault(f"{shown!r} is not a target", HINT)
    try:
        if (dash := _RANGE.match(low.rest)) is None:
            return _single(low, op, bare=_BARE_OP[better], unit=unit, text=shown)
        high = read_amount(low.rest[dash.end() :], unit)
        if high is None or op is not None or low.has_plus or high.has_plus:
            raise QuantityFault(f"{shown!r} is not a range", "write it like 3-5% or 55-60 stars/day")
        return _between(low, high, unit=unit, text=shown)
    except UnitFault as fault:
        raise QuantityFault(f"{shown!r} does not fit its KPI: {fault.message}") from None


def parse_value(text: str, unit: Unit) -> float:
    """A person's entry in `unit`: "1.2M", "$3,400", "85%", "90 min"."""
    shown, hint = text.strip(), f"write a number like {print_value(1234.0, unit)}"
    amount = read_amount(_plain(text), unit)
    if amount is None or amount.has_plus:
        raise QuantityFault(f"{shown!r} is not a value", hint)
    try:
        value, _, words = settle(amount, unit)
    except UnitFault as fault:
        raise QuantityFault(f"{shown!r} does not fit: {fault.message}", hint) from None
    if words:
        raise QuantityFault(f"{shown!r} says more than a value in {described(unit)}", hint)
    return value


def _plain(text: str) -> str:
    """`text` with one kind of dash, space and currency sign; raises where it is empty or endless."""
    if len(text) > MAX_LENGTH:
        raise QuantityFault(f"{text[:20]!r}… is too long for a quantity", f"at most {MAX_LENGTH} characters")
    plain = " ".join(text.translate(_SIGNS).split())
    if not plain:
        raise QuantityFault("nothing is written here", HINT)
    return _in_signs(plain)


def _in_signs(text: str) -> str:
    """`text` with the sign of a currency for its code."""
    return _CODE.sub(lambda code: KNOWN[code[1].casefold()].name, text)


def _without_name(plain: str, unit: Unit) -> str:
    """`NPS 50+` as `50+` for a KPI that counts NPS: a number behind its own unit is no mere word."""
    end = len(unit.name)
    is_named = unit.name[:1].isalpha() and plain[:end].casefold() == unit.name.casefold()
    rest = plain[end:].lstrip(" :")
    return rest if is_named and rest[:1] in _STARTS | frozenset("<>=") and rest[:1] else plain


def _is_words(plain: str, rest: str) -> bool:
    """Whether the text is a word, a date or a dash rather than an amount. `rest` follows its operator."""
    if not plain.strip("- ") or _DATE.match(plain):
        return True
    if not any(letter.isdigit() for letter in plain):
        return any(letter.isalpha() for letter in plain) and plain[0] not in "<>="
    return plain[0].isalpha() and rest[:1] not in _STARTS


def _single(low: Amount, op: Op | None, *, bare: Op, unit: Unit, text: str) -> Goal:
    """A goal of one number; `bare` is what a number alone asks for, where no sign and no word says it."""
    value, own, words = settle(low, unit)
    suffix = _SUFFIX.match(after := words.lstrip(" ,;"))
    said = [op] if op else []
    if low.has_plus:
        said.append(Op.AT_LEAST)
    if suffix is not None:
        said.append(Op.AT_LEAST if suffix["least"] else Op.AT_MOST)
        words = after[suffix.end() :]
    if len({one in _NO_PLUS for one in said}) > 1:
        raise QuantityFault(f"{text!r} says both at most and at least", "keep one of them")
    scale, qualifier = _full_score(own, unit), _qualifier(words, text)
    return Goal((*said, bare)[0], value, None, own, text, scale=scale, qualifier=qualifier)


def _between(low: Amount, high: Amount, *, unit: Unit, text: str) -> Goal:
    """A range; its low end borrows the unit, and the multiplier where that makes sense, of its high end."""
    number = low.number
    if high.multiplier and not low.multiplier and number < high.number / MULTIPLIERS[high.multiplier]:
        number *= MULTIPLIERS[high.multiplier]
    top, own, words = settle(high, unit)
    bottom, _, _ = settle(replace(low, number=number, unit=low.unit or own, rest=""), unit)
    if bottom > top:
        raise QuantityFault(f"{text!r} runs backwards", "write the smaller number first")
    scale = _full_score(own, unit)
    return Goal(Op.BETWEEN, bottom, top, own, text, scale=scale, qualifier=_qualifier(words, text))


def _full_score(own: Unit, unit: Unit) -> float | None:
    """The 10 of 8/10, in the KPI's unit where that is a score as well."""
    score = unit if unit.kind == "score" else own
    return float(1 / score.scale) if score.kind == "score" else None


def _qualifier(words: str, text: str) -> str:
    """What the words add; a deadline is said by the horizon already. Raises at a second target."""
    words = _in_signs(" ".join(_DEADLINE.sub(" ", words).split()))
    if _SECOND_TARGET.search(ASIDE.sub("", words)):
        raise QuantityFault(f"{text!r} holds more than one target", "give each KPI and each stage its own")
    return words.strip(" ,;")


def print_value(value: float, unit: Unit, *, against: float | None = None) -> str:
    """`value` rounded for reading, but never onto or across `against`: 79.96 % is not 80 %."""
    if not math.isfinite(value):
        return "no number"
    return _with_unit(_rounded(value, unit, against), unit)


def print_change(delta: float, unit: Unit) -> str:
    """A difference with its sign: "+38", "+$1,200", "−1.5 points"."""
    if not math.isfinite(delta):
        return "no number"
    if delta == 0:
        return "±0"
    digits = _rounded(delta, unit, 0.0)
    divisor = "/" + unit.name.partition("/")[2] if unit.divisor else ""
    if unit.name.startswith("%"):
        shown = digits + (" point" if digits.strip(_MINUS) == "1" else " points") + divisor
    elif unit.kind in ("count", "score") or unit.name == ":1":
        shown = digits + divisor
    else:
        shown = _with_unit(digits, unit)
    return shown if shown.startswith(_MINUS) else "+" + shown


def print_goal(goal: Goal, unit: Unit) -> str:
    """The goal in the KPI's unit, exactly: "≥ 1,000 developers", "55–60 stars/day"; words as written."""
    if goal.value is None:
        return goal.text
    shown = _with_unit(_exact(goal.value, unit), unit)
    if goal.high is not None:
        shown = _range(goal.value, goal.high, unit)
    words = goal.qualifier
    is_counted = unit.kind == "count" and not unit.is_bare and not words.startswith("/")
    if words and not words.startswith("(") and (is_counted or _runs_into(shown, words, unit)):
        words = f"({words})"
    space = "" if words.startswith("/") or not words else " "
    return _OP_SIGNS[goal.op] + shown + space + words


def _runs_into(shown: str, words: str, unit: Unit) -> bool:
    """Whether `words` behind what is shown would be read as part of it: the million of $0.1."""
    if words.startswith("/"):
        period = AFTER.match(words)
        return period is None or _says_more(words[period.end() :])
    end = shown.rpartition("–")[2].translate(_SIGNS)  # of a range its high end
    alone, together = read_amount(end, unit), read_amount(f"{end} {words}", unit)
    if alone is None or together is None or replace(alone, rest="") != replace(together, rest=""):
        return True
    return _says_more(words)


def _says_more(words: str) -> bool:
    """Whether `words` begin like the high end of a range, or with "or more"."""
    return bool(_RANGE.match(words) or _SUFFIX.match(words.lstrip(" ,;")))


def _range(low: float, high: float, unit: Unit) -> str:
    """Both ends; an M of the high one alone would be read as one of the low end too."""
    start, end = _exact(low, unit), _exact(high, unit)
    if end[-1].isalpha() and not start[-1].isalpha():
        end = f"{Decimal(repr(high)).normalize():,f}"
    first = _with_unit(start, counted_in(unit)) if unit.kind == "money" else start
    return f"{first}–{_with_unit(end, unit)}"


_MINUS = "\u2212"
_OP_SIGNS = {
    Op.AT_LEAST: "≥ ",
    Op.ABOVE: "> ",
    Op.AT_MOST: "≤ ",
    Op.BELOW: "< ",
    Op.EQUAL: "= ",
    Op.BETWEEN: "",
}
_PLAIN_RANGE = (Decimal("1e-6"), Decimal("1e15"))  # outside of it digits in a row tell nobody anything


def _rounded(value: float, unit: Unit, against: float | None) -> str:
    exact = Decimal(repr(float(value)))
    limit = None if against is None or not math.isfinite(against) else Decimal(repr(float(against)))
    if not _PLAIN_RANGE[0] <= abs(exact) < _PLAIN_RANGE[1]:
        few = Decimal(f"{exact:.3g}")
        is_apart = limit is None or few.compare(limit) == exact.compare(limit)
        return _exact(float(few) if is_apart else value, unit)
    places = _places(exact, unit)
    shown = round(exact, places)
    while shown != exact and limit is not None and shown.compare(limit) != exact.compare(limit):
        places += 1
        shown = round(exact, places)
    return _grouped(shown, unit, cents=unit.kind == "money")


def _places(value: Decimal, unit: Unit) -> int:
    """How many decimals a reader wants of `value`."""
    size = abs(value)
    if value == value.to_integral_value() or size >= 1000:
        return 0
    places = 1 if size >= 10 else 2 - size.adjusted() if size < 1 else 2
    if unit.kind == "money":
        places = max(places, 2)
    gap = abs(100 - size)
    if unit.name == "%" and gap < 1:  # 99.95 % and 99.99 % are worlds apart
        places = max(places, 1 - gap.adjusted())
    return places


def _exact(value: float, unit: Unit) -> str:
    """Every digit of `value`."""
    exact = Decimal(repr(float(value)))
    if exact and not _PLAIN_RANGE[0] <= abs(exact) < _PLAIN_RANGE[1]:
        return repr(float(value)).replace("-", _MINUS, 1) if value < 0 else repr(float(value))
    return _grouped(exact, unit)


def _grouped(number: Decimal, unit: Unit, *, cents: bool = False) -> str:
    """Digits in groups of three, without idle zeros; from a million on with M, B or T where that is exact."""
    sign = _MINUS if number < 0 else ""
    size = abs(number)
    for letter, worth in (("T", 10**12), ("B", 10**9), ("M", 10**6)):
        if unit.kind in ("count", "money") and size >= worth and size * 100 % worth == 0:
            return f"{sign}{(size / worth).normalize():f}{letter}"
    digits = f"{size:,f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    if cents and "." in digits and len(digits.partition(".")[2]) == 1:
        digits += "0"
    return sign + digits


def _with_unit(digits: str, unit: Unit) -> str:
    sign, digits = (_MINUS, digits[1:]) if digits.startswith(_MINUS) else ("", digits)
    name = unit.name
    if unit.kind == "money":
        return f"{sign}{name[0]}{digits}{name[1:]}"
    if unit.kind in ("multiple", "score") or name.startswith(("%", "/")):
        return f"{sign}{digits}{name}"
    if not name or name == "ratio":
        return sign + digits
    return f"{sign}{digits} {singular(name) if digits == '1' else name}"
