"""README stays true: its tables equal the registries, and its commands run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.commands import COMMANDS
from bot.loading import built_in, owed, read_framework, resolve, silences
from bot.reports import plans
from bot.settings import read_workspace
from bot.settings_schedule import CadenceEntry
from collectors import INDEX, METRICS, every_collector, index_text
from collectors.base import Collector
from kpi import survey
from kpi.coverage import coverage, totals
from kpi.framework_file import parse_framework
from kpi.metric import Metric

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
VISITORS = ROOT / "benchmarks" / "data" / "traffic" / "werpy.unique_visitors.csv"
REFRESH = bool(os.environ.get("KPI_REFRESH_DOCS"))


def commands_table() -> str:
    """What can be asked, from the commands themselves."""
    rows = [f"| `/kpi {one.example}` | {one.summary} |" for one in COMMANDS]
    return "\n".join(["| say | get |", "| --- | --- |", *rows])


def collectors_table() -> str:
    """The collectors as the catalogue has them."""
    rows = [
        f"| `{one.kind}` | {one.about.title}: {one.about.measures} | {_past(one)} | {one.about.proof.value} |"
        for one in every_collector()
    ]
    head = "| collector | measures | the past | verified against |"
    return "\n".join([head, "| --- | --- | --- | --- |", *rows])


def _past(one: Collector[Any]) -> str:
    if not one.backfills:
        return "from the first reading on"
    return (
        "is read" if one.forgets_after is None else f"is read; the vendor keeps {one.forgets_after.days} days"
    )


def coverage_table() -> str:
    """How the KPIs of the built-in frameworks come by their numbers."""
    measured = survey.beside(METRICS)
    approvals = [one.kind for one in every_collector() if one.about.approval]
    known = [coverage(read_framework(name), measured, approvals) for name in built_in()]
    frameworks = [list(one) for one in known]
    rows = [(name, totals(found)) for name, found in zip(built_in(), frameworks, strict=True)]
    rows.append(("all", totals(one for found in frameworks for one in found)))
    ways = ("total", "automatic", "derived", "needs_approval", "by_hand")
    head = "| framework | KPIs | automatic | derived | once a vendor approves | by hand |"
    lines = [f"| {name} | {' | '.join(str(found[way]) for way in ways)} |" for name, found in rows]
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: | ---: |", *lines])


def pages() -> str:
    """A section a collector: what it needs, what its documentation says, and its metrics."""
    return "\n\n".join(_page(one) for one in every_collector())


def _page(one: Collector[Any]) -> str:
    about = one.about
    proven = f" ({about.proven_by})" if about.proven_by else ""
    lines = [f"## {about.title}: `{one.kind}`", "", f"Verified against: {about.proof.value}{proven}."]
    lines += [f"Needs approval first: {about.approval}."] if about.approval else []
    for credential in about.credentials:
        optional = "" if credential.is_required else ", optional"
        lines += [
            "",
            f"`{credential.setting}: ${{{credential.variable}}}`{optional}: {credential.scope}. "
            f"From <{credential.where}>.",
        ]
    lines += ["", "```text", one.documentation.strip(), "```", ""]
    lines += ["| metric | unit | kind | labels | is |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *map(_metric_row, one.metrics)])


def _metric_row(metric: Metric) -> str:
    now = " (present only)" if metric.is_snapshot else ""
    cells = (f"`{metric.name}`", metric.unit, f"{metric.kind}{now}", ", ".join(metric.labels))
    return f"| {' | '.join((*cells, metric.description))} |"


TABLES: dict[str, tuple[Path, Callable[[], str]]] = {
    "commands": (README, commands_table),
    "collectors": (README, collectors_table),
    "coverage": (README, coverage_table),
    "catalogue": (ROOT / "collectors" / "README.md", pages),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_generated_table_equals_its_registry(name: str) -> None:
    path, made = TABLES[name]
    text = path.read_text(encoding="utf-8")
    wanted = f"<!-- {name} -->\n{made()}\n<!-- /{name} -->"
    pattern = re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->", re.DOTALL)
    assert pattern.search(text), f"{path.name} has no place for the table of {name}"
    if REFRESH:
        path.write_text(pattern.sub(lambda _: wanted, text), encoding="utf-8")
        return
    assert wanted in text, f"the table of {name} is out of date: KPI_REFRESH_DOCS=1 make test"


def test_the_index_of_metrics_equals_their_declarations() -> None:
    path = ROOT / "collectors" / INDEX
    if REFRESH:
        path.write_text(index_text(), encoding="utf-8")
        return
    assert path.read_text(encoding="utf-8") == index_text(), "out of date: KPI_REFRESH_DOCS=1 make test"
    declared = {metric.name: metric for one in every_collector() for metric in one.metrics}
    assert dict(METRICS) == declared


def test_readme_commands_run(tmp_path: Path) -> None:
    """Every `$ kpi …` line, one after the other, in a folder of its own, as a newcomer would type them."""
    text = README.read_text(encoding="utf-8")
    lines = re.findall(r"^\$ (kpi .+)$", text, re.MULTILINE)
    assert len(lines) > 5
    kept = ("PATH", "HOME", "LANG", "TZ")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    kpi = f"{shlex.quote(sys.executable)} -m bot"
    script = "set -e\n" + "\n".join(line.replace("kpi ", f"{kpi} ", 1) for line in lines)
    environment["PYTHONPATH"] = str(ROOT)
    shutil.copy(VISITORS, tmp_path / "visitors.csv")  # the series of their own that the page speaks of
    found = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr[-2000:]
    assert "Traceback" not in found.stderr
    assert "GitHub Stars" in found.stdout


def test_readme_files_are_accepted() -> None:
    """The kpi.yaml and the framework file that README shows."""
    text = README.read_text(encoding="utf-8")
    files = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    workspace, schedule, reports, alerts, asking, framework = files
    found = read_workspace(workspace, "README.md", {"GITHUB_TOKEN": "token"})
    assert resolve(found, Path("README.md")).restrictions
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "DISCORD_TOKEN": "token"}
    assert silences(found, tokens) == ()
    assert [one.subject for one in owed(found)] == ["daily/slack:C0123ABCD", "daily/discord:112233445566"]
    entry = CadenceEntry.model_validate(yaml.safe_load(schedule)["schedule"]["daily"])
    assert (entry.wait, entry.catch_up) == (timedelta(minutes=30), timedelta(hours=12))
    stated = read_workspace(_joined(workspace, reports), "README.md", {"GITHUB_TOKEN": "token"})
    launch = plans.find("launch", resolve(stated, Path("README.md")))
    assert launch is not None
    assert {one.rule.title for one in launch.sections} >= {"Stars and forks", "Money"}
    alerted = read_workspace(_joined(workspace, alerts), "README.md", {"GITHUB_TOKEN": "token"})
    in_force = {ref.path for ref in resolve(alerted, Path("README.md")).alert_rules}
    assert "own/slow_signups" in in_force
    assert "hektor/viral_post" not in in_force
    whole = yaml.safe_load(workspace) | yaml.safe_load(asking)
    people = read_workspace(yaml.safe_dump(whole), "README.md", {"GITHUB_TOKEN": "token"})
    assert set(people.surveys) == {"developers"}
    assert people.asks.kpis
    assert resolve(people, Path("README.md")).uses[1].measures
    assert [kpi.name for kpi in parse_framework(framework, "README.md").kpis] == ["GitHub Stars"]


def _joined(workspace: str, more: str) -> str:
    """kpi.yaml with what another part of this page adds to it."""
    known, added = yaml.safe_load(workspace), yaml.safe_load(more)
    both = {key: known[key] | added[key] for key in known.keys() & added.keys()}
    return yaml.safe_dump(known | added | both)
