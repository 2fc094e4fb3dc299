"""The letters of a PDF, in the fonts of the charts.

A letter is looked for in each font in turn; a font is loaded for the first letter that needs it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.fonts import TTFFont
from matplotlib import get_data_path

from bot.charts import typeface
from bot.documents.look import rgb
from bot.documents.wrapping import Style

_SHIPPED = Path(typeface.__file__).parent / "fonts"
_DEJAVU = Path(get_data_path()) / "fonts" / "ttf"
_FILES = {
    False: (
        _SHIPPED / "Inter-Regular.ttf",
        _SHIPPED / "NotoEmoji.ttf",
        _SHIPPED / "DroidSansFallback.ttf",
        _DEJAVU / "DejaVuSans.ttf",
    ),
    True: (
        _SHIPPED / "Inter-SemiBold.ttf",
        _SHIPPED / "NotoEmoji.ttf",
        _SHIPPED / "DroidSansFallback.ttf",
        _DEJAVU / "DejaVuSans-Bold.ttf",
    ),
}
_LEFTWARD = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


class Letters:
    """The fonts of one PDF file."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self._find = lru_cache(maxsize=None)(self._find_font)
        self._width = lru_cache(maxsize=8192)(self._unit_width)

    def width(self, text: str, style: Style) -> float:
        """How wide `text` is, in points."""
        return self._width(text, style.is_bold) * style.size

    def write(self, text: str, x: float, baseline: float, style: Style) -> float:
        """Set `text` with its first letter at `x`; returns where it ends."""
        pdf = self._pdf
        pdf.set_text_color(*rgb(style.color))
        begin = x
        if _LEFTWARD.search(text):
            text = BidiParagraph(text).get_reordered_string()
        for font, letters in groupby(text, key=lambda letter: self._find(letter, style.is_bold)):
            run = "".join(letters)
            if font:
                pdf.set_font(font, size=style.size)
                pdf.text(x, baseline, run)
                x += self._width(run, style.is_bold) * style.size
        if style.link:
            pdf.link(begin, baseline - style.size, x - begin, 1.3 * style.size, style.link)
        return x

    def _unit_width(self, text: str, is_bold: bool) -> float:
        total = 0.0
        for letter in text:
            font = self._find(letter, is_bold)
            if font:
                total += cast(TTFFont, self._pdf.fonts[font]).cw[ord(letter)]
        return total / 1000

    def _find_font(self, letter: str, is_bold: bool) -> str:
        """The key of the first font that has the letter; empty where none has."""
        for file in _FILES[is_bold]:
            key = file.stem.lower()
            if key not in self._pdf.fonts:
                self._pdf.add_font(key, fname=file)
            if ord(letter) in cast(TTFFont, self._pdf.fonts[key]).cmap:
                return key
        return ""
