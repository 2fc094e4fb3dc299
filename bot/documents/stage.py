"""One slide while it is filled: title, words, tables, charts and pictures, each inside its box of points."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from io import BytesIO
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.presentation import Presentation as Slides
from pptx.slide import Slide
from pptx.util import Pt

from bot.charts.style import LIGHT
from bot.documents import native_chart, pictures
from bot.documents.deck_template import SIDE, TITLE_SIZE, TITLE_TOP, TOP, WIDE, rgb
from bot.documents.deck_words import FINE, KICKER, SMALL, STEP, STRONG, Paragraph, paragraph, width
from bot.documents.figures import NativeChart
from bot.documents.wrapping import Run, Style, legal, rejoined, wrap
from bot.languages import said
from bot.reply import Chart

Box = tuple[float, float, float, float]
"""Left, top, width, height."""

ROOM = WIDE - 2 * SIDE
_TITLE = Style(TITLE_SIZE, is_bold=True)
_TITLE_LINES = 3
_UNBROKEN = "\N{NO-BREAK SPACE}"
_FOOTER_ROOM = 700.0
_NUMBER_FIELD = "{C1FF6DA9-008F-8B48-92A6-B652298478BF}"


def titled(text: str, *, mark: str = "", style: Style = _TITLE) -> Paragraph:
    """A title as it is set: at most three lines, `mark` behind it, which is never what is cut."""
    end = f" ({mark})" if mark else ""
    small = replace(style, size=SMALL.size + 2, is_bold=False, color=SMALL.color)
    lines = wrap([Run(text, style)], ROOM, width)
    if len(lines) >= _TITLE_LINES:  # the last line leaves room for the mark
        room = ROOM - width(end, small)
        lines = wrap([Run(text, style)], room, width, most=_TITLE_LINES)
    runs = rejoined(lines, [Run(text, style)])
    if not end:
        return paragraph(runs, ROOM)
    whole = paragraph((*runs, Run(end, small)), ROOM)
    *before, last = whole.runs
    unbroken = last.text[:1] + last.text[1:].replace(" ", _UNBROKEN)  # no line ends within the mark
    return replace(whole, runs=(*before, replace(last, text=unbroken)))


def body_of(title: Paragraph) -> float:
    """The first free row below a title."""
    return TITLE_TOP + title.height + 16


class Stage:
    """A slide of a deck. `body` is the first free row below its title."""

    def __init__(self, slides: Slides, title: Paragraph, *, kicker: str = "", top: float = TITLE_TOP) -> None:
        self.slide: Slide = slides.slides.add_slide(slides.slide_layouts[0])
        shape: Any = self.slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = (
            Pt(length) for length in (SIDE, top, ROOM, title.height + 4)
        )
        fill(shape.text_frame, [title])
        if kicker:
            self.words([paragraph((Run(kicker, KICKER),), ROOM, most=1)], (SIDE, TOP - 4, ROOM, 18))
        self.body = top + title.height + 16

    def words(self, paragraphs: Sequence[Paragraph], box: Box) -> None:
        """Paragraphs in a text box."""
        if not paragraphs:
            return
        shape = self.slide.shapes.add_textbox(*map(Pt, box))
        fill(shape.text_frame, paragraphs)

    def chart(self, chart: NativeChart, alt: str, box: Box) -> None:
        """PowerPoint's own chart with its title, its finding and where the numbers come from."""
        left, top, width, height = box
        above = [paragraph((Run(chart.title, STRONG),), width, most=1)] if chart.title else []
        if chart.finding:
            above.append(paragraph((Run(chart.finding, SMALL),), width, most=2))
        head = sum(one.height for one in above) + (6 if above else 0)
        foot = 20.0 if chart.footer else 0.0
        self.words(above, (left, top, width, head))
        frame = native_chart.put(self.slide, chart, (left, top + head, width, height - head - foot))
        describe(frame, chart.title or said("Chart"), alt)
        if chart.footer:
            below = paragraph((Run(chart.footer, FINE),), width, most=1)
            self.words([below], (left, top + height - foot + 2, width, foot - 2))

    def picture(self, chart: Chart, box: Box) -> None:
        """The chart as it is posted, as large as the box allows; its words where it cannot be drawn."""
        left, top, width, height = box
        picture = pictures.draw(chart)
        if picture.fault:
            fault = said("The picture could not be drawn: {fault}", fault=picture.fault)
            texts = ((chart.title, STRONG), (chart.alt, SMALL), (fault, FINE))
            found = [paragraph((Run(text, style),), width, most=6) for text, style in texts if text]
            self.words(found, (left, top, width, height))
            return
        scale = min(width / picture.width, height / picture.height)
        wide, high = picture.width * scale, picture.height * scale
        shape = self.slide.shapes.add_picture(
            BytesIO(picture.png),
            *map(Pt, (left + (width - wide) / 2, top + (height - high) / 2, wide, high)),
        )
        describe(shape, chart.title, chart.alt or chart.title)

    def edge(self, footer: str, number: int, count: int) -> None:
        """The footer and the number, in the placeholders made for them."""
        tree: Any = self.slide.shapes._spTree
        for shape in list(self.slide.slide_layout.placeholders):
            kind = shape.placeholder_format.type
            if kind not in (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER):
                continue
            copy: Any = deepcopy(shape._element)
            copy.nvSpPr.cNvPr.set("id", str(max(int(one.shape_id) for one in self.slide.shapes) + 1))
            tree.append(copy)
            line = next(copy.iter(qn("a:p")))
            for child in list(line):
                line.remove(child)
            if kind == PP_PLACEHOLDER.FOOTER:
                words = paragraph((Run(footer, FINE),), _FOOTER_ROOM, most=1)
                line.append(_piece("a:r", "".join(run.text for run in words.runs)))
            else:
                field = _piece("a:fld", str(number))
                field.set("id", _NUMBER_FIELD)
                field.set("type", "slidenum")
                line.append(field)
                line.append(_piece("a:r", f" / {count}"))

    def notes(self, text: str) -> None:
        """What the speaker reads."""
        if text:
            frame: Any = self.slide.notes_slide.notes_text_frame
            frame.text = legal(text)


