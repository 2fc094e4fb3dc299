"""How a `FunnelChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from dataclasses import dataclass

from bot.charts.canvas import Box, Canvas, Ink, Pen
from bot.charts.funnel import FunnelBar, FunnelChart
from bot.charts.rows import MARK_ROOM, framed, mark_color, outlined, widest, written
from bot.charts.style import HEIGHT, LABEL, PAD, SMALL, VALUE, WIDTH
from bot.charts.typeface import width
from bot.languages import said, said_of

_PITCH = 138.0  # pixels a step takes where there are many
_WIDEST_PITCH = 176.0
_USUAL_ROWS = 4
_THICK = 54.0
_RIGHT = WIDTH - PAD - 330.0  # where the longest bar ends, and the rates begin
_LEAST = 5.0  # pixels: a rate of almost nothing is still a bar
_DOTS, _DASHES = (3.0, 9.0), (22.0, 12.0)


@dataclass(frozen=True, slots=True)
class _Row:
    """A bar, the one it is compared with, and whether its own length is a known share of the first."""

    bar: FunnelBar
    box: Box
    before: Box | None  # None at the first step
    is_known: bool

    @property
    def is_solid(self) -> bool:
        return self.is_known and (self.before is None or self.bar.rate is not None)


def draw(chart: FunnelChart) -> bytes:
    """The chart as a PNG file."""
    count = len(chart.shown) + (chart.overall is not None)
    canvas, top, bottom = framed(chart, HEIGHT + _PITCH * max(0, count - _USUAL_ROWS))
    notes = _notes(chart)
    bottom -= 46 * len(notes)
    pitch = min(_WIDEST_PITCH, (bottom - top) / max(1, count))
    rows = _rows(chart, top, pitch)
    _draw_bars(canvas, rows, has_overall=chart.overall is not None)
    for row in rows:
        _write_row(canvas, row)
    quiet = Ink(canvas.theme.muted, SMALL)
    for place, text in enumerate(notes):
        baseline = top + pitch * count + 34 + 46 * place
        written(canvas, text, PAD, baseline, quiet, room=WIDTH - 2 * PAD)
    return canvas.png()


def _notes(chart: FunnelChart) -> list[str]:
    """What needs words: steps that are only counted, and bars that stand for a rate alone."""
    found = [said_of(chart.left_out, "and {count} more step", "and {count} more steps")] * (
        chart.left_out > 0
    )
    after = zip(chart.shown, chart.lengths, strict=True)
    if any(bar.rate is not None and not is_known for bar, (_, is_known) in after):
        found.append(said("dashed: only its rate is known, behind a step without one"))
    return found


def _rows(chart: FunnelChart, top: float, pitch: float) -> list[_Row]:
    """A row a step; the overall rate is compared with the first one."""
    rows: list[_Row] = []
    before: Box | None = None
    for place, (bar, (length, is_known)) in enumerate(zip(chart.shown, chart.lengths, strict=True)):
        box = _bar(length, top + pitch * (place + 1))
        rows.append(_Row(bar, box, before, is_known))
        before = box
    if chart.overall is not None:
        share = 1.0 if chart.overall.rate is None else min(1.0, max(0.0, chart.overall.rate / 100))
        foot = top + pitch * (len(rows) + 1)
        rows.append(_Row(chart.overall, _bar(share, foot), _bar(1.0, foot), is_known=True))
    return rows


def _bar(length: float, foot: float) -> Box:
    right = PAD + max(_LEAST, length * (_RIGHT - PAD))
    return Box(PAD, foot - 22 - _THICK, right, foot - 22)


def _draw_bars(canvas: Canvas, rows: list[_Row], *, has_overall: bool) -> None:
    """Bars with what was lost behind them: five shapes, whatever the number of steps."""
    theme = canvas.theme
    lost = [
        Box(row.box.right, row.box.top, row.before.right, row.box.bottom)
        for row in rows
        if row.before is not None and row.bar.rate is not None and row.before.right > row.box.right
    ]
    steps = rows[:-1] if has_overall else rows
    canvas.boxes(lost, theme.grid)
    canvas.boxes([row.box for row in steps if row.is_solid], theme.line)
    if has_overall:
        edge = rows[-1].box.top - 64
        canvas.segments([(PAD, edge, WIDTH - PAD, edge)], Pen(theme.grid, 3))
        canvas.boxes([row.box for row in rows[-1:] if row.is_solid], theme.pace)
    only_rates = [row.box for row in rows if not row.is_solid and row.bar.rate is not None]
    unmeasured = [row.box for row in rows if not row.is_solid and row.bar.rate is None]
    canvas.segments(outlined(only_rates), Pen(theme.line, 4, _DASHES))
    canvas.segments(outlined(unmeasured), Pen(theme.pace, 3.5, _DOTS))
    canvas.segments([tick for row in rows for tick in _tick(row)], Pen(theme.target, 7))


def _tick(row: _Row) -> list[tuple[float, float, float, float]]:
    """Where the bar should end: the stated rate of the step before."""
    if row.before is None or row.bar.target is None or row.bar.rate is None:
        return []
    x = PAD + min(1.0, max(0.0, row.bar.target / 100)) * (row.before.right - PAD)
    return [(x, row.box.top - 6, x, row.box.bottom + 6)]


def _write_row(canvas: Canvas, row: _Row) -> None:
    theme, bar, box = canvas.theme, row.bar, row.box
    bold, quiet = Ink(theme.ink, LABEL, is_bold=True), Ink(theme.muted, SMALL)
    baseline = box.top - 18
    counted = widest([bar.count_label], most=720)
    name = written(canvas, bar.name, PAD, baseline, bold, room=_RIGHT - PAD - counted - 28 * (counted > 0))
    written(canvas, bar.count_label, name.right + 28, baseline, quiet, room=counted + 2)
    if row.before is None:
        return
    _write_rate(canvas, row, baseline)


def _write_rate(canvas: Canvas, row: _Row, baseline: float) -> None:
    """The rate with its mark, and below it the stated one; a reason goes into the empty bar, or behind it."""
    theme, bar, box = canvas.theme, row.bar, row.box
    quiet = Ink(theme.muted, SMALL)
    x, room = _RIGHT + 36, WIDTH - PAD - _RIGHT - 36 - MARK_ROOM
    color = theme.ink if bar.met is None else mark_color(theme, bar.mark if bar.met else "▲")
    if bar.rate is None:
        note, color = bar.note or said("no rate"), theme.pace
        start = PAD + 24 if box.right - PAD > 48 + width(note, SMALL) else box.right + 24
        written(canvas, note, start, box.bottom - 16, quiet, room=_RIGHT - start)
    ink = Ink(color, VALUE, is_bold=True)
    written(canvas, bar.mark, x, baseline + 4, ink, room=MARK_ROOM)
    written(canvas, bar.rate_label, x + MARK_ROOM, baseline + 4, ink, room=room)
    target = said("of {goal}", goal=bar.target_label) if bar.target_label else ""
    written(canvas, target, x + MARK_ROOM, box.bottom - 14, quiet, room=room)
