"""What a KPI's answer offers beside its three buttons: forms, its history, a weekly message."""

from __future__ import annotations

import pytest

from bot.forms import FORMS
from bot.reply import Action, Actions, Reply
from storage import SessionFactory
from tests.bot.commands.posted import NPS_PATH, STARS_PATH, place
from tests.factories import NPS, each_day, framework, store, workspace


def actions(reply: Reply) -> Actions:
    return next(block for block in reply.blocks if isinstance(block, Actions))


def offered(reply: Reply) -> list[str]:
    return [one.label for one in actions(reply).more]


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("nps", ["Record…", "Note…", "Silence…", "History", "Subscribe weekly"]),
        ("stars", ["Note…", "Silence…", "History", "Subscribe weekly"]),
    ],
)
def test_a_number_is_entered_where_none_is_measured(
    name: str, labels: list[str], sessions: SessionFactory
) -> None:
    store(sessions, each_day("github.stars", [1, 2]))
    reply = place(sessions)(name)
    assert offered(reply) == labels
    assert len(actions(reply).actions) == 3


def test_a_measure_without_a_number_may_be_entered(sessions: SessionFactory) -> None:
    assert "Record…" in offered(place(sessions)("stars"))


def test_what_people_judge_is_not_entered(sessions: SessionFactory) -> None:
    words = {**NPS, "targets": {"day90": "Loved by all"}}
    assert "Record…" not in offered(place(sessions, workspace(framework(words)))("nps"))


def test_each_does_what_it_says(sessions: SessionFactory) -> None:
    ask = place(sessions)
    for one in actions(ask("nps")).more:
        if one.form:
            assert one.form in FORMS
            assert one.ask == NPS_PATH
        else:
            assert "error" not in ask(one.ask).data
    assert ask("subscriptions").data["subscriptions"][0]["cadence"] == "09:00 monday"


def test_of_the_past_only_its_history_is_asked(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, 2]))
    more = actions(place(sessions)("stars as-of 2026-11-22")).more
    assert more == (Action("History", f"history {STARS_PATH} as-of 2026-11-22"),)
