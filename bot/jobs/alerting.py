"""Alerts begin and end: what the rules find after each evaluation becomes alerts, and what is said of them.

What was found is stepped through twice: first beside the reading, where most times nothing changes and no
transaction is needed; then, if something does, under the lock on alerts, from what is stored by then. So two
processes that find the same open one alert, and what changes and what is said of it stand or fall together.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bot.alerting import RuleRef
from bot.jobs import alert_late, alert_opening, alert_voice
from bot.jobs.alert_opening import Desk
from bot.jobs.alert_restated import LookBack, Past
from bot.jobs.alert_scene import Stage
from bot.reports.sight import sight
from bot.reports.snapshot import Snapshot
from bot.workspace import Workspace
from kpi.alert_course import Course, Known, course, firing_of, wanted
from kpi.alert_rules import AlertRule
from kpi.alerts import Finding
from kpi.conditions import Sight
from storage import Session, SessionFactory, alert_keeping, alerts

log = logging.getLogger(__name__)

LONGEST_LOOK = timedelta(minutes=10)
"""A look that is older than the newest by more than this was taken by another clock: it counts."""


@dataclass(frozen=True)
class Seen:
    """What the rules found at one moment, and whether anything came of it then."""

    at: datetime
    workspace: Workspace
    refs: Mapping[str, RuleRef]
    found: Mapping[str, Sequence[Finding]]
    past: Past
    is_news: bool

    @property
    def desk(self) -> Desk:
        return Desk(self.workspace, self.refs, self.at)

    @cached_property
    def rules(self) -> dict[str, AlertRule]:
        return {path: ref.rule for path, ref in self.refs.items()}


@dataclass(frozen=True)
class Alerting:
    """Turns what rules find into alerts. Blocks: call it in a thread. The same again changes nothing."""

    stage: Stage
    sessions: SessionFactory
    _back: LookBack = field(default_factory=LookBack, init=False, repr=False)

    def look(self, session: Session, snapshot: Snapshot) -> Seen:
        """What the rules say at the snapshot's moment: a constant number of statements."""
        refs = {one.path: one for one in snapshot.workspace.alert_rules}
        rules = {path: ref.rule for path, ref in refs.items()}
        view = sight(session, snapshot, tuple(refs.values()))
        known = _known(session)
        firing = firing_of(known.open.values())
        plain = {
            path: ref.findings(view, tuple(firing.get(path, ())))
            for path, ref in refs.items()
            if not ref.counts_others
        }
        known = _with_past(session, known, rules, plain)
        first = course({path: rules[path] for path in plain}, plain, _only(known, plain), snapshot.moment.now)
        counting = _counting(refs, view.with_firing(first.firing), firing)
        found = {**plain, **counting}
        known = _with_past(session, known, rules, found) if counting else known
        whole = course(rules, found, known, snapshot.moment.now) if counting else first
        gone = any(item.rule not in rules for item in known.open.values())
        past = self._back.past(session, view, refs, snapshot.moment)
        is_news = gone or not whole.is_empty or bool(past)
        return Seen(snapshot.moment.now, snapshot.workspace, refs, found, past, is_news)

    def take(self, seen: Seen) -> tuple[int, ...]:
        """Keep what came of it, and owe what there is to say; the alerts that changed.

        What is older than a look that was kept already is left: somebody else has seen more.
        """
        if not seen.is_news:
            return ()
        with self.sessions.begin() as session:
            alert_keeping.lock(session)
            known = _with_past(session, _known(session), seen.rules, seen.found)
            if timedelta(0) < known.looks.get(alert_keeping.LAST, seen.at) - seen.at < LONGEST_LOOK:
                return ()
            found = course(seen.rules, seen.found, known, seen.at)
            touched = _kept(session, seen, found)
            held = alert_late.holding(seen.found)
            touched |= alert_late.take_back(session, seen.past, held, seen.at)
            touched |= alert_late.catch_up(session, seen.past, held, seen.desk)
            self._say(session, touched, seen)
        for number in sorted(touched):
            log.info("alert changed number=%d", number)
        return tuple(sorted(touched))

    def _say(self, session: Session, numbers: set[int], seen: Seen) -> None:
        """Owe the words in the same transaction, where it is known who reads; else the next look does."""
        held = alert_keeping.held(session, numbers).values()
        refs = [seen.refs[one.rule] for one in held if one.rule in seen.refs]
        places = {spot for ref in refs for spot in self.stage.spots(ref.channels(seen.workspace))}
        is_known = all((one.surface, one.channel) in self.stage.outsiders for one in places)
        if seen.workspace.restrictions and not is_known:
            return
        for number in sorted(numbers):
            alert_voice.attend(self.stage, session, number, seen.at)


def _kept(session: Session, seen: Seen, found: Course) -> set[int]:
    if found.is_empty:
        return set()
    alert_keeping.looked(session, found.looks, seen.at)
    return alert_opening.keep(session, found.changes, seen.desk)


def _known(session: Session) -> Known:
    open_ = {(one.rule, one.subject): one for one in alerts.items(session)}
    return Known(open_, {}, alert_keeping.looks(session))


def _with_past(
    session: Session,
    known: Known,
    rules: Mapping[str, AlertRule],
    found: Mapping[str, Sequence[Finding]],
) -> Known:
    keys = wanted(rules, found, known.open)
    return Known(known.open, alert_keeping.past(session, keys), known.looks)


def _only(known: Known, found: Mapping[str, Sequence[Finding]]) -> Known:
    """What is known of these rules: that the others are left out does not end what is open of them."""
    open_ = {key: one for key, one in known.open.items() if key[0] in found}
    return Known(open_, known.past, known.looks)


def _counting(
    refs: Mapping[str, RuleRef], view: Sight, firing: Mapping[str, Mapping[str, datetime]]
) -> dict[str, Sequence[Finding]]:
    """What the rules find that count how many others fire."""
    return {
        path: ref.findings(view, tuple(firing.get(path, ())))
        for path, ref in refs.items()
        if ref.counts_others
    }
