"""`/kpi home`: what needs somebody, what is mine, what comes, and how to end it. App Home shows the same."""

from __future__ import annotations

from dataclasses import replace

from bot.commands import home
from bot.reply import Action, Actions, Chart, Reply, Table
from bot.settings_reports import ReportEntry
from bot.surfaces.base import Invocation
from bot.workspace import Person, Workspace
from storage import Engine, SessionFactory
from tests.bot.commands.answering import answer, enter, statements
from tests.bot.commands.posted import DAILY, Place, place, secret, used
from tests.factories import NPS, STARS, asks, built_in, each_day, framework, lines, said, store, workspace

ZONES = [
    {"zone": "green", "at_least": "90%"},
    {"zone": "yellow", "at_least": "70%", "below": "90%"},
    {"zone": "red", "below": "70%"},
]


def numbered(count: int) -> list[dict[str, object]]:
    return [
        {"name": f"Count {at}", "unit": "things", "better": "higher", "targets": {"day90": "100"}}
        for at in range(1, count + 1)
    ]


def place_of(sessions: SessionFactory, *kpis: dict[str, object]) -> Place:
    of = workspace(framework(*kpis, zones=ZONES), people=used().people)
    return place(sessions, replace(of, schedule=(DAILY,)))


def buttons(reply: Reply) -> list[Action]:
    return [one for block in reply.blocks if isinstance(block, Actions) for one in block.actions]


def test_what_is_off_track_comes_first_the_worst_on_top(sessions: SessionFactory) -> None:
    ask = place_of(sessions, *numbered(11))
    enter(sessions, "acme", {f"growth.count_{at}": float(at * 6) for at in range(1, 12)})
    reply = ask("home")
    told = lines(reply)
    assert told[0] == "11 off track: Count 1, Count 2 and 9 more."
    assert told[1] == "11 KPIs measured"
    assert told[2:4] == ["Off track", "▲ Count 1 6 things, target ≥ 100 things"]
    assert told[11] == "and 3 more: zones red"
    assert len(reply.data["red"]) == 11


def test_no_limits_are_lent_to_a_framework_that_states_none(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, 2]))
    told = lines(place(sessions)("home"))
    assert told[:2] == ["Nothing is off track; 1 of 2 KPIs measured.", "My KPIs"]


def test_mine_are_those_i_own_and_those_i_subscribed_to(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, 2]))
    of = workspace(framework({**STARS, "owner": "Dana"}, {**NPS, "owner": "Raj"}), people=used().people)
    ask = place(sessions, of)
    assert ask("home").data["own"] == ["acme/growth.github_stars"]
    ask("subscribe nps 09:00 monday")
    assert len(ask("mine").data["own"]) == 2
    assert ask("home", user="U0SAM").data["own"] == []
    assert "Nothing yet: subscribe to one" in said(ask("home", user="U0SAM"))


def test_a_part_of_a_name_is_enough_where_one_owner_has_it(sessions: SessionFactory) -> None:
    people = (Person("dana", {"slack": "U0DANA"}), Person("lee", {"slack": "U0LEE"}))
    other = {**NPS, "name": "X", "aliases": [], "owner": "Lee B"}
    of = workspace(
        framework({**STARS, "owner": "@Dana Scully"}, {**NPS, "owner": "Lee A"}, other), people=people
    )
    ask = place(sessions, of)
    assert ask("home").data["own"] == ["acme/growth.github_stars"]
    assert ask("home", user="U0LEE").data["own"] == []


def test_what_comes_next_and_my_subscriptions_each_with_its_end(sessions: SessionFactory) -> None:
    ask = place(sessions)
    ask("subscribe daily", user="U0RAJ")
    ask("subscribe stars 12:00 tuesday", user="U0RAJ")
    reply = ask("home", user="U0RAJ")
    told = lines(reply)
    at = told.index("Next")
    assert told[at + 1 : at + 5] == [
        "Tue 24 Nov 08:30 daily update, to you",
        "Tue 24 Nov 12:00 GitHub Stars, to you",
        "Tue 24 Nov 13:00 daily update → slack:C0TEAM",
        "These times are yours: Asia/Kolkata, UTC+5:30.",
    ]
    assert "daily update, at 08:30 on weekdays" in told
    assert asks(reply)[:2] == ["unsubscribe 1", "unsubscribe 2"]
    assert [one.label for one in buttons(reply)[2:]] == ["Record a value", "Help"]


