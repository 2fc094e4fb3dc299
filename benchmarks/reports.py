"""The reports of a made-up company's year: what they take, how long they are, and the largest one in full.

    python -m benchmarks.reports

prints a table of all of them. The largest, a monthly report with forty charts and its PDF, is composed and
drawn by `benchmarks.monthly` in a process of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import monthly, year
from benchmarks.database import counted
from benchmarks.outcome import Outcome
from benchmarks.processes import ROOT
from bot.reply import Reply
from bot.reports import daily, digest, live, plans
from bot.surfaces.slack.render import render
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Engine, Session, SessionFactory, connect, migrate

MOST_SECONDS = 6.0
MOST_MB = 400.0
MOMENT = Moment(year.NOW, year.ZONE)
COLUMNS = ("report", "KPIs", "statements", "ms", "charts", "documents", "root", "thread", "messages")


@dataclass(frozen=True, slots=True)
class Report:
    """What it took to compose one report, and how long it is in Slack, in characters."""

    name: str
    kpis: int
    statements: int
    times_ms: tuple[float, ...]
    charts: int
    documents: tuple[str, ...]
    root: int
    thread: int
    messages: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        median = f"{statistics.median(self.times_ms):.0f}"
        counts = (self.root, self.thread, self.messages)
        papers = ", ".join(self.documents) or "–"
        return (
            self.name,
            str(self.kpis),
            str(self.statements),
            median,
            str(self.charts),
            papers,
            *map(str, counts),
        )


def run(*, quick: bool = False) -> list[Outcome]:
    """The largest report, then the joint ones."""
    with _filled(days=60 if quick else 366) as (folder, engine):
        monthly.write(folder, SessionFactory(engine), parts=3 if quick else monthly.PARTS)
        largest = _largest([_measured(folder) for _ in range(1 if quick else 3)])
        names = ["weekly"] if quick else list(plans.CADENCES)
        return [*largest, *_joint(engine, names, rounds=1 if quick else 5)]


@contextmanager
def _filled(*, days: int = 366) -> Iterator[tuple[Path, Engine]]:
    """A folder whose kpi.db holds the year, and an engine on it."""
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as name:
        url = f"sqlite:///{Path(name) / 'kpi.db'}"
        migrate(url)
        engine = connect(url)
        try:
            year.fill(SessionFactory(engine), days=days)
            yield Path(name), engine
        finally:
            engine.dispose()


def _measured(folder: Path) -> dict[str, Any]:
    """One run of `benchmarks.monthly`."""
    found = subprocess.run(
        [sys.executable, "-m", monthly.__name__, str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    return dict(json.loads(found.stdout))


def _largest(runs: Sequence[dict[str, Any]]) -> list[Outcome]:
    charts, seconds = runs[0]["charts"], [one["seconds"] for one in runs]
    memory = max(runs, key=lambda one: one["own_mb"] + one["drawing_mb"])
    parts = {name: round(statistics.median(one[name] for one in runs), 3) for name in runs[0]}
    return [
        Outcome(
            f"monthly report, {charts} charts and its PDF",
            "s",
            statistics.median(seconds),
            most=MOST_SECONDS,
            note=f"{parts['compose_seconds']:.1f} s composing, {parts['charts_seconds']:.1f} s for the "
            f"charts and the start of the drawing process, {parts['pdf_seconds']:.1f} s for the PDF.",
            figures=parts,
        ),
        Outcome(
            "the same, most memory of the bot and its drawing process",
            "MB",
            memory["own_mb"] + memory["drawing_mb"],
            most=MOST_MB,
            note=f"{memory['own_mb']:.0f} MB in the bot, {memory['drawing_mb']:.0f} MB where it draws.",
        ),
    ]


def _joint(engine: Engine, names: Sequence[str], *, rounds: int) -> Iterator[Outcome]:
    """Each joint report with its statements, and those of one framework alone."""
    one, every = year.workspace("hektor"), year.workspace()
    for name in names:
        found = composed(engine, every, name, rounds)
        yield Outcome(
            f"{name} report, three frameworks, {found.kpis} KPIs, median",
            "ms",
            statistics.median(found.times_ms),
            figures=dict(zip(COLUMNS[1:], found.cells[1:], strict=True)),
        )
        if plans.find(name, one) is not None:
            alone = composed(engine, one, name, 1)
            yield Outcome(
                f"{name} report, SQL statements, three frameworks against one", "",
                found.statements, alone.statements,
            )  # fmt: skip


def composed(engine: Engine, workspace: Workspace, name: str, rounds: int) -> Report:
    """The report `name` of the year, composed so often."""
    plan, sessions = plans.find(name, workspace), SessionFactory(engine)
    if plan is None:
        raise LookupError(f"there is no report {name}")
    with counted(engine) as statements:  # the first one also reads what later ones know
        reply, _ = _timed(sessions, workspace, plan)
    times = tuple(_timed(sessions, workspace, plan)[1] for _ in range(rounds))
    root, *thread = (characters(one) for one in (reply, *reply.thread))
    return Report(
        name=name,
        kpis=len(workspace.kpis) if name == "daily" else len(plan.refs),
        statements=len(statements),
        times_ms=times,
        charts=sum(len(one.charts) for one in (reply, *reply.thread)),
        documents=tuple(one.filename.rpartition(".")[2] for one in reply.documents),
        root=root,
        thread=sum(thread),
        messages=sum(len(render(one, _pictures(one))) for one in reply.thread),
    )


def _timed(sessions: SessionFactory, workspace: Workspace, plan: plans.Plan) -> tuple[Reply, float]:
    began = time.perf_counter()
    with sessions.read() as session:
        reply = _reply(session, workspace, plan)
    return reply, 1000 * (time.perf_counter() - began)


def _reply(session: Session, workspace: Workspace, plan: plans.Plan) -> Reply:
    if plan.name == "daily":
        return daily.compose(session, workspace, MOMENT, since=MOMENT.today - timedelta(days=1))
    if plan.cadence == plans.LIVE:
        return live.compose(session, workspace, MOMENT, plan)
    return digest.compose(session, workspace, MOMENT, plan)


def characters(reply: Reply) -> int:
    """What is to be read in its Slack messages, beside the pictures."""
    return sum(_words(message["blocks"]) for message in render(reply, _pictures(reply)))


def _pictures(reply: Reply) -> list[str]:
    return ["F0PICTURE"] * len(reply.charts)


def _words(value: Any) -> int:
    """The characters of every text in blocks."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_words(one) for one in value.values())
    return sum(map(_words, value)) if isinstance(value, list) else 0


def table() -> str:
    """Every report of the year's three frameworks, as Markdown."""
    workspace = year.workspace()
    names = [name for name in plans.names(workspace) if name in plans.CADENCES or "/" in name]
    with _filled() as (_, engine):
        rows = [composed(engine, workspace, name, 5).cells for name in names]
    rule = "| --- |" + " ---: |" * 4 + " --- |" + " ---: |" * 3
    return "\n".join([f"| {' | '.join(COLUMNS)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)])


if __name__ == "__main__":
    print(table())
