"""A report as a document, described by plain data: what stands on its pages and what each number means.

Nothing here writes: `write()` loads the writing code on its first call, so that a process which only
describes documents loads neither fpdf2 nor python-pptx. Texts come printed, and in the language they are
to be read in; `language` is for the few words a document adds itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot import languages
from bot.languages import said
from bot.reply import Block, Table


@dataclass(frozen=True, slots=True)
class Definition:
    """What a KPI means, for whoever presents it. Empty parts are not shown."""

    name: str
    meaning: str = ""
    measure: str = ""
    source: str = ""
    target: str = ""
    owner: str = ""


def facts_of(one: Definition) -> list[str]:
    """Its parts that are known, each as a line."""
    parts = (
        (one.measure, said("Measure: {text}", text=one.measure)),
        (one.source, said("Source: {text}", text=one.source)),
        (one.target, said("Target: {text}", text=one.target)),
        (one.owner, said("Owner: {text}", text=one.owner)),
    )
    return [words for known, words in parts if known]


@dataclass(frozen=True, slots=True)
class Page:
    """One part of a report: a slide, or more where one is too small. Buttons in `blocks` are left out."""

    title: str
    finding: str = ""  # a sentence with its numbers
    blocks: tuple[Block, ...] = ()
    notes: tuple[Definition, ...] = ()  # speaker notes


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole report. `at` is aware: the moment its numbers are of, the only date in the files."""

    title: str
    at: datetime
    subtitle: str = ""  # the period in words
    company: str = ""
    data_until: str = ""  # as it is printed: "22 Nov 2026"
    pages: tuple[Page, ...] = ()
    sources: tuple[str, ...] = ()  # one a line: "GitHub, 06:02"
    language: str = field(default_factory=languages.spoken)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Those of all pages, each once, in order of their first page."""
        return tuple(dict.fromkeys(note for page in self.pages for note in page.notes))


@dataclass(frozen=True, slots=True)
class PdfPaper:
    """The report as a PDF file, A4 upright."""

    paper: Paper
    language: str = field(default_factory=languages.spoken)

    def write(self) -> bytes:
        from bot.documents.pdf import write  # fpdf2 and matplotlib, and only here

        return write(self.paper)


@dataclass(frozen=True, slots=True)
class Deck:
    """The report as PowerPoint slides, 16 to 9, whose charts and tables can be edited."""

    paper: Paper
    language: str = field(default_factory=languages.spoken)

    def write(self) -> bytes:
        from bot.documents.deck import write  # python-pptx, and only here

        return write(self.paper)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as a CSV file."""

    table: Table
    language: str = field(default_factory=languages.spoken)

    def write(self) -> bytes:
        from bot.documents.sheet import write

        return write(self.table)