def test_its_buttons_record_subscribe_and_help(sessions: SessionFactory) -> None:
    record, daily, help_ = buttons(place(sessions)("home"))
    assert (record.form, record.ask) == ("record", "")
    assert (daily.label, daily.ask) == ("Subscribe to the daily update", "subscribe daily")
    assert help_.ask == "help"
    assert asks(place(sessions)("home", surface="terminal", channel=None)) == ["help"]


def test_gates_and_silences_have_a_line(sessions: SessionFactory) -> None:
    ask = place(sessions, replace(built_in("inferno"), people=used().people))
    ask("silence nps 2d")
    told = lines(ask("home"))
    assert told[1] == "0 of 110 KPIs measured · 1 silenced until Wed 25 Nov 09:00"
    assert told[2] == "– Gate Phase 1 → 2: 0 of 44 achieved, 36 short"


def live_of(*kpis: dict[str, object], **entry: object) -> Workspace:
    """A workspace with a live report of its own."""
    stated = {
        "title": "Board",
        "cadence": "real-time",
        "parts": [{"title": "All", "sections": ["Growth"]} | entry],
    }
    of = workspace(framework(*kpis), people=used().people)
    return replace(of, reports={"board": ReportEntry.model_validate(stated)})


def test_a_live_report_is_told_in_short(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {f"growth.count_{at}": float(at * 10) for at in range(1, 11)})
    told = lines(place(sessions, live_of(*numbered(12)))("home"))
    at = told.index("Board: 1 of 10 targets of Day 90 met")
    assert told[at + 1].startswith("– Count 1 10 things · ")
    assert told[at + 8].startswith("– Count 8 80 things")
    assert told[at + 9] == "all 12: report board"


def test_a_live_report_without_numbers_or_for_others_is_not_told(sessions: SessionFactory) -> None:
    assert "Board" not in said(place(sessions, live_of(*numbered(2)))("home"))
    enter(sessions, "acme", {"growth.count_1": 5.0})
    assert "Board: 0 of 1 target" in said(place(sessions, live_of(*numbered(2)))("home"))
    ask = place(sessions, live_of(*numbered(2), audience=["Raj"]))
    assert "Board" not in said(ask("home"))
    assert "Board: 0 of 1 target" in said(ask("home", user="U0RAJ"))


def test_a_live_report_keeps_back_what_i_may_not_see(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.net_promoter_score": 77.0})
    store(sessions, each_day("github.stars", [1, 2]))
    told = said(place(sessions, secret(live_of(dict(STARS), dict(NPS))))("home"))
    assert "Board: 0 of 1 target of Day 90 met" in told
    assert "77" not in told


def test_what_i_may_not_see_is_not_there(sessions: SessionFactory) -> None:
    of = secret(workspace(framework(STARS, {**NPS, "owner": "Dana"}), people=used().people))
    enter(sessions, "acme", {"growth.net_promoter_score": 5.0})
    ask = place(sessions, of)
    assert "Net Promoter" not in said(ask("home"))
    lists = ("own", "red", "waiting", "subscriptions", "alerts")
    empty = {**{name: [] for name in lists}, "measured": 0, "unmeasured": 1}
    assert ask("home").data == empty
    assert ask("home", user="U0RAJ").data["measured"] == 1


def test_it_has_no_pictures_and_few_blocks(sessions: SessionFactory) -> None:
    ask = place_of(sessions, *numbered(30))
    enter(sessions, "acme", {f"growth.count_{at}": 1.0 for at in range(1, 31)})
    for minute in range(20):
        ask(f"subscribe count {minute + 1} 09:{minute:02}")
    reply = ask("home")
    assert not any(isinstance(block, Chart | Table) for block in reply.blocks)
    assert len(reply.blocks) <= 60
    assert "and 10 more: subscriptions" in lines(reply)
    assert "and 10 more: owners me" in lines(reply)


def test_the_statements_do_not_grow(engine: Engine, sessions: SessionFactory) -> None:
    few = statements(home.COMMAND, "", built_in("hektor"), engine=engine, sessions=sessions)
    store(sessions, each_day("github.stars", [1, 2, 3]))
    many = statements(
        home.COMMAND, "", built_in("hektor", "bakhmach", "inferno"), engine=engine, sessions=sessions
    )
    assert many <= few + 1
    assert many <= 11  # beginning the transaction among them


def test_a_workspace_without_anything_is_answered(sessions: SessionFactory) -> None:
    reply = answer(home.COMMAND, "", workspace(sources=()), sessions, by=Invocation("", "slack", "U0"))
    assert lines(reply)[0] == "Nothing is measured yet."
