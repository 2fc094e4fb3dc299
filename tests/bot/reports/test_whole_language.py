"""Nothing fixed escapes translation: a made-up language puts ⟦ ⟧ around every piece of every fixed text, and
what stands outside of them may only be names, numbers, days, and what people or sources wrote."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from math import sin

import pytest
from babel.dates import get_day_names, get_month_names
from pydantic import BaseModel

from bot import languages
from bot.languages import Language
from bot.reply import Actions, Block, Chart, Facts, Heading, Note, Reply, Table, Text, plain_text
from bot.reports import daily, digest, live, plans
from bot.workspace import Workspace
from collectors import METRICS
from kpi.calendar import Moment
from kpi.measure import parse
from kpi.metric import Sample
from kpi.unit import singular
from storage import SessionFactory, connect
from storage.annotations import Annotation, add
from storage.runs import Fault
from tests.factories import NOW, TODAY, ZONE, built_in, each_day, fail, store

FRAMEWORKS = ("hektor", "bakhmach", "inferno")
DAYS = 75
FAULT = Fault("vendor", "Sourcewords", "Hintwords.")
NOTE = "Peoplewords"
COMMANDS = ("report", "list", "explain KPI", "judge")
_WORD = re.compile(r"[^\W\d_]{2,}")


class Wrapped(dict[str | tuple[str, str], tuple[str, ...]]):
    """Every text there is, its fixed pieces in brackets."""

    def get(self, key: str | tuple[str, str], _default: object = None) -> tuple[str, ...]:
        return (_wrapped(key),) if isinstance(key, str) else (_wrapped(key[0]), _wrapped(key[1]))


def _wrapped(text: str) -> str:
    return "".join(
        (f"⟦{fixed}⟧" if fixed else "") + (f"{{{slot}}}" if slot is not None else "")
        for fixed, slot, _, _ in string.Formatter().parse(text)
    )


@pytest.fixture
def in_brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made_up = Language("de", Wrapped(), {ord(","): ".", ord("."): ","})
    monkeypatch.setattr(languages, "language", lambda _code: made_up)
    speaking: AbstractContextManager[None] = languages.speaking("de")
    with speaking:
        yield


def test_a_text_in_brackets_leaves_its_slots_outside(in_brackets: None) -> None:
    assert languages.said("{count} more of {what}", count=2, what="all") == "2⟦ more of ⟧all"


def test_every_fixed_word_of_every_report_is_translated(sqlite_url: str, in_brackets: None) -> None:
    engine = connect(sqlite_url)
    sessions = SessionFactory(engine)
    used = measured(sessions)
    own = phrases(own_words(used))
    said = {text: name for name, reply in replies(used, sessions) for text in texts(reply)}
    escaped = {
        word: (name, text)
        for text, name in said.items()
        for piece in re.split(r"⟦[^⟧]*⟧", text)
        for word in foreign(_WORD.findall(piece.casefold()), own)
    }
    engine.dispose()
    assert not escaped


def measured(sessions: SessionFactory) -> Workspace:
    """The built-in frameworks with weeks of samples: some rise, some fall, some have gaps; a source fails."""
    used = built_in(*FRAMEWORKS)
    queries = {
        (query.metric, query.filters)
        for ref in used.kpis
        if ref.kpi.measure is not None
        for query in parse(ref.kpi.measure).queries
    }
    store(sessions, *(_samples(*one, at) for at, one in enumerate(sorted(queries)) if at % 9))
    fail(sessions, "github", FAULT, at=NOW)
    with sessions.begin() as session:
        at = NOW - timedelta(days=20)
        add(session, Annotation("", at, NOTE, "Dana", at))
    return replace(used, name="Acme")


def _samples(metric: str, pairs: tuple[tuple[str, str], ...], at: int) -> list[Sample]:
    slope = (at % 5 - 1) / 10
    values: list[float | None] = [
        round(40 + at % 13 + slope * day + 4 * sin(day * (at % 4)), 2) for day in range(DAYS)
    ]
    if at % 7 == 0:
        values[-3] = None
    return each_day(metric, values, pairs=pairs)


def replies(used: Workspace, sessions: SessionFactory) -> Iterator[tuple[str, Reply]]:
    moment = Moment(NOW, ZONE)
    with sessions.read() as session:
        for days in (1, 3):
            yield "daily", daily.compose(session, used, moment, since=TODAY - timedelta(days=days))
        for name in ("weekly", "sprint", "monthly", "quarterly", "yearly"):
            plan = plans.find(name, used)
            assert plan is not None
            yield name, digest.compose(session, used, moment, plan)
        for name in plans.live(used):
            plan = plans.find(name, used)
            assert plan is not None
            yield name, live.compose(session, used, moment, plan)
            yield name, live.compose(session, used, moment, plan, is_kept=True)


def texts(reply: Reply) -> Iterator[str]:
    yield reply.text
    for block in reply.blocks:
        yield from _texts(block)
    for document in reply.documents:
        yield from (document.title, document.alt)
    for one in reply.thread:
        yield from texts(one)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Text(spans) | Note(spans):
            yield plain_text(spans)
        case Heading(text):
            yield text
        case Table():
            yield from (block.caption, *block.columns, *(cell for row in block.rows for cell in row))
        case Chart():
            yield from (block.title, block.alt)
        case Facts(pairs):
            yield from (text for name, spans in pairs for text in (name, plain_text(spans)))
        case Actions(actions):
            yield from (one.label for one in actions)


Phrases = Mapping[str, set[tuple[str, ...]]]


def phrases(texts: Iterable[str]) -> Phrases:
    """The texts as rows of words, by the first of them."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for text in texts:
        if words := tuple(_WORD.findall(text.casefold())):
            found.setdefault(words[0], set()).add(words)
    return found


