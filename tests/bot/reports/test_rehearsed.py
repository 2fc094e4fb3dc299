"""A rehearsal over a database: what a bot told that lived through it, in words, and beside an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import event

from bot.charts.calendar import CalendarChart
from bot.jobs.alert_scene import Stage
from bot.jobs.alerting import Alerting
from bot.reply import Reply, Table
from bot.reports import rehearsed, rehearsed_edit
from bot.reports.rehearsed_compared import Compared
from bot.reports.rehearsed_run import Ran, Stretch, run
from bot.reports.snapshot import load
from bot.settings_alerts import AlertsEntry
from bot.timeline import Timeline
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Engine, SessionFactory, alerts
from storage.runs import Fault
from tests.factories import NOW, STARS, TODAY, ZONE, each_day, fail, framework, lines, store, workspace

DAYS = 12
RULES = [
    {"key": "behind", "severity": "warning", "text": "A KPI under half", "line": 3}
    | {"when": {"percent_of_target": "any", "below": 50}, "unless_firing": ["few"]},
    {"key": "few", "severity": "critical", "text": "Under 1,000 stars", "line": 4}
    | {"when": {"kpi": "growth.github_stars", "below": 1000}},
    {"key": "many", "severity": "celebrate", "text": "3,000 stars", "line": 5}
    | {"when": {"kpi": "growth.github_stars", "at_least": 3000}},
]
VALUES = (3100, 3100, 2400, 2400, 900, 900, 2400, 2700, 2700, 3200, 2400, 2700)
STRETCH = Stretch(TODAY - timedelta(days=DAYS - 1), Moment(NOW, ZONE))


def company(**limits: float) -> Workspace:
    """Stars held against 5,000; `limits` is another limit of the rule `behind`."""
    found = workspace(framework(STARS, alerts=RULES), name="Acme")
    entry = {"rules": {"acme/behind": limits} if limits else {}}
    return replace(found, alerts=AlertsEntry.model_validate(entry))


def lived(sessions: SessionFactory, place: Workspace) -> None:
    """A bot that looks each morning."""
    alerting = Alerting(Stage(Timeline(place)), sessions)
    for back in range(DAYS - 1, -1, -1):
        moment = Moment(NOW - timedelta(days=back), ZONE)
        with sessions.read() as session:
            seen = alerting.look(session, load(session, place, moment, place.kpis))
        alerting.take(seen)


def ran_of(sessions: SessionFactory, *places: Workspace, wanted: Sequence[str] = ()) -> tuple[Ran, ...]:
    with sessions.read() as session:
        return run(session, places, STRETCH, wanted)


def table_of(reply: Reply) -> Table:
    return next(one for one in reply.blocks if isinstance(one, Table))


def test_it_tells_what_a_bot_told_that_lived_through_it(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", VALUES))
    place = company()
    lived(sessions, place)
    with sessions.read() as session:
        told = alerts.recent(session)
    (ran,) = ran_of(sessions, place)
    known = {
        (one.rule, one.fired_at, one.resolved_at, len(one.items))
        for one in told
        if not all(item.is_silent for item in one.items)
    }
    found = {(one.rule, one.fired_at, one.ended_at, len(one.episodes)) for one in ran.rehearsal.alerts}
    assert len(known) == 3
    assert {(rule, at.astimezone(UTC)) for rule, at, *_ in found} == {(rule, at) for rule, at, *_ in known}
    assert {(rule, count) for rule, _, _, count in found} == {(rule, count) for rule, _, _, count in known}


def test_nothing_is_written_and_the_statements_do_not_grow(sessions: SessionFactory, engine: Engine) -> None:
    store(sessions, each_day("github.stars", VALUES))
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    ran_of(sessions, company())
    short = len(said)
    said.clear()
    with sessions.read() as session:
        run(session, [company()], replace(STRETCH, since=date(2026, 9, 10)))
    assert len(said) <= short
    assert not [one for one in said if one.startswith(("INSERT", "UPDATE", "DELETE"))]


def test_the_words_name_each_alert_with_its_value(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", VALUES))
    (ran,) = ran_of(sessions, company())
    reply = rehearsed.reply(ran)
    assert lines(reply)[0].startswith("3 alerts, 1.9 a week in 11 days; acme/behind")
    rows = {row[0]: row[1:] for row in table_of(reply).rows}
    assert rows["acme/few"][:4] == ("1", "0.6", "2", "2 days")
    (each,) = reply.thread
    assert table_of(each).rows[1] == ("16–18 Nov", "2 days", "acme/few", "GitHub Stars 900, below 1,000")
    assert table_of(each).rows[2][3] == "GitHub Stars at 48% of target"  # twice, with the other between
    (chart,) = reply.charts
    assert isinstance(chart.drawing, CalendarChart)
    assert chart.alt.startswith("Calendar, Alerts, rehearsed")
    assert reply.data["fired"] == 3
    assert [one["subjects"][0]["value"] for one in reply.data["alerts"] if one["rule"] == "acme/few"] == [900]


def test_an_edit_of_a_limit_is_told_beside_today(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", VALUES))
    before, after = ran_of(sessions, company(), company(below=40), wanted=["acme/behind"])
    reply = rehearsed_edit.reply(Compared(before, after))
    assert lines(reply)[0] == "This edit fires 0 instead of 2 times in 11 days (acme/behind)."
    assert before.past.seen is after.past.seen  # read once


def test_an_edit_that_does_nothing_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", VALUES))
    before, after = ran_of(sessions, company(), company(below=50))
    assert lines(rehearsed_edit.reply(Compared(before, after)))[0].startswith("This edit fires as today, 3")


def test_a_changed_target_and_zone_turn_a_kpi(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", VALUES))
    zones = [{"zone": "green", "at_least": 50}, {"zone": "red", "below": 50}]
    places = [
        workspace(framework({**STARS, "targets": {"day90": goal}}, zones=zones))
        for goal in ("5,000", "9,000")
    ]
    before, after = ran_of(sessions, *places)
    reply = rehearsed_edit.reply(Compared(before, after))
    assert lines(reply)[0].endswith("and turns Day 90 red for GitHub Stars.")
    (turned,) = reply.data["turned"]
    assert (turned["kpi"], turned["becomes"]) == ("acme/growth.github_stars", "red")


def test_a_source_that_failed_then_fails_in_the_rehearsal(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", VALUES))
    refused = Fault("AuthFailed", "Refused.", "Make a new token.")
    for hours in (60, 58, 30):
        fail(sessions, "github", refused, at=NOW - timedelta(hours=hours))
    (ran,) = ran_of(sessions, company(), wanted=["health/source"])
    (alert,) = ran.rehearsal.alerts
    assert alert.episodes[0].item.subject == "github"
    assert alert.fired_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_wanted_rules_bring_those_they_give_way_to(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", VALUES))
    (ran,) = ran_of(sessions, company(), wanted=["acme/behind"])
    assert set(ran.rehearsal.rules) == {"acme/behind"}
    assert set(ran.refs) == {"acme/behind", "acme/few"}
    assert all(one.rule == "acme/behind" for one in ran.rehearsal.alerts)
