"""Inputs for hypothesis: real texts, real texts with a change, pieces of the language, and noise."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz import corpus
from tests.fuzz.spelling import GLUED

_HEADS = {"quantity": 2, "measure": 2}
"""How many bytes stand before the text: the unit, the zone, the moment."""
_NUMBER = st.integers(0, 65_535).map(lambda number: number.to_bytes(2, "little"))


def inputs(target: str) -> st.SearchStrategy[bytes]:
    """Inputs of `target`."""
    size = _HEADS.get(target, 0)
    head = st.binary(min_size=size, max_size=size)
    real = st.sampled_from(corpus.seeds(target))
    glued = st.lists(_NUMBER, max_size=24).map(lambda pieces: GLUED + b"".join(pieces))
    return st.one_of(real, changed(real), st.builds(bytes.__add__, head, glued), st.binary(max_size=80))


def changed(real: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A real input in which a few bytes are gone or others."""

    def change(data: bytes, place: int, gone: int, new: bytes) -> bytes:
        at = place % (len(data) + 1)
        return data[:at] + new + data[at + gone :]

    return st.builds(change, real, st.integers(0, 4000), st.integers(0, 6), st.binary(max_size=6))
