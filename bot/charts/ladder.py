"""How far a gate is from open, rung by rung, as plain data. Nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass

from bot.charts.framed import Framed
from bot.languages import figure, said, said_of

MOST_STEPS = 5
"""How many of the nearest KPIs a picture names."""


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A KPI that falls short: its value, what the gate asks for, and what is missing, all printed."""

    name: str
    value: str
    target: str
    left: str = ""  # "1 to go"


@dataclass(frozen=True, slots=True)
class LadderChart(Framed):
    """A picture of a gate, for `bot.reply.Chart`: `achieved`, `short` and `unmeasured` make its rungs.

    `nearest` and `missing` name only KPIs that the reader may see; `withheld` counts the others.
    """

    achieved: int
    short: int
    unmeasured: int
    needed: int
    nearest: tuple[LadderStep, ...] = ()  # the nearest first
    missing: tuple[str, ...] = ()  # names of what nobody measured or judged
    withheld: int = 0

    def png(self) -> bytes:
        """Draw it: 1600 by 900 pixels."""
        from bot.charts.ladder_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def total(self) -> int:
        return self.achieved + self.short + self.unmeasured

    @property
    def counted(self) -> tuple[tuple[str, int, str], ...]:
        """What the rungs are: a mark, a count and its words, in the order they are drawn."""
        return (
            ("✓", self.achieved, said_of(self.achieved, "{count} achieved", "{count} achieved")),
            ("–", self.short, said_of(self.short, "{count} short", "{count} short")),
            ("○", self.unmeasured, said("{count} not measured", count=figure(f"{self.unmeasured:,}"))),
        )

    @property
    def is_open(self) -> bool:
        return self.total > 0 and self.achieved >= self.needed


def heading(chart: LadderChart) -> str:
    """What the named KPIs are."""
    return said("Still short") if chart.is_open else said("Nearest")


def needed_words(chart: LadderChart) -> str:
    return said_of(chart.needed, "{count} needed", "{count} needed")


def withheld_words(chart: LadderChart) -> str:
    """How many KPIs count without being named."""
    return said_of(chart.withheld, "{count} KPI not shown here", "{count} KPIs not shown here")


def step_words(step: LadderStep) -> str:
    """A KPI that falls short: "GitHub Stars 940 of ≥ 1,000, 60 to go"."""
    far = said("{value} of {target}", value=step.value, target=step.target)
    return ", ".join(part for part in (f"{step.name} {far}", step.left) if part)


def describe(chart: LadderChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    parts = [said("Gate ladder, {title}: {finding}", title=chart.title, finding=chart.finding)]
    parts += [words for _, count, words in chart.counted[1:] if count]
    if chart.nearest:
        steps = "; ".join(step_words(step) for step in chart.nearest[:MOST_STEPS])
        parts.append(f"{heading(chart)}: {steps}")
    if chart.withheld:
        parts.append(withheld_words(chart))
    return "; ".join(parts)
