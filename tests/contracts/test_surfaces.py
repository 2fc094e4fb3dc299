"""Every command's answer on every surface, over a workspace full of numbers: whole and within the limits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len

from bot.commands import COMMANDS
from bot.reply import Action, Actions, Reply, Text, plain_text
from bot.surfaces.slack import limits
from bot.surfaces.slack.plain import plain_message, without_images
from bot.surfaces.slack.render import content_size, render
from bot.surfaces.terminal.render import plain_text as in_terminal
from bot.workspace import Workspace
from storage import SessionFactory, connect
from tests.bot.surfaces.slack.shapes import check_message, marked_up
from tests.contracts.filled import filled_samples, filled_workspace
from tests.factories import Asking, asking, store, whole

FURTHER = (
    "attribution",
    "audit",
    "compare",
    "compare hektor stars vs evaluators 90d",
    "dashboard",
    "dashboard bakhmach technical",
    "dashboard inferno executive",
    "frameworks",
    "frameworks hektor",
    "funnel",
    "gate phase1 all",
    "gate phase1 evidence",
    "gate phase2",
    "help gate",
    "hektor stars 90d",
    "hektor stars in q2",
    "history hektor stars 12w",
    "judge",
    "list",
    "list all",
    "list bakhmach",
    "note hektor stars 12 Nov: Show HN",
    "notes",
    "owners nobody",
    "record hektor/success_definition.developer_love 52 October survey",
    "review done bakhmach monthly_review checked",
    "reviews all",
    "show hektor stars",
    "strs",
    "target",
    "target hektor stars",
    "test coverage",
    "why hektor stars",
    "zones",
)
QUESTIONS = list(dict.fromkeys([*(one.example for one in COMMANDS), *FURTHER]))
EVERY = pytest.mark.parametrize("question", QUESTIONS)

LONGEST_LABEL = 60
"""Two lines on a phone: Slack itself takes 75."""


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return filled_workspace()


@pytest.fixture(scope="module")
def filled(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Path:
    path = tmp_path_factory.mktemp("filled") / "kpi.db"
    shutil.copyfile(migrated_sqlite, path)
    engine = connect(f"sqlite:///{path}")
    store(SessionFactory(engine), filled_samples(workspace))
    engine.dispose()
    return path


@pytest.fixture
def ask(filled: Path, tmp_path: Path, workspace: Workspace) -> Iterator[Asking]:
    shutil.copyfile(filled, tmp_path / "kpi.db")
    engine = connect(f"sqlite:///{tmp_path / 'kpi.db'}")
    yield asking(workspace, SessionFactory(engine))
    engine.dispose()


def parts(reply: Reply) -> Iterator[Reply]:
    yield reply
    yield from reply.thread


@EVERY
def test_slack_takes_it_with_its_pictures_and_without(question: str, ask: Asking) -> None:
    for part in parts(whole(ask, question)):
        for files in (["F0CHART"] * len(part.charts), []):
            for message in render(part, files):
                check_message(message)
                check_message(plain_message(message))
                check_message(without_images(message))
                assert content_size(message["blocks"]) <= limits.CONTENT
                assert all(len(text) <= limits.SECTION for text in marked_up(message["blocks"]))


@EVERY
def test_it_is_one_message_on_slack(question: str, ask: Asking) -> None:
    for part in parts(ask(question)):
        assert len(render(part)) == 1


@EVERY
@pytest.mark.parametrize("width", [80, 40])
def test_no_line_leaves_the_terminal(question: str, width: int, ask: Asking) -> None:
    lines = in_terminal(whole(ask, question), width).splitlines()
    assert lines
    assert all(cell_len(line) <= width for line in lines)
    assert not any(first == second == "" for first, second in pairwise(lines))


@EVERY
def test_its_first_line_is_the_finding(question: str, ask: Asking) -> None:
    first = ask(question).blocks[0]
    assert isinstance(first, Text)
    assert plain_text(first.spans).strip()


def buttons(reply: Reply) -> list[Action]:
    return [one for block in reply.blocks if isinstance(block, Actions) for one in block.actions]


@EVERY
def test_its_buttons_are_few_short_and_tell_themselves_apart(question: str, ask: Asking) -> None:
    shown = buttons(ask(question))
    assert len(shown) <= 6
    assert len({one.label for one in shown}) == len(shown)
    assert all(len(one.label) <= LONGEST_LABEL for one in shown), [one.label for one in shown]


@EVERY
def test_its_buttons_are_answered(question: str, ask: Asking) -> None:
    for button in buttons(ask(question)):
        reply = ask(button.ask)
        assert "error" not in reply.data, (button.ask, reply.text)
        assert "did not work" not in reply.text
