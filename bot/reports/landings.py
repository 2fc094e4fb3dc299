"""Where KPIs land and when gates open: as it was last reckoned, else reckoned on the spot.

What is kept counts only for the day on which it was reckoned, for the very definition it was reckoned by, and
for a question of the past only if it was known by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from bot.reports.snapshot import Snapshot, reaching_back
from bot.workspace import GateRef, KpiRef
from kpi.framework import Kpi
from kpi.gate_outlook import Outlook, outlook, outlook_json, outlook_of
from kpi.gates import Verdict
from kpi.horizon import TargetInForce
from kpi.landing import Ahead, Landing, NoLanding, aheads, due, kept, landing, restored
from kpi.landing_course import HISTORY_DAYS
from kpi.quantity import Goal
from storage import Session, landings
from storage.landings import Kept

NOTHING = "nothing"
"""What is kept of a gate of which nothing can be foreseen."""


def target_of(ref: KpiRef, snapshot: Snapshot) -> TargetInForce | None:
    """The target that a landing is told of: the one in force, where it is a number with a deadline ahead."""
    return due(snapshot.of(ref).target, snapshot.moment.today)


def landing_of(session: Session, ref: KpiRef, snapshot: Snapshot) -> Landing | NoLanding | None:
    """Where one KPI of `snapshot` lands; None where no number is due. One statement where it is kept."""
    target = target_of(ref, snapshot)
    if target is None:
        return None
    value = snapshot.of(ref)
    if value.value is None:
        return NoLanding("no data", reason=value.reading.reason)
    found = landings.find(session, ref.path)
    if found is not None and _holds(found, snapshot, about(ref, target)):
        return restored(found.payload)
    return reckoned(ref, target, reaching_back(session, snapshot, ref, HISTORY_DAYS))


def landings_kept(session: Session, refs: Iterable[KpiRef], snapshot: Snapshot) -> dict[str, Landing]:
    """What is kept of these KPIs and still counts, by path, in one statement."""
    found = landings.listing(session)
    known: dict[str, Landing] = {}
    for ref in refs:
        one, target = found.get(ref.path), target_of(ref, snapshot)
        if one is None or target is None or not _holds(one, snapshot, about(ref, target)):
            continue
        landed = restored(one.payload)
        if isinstance(landed, Landing):
            known[ref.path] = landed
    return known


def reckoned(ref: KpiRef, target: TargetInForce, history: Snapshot) -> Landing | NoLanding:
    """The landing of one KPI by its samples in `history`, which reaches back as far as there are any."""
    context = history.context(ref.use)
    ahead = aheads([(ref.kpi, context)], target.deadline or context.moment.today)[0]
    return landing(ref.kpi, target, ahead) if isinstance(ahead, Ahead) else ahead


def outlook_for(session: Session, ref: GateRef, found: Verdict, snapshot: Snapshot) -> Outlook | None:
    """How likely a gate opens; None where nothing of it can be foreseen. One statement where it is kept."""
    one = landings.find(session, gate_path(ref))
    if one is not None and _holds(one, snapshot, about_gate(ref, found)):
        return None if NOTHING in one.payload else outlook_of(one.payload)
    members = [KpiRef(ref.use, item.kpi) for item in found.items if item.target.is_numeric]
    history = reaching_back(session, snapshot, members, HISTORY_DAYS)
    return gate_outlook(found, foreseen(members, history, _end(found)))


def foreseen(refs: Sequence[KpiRef], history: Snapshot, until: date | None) -> dict[str, Ahead | NoLanding]:
    """The days ahead of each KPI, by path."""
    asked = [(ref.kpi, history.context(ref.use)) for ref in refs]
    found = aheads(asked, until or history.moment.today)
    return {ref.path: one for ref, one in zip(refs, found, strict=True)}


def gate_outlook(found: Verdict, ahead: Mapping[str, Ahead | NoLanding]) -> Outlook | None:
    """The outlook of a gate by the days ahead of its KPIs, by path."""
    known = {item.kpi.key: ahead.get(f"{found.framework}/{item.kpi.key}") for item in found.items}
    return outlook(found, {key: one for key, one in known.items() if isinstance(one, Ahead)})


def gate_path(ref: GateRef) -> str:
    """Under which name the outlook of a gate is kept: apart from a KPI that is called like it."""
    return f"gate {ref.path}"


def payload(found: Landing | NoLanding, ref: KpiRef, target: TargetInForce) -> dict[str, Any]:
    """What is kept of a landing."""
    return {**kept(found), "about": about(ref, target)}


def gate_payload(outlook: Outlook | None, ref: GateRef, found: Verdict) -> dict[str, Any]:
    """What is kept of the outlook of a gate."""
    numbers = {NOTHING: True} if outlook is None else outlook_json(outlook)
    return {**numbers, "about": about_gate(ref, found)}


def about(ref: KpiRef, target: TargetInForce) -> str:
    """What a landing is one of: the KPI as it is measured, and its target."""
    return shortened(*_measured(ref.kpi), *_asked(target.goal), target.deadline)


def about_gate(ref: GateRef, found: Verdict) -> str:
    """What the outlook of a gate is one of: its KPIs, what is asked of them and what people said of them."""
    parts: list[object] = [ref.gate.from_, found.required_count]
    for item in found.items:
        judged = None if item.judgement is None else item.judgement.met
        parts += (*_measured(item.kpi), *_asked(item.target.goal), item.target.deadline, judged)
    return shortened(*parts)


def _measured(kpi: Kpi) -> tuple[object, ...]:
    return kpi.key, kpi.measure, kpi.unit.name, kpi.better, kpi.matures, kpi.history


def _asked(goal: Goal) -> tuple[object, ...]:
    return goal.op, goal.value, goal.high


def shortened(*parts: object) -> str:
    """A digest of what these are written as."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def _end(found: Verdict) -> date | None:
    return found.items[0].target.deadline if found.items else None


def _holds(found: Kept, snapshot: Snapshot, asked: str) -> bool:
    """Whether what is kept answers a question of the moment of `snapshot`."""
    moment = snapshot.moment
    is_known = moment.as_of is None or found.computed_at <= moment.as_of
    return found.day == moment.today and is_known and found.payload.get("about") == asked
