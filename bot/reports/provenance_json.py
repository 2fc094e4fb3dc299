"""The origin of a standing as the `data` of a reply: plain JSON values, nothing rounded."""

from __future__ import annotations

from typing import Any

from bot.reports.provenance import Input, Provenance, Pulled, TargetOrigin
from bot.reports.provenance_words import share_sentence
from bot.workspace import KpiRef
from kpi.standing_json import standing_json
from storage.entries import Entry


def provenance_json(found: Provenance, ref: KpiRef) -> dict[str, Any]:
    """The standing's numbers with their origin, as plain JSON values."""
    formula, origin = found.formula, found.target
    return {
        **standing_json(found.standing),
        "provenance": {
            "measure": None
            if formula is None
            else {"text": formula.written, "numbers": formula.filled, "value": formula.raw.value},
            "inputs": [_input_json(one) for one in found.inputs],
            "more_inputs": found.more_inputs,
            "sources": [_pulled_json(one) for one in found.pulled],
            "entries": [_entry_json(one) for one in found.entries],
            "percent_of_target": share_sentence(found.standing),
            "target_change": _change_json(origin),
            "framework_since": None if origin.framework_since is None else origin.framework_since.isoformat(),
            "document": ref.use.framework.source,
            "line": ref.kpi.line,
        },
    }


def _input_json(one: Input) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "labels": dict(one.labels),
        "samples": one.count,
        "first_at": one.first.isoformat(),
        "last_at": one.last.isoformat(),
        "value": one.value,
        "settled": one.settled,
        "recorded_at": one.recorded_at.isoformat(),
        "earlier": list(one.earlier),
    }


def _pulled_json(one: Pulled) -> dict[str, Any]:
    run = one.run
    return {
        "source": one.source.name,
        "collector": one.source.collector,
        "last_run_at": None if run is None or run.finished_at is None else run.finished_at.isoformat(),
        "faults": [] if run is None else [fault.kind for fault in run.faults],
    }


def _entry_json(one: Entry) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "at": one.at.isoformat(),
        "text": one.text,
        "value": one.value,
        "author": one.author,
        "note": one.note,
        "recorded_at": one.recorded_at.isoformat(),
    }


def _change_json(origin: TargetOrigin) -> dict[str, Any] | None:
    change = origin.change
    if change is None:
        return None
    return {
        "number": change.number,
        "before": origin.before,
        "after": change.text,
        "author": change.author,
        "at": change.recorded_at.isoformat(),
        "reason": change.reason,
    }
