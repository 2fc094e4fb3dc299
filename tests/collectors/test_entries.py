"""Tables that people keep: what is read of a row, and what is said of one that cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.base import Batch, Span
from collectors.entries import EntriesConfig, Entry, RowFault, batch, parse_entries, parse_entry
from collectors.faults import UnexpectedResponse

TODAY = date(2026, 11, 20)
SPAN = Span(datetime(2026, 11, 20, 12, tzinfo=UTC), None, ZoneInfo("UTC"))
HEADER = ["date", "name", "value", "unit"]


def config(**more: Any) -> EntriesConfig:
    return EntriesConfig.model_validate({"collector": "csv", **more})


def row(value: Any, unit: str = "", *, day: Any = "2026-11-19", name: Any = "Partners", **more: Any) -> Entry:
    return parse_entry({"date": day, "name": name, "value": value, "unit": unit}, config(**more), TODAY)


def read(*rows: list[Any], span: Span = SPAN, **more: Any) -> Batch:
    return batch("csv", enumerate([HEADER, *rows], 1), config(**more), span)


@pytest.mark.parametrize(
    ("value", "unit", "decimal", "means"),
    [
        ("1,234.5", "", ".", 1234.5),
        ("1.234,5", "", ",", 1234.5),
        ("1 234", "", ",", 1234),
        ("1\u202f234,5", "", ",", 1234.5),
        ("-7", "", ".", -7),
        ("\u22127", "", ".", -7),
        (45, "%", ".", 0.45),
        ("45 %", "", ".", 0.45),
        ("45%", "%", ".", 0.45),
        (0.45, "", ".", 0.45),
        (2.5, "hours", ".", 9000),
        ("120", "ms", ".", 0.12),
        (32_000, "$", ".", 32_000),
        (8, "/10", ".", 0.8),
        (12, "talks", ".", 12),
    ],
)
def test_a_value_is_kept_in_its_base_unit(value: Any, unit: str, decimal: str, means: float) -> None:
    assert row(value, unit, decimal=decimal).value == means


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1,23", "no number"),
        ("1,2345", "no number"),
        ("12,34,567", "no number"),
        ("#N/A", "no number"),
        (True, "no number"),
        ("1e400", "no number"),
        ("$5", "no number"),
        (float("inf"), "too large"),
        ("9" * 400, "too large"),
    ],
)
def test_a_value_that_is_none_is_no_number_of_another(value: Any, said: str) -> None:
    with pytest.raises(RowFault, match=said):
        row(value)


@given(st.integers(-(10**12), 10**12), st.integers(0, 99))
@settings(max_examples=60)
def test_both_ways_to_write_a_number_mean_the_same(whole: int, cents: int) -> None:
    english = f"{whole:,}.{cents:02d}"
    german = english.translate(str.maketrans(",.", ".,"))
    expected = float(f"{whole}.{cents:02d}")
    assert row(english).value == row(german, decimal=",").value == expected


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": "19.11.2026"}, "not written like %Y-%m-%d"),
        ({"day": "2026-02-30"}, "not written like"),
        ({"day": ""}, "not written like"),
        ({"day": "2026-11-21"}, "lies ahead"),
        ({"day": "1970-01-01"}, "no day to measure"),
        ({"day": 7}, "no day"),
        ({"day": True}, "not written like"),
        ({"name": "  "}, "name is empty"),
        ({"name": "a\nb"}, "not a text"),
        ({"name": "x" * 201}, "too long"),
        ({"unit": "x" * 90}, "too long"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(changed: dict[str, Any], said: str) -> None:
    unit = changed.pop("unit", "")
    with pytest.raises(RowFault, match=said):
        row(5, unit, **changed)


def test_a_sign_of_percent_and_another_unit_do_not_go_together() -> None:
    with pytest.raises(RowFault, match="unit says otherwise"):
        row("5%", "hours")


def test_a_serial_number_is_a_day() -> None:
    assert row(5, day=46_345).day == date(2026, 11, 19)
    assert row(5, day=46_345.75).day == date(2026, 11, 19)


def test_bad_rows_are_named_and_the_others_used() -> None:
    found = read(["2026-11-18", "A", 1], ["18.11.", "A", 2], ["2026-11-19", "A", "?"], ["2026-11-19", "B", 4])
    assert {(dict(one.labels)["name"], one.value) for one in found.samples} == {("A", 1.0), ("B", 4.0)}
    (fault,) = found.faults
    assert fault.message.startswith("2 rows cannot be read and are left out: row 3: date")
    assert "row 4: value is no number" in fault.message
    assert fault.kind == "UnexpectedResponse"


def test_a_flood_of_bad_rows_is_cut_short() -> None:
    found = read(*[["?", "A", 1]] * 500)
    assert "and 490 more" in found.faults[0].message
    assert len(found.faults[0].message) < 1000


def test_of_two_rows_for_a_day_the_last_counts() -> None:
    found = read(["2026-11-18", "A", 1], ["2026-11-18", "A", 7], ["2026-11-18", "B", 2])
    assert sorted(one.value for one in found.samples) == [2, 7]


def test_a_value_nobody_knows_yet_is_no_zero_and_no_fault() -> None:
    assert read(["2026-11-18", "A", ""], ["2026-11-19", "A"], [], ["", "", ""]) == Batch()


def test_a_span_reads_its_days_alone() -> None:
    rows = [[f"2026-11-{day:02d}", "A", day] for day in range(1, 21)]
    since = datetime(2026, 11, 5, 13, tzinfo=UTC)
    span = Span(SPAN.now, since, SPAN.zone, since + timedelta(days=2))
    assert [one.value for one in read(*rows, span=span).samples] == [5, 6, 7]


def test_today_is_not_settled() -> None:
    found = read(["2026-11-20", "A", 1], ["2026-11-19", "A", 1], kinds={"A": "flow"})
    assert [(one.metric, one.settled) for one in found.samples] == [("csv.flow", False), ("csv.flow", True)]


def test_a_name_in_kinds_that_no_row_bears_is_told() -> None:
    assert read(["2026-11-18", "A", 1], kinds={"a": "flow"}).notes == ("kinds names a, which no row bears",)


@pytest.mark.parametrize("header", [[], ["a", "b"], ["date", "name"], ["date", "name", "kpi", "value"]])
def test_a_table_without_a_header_is_not_guessed_at(header: list[str]) -> None:
    with pytest.raises(UnexpectedResponse, match="does not name the columns date, name and value"):
        parse_entries([(1, header), (2, ["2026-11-18", "A", 1])], config(), TODAY)


@pytest.mark.parametrize("form", ["%d", "day", "%", "%H:%M", "%d.%m"])
def test_a_date_format_names_a_day(form: str) -> None:
    with pytest.raises(ValidationError, match="date_format"):
        config(date_format=form)
