"""A unified diff laid on the text it was made of, as `patch` does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import UserError

_HUNK = re.compile(r"@@ -(?P<start>\d+)(?:,(?P<count>\d+))? \+\d+(?:,\d+)? @@")
_MOST_OFF = 200
"""So many lines off its stated place a hunk is looked for, as a file changes above it."""


@dataclass(frozen=True, slots=True)
class _Hunk:
    """What stands there, what is to stand there, and where: the first line is 0."""

    start: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def is_diff(text: str) -> bool:
    """Whether a text is a unified diff."""
    return text.startswith(("--- ", "diff ")) and "\n@@ -" in text


def patched(text: str, diff: str, name: str) -> str:
    """`text` with `diff` applied. Raises `UserError`, which calls the diff `name`, where it does not fit."""
    lines = text.splitlines(keepends=True)
    moved = 0
    for hunk in _hunks(diff, name):
        place = _place(lines, hunk, hunk.start + moved)
        if place is None:
            raise UserError(
                f"{name} does not fit: what it changes at line {hunk.start + 1} reads otherwise.",
                "Make it anew of the file as it is.",
            )
        lines[place : place + len(hunk.before)] = _ended(hunk.after)
        moved = place - hunk.start + len(hunk.after) - len(hunk.before)
    return "".join(lines)


def _place(lines: Sequence[str], hunk: _Hunk, start: int) -> int | None:
    """Where the lines of a hunk stand, as near as possible to where they should."""
    bare = [one.rstrip("\r\n") for one in lines]
    for off in range(_MOST_OFF):
        for place in {start - off, start + off}:
            if place >= 0 and tuple(bare[place : place + len(hunk.before)]) == hunk.before:
                return place
    return None


def _ended(lines: Sequence[str]) -> list[str]:
    return [f"{one}\n" for one in lines]


def _hunks(diff: str, name: str) -> Iterator[_Hunk]:
    """Raises `UserError` where there is none, or where it is of several files."""
    lines = diff.splitlines()
    if sum(one.startswith("+++ ") for one in lines) > 1:
        raise UserError(f"{name} changes several files.", "Give a patch of kpi.yaml alone.")
    found = [place for place, one in enumerate(lines) if _HUNK.match(one)]
    if not found:
        raise UserError(f"{name} is no patch: it has no hunk.", "Make it with `git diff` or `diff -u`.")
    for place, end in zip(found, [*found[1:], len(lines)], strict=True):
        match = _HUNK.match(lines[place])
        assert match is not None  # it was found by it
        own = [one for one in lines[place + 1 : end] if one[:1] in (" ", "+", "-", "")]
        before = tuple(one[1:] for one in own if one[:1] in (" ", "-", ""))
        after = tuple(one[1:] for one in own if one[:1] in (" ", "+", ""))
        start = int(match["start"]) - (match["count"] != "0")
        yield _Hunk(start, before, after)
