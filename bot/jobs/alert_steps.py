"""What becomes due about an alert by the clock alone: snoozes and silences end, time limits, reminders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.jobs.alert_chain import act_by, ladder, limit
from bot.jobs.alert_scene import Scene, firing
from kpi.alerts import CELEBRATE, Phase, State, span
from storage import alert_keeping, alerts, audit
from storage.alerts import Alert, Event

BOT = "bot"
DEALT_WITH = timedelta(days=1)
"""What happened once is over so long after somebody took it."""

LEFT = timedelta(days=7)
"""What happened once, and nobody took, is over then."""

FRESHENED = (
    (timedelta(minutes=90), timedelta(minutes=10)),
    (timedelta(days=2), timedelta(hours=1)),
)
"""Of an alert no older than that, how often its message is changed for the times it states; then daily."""


def advance(scene: Scene) -> Scene:
    """Do what is due. The alert's row is held."""
    for step in (_wake, _heard_again, _end_events, _arm, _escalate, _remind):
        scene = step(scene)
    return scene


def next_look(scene: Scene) -> datetime | None:
    """When something will be due again; None where nothing ever will by itself."""
    later = [at for at in _dues(scene) if at > scene.now]
    return min(later, default=None)


def freshened(scene: Scene) -> timedelta:
    """How long the times in its message are true enough: minutes, hours, then days."""
    age = scene.now - scene.alert.fired_at
    return next((every for oldest, every in FRESHENED if age <= oldest), timedelta(days=1))


def refreshed(scene: Scene) -> Scene:
    """The scene with the alert as it is stored by now."""
    found = alerts.find(scene.session, scene.alert.number)
    return scene if found is None else scene.of(found)


def happened(scene: Scene, kind: str, text: str = "", **data: object) -> None:
    """Write down what the bot did, in the thread to come and in the trail."""
    number, state = scene.alert.number, scene.alert.state.value
    alerts.keep_event(scene.session, Event(number, scene.now, kind, "", text, data))
    act = audit.Act(scene.now, BOT, f"alert {kind}", f"alert {number}", state, _after(kind, state), text)
    audit.write(scene.session, act)


def _after(kind: str, state: str) -> str:
    return State.RESOLVED.value if kind in ("resolved", "corrected") else state


def _dues(scene: Scene) -> Iterator[datetime]:
    alert = scene.alert
    if not alert.is_told and not scene.is_muted:
        yield max(alert.speaks_at, scene.opens)
    if alert_keeping.untold(scene.session, alert.number):
        yield scene.opens
    yield from (one.until for one in scene.silences)
    if not alert.is_open:
        return
    if alert.snoozed_until is not None:
        yield alert.snoozed_until
    if alert.is_told:
        yield scene.now + freshened(scene)
    if (ends := _event_ends(alert)) is not None:
        yield ends
    if alert.state is State.FIRING and alert.is_told:
        yield from (at for at in (alert.act_by, _reminds_at(scene)) if at is not None)


def _wake(scene: Scene) -> Scene:
    until = scene.alert.snoozed_until
    if until is None or scene.now < until:
        return scene
    alert_keeping.change(scene.session, scene.alert.number, {"snoozed_until": None})
    if scene.alert.is_open and scene.alert.is_told:
        _forget_quietly(scene)
        happened(scene, "woken")
    return refreshed(scene)


def _heard_again(scene: Scene) -> Scene:
    """What was muted when it began and fires still is told once its silence is over, and so is what is to
    be celebrated."""
    alert = scene.alert
    waiting = firing(alert)
    if scene.is_celebration and not alert.is_told:
        waiting = list(alert.items)
    if alert.is_snoozed(scene.now):
        return scene
    heard = [one for one in waiting if one.is_silent and not scene.is_silenced(one)]
    if not heard:
        return scene
    alert_keeping.save(scene.session, [replace(one, is_silent=False) for one in heard])
    alert_keeping.change(scene.session, alert.number, {})
    if alert.is_told:
        happened(scene, "joined", subjects=[one.subject for one in heard])
    return refreshed(scene)


def _forget_quietly(scene: Scene) -> None:
    """What the bot had to say while nobody wanted to hear it is not told afterwards: the message says it."""
    own = [one for one in alert_keeping.untold(scene.session, scene.alert.number) if not one.author]
    alert_keeping.told(scene.session, own)


def _event_ends(alert: Alert) -> datetime | None:
    """When an alert of things that happened once is over by itself."""
    open_ = firing(alert)
    if not open_ or not all(one.is_event for one in open_):
        return None
    if alert.acknowledged_at is not None:
        return alert.acknowledged_at + DEALT_WITH
    return max(one.fired_at or alert.fired_at for one in open_) + LEFT


def _end_events(scene: Scene) -> Scene:
    ends = _event_ends(scene.alert)
    if ends is None or scene.now < ends or not scene.alert.is_open:
        return scene
    over = [replace(one, phase=Phase.RESOLVED, resolved_at=scene.now) for one in firing(scene.alert)]
    alert_keeping.save(scene.session, over)
    alert_keeping.change(scene.session, scene.alert.number, alerts.over("", scene.now))
    happened(scene, "resolved")
    return refreshed(scene)


def _arm(scene: Scene) -> Scene:
    """What goes on after it was over, or has more to it than when somebody took it, has a time limit anew."""
    alert = scene.alert
    is_new = alert.state is State.FIRING and alert.is_told and alert.act_by is None and not alert.level
    limit_ = act_by(scene) if is_new else None
    if limit_ is None:
        return scene
    alert_keeping.change(scene.session, alert.number, {"act_by": limit_}, counts=False)
    return refreshed(scene)


def _escalate(scene: Scene) -> Scene:
    """Nobody took it in time: one step up, with as much time again."""
    alert, step = scene.alert, limit(scene)
    is_late = alert.act_by is not None and alert.act_by <= scene.now
    if not (is_late and _may_press(scene)):
        return scene
    rungs = ladder(scene)
    rung = rungs[min(alert.level, len(rungs) - 1)]
    is_last = step is None or alert.level + 1 >= len(rungs)
    for name, missed in zip(rung.names, (rung.missed, *[()] * len(rung.names)), strict=False):
        data = {"missed": list(missed)} if missed else {}
        happened(scene, "escalated", name, to=name, role=rung.role, level=alert.level + 1, **data)
    values = {"level": alert.level + 1, "act_by": None if is_last or step is None else scene.now + step}
    alert_keeping.change(scene.session, alert.number, values)
    return refreshed(scene)


def _remind(scene: Scene) -> Scene:
    at = _reminds_at(scene)
    if at is None or scene.now < at or not _may_press(scene):
        return scene
    alert_keeping.change(scene.session, scene.alert.number, {"reminded_at": scene.now})
    happened(scene, "reminded")
    return refreshed(scene)


def _reminds_at(scene: Scene) -> datetime | None:
    rule, alert = scene.rule, scene.alert
    if rule is None or not rule.remind_every or alert.severity == CELEBRATE:
        return None
    every = span(rule.remind_every)
    return (alert.reminded_at or max(alert.fired_at, alert.speaks_at)) + every if every else None


def _may_press(scene: Scene) -> bool:
    """Whether somebody is to be pressed now: it was told, nobody has it, nobody sleeps or wants silence."""
    alert = scene.alert
    is_waiting = alert.state is State.FIRING and alert.is_told
    return is_waiting and not scene.is_muted and scene.opens <= scene.now
