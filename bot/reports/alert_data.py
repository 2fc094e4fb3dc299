"""The numbers behind what is said of an alert, and what of an alert a reader may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.alerting import RuleRef
from bot.reports.alert_view import measured_by, path_of, reads
from bot.workspace import GateRef, KpiRef, Workspace
from kpi.alerts import Item
from storage.alerts import Alert


def data_of(alert: Alert) -> dict[str, Any]:
    """One alert as plain JSON."""
    return {
        "number": alert.number,
        "rule": alert.rule,
        "severity": alert.severity,
        "state": alert.state.value,
        "subjects": [one.subject for one in alert.items],
        "values": [one.value for one in alert.items],
        "text": alert.text,
        "fired_at": alert.fired_at.isoformat(),
        "act_by": _iso(alert.act_by),
        "acknowledged_at": _iso(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "assigned_to": alert.assigned_to,
        "snoozed_until": "resolved" if alert.snoozed_for_good else _iso(alert.snoozed_until),
        "resolved_at": _iso(alert.resolved_at),
        "resolved_by": alert.resolved_by,
        "level": alert.level,
        "opinion": alert.opinion,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def seen(alert: Alert, workspace: Workspace, ref: RuleRef | None) -> Alert | None:
    """The alert as this reader may see it, without the KPIs that are not for them; None for nothing of it.

    A rule that looks at a measure is hidden where only withheld KPIs read what it reads, and one of a
    framework that nothing is left of altogether.
    """
    if not workspace.withheld:
        return alert
    if _is_of_hidden(alert, workspace) or _reads_hidden(ref, workspace):
        return None
    kept = tuple(one for one in alert.items if _is_seen(one, workspace, ref))
    if alert.items and not kept:
        return None
    return alert if len(kept) == len(alert.items) else replace(alert, items=kept)


def seen_of(
    alerts: Iterable[Alert], workspace: Workspace, refs: Collection[RuleRef] | dict[str, RuleRef]
) -> list[Alert]:
    """The alerts that this reader may see, each with what of it they may."""
    known = refs if isinstance(refs, dict) else {ref.path: ref for ref in refs}
    found = (seen(one, workspace, known.get(one.rule)) for one in alerts)
    return [one for one in found if one is not None]


def _is_of_hidden(alert: Alert, workspace: Workspace) -> bool:
    framework = alert.rule.partition("/")[0]
    is_in_use = any(use.framework.key == framework for use in workspace.uses)
    return not is_in_use and any(path.partition("/")[0] == framework for path in workspace.withheld)


def _is_seen(item: Item, workspace: Workspace, ref: RuleRef | None) -> bool:
    when = None if ref is None else ref.rule.when
    if when is not None and when.kind == "gate":
        return any(_shows_gate(gate, workspace) for gate in workspace.gates if gate.path == item.subject)
    return path_of(item.subject) not in workspace.withheld


def _shows_gate(gate: GateRef, workspace: Workspace) -> bool:
    """Whether all that a gate counts may be seen."""
    framework = gate.use.framework
    return all(workspace.shows(framework.key, kpi.key) for kpi in gate.gate.kpis(framework))


def _reads_hidden(ref: RuleRef | None, workspace: Workspace) -> bool:
    """Whether the rule's own measure reads what only withheld KPIs read."""
    hidden = [
        KpiRef(use, kpi)
        for use in workspace.uses
        for kpi in use.framework.kpis
        if f"{use.framework.key}/{kpi.key}" in workspace.withheld
    ]
    return any(
        any(reads(one, [query]) for one in hidden) and not any(reads(one, [query]) for one in workspace.kpis)
        for query in measured_by(None if ref is None else ref.rule)
    )
