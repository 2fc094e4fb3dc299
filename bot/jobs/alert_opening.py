"""What becomes of subjects, gathered into alerts: which one tells of it, what happened, when it is over.

The subjects of a rule that begin to fire on one day, or within an hour, are told in one message. When all of
it was over and something begins anew on that day, the same alert goes on; only a critical one whose end is an
hour past is told anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.alerting import RuleRef
from bot.jobs.alert_scene import CRITICAL, hours_of
from bot.jobs.alert_steps import BOT
from bot.workspace import Workspace
from kpi.alert_course import Change, Key, fired
from kpi.alerts import CELEBRATE, Item, State
from kpi.calendar import day_of
from storage import Session, alert_keeping, alerts, audit
from storage.alerts import Alert, Event

NEAR = timedelta(hours=1)
"""What begins so soon after an alert joins it, also over midnight; a critical one goes on so long."""

RESUMES = timedelta(days=7)
"""What was silent for another rule goes on in its own alert, if that is no longer ago."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What alerts are kept by: the rules in force by their full names, and the time."""

    workspace: Workspace
    refs: Mapping[str, RuleRef]
    now: datetime


def keep(session: Session, changes: Sequence[Change], desk: Desk) -> set[int]:
    """Store the changes; the numbers of the alerts that read otherwise by them. The lock is held."""
    now = desk.now
    alert_keeping.drop(session, [one.before for one in changes if one.before is not None and not one.after])
    homes = _homes(session, list(fired(changes)), desk)
    kept = [_housed(one, homes) for one in changes if one.after is not None]
    alert_keeping.save(session, [one.after for one in kept if one.after is not None])
    numbers = {one.after.alert for one in kept if one.after is not None and one.after.alert is not None}
    for number, alert in alert_keeping.held(session, numbers).items():
        own = [one for one in kept if one.after is not None and one.after.alert == number]
        _follow(session, alert, own, now)
    return numbers


def _housed(change: Change, homes: Mapping[Key, int]) -> Change:
    """With the alert that tells of it, and of what is over, what it was: not what it reads by now."""
    after = change.after
    if change.is_over and after is not None and change.before is not None:
        after = replace(after, evidence=change.before.evidence)
        return replace(change, after=after)
    if after is None or not change.has_fired or after.is_silent:
        return change
    return replace(change, after=replace(after, alert=homes[change.key]))


def _homes(session: Session, items: Sequence[Item], desk: Desk) -> dict[Key, int]:
    """The alert that tells of each that begins to fire now; opened, or opened again, where need be."""
    now = desk.now
    homes = _resumed(session, items, now)
    by_rule: dict[str, list[Item]] = {}
    for one in items:
        if (one.rule, one.subject) not in homes:
            by_rule.setdefault(one.rule, []).append(one)
    day = day_of(now, desk.workspace.zone).isoformat()
    near = alert_keeping.joinable(session, by_rule.keys(), day, now - NEAR)
    for path, some in by_rule.items():
        home = next((one for one in near if one.rule == path and _takes_in(one, now)), None)
        if home is None:
            number = _opened(session, desk.refs[path], some, desk)
        else:
            number = home.number
            _joined(session, home, some, now)
        homes |= {(one.rule, one.subject): number for one in some}
    return homes


def _resumed(session: Session, items: Sequence[Item], now: datetime) -> dict[Key, int]:
    """What was silent because another rule said it more urgently goes on in the alert that told of it."""
    known = alert_keeping.past(session, {(one.rule, one.subject) for one in items})
    homes = {
        key: one.alert
        for key, one in known.items()
        if one.is_inhibited and one.alert and one.resolved_at and now - one.resolved_at < RESUMES
    }
    for number, alert in alert_keeping.held(session, set(homes.values())).items():
        _joined(session, alert, [one for one in items if homes.get((one.rule, one.subject)) == number], now)
    return homes


def _takes_in(alert: Alert, now: datetime) -> bool:
    """Whether more may join it. A celebration is posted and done: its message is never changed."""
    if alert.severity == CELEBRATE:
        return not alert.is_told
    is_long_over = alert.resolved_at is not None and now - alert.resolved_at > NEAR
    return not (alert.severity == CRITICAL and is_long_over)


