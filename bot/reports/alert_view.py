"""What the words of an alert are made of: the workspace, the numbers of one moment, the rule, what happened.

Also who is who and what is what: people, KPIs, sources and gates by their names, and times as people read
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.alerting import RuleRef, rules
from bot.languages import said, said_of
from bot.reply import Mention, Plain, Span
from bot.reports import gate_words, words
from bot.reports.snapshot import Snapshot
from bot.reports.upcoming import day_words, wall
from bot.workspace import GateRef, KpiRef, Person, Workspace
from kpi.aggregate import Query
from kpi.alert_rules import AlertRule
from kpi.alerts import Item, Phase
from kpi.calendar import Moment, day_of, day_start
from kpi.expression import MeasureFault
from kpi.measure import parse
from kpi.reading import measures_of
from kpi.standing import Standing
from storage.alerts import Alert, Event
from storage.silences import Silence

PAGE_METRICS = frozenset({"web.up", "web.status"})
"""What is known of a page: whether it answers, and what."""

CRITICAL, CELEBRATE = "critical", "celebrate"
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_ARTICLE = re.compile(r"(?:an?|the) ", re.IGNORECASE)
_METRIC = re.compile(r"[a-z][a-z0-9_]*\.([a-z][a-z0-9_]*)(\{.*\})?")
_LABEL = re.compile(r'="([^"]*)"')
_KNOWN = {"slack": "Slack", "discord": "Discord", "playground": "Playground"}


@dataclass(frozen=True)
class AlertView:
    """All that an alert is told from; events and silences that are not given are not told."""

    workspace: Workspace
    snapshot: Snapshot
    moment: Moment
    ref: RuleRef | None  # the rule as it is now; None where there is none of that name any more
    events: Sequence[Event] = ()  # oldest first; those of other alerts do not count
    silenced: Mapping[str, Silence] = field(default_factory=dict)  # by path, what is kept quiet

    @property
    def rule(self) -> AlertRule | None:
        return None if self.ref is None else self.ref.rule

    @property
    def kind(self) -> str:
        """What the rule looks at: measure, kpi, zone, …; empty where only people raise it."""
        when = None if self.rule is None else self.rule.when
        return "" if when is None else when.kind

    def events_of(self, alert: Alert, *kinds: str) -> list[Event]:
        """What happened to an alert, oldest first; of some kinds, or all."""
        own = (one for one in self.events if one.alert == alert.number)
        return [one for one in own if not kinds or one.kind in kinds]

    def kpi(self, subject: str) -> KpiRef | None:
        """The KPI that a subject is about."""
        path = path_of(subject)
        found = self.workspace.find_kpi(path) if "/" in path else ()
        return next((ref for ref in found if ref.path == path), None)

    def gate(self, subject: str) -> GateRef | None:
        return next((ref for ref in self.workspace.gates if ref.path == subject), None)

    def standing(self, subject: str) -> Standing | None:
        """Where the KPI stands now, if it was read."""
        return self.snapshot.standings.get(path_of(subject))

    def owner(self, subject: str) -> str:
        """Who answers for the KPI; empty where nobody does."""
        ref = self.kpi(subject)
        return "" if ref is None else ref.use.framework.owner_of(ref.kpi)

    def person(self, author: str) -> str:
        """Somebody by name: of `slack:U0123`, or of a person of the workspace."""
        return person_words(author, self.workspace)

    def title(self, rule: str) -> str:
        """What another rule in force is called."""
        known = next((ref.rule for ref in rules(self.workspace) if ref.path == rule), None)
        return rule if known is None else _ASIDE.sub("", known.name) or known.name

    def at(self, when: datetime) -> str:
        """An instant, the day left out where it is today: "14:02", "Sat 21 Nov 14:10"."""
        return day_words(when, self.moment.zone, self.moment.now)

    def since(self, when: datetime) -> str:
        """From when on the data shows it; what begins with a day is told by its day alone: "Sat 21 Nov"."""
        local = when.astimezone(self.moment.zone)
        if when != day_start(day_of(when, self.moment.zone), self.moment.zone):
            return self.at(when)
        return wall(when, self.moment.zone, self.moment.now).removesuffix(f" {local:%H:%M}")

    def span(self, start: datetime, end: datetime) -> str:
        """From when to when, the second day only where it is another: "14:02–14:19"."""
        last = end.astimezone(self.moment.zone)
        is_same_day = day_of(start, self.moment.zone) == day_of(end, self.moment.zone)
        until = f"{last:%H:%M}" if is_same_day else wall(end, self.moment.zone, self.moment.now)
        return f"{self.at(start)}–{until}"


def kind_of(item: Item, view: AlertView) -> str:
    """What was found: by the shape of what is known of it, for the rule may have been changed since."""
    told = item.evidence
    shape = next((kind for key, kind in _SHAPES if key in told), "")
    if shape == "drop" and (view.kind == "rise" or _rose(told)):
        return "rise"
    if not shape and view.kind in ("zone", "gate") and "to" not in told:
        return "percent_of_target" if "percent" in told else "kpi"
    return shape or view.kind


def _rose(told: Mapping[str, Any]) -> bool:
    before, after = told.get("before"), told.get("after")
    return isinstance(before, int | float) and isinstance(after, int | float) and after > before


_SHAPES = (
    ("sentiment", "text"),
    ("text", "text"),
    ("message", "source"),
    ("last_at", "no_data"),
    ("chance", "chance"),
    ("achieved", "gate"),
    ("before", "drop"),
    ("score", "anomaly"),
)


def path_of(subject: str) -> str:
    """The KPI's path, without the step of a celebration behind it: `hektor/stars@2000`."""
    return subject.partition("@")[0]


