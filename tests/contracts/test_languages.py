"""Every language says all that English says, with the same slots, and nothing that is no longer said.

`KPI_REFRESH_WORDS=1` brings the files up to the code: what is new stands there without a translation.
"""

from __future__ import annotations

import os

import pytest

from bot import languages
from tests.contracts.catalogue import Words, catalogue, identity, refresh, slots, words_said

OTHERS = [code for code in languages.known() if code != languages.ENGLISH]

if os.environ.get("KPI_REFRESH_WORDS"):
    for one in OTHERS:
        refresh(one)


def test_there_is_another_language_than_english() -> None:
    assert OTHERS


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
            asked = frozenset().union(*map(slots, originals))
            told = (one.string,) if isinstance(one.string, str) else one.string or ()
            if any(not slots(text) <= asked or not asked - {"count"} <= slots(text) for text in told):
                wrong.append(identity(one))
    assert not wrong


def _is_whole(translation: object) -> bool:
    return all(translation) if isinstance(translation, tuple | list) else bool(translation)
