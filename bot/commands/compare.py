"""`/kpi compare stars forks 90d`: a few KPIs side by side over the same closed days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar, Self

from pydantic import Field

from bot import windows
from bot.commands.base import Args, Command, Context, Subject
from bot.commands.cells import same_time
from bot.commands.kpi import unknown_kpi, which
from bot.commands.naming import kpi_labels
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Note, Reply, Table, Text, line, marked
from bot.reports import words
from bot.reports.compared import Compared, compared
from bot.reports.history import default_window, reach
from bot.reports.snapshot import load
from bot.reports.standing_words import source_notes, value_words
from bot.windows import Window
from bot.workspace import KpiRef, Workspace
from kpi.quantity import print_change, print_value

MOST = 4
_TRENDS = {"better": "▲ better", "worse": "▼ worse", "flat": "■ flat", "unknown": "○"}


class CompareArgs(Args):
    kpis: tuple[str, ...] = Field(
        (), description="The KPIs to hold against each other, two to four: stars vs forks."
    )
    window: str = Field("", description="Over which days: 90d, last quarter, since july.")

    usage: ClassVar[str] = "compare stars vs forks 90d"
    about: ClassVar[Subject] = Subject.KPIS

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """Each word is a name, and the window the last of them, as the grammar tells them."""
        rest, window = windows.split(words)
        if not window or rest != words[: len(rest)]:
            rest, window = words, ""
        return cls(kpis=tuple(rest), window=window)


def run(args: CompareArgs, ctx: Context) -> Reply:
    chosen = _chosen(args.kpis, args.window, ctx.workspace)
    if isinstance(chosen, Reply):
        return chosen
    if not 2 <= len(chosen) <= MOST:
        only = f": {chosen[0].kpi.name} is one" if len(chosen) == 1 else ""
        raise UserError(f"Name 2 to {MOST} KPIs{only}.", f"Say `{args.usage}`.")
    return answer(chosen, args.window, ctx)


def _chosen(names: Sequence[str], window: str, workspace: Workspace) -> tuple[KpiRef, ...] | Reply:
    """The KPIs that are meant, or the question which one is. Raises `UserError` where there is none."""
    found: dict[str, KpiRef] = {}
    for at, name in enumerate(names[: MOST + 1]):
        refs = workspace.find_kpi(name)
        if not refs:
            raise unknown_kpi(name, workspace)
        if len(refs) > 1:
            others = [*(f'"{one}"' for one in names[:at]), "{}", *(f'"{one}"' for one in names[at + 1 :])]
            return which(name, refs, f"compare {' '.join(others)} {window}".strip())
        found[refs[0].path] = refs[0]
    return tuple(found.values())


def answer(refs: Sequence[KpiRef], named: str, ctx: Context) -> Reply:
    """The same closed days of every KPI; a day that one of them lacks is no day to compare."""
    today = ctx.moment.today
    window = windows.resolve(named, today) if named else default_window(today)
    if window.start >= today:
        raise UserError("Only days that are over can be compared.", "Say `compare stars vs forks 30d`.")
    snapshot = load(
        ctx.session,
        ctx.workspace,
        ctx.moment,
        refs,
        history_days=reach(window, today) + 15,
        known_by=ctx.known_by,
    )
    found = compared(refs, snapshot, _closed(window, today), ctx.workspace_at)
    said = _finding(found)
    blocks: list[Block] = [line(Bold(said)), *_aside_lines(found, window, today), _table(found)]
    notes = {note for ref in refs if (note := source_notes(ref, snapshot))}
    blocks += [Note(marked(note)) for note in sorted(notes)]
    asked = " ".join(ref.path for ref in refs)
    then = same_time(ctx.moment)
    chart = [
        Action(label, f"chart {ref.path} {window.text}{then}")
        for label, ref in zip(kpi_labels(refs), refs, strict=True)
    ]
    share = Action("Share", f"compare {asked} {window.text}{then}", share=True)
    return Reply(said, (*blocks, Actions((*chart, share))), data=_data(found))


def _closed(window: Window, today: date) -> Window:
    """The window without the open day."""
    if not window.is_open:
        return window
    return replace(window, end=today - timedelta(days=1), is_open=False)


def _finding(found: Compared) -> str:
    """Who grew how much, the most first."""
    known = [one for one in found.sides if one.share is not None]
    if len(known) == len(found.sides):
        ordered = sorted(known, key=lambda one: -(one.share or 0))
        return ", ".join(f"{one.ref.kpi.name} {_signed(one.share or 0)}" for one in ordered) + "."
    told = [
        f"{one.ref.kpi.name} {_change(one.change, one.ref)}" for one in found.sides if one.change is not None
    ]
    if told:
        return ", ".join(told) + "."
    return "Nothing to compare: " + _missing(found)


def _missing(found: Compared) -> str:
    silent = [side.ref.kpi.name for side in found.sides if side.last is None]
    return f"no data of {' and '.join(silent)}." if silent else "no two days that all were measured on."


def _change(change: float, ref: KpiRef) -> str:
    return print_change(change, ref.kpi.unit)


def _signed(share: float) -> str:
    text = words.percent(share, limit=0)
    return text if share < 0 else f"+{text}" if share > 0 else "±0%"


def _aside_lines(found: Compared, window: Window, today: date) -> Iterator[Text]:
    """Which days were compared, how far apart equal units are, and which KPI has nothing."""
    start, end = found.start, found.end
    if start is not None and end is not None:
        days = f"{words.day(start + timedelta(days=1), today)} to {words.day(end, today)}"
        yield line(f"Closed days {days}, the same for all.")
        if start >= window.start or end < min(window.end, today - timedelta(days=1)):
            yield line("Shorter than asked: not all were measured on every day.")
    if found.apart is not None:
        first, last = found.apart
        unit = found.sides[0].ref.kpi.unit
        yield line(f"Apart by {print_value(abs(last), unit)}, {print_value(abs(first), unit)} at the start.")
    silent = [side.ref.kpi.name for side in found.sides if side.last is None]
    if silent and len(silent) < len(found.sides):
        yield line(f"○ {', '.join(silent)}: no data in these days.")


def _table(found: Compared) -> Table:
    rows = []
    for side in found.sides:
        at_end = side.standing
        share = None if at_end is None else at_end.percent_of_target
        rows.append(
            (
                side.ref.kpi.name,
                "no data" if at_end is None or at_end.value is None else value_words(at_end),
                "" if side.change is None else _change(side.change, side.ref),
                "" if side.share is None else _signed(side.share),
                "" if share is None else words.percent(share),
                "○" if at_end is None else _TRENDS[at_end.trend.trend.value],
            )
        )
    columns = ("KPI", "Value", "Change", "In %", "Of target", "Week's trend")
    return Table(
        columns, tuple(rows), numeric=frozenset({1, 2, 3, 4}), caption="At the close of the last day"
    )


def _data(found: Compared) -> dict[str, object]:
    return {
        "start": None if found.start is None else found.start.isoformat(),
        "end": None if found.end is None else found.end.isoformat(),
        "apart": None if found.apart is None else list(found.apart),
        "kpis": [
            {
                "kpi": side.ref.kpi.key,
                "framework": side.ref.use.framework.key,
                "name": side.ref.kpi.name,
                "unit": side.ref.kpi.unit.name,
                "first": side.first,
                "value": side.last,
                "change": side.change,
                "percent_change": side.share,
                "percent_of_target": None if side.standing is None else side.standing.percent_of_target,
                "trend": None if side.standing is None else side.standing.trend.trend.value,
            }
            for side in found.sides
        ],
    }


COMMAND = Command(
    name="compare",
    summary="Two to four KPIs side by side over the same closed days.",
    example="compare stars vs forks 90d",
    args=CompareArgs,
    run=run,
    aliases=("versus", "vs"),
)
