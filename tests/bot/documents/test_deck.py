"""The deck, opened again: its charts and tables can be edited, and nothing hangs over a slide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml.ns import qn
from pptx.util import Pt

from bot.documents.paper import Deck, Page, Paper
from bot.reply import Chart, Heading, Table, line, note
from tests.bot.documents.conftest import AT, DEFINITION, LONG, NAMES, shown, stars, table


def texts(slide: Any) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def charts(deck: Any) -> list[Any]:
    return [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def tables(deck: Any) -> list[Any]:
    return [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]


def pictures(deck: Any) -> list[Any]:
    return [shape for slide in deck.slides for shape in slide.shapes if hasattr(shape, "image")]


def sizes(slide: Any) -> Iterator[int]:
    for run in slide._element.iter(qn("a:rPr")):
        if run.get("sz"):
            yield int(run.get("sz")) // 100


def test_each_page_is_a_slide_that_says_what_was_found(opened: Callable[..., Any]) -> None:
    deck = opened()
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles[0] == "Monthly report"
    assert titles[1] == "12 of 21 KPIs are on target."
    assert "Where we stand" in texts(deck.slides[1])
    assert titles[-1] == "Where the numbers come from"


def test_every_slide_is_numbered_and_dated(opened: Callable[..., Any]) -> None:
    deck = opened()
    for number, slide in enumerate(deck.slides, 1):
        assert f"{number} / {len(deck.slides)}" in texts(slide)
        assert "Data until 22 Nov 2026" in texts(slide)
        assert len(slide._element.findall(f".//{qn('a:fld')}")) == 1


def test_slides_are_wide_and_have_one_layout(opened: Callable[..., Any]) -> None:
    deck = opened()
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9)
    assert [layout.name for layout in deck.slide_layouts] == ["Title Only"]


def test_no_placeholder_is_left_empty(opened: Callable[..., Any]) -> None:
    for slide in opened().slides:
        assert all(shape.text_frame.text.strip() for shape in slide.placeholders)
        ids = [shape.shape_id for shape in slide.shapes]
        assert len(ids) == len(set(ids))


def test_a_trend_is_a_chart_of_exact_numbers(opened: Callable[..., Any]) -> None:
    chart = stars()
    found = charts(opened(Page("Stars", blocks=(shown(chart, alt="Stars rise"),))))[0]
    assert found.chart_type == XL_CHART_TYPE.LINE
    closed, still_open, target, pace = found.plots[0].series
    wanted = [value for _, value in chart.points]
    assert [*closed.values][:30] == [*wanted[:28], None, None]
    assert [*still_open.values][28:30] == wanted[28:]
    assert set(target.values) == {500}
    assert pace.values[0] == 100
    assert pace.values[-1] == 500
    gaps = found._chartSpace.find(f".//{qn('c:dispBlanksAs')}")
    assert gaps.get("val") == "gap"
    assert closed.points[27].data_label.text_frame.text == "127"


def test_a_chart_has_words_for_those_who_cannot_see_it(opened: Callable[..., Any]) -> None:
    deck = opened(Page("Stars", blocks=(shown(stars(), alt="Stars rise to 127"),)))
    frame = next(shape for shape in deck.slides[1].shapes if shape.has_chart)
    assert frame._element.nvGraphicFramePr.cNvPr.get("descr") == "Stars rise to 127"


def test_the_workbook_of_a_chart_holds_its_numbers(opened: Callable[..., Any]) -> None:
    part = charts(opened(Page("Stars", blocks=(shown(stars()),))))[0].part
    with ZipFile(BytesIO(part.chart_workbook.xlsx_part.blob)) as book:
        cells = re.findall(r"<v>([\d.]+)</v>", book.read("xl/worksheets/sheet1.xml").decode())
    assert {"100", "127", "129", "500"} <= set(cells)


def test_a_chart_without_data_is_a_picture_that_says_so(opened: Callable[..., Any]) -> None:
    deck = opened(Page("Stars", blocks=(shown(stars(points=()), alt="no data yet"),)))
    assert not charts(deck)
    assert [one._element.nvPicPr.cNvPr.get("descr") for one in pictures(deck)] == ["no data yet"]


def test_two_trends_share_a_slide(opened: Callable[..., Any]) -> None:
    deck = opened(Page("Two", blocks=(shown(stars()), shown(stars()), note("Source"))), sources=())
    assert len(deck.slides) == 2
    assert len(charts(deck)) == 2


def test_a_long_table_goes_on_with_its_head(opened: Callable[..., Any]) -> None:
    deck = opened(Page("All KPIs", "30 KPIs", (table(30),)), sources=())
    found = tables(deck)
    assert all(len(one.rows) <= 13 for one in found)
    assert [one.cell(0, 1).text for one in found] == ["Column 1"] * len(found)
    rows = [one.cell(at, 0).text for one in found for at in range(1, len(one.rows))]
    assert rows == [f"KPI {row}" for row in range(1, 31)]
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides][1:]
    # Unbreakable, so that the count never stands alone in a line of its own.
    assert titles == [f"30 KPIs ({at}\xa0of\xa0{len(found)})" for at in range(1, len(found) + 1)]


def test_speaker_notes_tell_the_finding_and_the_definitions(opened: Callable[..., Any]) -> None:
    notes = opened().slides[1].notes_slide.notes_text_frame.text
    assert notes.startswith("12 of 21 KPIs are on target.")
    assert "GitHub stars: How many people starred it.\nMeasure: last(github.stars)" in notes
    assert "Owner: @mira" in notes


def test_marked_moments_are_told_below_the_chart_and_in_the_notes(opened: Callable[..., Any]) -> None:
    slide = opened(Page("Stars", blocks=(shown(stars()),))).slides[1]
    assert "GitHub, 06:02 · 31 Oct Day 30" in texts(slide)
    assert "31 Oct Day 30" in slide.notes_slide.notes_text_frame.text


_CROWDED = (
    (table(40, 12),),
    (Table((LONG, NAMES), ((NAMES * 9, LONG), ("x" * 3000, "9" * 300)), frozenset({1}), NAMES),),
    (*(line(NAMES * 3) for _ in range(12)), Heading(NAMES), note(LONG * 9)),
    (shown(stars(title=NAMES, finding=NAMES * 3)), line(NAMES * 2), line("word " * 60)),
    (line("word " * 900), shown(stars())),
)


@pytest.mark.parametrize("blocks", _CROWDED, ids=["wide", "long cells", "words", "beside", "before"])
def test_nothing_hangs_over_the_slide(opened: Callable[..., Any], blocks: Any) -> None:
    deck = opened(Page(NAMES, NAMES * 5, blocks, (DEFINITION,)), title=NAMES * 2, company=LONG * 2)
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width + Pt(1)
            assert shape.top + shape.height <= deck.slide_height - Pt(8), shape.name
            assert shape.height > 0


def test_words_are_large_enough_for_the_last_row(opened: Callable[..., Any]) -> None:
    for slide in opened().slides:
        title = slide.shapes.title._element
        assert all(int(run.get("sz")) >= 1600 for run in title.iter(qn("a:rPr")))
        assert max(sizes(slide)) >= 28
        assert min(sizes(slide)) >= 12


def test_the_same_report_is_the_same_bytes(paper: Callable[..., Paper]) -> None:
    body = Deck(paper()).write()
    assert body == Deck(paper()).write()
    with ZipFile(BytesIO(body)) as file:
        assert {one.date_time[0] for one in file.infolist()} == {1980}
        assert not any("thumbnail" in name or "printer" in name for name in file.namelist())


def test_an_empty_report_is_a_title_that_says_so(opened: Callable[..., Any]) -> None:
    from pptx import Presentation

    deck = Presentation(BytesIO(Deck(Paper("Weekly report", AT)).write()))
    assert len(deck.slides) == 1
    assert "Nothing to report for this period." in texts(deck.slides[0])


class Broken:
    """A drawing that cannot be drawn."""

    def png(self) -> bytes:
        raise ValueError("no ink")


def test_a_picture_that_cannot_be_drawn_is_told_in_words(opened: Callable[..., Any]) -> None:
    deck = opened(Page("Stars", blocks=(Chart("Stars", "Stars rise to 127", Broken()),)))
    assert "Stars rise to 127" in texts(deck.slides[1])
    assert "ValueError: no ink" in texts(deck.slides[1])


def test_a_long_name_is_cut_in_the_legend(opened: Callable[..., Any]) -> None:
    found = charts(opened(Page("Stars", blocks=(shown(stars(title=NAMES)),))))[0]
    assert found.plots[0].series[0].name == NAMES[:47].rstrip() + "…"


def test_control_characters_do_not_spoil_the_file(opened: Callable[..., Any]) -> None:
    odd = "a\x00b\x07\ufffe\ud800c"
    chart = stars(title=odd, finding=odd, last_label=odd)
    bars = Table((odd,), ((odd,),), caption=odd)
    deck = opened(Page(odd, odd, (line(odd), bars, shown(chart, alt=odd)), (DEFINITION,)), title=odd)
    assert "abc" in texts(deck.slides[1])


def words(deck: Any) -> list[list[str]]:
    """The paragraphs below the title of each slide after the cover."""
    return [
        [
            line.text
            for shape in slide.shapes
            if shape.has_text_frame and not shape.is_placeholder
            for line in shape.text_frame.paragraphs
        ]
        for slide in list(deck.slides)[1:]
    ]


def test_a_line_too_many_is_set_smaller_rather_than_alone_on_a_slide(opened: Callable[..., Any]) -> None:
    deck = opened(Page("", "Many", tuple(line(f"Line {at}") for at in range(15))), sources=())
    assert [len(one) for one in words(deck)] == [15]
    assert min(size for size in sizes(deck.slides[1])) >= 12


def test_many_lines_are_shared_out_and_a_heading_goes_with_its_own(opened: Callable[..., Any]) -> None:
    blocks = tuple(Heading(f"Part {at}") if at % 5 == 0 else line(f"Line {at}") for at in range(25))
    found = words(opened(Page("", "Many", blocks), sources=()))
    assert [text for one in found for text in one if text] == [
        f"Part {at}" if at % 5 == 0 else f"Line {at}" for at in range(25)
    ]
    assert min(map(len, found)) >= 10
    assert not any(one[-1].startswith("Part") for one in found)
