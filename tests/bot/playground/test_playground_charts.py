"""Native charts: what Slack takes, and what it refuses with which spot."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.block_rules import check_message
from bot.playground.slack_error import SlackError

DAYS = ["Mon", "Tue", "Wed"]


def series(name: str = "Stars", values: Any = (1, 2.5, 3), labels: Any = DAYS) -> dict[str, Any]:
    points = [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)]
    return {"name": name, "data": points}


def chart(*lines: dict[str, Any], kind: str = "line", categories: Any = DAYS, **axes: str) -> dict[str, Any]:
    axis = {"categories": list(categories), **axes}
    drawn = {"type": kind, "series": list(lines or [series()]), "axis_config": axis}
    return {"type": "data_visualization", "title": "Stars by day", "chart": drawn}


def pie(*values: Any) -> dict[str, Any]:
    segments = [{"label": f"part {n}", "value": value} for n, value in enumerate(values)]
    return {"type": "data_visualization", "title": "Parts", "chart": {"type": "pie", "segments": segments}}


def is_usable(_file: dict[str, Any]) -> bool:
    return True


TWENTY = [f"day {n}" for n in range(20)]


@pytest.mark.parametrize(
    "block",
    [
        chart(),
        chart(kind="bar"),
        chart(kind="area", x_label="Day", y_label="x" * 50),
        chart(*[series(f"line {n}") for n in range(6)]),
        chart(series(values=range(20), labels=TWENTY), categories=TWENTY),
        chart(series(values=(3, 1, 2), labels=("Wed", "Mon", "Tue"))),
        chart(series(values=(-1, 0, 1e12))),
        pie(1, 2, 3, 4, 5, 0.5),
    ],
)
def test_chart_at_its_limits_is_taken(block):
    assert check_message([block, block], is_usable) == [block, block]


@pytest.mark.parametrize(
    ("block", "message", "pointer"),
    [
        ({**chart(), "title": "x" * 51}, "must be less than 51 characters", "/title"),
        (chart(kind="scatter"), "unsupported type: scatter", "/chart/type"),
        (chart(*[series(str(n)) for n in range(7)]), "no more than 6 items allowed", "/chart/series"),
        (chart(series("x" * 21)), "must be less than 21 characters", "/chart/series/0/name"),
        (chart(series(), series()), 'series name "Stars" already exists', "/chart/series/1/name"),
        (chart(series(values=(1, None, 2))), "must be a number", "/chart/series/0/data/1/value"),
        (chart(series(values=(1, float("nan"), 2))), "must be a number", "/chart/series/0/data/1/value"),
        (
            chart(series(values=(1, 2), labels=DAYS[:2])),
            "must have exactly one data point for each category",
            "/chart/series/0/data",
        ),
        (
            chart(series(labels=("Mon", "Tue", "Thu"))),
            "must have exactly one data point for each category",
            "/chart/series/0/data",
        ),
        (
            chart(series(values=range(21), labels=[*TWENTY, "x"]), categories=[*TWENTY, "x"]),
            "no more than 20 items allowed",
            "/chart/axis_config/categories",
        ),
        (chart(x_label="x" * 51), "must be less than 51 characters", "/chart/axis_config/x_label"),
        ({**chart(), "colour": "red"}, "invalid additional property: colour", ""),
        (pie(*[1] * 7), "no more than 6 items allowed", "/chart/segments"),
        (pie(1, 0), "must be more than 0", "/chart/segments/1/value"),
    ],
)
def test_chart_over_a_limit_is_refused_with_its_spot(block, message, pointer):
    with pytest.raises(SlackError, match="invalid_blocks") as refused:
        check_message([{"type": "divider"}, block], is_usable)
    assert f"[ERROR] {message} [json-pointer:/blocks/1{pointer}]" in refused.value.messages


def test_message_holds_two_charts():
    with pytest.raises(SlackError, match="invalid_blocks") as refused:
        check_message([chart()] * 3, is_usable)
    assert refused.value.messages == (
        "[ERROR] no more than 2 data_visualization blocks allowed [json-pointer:/blocks]",
    )


async def test_workspace_without_native_charts_names_them(playground):
    playground.standin.refuse_blocks("data_visualization")
    blocks = [{"type": "divider"}, chart()]
    with pytest.raises(SlackApiError, match="invalid_blocks") as refused:
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] unsupported type: data_visualization [json-pointer:/blocks/1/type]"
    ]
    await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks[:1])
    playground.standin.refuse_blocks()
    await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
