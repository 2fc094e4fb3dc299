"""What people do about an alert, and what happens when nobody does anything."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from kpi.alerts import State
from storage import SessionFactory, alerts
from tests.bot.jobs.alert_office import CHANNEL, Office, company
from tests.factories import lines

ANA = "slack:U0ANA"


@pytest.fixture
async def office(sessions: SessionFactory) -> Office:
    """Too few stars, told a moment ago."""
    found = Office(sessions)
    await found.look(80)
    return found


async def test_an_acknowledgement_changes_the_message_at_the_next_look(office: Office) -> None:
    with office.sessions.begin() as session:
        assert alerts.acknowledge(session, 1, ANA, office.clock())
    assert await office.one.keep() == 1
    assert any("Ana" in text for text in lines(office.chat.edits[-1].reply))
    office.clock.forward(seconds=5)
    assert await office.one.keep() == 0
    await office.send()
    assert lines(office.chat.posts[-1].reply)[0] == "Ana has it"


async def test_nobody_takes_it_so_it_goes_up_step_by_step(office: Office) -> None:
    await office.look(hours=1)
    await office.look(hours=1)
    await office.look(hours=1)
    await office.look(hours=5)
    steps = [one.data for one in office.events(1) if one.kind == "escalated"]
    assert [(one["level"], one["role"], one["to"]) for one in steps] == [
        (1, "owner", "Ana"),
        (2, "domain owner", "Gus"),
        (3, "channel", ""),
    ]
    told = Counter(channel for channel, _ in office.posts())
    assert told == {CHANNEL: 4, "@U0ANA": 1, "@U0GUS": 1}
    assert office.alerts()[0].act_by is None


@pytest.mark.parametrize("how", ["acknowledged", "resolved"])
async def test_who_has_it_or_ends_it_stops_that(office: Office, how: str) -> None:
    with office.sessions.begin() as session:
        act = alerts.acknowledge if how == "acknowledged" else alerts.resolve
        assert act(session, 1, ANA, office.clock())
    await office.look(hours=2)
    assert "escalated" not in office.kinds(1)


async def test_whom_it_was_given_to_is_pressed_first(office: Office) -> None:
    with office.sessions.begin() as session:
        alerts.assign(session, 1, "Gus", ANA, office.clock())
    await office.look(hours=1)
    assert [one.data["to"] for one in office.events(1) if one.kind == "escalated"] == ["Gus"]


async def test_what_is_raised_by_hand_is_told_and_waits_for_somebody_at_once(office: Office) -> None:
    raised_at = office.clock()
    with office.sessions.begin() as session:
        number = alerts.raise_by_hand(
            session, "acme/flagged", "critical", text="Acme is down", author=ANA, now=raised_at
        )
    await office.settle()
    alert = office.alerts()[-1]
    assert (alert.number, alert.is_told, alert.act_by) == (number, True, raised_at + timedelta(minutes=15))
    await office.look(minutes=16)
    assert "escalated" in office.kinds(number)
    with office.sessions.begin() as session:
        assert alerts.resolve(session, number, ANA, office.clock())
    await office.settle()
    assert office.alerts()[-1].state is State.RESOLVED


async def test_it_is_reminded_of_only_where_the_rule_says_so(sessions: SessionFactory) -> None:
    rules = {"acme/behind": "off", "acme/few_stars": {"remind_every": "4h", "act_within": ""}}
    office = Office(sessions, company(rules=rules))
    await office.look(80)
    for _ in range(9):
        await office.look(hours=1)
    assert office.kinds(1) == ["fired", "reminded", "reminded"]
    with office.sessions.begin() as session:
        alerts.acknowledge(session, 1, ANA, office.clock())
    await office.look(hours=9)
    assert office.kinds(1).count("reminded") == 2


async def test_a_snooze_keeps_it_quiet_until_it_ends(office: Office) -> None:
    with office.sessions.begin() as session:
        alerts.snooze(session, 1, office.clock() + timedelta(hours=4), ANA, office.clock())
    await office.look(10, hours=2)
    assert office.kinds(1) == ["fired", "snoozed", "worsened"]
    assert [lines(one.reply)[0].partition(" until")[0] for one in office.chat.posts[1:]] == ["Ana snoozes it"]
    await office.look(hours=3)
    assert office.kinds(1) == ["fired", "snoozed", "worsened", "woken", "escalated"]
    assert len(office.chat.posts) == 5


async def test_a_snooze_until_it_is_resolved_ends_with_it(office: Office) -> None:
    with office.sessions.begin() as session:
        alerts.snooze(session, 1, None, ANA, office.clock())
    await office.look(10, days=2)
    assert "escalated" not in office.kinds(1)
    await office.look(500, hours=1)
    [alert] = office.alerts()
    assert (alert.is_open, alert.snoozed_for_good) == (False, False)
    await office.look(10, days=1)
    assert len(office.alerts()) == 2


async def test_what_begins_anew_has_its_time_limit_anew(office: Office) -> None:
    with office.sessions.begin() as session:
        alerts.acknowledge(session, 1, ANA, office.clock())
    await office.look(500, minutes=5)
    await office.look(80, minutes=5)
    [alert] = office.alerts()
    assert (alert.state, alert.acknowledged_by) == (State.FIRING, "")
    assert alert.act_by is not None
    await office.look(hours=2)
    assert office.kinds(1).count("escalated") == 1
