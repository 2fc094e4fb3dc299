"""`kpi sources`: what is connected; `catalogue`, what can be; `add`, connecting one."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any

import typer

from bot.cli.adding import Wanted, add
from bot.cli.opening import console, hanging, opened, say
from bot.reports import words
from bot.surfaces.base import Invocation
from bot.surfaces.terminal.render import print_reply
from collectors import BY_KIND, every_collector
from collectors.base import Collector

app = typer.Typer(invoke_without_command=True, help="What is connected, what can be, and connecting one.")


@app.callback()
def sources(context: typer.Context) -> None:
    """What is connected, when it was read, and what fails."""
    if context.invoked_subcommand is None:
        _ask("sources")


@app.command()
def show(name: Annotated[str, typer.Argument(help="The source's name in kpi.yaml.")]) -> None:
    """One source: when it was read, what it feeds, what fails."""
    _ask(f"sources {name}")


def _ask(question: str) -> None:
    with opened() as core:
        print_reply(core.dispatcher()(Invocation(question, "terminal", getpass.getuser())), console())


@app.command()
def catalogue(
    as_json: Annotated[bool, typer.Option("--json", help="All of it, for programs.")] = False,
) -> None:
    """Every system that can be read, and how far its numbers are proven."""
    if as_json:
        say(json.dumps([_entry(one) for one in every_collector()], ensure_ascii=False, indent=1))
        return
    width = max(len(kind) for kind in BY_KIND)
    for one in every_collector():
        about = one.about
        needs = f" · needs approval: {about.approval}" if about.approval else ""
        say(hanging(f"{one.kind:{width}}  ", f"{about.title}: {about.measures}{needs}"))
        say(hanging(" " * (width + 2), f"verified: {_verified(one)} · {_past(one)}"))
    say(f"{words.count(len(BY_KIND), 'collector')}. Connect one: kpi sources add NAME")


def _verified(one: Collector[Any]) -> str:
    by = f" ({one.about.proven_by})" if one.about.proven_by else ""
    return f"{one.about.proof.value}{by}"


def _past(one: Collector[Any]) -> str:
    if one.forgets_after is not None:
        return f"the vendor keeps {one.forgets_after.days} days"
    return "reads the past" if one.backfills else "the present only"


def _entry(one: Collector[Any]) -> dict[str, Any]:
    about = one.about
    return {
        "collector": one.kind,
        "title": about.title,
        "measures": about.measures,
        "verified": about.proof.value,
        "proven_by": about.proven_by,
        "approval": about.approval or None,
        "reads_the_past": one.backfills,
        "settles_after_seconds": one.settles_after.total_seconds(),
        "rereads_days": one.rereads.days,
        "forgets_after_days": one.forgets_after.days if one.forgets_after else None,
        "every_seconds": one.every.total_seconds(),
        "credentials": [
            {
                "setting": c.setting,
                "variable": c.variable,
                "scope": c.scope,
                "where": c.where,
                "required": c.is_required,
            }
            for c in about.credentials
        ],
        "metrics": [
            {
                "name": m.name,
                "unit": m.unit,
                "kind": m.kind.value,
                "labels": list(m.labels),
                "is": m.description,
            }
            for m in one.metrics
        ],
        "example": dict(about.example),
    }


@app.command("add")
def add_(
    collector: Annotated[str, typer.Argument(help="What to read: github, plausible; see `catalogue`.")],
    name: Annotated[str, typer.Option("--name", help="Its name in kpi.yaml; else the collector's.")] = "",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting as key=value; what is missing is asked."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; write if it works.")] = False,
    untried: Annotated[bool, typer.Option("--untried", help="Write it even if it cannot be read.")] = False,
) -> int:
    """Connect a system: asks what it needs, tries it, shows its first numbers, writes kpi.yaml."""
    return add(Wanted(collector, name, tuple(set_ or ()), asks=not yes, untried=untried))
