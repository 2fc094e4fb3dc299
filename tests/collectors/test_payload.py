from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.faults import UnexpectedResponse
from collectors.payload import moment, number, part, rows, text


@pytest.mark.parametrize(("value", "expected"), [(3, 3.0), ("1204", 1204.0), ("12.5", 12.5), (0, 0.0)])
def test_numbers_are_read_also_from_text(value: Any, expected: float) -> None:
    assert number({"count": value}, "count") == expected


@pytest.mark.parametrize("value", [None, True, "many", "nan", float("inf"), [], {}, "", "9" * 400])
def test_what_is_no_number_is_a_fault_that_names_the_place(value: Any) -> None:
    with pytest.raises(UnexpectedResponse, match=r"repository\.count is not a number"):
        number({"repository": {"count": value}}, "repository", "count")


@pytest.mark.parametrize("payload", [{}, [], None, "x", {"a": None}, {"a": []}])
def test_a_missing_step_is_a_fault(payload: Any) -> None:
    with pytest.raises(UnexpectedResponse, match=r"no a\.0"):
        part(payload, "a", 0)


@pytest.mark.parametrize(
    "value",
    ["2026-11-20T10:00:00Z", "2026-11-20T12:00:00+02:00", "2026-11-20T10:00:00", "2026-11-20T10:00:00.000Z"],
)
def test_times_end_up_in_utc(value: str) -> None:
    assert moment({"at": value}, "at") == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", ["yesterday", "", None, 5])
def test_what_is_no_time_is_a_fault(value: Any) -> None:
    with pytest.raises(UnexpectedResponse):
        moment({"at": value}, "at")


@pytest.mark.parametrize("value", [{}, None, [1], "rows", [{}, None]])
def test_what_is_no_list_of_objects_is_a_fault(value: Any) -> None:
    with pytest.raises(UnexpectedResponse, match="not a list of objects"):
        list(rows({"list": value}, "list"))


def test_an_empty_text_is_a_fault() -> None:
    with pytest.raises(UnexpectedResponse):
        text({"name": ""}, "name")
