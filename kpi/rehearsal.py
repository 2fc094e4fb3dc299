"""Rules replayed over the past: what would have fired, when, and for how long.

Each look goes the way of a running bot: findings, then `kpi.alert_course`, then what fired gathered into
alerts. Nobody acts in a rehearsal: what happens once, such as a post, is told and counts as dealt with.
Pure: whoever knows the series hands in what was to be seen at each moment, oldest first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kpi.alert_course import Change, Key, Known, course, firing_of
from kpi.alerts import CELEBRATE, Finding, Item, Phase
from kpi.calendar import day_of
from kpi.conditions import Sight, findings
from kpi.rehearsal_tally import Episode, Raised, Rehearsal, Stated

CRITICAL = "critical"
NEAR = timedelta(hours=1)
"""What begins so soon after an alert joins it; a critical one that has been over for longer is told anew."""

RESUMES = timedelta(days=7)
"""What was silent for another rule goes on in its own alert, if that is no longer ago."""


@dataclass
class _Open:
    """An episode as far as it is known."""

    item: Item
    fired_at: datetime
    ended_at: datetime | None = None
    worst: float | None = None


@dataclass
class _Alert:
    """An alert as it is being gathered."""

    rule: str
    severity: str
    day: date
    fired_at: datetime
    is_from_start: bool
    episodes: list[_Open] = field(default_factory=list)

    def takes_in(self, now: datetime, day: date) -> bool:
        """Whether what fires now is told in it too."""
        if self.day != day and now - self.fired_at >= NEAR:
            return False
        if self.severity == CELEBRATE:
            return self.fired_at == now
        ends = [one.ended_at for one in self.episodes]
        over = None if None in ends else max((end for end in ends if end is not None), default=None)
        return not (self.severity == CRITICAL and over is not None and now - over > NEAR)


class Replay:
    """One set of rules on its way through the past. Looks come in the order of time."""

    def __init__(self, rules: Mapping[str, Stated], zone: ZoneInfo) -> None:
        self._stated, self._zone = rules, zone
        self._rules = {path: one.rule for path, one in rules.items()}
        self._open: dict[Key, Item] = {}
        self._past: dict[Key, Item] = {}
        self._looks: dict[Key, datetime] = {}
        self._alerts: list[_Alert] = []
        self._newest: dict[str, _Alert] = {}
        self._running: dict[Key, _Open] = {}
        self._homes: dict[Key, _Alert] = {}
        self._said: dict[str, set[str]] = {}
        self._unsaid: dict[str, set[str]] = {}
        self._since: datetime | None = None
        self._count = 0

    def look(self, sight: Sight, only: Collection[str] | None = None) -> None:
        """All rules at one moment, or only some, with those that count what these find."""
        now = sight.moment.now
        self._since = self._since or now
        self._count += 1
        firing = firing_of(self._open.values())
        plain = {
            path: self._found(path, sight, firing)
            for path, one in self._stated.items()
            if not _counts(one) and (only is None or path in only)
        }
        first = course(self._rules, plain, self._known, now)
        counting = {
            path: self._found(path, sight.with_firing(first.firing), firing)
            for path, one in self._stated.items()
            if _counts(one) and (only is None or first.changes)
        }
        whole = course(self._rules, {**plain, **counting}, self._known, now) if counting else first
        self._looks.update(dict.fromkeys(whole.looks, now))
        for change in whole.changes:
            self._take(change, now)

    def done(self, until: datetime) -> Rehearsal:
        """What came of all looks up to then."""
        alerts = tuple(
            Raised(
                one.rule,
                one.severity,
                tuple(Episode(each.item, each.fired_at, each.ended_at, each.worst) for each in one.episodes),
                one.is_from_start,
            )
            for one in self._alerts
        )
        silent = {
            path: tuple(sorted(some - self._said.get(path, set()))) for path, some in self._unsaid.items()
        }
        since = self._since or until
        return Rehearsal(since, until, self._zone, self._stated, alerts, silent, self._count)

    @property
    def _known(self) -> Known:
        return Known(self._open, self._past, self._looks)

    def _found(
        self, path: str, sight: Sight, firing: Mapping[str, Mapping[str, datetime]]
    ) -> Sequence[Finding]:
        one = self._stated[path]
        found = findings(one.rule, sight, tuple(firing.get(path, ())), framework=one.framework)
        for each in found:
            kept = self._unsaid if each.holds is None else self._said
            kept.setdefault(path, set()).add(each.subject)
        return found

    def _take(self, change: Change, now: datetime) -> None:
        """What became of one subject."""
        key, after = change.key, change.after
        if after is not None and after.is_open:
            self._open[key] = after
        else:
            self._open.pop(key, None)
        if after is not None and not after.is_open:
            self._past[key] = after
        if change.has_fired and after is not None and not after.is_silent:
            self._fire(key, after, now)
        running = self._running.get(key)
        if running is None:
            return
        if after is not None:
            running.worst = after.worst
        if after is None or after.phase is Phase.RESOLVED:
            running.ended_at = now
            del self._running[key]

    def _fire(self, key: Key, item: Item, now: datetime) -> None:
        alert = self._resumed(key, now) or self._joined(item.rule, now)
        self._homes[key] = alert
        episode = _Open(item, now, worst=item.worst)
        alert.episodes.append(episode)
        if not item.is_event:
            self._running[key] = episode

    def _resumed(self, key: Key, now: datetime) -> _Alert | None:
        """The alert that told of it before another rule said it more urgently."""
        last = self._past.get(key)
        if last is None or not last.is_inhibited or last.resolved_at is None:
            return None
        return self._homes.get(key) if now - last.resolved_at < RESUMES else None

    def _joined(self, rule: str, now: datetime) -> _Alert:
        """The alert of this rule that takes in what fires now; a new one where none does."""
        alert, day = self._newest.get(rule), day_of(now, self._zone)
        if alert is None or not alert.takes_in(now, day):
            severity = self._rules[rule].severity
            alert = _Alert(rule, severity, day, now, is_from_start=now == self._since)
            self._alerts.append(alert)
            self._newest[rule] = alert
        return alert


def rehearse(
    rules: Mapping[str, Stated],
    looks: Iterable[tuple[Sight, Collection[str] | None]],
    until: datetime,
    *,
    zone: ZoneInfo,
) -> Rehearsal:
    """What `rules` would have told: `looks` are what was to be seen, and the rules to look with or all."""
    replay = Replay(rules, zone)
    for sight, only in looks:
        replay.look(sight, only)
    return replay.done(until)


def _counts(one: Stated) -> bool:
    """Whether a rule counts what others find."""
    return one.rule.when is not None and bool(one.rule.when.firing)
