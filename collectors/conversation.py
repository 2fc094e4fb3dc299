"""How often a brand is spoken of beside those it is compared with: one tool, one query each, all or none.

A share of voice from fewer brands than were asked for would be too large. So where one of the others cannot
be counted, only one's own mentions are told, and the comparison is a fault.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from collectors.base import Batch, part_fault
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.payload import number
from kpi.metric import Metric, Sample, labels

PART = "share of voice"
_HINT = "The vendor may have changed its API; nothing was taken from this answer."


async def compared(
    own: str,
    others: Iterable[str],
    count: Callable[[str], Awaitable[list[Sample]]],
    metric: Metric,
) -> Batch:
    """`count` reads one brand's samples. Those of `own` as they are; and where there are others, everybody's
    once more as samples of `metric`, with a label `brand`, at the times of which all brands were told. Raises
    the fault of one's own."""
    mine = await count(own)
    heard = {own: mine}
    try:
        for brand in others:
            heard[brand] = await count(brand)
    except CollectorFault as fault:
        return Batch(tuple(mine), (part_fault(PART, fault, (metric.name,)),))
    if len(heard) == 1:
        return Batch(tuple(mine))
    told = set.intersection(*({one.at for one in samples} for samples in heard.values()))
    return Batch(
        (*mine, *(_named(metric, brand, one) for brand in heard for one in heard[brand] if one.at in told))
    )


def _named(metric: Metric, brand: str, sample: Sample) -> Sample:
    return replace(sample, metric=metric.name, labels=labels({**dict(sample.labels), "brand": brand}))


def told_apart(own: str, others: Iterable[str]) -> None:
    """Raise ValueError where a competitor bears one's own name, or none."""
    if own in set(others) or not all(one.strip() for one in (own, *others)):
        raise ValueError("competitors need names of their own, and the brand another than theirs")


def dated(found: Any, total: float, days: Sequence[date]) -> dict[date, float]:
    """The counts of `days` in an object by date. A day that is not told has none: it may lie before the brand
    was watched. Where those that are told do not make up the total, nothing can be said, which is a fault."""
    if not found and isinstance(found, list):
        found = {}  # PHP writes an object without keys as a list
    if not isinstance(found, Mapping):
        raise UnexpectedResponse("counts by date are no object", hint=_HINT)
    counts: dict[date, float] = {}
    for key in found:
        try:
            day = date.fromisoformat(str(key)[:10])
        except ValueError:
            raise UnexpectedResponse("a count has no date", hint=_HINT) from None
        counts[day] = number(found, key)
    if abs(sum(counts.values()) - total) > 0.5:
        raise UnexpectedResponse("the days do not make up their total", hint=_HINT)
    return {day: counts[day] for day in days if day in counts}
