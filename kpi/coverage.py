"""How each KPI of a framework comes by its number: automatic, derived, by hand, or once a vendor approves.

A measure counts only if every metric it reads is one that a collector declares; else a person has to
state the number, and the framework says how often its owner is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kpi import measure
from kpi.expression import Call
from kpi.framework import Framework, Kpi

SURVEY = "survey"
"""The collector whose numbers are people's answers: nobody types them in, yet people are asked."""


class Way(StrEnum):
    """How a KPI comes by its number."""

    AUTOMATIC = "automatic"  # one metric of one collector
    DERIVED = "derived"  # worked out from several
    BY_HAND = "by hand"  # a person states it, or people answer a survey
    NEEDS_APPROVAL = "needs approval"  # automatic or derived, once a vendor has agreed


@dataclass(frozen=True, slots=True)
class Coverage:
    """One KPI: its way, what it reads, and who is asked how often where a person has to state it."""

    framework: str
    kpi: Kpi
    way: Way
    metrics: tuple[str, ...] = ()
    asked: str = ""  # monthly; empty where nobody is
    who: str = ""

    @property
    def collectors(self) -> tuple[str, ...]:
        """The collectors that it needs, in the order it names them."""
        return tuple(dict.fromkeys(one.partition(".")[0] for one in self.metrics))


def coverage(
    framework: Framework, metrics: Collection[str], approvals: Collection[str]
) -> Iterator[Coverage]:
    """Each KPI of `framework`, given the metrics that are declared and the collectors that need approval."""
    for kpi in framework.kpis:
        way, read = _way(kpi, metrics, approvals)
        by_hand = way is Way.BY_HAND
        asked = (kpi.asked or "") if by_hand else ""
        yield Coverage(framework.key, kpi, way, read, asked, framework.owner_of(kpi) if by_hand else "")


def _way(kpi: Kpi, metrics: Collection[str], approvals: Collection[str]) -> tuple[Way, tuple[str, ...]]:
    if kpi.measure is None:
        return Way.BY_HAND, ()
    own = measure.parse(kpi.measure)
    read = tuple(dict.fromkeys(query.metric for query in own.queries))
    if not read or any(one not in metrics for one in read):
        return Way.BY_HAND, ()
    needed = {one.partition(".")[0] for one in read}
    if SURVEY in needed:
        return Way.BY_HAND, read
    if needed & set(approvals):
        return Way.NEEDS_APPROVAL, read
    return (Way.AUTOMATIC if isinstance(own.root, Call) else Way.DERIVED), read


def totals(found: Iterable[Coverage]) -> dict[str, int]:
    """How many go which way: `total`, `automatic`, `derived`, `by_hand`, `needs_approval`."""
    counts = Counter(one.way for one in found)
    ways = {one.name.lower(): counts[one] for one in Way}
    return {"total": sum(ways.values()), **ways}


def as_json(found: Iterable[Coverage]) -> dict[str, Any]:
    """The totals, and each KPI with its way; other programs rely on the keys, so they only grow."""
    every = list(found)
    return {**totals(every), "kpis": [_row(one) for one in every]}


def _row(one: Coverage) -> Mapping[str, Any]:
    return {
        "framework": one.framework,
        "kpi": one.kpi.key,
        "name": one.kpi.name,
        "way": one.way.name.lower(),
        "measure": one.kpi.measure,
        "collectors": list(one.collectors),
        "metrics": list(one.metrics),
        "asked": one.asked or None,
        "who": one.who or None,
    }
