"""From words to one reply. Every invocation gets exactly one, whatever happens behind it."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from pydantic import ValidationError

from bot import access
from bot.commands.base import Command, Context
from bot.errors import UserError, shortened
from bot.grammar import clean, understand
from bot.reply import Note, Reply, Text, Visibility, marked, spoken
from bot.reports.standing_words import clock_words
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Workspace
from kpi.calendar import Moment, day_of, day_start
from storage import Session, SessionFactory, StorageFault

log = logging.getLogger(__name__)

LONGEST_TEXT = 500
"""Characters of a question that are read; no KPI's name comes near it."""

FIRST_YEAR, LAST_YEAR = 1980, 2200
"""What a question may look back to; on either side of it, calendar arithmetic ends."""

_WHEN = r"\S+(?: \d\d?:\d\d\S*)?"
_AS_OF = re.compile(
    rf"(?:^|\s)(?:--)?as[- ]of(?:[= ](?P<when>{_WHEN})"
    rf"(?: known (?P<known>{_WHEN}))?(?: read (?P<read>\S+))?)?(?=\s|$)",
    re.IGNORECASE,
)
"""The two clocks of a question: `as-of` a time, by what was `known` at another. `read` is the bot's own:
nothing recorded later counts, so that a picture shows what the words before it were made of."""
_KNOWN = re.compile(r"(?:^|\s)known (?:now|today|yesterday|\d{4}-?\d\d-?\d\d\S*)$", re.IGNORECASE)
_LAST_DAY = re.compile(r"(?:^|\s)(?:--)?as-of[= ]\d{4}-?\d\d-?\d\d\S*$", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-?\d\d-?\d\d")


@dataclass(frozen=True)
class Dispatcher:
    """Answers invocations from storage. Calling it never raises; it blocks, so call it in a thread."""

    timeline: Timeline
    sessions: SessionFactory
    commands: Sequence[Command]
    now: Callable[[], datetime]
    enqueue: Callable[[str], bool] = lambda _source: False

    @cached_property
    def writing(self) -> frozenset[str]:
        """The first words of what writes."""
        return frozenset(name for one in self.commands if one.writes for name in (one.name, *one.aliases))

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
        said = clean(invocation.text)
        text, clocks = _clocks(said, is_prose=said.partition(" ")[0].casefold() in self.writing)
        if len(text) > LONGEST_TEXT:
            raise UserError(
                f"That is {len(text):,} characters; a question has at most {LONGEST_TEXT}.",
                "Name one KPI, for example `stars`, or say `help`.",
            )
        with self.sessions.read() as session:
            asked = self._understood(text, clocks, invocation, session)
            if not asked.command.writes:
                return asked.answer(session, self.enqueue, self.timeline)
        if asked.moment.as_of is not None:
            raise UserError(
                "The past cannot be written to.", f"Leave out `as-of`: `{asked.command.example}`."
            )
        with self.sessions.begin() as session:
            return asked.answer(session, self.enqueue, self.timeline)

    def _understood(
        self, text: str, clocks: Mapping[str, str], invocation: Invocation, session: Session
    ) -> _Asked:
        """The command that is meant, in the workspace as the one who asks may see it."""
        present, now = self.timeline.now(session), self.now()
        at = _past(clocks["when"], present, now) if clocks else now
        workspace = self.timeline.at(session, at) if clocks else present
        moment = Moment(at, workspace.zone, as_of=at if clocks else None)
        if known := clocks.get("known"):
            moment = replace(moment, as_of=_past(known, present, now))
        known_by = _past(clocks["read"], present, now) if clocks.get("read") else None
        kept, is_shared_out = sharing(text, workspace)
        if is_shared_out:  # everybody will read it, so everybody has to be allowed to
            invocation = replace(invocation, in_channel=True)
        seen = access.view(workspace, invocation)
        command, words = understand(kept, seen, self.commands)
        return _Asked(command, words, seen, moment, known_by, invocation, is_shared_out, self.commands)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question, understood."""

    command: Command
    words: tuple[str, ...]
    workspace: Workspace
    moment: Moment
    known_by: datetime | None
    invocation: Invocation
    is_shared_out: bool
    commands: Sequence[Command]

    def answer(self, session: Session, enqueue: Callable[[str], bool], timeline: Timeline) -> Reply:
        stood = timeline.viewer(session)
        context = Context(
            self.workspace,
            session,
            self.moment,
            self.invocation,
            enqueue,
            self.known_by,
            lambda when: access.view(stood(when), self.invocation),
            lambda text, seen: understand(text, seen, self.commands),
        )
        reply = self.command.run(self.command.args.read(self.words), context)
        if self.moment.as_of is not None and "as of" not in spoken(reply).casefold():
            reply = reply.noted(f"{_clock_line(self.moment)}.")
        if self.workspace.trouble:
            reply = reply.noted(self.workspace.trouble)
        is_answer = self.is_shared_out and "error" not in reply.data and "ambiguous" not in reply.data
        return replace(reply, visibility=Visibility.CHANNEL) if is_answer else reply


def _clock_line(moment: Moment) -> str:
    said = ", ".join(clock_words(moment))
    return f"{said[:1].upper()}{said[1:]}"


def sharing(text: str, workspace: Workspace) -> tuple[str, bool]:
    """The question without the word `share` at its beginning or end, and whether it was there.

    A name that begins with it stays whole: “share of voice” is a KPI.
    """
    words = text.split(" ")
    is_own_words = [one.casefold() for one in words[:2]] == ["survey", "comment"]  # prose to its end
    if len(words) < 2 or is_own_words:
        return text, False
    if words[-1].casefold() == "share" and not workspace.find_kpi(text):
        return " ".join(words[:-1]), True
    if words[0].casefold() == "share":
        is_name = any(workspace.find_kpi(" ".join(words[:end])) for end in range(len(words), 1, -1))
        return (text, False) if is_name else (" ".join(words[1:]), True)
    return text, False


def _clocks(text: str, *, is_prose: bool) -> tuple[str, Mapping[str, str]]:
    """The text without its `as-of`, and the times that one names.

    In prose, which notes and reasons are, only an `as-of` with a day at the very end is one.
    """
    match = _AS_OF.search(text)
    if match is None or (is_prose and not _LAST_DAY.search(text)):
        if not is_prose and (alone := _KNOWN.search(text)):
            raise UserError("`known` goes behind `as-of`.", f"Say `… as-of 2026-05-01 {alone[0].strip()}`.")
        return text, {}
    named = {name: found or "" for name, found in match.groupdict().items()}
    return f"{text[: match.start()]} {text[match.end() :]}".strip(), named


def _past(text: str, workspace: Workspace, now: datetime) -> datetime:
    at = parse_when(text, workspace, now)
    if at > now:
        raise UserError(f"{text} is still to come.", "`as-of` takes a day or time in the past.")
    return at


def parse_when(text: str, workspace: Workspace, now: datetime) -> datetime:
    """A day (its last instant; `now` for today) or an ISO time, in the workspace's zone unless it names one.

    Raises `UserError` where it is neither, or too far away to reckon with.
    """
    today = day_of(now, workspace.zone)
    named = {"now": today, "today": today, "yesterday": today - timedelta(days=1)}.get(text.casefold())
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


def refusal(message: str, hint: str) -> Reply:
    """One private reply that says what is wrong and what to do."""
    blocks = (Text(marked(message)), Note(marked(hint))) if hint else (Text(marked(message)),)
    return Reply(f"{message} {hint}".strip(), blocks, data={"error": message, "hint": hint})
