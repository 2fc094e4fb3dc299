"""What is measured: metrics, samples and series, the currency between collectors, storage and measures.

Times are aware datetimes at the edges and microseconds since the epoch (UTC, int64) inside a
`Series`, where arithmetic over many of them has to be cheap and exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Labels = tuple[tuple[str, str], ...]
"""Label pairs, sorted by name: one spelling per combination."""


class Kind(StrEnum):
    """How values of a metric may be combined over time."""

    LEVEL = "level"  # a stock read at an instant: stars, members
    FLOW = "flow"  # an amount that happened in a period: visitors of a day
    RATIO = "ratio"  # neither adds over time nor over labels: a rate, a duration, a score


@dataclass(frozen=True, slots=True)
class Metric:
    """What a collector measures. `every` is the longest gap between samples that is still complete.

    With `is_event` each sample is one event, such as a build: those of all labels are one population.
    With `is_snapshot` only the value of the moment can be read: its past starts with the first reading.
    Only one that is `is_signed` may lie below zero; elsewhere such a value is the vendor's fault.
    """

    name: str
    unit: str
    kind: Kind
    description: str
    labels: tuple[str, ...] = ()
    every: timedelta = timedelta(days=1)
    is_event: bool = False
    is_snapshot: bool = False
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading. `at` is the instant of a level, the start of the day or period of a flow."""

    metric: str
    at: datetime
    value: float
    labels: Labels = ()
    settled: bool = True

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"{self.metric}: a sample needs an aware time, not {self.at.isoformat()}")


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one metric and one combination of labels, oldest first, one value an instant."""

    metric: str
    labels: Labels
    at: npt.NDArray[np.int64]  # microseconds since the epoch, strictly ascending
    value: npt.NDArray[np.float64]
    settled: npt.NDArray[np.bool_]
    recorded_at: datetime | None = None  # when the last of them became known

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class SeriesSet:
    """All series read for one answer; what is absent was never measured."""

    series: tuple[Series, ...] = ()
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    by_metric: Mapping[str, tuple[Series, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, list[Series]] = {}
        for one in self.series:
            index.setdefault(one.metric, []).append(one)
        object.__setattr__(self, "by_metric", {name: tuple(found) for name, found in index.items()})

    def of(self, metric: str, filters: Labels = ()) -> tuple[Series, ...]:
        """The series of `metric` that carry every label pair in `filters`."""
        wanted = set(filters)
        return tuple(one for one in self.by_metric.get(metric, ()) if wanted <= set(one.labels))

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)


def labels(pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> Labels:
    """Label pairs in their one canonical order."""
    return tuple(sorted(dict(pairs).items()))


def to_micros(at: datetime) -> int:
    """Microseconds since the epoch; exact, unlike `datetime.timestamp`."""
    return (at - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The UTC instant of `micros`."""
    return EPOCH + timedelta(microseconds=int(micros))
