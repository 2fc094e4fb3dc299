"""OpenTelemetry: programs push their metrics to the bot, as they would to any OTLP endpoint.

Endpoint: POST `/v1/metrics` at the bot's own address, OTLP over HTTP: protobuf or JSON, plain or gzip.
Auth: `token`, which the program sends as a bearer token: OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20….
Rate limit: 10,000 points a request and 16 MB unpacked; an export every minute is plenty.
Freshness: of the moment it is sent, with no past; an export that is sent again changes nothing.
Docs: https://opentelemetry.io/docs/specs/otlp/#otlphttp,
    https://opentelemetry.io/docs/specs/otel/metrics/data-model/

Each point bears its instrument's name in the label `name`, and of its attributes and its resource's those in
`attributes`, dots as underscores (service_name). A gauge is a level. A sum since the last export (delta) is a
flow of that stretch; one since the program started (cumulative) is a level, whose growth change() tells. Of a
histogram or a summary the mean is kept, of what the point covers. Values are converted to base units by the
unit the instrument names (ms, By, %). A point without a value is no data; one that cannot be kept is refused
by itself, and the answer says so, as OTLP's partial success has it.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator

from collectors.base import About, Batch, Client, Collector, CollectorConfig, Credential, Proof, Span
from collectors.queries import UNIT
from kpi.metric import EPOCH, Kind, Labels, Metric, Sample, labels
from kpi.unit import UnitFault, scaled

if TYPE_CHECKING:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

MOST_BYTES = 16 * 1024 * 1024
MOST_POINTS = 10_000
_LONGEST = 200
_NO_VALUE = 1  # the flag of a point that was not recorded
_CLOCKS_APART = timedelta(minutes=10)
_OLDEST = timedelta(days=31)
_DELTA, _CUMULATIVE = 1, 2
_SCALES = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "min": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86_400),
    "kBy": Fraction(10**3),
    "MBy": Fraction(10**6),
    "GBy": Fraction(10**9),
    "KiBy": Fraction(2**10),
    "MiBy": Fraction(2**20),
    "GiBy": Fraction(2**30),
    "%": Fraction(1, 100),
}
"""What one of a unit is of its base, by UCUM's spelling; any other unit is a base, or something counted."""


def _metric(kind: Kind, description: str) -> Metric:
    return Metric(f"otlp.{kind.value}", UNIT, kind, description, ("name",), is_signed=True)


METRICS = (
    _metric(Kind.LEVEL, "gauge or running total that a program pushes"),
    _metric(Kind.FLOW, "amount since the export before that a program pushes"),
    _metric(Kind.RATIO, "mean of a histogram that a program pushes"),
)


