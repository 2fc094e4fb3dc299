"""Which blocks of a page share a slide: charts with the words that belong to them, a table, or words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.reply import Actions, Block, Chart, Divider, Note, Table


@dataclass(slots=True)
class Scene:
    """What is shown at once. `charts` are at most two; with two, `words` are small print."""

    words: list[Block] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    table: Table | None = None

    @property
    def is_shown(self) -> bool:
        """Whether there is more than words."""
        return bool(self.charts) or self.table is not None


def scenes(blocks: Sequence[Block], is_small: Callable[[Chart], bool]) -> list[Scene]:
    """The scenes of a page, in order. Words stand with what follows, small print with what it follows.

    `is_small` says whether a chart can be read at half the width of a slide.
    """
    found = [Scene()]
    for block in blocks:
        if isinstance(block, Actions | Divider):
            continue
        if found[-1].is_shown and not isinstance(block, Note):
            found.append(Scene())
        if isinstance(block, Chart):
            found[-1].charts.append(block)
        elif isinstance(block, Table):
            found[-1].table = block
        else:
            found[-1].words.append(block)
    if len(found) > 1 and not found[-1].is_shown:  # the last words have nothing to follow
        found[-2].words += found.pop().words
    return [*_paired((one for one in found if one.words or one.is_shown), is_small)]


def _paired(found: Iterator[Scene], is_small: Callable[[Chart], bool]) -> Iterator[Scene]:
    """Two charts in a row that need no more than small print share a slide."""
    waiting: Scene | None = None
    for scene in found:
        is_bare = (
            len(scene.charts) == 1
            and is_small(scene.charts[0])
            and all(isinstance(block, Note) for block in scene.words)
        )
        if waiting is not None:
            if is_bare:
                yield Scene([*waiting.words, *scene.words], [*waiting.charts, *scene.charts])
                waiting = None
                continue
            yield waiting
        waiting = scene if is_bare else None
        if not is_bare:
            yield scene
    if waiting is not None:
        yield waiting
