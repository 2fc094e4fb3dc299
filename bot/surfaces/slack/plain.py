"""A rendered message in words only: what is sent when Slack refuses the layout, instead of silence."""

from __future__ import annotations

import re

from bot.surfaces.slack import limits
from bot.surfaces.slack.render import CHART_MISSING, Message, SlackBlock, content_size
from bot.surfaces.slack.wording import literal, pieces

_LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")
_CHANNEL = re.compile(r"<(#[^|>]+)>")
_MOMENT = re.compile(r"<!date\^[^|>]+\|([^>]*)>")


def plain_message(message: Message) -> Message:
    """The same message as plain text, with its buttons."""
    words = "\n".join(filter(None, map(_words, message["blocks"]))) or _unmarked(message["text"])
    buttons = [block for block in message["blocks"] if block["type"] == "actions"]
    sections = [
        {"type": "section", "text": {"type": "plain_text", "text": part, "emoji": False}}
        for part in pieces(literal(words, limits.CONTENT - content_size(buttons)), limits.SECTION)
    ]
    return {**message, "blocks": [*sections, *buttons]}


def without_images(message: Message) -> Message:
    """The same message with each picture replaced by its words."""
    blocks = [
        {
            "type": "section",
            "text": {"type": "plain_text", "text": literal(_words(block), limits.SECTION), "emoji": False},
        }
        if block["type"] == "image"
        else block
        for block in message["blocks"]
    ]
    return {**message, "blocks": blocks}


def has_images(message: Message) -> bool:
    return any(block["type"] == "image" for block in message["blocks"])


def _words(block: SlackBlock) -> str:
    match block["type"]:
        case "rich_text":
            return "\n".join("".join(map(_element, section["elements"])) for section in block["elements"])
        case "table":
            return "\n".join(" · ".join(cell["text"] for cell in row) for row in block["rows"])
        case "image":
            return f"{block['alt_text']}\n{CHART_MISSING}"
        case "section":
            return "\n".join(_unmarked(field["text"]) for field in block["fields"])
        case "context":
            return "\n".join(map(_text, block["elements"]))
        case "header":
            return str(block["text"]["text"])
        case _:
            return ""


def _text(element: SlackBlock) -> str:
    words = str(element["text"])
    return _unmarked(words) if element["type"] == "mrkdwn" else words


def _element(element: SlackBlock) -> str:
    if element["type"] == "user":
        return "@" + str(element["user_id"])
    if element["type"] == "channel":
        return "#" + str(element["channel_id"])
    return str(element["fallback"] if element["type"] == "date" else element["text"])


def _unmarked(mrkdwn: str) -> str:
    words = _LINK.sub(r"\2 (\1)", _MOMENT.sub(r"\1", _CHANNEL.sub(r"\1", mrkdwn)))
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
