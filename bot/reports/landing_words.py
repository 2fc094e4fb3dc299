"""Where a KPI lands and when a gate opens, in words. No figure is finer than its forecast deserves."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.languages import figure, said, said_of
from bot.reports import words
from bot.reports.figures import print_change, print_value
from bot.reports.standing_words import goal_words, spoken_unit
from kpi.framework import Kpi
from kpi.gate_outlook import Outlook
from kpi.horizon import TargetInForce
from kpi.landing import Landing, NoLanding
from kpi.standing import Standing
from kpi.unit import Unit

_EVEN = 0.25  # by how much of its half an interval may be lopsided and still be told as ±
_DAY_NUMBER = re.compile(r"Day (\d+)")


@dataclass(frozen=True, slots=True)
class Printed:
    """A landing as it is printed: the value with its unit, the interval of 80 %, and half of that."""

    value: str
    low: str
    high: str
    half: str
    is_even: bool

    @property
    def whole(self) -> str:
        """Value and interval: "4,180 ± 310 stars", or "4,180 stars (3,900–4,950)" where lopsided."""
        if self.low == self.high:
            return self.value
        if not self.is_even:
            return f"{self.value} ({self.low}–{self.high})"
        number, space, unit = self.value.partition(" ")
        return f"{number} ± {self.half}{space}{unit}"


def printed(found: Landing, kpi: Kpi) -> Printed:
    """The landing in the KPI's unit, to the second digit of the doubt."""
    half = (found.high80 - found.low80) / 2
    digits = _digits(half, found.value, kpi.unit)
    unit = spoken_unit(kpi)
    numbers = (round(one, digits) for one in (found.value, found.low80, found.high80))
    value, low, high = (print_value(one, unit) for one in numbers)
    doubt = print_change(round(half, digits), kpi.unit).lstrip("+±")
    above, below = found.high80 - found.value, found.value - found.low80
    return Printed(
        value=value,
        low=_alone(low).removesuffix("%") if low != high else _alone(low),
        high=_alone(high),
        half=doubt if doubt.endswith(("point", "points")) else _alone(doubt),
        is_even=half > 0 and abs(above - below) <= 2 * _EVEN * half,
    )


def _alone(text: str) -> str:
    """A number without the unit behind it, which stands with the first of several numbers."""
    return text.partition(" ")[0]


def _digits(half: float, value: float, unit: Unit) -> int:
    """How many decimals, or tens where negative, are worth saying."""
    size = half or abs(value) / 100
    digits = 1 - math.floor(math.log10(size)) if size > 0 else 0
    is_whole = unit.kind == "count" and max(abs(value), half) >= 10
    return min(digits, 0) if is_whole else digits


def chance_words(chance: float) -> str:
    """A chance in percent, never as a certainty: "9%", "under 1%", "over 99%"."""
    if chance < 0.01:
        return said("under {percent}", percent=_percent(1))
    if chance > 0.99:
        return said("over {percent}", percent=_percent(99))
    return _percent(round(chance * 100))


def _percent(whole: int) -> str:
    return f"{figure(str(whole))}%"


def landing_lines(standing: Standing, found: Landing | NoLanding | None, today: date) -> Iterator[str]:
    """Where the KPI lands, how surely that meets its target, and when it does."""
    target = standing.target
    if found is None or target is None or standing.value is None:
        return
    if isinstance(found, NoLanding):
        if told := why_none(found):
            yield told
        return
    landed = said(
        "Landing {landing} {when}",
        landing=printed(found, standing.kpi).whole,
        when=_when(found, target, today),
    )
    told = likely(found, standing, target)
    yield f"{landed}; {told}." if told else f"{landed}."
    if standing.met is False and found.met_on is not None and (found.chance or 0) < 1:
        yield said("Rather met than not from {day}.", day=words.day(found.met_on, today))


def _when(found: Landing, target: TargetInForce, today: date) -> str:
    numbered = _DAY_NUMBER.fullmatch(target.title)
    if numbered is not None:
        return said("on day {number}", number=figure(numbered[1]))
    return said("on {day}", day=words.day(found.deadline, today))


def likely(found: Landing, standing: Standing, target: TargetInForce) -> str:
    """The chance of the target: "9% chance of 5,000"; empty where no number meets it."""
    goal = goal_words(target.goal, standing.kpi).removeprefix("≥ ")
    if found.chance is None:
        return ""
    if found.chance == 1:
        return said("{goal} is reached for good", goal=goal)
    if found.chance == 0:
        return said("{goal} is out of reach", goal=goal)
    return said("{chance} chance of {goal}", chance=chance_words(found.chance), goal=goal)


def why_none(found: NoLanding) -> str:
    """Why there is no landing; empty where the missing number itself says it."""
    match found.why:
        case "few days":
            return said(
                "No landing yet: {have} of {need} closed days measured.", have=found.have, need=found.need
            )
        case "few entries":
            return said("No landing yet: {have} of {need} readings made.", have=found.have, need=found.need)
        case "silent":
            return said_of(
                found.have,
                "No landing: nothing was measured for {count} day.",
                "No landing: nothing was measured for {count} days.",
            )
        case "far":
            return said("No landing: its deadline is more than two years ahead.")
    return ""


def outlook_lines(found: Outlook | None, today: date) -> Iterator[str]:
    """From when on a gate could hold, and how likely it does when its phase ends."""
    if found is None:
        return
    if found.holds_from is not None and found.chance is not None:
        day, chance = words.day(found.holds_from, today), chance_words(found.chance)
        yield said("Could hold from {day}: {chance}.", day=day, chance=chance)
    if found.by is None or found.chance_by is None or found.by == found.holds_from:
        return
    day = words.day(found.by, today)
    if found.chance_by in (0, 1):
        chance = said("certain") if found.chance_by else said("out of reach")
    else:
        chance = chance_words(found.chance_by)
    yield said("Chance to hold on {day}, the end of its phase: {chance}.", day=day, chance=chance)


def outlook_print(found: Outlook | None) -> str:
    """The small print of the chances of a gate."""
    if found is None or (found.holds_from is None and found.by is None):
        return ""
    told = said("Chances take the KPIs as independent of each other")
    if not found.steady:
        return told
    steady = said_of(
        found.steady,
        "{count} has too short a history and stays as it is",
        "{count} have too short a history and stay as they are",
    )
    return f"{told}; {steady}"
