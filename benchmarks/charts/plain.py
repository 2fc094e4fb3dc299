"""What all plain drawings share: the figure, its words around the axes, and the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt

from bot.charts import style

LOOK = style.LIGHT
DPI = 100
POINT = 72 / DPI  # a pixel in points, in which matplotlib wants the sizes of words
BOLD: Mapping[str, Any] = {"family": "Inter Semi Bold", "weight": 600}
SMALL, LABEL, VALUE = style.SMALL * POINT, style.LABEL * POINT, style.VALUE * POINT


@dataclass(frozen=True, slots=True)
class Around:
    """The words above and below what is drawn."""

    title: str
    finding: str
    footer: str
    notice: str
    above: int = 240  # pixels over the axes
    below: int = 110


def sheet(height: int, *, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    """A figure of the size of ours and its axes."""
    figure, axes = plt.subplots(rows, columns, figsize=(style.WIDTH / DPI, height / DPI), dpi=DPI)
    return figure, axes


def bare(axes: Any) -> None:
    """Axes without ticks and frame."""
    axes.set_xticks([])
    axes.tick_params(left=False, labelsize=LABEL)
    for spine in axes.spines.values():
        spine.set_visible(False)


def finished(figure: Any, around: Around, *, left: float = 0.03, right: float = 0.97) -> bytes:
    """The words around it, its margins, and the PNG file."""
    tall = figure.get_size_inches()[1] * DPI
    figure.suptitle(
        around.title, x=0.03, y=1 - 40 / tall, ha="left", va="top", fontsize=style.TITLE * POINT, **BOLD
    )
    figure.text(
        0.03, 1 - 110 / tall, around.finding,
        fontsize=style.FINDING * POINT, color=LOOK.muted, va="top", wrap=True,
    )  # fmt: skip
    figure.text(0.03, 35 / tall, around.footer, fontsize=SMALL, color=LOOK.muted)
    figure.text(0.97, 35 / tall, around.notice, fontsize=SMALL, ha="right", backgroundcolor=LOOK.notice)
    figure.subplots_adjust(left=left, right=right, top=1 - around.above / tall, bottom=around.below / tall)
    file = BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return file.getvalue()
