"""A Forem such as DEV, played from lists of articles and of who follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Mention, Sample, Scenario, refused

KEY, OWNER, TEAM = "forem-key-a81b22", "ann", "acme-team"
ACCEPT = "application/vnd.forem.api-v1+json"


@dataclass(frozen=True)
class Article:
    """An article: its author, whether for the team, and the times it was seen, liked and discussed."""

    author: str
    is_team: bool
    views: int
    likes: int
    talks: int


ARTICLES = (
    *[Article(OWNER, False, 10, 1, 0)] * 120,
    Article(OWNER, True, 5000, 210, 31),
    Article(OWNER, True, 800, 12, 4),
    Article("bob", True, 9999, 44, 7),
)
FOLLOWERS = 205


@dataclass
class Forem:
    """Four lists, page by page; views are told to the author alone."""

    articles: Sequence[Article] = ARTICLES
    followers: int = FOLLOWERS

    def __call__(self, asked: Asked) -> Said:
        query, owns = asked.query, asked.headers.get("api-key") == KEY
        if asked.headers.get("accept") != ACCEPT or asked.method != "GET":
            return refused(406, error="unknown version")
        if asked.headers.get("api-key", KEY) != KEY:
            return refused(401, error="unauthorized")
        if asked.path == "/api/users/me" and owns:
            return said_json({"type_of": "user", "id": 7, "username": OWNER})
        listed: dict[str, list[dict[str, Any]]] = {
            f"/api/organizations/{TEAM}/articles": self._told(lambda one: one.is_team),
            "/api/articles": self._told(lambda one: one.author == query.get("username")),
        }
        if owns:
            own = self._told(lambda one: one.author == OWNER, with_views=True)
            people = [{"type_of": "user_follower", "id": 900 + one} for one in range(self.followers)]
            listed |= {"/api/articles/me/published": own, "/api/followers/users": people}
        elif asked.path in ("/api/articles/me/published", "/api/followers/users"):
            return refused(401, error="unauthorized")
        if asked.path not in listed:
            return refused(404, error="not found")
        known = {"page", "per_page"} | ({"username"} if asked.path == "/api/articles" else set())
        if set(query) != known or not 0 < int(query["per_page"]) <= 1000 or int(query["page"]) < 1:
            return refused(422, error="invalid parameters")
        size, start = int(query["per_page"]), (int(query["page"]) - 1) * int(query["per_page"])
        return said_json(listed[asked.path][start : start + size])

    def _told(self, wanted: Any, *, with_views: bool = False) -> list[dict[str, Any]]:
        told = []
        for number, one in enumerate(self.articles):
            counts = {"public_reactions_count": one.likes, "comments_count": one.talks}
            views = {"page_views_count": one.views} if with_views else {}
            if wanted(one):
                names = {"title": f"Post {number}", "description": "How &amp; why", "url": address(number)}
                dates = {"published_at": f"2026-10-01T09:{number % 60:02d}:00Z"}
                told.append({"type_of": "article", "id": number} | names | dates | counts | views)
        return told


def address(number: int) -> str:
    return f"https://dev.to/{OWNER}/post-{number}"


def texts(told: Sequence[int], views: Sequence[int | None]) -> list[Mention]:
    """The articles as posts of one's own."""
    first = datetime(2026, 10, 1, 9, tzinfo=UTC)
    return [
        Mention(
            "post",
            first + timedelta(minutes=number % 60),
            f"Post {number}. How & why",
            str(number),
            address(number),
            site="dev.to",
            reach=seen,
        )
        for number, seen in zip(told, views, strict=True)
    ]


def sample(name: str, value: float) -> Sample:
    return Sample(f"devto.{name}", NOW, value)


def totals(articles: Sequence[Article]) -> list[Sample]:
    likes, talks = sum(one.likes for one in articles), sum(one.talks for one in articles)
    return [sample("articles", len(articles)), sample("reactions", likes), sample("comments", talks)]


def an_author() -> Scenario:
    own = [one for one in ARTICLES if one.author == OWNER]
    views = sum(one.views for one in own)
    bare = [sample("views", 0), sample("followers", 0)]
    return Scenario(
        {"api_key": KEY, "base_url": "{url}/api"},
        Forem(),
        [*totals(own), sample("views", views), sample("followers", FOLLOWERS)],
        mentions=texts(range(122), [one.views for one in own]),
        secrets=(KEY,),
        empty=Forem((), 0),
        empty_expected=[*totals(()), *bare],
        limit=Limit(
            Said(429, b'{"error": "Rate limit reached"}', {"Retry-After": "2"}), timedelta(seconds=2)
        ),
    )


def a_team_without_a_key() -> Scenario:
    team = [one for one in ARTICLES if one.is_team]
    settings = {"organization": TEAM, "base_url": "{url}/api"}
    told = texts((120, 121, 122), (None,) * 3)
    return replace(an_author(), settings=settings, expected=totals(team), mentions=told, secrets=())


SCENARIOS = (an_author, a_team_without_a_key)
