"""`/kpi chart stars 365d`, and how it follows the words: the same samples, whatever is recorded meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.charts.trend import TrendChart
from bot.reply import Actions, Chart, Note, Reply, line, note
from kpi.metric import Sample
from storage import SessionFactory, annotations, samples
from storage.runs import Fault
from tests.bot.commands.telling import told
from tests.factories import (
    NOW,
    NPS,
    STARS,
    TODAY,
    YESTERDAY,
    asking,
    at_evening,
    each_day,
    fail,
    framework,
    lines,
    said,
    store,
    whole,
    workspace,
)

RISING = [1000 + 10 * day for day in range(120)]


def drawn(reply: Reply) -> TrendChart:
    (chart,) = reply.charts
    assert isinstance(chart.drawing, TrendChart)
    return chart.drawing


def test_it_is_the_picture_its_words_and_its_source(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = asking(workspace(), sessions)("chart stars 30d")
    assert len(drawn(reply).points) == 30
    assert reply.text == reply.charts[0].alt
    assert "2,190" in reply.text
    assert lines(reply) == ["github · 22 Nov 20:00 Europe/Berlin, 13 h ago"]
    assert reply.data["value"] == 2190
    assert reply.data["days"]["2026-11-21"] == 2180
    assert not reply.follow


@pytest.mark.parametrize(
    ("window", "first", "last", "count"),
    [
        ("q3 2026", "2026-07-26", "2026-09-30", 92),
        ("last week", "2026-11-16", "2026-11-22", 7),
        ("2026-11-01 to 2026-11-10", "2026-11-01", "2026-11-10", 10),
        ("since 2026-11-16", "2026-11-16", "2026-11-22", 7),
    ],
)
def test_exactly_the_days_of_the_window_are_drawn(
    window: str, first: str, last: str, count: int, sessions: SessionFactory
) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = told(f"chart stars {window}", workspace(), sessions)
    days = reply.data["days"]
    measured = [day for day, value in days.items() if value is not None]
    assert (measured[0], measured[-1], len(days)) == (first, last, count)


def test_a_window_gone_by_has_its_own_finding_and_no_open_day(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*RISING, 2195], until=TODAY), recorded_at=NOW)
    evening = at_evening(TODAY) + timedelta(hours=1)
    paced = workspace(framework({**STARS, "baseline": "800"}))
    chart = drawn(told("chart stars october", paced, sessions, now=evening))
    assert chart.finding == "In October (1 Oct to 31 Oct): 1,660 → 1,970 stars, +310."
    assert chart.open_since is None
    assert chart.last_label == "1,970 stars"
    assert chart.pace is not None
    (_, (end, value)) = chart.pace
    assert end == paced_end(chart)
    assert 800 < value < 5000
    assert not chart.age


def paced_end(chart: TrendChart) -> datetime:
    """The close of the last day drawn."""
    return chart.points[-1][0] + timedelta(hours=24, microseconds=-1)


def test_the_picture_that_follows_a_window_shows_that_window(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    words = told("stars october", workspace(), sessions)
    assert "chart acme/growth.github_stars 2026-10 as-of" in words.follow
    drawing = drawn(asking(workspace(), sessions)(words.follow))
    assert lines(words)[0] == f"GitHub Stars · {drawing.finding}"


def test_no_picture_follows_a_single_day(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    assert not told("stars yesterday", workspace(), sessions).follow
    assert told("chart stars yesterday", workspace(), sessions).text.endswith(
        "one day is too little to draw."
    )


def test_what_people_noted_is_marked(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    path = "acme/growth.github_stars"
    with sessions.begin() as session:
        for subject, day, text in [
            ("", date(2026, 11, 12), "Show HN"),
            ("acme", date(2026, 11, 14), "Release 2"),
            (path, date(2026, 11, 16), "x" * 90),
            ("other", date(2026, 11, 16), "not this one"),
            (path, date(2026, 10, 1), "before the window"),
        ]:
            at = at_evening(day)
            annotations.add(session, annotations.Annotation(subject, at, text, "slack:U0DANA", at))
    reply = told("chart stars 14d", workspace(), sessions)
    assert [mark.label for mark in drawn(reply).marks] == ["Show HN", "Release 2", "x" * 27 + "…"]
    assert "12 Nov: Show HN; 14 Nov: Release 2" in reply.text
    early = datetime(2026, 11, 15, 12, tzinfo=UTC)
    known = told("chart stars 14d", workspace(), sessions, now=NOW, as_of=early)
    assert [mark.label for mark in drawn(known).marks] == ["Show HN", "Release 2"]


def test_of_many_notes_the_newest_are_marked_and_the_rest_counted(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    with sessions.begin() as session:
        for day in range(1, 13):
            at = at_evening(date(2026, 11, day))
            annotations.add(session, annotations.Annotation("", at, f"note {day}", "slack:U0DANA", at))
    reply = told("chart stars november", workspace(), sessions)
    assert [mark.label for mark in drawn(reply).marks] == [f"note {day}" for day in range(5, 13)]
    assert "; 4 more notes" in reply.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("chart", "The KPI is missing. Say `chart stars 365d`"),
        ("chart strs", "No KPI “strs”. Nearest: `stars`"),
        ("chart stars 1d", "Take 2d to 3660d, e.g. `stars 90d`."),
    ],
)
def test_what_cannot_be_drawn_is_refused(text: str, told: str, sessions: SessionFactory) -> None:
    assert told in asking(workspace(), sessions)(text).text


def test_an_ambiguous_name_asks_for_the_chart_of_which(sessions: SessionFactory) -> None:
    used = workspace(framework(), framework(key="other"))
    choices = asking(used, sessions)("chart stars 30d").blocks[-1]
    assert isinstance(choices, Actions)
    assert {one.ask for one in choices.actions} == {
        "chart acme/growth.github_stars 30d",
        "chart other/growth.github_stars 30d",
    }


def test_too_little_to_draw_is_said(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5]))
    ask = asking(workspace(), sessions)
    reply = ask("chart stars")
    assert reply.text.endswith("fewer than two of the last 90 days were measured, too few to draw.")
    assert not reply.charts
    assert "error" not in reply.data


@pytest.mark.parametrize(
    ("values", "ago", "days", "follows"),
    [
        ([], 0, 90, False),
        ([5], 0, 90, False),
        ([5, 6], 0, 90, True),
        ([5, None, None, None, 6], 0, 90, True),
        ([5, 6], 30, 90, True),  # older than what the words read
        ([5, 6], 30, 20, False),
        ([5, 6], 14, 90, True),
    ],
)
def test_a_picture_follows_where_two_days_were_measured(
    values: list[float | None], ago: int, days: int, follows: bool, sessions: SessionFactory
) -> None:
    if values:
        store(sessions, each_day("github.stars", values, until=YESTERDAY - timedelta(days=ago)))
    ask = asking(workspace(), sessions)
    reply = ask(f"stars {days}d")
    assert bool(reply.follow) is follows
    assert bool(ask(f"chart stars {days}d").charts) is follows
    assert not reply.charts


def test_the_words_and_the_picture_agree_whatever_is_recorded_between(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING), recorded_at=NOW - timedelta(hours=1))
    ask = asking(workspace(), sessions)
    reply = ask("stars 90d")
    before = drawn(ask(reply.follow))
    moment = timedelta(milliseconds=1)
    with sessions.begin() as session:  # recorded before the question, committed only after its words
        late = [Sample("github.stars", NOW - moment, 7.0), *each_day("github.stars", [7.0, 7.0])]
        samples.write(session, late, NOW - moment)
    with sessions.begin() as session:
        first = [
            Sample("github.stars", NOW - timedelta(days=3), 8.0, (("repository", "new"),)),
            Sample("entry.acme.growth.github_stars", NOW - timedelta(days=3), 9.0),
        ]
        samples.write(session, first, NOW + moment)
    assert drawn(ask(reply.follow)) == before
    assert before.finding.startswith("2,190 ·")
    assert lines(reply)[1].removeprefix("GitHub Stars ") == before.finding
    assert before.last_label == "2,190 stars"
    assert not ask("stars").text.startswith("GitHub Stars 2,190")


def test_a_history_filled_in_between_the_two_asks_changes_nothing(sessions: SessionFactory) -> None:
    """The measure has no number yet, so the words tell what was entered; the picture must too."""
    store(sessions, each_day("entry.acme.growth.github_stars", [40, 41, 42]))
    ask = asking(workspace(), sessions)
    reply = ask("stars")
    assert reply.data["value"] == 42
    store(sessions, each_day("github.stars", RISING), recorded_at=NOW)
    assert drawn(ask(reply.follow)).finding.startswith("42 ·")


def test_a_past_filled_in_later_is_drawn_as_it_was_told(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING), recorded_at=NOW - timedelta(minutes=1))
    ask = asking(workspace(), sessions)
    reply = ask("stars as-of 2026-11-10")
    told = drawn(ask(reply.follow))
    assert told.finding.startswith("2,070 ·")
    assert len(told.points) == 91  # with the evening of the day itself
    with sessions.begin() as session:
        samples.write(session, each_day("github.stars", [1.0], until=YESTERDAY - timedelta(days=13)), NOW)
    assert drawn(ask(reply.follow)) == told


def test_no_picture_follows_what_a_clock_ahead_recorded(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING), recorded_at=NOW + timedelta(seconds=1))
    ask = asking(workspace(), sessions)
    assert ask("stars").data["value"] == 2190
    assert not ask("stars").follow


def test_the_moment_is_said_once(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    ask = asking(workspace(), sessions)
    assert "as of" not in said(whole(ask, "stars"))
    assert said(whole(ask, "stars as-of 2026-11-20")).count("as of 20 Nov 2026") == 1
    assert "as of 20 Nov 2026" in said(ask("chart stars as-of 2026-11-20"))


def test_a_fault_is_told_by_the_words_alone(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    fail(sessions, "github", Fault("AuthFailed", "GitHub refuses the token", "Renew it."))
    ask = asking(workspace(), sessions)
    assert "github fails" in ask("stars").text
    assert "fails" not in drawn(ask(ask("stars").follow)).finding
    assert "github fails: GitHub refuses the token" in said(ask("chart stars"))


def test_the_picture_of_a_kpi_is_never_that_of_one_with_a_longer_name(sessions: SessionFactory) -> None:
    longer = {**NPS, "name": "GitHub Stars 30d", "aliases": []}
    store(sessions, each_day("github.stars", RISING))
    ask = asking(workspace(framework(STARS, longer)), sessions)
    assert drawn(ask(ask("stars 30d").follow)).title == "GitHub Stars"


def test_only_the_charts_of_what_follows_are_joined_before_the_small_print() -> None:
    chart = Chart("Stars", "They rise.", TrendChart("Stars", "up", ((at_evening(YESTERDAY), 1.0),)))
    words = Reply("Stars 5.", (line("Stars 5."), note("github"), Actions(())), follow="chart stars")
    joined = words.joined(Reply("Stars.", (chart, note("again"))))
    assert joined.blocks == (words.blocks[0], chart, *words.blocks[1:])
    assert not joined.follow
    failed = words.joined(Reply("Locked. Try again.", (line("Locked."),), data={"error": "Locked."}))
    assert failed.blocks == (words.blocks[0], note("No chart: Locked. Try again."), *words.blocks[1:])
    assert isinstance(failed.blocks[1], Note)
