"""Alerts from the number that is read to the message that stands in the channel, and back."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from kpi.alerts import State
from storage import SessionFactory, alerts, audit
from tests.bot.jobs.alert_office import CHANNEL, Office, company

ROOT = f"alert/1/slack:{CHANNEL}"


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    return Office(sessions)


async def test_it_fires_once_is_told_once_and_changes_in_place_when_it_is_over(office: Office) -> None:
    await office.look(500)
    assert office.alerts() == []
    await office.look(80, minutes=5)
    await office.look(81, minutes=5)
    [alert] = office.alerts()
    assert (alert.rule, alert.state, alert.is_told) == ("acme/few_stars", State.FIRING, True)
    assert office.chat.keys() == [ROOT]
    await office.look(105, minutes=5)  # neither below 100 nor beyond 110
    assert office.alerts()[0].is_open
    await office.look(200, minutes=5)
    assert not office.alerts()[0].is_open
    assert office.kinds(1) == ["fired", "resolved"]
    assert office.edits()[-1].startswith("● Over: ")
    assert [one.key for one in office.ledger()] == [ROOT, f"{ROOT}/2"]


async def test_the_same_day_the_same_message_goes_on_and_the_next_day_another(office: Office) -> None:
    await office.look(80)
    await office.look(200, minutes=5)
    await office.look(70, hours=3)
    assert [one.state for one in office.alerts()] == [State.FIRING]
    assert office.kinds(1) == ["fired", "resolved", "joined"]
    await office.look(200, minutes=5)
    await office.look(60, days=1)
    assert [one.day for one in office.alerts()] == ["2026-11-24", "2026-11-25"]
    roots = [one.key for one in office.chat.posts if not one.thread]
    assert roots == [ROOT, f"alert/2/slack:{CHANNEL}"]


async def test_however_many_kpis_a_rule_is_told_in_one_message(sessions: SessionFactory) -> None:
    office = Office(sessions, company(rules={}))
    office.stars(40, metric="github.forks")
    await office.look(2000)
    [alert] = [one for one in office.alerts() if one.rule == "acme/behind"]
    assert sorted(one.subject for one in alert.items) == ["acme/growth.forks", "acme/growth.stars"]
    roots = [one.key for one in office.chat.posts if not one.thread]
    assert roots == [f"alert/{alert.number}/slack:{CHANNEL}"]


async def test_one_that_joins_is_told_in_the_thread(sessions: SessionFactory) -> None:
    office = Office(sessions, company(rules={}))
    await office.look(2000)
    office.stars(40, metric="github.forks")
    await office.look(minutes=5)
    [alert] = [one for one in office.alerts() if one.rule == "acme/behind"]
    assert office.kinds(alert.number) == ["fired", "joined"]
    thread = [one for one in office.chat.posts if one.thread]
    assert len(thread) == 1
    assert thread[0].thread == "ts0"


async def test_a_rule_is_silent_where_another_says_it_more_urgently(sessions: SessionFactory) -> None:
    office = Office(sessions, company(rules={}))
    await office.look(2000)
    await office.look(80, minutes=5)
    behind, few = office.alerts()
    assert (behind.rule, behind.state) == ("acme/behind", State.RESOLVED)
    assert (few.rule, few.state) == ("acme/few_stars", State.FIRING)
    await office.look(2000, days=2)
    assert [one.state for one in office.alerts()] == [State.FIRING, State.RESOLVED]  # it goes on
    assert office.kinds(behind.number) == ["fired", "resolved", "joined"]


async def test_a_milestone_is_celebrated_once_and_has_no_thread(office: Office) -> None:
    await office.look(500)
    await office.look(1000, minutes=5)
    await office.look(900, minutes=5)
    await office.look(1001, minutes=5)
    [alert] = office.alerts()
    assert (alert.severity, alert.is_open) == ("celebrate", False)
    assert office.chat.keys() == [ROOT]
    assert office.chat.edits == []


async def test_what_was_reached_before_the_bot_came_is_no_news(office: Office) -> None:
    await office.look(5200)
    assert office.alerts() == []
    await office.look(6000, minutes=5)
    assert [one.rule for one in office.alerts()] == ["acme/thousand"]


async def test_what_gets_much_worse_is_told_once_more(office: Office) -> None:
    await office.look(80)
    await office.look(70, minutes=5)
    await office.look(55, minutes=5)
    assert office.kinds(1) == ["fired", "worsened"]
    assert office.events(1)[-1].data == {"subject": "acme/growth.stars", "before": 80.0, "value": 55.0}


async def test_a_person_ends_it_and_it_stays_over_while_the_same_stretch_goes_on(office: Office) -> None:
    await office.look(80)
    with office.sessions.begin() as session:
        assert alerts.resolve(session, 1, "slack:U0ANA", office.clock(), "planned")
    await office.look(79, minutes=5)
    assert [one.state for one in office.alerts()] == [State.RESOLVED]
    await office.look(200, minutes=5)
    await office.look(78, days=1)
    assert [one.state for one in office.alerts()] == [State.RESOLVED, State.FIRING]


async def test_what_the_bot_does_stands_in_the_trail(office: Office) -> None:
    await office.look(80)
    await office.look(200, minutes=5)
    with office.sessions.read() as session:
        acts = audit.recent(session, subject="alert 1")[::-1]
    assert [(one.actor, one.action, one.before, one.after) for one in acts] == [
        ("bot", "alert fired", "", "firing"),
        ("bot", "alert resolved", "firing", "resolved"),
    ]


async def test_with_nothing_new_a_look_writes_nothing_and_asks_a_constant_number_of_times(
    office: Office,
) -> None:
    await office.look(80)
    asked: list[str] = []
    engine = office.sessions.kw["bind"]

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    office.one.evaluate()
    few = len(asked)
    assert not [one for one in asked if one.startswith(("INSERT", "UPDATE", "DELETE"))]
    asked.clear()
    assert await office.one.keep() == 0
    assert len([one for one in asked if "look_at" in one]) == 1
    assert few < 30


async def test_a_rule_that_is_turned_off_ends_what_it_says(office: Office) -> None:
    await office.look(80)
    office.change(alerts=company(rules={"acme/few_stars": "off"}).alerts)
    await office.look(minutes=5)
    assert [one.state for one in office.alerts()] == [State.RESOLVED]


async def test_the_times_in_a_message_are_kept_true_and_ever_less_often(office: Office) -> None:
    await office.look(80)
    changed = []
    for minutes in (11, 11, 5, 24 * 60, 30, 31):
        before = len(office.chat.edits)
        await office.look(minutes=minutes)
        changed.append(len(office.chat.edits) - before)
    assert changed == [1, 1, 0, 1, 0, 1]
