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
from tests.collectors.scenarios.pypi import FETCHED, Pypistats, row, two_packages


@pytest.mark.parametrize("name", ["acme-sdk", "Acme_SDK", "acme.sdk", "ACME-_sdk"])
def test_a_name_is_one_in_every_spelling(name: str) -> None:
    assert normalized(name) == "acme-sdk"


async def test_a_package_in_two_spellings_is_read_once(client: Client) -> None:
    twice = replace(
        two_packages(), settings={**two_packages().settings, "packages": ["acme.sdk", "Acme-SDK"]}
    )
    batch, server = await play(COLLECTOR, twice, client)
    assert batch.faults == ()
    assert len(server.asked) == 2


async def test_a_package_nobody_knows_is_a_fault_and_the_others_are_read(client: Client) -> None:
    """Split by version, pypistats.org answers 200 with an empty list."""
    known = [one for one in FETCHED if one.package == "acme-cli"]
    batch, _ = await play(COLLECTOR, two_packages(), client, answer=Pypistats(known))
    assert [one.part for one in batch.faults] == ["acme-sdk", "acme-sdk by version"]
    assert all("packages" in one.hint for one in batch.faults)
    assert {dict(one.labels)["package"] for one in batch.samples} == {"acme-cli"}


async def test_a_day_that_is_not_told_is_no_zero(client: Client) -> None:
    batch, _ = await play(COLLECTOR, two_packages(), client)
    assert 0.0 not in {one.value for one in batch.samples}
    days = {f"{one.at:%m-%d}" for one in batch.samples if dict(one.labels)["package"] == "acme-sdk"}
    assert days == {"11-06", "11-18", "11-19"}


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
