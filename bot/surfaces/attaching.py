"""Documents on their way into a thread of any platform: written, measured and named, or why they are not."""

from __future__ import annotations

import logging
import re
from pathlib import PurePath

from bot.charts.studio import ChartFailed
from bot.reply import Document
from bot.surfaces.base import Draw
from bot.surfaces.foreign import clean

log = logging.getLogger(__name__)

_KINDS = {".pdf": "PDF", ".pptx": "deck", ".csv": "table"}
_STEM = 80


class Unattached(Exception):
    """A document cannot be attached, now or later; the message is the reason, in words."""


async def written(document: Document, draw: Draw, most: int) -> bytes:
    """The file of a document, of `most` bytes. Raises `Unattached`."""
    try:
        content = await draw(document.content)
    except ChartFailed as fault:
        log.warning("writing failed document=%r fault=%s", document.filename, fault)
        raise Unattached(f"{fault.reason}.") from fault
    except Exception as fault:
        # Writing runs foreign code over foreign data: whatever it raises, the words still stand.
        log.exception("writing failed document=%r", document.filename)
        raise Unattached(f"it could not be written ({type(fault).__name__}).") from fault
    if len(content) > most:
        raise Unattached(f"it has {len(content) / 1e6:.1f} MB, and {most / 1e6:.1f} MB are the most.")
    return content


def unattached(name: str, reason: str) -> str:
    """What is said in the place of a document that cannot be attached."""
    kind = _KINDS.get(PurePath(name).suffix.lower(), "document")
    return f"The {kind} could not be attached: {reason}"


def file_name(document: Document) -> str:
    """A name that platforms and file systems keep as it is."""
    name = re.sub(r"[^\w.-]+", "-", clean(document.filename)).strip(".-")
    path = PurePath(name or "document")
    return path.stem[:_STEM] + path.suffix
