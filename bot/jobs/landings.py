"""Landings and the outlooks of gates, reckoned anew where a day has closed or what was measured changed.

A command reads what is kept here with one statement. Of any number of processes one reckons each change: it
claims what changed first, and what another has claimed is left to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.reports.landings import (
    about,
    about_gate,
    foreseen,
    gate_outlook,
    gate_path,
    gate_payload,
    payload,
    shortened,
    target_of,
)
from bot.reports.snapshot import Snapshot, gate_verdict, load
from bot.workspace import GateRef, KpiRef
from kpi.gates import Verdict
from kpi.horizon import TargetInForce
from kpi.landing import Ahead, NoLanding, landing
from kpi.landing_course import HISTORY_DAYS
from kpi.metric import to_micros
from kpi.reading import measures_of
from storage import Session, SessionFactory, StorageFault, landings, samples
from storage.landings import Kept

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""After so long without a result the process that claimed it is taken for dead."""

TOGETHER = 100
"""KPIs whose history is held at once."""


@dataclass(frozen=True)
class _Due:
    """All that has a landing, and by which digest one knows that it changed, by path."""

    kpis: Mapping[str, tuple[KpiRef, TargetInForce]]
    gates: Mapping[str, tuple[GateRef, Verdict]]
    digests: Mapping[str, str]


@dataclass(frozen=True)
class KeepLandings:
    """Reckons what changed by the latest evaluation. Blocks: call it in a thread."""

    sessions: SessionFactory
    clock: Callable[[Session], datetime]
    now: Callable[[], datetime]

    def __call__(self, snapshot: Snapshot) -> int:
        """Keeps every landing that is not kept yet as `snapshot` has it; returns how many were reckoned."""
        with self.sessions.read() as session:
            begun = {one.metric: one.first for one in samples.names(session)}
        due, day = _due(snapshot, begun), snapshot.moment.today
        with self.sessions.begin() as session:
            now = self.clock(session)
            claimed = landings.claim(session, due.digests, day=day, now=now, lease=LEASE)
        if not claimed:
            return 0
        try:
            payloads = self._reckoned(due, claimed, snapshot)
        except StorageFault:
            raise
        except Exception:  # the claim runs out, and commands reckon for themselves
            log.exception("landings not reckoned")
            return 0
        kept = [Kept(path, day, due.digests[path], told, self.now()) for path, told in payloads.items()]
        with self.sessions.begin() as session:
            landings.keep(session, kept)
            landings.forget(session, day)
        log.info("landings reckoned=%d of=%d", len(kept), len(due.digests))
        return len(kept)

    def _reckoned(
        self, due: _Due, claimed: frozenset[str], snapshot: Snapshot
    ) -> dict[str, Mapping[str, object]]:
        ahead = self._ahead(due, claimed, snapshot)
        found: dict[str, Mapping[str, object]] = {}
        for path, (ref, target) in due.kpis.items():
            if path in claimed:
                one = ahead[path]
                landed = landing(ref.kpi, target, one) if isinstance(one, Ahead) else one
                found[path] = payload(landed, ref, target)
        for path, (gate, verdict) in due.gates.items():
            if path in claimed:
                found[path] = gate_payload(gate_outlook(verdict, ahead), gate, verdict)
        return found

    def _ahead(self, due: _Due, claimed: frozenset[str], snapshot: Snapshot) -> dict[str, Ahead | NoLanding]:
        """The days ahead of each KPI that is claimed or counts for a gate that is, by path."""
        wanted = {path: ref for path, (ref, _) in due.kpis.items() if path in claimed}
        deadlines = [target.deadline for _, target in due.kpis.values()]
        for path, (gate, verdict) in due.gates.items():
            if path in claimed:
                wanted |= {ref.path: ref for ref in _members(gate, verdict)}
                deadlines += [item.target.deadline for item in verdict.items]
        until = max((one for one in deadlines if one is not None), default=None)
        found: dict[str, Ahead | NoLanding] = {}
        for refs in _parts(tuple(wanted.values())):
            with self.sessions.read() as session:
                history = load(session, snapshot.workspace, snapshot.moment, refs, history_days=HISTORY_DAYS)
            found |= foreseen(refs, history, until)
        return found


def _parts(refs: Sequence[KpiRef]) -> Iterator[tuple[KpiRef, ...]]:
    return (tuple(refs[first : first + TOGETHER]) for first in range(0, len(refs), TOGETHER))


def _members(ref: GateRef, verdict: Verdict) -> tuple[KpiRef, ...]:
    return tuple(KpiRef(ref.use, item.kpi) for item in verdict.items if item.target.is_numeric)


def _due(snapshot: Snapshot, begun: Mapping[str, datetime]) -> _Due:
    known = _Measured(snapshot, begun)
    kpis = {
        ref.path: (ref, target)
        for ref in snapshot.workspace.kpis
        if (target := target_of(ref, snapshot)) is not None and snapshot.of(ref).value is not None
    }
    gates = {gate_path(ref): (ref, gate_verdict(ref, snapshot)) for ref in snapshot.workspace.gates}
    day = snapshot.moment.today.isoformat()
    digests = {
        path: shortened(day, about(ref, target), known.digest(ref)) for path, (ref, target) in kpis.items()
    }
    for path, (gate, verdict) in gates.items():
        members = [known.digest(ref) for ref in _members(gate, verdict)]
        states = [item.met for item in verdict.items]
        digests[path] = shortened(day, about_gate(gate, verdict), members, states)
    return _Due(kpis, gates, digests)


class _Measured:
    """What was measured by the close of yesterday, as one digest a metric."""

    def __init__(self, snapshot: Snapshot, begun: Mapping[str, datetime]) -> None:
        self._snapshot, self._begun = snapshot, begun
        self._end = to_micros(snapshot.moment.midnight)
        self._known: dict[str, str] = {}

    def digest(self, ref: KpiRef) -> str:
        """Of all that the KPI is read from. A past that is filled in changes it."""
        names = {name for one in measures_of(ref.use.framework.key, ref.kpi) for name in one.metrics}
        return shortened(*(self._of(name) for name in sorted(names)))

    def _of(self, metric: str) -> str:
        if metric not in self._known:
            parts: list[object] = [metric, self._begun.get(metric)]
            for one in self._snapshot.series.by_metric.get(metric, ()):
                count = int(one.at.searchsorted(self._end))
                parts += (one.labels, one.at[:count].tobytes(), one.value[:count].tobytes())
            self._known[metric] = shortened(*parts)
        return self._known[metric]