class Config(CollectorConfig):
    """Who may push, and what is kept of it."""

    collector: Literal["otlp"] = "otlp"
    token: SecretStr
    names: tuple[str, ...] = Field((), description="instruments that are kept; all where none is named")
    attributes: tuple[Annotated[str, Field(pattern=r"^[A-Za-z][\w.]{0,59}$")], ...] = Field(
        (), max_length=10, description="attributes that become labels"
    )

    @field_validator("token")
    @classmethod
    def _is_long(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().strip()) < 12:
            raise ValueError("token is too short: take at least 12 characters, by chance")
        return value

    @field_validator("attributes")
    @classmethod
    def _leaves_our_label(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "name" in value:
            raise ValueError("the label name holds the instrument's name")
        return value


class Refused(ValueError):
    """A request that cannot be read at all; `status` is what HTTP calls it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Pushed:
    """What a request brought: samples, and how many points were refused and why."""

    samples: dict[tuple[str, datetime, Labels], Sample] = field(default_factory=dict)
    refused: int = 0
    reasons: dict[str, None] = field(default_factory=dict)

    def refuse(self, reason: str) -> None:
        self.refused += 1
        if len(self.reasons) < 5:
            self.reasons[reason] = None


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its compression. Raises Refused for one that swells, or is none."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Refused(415, f"{encoding[:20]} is not understood: send gzip, or nothing packed")
    unzip = zlib.decompressobj(31)
    try:
        found = unzip.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise Refused(400, "the body is no gzip") from None
    if len(found) > MOST_BYTES:
        raise Refused(413, f"more than {MOST_BYTES // 2**20} MB unpacked")
    if not unzip.eof:
        raise Refused(400, "the body is cut off")
    return found


def decode(body: bytes, *, is_json: bool) -> ExportMetricsServiceRequest:
    """The request in `body`. Raises Refused."""
    from google.protobuf import json_format, message
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    found = ExportMetricsServiceRequest()
    try:
        if is_json:
            json_format.Parse(body, found, ignore_unknown_fields=True)
        else:
            found.ParseFromString(body)
    except (json_format.ParseError, message.DecodeError, ValueError, RecursionError):
        raise Refused(400, "the body is no OTLP metrics request") from None
    return found


def answer(pushed: Pushed, *, is_json: bool) -> bytes:
    """OTLP's own answer: empty where all was taken, else its partial success."""
    from google.protobuf import json_format
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

    said = ExportMetricsServiceResponse()
    if pushed.refused:
        said.partial_success.rejected_data_points = pushed.refused
        said.partial_success.error_message = "; ".join(pushed.reasons)
    return json_format.MessageToJson(said).encode() if is_json else said.SerializeToString()


def read(request: ExportMetricsServiceRequest, config: Config, now: datetime) -> Pushed:
    """The samples of a request; each point that cannot be kept is counted, with the reason."""
    pushed, count = Pushed(), 0
    for resource in request.resource_metrics:
        for metric in (one for scope in resource.scope_metrics for one in scope.metrics):
            if config.names and metric.name not in config.names:
                continue
            for point, kind in _points(metric, pushed):
                count += 1
                if count > MOST_POINTS:
                    pushed.refuse(f"more than {MOST_POINTS:,} points")
                    continue
                attributes = (resource.resource.attributes, point.attributes)
                _take(pushed, Point(metric, point, kind, attributes), config, now)
    return pushed


@dataclass(frozen=True, slots=True)
class Point:
    """One point of an instrument, and what kind of figure it is."""

    metric: Any
    point: Any
    kind: Kind
    attributes: tuple[Any, Any]  # the resource's and its own, which count more

    @property
    def value(self) -> float | None:
        """Its number, or its mean; None where it has none."""
        if self.point.flags & _NO_VALUE:
            return None
        if self.kind is Kind.RATIO:
            has_sum = self.metric.WhichOneof("data") == "summary" or self.point.HasField("sum")
            return self.point.sum / self.point.count if self.point.count and has_sum else None
        which = self.point.WhichOneof("value")
        return None if which is None else float(getattr(self.point, which))

    @property
    def at(self) -> datetime:
        """When it was read; of a flow, when its stretch began."""
        nanos = self.point.start_time_unix_nano if self.kind is Kind.FLOW else self.point.time_unix_nano
        return EPOCH + timedelta(microseconds=nanos // 1000)

    def labels(self, config: Config) -> Labels:
        """The instrument's name, the attributes that are kept, and the source's own labels."""
        found = {one.key: _text(one.value) for every in self.attributes for one in every}
        kept = {name.replace(".", "_"): found[name] for name in config.attributes if found.get(name)}
        return labels({**kept, "name": self.metric.name, **config.labels})


def _points(metric: Any, pushed: Pushed) -> Iterator[tuple[Any, Kind]]:
    which = metric.WhichOneof("data")
    if which is None:
        return
    data = getattr(metric, which)
    kind = Kind.LEVEL if which in ("gauge", "sum") else Kind.RATIO
    if which == "sum" and data.aggregation_temporality == _DELTA:
        kind = Kind.FLOW
    is_known = which in ("gauge", "summary") or data.aggregation_temporality in (_DELTA, _CUMULATIVE)
    for one in data.data_points:
        if is_known:
            yield one, kind
        else:
            pushed.refuse(f"{_shown(metric.name)} does not say whether it is delta or cumulative")


def _take(pushed: Pushed, point: Point, config: Config, now: datetime) -> None:
    """Keep one point, or count it as refused."""
    value = point.value
    if value is None or not math.isfinite(value):
        return
    name = point.metric.name
    try:
        at, own = point.at, point.labels(config)
        value = scaled(Decimal(repr(value)), _SCALES.get(point.metric.unit, Fraction(1)))
    except (OverflowError, UnitFault):
        pushed.refuse(f"{_shown(name)} has a time or a value that is too large")
        return
    if reason := _wrong(name, at, own, now):
        pushed.refuse(reason)
        return
    sample = Sample(f"otlp.{point.kind.value}", at, value, own)
    key = (sample.metric, at, own)
    earlier = pushed.samples.get(key)
    if earlier is not None and point.kind is Kind.FLOW:  # what tells them apart is not kept: they add up
        pushed.samples[key] = Sample(sample.metric, at, earlier.value + value, own)
    elif earlier is not None:
        pushed.refuse(f"{_shown(name)} has several points: name what tells them apart in attributes")
    else:
        pushed.samples[key] = sample


def _wrong(name: str, at: datetime, own: Labels, now: datetime) -> str:
    """Why a point cannot be kept; empty where it can."""
    if not re.fullmatch(r"[^\W\d][\w./-]{0,199}", name):
        return f"{_shown(name)} is no name"
    if not now - _OLDEST <= at <= now + _CLOCKS_APART:
        return f"{_shown(name)} is of {at:%Y-%m-%d %H:%M}, not of the last {_OLDEST.days} days"
    if any(len(text) > _LONGEST or not text.isprintable() for _, text in own):
        return f"{_shown(name)} has an attribute that is no label"
    return ""


def _text(value: Any) -> str:
    which = value.WhichOneof("value")
    if which in ("string_value", "int_value", "double_value"):
        return str(getattr(value, which))
    return str(value.bool_value).lower() if which == "bool_value" else ""


def _shown(name: str) -> str:
    return "".join(one for one in name[:60] if one.isprintable()) or "an instrument without a name"


async def collect(_config: Config, _client: Client, _span: Span) -> Batch:
    """Nothing to fetch: what there is was pushed."""
    return Batch()


async def probe(config: Config, _client: Client) -> str:
    """What to tell a program."""
    return f"waits for POST /v1/metrics with its token ({len(config.names) or 'all'} instruments)"


ABOUT = About(
    title="OpenTelemetry",
    measures="whatever a program counts and times with OpenTelemetry",
    example={
        "token": "${OTLP_TOKEN}",
        "names": ["http.server.request.duration"],
        "attributes": ["service.name"],
    },
    credentials=(
        Credential(
            "token",
            "OTLP_TOKEN",
            "a long text of your own choice, which the programs send",
            "https://opentelemetry.io/docs/specs/otel/protocol/exporter/",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="OpenTelemetry's own protobuf messages",
)

COLLECTOR = Collector(
    "otlp",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(0),
    backfills=False,
    every=timedelta(hours=1),
    probe=probe,
    about=ABOUT,
)
