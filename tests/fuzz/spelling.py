"""Bytes to text: as they are, or as numbers of pieces, so that a changed byte stays near a language."""

from __future__ import annotations

from collections.abc import Sequence

AS_IT_IS, GLUED = b"\x00", b"\x01"
"""The first byte says how the others are meant: even as text, odd as pieces of two bytes each."""


def spelled(data: bytes, pieces: Sequence[str]) -> str:
    """The text that `data` stands for. Bytes that are no UTF-8 become lone surrogates."""
    if not data:
        return ""
    if data[0] % 2 == 0:
        return data[1:].decode("utf-8", "surrogateescape")
    return "".join(pieces[number % len(pieces)] for number in numbers(data[1:]))


def written(text: str) -> bytes:
    """The bytes that `spelled` reads as `text`."""
    return AS_IT_IS + text.encode("utf-8", "surrogateescape")


def numbers(data: bytes) -> list[int]:
    """Two bytes each, the last one alone where they are odd."""
    return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]


def edited(data: bytes, text: str, pieces: Sequence[str]) -> str:
    """`text` after the edits that `data` stands for: lines go, come twice, move, or hold something else."""
    lines = text.splitlines()
    for at in range(0, len(data) - 3, 4):
        kind, line, place, piece = data[at : at + 4]
        if lines:
            _edit(
                lines, kind % 8, line % len(lines), place=place, piece=pieces[(piece + place) % len(pieces)]
            )
    return "\n".join(lines) + "\n"


def _edit(lines: list[str], kind: int, number: int, *, place: int, piece: str) -> None:
    line = lines[number]
    at = place % (len(line) + 1)
    key, colon, _ = line.partition(":")
    match kind:
        case 0:
            del lines[number]
        case 1:
            lines.insert(number, line)
        case 2:
            quoted = piece.replace("'", "''")
            lines[number] = f"{key}{colon} '{quoted}'"
        case 7:
            lines[number] = f"{key}{colon} {piece}"
        case 3:
            lines[number] = line[:at] + piece + line[at:]
        case 4:
            lines.insert(place % (len(lines) + 1), lines.pop(number))
        case 5:
            lines[number] = line[:at]
        case _:
            lines[number] = " " * (place % 8) + line.lstrip()
