"""The shape of a framework file: what its author may write, before anything is read into numbers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from kpi.alert_rules import Rule
from kpi.calendar import EVEN, WEEKDAYS, Rhythm
from kpi.document import Wrong
from kpi.framework_rules import (
    AlertRule,
    Attribution,
    Dashboard,
    Funnel,
    Governance,
    OrText,
    Report,
    SuccessItem,
    Tool,
    WrittenFinding,
    ZoneRule,
)
from kpi.quantity import Better

Asked = Literal["daily", "weekly", "biweekly", "monthly", "quarterly", "yearly"]
Name = Annotated[str, Field(min_length=1, max_length=200)]
HorizonKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def _age(value: Any) -> Any:
    """`7d` or `30 days` as a stretch of time."""
    if value is None:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,3})\s*(?:d|days?)", str(value).strip().casefold())
    if match is None:
        raise Wrong(f"“{str(value)[:40]}” is not a number of days", "write it as 7d")
    return timedelta(days=int(match[1]))


Age = Annotated[timedelta | None, BeforeValidator(_age), OrText()]
"""`7d`: whole days."""

_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RHYTHMS = {"weekdays": WEEKDAYS, "even": EVEN}


def _rhythm(value: Any) -> Any:
    """`weekdays`, `even`, or a weight for each day that counts."""
    if value is None:
        return None
    if isinstance(value, str) and value in _RHYTHMS:
        return _RHYTHMS[value]
    if not isinstance(value, dict) or not set(value) <= set(_DAY_NAMES):
        raise Wrong(f"“{str(value)[:40]}” is no rhythm", "write weekdays, even, or {monday: 2, tuesday: 1}")
    texts = [str(value.get(day, 0)).strip() for day in _DAY_NAMES]  # a file's numbers come as texts
    if not all(re.fullmatch(r"[0-9]{1,3}", one) for one in texts) or not any(map(int, texts)):
        raise Wrong("has weights that are no whole numbers", "write weights from 0 to 999, not all 0")
    return tuple(map(int, texts))


class _AsRhythm:
    """Tells editors what a rhythm is written as."""

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        weights = {
            "type": "object",
            "propertyNames": {"enum": list(_DAY_NAMES)},
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 999},
        }
        return {"anyOf": [{"enum": [*_RHYTHMS, None]}, weights]}


RhythmSpec = Annotated[Rhythm | None, BeforeValidator(_rhythm), _AsRhythm()]
"""How a pace is spread over the days of a week."""


class TargetSpec(Rule):
    """A target as its author wrote it.

    `goal` states the number apart where the author's sentence is no quantity; `words: true` keeps a text
    that holds digits from being read as a number.
    """

    text: Annotated[str, Field(min_length=1, max_length=300)]
    goal: str = ""
    words: bool = False


def _target(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


TargetText = Annotated[TargetSpec, BeforeValidator(_target), OrText()]
"""A target, or only its text."""


class KpiSpec(Rule):
    """One KPI."""

    name: Name
    line: int = Field(default=0, ge=0, description="line of the source document")
    aliases: tuple[Name, ...] = Field(default=(), description="what people type instead of the name")
    unit: str = Field(default="", description="stars, %, $, hours, min, ms, x, /10, :1, visitors/month …")
    better: Better = Field(description="higher, lower, or none for a planned mix, a date or a word")
    baseline: str = Field(default="", description="where it stood at the start, as written")
    targets: dict[HorizonKey, TargetText] = Field(default={}, description="horizon: target as written")
    pace: TargetText | None = Field(
        default=None, description="the rate of growth that is success: 55-60 stars/day"
    )
    measure: str = Field(
        default="", description="such as sum(plausible.visitors, 30d); none: entered by hand"
    )
    source: str = Field(default="", description="what the document says on measuring it")
    owner: str = ""
    note: str = ""
    scored: bool = Field(default=True, description="false leaves it out of scores")
    matures: Age = Field(default=None, description="a cohort's rate: only cohorts this old count, such as 7d")
    history: Age = Field(default=None, description="how far its data must reach back first, such as 90d")
    rhythm: RhythmSpec = Field(default=None, description="how its pace is spread: weekdays, or weights")
    asked: Asked | None = Field(
        default=None, description="how often its owner is asked for the number, where a person states it"
    )


class SectionSpec(Rule):
    """KPIs under one heading; headings join with ` > `."""

    title: Name
    kpis: tuple[KpiSpec, ...]


class HorizonSpec(Rule):
    """A named deadline: day90, q1 to q4, month6, stage1, phase1, or a name that kpi.yaml gives a date."""

    title: str = ""


class GateSpec(Rule):
    """The gate out of a phase."""

    to: HorizonKey
    require: str = Field(description="the share of the phase's KPIs that must be achieved, such as 80%")
    title: str = ""
    line: int = 0


class FrameworkSpec(Rule):
    """A framework file."""

    framework: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    title: Name
    source: str = Field(default="", description="the document it was written from")
    horizons: dict[HorizonKey, HorizonSpec | None]
    sections: tuple[SectionSpec, ...]
    gates: dict[HorizonKey, GateSpec] = Field(default={})
    zones: tuple[ZoneRule, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    reports: tuple[Report, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    attribution: tuple[Attribution, ...] = ()
    success: tuple[SuccessItem, ...] = ()
    governance: Governance = Governance()
    tools: tuple[Tool, ...] = ()
    findings: tuple[WrittenFinding, ...] = ()
