"""Codecov's traps: commits that are not done, reports that are not there, the word before the token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.codecov import COLLECTOR, parse_commits, parse_totals
from tests.collectors.scenarios.base import NOW, play
from tests.collectors.scenarios.codecov import TOKEN, repository


def commit(state: str = "complete", coverage: float | None = 80.0, at: str = "2026-11-19T10:00:00") -> Any:
    return {"timestamp": at, "state": state, "totals": None if coverage is None else {"coverage": coverage}}


def test_only_commits_that_codecov_is_done_with_count() -> None:
    found = [commit("pending"), commit("error"), commit(coverage=None), commit(coverage=81.25)]
    assert [(one.at, one.value) for one in parse_commits(found, NOW)] == [
        (datetime(2026, 11, 19, 10, tzinfo=UTC), 0.8125)
    ]


def test_of_two_commits_of_one_second_the_newer_counts() -> None:
    assert [one.value for one in parse_commits([commit(coverage=90.0), commit(coverage=70.0)], NOW)] == [0.9]


def test_a_repository_without_a_report_has_no_number() -> None:
    assert list(parse_totals(None, NOW)) == []


async def test_a_branch_that_is_named_is_not_asked_for(client: Client) -> None:
    scenario = repository()
    scenario.settings = {**scenario.settings, "branch": "main"}
    batch, server = await play(COLLECTOR, scenario, client)
    assert batch.faults == ()
    assert server.asked[0].path.endswith("/totals/")
    assert server.asked[0].headers["authorization"] == f"bearer {TOKEN}"


@pytest.mark.parametrize("name", ["rocket", "acme/rocket/x", "acme/ro cket", "../etc", "acme/"])
def test_a_repository_is_an_owner_and_a_name(name: str) -> None:
    with pytest.raises(ValidationError, match="repository"):
        COLLECTOR.configure({"repository": name, "token": TOKEN})
