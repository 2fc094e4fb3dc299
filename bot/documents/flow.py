"""Puts the pieces of a document on its sheets: where each one stands, and where a new sheet begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """What is never broken: a line, a row, a picture. Lengths are points.

    `draw` gets the distance of its upper edge from that of the sheet's text. `gap` is free above it, unless
    it is the first of its sheet. What `keeps` stands on the same sheet as the piece after it. `again` is
    repeated above it where it begins a sheet: the heading of its table. What `lies_under` is drawn before all
    words, which its empty margin would cover.
    """

    height: float
    draw: Callable[[float], None]
    gap: float = 0.0
    keeps: bool = False
    again: Piece | None = None
    lies_under: bool = False


Sheet = list[tuple[float, Piece]]
Group = Sequence[Piece]


def place(groups: Sequence[Group], room: float, *, apart: float = 0.0) -> tuple[list[Sheet], list[int]]:
    """The sheets, and for each group the index of the sheet it begins on.

    A group begins a sheet of its own where it does not fit what is left, `apart` below the one before.
    """
    sheets: list[Sheet] = [[]]
    starts: list[int] = []
    used = 0.0
    for group in groups:
        whole = sum(piece.height + piece.gap for piece in group)
        if sheets[-1] and used + apart + whole > room:
            sheets.append([])
        used = used + apart if sheets[-1] else 0.0
        starts.append(len(sheets) - 1)
        for chain in _chains(group):
            used = _set(sheets, chain, used, room)
    return sheets, starts


def _chains(group: Group) -> Iterator[list[Piece]]:
    """The pieces that must stand together."""
    chain: list[Piece] = []
    for piece in group:
        chain.append(piece)
        if not piece.keeps:
            yield chain
            chain = []
    if chain:
        yield chain


def _set(sheets: list[Sheet], chain: list[Piece], used: float, room: float) -> float:
    """Put a chain on the last sheet or on a new one; returns how much of that is used.

    A chain that is higher than a whole sheet breaks where it must.
    """
    whole = sum(piece.height + piece.gap for piece in chain)
    if sheets[-1] and used + whole > room:
        used = _begin(sheets, chain[0])
    for piece in chain:
        if sheets[-1] and used + piece.gap + piece.height > room:
            used = _begin(sheets, piece)
        used += piece.gap if sheets[-1] else 0.0
        sheets[-1].append((used, piece))
        used += piece.height
    return used


def _begin(sheets: list[Sheet], piece: Piece) -> float:
    """A new sheet for a piece, with what is repeated above it."""
    sheets.append([])
    if piece.again is None:
        return 0.0
    sheets[-1].append((0.0, piece.again))
    return piece.again.height
