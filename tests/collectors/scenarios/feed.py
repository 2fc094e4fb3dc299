"""Three feeds, played from one list of what was published: a blog, releases, and an alert of Google's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from urllib.parse import quote

from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import Limit, Mention, Sample, Scenario, refused

SECRET = "/alerts/feeds/0427-canary/1188-canary"
PATHS = {"Rival": "/blog/feed.xml", "Releases": "/rival/engine/releases.atom", "Alert": SECRET}
TOPICS = {"ours": ["Acme DB", "acmedb"], "money": ["series B"]}


@dataclass(frozen=True)
class Entry:
    """One item: in which feed, what leads to it, when, and which topics it truly names."""

    feed: str
    link: str
    when: datetime | None
    title: str
    text: str = ""
    topics: tuple[str, ...] = ()
    counts: bool = True

    @property
    def id(self) -> str:
        return {"Rival": self.link, "Releases": f"tag:hub,{self.link}", "Alert": f"tag:google,{self.link}"}[
            self.feed
        ]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


POST = "https://rival.example/faster"
PUBLISHED = (
    Entry("Rival", "https://rival.example/plan", utc("2026-12-24T08:00:00"), "Coming soon", counts=False),
    Entry("Rival", POST, utc("2026-11-19T09:30:00"), "We beat Acme&nbsp;DB", "<p>by <b>half</b>", ("ours",)),
    Entry("Rival", "https://rival.example/b", utc("2026-11-19T09:30:00"), "Our Series B", topics=("money",)),
    Entry("Rival", "https://rival.example/series", utc("2026-11-10T23:30:00"), "A series by Bob: acmedbs"),
    Entry("Rival", "https://rival.example/about", None, "About us, not Acme DB", counts=False),
    Entry("Rival", "https://rival.example/zero", utc("1970-01-01T00:00:00"), "Epoch", counts=False),
    Entry("Rival", "https://rival.example/first", utc("2024-02-29T12:00:00"), "Hello"),
    Entry(
        "Releases",
        "https://hub.example/v2",
        utc("2026-11-18T10:00:00"),
        "v2",
        "faster than acmedb",
        ("ours",),
    ),
    Entry("Releases", "https://hub.example/v1", utc("2026-09-01T10:00:00"), "v1"),
    Entry("Alert", POST, utc("2026-11-19T09:30:00"), "We beat <b>Acme DB</b>", topics=("ours",)),
    Entry(
        "Alert", "https://press.example/a?id=7", utc("2026-11-20T11:59:00"), "Acme DB wins", topics=("ours",)
    ),
)


@dataclass
class Publishers:
    """Three addresses. What has not changed is not sent again."""

    published: Sequence[Entry] = PUBLISHED
    sent: list[int] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        feed = next((name for name, path in PATHS.items() if asked.target == path), None)
        if asked.method != "GET" or feed is None or "application/rss+xml" not in asked.headers["accept"]:
            return refused(404, message=f"no {asked.target}")
        own = [one for one in self.published if one.feed == feed]
        body = (rss(own) if feed == "Rival" else atom(own, feed)).encode()
        mark = f'"{sha256(body).hexdigest()[:12]}"'
        if asked.headers.get("if-none-match") == mark:
            self.sent.append(304)
            return Said(304, headers={"ETag": mark})
        self.sent.append(200)
        kind = "application/rss+xml" if feed == "Rival" else "application/atom+xml"
        return Said(200, body, {"Content-Type": f"{kind}; charset=utf-8", "ETag": mark})


def rss(entries: Sequence[Entry]) -> str:
    """RSS 2.0: dates in the manner of mail, in the zone of Tokyo; markup in the texts."""
    items = []
    for one in entries:
        when = one.when + timedelta(hours=9) if one.when else None
        date = f"<pubDate>{format_datetime(when.replace(tzinfo=None))[:-5]}+0900</pubDate>" if when else ""
        text = f"<description>{escape(one.text)}</description>"
        guid = f'<guid isPermaLink="true">{one.id}</guid>'
        items.append(
            f"<item><title>{escape(one.title)}</title><link>{one.link}</link>{guid}{date}{text}</item>"
        )
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Rival</title>'
    return f"{head}{''.join(items)}</channel></rss>"


def atom(entries: Sequence[Entry], feed: str) -> str:
    """Atom. Releases bear the time of their last change alone; an alert leads over a redirect of Google's."""
    items = []
    for one in entries:
        assert one.when is not None
        name, link = ("updated", one.link) if feed == "Releases" else ("published", redirect(one.link))
        items.append(
            f'<entry><id>{one.id}</id><title type="html">{escape(one.title)}</title>'
            f'<link href="{escape(link)}"/><{name}>{one.when:%Y-%m-%dT%H:%M:%SZ}</{name}>'
            f'<content type="html">{escape(one.text)}</content></entry>'
        )
    head = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
    return f"{head}<title>{feed}</title>{''.join(items)}</feed>"


def redirect(link: str) -> str:
    return f"https://www.google.com/url?rct=j&sa=t&url={quote(f'{link}', safe='')}&ct=ga&cd=CAE"


def at(one: Entry, key: str) -> datetime:
    """Its time, with the fraction of a second that its key makes."""
    assert one.when is not None
    return one.when.replace(microsecond=int(sha256(key.encode()).hexdigest()[:24], 16) % 1_000_000)


def told(published: Sequence[Entry]) -> list[Sample]:
    """Each item once a feed, each article once a topic."""
    counted = [one for one in published if one.counts]
    items = [Sample("feed.items", at(one, one.id), 1.0, (("feed", one.feed),)) for one in counted]
    named = {(topic, one.link): one for one in counted for topic in one.topics}
    return items + [
        Sample("feed.topic_items", at(one, link), 1.0, (("topic", topic),))
        for (topic, link), one in named.items()
    ]


def texts() -> list[Mention]:
    """Each article once, by what it leads to, as it reads in the first feed that has it."""
    articles: dict[str, list[Entry]] = {}
    for one in PUBLISHED:
        if one.counts:
            articles.setdefault(one.link, []).append(one)
    said = {POST: "We beat Acme DB. by half", "https://hub.example/v2": "v2. faster than acmedb"}
    told = []
    for link, entries in articles.items():
        first = entries[0]
        assert first.when is not None
        topics = dict.fromkeys(topic for one in entries for topic in (one.feed, *one.topics))
        known, site = sha256(link.encode()).hexdigest()[:24], link.split("/")[2]
        text = said.get(link, first.title)
        told.append(Mention("article", first.when, text, known, link, "\n".join(topics), site))
    return told


def three_feeds() -> Scenario:
    urls = {name: f"{{url}}{path}" for name, path in PATHS.items()}
    return Scenario(
        {"urls": urls, "topics": TOPICS, "allow_private": True},
        Publishers(),
        told(PUBLISHED),
        mentions=texts(),
        secrets=(SECRET,),
        empty=Publishers(()),
        limit=Limit(Said(429, b"slow down", {"Retry-After": "9"}), timedelta(seconds=9)),
    )


def one_day_of_auckland() -> Scenario:
    """What came between two midnights there."""
    since, until = utc("2026-11-18T11:00:00"), utc("2026-11-19T11:00:00")
    within = [one for one in PUBLISHED if one.when is not None and since <= one.when < until]
    scenario = three_feeds()
    return replace(scenario, expected=told(within), zone="Pacific/Auckland", since=since, until=until)


SCENARIOS = (three_feeds, one_day_of_auckland)
