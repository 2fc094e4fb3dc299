"""`share` posts an answer to the channel: to all who read there, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.dispatch import sharing
from bot.reply import Reply, Visibility
from storage import SessionFactory
from tests.factories import asking, built_in, each_day, store

WORKSPACE = built_in("hektor", "inferno")


@pytest.fixture
def ask(sessions: SessionFactory) -> Callable[[str], Reply]:
    store(sessions, each_day("github.stars", range(4_000, 4_100)))
    return asking(WORKSPACE, sessions)


@pytest.mark.parametrize(
    ("text", "kept", "is_shared_out"),
    [
        ("share stars", "stars", True),
        ("stars share", "stars", True),
        ("Share gate phase1", "gate phase1", True),
        ("share of voice", "share of voice", False),
        ("share share of voice", "share of voice", True),
        ("share of voice 90d", "share of voice 90d", False),
        ("share of voice share", "share of voice", True),
        ("share", "share", False),
        ("stars", "stars", False),
    ],
)
def test_the_word_is_taken_off_where_it_is_no_part_of_a_name(
    text: str, kept: str, is_shared_out: bool
) -> None:
    assert sharing(text, WORKSPACE) == (kept, is_shared_out)


@pytest.mark.parametrize("text", ["share stars", "stars share", "share list", "gate phase1 share"])
def test_a_shared_answer_is_for_the_channel(ask: Callable[[str], Reply], text: str) -> None:
    assert ask(text).visibility is Visibility.CHANNEL


@pytest.mark.parametrize("text", ["stars", "share strs", "share test coverge", "share nothing at all"])
def test_a_private_answer_and_a_refusal_stay_private(ask: Callable[[str], Reply], text: str) -> None:
    assert ask(text).visibility is Visibility.PRIVATE


def test_nothing_to_share_asks_what(ask: Callable[[str], Reply]) -> None:
    assert ask("share").visibility is Visibility.PRIVATE
