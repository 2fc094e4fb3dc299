"""An address with a CSV file as a spreadsheet program writes it: a mark, semicolons, decimal commas."""

from __future__ import annotations

from collections.abc import Sequence

from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import Scenario, refused
from tests.collectors.scenarios.written import KINDS, ZONE, Line, expected, lines

TOKEN = "token-of-the-file-1234"
HEADER = "Date;KPI;Value;Unit;Note"


def written(found: Sequence[Line]) -> bytes:
    """The file, each cell quoted where it must be."""
    rows = [HEADER]
    for one in found:
        value = "" if one.value is None else f"{one.value:,.1f}".translate(str.maketrans(",.", ".,"))
        note = '"' + one.note.replace('"', '""') + '"' if '"' in one.note else one.note
        rows.append(f"{one.day:%d.%m.%Y};{one.name};{value};{one.unit};{note}")
    return ("\ufeff" + "\r\n".join(rows) + "\r\n").encode()


def address(body: bytes) -> Scenario:
    def answer(asked: Asked) -> Said:
        if (asked.method, asked.path) != ("GET", "/kpis.csv"):
            return refused(404, message="no such file")
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, message="who are you?")
        return Said(200, body, {"Content-Type": "text/csv", "ETag": '"1"'})

    return Scenario(
        settings={
            "url": "{url}/kpis.csv",
            "token": TOKEN,
            "delimiter": ";",
            "decimal": ",",
            "date_format": "%d.%m.%Y",
            "kinds": KINDS,
        },
        answer=answer,
        expected=expected("csv"),
        secrets=(TOKEN,),
        zone=ZONE,
    )


def a_file() -> Scenario:
    scenario = address(written(lines()))
    scenario.empty = address(written([])).answer
    return scenario


SCENARIOS = (a_file,)
