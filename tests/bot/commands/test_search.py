"""`/kpi search revenue`: what speaks of it, the best first."""

from __future__ import annotations

import pytest

from bot.commands.search import COMMAND, MOST_SHOWN, find
from bot.errors import UserError
from bot.reply import Actions
from storage import Engine, SessionFactory
from tests.bot.commands.answering import enter, statements
from tests.bot.commands.telling import told
from tests.factories import NPS, STARS, asks, built_in, framework, lines, workspace

BOTH = built_in("hektor", "inferno")


def names(words: str) -> list[str]:
    return [hit.ref.kpi.name for hit in find(words, BOTH)]


def test_a_name_comes_before_a_note_that_speaks_of_it() -> None:
    assert names("revenue")[0] == "Revenue (ARR)"
    assert names("revenue")[-1] == "Active Evaluators"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("github stars", "GitHub Stars"),
        ("stripe", "Revenue (ARR)"),  # by its measure
        ("vulnerab", "Security Vulnerabilities"),  # a beginning
        ("coverage inferno", "Test Coverage"),
        ("inferno coverage benchmark", "Benchmark Coverage"),
    ],
)
def test_every_part_of_a_kpi_is_looked_at(words: str, name: str) -> None:
    assert name in names(words)


def test_a_framework_narrows_the_search() -> None:
    assert {hit.ref.use.framework.key for hit in find("coverage inferno", BOTH)} == {"inferno"}


def test_each_hit_says_where_it_stands_and_its_button_asks_for_it(sessions: SessionFactory) -> None:
    reply = told("search for revenue", BOTH, sessions)
    assert reply.text == "4 KPIs for “revenue”."
    assert lines(reply)[1] == "○ Revenue (ARR): no number yet · Inferno"
    assert asks(reply)[0] == "inferno/primary_business_metrics.revenue_arr"
    assert reply.data["kpis"][0]["where"] == "name"


def test_each_hit_shows_its_value_and_standing(sessions: SessionFactory) -> None:
    enter(sessions, "inferno", {"primary_business_metrics.revenue_arr": 80_000})
    reply = told("search revenue", BOTH, sessions)
    assert lines(reply)[1] == "– Revenue (ARR) $80,000 · 80% of target, ≥ $100,000 needed · Inferno"
    assert lines(reply)[-1].startswith("Closed days to 22 Nov")
    first = reply.data["kpis"][0]
    assert (first["value"], first["met"], first["where"]) == (80_000, False, "name")


def test_the_section_tells_two_of_one_name_apart(sessions: SessionFactory) -> None:
    reply = told("search test coverage", built_in("bakhmach"), sessions)
    assert lines(reply)[1:3] == [
        "○ Test Coverage: no number yet · Performance Metrics",
        "○ Test Coverage: no number yet · Code Quality",
    ]
    buttons = [one.label for block in reply.blocks if isinstance(block, Actions) for one in block.actions]
    assert buttons[:2] == ["Performance Metrics: Test Coverage", "Code Quality: Test Coverage"]


def test_the_statements_do_not_grow_with_the_hits(engine: Engine, sessions: SessionFactory) -> None:
    few, many = (
        workspace(framework(*({**NPS, "name": f"Figure {n}", "aliases": []} for n in range(count))))
        for count in (30, 300)
    )
    taken = statements(COMMAND, "figure", few, engine=engine, sessions=sessions)
    assert statements(COMMAND, "figure", many, engine=engine, sessions=sessions) == taken


def test_many_are_counted_and_not_all_shown(sessions: SessionFactory) -> None:
    many = workspace(framework(*({**STARS, "name": f"Stars of {n}", "aliases": []} for n in range(20))))
    told_lines = lines(told("search stars", many, sessions))
    assert told_lines[0] == "20 KPIs for “stars”."
    assert told_lines[MOST_SHOWN + 1] == "5 more: add a word, or a framework."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("search", "Say `search revenue`"),
        ("search ...", "Say `search revenue`"),
        ("search zzzz", "No KPI speaks of “zzzz”"),
        ("search promotr", "Nearest: `search promoter`"),
    ],
)
def test_nothing_found_is_told(text: str, message: str, sessions: SessionFactory) -> None:
    with pytest.raises(UserError) as caught:
        told(text, workspace(framework(NPS)), sessions)
    assert message in str(caught.value)
