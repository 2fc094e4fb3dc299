"""The slides of one page: what fits beside what, and where a new slide begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.documents import deck_table
from bot.documents.deck_template import BOTTOM, SIDE
from bot.documents.deck_words import SMALL, VALUE, Paragraph, paragraph, paragraphs, runs_of
from bot.documents.native import native
from bot.documents.scenes import Scene, scenes
from bot.documents.stage import ROOM, Box, Stage
from bot.documents.wrapping import Run
from bot.reply import Block, Chart, Facts, Note, Table

Draw = Callable[[Stage], None]
_BESIDE, _BETWEEN = 270.0, 28.0
_FEW_WORDS = 70.0  # points: what a chart spares above or below it
_WORDS_ABOVE = 0.34  # of the room below the title, that words may take from a table
_ABREAST = 4


@dataclass(frozen=True, slots=True)
class _Tiles:
    """Facts side by side: small labels above large values."""

    cells: tuple[tuple[Paragraph, Paragraph], ...]
    abreast: int  # of this row and its neighbours
    above: float = 14.0

    @property
    def height(self) -> float:
        return self.above + max(label.height + value.height for label, value in self.cells)

    def draw(self, stage: Stage, top: float) -> None:
        room = ROOM / self.abreast
        for at, cell in enumerate(self.cells):
            stage.words(cell, (SIDE + at * room, top + self.above, room - 16, self.height - self.above))


_Item = Paragraph | _Tiles


def draws(blocks: Sequence[Block], top: float) -> list[Draw]:
    """What draws each slide below its title, which ends at `top`."""
    return [draw for scene in scenes(blocks, _is_small) for draw in _scene(scene, top)]


def _is_small(chart: Chart) -> bool:
    """Lines can be read at half the width; bars need the room for their names, pictures for their words."""
    described = native(chart.drawing)
    return described is not None and described.kind == "line"


def _scene(scene: Scene, top: float) -> Iterator[Draw]:
    if scene.table is not None:
        yield from _tables(scene.words, scene.table, top)
        return
    if not scene.charts:
        yield from _words(scene.words, top)
        return
    yield from _shown(scene, top)


def _shown(scene: Scene, top: float) -> Iterator[Draw]:
    """Charts with their words: a few above or below them, more at the right of one, many on slides before."""
    depth = BOTTOM - top
    across = [*_items(scene.words)]
    high = sum(one.height for one in across)
    beside = [*paragraphs(scene.words, _BESIDE)]
    if high <= _FEW_WORDS:
        are_small = all(isinstance(block, Note) for block in scene.words)
        gap = 10 if across else 0
        upper = top if are_small else top + high + gap
        below = BOTTOM - high if are_small else top

        def draw(stage: Stage) -> None:
            _charts(stage, scene.charts, (SIDE, upper, ROOM, depth - high - gap))
            _put(stage, across, below)

        yield draw
    elif len(scene.charts) == 1 and sum(one.height for one in beside) <= depth:
        yield lambda stage: _beside(stage, scene.charts, beside, top)
    else:
        yield from _packed(_fitted(scene.words, top), top)
        yield lambda stage: _charts(stage, scene.charts, (SIDE, top, ROOM, depth))


def _beside(stage: Stage, charts: Sequence[Chart], words: Sequence[Paragraph], top: float) -> None:
    room = ROOM - _BESIDE - _BETWEEN
    _charts(stage, charts, (SIDE, top, room, BOTTOM - top))
    stage.words(words, (SIDE + room + _BETWEEN, top, _BESIDE, BOTTOM - top))


def _charts(stage: Stage, charts: Sequence[Chart], box: Box) -> None:
    """One or two charts side by side."""
    left, top, width, height = box
    wide = (width - _BETWEEN * (len(charts) - 1)) / len(charts)
    for at, chart in enumerate(charts):
        place = (left + at * (wide + _BETWEEN), top, wide, height)
        described = native(chart.drawing)
        if described is not None:
            stage.chart(described, chart.alt or chart.title, place)
        else:
            stage.picture(chart, place)


def _tables(words: Sequence[Block], table: Table, top: float) -> Iterator[Draw]:
    """The table with its words above, or after them where they are many; its caption counts as words."""
    depth = BOTTOM - top
    above: list[_Item] = [*_items(words)]
    if table.caption:
        above.append(paragraph((Run(table.caption, SMALL),), ROOM, above=8 if above else 0, most=2))
    used = sum(one.height for one in above) + (10 if above else 0)
    if used > _WORDS_ABOVE * depth:
        yield from _packed(above, top)
        above, used = [], 0.0
    for at, part in enumerate(deck_table.parts(table, ROOM, depth, first=depth - used)):
        yield _table_draw(part, above if at == 0 else [], top, used if at == 0 else 0.0)


def _table_draw(part: deck_table.Part, above: Sequence[_Item], top: float, used: float) -> Draw:
    def draw(stage: Stage) -> None:
        _put(stage, above, top)
        deck_table.put(stage, part, SIDE, top + used)

    return draw


def _words(blocks: Sequence[Block], top: float) -> Iterator[Draw]:
    return _packed(_fitted(blocks, top), top)


def _fitted(blocks: Sequence[Block], top: float) -> list[_Item]:
    """The words of one slide; a size smaller where that spares the next slide a line or two."""
    room = BOTTOM - top
    usual = [*_items(blocks)]
    if sum(one.height for one in usual) <= room:
        return usual
    tight = [*_items(blocks, is_tight=True)]
    return tight if sum(one.height for one in tight) <= room else usual


def _items(blocks: Sequence[Block], *, is_tight: bool = False) -> Iterator[_Item]:
    for is_facts, group in groupby(blocks, lambda block: isinstance(block, Facts)):
        if not is_facts:
            yield from paragraphs([*group], ROOM, is_tight=is_tight)
            continue
        for block in group:
            yield from _tiles(block) if isinstance(block, Facts) else ()


def _tiles(facts: Facts) -> Iterator[_Tiles]:
    count = len(facts.pairs)
    abreast = -(-count // (-(-count // _ABREAST) or 1)) or 1  # as many in each row
    room = ROOM / abreast - 16
    for begin in range(0, count, abreast):
        yield _Tiles(
            tuple(
                (
                    paragraph((Run(label, SMALL),), room, most=2),
                    paragraph(runs_of(value, VALUE), room, most=3),
                )
                for label, value in facts.pairs[begin : begin + abreast]
            ),
            abreast,
        )


def _packed(items: Iterable[_Item], top: float) -> Iterator[Draw]:
    """The items on as few slides as hold them, about as many on each: none is left with a lone line."""
    items = [*items]
    room = BOTTOM - top
    pages = _pages(items, room)
    if len(pages) > 1:
        even = sum(one.height for one in items) / len(pages) + max(one.height for one in items)
        shared = _pages(items, min(room, even))
        pages = shared if len(shared) == len(pages) else pages
    yield from (_items_draw(page, top) for page in pages)


def _pages(items: Sequence[_Item], room: float) -> list[list[_Item]]:
    """As many items on each page as fit; a heading goes with what it is of."""
    pages: list[list[_Item]] = [[]] if items else []
    used = 0.0
    for item in items:
        if pages[-1] and used + item.height > room:
            kept = pages[-1]
            begin = next((at for at in range(len(kept), 0, -1) if not _keeps(kept[at - 1])), len(kept))
            pages[-1], carried = kept[:begin], kept[begin:]
            pages.append(carried)
            used = sum(one.height for one in carried)
        pages[-1].append(item)
        used += item.height
    return pages


def _keeps(item: _Item) -> bool:
    return isinstance(item, Paragraph) and item.keeps


def _items_draw(items: Sequence[_Item], top: float) -> Draw:
    return lambda stage: _put(stage, items, top)


def _put(stage: Stage, items: Sequence[_Item], top: float) -> None:
    """Items one below the other; paragraphs that follow each other share a box."""
    for is_words, group in groupby(items, lambda item: isinstance(item, Paragraph)):
        held = [*group]
        if is_words:
            words = [item for item in held if isinstance(item, Paragraph)]
            high = sum(item.height for item in words)
            stage.words(words, (SIDE, top + words[0].above, ROOM, high - words[0].above))
            top += high
            continue
        for item in held:
            if isinstance(item, _Tiles):
                item.draw(stage, top)
            top += item.height
