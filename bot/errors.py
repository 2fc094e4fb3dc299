"""Faults that a person can mend."""

from __future__ import annotations


class UserError(Exception):
    """An expected fault, told to whoever asked: what is wrong, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


def shortened(text: str, most: int = 60) -> str:
    """What somebody typed, as a fault repeats it: cut with a visible mark."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
