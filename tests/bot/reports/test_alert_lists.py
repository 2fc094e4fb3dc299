"""Alerts in reports and on the home page: what is open with who has it, what is over, what was muted."""

from __future__ import annotations

from datetime import timedelta

from bot import languages
from bot.reports import daily, digest, plans
from bot.reports.alert_lists import digest_lines, kpi_line
from kpi.calendar import Moment
from storage import SessionFactory, alerts
from storage.alert_rows import ITEMS
from tests.bot.commands.alerting import desk, fired, ruled, slow
from tests.bot.commands.posted import NPS_PATH, STARS_PATH
from tests.factories import NOW, TODAY, ZONE, asks, each_day, lines, store

MOMENT = Moment(NOW, ZONE)
DAY = timedelta(days=1)


def told(sessions: SessionFactory, *, frameworks: tuple[str, ...] | None = None) -> list[str]:
    with sessions.read() as session:
        return list(digest_lines(session, ruled(), MOMENT, NOW - DAY, frameworks))


def test_open_alerts_say_who_has_them(sessions: SessionFactory) -> None:
    assert told(sessions) == []
    fired(sessions)
    slow(sessions)
    desk(sessions)("ack 1", user="U0RAJ")
    assert told(sessions) == [
        "▲ Net Promoter Score 24 NPS, below 30 since 07:00 → alert 1, Raj has it",
        "◆ Page slow since 07:00 → alert 2, nobody has it",
    ]
    assert told(sessions, frameworks=("other",)) == []
    desk(sessions)("snooze 2 4h")
    assert told(sessions)[1] == "◆ Page slow since 07:00 → alert 2, snoozed"
    with languages.speaking("de"):
        assert told(sessions)[1] == "◆ Page slow seit 07:00 → Alarm 2, in Ruhe"


def test_what_is_over_and_what_was_muted_is_one_line_each(sessions: SessionFactory) -> None:
    slow(sessions)
    fired(sessions)
    desk(sessions)("resolve 1")
    with sessions.begin() as session:
        session.connection().execute(ITEMS.update().where(ITEMS.c.alert == 2).values(is_silent=True))
    assert told(sessions) == [
        "1 alert over: Page slow",
        "1 muted alert: Net Promoter Score 24 NPS, below 30",
    ]


def test_a_kpi_says_what_is_open_on_it(sessions: SessionFactory) -> None:
    fired(sessions)
    slow(sessions)
    with sessions.read() as session:
        told_ = [kpi_line(session, ruled(), MOMENT, path) for path in (NPS_PATH, STARS_PATH)]
    line = "▲ Net Promoter Score 24 NPS, below 30 since 07:00 → alert 1, nobody has it"
    assert told_ == [line, ""]


def test_what_is_celebrated_asks_nobody_for_anything(sessions: SessionFactory) -> None:
    desk(sessions)("raise press TechCrunch writes")
    assert told(sessions) == []


def test_reports_and_the_home_page_tell_of_them(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100.0] * 20))
    slow(sessions)
    line = "◆ Page slow since 07:00 → alert 1, nobody has it"
    with sessions.read() as session:
        update = daily.compose(session, ruled(), MOMENT, since=TODAY - DAY)
        plan = plans.find("weekly", ruled())
        assert plan is not None
        weekly = digest.compose(session, ruled(), MOMENT, plan)
    assert line in lines(update)
    assert line in lines(weekly)
    home = desk(sessions)("home")
    assert line in lines(home)
    assert "ack 1" in asks(home)
    assert home.data["alerts"] == [1]
    past = Moment(NOW, ZONE, as_of=NOW)
    with sessions.read() as session:
        assert line not in lines(daily.compose(session, ruled(), past, since=TODAY - DAY))


def test_no_more_than_three_are_told_one_by_one(sessions: SessionFactory) -> None:
    for at in range(5):
        fired(sessions, "acme/low_nps", f"acme/gone{at}", at=NOW - timedelta(hours=3 + at))
    assert told(sessions)[3] == "and 2 more open alerts"
    with sessions.read() as session:
        assert len(alerts.open_alerts(session)) == 5
