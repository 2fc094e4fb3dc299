"""The life of an alert: pending, firing, resolved, for each subject of a rule by itself.

Pure: what a rule found goes in, what became of it comes out. Who has acknowledged it, where it is told and
whether now is the time to, is the business of those who post it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor
from typing import Any

from kpi.alert_rules import AlertRule
from kpi.duration import duration


class Phase(StrEnum):
    """Where one subject of a rule stands."""

    PENDING = "pending"  # it holds, but not for long enough
    FIRING = "firing"
    RESOLVED = "resolved"


class State(StrEnum):
    """Where an alert stands, with all that it tells of."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one subject at an instant.

    `holds` is None where nothing can be said: a gap, a value that is not settled, a source that fails. Then
    everything stays as it is. `clears` tells whether it is over, by the rule's own limit for that; between
    the two limits neither is true. `since` is when the data first showed it, without a break up to `at`, the
    end of what is known; a duration is counted between the two, not by the clock on the wall.
    """

    subject: str  # a KPI's path, a source's or a gate's name, a label's value, a text's id; "" for the rule
    holds: bool | None
    clears: bool | None
    at: datetime | None = None
    since: datetime | None = None
    value: float | None = None
    limit: float | None = None
    reason: str = ""  # why nothing can be said
    evidence: Mapping[str, Any] = field(default_factory=dict)  # plain JSON: what words are made of
    is_event: bool = False  # it happened once, as a post does: it ends by itself when it is dealt with


@dataclass(frozen=True, slots=True)
class Item:
    """One subject of a rule in one episode: from when it first held until it was over."""

    rule: str
    subject: str
    number: int  # which episode of this subject it is, from 1; of a celebration, which step
    phase: Phase
    since: datetime  # by the data
    seen_at: datetime  # when it was first found
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    clears_since: datetime | None = None  # by the data: since when it looks over
    value: float | None = None
    worst: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    alert: int | None = None  # the alert that tells of it
    is_silent: bool = False  # it held already when the rule was first looked at, or was muted: never posted
    is_event: bool = False
    is_dismissed: bool = False  # a person ended it while it held: the same stretch does not fire again
    is_inhibited: bool = False  # it ended because another rule said it more urgently: it goes on after that
    known_at: datetime | None = None  # the end of the data that was looked at last
    held_at: datetime | None = None  # the same when it last held
    fired_on: datetime | None = None  # the same when it fired
    bound: float | None = None  # the limit
    told_value: float | None = None  # how bad it was when that was told last
    worsened: int = 0  # how often it was told that it got worse

    @property
    def is_open(self) -> bool:
        return self.phase is not Phase.RESOLVED


MOST_WORSENED = 3
"""So often it is told of one episode that it got worse."""

LEAST_STEP = 0.1
"""A value that is hardly beyond its limit counts as this part of the limit away from it."""

CELEBRATE = "celebrate"


def step(
    item: Item | None, finding: Finding, rule: AlertRule, now: datetime, *, last: Item | None = None
) -> Item | None:
    """What becomes of one subject: its open episode `item`, or none, after `finding`.

    `last` is the newest of its episodes that are over. The answer is the episode as it stands then:
    unchanged, begun, firing or resolved; None where there is none, or it was over before it fired. The same
    finding once more changes nothing, and one of older data than is known changes nothing either.
    """
    if finding.holds is None:
        return item
    if item is not None and not item.is_open:
        item, last = None, item
    if rule.severity == CELEBRATE:
        return item or _celebrated(finding, rule, now, last)
    if finding.is_event:
        return _happened(item, finding, rule, now, last)
    at = finding.at or now
    if item is not None and item.known_at is not None and at < item.known_at:
        return item
    if finding.holds:
        return _held(item, finding, rule, now, last)
    return None if item is None or item.phase is Phase.PENDING else _cleared(item, finding, rule, now)


def is_worse(item: Item) -> bool:
    """Whether a firing value is at least twice as far beyond its limit as when that was told last.

    At the limit itself it counts as a tenth of the limit away. It is told three times of one episode at most.
    """
    if item.value is None or item.told_value is None or item.bound is None:
        return False
    told, away = item.told_value - item.bound, item.value - item.bound
    if item.worsened >= MOST_WORSENED or told * away < 0:
        return False
    base = max(abs(told), LEAST_STEP * abs(item.bound))
    return base > 0 and abs(away) >= 2 * base


def told_worse(item: Item) -> Item:
    """The same, its present value told."""
    return replace(item, told_value=item.value, worsened=item.worsened + 1)


def ended(item: Item, now: datetime) -> Item:
    """The same, over by no word of its own: something else says it, or nobody looks at it any more."""
    return replace(item, phase=Phase.RESOLVED, resolved_at=now)


def stage(finding: Finding, rule: AlertRule) -> int:
    """Which step of a celebration is reached: 1 at the limit, one more `every` so much beyond it."""
    if rule.every is None or finding.value is None or finding.limit is None:
        return 1
    return 1 + floor(abs(finding.value - finding.limit) / rule.every)


def _celebrated(finding: Finding, rule: AlertRule, now: datetime, last: Item | None) -> Item | None:
    """It is over as soon as it is told, and never told again whatever the value becomes."""
    number = stage(finding, rule)
    is_told = last is not None and last.number >= number
    if not finding.holds or is_told or not _lasts(finding, rule, now):
        return None
    fired = _fired(_begun(finding, rule, now, number), now)
    return replace(fired, phase=Phase.RESOLVED, resolved_at=now)


def _happened(
    item: Item | None, finding: Finding, rule: AlertRule, now: datetime, last: Item | None
) -> Item | None:
    if item is not None:
        return _seen(item, finding, now) if finding.holds else item
    if last is not None or not finding.holds:
        return None
    return _fired(_begun(finding, rule, now, 1), now)


def _held(
    item: Item | None, finding: Finding, rule: AlertRule, now: datetime, last: Item | None
) -> Item | None:
    if item is None:
        if last is not None and _rests(last, finding, rule, now):
            return None
        item = _begun(finding, rule, now, 1 if last is None else last.number + 1)
    else:
        item = _seen(item, finding, now)
    fires = item.phase is Phase.PENDING and _lasts(finding, rule, now)
    return _fired(item, now) if fires else item


def _rests(last: Item, finding: Finding, rule: AlertRule, now: datetime) -> bool:
    """Whether it is too early to fire once more: it is not armed again, or it is the stretch that a person
    has put an end to."""
    if last.is_dismissed and last.known_at is not None:
        return (finding.since or finding.at or now) <= last.known_at
    return last.resolved_at is not None and now < last.resolved_at + span(rule.rearms_after)


def _cleared(item: Item, finding: Finding, rule: AlertRule, now: datetime) -> Item:
    """It does not hold. Until it is over it fires on, by what it was last seen to hold by."""
    at = finding.at or now
    if not finding.clears:
        return replace(item, known_at=at, clears_since=None)
    held = item.held_at or item.since
    began = item.clears_since or min(at, max(held, finding.since or held))
    if at - began < span(rule.clears_after):
        return replace(item, known_at=at, clears_since=began)
    return replace(
        item,
        value=finding.value,
        evidence=finding.evidence,
        known_at=at,
        clears_since=began,
        phase=Phase.RESOLVED,
        resolved_at=now,
    )


def _begun(finding: Finding, rule: AlertRule, now: datetime, number: int) -> Item:
    at = finding.at or now
    return Item(
        rule=rule.key,
        subject=finding.subject,
        number=number,
        phase=Phase.PENDING,
        since=finding.since or at,
        seen_at=now,
        value=finding.value,
        worst=finding.value,
        evidence=finding.evidence,
        is_event=finding.is_event,
        known_at=at,
        held_at=at,
        bound=finding.limit,
    )


def _seen(item: Item, finding: Finding, now: datetime) -> Item:
    """It still holds. A stretch that broke off before it fired counts anew."""
    at = finding.at or now
    since = item.since
    if finding.since is not None and item.phase is Phase.PENDING:
        since = finding.since
    return replace(
        item,
        since=since,
        value=finding.value,
        worst=_worst(item, finding),
        evidence=finding.evidence,
        known_at=at,
        held_at=at,
        bound=finding.limit,
        clears_since=None,
    )


def _worst(item: Item, finding: Finding) -> float | None:
    if item.worst is None or finding.value is None or finding.limit is None:
        return item.worst if finding.value is None else finding.value
    return max(item.worst, finding.value, key=lambda one: abs(one - (finding.limit or 0.0)))


def _fired(item: Item, now: datetime) -> Item:
    return replace(item, phase=Phase.FIRING, fired_at=now, fired_on=item.known_at, told_value=item.value)


def _lasts(finding: Finding, rule: AlertRule, now: datetime) -> bool:
    """By the data, not by the clock on the wall: without news nothing gets older."""
    at = finding.at or now
    return at - (finding.since or at) >= span(rule.lasting)


def span(text: str) -> timedelta:
    """How long a setting of a rule is; none where it says nothing."""
    return duration(text) if text else timedelta()
