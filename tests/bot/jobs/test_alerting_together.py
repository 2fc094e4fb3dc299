"""Several processes on one database, faults of the chat, and people who may not see everything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.jobs import alert_voice, alerting
from bot.jobs.alerting import Seen
from bot.surfaces.base import OutcomeUnknown, Undelivered
from bot.workspace import Restriction
from kpi.alerts import State
from storage import SessionFactory, alerts, live_posts
from tests.bot.jobs.alert_office import CHANNEL, Office, company
from tests.bot.jobs.scripted_chat import archived
from tests.factories import lines

ROOT = f"alert/1/slack:{CHANNEL}"
ANA = "slack:U0ANA"


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    return Office(sessions)


def acknowledge(office: Office) -> None:
    with office.sessions.begin() as session:
        assert alerts.acknowledge(session, 1, ANA, office.clock())


async def test_two_processes_that_find_the_same_open_one_alert(office: Office) -> None:
    other = office.process("two")
    office.stars(80)
    looks: list[Seen] = []
    for one in (office.one, other):  # both look before either keeps anything
        taken: list[Seen] = []
        watching = replace(one.alerting)
        object.__setattr__(watching, "take", taken.append)
        replace(one.evaluate, alerting=watching)()
        looks.append(taken[0])
    assert all(one.is_news for one in looks)
    assert office.one.alerting.take(looks[0]) == (1,)
    assert other.alerting.take(looks[1]) == ()
    await office.settle()
    assert office.chat.keys() == [ROOT]
    assert office.kinds(1) == ["fired"]


async def test_threads_that_keep_the_same_look_at_once_open_one_alert(office: Office) -> None:
    office.stars(80)
    taken: list[Seen] = []
    watching = replace(office.one.alerting)
    object.__setattr__(watching, "take", taken.append)
    replace(office.one.evaluate, alerting=watching)()
    with ThreadPoolExecutor(6) as pool:
        changed = list(pool.map(office.one.alerting.take, taken * 6))
    assert sorted(changed) == [(), (), (), (), (), (1,)]
    assert len(office.alerts()) == 1
    assert [one.key for one in office.ledger()] == [ROOT]


async def test_an_older_look_that_comes_late_changes_nothing(office: Office) -> None:
    other = office.process("two")
    office.stars(80)
    taken: list[Seen] = []
    watching = replace(other.alerting)
    object.__setattr__(watching, "take", taken.append)
    replace(other.evaluate, alerting=watching)()
    office.clock.forward(minutes=1)
    office.stars(500)
    office.one.evaluate()
    await office.look(400, minutes=1)
    assert other.alerting.take(taken[0]) == ()
    assert office.alerts() == []


async def test_a_crash_after_the_state_was_kept_loses_no_message(office: Office) -> None:
    office.stars(80)
    office.one.evaluate()  # and dies: nothing was sent
    assert office.chat.posts == []
    office.one = office.process("two")
    await office.settle()
    await office.look(minutes=5)
    assert office.chat.keys() == [ROOT]


async def test_words_that_fail_lose_no_state(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("no words")

    with monkeypatch.context() as patched:
        patched.setattr(alert_voice, "root", broken)
        await office.look(80)
    [alert] = office.alerts()
    assert (alert.state, alert.is_told) == (State.FIRING, False)
    office.clock.forward(minutes=2)
    await office.settle()
    assert office.chat.keys() == [ROOT]


async def test_only_one_process_changes_a_message_at_a_time(office: Office) -> None:
    await office.look(80)
    acknowledge(office)
    with office.sessions.begin() as session:
        lease = timedelta(minutes=1)
        assert live_posts.claim(session, ROOT, worker="other", now=office.clock(), lease=lease)
    assert await office.one.keep() == 0
    office.clock.forward(minutes=2)
    assert await office.process("two").keep() == 1


async def test_a_message_that_was_deleted_is_not_posted_again(office: Office) -> None:
    await office.look(80)
    gone = Undelivered("Slack: message_not_found.", "It is gone.", is_permanent=True)
    office.chat.unchangeable = [gone]
    acknowledge(office)
    await office.settle()
    await office.look(500, hours=2)
    assert office.chat.edits == []
    assert [one.key for one in office.chat.posts if not one.thread] == [ROOT]


async def test_a_surface_that_wants_time_is_given_it(office: Office) -> None:
    await office.look(80)
    office.chat.unchangeable = [Undelivered("Slow down.", "", retry_after=60)]
    acknowledge(office)
    assert await office.one.keep() == 0
    office.clock.forward(seconds=30)
    assert await office.one.keep() == 0
    office.clock.forward(seconds=31)
    assert await office.one.keep() == 1


async def test_a_change_of_unknown_outcome_is_made_once_more(office: Office) -> None:
    await office.look(80)
    office.chat.unchangeable = [OutcomeUnknown("The line broke.")]
    acknowledge(office)
    assert await office.one.keep() == 0
    office.clock.forward(seconds=5)
    assert await office.one.keep() == 1


async def test_where_its_message_never_arrived_its_thread_says_nothing(office: Office) -> None:
    office.chat.refused[CHANNEL] = archived(CHANNEL)
    await office.look(80)
    await office.look(500, minutes=5)
    assert office.chat.posts == []
    assert [one.state.value for one in office.ledger()] == ["failed", "missed"]


async def test_a_kpi_for_few_is_told_only_where_they_read(sessions: SessionFactory) -> None:
    office = Office(sessions, company(channels=[f"slack:{CHANNEL}", "slack:C0TEAM"]))
    only = Restriction(kpis=frozenset({"acme/growth.stars"}), channels=("slack:C0TEAM",))
    office.change(restrictions=(only,))
    office.chat.internal = {CHANNEL, "C0TEAM"}
    await office.look(80)
    assert [channel for channel, _ in office.posts()] == ["C0TEAM"]
    assert lines(office.chat.posts[0].reply)


async def test_of_a_group_the_part_for_few_is_left_out_elsewhere(sessions: SessionFactory) -> None:
    office = Office(sessions, company(rules={}))
    only = Restriction(kpis=frozenset({"acme/growth.stars"}), channels=("slack:C0TEAM",))
    office.change(restrictions=(only,))
    office.chat.internal = {CHANNEL}
    office.stars(40, metric="github.forks")
    await office.look(2000)
    [post] = [one for one in office.chat.posts if one.channel == CHANNEL]
    assert list(post.reply.data["alert"]["subjects"]) == ["acme/growth.forks"]


async def test_rules_that_cannot_be_looked_at_keep_nothing_else_back(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("no sight")

    with monkeypatch.context() as patched:
        patched.setattr(alerting, "sight", broken)
        await office.look(80)
    assert "alert rules not looked at" in caplog.text
    assert office.one.evaluate.board.standings
    await office.look(minutes=5)
    assert office.chat.keys() == [ROOT]
