"""What happened to a product or was done for it, as a source tells of it: a release, an outage, a campaign.

No number hangs on a happening: one that cannot be read is left out, and the rest of the answer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from collectors.faults import UnexpectedResponse

HappeningKind = Literal["release", "deployment", "incident", "campaign"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One of them, in the vendor's words. `reference` is the vendor's own id: by it one is kept once."""

    kind: HappeningKind
    at: datetime
    text: str
    reference: str
    url: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"a happening needs an aware time, not {self.at.isoformat()}")
        if not self.reference:
            raise ValueError("a happening needs the vendor's own id of it")


def happenings(
    found: Iterable[Mapping[str, Any]], tell: Callable[[Mapping[str, Any]], Happening | None]
) -> tuple[Happening, ...]:
    """What `tell` makes of each object; those that it makes nothing of, or cannot read, are left out."""
    return tuple(told for one in found if (told := _told(one, tell)) is not None)


def _told(one: Mapping[str, Any], tell: Callable[[Mapping[str, Any]], Happening | None]) -> Happening | None:
    try:
        return tell(one)
    except UnexpectedResponse:
        return None


def optional(payload: Mapping[str, Any], name: str) -> str:
    """A text that a vendor may leave out; empty without it."""
    found = payload.get(name)
    return found.strip() if isinstance(found, str) else ""
