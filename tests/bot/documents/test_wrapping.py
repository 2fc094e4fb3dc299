"""Words in lines: nothing is wider than its room, and nothing is lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.wrapping import Run, Style, rejoined, wrap
from tests.bot.documents.conftest import LONG

PLAIN, BOLD = Style(10), Style(10, is_bold=True)


def measure(text: str, style: Style) -> float:
    return len(text) * (6.0 if style.is_bold else 5.0)


def said(lines: list[tuple[Run, ...]]) -> list[str]:
    return ["".join(run.text for run in line) for line in lines]


def test_breaks_fall_between_words() -> None:
    assert said(wrap([Run("one two three", PLAIN)], 40, measure)) == ["one two", "three"]


def test_a_word_wider_than_the_room_is_broken() -> None:
    assert said(wrap([Run(LONG[:12], PLAIN)], 25, measure)) == [LONG[:5], LONG[5:10], LONG[10:12]]


def test_a_script_without_spaces_breaks_between_letters() -> None:
    assert said(wrap([Run("名前が長い会社", PLAIN)], 20, measure)) == ["名前が長", "い会社"]


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert said(wrap([Run("one two three four", PLAIN)], 40, measure, most=1)) == ["one two…"]


def test_a_space_at_the_edge_of_a_run_stays() -> None:
    line = wrap([Run("One ", PLAIN), Run("line", BOLD), Run(" of words", PLAIN)], 900, measure)
    assert said(line) == ["One line of words"]


def test_lines_become_one_text_again() -> None:
    runs = [Run("Die Vereinsversammlung hat 名前が長い会社", PLAIN)]
    lines = wrap(runs, 40, measure)
    assert len(lines) > 3
    assert rejoined(lines, runs) == tuple(runs)


@given(
    st.lists(st.tuples(st.text("ab -/é名\n\t", max_size=20), st.booleans()), max_size=4), st.integers(12, 90)
)
@settings(max_examples=120)
def test_no_line_is_wider_than_its_room(parts: list[tuple[str, bool]], room: int) -> None:
    runs = [Run(text, BOLD if bold else PLAIN) for text, bold in parts]
    lines = wrap(runs, room, measure)
    for line in lines:
        assert sum(measure(run.text, run.style) for run in line) <= room + 0.01
    kept = "".join(said(lines)).replace(" ", "")
    assert kept == "".join("".join(text.split()) for text, _ in parts)
