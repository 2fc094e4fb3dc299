"""Judgements: what people say of a target that no number can meet, such as “Market leader”."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kpi.calendar import Moment, day_of


@dataclass(frozen=True, slots=True)
class Judgement:
    """Somebody's word on one target of one KPI. It is about the target as it read then: `text`."""

    kpi: str  # the key of a KPI, or of an item of the definition of success
    horizon: str
    text: str
    met: bool
    reason: str
    author: str  # surface and id: slack:U0123
    at: datetime  # from when on it holds


Judgements = Mapping[tuple[str, str], Judgement]
"""The newest judgement by KPI and horizon, of one framework."""


def judged(judgements: Judgements, *, kpi: str, horizon: str, text: str) -> Judgement | None:
    """The judgement that holds: none was made, or it was about other words, is None."""
    found = judgements.get((kpi, horizon))
    return found if found is not None and found.text == text else None


def words(text: str, found: Judgement | None, moment: Moment) -> str:
    """What is known of a target in words: what was said of it and when, or that nobody did."""
    if found is None:
        return f"“{text}” waits for a judgement: nobody has said yet"
    day = day_of(found.at, moment.zone)
    on = f"{day.day} {day:%b}" if day.year == moment.today.year else f"{day.day} {day:%b %Y}"
    return f"“{text}” is {'met' if found.met else 'not met'}, as judged on {on}"
