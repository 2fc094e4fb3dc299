"""The picture of a chart as it stands on white paper, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from io import BytesIO
from typing import Any, cast

from PIL import Image

from bot.reply import Chart, Drawing


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file and its size in pixels; without one, `fault` says why it could not be drawn."""

    png: bytes = b""
    width: int = 1
    height: int = 1
    fault: str = ""


def draw(chart: Chart) -> Picture:
    """The picture of a chart. One that cannot be drawn leaves the document its words."""
    try:
        png = _light(chart.drawing).png()
    except MemoryError:
        raise
    except Exception as fault:
        return Picture(fault=f"{type(fault).__name__}: {fault}"[:300])
    with Image.open(BytesIO(png)) as image:
        return Picture(png, *image.size)


def _light(drawing: Drawing) -> Drawing:
    """As it looks on white, whatever theme it was described for."""
    plain: Any = drawing
    if (
        is_dataclass(plain)
        and not isinstance(plain, type)
        and any(one.name == "dark" for one in fields(plain))
    ):
        return cast(Drawing, replace(plain, dark=False))
    return drawing
