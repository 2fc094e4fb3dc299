"""Who moved a number, in lines: the parts of its labels, and the two sides of a quotient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.errors import shortened
from bot.reports import words
from bot.reports.explained import Part
from bot.reports.explained_beside import Beside
from bot.reports.explained_change import Change
from bot.reports.figures import print_change
from bot.reports.formula import number
from kpi.explain import ALIKE, Members, Side, Sides, concentration
from kpi.movers import Mover
from kpi.unit import BARE, Unit

MOST_LABELS = 3
MOST_MOVERS = 3
MOST_BESIDE = 2
_ENOUGH = 0.9  # of a change: whoever is left moved little
_LEAST = 0.02  # a smaller share is not worth a line
_LONGEST = 40


def sign_of(value: float) -> int:
    return (value > 0) - (value < 0)


def part_lines(parts: Sequence[Part], change: Change) -> Iterator[str]:
    """The label that explains most with its movers, the next ones in a line each."""
    for at, part in enumerate(parts[:MOST_LABELS]):
        head = f"By {_label(part.found.by)}" + (f" of {part.of}" if part.of else "")
        if concentration(part.found) < ALIKE:
            yield f"{head}: all alike"
            continue
        unit = _unit(change, part)
        shown = list(_foremost(part.found.movers)) if not at else [part.found.movers[0]]
        told = [_mover(one, unit, _way(part.found.change) if not at else "") for one in shown]
        if at or len(told) == 1:
            yield f"{head}: {told[0]}"
        else:
            yield f"{head}:"
            yield from (f"• {one}" for one in told)
        if part.members is not None and not at:
            yield _members(part.members, unit)


def beside_lines(found: Sequence[Beside]) -> Iterator[str]:
    """What is counted beside the KPI by its source; it is not told apart itself, so the shares are theirs."""
    for at, one in enumerate(found[:MOST_BESIDE]):
        way = _way(one.found.change).replace("the", "its")
        shown = list(_foremost(one.found.movers))[: 2 if not at else 1]
        told = [_mover(mover, BARE, way) for mover in shown]
        head = f"Beside it, {one.metric} by {_label(one.found.by)}:"
        if len(told) == 1:
            yield f"{head} {told[0]}"
        else:
            yield head
            yield from (f"• {text}" for text in told)


def _label(by: str) -> str:
    return by.replace("_", " ")


def _way(change: float) -> str:
    return {1: " of the rise", -1: " of the fall"}.get(sign_of(change), "")


def _unit(change: Change, part: Part) -> Unit:
    """The unit of the parts: plain numbers where the KPI's name says it, or they are of one side alone."""
    kpi = change.ref.kpi
    return BARE if part.of or kpi.unit.kind == "count" else kpi.unit


def _foremost(movers: Sequence[Mover]) -> Iterator[Mover]:
    """Those with the largest moves, until they make up nearly all of the change."""
    told = 0.0
    for one in movers[:MOST_MOVERS]:
        share = one.share_of_change
        if share is not None and abs(share) < _LEAST:
            return
        yield one
        told += share or 0.0
        if _ENOUGH <= told <= 2 - _ENOUGH:
            return


def _mover(one: Mover, unit: Unit, way: str) -> str:
    """One part: "/pricing −312, 78% of the fall"; one that moved the other way says so."""
    name = shortened(one.label, _LONGEST) or "without a name"
    moved = print_change(one.change, unit)
    share = one.share_of_change
    if share is None:
        return f"{name} {moved}"
    if share < 0:
        return f"{name} {moved}, against it"
    if share > 1.05:
        return f"{name} {moved}, more than all{way}"
    return f"{name} {moved}, {words.percent(round(100 * share), limit=0)}{way}"


def _members(found: Members, unit: Unit) -> str:
    """What new and gone members brought, and what the others moved by."""
    told = [
        f"{_names(names)} {word} {print_change(by, unit)}"
        for names, word, by in ((found.new, "new", found.by_new), (found.gone, "gone", found.by_gone))
        if names
    ]
    return f"{'; '.join(told)}. All others: {print_change(found.same, unit)}"


def _names(names: tuple[str, ...]) -> str:
    return shortened(names[0], _LONGEST) if len(names) == 1 else f"{len(names)} of them"


def side_lines(found: Sides) -> Iterator[str]:
    """Which side of the quotient moved it, the one with the larger share first."""
    both = sorted((found.upper, found.lower), key=lambda side: -abs(side.share))
    yield f"Its {'upper' if both[0] is found.upper else 'lower'} part moved it most:"
    yield from (f"• {_side(one)}" for one in both)


def _side(one: Side) -> str:
    moved = f"{shortened(one.name, _LONGEST)} {number(_fine(one.before))} → {number(_fine(one.after))}"
    if one.before == one.after:
        return f"{shortened(one.name, _LONGEST)} unchanged at {number(_fine(one.after))}"
    if one.share < 0:
        return f"{moved}, against it"
    share = words.percent(round(100 * min(one.share, 1.0)), limit=0)
    return f"{moved}, {share}" if one.share <= 1 else f"{moved}, more than all"


def _fine(value: float) -> float:
    """As many digits as tell two sides apart."""
    return float(f"{value:.4g}") if abs(value) < 10_000 else round(value)
