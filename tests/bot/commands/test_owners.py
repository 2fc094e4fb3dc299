"""`/kpi owners NAME`: the KPI's own owner, else its section's, else its framework's; the rest is counted."""

from __future__ import annotations

import pytest

from bot.commands.owners import COMMAND
from bot.reply import Reply
from bot.workspace import Person, Workspace
from storage import Engine, SessionFactory
from tests.bot.commands.answering import answer, enter, statements, withheld
from tests.factories import NPS, STARS, asks, built_in, framework, lines, said, workspace

ML_OWNER = (
    built_in("bakhmach").uses[0].framework.governance.owners["Domain-Level Metrics > 2. ML Pipeline Domain"]
)


def shown(text: str, used: Workspace, sessions: SessionFactory) -> Reply:
    return answer(COMMAND, text, used, sessions)


def owned(**governance: object) -> Workspace:
    return workspace(framework({**STARS, "owner": "@dana"}, NPS, governance=governance))


def test_the_nearest_owner_counts() -> None:
    owners = {
        ref.kpi.name: ref.use.framework.owner_of(ref.kpi)
        for ref in owned(owners={"Growth": "@lee"}, owner="Board").kpis
    }
    assert owners == {"GitHub Stars": "@dana", "Net Promoter Score": "@lee"}
    assert [ref.use.framework.owner_of(ref.kpi) for ref in owned(owner="Board").kpis] == ["@dana", "Board"]
    assert [ref.use.framework.owner_of(ref.kpi) for ref in owned().kpis] == ["@dana", ""]


def test_a_section_owns_the_sections_below_it() -> None:
    owners = {
        ref.use.framework.owner_of(ref.kpi)
        for ref in built_in("bakhmach").kpis
        if "2. ML Pipeline Domain" in ref.kpi.section
    }
    assert owners == {ML_OWNER}


def test_every_owner_is_listed_and_the_unowned_are_counted(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.github_stars": 5000})
    reply = shown("", owned(), sessions)
    told = lines(reply)
    assert told[0] == "1 owner of 2 KPIs, 1 without one."
    assert told[1] == "@dana: 1 KPI, 1 measured, 1 of 1 target met"
    assert told[2] == "1 KPI without an owner: add owner: to the framework file."
    assert asks(reply) == ["owners @dana", "owners nobody", "owners"]
    assert reply.data["unowned"] == ["acme/growth.net_promoter_score"]


@pytest.mark.parametrize("text", ["@dana", "dana", "DANA", "me"])
def test_an_owner_is_shown_what_is_theirs(text: str, sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.github_stars": 1200})
    used = workspace(
        framework({**STARS, "owner": "@dana"}, NPS), people=[Person("Dana", {"slack": "U0DANA"}, "editor")]
    )
    told = lines(shown(text, used, sessions))
    assert told[0] == "@dana: 1 KPI, 1 measured, 0 of 1 target met."
    assert told[1] == "Growth"
    assert told[2].startswith("– GitHub Stars 1,200 · ")


def test_nobody_is_a_name_for_the_unowned(sessions: SessionFactory) -> None:
    told = lines(shown("nobody", owned(), sessions))
    assert told[0] == "Nobody: 1 KPI, 0 measured."
    assert "○ Net Promoter Score: no number yet" in told


def test_one_word_of_a_long_name_is_enough_where_it_fits_one(sessions: SessionFactory) -> None:
    used = built_in("bakhmach")
    assert shown("ml", used, sessions).data["owner"] == ML_OWNER
    assert shown("domain", used, sessions).data["error"] == "Nobody called “domain” owns a KPI."


@pytest.mark.parametrize(("text", "hint"), [("dan", "Nearest: `owners @dana`."), ("zzz", "`owners` lists")])
def test_an_unknown_owner_is_refused_with_the_nearest(text: str, hint: str, sessions: SessionFactory) -> None:
    reply = shown(text, owned(), sessions)
    assert reply.data["error"] == f"Nobody called “{text}” owns a KPI."
    assert reply.data["hint"].startswith(hint)


def test_without_any_owner_it_says_what_to_add(sessions: SessionFactory) -> None:
    reply = shown("dana", built_in("hektor"), sessions)
    assert reply.data["hint"] == "No KPI has an owner: add `owner:` to the framework file."


def test_what_is_withheld_counts_for_nobody(sessions: SessionFactory) -> None:
    reply = shown("", withheld(owned(), "acme/growth.github_stars"), sessions)
    assert "dana" not in said(reply)
    assert reply.text == "0 owners of 1 KPI, 1 without one."


def test_the_statements_do_not_grow_with_the_kpis(engine: Engine, sessions: SessionFactory) -> None:
    few, many = (
        workspace(framework(*({**NPS, "name": f"Figure {at}", "aliases": []} for at in range(count))))
        for count in (30, 300)
    )
    taken = statements(COMMAND, "", few, engine=engine, sessions=sessions)
    assert statements(COMMAND, "", many, engine=engine, sessions=sessions) == taken
