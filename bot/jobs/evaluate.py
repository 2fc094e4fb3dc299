"""Every KPI judged anew after a collection: what /metrics shows, the gates that have opened, and alerts.

The first time a gate is found open, its evidence is frozen: what is corrected later does not undo a pass.
A gate that shut in between and opens again is passed again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.jobs.alerting import Alerting, Seen
from bot.jobs.landings import KeepLandings
from bot.reports.gate_evidence import evidence_of
from bot.reports.gate_history import DAYS, GateBook, Sight, read_gates
from bot.reports.snapshot import Snapshot, gate_verdict, load
from bot.timeline import Timeline
from bot.workspace import GateRef, KpiRef
from kpi.calendar import Moment, day_of
from kpi.gates import Verdict
from kpi.standing import Standing
from storage import Session, SessionFactory, StorageFault, audit, gate_passes
from storage.gate_passes import GatePass

log = logging.getLogger(__name__)

PASSED = "gate passed"


@dataclass
class Board:
    """The last evaluation of all KPIs."""

    at: datetime | None = None
    standings: Sequence[tuple[KpiRef, Standing]] = ()
    restricted: Collection[str] = ()  # paths of those that are not for everybody


@dataclass(frozen=True)
class Evaluate:
    """Judges all KPIs from one reading of storage. Blocks: call it in a thread."""

    timeline: Timeline
    sessions: SessionFactory
    now: Callable[[], datetime]
    board: Board
    alerting: Alerting | None = None
    """What becomes of alerts; what fails there keeps no gate from being passed."""
    landings: KeepLandings | None = None
    _checked: dict[tuple[str, datetime], date] = field(default_factory=dict, init=False, repr=False)
    """By gate and its last pass: the last day at whose close the gate was seen to be open still."""

    def __call__(self) -> None:
        now = self.now()
        with self.sessions.read() as session:
            workspace = self.timeline.now(session)
            snapshot = load(session, workspace, Moment(now, workspace.zone), workspace.kpis)
            passes = gate_passes.read(session)
            new = self._newly_passed(session, snapshot, passes)
            seen = self._looked(session, snapshot)
        self.board.standings = tuple((ref, snapshot.of(ref)) for ref in workspace.kpis)
        self.board.restricted = frozenset(workspace.restricted)
        self.board.at = now
        if new:
            self._freeze(new, passes, now)
        if self.alerting is not None and seen is not None:
            self.alerting.take(seen)
        if self.landings is not None:
            self.landings(snapshot)

    def _looked(self, session: Session, snapshot: Snapshot) -> Seen | None:
        """What the alert rules find; None where that fails, or nobody asks."""
        if self.alerting is None:
            return None
        try:
            return self.alerting.look(session, snapshot)
        except StorageFault:
            raise
        except Exception:
            log.exception("alert rules not looked at")
            return None

    def _newly_passed(
        self, session: Session, snapshot: Snapshot, passes: Mapping[tuple[str, str], Sequence[GatePass]]
    ) -> Sequence[tuple[GateRef, Verdict]]:
        """The gates that are open, and were shut at some close since their last pass."""
        verdicts = [(ref, gate_verdict(ref, snapshot)) for ref in snapshot.workspace.gates]
        opened = [(ref, found, _last(passes, ref)) for ref, found in verdicts if found.passed]
        doubtful = [
            (ref, last) for ref, _, last in opened if last is not None and self._unseen(ref, last, snapshot)
        ]
        again = self._shut_since(session, snapshot, doubtful) if doubtful else frozenset[str]()
        return [(ref, found) for ref, found, last in opened if last is None or ref.path in again]

    def _unseen(self, ref: GateRef, last: GatePass, snapshot: Snapshot) -> int:
        """How many closes since the last pass have not been looked at yet; the day of the pass has one."""
        first = day_of(last.passed_at, snapshot.moment.zone)
        seen = self._checked.get((ref.path, last.passed_at), first - timedelta(days=1))
        return min((snapshot.moment.today - seen).days - 1, DAYS)

    def _shut_since(
        self, session: Session, snapshot: Snapshot, doubtful: Sequence[tuple[GateRef, GatePass]]
    ) -> frozenset[str]:
        """The paths of those that were shut at a close since their last pass."""
        days = {ref.path: self._unseen(ref, last, snapshot) for ref, last in doubtful}
        sight = Sight(
            session, snapshot.workspace, snapshot.moment, workspace_at=self.timeline.viewer(session)
        )
        book = read_gates([ref for ref, _ in doubtful], sight, days=max(days.values()))
        yesterday = snapshot.moment.today - timedelta(days=1)
        again = set()
        for ref, last in doubtful:
            if _was_shut(book, ref, yesterday, min(days[ref.path], book.days)):
                again.add(ref.path)
            else:
                self._checked[ref.path, last.passed_at] = yesterday
        return frozenset(again)

    def _freeze(
        self,
        new: Sequence[tuple[GateRef, Verdict]],
        known: Mapping[tuple[str, str], Sequence[GatePass]],
        now: datetime,
    ) -> None:
        """Store the passes, unless another process has stored one since they were read."""
        with self.sessions.begin() as session:
            present = gate_passes.read_to_add(session)
            for ref, found in new:
                if _last(present, ref) == _last(known, ref):
                    _store(session, ref, found, now)


def _last(passes: Mapping[tuple[str, str], Sequence[GatePass]], ref: GateRef) -> GatePass | None:
    return next(reversed(passes.get((ref.use.framework.key, ref.gate.key), ())), None)


def _was_shut(book: GateBook, ref: GateRef, last_day: date, days: int) -> bool:
    """Whether the gate was not open at one of these closes; a close at which nothing was known counts."""
    return not all(book.was_open(ref, last_day - timedelta(days=back)) for back in range(days))


def _store(session: Session, ref: GateRef, found: Verdict, now: datetime) -> None:
    one = GatePass(ref.use.framework.key, ref.gate.key, now, evidence_of(found, now), now)
    if gate_passes.add(session, one):
        counts = f"{found.achieved} of {found.total}"
        audit.write(session, audit.Act(now, "bot", PASSED, ref.path, after=counts))
        log.info("gate passed gate=%s achieved=%d total=%d", ref.path, found.achieved, found.total)
