"""The sheet a chart is drawn on: lines, dots, areas and words in pixels, x to the right and y down.

Shapes are matplotlib artists on a `Figure` with the Agg canvas, without axes, ticks or layout
engines, whose work is most of the time of a usual plot. Words are pressed on afterwards as
bitmaps. The PNG has a palette: a third of the size and a fifth of the time of true colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox
from PIL import Image

from bot.charts.style import HEIGHT, WIDTH, Theme
from bot.charts.typeface import HALO, Stamp, halo, stamp, width

Floats = npt.NDArray[np.float64] | Sequence[float]
Pixels = npt.NDArray[np.uint8]
_DPI = 100
_RUNS = 3  # zlib's Z_RLE: a chart is long runs of one colour
_POINT = 72 / _DPI  # points to a pixel, in which matplotlib wants strokes


@dataclass(frozen=True, slots=True)
class Pen:
    """A stroke, in pixels. `dash` alternates drawn and empty lengths."""

    color: str
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Ink:
    """How words are set. A `halo` of that colour keeps them readable where they cross a line."""

    color: str
    size: int
    is_bold: bool = False
    halo: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Canvas:
    """One picture. Shapes cover each other in the order they are drawn; words lie on top of them all.

    A picture with more rows than usual is higher; its width never changes, and with it the size of its words.
    """

    def __init__(self, theme: Theme, height: int = HEIGHT) -> None:
        self.theme, self.height = theme, height
        self._downward = Affine2D().scale(1, -1).translate(0, height)
        self._figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=theme.paper)
        self._sheet: Any = FigureCanvasAgg(self._figure)  # its methods carry no types
        self._words: list[tuple[Stamp, Box, Ink]] = []

    def line(self, xs: Floats, ys: Floats, pen: Pen, *, window: Box | None = None) -> None:
        """A line through the points; it breaks where one is not a number, and ends at the window's edge."""
        style = (0, tuple(length / pen.width for length in pen.dash)) if pen.dash else "solid"
        stroke = Line2D(
            xs,
            ys,
            color=pen.color,
            lw=pen.width * _POINT,
            ls=style,
            dash_capstyle="butt",
            solid_capstyle="round",
        )
        self._add(stroke, window)

    def segments(self, ends: Sequence[tuple[float, float, float, float]], pen: Pen) -> None:
        """Separate straight lines, each given as (left, top, right, bottom), in one stroke."""
        if ends:
            corners = np.full((len(ends), 3, 2), np.nan)
            corners[:, :2] = np.array(ends, float).reshape(-1, 2, 2)
            self.line(corners[:, :, 0].ravel(), corners[:, :, 1].ravel(), pen)

    def dots(self, xs: Floats, ys: Floats, pen: Pen, *, size: float, fill: str) -> None:
        """Round dots `size` pixels across, filled, with the pen's stroke around."""
        if not len(xs):
            return
        dots = Line2D(xs, ys, ls="none", marker="o", ms=size * _POINT)
        dots.set(mec=pen.color, mew=pen.width * _POINT, mfc=fill)
        self._add(dots, None)

    def boxes(self, boxes: Sequence[Box], color: str) -> None:
        """Filled rectangles."""
        if not boxes:
            return
        corners = np.array(
            [[(b.left, b.top), (b.right, b.top), (b.right, b.bottom), (b.left, b.bottom)] for b in boxes]
        )
        path = Path.make_compound_path_from_polys(corners)
        self._add(PathPatch(path, facecolor=color, edgecolor="none", lw=0), None)

    def words(self, text: str, box: Box, ink: Ink) -> None:
        """`text` into a box that `box_of` made for it."""
        if text:
            self._words.append((stamp(text, ink.size, ink.is_bold), box, ink))

    def png(self) -> bytes:
        """The picture as a PNG file: the same bytes for the same picture; no date, no machine in it."""
        with mpl.rc_context():
            # Drawn by matplotlib's own defaults, whatever a matplotlibrc on this machine says.
            dict.update(mpl.rcParams, mpl.rcParamsDefault)
            self._sheet.draw()
        pixels = np.asarray(self._sheet.buffer_rgba())
        for pressed, box, ink in self._words:
            _press(pixels, pressed, box, ink)
        return _encode(pixels)

    def _add(self, artist: Artist, window: Box | None) -> None:
        artist.set_transform(self._downward)
        self._figure.add_artist(artist)
        if window is not None:
            low, high = self.height - window.bottom, self.height - window.top
            artist.set_clip_box(Bbox.from_extents(window.left, low, window.right, high))


