"""Text as pixels, from the fonts shipped beside this file and nothing of the machine's.

Whatever people put into a name can be drawn: a letter is looked for in each font in turn, and what
none of them has never becomes a box or a warning.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib import get_data_path
from matplotlib.font_manager import get_font
from matplotlib.ft2font import FT2Font, LoadFlags

ELLIPSIS = "…"
HALO = 8
_FONTS = Path(__file__).parent / "fonts"


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A line of text ready to be pressed on a picture. `drop` is how far it reaches below its baseline."""

    mask: npt.NDArray[np.uint8]
    drop: int


def _files(is_bold: bool) -> tuple[str, ...]:
    inter = "Inter-SemiBold.ttf" if is_bold else "Inter-Regular.ttf"
    dejavu = "DejaVuSans-Bold.ttf" if is_bold else "DejaVuSans.ttf"
    shipped = (_FONTS / name for name in (inter, "NotoEmoji.ttf", "DroidSansFallback.ttf"))
    return (*map(str, shipped), str(Path(get_data_path()) / "fonts" / "ttf" / dejavu))


@cache
def _covered(is_bold: bool) -> frozenset[int]:
    return frozenset().union(*(get_font((file,)).get_charmap() for file in _files(is_bold)))


@lru_cache(maxsize=1024)
def drawable(text: str, *, is_bold: bool = False) -> str:
    """`text` on one line and in letters the fonts have.

    A run of letters that no font has becomes an ellipsis; signs, invisible and control characters go.
    """
    covered = _covered(is_bold)
    kept: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        if letter.isspace():
            kept.append(" ")
        elif category in ("Cc", "Cf", "Cs", "Co", "Cn"):
            continue
        elif ord(letter) in covered:
            kept.append(letter)
        elif category.startswith(("L", "N")) and kept[-1:] != [ELLIPSIS]:
            kept.append(ELLIPSIS)
    return re.sub(" +", " ", "".join(kept)).strip()


@lru_cache(maxsize=512)
def stamp(text: str, size: int, is_bold: bool = False) -> Stamp:
    """`text` set `size` pixels high. It is taken literally: no markup, no mathematics."""
    font = _set(text, size, is_bold)
    font.draw_glyphs_to_bitmap(antialiased=True)
    mask = np.array(font.get_image())
    mask.setflags(write=False)
    return Stamp(mask, round(font.get_descent() / 64))


def halo(pressed: Stamp) -> npt.NDArray[np.uint8]:
    """The stamp's letters grown by `HALO` pixels all around."""
    grown = np.pad(pressed.mask, HALO)
    for axis in (0, 1):
        for step in (1, 2, 4):  # 7 pixels each way, in three doublings
            grown = np.maximum(np.roll(grown, step, axis), np.roll(grown, -step, axis))
    return grown


def _set(text: str, size: int, is_bold: bool) -> FT2Font:
    font = get_font(_files(is_bold))
    font.clear()
    font.set_size(size, 72)  # at 72 dots an inch a point is a pixel
    font.set_text(drawable(text, is_bold=is_bold), 0.0, flags=LoadFlags.NO_HINTING)
    return font


@lru_cache(maxsize=2048)
def width(text: str, size: int, *, is_bold: bool = False) -> int:
    """How many pixels wide `text` is."""
    return round(_set(text, size, is_bold).get_width_height()[0] / 64) if text else 0


def cut(text: str, size: int, room: float, *, is_bold: bool = False) -> str:
    """`text`, or as much of its start as fits `room` pixels with an ellipsis for the rest."""
    text = drawable(text, is_bold=is_bold)
    most = 400  # no line of a chart holds as many letters
    if len(text) <= most and width(text, size, is_bold=is_bold) <= room:
        return text
    low, high = 0, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + ELLIPSIS, size, is_bold=is_bold) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


def wrap(text: str, size: int, room: float, *, lines: int) -> list[str]:
    """`text` broken between words into at most `lines` lines; the last one is cut where it must be."""
    words = drawable(text).split()
    done: list[str] = []
    while words and len(done) < lines - 1:
        count = 1
        while count < len(words) and width(" ".join(words[: count + 1]), size) <= room:
            count += 1
        done.append(cut(" ".join(words[:count]), size, room))
        words = words[count:]
    return [*done, cut(" ".join(words), size, room)] if words else done
