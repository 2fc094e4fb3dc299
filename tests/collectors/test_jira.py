"""Jira's traps: a dead token that sees nothing, refused questions, names in JQL, and lists that break off."""

from __future__ import annotations

import pytest

from collectors.base import Batch
from collectors.http import Client
from collectors.jira import COLLECTOR, _quoted
from collectors.jira_samples import parse_stays
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Answerer, play, refused
from tests.collectors.scenarios.jira import Jira, _change, a_site, ago


async def collected(client: Client, answer: Answerer) -> Batch:
    return (await play(COLLECTOR, a_site(), client, answer=answer))[0]


async def test_a_dead_token_is_no_empty_project(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        if asked.path == "/rest/api/3/myself":
            return refused(401, message="Client must be authenticated")
        return said_json({"issues": [], "isLast": True})

    batch = await collected(client, answer)
    assert batch.samples == ()
    assert [one.kind for one in batch.faults] == ["AuthFailed"]


async def test_a_refused_question_says_what_is_wrong(client: Client) -> None:
    site = Jira()

    def answer(asked: Asked) -> Said:
        if asked.path.endswith("/search/jql"):
            return refused(400, errorMessages=["The value 'OPS' does not exist for the field 'project'."])
        return site(asked)

    batch = await collected(client, answer)
    assert "The value 'OPS' does not exist" in batch.faults[0].message
    assert {one.metric for one in batch.samples} == {"jira.velocity", "jira.planned_points"}


async def test_a_list_that_breaks_off_is_not_used(client: Client) -> None:
    site = Jira()

    def answer(asked: Asked) -> Said:
        if asked.path.endswith("/sprint") and asked.query["startAt"] != "0":
            return said_json({"values": [], "isLast": False})
        return site(asked)

    batch = await collected(client, answer)
    assert [one.part for one in batch.faults] == ["sprints"]


async def test_a_field_that_no_issue_has_is_not_a_velocity_of_zero(client: Client) -> None:
    site = Jira()

    def answer(asked: Asked) -> Said:
        said = site(asked)
        return Said(said.status, said.body.replace(b"customfield_10032", b"customfield_1"), said.headers)

    batch = await collected(client, answer)
    assert "no issue of a sprint has the field" in batch.faults[0].message


@pytest.mark.parametrize(
    ("name", "quoted"), [("Blocked", '"Blocked"'), ('a "b"', '"a \\"b\\""'), ("a\\", '"a\\\\"')]
)
def test_names_are_quoted_as_jql_wants(name: str, quoted: str) -> None:
    assert _quoted(name) == quoted


def test_a_move_from_one_blocked_status_to_another_is_one_stay() -> None:
    changes = [
        _change(ago(1), "status", "Waiting", "Open"),
        _change(ago(3), "status", "Open", "Blocked"),
        _change(ago(2), "status", "Blocked", "Waiting"),
    ]
    ((_, stay),) = parse_stays("KPI-1", changes, ("Blocked", "Waiting"))
    assert (stay.at, stay.value) == (ago(1), 2 * 86400)
    assert stay.at < NOW
