"""The life of an alert: pending, firing, resolved, for each subject of a rule by itself.

Pure: what a rule found goes in, what became of it comes out. Who has acknowledged it, where it is told and
whether now is the time to, is the business of those who post it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


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
    number: int  # which episode of this subject it is, from 1
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
