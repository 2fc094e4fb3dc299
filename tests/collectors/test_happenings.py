"""What sources tell of as having happened: words that may be shown, each once, and never a number's fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from collectors.base import Batch, Client, Collector, CollectorConfig, Part, Span, collect_parts
from collectors.faults import Unavailable, UnexpectedResponse
from collectors.github.samples import parse_release
from collectors.happenings import Happening, happenings
from collectors.mailchimp import parse_happening
from collectors.redaction import Redactor
from collectors.sieve import LONGEST_TEXT, MOST_A_DAY, sift_happenings
from collectors.statuspage import parse_incident
from kpi.metric import Kind, Metric, Sample

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
SECRET = "canary-s3cret/x"
RELEASE = Happening("release", NOW - DAY, "v2.0", "release:1", "https://github.com/acme/engine/releases/v2")


def sift(*found: Happening) -> tuple[tuple[Happening, ...], tuple[str, ...]]:
    return sift_happenings(found, now=NOW, zone=BERLIN, redact=Redactor.of([SECRET]))


def test_a_happening_needs_an_aware_time_and_an_id_of_its_vendor() -> None:
    with pytest.raises(ValueError, match="aware time"):
        Happening("release", NOW.replace(tzinfo=None), "v2", "1")
    with pytest.raises(ValueError, match="own id"):
        Happening("release", NOW, "v2", "")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Checkout\n is\tdown ", "Checkout is down"),
        ("x" * 300, "x" * (LONGEST_TEXT - 1) + "…"),
        (f"Deployed with {SECRET}", "Deployed with ***"),
        ("see https://u:p@acme.dev/x?token=abc", "see https://acme.dev/x?token=***"),
        ("ghp_0123456789abcdefghij leaked", "*** leaked"),
        ("<!channel> *bold*", "<!channel> *bold*"),
        ("Релиз 2 🚀", "Релиз 2 🚀"),
    ],
)
def test_its_words_are_one_short_line_without_secrets(text: str, kept: str) -> None:
    (found,), left_out = sift(Happening("incident", NOW, text, "i:1"))
    assert (found.text, left_out) == (kept, ())


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Happening("release", NOW + DAY, "v3", "r"), "a release dated 2026-11-21 12:00, in the future"),
        (Happening("incident", datetime(1970, 1, 1, tzinfo=UTC), "x", "r"), "dated 1970-01-01"),
        (Happening("campaign", NOW, " \n–… ", "r"), "a campaign without words"),
    ],
)
def test_what_cannot_be_is_left_out_and_said(one: Happening, said: str) -> None:
    kept, (note,) = sift(one, RELEASE)
    assert kept == (RELEASE,)
    assert said in note


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://acme.dev/x?key=1", "https://acme.dev/x?key=***"),
        ("javascript:alert(1)", ""),
        ("https://acme.dev/|evil>", ""),
        ("https://acme.dev/" + "x" * 600, ""),
        ("", ""),
    ],
)
def test_only_a_web_address_is_kept(url: str, kept: str) -> None:
    (found,), _ = sift(Happening("release", NOW, "v2", "r", url))
    assert found.url == kept


def test_they_come_oldest_first_in_utc_and_each_once() -> None:
    local = Happening("release", (NOW - 2 * DAY).astimezone(BERLIN), "v1", "release:0")
    found, _ = sift(RELEASE, local, RELEASE)
    assert [one.reference for one in found] == ["release:0", "release:1"]
    assert found[0].at.tzinfo is UTC


@given(st.lists(st.integers(0, 47), max_size=60, unique=True), st.integers(0, 47))
@settings(max_examples=30, deadline=None)
def test_of_a_day_the_earliest_of_a_kind_are_kept_however_often_it_is_read(
    hours: list[int], then: int
) -> None:
    """Read at noon and again at night: what the first run kept, the second one keeps too."""
    start = NOW - 3 * DAY
    every = [Happening("deployment", start + timedelta(hours=one), "out", f"d:{one}") for one in hours]
    early = [one for one in every if one.at <= start + timedelta(hours=then)]
    first, second = sift(*early)[0], sift(*every)[0]
    assert set(first) <= set(second)
    days = [one.at.astimezone(BERLIN).date() for one in second]
    assert all(days.count(day) <= MOST_A_DAY for day in days)


class Config(CollectorConfig):
    key: SecretStr = SecretStr(SECRET)


METRIC = Metric("shop.orders", "orders", Kind.FLOW, "orders a day")


async def test_parts_are_joined_and_one_that_fails_takes_no_happening_along() -> None:
    async def good() -> Batch:
        return Batch((Sample(METRIC.name, NOW, 1.0),), happenings=(RELEASE,))

    async def down() -> Batch:
        raise Unavailable("down")

    parts = (Part("a", (METRIC.name,), down), Part("b", (METRIC.name,), good))
    batch = await collect_parts(parts)
    assert (batch.happenings, len(batch.faults)) == ((RELEASE,), 1)


async def test_a_run_shows_none_of_its_secrets_and_says_what_it_left_out(client: Client) -> None:
    async def collect(_config: Config, _client: Client, _span: Span) -> Batch:
        leaking = Happening("incident", NOW, f"no: {SECRET}", "i:1")
        return Batch(happenings=(leaking, Happening("release", NOW + DAY, "v9", "r:9")))

    shop = Collector("shop", Config, (METRIC,), collect, settles_after=timedelta(0), backfills=False)
    batch = await shop.run(Config(collector="shop"), client, Span(NOW, None, BERLIN))
    assert [one.text for one in batch.happenings] == ["no: ***"]
    assert batch.notes == ("left out: a release dated 2026-11-21 12:00, in the future",)


def test_what_cannot_be_read_is_left_out_alone() -> None:
    def tell(one: Any) -> Happening | None:
        if one.get("bad"):
            raise UnexpectedResponse("no title", hint="")
        return Happening("release", NOW, "v1", "r:1") if one.get("out") else None

    assert len(happenings([{"bad": True}, {"out": True}, {}], tell)) == 1


_PUBLISHED = {"id": 7, "tag_name": "v2.0", "draft": False, "prerelease": False} | {
    "published_at": "2026-11-12T09:00:00Z"
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "v2.0"),
        ({"name": ""}, "v2.0"),
        ({"name": None}, "v2.0"),
        ({"name": "v2.0"}, "v2.0"),
        ({"name": "Engine 2.0"}, "Engine 2.0"),
        ({"name": "The fast one"}, "v2.0: The fast one"),
        ({"prerelease": True}, "v2.0 (pre-release)"),
        ({"draft": True}, None),
        ({"published_at": None, "draft": True}, None),
    ],
)
def test_a_release_is_called_by_its_version(more: dict[str, Any], said: str | None) -> None:
    found = parse_release(_PUBLISHED | more)
    assert (found and found.text) == said


def test_a_campaign_that_is_not_sent_has_not_happened() -> None:
    assert parse_happening({"id": "c1", "send_time": "", "campaign_title": "x"}) is None


def test_an_incident_begins_when_its_page_says_it_did() -> None:
    told = {"id": "a", "name": "Slow", "impact": "none", "created_at": "2026-11-12T09:00:00Z"}
    began = parse_incident(told | {"started_at": "2026-11-12T08:00:00Z"})
    assert (began.text, began.at.hour, began.url) == ("Slow", 8, "")
