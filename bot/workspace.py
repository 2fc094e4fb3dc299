"""The workspace at work: frameworks laid on the calendar, and the names people use for their KPIs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from kpi.calendar import Plan
from kpi.framework import Framework, Gate, Kpi
from kpi.metric import Metric

NEAREST = 3
"""How many names a refusal suggests."""


@dataclass(frozen=True, slots=True)
class Use:
    """A framework in use: what it says, and how it lies in time."""

    framework: Framework
    plan: Plan


@dataclass(frozen=True, slots=True)
class KpiRef:
    """One KPI of one framework in use."""

    use: Use
    kpi: Kpi

    @property
    def path(self) -> str:
        """The one name that always means this KPI."""
        return f"{self.use.framework.key}/{self.kpi.key}"


@dataclass(frozen=True, slots=True)
class GateRef:
    """One gate of one framework in use."""

    use: Use
    gate: Gate

    @property
    def path(self) -> str:
        return f"{self.use.framework.key}/{self.gate.key}"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the workspace; `ids` holds their id on each surface, `role` what they may change."""

    name: str
    ids: Mapping[str, str] = field(default_factory=dict)
    role: str = "reader"


@dataclass(frozen=True, slots=True)
class Source:
    """A configured use of a collector, as commands speak of it."""

    name: str
    collector: str
    metrics: tuple[str, ...]
    every_seconds: float
    note: str = ""  # said wherever its numbers show: "sample data: ..."


@dataclass(frozen=True)
class Workspace:
    """What every command and report is told of the workspace; nothing here changes while the bot runs."""

    name: str
    zone: ZoneInfo
    uses: tuple[Use, ...]
    metrics: Mapping[str, Metric]
    sources: tuple[Source, ...] = ()
    people: tuple[Person, ...] = ()
    notice: str = ""

    @cached_property
    def kpis(self) -> tuple[KpiRef, ...]:
        return tuple(KpiRef(use, kpi) for use in self.uses for kpi in use.framework.kpis)

    @cached_property
    def gates(self) -> tuple[GateRef, ...]:
        return tuple(GateRef(use, gate) for use in self.uses for gate in use.framework.gates)

    @cached_property
    def _paths(self) -> Mapping[str, tuple[KpiRef, ...]]:
        return _index(self.kpis, lambda ref: (ref.path, ref.kpi.key))

    @cached_property
    def _names(self) -> Mapping[str, tuple[KpiRef, ...]]:
        return _index(self.kpis, _spoken_names)

    def find_kpi(self, text: str) -> tuple[KpiRef, ...]:
        """The KPIs that `text` names exactly: by path, key, name or alias, in any case and punctuation."""
        wanted = normal(text)
        return self._paths.get(wanted) or self._names.get(wanted) or ()

    def nearest_names(self, text: str) -> tuple[str, ...]:
        """The names of KPIs that look most like `text`, as their author wrote them."""
        said = normal(text)[:100]
        shown = {normal(name): name for ref in self.kpis for name in (*ref.kpi.aliases, ref.kpi.name)}
        found: dict[tuple[str, ...], str] = {}
        for name in nearest(said, shown, most=4 * NEAREST):
            found.setdefault(tuple(ref.path for ref in self.find_kpi(name)), name)  # one name for each KPI
        return tuple(found.values())[:NEAREST]

    def own_name(self, ref: KpiRef) -> str:
        """A name that means this KPI and no other, aliases first; its path where every name is shared."""
        return next(iter(self.own_names(ref)), ref.path)

    def own_names(self, ref: KpiRef) -> tuple[str, ...]:
        """The names that mean this KPI and no other, as its author ordered them."""
        return tuple(name for name in (*ref.kpi.aliases, ref.kpi.name) if self.find_kpi(name) == (ref,))

    def source_of(self, metric: str) -> Source | None:
        """The source that measures `metric`."""
        return next((source for source in self.sources if metric in source.metrics), None)

    def person(self, surface: str, user: str) -> Person | None:
        """The person behind a surface's user id."""
        return next((one for one in self.people if one.ids.get(surface) == user), None)


def nearest(text: str, shown: Mapping[str, str], *, most: int = NEAREST) -> tuple[str, ...]:
    """Values of `shown` whose keys look most like `text`, best first: whole, or by one word."""
    from rapidfuzz import fuzz, process  # 3 MB that nobody needs before the first typo

    def by_word(text: str, name: str, **_: object) -> float:
        """How much the likest word of `name` looks like `text`, less a little: whole names come first."""
        return 0.95 * max((fuzz.ratio(text, word) for word in name.split()), default=0.0)

    whole = process.extract(text, list(shown), scorer=fuzz.ratio, limit=most, score_cutoff=60)
    parts = process.extract(text, list(shown), scorer=by_word, limit=most, score_cutoff=70)
    best = sorted([*whole, *parts], key=lambda match: -match[1])
    return tuple(dict.fromkeys(shown[name] for name, _, _ in best))[:most]


def normal(text: str) -> str:
    """One spelling for a name: case, width, punctuation, invisible characters and spaces do not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    shown = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    return " ".join(re.findall(r"[\w%$]+", shown.replace("_", " ")))


def _spoken_names(ref: KpiRef) -> Iterable[str]:
    framework = ref.use.framework
    for name in (ref.kpi.name, *ref.kpi.aliases):
        yield name
        yield f"{framework.key} {name}"
        yield f"{ref.kpi.section.rsplit(' > ', 1)[-1]} {name}"


_Names = Callable[[KpiRef], Iterable[str]]


def _index(refs: Iterable[KpiRef], names: _Names) -> Mapping[str, tuple[KpiRef, ...]]:
    index: dict[str, list[KpiRef]] = {}
    for ref in refs:
        for name in names(ref):
            found = index.setdefault(normal(name), [])
            if ref not in found:
                found.append(ref)
    return {name: tuple(found) for name, found in index.items()}
