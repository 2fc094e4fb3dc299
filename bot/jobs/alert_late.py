"""What past days read by now changes alerts: one is taken back, another is told late."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.jobs import alert_opening
from bot.jobs.alert_opening import Desk
from bot.jobs.alert_restated import DAYS, Past
from kpi.alert_course import Change, Key, rule_look
from kpi.alerts import Finding, Item, Phase
from storage import Session, alert_keeping, alerts

Found = Mapping[str, Iterable[Finding]]


def holding(found: Found) -> frozenset[Key]:
    """What holds now: of that, everything is told as it goes on."""
    return frozenset((path, one.subject) for path, some in found.items() for one in some if one.holds)


def take_back(session: Session, past: Past, now_holding: Collection[Key], now: datetime) -> set[int]:
    """What fired on a day that reads otherwise by now is taken back, unless it holds by now anyway."""
    cleared = {(path, one.subject, one.at): one for path, one in past.cleared}
    if not cleared:
        return set()
    touched = set()
    for item in alert_keeping.fired_since(session, now - timedelta(days=DAYS + 1)):
        finding = cleared.get((item.rule, item.subject, item.fired_on))
        is_same = finding is None or finding.value == item.told_value
        if is_same or finding is None or item.alert is None or (item.rule, item.subject) in now_holding:
            continue
        told = alerts.events(session, [item.alert])
        if not any(one.kind == "corrected" and one.data.get("subject") == item.subject for one in told):
            _taken_back(session, item, finding, now)
            touched.add(item.alert)
    return touched


def _taken_back(session: Session, item: Item, finding: Finding, now: datetime) -> None:
    assert item.alert is not None
    if item.is_open:
        over = replace(item, phase=Phase.RESOLVED, resolved_at=now, value=finding.value)
        alert_keeping.save(session, [over])
    alert_opening.corrected(session, item.alert, item, finding.value, now)
    alert = alert_keeping.held(session, [item.alert])[item.alert]
    if alert.is_open and not any(one.is_open for one in alert.items):
        alert_opening.end(session, alert, now, is_quiet=True, note="restated")
    else:
        alert_keeping.change(session, alert.number, {"look_at": now})


def catch_up(session: Session, past: Past, now_holding: Collection[Key], desk: Desk) -> set[int]:
    """What should have fired on a past day, as is known only now, fires late, and is over at once.

    Nothing from before the rule was first looked at, and nothing that was told of a later day already.
    """
    held = {(path, one.subject): one for path, one in past.held if (path, one.subject) not in now_holding}
    looks, known = alert_keeping.looks(session), alert_keeping.episodes(session, held.keys())
    changes = []
    for key, finding in held.items():
        first, episodes = looks.get(rule_look(key[0])), known.get(key, [])
        is_before = first is None or finding.at is None or finding.at < first
        if not is_before and not any(_covers(one, finding) for one in episodes):
            number = max((one.number for one in episodes), default=0) + 1
            changes.append(Change(None, _late(key[0], finding, number, desk.now)))
    if not changes:
        return set()
    numbers = alert_opening.keep(session, changes, desk)
    late = {change.key for change in changes}
    for alert in alert_keeping.held(session, numbers).values():
        own = [one for one in alert.items if one.is_open and (one.rule, one.subject) in late]
        over = [replace(one, phase=Phase.RESOLVED, resolved_at=desk.now) for one in own]
        alert_keeping.save(session, over)
        if alert.is_open and len(own) == sum(one.is_open for one in alert.items):
            alert_opening.end(session, alert, desk.now, is_quiet=True, note="late")
    return numbers


def _covers(item: Item, finding: Finding) -> bool:
    """Whether an episode tells of that day already, or of a later one."""
    told = item.fired_on or item.known_at or item.since
    return finding.at is not None and (told >= finding.at or (item.is_open and item.since <= finding.at))


def _late(path: str, finding: Finding, number: int, now: datetime) -> Item:
    """It held on that day and does no more."""
    assert finding.at is not None
    return Item(
        rule=path,
        subject=finding.subject,
        number=number,
        phase=Phase.FIRING,
        since=finding.since or finding.at,
        seen_at=now,
        fired_at=now,
        value=finding.value,
        worst=finding.value,
        evidence={**finding.evidence, "late": True},
        known_at=finding.at,
        held_at=finding.at,
        fired_on=finding.at,
        bound=finding.limit,
        told_value=finding.value,
    )
