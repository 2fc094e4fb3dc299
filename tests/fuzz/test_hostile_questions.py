"""Questions made to hurt: one reply each, which never fails and never tells a number without its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.dispatch import LONGEST_TEXT
from tests.factories import said
from tests.fuzz.answers import TALKING, asked, close
from tests.fuzz.spelling import written
from tests.fuzz.test_hostile_files import without_a_hang

STARS = "hektor/primary_metrics_north_star.github_stars"


@pytest.fixture(scope="module", autouse=True)
def _database() -> Iterator[None]:
    asked("help")
    yield
    close()


QUESTIONS = {
    "the beginning of time": f"{STARS} as-of 1980-01-01",
    "before the start": f"{STARS} as-of 2026-08-31",
    "on the day of the start": f"{STARS} as-of 2026-09-01",
    "an hour that comes twice": f"{STARS} as-of 2026-10-25T02:30",
    "an hour that does not come": f"{STARS} as-of 2026-03-29T02:30",
    "the last instant of a day": f"{STARS} as-of 2026-10-24T23:59:59.999999+02:00",
    "a zone at the edge": f"{STARS} as-of 2026-10-24T23:59+23:59",
    "a window before the start": f"{STARS} 2026-01-01 to 2026-02-01",
    "a window of ages": f"{STARS} 99999d",
    "a window of nothing": f"{STARS} 0d",
    "a chart of the past": f"chart {STARS} 365d as-of 2026-08-31",
    "a record and a look at it": f"record {STARS} 4,000\n{STARS}",
    "a record of much": f"record {STARS} 1e308\n{STARS}",
    "a record of little": f"record {STARS} 1e-300\n{STARS}",
    "as many words as fit": ("stars " * LONGEST_TEXT)[:LONGEST_TEXT],
    "as many commas as fit": ("stars," * LONGEST_TEXT)[:LONGEST_TEXT],
    "as many windows as fit": ("2026-01-01 " * LONGEST_TEXT)[:LONGEST_TEXT],
    "as many brackets as fit": "(" * LONGEST_TEXT,
    "one word": "x" * LONGEST_TEXT,
    "too long": "stars " * 10_000,
    "controls": "stars\0\x1b[31m\x07\u202e",
    "a lone surrogate": "stars \udced",
}


@pytest.mark.parametrize("text", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_question_made_to_hurt_gets_its_answer_in_time(text: str) -> None:
    with without_a_hang():
        TALKING["answers"](written(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"record {STARS} 1e309", "the number is too large for its unit"),
        (f"record {STARS} 9e999", "the number is too large for its unit"),
        (f"record {STARS} NaN", "holds no number"),
        (f"{STARS} as-of 2026-02-30", "is not a day"),
        (f"{STARS} as-of 0001-01-01", "lies outside 1980 to 2200"),
        (f"{STARS} as-of 9999-12-31", "lies outside 1980 to 2200"),
        (f"{STARS} as-of 2199-12-31", "is still to come"),
        (f"record {STARS} 5 as-of 2026-10-01", "The past cannot be written to"),
    ],
)
def test_what_cannot_be_is_refused_in_words(text: str, words: str) -> None:
    reply = asked(text)
    assert reply.data["error"]
    assert words in said(reply)
