"""The PDF: its pages, what is said to those who cannot see it, and that no word leaves its room."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot import languages
from bot.documents.lettering import Letters
from bot.documents.look import HIGH, SIDE, WIDE
from bot.documents.paper import Page, Paper, PdfPaper
from bot.documents.wrapping import Style
from bot.reply import Chart, Divider, Heading, Link, Note, Table, Text, line, note, spans
from tests.bot.documents.conftest import AT, LONG, NAMES, shown, stars, table


@dataclass(frozen=True)
class Word:
    """A run of letters as it was set."""

    text: str
    left: float
    right: float
    baseline: float
    page: int


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> list[Word]:
    """All that is written from now on."""
    found: list[Word] = []
    write = Letters.write

    def spy(self: Any, text: str, x: float, baseline: float, style: Style) -> float:
        end = write(self, text, x, baseline, style)
        found.append(Word(text, x, end, baseline, self._pdf.page))
        return end

    monkeypatch.setattr(Letters, "write", spy)
    return found


def count_pages(body: bytes) -> int:
    return len(re.findall(rb"/Type /Page\n", body))


def said(words: list[Word], page: int) -> str:
    return " ".join(word.text for word in words if word.page == page)


def test_a_report_is_a_cover_and_its_pages(paper: Callable[..., Paper], words: list[Word]) -> None:
    body = PdfPaper(paper()).write()
    assert body.startswith(b"%PDF-1.")
    cover = said(words, 1)
    for text in ("Monthly report", "October 2026", "Hektor GmbH", "Data until 22 Nov 2026", "Contents"):
        assert text in cover
    assert "12 of 21 KPIs are on target." in said(words, 2)
    assert count_pages(body) == max(word.page for word in words)


def test_every_page_has_its_number_and_the_date_of_its_data(
    paper: Callable[..., Paper], words: list[Word]
) -> None:
    pages = count_pages(PdfPaper(paper(*(Page(f"P{at}", blocks=(table(30),)) for at in range(4)))).write())
    assert pages > 4
    for number in range(1, pages + 1):
        assert f"{number} / {pages}" in said(words, number)
        assert "Data until 22 Nov 2026" in said(words, number)


def test_the_contents_name_the_page_of_each_part(paper: Callable[..., Paper], words: list[Word]) -> None:
    PdfPaper(paper(*(Page(f"Part {at}", blocks=(table(30),)) for at in range(3)))).write()
    cover = [word.text for word in words if word.page == 1]
    for at in range(3):
        number = int(cover[cover.index(f"Part {at}") + 1])
        assert f"Part {at}" in said(words, number)


def test_the_same_report_is_the_same_bytes(paper: Callable[..., Paper]) -> None:
    assert PdfPaper(paper()).write() == PdfPaper(paper()).write()
    assert PdfPaper(paper()).write() != PdfPaper(replace(paper(), at=AT.replace(day=23))).write()


def test_who_cannot_see_is_told(paper: Callable[..., Paper]) -> None:
    body = PdfPaper(paper(Page("Stars", blocks=(shown(stars(), alt="Stars rise to 127"),)))).write()
    assert b"/Lang (en)" in body
    assert "Stars rise to 127".encode("utf-16-be").hex() in body.hex() or b"Stars rise to 127" in body
    assert b"/Title" in body


def test_fonts_travel_with_the_file_in_part(paper: Callable[..., Paper]) -> None:
    body = PdfPaper(paper()).write()
    assert {b"Inter", b"InterSemiBold", b"NotoEmoji", b"DroidSansFallback"} <= set(
        re.findall(rb"/FontName /MPDFAA\+(\w+)", body)
    )
    assert len(body) < 400_000
    plain = PdfPaper(paper(Page("Plain"))).write()
    assert b"NotoEmoji" not in plain


@pytest.mark.parametrize(
    "blocks",
    [
        (line(NAMES * 6),),
        (Heading(NAMES * 2), Divider(), note(LONG * 5)),
        (Table((LONG, NAMES), ((NAMES * 9, LONG), ("x" * 4000, "9" * 400)), frozenset({1}), NAMES),),
        (table(80, 14),),
        (Text(spans(Link("https://example.com", LONG * 3), " and more ")),),
        (Note(spans("")), line(""), Table(("a",), ())),
    ],
    ids=["text", "heading", "table", "wide table", "link", "empty"],
)
def test_no_word_leaves_the_page(paper: Callable[..., Paper], words: list[Word], blocks: Any) -> None:
    PdfPaper(paper(Page(NAMES, NAMES * 4, blocks), title=NAMES, company=LONG, subtitle=NAMES)).write()
    assert words
    for word in words:
        assert word.left >= SIDE - 0.1, word
        assert word.right <= WIDE - SIDE + 0.1, word
        assert 10 < word.baseline < HIGH - 10, word


def test_the_head_of_a_table_stands_on_each_page(paper: Callable[..., Paper], words: list[Word]) -> None:
    pages = count_pages(PdfPaper(paper(Page("All", blocks=(table(90),)), sources=())).write())
    assert pages >= 4
    assert all("Column 1" in said(words, number) for number in range(2, pages + 1))


def test_numbers_end_at_one_edge(paper: Callable[..., Paper], words: list[Word]) -> None:
    PdfPaper(paper(Page("All", blocks=(table(12),)))).write()
    ends = {round(word.right, 3) for word in words if re.fullmatch(r"\d+,001", word.text)}
    assert len(ends) == 1


def test_an_empty_report_is_a_cover_that_says_so(words: list[Word]) -> None:
    assert count_pages(PdfPaper(Paper("Weekly report", AT)).write()) == 1
    assert "Nothing to report for this period." in said(words, 1)


class Broken:
    """A drawing that cannot be drawn."""

    def __init__(self, fault: type[BaseException]) -> None:
        self.fault = fault

    def png(self) -> bytes:
        raise self.fault("no ink")


def test_a_chart_that_cannot_be_drawn_is_told_in_words(
    paper: Callable[..., Paper], words: list[Word]
) -> None:
    PdfPaper(paper(Page("Stars", blocks=(Chart("Stars", "Stars rise to 127", Broken(ValueError)),)))).write()
    assert "Stars rise to 127" in said(words, 2)
    assert "ValueError: no ink" in said(words, 2)


def test_a_lack_of_memory_is_not_hidden(paper: Callable[..., Paper]) -> None:
    with pytest.raises(MemoryError):
        PdfPaper(paper(Page("Stars", blocks=(Chart("Stars", "", Broken(MemoryError)),)))).write()


def test_a_dark_chart_is_light_on_paper(paper: Callable[..., Paper]) -> None:
    light, dark = (
        PdfPaper(paper(Page("Stars", blocks=(shown(stars(dark=dark)),)))).write() for dark in (False, True)
    )
    assert light == dark


def test_a_sign_that_no_font_has_is_left_out(paper: Callable[..., Paper], words: list[Word]) -> None:
    PdfPaper(
        paper(Page("Odd \ufdd0\x07 name \U000f0000", blocks=(line("\u05e9\u05dc\u05d5\u05dd ok"),)))
    ).write()
    assert "Odd name" in said(words, 2)


def test_control_characters_do_not_spoil_the_file(paper: Callable[..., Paper], words: list[Word]) -> None:
    odd = "a\x00b\x07\ufffe\ud800c"
    link = Text(spans(Link(f"https://example.com/{odd}", odd)))
    chart = shown(stars(title=odd, finding=odd), alt=odd)
    PdfPaper(paper(Page(odd, odd, (line(odd), link, chart)), title=odd, company=odd)).write()
    assert "abc" in said(words, 2)


def test_a_document_is_written_in_its_language(paper: Callable[..., Paper]) -> None:
    for code in languages.known():
        with languages.speaking(code):
            assert f"/Lang ({code})".encode() in PdfPaper(paper()).write()


def test_streams_can_be_unpacked(paper: Callable[..., Paper]) -> None:
    body = PdfPaper(paper()).write()
    for stream in re.findall(rb"/Filter /FlateDecode.*?stream\n(.*?)\nendstream", body, re.DOTALL):
        assert zlib.decompress(stream)
