"""A comparison of brands is whole or none; counts by date are told only where they make up their total."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.conversation import compared, dated, told_apart
from collectors.faults import CollectorFault, Unavailable
from kpi.metric import Kind, Metric, Sample

OWN = Metric("x.mentions", "mentions", Kind.FLOW, "own", ("type",))
ALL = Metric("x.brand_mentions", "mentions", Kind.FLOW, "all", ("brand", "type"))
DAYS = [datetime(2026, 11, day, tzinfo=UTC) for day in (18, 19)]


def heard(value: float, days: list[datetime]) -> list[Sample]:
    return [Sample(OWN.name, at, value, (("type", "story"),), at == DAYS[0]) for at in days]


async def test_everybody_is_told_once_more_by_brand() -> None:
    counts = {"Acme": heard(3, DAYS), "Other": heard(5, DAYS)}

    async def count(brand: str) -> list[Sample]:
        return counts[brand]

    batch = await compared("Acme", ["Other"], count, ALL)
    assert batch.samples[:2] == tuple(counts["Acme"])
    told = {(one.at, dict(one.labels)["brand"]): (one.value, one.settled) for one in batch.samples[2:]}
    expected = {(at, brand): n for at in DAYS for brand, n in (("Acme", 3), ("Other", 5))}
    assert told == {key: (n, key[0] == DAYS[0]) for key, n in expected.items()}
    assert all(dict(one.labels)["type"] == "story" for one in batch.samples)


async def test_a_day_that_one_brand_lacks_is_compared_for_none() -> None:
    counts = {"Acme": heard(3, DAYS), "Other": heard(5, DAYS[:1])}

    async def count(brand: str) -> list[Sample]:
        return counts[brand]

    batch = await compared("Acme", ["Other"], count, ALL)
    assert {one.at for one in batch.samples if one.metric == ALL.name} == {DAYS[0]}
    assert len([one for one in batch.samples if one.metric == OWN.name]) == 2


@pytest.mark.parametrize("failing", ["Other", "Third"])
async def test_one_brand_that_fails_leaves_ones_own_alone(failing: str) -> None:
    async def count(brand: str) -> list[Sample]:
        if brand == failing:
            raise Unavailable("down", hint="It is asked again.")
        return heard(1, DAYS)

    batch = await compared("Acme", ["Other", "Third"], count, ALL)
    assert batch.samples == tuple(heard(1, DAYS))
    assert [(one.part, one.kind, one.metrics) for one in batch.faults] == [
        ("share of voice", "Unavailable", (ALL.name,))
    ]


async def test_ones_own_fault_is_raised_and_alone_there_is_no_comparison() -> None:
    async def fails(brand: str) -> list[Sample]:
        raise Unavailable("down", hint="It is asked again.")

    async def count(brand: str) -> list[Sample]:
        return heard(1, DAYS)

    with pytest.raises(Unavailable):
        await compared("Acme", ["Other"], fails, ALL)
    assert (await compared("Acme", [], count, ALL)).samples == tuple(heard(1, DAYS))


@pytest.mark.parametrize("others", [["Acme"], [" "], ["Other", ""]])
def test_brands_need_names_of_their_own(others: list[str]) -> None:
    with pytest.raises(ValueError, match="names of their own"):
        told_apart("Acme", others)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 10**6)), st.booleans())
def test_days_are_told_only_where_they_make_up_their_total(counts: dict[date, int], fits: bool) -> None:
    found, days = {day.isoformat(): count for day, count in counts.items()}, sorted(counts)
    total = sum(counts.values()) + (0 if fits else 1)
    if fits:
        assert dated(found or [], total, [*days, date(2027, 1, 1)]) == counts
    else:
        with pytest.raises(CollectorFault, match="total"):
            dated(found, total, days)


@pytest.mark.parametrize("found", [None, "x", [3], {"yesterday": 3}, {"2026-01-01": "many"}])
def test_what_is_no_count_by_date_is_a_fault(found: Any) -> None:
    with pytest.raises(CollectorFault):
        dated(found, 3, [date(2026, 1, 1)])
