"""What a form offers while a KPI's name is typed: by beginning, part and misspelling."""

from __future__ import annotations

from typing import Any

import pytest

from bot.commands import COMMANDS
from bot.commands.complete import MOST
from bot.suggesting import Suggesting
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Workspace
from storage import SessionFactory
from tests.factories import built_in

YOU = Invocation("", "slack", "U0DANA", "C0TEAM")


def offers(sessions: SessionFactory, text: str, workspace: Workspace) -> list[tuple[str, str]]:
    return list(Suggesting(Timeline(workspace), sessions, COMMANDS).kpis(text, YOU))


@pytest.mark.parametrize("text", ["github st", "stars", "hub star", "githb stars"])
def test_a_beginning_an_alias_a_part_and_a_slip_are_known(text: str, sessions: SessionFactory) -> None:
    found = offers(sessions, text, built_in("hektor"))
    assert (
        "hektor/primary_metrics_north_star.github_stars",
        "GitHub Stars · Hektor: Primary Metrics (North Star)",
    ) in found


def test_each_is_offered_once_and_never_too_many(sessions: SessionFactory) -> None:
    found = offers(sessions, "s", built_in("hektor"))
    paths: list[Any] = [path for path, _ in found]
    assert len(paths) == len(set(paths)) == MOST


def test_what_nothing_is_called_offers_nothing(sessions: SessionFactory) -> None:
    assert offers(sessions, "zzzzqqq", built_in("hektor")) == []
