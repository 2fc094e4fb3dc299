"""`/kpi list`: what there is and where it stands; nothing unmeasured pretends to have a number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.list import MOST_SHOWN
from bot.reply import Action, Actions
from bot.reports.rows import hidden_words
from bot.workspace import Restriction
from storage import SessionFactory
from tests.factories import (
    NPS,
    STARS,
    asking,
    asks,
    built_in,
    each_day,
    framework,
    lines,
    said,
    store,
    workspace,
)


def test_alone_it_lists_what_is_measured(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1200, 5100]))
    reply = asking(workspace(), sessions)("list")
    assert lines(reply) == [
        "2 KPIs in 1 framework, 1 measured.",
        "Growth",
        "✓ GitHub Stars 5,100 · ≥ 5,000 met",
        "Closed days to 22 Nov, Europe/Berlin · github 13 h ago",
    ]
    assert [one["key"] if "key" in one else one["kpi"] for one in reply.data["kpis"]] == [
        "growth.github_stars"
    ]


def test_nothing_measured_says_what_to_do(sessions: SessionFactory) -> None:
    assert "Nothing is measured yet: connect a source" in said(asking(workspace(), sessions)("list"))


def test_marks_tell_short_from_met_from_unmeasured(sessions: SessionFactory) -> None:
    words = {**NPS, "name": "Position", "aliases": [], "targets": {"day90": "Market leader"}}
    store(sessions, each_day("github.stars", [12]), each_day("entry.acme.growth.position", [3]))
    told = lines(asking(workspace(framework(STARS, NPS, words)), sessions)("list all"))
    assert told[0] == "3 KPIs in 1 framework, 2 measured."
    assert told[2].startswith("– GitHub Stars 12 · ")
    assert told[3] == "○ Net Promoter Score: no number yet"
    assert told[4].startswith("· Position 3")


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("list", "204 KPIs in 2 frameworks, 0 measured."),
        ("list all", "204 KPIs in 2 frameworks, 0 measured."),
        ("list hektor", "94 KPIs in “hektor”, 0 measured."),
        ("LIST Inferno", "110 KPIs in “Inferno”, 0 measured."),
        ("list unmeasured", "204 of 204 KPIs not measured."),
        ("ls website traffic", "1 KPI in “website traffic”, 0 measured."),
        ("kpis customer success", "KPIs in “customer success”, 0 measured."),
    ],
)
def test_a_part_can_be_named(text: str, headline: str, sessions: SessionFactory) -> None:
    assert headline in asking(built_in("hektor", "inferno"), sessions)(text).text


def test_a_long_list_is_cut_with_the_way_to_the_rest(sessions: SessionFactory) -> None:
    ask = asking(built_in("hektor", "inferno"), sessions)
    reply = ask("list all")
    assert sum(line.startswith("○ ") for line in lines(reply)) == MOST_SHOWN
    (hint,) = [line for line in lines(reply) if " more: name a section" in line]
    assert hint.startswith("174 more: ")
    again = hint.partition("for example ")[2].rstrip(".")
    assert "error" not in ask(again).data
    assert len(reply.data["kpis"]) == 204


def test_a_section_can_be_named_by_its_last_heading(sessions: SessionFactory) -> None:
    used = built_in("hektor", "inferno")
    ask = asking(used, sessions)
    for section in sorted({ref.kpi.section.rsplit(" > ", 1)[-1] for ref in used.kpis})[::5]:
        assert "error" not in ask(f"list {section.lower()}").data


def test_an_unknown_part_gets_the_nearest(sessions: SessionFactory) -> None:
    reply = asking(built_in("hektor", "inferno"), sessions)("list infreno")
    assert reply.text.startswith("No framework or section “infreno”. Nearest: `list inferno`")


def test_a_heading_is_the_last_one_and_the_framework_is_named_once(sessions: SessionFactory) -> None:
    used = built_in("hektor", "bakhmach")
    domain = lines(asking(used, sessions)("list domain-level metrics"))
    assert domain[1] == "Bakhmach: Performance Metrics"
    assert "Cost Metrics" in domain
    assert not any(" > " in one for one in domain)
    both = [one for one in lines(asking(used, sessions)("list performance")) if one[0] not in "○·–"]
    assert sum("Hektor: " in one for one in both) == sum("Bakhmach: " in one for one in both) == 1


def test_what_is_listed_can_be_shared(sessions: SessionFactory) -> None:
    reply = asking(workspace(), sessions)("list measured")
    (actions,) = [block for block in reply.blocks if isinstance(block, Actions)]
    assert actions.actions[-1] == Action("Share", "list measured", share=True)


def test_its_buttons_answer(sessions: SessionFactory) -> None:
    ask = asking(built_in("hektor", "inferno"), sessions)
    for again in asks(ask("list")):
        assert "error" not in ask(again).data


FINANCE = Restriction(
    sections=(("financial metrics",),), frameworks=frozenset({"inferno"}), groups=("finance",), ask="@cfo"
)


def test_what_is_not_for_the_reader_is_absent_and_counted(sessions: SessionFactory) -> None:
    ask = asking(replace(built_in("hektor", "inferno"), restrictions=(FINANCE,)), sessions)
    reply = ask("list all")
    assert reply.text == "81 KPIs in 1 framework, 0 measured."
    assert len(reply.data["kpis"]) == 81
    assert lines(reply)[-1] == hidden_words(123)
    assert "inferno" not in " ".join(asks(reply))
    assert "left out" not in said(ask("list website traffic"))


@pytest.mark.parametrize("part", ["financial metrics", "roi", "inferno", "customer success"])
def test_a_part_of_which_nothing_is_shown_says_whom_it_is_for(part: str, sessions: SessionFactory) -> None:
    reply = asking(replace(built_in("hektor", "inferno"), restrictions=(FINANCE,)), sessions)(f"list {part}")
    assert reply.text.startswith(f"Nothing in “{part}” is shown here. ")
    assert reply.text.endswith(" is for finance. Ask @cfo.")
