"""What became of the alerts of a stretch: who acted on them, who muted them, and which were of no use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kpi.alerts import CELEBRATE
from storage.alerts import NOT_USEFUL, USEFUL, Alert, Event

SOON = timedelta(hours=1)
"""What is over so soon, and nobody touched, was no news to anybody."""

_ACTS = frozenset({"acknowledged", "assigned", "noted"})


@dataclass(frozen=True, slots=True)
class Mark:
    """One alert as it was taken."""

    alert: Alert
    is_acted_on: bool  # somebody took it, gave it to somebody, wrote of it or ended it, before it was over
    is_muted: bool  # snoozed, or silenced from the start
    is_alone: bool  # over within an hour, and nobody had acted

    @property
    def is_unwanted(self) -> bool:
        return self.alert.opinion == NOT_USEFUL

    @property
    def is_right(self) -> bool | None:
        """Whether it was worth telling; None where nothing says so yet."""
        if self.is_unwanted:
            return False
        if self.is_acted_on or self.alert.opinion == USEFUL:
            return True
        return False if self.is_muted or self.is_alone else None


@dataclass(frozen=True, slots=True)
class Grade:
    """One rule, or all of them, over a stretch."""

    rule: str
    fired: int
    acted: int
    muted: int
    unwanted: int
    alone: int
    right: int
    wrong: int
    is_celebration: bool = False

    @property
    def precision(self) -> float | None:
        """The share of those that were worth telling, among those of which that is known."""
        known = self.right + self.wrong
        return self.right / known if known else None


def marks(alerts: Iterable[Alert], events: Iterable[Event], until: datetime) -> list[Mark]:
    """Each alert that a rule raised, with what people did up to then."""
    by_alert: dict[int, list[Event]] = {}
    for event in events:
        if event.at <= until:
            by_alert.setdefault(event.alert, []).append(event)
    return [_mark(one, by_alert.get(one.number, ()), until) for one in alerts if one.items]


def _mark(alert: Alert, events: Sequence[Event], until: datetime) -> Mark:
    end = alert.resolved_at if alert.resolved_at is not None and alert.resolved_at <= until else None
    acts = [one for one in events if one.author and one.kind in _ACTS and (end is None or one.at <= end)]
    is_celebration = alert.severity == CELEBRATE
    acted = bool(acts) or (end is not None and bool(alert.resolved_by))
    is_silent = all(one.is_silent for one in alert.items)
    return Mark(
        alert,
        acted,
        is_silent or any(one.kind == "snoozed" for one in events),
        end is not None and end - alert.fired_at <= SOON and not acted and not is_celebration,
    )


def grades(found: Iterable[Mark]) -> list[Grade]:
    """One a rule, the least useful first."""
    by_rule: dict[str, list[Mark]] = {}
    for one in found:
        by_rule.setdefault(one.alert.rule, []).append(one)
    listed = [grade(rule, some) for rule, some in by_rule.items()]
    return sorted(listed, key=lambda one: (one.is_celebration, -one.wrong, -one.fired, one.rule))


def grade(rule: str, some: Sequence[Mark]) -> Grade:
    return Grade(
        rule,
        len(some),
        sum(one.is_acted_on for one in some),
        sum(one.is_muted for one in some),
        sum(one.is_unwanted for one in some),
        sum(one.is_alone for one in some),
        sum(one.is_right is True for one in some),
        sum(one.is_right is False for one in some),
        all(one.alert.severity == CELEBRATE for one in some),
    )


def by_rule(found: Iterable[Mark]) -> Mapping[str, tuple[Mark, ...]]:
    """The marks of each rule."""
    kept: dict[str, tuple[Mark, ...]] = {}
    for one in found:
        kept[one.alert.rule] = (*kept.get(one.alert.rule, ()), one)
    return kept
