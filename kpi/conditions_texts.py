"""Rules on what is written somewhere: each text that matches is an event of its own."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from functools import lru_cache

from kpi.alert_rules import TextMatch
from kpi.alerts import Finding
from kpi.conditions_limits import told
from kpi.conditions_sight import TEXT_DAYS, Look, Sight, Text

NEGATIVE = -0.2
"""A sentiment from here downwards is negative; between the two the tone of a short text is chance."""
POSITIVE = 0.2


def of_text(look: Look) -> tuple[Finding, ...]:
    """The texts of the last two weeks that match, oldest first."""
    sight, match = look.sight, look.when.text
    assert match is not None  # it is the kind of condition it is
    oldest = sight.moment.now - timedelta(days=TEXT_DAYS)
    found = (one for one in sight.texts if oldest < one.at <= sight.moment.now and matches(match, one, sight))
    return tuple(_finding(one, match, sight) for one in sorted(found, key=lambda one: (one.at, one.id)))


def _finding(one: Text, match: TextMatch, sight: Sight) -> Finding:
    return Finding(
        one.id,
        holds=True,
        clears=False,
        at=one.at,
        since=one.at,
        value=one.reach,
        limit=match.reach,
        evidence=told(
            text=one.text,
            url=one.url,
            site=one.site,
            reach=one.reach,
            sentiment=_tone(one, sight) if match.sentiment else one.sentiment,
            topics=list(one.topics),
            source=one.source,
            kind=one.kind,
            at=one.at.isoformat(),
        ),
        is_event=True,
    )


def matches(match: TextMatch, one: Text, sight: Sight) -> bool:
    """Whether all that is asked of a text holds. How it sounds is asked last: that takes the longest."""
    if match.kinds and one.kind not in match.kinds:
        return False
    if match.reach is not None and (one.reach is None or one.reach < match.reach):
        return False
    if match.topics and not _folded(match.topics) & _folded(one.topics):
        return False
    if match.sites and not any(_is_site(one.site, site) for site in match.sites):
        return False
    if match.words and not _words(match.words).search(one.text):
        return False
    if match.not_words and _words(match.not_words).search(one.text):
        return False
    return not match.sentiment or _sounds(match.sentiment, _tone(one, sight))


def _tone(one: Text, sight: Sight) -> float:
    """As the vendor states it, else by its words."""
    if one.sentiment is not None:
        return one.sentiment
    if ("tone", one.id) not in sight.memo:
        sight.memo["tone", one.id] = sight.score(one.text)
    found: float = sight.memo["tone", one.id]
    return found


def _sounds(wanted: str, tone: float) -> bool:
    return tone <= NEGATIVE if wanted == "negative" else tone >= POSITIVE


def _folded(names: Collection[str]) -> set[str]:
    return {name.strip().casefold() for name in names}


def _is_site(site: str, wanted: str) -> bool:
    """Whether a text stands on a site, or on one below it: blog.acme.dev for acme.dev."""
    own, asked = (one.strip().casefold().removeprefix("www.") for one in (site, wanted))
    return own == asked or own.endswith(f".{asked}")


@lru_cache(maxsize=256)
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of some words or phrases, whole and in any case; a phrase may be broken over lines."""
    parts = (r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
