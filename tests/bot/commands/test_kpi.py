"""`/kpi stars`: the finding first, every number with its age and target, and nothing pretended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.charts.trend import TrendChart
from bot.commands.kpi import which
from bot.reply import Action, Actions, Chart, Reply
from bot.workspace import Source
from storage import SessionFactory, samples
from storage.runs import Fault
from tests.bot.commands.telling import told as asking_told
from tests.factories import (
    GITHUB,
    NOW,
    NPS,
    STARS,
    TODAY,
    YESTERDAY,
    asking,
    asks,
    at_evening,
    built_in,
    each_day,
    fail,
    framework,
    lines,
    said,
    store,
    whole,
    workspace,
)

RISING = [1000 + 10 * day for day in range(30)]  # 1,290 last evening


def test_a_kpi_shows_value_target_pace_change_chart_and_age(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = whole(asking(workspace(), sessions), "stars")
    assert reply.text == "GitHub Stars 1,290 · 25.8% of target"
    assert lines(reply) == [
        "GitHub Stars 1,290 · 25.8% of target",
        "Target ≥ 5,000 stars by Day 90 (30 Nov, 7 days left).",
        "+10 yesterday, +70 in 7 days (+70 in the 7 before).",
        lines(reply)[3],
        "github · 22 Nov 20:00 Europe/Berlin, 13 h ago",
    ]
    assert re.fullmatch(r"Landing 1,3\d\d (±|\().* on day 90; under 1% chance of 5,000\.", lines(reply)[3])
    (chart,) = reply.charts
    assert "1,290" in chart.alt
    assert reply.data["value"] == 1290
    assert reply.data["target"]["value"] == 5000
    path = "acme/growth.github_stars"
    assert asks(reply) == [f"{path} 365d", f"why {path}", path]


def test_a_pace_is_said_where_a_baseline_is_known(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = asking(workspace(framework({**STARS, "baseline": "800"})), sessions)("stars")
    assert "of pace" in reply.text
    assert any(line.startswith("An even pace expects") and line.endswith(" behind.") for line in lines(reply))
    assert "stars behind" not in said(reply)


def test_the_open_day_is_shown_as_open(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*RISING, 1295], until=TODAY), recorded_at=NOW)
    later = whole(asking(workspace(), sessions, now=at_evening(TODAY) + timedelta(hours=1)), "stars")
    assert later.text.startswith("GitHub Stars 1,295")
    assert "+10 yesterday" in said(later)
    assert "1,295 so far" in later.charts[0].alt


@pytest.mark.parametrize(("window", "days"), [("30d", 30), ("2w", 14), ("1m", 30), ("1y", 365)])
def test_a_window_says_how_much_the_chart_shows(window: str, days: int, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = whole(asking(workspace(), sessions), f"stars {window}")
    drawing = reply.charts[0].drawing
    assert isinstance(drawing, TrendChart)
    assert len(drawing.points) == days


@pytest.mark.parametrize("window", ["1d", "0d", "9999d", "99y"])
def test_a_window_that_cannot_be_drawn_is_refused(window: str, sessions: SessionFactory) -> None:
    assert "not a stretch that can be drawn" in asking(workspace(), sessions)(f"stars {window}").text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stars last week", "From 16 Nov to 22 Nov: 1,220 → 1,290 stars, +70."),
        ("stars 7d", "In the last 7 days (16 Nov to today): 1,220 → 1,290 stars, +70."),
        ("stars since 2026-11-16", "Since 16 Nov, to today: 1,220 → 1,290 stars, +70."),
        ("stars november", "In November (1 Nov to today): 1,070 → 1,290 stars, +220."),
        ("stars october", "In October (1 Oct to 31 Oct): 1,000 (24 Oct) → 1,070 stars, +70."),
        ("stars q1 2025", "In Q1 2025 (1 Jan to 31 Mar): no data."),
        ("stars yesterday", "Yesterday: 1,280 → 1,290 stars, +10."),
        ("stars 24 october", "On 24 Oct: only 1,000 stars on 24 Oct, nothing to compare."),
        ("stars today", "Today: no reading yet."),
    ],
)
def test_a_window_is_answered_first_and_todays_standing_second(
    text: str, told: str, sessions: SessionFactory
) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = asking_told(text, workspace(), sessions)
    assert lines(reply)[:2] == [f"GitHub Stars · {told}", "GitHub Stars 1,290 · 25.8% of target"]
    assert reply.data["value"] == 1290
    assert reply.data["window"]["text"]


def test_the_numbers_of_a_window_are_in_the_data(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    found = asking_told("stars last week", workspace(), sessions).data["window"]
    assert (found["start"], found["end"], found["is_open"]) == ("2026-11-16", "2026-11-22", False)
    assert found["first"] == {"day": "2026-11-15", "value": 1220}
    assert (found["last"]["value"], found["change"]) == (1290, 70)


def test_what_the_open_day_brought_so_far_counts_in_an_open_window(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*RISING, 1295], until=TODAY), recorded_at=NOW)
    reply = asking_told("stars 7d", workspace(), sessions, now=at_evening(TODAY) + timedelta(hours=1))
    assert "1,220 → 1,295 stars so far, +75." in said(reply)


def test_a_name_that_ends_like_a_window_is_a_name(sessions: SessionFactory) -> None:
    kept = framework({**STARS, "name": "Stars gained 30d", "aliases": []}, {**STARS, "name": "Stars gained"})
    found = asking(workspace(kept), sessions)
    assert found("stars gained 30d").data["name"] == "Stars gained 30d"
    assert found("stars gained 14d").data["name"] == "Stars gained"


def test_no_data_is_never_zero_and_says_what_helps(sessions: SessionFactory) -> None:
    reply = asking(workspace(sources=()), sessions)("stars")
    assert reply.text == "○ GitHub Stars: no number yet"
    assert "github.stars was never measured." in lines(reply)
    assert (
        "It needs github.stars: connect it (kpi sources add github), import it, "
        "or enter it with record stars VALUE." in said(reply)
    )
    assert reply.data["value"] is None
    assert reply.data["state"] == "no data"
    assert not reply.follow
    assert "0" not in reply.text


def test_a_connected_source_without_a_number_yet_says_so(sessions: SessionFactory) -> None:
    assert "Its source is connected" in said(asking(workspace(), sessions)("stars"))


def test_a_kpi_entered_by_hand_says_how(sessions: SessionFactory) -> None:
    assert "It is entered by hand: record nps VALUE." in lines(asking(workspace(), sessions)("nps"))


def test_a_gap_is_named_and_not_taken_for_a_source_that_never_spoke(sessions: SessionFactory) -> None:
    commits = {**STARS, "name": "Commits", "unit": "commits", "measure": "sum(git.commits, 7d)"}
    git = Source("git", "git", ("git.commits",), 300.0)
    store(sessions, each_day("git.commits", [1, 2, None, 4, 5, None, 7]))
    reply = asking(workspace(framework(commits), sources=(git,)), sessions)("commits")
    assert reply.text == "○ Commits: no number yet"
    assert "2 of 7 days missing: 18 Nov, 21 Nov." in lines(reply)
    assert "first number" not in said(reply)
    assert reply.data["value"] is None


def test_a_measure_that_makes_no_sense_says_why(sessions: SessionFactory) -> None:
    wrong = {**STARS, "measure": "sum(github.stars, 7d)"}
    store(sessions, each_day("github.stars", [1, 2]))
    reply = asking(workspace(framework(wrong)), sessions)("stars")
    assert "only flows can be summed" in said(reply)
    assert reply.data["state"] == "fault"


def test_a_vendor_down_shows_the_last_value_with_its_age_and_the_fault(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING, until=YESTERDAY - timedelta(days=2)))
    fail(sessions, "github", Fault("AuthFailed", "GitHub refuses the token", "Renew it."))
    reply = asking(workspace(), sessions)("stars")
    assert reply.text == "GitHub Stars 1,290 · 25.8% of target · 2 days ago, github fails"
    assert "No reading for yesterday, so no change can be stated." in lines(reply)
    assert "github fails: GitHub refuses the token. Renew it." in said(reply)
    assert (reply.data["value"], reply.data["state"]) == (1290, "fault")


def test_a_vendor_down_from_the_start_says_its_fault_and_no_number(sessions: SessionFactory) -> None:
    fail(sessions, "github", Fault("AuthFailed", "GitHub refuses the token.", "Renew it."))
    reply = asking(workspace(), sessions)("stars")
    assert reply.text == "○ GitHub Stars: no number, github fails"
    assert "GitHub refuses the token. Renew it." in lines(reply)
    assert (reply.data["value"], reply.data["state"]) == (None, "fault")


def test_a_fault_in_another_metric_of_the_source_is_not_this_kpis(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    fail(sessions, "github", Fault("Unavailable", "No forks", "", metrics=("github.forks",)))
    assert "fails" not in said(asking(workspace(), sessions)("stars"))


def test_sample_data_says_so_wherever_it_shows(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    noted = Source("sample", "sample", ("github.stars",), 60.0, "sample data: not yours")
    assert "sample data: not yours" in said(asking(workspace(sources=(noted,)), sessions)("stars"))


def test_numbers_without_a_source_are_imported_or_entered(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING), each_day("entry.acme.growth.net_promoter_score", [40]))
    ask = asking(workspace(sources=()), sessions)
    assert lines(ask("stars"))[-1].startswith("imported · ")
    assert lines(ask("nps"))[-1].startswith("by hand · ")


def test_the_past_is_told_as_it_was_known_then(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [100, 110, 120]))
    wrong, known = at_evening(YESTERDAY - timedelta(days=1)), NOW - timedelta(hours=1)
    with sessions.begin() as session:
        samples.write(session, each_day("github.stars", [111], until=wrong.date()), known)
    ask = asking(workspace(), sessions)
    day = wrong.date().isoformat()
    assert ask(f"stars as-of {day}").data["value"] == 110
    assert "as of 21 Nov 2026 23:59" in said(ask(f"stars as-of {day}"))
    with sessions.read() as session:
        assert len(samples.revisions(session, "github.stars", (), wrong)) == 2
    assert ask("stars").data["value"] == 120
    assert "+9 yesterday" in said(ask("stars"))  # the restated day counts now
    assert "recorded later" not in said(ask(f"stars as-of {day}"))


def test_a_history_recorded_later_still_answers_and_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING), recorded_at=NOW - timedelta(minutes=1))
    reply = asking(workspace(), sessions)("stars as-of 2026-11-10")
    assert reply.data["value"] == 1170
    assert "recorded later" in said(reply)


def test_the_past_has_the_target_that_was_in_force(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING * 4))
    two = framework({**STARS, "targets": {"day90": "5,000", "month6": "9,000"}})
    late = asking(workspace(two), sessions, now=datetime(2026, 12, 20, 9, tzinfo=UTC))
    assert late("stars").data["target"]["horizon"] == "month6"
    assert late("stars as-of 2026-11-10").data["target"]["horizon"] == "day90"


def test_a_fault_of_today_is_no_fault_of_the_past(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    fail(sessions, "github", Fault("AuthFailed", "GitHub refuses the token", "Renew it."))
    reply = asking(workspace(), sessions)("stars as-of 2026-11-10")
    assert reply.data["fault"] is None
    assert "fails" not in said(reply)


def test_an_ambiguous_name_asks_and_its_buttons_answer(sessions: SessionFactory) -> None:
    ask = asking(built_in("hektor", "inferno"), sessions)
    reply = ask("nps 30d")
    assert reply.text == "2 KPIs are called “nps”: which one?"
    assert len(asks(reply)) == 2
    for again in asks(reply):
        assert again.endswith(" 30d")
        assert ask(again).data["kpi"] in again


def test_a_word_that_is_a_part_of_several_names_asks_which(sessions: SessionFactory) -> None:
    ask = asking(built_in("bakhmach"), sessions)
    reply = ask("latency")
    assert reply.text == "“latency” is a part of 2 names: which one?"
    assert [ask(again).data["kpi"] for again in asks(reply)] == reply_keys(reply.data["ambiguous"])
    assert "error" in ask("metrics").data


def reply_keys(paths: list[str]) -> list[str]:
    return [path.partition("/")[2] for path in paths]


def test_buttons_ask_of_the_same_time(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    ask = asking(workspace(), sessions)
    reply = ask("stars as-of 2026-11-10")
    assert {ask(again).data["at"] for again in asks(reply)} == {reply.data["at"]}
    assert [one.label for one in _buttons(ask("stars"))] == ["Show a year", "Why", "Share"]
    assert [one.label for one in _buttons(ask("nps"))] == ["What it is", "Why", "Share"]


def _buttons(reply: Reply) -> list[Action]:
    return [one for block in reply.blocks if isinstance(block, Actions) for one in block.actions]


def test_every_choice_has_a_label_of_its_own() -> None:
    used = built_in("hektor", "inferno")
    names = {name for ref in used.kpis for name in (ref.kpi.name, *ref.kpi.aliases)}
    ambiguous = [(name, found) for name in names if len(found := used.find_kpi(name)) > 1]
    assert ambiguous
    for name, found in ambiguous:
        (actions,) = [block for block in which(name, found).blocks if isinstance(block, Actions)]
        assert len({one.label for one in actions.actions}) == len(found)


def test_one_metric_behind_two_sources_of_labels_is_added_up(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("github.stars", [10, 20], pairs=(("repository", "a"),)),
        each_day("github.stars", [1, 2], pairs=(("repository", "b"),)),
    )
    assert asking(workspace(sources=(GITHUB,)), sessions)("stars").data["value"] == 22


def test_odd_names_can_be_asked_for(sessions: SessionFactory) -> None:
    odd = framework({**NPS, "name": 'The "best" / worst → ever', "aliases": []})
    reply = asking(workspace(odd), sessions)('The "best" / worst → ever')
    assert reply.data["name"] == 'The "best" / worst → ever'


def test_every_line_is_short(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", RISING))
    reply = whole(asking(workspace(), sessions), "stars")
    assert max(map(len, lines(reply))) <= 60
    assert not any(isinstance(block, Chart) and not block.alt for block in reply.blocks)
