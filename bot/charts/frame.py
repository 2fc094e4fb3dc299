"""What stands above and below every chart: title and finding, source and notice."""

from __future__ import annotations

from bot.charts.canvas import Box, Canvas, Ink, box_of
from bot.charts.style import FINDING, PAD, SMALL, TITLE, WIDTH
from bot.charts.typeface import cut, width, wrap

_ROOM = WIDTH - 2 * PAD


def header(canvas: Canvas, title: str, finding: str) -> float:
    """Write the title, if any, and up to two lines of finding; returns the first free row below."""
    baseline = float(PAD - 8)
    if title:
        ink = Ink(canvas.theme.ink, TITLE, is_bold=True)
        baseline = PAD + 0.8 * TITLE
        text = cut(title, TITLE, _ROOM, is_bold=True)
        canvas.words(text, box_of(text, PAD, baseline, ink), ink)
        baseline += 8
    quiet = Ink(canvas.theme.muted, FINDING)
    for line in wrap(finding, FINDING, _ROOM, lines=2):
        baseline += 52
        canvas.words(line, box_of(line, PAD, baseline, quiet), quiet)
    return baseline + 44


def footer(canvas: Canvas, source: str, notice: str) -> None:
    """Write where the numbers come from at the left, and the notice on its own ground at the right."""
    baseline = canvas.height - PAD + 10
    room = float(_ROOM)
    if notice:
        ink = Ink(canvas.theme.ink, SMALL, is_bold=True)
        text = cut(notice, SMALL, _ROOM / 2, is_bold=True)
        box = box_of(text, WIDTH - PAD - 18, baseline, ink, anchor=1)
        canvas.boxes([Box(box.left - 18, box.top - 12, box.right + 18, box.bottom + 10)], canvas.theme.notice)
        canvas.words(text, box, ink)
        room -= width(text, SMALL, is_bold=True) + 70
    quiet = Ink(canvas.theme.muted, SMALL)
    text = cut(source, SMALL, room)
    canvas.words(text, box_of(text, PAD, baseline, quiet), quiet)
