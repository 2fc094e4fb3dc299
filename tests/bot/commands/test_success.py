"""`/kpi success`: the five numbers scored, what people judge beside them, and the author's own warning."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.commands.success import COMMAND
from bot.reply import Note, Reply, plain_text
from bot.workspace import Person, Workspace
from kpi.judgement import Judgement
from storage import Engine, SessionFactory, judgements
from tests.bot.commands.answering import answer, enter, statements, withheld
from tests.factories import NOW, built_in, each_day, lines, said, store

LOGOS = "Enterprise credibility (tier-1 logos)"
LOVE = "Developer love (NPS 50+)"


def shown(used: Workspace, sessions: SessionFactory, text: str = "") -> Reply:
    return answer(COMMAND, text, used, sessions)


def judge(sessions: SessionFactory, text: str, slug: str, *, met: bool = True, days_ago: float = 0.5) -> None:
    at = NOW - timedelta(days=days_ago)
    said_of = Judgement(f"success.{slug}", "steady", text, met, "three of them signed", "slack:U0DANA", at)
    with sessions.begin() as session:
        judgements.add(session, "hektor", said_of, at)


def test_the_numbers_are_scored_apart_from_what_people_judge(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5001]), each_day("plausible.visitors", [100] * 40))
    enter(sessions, "hektor", {"community_growth.discord_slack": 512})
    judge(sessions, LOGOS, "enterprise_credibility_tier_1_logos")
    people = (Person("Dana", {"slack": "U0DANA"}, "editor"),)
    reply = shown(replace(built_in("hektor"), people=people), sessions)
    assert reply.text == "Success: 2 of 5 met, 2 not measured. Beyond numbers: 1 of 4 met, 3 not judged."
    told = lines(reply)
    assert told[1] == "90-Day Success by Day 90 (30 Nov, 7 days left)"
    assert "✓ 5,000 GitHub stars: 5,001, ≥ 5,000 met" in told
    assert any(
        one.startswith("– 10,000 website visitors/month: 3,000 visitors, 30% of ≥ 10,000") for one in told
    )
    assert "○ 100 active evaluators: no number yet" in told
    assert any(one.startswith(f"✓ {LOGOS}: judged met by Dana, 22 Nov") for one in told)
    assert "“Metrics inform decisions, but don't drive them. Build for users, measure to improve.”" in told
    assert (reply.data["success"][0]["met"], reply.data["success"][0]["total"]) == (2, 5)


def test_a_judgement_wins_over_the_number_of_a_judged_line(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"success_definition.developer_love": 52})
    assert f"✓ {LOVE}: 52, ≥ 50 met" in lines(shown(built_in("hektor"), sessions))
    judge(sessions, LOVE, "developer_love_nps_50", met=False)
    assert f"– {LOVE}: judged not met" in said(shown(built_in("hektor"), sessions))


def test_a_judgement_of_other_words_does_not_count(sessions: SessionFactory) -> None:
    judge(sessions, "Enterprise credibility", "enterprise_credibility_tier_1_logos")
    assert f"○ {LOGOS}: not judged yet" in lines(shown(built_in("hektor"), sessions))


def test_no_judgement_counts_for_a_number(sessions: SessionFactory) -> None:
    judge(sessions, "5,000 GitHub stars", "5_000_github_stars")
    assert "○ 5,000 GitHub stars: no number yet" in lines(shown(built_in("hektor"), sessions))


def test_a_framework_without_a_definition_says_so(sessions: SessionFactory) -> None:
    alone = shown(built_in("inferno"), sessions)
    assert alone.data["error"] == "Inferno success metrics states no definition of success."
    both = shown(built_in("hektor", "inferno"), sessions)
    assert "Inferno states no definition of success." in lines(both)
    three = shown(built_in("hektor", "bakhmach", "inferno"), sessions)
    (silent,) = [one for one in three.blocks if isinstance(one, Note) and "no definition" in str(one.spans)]
    assert plain_text(silent.spans) == "Bakhmach and Inferno state no definition of success."
    assert shown(built_in("hektor"), sessions, "mars").data["error"] == "No framework “mars” is in use."


def test_what_is_withheld_leaves_the_score_and_is_counted(sessions: SessionFactory) -> None:
    used = withheld(built_in("hektor"), "hektor/primary_metrics_north_star.pipeline_value")
    reply = shown(used, sessions)
    assert reply.data["success"][0]["total"] == 4
    assert "$1M" not in said(reply)
    assert "1 item left out" in said(reply)


def test_it_takes_few_statements(engine: Engine, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5001]))
    assert statements(COMMAND, "", built_in("hektor"), engine=engine, sessions=sessions) <= 8