def _opened(session: Session, ref: RuleRef, items: Sequence[Item], desk: Desk) -> int:
    rule, now = ref.rule, desk.now
    day = day_of(now, desk.workspace.zone).isoformat()
    count = alert_keeping.count_of_day(session, ref.path, day)
    is_celebration = rule.severity == CELEBRATE
    values: dict[str, Any] = {
        **alerts.blank(ref.path, rule.severity, now),
        **(alerts.over("", now) if is_celebration else {}),
        "key": f"{ref.path}/{day}/{count + 1}",
        "day": day,
        "event_at": _event_at(items, now),
        "speaks_at": hours_of(desk.workspace, rule, rule.severity).opens(now),
    }
    number = alert_keeping.add(session, values)
    subjects = [one.subject for one in items]
    alerts.keep_event(session, Event(number, now, "fired", data={"subjects": subjects}))
    after = State.RESOLVED.value if is_celebration else State.FIRING.value
    audit.write(
        session,
        audit.Act(now, BOT, "alert fired", f"alert {number}", "", after, f"{ref.path}: {len(items)}"),
    )
    return number


def _event_at(items: Sequence[Item], now: datetime) -> datetime:
    """When the thing itself happened: that of an event by its own time, of a state when it began to count."""
    return min((one.since if one.is_event else one.fired_on or now for one in items), default=now)


def _joined(session: Session, alert: Alert, items: Sequence[Item], now: datetime) -> None:
    """More of the same. What was over goes on; what happened once more wants to be taken anew."""
    values: dict[str, Any] = {"look_at": now}
    if alert.severity != CELEBRATE:
        is_new_task = any(one.is_event for one in items) or not alert.is_open
        if is_new_task:
            values |= {
                "state": State.FIRING.value,
                "resolved_at": None,
                "resolved_by": "",
                "acknowledged_at": None,
                "acknowledged_by": "",
                "level": 0,
                "event_at": _event_at(items, now),
                "reminded_at": now,
            }
    alert_keeping.change(session, alert.number, values)
    subjects = [one.subject for one in items]
    alerts.keep_event(session, Event(alert.number, now, "joined", data={"subjects": subjects}))
    after = str(values.get("state", alert.state.value))
    note = ", ".join(subjects)[:200]
    audit.write(
        session,
        audit.Act(now, BOT, "alert joined", f"alert {alert.number}", alert.state.value, after, note),
    )


def _follow(session: Session, alert: Alert, changes: Sequence[Change], now: datetime) -> None:
    """What happened to one alert beside what began to fire: worse, over, or another value."""
    for one in changes:
        if one.has_worsened and one.before is not None and one.after is not None:
            data = {"subject": one.after.subject, "before": one.before.told_value, "value": one.after.value}
            alerts.keep_event(session, Event(alert.number, now, "worsened", data=data))
        if _is_taken_back(one) and one.before is not None and one.after is not None:
            corrected(session, alert.number, one.before, one.after.value, now)
    is_over = alert.is_open and alert.items and not any(one.is_open for one in alert.items)
    if is_over and any(one.is_over for one in changes):
        is_told_otherwise = all(_is_taken_back(one) for one in changes if one.is_over)
        by = next((one.inhibited_by for one in changes if one.inhibited_by), "")
        end(session, alert, now, is_quiet=is_told_otherwise or bool(by), note=by)
    else:
        alert_keeping.change(session, alert.number, {"look_at": now})


def end(session: Session, alert: Alert, now: datetime, *, is_quiet: bool = False, note: str = "") -> None:
    """The alert is over. `is_quiet`: its thread is told otherwise, or not at all."""
    alert_keeping.change(session, alert.number, alerts.over("", now) | {"look_at": now})
    data = {"by": note} if note else {}
    alerts.keep_event(session, Event(alert.number, now, "resolved", data=data, is_told=is_quiet))
    act = audit.Act(
        now, BOT, "alert resolved", f"alert {alert.number}", alert.state.value, State.RESOLVED.value, note
    )
    audit.write(session, act)


def _is_taken_back(change: Change) -> bool:
    """Whether it ended because the very data that it fired on reads otherwise now."""
    before, finding = change.before, change.finding
    if not change.is_over or before is None or finding is None or change.inhibited_by:
        return False
    is_same_data = before.fired_on is not None and finding.at == before.fired_on
    return is_same_data and finding.value != before.told_value


def corrected(session: Session, number: int, item: Item, value: float | None, now: datetime) -> None:
    """It would not have fired: what it fired on, and what that reads now."""
    data = {"subject": item.subject, "before": item.told_value, "value": value}
    alerts.keep_event(session, Event(number, now, "corrected", data=data))
    said = f"{item.told_value} -> {value}"
    audit.write(session, audit.Act(now, BOT, "alert corrected", f"alert {number}", after=said))
