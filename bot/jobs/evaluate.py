"""Every KPI judged anew after a collection: what /metrics shows, and what later rules act on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports.snapshot import load
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment
from kpi.standing import Standing
from storage import SessionFactory


@dataclass
class Board:
    """The last evaluation of all KPIs."""

    at: datetime | None = None
    standings: Sequence[tuple[KpiRef, Standing]] = ()


@dataclass(frozen=True)
class Evaluate:
    """Judges all KPIs from one reading of storage. Blocks: call it in a thread."""

    workspace: Workspace
    sessions: SessionFactory
    now: Callable[[], datetime]
    board: Board

    def __call__(self) -> None:
        now = self.now()
        with self.sessions.read() as session:
            snapshot = load(session, self.workspace, Moment(now, self.workspace.zone), self.workspace.kpis)
        self.board.standings = tuple((ref, snapshot.of(ref)) for ref in self.workspace.kpis)
        self.board.at = now
