"""The part of kpi.yaml that says when: `schedule` and `calendar`."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    InstanceOf,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bot.settings_access import Section, known_zone
from bot.settings_days import EXAMPLES, read_days
from bot.settings_days import WEEKDAYS as WEEKDAYS
from collectors.base import Every
from kpi.document import Document, Wrong, nearest
from kpi.workdays import DayRule, is_fiscal

_HINT = 'write a time and days, for example "09:00 weekdays"'
CATCH_UP = timedelta(hours=24)
"""How late a report is still worth sending; what is older is folded into the next one."""

WAIT = timedelta(minutes=10)
"""How long a report waits for sources that have not been read since its day closed."""

LONGEST_CATCH_UP = timedelta(days=31)
"""What the ledger looks back to."""

_LONGEST = 200  # characters


def _when(text: Any) -> dict[str, Any]:
    """The parts of `09:00 weekdays Europe/London`. Raises `Wrong` where it is none."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise Wrong("is no schedule", _HINT)
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?:\s+(.+))?", text.strip(), re.ASCII | re.DOTALL)
    if match is None:
        raise Wrong(f'"{text}" is no schedule', _HINT)
    days, zone = _apart(match[3] or "")
    return {
        "at": time(int(match[1]), int(match[2])),
        "days": read_days(days or "daily"),
        "zone": zone,
        "text": " ".join(text.split()),
    }


def _no_longer(value: timedelta) -> timedelta:
    if value > LONGEST_CATCH_UP:
        raise Wrong("is longer than a report is worth sending", f"write at most {LONGEST_CATCH_UP.days}d")
    return value


def _perhaps_nothing(value: Any) -> Any:
    """A wait may be none at all: `0`, `0m`."""
    is_nothing = isinstance(value, str) and re.fullmatch(r"\s*0\s*(s|m|min|h|d)?\s*", value)
    return timedelta() if is_nothing else value


_LENGTH = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(s|m|min|h|d|w)\s*$"}
_Length = Annotated[Every, AfterValidator(_no_longer), WithJsonSchema(_LENGTH)]
_Wait = Annotated[
    Every,
    BeforeValidator(_perhaps_nothing),
    WithJsonSchema({**_LENGTH, "pattern": r"^\s*(0|\d+(\.\d+)?\s*(s|m|min|h|d|w))\s*$"}),
]
_TEXT = {
    "type": "string",
    "title": "A time, days, and a time zone if it is not the workspace's",
    "pattern": r"^\s*([01]?\d|2[0-3]):[0-5]\d(\s+.+)?$",
    "examples": [*(f"09:00 {one}" for one in EXAMPLES), "09:00 weekdays Europe/London"],
}


class PatientEntry(Section):
    """A schedule that says more than when: how long it waits for its sources, and how late it may be."""

    at: Annotated[dict[str, Any], PlainValidator(_when), WithJsonSchema(_TEXT)]
    catch_up: _Length = Field(
        CATCH_UP, description="How late it is still worth sending.", json_schema_extra={"default": "24h"}
    )
    wait: _Wait = Field(
        WAIT,
        description="How long it waits for sources not read since its day closed.",
        json_schema_extra={"default": "10m"},
    )
    needs: tuple[str, ...] | None = Field(
        None, description="The sources it waits for; without it, those of all that it shows."
    )

    @field_validator("wait")
    @classmethod
    def _within(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        if value >= info.data.get("catch_up", LONGEST_CATCH_UP):  # one that is wrong was told of
            raise Wrong("is not shorter than `catch_up`", "wait less, or raise `catch_up`")
        return value


class CadenceEntry(Section):
    """A wall-clock time, the days it holds on, and its zone where that is not the workspace's.

    `09:00 weekdays`, `09:00 monday,thursday`, `09:00 2nd business day Europe/London`; or with more to say,
    `{at: "09:00 weekdays", wait: 30m, catch_up: 24h, needs: [github]}`.
    """

    at: time
    days: frozenset[int] | InstanceOf[DayRule]
    zone: str = ""
    text: str = ""  # as it was written: time, days and zone
    catch_up: timedelta = CATCH_UP
    wait: timedelta = WAIT
    needs: frozenset[str] | None = None  # None: the sources of all that the report shows

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return _when(value)
        written = PatientEntry.model_validate(value)  # its faults keep their places
        wait = written.wait if "wait" in value else min(WAIT, written.catch_up / 2)
        needs = None if written.needs is None else frozenset(written.needs)
        return {**written.at, "catch_up": written.catch_up, "wait": wait, "needs": needs}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What an editor is told: what is written, not the parts it is read into."""
        return {"anyOf": [_TEXT, handler(PatientEntry.__pydantic_core_schema__)]}


def check_schedule(document: Document) -> None:
    """Records a fault for every schedule by fiscal periods where nobody has said when the year begins, and
    for everything it needs that is no source."""
    calendar, schedule = document.data.get("calendar"), document.data.get("schedule")
    has_year = isinstance(calendar, dict) and bool(calendar.get("fiscal_year"))
    for name, written in schedule.items() if isinstance(schedule, dict) else ():
        if isinstance(written, dict):
            _check_needs(document, name, written.get("needs"))
        try:
            days = CadenceEntry.model_validate(written).days
        except ValueError:
            continue  # said already
        if isinstance(days, DayRule) and is_fiscal(days) and not has_year:
            hint = "add the month, as in `calendar: {fiscal_year: april}`"
            document.fault(("schedule", name), "nothing says when the fiscal year begins", hint)


def _check_needs(document: Document, name: str, needs: Any) -> None:
    sources = document.data.get("sources")
    known = sources if isinstance(sources, dict) else {}
    for position, one in enumerate(needs if isinstance(needs, list) else ()):
        if isinstance(one, str) and one not in known:
            hint = nearest(one, known) if known else "add it under `sources`"
            document.fault(("schedule", name, "needs", position), f"there is no source `{one}`", hint)


def _apart(text: str) -> tuple[str, str]:
    """The words for days, and the zone among them."""
    words = text.split()
    zones = [word for word in words if "/" in word or word in ("UTC", "GMT")]  # no day is called so
    if len(zones) > 1:
        raise Wrong(f"{zones[0]} and {zones[1]} are two time zones", "keep one of them")
    for zone in zones:
        known_zone(zone)
    return " ".join(word for word in words if word not in zones), "".join(zones)
