"""People are asked for their numbers in one message a day, in their own hours, once whoever runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.reply import Actions
from bot.settings_asks import AskEntry
from bot.settings_calendar import CalendarEntry
from bot.surfaces.slack.render import render
from bot.surfaces.terminal.render import plain_text
from bot.workspace import Person, Restriction
from storage import SessionFactory, asking
from storage.asking import State
from tests.bot.jobs.asked_office import CHURN_PATH, DANA, LEE, MONDAY, MRR_PATH, NPS_PATH, RAJ, Office, used
from tests.factories import NPS, each_day, framework, lines, store, workspace


def test_all_numbers_of_a_person_come_in_one_message(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.now = MONDAY - timedelta(days=20)
    office.say("record nps 48 September survey")
    office.now = MONDAY
    assert office.ask() == 2, "Dana, and Raj whose day began before"
    reply = office.told("U0DANA", 2)
    assert reply is not None
    assert lines(reply) == [
        "2 numbers for October are yours to enter.",
        "Net Promoter Score",
        "Last 48 NPS (13 Oct, you) · target ≥ 50 NPS",
        "MRR",
        "No number so far · target ≥ $20,000",
        "You are reminded once, after 2 days.",
    ]
    (rows, _) = (block.actions for block in reply.blocks if isinstance(block, Actions))
    enter, skip = rows
    assert (enter.label, enter.form) == ("Enter Net Promoter Score", "enter")
    assert enter.ask == f"{NPS_PATH} 2026-10-31 48 NPS (13 Oct)"
    assert (skip.label, skip.form, skip.ask) == ("Not this time: Net Promoter Score", "skip", NPS_PATH)


def test_it_is_a_promise_that_is_made_once(sessions: SessionFactory) -> None:
    office = Office(sessions)
    assert [office.ask(), office.ask(), office.asker("slack")()] == [2, 0, 0]
    promise = next(one for one in office.ledger() if one.channel == "@U0DANA")
    assert promise.key == "asks/slack:@U0DANA/2026-11-02"
    assert (promise.channel, promise.due) == ("@U0DANA", MONDAY)
    assert office.request().asked_at == MONDAY
    assert office.request().period == "monthly 2026-10-31"


def test_of_several_processes_at_once_one_asks(sessions: SessionFactory) -> None:
    office = Office(sessions)
    askers = [office.asker("slack") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda asker: asker(), askers)) == 2
    assert len(office.ledger()) == 2


def test_each_is_asked_by_their_own_clock(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.now = datetime(2026, 11, 2, 4, 29, tzinfo=UTC)
    assert office.ask() == 0
    office.after(minutes=1)  # 10:00 in India
    assert office.ask() == 1
    assert office.told("U0RAJ", 2) is not None
    office.now = MONDAY - timedelta(seconds=1)
    assert office.ask() == 0
    office.now = MONDAY
    assert office.ask() == 1


@pytest.mark.parametrize("away", [{"hours": 8}, {"hours": 12}, {"days": 5}, {"days": 6}])
def test_nobody_is_written_to_in_the_evening_or_at_the_weekend(
    sessions: SessionFactory, away: dict[str, float]
) -> None:
    office = Office(sessions)
    office.after(**away)
    assert office.ask() == 0


def test_a_bot_that_was_down_asks_on_the_next_business_day(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.after(days=3, hours=1)
    assert office.ask() == 2
    (promise, _) = office.ledger()
    assert promise.due == office.now, "it is made up for, not late"


def test_holidays_are_no_business_days(sessions: SessionFactory) -> None:
    office = Office(sessions)
    closed = CalendarEntry.model_validate({"closed": ["2026-11-02"]})
    office.change(replace(office.workspace, calendar=closed))
    assert office.ask() == 0
    office.after(days=1)
    assert office.ask() == 2


def test_what_is_known_already_is_not_asked_for(sessions: SessionFactory) -> None:
    store(sessions, each_day("entry.acme.growth.mrr", [12_000.0], until=MONDAY.date() - timedelta(days=9)))
    office = Office(sessions)
    office.ask()
    reply = office.told("U0DANA", 2)
    assert reply is not None
    assert reply.text == "Net Promoter Score for October is yours to enter."


def test_a_number_of_the_beginning_of_a_period_does_not_spare_its_question(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("entry.acme.growth.mrr", [12_000.0], until=datetime(2026, 10, 2, tzinfo=UTC).date()),
    )
    office = Office(sessions)
    office.ask()
    assert office.request(MRR_PATH).is_open


@pytest.mark.parametrize(("values", "is_asked"), [([4.0, 5.0], False), ([], True)])
def test_what_is_measured_is_never_asked_for(
    sessions: SessionFactory, values: list[float], *, is_asked: bool
) -> None:
    store(
        sessions, each_day("github.forks", values, until=MONDAY.date() - timedelta(days=1))
    ) if values else None
    office = Office(sessions, used(measure="last(github.forks)", unit="forks", better="higher"))
    office.now = MONDAY - timedelta(hours=4)
    assert office.ask() == is_asked


def test_nothing_is_asked_for_what_ended_before_the_framework_began(sessions: SessionFactory) -> None:
    office = Office(
        sessions, workspace(used().uses[0].framework, people=(DANA, RAJ, LEE), start=MONDAY.date())
    )
    assert office.ask() == 0


def test_months_without_a_bot_do_not_pile_up(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    office.now = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    assert office.ask() == 2
    assert office.request().period == "monthly 2027-02-28"
    assert len([one for one in office.ledger() if one.channel == "@U0DANA"]) == 2
    with sessions.read() as session:
        assert len(asking.opened(session)) == 3, "what was open before has lapsed"


def test_kpi_yaml_says_how_often_and_who(sessions: SessionFactory) -> None:
    office = Office(sessions)
    kpis = {
        NPS_PATH: AskEntry(every="weekly", who="Lee"),
        MRR_PATH: AskEntry(every="never"),
        "acme/growth.github_stars": AskEntry(every="quarterly", who="Dana"),
    }
    office.settings(kpis, at="11:30")
    assert office.ask() == 1, "in India it is later"
    office.after(hours=1, minutes=30)
    assert office.ask() == 2
    assert office.request(NPS_PATH).person == "Lee"
    assert office.request(NPS_PATH).period == "weekly 2026-11-01"
    assert office.request("acme/growth.github_stars").period == "quarterly 2026-09-30"
    with pytest.raises(AssertionError):
        office.request(MRR_PATH)


def test_periods_are_named_where_they_differ(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.settings({MRR_PATH: AskEntry(every="weekly")})
    office.ask()
    reply = office.told("U0DANA", 2)
    assert reply is not None
    said = lines(reply)
    assert said[0] == "2 numbers are yours to enter."
    assert {said[1], said[3]} == {"Net Promoter Score · October", "MRR · the week to 1 Nov"}


def test_nobody_is_asked_who_may_not_see_it_or_not_enter_it(sessions: SessionFactory) -> None:
    office = Office(sessions)
    only = Restriction(kpis=frozenset({NPS_PATH}), people=("Lee",))
    reader = Person("Raj", {"slack": "U0RAJ"}, "reader")
    office.change(replace(office.workspace, restrictions=(only,), people=(DANA, reader, LEE)))
    office.ask()
    reply = office.told("U0DANA", 2)
    assert reply is not None
    assert reply.text == "MRR for October is yours to enter."
    assert office.told("U0RAJ", 2) is None


def test_a_person_is_asked_where_the_bot_is(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.now = MONDAY - timedelta(hours=4)
    assert office.asker("discord")() == 1
    assert [one.key for one in office.ledger()] == ["asks/discord:@5550001/2026-11-02"]
    office.ask()
    assert office.request(CHURN_PATH).surface == "discord", "the same number is not asked for twice"


def test_where_another_surface_stands_in_it_is_named_so(sessions: SessionFactory) -> None:
    office = Office(sessions)
    assert office.asker("playground", slack="playground")() == 2
    assert office.ledger()[0].surface == "playground"


def test_who_is_on_no_chat_of_this_bot_is_told_of_once(
    sessions: SessionFactory, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(sessions)
    deaf = office.asker("discord")
    with caplog.at_level("WARNING"):
        assert [deaf(), deaf()] == [1, 0]
    assert [one.getMessage().partition(" is ")[0] for one in caplog.records] == ["asks person=Dana"]


def test_a_long_message_keeps_to_what_the_platforms_hold(sessions: SessionFactory) -> None:
    many = [
        {
            **NPS,
            "name": f"Number {at} of a rather long name",
            "aliases": [],
            "asked": "monthly",
            "owner": "Dana",
        }
        for at in range(30)
    ]
    office = Office(sessions, workspace(framework(*many), people=(DANA, LEE)))
    assert office.ask() == 1
    reply = office.told("U0DANA", 2)
    assert reply is not None
    assert "and 22 more: asks me" in lines(reply)
    assert len(reply.data["asked"]) == 30
    assert len(render(reply)) <= 50
    assert "30 numbers for October" in plain_text(reply)
    assert sum(len(block.actions) for block in reply.blocks if isinstance(block, Actions)) <= 25


def test_a_number_that_came_without_words_closes_its_request(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    store(
        sessions,
        each_day("entry.acme.growth.mrr", [1.0], until=date(2026, 10, 31)),
        recorded_at=office.now + timedelta(minutes=1),
    )
    office.after(minutes=2)
    office.ask()
    assert office.request(MRR_PATH).state is State.ENTERED
    assert office.request(NPS_PATH).is_open


def test_a_kpi_that_is_asked_no_more_is_closed(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    office.settings({NPS_PATH: AskEntry(every="never")})
    office.ask()
    assert office.request().state is State.LAPSED
