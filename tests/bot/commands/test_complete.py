"""What could be typed next: everything that is offered can be asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import COMMANDS
from bot.commands.complete import MOST, complete
from tests.factories import built_in

BOTH = built_in("hektor", "inferno")


def offered(text: str) -> list[str]:
    return [one.text for one in complete(text, BOTH, COMMANDS)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "list"),
        ("ga", "gate"),
        ("gate p", "gate phase1"),
        ("sta", "stars"),
        ("STARS", "stars"),
        ("sources", "sources"),
    ],
)
def test_the_likeliest_comes_first(text: str, first: str) -> None:
    assert offered(text)[0] == first


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("chart sta", "chart stars"),
        ("history uptime", "history uptime"),
        ("chart stars la", "chart stars last month"),
        ("stars ", "stars 90d"),
        ("stars last q", "stars last quarter"),
        ("list in", "list inferno"),
        ("help ch", "help chart"),
    ],
)
def test_behind_a_command_or_a_name_comes_what_it_takes(text: str, offer: str) -> None:
    assert offer in offered(text)


def test_a_word_inside_a_name_is_found_too() -> None:
    assert any("coverage" in one for one in offered("coverage"))


@given(st.text(max_size=20))
def test_any_beginning_has_few_offers(text: str) -> None:
    assert len(offered(text)) <= MOST


def test_every_kpi_is_offered_under_a_name_that_is_its_own() -> None:
    for ref in BOTH.kpis:
        name = BOTH.own_name(ref).lower()
        assert BOTH.find_kpi(name) == (ref,)
        assert name in offered(name)
