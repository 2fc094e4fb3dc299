"""What is fuzzed: for each kind of text a function from bytes that returns, whatever they are.

Only the refusals a text may meet are caught; a target that raises has found a fault.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bot.samples_file import SamplesRefused, parse_csv, parse_json, print_csv
from bot.settings import read_workspace
from kpi.amount import MAX_LENGTH, QuantityFault
from kpi.calendar import Moment
from kpi.document import DocumentFaults
from kpi.expression import MeasureFault
from kpi.framework_file import parse_framework
from kpi.framework_report import as_json, counts, findings
from kpi.measure import Reading, State, parse
from kpi.metric import Kind, Metric, Series, SeriesSet, labels, to_micros
from kpi.quantity import Better, Goal, parse_goal, parse_value, print_change, print_goal, print_value
from kpi.unit import Unit, UnitFault, convert, unit
from tests.fuzz import corpus, pieces
from tests.fuzz.spelling import edited, spelled

Target = Callable[[bytes], None]

_BETTER = tuple(Better)
_SECRET = "hush-hush-hush"
_MOST_FAULTS = 201
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        *("Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"),
        *("America/St_Johns", "Africa/Monrovia", "UTC"),
    )
)
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INSTANTS = (
    _NOON,
    datetime(2026, 3, 28, 22, 30, tzinfo=UTC),  # Beirut: midnight is about to be skipped
    datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe: half an hour comes twice
    datetime(2011, 12, 30, 10, 30, tzinfo=UTC),  # Apia: 30 December does not come
    datetime(2018, 11, 4, 3, tzinfo=UTC),  # São Paulo: midnight is skipped
    datetime(1980, 1, 1, tzinfo=UTC),
    datetime(2200, 12, 31, 23, 59, tzinfo=UTC),
)


def quantity(data: bytes) -> None:
    """A target or an entry: refused with a hint, or printed so that it reads back as the same."""
    place, better = (*data[:2], 0, 0)[:2]
    first, _, second = spelled(data[2:], pieces.QUANTITY).partition("\n")
    counted, wanted = unit(corpus.UNITS[place % len(corpus.UNITS)]), _BETTER[better % 3]
    goal = _goal(first, counted, wanted)
    value = _value(second or first, counted)
    if goal is not None:
        _check_goal(goal, counted, wanted)
    if value is not None:
        _check_value(value, counted, goal.value if goal else None)
    if second and (named := _unit(second)) is not None:
        _unit_of_any_name(first, named, counted)


def _goal(text: str, counted: Unit, better: Better) -> Goal | None:
    try:
        return parse_goal(text, unit=counted, better=better)
    except QuantityFault as fault:
        _check_refusal(fault.message)
        return None


def _value(text: str, counted: Unit) -> float | None:
    try:
        return parse_value(text, counted)
    except QuantityFault as fault:
        _check_refusal(fault.message, fault.hint)
        return None


def _check_refusal(*said: object) -> None:
    """Nobody is refused without a word."""
    assert said
    assert all(said)


def _check_goal(goal: Goal, counted: Unit, better: Better) -> None:
    shown = print_goal(goal, counted)
    if goal.value is None:
        assert shown == goal.text
    if goal.value is None or len(shown) > MAX_LENGTH:
        return
    assert math.isfinite(goal.value)
    again = parse_goal(shown, unit=counted, better=better)
    assert (again.op, again.value, again.high) == (goal.op, goal.value, goal.high), (
        f"{goal} is shown as {shown!r}"
    )


def _check_value(value: float, counted: Unit, target: float | None) -> None:
    assert math.isfinite(value)
    shown = print_value(value, counted, against=target)
    read = parse_value(shown, counted)
    assert math.isclose(read, value, rel_tol=0.006), f"{value!r} is shown as {shown!r}"
    if target is not None:
        assert (read > target) == (value > target), f"{value!r} is shown as {shown!r} beside {target!r}"
        assert (read == target) == (value == target), f"{value!r} is shown as {shown!r} beside {target!r}"
    assert print_change(value, counted)


def _unit(text: str) -> Unit | None:
    try:
        found = unit(text)
    except UnitFault:
        return None
    assert unit(found.name) == found, f"{text!r} is {found}, but its name is {unit(found.name)}"
    return found


def _unit_of_any_name(text: str, named: Unit, other: Unit) -> None:
    _goal(text, named, Better.HIGHER)
    _value(text, named)
    print_value(1234.5, named)
    try:
        assert math.isclose(convert(convert(7.5, named, other), other, named), 7.5)
    except UnitFault:
        return


def _series() -> SeriesSet:
    """Daily levels and flows around every instant, with labels, a hole, and numbers at the edge of floats."""
    rows = [
        *(_made("stars", 100 + at, {"place": place}) for at, place in enumerate(("hub", "forum"))),
        *(_made(name, start) for name, start in (("visits", 5), ("signups", 0), ("latency", 0.25))),
        *(_made(name, start) for name, start in (("huge", 1.7e308), ("tiny", 5e-324), ("newsletter", -3))),
        _made("late", 1, start=_NOON + timedelta(days=100_000 // 2)),
    ]
    kinds = {
        "visits": Kind.FLOW,
        "signups": Kind.FLOW,
        "newsletter": Kind.FLOW,
        "latency": Kind.RATIO,
        "huge": Kind.FLOW,
    }
    units = {"latency": "seconds", "tiny": "%", "huge": "$"}
    every = {"newsletter": timedelta(days=7)}
    metrics = {
        one.metric: Metric(
            one.metric,
            units.get(one.metric, one.metric),
            kinds.get(one.metric, Kind.LEVEL),
            "",
            every=every.get(one.metric, timedelta(days=1)),
        )
        for one in rows
        if one.metric != "tiny"
    }
    return SeriesSet(tuple(rows), metrics)


def _made(
    name: str, first: float, pairs: dict[str, str] | None = None, *, start: datetime | None = None
) -> Series:
    around = {at + timedelta(days=back) for at in INSTANTS for back in range(-40, 2)}
    days = [start] if start else sorted(around)
    at = np.array([to_micros(one) for one in days], dtype=np.int64)
    value = first + np.arange(len(at), dtype=np.float64) % 7
    settled = np.arange(len(at)) % 5 > 0
    return Series(name, labels(pairs or {}), at[at % 11 > 0], value[at % 11 > 0], settled[at % 11 > 0])


_SERIES = _series()


def measure(data: bytes) -> None:
    """A measure: refused at a column, or a value, no data or a fault at any moment of any zone."""
    place, instant = (*data[:2], 0, 0)[:2]
    text = spelled(data[2:], pieces.MEASURE)
    moment = Moment(INSTANTS[instant % len(INSTANTS)], ZONES[place % len(ZONES)])
    moment = moment.close_of(moment.day) if place > 127 else moment
    try:
        found = parse(text)
    except MeasureFault as fault:
        _check_refusal(fault.message, 1 <= fault.column <= max(len(text), 1) + 1)
        return
    assert parse(str(found.root)).metrics == found.metrics
    assert set(found.since(moment)) == found.metrics
    _check_reading(found.evaluate(_SERIES, moment), moment)
    _check_reading(found.evaluate(SeriesSet(), moment), moment)


def _check_reading(reading: Reading, moment: Moment) -> None:
    if reading.state is State.VALUE:
        assert reading.value is not None
        assert math.isfinite(reading.value)
    else:
        assert reading.value is None
        assert reading.reason
    assert reading.at is None or reading.at <= moment.now
    assert reading.period is None or reading.period.start <= reading.period.end


def framework(data: bytes) -> None:
    """A framework file: a framework that can be told as JSON, or faults with their places."""
    text = _file(data, corpus.FRAMEWORK)
    try:
        found = parse_framework(text, "acme.yaml")
    except DocumentFaults as refused:
        _check_faults(refused, text, "acme.yaml")
        return
    assert json.dumps(as_json(found), allow_nan=False)
    counts(found)
    findings(found, _SERIES.metrics)


def workspace(data: bytes) -> None:
    """kpi.yaml: settings, or faults with their places and without any secret."""
    text = _file(data, corpus.WORKSPACE)
    try:
        read_workspace(text, "kpi.yaml", {"TOKEN": _SECRET})
    except DocumentFaults as refused:
        _check_faults(refused, text, "kpi.yaml")
        _check_refusal(_SECRET not in str(refused))


def _file(data: bytes, sound: str) -> str:
    """A file as it is, or a sound one after some edits."""
    if data[:1] and data[0] % 2 == 0:
        return spelled(data, pieces.YAML)
    return edited(data[1:65], sound, pieces.YAML)


def _check_faults(refused: DocumentFaults, text: str, file: str) -> None:
    assert 1 <= len(refused.faults) <= _MOST_FAULTS
    last = len(f"{text}.".splitlines())
    for fault in refused.faults:
        assert fault.file == file
        assert 1 <= fault.line <= last, f"{fault} of {last} lines"
        assert fault.message
        assert len(str(fault)) < 5000


def csv(data: bytes) -> None:
    """Samples as CSV or JSON: taken whole and told again as they were, or refused with the line."""
    text = spelled(data, pieces.CSV)
    zone = ZONES[len(data) % len(ZONES)]
    for read in (parse_csv, parse_json):
        try:
            found = read(text, zone)
        except SamplesRefused as refused:
            _check_refusal(*refused.faults)
            continue
        names = tuple(sorted({name for one in found for name, _ in one.labels}))
        assert parse_csv("".join(print_csv(found, names)), zone) == found


PURE: dict[str, Target] = {
    "quantity": quantity,
    "measure": measure,
    "framework": framework,
    "workspace": workspace,
    "csv": csv,
}
"""The targets that need no database, by name."""
