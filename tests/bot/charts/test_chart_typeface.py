from pathlib import Path

import pytest

import bot.charts.style as style
from bot.charts.typeface import cut, drawable, halo, stamp, width, wrap

FONTS = Path(style.__file__).parent / "fonts"


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("$a_1$ \\alpha ^2 {x} %", "$a_1$ \\alpha ^2 {x} %"),
        ("Ärger über Łódź, Привет, Ελλάδα, ₿ € 12 °C", "Ärger über Łódź, Привет, Ελλάδα, ₿ € 12 °C"),
        ("日本語 中文 한국어", "日本語 中文 한국어"),
        ("שלום مرحبا", "שלום مرحبا"),
        ("🚀 up 📈", "🚀 up 📈"),
        ("one\n\ttwo  three ", "one two three"),
        ("nul\x00 bell\x07 bidi\u202e zero\u200bwidth", "nul bell bidi zerowidth"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("runes ᚠᚢᚦ end", "runes … end"),
        ("𓀀𓀁𓀂", "…"),
        ("👩🏽‍🚀", "🚀"),
        ("", ""),
    ],
)
def test_text_is_taken_literally_as_far_as_fonts_go(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


@pytest.mark.parametrize("text", ["Plain", "日本", "🚀", "مرحبا", "$\\frac{1}{2}$", "ᚠ", "x" * 300])
def test_every_text_leaves_marks_without_a_warning(text: str) -> None:
    assert stamp(text, 40).mask.max() > 200
    assert width(text, 40) > 0


def test_text_that_fits_is_not_cut() -> None:
    assert cut("GitHub stars", 40, 1000) == "GitHub stars"


@pytest.mark.parametrize("text", ["word " * 100, "W" * 10_000, "長い" * 200, "𓀀 a" * 100])
def test_long_text_ends_in_an_ellipsis_within_its_room(text: str) -> None:
    short = cut(text, 40, 700, is_bold=True)
    assert short.endswith("…")
    assert width(short, 40, is_bold=True) <= 700


def test_lines_break_between_words_and_the_last_is_cut() -> None:
    lines = wrap("many small words " * 20, 40, 600, lines=2)
    assert len(lines) == 2
    assert lines[0].endswith(("many", "small", "words"))
    assert lines[1].endswith("…")
    assert all(width(line, 40) <= 600 for line in lines)


def test_nothing_wraps_to_nothing() -> None:
    assert wrap(" \n ", 40, 600, lines=2) == []


def test_a_halo_is_larger_than_its_letters() -> None:
    pressed = stamp("412", 40)
    assert halo(pressed).shape > pressed.mask.shape
    assert (halo(pressed) > 0).sum() > (pressed.mask > 0).sum()


def test_fonts_are_few_and_each_has_its_licence() -> None:
    assert sum(file.stat().st_size for file in FONTS.iterdir()) < 1_500_000
    listed = (FONTS / "README.md").read_text(encoding="utf-8")
    for font in FONTS.glob("*.ttf"):
        assert f"`{font.name}`" in listed
    for licence in FONTS.glob("*.txt"):
        assert f"`{licence.name}`" in listed
        assert "icense" in licence.read_text(encoding="utf-8")


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [style.LIGHT, style.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("ink", "paper", 10), ("muted", "paper", 4.5), ("muted", "band", 4.5), ("line", "paper", 4.5),
        ("target", "paper", 4.5), ("target", "goal", 4.5), ("pace", "paper", 3), ("ink", "notice", 7),
    ],
)  # fmt: skip
def test_colours_stand_out(theme: style.Theme, front: str, back: str, least: float) -> None:
    bright, dark = sorted((luminance(getattr(theme, front)), luminance(getattr(theme, back))), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= least
