"""Every language says all that English says, with the same slots, and nothing that is no longer said.

`KPI_REFRESH_WORDS=1` brings the files up to the code: what is new stands there without a translation.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import pytest

from bot import languages
from tests.contracts.catalogue import Words, catalogue, identity, refresh, slots, words_said

OTHERS = [code for code in languages.known() if code != languages.ENGLISH]

if os.environ.get("KPI_REFRESH_WORDS"):
    for one in OTHERS:
        refresh(one)


def test_there_is_another_language_than_english() -> None:
    assert OTHERS


def test_no_two_texts_share_the_entry_of_a_gettext_file() -> None:
    first = Counter(text if isinstance(text, str) else text[0] for text in words_said())
    assert not [text for text, count in first.items() if count > 1], "gettext goes by the singular alone"


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_translates_all_that_is_said(code: str) -> None:
    known = {identity(one) for one in catalogue(code) if one.id and _is_whole(one.string)}
    missing = {text: where for text, where in words_said().items() if text not in known}
    assert not missing, "KPI_REFRESH_WORDS=1 adds them to the file; translate them there"


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_nothing_that_is_no_longer_said(code: str) -> None:
    said = words_said()
    assert not [one.id for one in catalogue(code) if one.id and identity(one) not in said]


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_slots_of_its_text(code: str) -> None:
    wrong: list[Words] = []
    for one in catalogue(code):
        if one.id:
            originals = (one.id,) if isinstance(one.id, str) else one.id
            told = (one.string,) if isinstance(one.string, str) else one.string or ()
            if not _have_slots(told, originals):
                wrong.append(identity(one))
    assert not wrong


def _have_slots(told: Sequence[str], originals: Sequence[str]) -> bool:
    """Whether each form has what its English one has; a number may be a word: "one gap" or "1 gap"."""
    known = frozenset().union(*map(slots, originals))
    forms = [(text, originals[min(at, len(originals) - 1)]) for at, text in enumerate(told)]
    return all(slots(original) - {"count"} <= slots(text) <= known for text, original in forms)


def _is_whole(translation: object) -> bool:
    return all(translation) if isinstance(translation, tuple | list) else bool(translation)
