"""The command line. Exit codes: 0 done, 1 the thing asked about fails, 2 the call or a file is wrong."""

from __future__ import annotations

import io
import sys

import typer

from bot.cli import (
    ask,
    changes,
    data,
    detecting,
    forecasting,
    frameworks,
    operations,
    rehearsing,
    reports,
    service,
    sources,
)
from bot.errors import UserError
from kpi.document import DocumentFaults
from storage import StorageFault

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Measures every KPI, holds it against its target, and says so in Slack, Discord and the terminal.",
)
for module in (service, ask, data, changes, reports, rehearsing, forecasting, detecting, operations):
    module.register(app)
app.add_typer(frameworks.app, name="framework")
app.add_typer(sources.app, name="sources")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; faults a person can mend are told without a traceback."""
    _accept_any_character()
    try:
        found = app(args=arguments, prog_name="kpi", standalone_mode=False)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        return _told("Stopped.", 130)
    except (UserError, StorageFault) as fault:
        return _told(f"{fault.message}\n{fault.hint}".strip(), 2)
    except DocumentFaults as faults:
        return _told("\n".join(str(fault) for fault in faults.faults), 2)
    except Exception as fault:
        if type(fault).__module__.startswith(("click", "typer")) and hasattr(fault, "format_message"):
            return _told(_usage(fault), 2)
        raise
    return found if isinstance(found, int) else 0


def _accept_any_character() -> None:
    """A terminal that lacks a character still gets the words."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _usage(fault: Exception) -> str:
    context = getattr(fault, "ctx", None)
    where = f" See `{context.command_path} --help`." if context is not None else ""
    message: str = fault.format_message()  # type: ignore[attr-defined]  # checked by the caller: click's usage errors
    return f"{message}{where}" if message else ""


def _told(text: str, code: int) -> int:
    if text:
        sys.stderr.write(f"{text}\n")
    return code
