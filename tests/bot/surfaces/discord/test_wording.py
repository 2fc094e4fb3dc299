from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reply import Bold, Code, Link, Mention, Plain, Time, spans
from bot.surfaces.discord.spans import markdown, words
from bot.surfaces.discord.wording import escaped, literal, pieces
from tests.bot.surfaces.samples import NOW

ACTIVE = re.compile(r"(?<!\\)(?:\\\\)*[*_~`|<>\[\]#]")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("@everyone and @here", "@\u2060everyone and @\u2060here"),
        ("<@123> <@&4> <#5> <t:1:R>", r"\<@123\> \<@&4\> \<\#5\> \<t:1:R\>"),
        ("**a** __b__ ~~c~~ ||d||", r"\*\*a\*\* \_\_b\_\_ \~\~c\~\~ \|\|d\|\|"),
        ("# head\n- list\n> quote", "\\# head\n\\- list\n\\> quote"),
        ("https://evil.example/a_b", "https:\u2060//evil.example/a\\_b"),
        ("discord.gg/abc", "discord\u2060.gg/abc"),
        ("≥ 5,000 -18 %", "≥\u00a05,000 -18 %"),
        ("[click](https://evil.example)", "\\[click\\](https:\u2060//evil.example)"),
        ("a\x00b\u202ec", "abc"),
    ],
)
def test_foreign_text_formats_nothing(written: str, shown: str) -> None:
    assert escaped(written) == shown


@given(st.text(alphabet="ab *_~`|<>[]#@\\-+\n:/everyonhttps.", max_size=60), st.integers(3, 80))
@settings(max_examples=150)
def test_no_sign_stays_active_and_the_limit_holds(text: str, limit: int) -> None:
    shown = escaped(text, limit)
    assert len(shown) <= limit
    assert not ACTIVE.search(re.sub(r"\\[\\*_~`|<>\[\]#]", "", shown))
    assert not re.search(r"@(everyone|here)", shown)


@given(st.text(alphabet="ab _\\\n", max_size=400), st.integers(4, 60))
@settings(max_examples=100)
def test_pieces_lose_nothing_and_split_no_escape(text: str, limit: int) -> None:
    whole = escaped(text)
    parts = pieces(whole, limit)
    assert "".join(parts) == whole
    assert all(len(part) <= limit for part in parts)


def test_spans_become_markdown() -> None:
    found = markdown(
        spans(
            Bold(" a*b "),
            Code("kpi `x`"),
            Link("https://acme.dev/a b)", "the [site]"),
            Link("javascript:alert(1)", "no link"),
            Mention("dana", {"discord": "3000000000000000001"}),
            Mention("@everyone"),
            Time(NOW, "09:00 Berlin"),
        )
    )
    assert found == (
        " **a\\*b** `kpi ˋxˋ`[the \\[site\\]](https://acme.dev/a%20b%29)no link"
        "<@3000000000000000001>@@\u2060everyone09:00 Berlin"
    )


def test_a_footer_is_told_in_words_without_backslashes() -> None:
    said = words((Plain("a_b @here "), Link("https://acme.dev", "site"), Code("kpi x"), Mention("lee")))
    assert said == "a_b @\u2060here site (https://acme.dev)kpi x@lee"


def test_labels_are_cut_with_a_mark() -> None:
    assert literal("x" * 90, 80) == "x" * 79 + "…"
