"""A Google Sheet with lines that a person wrote: dates as serial numbers, blank ends of rows left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import Scenario
from tests.collectors.scenarios.google import Interface, credentials, limited, said_no, secrets
from tests.collectors.scenarios.written import KINDS, ZONE, Line, expected, lines

SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
SHEET = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
RANGE = "'KPIs 2026'!A3:E"


def cells(found: Sequence[Line]) -> list[list[Any]]:
    """The rows as the interface gives them: ragged, and the columns in the sheet's own order."""
    rows: list[list[Any]] = [["Value", "name", "Date", "unit", "note"]]
    for one in found:
        row = [
            "" if one.value is None else one.value,
            one.name,
            (one.day - date(1899, 12, 30)).days,
            one.unit,
            one.note,
        ]
        while row[-1] == "":
            row.pop()
        rows += [row, []] if one.name == "Answer time" else [row]
    return rows


def stand_in(rows: list[list[Any]]) -> Interface:
    def values(asked: Asked, names: dict[str, str]) -> Said:
        if names["spreadsheetId"] != SHEET:
            return said_no(404, "Requested entity was not found.", "NOT_FOUND")
        if names["range"] != RANGE:
            return said_no(400, f"Unable to parse range: {names['range']}", "INVALID_ARGUMENT")
        wanted = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
        if not wanted.items() <= asked.query.items():
            return said_no(400, "The stand-in shows values as they are kept alone.", "INVALID_ARGUMENT")
        answer: dict[str, Any] = {"range": "'KPIs 2026'!A3:E1000", "majorDimension": "ROWS"}
        return said_json(answer | ({"values": rows} if rows else {}))

    return Interface("google_sheets", SCOPE, {"sheets.spreadsheets.values.get": values})


def a_sheet() -> Scenario:
    return Scenario(
        settings={
            "sheet": SHEET,
            "range": RANGE,
            "credentials": credentials(),
            "kinds": KINDS,
            "base_url": "{url}",
        },
        answer=stand_in(cells(lines())),
        expected=expected("sheets"),
        secrets=secrets(),
        zone=ZONE,
        empty=stand_in(cells([])),
        limit=limited(),
    )


SCENARIOS = (a_sheet,)
