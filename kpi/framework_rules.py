"""The rules a framework states beside its KPIs: zones, alerts, reports, dashboards, funnels and more.

Each is written in the file as it is used here. `text` is what the author wrote and `line` where; what
people have to judge says so instead of pretending to a number.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from kpi.alert_rules import AlertRule as AlertRule
from kpi.alert_rules import Condition as Condition
from kpi.alert_rules import Rule
from kpi.document import Wrong

Cadence = Literal["real-time", "daily", "weekly", "biweekly", "monthly", "quarterly", "yearly"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class OrText:
    """Tells editors that a text alone is enough."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": ["string", "number"]}, handler(core)]}


def _percent(value: Any) -> Any:
    return value.strip().removesuffix("%").strip() if isinstance(value, str) else value


Percent = Annotated[float, BeforeValidator(_percent), Field(ge=0, le=1000, allow_inf_nan=False), OrText()]
"""`90%` or `90`, as 90."""


class ZoneRule(Rule):
    """One zone: the percent of target from `at_least` up to `below`, and what else it asks for."""

    zone: Literal["green", "yellow", "red"]
    at_least: Percent | None = None
    below: Percent | None = None
    text: str = ""
    line: int = 0


ChartKind = Literal[
    "", "trend", "bullet", "scorecard", "ladder", "funnel", "mix", "waterfall", "burnup", "calendar", "cohort"
]
View = Literal["value", "delta", "today", "trend", "target", "share", "funnel"]
When = Literal["always", "changed", "red"]
Paper = Literal["pdf", "deck", "csv"]


class ReportPart(Rule):
    """One part of a report: what it shows, in which form, and when it is worth a message.

    KPIs are named by key, and in kpi.yaml by any name that means one alone. Parts come in the order they are
    written. `queries` are measures that no KPI states, by the name they are shown under. `by` is the label
    whose values a waterfall, a ranking or a mix tells apart; `days` how far back a chart goes. `changed`
    leaves the part out where nothing in it changed over the report's period, `red` where nothing in it is
    off track or short of a target that is due. With an `audience`, a part goes only to those who are named:
    people, groups and roles in their direct messages, and channels such as slack:C0123.
    """

    title: str
    line: int = 0
    kpis: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    dashboards: tuple[str, ...] = ()
    everything: bool = False
    queries: dict[str, str] = Field(default_factory=dict)
    gates: tuple[str, ...] = ()
    funnels: tuple[str, ...] = ()
    attribution: tuple[str, ...] = ()
    success: bool = False  # the framework's own definition of success, item by item
    view: View = "value"
    chart: ChartKind = ""
    by: str = ""
    days: int | None = Field(default=None, ge=7, le=1100)
    when: When = "always"
    audience: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _shows_something(self) -> ReportPart:
        shown = (self.kpis, self.sections, self.dashboards, self.everything, self.queries)
        if not any((*shown, self.gates, self.funnels, self.attribution, self.success)):
            hint = "give it kpis, sections, dashboards, queries, gates, funnels, attribution or success"
            raise Wrong("shows nothing", hint)
        return self


class Report(Rule):
    """What is told on a cadence, to whom.

    `parts` say what it is made of; without them its dashboards and sections are its parts, in their order.
    `documents` are attached to its thread. With `when`, a whole report is posted only where that holds.
    """

    key: str
    title: str
    cadence: Cadence
    text: str = ""
    line: int = 0
    day: Weekday | None = None
    audience: str = ""
    content: str = ""
    dashboards: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    parts: tuple[ReportPart, ...] = ()
    documents: tuple[Paper, ...] = ()
    when: When = "always"
    note: str = ""


class DashboardItem(Rule):
    """One entry of a dashboard, mapped to KPIs, to whole sections, or to all of them."""

    text: str
    line: int = 0
    kpis: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    dashboards: tuple[str, ...] = ()
    everything: bool = False
    view: View = "value"
    note: str = ""


class Dashboard(Rule):
    """A named list of KPIs."""

    key: str
    title: str
    items: tuple[DashboardItem, ...]
    line: int = 0
    note: str = ""


class FunnelStep(Rule):
    """One step: the KPI that counts who is in it, and the KPI that states the rate from the step before."""

    name: str
    count: str = ""
    rate: str = ""
    within: str = ""


class Funnel(Rule):
    """Steps that people or deals pass in order."""

    key: str
    title: str
    steps: tuple[FunnelStep, ...] = Field(min_length=2)
    line: int = 0
    overall: str = ""  # the KPI that states the rate from the first step to the last
    note: str = ""


class Attribution(Rule):
    """How a whole is shared among its origins."""

    key: str
    title: str
    kind: Literal["mix", "ranking", "shares", "total"]
    of: str
    line: int = 0
    kpis: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    note: str = ""


class SuccessItem(Rule):
    """One line of the definition of success: a KPI at a horizon, or a judgement by people."""

    text: str
    group: str
    line: int = 0
    kpi: str = ""
    horizon: str = ""
    is_judged: bool = Field(default=False, alias="judged")


class Review(Rule):
    """A recurring review, or a recurring or dated task."""

    title: str
    cadence: Cadence | None = None
    due: str = ""  # a horizon, or a date
    kpi: str = ""
    text: str = ""
    line: int = 0


class Governance(Rule):
    """Who owns the framework, when it is looked at again, and what its author says about using it."""

    owner: str = ""
    updated: date | None = None
    next_review: date | None = None
    principle: str = ""
    line: int = 0
    owners: dict[str, str] = Field(default_factory=dict)  # section → owner
    reviews: tuple[Review, ...] = ()
    tasks: tuple[Review, ...] = ()


class Tool(Rule):
    """A system the document names, and what for."""

    name: str
    purpose: str
    line: int = 0
    optional: bool = False


class WrittenFinding(Rule):
    """Something the document states that cannot all hold, found by its reader."""

    text: str
    lines: tuple[int, ...]
