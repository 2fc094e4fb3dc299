"""`kpi framework`: the files that say what is measured and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot import loading
from bot.cli.opening import hanging, say, warn
from bot.cli.scaffold import scaffold, use_line
from bot.core import utc_now
from bot.reports import words
from bot.settings import workspace_schema
from collectors import METRICS, every_collector
from kpi import survey
from kpi.coverage import Coverage, Way, coverage, totals
from kpi.coverage import as_json as coverage_json
from kpi.framework_file import json_schema
from kpi.framework_report import Count, as_json, counts, findings, unused_metrics
from kpi.quantity import print_goal

app = typer.Typer(no_args_is_help=True, help="The framework files: built in, and your own.")


@app.command("list")
def list_() -> None:
    """The built-in frameworks, and how much they state."""
    known = [loading.read_framework(name) for name in loading.built_in()]
    totals = [counts(framework)[-1] for framework in known]
    for framework, total in zip(known, totals, strict=True):
        say(f"{framework.key:10} {_counted(total)}: {framework.title}")
    kpis, targets = sum(one.kpis for one in totals), sum(one.targets for one in totals)
    say(f"{'all':10} {words.count(kpis, 'KPI')}, {words.count(targets, 'target')}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its short name, such as growth.")],
    title: Annotated[str, typer.Option("--title", help="Its title for people.")] = "",
    folder: Annotated[Path, typer.Option("--folder", help="Where to write it.")] = Path(),
) -> None:
    """Write a commented framework file to start from."""
    path = scaffold(name, title, folder)
    say(f"Wrote {path}. Edit it, then: kpi framework check {path}")
    say(f"To use it, add this under `frameworks:` in kpi.yaml:\n{use_line(path, utc_now().date())}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A built-in framework, or the path of a file.")],
    as_json_: Annotated[bool, typer.Option("--json", help="All of it, for programs.")] = False,
    only_counts: Annotated[
        bool, typer.Option("--counts", help="How many KPIs and targets each section states.")
    ] = False,
) -> None:
    """A framework with its KPIs and targets."""
    framework = loading.read_framework(name)
    if only_counts:
        for one in counts(framework):
            title = one.section.rpartition(" > ")[2] or "all"
            say(f"{'  ' * max(0, one.depth - 1)}{title}: {_counted(one)}")
        return
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
    say(f"{path}: {_counted(counts(framework)[-1])}, no fault")
    known = survey.beside(METRICS)
    for finding in findings(framework, known):
        warn(f"{path}: {finding}")
    if unused := unused_metrics((framework,), METRICS):
        say(f"Measured by collectors and not used here: {', '.join(unused)}")


@app.command("coverage")
def coverage_(
    name: Annotated[
        str,
        typer.Argument(help="A built-in framework, or the path of a file; all that are built in by default."),
    ] = "",
    as_json_: Annotated[bool, typer.Option("--json", help="All of it, for programs.")] = False,
) -> None:
    """How each KPI comes by its number: automatic, derived, by hand, or once a vendor approves."""
    frameworks = [loading.read_framework(one) for one in ((name,) if name else loading.built_in())]
    measured = survey.beside(METRICS)
    approvals = [one.kind for one in every_collector() if one.about.approval]
    known = [one for framework in frameworks for one in coverage(framework, measured, approvals)]
    if as_json_:
        say(json.dumps(coverage_json(known), ensure_ascii=False, indent=1))
        return
    for framework in frameworks:
        own = [one for one in known if one.framework == framework.key]
        say(f"{framework.title} ({framework.key}): {_shares(own)}")
        section = ""
        for one in own:
            if one.kpi.section != section:
                section = one.kpi.section
                say(f"\n{section}")
            say(hanging(f"  {one.way.value:14} ", f"{one.kpi.name}: {_reads(one)}"))
        say("")
    say(f"All: {_shares(known)}")


def _reads(one: Coverage) -> str:
    """What a KPI reads, or who is asked how often."""
    asked = f"{one.who or 'its owner'}, asked {one.asked}" if one.asked else "nobody is asked"
    if one.way is Way.BY_HAND:
        return f"{one.kpi.measure} (people answer)" if one.metrics else asked
    return str(one.kpi.measure)


def _shares(found: Sequence[Coverage]) -> str:
    """ "94 KPIs: 60 automatic, 20 derived, 10 by hand, 4 need approval"."""
    of = totals(found)
    parts = [f"{of['automatic']} automatic", f"{of['derived']} derived", f"{of['by_hand']} by hand"]
    parts += [f"{of['needs_approval']} once a vendor approves"] if of["needs_approval"] else []
    return f"{words.count(of['total'], 'KPI')}, {', '.join(parts)}"


def _counted(one: Count) -> str:
    """ "95 KPIs, 235 targets (10 in words)"."""
    in_words = f" ({one.in_words} in words)" if one.in_words else ""
    return f"{words.count(one.kpis, 'KPI')}, {words.count(one.targets, 'target')}{in_words}"


@app.command()
def schema(
    workspace: Annotated[bool, typer.Option("--workspace", help="The schema of kpi.yaml instead.")] = False,
) -> None:
    """The JSON Schema of framework files, so that editors complete them."""
    say(json.dumps(workspace_schema() if workspace else json_schema(), ensure_ascii=False, indent=1))
