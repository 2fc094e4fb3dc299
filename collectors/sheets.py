"""A Google Sheet of figures that people keep.

Endpoint: GET `/v4/spreadsheets/{sheet}/values/{range}`, one request a run.
Auth: `credentials`, a service account's key; the sheet is shared with its e-mail address as a viewer.
Rate limit: 60 requests a minute for a user, 300 for a Cloud project.
Freshness: at once; the last 62 days are read again each time, the first run and a back-fill read all.
Docs: https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get

Values are read as they are kept, not as the sheet's locale shows them: a date is read from its serial
number, and a cell in percent format is a fraction, so its unit stays empty. What the rows mean is told in
collectors/entries.py: date, name, value, and perhaps unit and note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from collectors import entries
from collectors.base import About, Batch, Client, Collector, Credential, Proof, Span, address
from collectors.entries import EntriesConfig
from collectors.faults import UnexpectedResponse
from collectors.google import GoogleConfig, Service, google_api, service_key
from collectors.http import Pace
from collectors.payload import part, text

KIND = "sheets"
METRICS = entries.metrics(KIND)
_TOP = re.compile(r"\$?[A-Z]{1,3}\$?(\d{1,7})(?::|$)")

GOOGLE = Service(
    "Google Sheets API",
    "https://www.googleapis.com/auth/spreadsheets.readonly",
    "Share the sheet with the service account's e-mail address as a viewer, and check sheet.",
    Pace(requests=60, seconds=60, at_once=4),
)


class Config(EntriesConfig, GoogleConfig):
    """Which sheet is read, and which cells of it."""

    collector: Literal["sheets"] = "sheets"
    sheet: str = Field(pattern=r"^[A-Za-z0-9_-]{20,100}$", description="the id in the sheet's address")
    range: str = Field("A:E", min_length=1, max_length=200, description="the cells, such as KPIs!A:E")
    base_url: Annotated[str, address("https://sheets.googleapis.com")] = "https://sheets.googleapis.com"


def parse_rows(answer: Any) -> Iterator[tuple[int, list[Any]]]:
    """The rows with their numbers in the sheet. Blank cells at the end of a row, and rows, are left out."""
    found = part(answer, "values") if isinstance(answer, dict) and "values" in answer else []
    if not isinstance(found, list) or not all(isinstance(one, list) for one in found):
        raise UnexpectedResponse("values is no list of lists", hint="The vendor may have changed its API.")
    top = _TOP.match(text(answer, "range").rpartition("!")[2])
    first = int(top[1]) if top else 1
    yield from enumerate(found, first)


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the cells."""
    api = await google_api(
        client, config.base_url, GOOGLE, lambda: service_key(config.credentials, GOOGLE.scope)
    )
    how = {
        "majorDimension": "ROWS",
        "valueRenderOption": "UNFORMATTED_VALUE",
        "dateTimeRenderOption": "SERIAL_NUMBER",
    }
    path = f"/v4/spreadsheets/{config.sheet}/values/{quote(config.range, safe='')}"
    return entries.batch(KIND, parse_rows(await api.get_json(path, how)), config, span)


ABOUT = About(
    title="Google Sheets",
    measures="figures people keep in a sheet: date, name, value",
    example={
        "sheet": "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms",
        "range": "KPIs!A:E",
        "credentials": "${GOOGLE_APPLICATION_CREDENTIALS}",
        "kinds": {"Webinar attendees": "flow"},
    },
    credentials=(
        Credential(
            "credentials",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "a service account's JSON key or its path; the sheet is shared with it as a viewer",
            "https://console.cloud.google.com/iam-admin/serviceaccounts",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="discovery document sheets v4",
)

COLLECTOR = Collector(
    "sheets",
    Config,
    METRICS,
    collect,
    settles_after=entries.SETTLES_AFTER,
    backfills=True,
    every=timedelta(minutes=15),
    rereads=entries.REREADS,
    about=ABOUT,
)
