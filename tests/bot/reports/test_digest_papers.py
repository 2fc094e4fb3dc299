"""What a report attaches: the same words and charts as its thread, and what a long one teaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from bot.documents.paper import Deck, PdfPaper, Sheet
from bot.reply import Chart, Heading
from storage import SessionFactory, revisions
from storage.annotations import Annotation, add
from storage.revisions import Kind, Revision
from tests.bot.reports.test_digest import ALL, review, stating
from tests.factories import each_day, said, store

SEPTEMBER = date(2026, 9, 30)


def grown(sessions: SessionFactory) -> None:
    """Stars that rise over the third quarter and the one before."""
    store(sessions, each_day("github.stars", [4000.0 + 10 * day for day in range(110)], until=SEPTEMBER))


def test_documents_carry_the_name_the_day_and_the_thread(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    used = stating({**ALL, "chart": "bullet"}, documents=["pdf", "deck", "csv"])
    reply = review(sessions, used)
    names = [one.filename for one in reply.documents]
    assert names == ["review-2026-11-22.pdf", "review-2026-11-22.pptx", "review-2026-11-22.csv"]
    pdf, deck, sheet = (one.content for one in reply.documents)
    assert isinstance(pdf, PdfPaper)
    assert isinstance(deck, Deck)
    assert isinstance(sheet, Sheet)
    assert pdf.paper == deck.paper
    first, growth, every = pdf.paper.pages
    assert first.finding == reply.text
    assert growth.finding == reply.thread[0].text.removeprefix("Growth: ")
    assert any(isinstance(one, Chart) for one in growth.blocks)
    assert growth.notes[0].measure == "last(github.stars)"
    assert growth.notes[0].target == "≥ 5,000 by Day 90 (30 Nov)"
    assert every.blocks == (replace(sheet.table, caption=""),)  # its caption is the finding above it
    assert pdf.paper.data_until == "22 Nov 2026, Europe/Berlin"
    assert sheet.write().decode("utf-8-sig").splitlines()[1].startswith('GitHub Stars,"5,100"')


def test_no_document_is_made_that_nobody_asked_for(sessions: SessionFactory) -> None:
    assert review(sessions, stating(ALL)).documents == ()


def test_a_long_report_says_what_was_learned(sessions: SessionFactory) -> None:
    grown(sessions)
    noted = datetime(2026, 9, 22, 9, tzinfo=UTC)
    with sessions.begin() as session:
        add(session, Annotation("", noted, "Launch week", "slack:U0DANA", noted))
        changed = Revision(
            Kind.TARGET, "acme/growth.github_stars@day90", "6,000", "slack:U0DANA", noted,
            reason="ahead of plan", replaced="5,000",
        )  # fmt: skip
        revisions.add(session, changed)
    reply = review(sessions, stating(ALL, cadence="quarterly"))
    told = next(said(one) for one in reply.thread if one.text.startswith("What was learned"))
    assert "What was learned: 1 target won, 0 lost, 1 target changed." in told
    assert "Biggest wins\n✓ GitHub Stars 5,090" in told
    assert "22 Sep: Launch week" in told
    assert "GitHub Stars, Day 90: 5,000 → 6,000" in told
    assert told.endswith(": ahead of plan")


def test_a_short_report_teaches_nothing(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    assert not any("learned" in one.text for one in review(sessions, stating(ALL)).thread)


def test_a_chart_on_a_page_does_not_say_again_what_stands_above_it(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    reply = review(sessions, stating({**ALL, "chart": "bullet"}, documents=["pdf"]))
    paper: Any = reply.documents[0].content
    drawn: list[Any] = [
        next(one.drawing for one in blocks if isinstance(one, Chart))
        for blocks in (reply.thread[0].blocks, paper.paper.pages[1].blocks)
    ]
    posted, printed = drawn
    assert (posted.title, posted.finding) == ("Growth", "1 of 1 target met; 1 not measured or judged")
    assert (printed.title, printed.finding) == ("", "1 not measured or judged")


def test_parts_without_a_number_share_a_page(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5100] * 7]))
    empty = [{"title": title, "kpis": ["nps"]} for title in ("Mood", "Mind")]
    used = stating({"title": "Stars", "kpis": ["github_stars"]}, *empty, documents=["pdf"])
    paper: Any = review(sessions, used).documents[0].content
    pages = paper.paper.pages
    assert [one.title for one in pages][1:] == ["Stars", "Not measured yet", "All KPIs"]
    assert [one.text for one in pages[2].blocks if isinstance(one, Heading)] == ["Mood", "Mind"]
