"""How documents look: the colours of the charts, and measures of the printed page.

Lengths are points, 72 to an inch.
"""

from __future__ import annotations

from bot.charts.style import LIGHT

INK, QUIET, RULE, ACCENT, BAND = LIGHT.ink, LIGHT.muted, LIGHT.grid, LIGHT.line, LIGHT.band

WIDE, HIGH = 595.28, 841.89
"""A4, upright."""

SIDE, TOP, FOOT = 48.0, 58.0, 50.0
"""What is free at the left and the right, above the text and below it."""

ROOM, DEPTH = WIDE - 2 * SIDE, HIGH - TOP - FOOT
"""The width and the height that text and pictures may take."""

LEADING = 1.42
"""From one line to the next, in sizes of the letters."""


def rgb(color: str) -> tuple[int, int, int]:
    """ "#rrggbb" as three numbers up to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
