"""How a text sounds: between -1, furious, and 1, delighted. English alone; any other language is neutral.

The words are weighed by VADER's lexicon, made for short posts, with what software people mean by theirs: a
killed process is no bad news, and an outage is. It counts words and understands none: irony escapes it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

NEGATIVE = -0.3
"""A text is negative from here down: one plain complaint (`slow`, `a bug`) in a matter-of-fact text gives
-0.31 to -0.5. VADER's own bound of -0.05 is passed by any text that says `risk` somewhere."""

POSITIVE = 0.3
"""A text is positive from here up."""

_MOST_KEPT = 4096
"""Texts whose score is remembered: a few megabytes; each is asked for at every look at the rules."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MATTER_OF_FACT = _words(
    """
    abort alone argument arguments attack block blocked care conflict conflicts critical dirty drop dump
    error fatal fine free hard honestly interest kill killed killing kills like no number panic panics
    poison reject secure security share shared solution solutions stop stuck support supported supporting
    supports trust value values warning
    """
)
"""Words of the lexicon that tell no mood where software is spoken of. `no` only turns what follows it."""

_MOODS = {
    "abandonware": -2.0,
    "bloat": -1.6,
    "bloated": -1.8,
    "breach": -2.4,
    "breached": -2.4,
    "bug": -1.3,
    "buggy": -2.2,
    "bugs": -1.3,
    "corrupted": -2.0,
    "corrupts": -2.0,
    "crashed": -1.8,
    "crashes": -1.8,
    "crashing": -1.8,
    "downtime": -1.6,
    "flaky": -1.8,
    "garbage": -2.2,
    "joke": -1.5,
    "outage": -2.0,
    "outages": -2.0,
    "overpriced": -2.0,
    "ransomware": -2.0,
    "ripoff": -2.4,
    "slow": -1.4,
    "unreliable": -2.3,
    "unresponsive": -1.8,
    "unusable": -2.6,
    "vaporware": -2.0,
    "wiped": -1.6,
}
"""What the lexicon lacks or takes for fun, on its scale of -4 to 4."""

_CODE = re.compile(
    r"`[^`]*`|https?://\S+|[@#]\w+|\b\w+\(\)|\b\w*_\w+|(?<!\w)--?[a-z][\w-]*|\b[\w.]+/[\w./]+", re.IGNORECASE
)
_TERMS = re.compile(
    r"\b(?:attack surface|bug ?fix(?:es)?|bug bount(?:y|ies)|could(?: not|n't) be (?:better|happier)|"
    r"crash (?:course|reports?|reporting)|"
    r"dead[- ](?:code|letters?)|fail(?:ed|s)?[- ]?(?:over|safe|fast)|fixe[sd] (?:a |the |some |many )?bugs?|"
    r"garbage[- ]collect\w*|killer feature|leak detection|no problem|problem solving|"
    r"slow (?:quer(?:y|ies)|logs?|consumers?)|stress tests?|war stor(?:y|ies)|zombie process(?:es)?)\b",
    re.IGNORECASE,
)
"""Terms that hold a word of the lexicon and mean something else."""

_DOWN = re.compile(r"\b(?:are|been|goes|is|was|went|were) down\b(?! (?:by|from|to)\b)", re.IGNORECASE)
"""What people say of an outage without a word of the lexicon."""

_ENGLISH = _words(
    """
    the and is are was were be been being to of it it's its this that these those with for from not but
    my we our you your they their them have has had does did don't doesn't didn't can't won't isn't what
    which why how who when where there here by at an i i'm i've just after before about into than then
    would can could should will only still never again every some any out up down over all more most if
    or as so
    """
)
_OTHERS = _words(
    """
    der die das und ist nicht ein eine einen mit von zu zum zur auf für den dem sich auch wie wir ich es
    sind wird nach bei oder aber noch nur meine unsere sehr kann haben hat kein keine war heute wieder
    le la les des une est pas et dans pour que qui sur avec ce cette nous vous je mais sont au aux du
    mes très été depuis el los las y por para con como pero muy más está su se lo del al mi sin porque
    todo os um uma não com mas muito meu minha são foi il gli è non per ma che di sono della molto più
    questo de het een en niet van dat te voor met zijn maar ook mijn deze naar och att det är som på
    inte jag ett med för og ikke til nie się jest na że jak ale bardzo ve bir bu için çok değil ama yang
    dan ini itu dengan tidak untuk
    """
)
"""The commonest small words, by which a language is told. Some are English words too (`die`, `war`), which
the lexicon would take for a catastrophe."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@lru_cache(maxsize=_MOST_KEPT)
def score(text: str) -> float:
    """The mood of a text, -1 to 1; 0 where it has none, or is not in English."""
    words = _TERMS.sub(" ", _CODE.sub(" ", text))
    if not _is_english(words):
        return 0.0
    return float(_analyzer().polarity_scores(_DOWN.sub("has an outage", words))["compound"])


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    """Read when the first text is weighed: most commands never weigh one."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    made = SentimentIntensityAnalyzer()
    for word in _MATTER_OF_FACT:
        made.lexicon.pop(word, None)
    made.lexicon.update(_MOODS)
    return made


def _is_english(text: str) -> bool:
    """Whether the small words are English; a headline has none, and then its letters decide."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    english, others = (sum(word in known for word in words) for known in (_ENGLISH, _OTHERS))
    if english or others:
        return english > others
    return all(word.isascii() for word in words)
