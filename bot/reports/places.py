"""How a channel is written: on its own surface as a link that bears its name, elsewhere by surface and id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.reply import Place, Plain, Span, Spans

DIRECT = "@"
"""What the channel of direct messages begins with: whose they are is nobody else's business."""

_NAMES = {"slack": "Slack", "discord": "Discord", "playground": "Playground"}


@dataclass(frozen=True, slots=True)
class Places:
    """How channels are written to one reader."""

    surface: str  # where they read
    ledger: str  # what the ledger calls it, which the playground tells apart from Slack

    def span(self, surface: str, channel: str) -> Span:
        """A channel, or all direct messages of a surface."""
        is_own = surface in (self.ledger, self.surface)
        if channel.startswith(DIRECT):
            return Plain("direct messages" if is_own else f"{_NAMES.get(surface, surface)} direct messages")
        return Place(self.surface if is_own else surface, channel)

    def leading(self, surface: str, channel: str) -> Span:
        """The same where a line begins with it."""
        found = self.span(surface, channel)
        return Plain(found.text[:1].upper() + found.text[1:]) if isinstance(found, Plain) else found

    def spans(self, where: Iterable[tuple[str, str]]) -> Spans:
        """Several channels, with a comma between them."""
        found: list[Span] = []
        for surface, channel in where:
            found += [Plain(", ")] if found else []
            found.append(self.span(surface, channel))
        return tuple(found)
