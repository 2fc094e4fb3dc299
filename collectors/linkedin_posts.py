"""The newest posts of a LinkedIn page as texts, each with how often it was shown, unpaid, so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from collectors.faults import UnexpectedResponse
from collectors.http import Api
from collectors.mentions import Mention, mentions, worded
from collectors.payload import number, part, rows, text
from kpi.metric import from_micros

_NEWEST = 20
_KINDS = {"shares": ("share", "urn:li:share:"), "ugcPosts": ("ugcPost", "urn:li:ugcPost:")}
"""How the two kinds of posts are asked for, how each is named in the answer, and how its ids begin."""


async def read_posts(api: Api, urn: str) -> tuple[Mention, ...]:
    """The posts of the page `urn`, which is encoded; at most three requests."""
    listed = await api.get_json(f"/posts?author={urn}&q=author&count={_NEWEST}&sortBy=CREATED")
    found = list(rows(listed, "elements"))
    ids = [text(one, "id") for one in found]
    shown: dict[str, float] = {}
    for asked, (named, prefix) in _KINDS.items():
        own = ",".join(quote(one, safe="") for one in ids if one.startswith(prefix))
        if own:
            # Rest.li wants its brackets and commas as they are, in the address.
            query = f"q=organizationalEntity&organizationalEntity={urn}&{asked}=List({own})"
            told = await api.get_json(f"/organizationalEntityShareStatistics?{query}")
            for one in rows(told, "elements"):
                shown[text(one, named)] = number(one, "totalShareStatistics", "impressionCount")
    return mentions(found, lambda one: parse_post(one, shown))


def parse_post(post: Mapping[str, Any], shown: Mapping[str, float]) -> Mention | None:
    """A post; None for one that is not published."""
    if post.get("lifecycleState") != "PUBLISHED":
        return None
    known, millis = text(post, "id"), number(post, "publishedAt")
    if not 0 < millis < 1e14:
        raise UnexpectedResponse("publishedAt is no time", hint="LinkedIn may have changed it.")
    said, url = worded(part(post, "commentary")), f"https://www.linkedin.com/feed/update/{known}"
    at = from_micros(int(millis) * 1000)
    return Mention("post", at, said, known, url, "", "linkedin.com", shown.get(known))
