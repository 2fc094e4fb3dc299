"""`/kpi chart stars 365d`, and how it follows the words: the same samples, whatever is recorded meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.charts.trend import TrendChart
from bot.reply import Actions, Chart, Note, Reply, line, note
from kpi.metric import Sample
from storage import SessionFactory, samples
from storage.runs import Fault
from tests.factories import (
    NOW,
    NPS,
    STARS,
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
    ("text", "told"),
    [
        ("chart", "The KPI is missing. Say `chart stars 365d`"),
        ("chart strs", "No KPI “strs”. Nearest: `stars`"),
        ("chart stars 1d", "Take 2d to 3660d, e.g. `chart stars 365d`."),
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
    assert reply.text.removeprefix("GitHub Stars ") == before.finding
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