def title_of(rule: str, view: AlertView) -> str:
    """What the rule is called, without what its author adds in brackets: "Website down"."""
    if view.rule is None:
        return rule.rpartition("/")[2].replace("_", " ").capitalize()
    return _ASIDE.sub("", view.rule.name) or view.rule.name


def flagged(alert: Alert, view: AlertView) -> str:
    """What a person raised: what the rule asks people to flag beside its own condition, or its name."""
    rule = view.rule
    if rule is None or rule.when is None or not rule.by_hand or _ARTICLE.match(rule.by_hand):
        return title_of(alert.rule, view)
    return f"{rule.by_hand[:1].upper()}{rule.by_hand[1:]}"


def name_of(item: Item, view: AlertView) -> str:
    """What one subject is called: a KPI, a gate, a label's value, a source, or what was measured."""
    if (ref := view.kpi(item.subject)) is not None:
        return ref.kpi.name
    if (gate := view.gate(item.subject)) is not None:
        return gate_words.title(gate)
    told = item.evidence
    found = told.get("label_value") or told.get("name")
    if not found and (source := told.get("source")):
        titles = {one.name: one.title or one.name for one in view.workspace.sources}
        found = titles.get(str(source), str(source))
    return _spelt(str(found or item.subject))


def _spelt(name: str) -> str:
    """A metric as people call it: "Page views" of `plausible.page_views`, "Errors" of a query of that name;
    other names as they are."""
    if not (match := _METRIC.fullmatch(name)):
        return name
    labels = ", ".join(_LABEL.findall(match[2] or ""))
    last = (labels or match[1]).replace("_", " ")
    return f"{last[:1].upper()}{last[1:]}"


def measured_by(rule: AlertRule | None) -> tuple[Query, ...]:
    """What the rule measures itself; a KPI's name is no measure."""
    when = None if rule is None else rule.when
    text = "" if when is None else when.measure or when.drop or when.rise or when.anomaly
    try:
        return parse(text).queries if "(" in text else ()
    except MeasureFault:
        return ()


def reads(ref: KpiRef, queries: Sequence[Query]) -> bool:
    """Whether a KPI reads some of the same series: of a metric of many names only its own."""
    own = next(measures_of(ref.use.framework.key, ref.kpi)).queries
    return any(_overlap(one, other) for one in queries for other in own)


def _overlap(one: Query, other: Query) -> bool:
    known = dict(other.filters)
    return one.metric == other.metric and all(known.get(name, value) == value for name, value in one.filters)


def shown(alert: Alert, phase: Phase | None = None) -> tuple[Item, ...]:
    """What an alert tells of, the worst first: what fires, or where nothing does, what did."""
    told = [one for one in alert.items if not one.is_silent] or list(alert.items)
    firing = [one for one in told if one.phase is Phase.FIRING]
    wanted = phase or (Phase.FIRING if firing else Phase.RESOLVED)
    found = [one for one in told if one.phase is wanted]
    if alert.severity != CELEBRATE:  # of what came again within one alert the last time counts
        found = list({one.subject: one for one in sorted(found, key=lambda one: one.number)}.values())
    return tuple(sorted(found, key=_weight))


def _weight(item: Item) -> tuple[float, str]:
    """The share of the target that is reached, or how far the value is beyond the limit; then by name."""
    percent = item.evidence.get("percent")
    if isinstance(percent, int | float):
        return (float(percent), item.subject)
    limit = item.evidence.get("limit")
    value = item.worst if item.worst is not None else item.value
    if value is None or not isinstance(limit, int | float):
        return (0.0, item.subject)
    return (-abs(value - float(limit)), item.subject)


def person_of(author: str, workspace: Workspace) -> Person | None:
    """The person that `slack:U0123` or a name stands for."""
    surface, _, user = author.partition(":")
    known = workspace.person(surface, user) if user else None
    return known or next((one for one in workspace.people if one.name == author), None)


def person_words(author: str, workspace: Workspace) -> str:
    """Somebody by the name the workspace gives them; whom it does not know by id and surface."""
    surface, _, user = author.partition(":")
    if (person := person_of(author, workspace)) is not None:
        return person.name
    if not user:
        return author or said("the bot")
    if surface == "terminal":
        return said("{name} at the terminal", name=user)
    return said("{name} in {place}", name=user, place=_KNOWN.get(surface, surface))


def person_span(author: str, view: AlertView) -> Span:
    """The same, so that they are notified where the rule wants that; else as plain text."""
    person = person_of(author, view.workspace)
    if person is not None and view.rule is not None and view.rule.mention:
        return Mention(person.name, person.ids)
    return Plain(person_words(author, view.workspace))


def length(elapsed: timedelta) -> str:
    """How long something lasted, in one unit: "17 min", "42 h", "5 days"."""
    minutes = max(1, int(elapsed.total_seconds() // 60))
    if minutes < 90:
        return said("{minutes} min", minutes=minutes)
    if minutes < 48 * 60:
        return said("{hours} h", hours=round(minutes / 60))
    return said_of(round(minutes / 1440), "{count} day", "{count} days")


def severity_words(severity: str) -> str:
    match severity:
        case "critical":
            return said("critical")
        case "celebrate":
            return said("celebration")
    return said("warning")


def listing_of(items: Sequence[Item], view: AlertView, most: int) -> str:
    """The names of what an alert tells of, the rest as a count."""
    return words.listing(tuple(dict.fromkeys(name_of(one, view) for one in items)), most)


def owners_of(items: Sequence[Item], view: AlertView) -> Iterator[str]:
    """Who answers for the KPIs of an alert, each once."""
    yield from dict.fromkeys(owner for one in items if (owner := view.owner(one.subject)))
