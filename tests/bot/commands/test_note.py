"""`/kpi note stars 12 Nov: Show HN`: of which KPI, on which day, what happened; `/kpi notes` lists them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.workspace import Restriction
from kpi.metric import EPOCH
from storage import SessionFactory, audit, connect
from storage.annotations import between
from tests.bot.commands.talking import DANA, LEE, SAM, Talk, talk
from tests.factories import NOW, NPS, STARS, asks, built_in, framework, lines, said, workspace

ACME = framework(STARS, NPS)
STARS_PATH = "acme/growth.github_stars"
WORKSPACE = workspace(ACME, people=(DANA, LEE, SAM))


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    return talk(WORKSPACE, sessions)


@pytest.mark.parametrize(
    ("text", "subject", "day", "kept"),
    [
        ("note Website relaunched", "", "2026-11-23", "Website relaunched"),
        ("note stars: Show HN", STARS_PATH, "2026-11-23", "Show HN"),
        ("note stars:Show HN", STARS_PATH, "2026-11-23", "Show HN"),
        ('note stars 2026-11-12 "Show HN"', STARS_PATH, "2026-11-12", "Show HN"),
        ("note stars 2026-11-12: Show HN", STARS_PATH, "2026-11-12", "Show HN"),
        ("note stars on 12 Nov: Show HN", STARS_PATH, "2026-11-12", "Show HN"),
        ("note GitHub Stars yesterday Show HN", STARS_PATH, "2026-11-22", "Show HN"),
        ("note stars: 12 November 2025 Show HN", STARS_PATH, "2025-11-12", "Show HN"),
        ("note stars Show HN", STARS_PATH, "2026-11-23", "Show HN"),
        ("note yesterday Website relaunched", "", "2026-11-22", "Website relaunched"),
        ("note 2026-11-12: Show HN", "", "2026-11-12", "Show HN"),
        ("note 24 Dec Holidays", "", "2025-12-24", "Holidays"),  # the last one, not one to come
        ("note 2026-12-01 Launch planned", "", "2026-12-01", "Launch planned"),
        ("note acme: Series A", "acme", "2026-11-23", "Series A"),
        ("note all: stars fell everywhere", "", "2026-11-23", "stars fell everywhere"),
        ("note Show HN: we are first", "", "2026-11-23", "Show HN: we are first"),
        ("note Post https://acme.dev/x at 14:10", "", "2026-11-23", "Post https://acme.dev/x at 14:10"),
        ("note may is slow", "", "2026-11-23", "may is slow"),
        ("note 3 marketing posts", "", "2026-11-23", "3 marketing posts"),
        ("annotate stars: <!channel> *bold*", STARS_PATH, "2026-11-23", "<!channel> *bold*"),
    ],
)
def test_a_note_is_read_as_people_write_it(text: str, subject: str, day: str, kept: str, ask: Talk) -> None:
    reply = ask(text)
    assert (reply.data.get("subject"), reply.data.get("day"), reply.data.get("text")) == (subject, day, kept)
    with ask.sessions.read() as session:
        (found,) = between(session, [subject], EPOCH, datetime(2100, 1, 1, tzinfo=UTC))
        (act,) = audit.recent(session)
    assert (found.text, found.author, found.recorded_at) == (kept, "slack:U0DANA", NOW)
    assert found.at.astimezone(WORKSPACE.zone).date() == date.fromisoformat(day)
    assert (act.action, act.subject, act.after) == ("note", subject, f"{day}: {kept}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "note strs: Show HN",
            "No KPI “strs”. Nearest: `stars`. For every chart, put `all:` before the note.",
        ),
        ("note githb stars: Show HN", "No KPI “githb stars”. Nearest: `GitHub Stars`"),
        (
            "note stars 2026-13-45: x",
            "“2026-13-45” is not a day. Write it as 2026-11-12, 12 Nov or yesterday.",
        ),
        ("note stars 31 Feb x", "“31 Feb” is not a day."),
        ("note 1970-01-01 x", "“1970-01-01” lies outside 1980 to 2200."),
        ("note stars yesterday", "The note says nothing. Say `note stars"),
        ("note all: ...", "The note says nothing."),
        ("note " + "x" * 201, "The note has 201 characters; 200 fit on a chart."),
    ],
)
def test_what_is_no_note_is_refused_and_nothing_is_kept(text: str, words: str, ask: Talk) -> None:
    reply = ask(text)
    assert words in reply.text
    assert reply.data["error"]
    with ask.sessions.read() as session:
        assert between(session, ["", STARS_PATH], EPOCH, datetime(2300, 1, 1, tzinfo=UTC)) == []
        assert audit.recent(session) == []


def test_readers_do_not_write_notes(ask: Talk) -> None:
    reply = ask("note stars: x", user="U0SAM")
    assert reply.text == "You may read, not write notes. Ask Dana (admin), Lee (editor)."


def test_notes_lists_the_latest_first(ask: Talk) -> None:
    assert lines(ask("notes stars")) == [
        "No note on GitHub Stars yet.",
        "Write one: note stars: what happened.",
    ]
    ask("note stars 12 Nov: Show HN")
    ask("note acme yesterday: Series A")
    ask("note nps: survey sent")
    ask("note everything is new", user="U0LEE")
    every = [
        "4 notes.",
        "23 Nov · everything is new (Lee)",
        "23 Nov · Net Promoter Score: survey sent (Dana)",
        "22 Nov · Acme: Series A (Dana)",
        "12 Nov · GitHub Stars: Show HN (Dana)",
    ]
    assert lines(ask("notes")) == lines(ask("note")) == every
    assert lines(ask("notes stars")) == ["3 notes on GitHub Stars.", every[1], every[3], every[4]]
    assert lines(ask("note stars")) == lines(ask("notes stars"))
    assert lines(ask("notes acme"))[0] == "4 notes on Acme."
    assert ask("notes strs").data["error"]
    assert ask("notes as-of 2026-11-22").data["notes"] == []


def test_a_long_list_says_how_many_there_are(ask: Talk) -> None:
    for number in range(12):
        ask(f"note stars: event {number}")
        ask.later(minutes=1)
    told = lines(ask("notes stars"))
    assert told[0] == "12 notes on GitHub Stars."
    assert told[1].endswith("event 11 (Dana)")
    assert told[-1] == "The latest 10; charts show the others."


def test_an_ambiguous_name_asks_and_its_buttons_note(sessions: SessionFactory) -> None:
    ask = talk(built_in("hektor", "inferno"), sessions)
    reply = ask("note nps 2026-11-12: survey {} sent")
    assert reply.text == "2 KPIs are called “nps”: which one?"
    for again in asks(reply):
        data = ask(again).data
        assert (data["day"], data["text"]) == ("2026-11-12", "survey {} sent")


def test_notes_on_what_a_reader_may_not_see_stay_unseen(sessions: SessionFactory) -> None:
    hidden = Restriction(kpis=frozenset({STARS_PATH}), people=("Dana",), ask="Dana")
    ask = talk(replace(WORKSPACE, restrictions=(hidden,)), sessions)
    ask("note stars: secret deal")
    assert "secret" in said(ask("notes"))
    assert "secret" not in said(ask("notes", user="U0LEE"))
    assert "GitHub Stars is for Dana." in ask("note stars: x", user="U0LEE").text
    assert "GitHub Stars is for Dana." in ask("notes stars", user="U0LEE").text


def test_a_day_keeps_its_date_in_its_own_zone(ask: Talk) -> None:
    for passed in range(0, 24, 5):
        ask.now = NOW + timedelta(hours=passed)
        today = ask.now.astimezone(WORKSPACE.zone).date()
        assert ask("note yesterday x").data["day"] == str(today - timedelta(days=1))


_WORDS = st.lists(
    st.one_of(
        st.sampled_from(("stars", "stars:", "nps", "acme:", "all:", "yesterday", "2026-11-12", "12", "Nov")),
        st.sampled_from(("on", "2026-99-99", ":", "::", "2026", "٣", "²", "a:b", "{}")),
        st.text(min_size=1, max_size=6),
    ),
    max_size=7,
)


@given(words=_WORDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_get_an_answer_that_is_no_breakdown(words: list[str], sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    reply = talk(WORKSPACE, SessionFactory(engine))(f"note {' '.join(words)}")
    engine.dispose()
    assert "did not work" not in reply.text
