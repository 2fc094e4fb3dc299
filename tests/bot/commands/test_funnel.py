"""`/kpi funnel NAME`: counts, rates against the stated ones, and words where there is no rate."""

from __future__ import annotations

import pytest

from bot.commands.funnel import COMMAND
from bot.reply import Actions, Reply
from bot.workspace import Source, Workspace
from kpi.framework import Framework
from storage import Engine, SessionFactory
from storage.runs import Fault
from tests.bot.commands.answering import answer, enter, statements, withheld
from tests.factories import asks, built_in, each_day, fail, framework, lines, said, store, workspace

MAIL = Source("mail", "mailchimp", ("mailchimp.signups",), 86400.0)


def shown(text: str, used: Workspace, sessions: SessionFactory) -> Reply:
    return answer(COMMAND, text, used, sessions)


def test_the_weakest_step_comes_first_and_every_step_stands_against_its_rate(
    sessions: SessionFactory,
) -> None:
    rates = {"signup_first_query": 58, "first_query_7_day_active": 41, "7_day_active_30_day_active": 50}
    enter(sessions, "hektor", {f"developer_conversion.{key}": value for key, value in rates.items()})
    reply = shown("activation", built_in("hektor"), sessions)
    told = lines(reply)
    assert told[0].endswith("weakest at First Query, 58% of ≥ 60%")
    assert told[1:5] == [
        "○ 1. Signup: no KPI counts it",
        "– 2. First Query, within 7 days: 58%, ≥ 60% needed",
        "✓ 3. 7-day Active: 41%, ≥ 40% met",
        "✓ 4. 30-day Active: 50%, ≥ 50% met",
    ]
    assert told[5] == "Overall: no rate, ≥ 12% stated: not measured yet"
    assert told[6] == "The rates multiply to 11.9%, ≥ 12% needed"
    assert reply.data["weakest"] == "First Query"
    assert reply.data["product"]["value"] == pytest.approx(11.89)


def test_a_rate_is_counted_over_the_same_days_and_says_so(sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [100] * 40), each_day("mailchimp.signups", [4] * 40))
    told = lines(shown("visitor signup", built_in("hektor"), sessions))
    assert told[0] == "Visitor → signup: 4%, 3–5% met"
    assert told[1] == "· 1. Visitor: 3,000 visitors (24 Oct to 22 Nov)"
    assert told[2].endswith("4%, 3–5% met")


def test_nobody_in_the_first_step_is_no_rate_of_zero(sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [0] * 40), each_day("mailchimp.signups", [4] * 40))
    reply = shown("visitor_signup", built_in("hektor"), sessions)
    assert reply.text == "Visitor → signup: no rate is known yet"
    assert "nobody came in, so there is no rate" in said(reply)
    assert reply.data["steps"][1]["rate"]["value"] is None


def test_a_fault_is_told_apart_from_no_data(sessions: SessionFactory) -> None:
    fail(
        sessions, "mail", Fault("auth_failed", "Mailchimp refuses the token", metrics=("mailchimp.signups",))
    )
    told = said(shown("visitor_signup", built_in("hektor", sources=(MAIL,)), sessions))
    assert "Website Traffic has no number yet" in told
    assert "Email Signups has no number, mail fails" in told


def test_all_are_listed_the_known_ones_first(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"lead_quality.opportunity_rate": 7, "lead_quality.meeting_show_rate": 70})
    reply = shown("", built_in("hektor"), sessions)
    assert reply.text == "9 funnels: 1 short of a stated rate, 7 without any rate."
    assert lines(reply)[1:3] == [
        "– MQL → SQL → Opp: weakest at Opp, 7% of ≥ 10%",
        "✓ Scheduled → held: 70%, ≥ 70% met",
    ]
    assert len(reply.data["funnels"]) == 9
    again = [
        shown(ask.removeprefix("funnel "), built_in("hektor"), sessions).data["funnel"]
        for ask in asks(reply)[:-1]
    ]
    assert again[:2] == ["leads", "meetings"]


def test_a_button_names_the_first_and_the_last_step(sessions: SessionFactory) -> None:
    reply = shown("first", built_in("hektor"), sessions)
    (actions,) = [block for block in reply.blocks if isinstance(block, Actions)]
    assert [one.label for one in actions.actions] == [
        "Signups → 7-day active",
        "Signup → 30-day Active",
        "First touch → qualified opp",
    ]


def test_a_name_that_fits_two_asks(sessions: SessionFactory) -> None:
    assert shown("signup", built_in("hektor"), sessions).data["ambiguous"] == [
        "hektor activation",
        "hektor visitor_signup",
    ]


def test_a_framework_without_funnels_says_so_and_none_is_invented(sessions: SessionFactory) -> None:
    assert (
        shown("", built_in("inferno"), sessions).data["error"] == "Inferno success metrics states no funnels."
    )
    both = shown("inferno", built_in("hektor", "inferno"), sessions)
    assert both.data["error"] == "Inferno success metrics states no funnel."


def test_what_is_withheld_is_not_shown_nor_worked_out(sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [100] * 40), each_day("mailchimp.signups", [4] * 40))
    used = withheld(built_in("hektor"), "hektor/lead_generation.conversion_rate")
    reply = shown("visitor_signup", used, sessions)
    assert "4%" not in said(reply)
    assert "1 KPI left out" in said(reply)
    gone = withheld(built_in("hektor"), "hektor/lead_quality.meeting_show_rate")
    assert "Scheduled" not in said(shown("", gone, sessions))
    assert "error" in shown("meetings", gone, sessions).data


def wide(count: int) -> Framework:
    kpis = [
        {"name": f"Rate {at}", "unit": "%", "better": "higher", "targets": {"day90": "50%"}}
        for at in range(count)
    ]
    steps = [{"name": "Start"}, *({"name": f"Step {at}", "rate": f"growth.rate_{at}"} for at in range(count))]
    return framework(*kpis, funnels=[{"key": "long", "title": "Long", "line": 1, "steps": steps}])


def test_the_statements_do_not_grow_with_the_steps(engine: Engine, sessions: SessionFactory) -> None:
    enter(sessions, "acme", {f"growth.rate_{at}": 50 for at in range(300)})
    few = statements(COMMAND, "long", workspace(wide(30)), engine=engine, sessions=sessions)
    assert statements(COMMAND, "long", workspace(wide(300)), engine=engine, sessions=sessions) == few
