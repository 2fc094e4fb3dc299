"""The part of kpi.yaml that says where alerts are told, when they wait, and which rules differ: `alerts`."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from bot.settings_access import ChannelId, Section
from kpi.alert_rules import LIMITS, Condition, Handling, Severity
from kpi.document import Document, Wrong
from kpi.duration import duration
from kpi.framework_rules import OrText

OFF = "off"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_STATED = re.compile(r"[a-z][a-z0-9_-]{0,39}/[a-z][a-z0-9_]{0,59}")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def _rule_name(value: str) -> str:
    if not (_NAME.fullmatch(value) or _STATED.fullmatch(value)):
        raise Wrong(
            f'"{value[:60]}" is no name of a rule',
            "write framework/rule for a stated one, or a name of your own in small letters: slow_signups",
        )
    return value


RuleName = Annotated[str, AfterValidator(_rule_name)]
"""`hektor/traffic_drop` is a rule of a framework, `slow_signups` one of kpi.yaml's own."""


def _hours(value: Any) -> Any:
    """`20:00-08:00` as a text in one spelling. Raises `Wrong` where it is none."""
    match = _HOURS.fullmatch(str(value).strip()) if value else None
    if value and match is None:
        raise Wrong(f'"{str(value)[:40]}" is no stretch of hours', 'write "20:00-08:00"')
    if match is None:
        return ""
    begin, end = f"{int(match[1]):02}:{match[2]}", f"{int(match[3]):02}:{match[4]}"
    if begin == end:
        raise Wrong("begins when it ends", 'write "20:00-08:00", or remove it')
    return f"{begin}-{end}"


_QUIET = {"type": "string", "pattern": r"^\d?\d:\d\d\s*[-–]\s*\d?\d:\d\d$"}


class QuietEntry(Section):
    """When alerts wait. They are told once it is over; critical ones pass unless their rule waits."""

    hours: Annotated[str, BeforeValidator(_hours), WithJsonSchema(_QUIET)] = Field(
        "", description="From when to when, in the workspace's zone: 20:00-08:00."
    )
    days: Literal["all", "business"] = Field(
        "all", description="On which days alerts are told: all, or business days only."
    )

    @property
    def stretch(self) -> tuple[time, time] | None:
        """From when to when it is quiet; over midnight where the end comes first. None for never."""
        if not self.hours:
            return None
        begin, end = self.hours.split("-")
        return time.fromisoformat(begin), time.fromisoformat(end)


Channels = tuple[ChannelId, ...]
SOONEST = timedelta(minutes=15)
"""A reminder that comes more often is muted before anybody acts on it."""


class RuleEntry(Handling):
    """A rule of one's own, or what is different of a stated one."""

    off: bool = Field(False, description="Not looked at any more; `off` instead of the entry says the same.")
    severity: Severity | None = None
    text: str = Field("", max_length=200, description="What it is about, in words.")
    title: str = Field("", max_length=80, description="What its message is headed with.")
    when: Condition | None = None
    by_hand: str = Field("", max_length=200, description="What a person may flag.")
    note: str = ""
    above: float | None = Field(None, allow_inf_nan=False, description="Another limit of a stated rule.")
    at_least: float | None = Field(None, allow_inf_nan=False)
    at_most: float | None = Field(None, allow_inf_nan=False)
    below: float | None = Field(None, allow_inf_nan=False)
    channels: Channels = Field((), description="Where its alerts are told; as the others are without it.")

    @property
    def limits(self) -> dict[str, float]:
        """The limit that is written here, by its name."""
        return {name: value for name in LIMITS if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if len(self.limits) > 1:
            raise Wrong("has several limits", f"give one of {', '.join(self.limits)}")
        return self

    @field_validator("remind_every")
    @classmethod
    def _reminds_seldom(cls, text: str) -> str:
        if text and timedelta(0) < duration(text) < SOONEST:
            raise Wrong(f"“{text}” is too often", "remind every 15 minutes at most: 4 hours")
        return text


def _entry(value: Any) -> Any:
    """`off` stands for an entry that turns a rule off."""
    if isinstance(value, str) and value.strip().casefold() in (OFF, "false", "no"):
        return {OFF: True}
    if isinstance(value, str):
        raise Wrong(f'"{value[:40]}" says nothing of a rule', "write off, or what is different: {above: 40}")
    return value


_Entry = Annotated[RuleEntry, BeforeValidator(_entry), OrText()]


class AlertsEntry(Section):
    """Where alerts are told, when they are quiet, and which rules are different."""

    channels: Channels = Field((), description="Where alerts are told; without it where the daily update is.")
    celebrations: Channels = Field((), description="Where celebrations are told; without it as alerts are.")
    quiet: QuietEntry = Field(default_factory=QuietEntry)
    rules: dict[RuleName, _Entry] = Field(
        default_factory=dict,
        description="By full name (hektor/traffic_drop) what is different, or off; by a new name your own.",
    )


def check_alerts(document: Document) -> None:
    """Records a fault for every channel that stands twice in a list, and every own rule half written."""
    alerts = document.data.get("alerts")
    if not isinstance(alerts, dict):
        return
    for key in ("channels", "celebrations"):
        _check_once(document, ("alerts", key), alerts.get(key))
    rules = alerts.get("rules")
    for name, entry in rules.items() if isinstance(rules, dict) else ():
        if isinstance(entry, dict):
            _check_once(document, ("alerts", "rules", name, "channels"), entry.get("channels"))
            _check_own(document, name, entry)


def _check_once(document: Document, path: tuple[str, ...], texts: Any) -> None:
    for position, text in enumerate(texts if isinstance(texts, list) else ()):
        if text in texts[:position]:
            document.fault((*path, position), f"{text} stands there twice", "keep one of them")


def _check_own(document: Document, name: str, entry: dict[str, Any]) -> None:
    """A stated rule says what is different; one of one's own has to say everything."""
    if "/" in str(name):
        return
    path = ("alerts", "rules", name)
    for key in ("severity", "text"):
        if not entry.get(key):
            document.fault((*path, key), "is missing", f"add `{key}: …` to this rule of your own")
    if not entry.get("when") and not entry.get("by_hand"):
        document.fault(path, "says neither when it holds nor who raises it", "add `when: …` or `by_hand: …`")
    for key in LIMITS:
        if key in entry:
            hint = "put the limit under `when:`"
            document.fault((*path, key), "stands beside the condition of a rule of your own", hint)
