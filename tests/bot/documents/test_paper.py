"""Documents as plain data: they survive a pickle, and loading them loads nothing that writes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable

from bot.documents.paper import Deck, Definition, Page, Paper, PdfPaper, Sheet, facts_of
from tests.bot.documents.conftest import AT, DEFINITION, table


def test_documents_survive_the_way_to_the_drawing_process(paper: Callable[..., Paper]) -> None:
    for document in (PdfPaper(paper()), Deck(paper()), Sheet(table(2))):
        assert pickle.loads(pickle.dumps(document)) == document


def test_describing_a_document_loads_no_writer() -> None:
    heavy = "{'fpdf', 'pptx', 'matplotlib', 'lxml'}"
    code = f"import sys, bot.documents.paper; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_definition_of_two_pages_is_told_once() -> None:
    other = Definition("Signups")
    pages = (Page("a", notes=(DEFINITION, other)), Page("b", notes=(DEFINITION,)))
    assert Paper("r", AT, pages=pages).definitions == (DEFINITION, other)


def test_only_known_parts_of_a_definition_are_said() -> None:
    assert facts_of(Definition("a", owner="@mira", target="5")) == ["Target: 5", "Owner: @mira"]
