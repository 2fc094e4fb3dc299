"""The alert rules in force: those of the frameworks and of kpi.yaml, with all changes, and the bot's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.settings_alerts import RuleEntry
from kpi.alert_rules import LIMITS, AlertRule, Condition, Handling
from kpi.alerts import Finding
from kpi.conditions import Sight, findings

if TYPE_CHECKING:
    from bot.workspace import Use, Workspace

OWN = "own"
HEALTH = "health"

HEALTH_RULES = (
    AlertRule(
        key="source",
        severity="warning",
        title="A source cannot be read",
        text="A source has failed for over two of its intervals and an hour",
        when=Condition(source="any"),
    ),
    AlertRule(
        key="no_data",
        severity="warning",
        title="No data",
        text="A KPI has had no value for over two of its intervals, while its source is fine",
        when=Condition(no_data="any"),
    ),
)
"""What is always looked after, unless kpi.yaml turns it off."""

_HANDLING = frozenset(Handling.model_fields)
_WORDS = frozenset(("severity", "text", "title", "by_hand", "note"))


@dataclass(frozen=True, slots=True)
class RuleRef:
    """One rule in force. `path` is its full name: hektor/traffic_drop, own/slow_signups, health/source."""

    path: str
    rule: AlertRule
    use: Use | None = None  # the framework that states it

    @property
    def framework(self) -> str:
        """The key of the framework whose KPIs it looks at; empty for all."""
        return "" if self.use is None else self.use.framework.key

    @property
    def counts_others(self) -> bool:
        """Whether it looks at what other rules found, and so comes after them."""
        return self.rule.when is not None and bool(self.rule.when.firing)

    def findings(self, sight: Sight, firing: Collection[str] = ()) -> tuple[Finding, ...]:
        """What it says at the moment of `sight`; `firing` are its subjects that fire now."""
        return findings(self.rule, sight, firing, framework=self.framework)

    def channels(self, workspace: Workspace) -> tuple[str, ...]:
        """Where it is told, such as slack:C0123: its own channels, else those of kpi.yaml."""
        if self.rule.channels:
            return self.rule.channels
        return channels(workspace, is_celebration=self.rule.severity == "celebrate")


def rules(workspace: Workspace) -> tuple[RuleRef, ...]:
    """The rules in force, in the order of the frameworks; those that count others come last."""
    found = [ref for ref in _stated(workspace) if ref is not None]
    return tuple(sorted(found, key=lambda ref: ref.counts_others))


def _stated(workspace: Workspace) -> Iterator[RuleRef | None]:
    entries = workspace.alerts.rules
    for use in workspace.uses:
        for rule in use.framework.alerts:
            yield _in_force(f"{use.framework.key}/{rule.key}", rule, entries, use)
    for name, entry in entries.items():
        if "/" not in name and not entry.off:
            yield RuleRef(f"{OWN}/{name}", own_rule(name, entry))
    for rule in HEALTH_RULES:
        yield _in_force(f"{HEALTH}/{rule.key}", rule, entries, None)


def _in_force(
    path: str, rule: AlertRule, entries: Mapping[str, RuleEntry], use: Use | None
) -> RuleRef | None:
    entry = entries.get(path)
    if entry is None:
        return RuleRef(path, rule, use)
    return None if entry.off else RuleRef(path, changed(rule, entry), use)


def changed(rule: AlertRule, entry: RuleEntry) -> AlertRule:
    """`rule` with what kpi.yaml says differently. Raises pydantic's ValidationError where that cannot be."""
    values = _written(entry)
    if entry.when is not None:
        values["when"] = entry.when.model_dump()
    if entry.limits and rule.when is not None:
        when = {**rule.when.model_dump(), **dict.fromkeys(LIMITS), **entry.limits}
        values["when"] = when
    return rule.changed(**values) if values else rule


def own_rule(name: str, entry: RuleEntry) -> AlertRule:
    """A rule that kpi.yaml states itself. Raises pydantic's ValidationError where it is none."""
    values = _written(entry)
    when = None if entry.when is None else entry.when.model_dump()
    return AlertRule.model_validate({"key": name, **values, "when": when})


def _written(entry: RuleEntry) -> dict[str, Any]:
    """What an entry says itself of how its alerts live, and its words."""
    return {name: getattr(entry, name) for name in entry.model_fields_set & (_HANDLING | _WORDS)}


def channels(workspace: Workspace, *, is_celebration: bool = False) -> tuple[str, ...]:
    """Where alerts, or celebrations, are told: slack:C0123."""
    entry = workspace.alerts
    return (entry.celebrations if is_celebration else ()) or entry.channels
