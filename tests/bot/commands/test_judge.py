"""`/kpi judge market position met because …`: only words are judged, with a reason, and both of two stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.judge import verdict
from bot.workspace import Restriction
from storage import SessionFactory, audit, connect, judgements
from tests.bot.commands.talking import DANA, LEE, SAM, Talk, talk
from tests.factories import NOW, STARS, TODAY, asks, framework, lines, said, workspace

POSITION = {
    "name": "Market Position",
    "better": "none",
    "targets": {"day90": "Top 10", "month6": "Market leader"},
}
AUDITS = {"name": "Audits met", "better": "none", "targets": {"steady": "Monthly"}}
CERTIFIED = {"name": "Certified", "better": "higher", "targets": {"day90": "N/A", "month6": "50"}}
OPEN = {"name": "Win Rate", "better": "higher", "unit": "%", "targets": {"steady": "TBD (need data)"}}
LATER = {"name": "Reach", "better": "none", "targets": {"day90": "N/A", "month6": "Continuous"}}
SUCCESS = [
    {"text": "Developer love", "group": "Qualitative", "judged": True},
    {"text": "Category leadership (“DB” = ACME)", "group": "Qualitative", "judged": True},
    {"text": "5,000 stars", "group": "Numbers", "kpi": "growth.github_stars", "horizon": "day90"},
]
FREE = {"name": "Free", "better": "higher"}
ACME = framework(STARS, POSITION, AUDITS, CERTIFIED, OPEN, LATER, FREE, success=SUCCESS)
WORKSPACE = workspace(ACME, people=(DANA, LEE, SAM))
PHASES = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}
BETA = framework({**POSITION, "targets": {"phase1": "Known"}}, key="beta", horizons=PHASES)
SEVERAL = workspace(framework({**POSITION, "targets": {"day90": "12"}}), BETA)


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    return talk(WORKSPACE, sessions)


@pytest.mark.parametrize(
    ("text", "kpi", "horizon", "met"),
    [
        ("judge market position met because x", "growth.market_position", "day90", True),
        ("judge market position not met because x", "growth.market_position", "day90", False),
        ("judge market position not-met --reason x", "growth.market_position", "day90", False),
        ("judge market position month6 met reason: x", "growth.market_position", "month6", True),
        ("judge market position missed at Month 6 because x", "growth.market_position", "month6", False),
        ("judge market position by m6 achieved because x", "growth.market_position", "month6", True),
        ("judge Audits met not met because x", "growth.audits_met", "steady", False),
        ("judge audits met met because x", "growth.audits_met", "steady", True),
        ("judge reach met because x", "growth.reach", "month6", True),
        ("judge acme/growth.reach not achieved because x", "growth.reach", "month6", False),
        ("judge success developer love met because x", "success.developer_love", "steady", True),
        (
            'judge success "category leadership" missed because x',
            "success.category_leadership_db_acme",
            "steady",
            False,
        ),
    ],
)
def test_words_are_judged(text: str, kpi: str, horizon: str, met: bool, ask: Talk) -> None:
    reply = ask(text)
    assert (reply.data.get("kpi"), reply.data.get("horizon")) == (kpi, horizon), reply.text
    with ask.sessions.read() as session:
        found = judgements.read(session, ["acme"], until=ask.now)["acme"][kpi, horizon]
    assert (found.met, found.reason, found.author, found.at) == (met, "x", "slack:U0DANA", NOW)
    assert found.text == reply.data["text"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "judge stars met because x",
            "GitHub Stars, Day 90 is ≥ 5,000 stars: its number judges it. Record one:",
        ),
        ("judge certified met because x", "Certified, Day 90 says N/A: it asks for nothing."),
        ("judge certified month6 met because x", "Certified, Month 6 is ≥ 50: its number judges it."),
        ("judge win rate met because x", "nobody has decided what it asks. Set it first:"),
        ("judge free met because x", "Free has no target to judge. Set one:"),
        (
            "judge market position steady met because x",
            "Market Position has no target at Always. It has `day90`",
        ),
        ("judge market position phase1 met because x", "Acme has no horizon “phase1”."),
        ("judge market position because x", "Say whether it is met. `judge market position met because"),
        (
            "judge market position met",
            "Say why. The trail keeps the reason: `judge market position day90 met because",
        ),
        ("judge market position met now because x", "“now” is more than a judgement takes."),
        ("judge met because x", "No KPI “met”."),
        ("judge markt met because x", "No KPI “markt”. Nearest: `Market Position`"),
        ("judge success love", "Say whether it is met. `judge success developer love met because …`"),
        ("judge success fame met because x", "No line of success says “fame”. Nearest: “"),
        ("judge success developer love met", "Say why."),
    ],
)
def test_what_is_no_judgement_is_refused_and_nothing_is_kept(text: str, words: str, ask: Talk) -> None:
    reply = ask(text)
    assert words in reply.text
    assert reply.data["error"]
    with ask.sessions.read() as session:
        assert judgements.read(session, ["acme"], until=NOW) == {"acme": {}}
        assert audit.recent(session) == []


def test_readers_do_not_judge(ask: Talk) -> None:
    reply = ask("judge market position met because x", user="U0SAM")
    assert reply.text == "You may read, not judge targets. Ask Dana (admin), Lee (editor)."
    assert ask("judge market position met because x", user="U0LEE").data["met"] is True


def test_a_later_word_counts_and_the_earlier_stays(ask: Talk) -> None:
    ask("judge market position met because Gartner named us")
    assert ask("market position").data["met"] is True
    ask.later(hours=1)
    reply = ask("judge market position not met because they took it back")
    assert "It was judged otherwise before; both are kept." in lines(reply)
    ask.later(hours=1)
    assert ask("market position").data["met"] is False
    assert ask(f"market position as-of {NOW.isoformat()}").data["met"] is True
    with ask.sessions.read() as session:
        assert len(judgements.history(session, "acme", "growth.market_position")) == 2
        newest, oldest = audit.recent(session)
    assert (oldest.action, oldest.subject) == ("judge", "acme/growth.market_position@day90")
    assert (oldest.before, oldest.after, oldest.note) == ("", "met", "Gartner named us")
    assert (newest.before, newest.after, newest.place) == ("met", "not met", "slack:C0TEAM")


def test_judge_alone_lists_what_waits_the_next_deadline_first(ask: Talk) -> None:
    told = lines(ask("judge"))
    assert told[0] == "6 of 6 targets in words wait for a judgement."
    assert told[1:4] == [
        "○ Market Position, Day 90: “Top 10”, due 30 Nov",
        "○ Market Position, Month 6: “Market leader”, due 28 Feb 2027",
        "○ Reach, Month 6: “Continuous”, due 28 Feb 2027",
    ]
    assert not any("Win Rate" in one or "N/A" in one for one in told)
    ask("judge market position met because Gartner named us")
    told = lines(ask("judge"))
    assert told[0] == "5 of 6 targets in words wait for a judgement."
    assert "✓ Market Position, Day 90: “Top 10” met, Dana 23 Nov: Gartner named us" in told


def test_a_new_wording_waits_again(ask: Talk) -> None:
    ask("judge market position met because Gartner named us")
    ask("target market position day90 Top 3 because aim higher")
    assert "○ Market Position, Day 90: “Top 3”, due 30 Nov" in lines(ask("judge"))


def test_several_targets_in_words_ask_which_one(sessions: SessionFactory) -> None:
    later = {**POSITION, "targets": {"day90": "12", "month6": "Market leader", "steady": "Monthly"}}
    ask = talk(workspace(framework(later)), sessions)
    reply = ask("judge market position met because x")
    assert reply.text == "Market Position has 2 targets in words: which one?"
    assert ask(asks(reply)[0]).data["horizon"] == "month6"


@pytest.mark.parametrize(
    ("text", "framework"),
    [
        ("judge market position met because x", "beta"),  # the other one's target is a number
        ("judge market position phase1 met because x", "beta"),  # the other one's framework has no phases
    ],
)
def test_of_several_by_one_name_only_those_in_words_are_meant(
    text: str, framework: str, sessions: SessionFactory
) -> None:
    ask = talk(SEVERAL, sessions)
    reply = ask(text)
    assert reply.data["framework"] == framework
    assert lines(reply)[-1] == "Beta: Growth, the only “market position” that people judge there."


def test_several_in_words_ask_which_one_and_each_is_judged(sessions: SessionFactory) -> None:
    ask = talk(workspace(framework(POSITION), BETA), sessions)
    reply = ask("judge market position missed because {x} is late")
    assert reply.text == "2 KPIs are called “market position”: which one?"
    judged = [ask(one).data for one in asks(reply)]
    assert [(one["framework"], one["met"], one["reason"]) for one in judged] == [
        ("acme", False, "{x} is late"),
        ("beta", False, "{x} is late"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "judge market position month6 met because x",
            "None of the 2 KPIs called “market position” has such a target in words. `judge` alone lists",
        ),
        ("judge market position met", "Say why. The trail keeps the reason: `judge beta market position met"),
        ("judge market position because x", "Say whether it is met. `judge beta market position met because"),
    ],
)
def test_of_several_none_may_be_meant(text: str, words: str, sessions: SessionFactory) -> None:
    assert words in talk(SEVERAL, sessions)(text).text


def test_the_hint_names_what_waits_in_its_shortest_words(sessions: SessionFactory) -> None:
    ask = talk(workspace(framework(AUDITS, STARS, success=SUCCESS)), sessions)
    assert lines(ask("judge"))[-1] == "Say judge audits met met because …, or not met."
    ask("judge audits met met because x")
    assert lines(ask("judge"))[-1] == "Say judge success developer love met because …, or not met."
    ask("judge success developer love met because x")
    assert lines(ask("judge"))[-1] == "Say judge success category leadership met because …, or not met."
    ask("judge success category leadership met because x")
    assert lines(ask("judge"))[0] == "Nothing waits: all 3 targets in words are judged."


def test_what_a_reader_may_not_see_is_not_listed(sessions: SessionFactory) -> None:
    hidden = Restriction(kpis=frozenset({"acme/growth.market_position"}), people=("Dana",), ask="Dana")
    ask = talk(replace(WORKSPACE, restrictions=(hidden,)), sessions)
    assert "Market Position" in said(ask("judge"))
    assert "Market Position" not in said(ask("judge", user="U0LEE"))
    reply = ask("judge market position met because x", user="U0LEE")
    assert "Market Position is for Dana." in reply.text


def test_a_passed_deadline_is_said(sessions: SessionFactory) -> None:
    ask = talk(WORKSPACE, sessions, now=NOW + timedelta(days=10))
    assert "○ Market Position, Day 90: “Top 10”, was due 30 Nov" in lines(ask("judge"))
    assert ask.now.date() > TODAY


@pytest.mark.parametrize(
    ("text", "is_met", "rest"),
    [
        ("a met", True, "a"),
        ("a not met b", False, "a b"),
        ("a NOT Met", False, "a"),
        ("a met not met", False, "a met"),
        ("not a", None, "not a"),
        ("met", True, ""),
        ("", None, ""),
    ],
)
def test_the_last_verdict_counts(text: str, is_met: bool | None, rest: str) -> None:
    assert verdict(text.split()) == (is_met, tuple(rest.split()))


_WORDS = st.lists(
    st.one_of(
        st.sampled_from(("market", "position", "audits", "met", "not", "success", "love", "day90", "month6")),
        st.sampled_from(("because", "reason:", "x", "missed", "N/A", "stars", "free", "{}")),
        st.text(min_size=1, max_size=6),
    ),
    max_size=7,
)


@given(words=_WORDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_get_an_answer_that_is_no_breakdown(words: list[str], sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    reply = talk(WORKSPACE, SessionFactory(engine))(f"judge {' '.join(words)}")
    engine.dispose()
    assert "did not work" not in reply.text
