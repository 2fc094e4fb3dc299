"""The frame around collectors: settings that teach, spans, parts that fail alone, labels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.base import Batch, Client, Collector, CollectorConfig, Part, Span, clashes, collect_parts
from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from kpi.metric import Kind, Metric, Sample

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SPAN = Span(NOW, None, UTC_ZONE)
METRIC = Metric("shop.orders", "orders", Kind.FLOW, "orders a day")


class Config(CollectorConfig):
    collector: Literal["shop"] = "shop"
    repository: str = "x"
    limit: int = 1


def collector(collect: Callable[[Config, Client, Span], Awaitable[Batch]]) -> Collector[Config]:
    return Collector("shop", Config, (METRIC,), collect, settles_after=timedelta(0), backfills=False)


async def nothing(_config: Config, _client: Client, _span: Span) -> Batch:
    return Batch()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"repositry": "a"}, 'unknown setting "repositry". Did you mean repository?'),
        ({"zzz": "{0}"}, 'unknown setting "zzz". Known: collector, every, labels, limit, repository'),
        ({"limit": "many"}, "valid integer"),
        ({"every": "often"}, "write it like 15m, 1h or 1d"),
        ({"every": "1s"}, "not between"),
        ({"every": "99999999999999999999d"}, "not between"),
        ({"collector": "shoe"}, "shop"),
    ],
)
def test_a_wrong_setting_is_named_with_the_way_out(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        collector(nothing).configure(settings)
    assert words in str(caught.value)
    assert caught.value.errors()[0]["loc"] == (next(iter(settings)),)


def test_all_faults_of_a_source_come_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        collector(nothing).configure({"limit": "x", "limt": 2, "every": "?"})
    assert {one["loc"][0] for one in caught.value.errors()} == {"limit", "limt", "every"}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("15 min", timedelta(minutes=15)),
        ("1.5h", timedelta(minutes=90)),
        ("1d", timedelta(days=1)),
        ("1w", timedelta(days=7)),
    ],
)
def test_intervals_are_written_as_people_write_them(text: str, length: timedelta) -> None:
    assert collector(nothing).configure({"every": text}).every == length


@given(st.text(max_size=20))
def test_no_text_breaks_an_interval(text: str) -> None:
    try:
        every = collector(nothing).configure({"every": text}).every
    except ValidationError:
        return
    assert every is None or timedelta(seconds=10) <= every <= timedelta(days=366)


def test_a_span_needs_aware_times() -> None:
    with pytest.raises(ValueError, match="aware now"):
        Span(datetime(2026, 1, 1), None, UTC_ZONE)  # noqa: DTZ001 - the naive time is the point
    with pytest.raises(ValueError, match="aware since"):
        Span(NOW, datetime(2026, 1, 1), UTC_ZONE)  # noqa: DTZ001 - the naive time is the point


@pytest.mark.parametrize(
    ("since", "zone", "first"),
    [
        (None, UTC_ZONE, date(2026, 11, 13)),
        (datetime(2026, 11, 18, 23, 30, tzinfo=UTC), UTC_ZONE, date(2026, 11, 18)),
        (datetime(2026, 11, 18, 23, 30, tzinfo=UTC), BERLIN, date(2026, 11, 19)),
        (datetime(2027, 1, 1, tzinfo=UTC), UTC_ZONE, date(2026, 11, 20)),
    ],
)
def test_a_span_begins_with_a_whole_day(since: datetime | None, zone: ZoneInfo, first: date) -> None:
    assert Span(NOW, since, zone).first_day(timedelta(days=7)) == first


def test_a_day_of_25_hours_settles_after_its_own_end() -> None:
    long_day = date(2026, 10, 25)
    almost = Span(datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), None, BERLIN)
    assert not almost.is_settled(long_day, timedelta(0))
    assert Span(almost.now + timedelta(seconds=1), None, BERLIN).is_settled(long_day, timedelta(0))


@pytest.mark.parametrize(
    "fault",
    [
        AuthFailed("no", hint="grant"),
        RateLimited("slow", retry_after=timedelta(seconds=5)),
        Unavailable("down"),
        UnexpectedResponse("odd"),
    ],
)
async def test_a_failed_part_leaves_a_fault_and_the_others_their_samples(fault: CollectorFault) -> None:
    sample = Sample("shop.orders", NOW, 3)

    async def good() -> Batch:
        return Batch((sample,), notes=("fine",))

    async def bad() -> Batch:
        raise fault

    batch = await collect_parts([Part("bad", ("shop.carts",), bad), Part("good", ("shop.orders",), good)])
    assert (batch.samples, batch.notes) == ((sample,), ("fine",))
    (kept,) = batch.faults
    assert (kept.part, kept.kind, kept.message, kept.hint) == ("bad", fault.kind, fault.message, fault.hint)
    assert (kept.metrics, kept.is_retryable) == (("shop.carts",), fault.retryable)
    assert kept.retry_after == getattr(fault, "retry_after", None)


async def test_a_source_that_fails_whole_reports_all_its_metrics(client: Client) -> None:
    async def fail(_config: Config, _client: Client, _span: Span) -> Batch:
        raise Unavailable("down")

    batch = await collector(fail).run(Config(), client, SPAN)
    assert batch.samples == ()
    assert batch.faults[0].metrics == ("shop.orders",)


async def test_labels_of_the_source_are_added_and_times_are_in_utc(client: Client) -> None:
    async def one(_config: Config, _client: Client, _span: Span) -> Batch:
        return Batch((Sample("shop.orders", NOW.astimezone(BERLIN), 3, (("a", "1"),)),))

    batch = await collector(one).run(Config(labels={"shop": "north"}), client, SPAN)
    assert batch.samples == (Sample("shop.orders", NOW, 3, (("a", "1"), ("shop", "north"))),)
    assert batch.samples[0].at.tzinfo is UTC


@pytest.mark.parametrize(("metric", "value"), [("shop.visits", 1.0), ("shop.visitors", 2.0)])
async def test_an_undeclared_metric_is_a_programming_error(metric: str, value: float, client: Client) -> None:
    async def one(_config: Config, _client: Client, _span: Span) -> Batch:
        return Batch((Sample(metric, NOW, value),))

    with pytest.raises(ValueError, match=metric):
        await collector(one).run(Config(), client, SPAN)


def test_two_sources_of_one_series_are_found() -> None:
    apart = {"north": Config(labels={"shop": "north"}), "south": Config()}
    assert clashes(apart) == []
    (found,) = clashes(apart | {"west": Config(repository="y")})
    assert "south and west" in found
    assert "labels: {source: west}" in found
