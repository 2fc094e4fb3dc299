"""Google Sheets: ragged rows, rows by their number in the sheet, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.base import Batch, Client
from collectors.sheets import COLLECTOR, parse_rows
from tests.collectors.scenarios.base import play
from tests.collectors.scenarios.sheets import a_sheet, cells, stand_in
from tests.collectors.scenarios.written import lines


async def run(client: Client, rows: list[list[Any]], **settings: Any) -> Batch:
    scenario = a_sheet()
    changed = replace(scenario, settings={**scenario.settings, **settings}, answer=stand_in(rows))
    return (await play(COLLECTOR, changed, client))[0]


async def test_rows_are_named_by_their_number_in_the_sheet(client: Client) -> None:
    rows = [*cells(lines())[:2], ["#REF!", "Partners", 46_000], ["TRUE"], [True, "Partners", 46_000]]
    (fault,) = (await run(client, rows)).faults
    assert "row 5: value is no number; row 6: date" in fault.message
    assert "row 7: value is no number" in fault.message


async def test_an_empty_sheet_says_what_to_write(client: Client) -> None:
    batch = await run(client, [])
    assert "does not name the columns date, name and value" in batch.faults[0].message


@pytest.mark.parametrize(
    ("settings", "kind"),
    [({"sheet": "x" * 44}, "UnexpectedResponse"), ({"range": "Sheet9!A:E"}, "UnexpectedResponse")],
)
async def test_a_sheet_that_is_not_there_is_a_fault(
    client: Client, settings: dict[str, str], kind: str
) -> None:
    batch = await run(client, cells(lines()), **settings)
    assert [one.kind for one in batch.faults] == [kind]
    assert "Requested entity" in batch.faults[0].message or "parse range" in batch.faults[0].message


@pytest.mark.parametrize(
    ("told", "first"),
    [("'A!B'!A3:E9", 3), ("Sheet1!$B$12:E", 12), ("Sheet1!A:E", 1), ("Sheet1", 1), ("KPIs!C7", 7)],
)
def test_the_first_row_is_the_ranges(told: str, first: int) -> None:
    assert next(parse_rows({"range": told, "values": [[1]]})) == (first, [1])
