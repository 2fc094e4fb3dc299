"""A reply as Discord messages: pure, complete over every block, within every limit.

Content and embeds, not Components V2: only content reaches notifications, a message of the second kind can
never be put in plain words again when Discord refuses its layout, and an embed's footer carries the mark by
which a post is found. The finding is the content; what follows stands in the boxes, small print in subtext.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, assert_never

from bot.reply import (
    Actions,
    Block,
    Chart,
    Divider,
    Facts,
    Heading,
    Note,
    Reply,
    Spans,
    Table,
    Text,
    marked,
    plain_text,
)
from bot.surfaces.discord import limits
from bot.surfaces.discord.boxes import Box, Boxes, Embed
from bot.surfaces.discord.buttons import Component, rows
from bot.surfaces.discord.spans import bold, markdown, words
from bot.surfaces.discord.tables import table_lines
from bot.surfaces.discord.wording import escaped, literal, pieces
from bot.surfaces.foreign import clean, cut

CHART_MISSING = "The chart could not be shown; its words stand in for it."
_UNTITLED = "KPI"
_COLOURS = {"green": 0x2E7D32, "yellow": 0xF9A825, "red": 0xC62828}
"""Beside a word and a shape that say the same."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart that a message shows: which of the reply's, under which name, in which words."""

    number: int
    name: str
    alt: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `rows` are its buttons; `pictures` have to be attached under their names.

    `bare` is its content where they cannot be; else its content is the same with and without them.
    """

    content: str
    embeds: tuple[Embed, ...] = ()
    rows: tuple[Component, ...] = ()
    pictures: tuple[Picture, ...] = ()
    bare: str = ""

    def payload(self) -> dict[str, Any]:
        """As Discord is sent it, but for the bytes of the pictures."""
        attachments = [
            {"id": place, "filename": one.name, "description": one.alt}
            for place, one in enumerate(self.pictures)
        ]
        return {
            "content": self.content,
            "embeds": list(self.embeds),
            "components": list(self.rows),
            "attachments": attachments,
        }


def render(reply: Reply, drawn: Sequence[bool] = ()) -> list[Message]:
    """The messages of `reply`, without its thread. `drawn`: whether each chart has a picture."""
    finding, blocks = _finding(reply)
    rendering = _Rendering(drawn)
    for block in blocks:
        rendering.block(block)
    parts = rendering.boxes.packed()
    colour = _COLOURS.get(str(reply.data.get("zone", "")))
    messages = [
        _message(part, rendering.charts, _content(finding, number, len(parts)), colour)
        for number, part in enumerate(parts, start=1)
    ]
    buttons = tuple(rows([block for block in reply.blocks if isinstance(block, Actions)]))
    return [*messages[:-1], replace(messages[-1], rows=buttons)]


def _finding(reply: Reply) -> tuple[str, Sequence[Block]]:
    """The content, and the blocks that are left: a first line that says no more is not said twice."""
    sentence = " ".join(clean(reply.text).split()) or _UNTITLED
    said = _first_words(reply.blocks[0]) if reply.blocks else ""
    match reply.blocks:
        case (Table(caption=caption) as table, *more) if " ".join(caption.split()) == sentence:
            return _shown(sentence), (replace(table, caption=""), *more)
    if not said or said.rstrip(".") not in sentence.replace("`", ""):
        return _shown(sentence), reply.blocks
    others = " ".join(map(_first_words, reply.blocks[1:]))
    rest = sentence.replace("`", "").removeprefix(said).strip(" .")
    # What the sentence says beyond its first line may stand below as well: then the line is enough.
    return f"**{_shown(said if rest in others else sentence)}**", reply.blocks[1:]


def _shown(sentence: str) -> str:
    return markdown(marked(cut(sentence, limits.CONTENT // 4)))


def _first_words(block: Block) -> str:
    match block:
        case Heading(text):
            return " ".join(clean(text).split())
        case Text(parts) | Note(parts):
            return " ".join(clean(plain_text(parts)).split())
        case _:
            return ""


def _content(finding: str, number: int, count: int) -> str:
    return finding if number == 1 else f"{finding}\n-# part {number} of {count}"


def _message(part: Sequence[Box], charts: Sequence[Picture], content: str, colour: int | None) -> Message:
    pictures = [charts[box.picture] for box in part if box.picture is not None]
    embeds = tuple(
        {
            **box.embed(charts[box.picture].name if box.picture is not None else ""),
            **({} if colour is None else {"color": colour}),
        }
        for box in part
    )
    return Message(content, embeds, pictures=tuple(pictures))


class _Rendering:
    """One rendering: the boxes so far, and the pictures in them."""

    def __init__(self, drawn: Sequence[bool]) -> None:
        self._drawn = iter(drawn)
        self._count = 0
        self.boxes = Boxes()
        self.charts: list[Picture] = []

    def block(self, block: Block) -> None:  # noqa: C901 - one case a block, no logic
        match block:
            case Heading(text):
                self._heading(text)
            case Text(parts):
                self.boxes.say(markdown(parts))
            case Facts(pairs):
                self._facts(pairs)
            case Table():
                for line in table_lines(block):
                    self.boxes.say(line)
            case Chart():
                self._chart(block)
            case Note(parts):
                self.boxes.whisper(markdown(parts), words(parts))
            case Divider():
                self.boxes.part()
            case Actions():
                pass  # at the foot of the last message, where Discord has its buttons
            case _:
                assert_never(block)

    def _heading(self, text: str) -> None:
        if said := " ".join(text.split()):
            lead = "\n" if self.boxes.all[-1].words else ""  # a line apart from what is above
            self.boxes.say(lead + bold(cut(said, limits.TITLE)))

    def _facts(self, pairs: tuple[tuple[str, Spans], ...]) -> None:
        for label, value in pairs:
            shown = markdown(value)
            if len(shown) > limits.FIELD_VALUE:
                shown = escaped(plain_text(value), limits.FIELD_VALUE)
            name = escaped(" ".join(label.split()), limits.FIELD_NAME)
            if name or shown.strip():
                self.boxes.tell(name or "–", shown.strip() or "–")

    def _chart(self, chart: Chart) -> None:
        number, self._count = self._count, self._count + 1
        alt = literal(chart.alt, limits.ALT_TEXT)
        if next(self._drawn, False):
            self.boxes.show(len(self.charts))
            self.charts.append(Picture(number, _filename(chart.filename, number), alt))
        else:
            self.boxes.say(escaped(chart.alt))
            self.boxes.whisper(CHART_MISSING, CHART_MISSING)


def _filename(name: str, number: int) -> str:
    """A name that Discord keeps as it is: it renames others, and the embed would show nothing."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", PurePath(name).stem).strip("-") or "chart"
    return f"{stem[:60]}-{number + 1}.png"


