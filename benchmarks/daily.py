"""The daily update over three hundred measured KPIs and three years of daily samples.

`bot.reports.daily.compose` is called as the schedule calls it: a fresh session each time, everything it needs
read from a real SQLite file. The moment is fixed, so every run composes the same update. The statements are
counted by SQLAlchemy on their way to the driver, for thirty KPIs and for three hundred.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import workspaces
from benchmarks.database import Block, build, counted
from benchmarks.outcome import Outcome, percentile
from bot.reports import daily
from bot.workspace import Workspace
from kpi.calendar import Moment, day_start
from storage import SessionFactory, connect

MOST_MS = 150.0
NOW = datetime(2026, 5, 13, 7, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Composed:
    """What it took to compose the update of one workspace."""

    kpis: int
    samples: int
    first_ms: float
    times_ms: tuple[float, ...]
    statements: tuple[str, ...]


def run(*, quick: bool = False) -> list[Outcome]:
    """The time over all KPIs, and the statements for a tenth of them against those for all."""
    many, days, rounds = (30, 120, 2) if quick else (300, 3 * 365, 20)
    few, whole = (_composed(count, days, rounds) for count in (many // 10, many))
    figures = {
        f"{one.kpis} KPIs": {
            "samples": one.samples,
            "first_ms": round(one.first_ms, 1),
            "median_ms": round(statistics.median(one.times_ms), 1),
            "p99_ms": round(percentile(one.times_ms, 99), 1),
            "least_ms": round(min(one.times_ms), 1),
            "statements": one.statements,
        }
        for one in (few, whole)
    }
    return [
        Outcome(
            f"daily update, {whole.kpis} KPIs, {days:,} days each, median",
            "ms",
            statistics.median(whole.times_ms),
            most=MOST_MS,
            note="composed from storage, without sending it.",
            figures=figures,
        ),
        Outcome(
            f"SQL statements, {whole.kpis} KPIs against {few.kpis}",
            "",
            len(whole.statements),
            len(few.statements),
            1.0,
        ),
    ]


def _composed(count: int, days: int, rounds: int) -> Composed:
    moment = Moment(NOW, workspaces.ZONE)
    workspace = workspaces.generated(count, moment.today)
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as folder:
        path = Path(folder) / "kpi.db"
        # At noon, so that every calendar day has one whatever the clocks did.
        until = day_start(moment.today - timedelta(days=1), workspaces.ZONE) + timedelta(hours=12)
        stored = build(path, [Block(sorted(workspace.metrics), days, timedelta(days=1), until)])
        engine = connect(f"sqlite:///{path}")
        try:
            sessions = SessionFactory(engine)
            with counted(engine) as statements:
                first = _milliseconds(sessions, workspace, moment)
            times = tuple(_milliseconds(sessions, workspace, moment) for _ in range(rounds))
        finally:
            engine.dispose()
    return Composed(count, stored, first, times, tuple(statements))


def _milliseconds(sessions: SessionFactory, workspace: Workspace, moment: Moment) -> float:
    began = time.perf_counter()
    with sessions.read() as session:
        reply = daily.compose(session, workspace, moment, since=moment.today - timedelta(days=1))
    took = 1000 * (time.perf_counter() - began)
    if reply.data["measured"] != len(workspace.kpis):
        raise RuntimeError(f"only {reply.data['measured']} of {len(workspace.kpis)} KPIs were measured")
    return took
