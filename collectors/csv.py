"""A CSV file of figures that people keep, on this machine or at an address.

Endpoint: `path`, a file; or GET `url`, asked conditionally.
Auth: none, or `token` as a bearer token where the address wants one.
Rate limit: none of its own; one request a run.
Freshness: as the file is; the last 62 days are read again each time, the first run and a back-fill read all.
Docs: https://www.rfc-editor.org/rfc/rfc4180

The file is UTF-8, with or without the mark that Excel writes. What its rows mean is told in
collectors/entries.py: date, name, value, and perhaps unit and note.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from collectors import entries
from collectors.base import About, Batch, Client, Collector, Credential, Span
from collectors.entries import EntriesConfig
from collectors.faults import UnexpectedResponse
from collectors.http import Access

KIND = "csv"
METRICS = entries.metrics(KIND)


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("url must look like https://files.acme.dev/kpis.csv, without a user in it")
    return value


class Config(EntriesConfig):
    """Which file is read, and how it is written."""

    collector: Literal["csv"] = "csv"
    path: str | None = Field(None, min_length=1, description="a file on this machine")
    url: Annotated[str, AfterValidator(_address)] | None = None
    token: SecretStr | None = None
    delimiter: Literal[",", ";", "\t", "|"] = ","

    @model_validator(mode="after")
    def _has_one_place(self) -> Config:
        if (self.path is None) == (self.url is None):
            raise ValueError("set either path or url")
        if self.path is not None and self.token is not None:
            raise ValueError("a file needs no token: set url, or leave token out")
        return self


def parse_rows(body: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file with their line numbers; raises UnexpectedResponse where it is no CSV."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnexpectedResponse("the file is not in UTF-8", hint="Save it as CSV UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise UnexpectedResponse(
            f"line {reader.line_num} is no CSV: {error}", hint="Check delimiter and the quotes there."
        ) from None


async def _body(config: Config, client: Client) -> bytes:
    if config.url is not None:
        parts = urlsplit(config.url)
        hidden = tuple(one for one in (parts.query,) if one)  # it may hold the key of a shared file
        api = client.at(f"{parts.scheme}://{parts.netloc}", Access(token=config.token, secrets=hidden))
        return (await api.get(config.url, accept="text/csv, text/plain, */*")).body
    return await asyncio.to_thread(_file, config.path or "", client.policy.body_bytes)


def _file(named: str, most: int) -> bytes:
    path = Path(named)
    try:
        path = path.expanduser()
        with path.open("rb") as file:
            body = file.read(most + 1)
    except (OSError, ValueError, RuntimeError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "it is no path"
        raise UnexpectedResponse(
            f"{path.name} cannot be read: {said}", hint="Check path, and that the bot may read the file."
        ) from None
    if len(body) > most:
        raise UnexpectedResponse(f"{path.name} is larger than {most:,} bytes", hint="No part of it was used.")
    return body


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read the file."""
    rows = list(parse_rows(await _body(config, client), config.delimiter))
    return entries.batch(KIND, rows, config, span)


ABOUT = About(
    title="CSV file",
    measures="figures people keep in a file: date, name, value",
    example={"url": "https://files.example/kpis.csv", "kinds": {"Webinar attendees": "flow"}},
    credentials=(
        Credential(
            "token",
            "CSV_TOKEN",
            "read access, where the address wants a bearer token",
            "https://www.rfc-editor.org/rfc/rfc6750",
            is_required=False,
        ),
    ),
    proven_by="RFC 4180",
)

COLLECTOR = Collector(
    "csv",
    Config,
    METRICS,
    collect,
    settles_after=entries.SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=1),
    rereads=entries.REREADS,
    about=ABOUT,
)
