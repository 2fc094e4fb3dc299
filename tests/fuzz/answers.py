"""What is fuzzed above the parsers: the grammar alone, and whole conversations over a real database."""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot import grammar as grammar_
from bot import windows
from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.errors import UserError
from bot.grammar import clean
from bot.reply import Reply
from bot.reports import words
from bot.surfaces.base import Invocation
from bot.surfaces.slack.render import render
from bot.surfaces.terminal.json import as_json
from bot.surfaces.terminal.render import plain_text
from bot.timeline import Timeline
from bot.workspace import Workspace
from storage import Session, SessionFactory, connect, migrate
from storage.runs import Fault
from tests.factories import NOW, TODAY, built_in, each_day, fail, said, store
from tests.fuzz import pieces
from tests.fuzz.spelling import spelled
from tests.fuzz.targets import Target

_MOST_QUESTIONS = 3
_LONGEST = 2000
_AS_OF = re.compile(r"(?:^|\s)as-of \d", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TOLD_TIME = re.compile(
    r"just now|\d (?:min|h|days) ago|closed days to|\b\d\d:\d\d\b|\btoday\b|\byesterday\b"
    r"|\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|\b\d{4}-\d\d-\d\d\b",
    re.IGNORECASE,
)


@cache
def _workspace() -> Workspace:
    return built_in("hektor", "inferno", "bakhmach")


def grammar(data: bytes) -> None:
    """A question: a command and its words, or a refusal; its window means the same when asked again."""
    text = clean(spelled(data, pieces.TALK))[:_LONGEST]
    try:
        command, told = grammar_.understand(text, _workspace(), COMMANDS)
        assert command in COMMANDS
        assert all(isinstance(word, str) for word in told)
        command.args.read(told)
    except (UserError, ValidationError):
        pass
    _check_windows(text)


def _check_windows(text: str) -> None:
    _, named = windows.split(tuple(text.split()))
    for stretch in (text, named):
        try:
            window = windows.resolve(stretch, TODAY)
        except UserError:
            continue
        assert window.start <= window.end <= TODAY
        assert window.is_open == (window.end == TODAY)
        again = windows.resolve(window.text, TODAY)
        assert (again.start, again.end) == (window.start, window.end), f"{window.text!r} means {again}"
        assert windows.spoken(window, TODAY)


class _Noticed(SessionFactory):
    """Sessions that remember whether one of them could write."""

    has_written = False

    def begin(self) -> AbstractContextManager[Session]:
        self.has_written = True
        return super().begin()


class _Desk:
    """The bot over a SQLite file of its own, which is as it was again after every conversation."""

    def __init__(self, folder: Path) -> None:
        self.path, self.kept = folder / "kpi.db", folder / "kept.db"
        migrate(f"sqlite:///{self.path}")
        self.engine = connect(f"sqlite:///{self.path}")
        _fill(SessionFactory(self.engine))
        self.engine.dispose()
        shutil.copyfile(self.path, self.kept)
        self.sessions = _Noticed(self.engine)
        self.ask = Dispatcher(Timeline(_workspace()), self.sessions, COMMANDS, lambda: NOW)

    def restore(self) -> None:
        """Undo what was written."""
        if self.sessions.has_written:
            self.engine.dispose()
            for path in self.path.parent.glob("kpi.db-*"):
                path.unlink()
            shutil.copyfile(self.kept, self.path)
            self.sessions.has_written = False


def _fill(sessions: SessionFactory) -> None:
    """Numbers for a part of the KPIs: levels, flows with a hole, a zero, a huge one, a fault of a source."""
    flows = each_day("plausible.visitors", [120.0 + at % 9 for at in range(130)])
    store(
        sessions,
        each_day("github.stars", [4200.0 + 7 * at for at in range(130)]),
        each_day("github.forks", [None if at % 10 == 3 else 300.0 + at for at in range(130)]),
        [one for at, one in enumerate(flows) if at != 125],
        each_day("stripe.mrr", [0.0] * 40),
        each_day("inferno.revenue_arr", [1e15]),
    )
    fail(
        sessions,
        "github",
        Fault("down", "GitHub does not answer", "try again later"),
        at=NOW - timedelta(hours=2),
    )


@cache
def _desk() -> _Desk:
    atexit.register(close)
    return _Desk(Path(tempfile.mkdtemp(prefix="kpi-fuzz-")))


def close() -> None:
    """Throw the database away, if there is one; the next conversation makes another."""
    if _desk.cache_info().currsize:
        desk = _desk()
        _desk.cache_clear()
        desk.engine.dispose()
        shutil.rmtree(desk.path.parent, ignore_errors=True)


def answers(data: bytes) -> None:
    """A conversation of up to three questions: each gets one reply that can be sent, and says its time."""
    try:
        for text in spelled(data, pieces.TALK)[:_LONGEST].split("\n")[:_MOST_QUESTIONS]:
            reply = asked(text)
            _check_reply(reply, text)
            if reply.follow:
                _check_reply(asked(reply.follow), reply.follow)
    finally:
        _desk().restore()


def asked(text: str) -> Reply:
    """The answer to one question of the conversation."""
    return _desk().ask(Invocation(text, "slack", "U0DANA", channel="C0123ABCD"))


def _check_reply(reply: Reply, text: str) -> None:
    assert "did not work" not in reply.text
    assert reply.text.strip()
    told = "\n".join((reply.text, said(reply)))
    assert not _CONTROL.search(told), f"a control character in {told!r}"
    json.dumps(as_json(reply), allow_nan=False)
    assert plain_text(reply)
    assert render(reply)
    if any(True for _ in _numbers(reply.data)):
        assert _TOLD_TIME.search(told), f"no period in {told!r}"
        is_past = _AS_OF.search(text) and "known" not in text  # the picture of an answer is told as that was
        assert not is_past or "as of" in told.casefold(), f"no as-of in {told!r}"
    if reply.data.get("value") is not None and reply.data.get("age_seconds") is not None:
        age = words.age(timedelta(seconds=reply.data["age_seconds"]))
        assert age in told or "closed days to" in told, f"no age in {told!r}"


def _numbers(data: object) -> Iterator[Mapping[str, Any]]:
    """Each KPI in `data` that has a value, and each verdict on a gate."""
    if isinstance(data, Mapping):
        if ("kpi" in data and data.get("value") is not None) or ("gate" in data and "achieved" in data):
            yield data
        for inner in data.values():
            yield from _numbers(inner)
    elif isinstance(data, list | tuple):
        for inner in data:
            yield from _numbers(inner)


TALKING: dict[str, Target] = {"grammar": grammar, "answers": answers}
"""The targets that need the whole bot, by name."""
