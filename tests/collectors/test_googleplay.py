"""Google Play: months that are there, columns by their names, and files that do not fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client
from collectors.faults import UnexpectedResponse
from collectors.googleplay import COLLECTOR, INSTALLS, RATING, REPORTS, decoded, parse_report
from tests.collectors.loopback import serve
from tests.collectors.scenarios.base import filled, play
from tests.collectors.scenarios.googleplay import BUCKET, PACIFIC, PACKAGE, FakePlay, an_app, happenings

RATINGS = "Date,Package Name,Daily Average Rating,Total Average Rating\n"


def fake(told: date = date(2026, 11, 17)) -> FakePlay:
    return FakePlay(happenings(date(2026, 9, 12), date(2026, 11, 20)), told)


async def run(client: Client, stand_in: FakePlay, **settings: Any) -> Batch:
    scenario = an_app()
    changed = replace(scenario, settings={**scenario.settings, **settings})
    return (await play(COLLECTOR, changed, client, answer=stand_in.interface()))[0]


def days(batch: Batch, metric: str) -> set[date]:
    return {one.at.astimezone(PACIFIC).date() for one in batch.samples if one.metric == metric}


async def test_a_month_that_is_not_there_yet_is_no_fault(client: Client) -> None:
    batch = await run(client, fake(date(2026, 10, 28)))
    assert batch.faults == ()
    assert max(days(batch, INSTALLS.name)) == date(2026, 10, 28)


async def test_a_day_without_a_rating_has_a_total_alone(client: Client) -> None:
    batch = await run(client, fake())
    assert days(batch, "googleplay.daily_rating") < days(batch, RATING.name)


async def test_a_piece_of_the_past_is_read_alone(client: Client) -> None:
    until = datetime(2026, 10, 20, 8, tzinfo=UTC)
    batch, server = await play(COLLECTOR, replace(an_app(), until=until), client, answer=fake().interface())
    assert days(batch, INSTALLS.name) == {date(2026, 10, day) for day in range(15, 21)}
    assert not [one for one in server.asked if "202611" in one.target]


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        (
            {"package": "dev.acme.other"},
            "UnexpectedResponse",
            "holds no report of installs for dev.acme.other",
        ),
        ({"bucket": "pubsite_prod_rev_9"}, "AuthFailed", "storage.objects.list"),
    ],
)
async def test_an_app_or_bucket_that_is_not_open_is_a_fault(
    client: Client, settings: dict[str, str], kind: str, words: str
) -> None:
    batch = await run(client, fake(), **settings)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert words in batch.faults[0].message


@pytest.mark.parametrize("header", [RATINGS, RATINGS.lower(), "\ufeff" + RATINGS.replace("Name", "name")])
def test_columns_are_found_by_name_whatever_their_capitals(header: str) -> None:
    report = decoded(f"{header}2026-11-03,{PACKAGE},,4.25\n".encode("utf-16"))
    columns = REPORTS["ratings"]
    found = parse_report(report.removeprefix("\ufeff"), columns, PACKAGE, "202611")
    assert found == {(RATING, date(2026, 11, 3)): 4.25}


@pytest.mark.parametrize(
    "report",
    [
        "",
        "Date,Package Name,Daily Average Rating\n",
        f"{RATINGS}2026-11-03,{PACKAGE},4\n",
        f"{RATINGS}2026-11-03,dev.acme.other,4,4\n",
        f"{RATINGS}2026-10-03,{PACKAGE},4,4\n",
        f"{RATINGS}3 Nov,{PACKAGE},4,4\n",
        f"{RATINGS}2026-11-03,{PACKAGE},four,4\n",
    ],
)
def test_a_file_that_does_not_fit_is_not_used(report: str) -> None:
    with pytest.raises(UnexpectedResponse):
        parse_report(report, REPORTS["ratings"], PACKAGE, "202611")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnexpectedResponse, match="UTF-16"):
        decoded(b"\xff\xfed\x00a")


async def test_the_probe_tells_the_months(client: Client) -> None:
    async with serve(fake().interface()) as server:
        config = COLLECTOR.configure(filled(dict(an_app().settings), server.url))
        assert await COLLECTOR.examine(config, client, an_app().span()) == "dev.acme.app, reports of 3 months"


def test_a_bucket_is_read_from_the_address_that_play_console_copies() -> None:
    given = {"package": PACKAGE, "credentials": "key.json", "bucket": f"gs://{BUCKET}/stats/installs/"}
    assert COLLECTOR.configure(given).bucket == BUCKET


@pytest.mark.parametrize(("setting", "value"), [("package", "acme"), ("bucket", "a b"), ("bucket", "gs://")])
def test_settings_that_cannot_work_are_refused(setting: str, value: str) -> None:
    with pytest.raises(ValidationError, match=setting):
        COLLECTOR.configure({"package": PACKAGE, "bucket": BUCKET, "credentials": "key.json", setting: value})
