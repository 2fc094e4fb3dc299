"""`/kpi attribution NAME`: a planned mix in points, never met or missed, a ranking, shares and a total."""

from __future__ import annotations

import pytest

from bot.commands.attribution import COMMAND
from bot.reply import Reply
from bot.workspace import Workspace
from storage import SessionFactory
from tests.bot.commands.answering import answer, enter, withheld
from tests.factories import built_in, lines, said


def shown(text: str, used: Workspace, sessions: SessionFactory) -> Reply:
    return answer(COMMAND, text, used, sessions)


def test_a_mix_is_told_in_points_beside_its_plan(sessions: SessionFactory) -> None:
    shares = {"organic_search": 47, "social_media": 21, "direct": 20}
    enter(sessions, "hektor", {f"traffic_sources.{key}": value for key, value in shares.items()})
    reply = shown("channels", built_in("hektor"), sessions)
    assert lines(reply)[:6] == [
        "Channels of the website traffic: 3 of 4 measured; furthest from its plan: Social Media, −9 points.",
        "· Organic Search 47% · +7 points, planned 40%",
        "· Social Media 21% · −9 points, planned 30%",
        "· Direct 20% · as planned",
        "○ Referral: no number yet, planned 10%",
        "Together 88%, 1 not measured.",
    ]
    assert [one["points_off_plan"] for one in reply.data["attribution"][0]["kpis"]] == [7, -9, 0, None]


@pytest.mark.parametrize("value", [0, 40, 100])
def test_a_mix_is_never_met_nor_missed(value: float, sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"traffic_sources.organic_search": value})
    reply = shown("channels", built_in("hektor"), sessions)
    assert {one["met"] for one in reply.data["attribution"][0]["kpis"]} == {None}
    assert not any(mark in said(reply) for mark in ("✓", " met\n", "needed"))


def test_shares_that_make_no_whole_are_said(sessions: SessionFactory) -> None:
    shares = {"organic_search": 50, "social_media": 30, "direct": 20, "referral": 10}
    enter(sessions, "hektor", {f"traffic_sources.{key}": value for key, value in shares.items()})
    assert "Together 110%: the shares do not make a whole." in said(
        shown("channels", built_in("hektor"), sessions)
    )


def test_a_ranking_goes_by_what_was_measured(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"top_referrers_target.reddit": 900, "top_referrers_target.hacker_news": 120})
    told = lines(shown("referrers", built_in("hektor"), sessions))
    assert told[1:4] == [
        "1. Reddit 900 · planned place 2",
        "2. Hacker News 120 · planned place 1",
        "○ Dev.to: no number yet, planned place 3",
    ]


def test_equal_ranks_share_a_place(sessions: SessionFactory) -> None:
    same = dict.fromkeys(("reddit", "hacker_news", "github"), 5.0)
    enter(sessions, "hektor", {f"top_referrers_target.{key}": value for key, value in same.items()})
    told = lines(shown("referrers", built_in("hektor"), sessions))
    assert [one[:2] for one in told[1:4]] == ["1."] * 3


def test_shares_of_different_wholes_keep_their_targets(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"social_media_performance.linkedin": 64})
    told = said(shown("social", built_in("hektor"), sessions))
    assert "✓ LinkedIn 64% · ≥ 60% of enterprise leads met" in told
    assert "they need not add up" in told
    assert "Together" not in told


def test_a_total_names_what_measures_it(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"primary_metrics_north_star.pipeline_value": 400_000})
    told = said(shown("pipeline", built_in("hektor"), sessions))
    assert told.startswith("Opportunities attributed to marketing: Pipeline Value $400,000.")
    assert "Measured by HubSpot CRM and Google Analytics." in told


def test_all_of_them_say_the_same_plan_once(sessions: SessionFactory) -> None:
    reply = shown("", built_in("hektor"), sessions)
    assert [one["attribution"] for one in reply.data["attribution"]] == [
        "pipeline",
        "channels",
        "referrers",
        "social",
    ]
    assert reply.text == "Attribution: none of its 14 parts is measured yet."


def test_a_framework_without_attribution_says_so(sessions: SessionFactory) -> None:
    reply = shown("", built_in("inferno"), sessions)
    assert reply.data["error"] == "No attribution is stated by Inferno success metrics."


def test_what_is_withheld_is_left_out_and_counted(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"traffic_sources.organic_search": 47, "traffic_sources.direct": 21})
    reply = shown("channels", withheld(built_in("hektor"), "hektor/traffic_sources.direct"), sessions)
    assert "Direct" not in said(reply)
    assert "1 KPI left out" in said(reply)
    assert "21" not in str(reply.data)
