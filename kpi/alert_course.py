"""One look at all rules: what becomes of every subject, and which of that anybody should hear of.

Pure: what was known goes in, the changes come out. The rules that others are silent for come before those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kpi.alert_rules import AlertRule
from kpi.alerts import CELEBRATE, Finding, Item, Phase, ended, is_worse, step, told_worse

Key = tuple[str, str]
"""A rule's full name, and a subject of it; "" for the rule itself."""

Firing = Mapping[str, Mapping[str, datetime]]
"""By rule, which of its subjects fire, and since when."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored: open episodes, the newest of those that are over, and first looks."""

    open: Mapping[Key, Item] = field(default_factory=dict)
    past: Mapping[Key, Item] = field(default_factory=dict)
    looks: Mapping[Key, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one subject. Without `after` it was over before it fired."""

    before: Item | None
    after: Item | None
    finding: Finding | None = None
    inhibited_by: str = ""  # the rule that says it more urgently

    @property
    def key(self) -> Key:
        item = self.after or self.before
        assert item is not None
        return item.rule, item.subject

    @property
    def has_fired(self) -> bool:
        fired = self.after is not None and self.after.fired_at is not None
        return fired and (self.before is None or self.before.fired_at is None)

    @property
    def is_over(self) -> bool:
        """Whether an episode that had fired has ended."""
        was = self.before is not None and self.before.phase is Phase.FIRING
        return was and self.after is not None and not self.after.is_open

    @property
    def has_worsened(self) -> bool:
        if self.before is None or self.after is None:
            return False
        return self.after.worsened > self.before.worsened


@dataclass(frozen=True, slots=True)
class Course:
    """What one look changes. `looks` are those taken for the first time."""

    changes: tuple[Change, ...] = ()
    looks: tuple[Key, ...] = ()
    firing: Firing = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.changes or self.looks)


Rules = Mapping[str, AlertRule]
Found = Mapping[str, Sequence[Finding]]


def course(rules: Rules, found: Found, known: Known, now: datetime) -> Course:
    """What `found` makes of what is known. The order of the findings does not matter.

    Rules that are not in `found` are left as they are; what is open of rules that are no more ends.
    """
    look = _Look(rules, known, now)
    for path in in_order(rules):
        if path in found:
            look.at(path, found[path])
    look.end_gone()
    return Course(tuple(look.changes), tuple(look.looks), firing_of(look.open.values()))


def firing_of(items: Iterable[Item]) -> dict[str, dict[str, datetime]]:
    """Which subjects fire, by rule, and since when."""
    firing: dict[str, dict[str, datetime]] = {}
    for one in items:
        if one.phase is Phase.FIRING:
            firing.setdefault(one.rule, {})[one.subject] = one.since
    return firing


def rule_look(path: str) -> Key:
    """Under which the first look at a rule as a whole stands."""
    return "", path


def wanted(rules: Rules, found: Found, known: Mapping[Key, Item]) -> set[Key]:
    """The subjects whose past episodes decide: they hold, and no episode of them is open."""
    keys = (
        (path, base(rules[path], one).subject) for path, some in found.items() for one in some if one.holds
    )
    return {key for key in keys if key not in known}


def in_order(rules: Rules) -> list[str]:
    """Those that others are silent for first; in a circle, as they are stated."""
    placed: dict[str, None] = {}

    def place(path: str, above: tuple[str, ...]) -> None:
        if path in placed or path in above:
            return
        for other in silenced_by(path, rules[path]):
            if other in rules:
                place(other, (*above, path))
        placed[path] = None

    for path in rules:
        place(path, ())
    return list(placed)


def silenced_by(path: str, rule: AlertRule) -> list[str]:
    """The full names of the rules under `unless_firing`: those without a framework's are of its own. A rule
    is never silent for itself: it would end and begin for ever."""
    own = path.rpartition("/")[0]
    named = (name if "/" in name else f"{own}/{name}" for name in rule.unless_firing)
    return [name for name in named if name != path]


def base(rule: AlertRule, finding: Finding) -> Finding:
    """A finding that tells of a step (`acme/stars@3000`) as one of its subject: which step it is follows from
    the value, so that no lower one is celebrated after it."""
    if rule.every is None or rule.when is None or rule.when.limit is None:
        return finding
    subject, mark, _ = finding.subject.rpartition("@")
    return replace(finding, subject=subject, limit=rule.when.limit[1]) if mark else finding


class _Look:
    """The look while it is taken: `open` is what is open by now."""

    def __init__(self, rules: Rules, known: Known, now: datetime) -> None:
        self.rules, self.known, self.now = rules, known, now
        self.open = dict(known.open)
        self.changes: list[Change] = []
        self.looks: list[Key] = []

    def at(self, path: str, findings: Sequence[Finding]) -> None:
        """One rule."""
        rule = self.rules[path]
        if rule_look(path) not in self.known.looks:
            self.looks.append(rule_look(path))
        others = silenced_by(path, rule)
        for finding in findings:
            one = base(rule, finding)
            by = next((name for name in others if self._fires(name, one.subject)), "")
            if by:
                self._inhibit(path, one, by)
            else:
                self._step(path, rule, one)

    def _fires(self, path: str, subject: str) -> bool:
        item = self.open.get((path, subject))
        return item is not None and item.phase is Phase.FIRING

    def _inhibit(self, path: str, finding: Finding, by: str) -> None:
        item = self.open.get((path, finding.subject))
        if item is not None:
            is_told = item.phase is Phase.FIRING
            after = replace(ended(item, self.now), is_inhibited=True) if is_told else None
            self._changed(Change(item, after, finding, by))

    def _step(self, path: str, rule: AlertRule, finding: Finding) -> None:
        key = (path, finding.subject)
        item = self.open.get(key)
        after = step(item, finding, rule, self.now, last=self.known.past.get(key))
        if after is not None and after.rule != path:
            after = replace(after, rule=path)
        if rule.severity == CELEBRATE:
            after = self._first_seen(key, rule, finding, after)
        if after is not None and after.phase is Phase.FIRING and item is not None and is_worse(after):
            after = told_worse(after)
        if not _is_as_before(item, after, rule):
            self._changed(Change(item, after, finding))

    def _first_seen(self, key: Key, rule: AlertRule, finding: Finding, after: Item | None) -> Item | None:
        """What held already when it was looked at for the first time is no news."""
        if rule.when is not None and rule.when.kind == "text":
            first = self.known.looks.get(rule_look(key[0]))
            is_old = first is None or (finding.at is not None and finding.at < first)
        else:
            is_old = key not in self.known.looks and self.known.past.get(key) is None
            if key not in self.known.looks and finding.holds is not None:
                self.looks.append(key)
        return replace(after, is_silent=True) if after is not None and is_old else after

    def end_gone(self) -> None:
        """What is open of rules that are stated no more."""
        for item in list(self.open.values()):
            if item.rule not in self.rules:
                after = ended(item, self.now) if item.phase is Phase.FIRING else None
                self._changed(Change(item, after))

    def _changed(self, change: Change) -> None:
        self.changes.append(change)
        if change.after is not None and change.after.is_open:
            self.open[change.key] = change.after
        else:
            self.open.pop(change.key, None)


def _is_as_before(item: Item | None, after: Item | None, rule: AlertRule) -> bool:
    """Whether nothing is to be kept: that the same was seen once more, later, matters only where an end is
    counted from the last time."""
    if item is None or after is None or rule.clears_after:
        return item == after
    return replace(after, known_at=item.known_at, held_at=item.held_at) == item


def fired(changes: Iterable[Change]) -> Iterator[Item]:
    """What began to fire and is no old news."""
    for one in changes:
        if one.has_fired and one.after is not None and not one.after.is_silent:
            yield one.after
