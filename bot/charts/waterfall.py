"""What a change is made of, as plain data: from one value to another, part by part. Nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from bot.charts.framed import Framed
from bot.languages import said


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """What one part moved. Labels come printed by the caller; `is_rest` are all parts that have no bar."""

    name: str
    change: float
    change_label: str  # "+900"
    share_label: str = ""  # of the whole change: "75%"
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class WaterfallChart(Framed):
    """A picture of a change, for `bot.reply.Chart`: `start` and the steps add up to `end`.

    The steps come in the order they are drawn, the largest first and the rest last.
    """

    start: float
    end: float
    start_name: str  # "15 Nov"
    end_name: str
    start_label: str
    end_label: str
    steps: tuple[WaterfallStep, ...]
    change_label: str = ""  # of the whole: "+1,200"

    def png(self) -> bytes:
        """Draw it: 1600 pixels wide and 900 high, higher for more than five steps."""
        from bot.charts.waterfall_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def levels(self) -> tuple[float, ...]:
        """Where each step begins, and behind the last one where all of them end: at `end`, exactly."""
        found = list(accumulate((one.change for one in self.steps), initial=self.start))
        return (*found[:-1], self.end)


def describe(chart: WaterfallChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    parts = [said("What the change is made of, {title}: {finding}", title=chart.title, finding=chart.finding)]
    parts.append(f"{chart.start_name} {chart.start_label}")
    for one in chart.steps:
        told = f"{one.name} {one.change_label}"
        parts.append(
            said("{part}, {share} of it", part=told, share=one.share_label) if one.share_label else told
        )
    parts.append(f"{chart.end_name} {chart.end_label}")
    return "; ".join(parts)
