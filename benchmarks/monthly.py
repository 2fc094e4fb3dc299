"""A monthly report with a chart in each of its parts and a PDF of them all, as it is made up and measured.

`python -m benchmarks.monthly FOLDER` composes it from the `kpi.yaml` and `kpi.db` in FOLDER, draws its charts
and its PDF in the bot's own drawing process, and prints as JSON what that took. It is a program of its own so
that its memory is that of a bot and of nothing else.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks import year
from benchmarks.processes import resident
from bot.charts.studio import Studio
from bot.frozen import freeze, thaw
from bot.loading import read_workspace_file, resolve
from bot.reply import Chart, Reply
from bot.reports import digest, plans
from bot.reports.digest_account import account
from bot.reports.pictured import chart_of
from bot.settings import read_environment
from bot.settings_reports import ReportEntry
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.framework_rules import ChartKind, ReportPart
from storage import SessionFactory, connect

NAME = "everything"
PARTS = 39
"""With the chart of the root message there are forty."""

_QUOTA: Mapping[ChartKind, int] = {
    "bullet": 7,
    "scorecard": 7,
    "trend": 7,
    "burnup": 6,
    "waterfall": 4,
    "calendar": 4,
    "funnel": 2,
    "mix": 1,
    "ladder": 1,
    "cohort": 1,
}
"""How often each shape comes: as often as the frameworks' own reports ask for it, and each at least once."""


def write(folder: Path, sessions: SessionFactory, *, parts: int = PARTS) -> None:
    """The company's kpi.yaml with a monthly report of so many parts, each with a chart of data there is."""
    path = year.write_workspace(folder)
    found = list(_with_data(sessions, parts))
    if len(found) < parts:
        raise RuntimeError(f"the year has data for {len(found)} charts only")
    stated = {"title": "Everything", "cadence": "monthly", "documents": ["pdf"]}
    file = json.loads(path.read_text(encoding="utf-8"))
    file["reports"] = {NAME: {**stated, "parts": [one.model_dump(exclude_defaults=True) for one in found]}}
    path.write_text(json.dumps(file, indent=1) + "\n", encoding="utf-8")


def _with_data(sessions: SessionFactory, parts: int) -> Iterator[ReportPart]:
    """The first candidates of each kind that have a chart; from where there is nothing to draw, none."""
    workspace = year.workspace()
    entry = ReportEntry(cadence="monthly", parts=(*_candidates(workspace), *_alone(workspace)))
    plan = plans.find(NAME, replace(workspace, reports={NAME: entry}))
    assert plan is not None
    left, found = Counter(_QUOTA), 0
    with sessions.read() as session:
        numbers = account(session, workspace, Moment(year.NOW, year.ZONE), plan)
        for section in plan.sections:
            kind = section.rule.chart
            if found == parts:
                return
            if left[kind] > 0 and isinstance(chart_of(section, numbers), Chart):
                left[kind] -= 1
                found += 1
                yield next(one for one in entry.parts if one.title == section.rule.title)


def _candidates(workspace: Workspace) -> Iterator[ReportPart]:
    """Parts of all kinds, each of one framework, with a title of its own."""
    for use in workspace.uses:
        key = use.framework.key
        for title in use.framework.sections:
            kpis = tuple(f"{key}/{one.key}" for one in use.framework.within(title))
            yield ReportPart(title=f"{key} {title}", kpis=kpis, chart="bullet")
            yield ReportPart(title=f"{key} {title}, lately", kpis=kpis, chart="scorecard")
        for gate in use.framework.gates:
            yield ReportPart(title=f"{key} gate {gate.key}", gates=(f"{key}/{gate.key}",), chart="ladder")
        for funnel in use.framework.funnels:
            yield ReportPart(title=f"{key} {funnel.key}", funnels=(f"{key}/{funnel.key}",), chart="funnel")
        for rule in use.framework.attribution:
            if rule.kind == "mix":
                yield ReportPart(title=f"{key} {rule.key}", attribution=(f"{key}/{rule.key}",), chart="mix")


def _alone(workspace: Workspace) -> Iterator[ReportPart]:
    """Parts of one KPI each, and of all the rates of cohorts that a framework has."""
    for use in workspace.uses:
        key = use.framework.key
        ripening = tuple(f"{key}/{one.key}" for one in use.framework.kpis if one.matures is not None)
        if ripening:
            yield ReportPart(title=f"{key} cohorts", kpis=ripening, chart="cohort")
    kinds: tuple[ChartKind, ...] = ("burnup", "calendar", "trend")
    for number, ref in enumerate(ref for ref in workspace.kpis if ref.kpi.measure is not None):
        for kind in (kinds[number % len(kinds)], "waterfall"):
            yield ReportPart(title=f"{ref.kpi.name} {number}, {kind}", kpis=(ref.path,), chart=kind, days=90)


async def measure(folder: Path) -> dict[str, float | int | str]:
    """Seconds and megabytes (10^6 bytes) of composing the report and drawing all that goes with it."""
    importlib.import_module("bot.app")  # a bot that runs has loaded all of itself
    path = folder / "kpi.yaml"
    workspace = resolve(read_workspace_file(read_environment({"KPI_CONFIG": str(path)})), path)
    sessions, studio = SessionFactory(connect(f"sqlite:///{folder / 'kpi.db'}")), Studio()
    began, used = time.perf_counter(), time.process_time()
    reply = thaw(await asyncio.to_thread(_composed, workspace, sessions))
    composed = time.perf_counter()
    pictures = [await studio.draw(one.drawing) for each in (reply, *reply.thread) for one in each.charts]
    drawn = time.perf_counter()
    papers = [await studio.draw(one.content) for one in reply.documents]
    ended = time.perf_counter()
    assert studio.process_id is not None
    own, drawing = peak_mb("self"), peak_mb(str(studio.process_id))
    own_cpu = time.process_time() - used
    await studio.close()
    drawing_cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": ended - began,
        "cpu_seconds": own_cpu + drawing_cpu.ru_utime + drawing_cpu.ru_stime,
        "compose_seconds": composed - began,
        "charts_seconds": drawn - composed,
        "pdf_seconds": ended - drawn,
        "charts": len(pictures),
        "different_charts": len(set(pictures)),
        "pdf_bytes": sum(map(len, papers)),
        "own_mb": own,
        "drawing_mb": drawing,
    }


def _composed(workspace: Workspace, sessions: SessionFactory) -> str:
    """As the schedule does it: what is delivered is read back from the promise it was written to."""
    plan = plans.find(NAME, workspace)
    assert plan is not None
    with sessions.read() as session:
        reply: Reply = digest.compose(session, workspace, Moment(year.NOW, year.ZONE), plan)
    return freeze(reply)


def peak_mb(process: str) -> float:
    """The most memory that was ever resident in a process; where nothing tells that, what is now."""
    try:
        facts = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        if process == "self":
            used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return used / 1e6 if sys.platform == "darwin" else used * 1024 / 1e6
        return resident(int(process))[int(process)] / 1e6
    peak = next(line for line in facts.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(Path(sys.argv[1])))))