def foreign(words: list[str], own: Phrases) -> Iterator[str]:
    """The words that are in none of the phrases, each taken as far as it reaches."""
    while words:
        reach = (len(one) for one in own.get(words[0], ()) if one == tuple(words[: len(one)]))
        if not (length := max(reach, default=0)):
            yield words[0]
        words = words[max(length, 1) :]


def own_words(used: Workspace) -> Iterator[str]:
    """What nobody translates: what documents, sources and people say, and how the language calls its days."""
    for use in used.uses:
        # A single small word is a choice of the format, `target`, and may be no excuse for a fixed word.
        yield from (text for text in strings(use.framework) if not re.fullmatch(r"[a-z]+", text))
        yield use.framework.key
        yield from (item.text for board in use.framework.dashboards for item in board.items)
        for kpi in use.framework.kpis:
            yield from kpi.section.split(" > ")
            yield from (kpi.unit.name, singular(kpi.unit.name), f"/{kpi.unit.name.partition('/')[2]}")
            yield from () if kpi.measure is None else queried(kpi.measure)
    for metric in METRICS.values():
        yield from (metric.name, metric.description.partition(". ")[0].rstrip("."))
    yield from (one.name for one in used.sources)
    yield from (FAULT.message, FAULT.hint, NOTE, used.name, ZONE.key, *COMMANDS)
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            yield from get_month_names(width, context=context, locale="de").values()
            yield from get_day_names(width, context=context, locale="de").values()


def queried(measure: str) -> Iterator[str]:
    """A measure as it is written in one line, and the labels in it."""
    yield " ".join(measure.split())
    for query in parse(measure).queries:
        yield from (query.metric, *(word for pair in query.filters for word in pair))


def strings(value: object) -> Iterator[str]:
    """Every text inside a document."""
    match value:
        case str():
            yield value
        case BaseModel():
            yield from strings(value.__dict__)
        case Mapping():
            yield from (text for pair in value.items() for one in pair for text in strings(one))
        case list() | tuple() | set() | frozenset():
            yield from (text for one in value for text in strings(one))
        case _ if is_dataclass(value):
            yield from (text for one in fields(value) for text in strings(getattr(value, one.name)))
