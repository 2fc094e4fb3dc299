"""A reply in a terminal: every block, with or without colour, down to 40 columns.

Foreign text is stripped of control characters first, so nothing in it can move the cursor, recolour the
screen or set a title. Rich's own markup is never parsed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import assert_never

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text as RichText

from bot.reply import (
    Actions,
    Block,
    Bold,
    Chart,
    Code,
    Divider,
    Document,
    Facts,
    Heading,
    Link,
    Mention,
    Note,
    Place,
    Plain,
    Reply,
    Span,
    Spans,
    Table,
    Text,
    Time,
)

SURFACE = "terminal"

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
"""A whole ANSI sequence, so that its harmless rest does not litter the text."""
_LONGEST_WORD = 24
"""A word up to this long is never broken inside a table; where the words do not fit, rows become lists."""
_GAP = 3
"""Between two columns of a table."""
_STAND_INS = str.maketrans(
    {
        "●": "(o)",
        "◆": "(!)",
        "▲": "^",
        "▼": "v",
        "○": "(?)",
        "…": "...",
        "−": "-",
        "–": "-",
        "·": "-",
        "→": "->",
    }
)


def print_reply(reply: Reply, console: Console, *, charts: Path | None = None) -> None:
    """Print the reply, its thread and what is attached; with a directory, write its charts there."""
    names: set[str] = set()
    for number, part in enumerate((reply, *reply.thread)):
        if number:
            console.print(_rule(console))
        files = write_charts(part, charts, names) if charts is not None else ()
        for block in _rendered(part, console, files):
            console.print(block, markup=False, emoji=False, highlight=False, crop=False)
    page = _Page(console, iter(()))
    for document in (one for part in (reply, *reply.thread) for one in part.documents):
        console.print(page.attached(document), markup=False, emoji=False, highlight=False, crop=False)


def plain_text(reply: Reply, width: int = 80) -> str:
    """The reply as text without any colour or style."""
    console = Console(file=io.StringIO(), width=width, no_color=True, force_terminal=False, _environ={})
    with console.capture() as captured:
        print_reply(reply, console)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def write_charts(reply: Reply, directory: Path, taken: set[str]) -> list[str]:
    """Draw the reply's charts into `directory`; one line a chart, saying where it is or why it is not."""
    directory.mkdir(parents=True, exist_ok=True)
    return [_write(chart, directory, taken) for chart in reply.charts]


def _write(chart: Chart, directory: Path, taken: set[str]) -> str:
    name = re.sub(r"[^\w.-]+", "-", Path(chart.filename).name).strip(".-") or "chart.png"
    stem, suffix = Path(name).stem, Path(name).suffix or ".png"
    number = 1
    while f"{stem}{suffix}" in taken:
        number += 1
        stem = f"{Path(name).stem}-{number}"
    taken.add(f"{stem}{suffix}")
    path = directory / f"{stem}{suffix}"
    try:
        path.write_bytes(chart.drawing.png())
    except Exception as fault:
        # Drawing runs over foreign data: whatever it raises, the words of the chart are still printed.
        return f"The chart could not be drawn: {type(fault).__name__}: {fault}"
    return str(path)


def _rendered(reply: Reply, console: Console, files: Sequence[str]) -> Iterator[RenderableType]:
    page = _Page(console, iter(files))
    if not reply.blocks:
        yield page.words((Plain(reply.text),))
    for block in reply.blocks:
        yield from page.block(block)


def _rule(console: Console) -> RenderableType:
    # Rich itself falls back to ASCII only where a rule has a title.
    return Rule(characters="-" if console.options.ascii_only else "─", style="dim")


