"""What a post said and what is known now of the same day: which numbers changed, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf, isclose
from typing import Any

from bot.languages import said, said_of
from bot.reply import Block, Bold, Reply, Visibility, line, note
from bot.reports import words
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import source_name, value_words
from bot.workspace import KpiRef
from kpi.standing import Standing, Zone

LEAST = 0.01
"""Of the value that was posted: a change below it is told only where it turns something."""

MOST_LINES = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a post: the value at the close of a day, and how it was judged."""

    kpi: str  # its path
    day: date
    value: float | None
    zone: str
    met: bool | None
    printed: str
    settled: bool

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Figure:
        """From the data of a post. Raises KeyError, TypeError or ValueError where it is none."""
        day = date.fromisoformat(raw["day"])
        return cls(raw["kpi"], day, raw["value"], raw["zone"], raw["met"], raw["printed"], raw["settled"])

    @classmethod
    def of(cls, ref: KpiRef, day: date, standing: Standing) -> Figure:
        printed = said("no data") if standing.value is None else value_words(standing)
        zone, is_settled = standing.zone.value, standing.reading.settled
        return cls(ref.path, day, standing.value, zone, standing.met, printed, is_settled)

    @property
    def plain(self) -> dict[str, Any]:
        """As a post carries it."""
        return {
            "kpi": self.kpi,
            "day": self.day.isoformat(),
            "value": self.value,
            "zone": self.zone,
            "met": self.met,
            "printed": self.printed,
            "settled": self.settled,
        }


@dataclass(frozen=True, slots=True)
class Restated:
    """A number that reads otherwise by now."""

    ref: KpiRef
    before: Figure
    now: Figure
    source: str

    @property
    def has_turned(self) -> bool:
        """Whether that day is judged otherwise."""
        return bool(_turned(self.before, self.now))

    @property
    def size(self) -> float:
        """The change, by the value before."""
        if self.before.value is None or self.now.value is None:
            return inf
        change = abs(self.now.value - self.before.value)
        return change / abs(self.before.value) if self.before.value else inf

    @property
    def is_told(self) -> bool:
        return self.size >= LEAST or self.has_turned


def restated(ref: KpiRef, before: Figure, snapshot: Snapshot) -> Restated | None:
    """What became of a number; None where it is printed as it was."""
    reading = snapshot.read(ref, snapshot.moment.close_of(before.day))
    if _is_same(before.value, reading.value):
        return None
    standing = snapshot.at_close(ref, before.day)
    now = Figure.of(ref, before.day, standing)
    if now.printed == before.printed:
        return None
    close = replace(snapshot, standings={ref.path: standing})
    return Restated(ref, before, now, source_name(ref, close))


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


def correction(found: Sequence[Restated], *, smaller: int, today: date) -> Reply:
    """The message that goes into the thread of a post. `smaller`: numbers that changed too little to tell."""
    ranked = sorted(found, key=lambda one: (one.has_turned, one.size), reverse=True)
    said_first = _headline(ranked, today)
    blocks: list[Block] = [line(Bold(said_first))]
    if len(ranked) == 1:
        blocks[0] = line(Bold(said_first), *_why(ranked[0]), ".")
        rest: list[Block] = [line(text) for one in ranked if (text := _verdict(one))]
    else:
        rest = [line(_row(one, ranked, today)) for one in ranked[:MOST_LINES]]
        if len(ranked) > MOST_LINES:
            rest.append(line(said("{count} more.", count=len(ranked) - MOST_LINES)))
        rest.append(note(_reasons(ranked)))
    ending = said("Everything else changes by less than 1%.") if smaller else said("Nothing else changes.")
    blocks += [*rest, note(ending)]
    text = "" if len(ranked) != 1 else "".join([*_why(ranked[0]), ".", *_after(_verdict(ranked[0]))])
    data = {"figures": [one.now.plain for one in ranked]}
    return Reply(f"{said_first}{text} {ending}", tuple(blocks), visibility=Visibility.CHANNEL, data=data)


def _after(text: str) -> Iterator[str]:
    if text:
        yield f" {text}"


def _headline(ranked: Sequence[Restated], today: date) -> str:
    if len(ranked) == 1:
        one = ranked[0]
        return said(
            "Restated: {kpi} on {day} {before} → {now}",
            kpi=one.ref.kpi.name,
            day=words.day(one.before.day, today),
            before=one.before.printed,
            now=one.now.printed,
        )
    numbers = said_of(len(ranked), "{count} number", "{count} numbers")
    days = {one.before.day for one in ranked}
    if len(days) > 1:
        return said("Restated: {numbers}.", numbers=numbers)
    return said("Restated: {numbers} of {day}.", numbers=numbers, day=words.day(days.pop(), today))


def _why(one: Restated) -> Iterator[str]:
    """Who says so, and how it comes that it says so now: " (Plausible, late events)"."""
    why = _reason(one)
    yield f" ({one.source}, {why})" if one.source else f" ({why})"


def _reason(one: Restated) -> str:
    if one.now.value is None:
        return said("no longer known")
    return said("corrected") if one.before.settled else said("late events")


def _reasons(ranked: Sequence[Restated]) -> str:
    """Who says so, of several: "Corrected: plausible, hubspot; late events: github"."""
    found: dict[str, dict[str, None]] = {}
    for one in ranked:
        found.setdefault(_reason(one), {})[one.source] = None
    parts = [
        ": ".join(part for part in (why, ", ".join(filter(None, by))) if part) for why, by in found.items()
    ]
    told = "; ".join(parts)
    return f"{told[:1].upper()}{told[1:]}."


def _row(one: Restated, ranked: Sequence[Restated], today: date) -> str:
    """One number of several."""
    is_one_day = len({each.before.day for each in ranked}) == 1
    day = "" if is_one_day else said(" on {day}", day=words.day(one.before.day, today))
    told = f"{one.ref.kpi.name}{day} {one.before.printed} → {one.now.printed}"
    turned = _turned(one.before, one.now)
    return f"{told}: {turned}" if turned else told


def _verdict(one: Restated) -> str:
    """How that day is judged by now, where that is otherwise than it was posted."""
    turned = _turned(one.before, one.now)
    return said("That day was {verdict}.", verdict=turned) if turned else ""


def _turned(before: Figure, now: Figure) -> str:
    """ "green, not yellow"; empty where the judgement stays, or one of the two is none."""
    colours = _zone(now.zone), _zone(before.zone)
    if all(colours) and colours[0] != colours[1]:
        return said("{now}, not {before}", now=colours[0], before=colours[1])
    if None not in (before.met, now.met) and before.met != now.met:
        return said("on target") if now.met else said("short of its target")
    return ""


def _zone(zone: str) -> str:
    match zone:
        case Zone.GREEN:
            return said("green")
        case Zone.YELLOW:
            return said("yellow")
        case Zone.RED:
            return said("red")
    return ""
