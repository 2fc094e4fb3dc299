"""What Slack accepts: the published shape of every block, the SDK's own validators, and the limits."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from slack_sdk.models.blocks import Block

from bot.surfaces.slack import limits

SCHEMAS = Path(__file__).parents[1] / "schemas"
_BLOCK = Draft7Validator(json.loads((SCHEMAS / "slack-blockkit.schema.json").read_text()))
MODELLED = ("header", "section", "context", "actions", "divider", "image")


def check_message(message: dict[str, Any]) -> None:
    """Assert that Slack would take `message`."""
    blocks = message["blocks"]
    assert 0 < len(message["text"]) <= limits.NOTIFICATION
    assert 0 < len(blocks) <= limits.BLOCKS
    assert sum(block["type"] == "table" for block in blocks) <= 1
    assert sum(map(len, words(blocks))) <= limits.CONTENT
    assert sum(block["type"] == "data_visualization" for block in blocks) <= limits.CHARTS
    for block in blocks:
        if block["type"] == "data_visualization":
            check_chart(block)
            continue
        _BLOCK.validate(block)
        _check_limits(block)
        if block["type"] in MODELLED:
            Block.parse(block).validate_json()


def check_chart(block: dict[str, Any]) -> None:
    """Assert that Slack would take its own chart block; `@slack/types` does not hold its shape yet."""
    assert set(block) == {"type", "title", "chart"}
    assert 1 <= len(block["title"]) <= limits.CHART_TITLE
    chart, axes = block["chart"], block["chart"]["axis_config"]
    assert set(chart) == {"type", "series", "axis_config"}
    assert set(axes) <= {"categories", "x_label", "y_label"}
    assert all(1 <= len(axes[name]) <= limits.CHART_AXIS for name in ("x_label", "y_label") if name in axes)
    assert 1 <= len(axes["categories"]) <= limits.CHART_POINTS
    assert len(set(axes["categories"])) == len(axes["categories"])
    assert 1 <= len(chart["series"]) <= limits.CHART_SERIES
    assert len({one["name"] for one in chart["series"]}) == len(chart["series"])
    for one in chart["series"]:
        assert 1 <= len(one["name"]) <= limits.CHART_NAME
        assert [point["label"] for point in one["data"]] == axes["categories"]
        assert all(1 <= len(point["label"]) <= limits.CHART_NAME for point in one["data"])
        assert all(math.isfinite(point["value"]) for point in one["data"])


def _check_limits(block: dict[str, Any]) -> None:
    for text in words(block):
        assert 1 <= len(text) <= limits.SECTION
    if block["type"] == "table":
        assert len(block["rows"]) <= limits.TABLE_ROWS
        assert len({len(row) for row in block["rows"]}) == 1
        assert sum(map(len, words(block))) <= limits.TABLE_CONTENT
    for field in block.get("fields", ()):
        assert len(field["text"]) <= limits.FIELD


def words(value: Any, key: str = "text") -> Iterator[str]:
    """Every string under `key`, however deep."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key and isinstance(item, str):
                yield item
            else:
                yield from words(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from words(item, key)


def marked_up(value: Any) -> Iterator[str]:
    """Every mrkdwn text, however deep."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"] is True
            yield value["text"]
        for item in value.values():
            yield from marked_up(item)
    elif isinstance(value, list):
        for item in value:
            yield from marked_up(item)
