"""Answering is private, once for each person, and until the close; what came of it is told to the company."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from bot.forms import FORMS, begun
from bot.reply import Visibility
from bot.workspace import Person
from storage import SessionFactory, surveys
from tests.bot.surveying import CLOSES, OPENS, PEOPLE, Office, entry, surveyed
from tests.factories import asks, lines, said

SECRET = "the builds are slow"


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    """The question has just been asked."""
    found = Office(sessions)
    found.go(OPENS)
    return found


def scores(office: Office) -> list[int]:
    with office.sessions.read() as session:
        found = surveys.rounds(session)
        return sorted(one.score for some in surveys.answers(session, found).values() for one in some)


def test_a_press_is_thanked_for_in_private(office: Office) -> None:
    reply = office.say("survey answer developers#1 9")
    assert lines(reply) == [
        "Thank you: 9.",
        "You can change it until Thu 8 Oct 10:00.",
    ]
    assert asks(reply) == ["developers#1"]  # what the form “Say why…” begins with
    assert reply.visibility is Visibility.PRIVATE
    assert reply.data == {"survey": "developers", "round": 1, "score": 9, "until": CLOSES.isoformat()}
    assert scores(office) == [9]


def test_the_last_press_counts(office: Office) -> None:
    office.say("survey answer developers#1 2")
    office.say("survey answer developers 8/10")
    assert scores(office) == [8]
    assert "You answered 8. Only you can see this." in said(office.say("survey developers"))
    assert "You answered" not in said(office.say("survey developers", "U002"))


def test_somebody_on_two_surfaces_answers_once(sessions: SessionFactory) -> None:
    known = Person("ana", {"slack": "U0ANA", "discord": "7777"}, groups=("devs",))
    office = Office(sessions, replace(surveyed(), people=(*PEOPLE, known)))
    office.go(OPENS)
    office.say("survey answer developers 3", "U0ANA")
    office.say("survey answer developers 9", "7777", surface="discord")
    office.say("survey answer developers 10", "ana", surface="terminal")
    assert scores(office) == [10]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("survey answer developers 11", "“11” is no score here.", "0 to 10"),
        ("survey answer developers -1", "“-1” is no score here.", "0 to 10"),
        ("survey answer developers nine", "“nine” is no score here.", "0 to 10"),
        ("survey answer developers", "Say which survey, and your score.", "survey answer developers"),
        ("survey answer developrs 9", "There is no survey “developrs”.", "Nearest: `survey developers`."),
        ("survey answer developers#9 9", "Developers has not been asked yet.", "opens Fri 1 Jan 2027 10:00"),
        ("survey xyz", "There is no survey “xyz”.", "`surveys` lists them all."),
        ("survey comment developers hello", "You have given no score yet.", "survey answer developers"),
        ("survey comment developers", "Your comment says nothing.", "survey comment developers"),
        ("survey comment", "Say which survey, and your words.", "survey answer developers"),
        (f"survey comment developers {'x' * 301}", "That is 301 characters; 300 fit.", "shorter"),
    ],
)
def test_a_refusal_says_what_to_do(office: Office, text: str, message: str, hint: str) -> None:
    data = office.say(text).data
    assert data["error"] == message
    assert hint in data["hint"]
    assert scores(office) == []


@pytest.mark.parametrize(
    ("who", "is_heard"),
    [
        ({"user": "U0NEW", "channel": "C0ALL"}, True),
        ({"user": "U0NEW", "channel": "C0ALL", "is_shared": True}, True),
        ({"user": "U0NEW", "channel": "C0OTHER"}, False),
        ({"user": "U0NEW", "channel": "C0ALL", "surface": "discord"}, False),
        ({"user": "U001", "channel": "D0OWN"}, True),
        ({"user": "root", "surface": "terminal"}, True),
    ],
)
def test_who_is_in_its_channel_or_was_asked_in_person_may_answer(
    sessions: SessionFactory, who: dict[str, object], is_heard: bool
) -> None:
    office = Office(sessions, surveyed(developers=entry(to=["slack:C0ALL", "p1"])))
    office.go(OPENS)
    reply = office.say("survey answer developers 9", **who)  # type: ignore[arg-type]
    assert scores(office) == ([9] if is_heard else [])
    if not is_heard:
        assert reply.text.startswith("Developers is not asked of you here. Answer it in the channel")


@pytest.mark.parametrize("who", [{"user": "U0NEW"}, {"user": "root", "surface": "terminal"}])
def test_where_only_people_were_asked_others_may_not_answer(office: Office, who: dict[str, object]) -> None:
    reply = office.say("survey answer developers 9", **who)  # type: ignore[arg-type]
    assert "Those who are asked got a direct message." in reply.text
    assert scores(office) == []


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("survey answer developers 9", {"in_channel": True}),
        ("survey answer developers 9 share", {}),
        ("share survey answer developers 9", {}),
        (f"survey comment developers {SECRET}", {"in_channel": True}),
    ],
)
def test_nothing_is_kept_where_others_would_read_it(
    office: Office, text: str, how: dict[str, object]
) -> None:
    reply = office.say(text, channel="C0ALL", **how)
    assert reply.data["error"] == "Others would read that here: nothing was kept."
    assert reply.visibility is Visibility.PRIVATE
    assert scores(office) == []


def test_after_the_close_an_answer_comes_too_late(office: Office) -> None:
    office.at = CLOSES
    late = office.say("survey answer developers#1 9")
    assert late.data["error"] == "That question closed on 8 Oct."
    assert "The next one opens Fri 1 Jan 2027 10:00." in late.data["hint"]
    office.go(CLOSES)
    assert office.say("survey comment developers too late").data["error"] == late.data["error"]


def test_a_button_of_an_old_round_does_not_answer_the_new_one(office: Office) -> None:
    office.go(CLOSES)
    office.go(datetime(2027, 1, 1, 9, tzinfo=UTC))
    reply = office.say("survey answer developers#1 9")
    assert "A newer one is open until Fri 8 Jan 10:00: `survey developers`." in reply.data["hint"]
    assert scores(office) == []
    office.say("survey answer developers#2 9")
    assert scores(office) == [9]


def test_words_are_shown_after_the_close_without_names(office: Office) -> None:
    office.answer(10, 9, 9, 8, 3)
    reply = office.say(f"survey comment developers {SECRET}")
    assert lines(reply) == [
        "Thank you, your words are kept.",
        "You can change them until Thu 8 Oct 10:00.",
        "Shown without your name after the close, from 5 answers on.",
    ]
    assert SECRET not in said(office.say("survey developers", "U002"))
    office.go(CLOSES)
    assert f"1 comment\n“{SECRET}”\n" in said(office.say("survey developers", "U002"))
    shared = office.say("survey developers share", channel="C0ALL")
    assert shared.visibility is Visibility.CHANNEL
    assert SECRET not in said(shared)
    assert "1 comment: ask me for them in private." in said(shared)


def test_of_too_few_answers_not_even_the_words_are_shown(office: Office) -> None:
    office.answer(10, 9, 9, 8)
    office.say(f"survey comment developers {SECRET}")
    office.go(CLOSES)
    reply = office.say("survey developers")
    assert lines(reply)[:3] == [
        "Developers: no NPS figure for Q4.",
        "4 answers of 8, 50%. Q4, closed 8 Oct.",
        "A figure takes 5 answers, so that nobody's can be guessed.",
    ]
    assert SECRET not in said(reply)
    assert "9–10" not in said(reply)
    assert reply.data["rounds"][0]["figure"] is None


def test_names_are_shown_where_people_were_told_so(sessions: SessionFactory) -> None:
    office = Office(sessions, surveyed(developers=entry(anonymous=False, least=3)))
    office.go(OPENS)
    office.answer(10, 9, 3)
    office.say(f"survey comment developers {SECRET}", "U002")
    office.go(CLOSES)
    assert f"“{SECRET}” (p2, 3)" in said(office.say("survey developers"))


def test_no_score_shows_while_a_round_is_open(office: Office) -> None:
    office.answer(0, 0, 0, 0)
    assert "fewer than 5 answers so far" in said(office.say("survey developers"))
    office.answer(0, 0, 0, 0, 0, 0)
    reply = office.say("survey developers")
    assert "Open until Thu 8 Oct 10:00: 6 of 8 answers so far." in lines(reply)
    assert "−100" not in said(reply).replace("from −100 to 100", "")
    assert reply.data["open"] | {"closes": ""} == {
        "survey": "developers",
        "round": 1,
        "kind": "nps",
        "day": "2026-10-01",
        "state": "open",
        "closes": "",
    }


def test_a_closed_round_is_told_with_its_spread_and_its_trend(office: Office) -> None:
    office.answer(10, 9, 9, 8, 3)
    office.go(CLOSES)
    office.go(datetime(2027, 1, 1, 9, tzinfo=UTC))
    office.answer(10, 10, 10, 8, 8, 2)
    office.go(datetime(2027, 1, 8, 9, tzinfo=UTC))
    reply = office.say("survey developers")
    assert lines(reply)[:4] == [
        "Developers NPS 33",
        "6 answers of 8, 75%. Q1, closed 8 Jan.",
        "7 points down from Q4 2026.",
        "By chance alone it may be 32 points too high or too low.",
    ]
    words = said(reply)
    assert "9–10 | 3 | 50%\n7–8 | 2 | 33%\n0–6 | 1 | 17%" in words
    assert "Q1 | 33 | 6 of 8 | 75%\nQ4 2026 | 40 | 5 of 8 | 63%" in words
    assert asks(reply) == ["surveys"]
    assert [one["figure"] for one in reply.data["rounds"]] == [pytest.approx(100 / 3), 40.0]


def test_outsiders_are_told_nothing(office: Office) -> None:
    for text in ("surveys", "survey developers", "survey"):
        assert office.say(text, is_shared=True).data["error"] == "People outside your company read here."


def test_the_number_of_statements_does_not_grow_with_the_surveys(sessions: SessionFactory) -> None:
    counted = []
    for some in (1, 6):
        names = [f"s{number}" for number in range(some)]
        office = Office(sessions, surveyed(**{name: entry() for name in names}))
        office.go(OPENS)
        office.go(CLOSES + timedelta(minutes=1))
        statements: list[str] = []

        def listen(_c: object, _k: object, statement: str, *_: object, into: list[str] = statements) -> None:
            into.append(statement)

        engine = sessions.kw["bind"]
        event.listen(engine, "before_cursor_execute", listen)
        office.say("surveys")
        event.remove(engine, "before_cursor_execute", listen)
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_the_form_says_what_would_have_been_typed(office: Office) -> None:
    office.say("survey answer developers#1 9")
    form, values = begun(FORMS["survey"], "developers#1")
    said = form.compose({**values, "text": "Fast, and it says why."})
    assert said.startswith("survey comment developers#1 ")
    assert lines(office.say(said))[0] == "Thank you, your words are kept."
