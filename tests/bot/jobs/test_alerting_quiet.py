"""When an alert keeps quiet: at night, on days off, while it is silenced; nothing is ever dropped."""

from __future__ import annotations

from datetime import timedelta

from kpi.alerts import State
from storage import SessionFactory, alerts, silences
from storage.silences import Silence
from tests.bot.jobs.alert_office import CHANNEL, Office, company

QUIET = {"hours": "20:00-08:00", "days": "business"}
ANA = "slack:U0ANA"


def silence(office: Office, subject: str, **lasting: float) -> None:
    now = office.clock()
    with office.sessions.begin() as session:
        silences.add(session, Silence(0, subject, now + timedelta(**lasting), ANA, "move", now))


async def test_at_night_it_waits_for_the_morning(sessions: SessionFactory) -> None:
    office = Office(sessions, company(quiet=QUIET))
    await office.look(80, hours=12)  # 21:00 in Berlin
    [alert] = office.alerts()
    assert (alert.state, alert.is_told) == (State.FIRING, False)
    assert alert.speaks_at - office.clock() > timedelta(hours=10)
    await office.look(hours=10, minutes=50)
    assert office.chat.posts == []
    await office.look(minutes=12)
    assert [channel for channel, _ in office.posts()] == [CHANNEL]
    told = office.alerts()[0]
    assert told.act_by is not None
    assert told.act_by > office.clock()


async def test_what_was_over_by_the_morning_is_told_as_what_it_was(sessions: SessionFactory) -> None:
    office = Office(sessions, company(quiet=QUIET))
    await office.look(80, days=3, hours=12)  # Friday, 21:00
    await office.look(500, hours=2)
    assert office.chat.posts == []
    await office.look(days=2, hours=9)
    [(channel, text)] = office.posts()
    assert (channel, text.startswith("● Over: ")) == (CHANNEL, True)


async def test_a_critical_one_passes(sessions: SessionFactory) -> None:
    rules = {"acme/behind": "off", "acme/few_stars": {"severity": "critical"}}
    office = Office(sessions, company(quiet=QUIET, rules=rules))
    await office.look(80, hours=14)
    assert len(office.chat.posts) == 1


async def test_a_critical_one_that_waits_for_the_day_does_wait(sessions: SessionFactory) -> None:
    rules = {"acme/behind": "off", "acme/few_stars": {"severity": "critical", "waits_for_day": True}}
    office = Office(sessions, company(quiet=QUIET, rules=rules))
    await office.look(80, hours=14)
    assert office.chat.posts == []


async def test_a_silenced_one_lives_on_and_is_told_when_the_silence_ends(sessions: SessionFactory) -> None:
    office = Office(sessions)
    began = office.clock()
    silence(office, "acme/growth.stars", hours=2)
    await office.look(80)
    [alert] = office.alerts()
    assert (alert.state, alert.is_told) == (State.FIRING, False)
    with office.sessions.read() as session:
        assert [one.number for one in alerts.muted(session, began, office.clock())] == [1]
    await office.look(79, hours=1)
    assert office.chat.posts == []
    await office.look(hours=1)
    assert [channel for channel, _ in office.posts()] == [CHANNEL]
    with office.sessions.read() as session:
        assert alerts.muted(session, began, office.clock()) == []


async def test_what_was_over_before_its_silence_ended_is_never_told_but_can_be_read(
    sessions: SessionFactory,
) -> None:
    office = Office(sessions)
    began = office.clock()
    silence(office, "", hours=2)
    await office.look(80)
    await office.look(500, hours=1)
    await office.look(hours=5)
    assert office.chat.posts == []
    with office.sessions.read() as session:
        assert [one.number for one in alerts.muted(session, began, office.clock())] == [1]


async def test_of_several_kpis_only_the_silenced_one_is_left_out(sessions: SessionFactory) -> None:
    office = Office(sessions, company(rules={}))
    silence(office, "acme/growth.forks", hours=2)
    office.stars(40, metric="github.forks")
    await office.look(2000)
    [alert] = [one for one in office.alerts() if one.rule == "acme/behind"]
    assert {one.subject: one.is_silent for one in alert.items} == {
        "acme/growth.forks": True,
        "acme/growth.stars": False,
    }
    await office.look(hours=3)
    assert office.kinds(alert.number) == ["fired", "joined"]


async def test_while_it_is_silenced_its_thread_says_nothing_but_its_message_is_right(
    sessions: SessionFactory,
) -> None:
    office = Office(sessions)
    await office.look(80)
    silence(office, "acme", hours=4)
    await office.look(10, hours=1)
    await office.look(500, hours=1)
    assert office.kinds(1) == ["fired", "worsened", "resolved"]
    assert len(office.chat.posts) == 1
    assert office.edits()[-1].startswith("● Over: ")
    await office.look(hours=4)
    assert len(office.chat.posts) == 1


async def test_a_silenced_one_that_joins_is_not_told_before_its_silence_ends(
    sessions: SessionFactory,
) -> None:
    office = Office(sessions, company(rules={}))
    await office.look(2000)
    silence(office, "acme/growth.forks", hours=2)
    office.stars(40, metric="github.forks")
    await office.look(minutes=5)
    assert [one.thread for one in office.chat.posts if "behind" in one.key or one.thread] == []
    await office.look(hours=3)
    assert len([one for one in office.chat.posts if one.thread]) == 1


async def test_a_celebration_in_a_silence_is_celebrated_after_it(sessions: SessionFactory) -> None:
    office = Office(sessions)
    await office.look(500)
    silence(office, "", hours=2)
    await office.look(1000, minutes=5)
    await office.look(hours=1)
    assert office.chat.posts == []
    await office.look(hours=1)
    await office.look(hours=5)
    assert len(office.chat.posts) == 1


async def test_a_celebration_at_night_waits_for_the_morning(sessions: SessionFactory) -> None:
    office = Office(sessions, company(quiet=QUIET))
    await office.look(500)
    await office.look(1000, hours=13)
    assert office.chat.posts == []
    await office.look(hours=11)
    assert len(office.chat.posts) == 1
