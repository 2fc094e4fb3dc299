"""The shape of a framework file: what its author may write, before anything is read into numbers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from kpi.framework_rules import (
    AlertRule,
    Attribution,
    Dashboard,
    Funnel,
    Governance,
    Report,
    Rule,
    SuccessItem,
    Tool,
    WrittenFinding,
    ZoneRule,
)
from kpi.quantity import Better

Name = Annotated[str, Field(min_length=1, max_length=200)]
HorizonKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


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


class _OrText:
    """Tells editors that a text alone is enough."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": ["string", "number"]}, handler(core)]}


TargetText = Annotated[TargetSpec, BeforeValidator(_target), _OrText()]
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
