"""Rounds of a survey: one answer a person, until the close; afterwards nothing leads back to anybody."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from storage import SessionFactory, surveys
from storage.surveys import Answer, Opening, Round, Terms

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
CLOSE = NOW + timedelta(days=7)
OPENING = Opening("developers", date(2026, 10, 1), Terms("nps", "Would you?", 5), NOW, CLOSE, "quarter")
ANA, BO = ("discord:77", "slack:U0ANA"), ("slack:U0BO",)


def opened(sessions: SessionFactory, opening: Opening = OPENING) -> Round:
    with sessions.begin() as session:
        found = surveys.open_round(session, opening)
        assert found is not None
        surveys.invite(session, found, [("slack", ANA), ("slack", BO)])
    return rounds(sessions)[0]


def rounds(sessions: SessionFactory) -> list[Round]:
    with sessions.read() as session:
        return surveys.rounds(session)


def answer(
    sessions: SessionFactory, one: Round, ids: tuple[str, ...], score: int, now: datetime = NOW
) -> Answer | None:
    with sessions.begin() as session:
        return surveys.answer(session, one, ids, score, now=now)


def close(sessions: SessionFactory, one: Round) -> list[int] | None:
    with sessions.begin() as session:
        return surveys.close(session, one, CLOSE)


def everything(sessions: SessionFactory) -> str:
    """All that any table of surveys holds, as text."""
    with sessions.read() as session:
        return str(
            [
                session.connection().execute(text(f"SELECT * FROM {table}")).all()
                for table in ("survey_rounds", "survey_invitations", "survey_answers")
            ]
        )


def test_a_round_comes_back_as_it_was_opened(sessions: SessionFactory) -> None:
    one = opened(sessions)
    assert one == Round(
        *("developers", 1, date(2026, 10, 1), "quarter", OPENING.terms, (), NOW, CLOSE), invited=2
    )
    assert one.name == "developers#1"
    assert one.takes_answers(CLOSE - timedelta(seconds=1))
    assert not one.takes_answers(CLOSE)


def test_a_day_has_one_round_and_numbers_go_on(sessions: SessionFactory) -> None:
    opened(sessions)
    with sessions.begin() as session:
        assert surveys.open_round(session, OPENING) is None
        later = surveys.open_round(session, replace(OPENING, day=date(2027, 1, 4)))
        other = surveys.open_round(session, replace(OPENING, survey="docs", places=("slack:C1",)))
    assert later is not None
    assert other is not None
    assert (later.number, other.number, other.places) == (2, 1, ("slack:C1",))


def test_of_several_that_open_it_at_once_one_does(sessions: SessionFactory) -> None:
    def attempt(_: int) -> bool:
        with sessions.begin() as session:
            return surveys.open_round(session, OPENING) is not None

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(attempt, range(4))) == {True: 1, False: 3}


def test_one_person_has_one_answer_on_every_surface(sessions: SessionFactory) -> None:
    one = opened(sessions)
    assert answer(sessions, one, ("slack:U0ANA",), 3) == Answer(3)
    assert answer(sessions, one, ANA, 9) == Answer(9), "the same person, now known on Discord too"
    assert answer(sessions, one, BO, 6) == Answer(6)
    with sessions.read() as session:
        assert surveys.counts(session, [one]) == {"developers#1": 2}
        assert surveys.own(session, one, ANA) == Answer(9)
        assert surveys.own(session, one, ("slack:U0CY",)) is None
    assert sorted(close(sessions, one) or ()) == [6, 9]


def test_an_answer_after_the_close_is_not_kept(sessions: SessionFactory) -> None:
    one = opened(sessions)
    assert answer(sessions, one, ANA, 9, CLOSE) is None, "nobody has closed it yet, and yet it is over"
    close(sessions, one)
    assert answer(sessions, one, ANA, 9) is None
    with sessions.read() as session:
        assert surveys.answers(session, [one]) == {"developers#1": []}


def test_a_round_is_closed_by_one_only(sessions: SessionFactory) -> None:
    one = opened(sessions)
    answer(sessions, one, ANA, 9)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: close(sessions, one), range(4)))
    assert Counter(map(str, found)) == {"[9]": 1, "None": 3}
    assert rounds(sessions)[0].closed_at == CLOSE


def test_nothing_names_anybody_and_the_close_takes_the_last_thread(sessions: SessionFactory) -> None:
    one = opened(sessions)
    people = [(f"slack:U{number:03}",) for number in range(12)]
    for number, ids in enumerate(people):
        answer(sessions, one, ids, number % 11)
    before = everything(sessions)
    assert "U00" not in before
    assert "ANA" not in before
    with sessions.read() as session:
        hashes = set(session.connection().execute(text("SELECT person FROM survey_answers")).scalars())
    close(sessions, one)
    after = everything(sessions)
    assert not [one for one in hashes if one in after]
    with sessions.read() as session:
        salt, asked = (
            session.connection().execute(text(f"SELECT {what}")).scalar()
            for what in ("salt FROM survey_rounds", "count(*) FROM survey_invitations")
        )
        assert (salt, asked) == ("", 0)
        scores = [each.score for each in surveys.answers(session, [one])["developers#1"]]
        assert surveys.own(session, one, people[3]) is None
        assert not surveys.is_invited(session, one, ANA)
    assert sorted(scores) == sorted(number % 11 for number in range(12))


def test_names_are_kept_where_people_were_told_so(sessions: SessionFactory) -> None:
    one = opened(sessions, replace(OPENING, terms=replace(OPENING.terms, anonymous=False)))
    answer(sessions, one, BO, 6)
    close(sessions, one)
    with sessions.read() as session:
        assert surveys.answers(session, [one]) == {"developers#1": [Answer(6, name="slack:U0BO")]}


def test_words_stand_beside_an_answer_and_stay_when_it_changes(sessions: SessionFactory) -> None:
    one = opened(sessions)
    with sessions.begin() as session:
        assert surveys.comment(session, one, ANA, "too slow", now=NOW) is None
    answer(sessions, one, ANA, 4)
    with sessions.begin() as session:
        assert surveys.comment(session, one, ANA, "too slow", now=NOW) == Answer(4, "too slow")
    assert answer(sessions, one, ANA, 5) == Answer(5, "too slow")
    with sessions.begin() as session:
        assert surveys.comment(session, one, ANA, "late", now=CLOSE) is None


def test_who_was_asked_and_has_not_answered_is_waited_for(sessions: SessionFactory) -> None:
    one = opened(sessions)
    answer(sessions, one, ("slack:U0ANA",), 9)
    with sessions.begin() as session:
        assert surveys.waiting(session, one, [ANA, BO, ("slack:U0CY",)]) == [False, True, False]
        assert surveys.is_invited(session, one, ANA)
        assert not surveys.is_invited(session, one, ("slack:U0CY",))
        assert surveys.remind(session, one, NOW)
        assert not surveys.remind(session, one, NOW)


@pytest.mark.parametrize(("places", "invited"), [((), 2), (("slack:C1",), None)])
def test_how_many_were_asked_is_known_only_where_no_channel_was(
    sessions: SessionFactory, places: tuple[str, ...], invited: int | None
) -> None:
    assert opened(sessions, replace(OPENING, places=places)).invited == invited
