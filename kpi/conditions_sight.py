"""What the conditions of alert rules look at: all that is known of one moment, read beforehand.

Everything is a function of the samples and the moment, so that a past moment is judged by the same series.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kpi.alert_rules import ANY, AlertRule, Condition
from kpi.calendar import Moment
from kpi.framework import Kpi
from kpi.gates import Verdict, verdict
from kpi.metric import SeriesSet
from kpi.standing import SourceFault, Standing, StandingContext, standing
from kpi.workdays import NONE_CLOSED, Closed

TEXT_DAYS = 14
"""How old a text may be to be looked at: what becomes known later than that is no news."""


@dataclass(frozen=True, slots=True)
class Text:
    """Something that was written: a post, a mention or an article. `reach` is how often it was seen."""

    id: str
    kind: str
    at: datetime
    text: str
    source: str = ""
    url: str = ""
    topics: tuple[str, ...] = ()
    site: str = ""
    reach: float | None = None
    sentiment: float | None = None  # -1..1 as the vendor states it
    known_at: datetime | None = None  # when it was first read


@dataclass(frozen=True, slots=True)
class SourceState:
    """A configured source: which metrics it measures, how often it is read, and its fault if it has one."""

    name: str
    title: str
    every: timedelta
    metrics: frozenset[str]
    fault: SourceFault | None = None
    failing: frozenset[str] = frozenset()  # the metrics that its fault keeps from being read


@dataclass(frozen=True, slots=True)
class Chance:
    """How a KPI with a deadline is expected to end."""

    percent: float  # that it meets its target
    landing: float | None
    target: float | None
    deadline: str = ""  # 2026-11-29
    at: datetime | None = None  # when it was reckoned


class Scoped(NamedTuple):
    """One KPI of one framework."""

    path: str
    kpi: Kpi
    context: StandingContext


def _none_closed(_year: int) -> Closed:
    return NONE_CLOSED


def _neutral(_text: str) -> float:
    return 0.0


@dataclass(frozen=True)
class Sight:
    """What is known at `moment`.

    `contexts` are of that moment, by framework; `standings` those that were made of them already, by path.
    `firing` tells by the full name of a rule (`inferno/red`) which of its subjects fire, and since when.
    `settles_after` tells by metric how long a day may still change after its end; `score` says how a text
    sounds, from -1 to 1; `closed` which days of a year are no business days.
    """

    moment: Moment
    series: SeriesSet
    contexts: Mapping[str, StandingContext] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    sources: tuple[SourceState, ...] = ()
    texts: tuple[Text, ...] = ()
    chances: Mapping[str, Chance] = field(default_factory=dict)
    firing: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    settles_after: Mapping[str, timedelta] = field(default_factory=dict)
    score: Callable[[str], float] = _neutral
    closed: Callable[[int], Closed] = _none_closed
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What several rules look at is worked out once."""

    def at(self, moment: Moment) -> Sight:
        """The same series as they were at another moment, an earlier one.

        How sources failed then and where KPIs were expected to land is not known any more.
        """
        contexts = {
            key: replace(one, moment=moment, faults={}, series=self.series)
            for key, one in self.contexts.items()
        }
        known = tuple(one for one in self.texts if (one.known_at or one.at) <= moment.now)
        sources = tuple(replace(one, fault=None, failing=frozenset()) for one in self.sources)
        return replace(
            self,
            moment=moment,
            contexts=contexts,
            standings={},
            sources=sources,
            texts=known,
            chances={},
            firing={},
            memo={},
        )

    def with_firing(self, firing: Mapping[str, Mapping[str, datetime]]) -> Sight:
        """The same moment with what fires by now: rules that count others come after those."""
        return replace(self, firing=firing)

    def scoped(self, framework: str) -> tuple[Scoped, ...]:
        """The KPIs of one framework, or of all where none is named."""
        if ("scoped", framework) not in self.memo:
            self.memo["scoped", framework] = tuple(
                Scoped(f"{key}/{kpi.key}", kpi, context)
                for key, context in self.contexts.items()
                if framework in ("", key)
                for kpi in context.framework.kpis
            )
        found: tuple[Scoped, ...] = self.memo["scoped", framework]
        return found

    def chosen(self, name: str, framework: str) -> tuple[Scoped, ...]:
        """The KPI of that name; for `any` each that counts by itself: one that restates another does not."""
        if name == ANY:
            return tuple(one for one in self.scoped(framework) if one.kpi.scored)
        found = self.find(name, framework)
        return () if found is None else (found,)

    def find(self, name: str, framework: str) -> Scoped | None:
        """The KPI of that path, or of that key in `framework`; None where there is none."""
        key, _, rest = name.rpartition("/")
        context = self.contexts.get(key or framework)
        kpi = None if context is None else context.framework.by_key.get(rest)
        return None if context is None or kpi is None else Scoped(f"{key or framework}/{rest}", kpi, context)

    def standing(self, one: Scoped) -> Standing:
        """Where a KPI stands at the moment itself."""
        known = self.standings.get(one.path)
        if known is not None:
            return known
        if ("standing", one.path) not in self.memo:
            self.memo["standing", one.path] = standing(one.kpi, one.context)
        found: Standing = self.memo["standing", one.path]
        return found

    def verdicts(self, framework: str) -> Mapping[str, Verdict]:
        """What the gates of one framework say, or of all, by path."""
        found: dict[str, Verdict] = {}
        for key, context in self.contexts.items():
            if framework not in ("", key) or not context.framework.gates:
                continue
            known = {one.kpi.key: self.standing(one) for one in self.scoped(key)}
            for gate in context.framework.gates:
                found[f"{key}/{gate.key}"] = verdict(gate, context.framework, context, known=known)
        return found

    def patience(self, metric: str) -> timedelta:
        """How long a day of `metric` may still change after its end."""
        return self.settles_after.get(metric, timedelta(0))


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a rule at a moment. `framework` is empty where it looks at the KPIs of all."""

    rule: AlertRule
    when: Condition
    sight: Sight
    firing: Collection[str]  # its subjects that fire now
    framework: str

    def chosen(self, name: str) -> tuple[Scoped, ...]:
        """The KPIs that a name in the rule means."""
        return self.sight.chosen(name, self.framework)

    def is_worth_telling(self, subject: str, *, holds: bool) -> bool:
        """Whether anybody wants to know more of a subject than that it does not hold."""
        return holds or subject in self.firing
