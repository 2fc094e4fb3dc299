"""What sources tell of as written: words that may be shown, each text once, and never a number's fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from collectors import mentions as texts
from collectors.base import Batch, Client, Collector, CollectorConfig, Part, Span, collect_parts
from collectors.faults import Unavailable, UnexpectedResponse
from collectors.mentions import LONGEST_TEXT, Mention, mentions, seen, sift_mentions, site_of, tone_of, worded
from collectors.redaction import Redactor
from kpi.metric import Kind, Metric, Sample

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
SECRET = "canary-s3cret/x"
ONE = Mention("mention", NOW - DAY, "Acme DB is slow", "t3_1", "https://forum.example/1", "Acme DB")


def sift(*found: Mention) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
    return sift_mentions(found, now=NOW, redact=Redactor.of([SECRET]))


def test_a_text_needs_an_aware_time_and_an_id_of_its_vendor() -> None:
    with pytest.raises(ValueError, match="aware time"):
        replace(ONE, at=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="own id"):
        replace(ONE, reference="")


@pytest.mark.parametrize(
    ("title", "body", "said"),
    [
        ("Acme 2.0", "Faster than ever", "Acme 2.0. Faster than ever"),
        ("Why Acme?", "Because", "Why Acme? Because"),
        ("Acme 2.0", "Acme 2.0 is out", "Acme 2.0 is out"),
        ("Acme is…", "Acme is out", "Acme is out"),
        ("Acme &amp; co", None, "Acme & co"),
        (None, "<p>I <i>like</i>\n\nit</p><script>x</script>", "I like it x"),
        ("a < b and c > d", "", "a < b and c > d"),
        ("x" * 600, "y", "x" * 499 + "… y"),
        (7, ["x"], ""),
    ],
)
def test_title_and_text_are_one_line_without_markup(title: object, body: object, said: str) -> None:
    assert worded(title, body) == said


@given(st.text(max_size=200), st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_words_make_a_second_line(title: str, body: str) -> None:
    said = worded(title, body)
    assert said == " ".join(said.split())
    assert all(one.isprintable() for one in said)


@pytest.mark.parametrize(
    ("told", "reach"),
    [
        ({"a": 5}, 5.0),
        ({"a": "12400"}, 12_400.0),
        ({"a": None, "b": 3}, 3.0),
        ({"a": -1}, None),
        ({"a": "many"}, None),
        ({"a": True}, None),
        ({"a": float("inf")}, None),
        ({"a": [1]}, None),
        ({}, None),
    ],
)
def test_a_reach_is_a_number_of_people_or_none(told: dict[str, Any], reach: float | None) -> None:
    assert seen(told, "a", "b") == reach


@pytest.mark.parametrize(
    ("told", "tone"),
    [(-1, -1.0), (0, 0.0), (0.4, 0.4), (2, None), ("1", None), (True, None), (None, None), ([], None)],
)
def test_a_tone_lies_between_minus_one_and_one(told: object, tone: float | None) -> None:
    assert tone_of(told) == tone


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.TechCrunch.com/2026/a", "techcrunch.com"),
        ("https://user@blog.acme.dev:8080/x", "blog.acme.dev"),
        ("http://[::bad", ""),
        ("Tweet-ID: 5", ""),
        ("", ""),
    ],
)
def test_a_site_is_the_host_of_an_address(url: str, site: str) -> None:
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Acme\n is\tdown ", "Acme is down"),
        (f"it said {SECRET}", "it said ***"),
        ("see https://u:p@acme.dev/x?token=abc", "see https://acme.dev/x?token=***"),
        ("<!channel> *bold*", "<!channel> *bold*"),
        ("x" * 600, "x" * (LONGEST_TEXT - 1) + "…"),
    ],
)
def test_its_words_are_one_line_without_secrets(text: str, kept: str) -> None:
    (found,), left_out = sift(replace(ONE, text=text))
    assert (found.text, left_out) == (kept, ())


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://acme.dev/x?key=1", "https://acme.dev/x?key=***"),
        ("javascript:alert(1)", ""),
        ("https://acme.dev/|evil>", ""),
        ("https://acme.dev/" + "x" * 600, ""),
    ],
)
def test_only_a_web_address_is_kept(url: str, kept: str) -> None:
    (found,), _ = sift(replace(ONE, url=url))
    assert found.url == kept


def test_a_text_without_words_is_left_out_and_one_of_the_future_is_said() -> None:
    article = replace(ONE, kind="article", at=NOW + DAY)
    kept, said = sift(replace(ONE, text=" –… 🚀"), article, replace(ONE, at=NOW + timedelta(minutes=5)))
    assert [one.at for one in kept] == [NOW + timedelta(minutes=5)]
    assert said == ("left out: an article dated 2026-11-21 12:00, in the future",)


def test_they_come_oldest_first_in_utc_each_once_with_all_topics() -> None:
    local = replace(ONE, at=(NOW - 2 * DAY).astimezone(BERLIN), reference="t3_0")
    again = replace(ONE, topic="News\nAcme DB", reach=7.0)
    found, _ = sift(ONE, local, again, replace(ONE, reach=5.0))
    assert [(one.reference, one.topic, one.reach) for one in found] == [
        ("t3_0", "Acme DB", None),
        ("t3_1", "Acme DB\nNews", 7.0),
    ]
    assert found[0].at.tzinfo is UTC


def test_of_very_many_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MOST", 3)
    found, said = sift(*(replace(ONE, at=NOW - n * DAY, reference=str(n)) for n in range(5)))
    assert [one.reference for one in found] == ["2", "1", "0"]
    assert said == ("left out: all texts but the 3 newest",)


def test_what_cannot_be_read_is_left_out_alone() -> None:
    def tell(one: Any) -> Mention | None:
        if one.get("bad"):
            raise UnexpectedResponse("no id", hint="")
        return ONE if one.get("out") else None

    assert mentions([{"bad": True}, {"out": True}, {}], tell) == (ONE,)


class Config(CollectorConfig):
    key: SecretStr = SecretStr(SECRET)


METRIC = Metric("shop.orders", "orders", Kind.FLOW, "orders a day")


async def test_parts_are_joined_and_one_that_fails_takes_no_text_along() -> None:
    async def good() -> Batch:
        return Batch((Sample(METRIC.name, NOW, 1.0),), mentions=(ONE,))

    async def down() -> Batch:
        raise Unavailable("down")

    parts = (Part("a", (METRIC.name,), down), Part("b", (METRIC.name,), good))
    batch = await collect_parts(parts)
    assert (batch.mentions, len(batch.samples), len(batch.faults)) == ((ONE,), 1, 1)


async def test_a_run_shows_none_of_its_secrets(client: Client) -> None:
    async def collect(_config: Config, _client: Client, _span: Span) -> Batch:
        return Batch(mentions=(replace(ONE, text=f"no: {SECRET}", topic=SECRET),))

    shop = Collector("shop", Config, (METRIC,), collect, settles_after=timedelta(0), backfills=False)
    (found,) = (await shop.run(Config(collector="shop"), client, Span(NOW, None, BERLIN))).mentions
    assert (found.text, found.topic) == ("no: ***", "***")
