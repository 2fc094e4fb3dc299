"""`/kpi search revenue`: what speaks of it, the best first."""

from __future__ import annotations

import pytest

from bot.commands.search import MOST_SHOWN, find
from bot.errors import UserError
from storage import SessionFactory
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
        ("stars", "Developer Adoption"),  # by its measure
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
    assert lines(reply)[1] == "Revenue (ARR) · Inferno: Primary Business Metrics"
    assert asks(reply)[0] == "inferno/primary_business_metrics.revenue_arr"
    assert reply.data["kpis"][0]["where"] == "name"


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
