"""Google Analytics 4: what it leaves out, and what that means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client
from collectors.ga4 import COLLECTOR
from collectors.ga4_tables import parse_table
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import NOW, filled, play
from tests.collectors.scenarios.ga4 import FakeAnalytics, autumn, visits

TODAY = date(2026, 11, 20)


async def run(client: Client, fake: FakeAnalytics, **settings: Any) -> Batch:
    scenario = autumn()
    changed = replace(scenario, settings={**scenario.settings, **settings}, since=NOW - timedelta(days=5))
    batch, _ = await play(COLLECTOR, changed, client, answer=fake.interface())
    return batch


def some(**more: Any) -> FakeAnalytics:
    return FakeAnalytics(visits(TODAY, quiet=date(2026, 11, 17)), "America/New_York", more)


def values(batch: Batch, metric: str, **named: str) -> dict[date, float]:
    return {
        (one.at - timedelta(hours=5)).date(): one.value
        for one in batch.samples
        if one.metric == f"ga4.{metric}" and dict(one.labels) == named
    }


async def test_a_rare_event_counts_zero_where_it_was_seen_in_the_weeks_before(client: Client) -> None:
    found = values(await run(client, some()), "events", event="demo_requests")
    assert set(found.values()) == {0.0}
    assert date(2026, 11, 17) not in found, "of that day the property reports nothing at all"


async def test_an_event_nobody_knows_is_told_and_counts_nothing(client: Client) -> None:
    batch = await run(client, some(), events={"signups": "signup"})
    assert values(batch, "events", event="signups") == {}
    assert "nothing was seen of signups in four weeks: check what it stands for" in batch.notes


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"subjectToThresholding": True}, "withheld"),
        ({"dataLossFromOtherRow": True}, "(other)"),
        ({"samplingMetadatas": [{"samplesReadCount": "5", "samplingSpaceSize": "9"}]}, "sample"),
    ],
)
async def test_where_google_leaves_rows_out_no_zero_is_made_up(
    client: Client, more: dict[str, Any], words: str
) -> None:
    batch = await run(client, some(**more))
    assert values(batch, "events", event="demo_requests") == {}
    assert [one for one in batch.notes if words in one]


async def test_people_are_asked_for_by_period_and_never_added(client: Client) -> None:
    batch = await run(client, some())
    day = date(2026, 11, 18)
    people = {one.user for one in some().found if 0 <= (day - one.day).days < 30}
    assert values(batch, "visitors_30d")[day] == len(people)


async def test_people_of_today_are_neither_told_nor_asked_for(client: Client) -> None:
    fake = some()
    asked: list[str] = []

    def answer(question: Asked) -> Any:
        asked.append(question.body.decode())
        return fake.interface()(question)

    scenario = replace(autumn(), since=NOW - timedelta(days=5))
    batch, _ = await play(COLLECTOR, scenario, client, answer=answer)
    for metric in ("active_users_1d", "visitors_30d", "returning_share", "bounce_rate"):
        assert max(values(batch, metric)) == TODAY - timedelta(days=1)
    assert max(values(batch, "sessions")) == TODAY
    windows = [one for one in asked if "activeUsers" in one or "active1DayUsers" in one]
    assert windows
    assert not [one for one in windows if f"to{TODAY:%Y%m%d}" in one]


async def test_a_property_that_others_own_is_refused_with_what_to_do(client: Client) -> None:
    batch = await run(client, some(), property="5")
    (fault,) = batch.faults
    assert (fault.kind, batch.samples) == ("AuthFailed", ())
    assert "Viewer of the property" in fault.hint


async def test_a_report_that_ends_too_early_is_not_used(client: Client) -> None:
    fake = some()

    def answer(asked: Asked) -> Said:
        if asked.body and b'"offset": "0"' not in asked.body and b'"offset":"0"' not in asked.body:
            return Said(200, b'{"metadata": {"timeZone": "America/New_York"}, "rowCount": 900}')
        return fake.interface()(asked)

    scenario = autumn()
    batch, _ = await play(COLLECTOR, scenario, client, answer=answer)
    assert batch.faults
    assert not [one for one in batch.samples if one.metric == "ga4.channel_sessions"]


def test_columns_are_read_by_name() -> None:
    table = parse_table(
        {
            "metricHeaders": [{"name": "b"}, {"name": "a"}],
            "rows": [{"metricValues": [{"value": "2"}, {"value": "1"}]}],
        }
    )
    assert table.rows == ({"a": "1", "b": "2"},)


async def test_one_call_shows_that_it_can_be_read(client: Client) -> None:
    async with serve(some().interface()) as server:
        config = COLLECTOR.configure(filled(dict(autumn().settings), server.url))
        said = await COLLECTOR.examine(config, client, autumn().span())
    assert said.startswith("property 123456789 (America/New_York), ")
    assert said.endswith(" visitors yesterday")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("property", "G-ABC123"),
        ("pages", {"Docs": "^/docs"}),
        ("pages", {"docs": "(["}),
        ("events", {"signups": ""}),
    ],
)
def test_settings_that_cannot_work_are_refused(setting: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=setting):
        COLLECTOR.configure({"property": "1", "credentials": "key.json", setting: value})
