"""Our drawing and the plain one in turn, in one process, warm, and no picture twice.

What is remembered from one picture to the next is only what remains the same in real use: the words of every
picture are its own, but for those that all pictures of a shape share.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import matplotlib as mpl
from matplotlib import font_manager
from PIL import Image

from benchmarks.charts import plain_days, plain_rows, samples_days, samples_rows
from benchmarks.outcome import Outcome
from bot.charts import style

MOST = 0.40
ROUNDS, WARM = 15, 2
_FONTS = Path(style.__file__).parent / "fonts"


class Drawable(Protocol):
    """A chart of any shape."""

    def png(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Shape:
    """A chart for every seed, and how one draws it plainly at a given height in pixels."""

    sample: Callable[[int], Drawable]
    plain: Callable[[Any, int], bytes]


SHAPES: Mapping[str, Shape] = {
    "bullet": Shape(samples_rows.bullet, plain_rows.bullet),
    "scorecard": Shape(samples_rows.scorecard, plain_rows.scorecard),
    "ladder": Shape(samples_rows.ladder, plain_rows.ladder),
    "funnel": Shape(samples_rows.funnel, plain_rows.funnel),
    "mix": Shape(samples_rows.mix, plain_rows.mix),
    "waterfall": Shape(samples_days.waterfall, plain_days.waterfall),
    "burnup": Shape(samples_days.burnup, plain_days.burnup),
    "calendar": Shape(samples_days.calendar, plain_days.calendar),
    "cohort": Shape(samples_days.cohort, plain_days.cohort),
}
"""Every shape but the trend, which `benchmarks.chart` draws."""


def run(*, quick: bool = False) -> list[Outcome]:
    """The median of both for every shape."""
    with with_fonts():
        return [_raced(name, shape, 1 if quick else ROUNDS) for name, shape in SHAPES.items()]


@contextmanager
def with_fonts() -> Iterator[None]:
    """Plain drawings are set in the fonts that ours are set in."""
    known = {one.fname for one in font_manager.fontManager.ttflist}
    for font in sorted(_FONTS.glob("Inter-*.ttf")):
        if str(font) not in known:
            font_manager.fontManager.addfont(str(font))
    with mpl.rc_context({"font.family": "Inter"}):
        yield


def _raced(name: str, shape: Shape, rounds: int) -> Outcome:
    width, height = size_of(shape.sample(1).png())
    for seed in range(2, 2 + (WARM if rounds > 1 else 0)):
        shape.sample(seed).png()
        shape.plain(shape.sample(seed), height)
    pairs = []
    for seed in range(10, 10 + rounds):
        chart = shape.sample(seed)
        # Who is second finds the caches of the processor warm: each is that as often.
        first, second = (True, False) if seed % 2 else (False, True)
        times = {is_ours: _milliseconds(shape, chart, height, is_ours=is_ours) for is_ours in (first, second)}
        pairs.append((times[True], times[False]))
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Outcome(
        f"{name} chart, {width}x{height} pixels, median",
        "ms",
        ours,
        theirs,
        MOST,
        figures={"rounds": rounds, "ours_ms": round(ours, 2), "plain_ms": round(theirs, 2)},
    )


def _milliseconds(shape: Shape, chart: Drawable, height: int, *, is_ours: bool) -> float:
    began = time.perf_counter()
    if is_ours:
        chart.png()
    else:
        shape.plain(chart, height)
    return 1000 * (time.perf_counter() - began)


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    with Image.open(BytesIO(png)) as picture:
        return picture.size
