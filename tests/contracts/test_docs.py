"""README stays true: its tables equal the registries, and its commands run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.commands import COMMANDS
from bot.loading import owed, resolve, silences
from bot.settings import read_workspace
from bot.settings_schedule import CadenceEntry
from collectors import every_collector
from kpi.framework_file import parse_framework

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
REFRESH = bool(os.environ.get("KPI_REFRESH_DOCS"))


def commands_table() -> str:
    """What can be asked, from the commands themselves."""
    rows = [f"| `/kpi {one.example}` | {one.summary} |" for one in COMMANDS]
    return "\n".join(["| say | get |", "| --- | --- |", *rows])


def collectors_table() -> str:
    """The collectors, by the first line of their documentation."""
    rows = [
        f"| `{one.kind}` | {one.documentation.strip().splitlines()[0]} | {'yes' if one.backfills else 'no'} |"
        for one in every_collector()
    ]
    return "\n".join(["| collector | reads | fills in the past |", "| --- | --- | --- |", *rows])


def metrics_table() -> str:
    """Every metric with its unit and kind."""
    rows = [
        f"| `{metric.name}` | {metric.unit} | {metric.kind} | {metric.description} |"
        for one in every_collector()
        for metric in one.metrics
    ]
    return "\n".join(["| metric | unit | kind | is |", "| --- | --- | --- | --- |", *rows])


TABLES = {"commands": commands_table, "collectors": collectors_table, "metrics": metrics_table}


@pytest.mark.parametrize("name", TABLES)
def test_readme_table_equals_its_registry(name: str) -> None:
    text = README.read_text(encoding="utf-8")
    wanted = f"<!-- {name} -->\n{TABLES[name]()}\n<!-- /{name} -->"
    pattern = re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->", re.DOTALL)
    assert pattern.search(text), f"README.md has no place for the table of {name}"
    if REFRESH:
        README.write_text(pattern.sub(lambda _: wanted, text), encoding="utf-8")
        return
    assert wanted in text, f"the table of {name} is out of date: KPI_REFRESH_DOCS=1 make test"


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
    workspace, schedule, framework = files
    found = read_workspace(workspace, "README.md", {"GITHUB_TOKEN": "token"})
    assert resolve(found, Path("README.md")).restrictions
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "DISCORD_TOKEN": "token"}
    assert silences(found, tokens) == ()
    assert [one.subject for one in owed(found)] == ["daily/slack:C0123ABCD", "daily/discord:112233445566"]
    entry = CadenceEntry.model_validate(yaml.safe_load(schedule)["schedule"]["daily"])
    assert (entry.wait, entry.catch_up) == (timedelta(minutes=30), timedelta(hours=12))
    assert [kpi.name for kpi in parse_framework(framework, "README.md").kpis] == ["GitHub Stars"]
