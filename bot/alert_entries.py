"""From `alerts` in kpi.yaml to rules that can be looked at: every name in it that means nothing is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bot.alerting import HEALTH, HEALTH_RULES, OWN, changed, own_rule
from bot.settings_alerts import AlertsEntry, RuleEntry
from bot.workspace import Use, Workspace, nearest, normal
from kpi import alert_names
from kpi.alert_rules import AlertRule, Condition
from kpi.document import Path, Wrong
from kpi.document import nearest as nearest_of

TellFault = Callable[[Path, str, str], None]


def in_force(
    entry: AlertsEntry,
    uses: tuple[Use, ...],
    sources: Iterable[str],
    daily: Sequence[str],
    *,
    fault: TellFault,
) -> AlertsEntry:
    """`alerts` with its KPIs by their paths and its channels decided; `fault` hears of all that is wrong.

    `daily` are the channels of the daily update, where alerts are told if nothing else is said.
    """
    known = _Known(uses, tuple(sources), entry, fault)
    rules = {name: known.checked(name, one) for name, one in entry.rules.items()}
    return entry.model_copy(update={"rules": rules, "channels": entry.channels or tuple(daily)})


@dataclass(frozen=True)
class _Known:
    """The names that a rule may use."""

    uses: tuple[Use, ...]
    sources: tuple[str, ...]
    entry: AlertsEntry
    fault: TellFault

    @cached_property
    def stated(self) -> Mapping[str, AlertRule]:
        """The rules of the frameworks and of the bot, by their full names."""
        found = {
            f"{use.framework.key}/{rule.key}": rule for use in self.uses for rule in use.framework.alerts
        }
        return {**found, **{f"{HEALTH}/{rule.key}": rule for rule in HEALTH_RULES}}

    @cached_property
    def rules(self) -> Mapping[str, str]:
        """Every rule by the names that another rule may use for it."""
        own = [name for name in self.entry.rules if "/" not in name]
        return {
            **{name: name for name in self.stated},
            **{f"{OWN}/{name}": f"{OWN}/{name}" for name in own},
            **{name: f"{OWN}/{name}" for name in own},
        }

    @cached_property
    def names(self) -> Workspace:
        return Workspace("", ZoneInfo("UTC"), self.uses, {})

    def checked(self, name: str, entry: RuleEntry) -> RuleEntry:
        """The entry with the names in it resolved."""
        at: Path = ("alerts", "rules", name)
        stated = self.stated.get(name)
        if "/" in name and stated is None:
            near = nearest(normal(name)[:100], {normal(one): one for one in self.stated})
            hint = f"did you mean {' or '.join(near)}?" if near else nearest_of(name, self.stated)
            self.fault(at, f"no framework in use states a rule “{name}”", hint)
            return entry
        if entry.off:
            return entry
        entry = self._resolved(entry, at)
        self._refuse_itself(name, entry, at)
        self._try(name, entry, stated, at)
        return entry

    def _refuse_itself(self, name: str, entry: RuleEntry, at: Path) -> None:
        """One that is silent for itself would end and begin for ever; one that counts itself never begins."""
        own = self.rules.get(name, name)
        for place, other in enumerate(entry.unless_firing):
            if other == own:
                self.fault(
                    (*at, "unless_firing", place), "a rule is not silent for itself", "name another one"
                )
        if entry.when is not None and entry.when.firing == own:
            self.fault((*at, "when", "firing"), "a rule does not count itself", "name another one")

    def _try(self, name: str, entry: RuleEntry, stated: AlertRule | None, at: Path) -> None:
        """Whether a rule can be made of it."""
        if entry.limits and entry.when is None and stated is not None and _limit(stated) is None:
            key = next(iter(entry.limits))
            self.fault((*at, key), f"{name} holds no number against a limit", "leave it out")
            return
        try:
            own_rule(name, entry) if stated is None else changed(stated, entry)
        except ValidationError as wrong:
            for detail in wrong.errors(include_url=False):
                error = detail.get("ctx", {}).get("error")
                hint = error.hint if isinstance(error, Wrong) else ""
                said = error.message if isinstance(error, Wrong) else detail["msg"]
                self.fault((*at, *detail["loc"]), said, hint)

    def _resolved(self, entry: RuleEntry, at: Path) -> RuleEntry:
        values: dict[str, object] = {}
        if entry.when is not None:
            values["when"] = self._condition(entry.when, (*at, "when"))
        if entry.unless_firing:
            values["unless_firing"] = tuple(
                self._rule(text, (*at, "unless_firing", place))
                for place, text in enumerate(entry.unless_firing)
            )
        return entry.model_copy(update=values)

    def _condition(self, when: Condition, at: Path) -> Condition:
        """A condition with its KPIs, gates and rules by their full names."""
        key = when.kind
        text = getattr(when, key)
        here = (*at, key)
        if not isinstance(text, str) or alert_names.is_any(key, text):
            return when
        if key == "measure" or (key in alert_names.MEASURED and alert_names.looks_like_measure(text)):
            if fault := alert_names.measure_fault(key, text):
                self.fault(here, *fault)
            return when
        found = {"source": self._source, "gate": self._gate, "firing": self._rule}.get(key, self._kpi)
        return when.model_copy(update={key: found(text, here)})

    def _kpi(self, text: str, at: Path) -> str:
        found = self.names.find_kpi(text)
        if len(found) == 1:
            return found[0].path
        near = self.names.nearest_names(text) if not found else tuple(ref.path for ref in found)
        said = f"“{text}” names {len(found)} KPIs" if found else f"no framework in use has a KPI “{text}”"
        listed = " or ".join(f"`{one}`" for one in near)
        self.fault(at, said, f"write {listed}" if near else "`kpi framework show NAME` lists them")
        return text

    def _gate(self, text: str, at: Path) -> str:
        gates = [ref.path for ref in self.names.gates]
        found = [path for path in gates if text in (path, path.partition("/")[2])]
        if len(found) != 1:
            self.fault(at, f"“{text}” is no gate of a framework in use", nearest_of(text, gates))
        return found[0] if len(found) == 1 else text

    def _source(self, text: str, at: Path) -> str:
        if text not in self.sources:
            self.fault(at, f"there is no source “{text}” in kpi.yaml", nearest_of(text, self.sources))
        return text

    def _rule(self, text: str, at: Path) -> str:
        if text not in self.rules:
            self.fault(at, f"there is no rule “{text}”", nearest_of(text, self.rules))
        return self.rules.get(text, text)


def _limit(rule: AlertRule) -> tuple[str, float] | None:
    return None if rule.when is None else rule.when.limit
