"""`/kpi audit stars`: who changed what, the newest first; only admins and the terminal read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.workspace import Restriction
from storage import SessionFactory
from storage.audit import Act, write
from tests.bot.commands.talking import DANA, LEE, SAM, Talk, talk
from tests.factories import NOW, NPS, STARS, asking, asks, framework, lines, said, workspace

POSITION = {"name": "Market Position", "better": "none", "targets": {"day90": "Top 10"}}
SUCCESS = [{"text": "Developer love", "group": "Qualitative", "judged": True}]
GATES = {"day90": {"to": "month6", "require": "80%"}}
REVIEWS = {"tasks": [{"title": "Baseline", "due": "2026-12-01"}, {"title": "Survey", "due": "2026-12-02"}]}
ACME = framework(STARS, NPS, POSITION, success=SUCCESS, gates=GATES, governance=REVIEWS)
WORKSPACE = workspace(ACME, people=(DANA, LEE, SAM))
FIVE = (
    "09:00 Lee recorded Net Promoter Score: 52 · October survey · in Slack",
    "10:00 Lee recorded Net Promoter Score: 53 (before 52) · in Slack",
    "11:00 Dana changed the target of GitHub Stars, Day 90: 5,000 → 6,000 · launch moved · in Slack",
    "12:00 Lee judged “Developer love”: met · they say so · in Slack",
    "13:00 Dana noted on GitHub Stars, 12 Nov: Show HN · in Slack",
)


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    ask = talk(WORKSPACE, sessions)
    for text, user in (
        ("record nps 52 October survey", "U0LEE"),
        ("record nps 53", "U0LEE"),
        ("target stars day90 6,000 because launch moved", "U0DANA"),
        ("judge success developer love met because they say so", "U0LEE"),
        ("note stars 12 Nov: Show HN", "U0DANA"),
    ):
        assert "error" not in ask(text, user=user).data
        ask.later(hours=1)
    return ask


def test_the_trail_is_told_newest_first(ask: Talk) -> None:
    told = lines(ask("audit"))
    assert told[0] == "5 changes."
    assert tuple(told[1:6]) == FIVE[::-1]


@pytest.mark.parametrize(
    ("text", "headline", "chosen"),
    [
        ("audit stars", "2 changes to GitHub Stars.", (4, 2)),
        ("audit nps", "2 changes to Net Promoter Score.", (1, 0)),
        ("audit dana", "2 changes by Dana.", (4, 2)),
        ("audit by Lee", "3 changes by Lee.", (3, 1, 0)),
        ("audit me", "2 changes by you.", (4, 2)),
        ("audit slack:U0LEE", "3 changes by slack:U0LEE.", (3, 1, 0)),
        ("audit target", "1 change (target).", (2,)),
        ("audit records", "2 changes (record).", (1, 0)),
        ("audit judgements", "1 change (judge).", (3,)),
        ("audit lee 2", "The latest 2 changes by Lee.", (3, 1)),
        ("audit 1", "The latest 1 change.", (4,)),
        ("audit as-of 2026-11-22", "No change yet.", ()),
        ("audit sam", "No change by Sam yet.", ()),
        ("audit silence", "No change (silence) yet.", ()),
    ],
)
def test_it_is_narrowed_by_kpi_person_act_and_count(
    text: str, headline: str, chosen: tuple[int, ...], ask: Talk
) -> None:
    told = lines(ask(text))
    assert told[0] == headline
    assert tuple(told[1 : 1 + len(chosen)]) == tuple(FIVE[index] for index in chosen)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (
            Act(NOW, "bot", "schedule", "daily/playground:C0GENERAL"),
            "the bot scheduled the daily report",
        ),
        (
            Act(NOW, "bot", "gate passed", "acme/day90", after="2 of 3"),
            "the bot saw the gate open: Day 90 → Month 6, 2 of 3 achieved",
        ),
        (
            Act(NOW, "slack:U0LEE", "review", "acme/baseline", "", "2026-11-23", "", "slack:C0TEAM"),
            "Lee closed the review Baseline (23 Nov) · in Slack",
        ),
        (
            Act(NOW, "slack:U0LEE", "review", "acme/old_one", "2026-11-16", "2026-11-23", "all fine"),
            "Lee closed the review old one (23 Nov, before on 16 Nov) · all fine",
        ),
        (
            Act(NOW, "slack:U0LEE", "note", "", after="2026-11-12: fair: day 1", place="terminal"),
            "Lee noted on every chart, 12 Nov: fair: day 1 · terminal",
        ),
        (
            Act(NOW, "slack:U0LEE", "note", "acme", after="2025-11-12: fair", place="playground:C0"),
            "Lee noted on Acme, 12 Nov 2025: fair · in the playground",
        ),
        (
            Act(NOW, "terminal:lee", "import", "n.csv", after="1801"),
            "lee in the terminal imported n.csv: 1,801 samples",
        ),
        (
            Act(NOW, "http", "import", "a.b, c.d", after="1", place="http"),
            "a program imported a.b, c.d: 1 sample · over HTTP",
        ),
    ],
)
def test_an_act_is_told_without_keys_and_ids(act: Act, words: str, sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        write(session, act)
    assert lines(talk(WORKSPACE, sessions)("audit"))[1] == f"09:00 {words}"


def test_seen_from_the_past_every_time_has_its_day(ask: Talk) -> None:
    told = lines(ask("audit as-of 2026-11-23T12:30"))
    assert told[1] == f"23 Nov {FIVE[3]}"
    assert told[-1] == "As of 23 Nov 2026 12:30."


def test_an_ambiguous_name_keeps_only_a_count_that_was_said(sessions: SessionFactory) -> None:
    ask = talk(workspace(framework(NPS), framework(NPS, key="beta"), people=(DANA,)), sessions)
    paths = [f"audit {key}/growth.net_promoter_score" for key in ("acme", "beta")]
    assert asks(ask("audit nps")) == paths
    assert asks(ask("audit nps 3")) == [f"{one} 3" for one in paths]


def test_its_data_holds_every_field(ask: Talk) -> None:
    (act,) = ask("audit target").data["acts"]
    assert act == {
        "at": "2026-11-23T10:00:00+00:00",
        "actor": "slack:U0DANA",
        "action": "target",
        "subject": "acme/growth.github_stars@day90",
        "before": "5,000",
        "after": "6,000",
        "reason": "launch moved",
        "place": "slack:C0TEAM",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("audit strs", "No KPI “strs”. Nearest: `stars`"),
        ("audit danna", "No KPI, person or act “danna”. Nearest: `audit Dana`."),
        ("audit targt", "No KPI, person or act “targt”. Nearest: `audit target`."),
        ("audit 0", "0 changes are no list. Ask for 1 to 50."),
        ("audit stars 51", "51 changes are no list."),
        ("audit 99999999999999999999", "changes are no list."),
    ],
)
def test_what_is_no_part_of_the_trail_is_refused(text: str, words: str, ask: Talk) -> None:
    reply = ask(text)
    assert words in reply.text
    assert reply.data["error"]


@pytest.mark.parametrize(
    ("user", "surface", "is_allowed"),
    [
        ("U0DANA", "slack", True),
        ("U0LEE", "slack", False),
        ("U0X", "slack", False),
        ("root", "terminal", True),
    ],
)
def test_only_admins_and_the_terminal_read_it(user: str, surface: str, is_allowed: bool, ask: Talk) -> None:
    reply = ask("audit", user=user, surface=surface)
    assert ("error" not in reply.data) is is_allowed
    if not is_allowed:
        assert reply.text == "You may not read the audit trail. Ask Dana (admin)."


def test_what_a_reader_may_not_see_is_left_out(ask: Talk) -> None:
    hidden = Restriction(kpis=frozenset({"acme/growth.net_promoter_score"}), people=("Lee",), ask="Lee")
    closed = talk(replace(WORKSPACE, restrictions=(hidden,)), ask.sessions, now=ask.now)
    assert lines(closed("audit"))[0] == "3 changes."
    assert "Promoter" not in said(closed("audit"))
    assert "Net Promoter Score is for Lee." in closed("audit nps").text
    with ask.sessions.begin() as session:
        several = "entry.acme.growth.net_promoter_score, github.forks"
        write(session, Act(ask.now, "http", "import", several, after="2"))
    assert "imported" not in said(closed("audit"))
    everything = talk(WORKSPACE, ask.sessions, now=NOW.replace(hour=20))
    assert "Promoter" in said(everything("audit"))


def test_whom_nobody_named_is_told_apart_by_the_id(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        for user in ("U0ONE", "U0TWO"):
            write(session, Act(NOW, f"slack:{user}", "record", "acme/growth.github_stars", after="5"))
    told = "\n".join(lines(asking(workspace(), sessions, surface="terminal")("audit")))
    assert "U0ONE in Slack recorded GitHub Stars: 5" in told
    assert "U0TWO in Slack recorded GitHub Stars: 5" in told
