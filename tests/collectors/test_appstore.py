"""Apple's App Store: a 404 that is a zero and one that is not, reports that fit, and keys."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.appstore import COLLECTOR
from collectors.appstore_samples import DOWNLOADS, parse_sales, unpacked
from collectors.base import Batch, Client
from collectors.faults import UnexpectedResponse
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.appstore import APP, PACIFIC, FakeApple, an_app, private_key, said_no, sales
from tests.collectors.scenarios.base import filled, play

READY = date(2026, 11, 18)
HEADER = "Apple Identifier\tProduct Type Identifier\tUnits\tBegin Date\tEnd Date"


def fake(**more: Any) -> FakeApple:
    return FakeApple(sales(date(2026, 11, 10), READY), [], READY, **more)


async def run(client: Client, answer: Any, **settings: Any) -> Batch:
    scenario = an_app()
    kept = {key: value for key, value in {**scenario.settings, **settings}.items() if value is not None}
    since = datetime(2026, 11, 12, 20, tzinfo=UTC)
    return (await play(COLLECTOR, replace(scenario, settings=kept, since=since), client, answer=answer))[0]


def downloads(batch: Batch) -> dict[date, float]:
    return {
        one.at.astimezone(PACIFIC).date(): one.value for one in batch.samples if one.metric == DOWNLOADS.name
    }


async def test_a_day_without_sales_is_a_zero_once_its_report_is_due(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        if asked.path == "/v1/salesReports":
            return said_no(404, "There were no sales for the date specified.", "NOT_FOUND")
        return fake()(asked)

    found = downloads(await run(client, answer))
    assert set(found.values()) == {0.0}
    assert max(found) == date(2026, 11, 18), "the report of the 19th is due at noon on the 20th, Pacific"


async def test_a_report_that_is_not_there_yet_is_no_zero_and_no_fault(client: Client) -> None:
    late = FakeApple(fake().sold, [], date(2026, 11, 15))
    batch = await run(client, late)
    assert max(downloads(batch)) == date(2026, 11, 15)
    assert batch.faults == ()


async def test_a_404_of_another_kind_is_a_fault(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        return said_no(404, "Invalid vendor", "NOT_FOUND") if "sales" in asked.path else fake()(asked)

    batch = await run(client, answer)
    assert [(one.part, one.kind) for one in batch.faults] == [("sales", "UnexpectedResponse")]
    assert "Invalid vendor" in batch.faults[0].message


async def test_a_key_without_a_role_says_which(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        if asked.path.endswith("customerReviews"):
            return said_no(403, "This request is forbidden for security reasons", "FORBIDDEN_ERROR")
        return fake()(asked)

    batch = await run(client, answer)
    assert [(one.part, one.kind) for one in batch.faults] == [("reviews", "AuthFailed")]
    assert "Customer Support" in batch.faults[0].hint


async def test_ratings_need_no_key(client: Client) -> None:
    keyless = dict.fromkeys(("vendor", "issuer", "key_id", "private_key"))
    batch = await run(client, fake(), **keyless)
    assert batch.faults == ()
    assert {one.metric for one in batch.samples} == {"appstore.rating", "appstore.ratings"}


async def test_without_a_rating_there_is_no_average(client: Client) -> None:
    batch = await run(client, fake(rated={"us": (0.0, 0)}))
    assert [one.value for one in batch.samples if one.metric == "appstore.ratings"] == [0.0]
    assert "appstore.rating" not in {one.metric for one in batch.samples}
    assert f"app {APP} is not in the stores of de" in batch.notes


async def test_an_app_that_no_store_lists_is_a_fault(client: Client) -> None:
    batch = await run(client, fake(rated={}))
    assert [(one.part, one.kind) for one in batch.faults] == [("rating", "UnexpectedResponse")]


async def test_a_key_may_lie_in_a_file_and_is_never_shown(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "AuthKey.p8"
    path.write_text(private_key())
    assert (await run(client, fake(), private_key=str(path))).faults == ()
    path.write_text("hunter2")
    batch = await run(client, fake(), private_key=str(path))
    assert {one.part for one in batch.faults} == {"sales", "reviews"}
    assert "hunter2" not in str(batch)
    batch = await run(client, fake(), private_key="/nowhere/hunter2.p8")
    assert "cannot be read" in batch.faults[0].message
    assert "hunter2" not in str(batch)


async def test_one_year_is_as_far_as_apple_keeps(client: Client) -> None:
    scenario = replace(
        an_app(), since=datetime(2025, 11, 10, tzinfo=UTC), until=datetime(2025, 12, 1, tzinfo=UTC)
    )
    _, server = await play(COLLECTOR, scenario, client, answer=fake())
    days = [one.query["filter[reportDate]"] for one in server.asked if one.path == "/v1/salesReports"]
    assert (days[0], days[-1]) == ("2025-11-21", "2025-11-30")


async def test_the_probe_tells_the_app(client: Client) -> None:
    async with serve(fake()) as server:
        config = COLLECTOR.configure(filled(dict(an_app().settings), server.url))
        assert await COLLECTOR.examine(config, client, an_app().span()) == "Acme, 1,200 ratings"


@pytest.mark.parametrize(
    "row",
    [
        f"{APP}\t1F\tfive\t11/18/2026\t11/18/2026",
        f"{APP}\t1F\t5\t11/17/2026\t11/17/2026",
        f"{APP}\t1F\t5\t11/17/2026\t11/18/2026",
        f"{APP}\t1F",
    ],
)
def test_a_report_that_does_not_fit_is_not_used(row: str) -> None:
    with pytest.raises(UnexpectedResponse):
        parse_sales(f"{HEADER}\n{row}\n", APP, READY)


def test_first_downloads_are_told_from_updates_and_refunds() -> None:
    rows = [
        f"{APP}\t{kind}\t{units}\t11/18/2026\t11/18/2026" for kind, units in (("1F", 5), ("7", 9), ("1", -2))
    ]
    assert parse_sales("\n".join([HEADER, *rows]), APP, READY)[DOWNLOADS] == 5


def test_a_report_that_unpacks_without_end_is_refused() -> None:
    with pytest.raises(UnexpectedResponse, match="larger than may be"):
        unpacked(gzip.compress(b"0" * 1_000_000), 100_000)
    with pytest.raises(UnexpectedResponse, match="cut short"):
        unpacked(gzip.compress(b"0" * 1_000)[:-4], 100_000)


@pytest.mark.parametrize(
    "settings",
    [
        {"app": "acme"},
        {"app": APP, "vendor": "80012345"},
        {"app": APP, "key_id": "K"},
        {"app": APP, "countries": []},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(settings)
