"""What an examination finds: one line a thing, fine or not, with the exact way to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How bad a finding is; only `WRONG` makes the doctor fail."""

    FINE = "ok"
    NOTICE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `fix` is what to type or where to click, empty where nothing is wrong."""

    subject: str  # "slack", "github", "daily/slack:C0123"
    said: str
    fix: str = ""
    health: Health = Health.FINE


def fine(subject: str, said: str) -> Finding:
    return Finding(subject, said)


def notice(subject: str, said: str, fix: str = "") -> Finding:
    return Finding(subject, said, fix, Health.NOTICE)


def wrong(subject: str, said: str, fix: str) -> Finding:
    return Finding(subject, said, fix, Health.WRONG)
