"""`kpi framework`: the files that say what is measured and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot import loading
from bot.cli.opening import say, warn
from bot.reports import words
from bot.settings import WorkspaceFile
from kpi.framework_file import json_schema
from kpi.framework_report import as_json, findings
from kpi.quantity import print_goal

app = typer.Typer(no_args_is_help=True, help="The framework files: built in, and your own.")


@app.command("list")
def list_() -> None:
    """The built-in frameworks."""
    for name in loading.built_in():
        framework = loading.read_framework(name)
        targets = sum(len(kpi.targets) for kpi in framework.kpis)
        say(f"{name:10} {words.count(len(framework.kpis), 'KPI')}, {targets} targets: {framework.title}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A built-in framework, or the path of a file.")],
    as_json_: Annotated[bool, typer.Option("--json", help="All of it, for programs.")] = False,
) -> None:
    """A framework with its KPIs and targets."""
    framework = loading.read_framework(name)
    if as_json_:
        say(json.dumps(as_json(framework), ensure_ascii=False, indent=1))
        return
    say(f"{framework.title} ({framework.key})")
    section = ""
    for kpi in framework.kpis:
        if kpi.section != section:
            section = kpi.section
            say(f"\n{section}")
        goals = ", ".join(
            f"{key} {print_goal(target.goal, target.unit)}" for key, target in kpi.targets.items()
        )
        say(f"  {kpi.name}: {goals or 'no target'}")


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A framework file, or the name of a built-in one.")],
) -> None:
    """Read a framework file: faults with their lines, then what its author may want to look at."""
    framework = loading.read_framework(str(path))
    say(f"{path}: {words.count(len(framework.kpis), 'KPI')}, no fault")
    for finding in findings(framework):
        warn(f"{path}: {finding}")


@app.command()
def schema(
    workspace: Annotated[bool, typer.Option("--workspace", help="The schema of kpi.yaml instead.")] = False,
) -> None:
    """The JSON Schema of framework files, so that editors complete them."""
    say(
        json.dumps(
            WorkspaceFile.model_json_schema() if workspace else json_schema(), ensure_ascii=False, indent=1
        )
    )
