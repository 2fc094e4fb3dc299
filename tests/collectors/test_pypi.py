"""pypistats.org's traps: a package it does not know, days it does not tell, a name in another spelling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.pypi import COLLECTOR, normalized
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import filled, play
from tests.collectors.scenarios.pypi import FETCHED, LOST, Fetched, Pypistats, row, two_packages


@pytest.mark.parametrize("name", ["acme-sdk", "Acme_SDK", "acme.sdk", "ACME-_sdk"])
def test_a_name_is_one_in_every_spelling(name: str) -> None:
    assert normalized(name) == "acme-sdk"


async def test_a_package_in_two_spellings_is_read_once(client: Client) -> None:
    twice = replace(
        two_packages(), settings={**two_packages().settings, "packages": ["acme.sdk", "Acme-SDK"]}
    )
    batch, server = await play(COLLECTOR, twice, client)
    assert batch.faults == ()
    assert [one.path.split("/")[3] for one in server.asked] == ["acme-sdk", "pip", "acme-sdk"]


async def test_a_package_nobody_knows_is_a_fault_and_the_others_are_read(client: Client) -> None:
    """Split by version, pypistats.org answers 200 with an empty list."""
    known = [one for one in FETCHED if one.package == "acme-cli"]
    batch, _ = await play(COLLECTOR, two_packages(), client, answer=Pypistats(known))
    assert [one.part for one in batch.faults] == ["acme-sdk", "acme-sdk by version"]
    assert all("packages" in one.hint for one in batch.faults)
    assert {dict(one.labels)["package"] for one in batch.samples} == {"acme-cli"}


async def test_a_day_that_is_not_told_is_zero_where_others_were_counted(client: Client) -> None:
    batch, server = await play(COLLECTOR, two_packages(), client)
    found = {
        f"{one.at:%m-%d}": one.value for one in batch.samples if one.labels == (("package", "acme-sdk"),)
    }
    assert set(LOST).isdisjoint(f"2026-{day}" for day in found)
    assert (found["11-06"], found["11-07"], found["11-18"]) == (1230, 0, 1700)
    assert len([one for one in server.asked if "/pip/" in one.path]) == 1


async def test_before_its_first_download_a_package_has_no_zeros(client: Client) -> None:
    new = Fetched("2026-11-18", "acme-cli", "3.13", 4)
    settings = {**two_packages().settings, "packages": ["acme-cli"]}
    batch, _ = await play(
        COLLECTOR, replace(two_packages(), settings=settings), client, answer=Pypistats([new])
    )
    found = {f"{one.at:%m-%d}": one.value for one in batch.samples if one.metric == "pypi.downloads"}
    assert found == {"11-18": 4, "11-19": 0}


async def test_without_the_reference_a_gap_is_a_fault_and_no_zero(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        return Said(503) if "/pip/" in asked.path else Pypistats()(asked)

    batch, _ = await play(COLLECTOR, two_packages(), client, answer=answer)
    assert {one.kind for one in batch.faults} == {"Unavailable"}
    assert batch.samples == ()


@pytest.mark.parametrize(
    "data",
    [
        [row("2026-11-18", "without_mirrors", 1), row("2026-11-18", "without_mirrors", 2)],
        [row("2026-11-31", "without_mirrors", 1)],
        [{"date": "2026-11-18", "category": "without_mirrors", "downloads": None}],
    ],
    ids=["told twice", "no day", "no number"],
)
async def test_rows_that_cannot_be_are_a_fault(client: Client, data: Any) -> None:
    def answer(asked: Asked) -> Said:
        if "overall" not in asked.path:
            return Pypistats()(asked)
        return said_json({"package": asked.path.split("/")[3], "data": data})

    batch, _ = await play(COLLECTOR, two_packages(), client, answer=answer)
    assert {one.kind for one in batch.faults} == {"UnexpectedResponse"}
    assert "pypi.downloads" not in {one.metric for one in batch.samples}


async def test_one_cheap_call_tells_the_last_day(client: Client) -> None:
    async with serve(Pypistats()) as server:
        config = COLLECTOR.configure(filled(dict(two_packages().settings), server.url))
        said = await COLLECTOR.examine(config, client, two_packages().span())
        assert said == "acme-sdk, 810 downloads on the last day"


@pytest.mark.parametrize("packages", [[], ["../x"], ["a b"], ["-a"]])
def test_names_that_cannot_be_are_refused(packages: list[str]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure({"packages": packages})
