from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.reply import (
    Action,
    Actions,
    Bold,
    Chart,
    Code,
    Facts,
    Heading,
    Link,
    Mention,
    Note,
    Plain,
    Reply,
    Table,
    Text,
)
from bot.surfaces.terminal.render import plain_text, print_reply
from tests.bot.surfaces.samples import CASES, CHART, DAILY, PNG, STANDING, Picture

GOLDEN = Path(__file__).parents[1] / "golden" / "terminal"
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "\x1b[2J\x1b[31mred",
            "\x1b]0;title\x07x",
            "\x9b31m",
            "a\rb\bc",
            "[bold]x[/bold]",
            ":smile:",
            "\u202eabc",
        ]
    ),
)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("name", CASES)
def test_rendering_is_as_recorded(name: str, width: int) -> None:
    """Run with UPDATE_GOLDEN=1 to record anew, then read the difference."""
    path = GOLDEN / f"{name}.{width}.txt"
    shown = plain_text(CASES[name], width)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown)
    assert shown == path.read_text()
    assert all(cell_len(line) <= width for line in shown.splitlines())


def everything(text: str, other: str) -> Reply:
    return Reply(
        text,
        (
            Heading(text),
            Text((Plain(text), Bold(other), Code(text), Link(other, text), Mention(text))),
            Facts(((text, (Plain(other),)),)),
            Table((text, other), ((other, text),), caption=text),
            Table((text, other) * 10, ((other, text) * 10,)),
            Chart(text, other, Picture()),
            Note((Plain(text),)),
            Actions((Action(text, other),)),
        ),
        thread=(Reply(other),),
    )


@settings(max_examples=50, deadline=None)
@given(HOSTILE, HOSTILE, st.sampled_from([40, 80]))
def test_foreign_text_never_steers_the_terminal(text: str, other: str, width: int) -> None:
    assert not CONTROL.search(plain_text(everything(text, other), width))


@settings(max_examples=20, deadline=None)
@given(HOSTILE)
def test_in_colour_the_only_sequences_are_richs_own(text: str) -> None:
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="truecolor", width=80, _environ={}
    )
    print_reply(everything(text, text), console)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())  # type: ignore[attr-defined]
    assert not CONTROL.search(shown)
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?31m", console.file.getvalue())  # type: ignore[attr-defined]


def test_markup_and_emoji_names_are_printed_as_they_are() -> None:
    assert (
        plain_text(Reply("[red]x[/red] :smile: [link=https://a.b]y"))
        == "[red]x[/red] :smile: [link=https://a.b]y\n"
    )


def test_an_encoding_without_the_marks_gets_stand_ins() -> None:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding="ascii"), width=80, _environ={})
    print_reply(CASES["daily"], console)
    print_reply(CASES["wide_table"], console)
    console.file.flush()
    shown = raw.getvalue().decode("ascii")
    assert "(o) Stars 1,234" in shown
    assert "Visitors" in shown


def test_charts_are_written_where_asked_and_named(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=80, _environ={})
    directory = tmp_path / ("deep" * 20) / "new"
    reply = Reply("Two.", (CHART, CHART), thread=(Reply("More.", (CHART,)),))
    print_reply(reply, console, charts=directory)
    names = sorted(path.name for path in directory.iterdir())
    assert names == ["stars-2.png", "stars-3.png", "stars.png"]
    assert (directory / "stars.png").read_bytes() == PNG
    for name in names:
        assert str(directory / name) in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd", "/etc/passwd", "..", "", "a b\x00.png", "\x1b[31m.png"]
)
def test_a_chart_never_leaves_its_directory(tmp_path: Path, filename: str) -> None:
    directory = tmp_path / "charts"
    console = Console(file=io.StringIO(), width=80, _environ={})
    print_reply(Reply("x", (Chart("t", "a", Picture(), filename),)), console, charts=directory)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert len(list(directory.iterdir())) == 1


@dataclass(frozen=True)
class Broken:
    def png(self) -> bytes:
        raise ValueError("no font")


def test_a_chart_that_cannot_be_drawn_keeps_its_words(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=80, _environ={})
    print_reply(Reply("x", (Chart("Title", "Rises.", Broken()),)), console, charts=tmp_path)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Rises." in shown
    assert "could not be drawn: ValueError: no font" in shown


def test_sharing_is_not_offered_to_somebody_alone() -> None:
    shown = plain_text(STANDING)
    assert "kpi ask stars 90d" in shown
    assert "Share" not in shown


LONG = Table(("", "KPI", "Now"), (("✓", "Security Vulnerabilities", "0 vulnerabilities"),))


def test_no_word_of_a_table_is_broken() -> None:
    assert plain_text(Reply("x", (LONG,)), 42).splitlines()[2:] == [
        "✓   Security             0 vulnerabilities",
        "    Vulnerabilities",
    ]


def test_where_the_words_do_not_fit_a_row_is_its_marked_name_and_its_facts() -> None:
    assert plain_text(Reply("x", (LONG,)), 34) == "✓ Security Vulnerabilities\n  Now: 0 vulnerabilities\n"


def test_the_thread_follows_the_message() -> None:
    shown = plain_text(DAILY)
    assert shown.index("signups stopped") < shown.index("Visitors") < shown.index("[chart]")
