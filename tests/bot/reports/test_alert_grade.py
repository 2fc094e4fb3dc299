"""The bot grades itself: who acted on what, what nobody wanted, and an edit that has been rehearsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.jobs.alert_scene import Stage
from bot.jobs.alerting import Alerting
from bot.reply import Reply, Table
from bot.reports import alert_grade, planned, plans
from bot.reports.snapshot import load
from bot.settings_alerts import AlertsEntry
from bot.timeline import Timeline
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import SessionFactory, alerts
from tests.factories import NOW, STARS, ZONE, each_day, framework, lines, store, workspace

MOMENT = Moment(NOW, ZONE)
RULES = [
    {"key": "few", "severity": "warning", "text": "Under 1,000 stars", "line": 3}
    | {"when": {"kpi": "growth.github_stars", "below": 1000}},
]
# Two dips that matter little, and one that does.
VALUES = (2000, 950, 2000, 2000, 2000, 960, 2000, 2000, 2000, 2000, 400, 2000)
WRITTEN = "name: Acme\nframeworks: [{use: acme.yaml}]\n"


def company(rules: Mapping[str, object] | None = None) -> Workspace:
    found = workspace(framework(STARS, alerts=RULES), name="Acme")
    entry = AlertsEntry.model_validate({"rules": {"health/no_data": "off", **(rules or {})}})
    return replace(found, alerts=entry)


@pytest.fixture
def lived(sessions: SessionFactory) -> list[int]:
    """A bot that looked each morning: the numbers of what it told, the oldest first."""
    store(sessions, each_day("github.stars", VALUES))
    place = company()
    alerting = Alerting(Stage(Timeline(place)), sessions)
    for back in range(len(VALUES) - 1, -1, -1):
        moment = Moment(NOW - timedelta(days=back), ZONE)
        with sessions.read() as session:
            seen = alerting.look(session, load(session, place, moment, place.kpis))
        alerting.take(seen)
    with sessions.read() as session:
        return sorted(one.number for one in alerts.recent(session))


def fired_at(sessions: SessionFactory, number: int) -> datetime:
    with sessions.read() as session:
        found = alerts.find(session, number)
    assert found is not None
    return found.fired_at


def graded(sessions: SessionFactory, written: str = "") -> Reply:
    with sessions.read() as session:
        return alert_grade.compose(session, company(), MOMENT, written=written)


def rows_of(reply: Reply) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for one in reply.blocks if isinstance(one, Table) for row in one.rows}


@pytest.fixture
def judged(sessions: SessionFactory, lived: list[int]) -> list[int]:
    """Two were of no use, somebody took the third."""
    with sessions.begin() as session:
        for number in lived[:2]:
            alerts.opine(session, number, "not useful", "slack:U0KIM", NOW)
        at = fired_at(sessions, lived[2])
        alerts.note(session, lived[2], "looking into it", "slack:U0DANA", at + timedelta(hours=2))
    return lived


def test_a_week_without_alerts_is_one_line(sessions: SessionFactory) -> None:
    reply = graded(sessions)
    assert lines(reply) == [
        "Week 16 to 22 Nov: no alert fired.",
        "Nor did one in the 7 weeks before.",
    ]
    with sessions.read() as session:
        assert alert_grade.thread(session, company(), MOMENT) is None


def test_what_people_did_is_counted(sessions: SessionFactory, judged: list[int]) -> None:
    reply = graded(sessions)
    assert lines(reply)[0] == "Week 16 to 22 Nov: 2 alerts, 1 acted on, 1 not useful, 50% right."
    assert rows_of(reply) == {"acme/few": ("2", "1", "0", "1", "0", "50%")}
    assert reply.data["precision"] == 0.5


def test_the_edit_drops_what_nobody_wanted_and_keeps_what_was_taken(
    sessions: SessionFactory, judged: list[int]
) -> None:
    reply = graded(sessions)
    (one,) = reply.data["proposals"]
    assert (one["rule"], one["entry"]) == ("acme/few", {"below": 950})
    assert (one["fired"], one["fired_today"], one["dropped"], one["kept"]) == (1, 3, 2, 1)
    assert (
        "Would have fired 1 time instead of 3 in 8 weeks: 2 of 2 not useful gone, the right one kept."
        in lines(reply)
    )


def test_the_edit_is_a_patch_of_the_file_where_it_is_known(
    sessions: SessionFactory, judged: list[int]
) -> None:
    patch = graded(sessions, WRITTEN).data["patch"]
    assert "+alerts:\n+  rules:\n+    acme/few: {below: 950}\n" in patch
    assert graded(sessions).data["patch"] == ""


def test_nothing_to_propose_is_said_in_one_line(sessions: SessionFactory, lived: list[int]) -> None:
    assert "Nothing to propose: none was called not useful." in lines(graded(sessions))


def test_no_edit_is_proposed_that_loses_what_was_taken(sessions: SessionFactory, lived: list[int]) -> None:
    with sessions.begin() as session:
        alerts.opine(session, lived[2], "not useful", "slack:U0KIM", NOW)
        for number in lived[:2]:
            alerts.opine(session, number, "useful", "slack:U0DANA", NOW)
    told = lines(graded(sessions))
    assert "Nothing to propose: no edit drops what nobody wanted and keeps what was acted on." in told


def test_it_is_a_report_by_name_and_a_part_of_the_weekly(sessions: SessionFactory, judged: list[int]) -> None:
    place = company()
    assert plans.ALERTS in plans.names(place)
    plan = plans.find("alerts", place)
    assert plan is not None
    with sessions.read() as session:
        reply = planned.compose(session, place, MOMENT, plan)
        stood = alert_grade.thread(session, place, replace(MOMENT, as_of=NOW))
        thread = alert_grade.thread(session, place, MOMENT)
    assert lines(reply)[0].startswith("Week 16 to 22 Nov: 2 alerts")
    assert stood is None
    assert thread is not None
    assert lines(thread)[:2] == ["How useful alerts were", lines(reply)[0]]
