"""Native charts, docs.slack.dev/reference/block-kit/blocks/data-visualization-block."""

from __future__ import annotations

from typing import Any

from bot.playground.shapes import Findings, Shape, array, both, choice, number, record, string, typed
from bot.playground.slack_error import Json

SERIES = 6  # twelve by a later page; the smaller number holds everywhere
POINTS = 20
CHARTS = 2  # in one message; undocumented, github.com/vercel/chat issue 696
NAME = string(1, 20)

_POINT = record({"label": NAME, "value": number()})
_AXES = record({"categories": array(NAME, 1, POINTS)}, {"x_label": string(1, 50), "y_label": string(1, 50)})
_SERIES = array(record({"name": NAME, "data": array(_POINT, 1, POINTS)}), 1, SERIES)


def _above_zero(value: Any, at: str, found: Findings) -> None:
    number()(value, at, found)
    if isinstance(value, int | float) and not value > 0:
        found.add("must be more than 0", at)


def _covers_its_categories(value: Any, at: str, found: Findings) -> None:
    """Each series has exactly one value for every category, and a name of its own."""
    if found.faults or not isinstance(value, dict):
        return
    categories = value["axis_config"]["categories"]
    if len(set(categories)) != len(categories):
        found.add("categories must be unique", f"{at}/axis_config/categories")
    names: set[str] = set()
    for position, series in enumerate(value["series"]):
        spot = f"{at}/series/{position}"
        if series["name"] in names:
            found.add(f'series name "{series["name"]}" already exists', f"{spot}/name")
        names.add(series["name"])
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            found.add("must have exactly one data point for each category", f"{spot}/data")


def _plot(kind: str) -> Shape:
    shape = record({"type": choice(kind), "series": _SERIES, "axis_config": _AXES})
    return both(shape, _covers_its_categories)


_PIE = record(
    {
        "type": choice("pie"),
        "segments": array(record({"label": NAME, "value": _above_zero}), 1, SERIES),
    }
)
CHART = typed({**{kind: _plot(kind) for kind in ("line", "bar", "area")}, "pie": _PIE})


def check_charts(blocks: list[Json], found: Findings) -> None:
    """A message holds two charts at most."""
    if sum(block["type"] == "data_visualization" for block in blocks) > CHARTS:
        found.add(f"no more than {CHARTS} data_visualization blocks allowed", "/blocks")
