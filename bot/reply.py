"""The neutral message: what the bot says, before any surface decides how it looks.

Blocks are a closed union and inline text is spans, so that each surface renders with one `match`
that mypy checks for completeness, and no platform's markup leaks into another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Plain:
    text: str


@dataclass(frozen=True, slots=True)
class Bold:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person of the workspace. Surfaces that know the id mention them; others print the name."""

    name: str
    ids: Mapping[str, str] = field(default_factory=dict)  # surface → user id


@dataclass(frozen=True, slots=True)
class Place:
    """A channel. Its own surface shows it by name, as a link; others name the surface and the id."""

    surface: str  # "slack", "discord"
    channel: str  # the surface's id

    @property
    def text(self) -> str:
        """As kpi.yaml writes it: "slack:C0123"."""
        return f"{self.surface}:{self.channel}"


@dataclass(frozen=True, slots=True)
class Time:
    """An instant shown in the workspace's zone; a surface may add the reader's own time."""

    at: datetime
    text: str


Span = Plain | Bold | Code | Link | Mention | Place | Time
Spans = tuple[Span, ...]


class Drawing(Protocol):
    """A picture described by plain data: picklable, so that it can be drawn in another process."""

    def png(self) -> bytes:
        """Draw the picture; slow, so never on an event loop."""


class Writing(Protocol):
    """A document described by plain data: picklable, so that it can be written in another process."""

    def write(self) -> bytes:
        """Write the file; slow, so never on an event loop."""


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph or line."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value pairs, side by side where there is room."""

    pairs: tuple[tuple[str, Spans], ...]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()  # right-aligned columns, by index
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with the words that stand in for it: `alt` says the finding with its numbers."""

    title: str
    alt: str
    drawing: Drawing
    filename: str = "chart.png"


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: sources, ages, definitions."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Divider:
    pass


@dataclass(frozen=True, slots=True)
class Action:
    """A button. Pressing it asks `ask` as if the reader had typed it; `share` posts the answer for all.

    With `form`, a name of `bot.forms.FORMS`, it opens that form instead, and `ask` is the KPI it begins with.
    """

    label: str
    ask: str
    primary: bool = False
    share: bool = False
    form: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """Buttons in a row; `more` are those that few need, in a menu where the surface has one."""

    actions: tuple[Action, ...]
    more: tuple[Action, ...] = ()


Block = Heading | Text | Facts | Table | Chart | Note | Divider | Actions


@dataclass(frozen=True, slots=True)
class Document:
    """A file that goes along with a message, into its thread: a deck, a PDF, a table as CSV."""

    title: str
    alt: str  # what is in it, in a sentence, for those who will not open it
    content: Writing
    filename: str


class Visibility(StrEnum):
    PRIVATE = "private"  # only the one who asked sees it
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Reply:
    """One message. `text` is a full sentence for notifications and screen readers; `thread` follows it.

    `follow` is what to ask next without being asked: the picture that belongs to these words, from the same
    snapshot. It is asked for when the words stand, so that they never wait for a picture.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    thread: tuple[Reply, ...] = ()
    visibility: Visibility = Visibility.PRIVATE
    data: Mapping[str, Any] = field(default_factory=dict)  # the numbers behind the words
    follow: str = ""
    documents: tuple[Document, ...] = ()

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Chart))

    def noted(self, text: str) -> Reply:
        """These words with one more line of small print, before the buttons."""
        end = len(self.blocks)
        while end and isinstance(self.blocks[end - 1], Actions):
            end -= 1
        return replace(self, blocks=(*self.blocks[:end], Note(marked(text)), *self.blocks[end:]))

    def joined(self, more: Reply) -> Reply:
        """These words with what followed them: its charts before the small print, or why there is none."""
        charts: tuple[Block, ...] = more.charts
        if "error" in more.data:
            charts = (note(f"No chart: {more.text}"),)
        end = len(self.blocks)
        while end and isinstance(self.blocks[end - 1], Note | Actions):
            end -= 1
        return replace(self, blocks=(*self.blocks[:end], *charts, *self.blocks[end:]), follow="")


def spans(*parts: str | Span) -> Spans:
    """Spans from strings and spans, strings becoming `Plain`."""
    return tuple(Plain(part) if isinstance(part, str) else part for part in parts)


_QUOTED = re.compile(r"`([^`\n]+)`")


def marked(text: str) -> Spans:
    """Spans from a sentence in which `…` stands around what can be typed."""
    parts: list[Span] = []
    for index, piece in enumerate(_QUOTED.split(text)):  # every other piece stood between marks
        if piece:
            parts.append(Code(piece) if index % 2 else Plain(piece))
    return tuple(parts)


def line(*parts: str | Span) -> Text:
    """A line of text."""
    return Text(spans(*parts))


def note(*parts: str | Span) -> Note:
    """A line of small print."""
    return Note(spans(*parts))


def for_one(reply: Reply) -> Reply:
    """The reply where nobody else reads along: without the buttons that would share it."""
    blocks = (_unshared(block) if isinstance(block, Actions) else block for block in reply.blocks)
    kept = tuple(block for block in blocks if not isinstance(block, Actions) or block.actions or block.more)
    return replace(reply, blocks=kept)


def _unshared(block: Actions) -> Actions:
    actions, more = (tuple(one for one in found if not one.share) for found in (block.actions, block.more))
    return Actions(actions, more)


def spoken(reply: Reply) -> str:
    """All lines of text of a reply, without its tables and pictures."""
    found = [plain_text(block.spans) for block in reply.blocks if isinstance(block, Text | Note)]
    return "\n".join((reply.text, *found))


def plain_text(parts: Spans) -> str:
    """What the spans say, without any form."""
    return "".join(part.name if isinstance(part, Mention) else part.text for part in parts)