def _piece(tag: str, text: str) -> Any:
    """A run, or a field that PowerPoint fills, in the small print of the theme."""
    piece: Any = OxmlElement(tag)
    properties: Any = OxmlElement("a:rPr")
    properties.set("sz", str(round(100 * FINE.size)))
    font: Any = OxmlElement("a:latin")  # said again: LibreOffice forgets it in a footer
    font.set("typeface", "+mn-lt")
    properties.append(font)
    words: Any = OxmlElement("a:t")
    words.text = text
    piece.append(properties)
    piece.append(words)
    return piece


def describe(shape: Any, name: str, alt: str) -> None:
    """The name and the words for those who cannot see it."""
    properties = shape._element._nvXxPr.cNvPr
    properties.set("name", legal(name)[:100])
    properties.set("descr", legal(alt))


def fill(frame: Any, paragraphs: Sequence[Paragraph]) -> None:
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for at, one in enumerate(paragraphs):
        line = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        line.alignment = PP_ALIGN.LEFT
        line.space_before = Pt(one.above if at else 0)
        line.line_spacing = STEP / 1.15  # of what Arial takes by itself
        for run in one.runs:
            _write(line, run)


def _write(line: Any, run: Run) -> None:
    words = line.add_run()
    words.text = run.text
    words.font.size = Pt(run.style.size)
    words.font.bold = run.style.is_bold
    if run.style.color != LIGHT.ink:
        words.font.color.rgb = rgb(run.style.color)
    if run.style.link:
        words.hyperlink.address = legal(run.style.link)
