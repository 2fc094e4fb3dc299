"""The metrics page: quantiles against a list, lines that need a choice, and pages that are none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.scrape import COLLECTOR, quantile
from tests.collectors.loopback import Said, serve

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def ask(client: Client, text: str, kind: str = "text/plain", **query: Any) -> Batch:
    async with serve(lambda _: Said(200, text.encode(), {"Content-Type": kind})) as server:
        config = COLLECTOR.configure({"base_url": server.url, "queries": {"asked": query}})
        return await COLLECTOR.run(config, client, Span(NOW, None, ZoneInfo("UTC")))


async def test_lines_that_nobody_told_apart_are_a_fault(client: Client) -> None:
    batch = await ask(client, 'a{b="1"} 3\na{b="2"} 4\n', metric="a")
    assert batch.samples == ()
    assert "sum: true" in batch.faults[0].hint


@pytest.mark.parametrize(
    ("query", "value"), [({"sum": True}, 7), ({"where": {"b": "2"}}, 4), ({"where": {"b": "3"}}, None)]
)
async def test_lines_are_chosen_or_added_up(client: Client, query: Any, value: float | None) -> None:
    batch = await ask(client, 'a{b="1"} 3\na{b="2"} 4\n', metric="a", **query)
    assert not batch.faults
    assert [one.value for one in batch.samples] == ([] if value is None else [value])


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
async def test_what_is_no_number_is_no_data(client: Client, value: str) -> None:
    assert await ask(client, f"a {value}\n", metric="a") == Batch()


async def test_a_time_of_the_page_is_kept(client: Client) -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    batch = await ask(client, f"a 3 {at.timestamp() * 1000:.0f}\n", metric="a")
    assert [one.at for one in batch.samples] == [at]
    assert await ask(client, "a 3 1577836800000\n", metric="a") == Batch()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<html>a 3</html>", "text/html"),
        ("a b c d", "text/plain"),
        ("a 3\n", "application/openmetrics-text"),
        ('a{b="1 3\n', "text/plain"),
    ],
)
async def test_a_page_that_is_none_is_a_fault(client: Client, text: str, kind: str) -> None:
    batch = await ask(client, text, kind, metric="a")
    assert batch.samples == ()
    assert [one.kind for one in batch.faults] == ["UnexpectedResponse"]


@settings(max_examples=40)
@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=40),
    st.floats(0.01, 0.99),
    st.lists(st.floats(0.1, 12), min_size=1, max_size=8, unique=True),
)
def test_a_quantile_lies_in_the_bucket_of_the_true_one(
    observed: list[float], share: float, bounds: list[float]
) -> None:
    edges = [*sorted(bounds), math.inf]
    found = quantile(share, [(edge, float(sum(one <= edge for one in observed))) for edge in edges])
    true = sorted(observed)[max(math.ceil(share * len(observed)) - 1, 0)]
    upper = next(at for at, edge in enumerate(edges) if true <= edge)
    assert found is not None
    low = edges[upper - 1] if upper else 0.0
    high = edges[upper] if edges[upper] != math.inf else edges[upper - 1]
    assert min(low, high) - 1e-9 <= found <= high + 1e-9


def test_nothing_observed_has_no_quantile() -> None:
    assert quantile(0.5, [(1.0, 0.0), (math.inf, 0.0)]) is None
    assert quantile(0.5, []) is None
    assert quantile(0.5, [(1.0, 3.0)]) is None


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"metric": "a", "kind": "flow"}, r"change\(\)"),
        ({"metric": "a", "quantile": 0.5}, "kind: ratio"),
        ({"metric": "a", "kind": "ratio", "quantile": 0.5, "mean": True}, "one of the two"),
        ({"metric": "a", "by": ["query"]}, "one is ours"),
        ({"metric": "a b"}, "pattern"),
    ],
)
def test_settings_that_cannot_be_read_are_refused(query: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({"base_url": "http://a", "queries": {"asked": query}})
