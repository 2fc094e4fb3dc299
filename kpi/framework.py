"""A framework: the KPIs one document states, with their targets, gates and rules, as the bot uses them.

These are the models. `kpi.framework_file` reads them from the text of a file and writes them as JSON;
`kpi.framework_rules` holds the rules that stand beside the KPIs (alerts, reports, dashboards, funnels).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from kpi.calendar import Rhythm
from kpi.framework_rules import (
    AlertRule,
    Attribution,
    Dashboard,
    Funnel,
    Governance,
    Report,
    SuccessItem,
    Tool,
    WrittenFinding,
    ZoneRule,
)
from kpi.quantity import Better, Goal
from kpi.unit import Unit

_NOT_APPLICABLE = re.compile(r"n\s*/?\s*a|not applicable|[-–—]", re.IGNORECASE)
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Horizon:
    """A named deadline. `position` orders the horizons of one framework, the strictest last."""

    key: str
    title: str
    position: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a KPI should reach at a horizon; `goal.text` is what the author wrote."""

    horizon: str
    goal: Goal
    unit: Unit  # what the numbers of `goal` count; the KPI's own unit, except for a pace

    @property
    def is_numeric(self) -> bool:
        return self.goal.value is not None

    @property
    def is_applicable(self) -> bool:
        """Whether the cell asks for anything: `N/A` does not, words such as `Market leader` do."""
        return not _NOT_APPLICABLE.fullmatch(self.goal.text.strip())


@dataclass(frozen=True, slots=True)
class Kpi:
    """A named question with targets.

    `pace` is the rate of growth its author called success (`55-60 stars/day`): it counts the KPI's unit
    per time, so it is never the target in force. `scored` is false for a KPI that restates another one
    or describes a mix: it is shown, and left out of every score. A cohort's rate `matures`: only cohorts
    at least that old count. A KPI that needs `history` has no number before its data reaches that far back.
    `rhythm` says how a pace is spread over a week; without one the plan's own counts. `asked` is how often
    its owner is asked for the number (`monthly`) where a person has to state it.
    """

    key: str
    name: str
    section: str
    unit: Unit
    better: Better
    line: int
    aliases: tuple[str, ...] = ()
    baseline: float | None = None
    baseline_text: str = ""
    targets: Mapping[str, Target] = field(default_factory=dict)
    pace: Target | None = None
    measure: str | None = None
    source: str = ""
    owner: str = ""
    note: str = ""
    scored: bool = True
    matures: timedelta | None = None
    history: timedelta | None = None
    rhythm: Rhythm | None = None
    asked: str | None = None

    @property
    def is_judged(self) -> bool:
        """Whether people judge it: it has targets, and none of them is a number."""
        asked = [one for one in self.targets.values() if one.is_applicable]
        return bool(asked) and not any(one.is_numeric for one in asked)


@dataclass(frozen=True, slots=True)
class Gate:
    """What must hold to enter `to`: this share of the KPIs that have a target at `from_`, achieved."""

    key: str
    title: str
    from_: str
    to: str
    require: Fraction
    line: int = 0

    def kpis(self, framework: Framework) -> tuple[Kpi, ...]:
        """The KPIs that count: those with a written target at `from_` that is not `N/A`."""
        return tuple(
            kpi
            for kpi in framework.kpis
            if (target := kpi.targets.get(self.from_)) is not None and target.is_applicable
        )


@dataclass(frozen=True, slots=True)
class Framework:
    """One file of KPIs and rules. `kpis` keep the order of the document."""

    key: str
    title: str
    source: str
    horizons: Mapping[str, Horizon]
    kpis: tuple[Kpi, ...]
    zones: tuple[ZoneRule, ...] = ()
    gates: tuple[Gate, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    reports: tuple[Report, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    attribution: tuple[Attribution, ...] = ()
    success: tuple[SuccessItem, ...] = ()
    governance: Governance = field(default_factory=Governance)
    tools: tuple[Tool, ...] = ()
    written_findings: tuple[WrittenFinding, ...] = ()
    by_key: Mapping[str, Kpi] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {kpi.key: kpi for kpi in self.kpis})

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that hold KPIs, in the order of the document."""
        return tuple(dict.fromkeys(kpi.section for kpi in self.kpis))

    def owner_of(self, kpi: Kpi) -> str:
        """Who answers for a KPI: its own owner, else that of its nearest heading, else the framework's."""
        if kpi.owner:
            return kpi.owner
        owners = {title.casefold(): owner for title, owner in self.governance.owners.items()}
        section = kpi.section.casefold()
        while section:
            if owner := owners.get(section) or owners.get(section.rpartition(" > ")[2]):
                return owner
            section = section.rpartition(" > ")[0]
        return self.governance.owner

    def within(self, section: str) -> tuple[Kpi, ...]:
        """The KPIs of a section and of the sections below it."""
        below = f"{section} > "
        return tuple(kpi for kpi in self.kpis if kpi.section == section or kpi.section.startswith(below))


def slug(text: str) -> str:
    """`Signup → First Query` as `signup_first_query`: letters without accents and digits, joined by `_`."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("%", " percent "))
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", apart))
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def kpi_key(section: str, name: str) -> str:
    """The key of a KPI: its nearest heading and its name, because names repeat within a document."""
    return f"{slug(section.rpartition(' > ')[2])}.{slug(name)}"
