"""From words to one reply. Every invocation gets exactly one, whatever happens behind it."""

from __future__ import annotations

import logging
import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pydantic import ValidationError

from bot.commands.base import Command, Context
from bot.errors import UserError, shortened
from bot.reply import Note, Reply, Text, marked
from bot.surfaces.base import Invocation
from bot.workspace import Workspace, nearest, normal
from kpi.calendar import Moment, day_of, day_start
from storage import SessionFactory, StorageFault

log = logging.getLogger(__name__)

LONGEST_TEXT = 500
"""Characters of a question that are read; no KPI's name comes near it."""

FIRST_YEAR, LAST_YEAR = 1980, 2200
"""What a question may look back to; on either side of it, calendar arithmetic ends."""

_AS_OF = re.compile(
    r"(?:^|\s)(?:--)?as[- ]of(?:[= ](?P<when>\S+(?: \d\d?:\d\d\S*)?)(?: known (?P<known>\d{4}-\S+))?)?"
    r"(?=\s|$)",
    re.IGNORECASE,
)
"""`known`: nothing recorded later counts, not even a past that was filled in only then. A picture is asked
for with it, so that it shows what the words before it were made of."""
_WORD = re.compile(r'"([^"]+)"(?!\S)|“([^”]+)”(?!\S)|(\S+)')
_DAY = re.compile(r"\d{4}-?\d\d-?\d\d")


@dataclass(frozen=True)
class Dispatcher:
    """Answers invocations from storage. Calling it never raises; it blocks, so call it in a thread."""

    workspace: Workspace
    sessions: SessionFactory
    commands: Sequence[Command]
    now: Callable[[], datetime]
    enqueue: Callable[[str], bool] = lambda _source: False

    def __call__(self, invocation: Invocation) -> Reply:
        try:
            return self._answer(invocation)
        except UserError as fault:
            return refusal(fault.message, fault.hint)
        except ValidationError as fault:
            first = fault.errors()[0]
            return refusal(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", "Say `help` for examples.")
        except StorageFault as fault:
            log.warning("storage message=%r", fault.message)
            return refusal(fault.message, fault.hint)
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("invocation failed ref=%s surface=%s", reference, invocation.surface)
            return refusal(
                f"That did not work (ref {reference}).", "The log says why under that reference; try again."
            )

    def _answer(self, invocation: Invocation) -> Reply:
        text, moment, known_by = self._moment(clean(invocation.text))
        if len(text) > LONGEST_TEXT:
            raise UserError(
                f"That is {len(text):,} characters; a question has at most {LONGEST_TEXT}.",
                "Name one KPI, for example `stars`, or say `help`.",
            )
        command, words = self._route(text)
        if command.writes and moment.as_of is not None:
            raise UserError("The past cannot be written to.", f"Leave out `as-of`: `{command.example}`.")
        opened = self.sessions.begin() if command.writes else self.sessions.read()
        with opened as session:
            context = Context(self.workspace, session, moment, invocation, self.enqueue, known_by)
            return command.run(command.args.read(words), context)

    def _route(self, text: str) -> tuple[Command, tuple[str, ...]]:
        """The command that `text` starts with; any other text goes to the KPI's command."""
        words = split(text)
        by_name = {name: command for command in self.commands for name in (command.name, *command.aliases)}
        if not words:
            return by_name["help"], ()
        is_kpi = bool(self.workspace.find_kpi(text))
        named = by_name.get(normal(words[0]) or words[0])
        if named is not None and (len(words) == 1 or not is_kpi):
            return named, words[1:]
        if not is_kpi:
            self._refuse_near_command(text, words[0], by_name)
        return by_name["kpi"], words

    def _refuse_near_command(self, text: str, word: str, by_name: dict[str, Command]) -> None:
        """A mistyped command is told so, unless the text looks like a KPI."""
        if self.workspace.find_kpi(text.rpartition(" ")[0]) or self.workspace.nearest_names(text):
            return
        close = nearest(normal(word)[:100], {name: name for name in by_name if name != "kpi"})
        if close:
            raise UserError(
                f"No command or KPI “{shortened(text)}”.", f"Nearest: `{close[0]}`. `help` shows them all."
            )

    def _moment(self, text: str) -> tuple[str, Moment, datetime | None]:
        """The text without its `as-of`, the moment it asks of, and by when that must have been known."""
        now = self.now()
        match = _AS_OF.search(text)
        if match is None:
            return text, Moment(now, self.workspace.zone), None
        at = self._past(match["when"] or "", now)
        known_by = self._past(match["known"], now) if match["known"] else None
        rest = f"{text[: match.start()]} {text[match.end() :]}".strip()
        return rest, Moment(at, self.workspace.zone, as_of=at), known_by

    def _past(self, text: str, now: datetime) -> datetime:
        at = parse_when(text, self.workspace, now)
        if at > now:
            raise UserError(f"{text} is still to come.", "`as-of` takes a day or time in the past.")
        return at


def parse_when(text: str, workspace: Workspace, now: datetime) -> datetime:
    """A day (its last instant; `now` for today) or an ISO time, in the workspace's zone unless it names one.

    Raises `UserError` where it is neither, or too far away to reckon with.
    """
    today = day_of(now, workspace.zone)
    named = {"today": today, "yesterday": today - timedelta(days=1)}.get(text.casefold())
    hint = "Write it as 2026-05-01, 2026-05-01T09:00 or yesterday."
    if not text:
        raise UserError("`as-of` needs a day.", hint)
    try:
        day = named or (date.fromisoformat(text) if _DAY.fullmatch(text) else None)
        at = datetime.fromisoformat(text) if day is None else None
    except ValueError:
        raise UserError(f"“{shortened(text, 40)}” is not a day.", hint) from None
    year = day.year if day else at.year if at else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UserError(f"“{shortened(text, 40)}” lies outside {FIRST_YEAR} to {LAST_YEAR}.", hint)
    if day is not None:
        end = day_start(day + timedelta(days=1), workspace.zone) - timedelta(microseconds=1)
        return now if day == today else end
    assert at is not None  # it is a time where it is no day
    return (at if at.tzinfo else at.replace(tzinfo=workspace.zone)).astimezone(UTC)


def clean(text: str) -> str:
    """Text without control, format and unassigned characters: they are never part of a name."""
    kept = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char
        for char in text
        if unicodedata.category(char) not in {"Cf", "Cs", "Cn", "Co"}
    )
    return " ".join(kept.split())


def split(text: str) -> tuple[str, ...]:
    """Words, with double quotes holding words together; a quote that never closes is just a character."""
    return tuple(next(filter(None, found)) for found in _WORD.findall(text))


def refusal(message: str, hint: str) -> Reply:
    """One private reply that says what is wrong and what to do."""
    blocks = (Text(marked(message)), Note(marked(hint))) if hint else (Text(marked(message)),)
    return Reply(f"{message} {hint}".strip(), blocks, data={"error": message, "hint": hint})
