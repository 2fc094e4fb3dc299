"""A reply with documents, and documents that cannot be written."""

from __future__ import annotations

from dataclasses import dataclass

from bot.charts.studio import ChartFailed
from bot.reply import Document, Drawing, Reply, Writing, line


@dataclass(frozen=True)
class Leaf:
    """A document that is already written."""

    content: bytes = b"%PDF-1.7 one page"

    def write(self) -> bytes:
        return self.content


@dataclass(frozen=True)
class Torn:
    """A document that cannot be written."""

    fault: Exception

    def write(self) -> bytes:
        raise self.fault


PDF = Document("Monthly report, Nov 2026", "The report as PDF, 5 parts. Stars ahead.", Leaf(), "monthly.pdf")
DECK = Document("Monthly report, Nov 2026", "Slides, 5 pages.", Leaf(b"PK deck"), "monthly.pptx")
CSV = Document("Monthly report", "", Leaf(b"KPI,Value\n"), "monthly.csv")
MONTHLY = Reply(
    "Nov 2026: stars ahead.",
    (line("Nov 2026: stars ahead."),),
    thread=(Reply("Awareness: 4 of 5 on target."),),
    documents=(PDF, DECK),
)
LATE = ChartFailed("The document was not written", "it took longer than 60 s")


def made(wanted: Drawing | Writing) -> bytes:
    """The file of a picture or a document, made here."""
    return wanted.png() if hasattr(wanted, "png") else wanted.write()
