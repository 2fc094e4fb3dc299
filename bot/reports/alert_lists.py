"""Alerts as lines of a list: what fires with who has it, what is over, what was muted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bot.alerting import HEALTH, OWN, RuleRef, rules
from bot.languages import said, said_of
from bot.reports import words
from bot.reports.alert_celebrations import head_of
from bot.reports.alert_data import seen
from bot.reports.alert_findings import cut, found, lasted, timing, together
from bot.reports.alert_standing import has_it
from bot.reports.alert_view import CELEBRATE, CRITICAL, AlertView, flagged, path_of, shown, title_of
from bot.reports.snapshot import Snapshot
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.metric import SeriesSet
from storage import Session, alerts
from storage.alerts import Alert, Event
from storage.silences import Silence

MOST_OPEN = 3
MOST_NAMES = 3
MOST_READ = 200
MARKS = {CRITICAL: "▲", CELEBRATE: "🎉"}
WARNING, OVER = "◆", "●"


@dataclass(frozen=True)
class Views:
    """How the alerts of one workspace are told at one moment; without a snapshot by what was found alone."""

    workspace: Workspace
    moment: Moment
    snapshot: Snapshot | None = None
    only: Collection[str] | None = None  # the frameworks whose rules count beside those of none

    @cached_property
    def refs(self) -> Mapping[str, RuleRef]:
        return {ref.path: ref for ref in rules(self.workspace)}

    def of(
        self, alert: Alert, events: Sequence[Event] = (), silenced: Mapping[str, Silence] | None = None
    ) -> AlertView:
        snapshot = self.snapshot or Snapshot(self.moment, self.workspace, SeriesSet(), {}, {})
        ref = self.refs.get(alert.rule)
        return AlertView(self.workspace, snapshot, self.moment, ref, events, silenced or {})

    def seen(self, found: Sequence[Alert]) -> list[Alert]:
        """The alerts that this reader may see, each with what of it they may."""
        kept = (seen(one, self.workspace, self.refs.get(one.rule)) for one in found if self._is_of(one.rule))
        return [one for one in kept if one is not None]

    def _is_of(self, rule: str) -> bool:
        key = rule.partition("/")[0]
        return self.only is None or key in (OWN, HEALTH) or key in self.only

    def still(self, session: Session, about: str = "") -> list[Alert]:
        """What is open, of all or of one subject, the most urgent first; what is celebrated asks nobody for
        anything."""
        found = self.seen(alerts.open_alerts(session, about))
        return sorted((one for one in found if one.severity != CELEBRATE), key=urgency)


def urgency(alert: Alert) -> tuple[bool, bool, datetime]:
    """The order of a list: the critical ones first, what nobody has before the others, the oldest first."""
    has_somebody = bool(alert.acknowledged_by or alert.assigned_to)
    return (alert.severity != CRITICAL, has_somebody, alert.fired_at)


def mark(alert: Alert) -> str:
    if not alert.is_open and alert.severity != CELEBRATE:
        return OVER
    return MARKS.get(alert.severity, WARNING)


def finding_words(alert: Alert, view: AlertView) -> str:
    """What it found and since when: "Website down since 14:02"; of one that is over its stretch."""
    items = shown(alert)
    if not items:
        title = flagged(alert, view)
        end = alert.resolved_at
        return title if end is None else f"{title} {view.span(alert.event_at, end)}"
    if alert.severity == CELEBRATE:
        return head_of(alert, items[0], view).rstrip(".")
    first = min(items, key=lambda one: one.since)
    head = found(items[0], view).head if len(items) == 1 else together(items, view)
    if alert.is_open or alert.resolved_at is None:
        return f"{cut(head)}{timing(first, view)}"
    return f"{cut(head)} {lasted(first, view, alert.resolved_at)}"


def open_line(alert: Alert, view: AlertView) -> str:
    """An open alert in a report: "▲ Website down since 14:02 → alert 12, Ana has it"."""
    who = has_it(alert, view) or said("nobody has it")
    if alert.is_snoozed(view.moment.now):
        who = said("snoozed")
    told = finding_words(alert, view)
    return said(
        "{finding} → alert {number}, {who}", finding=f"{mark(alert)} {told}", number=alert.number, who=who
    )


def kpi_line(session: Session, workspace: Workspace, moment: Moment, path: str) -> str:
    """The most urgent open alert on one KPI, as a line of its answer; empty where none is. One statement, and
    a second one where there is one."""
    views = Views(workspace, moment)
    about = (
        replace(one, items=own)
        for one in views.still(session, path)
        if (own := tuple(item for item in one.items if item.is_open and path_of(item.subject) == path))
    )
    found = next(about, None)
    return "" if found is None else open_line(found, views.of(found))


def digest_lines(
    session: Session,
    workspace: Workspace,
    moment: Moment,
    since: datetime,
    frameworks: Collection[str] | None = None,
) -> tuple[str, ...]:
    """What a report says of alerts: what is open with who has it, what is over since then, what was muted.

    Of the rules of some frameworks, with those of kpi.yaml and the bot, or of all. The number of statements
    does not grow with the alerts.
    """
    views = Views(workspace, moment, only=frameworks)
    still = [one for one in views.still(session) if not _is_muted(one)]
    lately = views.seen(alerts.recent(session, since=since, limit=MOST_READ))
    over = [one for one in lately if not one.is_open and one.severity != CELEBRATE and not _is_muted(one)]
    muted = views.seen(alerts.muted(session, since, moment.now))
    lines = [open_line(one, views.of(one)) for one in still[:MOST_OPEN]]
    if (more := len(still) - MOST_OPEN) > 0:
        lines.append(said_of(more, "and {count} more open alert", "and {count} more open alerts"))
    lines += [*_over(over, views), *_muted(muted, views)]
    return tuple(lines)


def _is_muted(alert: Alert) -> bool:
    return bool(alert.items) and all(one.is_silent for one in alert.items)


def _over(found: Sequence[Alert], views: Views) -> Iterator[str]:
    """How many alerts of the period are over: "2 alerts over: Website down, Traffic drop"."""
    if found:
        names = words.listing(_titles(found, views), MOST_NAMES)
        yield said_of(len(found), "{count} alert over: {names}", "{count} alerts over: {names}", names=names)


def _muted(found: Sequence[Alert], views: Views) -> Iterator[str]:
    """What fired while nobody wanted to hear of it."""
    if found:
        names = words.listing(_titles(found, views), MOST_NAMES)
        yield said_of(
            len(found), "{count} muted alert: {names}", "{count} muted alerts: {names}", names=names
        )


def _titles(found: Sequence[Alert], views: Views) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cut(_title(one, views.of(one))) for one in found))


def _title(alert: Alert, view: AlertView) -> str:
    items = shown(alert)
    return found(items[0], view).head if len(items) == 1 else title_of(alert.rule, view)
