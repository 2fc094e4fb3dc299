"""The workspace at work: frameworks laid on the calendar, and the names people use for their KPIs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot import languages
from bot.alerting import RuleRef, rules
from bot.cadence import Owed
from bot.errors import UserError
from bot.settings_alerts import AlertsEntry
from bot.settings_asks import AsksEntry
from bot.settings_calendar import CalendarEntry
from bot.settings_reports import ReportEntry
from bot.settings_surveys import SurveyEntry
from kpi.calendar import Plan
from kpi.framework import Framework, Gate, Kpi
from kpi.metric import Labels, Metric

NEAREST = 3
"""How many names a refusal suggests."""


@dataclass(frozen=True, slots=True)
class Use:
    """A framework in use: what it says, and how it lies in time.

    `file` is the framework as its file states it, before targets were changed by hand, and `text` that file.
    """

    framework: Framework
    plan: Plan
    file: Framework | None = None
    text: str = field(default="", repr=False)
    measures: Mapping[str, str] = field(default_factory=dict)
    """How kpi.yaml measures KPIs otherwise than the file, by key."""


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
    groups: tuple[str, ...] = ()
    zone: str = ""  # an IANA zone, where it is not the workspace's


@dataclass(frozen=True, slots=True)
class Restriction:
    """What not everybody may see, and who may: those in one of the channels, or whom one of the rest names.

    It is a rule, not a list: whatever stands in a covered section is covered, at any time.
    """

    kpis: frozenset[str] = frozenset()  # paths
    names_alone: frozenset[tuple[str, str]] = frozenset()
    """Framework and name, in its normal spelling, of those that share it with none: under whatever heading
    they stood in an earlier revision, they are the same."""
    sections: tuple[tuple[str, ...], ...] = ()  # headings in a row, each in its normal spelling
    frameworks: frozenset[str] = frozenset()  # keys
    channels: tuple[str, ...] = ()  # slack:C0123
    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    ask: str = ""  # whom to ask for what it covers

    def covers(self, ref: KpiRef) -> bool:
        framework = ref.use.framework.key
        if ref.path in self.kpis or framework in self.frameworks:
            return True
        if self.names_alone and (framework, normal(ref.kpi.name)) in self.names_alone:
            return True
        headings = headings_of(ref.kpi.section)
        return any(stands_in(one, headings) for one in self.sections)

    def names(self, person: Person) -> bool:
        """Whether the person may see it where nobody else reads along."""
        is_grouped = any(group in self.groups for group in person.groups)
        return person.name in self.people or person.role in self.roles or is_grouped


@dataclass(frozen=True, slots=True)
class Source:
    """A configured use of a collector, as commands speak of it."""

    name: str
    collector: str
    metrics: tuple[str, ...]
    every_seconds: float
    note: str = ""  # said wherever its numbers show: "sample data: ..."
    title: str = ""  # GitHub
    forgets_after: timedelta | None = None  # how long the vendor keeps what is read here
    forgotten: tuple[str, ...] = ()  # the metrics that this is about; all where none is named
    names: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    """The names under each of its settings that holds such: queries, pages, events."""
    labels: Labels = ()  # what tells its series from those of another source of its collector
    settles_after: timedelta = timedelta(0)  # how long after its end a day may still change


class LiveBoard(NamedTuple):
    """A live report in one channel: a message that is kept up to date in place."""

    report: str
    surface: str
    channel: str  # the surface's id


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
    trouble: str = ""  # what is wrong with its files while the last good ones stay in force
    restrictions: tuple[Restriction, ...] = ()
    permissions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The roles that may do an act, by act; one that is not here keeps to `bot.roles.ALLOWED`."""
    calendar: CalendarEntry = field(default_factory=CalendarEntry)
    """Days on which the company is closed, and when its year begins."""
    surveys: Mapping[str, SurveyEntry] = field(default_factory=dict)
    """What is asked in chat round after round, by name."""
    asks: AsksEntry = field(default_factory=AsksEntry)
    """Who is asked for numbers and when; its `kpis` go by their paths."""
    reports: Mapping[str, ReportEntry] = field(default_factory=dict)
    """The reports that kpi.yaml states itself, by name."""
    alerts: AlertsEntry = field(default_factory=AlertsEntry)
    """Where alerts are told, when they wait, and which rules differ; its KPIs go by their paths."""
    language: str = languages.ENGLISH
    schedule: tuple[Owed, ...] = ()
    boards: tuple[LiveBoard, ...] = ()
    """The live reports, each in its channels."""
    fallback: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Where a post goes whose channel cannot be reached, by channel or `default`: channels, or @name."""
    budget: Mapping[str, int] = field(default_factory=dict)
    """How many messages a week each channel takes, by channel or `default`."""
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """On the charts of which KPIs, by their paths, a kind of happening is marked, where kpi.yaml says so."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Why this reader may not see a KPI, by its path, in two lines: what holds, what to do. Empty where it
    must seem not to exist."""
    withheld_kpis: tuple[KpiRef, ...] = ()
    """Those of `withheld` that this reader may hear of."""

    @cached_property
    def kpis(self) -> tuple[KpiRef, ...]:
        """The KPIs that whoever asks may see. A framework in `uses` holds those withheld too."""
        found = (KpiRef(use, kpi) for use in self.uses for kpi in use.framework.kpis)
        return tuple(ref for ref in found if not self.withheld or ref.path not in self.withheld)

    def shows(self, framework: str, kpi: str) -> bool:
        """Whether whoever asks may see the KPI, by the keys of both."""
        return f"{framework}/{kpi}" not in self.withheld

    def may_hear_of(self, framework: str, kpi: str) -> bool:
        """Whether whoever asks may know that the KPI is there: named as one not shown, and counted."""
        return self.withheld.get(f"{framework}/{kpi}", "shown") != ""

    @cached_property
    def restricted(self) -> Mapping[str, tuple[Restriction, ...]]:
        """The KPIs that not everybody may see, by path, with what restricts them."""
        if not self.restrictions:
            return {}
        found = {ref.path: tuple(one for one in self.restrictions if one.covers(ref)) for ref in self.kpis}
        return {path: some for path, some in found.items() if some}

    @cached_property
    def views(self) -> dict[Hashable, Workspace]:
        """What `bot.access` made of this workspace for its readers; kept, since indexing names is costly."""
        return {}

    @cached_property
    def gates(self) -> tuple[GateRef, ...]:
        return tuple(GateRef(use, gate) for use in self.uses for gate in use.framework.gates)

    @cached_property
    def _withheld_names(self) -> Mapping[str, tuple[KpiRef, ...]]:
        return _index(self.withheld_kpis, lambda ref: (ref.path, ref.kpi.key, *_spoken_names(ref)))

    def find_withheld(self, text: str) -> str | None:
        """Why the KPI that `text` names exactly is not shown; None where nothing may be said of one."""
        found = self._withheld_names.get(normal(text))
        return self.withheld[found[0].path] if found else None

    def refusal_for(self, text: str) -> UserError | None:
        """The refusal for the name of a KPI that this reader may not see; None for every other text."""
        why = self.find_withheld(text)
        if not why:
            return None
        message, _, hint = why.partition("\n")
        return UserError(message, hint)

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

    def holding(self, text: str) -> tuple[KpiRef, ...]:
        """The KPIs whose own names hold every word of `text`: "coverage" is a part of four."""
        wanted = set(normal(text).split())
        return tuple(ref for ref in self.kpis if wanted and wanted <= set(normal(ref.kpi.name).split()))

    @cached_property
    def _shown_names(self) -> Mapping[str, str]:
        return {normal(name): name for ref in self.kpis for name in (*ref.kpi.aliases, ref.kpi.name)}

    def nearest_names(self, text: str) -> tuple[str, ...]:
        """The names of KPIs that look most like `text`, as their author wrote them."""
        said = normal(text)[:100]
        found: dict[tuple[str, ...], str] = {}
        for name in nearest(said, self._shown_names, most=4 * NEAREST):
            found.setdefault(tuple(ref.path for ref in self.find_kpi(name)), name)  # one name for each KPI
        return tuple(found.values())[:NEAREST]

    def own_name(self, ref: KpiRef) -> str:
        """A name that means this KPI and no other, aliases first; with its framework's if need be."""
        names = (*ref.kpi.aliases, ref.kpi.name)
        longer = (f"{ref.use.framework.key} {name}" for name in names)
        own = (name for name in longer if self.find_kpi(name) == (ref,))
        return next(iter(self.own_names(ref)), None) or next(own, ref.path)

    def own_names(self, ref: KpiRef) -> tuple[str, ...]:
        """The names that mean this KPI and no other, as its author ordered them."""
        return tuple(name for name in (*ref.kpi.aliases, ref.kpi.name) if self.find_kpi(name) == (ref,))

    @cached_property
    def alert_rules(self) -> tuple[RuleRef, ...]:
        """The alert rules in force: those of the frameworks and of kpi.yaml, and the bot's own."""
        return rules(self)

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


@lru_cache(maxsize=1024)
def headings_of(section: str) -> tuple[str, ...]:
    """The headings of a section, the highest first, each in its normal spelling."""
    return tuple(normal(heading) for heading in section.split(" > "))


def person_called(name: str, people: Sequence[Person]) -> Person | None:
    """Whom a name in a framework means: by the whole name, else by a part that one person alone has."""
    wanted = normal(name)
    exact = [one for one in people if normal(one.name) == wanted]
    parts = [one for one in people if set(normal(one.name).split()) <= set(wanted.split())]
    found = exact or [one for one in parts if normal(one.name)]
    return found[0] if len(found) == 1 else None


def stands_in(some: tuple[str, ...], headings: tuple[str, ...]) -> bool:
    """Whether `some` stand among `headings` in a row."""
    return any(headings[at : at + len(some)] == some for at in range(len(headings) - len(some) + 1))


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
