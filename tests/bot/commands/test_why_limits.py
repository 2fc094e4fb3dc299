"""What `/kpi why` does not explain, or not to everybody: the unsettled, the withheld; the past, entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.commands import why
from bot.reports.explained import Asked, explain, read_for
from bot.reports.explained_words import lines as explained_lines
from kpi.calendar import Moment
from kpi.metric import Sample
from storage import Engine, SessionFactory
from tests.bot.commands.answering import answer, statements, withheld
from tests.bot.commands.talking import DANA, Talk, talk
from tests.bot.commands.test_why_change import ACME, PLAUSIBLE, USUAL, visitors, weeks
from tests.factories import NOW, YESTERDAY, ZONE, asks, each_day, lines, said, store, workspace

USED = workspace(ACME, sources=(PLAUSIBLE,), people=(DANA,))


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    return talk(USED, sessions)


def unsettled(samples: list[Sample], last: int) -> list[Sample]:
    """The samples, the last ones of them such as their source may still change."""
    return [*samples[:-last], *(replace(one, settled=False) for one in samples[-last:])]


def test_days_that_may_still_change_are_not_explained(ask: Talk) -> None:
    store(ask.sessions, unsettled(each_day("plausible.visitors", weeks()), 2))
    told = lines(ask("why visitors yesterday"))
    assert told[1] == ("22 Nov is not settled: its source may still change it. The last that is: 20 Nov.")
    assert lines(ask("why visitors"))[0].startswith("Visitors 629 from 14 to 20 Nov: ")


def test_the_past_is_explained_by_what_was_known_then(ask: Talk) -> None:
    visitors(ask, 200.0)
    store(ask.sessions, each_day("plausible.visitors", [64.0]), recorded_at=NOW + timedelta(hours=1))
    ask.later(hours=2)
    ask("note visitors 22 nov: written later")
    assert lines(ask("why visitors yesterday"))[0] == "Visitors 64 on Sunday 22 Nov: as usual."
    then = ask(f"why visitors yesterday as-of {NOW.isoformat()}")
    assert lines(then)[0] == "Visitors 200 on Sunday 22 Nov: above usual."
    assert "written later" not in said(then)
    assert not any("note" in one for one in asks(then))
    assert all("error" not in ask(one).data for one in asks(then) if "as-of" in one)


def test_an_entry_is_held_against_the_one_before(ask: Talk) -> None:
    ask("record build time 6")
    assert lines(ask("why build time"))[0] == "Build Time 6 min on 23 Nov: the first number."
    ask.later(days=7)
    ask("record build time 4.5 new runners")
    told = lines(ask("why build time"))
    assert told[:3] == [
        "Build Time 6 min → 4.5 min, entered for 30 Nov: down 25% (better).",
        "Entered by Dana, 09:00: new runners",
        "−1.5 min since 23 Nov",
    ]
    assert ask("why build time").data["explained"]["change"]["manner"] == "entered"
    ask.later(days=7)
    told = lines(ask("why build time 3d"))
    assert told[:2] == [
        "○ Build Time: this change cannot be explained.",
        "Nobody entered a number in these days; that of 30 Nov still holds.",
    ]


def test_no_data_says_what_would_bring_some(ask: Talk) -> None:
    told = lines(ask("why visitors last week"))
    assert told[0] == "○ Visitors: no number yet"
    assert told[1] == "plausible.visitors was never measured."
    assert told[2].startswith("Its source is connected")
    assert ask("why visitors last week").data["explained"]["change"] is None


def test_where_it_comes_from_is_asked_by_a_word_or_a_button(ask: Talk) -> None:
    visitors(ask, 200.0)
    reply = ask("why visitors last week")
    found = [one for block in reply.blocks if hasattr(block, "more") for one in block.more]
    (where,) = (one.ask for one in found if one.label == "Where it comes from")
    assert where == "why acme/growth.visitors source"
    assert lines(ask(where))[1].startswith("Number: sum(plausible.visitors, 30d) = ")
    assert said(ask("why visitors source")) == said(ask(where))
    assert "explained" not in ask(where).data


def test_every_button_leads_on(ask: Talk) -> None:
    visitors(ask, *(300.0,) * 7, *(one + 1 for one in USUAL))
    for text in ("why visitors", "why visitors last week", "why visitors today", "why build time yesterday"):
        for one in asks(ask(text)):
            assert "error" not in ask(one).data


def test_what_is_withheld_tells_nothing_beside_others(sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [*weeks()[:-1], 200.0]))
    for source, last in (("google", 70.0), ("hacker_news", 180.0)):
        values = [*weeks()[:-1], last]
        store(sessions, each_day("plausible.source_visits", values, pairs=(("source", source),)))
    open_to_all = answer(why.COMMAND, "visitors yesterday", USED, sessions)
    assert "hacker_news" in said(open_to_all)
    kept = withheld(USED, "acme/growth.visits_by_source")
    assert "hacker_news" not in said(answer(why.COMMAND, "visitors yesterday", kept, sessions))


def test_the_statements_do_not_grow_with_days_or_labels(engine: Engine, sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [*weeks()[:-1], 200.0]))
    store(sessions, each_day("plausible.source_visits", weeks(), pairs=(("source", "s0"),)))
    few = statements(why.COMMAND, "visits yesterday", USED, engine=engine, sessions=sessions)
    for number in range(1, 30):
        store(sessions, each_day("plausible.source_visits", weeks(), pairs=(("source", f"s{number}"),)))
    many = statements(why.COMMAND, "visits last month", USED, engine=engine, sessions=sessions)
    assert many <= few <= 14


def test_an_expected_range_takes_its_own_line(sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [*weeks()[:-1], 200.0]))
    (ref,) = USED.find_kpi("visitors")
    with sessions.read() as session:
        asked = Asked(ref)
        snapshot = read_for(session, USED, Moment(NOW, ZONE), asked)
        found = explain(session, snapshot, asked, expected="Expected for this day: 60–70")
    assert "Expected for this day: 60–70" in list(explained_lines(found, snapshot))


@pytest.mark.parametrize(
    "text", ["why visitors down", "why are visitors down", "explain visitors", "visitors why"]
)
def test_it_is_asked_in_plain_words(ask: Talk, text: str) -> None:
    visitors(ask, 20.0)
    assert lines(ask(text))[0] == "Visitors 20 on Sunday 22 Nov: below usual."


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("why visitors yesterday", ("2026-11-22", "2026-11-22")),
        ("why visitors since 16 nov", ("2026-11-16", "2026-11-22")),
        ("why visitors last week", ("2026-11-16", "2026-11-22")),
        ("why visitors 12 nov", ("2026-11-12", "2026-11-12")),
        ("why visitors 7d", ("2026-11-16", "2026-11-22")),
        ("why visitors on thursday", ("2026-11-19", "2026-11-19")),
    ],
)
def test_a_stretch_of_days_is_named_as_everywhere(ask: Talk, text: str, days: tuple[str, str]) -> None:
    visitors(ask, 65.0)
    found = ask(text).data["explained"]["change"]["days"]
    assert (found["start"], found["end"]) == days
    assert datetime.fromisoformat(found["end"]).date() <= YESTERDAY
