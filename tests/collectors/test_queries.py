"""What all queries have in common: units, days, rows that nobody can tell apart, and one that fails."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.base import Span
from collectors.faults import AuthFailed, Unavailable, UnexpectedResponse
from collectors.queries import (
    Asking,
    NamedQuery,
    Row,
    askings,
    bounds,
    collect_queries,
    days_of,
    time_of,
    value_of,
)
from kpi.metric import Sample
from kpi.unit import convert, unit

NOW = datetime(2026, 10, 26, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def asking(
    kind: Literal["level", "flow", "ratio"] = "level", unit_: str = "", now: datetime = NOW, **more: Any
) -> Asking[NamedQuery]:
    span = Span(now, more.pop("since", None), BERLIN, more.pop("until", None))
    return Asking("sql", "asked", NamedQuery(kind=kind, unit=unit_), span)


@pytest.mark.parametrize(
    ("spelling", "value", "base"),
    [
        ("ms", 180, 0.18),
        ("%", 99.95, 0.9995),
        ("hours", 1.5, 5400),
        ("GB", 2, 2e9),
        ("$", 12.5, 12.5),
        ("users", 7, 7),
        ("/10", 8.4, 0.84),
        ("requests/min", 120, 2),
        ("", 3, 3),
    ],
)
def test_a_value_is_kept_in_the_base_of_its_unit(spelling: str, value: float, base: float) -> None:
    assert asking(unit_=spelling).sample(NOW, value, {}).value == base


@settings(max_examples=40)
@given(st.floats(1e-9, 1e12), st.sampled_from(["ms", "%", "min", "KiB", "/5"]))
def test_a_kpi_in_the_same_unit_reads_what_the_query_said(value: float, spelling: str) -> None:
    known = unit(spelling)
    base = type(known)("base", known.dimension, unit("").scale)
    found = asking(unit_=spelling).sample(NOW, value, {}).value
    assert convert(found, base, known) == pytest.approx(value, rel=1e-14)


def test_what_has_no_time_is_of_now_and_a_flow_needs_one() -> None:
    assert list(asking().read([Row(3.0)])) == [Sample("sql.level", NOW, 3.0, (("query", "asked"),))]
    with pytest.raises(UnexpectedResponse, match="has no time"):
        list(asking("flow").read([Row(3.0)]))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("flow", [("2026-10-24T22:00:00+00:00", True), ("2026-10-25T23:00:00+00:00", False)]),
        ("level", [("2026-10-25T22:59:59+00:00", True), ("2026-10-26T10:00:00+00:00", True)]),
        ("ratio", [("2026-10-25T22:59:59+00:00", True)]),
    ],
)
def test_days_are_stamped_by_what_they_measure(kind: Any, expected: Any) -> None:
    found = asking(kind).read([Row(1.0, date(2026, 10, 25)), Row(2.0, date(2026, 10, 26))])
    assert [(one.at.isoformat(), one.settled) for one in found] == expected


MIDNIGHTS = [datetime(2026, 10, day, tzinfo=BERLIN) for day in (25, 26)]


@pytest.mark.parametrize("zone", [BERLIN, UTC, None])
def test_a_ratio_grouped_by_days_is_told_as_one_of_days(zone: Any) -> None:
    times = [one.replace(tzinfo=None) if zone is None else one.astimezone(zone) for one in MIDNIGHTS]
    found = asking("ratio").read(Row(0.5, one) for one in times)
    assert [one.at.isoformat() for one in found] == ["2026-10-25T22:59:59+00:00"]


@pytest.mark.parametrize(("kind", "times"), [("level", MIDNIGHTS), ("ratio", [*MIDNIGHTS, NOW])])
def test_other_times_are_instants(kind: Any, times: list[datetime]) -> None:
    assert [one.at for one in asking(kind).read(Row(0.5, one) for one in times)] == times


def test_days_outside_of_the_span_are_left_out() -> None:
    one = asking("flow", since=NOW - timedelta(days=5), until=NOW - timedelta(days=2))
    rows = [Row(1.0, date(2026, 10, day)) for day in range(15, 31)]
    assert len(list(one.read(rows))) == 4
    assert len(days_of(one)) == 4
    assert bounds(one.span)[1] == datetime(2026, 10, 24, 22, tzinfo=UTC)


def test_two_values_for_one_time_are_a_fault() -> None:
    with pytest.raises(UnexpectedResponse, match="two values"):
        list(asking().read([Row(1.0), Row(2.0)]))
    assert len(list(asking().read([Row(1.0, None, {"a": "1"}), Row(2.0, None, {"a": "2"})]))) == 2


def test_too_many_series_are_a_fault() -> None:
    with pytest.raises(UnexpectedResponse, match="1,000 series"):
        list(asking().read(Row(1.0, None, {"user": str(one)}) for one in range(1_001)))


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (3, 3),
        ("2.5", 2.5),
        (Decimal("0.1"), 0.1),
        (None, None),
        ("NaN", None),
        ("+Inf", None),
        (float("inf"), None),
    ],
)
def test_numbers_are_read_as_databases_write_them(found: Any, value: float | None) -> None:
    assert value_of(found, asking()) == value


@pytest.mark.parametrize("found", [True, "x", "", [], b"1", "1e400", 10**400])
def test_what_is_no_number_is_a_fault(found: Any) -> None:
    with pytest.raises(UnexpectedResponse):
        value_of(found, asking())


@pytest.mark.parametrize("found", ["yesterday", None, True, 1e300, "2026-13-01", [], {}])
def test_what_is_no_time_is_a_fault(found: Any) -> None:
    with pytest.raises(UnexpectedResponse):
        time_of(found, asking())


async def test_a_refusal_at_the_first_query_ends_the_run_and_another_fault_does_not() -> None:
    asked: list[str] = []
    fault: Exception = AuthFailed("no")

    async def answer(one: Asking[NamedQuery]) -> list[Sample]:
        asked.append(one.name)
        if one.name == "a":
            raise fault
        return list(one.read([Row(1.0)]))

    queries = askings("sql", {"a": NamedQuery(), "b": NamedQuery(kind="ratio")}, asking().span)
    batch = await collect_queries(queries, answer)
    assert (asked, batch.samples) == (["a"], ())
    assert batch.faults[0].metrics == ("sql.level", "sql.ratio")
    fault = Unavailable("later")
    batch = await collect_queries(queries, answer)
    assert [one.metric for one in batch.samples] == ["sql.ratio"]
    assert [one.part for one in batch.faults] == ["a"]
