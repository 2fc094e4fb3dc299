"""How every chart looks: one size, two themes, one set of text sizes.

A chart is read on a phone about 340 points wide, where these 1600 pixels shrink to a fifth. Sizes
are chosen for that: the smallest text is still 7 points tall there. The hues are those a
colour-blind reader tells apart (blue against orange); each line also has its own stroke and a label.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 1600, 900
"""Pixels: 800 by 450 at twice the resolution."""

PAD = 48
TITLE, FINDING, VALUE, LABEL, TICK, SMALL = 56, 42, 48, 38, 38, 35
"""Text sizes in pixels, from the title down to the footer."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb. The paper is opaque: a chat's own background never shows through."""

    paper: str
    ink: str  # title and values
    muted: str  # everything said quietly
    grid: str
    band: str  # where there is no data
    line: str  # what was measured
    target: str
    goal: str  # between the two ends of a target range
    pace: str
    notice: str  # behind the notice's words


LIGHT = Theme(
    paper="#ffffff",
    ink="#15191e",
    muted="#59626d",
    grid="#e4e7eb",
    band="#f0f2f5",
    line="#0a5cb8",
    target="#b04a00",
    goal="#fcefe3",
    pace="#737c88",
    notice="#ffe9c7",
)
DARK = Theme(
    paper="#1a1d21",
    ink="#f3f5f7",
    muted="#a9b2bd",
    grid="#343a41",
    band="#262b31",
    line="#6ab4ff",
    target="#ffa95c",
    goal="#35291d",
    pace="#939eab",
    notice="#54401b",
)
