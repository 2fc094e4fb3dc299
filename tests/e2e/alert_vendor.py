"""Everybody whom the sources of a small company ask, on one address: its page, feeds, mentions and posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json

DEVTO, MENTION = "/devto/api", "/mention/api"
_ALERT = f"{MENTION}/accounts/1/alerts/2"


@dataclass
class Vendor:
    """What is so at present. `is_up` is the company's own page, `knows_us` whether DEV takes the key."""

    is_up: bool = True
    knows_us: bool = True
    rivals: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, title, link
    press: list[tuple[datetime, str, str]] = field(default_factory=list)
    said: list[tuple[datetime, str, int, int]] = field(default_factory=list)  # when, words, tone, reach
    posts: list[tuple[datetime, str, int]] = field(default_factory=list)  # when, title, views

    def __call__(self, asked: Asked) -> Said:
        match asked.path:
            case "/":
                return Said(200 if self.is_up else 503, b"hello")
            case "/rivals.xml":
                return _feed(self.rivals)
            case "/press.xml":
                return _feed(self.press)
            case path if path.startswith(DEVTO) and self.knows_us:
                return said_json(self._devto(path) if asked.query.get("page") == "1" else [])
            case path if path.startswith(MENTION):
                return said_json(self._mention(path))
        return said_json({"error": "invalid_grant"}, 401)

    def _devto(self, path: str) -> list[dict[str, Any]]:
        if path.endswith("/followers/users"):
            return []
        return [
            {
                "id": number,
                "title": title,
                "url": f"https://dev.to/acme/{number}",
                "published_at": at.isoformat(),
                "page_views_count": views,
                "public_reactions_count": 1,
                "comments_count": 0,
            }
            for number, (at, title, views) in enumerate(self.posts)
        ]

    def _mention(self, path: str) -> dict[str, Any]:
        if path != f"{_ALERT}/mentions":
            return {"stats": {"2": {"mentions_per_interval": {"data": [], "total": 0}}}}
        told = [
            {
                "id": str(number),
                "title": text,
                "original_url": f"https://forum.example/{number}",
                "published_at": at.astimezone(UTC).isoformat(),
                "tone": tone,
                "cumulative_reach": reach,
            }
            for number, (at, text, tone, reach) in enumerate(self.said)
        ]
        return {"mentions": told, "_links": {}}


def _feed(items: list[tuple[datetime, str, str]]) -> Said:
    told = "".join(
        f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{format_datetime(at.astimezone(UTC))}</pubDate></item>"
        for at, title, link in items
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{told}</channel></rss>'
    return Said(200, body.encode(), {"Content-Type": "application/rss+xml; charset=utf-8"})
