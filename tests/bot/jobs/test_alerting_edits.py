"""Alerts outlive what they are about: rules, KPIs and frameworks that change, odd numbers, odd clocks."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from kpi.alert_hours import Hours
from kpi.alerts import State
from storage import Session, SessionFactory, StorageFault, alerts
from tests.bot.jobs.alert_office import CHANNEL, FRAMEWORK, Office, company
from tests.factories import lines

ANA = "slack:U0ANA"
RULE = FRAMEWORK[FRAMEWORK.index("  - key: few_stars") : FRAMEWORK.index("  - key: behind")]
RULELESS = FRAMEWORK.replace(RULE, "").replace("    unless_firing: [few_stars]\n", "")
LINE = FRAMEWORK[FRAMEWORK.index("      - {name: Stars") : FRAMEWORK.index("      - {name: Forks")]
KPILESS = RULELESS.replace(LINE, "").replace("when: {kpi: growth.stars", "when: {kpi: growth.forks")
RENAMED = FRAMEWORK.replace("few_stars", "too_few_stars")


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    return Office(sessions)


def ask(office: Office, text: str, user: str = "U0ANA") -> Reply:
    asked = Invocation(text, "slack", user, CHANNEL)
    return Dispatcher(Timeline(office.workspace), office.sessions, COMMANDS, office.clock)(asked)


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.mark.parametrize("edited", [RULELESS, KPILESS, RENAMED])
async def test_what_an_edit_takes_away_ends_and_is_still_told(
    edited: str, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.look(80)
    off = {"acme/behind": "off"}
    office.workspace = company(edited, rules=off)
    office.one = office.process("one")
    await office.look(minutes=5)
    assert office.alerts()[0].state is State.RESOLVED
    assert office.edits()[-1].startswith("● ")
    for text in ("alerts", "alerts all", "alert 1", "useful 1 no", "alert note 1 gone", "silences"):
        assert "error" not in ask(office, text).data
    for text in ("ack 1", "snooze 1", "unsnooze 1"):
        assert ask(office, text).data["error"].startswith("Alert 1 is over")
    await office.settle()
    assert failures(caplog) == []


async def test_a_framework_that_is_used_no_more_leaves_its_alerts_readable(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.look(80)
    office.change(uses=())
    await office.look(minutes=5)
    assert office.alerts()[0].state is State.RESOLVED
    assert lines(ask(office, "alert 1"))[0].startswith("● ")
    assert failures(caplog) == []


async def test_an_acknowledged_alert_of_a_rule_that_is_gone_can_still_be_read(office: Office) -> None:
    await office.look(80)
    with office.sessions.begin() as session:
        alerts.acknowledge(session, 1, ANA, office.clock())
        alerts.snooze(session, 1, None, ANA, office.clock())
    office.workspace = company(RULELESS)
    office.one = office.process("one")
    await office.look(minutes=5)
    assert office.alerts()[0].state is State.RESOLVED


async def test_an_empty_database_says_nothing(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    await office.look()
    await office.look(minutes=5)
    assert office.alerts() == []
    assert ask(office, "alerts").text == "No alert is open, and none was lately."
    assert failures(caplog) == []


@pytest.mark.parametrize("value", [-5.0, 0.0, -1e18, 1e-300])
async def test_odd_numbers_are_told_like_others(value: float, office: Office) -> None:
    await office.look(value)
    [alert] = office.alerts()
    assert alert.is_told
    assert "Stars" in office.posts()[0][1]


async def test_a_rule_on_a_target_says_nothing_of_a_kpi_without_one(sessions: SessionFactory) -> None:
    text = FRAMEWORK.replace(', targets: {day90: "100"}', "")
    office = Office(sessions, company(text, rules={}))
    office.stars(1, metric="github.forks")
    await office.look(4900)
    assert [one.rule for one in office.alerts()] == []


async def test_a_clock_that_goes_back_ends_and_doubles_nothing(office: Office) -> None:
    await office.look(80)
    office.clock.forward(hours=-1)
    await office.look(79)
    await office.look(minutes=5)
    assert [one.state for one in office.alerts()] == [State.FIRING]
    assert len([one for one in office.chat.posts if not one.thread]) == 1
    await office.look(200, hours=2)
    assert [one.state for one in office.alerts()] == [State.RESOLVED]


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-29T00:59:00", "2026-03-29T00:59:00"),  # 01:59; the hour from 02:00 is left out that night
        ("2026-03-29T01:00:00", "2026-03-29T01:00:00"),  # 03:00
        ("2026-10-25T00:00:00", "2026-10-25T02:00:00"),  # 02:00 for the first time
        ("2026-10-25T01:30:00", "2026-10-25T02:00:00"),  # 02:30 for the second time
        ("2026-10-25T02:00:00", "2026-10-25T02:00:00"),
    ],
)
async def test_quiet_hours_hold_in_the_night_of_the_change(now: str, opens: str, office: Office) -> None:
    workspace = company(quiet={"hours": "02:00-03:00"})
    stretch = workspace.alerts.quiet.stretch
    found = Hours(workspace.zone, stretch).opens(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(opens).replace(tzinfo=UTC)


async def test_at_the_edge_of_the_date_line_a_day_is_that_of_the_company(sessions: SessionFactory) -> None:
    office = Office(sessions, replace(company(), zone=ZoneInfo("Pacific/Kiritimati")))
    office.clock.at = datetime(2026, 11, 24, 9, 59, tzinfo=UTC)  # 23:59 there
    await office.look(80)
    await office.look(200, minutes=5)
    assert [one.day for one in office.alerts()] == ["2026-11-24"]
    await office.look(70, hours=2)
    assert [one.day for one in office.alerts()] == ["2026-11-24", "2026-11-25"]


async def test_a_database_that_is_locked_loses_no_alert(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(sessions)
    office.stars(80)
    with monkeypatch.context() as patched:

        def locked(_session: Session) -> None:
            raise StorageFault("The database is locked.", "Try again.")

        patched.setattr("storage.alert_keeping.lock", locked)
        with pytest.raises(StorageFault):
            office.one.evaluate()
    assert office.alerts() == []
    office.clock.forward(minutes=1)
    await office.look()
    assert [one.state for one in office.alerts()] == [State.FIRING]
    assert timedelta(0) < office.clock() - office.alerts()[0].fired_at < timedelta(minutes=2)


async def test_what_is_no_number_is_no_alert(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    await office.look(500)
    for value in (float("nan"), float("inf")):
        with pytest.raises(Exception, match=r"finite|NaN|nan|inf|number"):
            office.stars(value)
    await office.look(minutes=5)
    assert office.alerts() == []
    assert failures(caplog) == []
