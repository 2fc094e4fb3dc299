"""The words around what somebody means: fillers, what is said of a KPI, and what stands between two.

Words here are as somebody typed them; nothing is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Words = tuple[str, ...]

_SAID_AROUND = """
    how is are was were what what's whats who how's hows the our my your its show me us we i you
    give tell please pls for of on in at about doing do does did going status now currently current
    a an have has had get got see look hi hey hello thanks thank can could would want like many much
    any it over during here stand standing there right latest &
"""
_SAID_OF_IT = """
    red yellow green ok okay good bad low high down up off behind ahead late slow falling rising
    dropping growing so not track pace still better worse moving changing changed flat stuck well
    badly this that be been being go went gone risk far mean means happened everything all
"""
FILLERS = frozenset({"", *_SAID_AROUND.split()})
ZONES = frozenset({"red", "yellow", "green"})
STATES = frozenset(_SAID_OF_IT.split())
"""What people say of a KPI they ask about: only dropped where the rest names one."""
BETWEEN = frozenset({"and", "vs", "versus", "with", "to", "against", "or", ",", "&", "than", "plus"})
"""What stands between two KPIs that are asked about together."""
LEADING = frozenset({"for", "of", "on", "in", "about", "at", "with", "the", "our", "is", "are", "please", ""})
"""What leads to a word that is no KPI; more may be meant: `audit me`, `help show`."""
TRAILING = frozenset({"please", "pls", "now", "thanks", "currently", ""})
ENDS = FILLERS | BETWEEN


_TAKEN = re.compile(
    r"(?:i|we)(?:['’](?:ll|ve))? (?:have|take|got|own|had)(?: got)? (?:alert )?#?(\d{1,9})",
    re.IGNORECASE | re.ASCII,
)
_HELD = re.compile(r"who (?:has|is on|owns) (?:alert )?#?(\d{1,9})\??", re.IGNORECASE | re.ASCII)
_HEARD = re.compile(r"(?:unmute|unsilence|wake) alert #?(\d{1,9})", re.IGNORECASE | re.ASCII)
_KEPT_QUIET = re.compile(r"(?:mute|silence) alert #?(\d{1,9})(?: (.*))?", re.IGNORECASE | re.ASCII)


def about_alert(words: Words) -> Words | None:
    """What people say of an alert by its number, as the command that is meant: "i have 12" is `ack 12`."""
    said = " ".join(words)
    if match := _TAKEN.fullmatch(said):
        return ("ack", match[1])
    if match := _HELD.fullmatch(said):
        return ("alert", match[1])
    if match := _HEARD.fullmatch(said):
        return ("unsnooze", match[1])
    if match := _KEPT_QUIET.fullmatch(said):
        return ("snooze", match[1], *(match[2] or "").split())
    return None


def are_parted(words: Words) -> bool:
    return any(bare(token) in BETWEEN for token in tokens(words))


def bare(word: str) -> str:
    """A word as the lists of fillers have it: without marks around it."""
    if word == ",":
        return word
    return word.casefold().replace("’", "'").strip('?!.,;:()"“”…')


def without_lead(words: Words, dropped: frozenset[str] = FILLERS) -> Words:
    """The words from the first one that is not to be dropped."""
    start = next((at for at, word in enumerate(words) if bare(word) not in dropped), len(words))
    return words[start:]


def without_ends(words: Words, front: frozenset[str], back: frozenset[str]) -> Words:
    """The words without those to be dropped at their front and at their back."""
    kept = tuple(reversed(without_lead(tuple(reversed(words)), back)))
    return without_lead(kept, front)


def tokens(words: Words) -> Iterator[str]:
    """Words with the commas in them as words of their own: they stand between names."""
    for word in words:
        if " " in word:  # held together by quotes
            yield word
        else:
            yield from filter(None, re.split("(,)", word))


def parts_between(words: Words) -> Iterator[str]:
    """What stands between the words that part names, fillers at its front left away; else each word."""
    if not are_parted(words):
        yield from (word for word in words if bare(word) not in FILLERS)
        return
    part: list[str] = []
    for word in (*tokens(words), ","):
        if bare(word) not in BETWEEN:
            part.append(word)
        elif kept := without_lead(tuple(part)):
            yield " ".join(kept)
            part = []
        else:
            part = []
