from __future__ import annotations

import re
from datetime import UTC, datetime

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
    Place,
    Plain,
    Reply,
    Span,
    Table,
    Text,
    Time,
    line,
    note,
)
from bot.surfaces.foreign import cut
from bot.surfaces.slack.plain import plain_message
from bot.surfaces.slack.render import render
from bot.surfaces.slack.spans import OWN_TIME, elements, mrkdwn
from bot.surfaces.slack.wording import escaped, pieces, web_address
from tests.bot.surfaces.samples import HOSTILE, Picture
from tests.bot.surfaces.slack.shapes import check_message, marked_up, words

# Tags that the renderer itself may write into mrkdwn: a person, a channel, a link to the web, an instant.
OWN_TAG = re.compile(
    r"<@[UW][A-Z0-9]+>|<#[CG][A-Z0-9]+>|<https?://[^<>|\s]+\|[^<>|]*>|<!date\^\d+\^[^<>|]+\|[^<>|]+>"
)
FORMATS = re.compile(r"(?<!\w)[_~](?=\S)|(?<=\S)[_~](?!\w)")
MOMENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            *(HOSTILE, "<!here>", "<!channel|x>", "&lt;!here&gt;", "<!subteam^S1>", "<@U1>", "a|b>c", "`*_~"),
            *("@here", "@channel me", "#general", "https://evil.example", ":tada: 06:02:10", "<!date^1^x|y>"),
            *("*bold* _it_ ~st~ `co`", "& < > * _ ~ @here <!channel>", "\x00*b\x00*", ":\x00tada:"),
        ]
    ),
    st.text(alphabet="<>&!@#|*_`~x \n", max_size=80),
    st.integers(1, 4_000).map(lambda count: "<&>" * count),
)


def a_span(text: str, url: str, kind: int) -> Span:
    kinds: list[Span] = [
        Bold(text),
        Code(text),
        Link(url, text),
        Mention(text, {"slack": url}),
        Time(MOMENT, text),
        Place("slack", text),
    ]
    return kinds[kind]


@settings(max_examples=30, deadline=None)
@given(text=TEXTS, other=TEXTS, kind=st.integers(0, 5))
@example(text="0", other="\x1b", kind=0)
@example(text=" ", other="\x00 ", kind=1)
@example(text="<!channel>", other="https://a.b/|<!here>", kind=2)
@example(text="<!channel>", other="U1><!here>", kind=3)
@example(text="C1><!here>", other="C0TEAM", kind=5)
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
            Actions(
                (Action(text, other), Action(other, text, share=True)), (Action(text, other, form="note"),)
            ),
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
            assert "<!" not in OWN_TAG.sub("", shown)


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


@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
@example(text="*bold* _it_ ~st~ `co` :tada:")
@example(text=" _ 0")
def test_foreign_words_in_mrkdwn_format_nothing(text: str) -> None:
    shown = mrkdwn((Plain(text), Bold(text)), 100_000)
    bold = mrkdwn((Bold(text),), 100_000)
    assert bold == "" or (bold[0], bold[-1]) == ("*", "*")
    inner = f"{mrkdwn((Plain(text),), 100_000)}\n{bold[1:-1]}"  # each by itself
    assert "`" not in shown
    assert "*" not in bold[1:-1]
    assert not FORMATS.search(inner)
    assert not re.search(r":[\w+'-]*[a-z][\w+'-]*:", inner.replace("&amp;", "").replace("&lt;", ""))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("5 * 3 = 15", "5 * 3 = 15"),
        ("new_paying_accounts", "new_paying_accounts"),
        ("a *b* c", "a ∗b∗ c"),
        ("~5,000 _so_", "∼5,000 ˍsoˍ"),
        ("at 06:02:10", "at 06:02:10"),
        (":tada:", ":\u2060tada:"),
    ],
)
def test_only_what_would_format_is_changed(written: str, shown: str) -> None:
    assert mrkdwn((Plain(written),), 1_000) == shown


def test_an_instant_is_told_in_the_readers_time_with_the_zone_as_a_fallback() -> None:
    at = Time(MOMENT, "09:00 Berlin")
    assert mrkdwn((at,), 1_000) == f"<!date^{int(MOMENT.timestamp())}^{OWN_TIME}|09:00 Berlin>"
    assert elements((at,)) == [
        {
            "type": "date",
            "timestamp": int(MOMENT.timestamp()),
            "format": OWN_TIME,
            "fallback": "09:00 Berlin",
        }
    ]
    (message,) = render(Reply("x", (line("as of ", at), note("as of ", at))))
    check_message(message)
    assert [block["text"]["text"] for block in plain_message(message)["blocks"]] == [
        "as of 09:00 Berlin\nas of 09:00 Berlin"
    ]


@pytest.mark.parametrize(
    "at", [Time(datetime(1969, 7, 20, tzinfo=UTC), "long ago"), Time(MOMENT, " "), Time(MOMENT, "")]
)
def test_an_instant_that_slack_cannot_say_is_its_words(at: Time) -> None:
    assert "date" not in mrkdwn((at,), 1_000)
    assert all(element["type"] == "text" for element in elements((at,)))


def test_a_cut_instant_is_cut_as_words() -> None:
    at = Time(MOMENT, "in the morning of the 23rd of November in Berlin")
    assert mrkdwn((Plain("as of "), at), 30).startswith("as of in the morning")


def test_a_channel_of_slack_is_a_link_and_any_other_is_words() -> None:
    ours, theirs = Place("slack", "C0TEAM"), Place("discord", "45612345")
    assert elements((ours, theirs)) == [
        {"type": "channel", "channel_id": "C0TEAM"},
        {"type": "text", "text": "discord:45612345"},
    ]
    assert mrkdwn((ours, Plain(" "), theirs), 100) == "<#C0TEAM> discord:45612345"
    (message,) = render(Reply("x", (Text((ours,)), Note((ours,)))))
    assert plain_message(message)["blocks"][0]["text"]["text"] == "#C0TEAM\n#C0TEAM"
