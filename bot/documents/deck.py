"""Writes a report as PowerPoint slides: what was found as the title, and notes to speak from.

The same report is the same bytes: no clock, no name of a machine, only the moment its numbers are of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pptx.enum.shapes import MSO_SHAPE
from pptx.presentation import Presentation as Slides
from pptx.util import Pt

from bot import reply
from bot.charts.style import LIGHT
from bot.charts.trend import TrendChart
from bot.documents import slides as body
from bot.documents.deck_template import SIDE, blank, rgb, sealed
from bot.documents.deck_words import KICKER, STRONG, paragraph
from bot.documents.native_lines import marks_of
from bot.documents.paper import Definition, Page, Paper, facts_of
from bot.documents.stage import ROOM, Stage, body_of, titled
from bot.documents.wrapping import Run, Style, legal
from bot.languages import said, spoken

_COVER = Style(44, is_bold=True)
_PERIOD = Style(22, color=LIGHT.muted)
_COVER_TOP = 168.0


def write(paper: Paper) -> bytes:
    """The PPTX file, in the language in force."""
    slides = blank()
    stages = [_cover(slides, paper)]
    for page in (*paper.pages, *_sources(paper)):
        stages += _page(slides, page)
    parts = (paper.company, paper.title, _until(paper))
    footer = " · ".join(filter(None, parts))
    for at, stage in enumerate(stages):
        stage.edge(footer, at + 1, len(stages))
    properties = slides.core_properties
    properties.title = legal(" · ".join(filter(None, (paper.title, paper.subtitle))))[:255]
    properties.author = legal(paper.company)[:255] or "KPI Bot"
    properties.language = spoken()
    return sealed(slides, paper.at)


def _cover(slides: Slides, paper: Paper) -> Stage:
    stage = Stage(slides, titled(paper.title, style=_COVER), top=_COVER_TOP)
    above = [paragraph((Run(paper.company, STRONG),), ROOM, most=1)] if paper.company else []
    stage.words(above, (SIDE, _COVER_TOP - 32, ROOM, 24))
    bar: Any = stage.slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *map(Pt, (SIDE, 96, 72, 6)))
    bar.fill.solid()
    bar.fill.fore_color.rgb = rgb(LIGHT.line)
    bar.line.fill.background()
    below = [
        *([paragraph((Run(paper.subtitle, _PERIOD),), ROOM, most=2)] if paper.subtitle else []),
        *([paragraph((Run(_until(paper), KICKER),), ROOM, above=12, most=1)] if paper.data_until else []),
    ]
    if not paper.pages:
        below.append(paragraph((Run(said("Nothing to report for this period."), STRONG),), ROOM, above=24))
    stage.words(below, (SIDE, stage.body, ROOM, sum(one.height for one in below)))
    stage.notes(said("All numbers are of {day}.", day=paper.data_until) if paper.data_until else "")
    return stage


def _page(slides: Slides, page: Page) -> Iterator[Stage]:
    """The slides of a page: with more than one, each says which it is."""
    title, kicker = (page.finding, page.title) if page.finding else (page.title, "")
    longest = said("{number} of {count}", number=88, count=88)
    draws = body.draws(page.blocks, body_of(titled(title, mark=longest))) or [lambda _: None]
    for at, draw in enumerate(draws):
        mark = said("{number} of {count}", number=at + 1, count=len(draws)) if len(draws) > 1 else ""
        stage = Stage(slides, titled(title, mark=mark), kicker=kicker)
        draw(stage)
        stage.notes(_notes(page))
        yield stage


def _notes(page: Page) -> str:
    """What the page found, and what its numbers mean."""
    parts = (page.finding or page.title, *_marks(page), *map(_definition, page.notes))
    return "\n\n".join(filter(None, parts))


def _marks(page: Page) -> Iterator[str]:
    """What happened meanwhile, chart by chart."""
    for block in page.blocks:
        if isinstance(block, reply.Chart) and isinstance(block.drawing, TrendChart):
            yield "\n".join(marks_of(block.drawing))


def _definition(one: Definition) -> str:
    start = ": ".join(filter(None, (one.name, one.meaning)))
    return "\n".join((start, *facts_of(one)))


def _sources(paper: Paper) -> Iterator[Page]:
    if paper.sources:
        lines = tuple(reply.line(source) for source in paper.sources)
        yield Page(said("Where the numbers come from"), blocks=lines)


def _until(paper: Paper) -> str:
    return said("Data until {day}", day=paper.data_until) if paper.data_until else ""
