"""What every picture of a report says beside its own shapes."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

from bot import languages


@dataclass(frozen=True, slots=True)
class Framed:
    """The words around a picture. Its data follows `finding`; these are named."""

    title: str
    finding: str
    _: KW_ONLY
    period: str = ""  # "16 to 22 Nov"
    source: str = ""  # "github 13 h ago"
    notice: str = ""  # "sample data"
    dark: bool = False
    language: str = field(default_factory=languages.spoken)
