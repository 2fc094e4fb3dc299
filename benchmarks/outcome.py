"""One promise, what was measured for it, and whether it was kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line of the table.

    `most` limits the ratio of `ours` to `baseline`, or `ours` itself where there is no baseline. Without it
    the line only informs. `figures` holds whatever else was measured.
    """

    promise: str
    unit: str
    ours: float
    baseline: float | None = None
    most: float | None = None
    note: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        return self.ours / self.baseline if self.baseline else None

    @property
    def is_met(self) -> bool | None:
        if self.most is None:
            return None
        measured = self.ours if self.baseline is None else self.ratio
        return measured is not None and measured <= self.most


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def printed(value: float | None, unit: str = "") -> str:
    """A figure with as many digits as it deserves."""
    if value is None:
        return "–"
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
