"""How a `LadderChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from bot.charts.canvas import Box, Canvas, Ink, Pen, box_of
from bot.charts.ladder import (
    MOST_STEPS,
    LadderChart,
    LadderStep,
    heading,
    needed_words,
    withheld_words,
)
from bot.charts.rows import MARK_ROOM, MIDDLE, framed, mark_color, outlined, widest, written
from bot.charts.style import HEIGHT, LABEL, PAD, SMALL, WIDTH
from bot.charts.typeface import cut, wrap
from bot.languages import said

_HIGH = 112.0  # pixels a rung is high
_LEAST_PITCH = 44.0  # from here on a rung has room for its mark
_PITCH = 48.0  # pixels a line takes where there are many
_USUAL_LINES = 6
_MOST_RUNGS = 250  # beyond it they would be thinner than a stroke


def draw(chart: LadderChart) -> bytes:
    """The chart as a PNG file."""
    notes = _notes(chart)
    lines = len(chart.nearest[:MOST_STEPS]) + bool(chart.nearest) + len(notes)
    canvas, top, bottom = framed(chart, HEIGHT + _PITCH * max(0, lines - _USUAL_LINES))
    rungs = Box(PAD, top + 46, WIDTH - PAD, top + 46 + _HIGH)
    _draw_rungs(canvas, chart, rungs)
    _draw_needed(canvas, chart, rungs)
    legend = rungs.bottom + 66
    _write_counts(canvas, chart, legend)
    _write_names(canvas, chart, notes, Box(PAD, legend + 40, WIDTH - PAD, bottom))
    return canvas.png()


def _draw_rungs(canvas: Canvas, chart: LadderChart, box: Box) -> None:
    """Filled where met, outlined where short, dotted where nobody knows: one stroke each."""
    theme, total = canvas.theme, max(1, chart.total)
    pitch = (box.right - box.left) / total
    space = min(10.0, 0.28 * pitch) if total <= _MOST_RUNGS else 0.0
    rungs = [
        Box(box.left + pitch * at + space / 2, box.top, box.left + pitch * (at + 1) - space / 2, box.bottom)
        for at in range(chart.total)
    ]
    met, rest = rungs[: chart.achieved], rungs[chart.achieved :]
    short, unknown = rest[: chart.short], rest[chart.short :]
    canvas.boxes(met, theme.line)
    inner = [Box(one.left + 2, one.top + 2, one.right - 2, one.bottom - 2) for one in (*short, *unknown)]
    canvas.segments(outlined(inner[: len(short)]), Pen(theme.ink, 3.5))
    canvas.segments(outlined(inner[len(short) :]), Pen(theme.pace, 3, (3, 6)))
    if pitch < _LEAST_PITCH:
        return
    for mark, some, color in (("✓", met, theme.paper), ("–", short, theme.ink), ("○", unknown, theme.muted)):
        ink = Ink(color, SMALL, is_bold=True)
        for one in some:
            middle = (one.left + one.right) / 2
            at = box_of(mark, middle, (one.top + one.bottom) / 2 + MIDDLE * SMALL, ink, anchor=0.5)
            canvas.words(mark, at, ink)


def _draw_needed(canvas: Canvas, chart: LadderChart, box: Box) -> None:
    """The line behind the last rung that is needed, named above it."""
    color = canvas.theme.target
    x = box.left + (box.right - box.left) * min(1.0, chart.needed / max(1, chart.total))
    canvas.segments([(x, box.top - 14, x, box.bottom + 14)], Pen(canvas.theme.paper, 14))
    canvas.segments([(x, box.top - 14, x, box.bottom + 14)], Pen(color, 7))
    ink = Ink(color, LABEL, is_bold=True)
    place = box_of(needed_words(chart), x, box.top - 26, ink, anchor=0.5)
    shift = max(0.0, PAD - place.left) - max(0.0, place.right - (WIDTH - PAD))
    written(canvas, needed_words(chart), place.left + shift, box.top - 26, ink, room=WIDTH / 2)


def _write_counts(canvas: Canvas, chart: LadderChart, baseline: float) -> None:
    """How many rungs of each kind, with the mark and the look they have."""
    x = float(PAD)
    for mark, count, words in chart.counted:
        if not count:
            continue
        color = mark_color(canvas.theme, mark) if mark == "✓" else canvas.theme.muted
        written(canvas, mark, x + 18, baseline, Ink(color, LABEL, is_bold=True), room=60, anchor=0.5)
        strong = Ink(canvas.theme.ink, LABEL, is_bold=True)
        x = written(canvas, words, x + MARK_ROOM - 6, baseline, strong, room=500).right + 56


def _write_names(canvas: Canvas, chart: LadderChart, notes: list[str], box: Box) -> None:
    """The nearest KPIs with what they miss, then what nobody measured."""
    steps = chart.nearest[:MOST_STEPS]
    pitch = min(58.0, (box.bottom - box.top) / max(1, len(steps) + bool(steps) + len(notes)))
    baseline = box.top + pitch / 2 + MIDDLE * SMALL
    quiet, strong = Ink(canvas.theme.muted, SMALL), Ink(canvas.theme.ink, SMALL, is_bold=True)
    if steps:
        written(canvas, heading(chart), PAD, baseline, quiet, room=WIDTH / 2)
        baseline += pitch
    columns = _columns(steps)
    for step in steps:
        texts = (step.name, step.value, f"→ {step.target}", step.left)
        inks = (Ink(canvas.theme.ink, SMALL), strong, quiet, strong)
        for text, ink, (x, room) in zip(texts, inks, columns, strict=True):
            written(canvas, text, x, baseline, ink, room=room)
        baseline += pitch
    for text in notes:
        written(canvas, text, PAD, baseline, quiet, room=WIDTH - 2 * PAD)
        baseline += pitch


def _columns(steps: tuple[LadderStep, ...]) -> list[tuple[float, float]]:
    """Left edge and room of name, value, target and what is left."""
    gap = 40.0
    left = widest([step.left for step in steps], most=330, is_bold=True)
    target = widest([f"→ {step.target}" for step in steps], most=380)
    value = widest([step.value for step in steps], most=300, is_bold=True)
    name = widest([step.name for step in steps], most=WIDTH - 2 * PAD - left - target - value - 3 * gap)
    found, x = [], float(PAD)
    for room in (name, value, target, left):
        found.append((x, room))
        x += room + gap
    return found


def _notes(chart: LadderChart) -> list[str]:
    """What nobody measured, by name over at most two lines, and how many KPIs are not named."""
    found: list[str] = []
    if chart.missing:
        text = said("○ Not measured or judged: {names}", names=", ".join(chart.missing))
        found += wrap(text, SMALL, WIDTH - 2 * PAD, lines=2)
    if chart.withheld:
        found.append(cut(withheld_words(chart), SMALL, WIDTH - 2 * PAD))
    return found
