"""The blocks that the stand-in takes, with Slack's limits.

Limits: docs.slack.dev/reference/block-kit. Shapes: the types published as `@slack/types`. Blocks that
Slack knows and the bot never sends (cards, containers) are refused by name.
"""

from __future__ import annotations

from typing import Any

from bot.playground.chart_blocks import CHART
from bot.playground.shapes import Findings, Shape, array, boolean, both, choice, number, record, string, typed

BLOCK_ID = string(1, 255)
URL = string(1, 3000)


def plain(most: int) -> Shape:
    """A `plain_text` object."""
    return typed(
        {"plain_text": record({"type": choice("plain_text"), "text": string(1, most)}, {"emoji": boolean})}
    )


def any_text(most: int) -> Shape:
    """A `plain_text` or `mrkdwn` object."""
    texts: dict[str, Shape] = {
        "plain_text": plain(most),
        "mrkdwn": record({"type": choice("mrkdwn"), "text": string(1, most)}, {"verbatim": boolean}),
    }
    return typed(texts)


def _shows_one_file(value: Any, at: str, found: Findings) -> None:
    """An image names exactly one source, and a Slack file by exactly one of its names."""
    if not isinstance(value, dict):
        return
    if ("image_url" in value) == ("slack_file" in value):
        found.add("must define either `image_url` or `slack_file`", at)
    file = value.get("slack_file")
    if isinstance(file, dict):
        if ("id" in file) == ("url" in file):
            found.add("must define either `id` or `url`", f"{at}/slack_file")
        else:
            found.files.append((f"{at}/slack_file", file))


def _has_text_or_fields(value: Any, at: str, found: Findings) -> None:
    if isinstance(value, dict) and not ("text" in value or "fields" in value):
        found.add("must define either `text` or `fields`", at)


def _has_own_actions(value: Any, at: str, found: Findings) -> None:
    """An `action_id` is unique inside its block."""
    elements = value.get("elements") if isinstance(value, dict) else None
    seen: set[Any] = set()
    for position, element in enumerate(elements if isinstance(elements, list) else []):
        action = element.get("action_id") if isinstance(element, dict) else None
        if action is not None and action in seen:
            found.add(f'action_id "{action}" already exists', f"{at}/elements/{position}/action_id")
        seen.add(action)


SLACK_FILE = record({}, {"id": string(1, 255), "url": URL})
PICTURE = {"type": choice("image"), "alt_text": string(1, 2000)}
PICTURE_SOURCE = {"image_url": URL, "slack_file": SLACK_FILE}
IMAGE_ELEMENT = both(record(PICTURE, PICTURE_SOURCE), _shows_one_file)

CONFIRM = record(
    {"text": any_text(300)},
    {"title": plain(100), "confirm": plain(30), "deny": plain(30), "style": choice("primary", "danger")},
)
BUTTON = record(
    {"type": choice("button"), "text": plain(75)},
    {
        "action_id": BLOCK_ID,
        "value": string(0, 2000),
        "url": URL,
        "style": choice("primary", "danger"),
        "accessibility_label": string(1, 75),
        "confirm": CONFIRM,
    },
)
OPTION = record({"text": any_text(75), "value": string(1, 150)}, {"description": plain(75), "url": URL})
OVERFLOW = record(
    {"type": choice("overflow"), "options": array(OPTION, 1, 5)}, {"action_id": BLOCK_ID, "confirm": CONFIRM}
)
SELECT = record(
    {"type": choice("static_select"), "options": array(OPTION, 1, 100)},
    {
        "action_id": BLOCK_ID,
        "placeholder": plain(150),
        "initial_option": OPTION,
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    },
)
ACTIVE: dict[str, Shape] = {"button": BUTTON, "overflow": OVERFLOW, "static_select": SELECT}

STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
WORD = string(1, 3000)
INLINE: dict[str, Shape] = {
    "text": record({"type": choice("text"), "text": WORD}, {"style": STYLE}),
    "link": record(
        {"type": choice("link"), "url": URL}, {"text": string(0, 3000), "style": STYLE, "unsafe": boolean}
    ),
    "emoji": record({"type": choice("emoji"), "name": WORD}, {"unicode": WORD, "style": STYLE, "url": URL}),
    "user": record({"type": choice("user"), "user_id": WORD}, {"style": STYLE}),
    "channel": record({"type": choice("channel"), "channel_id": WORD}, {"style": STYLE}),
    "broadcast": record(
        {"type": choice("broadcast"), "range": choice("here", "channel", "everyone")}, {"style": STYLE}
    ),
    "date": record(
        {"type": choice("date"), "timestamp": number(0), "format": WORD},
        {"fallback": WORD, "url": URL, "style": STYLE},
    ),
}
INLINES = array(typed(INLINE), 0, 1000)
SECTION_OF_TEXT = record({"type": choice("rich_text_section"), "elements": INLINES})
BORDER = {"border": choice(0, 1)}
RICH: dict[str, Shape] = {
    "rich_text_section": SECTION_OF_TEXT,
    "rich_text_quote": record({"type": choice("rich_text_quote"), "elements": INLINES}, BORDER),
    "rich_text_preformatted": record({"type": choice("rich_text_preformatted"), "elements": INLINES}, BORDER),
    "rich_text_list": record(
        {
            "type": choice("rich_text_list"),
            "style": choice("bullet", "ordered"),
            "elements": array(typed({"rich_text_section": SECTION_OF_TEXT}), 1, 1000),
        },
        {"indent": number(0, 8), "offset": number(0), **BORDER},
    ),
}
RICH_TEXT = record(
    {"type": choice("rich_text"), "elements": array(typed(RICH), 1, 1000)}, {"block_id": BLOCK_ID}
)

RAW_TEXT = record({"type": choice("raw_text"), "text": string(1, 10_000)})
RAW_NUMBER = record({"type": choice("raw_number"), "value": number(), "text": string(1, 10_000)})
CELL = typed({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT})
COLUMN = record({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})


def _block(kind: str, required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    return record({"type": choice(kind), **required}, {"block_id": BLOCK_ID, **(optional or {})})


BLOCKS: dict[str, Shape] = {
    "header": _block("header", {"text": plain(150)}, {"level": choice(1, 2, 3, 4)}),
    "section": both(
        _block(
            "section",
            {},
            {
                "text": any_text(3000),
                "fields": array(any_text(2000), 1, 10),
                "accessory": typed({**ACTIVE, "image": IMAGE_ELEMENT}),
                "expand": boolean,
            },
        ),
        _has_text_or_fields,
    ),
    "context": _block(
        "context",
        {
            "elements": array(
                typed({"image": IMAGE_ELEMENT, "plain_text": plain(3000), "mrkdwn": any_text(3000)}), 1, 10
            )
        },
    ),
    "actions": both(_block("actions", {"elements": array(typed(ACTIVE), 1, 25)}), _has_own_actions),
    "divider": _block("divider", {}),
    "image": both(
        _block("image", {"alt_text": PICTURE["alt_text"]}, {"title": plain(2000), **PICTURE_SOURCE}),
        _shows_one_file,
    ),
    "rich_text": RICH_TEXT,
    "data_visualization": _block("data_visualization", {"title": string(1, 50), "chart": CHART}),
    "markdown": _block("markdown", {"text": string(1, 12_000)}),
    "table": _block(
        "table",
        {"rows": array(array(CELL, 1, 20), 1, 100)},
        {"column_settings": array(COLUMN, 0, 20)},
    ),
    "data_table": _block(
        "data_table",
        {"caption": string(1, 3000), "rows": array(array(CELL, 1, 20), 1, 101)},
        {"page_size": number(1, 100), "row_header_column_index": number(0, 19)},
    ),
}
BLOCK = typed(BLOCKS)
