"""What a feed does to a count: edits, items without a date, private addresses, addresses that are secret."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client
from collectors.faults import UnexpectedResponse
from collectors.feed import COLLECTOR, refuse_private
from tests.collectors.loopback import Said, serve
from tests.collectors.scenarios.base import NOW, Scenario, figures, filled, play
from tests.collectors.scenarios.feed import PATHS, PUBLISHED, SECRET, Entry, Publishers, three_feeds, utc

TODAY = datetime(2026, 11, 20, tzinfo=UTC)


async def run(client: Client, published: tuple[Entry, ...], scenario: Scenario | None = None) -> Batch:
    batch, _ = await play(COLLECTOR, scenario or three_feeds(), client, answer=Publishers(published))
    assert batch.faults == ()
    return batch


def counted(batch: Batch, label: str, value: str) -> list[datetime]:
    return [one.at.replace(microsecond=0) for one in batch.samples if one.labels == ((label, value),)]


async def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    publishers = Publishers()
    first, _ = await play(COLLECTOR, three_feeds(), client, answer=publishers)
    async with serve(publishers) as server:  # under one address, as publishers keep theirs
        config = COLLECTOR.configure(filled(dict(three_feeds().settings), server.url))
        publishers.sent.clear()
        runs = [await COLLECTOR.run(config, client, three_feeds().span()) for _ in range(2)]
    assert publishers.sent == [200, 200, 200, 304, 304, 304]
    assert figures(runs[0].samples) == figures(runs[1].samples) == figures(first.samples)


class Feed:
    """One feed under one address, read run by run."""

    def __init__(self, client: Client) -> None:
        self.client, self.publishers = client, Publishers(())

    async def runs(self, *published: tuple[Entry, ...], now: datetime = NOW) -> list[Batch]:
        """A run after each state of the feed, a day later each time."""
        batches = []
        async with serve(self.publishers) as server:
            config = COLLECTOR.configure(filled(dict(three_feeds().settings), server.url))
            for number, one in enumerate(published):
                self.publishers.published = one
                span = three_feeds().span(now + timedelta(days=number))
                batches.append(await COLLECTOR.run(config, self.client, span))
        return batches


async def test_an_item_without_a_date_counts_on_the_day_it_is_first_seen(client: Client) -> None:
    old = Entry("Rival", "https://rival.example/about", None, "About")
    new = Entry("Rival", "https://rival.example/new", None, "Acme DB")
    batches = await Feed(client).runs((old,), (old,), (new, old), (new, old))
    days = [counted(one, "feed", "Rival") for one in batches]
    assert days == [[], [], [TODAY + timedelta(days=2)], [TODAY + timedelta(days=2)]]
    assert counted(batches[3], "topic", "ours") == days[3]
    assert "1 items of the feed Rival have no date" in batches[0].notes[0]
    assert [one.notes for one in batches[1:]] == [(), (), ()]


async def test_an_edit_moves_nothing(client: Client) -> None:
    """Releases tell the time of their last change alone."""
    before = Entry("Releases", "https://hub.example/v2", utc("2026-11-18T10:00:00"), "acmedb")
    after = replace(before, when=utc("2026-11-20T10:00:00"), title="acmedb, mended")
    batches = await Feed(client).runs((before,), (after,))
    assert figures(batches[0].samples) == figures(batches[1].samples)


async def test_an_item_dated_ahead_waits_for_its_time(client: Client) -> None:
    soon = Entry("Rival", "https://rival.example/soon", NOW + timedelta(hours=30), "Soon")
    batches = await Feed(client).runs((soon,), (soon,), (soon,))
    assert [len(counted(one, "feed", "Rival")) for one in batches] == [0, 0, 1]


async def test_what_has_left_the_feed_is_neither_told_nor_zero(client: Client) -> None:
    batches = await Feed(client).runs(PUBLISHED, PUBLISHED[:3])
    assert {one.value for one in batches[1].samples} == {1.0}
    assert set(figures(batches[1].samples)) < set(figures(batches[0].samples))


async def test_an_article_found_later_in_another_feed_counts_once(client: Client) -> None:
    post = Entry("Rival", "https://rival.example/p", utc("2026-11-19T09:00:00"), "acmedb")
    found = replace(post, feed="Alert", when=utc("2026-11-18T09:00:00"))
    batches = await Feed(client).runs((post,), (found, post))
    assert [counted(one, "topic", "ours") for one in batches] == [[utc("2026-11-19T09:00:00")]] * 2


@pytest.mark.parametrize(
    ("feed", "topics", "told"),
    [
        ("Rival", {"ours": ["acmedb"]}, ("Rival", "ours")),
        ("Competitor: Rival", {}, ("Competitor: Rival", "competitors")),
        ("competitors", {}, ("competitors",)),
        ("News", {"Competitors of ours": ["acmedb"]}, ("News", "Competitors of ours", "competitors")),
        ("Our competitors", {}, ("Our competitors",)),
    ],
)
async def test_what_is_called_after_competitors_is_theirs(
    client: Client, feed: str, topics: dict[str, Any], told: tuple[str, ...]
) -> None:
    post = Entry("Rival", "https://rival.example/p", utc("2026-11-19T09:00:00"), "acmedb")
    settings = {"urls": {feed: f"{{url}}{PATHS['Rival']}"}, "topics": topics, "allow_private": True}
    scenario = replace(three_feeds(), settings=settings)
    batch, _ = await play(COLLECTOR, scenario, client, answer=Publishers((post,)))
    (found,) = batch.mentions
    assert tuple(found.topic.splitlines()) == told


async def test_a_feed_that_fails_leaves_the_others(client: Client) -> None:
    batch, _ = await play(
        COLLECTOR,
        three_feeds(),
        client,
        answer=lambda asked: Publishers()(asked) if asked.path != PATHS["Rival"] else Said(500),
    )
    assert [(one.part, one.kind) for one in batch.faults] == [("Rival", "Unavailable")]
    assert {dict(one.labels)["feed"] for one in batch.samples if one.metric == "feed.items"} == {
        "Releases",
        "Alert",
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "[::1]", "localhost"])
async def test_a_private_address_is_refused_unasked(client: Client, host: str) -> None:
    settings: dict[str, Any] = {"urls": {"Inside": f"http://{host}:1/feed.xml"}}
    batch = await COLLECTOR.run(COLLECTOR.configure(settings), client, three_feeds().span())
    assert [one.kind for one in batch.faults] == ["UnexpectedResponse"]
    assert "private network" in batch.faults[0].message
    assert "allow_private" in batch.faults[0].hint


async def test_a_public_address_may_be_asked() -> None:
    await refuse_private("93.184.215.14", 443)
    with pytest.raises(UnexpectedResponse, match="cannot exist"):
        await refuse_private("a" * 70 + ".example", 443)


@pytest.mark.parametrize("said", [Said(404), Said(200, b"<html>"), Said(200, b"", cut=True), Said(302)])
async def test_a_secret_address_is_never_shown(
    client: Client, said: Said, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    batch, _ = await play(COLLECTOR, three_feeds(), client, answer=lambda _: said)
    assert len(batch.faults) == 3
    assert "canary" not in f"{batch} {caplog.text} {dict(client.cache)}"


async def test_one_cheap_call_tells_what_the_first_feed_holds(client: Client) -> None:
    async with serve(Publishers()) as server:
        config = COLLECTOR.configure(filled(dict(three_feeds().settings), server.url))
        said = await COLLECTOR.examine(config, client, three_feeds().span())
        assert said == "Rival: 7 items, the newest of 2026-12-24"
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"urls": {}},
        {"urls": {"a": "acme.dev/canary"}},
        {"urls": {"a": "file:///canary"}},
        {"urls": {"a": "https://user:canary@acme.dev"}},
        {"urls": {"a": "https://acme.dev/canary"}, "topics": {"b": []}},
        {"urls": {"a": "https://acme.dev/canary"}, "topics": {"b": ["-"]}},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        COLLECTOR.configure(settings)
    assert "canary" not in str(refused.value)


def test_an_address_is_not_shown_by_the_settings() -> None:
    assert SECRET not in repr(COLLECTOR.configure({"urls": {"a": f"https://www.google.com{SECRET}"}}))
