"""Outlook: how likely a gate holds on a day ahead, and the first day on which it rather holds than not.

Each of its KPIs has the chance that its landing gives it. How many of them are met together follows the
Poisson binomial distribution, which takes them to be independent of each other. KPIs of one product rarely
are: where they rise and fall together, the true chance lies nearer to a half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from kpi.gates import GateItem, Verdict
from kpi.landing import LOOKED_AHEAD, Ahead
from kpi.landing_ahead import SUREST

Array = npt.NDArray[np.float64]
_EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Outlook:
    """How likely a gate holds. Chances are from 0 to 1.

    `holds_from` is the first day ahead with at least an even chance, which is its `chance`; both are None for
    a gate that is open, and where no such day lies in the year ahead. `by` is the end of the gate's phase,
    where it lies ahead. `steady` KPIs are measured and stay as they are, for want of a history to go by.
    """

    holds_from: date | None
    chance: float | None
    by: date | None
    chance_by: float | None
    steady: int
    foreseen: int


def outlook(found: Verdict, aheads: Mapping[str, Ahead]) -> Outlook | None:
    """The outlook of a gate by the days ahead of its KPIs, by key; None where nothing of it can be foreseen.

    What cannot be foreseen stays as it is: judged as people judged it, met or not as it is measured now.
    """
    by_key = {item.kpi.key: one for item in found.items if (one := _chances(item, aheads)) is not None}
    if not by_key:
        return None
    rest = [item for item in found.items if item.kpi.key not in by_key]
    kept = sum(item.met is True for item in rest)
    holds = at_least(found.required_count - kept, list(by_key.values()))
    first = aheads[next(iter(by_key))]
    rather = np.flatnonzero(holds >= _EVEN)
    place = None if found.passed or not len(rather) else int(rather[0])
    deadline = found.items[0].target.deadline
    end = None if deadline is None else first.place(deadline)
    end = None if end is None or end >= len(holds) else end
    return Outlook(
        holds_from=None if place is None else first.day(place),
        chance=None if place is None else float(holds[place]),
        by=None if end is None else deadline,
        chance_by=None if end is None else float(holds[end]),
        steady=sum(item.met is not None and item.target.is_numeric for item in rest),
        foreseen=len(by_key),
    )


def _chances(item: GateItem, aheads: Mapping[str, Ahead]) -> Array | None:
    """How likely the item is met on each day of the year ahead."""
    ahead = aheads.get(item.kpi.key)
    if ahead is None or not item.target.is_numeric:
        return None
    found = ahead.chances(item.target.goal, item.kpi.better)
    return None if found is None else found[:LOOKED_AHEAD]


def at_least(count: int, chances: Sequence[Array]) -> Array:
    """How likely at least `count` of some independent events happen, for each place of their `chances`.

    0 and 1 only where that is certain.
    """
    days = len(chances[0])
    if count <= 0:
        return np.ones(days)
    if count > len(chances):
        return np.zeros(days)
    held = np.zeros((count + 1, days))  # by how many have happened; `count` stands for more as well
    held[0] = 1.0
    for one in chances:
        more = held[:-1] * one
        held[:-1] -= more
        held[1:] += more
    is_sure = np.all([(one == 0) | (one == 1) for one in chances], axis=0)
    found: Array = np.where(is_sure, np.round(held[count]), np.clip(held[count], 1 - SUREST, SUREST))
    return found


def outlook_json(found: Outlook) -> dict[str, Any]:
    """The numbers behind the words, as plain JSON values."""
    return {
        "holds_from": None if found.holds_from is None else found.holds_from.isoformat(),
        "chance": found.chance,
        "by": None if found.by is None else found.by.isoformat(),
        "chance_by": found.chance_by,
        "steady": found.steady,
        "foreseen": found.foreseen,
    }


def outlook_of(kept: Mapping[str, Any]) -> Outlook:
    """What `outlook_json` was given."""
    holds_from, by = (
        None if kept[name] is None else date.fromisoformat(kept[name]) for name in ("holds_from", "by")
    )
    return Outlook(holds_from, kept["chance"], by, kept["chance_by"], kept["steady"], kept["foreseen"])
