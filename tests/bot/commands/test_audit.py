"""`/kpi audit stars`: who changed what, the newest first; only admins and the terminal read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.workspace import Restriction
from storage import SessionFactory
from tests.bot.commands.talking import DANA, LEE, SAM, Talk, talk
from tests.factories import NOW, NPS, STARS, framework, lines, said, workspace

POSITION = {"name": "Market Position", "better": "none", "targets": {"day90": "Top 10"}}
SUCCESS = [{"text": "Developer love", "group": "Qualitative", "judged": True}]
ACME = framework(STARS, NPS, POSITION, success=SUCCESS)
WORKSPACE = workspace(ACME, people=(DANA, LEE, SAM))
FIVE = (
    "09:00 Lee recorded Net Promoter Score: 52 · October survey",
    "10:00 Lee recorded Net Promoter Score: 53 (before 52)",
    "11:00 Dana changed the target of GitHub Stars, Day 90: 5,000 → 6,000 · launch moved · slack:C0TEAM",
    "12:00 Lee judged “Developer love”: met · they say so · slack:C0TEAM",
    "13:00 Dana noted on GitHub Stars: 2026-11-12: Show HN · slack:C0TEAM",
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


def without_place(told: list[str]) -> list[str]:
    """Whether an entry names its place is for its own command to say."""
    return [one.removesuffix(" · slack:C0TEAM") if " recorded " in one else one for one in told]


def test_the_trail_is_told_newest_first(ask: Talk) -> None:
    told = without_place(lines(ask("audit")))
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
    told = without_place(lines(ask(text)))
    assert told[0] == headline
    assert tuple(told[1 : 1 + len(chosen)]) == tuple(FIVE[index] for index in chosen)


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
    everything = talk(WORKSPACE, ask.sessions, now=NOW.replace(hour=20))
    assert "Promoter" in said(everything("audit"))
