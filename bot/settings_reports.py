"""The part of kpi.yaml that states reports of its own: `reports`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.settings_access import Section
from kpi.document import Wrong
from kpi.framework_rules import Cadence, Paper, ReportPart, When

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}(?:/[a-z0-9][a-z0-9_-]{0,59})?")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise Wrong(
            f'"{value[:60]}" is no name of a report', "write small letters, digits, _ and -: board_notes"
        )
    return value


ReportName = Annotated[str, AfterValidator(_name)]
"""As it stands under `channels` and `schedule`: weekly, hektor/weekly, or a name of `reports`. Whether there
is such a report is known once the frameworks are read."""


class ReportEntry(Section):
    """A report that no framework states."""

    title: str = Field("", max_length=80, description="What its post is headed with; its name without one.")
    cadence: Cadence = Field(
        description="What it is about: the last closed day, week, sprint (biweekly), month, quarter or year; "
        "real-time is one message that is kept up to date."
    )
    audience: str = Field("", max_length=120, description="Who it is for, in words.")
    content: str = Field("", max_length=200, description="What it is about, in words.")
    parts: tuple[ReportPart, ...] = Field(min_length=1, description="What it shows, in this order.")
    documents: tuple[Paper, ...] = Field((), description="What is attached: pdf, deck, csv.")
    when: When = Field("always", description="Whether it is posted at all: always, changed, red.")
