"""What people do about alerts, and what the bot keeps of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kpi.alerts import Item, Phase, State
from storage import SessionFactory, alert_keeping, alerts, audit
from storage.alerts import Alert

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ANA = "slack:U0ANA"


def item(subject: str = "a/x", number: int = 1, **values: object) -> Item:
    fired = Item("a/r", subject, number, Phase.FIRING, NOW, NOW, NOW, value=3.0, evidence={"name": "X"})
    return replace(fired, **values)  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def number(sessions: SessionFactory) -> int:
    """An alert of the bot's own, with one item."""
    with sessions.begin() as session:
        values = {**alerts.blank("a/r", "warning", NOW), "key": "a/r/2026-11-24/1", "day": "2026-11-24"}
        found = alert_keeping.add(session, values)
        alert_keeping.save(session, [item(alert=found)])
    return found


def read(sessions: SessionFactory, number: int) -> Alert:
    with sessions.read() as session:
        found = alerts.find(session, number)
    assert found is not None
    return found


def kinds(sessions: SessionFactory, number: int) -> list[str]:
    with sessions.read() as session:
        return [one.kind for one in alerts.events(session, [number])]


def test_an_alert_is_read_as_it_was_kept(sessions: SessionFactory, number: int) -> None:
    found = read(sessions, number)
    assert (found.state, found.fired_at, found.items) == (State.FIRING, NOW, (item(alert=number),))
    with sessions.read() as session:
        assert alerts.open_alerts(session) == alerts.recent(session) == [found]
        assert alerts.recent(session, since=LATER) == alerts.recent(session, rule="a/other") == []
        assert alerts.items(session) == alerts.items(session, ["a/r"]) == [item(alert=number)]
        assert alerts.items(session, []) == []


def test_only_the_first_has_it(sessions: SessionFactory, number: int) -> None:
    with sessions.begin() as session:
        assert alerts.acknowledge(session, number, ANA, LATER)
        assert not alerts.acknowledge(session, number, "slack:U0BOB", LATER)
    found = read(sessions, number)
    assert (found.state, found.acknowledged_by, found.acknowledged_at) == (State.ACKNOWLEDGED, ANA, LATER)
    assert found.version == 2
    assert kinds(sessions, number) == ["acknowledged"]
    with sessions.read() as session:
        [act] = audit.recent(session)
        assert alert_keeping.due(session, LATER) == [number]
    assert (act.actor, act.subject, act.before, act.after) == (ANA, "alert 1", "firing", "acknowledged")


def test_each_act_is_written_down_once(sessions: SessionFactory, number: int) -> None:
    for changes in (True, False):
        with sessions.begin() as session:
            assert alerts.assign(session, number, "Bob", ANA, LATER) is changes
            assert alerts.snooze(session, number, LATER + timedelta(hours=1), ANA, LATER) is changes
            assert alerts.opine(session, number, alerts.NOT_USEFUL, ANA, LATER) is changes
    with sessions.begin() as session:
        assert alerts.note(session, number, "We moved", ANA, LATER)
        assert alerts.resolve(session, number, ANA, LATER, "done")
        assert not alerts.resolve(session, number, ANA, LATER)
        assert not alerts.assign(session, number, "Eve", ANA, LATER)
    assert kinds(sessions, number) == ["assigned", "snoozed", "opinion", "noted", "resolved"]
    found = read(sessions, number)
    assert (found.assigned_to, found.opinion, found.state) == ("Bob", "not useful", State.RESOLVED)
    assert found.snoozed_until is None
    assert [(one.phase, one.is_dismissed) for one in found.items] == [(Phase.RESOLVED, True)]
    with sessions.read() as session:
        assert len(audit.recent(session)) == 5


def test_there_is_nothing_to_do_about_an_alert_that_is_not_there(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        assert alerts.find(session, 7) is None
        assert not alerts.acknowledge(session, 7, ANA, NOW)
        assert not alerts.note(session, 7, "x", ANA, NOW)
        assert alerts.events(session, []) == alerts.events(session, [7]) == []


def test_a_snooze_ends_at_its_time_or_with_the_alert(sessions: SessionFactory, number: int) -> None:
    with sessions.begin() as session:
        with pytest.raises(ValueError, match="last no time"):
            alerts.snooze(session, number, NOW, ANA, NOW)
        alerts.snooze(session, number, LATER, ANA, NOW)
    found = read(sessions, number)
    assert (found.is_snoozed(NOW), found.is_snoozed(LATER)) == (True, False)
    with sessions.begin() as session:
        alerts.snooze(session, number, None, ANA, NOW)
    assert read(sessions, number).is_snoozed(LATER)
    with sessions.begin() as session:
        alerts.resolve(session, number, ANA, NOW)
    assert not read(sessions, number).is_snoozed(NOW)


def test_an_opinion_is_one_of_two(sessions: SessionFactory, number: int) -> None:
    with sessions.begin() as session, pytest.raises(ValueError, match="no opinion"):
        alerts.opine(session, number, "meh", ANA, NOW)


def test_what_a_person_raises_fires_at_once(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        first = alerts.raise_by_hand(
            session, "a/r", "critical", text="Help", url="https://x", author=ANA, now=NOW
        )
        second = alerts.raise_by_hand(session, "a/r", "critical", text="Help", author="slack:U0BOB", now=NOW)
        assert alert_keeping.joinable(session, ["a/r"], "2026-11-24", NOW) == []
    found = read(sessions, first)
    assert (found.number, found.text, found.url, found.items) == (first, "Help", "https://x", ())
    assert second != first
    assert kinds(sessions, first) == ["raised"]


def test_of_each_subject_the_newest_episode_that_is_over_counts(sessions: SessionFactory) -> None:
    old = [item("a/x", n, phase=Phase.RESOLVED, resolved_at=LATER) for n in (1, 2)]
    other = item("a/y", 1, phase=Phase.RESOLVED, resolved_at=LATER, rule="a/other")
    with sessions.begin() as session:
        alert_keeping.save(session, [*old, other, item("a/x", 3)])
    with sessions.read() as session:
        keys = {("a/r", "a/x"), ("a/r", "a/y")}
        assert alert_keeping.past(session, keys) == {("a/r", "a/x"): old[1]}
        assert alert_keeping.past(session, set()) == {}
        assert [one.number for one in alert_keeping.episodes(session, keys)["a/r", "a/x"]] == [1, 2, 3]


def test_an_episode_is_kept_once_and_forgotten_only_before_it_fired(sessions: SessionFactory) -> None:
    pending = item(phase=Phase.PENDING, fired_at=None)
    with sessions.begin() as session:
        alert_keeping.save(session, [pending])
        alert_keeping.save(session, [replace(pending, value=9.0)])
        assert [one.value for one in alerts.items(session)] == [9.0]
        alert_keeping.drop(session, [pending])
        assert alerts.items(session) == []
        alert_keeping.save(session, [item()])
        alert_keeping.drop(session, [item()])
        assert alerts.items(session) == [item()]


def test_a_first_look_stays_the_first_and_the_last_moves_on(sessions: SessionFactory) -> None:
    for now in (NOW, LATER):
        with sessions.begin() as session:
            alert_keeping.looked(session, [("", "a/r")], now)
    with sessions.read() as session:
        assert alert_keeping.looks(session) == {("", "a/r"): NOW, alert_keeping.LAST: LATER}
