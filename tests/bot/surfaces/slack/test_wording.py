from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
    Reply,
    Span,
    Table,
    Text,
)
from bot.surfaces.slack.plain import plain_message
from bot.surfaces.slack.render import render
from bot.surfaces.slack.wording import cut, escaped, pieces, web_address
from tests.bot.surfaces.samples import HOSTILE, Picture
from tests.bot.surfaces.slack.shapes import check_message, marked_up, words

# Tags that the renderer itself may write into mrkdwn: a person by id, a link to the web.
OWN_TAG = re.compile(r"<@[UW][A-Z0-9]+>|<https?://[^<>|\s]+\|[^<>|]*>")

TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [HOSTILE, "<!here>", "<!channel|x>", "&lt;!here&gt;", "<!subteam^S1>", "<@U1>", "a|b>c", "`*_~"]
    ),
    st.text(alphabet="<>&!@#|*_`~x \n", max_size=80),
    st.integers(1, 4_000).map(lambda count: "<&>" * count),
)


def a_span(text: str, url: str, kind: int) -> Span:
    kinds: list[Span] = [Bold(text), Code(text), Link(url, text), Mention(text, {"slack": url})]
    return kinds[kind]


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, other=TEXTS, kind=st.integers(0, 3))
@example(text="0", other="\x1b", kind=0)
@example(text=" ", other="\x00 ", kind=1)
@example(text="<!channel>", other="https://a.b/|<!here>", kind=2)
@example(text="<!channel>", other="U1><!here>", kind=3)
def test_foreign_text_is_never_read_as_markup_and_never_exceeds_a_limit(
    text: str, other: str, kind: int
) -> None:
    span = a_span(text, other, kind)
    reply = Reply(
        text,
        (
            Heading(text),
            Text((span, Bold(other))),
            Facts(((text, (span,)), (other, (Code(text), span)))),
            Table((text, other), ((other, text), (text,)), caption=text),
            Table((text, other, text, other, text), ((other,) * 5,)),
            Chart(text, other, Picture()),
            Note((span, Bold(other), Code(text))),
            Actions((Action(text, other), Action(other, text, share=True))),
        ),
    )
    for message in (*render(reply), *render(reply, ["F1"])):
        check_message(message)
        check_message(plain_message(message))
        assert all("<!" not in shown for shown in words(plain_message(message)))
        assert "<" not in message["text"]
        for marked in marked_up(message["blocks"]):
            assert "<" not in OWN_TAG.sub("", marked)
        for shown in words(message["blocks"]):
            assert "<!" not in shown


@given(TEXTS, st.integers(10, 400))
def test_escaping_never_cuts_an_entity(text: str, limit: int) -> None:
    result = escaped(text, limit)
    assert len(result) <= limit
    assert not re.search(r"&(?!(amp|lt|gt);)", result)


@given(st.text(max_size=300), st.integers(5, 50))
def test_pieces_join_to_the_whole(text: str, limit: int) -> None:
    parts = pieces(text, limit)
    assert "".join(parts) == text
    assert all(0 < len(part) <= limit for part in parts)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://acme.dev/a b", "https://acme.dev/a%20b"),
        ("https://acme.dev/?q=<x>|y", "https://acme.dev/?q=%3Cx%3E%7Cy"),
        ("HTTP://acme.dev", "http://acme.dev"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://[broken", None),
        ("file:///etc/passwd", None),
        ("https://acme.dev/" + "x" * 3_000, None),
    ],
)
def test_only_web_addresses_become_links(url: str, address: str | None) -> None:
    assert web_address(url, 3_000) == address


def test_text_that_fits_is_not_touched() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
