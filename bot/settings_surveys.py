"""The part of kpi.yaml that says which surveys are held in chat: `surveys`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    InstanceOf,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from bot.settings_access import ChannelId, Name, PersonEntry, Section, channel_id
from bot.settings_days import EXAMPLES, Days, read_days
from collectors.base import Every
from kpi.document import Document, Path, Wrong, nearest
from kpi.survey import FEWEST, KINDS, LEAST, SurveyKind
from kpi.workdays import NONE_CLOSED, DayRule, OnWeekdays, is_fiscal

LONGEST_OPEN = timedelta(days=62)
SHORTEST_OPEN = timedelta(hours=1)
LONGEST_QUESTION = 200  # characters

_RHYTHMS: Mapping[str, str] = {
    "weekly": "monday",
    "biweekly": "every 2 weeks monday",
    "monthly": "1st business day",
    "quarterly": "1st business day of the quarter",
    "yearly": "1st business day of the year",
}
_ACTIONS = ("answer", "comment")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SEARCHED = [date(2024, 1, 1) + timedelta(days=days) for days in range(1600)]


def _survey(name: str) -> str:
    """The name of a survey, which is typed and stands in buttons."""
    if not _NAME.fullmatch(name):
        raise Wrong("is no name for a survey", "write small letters, digits, - or _: developers")
    if name in _ACTIONS:
        raise Wrong(f"`survey {name}` means something else already", "choose another name: developers")
    return name


def _days(value: Any) -> Any:
    """`quarterly`, or any days that a schedule knows: as a rule."""
    if not isinstance(value, str):
        raise Wrong("is no rhythm", f"write {', '.join(_RHYTHMS)}, or days such as {EXAMPLES[5]}")
    days = read_days(_RHYTHMS.get(" ".join(value.casefold().split()), value))
    return days if isinstance(days, DayRule) else OnWeekdays(days)


def _clock(value: Any) -> Any:
    match = re.fullmatch(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*", str(value), re.ASCII)
    if match is None:
        raise Wrong(f'"{value}" is no time of day', 'write it as "10:00"')
    return time(int(match[1]), int(match[2]))


def _within(value: timedelta) -> timedelta:
    if not SHORTEST_OPEN <= value <= LONGEST_OPEN:
        raise Wrong("is no time that a survey can be open", f"write 1h to {LONGEST_OPEN.days}d, such as 7d")
    return value


def _said(value: str) -> str:
    text = " ".join(value.split())
    if not re.search(r"\w", text):
        raise Wrong("asks nothing", "write the question as people will read it")
    return text


SurveyName = Annotated[str, AfterValidator(_survey)]
_Rhythm = Annotated[
    InstanceOf[DayRule],
    BeforeValidator(_days),
    WithJsonSchema({"type": "string", "examples": [*_RHYTHMS, *EXAMPLES]}),
]
_Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": r"^\s*([01]?\d|2[0-3]):[0-5]\d\s*$"}),
]
_Open = Annotated[
    Every,
    AfterValidator(_within),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(s|m|min|h|d|w)\s*$"}),
]


class SurveyEntry(Section):
    """One question that is asked in chat, round after round."""

    kind: SurveyKind = Field(
        description="nps: 0 to 10, as a Net Promoter Score; satisfaction: 0 to 10, as a mean; csat: 1 to 5."
    )
    question: Annotated[str, AfterValidator(_said)] = Field(
        max_length=LONGEST_QUESTION, description="The question as people read it."
    )
    to: tuple[Name, ...] = Field(
        description="Who is asked: channels (slack:C0123ABCD), people, groups. People get a direct message."
    )
    every: _Rhythm = Field(description="When a round opens: weekly, monthly, quarterly, or days.")
    at: _Clock = Field(
        time(10), description="The time at which it opens.", json_schema_extra={"default": "10:00"}
    )
    open: _Open = Field(
        timedelta(days=7), description="How long it takes answers.", json_schema_extra={"default": "7d"}
    )
    least: int = Field(
        LEAST, ge=FEWEST, le=1000, description="So many answers it takes before a figure is shown."
    )
    anonymous: bool = Field(
        True, description="Nobody can tell who answered what. Otherwise names are kept, and people told so."
    )
    comment: bool = Field(True, description="Whether people may add words to their answer.")
    report: tuple[ChannelId, ...] = Field(
        (), description="Where the result is posted; without it, where the daily update goes."
    )

    @field_validator("kind", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if value not in KINDS:
            raise Wrong(f'there is no kind "{value}"', f"write {', '.join(KINDS)}")
        return value

    @field_validator("to")
    @classmethod
    def _somebody(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise Wrong("asks nobody", "name channels, people or groups")
        for one in value:
            if ":" in one:
                channel_id(one)
        return value

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        """A round is over before the next one opens."""
        if self.open > (gap := _shortest_gap(self.every)):
            hint = f"write open: {gap.days}d or less, or a slower rhythm"
            raise Wrong("would still be open when its next round begins", hint)
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """Those of `to` that are channels: slack:C0123."""
        return tuple(one for one in self.to if ":" in one)

    @property
    def period(self) -> str:
        """What a round is called after: month, quarter, year; nothing where only its day tells."""
        found = str(getattr(self.every, "period", ""))
        return found if not is_fiscal(self.every) else ""

    def asks(self, name: str, groups: tuple[str, ...]) -> bool:
        """Whether a person is asked, by name or in one of their groups."""
        return name in self.to or any(group in self.to for group in groups)


Surveys = dict[SurveyName, SurveyEntry]


def _shortest_gap(rule: Days) -> timedelta:
    """The least time between two days that the rule holds on, a year where it holds on one only."""
    assert isinstance(rule, DayRule)
    days = [day for day in _SEARCHED if rule.holds(day, NONE_CLOSED)]
    gaps = [later - day for day, later in pairwise(days)]
    return min(gaps, default=timedelta(days=365))


def check_surveys(document: Document) -> None:
    """Records a fault for everybody a survey asks whom `people` does not hold, or nobody can write to, for
    fewer people than a figure needs, and for a fiscal rhythm where nobody says when the year begins."""
    surveys, people = document.data.get("surveys"), document.data.get("people")
    listed = people.items() if isinstance(people, dict) else ()
    known = {name: one for name, one in listed if isinstance(one, dict)}
    for name, entry in surveys.items() if isinstance(surveys, dict) else ():
        if not isinstance(entry, dict):
            continue
        asked = list(_asked(document, ("surveys", name, "to"), entry.get("to"), known))
        if asked and None not in asked:
            _check_enough(document, name, entry, len({one for some in asked for one in some or ()}))
        _check_year(document, name, entry.get("every"))


def _asked(
    document: Document, path: Path, to: Any, people: Mapping[str, Mapping[str, Any]]
) -> Iterator[set[str] | None]:
    """The people that each line of `to` means; None for a channel, and where it means nobody."""
    groups: dict[str, set[str]] = {}
    for name, one in people.items():
        for group in one.get("groups") or ():
            groups.setdefault(str(group), set()).add(name)
    for position, line in enumerate(to if isinstance(to, list) else ()):
        text = line.strip() if isinstance(line, str) else ""
        if not text or ":" in text:
            yield None
            continue
        meant = {text} if text in people else groups.get(text)
        if meant is None:
            hint = nearest(text, [*people, *groups]) if people else "add the person under `people`"
            document.fault((*path, position), f"`people` holds nobody and no group called `{text}`", hint)
        for name in sorted(meant or ()):
            if not (people[name].get("slack") or people[name].get("discord")):
                told = f"{name} has no id on Slack or Discord, so cannot be asked"
                document.fault((*path, position), told, f"add it under `people: {name}:`")
        yield meant


def _check_enough(document: Document, name: str, entry: Mapping[str, Any], asked: int) -> None:
    written = entry.get("least", LEAST)
    least = int(written) if str(written).isdecimal() else 0
    if least >= FEWEST and asked < least:
        message = f"asks {asked}, but shows a figure from {least} answers on: there would never be one"
        document.fault(("surveys", name, "to"), message, "ask more people" + _lower(asked, least))


def _lower(asked: int, least: int) -> str:
    return f", or write least: {asked}" if FEWEST <= asked < least else ""


def _check_year(document: Document, name: str, every: Any) -> None:
    calendar = document.data.get("calendar")
    if isinstance(calendar, dict) and calendar.get("fiscal_year"):
        return
    try:
        is_unknown = is_fiscal(_days(every))
    except Wrong:
        return  # said already
    if is_unknown:
        hint = "add the month, as in `calendar: {fiscal_year: april}`"
        document.fault(("surveys", name, "every"), "nothing says when the fiscal year begins", hint)


def unheard_surveys(
    surveys: Mapping[str, SurveyEntry], people: Mapping[str, PersonEntry], set_up: Set[str], *, is_told: bool
) -> Iterator[str]:
    """Surveys whose result is posted nowhere (`is_told`: there is a daily update), and with some platform
    `set_up`, those in channels or of people that cannot be written to."""
    for name, entry in surveys.items():
        if not (entry.report or is_told):
            yield f"surveys: {name} is told nowhere; add `report:` with a channel, or a daily update"
        if not set_up:
            continue  # all is shown in the playground
        for surface in sorted({one.partition(":")[0] for one in (*entry.channels, *entry.report)} - set_up):
            yield f"surveys: {name} goes to {surface}, whose token is not set; set it, or leave it out"
        for person, one in people.items():
            if entry.asks(person, one.groups) and not any(getattr(one, surface) for surface in set_up):
                where = " or ".join(sorted(set_up))
                yield f"surveys: {name} asks {person}, who has no id on {where}; add it under `people:`"