class _Page:
    """One reply being printed: how wide, in which encoding, which chart is next."""

    def __init__(self, console: Console, files: Iterator[str]) -> None:
        self._console, self._width, self._files = console, console.width, files
        self._encoding = console.encoding or "utf-8"

    def block(self, block: Block) -> Iterator[RenderableType]:  # noqa: C901 - one case a block, no logic
        match block:
            case Heading(text):
                yield RichText(self._line(text), style="bold")
            case Text(spans):
                yield self.words(spans)
            case Facts(pairs):
                yield self._facts(pairs)
            case Table():
                yield from self._table(block)
            case Chart():
                yield self._chart(block)
            case Note(spans):
                yield self.words(spans, style="dim")
            case Divider():
                yield _rule(self._console)
            case Actions():
                yield from self._actions(block)
            case _:
                assert_never(block)

    def words(self, spans: Spans, style: str = "") -> RichText:
        return RichText.assemble(*(self._span(span) for span in spans), style=style)

    def _span(self, span: Span) -> tuple[str, str]:
        match span:
            case Plain(text) | Time(_, text):
                return self._clean(text), ""
            case Bold(text):
                return self._clean(text), "bold"
            case Code(text):
                return f"`{self._line(text)}`", "bold"
            case Link(url, text):
                address, label = self._line(url), self._line(text)
                return (f"{label} ({address})" if label and label != address else address), ""
            case Mention(name):
                return "@" + self._line(name), "bold"
            case Place():
                return self._line(span.text), ""
            case _:
                assert_never(span)

    def _clean(self, text: str) -> str:
        """Foreign text without control characters, in what the terminal's encoding can say."""
        shown = _UNWANTED.sub("", _SEQUENCE.sub("", text)).replace("\t", "    ")
        try:
            shown.encode(self._encoding)
        except (UnicodeEncodeError, LookupError):
            return shown.translate(_STAND_INS).encode("ascii", "replace").decode()
        return shown

    def _line(self, text: str) -> str:
        return " ".join(self._clean(text).split())

    def _facts(self, pairs: tuple[tuple[str, Spans], ...]) -> RenderableType:
        grid = RichTable.grid(padding=(0, 2))
        grid.add_column(style="bold", overflow="fold")
        grid.add_column(overflow="fold")
        for label, value in pairs:
            grid.add_row(RichText(self._line(label)), self.words(value))
        return grid

    def _table(self, table: Table) -> Iterator[RenderableType]:
        if self._line(table.caption):
            yield RichText(self._line(table.caption), style="dim")
        if not table.columns or not table.rows:
            yield RichText("Nothing to list.")
            return
        width = len(table.columns)
        names = [self._line(name) for name in table.columns]
        rows = [[self._line(cell) for cell in row[:width]] + [""] * (width - len(row)) for row in table.rows]
        if widths := self._widths([names, *rows]):
            yield self._grid(names, rows, table.numeric, widths)
        else:
            yield from self._list(names, rows)

    def _widths(self, rows: list[list[str]]) -> list[int]:
        """A width for each column in which no word breaks; empty where there is no room for that."""
        columns = list(zip(*rows, strict=True))
        wanted = [max(map(cell_len, column)) for column in columns]
        words = [
            max((cell_len(word) for cell in column for word in cell.split()), default=1) for column in columns
        ]
        widths = [min(longest, _LONGEST_WORD) for longest in words]
        spare = self._width - sum(widths) - _GAP * (len(widths) - 1)
        if spare < 0:
            return []
        by_need = sorted(range(len(widths)), key=lambda index: wanted[index] - widths[index])
        for index in by_need:  # the one with least to gain first: it may do with one line
            more = min(wanted[index] - widths[index], spare)
            widths[index] += more
            spare -= more
        return widths

    def _grid(
        self, names: list[str], rows: list[list[str]], numeric: frozenset[int], widths: list[int]
    ) -> RenderableType:
        grid = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for index, name in enumerate(names):
            grid.add_column(
                RichText(name),
                justify="right" if index in numeric else "left",
                overflow="fold",
                width=widths[index],
            )
        for row in rows:
            grid.add_row(*(RichText(cell or self._clean("–")) for cell in row))
        return grid

    def _list(self, names: list[str], rows: list[list[str]]) -> Iterator[RenderableType]:
        if len(names) > 1 and not names[0]:  # marks: each goes before its row's name
            names, rows = names[1:], [[f"{row[0]} {row[1]}".strip(), *row[2:]] for row in rows]
        for first, *rest in rows:
            facts = [f"{name}: {cell}" for name, cell in zip(names[1:], rest, strict=True) if cell]
            yield RichText(first, style="bold")
            if facts:
                yield Padding(RichText(self._clean(" · ").join(facts)), (0, 0, 0, 2))

    def _chart(self, chart: Chart) -> RenderableType:
        title = self._line(chart.title)
        lines = [RichText(f"[chart] {title}".rstrip(), style="bold"), RichText(self._clean(chart.alt))]
        file = next(self._files, None)
        if file is not None:
            # Never folded: a path is copied whole.
            lines.append(RichText(self._clean(file), style="dim", overflow="ignore", no_wrap=True))
        return Group(*lines)

    def attached(self, document: Document) -> RichText:
        """A document by its file, with what is in it."""
        said = " · ".join(filter(None, (document.filename, document.title)))
        words = ": ".join(filter(None, (said, document.alt)))
        return RichText(f"Attached: {self._line(words)}")

    def _actions(self, actions: Actions) -> Iterator[RenderableType]:
        for action in actions.actions:
            if not action.share and not action.form:  # at a terminal is nobody else, and no form
                yield RichText.assemble(
                    f"{self._clean('→')} {self._line(action.label)}: ",
                    (f"kpi ask {self._line(action.ask)}", "bold"),
                )
