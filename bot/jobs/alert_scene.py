"""One alert with all that decides what is done about it: its rule, silences, where and when it speaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from bot import access, alerting
from bot.alerting import RuleRef
from bot.reports.alert_data import seen
from bot.reports.alert_posts import AlertView
from bot.reports.alert_view import PAGE_METRICS, measured_by, path_of, reads
from bot.reports.snapshot import Snapshot, load
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import KpiRef, Workspace
from kpi.alert_hours import Hours
from kpi.alert_rules import AlertRule
from kpi.alerts import CELEBRATE, Item, Phase
from kpi.calendar import Moment
from kpi.metric import SeriesSet
from kpi.workdays import is_business_day
from storage import Session, alerts, samples, silences
from storage.alerts import Alert, Event
from storage.silences import Silence

CRITICAL = "critical"
DIRECT = "@"


@dataclass(frozen=True, slots=True)
class Spot:
    """A channel, or with @ a person, where alerts are told. `surface` is the ledger's name of `platform`."""

    platform: str
    surface: str
    channel: str

    def root(self, number: int) -> str:
        """The key of the alert's message there."""
        return f"alert/{number}/{self.surface}:{self.channel}"


@dataclass(frozen=True)
class Stage:
    """What one process tells alerts with."""

    timeline: Timeline
    _: KW_ONLY
    names: Mapping[str, str] = field(default_factory=dict)
    """What the ledger calls surfaces where others stand in for them; what is not among them is not told."""
    outsiders: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By surface and channel: whether people outside the company read there. What is not known, they do."""

    def spots(self, places: Sequence[str]) -> list[Spot]:
        """Where that is here: places such as slack:C0123."""
        apart = (place.partition(":") for place in places)
        return [
            Spot(platform, self.names.get(platform, platform), channel)
            for platform, _, channel in apart
            if not self.names or platform in self.names
        ]


@dataclass(frozen=True)
class Scene:
    """One alert at one moment. `alert` is kept as it changes: make another scene of it."""

    stage: Stage
    session: Session
    workspace: Workspace
    alert: Alert
    ref: RuleRef | None
    now: datetime
    silences: tuple[Silence, ...] = ()

    def of(self, alert: Alert) -> Scene:
        """The same with the alert as it is by now."""
        return replace(self, alert=alert)

    @property
    def rule(self) -> AlertRule | None:
        return None if self.ref is None else self.ref.rule

    @property
    def is_celebration(self) -> bool:
        return self.alert.severity == CELEBRATE

    @cached_property
    def spots(self) -> list[Spot]:
        """The channels it is told in."""
        if self.ref is not None:
            return self.stage.spots(self.ref.channels(self.workspace))
        return self.stage.spots(alerting.channels(self.workspace, is_celebration=self.is_celebration))

    @cached_property
    def hours(self) -> Hours:
        return hours_of(self.workspace, self.rule, self.alert.severity)

    @cached_property
    def opens(self) -> datetime:
        """From when on it may be told; not later than now where it may."""
        return self.hours.opens(self.now)

    @property
    def shown(self) -> tuple[Item, ...]:
        """What is not kept silent."""
        return tuple(one for one in self.alert.items if not one.is_silent)

    @property
    def is_muted(self) -> bool:
        """Whether nobody wants to hear of it now."""
        if self.alert.is_snoozed(self.now):
            return True
        if not self.alert.items:
            return self.silence_of("") is not None
        open_ = [one for one in self.alert.items if one.is_open] or self.shown
        return all(self.is_silenced(one) for one in open_)

    def is_silenced(self, item: Item) -> bool:
        return self.silence_of(item.subject) is not None

    def silence_of(self, subject: str) -> Silence | None:
        """The silence that keeps a subject quiet longest."""
        framework = self.alert.rule.partition("/")[0]
        own = {"", framework, path_of(subject), path_of(subject).partition("/")[0]}
        found = (one for one in self.silences if one.subject in own)
        return max(found, key=lambda one: one.until, default=None)

    @cached_property
    def kpis(self) -> tuple[KpiRef, ...]:
        """The KPIs that it is about: its subjects, and those that read what its rule measures."""
        subjects = {path_of(one.subject) for one in self.alert.items}
        wanted = measured_by(self.rule)
        own = "" if self.ref is None else self.ref.framework
        return tuple(
            ref
            for ref in self.workspace.kpis
            if ref.path in subjects or (own in ("", ref.use.framework.key) and reads(ref, wanted))
        )

    @cached_property
    def snapshot(self) -> Snapshot:
        found = load(self.session, self.workspace, Moment(self.now, self.workspace.zone), self.kpis)
        return self._with_checks(found)

    def _with_checks(self, found: Snapshot) -> Snapshot:
        """Of a rule on pages also what they answered since it began, which no KPI reads."""
        measured = {one.metric for one in measured_by(self.rule)}
        if not (measured & PAGE_METRICS and self.alert.items):
            return found
        since = dict.fromkeys(PAGE_METRICS, min(one.since for one in self.alert.items))
        checks = samples.read(self.session, since, until=self.now)
        others = tuple(one for one in found.series if one.metric not in PAGE_METRICS)
        return replace(found, series=SeriesSet((*others, *checks), found.series.metrics))

    @cached_property
    def events(self) -> list[Event]:
        return alerts.events(self.session, [self.alert.number])

    def seen_at(self, spot: Spot) -> tuple[Alert, AlertView] | None:
        """The alert as those who read there may see it, and what words need; None for nothing of it."""
        workspace = self._workspace_at(spot)
        alert = seen(self.alert, workspace, self.ref)
        if alert is None:
            return None
        snapshot = replace(self.snapshot, workspace=workspace)
        quiet = {
            one.subject: held for one in alert.items if (held := self.silence_of(one.subject)) is not None
        }
        moment = Moment(self.now, workspace.zone)
        return alert, AlertView(workspace, snapshot, moment, self.ref, self.events, quiet)

    def _workspace_at(self, spot: Spot) -> Workspace:
        if spot.channel.startswith(DIRECT):
            asker = Invocation("", spot.platform, spot.channel.removeprefix(DIRECT))
            return access.view(self.workspace, asker)
        is_shared = self.stage.outsiders.get((spot.surface, spot.channel), True)
        return access.channel_view(self.workspace, spot.platform, spot.channel, is_shared=is_shared)


def scenes(stage: Stage, session: Session, found: Sequence[Alert], now: datetime) -> Iterator[Scene]:
    """Alerts as they are to be handled now."""
    workspace = stage.timeline.now(session)
    refs = {one.path: one for one in workspace.alert_rules}
    quiet = tuple(silences.active(session, now))
    for one in found:
        yield Scene(stage, session, workspace, one, refs.get(one.rule), now, quiet)


def hours_of(workspace: Workspace, rule: AlertRule | None, severity: str) -> Hours:
    """When alerts of a rule are quiet: critical ones never, unless the rule waits for the day."""
    waits = None if rule is None else rule.waits_for_day
    if waits is None:
        waits = severity != CRITICAL
    quiet = workspace.alerts.quiet
    closures = workspace.calendar.closures
    days = (rule.days if rule is not None else "") or (quiet.days if waits else "all")

    def is_off(day: date) -> bool:
        return not is_business_day(day, closures(day.year))

    return Hours(workspace.zone, quiet.stretch if waits else None, is_off if days == "business" else None)


def firing(alert: Alert) -> list[Item]:
    """What of it fires now."""
    return [one for one in alert.items if one.phase is Phase.FIRING]


SHORTEST = timedelta(minutes=15)
"""A step of an escalation takes at least so long, also where the time limit is over when it is told."""
