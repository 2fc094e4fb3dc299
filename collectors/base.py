"""What a collector is: settings, declared metrics, and one coroutine from a span of time to samples.

A part that fails yields no sample and one recorded fault, while the other parts go on: a missing
figure is never a zero. `Collector.run` is what the rest of the program calls.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from collectors.about import About, Credential, Proof
from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.happenings import Happening
from collectors.http import Allowance, Client
from collectors.mentions import Mention, sift_mentions
from collectors.redaction import Redactor, one_line, secrets_of
from collectors.sieve import sift, sift_happenings
from kpi.calendar import day_of, day_start
from kpi.metric import Labels, Metric, Sample, labels

__all__ = [
    "About",
    "AuthFailed",
    "Batch",
    "Client",
    "Collector",
    "CollectorConfig",
    "CollectorFault",
    "Credential",
    "Every",
    "Part",
    "PartFault",
    "Proof",
    "RateLimited",
    "Span",
    "Unavailable",
    "UnexpectedResponse",
    "address",
    "clashes",
    "collect_parts",
]

_EVERY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)\s*")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_SHORTEST_EVERY = timedelta(seconds=10)
_LONGEST_EVERY = timedelta(days=366)


def _every(value: Any) -> Any:
    """Read a length of time as people write it; anything but text is left to pydantic."""
    if not isinstance(value, str):
        return value
    found = _EVERY.fullmatch(value)
    if found is None:
        raise ValueError(f'"{value}" is not a length of time: write it like 15m, 1h or 1d')
    seconds = float(found[1]) * _SECONDS[found[2]]
    if not _SHORTEST_EVERY <= timedelta(seconds=min(seconds, 1e9)) <= _LONGEST_EVERY:
        raise ValueError(f'"{value}" is not between {_SHORTEST_EVERY.seconds}s and {_LONGEST_EVERY.days}d')
    return timedelta(seconds=seconds)


Every = Annotated[timedelta, BeforeValidator(_every)]
"""A length of time as people write it: 15m, 1h, 1d."""


def address(looks: str) -> AfterValidator:
    """The check of a vendor's address: no user, no query, no slash at its end. `looks` is how one looks."""

    def checked(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise ValueError(f"base_url must look like {looks}")
        return value.rstrip("/")

    return AfterValidator(checked)


class CollectorConfig(BaseModel):
    """Settings every source has. A collector adds its own and names itself in `collector`."""

    # Built when a source first needs it: most collectors of a process are never configured.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    collector: str
    every: Every | None = None
    labels: dict[str, str] = {}

    @model_validator(mode="wrap")
    @classmethod
    def _teach(cls, data: Any, handler: ModelWrapValidatorHandler[CollectorConfig]) -> CollectorConfig:
        """Name the nearest setting beside one that does not exist."""
        try:
            return handler(data)
        except ValidationError as error:
            raise ValidationError.from_exception_data(
                error.title, [_taught(cls, one) for one in error.errors()], hide_input=True
            ) from None

    def series_labels(self) -> frozenset[Labels]:
        """The label combinations that tell this source's series from those of its sisters."""
        return frozenset({labels(self.labels)})


def _taught(config: type[CollectorConfig], error: Any) -> InitErrorDetails:
    kind, message = str(error["type"]), str(error["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        unknown, known = str(error["loc"][-1]), sorted(config.model_fields)
        near = difflib.get_close_matches(unknown, known, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        message = f'unknown setting "{unknown}".{meant} Known: {", ".join(known)}'
    given = None if error["input"] is None else "…"  # the value itself may be a secret
    return InitErrorDetails(type=PydanticCustomError(kind, message), loc=error["loc"], input=given)


@dataclass(frozen=True, slots=True)
class Span:
    """What to read: events from `since` up to `until`, at `now`.

    Without `since`, each collector's usual window; without `until`, all there is by now. A collector that
    reads a vendor's days honours `until`, so that a long past is read piece by piece.
    """

    now: datetime
    since: datetime | None
    zone: ZoneInfo
    until: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("now", "since", "until"):
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise ValueError(f"a span needs an aware {name}, not {value.isoformat()}")

    @property
    def today(self) -> date:
        return day_of(self.now, self.zone)

    def first_day(self, usual: timedelta) -> date:
        """The day from which to read; a day is always read whole."""
        return min(day_of(self.since or self.now - usual, self.zone), self.today)

    @property
    def last_day(self) -> date:
        """The last day to read: today, or the day in which the last instant before `until` lies."""
        if self.until is None or self.until > self.now:
            return self.today
        return day_of(self.until - timedelta(microseconds=1), self.zone)

    def days(self, usual: timedelta) -> list[date]:
        """Every day to read, oldest first."""
        first = self.first_day(usual)
        return [first + timedelta(days=one) for one in range((self.last_day - first).days + 1)]

    def start_of(self, day: date) -> datetime:
        return day_start(day, self.zone)

    def is_settled(self, day: date, after: timedelta) -> bool:
        """Whether `day` is over for at least `after`."""
        return self.start_of(day + timedelta(days=1)) + after <= self.now


@dataclass(frozen=True, slots=True)
class PartFault:
    """A part of a source that gave no number this time, and the metrics that lack one for it.

    `part` is empty where the whole source failed; `kind` is the name of the fault's class.
    """

    part: str
    kind: str
    message: str
    hint: str
    metrics: tuple[str, ...]
    is_retryable: bool = False
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run brought: samples, the faults of parts, remarks for the log (a rename), what happened and
    what was written."""

    samples: tuple[Sample, ...] = ()
    faults: tuple[PartFault, ...] = ()
    notes: tuple[str, ...] = ()
    allowance: Allowance | None = None  # the scarcest that the vendor told of; set by `Collector.run`
    happenings: tuple[Happening, ...] = ()
    mentions: tuple[Mention, ...] = ()


def part_fault(part: str, fault: CollectorFault, metrics: Sequence[str]) -> PartFault:
    """The record of `fault` in one part."""
    wait = fault.retry_after if isinstance(fault, RateLimited) else None
    said, hint = one_line(fault.message), one_line(fault.hint)  # either may quote a vendor
    return PartFault(one_line(part), fault.kind, said, hint, tuple(metrics), fault.retryable, wait)


@dataclass(frozen=True, slots=True)
class Part:
    """One independent piece of a source: what it measures and how it is read."""

    name: str
    metrics: tuple[str, ...]
    read: Callable[[], Awaitable[Batch]]


async def collect_parts(parts: Iterable[Part]) -> Batch:
    """Read the parts one after the other; a failed one leaves a fault, and the rest go on."""
    found: list[Batch] = []
    for part in parts:
        try:
            found.append(await part.read())
        except CollectorFault as fault:
            found.append(Batch(faults=(part_fault(part.name, fault, part.metrics),)))
    return Batch(
        tuple(one for batch in found for one in batch.samples),
        tuple(one for batch in found for one in batch.faults),
        tuple(one for batch in found for one in batch.notes),
        happenings=tuple(one for batch in found for one in batch.happenings),
        mentions=tuple(one for batch in found for one in batch.mentions),
    )


C = TypeVar("C", bound=CollectorConfig)


@dataclass(frozen=True, slots=True)
class Collector(Generic[C]):
    """A registry entry. `settles_after` is how long after its end a day may still change."""

    kind: str
    config: type[C]
    metrics: tuple[Metric, ...]
    collect: Callable[[C, Client, Span], Awaitable[Batch]]
    settles_after: timedelta
    backfills: bool
    about: About = field(default=About("", "", {}))
    every: timedelta = field(default=timedelta(hours=1))
    rereads: timedelta = field(default=timedelta(0))
    """How far back each run reads again, because the vendor restates so late."""
    chunk: timedelta | None = None
    """The piece of the past that a back-fill asks for at a time; None where it is read all at once."""
    forgets_after: timedelta | None = None
    """How long the vendor keeps what is read here: a longer gap between two runs is lost for good."""
    forgotten: tuple[str, ...] = ()
    """The metrics that `forgets_after` is about; all of them where none is named."""
    probe: Callable[[C, Client], Awaitable[str]] | None = None
    """One cheap call that shows whether the source can be read, and what it found there; raises its fault.
    None where the source itself is read with one such call."""

    @property
    def documentation(self) -> str:
        """The docstring of the collector's module: Endpoint, Auth, Rate limit, Freshness, Docs."""
        return sys.modules[self.collect.__module__].__doc__ or ""

    def configure(self, settings: Mapping[str, Any]) -> C:
        """Settings read and checked; raises pydantic's ValidationError with every fault in them."""
        return self.config.model_validate({"collector": self.kind, **settings})

    async def run(self, config: C, client: Client, span: Span) -> Batch:
        """Collect, with the source's labels on every sample. A source's fault never raises."""
        every_metric = tuple(one.name for one in self.metrics)
        watched = client.watched()
        try:
            batch = await self.collect(config, watched, span)
        except CollectorFault as fault:
            batch = Batch(faults=(part_fault("", fault, every_metric),))
        return replace(self._checked(batch, config, span), allowance=watched.scarcest)

    async def examine(self, config: C, client: Client, span: Span) -> str:
        """What one cheap call finds, in a few words. Raises the `CollectorFault` that it meets; that the
        collector itself broke is one too, so that it takes nothing else along."""
        try:
            if self.probe is not None:
                return one_line(await self.probe(config, client))
            batch = await self.collect(config, client, span)
        except CollectorFault:
            raise
        except Exception as fault:
            message = f"The collector {self.kind} broke ({type(fault).__name__})."
            raise UnexpectedResponse(message, hint="The vendor may have changed its API.") from fault
        return one_line(batch.notes[0]) if batch.notes else f"{len(batch.samples):,} samples"

    def _checked(self, batch: Batch, config: C, span: Span) -> Batch:
        """Labelled samples in UTC; one that cannot be is left out, with a fault for its metric. Nothing
        that a fault or a note says holds a secret of the settings."""
        metrics = {one.name: one for one in self.metrics}
        for one in batch.samples:
            if one.metric not in metrics:
                raise ValueError(f"{self.kind} yields {one.metric}, which it does not declare")
        kept, wrong = sift(batch.samples, metrics, config.labels, span.now)
        hint = "This value was left out; the vendor may have changed its API."
        faults = (
            part_fault(name, UnexpectedResponse(f"{name} {said}", hint=hint), (name,))
            for name, said in wrong.items()
        )
        checked = replace(batch, samples=tuple(kept), faults=(*batch.faults, *faults))
        return _silenced(checked, config, span)


def _silenced(batch: Batch, config: CollectorConfig, span: Span) -> Batch:
    """The batch with words that may be shown: a vendor can repeat in its answer what it was asked with."""
    if not (batch.faults or batch.notes or batch.happenings or batch.mentions):
        return batch
    redact = Redactor.of(secrets_of(config))
    told, left_out = sift_happenings(batch.happenings, now=span.now, zone=span.zone, redact=redact)
    written, unread = sift_mentions(batch.mentions, now=span.now, redact=redact)
    known = redact.known
    faults = tuple(
        replace(one, part=known(one.part), message=known(one.message), hint=known(one.hint))
        for one in batch.faults
    )
    notes = tuple(one_line(known(one)) for one in (*batch.notes, *left_out, *unread))
    return replace(batch, faults=faults, notes=notes, happenings=told, mentions=written)


def clashes(sources: Mapping[str, CollectorConfig]) -> list[str]:
    """Sources whose samples would fall into the series of an earlier one, each with the way out."""
    found: list[str] = []
    writers: dict[tuple[str, object], str] = {}
    for name, one in sources.items():
        series = [(one.collector, labels) for labels in sorted(one.series_labels())]
        for earlier in dict.fromkeys(writers[key] for key in series if key in writers):
            found.append(
                f"sources {earlier} and {name} both write the same {one.collector} series: "
                f"give one of them labels, such as labels: {{source: {name}}}"
            )
        for key in series:
            writers.setdefault(key, name)
    return found
