"""Documents as messages of a post's thread: each is a part of the post, found again by its mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.reply import Document, Reply
from bot.surfaces.attaching import Unattached, file_name, unattached, written
from bot.surfaces.base import Draw
from bot.surfaces.discord import limits
from bot.surfaces.discord.render import Message, Picture
from bot.surfaces.discord.wording import escaped, literal


@dataclass(frozen=True, slots=True)
class Attached:
    """A document as a message with its file, or in words why there is none: then `note` says it too."""

    message: Message
    content: bytes | None = None
    note: str = ""


def documents(reply: Reply) -> Sequence[Document]:
    """Those of a reply and its thread, in order."""
    return [one for part in (reply, *reply.thread) for one in part.documents]


async def attached(document: Document, draw: Draw) -> Attached:
    """The message that holds a document. A document that cannot be written is a message that says so."""
    name = file_name(document)
    try:
        content = await written(document, draw, limits.ATTACHMENT_BYTES)
    except Unattached as fault:
        words = unattached(name, str(fault))
        return Attached(Message(escaped(words, limits.CONTENT // 2)), note=words)
    title = " ".join(document.title.split())
    told = [f"**{escaped(title, limits.TITLE)}**"] if title else []
    said = [*told, *([escaped(document.alt, limits.ALT_TEXT)] if document.alt else [])]
    file = Picture(0, name, literal(document.alt or title or name, limits.ALT_TEXT))
    bare = escaped(unattached(name, "Discord refused the file."), limits.CONTENT // 2)
    return Attached(Message("\n".join(said) or escaped(name), pictures=(file,), bare=bare), content)
