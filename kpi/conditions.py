"""Whether the condition of an alert rule holds, for each of its subjects, at one moment.

`findings` asks nobody and remembers nothing: the same samples and the same moment give the same findings. A
number over days is judged at the last closed day that will not change any more, a level at its newest
sample. Where nothing can be said, because of a gap, an open day or a failing source, `holds` is None with the
reason.

What a finding's `evidence` holds, by the condition's kind. Numbers are in the unit named by `unit` ("stars"),
days are ISO dates, instants ISO with an offset; a key without a value is left out:

- `measure`, `kpi`: name, unit, value, limit, op (above, at_least, at_most, below), days ([[day, value], …] of
  the closed days on which it holds, oldest first; of a newest reading [[instant, value], …]), missing (how
  many days between have no value), usual ([low, high] of such a weekday), target and percent of a KPI, step
  (the further step that is celebrated). With `by`: label and label_value.
- `drop`, `rise`: name, unit, before, after, percent, limit, op, against, days (how many each stretch has),
  from and to ([first, last day] of each), usual ([low, high] of such a weekday, of the amount of one day),
  left_out (what was measured in one of the stretches only).
- `percent_of_target`: as `kpi`; `percent` is compared, `target` as written, `horizon` its title; without a
  duration `day`, the closed one that it was found on.
- `chance`: name, unit, chance, limit, op, landing, target, deadline.
- `firing`: rule, count, limit, op, subjects.
- `zone`: name, unit, from, to, percent, target, value, day.
- `gate`: name, from, to, achieved, total, required.
- `no_data`: name, source, last_at, reason.
- `source`: source, title, message, hint, since, kpis (how many it leaves without fresh numbers).
- `anomaly`: name, unit, value, expected, low, high, score, why, direction, day.
- `text`: text, url, site, reach, sentiment, topics, source, kind, at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from kpi import (
    conditions_anomaly,
    conditions_changes,
    conditions_health,
    conditions_numbers,
    conditions_states,
    conditions_texts,
)
from kpi.alert_rules import AlertRule
from kpi.alerts import Finding
from kpi.conditions_sight import Chance, Look, Scoped, Sight, SourceState, Text

__all__ = ["Chance", "Scoped", "Sight", "SourceState", "Text", "findings"]

_LookAt = Callable[[Look], tuple[Finding, ...]]

_LOOKS: Mapping[str, _LookAt] = {
    "measure": conditions_numbers.of_measure,
    "kpi": conditions_numbers.of_kpi,
    "percent_of_target": conditions_numbers.of_percent,
    "drop": conditions_changes.of_change,
    "rise": conditions_changes.of_change,
    "chance": conditions_states.of_chance,
    "firing": conditions_states.of_firing,
    "zone": conditions_states.of_zone,
    "gate": conditions_states.of_gate,
    "no_data": conditions_health.of_no_data,
    "source": conditions_health.of_source,
    "anomaly": conditions_anomaly.of_anomaly,
    "text": conditions_texts.of_text,
}


def findings(
    rule: AlertRule, sight: Sight, firing: Collection[str] = (), *, framework: str
) -> tuple[Finding, ...]:
    """What `rule` says at the moment of `sight`; nothing where only people raise it.

    `framework` is the key of the one that states it, empty for a rule of kpi.yaml or of the bot, which looks
    at the KPIs of all. `firing` are the subjects that fire now: of one that the rule does not look at any
    more it says that it is over.
    """
    if rule.when is None:
        return ()
    found = _LOOKS[rule.when.kind](Look(rule, rule.when, sight, firing, framework))
    if not firing:
        return found
    known = {one.subject for one in found}
    gone = (subject for subject in sorted(firing) if subject not in known)
    return (*found, *(_gone(rule, subject, sight) for subject in gone))


def _gone(rule: AlertRule, subject: str, sight: Sight) -> Finding:
    """A subject that is looked at no more, such as a KPI that was taken out; a text stays what it was."""
    kind = "" if rule.when is None else rule.when.kind
    if kind == "text" or rule.every is not None:
        return Finding(subject, None, None, sight.moment.now, reason="it lies further back", is_event=True)
    return Finding(subject, False, True, sight.moment.now, reason="it is not looked at any more")
