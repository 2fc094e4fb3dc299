"""What is attached to a reply is named under it."""

from __future__ import annotations

from dataclasses import replace

from bot.surfaces.terminal.render import plain_text
from tests.bot.surfaces.papers import CSV, MONTHLY, PDF
from tests.bot.surfaces.samples import HOSTILE


def test_documents_are_named_with_what_is_in_them() -> None:
    told = plain_text(MONTHLY, width=200).splitlines()
    assert told[-2:] == [
        "Attached: monthly.pdf · Monthly report, Nov 2026: The report as PDF, 5 parts. Stars ahead.",
        "Attached: monthly.pptx · Monthly report, Nov 2026: Slides, 5 pages.",
    ]


def test_a_document_without_words_is_named_by_its_file() -> None:
    told = plain_text(replace(MONTHLY, documents=(CSV, replace(CSV, title="")))).splitlines()
    assert told[-2:] == ["Attached: monthly.csv · Monthly report", "Attached: monthly.csv"]


def test_its_words_never_steer_the_terminal() -> None:
    odd = replace(PDF, title=HOSTILE, alt="a\nb\x1b[2J")
    [told] = [one for one in plain_text(replace(MONTHLY, documents=(odd,)), 400).splitlines() if "pdf" in one]
    assert "\x1b" not in told
    assert told.endswith(": a b")
