"""Feeds as strangers write them: malformed, hostile, in any charset."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.exchange import CachedResponse
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.feed_items import Memory, parse_feed, plain, speaks_of, unwrapped

AT = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
_KIND = "application/rss+xml"
_ITEM = "<item><title>{}</title><guid>{}</guid><pubDate>Wed, 18 Nov 2026 10:00:00 GMT</pubDate></item>"


def rss(*titles: str, head: str = "") -> bytes:
    items = "".join(_ITEM.format(title, number) for number, title in enumerate(titles))
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def bomb() -> bytes:
    entities = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(7))
    return rss("&h;", head=f'<!DOCTYPE lolz [<!ENTITY a "lol">{entities}]>')


@pytest.mark.parametrize(
    "body",
    [bomb(), b'<rss version="2.0"><channel><item><title>' + b"<a>" * 20_000],
    ids=["entities in entities", "a deep nest"],
)
def test_a_bomb_does_not_go_off(body: bytes) -> None:
    started = time.perf_counter()
    found = parse_feed(body, _KIND, {"lol": ["lollol"]})
    assert time.perf_counter() - started < 5
    assert found.fault
    assert not [one for one in found.items if one.topics]


def test_no_file_is_read_into_a_feed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    head = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]>'
    assert [one.topics for one in parse_feed(rss("&x;", head=head), _KIND, {"c": ["canary"]}).items] == [
        frozenset()
    ]


def test_a_body_that_reads_like_a_file_is_not_opened(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_bytes(rss("inside"))
    with pytest.raises(UnexpectedResponse, match="neither RSS nor Atom"):
        parse_feed(str(feed).encode(), _KIND, {})


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Please log in</body></html>", b"{}", b"\xff\xfe\x00\x01"]
)
def test_what_is_no_feed_is_a_fault(body: bytes) -> None:
    with pytest.raises(UnexpectedResponse, match="neither RSS nor Atom"):
        parse_feed(body, "text/html", {})


def test_a_malformed_feed_tells_what_it_still_has() -> None:
    found = parse_feed(rss("one", "two & three", "four"), _KIND, {})
    assert found.fault == "SAXParseException"
    assert [one.at for one in found.items] == [AT] * 3


@pytest.mark.parametrize("cut", [10, 30, 60, 100])
def test_the_last_item_of_a_feed_that_was_cut_off_is_left_out(cut: int) -> None:
    """Half an id would be another item, and half a date another day."""
    whole = {one.key for one in parse_feed(rss("one", "two", "three"), _KIND, {}).items}
    found = parse_feed(rss("one", "two", "three")[:-cut], _KIND, {})
    assert found.fault == "SAXParseException"
    assert {one.key for one in found.items} < whole
    assert [one.at for one in found.items] == [AT] * 2


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "iso-8859-1"])
def test_any_charset_is_read(charset: str) -> None:
    text = rss("Größe").decode().replace('version="1.0"?', f'version="1.0" encoding="{charset}"?', 1)
    found = parse_feed(text.encode(charset), f"{_KIND}; charset={charset}", {"g": ["größe"]})
    assert [one.topics for one in found.items] == [{"g"}]


def test_a_wrong_header_is_no_fault_of_the_feed() -> None:
    assert parse_feed(rss("one"), "text/plain", {}).fault == ""


def test_an_item_told_twice_is_one() -> None:
    body = rss("one", "two").replace(b"<guid>1</guid>", b"<guid>0</guid>")
    assert len(parse_feed(body, _KIND, {}).items) == 1


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", "", "Wed, 99 Nov 99999 10:00 GMT"]
)
def test_a_date_that_is_none_is_no_date(date: str) -> None:
    body = rss("one").replace(b"Wed, 18 Nov 2026 10:00:00 GMT", date.encode())
    assert [one.at for one in parse_feed(body, _KIND, {}).items] == [None]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (
            "https://www.google.com/url?rct=j&url=https%3A%2F%2FPress.example/a%3Fid%3D7&ct=ga",
            "https://press.example/a?id=7",
        ),
        ("https://www.google.co.uk/url?q=https://press.example/a", "https://press.example/a"),
        ("https://press.example/a?utm_source=rss&id=7#top", "https://press.example/a?id=7"),
        (
            "https://evil.example/url?url=https://press.example",
            "https://evil.example/url?url=https%3A%2F%2Fpress.example",
        ),
        ("https://google.com.evil.example/url?url=x", "https://google.com.evil.example/url?url=x"),
        ("https://www.google.com/url?sa=t", ""),
        ("http://[", "http://["),
        ("", ""),
    ],
)
def test_a_redirect_of_googles_is_unwrapped(link: str, target: str) -> None:
    assert unwrapped(link) == target


@pytest.mark.parametrize(
    ("words", "is_named"),
    [("We like ACME db.", True), ("acmedbs", False), ("Acme&DB", False), ("acme-db", False), ("", False)],
)
def test_a_topic_is_named_by_its_words_whole(words: str, is_named: bool) -> None:
    assert speaks_of(words, ["Acme  DB"]) is is_named


def test_markup_is_no_word() -> None:
    assert plain("<b>Acme</b>&nbsp;DB &lt;i&gt;wins&lt;/i&gt;") == "Acme DB wins"


@given(st.binary(max_size=300), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_nothing_that_strangers_write_breaks_it(noise: bytes, place: int) -> None:
    body = rss("one", "two")
    try:
        found = parse_feed(body[:place] + noise + body[place:], _KIND, {"t": ["one"]})
    except CollectorFault:
        return
    assert len(found.items) <= 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": 7}', b'{"a": "x"}', b"\xff"])
def test_a_memory_that_cannot_be_read_is_none(body: bytes) -> None:
    cache: dict[str, CachedResponse] = {}
    memory = Memory.of(cache, ["https://acme.dev"])
    cache[memory.key] = CachedResponse(body)
    assert memory.load() is None
    memory.keep({"a": AT, "b": None})
    assert memory.load() == {"a": AT, "b": None}