def box_of(text: str, x: float, baseline: float, ink: Ink, *, anchor: float = 0.0) -> Box:
    """Where `text` will lie with `x` at its left (anchor 0), centre (0.5) or right (1)."""
    wide = width(text, ink.size, is_bold=ink.is_bold)
    left = x - anchor * wide
    return Box(left, baseline - 0.76 * ink.size, left + wide, baseline + 0.22 * ink.size)


def _press(pixels: Pixels, pressed: Stamp, box: Box, ink: Ink) -> None:
    """Blend the stamp's colour into the picture, cut at the picture's edges."""
    left, top = round(box.left), round(box.bottom - 0.22 * ink.size) + pressed.drop - pressed.mask.shape[0]
    if ink.halo:
        _blend(pixels, halo(pressed), (left - HALO, top - HALO), ink.halo)
    _blend(pixels, pressed.mask, (left, top), ink.color)


def _blend(pixels: Pixels, mask: Pixels, corner: tuple[int, int], color: str) -> None:
    """Lay `color` over the picture where the mask says, as far as the mask lies on it."""
    left, top = corner
    mask = mask[max(0, -top) :, max(0, -left) :]
    left, top = max(0, left), max(0, top)
    under = pixels[top : top + mask.shape[0], left : left + mask.shape[1]]
    cover = mask[: under.shape[0], : under.shape[1]]
    if not cover.size:
        return
    ground, packed = under[0, 0], under.view(np.uint32)[..., 0]
    if (packed == packed[0, 0]).all():  # on plain ground each pixel is one of 256 mixtures
        shades = _mix(np.broadcast_to(ground, (256, 4)), np.arange(256, dtype=np.uint8), color)
        packed[...] = shades.view(np.uint32)[:, 0][cover]
    else:
        under[...] = _mix(under, cover, color)


def _mix(under: Pixels, cover: Pixels, color: str) -> Pixels:
    """As much of `color` as `cover` says, of 255, and the rest of what was there; alpha stays full."""
    share = cover[..., None].astype(np.uint16)
    mixed = under * (255 - share) + _rgba(color) * share + 128
    rounded: Pixels = ((mixed + (mixed >> 8)) >> 8).astype(np.uint8)  # divided by 255
    return rounded


def _rgba(color: str) -> npt.NDArray[np.uint16]:
    return np.array([round(part * 255) for part in to_rgba(color)], np.uint16)


def _encode(pixels: Pixels) -> bytes:
    """PNG with at most 256 colours. Paper keeps entry 0 to itself, so only what is drawn on it is reduced."""
    colors = pixels.view(np.uint32)[..., 0]
    paper = colors[0, 0]
    drawn = np.flatnonzero(colors != paper)
    index = np.zeros(colors.size, np.uint8)
    palette = pixels[0, 0, :3].tolist()
    if drawn.size:
        inked = np.ascontiguousarray(pixels.reshape(-1, 4)[drawn, :3])
        few = Image.fromarray(inked[None]).quantize(255, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        index[drawn] = np.asarray(few)[0] + 1
        palette += few.getpalette() or []
    image = Image.fromarray(index.reshape(colors.shape))
    image.putpalette(palette)
    file = BytesIO()
    image.save(file, "PNG", compress_level=3, compress_type=_RUNS)
    return file.getvalue()
