"""What goes wrong around alerts: people who left, snoozes that end early, what came twice, lost channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.jobs.deliver import Deliver
from bot.timeline import Timeline
from bot.workspace import Person
from storage import SessionFactory, alerts
from tests.bot.jobs.alert_office import CHANNEL, PEOPLE, Office, company
from tests.bot.jobs.scripted_chat import archived
from tests.bot.jobs.world import BERLIN
from tests.factories import lines

ROOT = f"alert/1/slack:{CHANNEL}"
ANA = "slack:U0ANA"


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    return Office(sessions)


def said_in_thread(office: Office) -> list[str]:
    return [lines(one.reply)[0] for one in office.chat.posts if one.thread]


@pytest.mark.parametrize(
    ("people", "steps"),
    [
        ((Person("Ana"), *PEOPLE[1:]), [("Gus", ["Ana"]), ("", [])]),
        (PEOPLE[1:], [("Gus", ["Ana"]), ("", [])]),
        ((PEOPLE[0], PEOPLE[2]), [("Ana", []), ("Head", ["Gus"]), ("", [])]),
        ((), [("", ["Ana", "Gus", "Head"])]),
    ],
)
async def test_who_has_left_is_passed_over_and_named(
    people: tuple[Person, ...], steps: list[tuple[str, list[str]]], office: Office
) -> None:
    office.change(people=people)
    await office.look(80)
    for _ in range(4):
        await office.look(hours=1)
    found = [one.data for one in office.events(1) if one.kind == "escalated"]
    assert [(one["to"], one.get("missed", [])) for one in found] == steps
    direct = {channel for channel, _ in office.posts() if channel.startswith("@")}
    assert direct == {f"@U0{to.upper()}" for to, _ in steps if to}
    gone = next((", ".join(missed) for _, missed in steps if missed), "")
    assert any(f"{gone} cannot be reached" in text for text in said_in_thread(office))


async def test_the_message_names_who_is_really_told_next(office: Office) -> None:
    office.change(people=PEOPLE[1:])
    await office.look(80)
    assert any(text.endswith("then it goes to Gus") for text in lines(office.chat.reply(ROOT)))


async def test_somebody_only_mentioned_is_told_directly(office: Office) -> None:
    await office.look(80)
    with office.sessions.begin() as session:
        assert alerts.assign(session, 1, "slack:U0NEW", ANA, office.clock())
    await office.look(hours=1)
    assert "@U0NEW" in [channel for channel, _ in office.posts()]


async def test_a_snooze_that_somebody_ends_says_so_and_nothing_late(office: Office) -> None:
    await office.look(80)
    with office.sessions.begin() as session:
        assert alerts.snooze(session, 1, None, ANA, office.clock())
    await office.look(40, minutes=10)
    assert "worsened" in office.kinds(1)
    with office.sessions.begin() as session:
        assert alerts.wake(session, 1, ANA, office.clock())
        assert not alerts.wake(session, 1, ANA, office.clock())
    await office.settle()
    assert said_in_thread(office)[-1] == "Ana ends the snooze; still so after 10 min"
    assert not any(text.startswith("Worse") for text in said_in_thread(office))
    await office.look(-30, minutes=5)
    assert said_in_thread(office)[-1].startswith("Worse")


async def test_what_came_again_after_a_correction_is_not_taken_back(sessions: SessionFactory) -> None:
    office = Office(sessions)
    await office.look(80)
    at = office.alerts()[0].items[0].fired_on
    assert at is not None
    office.stars(400, at=at - timedelta(seconds=1))
    office.stars(400, at=office.clock())
    await office.look(minutes=5)
    with office.sessions.begin() as session:
        data = {"subject": "acme/growth.stars", "before": 80, "value": 400}
        alerts.keep_event(session, alerts.Event(1, office.clock(), "corrected", data=data))
    await office.look(70, minutes=5)
    await office.look(300, minutes=5)
    assert office.kinds(1)[-2:] == ["joined", "resolved"]
    assert "Taken back" not in office.edits()[-1]
    assert office.edits()[-1].startswith("● Over: Stars 70")


async def test_of_what_came_twice_in_one_alert_the_last_time_is_told(office: Office) -> None:
    await office.look(80)
    await office.look(200, minutes=5)
    await office.look(70, minutes=5)
    await office.look(300, minutes=5)
    assert len(office.alerts()[0].items) == 2
    assert office.edits()[-1].startswith("● Over: Stars 70")


async def test_where_its_channel_is_gone_the_alert_lives_on_elsewhere(sessions: SessionFactory) -> None:
    office = Office(sessions, replace(company(), fallback={"default": ("slack:C0SPARE",)}))
    office.chat.refused[CHANNEL] = archived(CHANNEL)
    sender = Deliver(
        sessions, office.surfaces, "sender", office.clock, BERLIN, timeline=Timeline(office.workspace)
    )
    office.stars(80)
    office.one.evaluate()
    await sender()
    [post] = office.chat.posts
    assert post.channel == "C0SPARE"
    assert any(text.startswith(f"For slack:{CHANNEL}") for text in lines(post.reply))
    with sessions.begin() as session:
        assert alerts.acknowledge(session, 1, ANA, office.clock())
    assert await office.one.keep() == 1
    await sender()
    edit = office.chat.edits[-1]
    assert edit.channel == "C0SPARE"
    assert any(text.startswith("Ana has it") for text in lines(edit.reply))
    assert any(text.startswith(f"For slack:{CHANNEL}") for text in lines(edit.reply))
    assert [(one.channel, one.thread, lines(one.reply)[0]) for one in office.chat.posts[1:]] == [
        ("C0SPARE", "ts0", "Ana has it")
    ]
