"""A funnel, as plain data: how many of those in a step reach the next one. Nothing here draws."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bot.charts.framed import Framed
from bot.languages import said, said_of

MOST_BARS = 12
"""How many steps a picture shows; the rest is counted."""


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One step. `rate` is percent of the step before, None at the first step and where nobody measured it.

    Labels come printed by the caller. `note` says why there is no rate.
    """

    name: str
    count_label: str = ""  # "4,120 signups", "no KPI counts it"
    rate: float | None = None
    rate_label: str = ""
    target: float | None = None  # percent of the step before, where the stated rate is a number
    target_label: str = ""  # "≥ 60%"
    met: bool | None = None
    note: str = ""
    is_counted: bool = False  # who is in it was counted

    @property
    def mark(self) -> str:
        """✓ met, – not met, · without a target, ○ without a rate."""
        if self.rate is None:
            return "○"
        return {True: "✓", False: "–", None: "·"}[self.met]


@dataclass(frozen=True, slots=True)
class FunnelChart(Framed):
    """A picture of a funnel, for `bot.reply.Chart`. `overall` is the rate from the first step to the last."""

    bars: tuple[FunnelBar, ...]
    overall: FunnelBar | None = None

    def png(self) -> bytes:
        """Draw it: 1600 pixels wide and 900 high, higher for more than four steps."""
        from bot.charts.funnel_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def shown(self) -> tuple[FunnelBar, ...]:
        return self.bars[:MOST_BARS]

    @property
    def left_out(self) -> int:
        """How many steps the picture only counts."""
        return len(self.bars) - len(self.shown)

    @property
    def lengths(self) -> tuple[tuple[float, bool], ...]:
        """For each bar its length as a share of the first, and whether that share is known.

        The first is all there is, where it was counted or a rate begins at it. Behind a step that nobody
        measured only rates are known: lengths go on from the last known one.
        """
        found: list[tuple[float, bool]] = []
        length = 1.0
        is_known = any(bar.is_counted for bar in self.shown[:1]) or any(
            bar.rate is not None for bar in self.shown[1:2]
        )
        for place, bar in enumerate(self.shown):
            if place and (bar.rate is None or not math.isfinite(bar.rate)):
                is_known = False
            elif place and bar.rate is not None:
                length = min(1.0, length * max(0.0, bar.rate) / 100)
            found.append((length, is_known))
        return tuple(found)


def describe(chart: FunnelChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    parts = [said("Funnel, {title}: {finding}", title=chart.title, finding=chart.finding)]
    parts += [_told(bar, is_first=not place) for place, bar in enumerate(chart.shown)]
    if chart.left_out:
        parts.append(said_of(chart.left_out, "and {count} more step", "and {count} more steps"))
    if chart.overall is not None:
        parts.append(_told(chart.overall, is_first=False))
    return "; ".join(parts)


def _told(bar: FunnelBar, *, is_first: bool) -> str:
    named = " ".join(part for part in (bar.name, bar.count_label) if part)
    return ", ".join([named, *([] if is_first else _rate(bar))])


def _rate(bar: FunnelBar) -> Iterator[str]:
    if bar.rate is None:
        yield said("no rate: {reason}", reason=bar.note) if bar.note else said("no rate")
        if bar.target_label:
            yield said("target {goal}", goal=bar.target_label)
        return
    yield bar.rate_label
    if bar.target_label and bar.met is not None:
        yield (
            said("target {goal} met", goal=bar.target_label)
            if bar.met
            else said("target {goal} not met", goal=bar.target_label)
        )
    elif bar.target_label:
        yield said("target {goal}", goal=bar.target_label)
