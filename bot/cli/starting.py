"""The first kpi.yaml: five questions, and a file whose comments explain the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import typer

from bot.errors import UserError
from bot.settings import read_workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the five questions bring."""

    name: str
    timezone: str
    frameworks: tuple[str, ...]
    start: date
    repository: str
    channel: str


def ask_answers(defaults: Answers, known: Sequence[str]) -> Answers:
    """Ask, again where an answer cannot be used."""
    name = _ask("1/5  What are you measuring (company or product)?", defaults.name, lambda text: text[:80])
    zone = _ask("2/5  Which time zone do your days have?", defaults.timezone, _zone)
    frameworks = _ask(
        f"3/5  Which frameworks ({', '.join(known)}), with commas?",
        ",".join(defaults.frameworks),
        lambda text: _frameworks(text, known),
    )
    start = _ask("     When did they start (Day 0)?", defaults.start.isoformat(), date.fromisoformat)
    repository = _ask("4/5  Which GitHub repository (owner/name, empty for none)?", "", _repository)
    channel = _ask(
        "5/5  Which Slack channel gets the daily update (its ID, empty for none yet)?", "", _channel
    )
    return Answers(name, zone, frameworks, start, repository, channel)


def _ask(question: str, default: str, read: Callable[[str], T]) -> T:
    while True:
        said = typer.prompt(question, default=default, show_default=bool(default))
        try:
            return read(str(said).strip())
        except (ValueError, KeyError, OSError) as fault:
            typer.echo(f"     {fault}")


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ValueError, KeyError, OSError):
        raise ValueError(f"“{text}” is no IANA time zone: write one such as Europe/Berlin") from None


def _frameworks(text: str, known: Sequence[str]) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(word for word in re.split(r"[\s,]+", text.casefold()) if word))
    unknown = [word for word in named if word not in known]
    if unknown or not named:
        raise ValueError(f"“{(unknown or [''])[0]}” is none of {', '.join(known)}")
    return named


def _repository(text: str) -> str:
    if text and not re.fullmatch(r"[\w.-]+/[\w.-]+", text):
        raise ValueError(f"“{text}” is no repository: write it as owner/name, such as acme/engine")
    return text


def _channel(text: str) -> str:
    if text and not re.fullmatch(r"[CG][A-Z0-9]{2,}", text):
        raise ValueError(
            f"“{text}” is no channel ID: in Slack, click the channel's name; About; Channel ID (C0…)"
        )
    return text


def write(path: Path, answers: Answers) -> None:
    """Write the file whole or not at all; what is written has been read back and checked."""
    text = compose(answers)
    read_workspace(text, str(path), {"GITHUB_TOKEN": ""})
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise UserError(f"{path} cannot be written: {fault.strerror}.", "Choose another place.") from None


def compose(answers: Answers) -> str:
    """The commented kpi.yaml for these answers."""
    uses = "\n".join(f"  - {{use: {name}, start: {answers.start}}}" for name in answers.frameworks)
    return _TEMPLATE.format(
        name=json.dumps(answers.name, ensure_ascii=False),
        timezone=answers.timezone,
        uses=uses,
        github=_github(answers.repository),
        posts=_posts(answers.channel),
    )


def _github(repository: str) -> str:
    lines = (f"repository: {repository or 'owner/name'}", 'token: "${GITHUB_TOKEN}"')
    if repository:
        return "sources:\n  github:\n" + "\n".join(f"    {line}" for line in lines)
    return "# sources:\n#   github:\n" + "\n".join(f"#     {line}" for line in lines)


def _posts(channel: str) -> str:
    """Where and when the daily update goes; commented out until there is a channel."""
    lines = (
        "channels:",
        f'  daily: ["slack:{channel or "C0123ABCD"}"]',
        "schedule:",
        '  daily: "09:00 weekdays"',
    )
    more = "# More reports go the same way, weekly to yearly: `kpi report` lists them."
    return "\n".join((more, *(line if channel else f"# {line}" for line in lines)))


_TEMPLATE = """\
# The workspace of the KPI bot. Unknown keys are refused; ${{NAME}} reads the environment (or the file that
# NAME_FILE names), so no secret has to stand here.
name: {name}

# Days begin and reports go out by this zone's clock.
timezone: {timezone}

# The frameworks in use: built in (`kpi framework list`) or the path of your own file.
# `start` is Day 0, month 1, phase 1. Phases last as long as you say:
#   horizons: {{phase1: 2026-12-31, phase2: 2027-06-30}}
frameworks:
{uses}

# Where the numbers come from. Each name is a collector, or names one with `collector:`. What no source
# measures is entered with `/kpi record`, imported with `kpi import`, or pushed to POST /v1/samples.
{github}
#   git: {{path: .}}                        # any local clone
#   site: {{collector: web, url: "https://example.com"}}

# Who hears of it, and when. A channel is given by its ID: names change.
{posts}

# Who is who. Once somebody is an editor or admin, only they may record numbers from chat.
# people:
#   dana: {{slack: U0123ABCD, role: admin}}
"""
