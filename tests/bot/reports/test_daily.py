"""The daily update: the finding in its first line, closed days only, and gaps told as gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.charts.trend import TrendChart
from bot.frozen import freeze, thaw
from bot.reply import Reply, Table, Visibility
from bot.reports import daily
from bot.workspace import Source, Workspace
from kpi.calendar import Moment
from storage import SessionFactory, StorageFault, runs, silences
from storage.runs import Fault
from storage.silences import Silence
from tests.factories import (
    NOW,
    NPS,
    STARS,
    TODAY,
    YESTERDAY,
    ZONE,
    each_day,
    fail,
    framework,
    lines,
    said,
    store,
    workspace,
)

FORKS = {**STARS, "name": "Forks", "aliases": [], "unit": "forks", "measure": "last(github.forks)"}
FASTER = {
    "name": "Latency",
    "unit": "ms",
    "better": "lower",
    "targets": {"day90": "<200 ms"},
    "measure": "last(web.latency)",
}
NPS_METRIC = "entry.acme.growth.net_promoter_score"


def update(
    sessions: SessionFactory, used: Workspace, *, now: datetime = NOW, since: date = YESTERDAY
) -> Reply:
    with sessions.read() as session:
        return daily.compose(session, used, Moment(now, ZONE), since=since)


def test_the_headline_states_the_finding(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1000, 1010, 1025]))
    reply = update(sessions, workspace(name="Acme"))
    assert reply.text == "Acme, Monday 23 Nov: GitHub Stars up 15 to 1,025; nothing else changed."
    assert lines(reply) == [
        reply.text,
        "– GitHub Stars 1,025, +15 yesterday · 20.5% of ≥ 5,000",
        "1 not measured",
        "Next: Day 90 in 7 days.",
        "Closed days to 22 Nov, Europe/Berlin · github 13 h ago",
    ]
    assert reply.visibility is Visibility.CHANNEL
    assert reply.data["day"] == "2026-11-23"
    assert reply.data["changed"] == ["acme/growth.github_stars"]
    assert reply.data["measured"] == 1


def test_what_has_changed_comes_first_and_the_weightiest_leads(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("github.forks", [100, 150]),
        each_day("github.stars", [4990, 5001]),
        each_day("web.latency", [0.1, 0.15]),
        each_day(NPS_METRIC, [40, 40]),
    )
    reply = update(sessions, workspace(framework(NPS, FORKS, FASTER, STARS)))
    assert reply.text.endswith("GitHub Stars reached its target; 2 others changed.")
    told = lines(reply)
    assert told[1].startswith("✓ GitHub Stars 5,001, +11 yesterday")
    assert told[2] == "✓ Latency 150 ms, +50 ms yesterday (worse) · < 200 ms met"
    assert told[3].startswith("– Forks 150, +50 yesterday")
    assert told[4] == "1 unchanged"
    assert reply.charts[0].title == "GitHub Stars"


def test_a_target_that_is_lost_leads_too(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5001, 4990]))
    assert "GitHub Stars fell short of its target" in update(sessions, workspace()).text


def test_what_gets_better_by_falling_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("web.latency", [0.19, 0.15]))
    assert "Latency down 40 ms (better) to 150 ms" in update(sessions, workspace(framework(FASTER))).text


def test_monday_counts_from_thursdays_close(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 200, 201, 202, 203]))  # Wednesday to Sunday
    reply = update(sessions, workspace(), since=date(2026, 11, 20))
    assert "GitHub Stars up 3 to 203" in reply.text
    assert "+3 since Thursday" in said(reply)
    assert "up 1 to 203" in update(sessions, workspace()).text  # a daily schedule: Sunday alone


def test_today_plays_no_part_in_what_changed(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 100]), each_day("github.stars", [999], until=TODAY))
    at_night = datetime(2026, 11, 23, 22, tzinfo=UTC)
    assert "1 KPI as the day before" in update(sessions, workspace(), now=at_night).text


def test_the_words_the_line_and_the_chart_agree(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 104, 110], until=TODAY), recorded_at=NOW)
    reply = update(sessions, workspace(), now=datetime(2026, 11, 23, 21, tzinfo=UTC))
    assert "up 4 to 104" in reply.text
    assert "GitHub Stars 104, +4" in lines(reply)[1]
    drawing = reply.charts[0].drawing
    assert isinstance(drawing, TrendChart)
    assert drawing.points[-1][1] == 104
    assert len(drawing.points) == 90
    assert "104" in reply.charts[0].alt
    assert "110" not in reply.charts[0].alt


def test_the_chart_reaches_back_without_a_hole_before_or_behind_day_0(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    drawing = update(sessions, workspace()).charts[0].drawing
    assert isinstance(drawing, TrendChart)
    assert [value for _, value in drawing.points] == [float(value) for value in range(1030, 1120)]
    assert drawing.pace is not None  # from the value on Day 0, 83 days ago


def test_nothing_changed_is_one_line(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 100]), each_day("github.forks", [7, 7]))
    reply = update(sessions, workspace(framework(STARS, FORKS, NPS)))
    assert reply.text == "Monday 23 Nov: all 2 KPIs as the day before."
    assert lines(reply) == [f"{reply.text} Next: Day 90 in 7 days."]
    assert not reply.charts
    assert "Closed days to 22 Nov, Europe/Berlin · github 13 h ago" in lines(reply.thread[0])
    assert (
        update(sessions, workspace(), since=date(2026, 11, 20)).text.endswith("without a reading.") is False
    )


def test_a_day_without_readings_is_no_quiet_day_and_never_zero(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 100, None]), each_day("github.forks", [5, 7, None]))
    reply = update(sessions, workspace(framework(STARS, FORKS)))
    assert reply.text == "Monday 23 Nov: no readings for 22 Nov."
    assert "±0" not in said(reply)
    assert reply.data["changed"] == []


def test_some_days_missing_are_said_beside_what_is_there(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("github.stars", [100, 100]),
        each_day("github.forks", [7, None]),
        each_day("web.latency", [0.1]),
    )
    reply = update(sessions, workspace(framework(STARS, FORKS, FASTER)))
    assert reply.text == "Monday 23 Nov: 1 KPI as the day before."
    assert lines(reply)[1] == "1 with nothing to compare · 1 without a reading"


def test_a_gap_is_not_bridged(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, None, 180]))
    reply = update(sessions, workspace())
    assert reply.text == "Monday 23 Nov: first readings of 1 KPI."
    (table,) = [block for block in reply.thread[0].blocks if isinstance(block, Table)]
    assert table.rows[0][2] == "no data"


def test_an_entry_by_hand_holds_until_the_next(sessions: SessionFactory) -> None:
    store(sessions, each_day(NPS_METRIC, [40, *[None] * 20, 44]))
    reply = update(sessions, workspace(framework(NPS)))
    assert "Net Promoter Score up 4" in reply.text
    quiet = update(sessions, workspace(framework(NPS)), now=NOW + timedelta(days=1), since=TODAY)
    assert quiet.text == "Tuesday 24 Nov: 1 KPI as the day before."
    assert "without a reading" not in said(quiet)


def test_nothing_measured_says_so(sessions: SessionFactory) -> None:
    reply = update(sessions, workspace())
    assert reply.text == "Monday 23 Nov: nothing is measured yet."
    assert not reply.thread
    assert "2 not measured" in lines(reply)[1]


def test_two_kpis_on_one_measure_are_told_once_and_not_as_unchanged(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]))
    reply = update(sessions, workspace(framework(STARS, {**STARS, "name": "Adoption", "aliases": []})))
    assert reply.text.endswith("GitHub Stars up 10 to 110; nothing else changed.")
    assert "unchanged" not in said(reply)


def test_a_silenced_kpi_keeps_the_same_reading_from_leading(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]), each_day("github.forks", [5, 6]))
    used = workspace(framework(STARS, {**STARS, "name": "Adoption", "aliases": []}, FORKS))
    silence(sessions, "acme/growth.github_stars", NOW + timedelta(hours=4))
    reply = update(sessions, used)
    assert reply.text.endswith("Forks up 1 to 6; 2 silenced changes.")
    assert reply.data["changed"] == ["acme/growth.forks"]
    assert "1 silenced until 13:00" in said(reply)


def test_a_silence_that_ran_out_since_the_last_update_is_told(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]))
    silence(sessions, "acme/growth.github_stars", NOW - timedelta(hours=1))
    told = lines(update(sessions, workspace()))
    assert "1 silence ended: GitHub Stars" in told
    later = NOW + timedelta(days=1)
    assert "silence" not in said(update(sessions, workspace(), now=later, since=later.date() - timedelta(1)))


def silence(sessions: SessionFactory, subject: str, until: datetime) -> None:
    with sessions.begin() as session:
        silences.add(session, Silence(0, subject, until, "slack:U0", "", NOW - timedelta(days=2)))


def test_failing_sources_are_named_with_what_helps_in_the_thread(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]))
    fail(sessions, "github", Fault("AuthFailed", "GitHub refuses the token", "Renew it."))
    reply = update(sessions, workspace())
    assert "failing: github" in said(reply)
    assert "◆ github: GitHub refuses the token. Renew it." in said(reply.thread[1])


def test_the_thread_holds_every_measured_kpi_with_target_and_age(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]))
    details, meanings = update(sessions, workspace()).thread
    assert "GitHub Stars | 110 | +10 | ≥ 5,000, 13 h ago" in said(details)
    assert details.text == "1 KPI measured; change yesterday"
    assert said(meanings).endswith(
        "GitHub Stars: people who star the repository now, the newest reading; from github"
    )


def test_sample_data_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110]))
    noted = Source("sample", "sample", ("github.stars",), 60.0, "sample data: not yours")
    reply = update(sessions, workspace(sources=(noted,)))
    assert "sample data: not yours" in lines(reply)[-1]


def test_a_shut_gate_says_how_far_it_is(sessions: SessionFactory) -> None:
    gated = framework(STARS, NPS, gates={"day90": {"to": "month6", "require": "100%", "title": "to Month 6"}})
    store(sessions, each_day("github.stars", [5000, 5001]))
    assert "gate Day 90 → Month 6: 1 KPI short" in said(update(sessions, workspace(gated)))


@pytest.mark.parametrize(("day", "words"), [(30, "Day 90 ends today"), (29, "Day 90 in 1 day")])
def test_the_nearest_deadline_is_said(day: int, words: str, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, 2]))
    assert words in said(update(sessions, workspace(), now=datetime(2026, 11, day, 9, tzinfo=UTC)))


def test_an_update_survives_being_frozen(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(100)))
    reply = update(sessions, workspace())
    back = thaw(freeze(reply))
    assert back.blocks == reply.blocks
    assert back.thread == reply.thread


def test_lines_are_short_enough_for_a_phone(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(100)))
    assert max(map(len, lines(update(sessions, workspace())))) <= 75


def test_a_database_that_goes_away_is_said(sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StorageFault("The database is locked.", "Try again.")

    monkeypatch.setattr("bot.reports.snapshot.samples.read", refuse)
    with pytest.raises(StorageFault):
        update(sessions, workspace())


def test_days_that_a_vendor_is_about_to_forget_are_told(sessions: SessionFactory) -> None:
    forgetful = Source(
        "github", "github", ("github.stars",), 3600.0, title="GitHub", forgets_after=timedelta(days=14)
    )
    store(sessions, each_day("github.stars", [1.0, 2.0, 3.0]))
    then = NOW - timedelta(days=12)
    with sessions.begin() as session:
        run = runs.start(session, "github", now=then, lease=timedelta(minutes=5))
        assert run is not None
        runs.finish(session, run, now=then)
    told = [one for one in lines(update(sessions, workspace(sources=(forgetful,)))) if "lost by" in one]
    assert len(told) == 1
    assert told[0].startswith("3 days of github.stars are lost by")
