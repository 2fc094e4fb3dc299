"""npm's traps: zeros of days that were not counted, stretches cut short, scopes, and unknown packages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.faults import UnexpectedResponse
from collectors.npm import COLLECTOR, parse_range
from tests.collectors.loopback import serve
from tests.collectors.scenarios.base import filled, play
from tests.collectors.scenarios.npm import CLI, LATE, OUTAGE, SDK, Npm, a_fortnight


async def values(client: Client, package: str, answer: Npm | None = None) -> dict[str, tuple[float, bool]]:
    batch, _ = await play(COLLECTOR, a_fortnight(), client, answer=answer)
    assert batch.faults == ()
    return {
        f"{one.at:%Y-%m-%d}": (one.value, one.settled)
        for one in batch.samples
        if one.metric == "npm.downloads" and ("package", package) in one.labels
    }


async def test_a_zero_is_believed_where_others_were_counted(client: Client) -> None:
    found = await values(client, CLI)
    assert found["2026-11-14"] == (0.0, True)  # a Saturday
    assert set(found).isdisjoint({OUTAGE, LATE, "2026-11-20"})


async def test_what_npm_answers_is_kept_open_while_the_reference_is_zero(client: Client) -> None:
    """A count of ours on a day whose counting is not over: told, but not final."""

    class Halfway(Npm):
        def count(self, day: str, package: str) -> int:
            return 5 if (day, package) == (OUTAGE, SDK) else super().count(day, package)

    assert (await values(client, SDK, Halfway({}, frozenset({OUTAGE}))))[OUTAGE] == (5.0, False)


async def test_the_reference_is_read_once(client: Client) -> None:
    _, server = await play(COLLECTOR, a_fortnight(), client)
    assert len([one for one in server.asked if one.path.endswith("/semver")]) == 1


async def test_a_stretch_that_was_cut_short_is_a_fault(client: Client) -> None:
    vendor = replace(a_fortnight(), answer=Npm({}, longest=5))
    batch, _ = await play(COLLECTOR, vendor, client)
    assert [one.part for one in batch.faults] == [SDK, CLI]
    assert {one.metric for one in batch.samples} == {"npm.version_downloads"}


async def test_an_unknown_package_leaves_the_others(client: Client) -> None:
    settings = {"packages": ["acme-nobody", CLI], "base_url": "{url}"}
    batch, _ = await play(COLLECTOR, replace(a_fortnight(), settings=settings), client)
    assert [(one.part, one.kind) for one in batch.faults] == [("acme-nobody", "UnexpectedResponse")]
    assert "packages" in batch.faults[0].hint
    assert {dict(one.labels)["package"] for one in batch.samples} == {CLI}


def test_a_day_told_twice_is_a_fault() -> None:
    row = {"day": "2026-11-18", "downloads": 1}
    found = {"package": CLI, "downloads": [row, {"day": "2026-11-17", "downloads": 1}]}
    with pytest.raises(UnexpectedResponse, match="other days"):
        parse_range(found, CLI, [date(2026, 11, 17), date(2026, 11, 18)])


async def test_one_cheap_call_tells_the_last_week(client: Client) -> None:
    scenario = a_fortnight()
    async with serve(scenario.answer) as server:
        config = COLLECTOR.configure(filled(dict(scenario.settings), server.url))
        said = await COLLECTOR.examine(config, client, scenario.span())
        assert said == "@acme/sdk, 1,857 downloads in the last seven days"


@pytest.mark.parametrize("packages", [[], ["a/b"], ["@acme"], ["a,b"], ["../x"], ["a?b"]])
def test_names_that_cannot_be_are_refused(packages: list[Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure({"packages": packages})
