"""`/kpi history stars 12w`: a KPI at each close of days, weeks or months, beside the target of then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar

from bot.commands.base import Command, Context
from bot.commands.cells import same_time
from bot.commands.kpi import KpiArgs, pick
from bot.reply import Action, Actions, Block, Bold, Note, Reply, Table, line, marked
from bot.reports import words
from bot.reports.closes import Close, closes, gaps, stretches, with_restated
from bot.reports.history import default_window, edges, reach
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import goal_words, source_line, spoken_unit
from bot.reports.window_words import window_json, window_line
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.quantity import print_change, print_value

_NAMES = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_MARKS = {True: "✓", False: "–", None: ""}


class HistoryArgs(KpiArgs):
    usage: ClassVar[str] = "history stars 12w"


def run(args: HistoryArgs, ctx: Context) -> Reply:
    picked = pick(args, ctx, "history")
    return picked if isinstance(picked, Reply) else answer(*picked, ctx)


def answer(ref: KpiRef, named: Window | None, ctx: Context) -> Reply:
    """The closes of the window, the newest first."""
    window = named or default_window(ctx.moment.today)
    snapshot = load(
        ctx.session,
        ctx.workspace,
        ctx.moment,
        (ref,),
        history_days=reach(window, ctx.moment.today),
        known_by=ctx.known_by,
    )
    unit, parts = stretches(window)
    found = with_restated(closes(ref, snapshot, parts, ctx.workspace_at), ref, snapshot, ctx.session)
    brought = edges(ref, snapshot, window)
    said = f"{ref.kpi.name} · {window_line(ref, brought, window, ctx.moment)}"
    blocks = (
        line(Bold(said)),
        *_blocks(ref, found, snapshot, unit),
        _actions(ref, window, same_time(ctx.moment)),
    )
    return Reply(said, blocks, data=_data(ref, found, snapshot, window))


def _blocks(ref: KpiRef, found: Sequence[Close], snapshot: Snapshot, unit: str) -> Iterator[Block]:
    if any(one.value is not None for one in found):
        yield _table(ref, found, snapshot, unit)
        missing, closed = gaps(found), sum(not one.is_open for one in found)
        if missing:
            noun = words.count(closed, _NAMES[unit])
            yield line(f"○ {missing} of {noun} {'was' if missing == 1 else 'were'} not measured.")
    else:
        yield line("Nothing was measured in these days.")
    if source := source_line(snapshot.of(ref), ref, snapshot):
        yield Note(marked(source))


def _table(ref: KpiRef, found: Sequence[Close], snapshot: Snapshot, unit: str) -> Table:
    today = snapshot.moment.today
    rows = tuple(_row(ref, one, unit, today) for one in reversed(found))
    legend = [f"Each {_NAMES[unit]} at its close"]
    if any(one.target is not None for one in found):
        legend.append("the target is the one in force then")
    legend += ["✓ met, – short"] if any(one.met is not None for one in found) else []
    if any(one.was is not None for one in found):
        legend.append("“was”: restated since")
    stretch = "Week to" if unit == "w" else _NAMES[unit].capitalize()
    columns = ("", stretch, "Value", "Change", "Target")
    return Table(columns, rows, numeric=frozenset({2, 3}), caption="; ".join(legend))


def _row(ref: KpiRef, one: Close, unit: str, today: date) -> tuple[str, ...]:
    mark = "○" if one.value is None else _MARKS[one.met]
    change = "" if one.change is None else print_change(one.change, ref.kpi.unit)
    goal = "" if one.target is None or one.value is None else goal_words(one.target.goal, ref.kpi)
    return mark, _label(one, unit, today), _value(ref, one, today), change, goal


def _value(ref: KpiRef, one: Close, today: date) -> str:
    shown = spoken_unit(ref.kpi)
    if one.value is None:
        return "open" if one.is_open else "no data"
    goal = one.target.goal.value if one.target is not None and one.met is not None else None
    text = print_value(one.value, shown, against=goal)
    if one.is_open:
        return f"{text} so far"
    if one.day is not None and one.day != one.end:
        text += f" ({words.day(one.day, today)})"
    return text if one.was is None else f"{text}, was {print_value(one.was, shown)}"


def _label(one: Close, unit: str, today: date) -> str:
    """The stretch as people call it: its day, its month; a week by its last day, as its column says."""
    names = {
        "d": words.day(one.end, today),
        "w": words.day(one.end, today),
        "m": f"{one.end:%b %Y}",
        "q": f"Q{(one.end.month + 2) // 3} {one.end.year}",
        "y": f"{one.end.year}",
    }
    return names[unit]


def _data(ref: KpiRef, found: Sequence[Close], snapshot: Snapshot, window: Window) -> dict[str, object]:
    return {
        "kpi": ref.kpi.key,
        "name": ref.kpi.name,
        "framework": ref.use.framework.key,
        "unit": ref.kpi.unit.name,
        "window": window_json(edges(ref, snapshot, window), window),
        "rows": [_row_data(one) for one in reversed(found)],
    }


def _row_data(one: Close) -> dict[str, object]:
    target = one.target
    return {
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "day": None if one.day is None else one.day.isoformat(),
        "value": one.value,
        "change": one.change,
        "is_open": one.is_open,
        "target": None if target is None else target.goal.text,
        "horizon": None if target is None else target.horizon,
        "met": one.met,
        "restated_from": one.was,
    }


def _actions(ref: KpiRef, window: Window, then: str) -> Actions:
    return Actions(
        (
            Action("Chart", f"chart {ref.path} {window.text}{then}"),
            Action("Share", f"history {ref.path} {window.text}{then}", share=True),
        )
    )


COMMAND = Command(
    name="history",
    summary="A KPI's values at the close of each day, week or month, with the target of then.",
    example="history stars 12w",
    args=HistoryArgs,
    run=run,
    aliases=("values",),
)
