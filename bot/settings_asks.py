"""The part of kpi.yaml that says who is asked for numbers, how often and when: `asks`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from bot.settings_access import Name, Section
from kpi.asking import EVERY, Every, Hours, Patience
from kpi.document import Document, Wrong, nearest

NEVER = "never"
LONGEST_DAYS = 60
"""Nobody waits longer: by then the next month was asked for."""

OPENS = time(10)


def _at(value: Any) -> Any:
    """A time of day. Raises `Wrong` where it is none."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value).strip(), re.ASCII)
    if match is None:
        raise Wrong(f'"{str(value)[:40]}" is no time of day', 'write one such as "10:00"')
    return time(int(match[1]), int(match[2]))


def _days(value: Any) -> Any:
    """Whole days: `2d`, `1w`; None for `never`. Raises `Wrong` for another length."""
    if value is None or isinstance(value, int):
        return value
    said = str(value).strip().casefold()
    if said == NEVER:
        return None
    match = re.fullmatch(r"([1-9]\d{0,2})\s*(d|days?|w|weeks?)", said, re.ASCII)
    days = int(match[1]) * (7 if match[2][0] == "w" else 1) if match else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise Wrong(f'"{str(value)[:40]}" is no number of days', f"write 1d to {LONGEST_DAYS}d, or never")
    return days


def _every(value: Any) -> Any:
    if value in (*EVERY, NEVER, None):
        return value
    hint = nearest(str(value)[:40], (*EVERY, NEVER))
    hint = hint if hint.startswith("did") else f"write one of {', '.join((*EVERY, NEVER))}"
    raise Wrong(f'"{str(value)[:40]}" is no rhythm to ask in', hint)


_DAYS = {"type": "string", "pattern": r"^\s*(never|[1-9]\d{0,2}\s*(d|days?|w|weeks?))\s*$"}
_Days = Annotated[int | None, BeforeValidator(_days), WithJsonSchema(_DAYS)]
_TIME = {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"}


class AskEntry(Section):
    """How one number is asked for."""

    every: Annotated[Every | Literal["never"] | None, BeforeValidator(_every)] = Field(
        None, description="How often: daily to yearly, or never; without it as the framework says."
    )
    who: Name | None = Field(
        None, description="Who is asked, as named under `people`; without it whoever owns the KPI."
    )


class AsksEntry(Section):
    """When people are asked for the numbers that only they know. Once loaded, `kpis` go by their paths."""

    at: Annotated[time, BeforeValidator(_at), WithJsonSchema(_TIME)] = Field(
        OPENS,
        description="From what time on, in the person's own zone.",
        json_schema_extra={"default": "10:00"},
    )
    remind: _Days = Field(
        2, description="After how many days they are reminded, once.", json_schema_extra={"default": "2d"}
    )
    escalate: _Days = Field(
        4,
        description="After how many days whoever answers for the section is told.",
        json_schema_extra={"default": "4d"},
    )
    kpis: dict[Name, AskEntry] = Field(
        default_factory=dict, description="By path (inferno/growth.mrr), key or name: how often, and who."
    )

    @model_validator(mode="after")
    def _in_turn(self) -> Self:
        if self.remind is not None and self.escalate is not None and self.escalate <= self.remind:
            told = f"tells others after {self.escalate} days, and reminds after {self.remind}"
            raise Wrong(told, "let `escalate` be later than `remind`, or write never")
        return self

    @property
    def patience(self) -> Patience:
        return Patience(self.remind, self.escalate)

    @property
    def hours(self) -> Hours:
        return Hours(timedelta(hours=self.at.hour, minutes=self.at.minute))


def check_asks(document: Document) -> None:
    """Records a fault for everybody under `asks` whom `people` does not hold, or who has no id there."""
    asks, people = document.data.get("asks"), document.data.get("people") or {}
    kpis = asks.get("kpis") if isinstance(asks, dict) else None
    if not isinstance(kpis, dict) or not isinstance(people, dict):
        return  # said already, or nothing to say
    for name, entry in kpis.items():
        who = entry.get("who") if isinstance(entry, dict) else None
        if isinstance(who, str) and who.strip() and (wrong := _unreached(who.strip(), people)):
            document.fault(("asks", "kpis", name, "who"), *wrong)


def _unreached(who: str, people: Mapping[str, Any]) -> tuple[str, str] | None:
    if who not in people:
        hint = nearest(who, people) if people else "add the person under `people`"
        return f"there is nobody called `{who}` under `people`", hint
    entry = people[who]
    if isinstance(entry, dict) and not (entry.get("slack") or entry.get("discord")):
        return f"`{who}` has no id in any chat", "add `slack:` or `discord:` to the person under `people`"
    return None