def without_pictures(message: Message) -> Message:
    """The same message with each picture replaced by its words."""
    alts = {f"attachment://{one.name}": one.alt for one in message.pictures}
    embeds = []
    for embed in message.embeds:
        alt = alts.get(embed.get("image", {}).get("url", ""))
        kept = {key: value for key, value in embed.items() if key != "image"}
        if alt is not None:
            room = limits.DESCRIPTION - len(kept.get("description", "")) - len(CHART_MISSING) - 6
            said = f"{escaped(alt, max(0, min(room, limits.ALT_TEXT)))}\n-# {CHART_MISSING}"
            kept["description"] = "\n".join(filter(None, (kept.get("description", ""), said)))
        embeds.append(kept)
    return replace(message, content=message.bare or message.content, embeds=tuple(embeds), pictures=())


def in_words(message: Message) -> Message:
    """The same message as content alone, cut where it is too long: what is sent instead of silence."""
    bare = without_pictures(message)
    told = [bare.content, *(line for embed in bare.embeds for line in _lines(embed))]
    whole = "\n".join(told)
    room = limits.CONTENT - limits.MARK_ROOM - 2
    if len(whole) > room:
        whole = pieces(whole, room)[0].rstrip() + " …"
    return Message(whole)


def _lines(embed: Embed) -> list[str]:
    fields = [f"{one['name']}: {one['value']}" for one in embed.get("fields", ())]
    footer = embed.get("footer", {}).get("text", "")
    found = [embed.get("description", ""), *fields, f"-# {escaped(footer)}" if footer else ""]
    return [line for line in found if line]
