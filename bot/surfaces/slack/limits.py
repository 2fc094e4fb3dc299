"""Slack's limits, each with its source. Where sources differ the smaller value stands.

Block Kit: https://docs.slack.dev/reference/block-kit/blocks and slack_sdk.models.blocks.
"""

from __future__ import annotations

from slack_sdk.models.blocks import (
    ButtonElement,
    HeaderBlock,
    ImageBlock,
    Option,
    OverflowMenuElement,
    SectionBlock,
)

BLOCKS = 50
"""Blocks in one message."""
CONTENT = 12_000
"""Characters in all blocks of one message: Slack refuses near 13,200 (slackapi/bolt-js issue 2509)."""
NOTIFICATION = 4_000
"""The message's `text`: https://docs.slack.dev/reference/methods/chat.postMessage"""
HEADER: int = HeaderBlock.text_max_length
SECTION = 3_000
FIELDS: int = SectionBlock.fields_max_length
FIELD = 2_000
CONTEXT = 2_000
BUTTONS = 25
BUTTON_LABEL: int = ButtonElement.text_max_length
BUTTON_VALUE: int = ButtonElement.value_max_length
OPTIONS: int = OverflowMenuElement.options_max_length
OPTION_LABEL: int = Option.label_max_length
OPTION_VALUE: int = Option.value_max_length
LINK = 3_000
LINK_TEXT = 300
IMAGE_ALT: int = ImageBlock.alt_text_max_length
IMAGE_TITLE: int = ImageBlock.title_max_length

TABLE_ROWS = 100
TABLE_COLUMNS_READABLE = 4
"""More columns than these do not fit a phone, though Slack takes 20."""
TABLE_CONTENT = 10_000
TABLE_CELL = 300

CHARTS = 2
"""Slack's own charts in one message; undocumented (vercel/chat issue 696)."""
CHART_TITLE = 50
CHART_POINTS = 20
CHART_SERIES = 6
CHART_NAME = 20
"""Names of series and of points: docs.slack.dev/reference/block-kit/blocks/data-visualization-block"""
CHART_AXIS = 50

VIEW_BLOCKS = 100
"""Blocks in a modal or in App Home."""

RESPONSES = 5
"""Posts through one `response_url`, within 30 minutes."""
SIGNATURE_SECONDS = 300
"""Age after which a signed request is refused."""
BODY_BYTES = 1_000_000
"""Slack's payloads are a few kilobytes; more is not from Slack."""
FILE_TITLE = 255
HISTORY_PAGE = 15
"""The page size that apps outside the Marketplace are held to (changelog, 2025-05-29)."""
