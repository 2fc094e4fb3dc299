"""Acts that need a role: who may, who may not and whom they are told to ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import access
from bot.errors import UserError
from bot.roles import ALLOWED, Act
from bot.surfaces.base import Invocation
from bot.workspace import Person, Workspace
from tests.factories import workspace

READER, EDITOR, ADMIN = (Person(role, {"slack": f"U0{role}"}, role) for role in ("reader", "editor", "admin"))
TEAM = workspace(people=(READER, EDITOR, ADMIN))
NOT_SET_UP = workspace(people=(READER,))
WRITING = sorted(set(ALLOWED) - {"target", "audit"})


def asked(user: str, *, surface: str = "slack", is_shared: bool = False) -> Invocation:
    return Invocation("", surface, f"U0{user}", "C0ALL", is_shared)


def refusal(act: Act, workspace: Workspace, invocation: Invocation) -> str:
    with pytest.raises(UserError) as caught:
        access.require(act, workspace, invocation)
    return str(caught.value)


@pytest.mark.parametrize("act", WRITING)
def test_editors_and_admins_write(act: Act) -> None:
    access.require(act, TEAM, asked("editor"))
    access.require(act, TEAM, asked("admin"))
    for user in ("reader", "nobody"):
        assert "Ask editor (editor), admin (admin)." in refusal(act, TEAM, asked(user))


@pytest.mark.parametrize(
    ("act", "user", "words"),
    [
        ("target", "reader", "You may read, not change targets. Ask admin (admin)."),
        ("target", "editor", "You may not change targets. Ask admin (admin)."),
        ("target", "nobody", "You may read, not change targets. Ask admin (admin)."),
        ("audit", "reader", "You may not read the audit trail. Ask admin (admin)."),
        ("audit", "editor", "You may not read the audit trail. Ask admin (admin)."),
        ("record", "reader", "You may read, not record. Ask editor (editor), admin (admin)."),
        ("silence", "reader", "You may read, not silence alerts. Ask editor (editor), admin (admin)."),
    ],
)
def test_a_refusal_says_what_is_missing_and_who_has_it(act: Act, user: str, words: str) -> None:
    assert refusal(act, TEAM, asked(user)) == words


@pytest.mark.parametrize("act", ALLOWED)
def test_while_no_role_is_given_nobody_is_locked_out(act: Act) -> None:
    for user in ("reader", "nobody"):
        access.require(act, NOT_SET_UP, asked(user))


@pytest.mark.parametrize("act", ALLOWED)
@pytest.mark.parametrize("team", [TEAM, NOT_SET_UP])
def test_nothing_is_done_where_outsiders_read(act: Act, team: Workspace) -> None:
    for user in ("admin", "nobody"):
        told = refusal(act, team, asked(user, is_shared=True))
        assert told.startswith("People outside your company read here, so you may not ")
        assert told.endswith(". Ask me in a channel of your own.")


@pytest.mark.parametrize("act", ALLOWED)
def test_the_terminal_may_do_everything(act: Act) -> None:
    locked = replace(TEAM, permissions=dict.fromkeys(ALLOWED, ()))
    access.require(act, locked, asked("nobody", surface="terminal", is_shared=True))


def test_the_workspace_says_which_roles_may() -> None:
    changed = replace(TEAM, permissions={"target": ("editor", "admin"), "record": ("admin",)})
    access.require("target", changed, asked("editor"))
    assert refusal("record", changed, asked("editor")) == "You may not record. Ask admin (admin)."
    assert "Ask editor (editor)" in refusal(
        "note", changed, asked("reader")
    )  # as it is where nothing is said


def test_readers_may_what_the_workspace_lets_them_named_or_not() -> None:
    changed = replace(TEAM, permissions={"acknowledge": ("reader", "editor", "admin")})
    access.require("acknowledge", changed, asked("reader"))
    access.require("acknowledge", changed, asked("nobody"))


def test_an_act_that_nobody_may_says_how_to_change_that() -> None:
    editors = replace(TEAM, people=(EDITOR,))
    assert refusal("target", editors, asked("editor")) == (
        "You may not change targets. Nobody may yet: give somebody the role admin in kpi.yaml."
    )
    locked = replace(TEAM, permissions={"record": ()})
    assert refusal("record", locked, asked("admin")).endswith(
        "Only the terminal may; kpi.yaml says so under `permissions`."
    )


def test_an_id_counts_on_its_own_surface() -> None:
    assert refusal("record", TEAM, asked("admin", surface="discord"))
