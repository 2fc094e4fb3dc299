"""Discord's limits, each with its source. Where sources differ the smaller value stands.

Messages: https://docs.discord.com/developers/resources/message. Components: …/components/reference.
Commands: https://docs.discord.com/developers/interactions/application-commands.
"""

from __future__ import annotations

CONTENT = 2_000
EMBEDS = 10
EMBEDS_SIZE = 6_000
"""Characters over all embeds of one message: titles, descriptions, fields, footers and authors."""
TITLE = 256
DESCRIPTION = 4_096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1_024
FOOTER = 2_048
ALT_TEXT = 1_024
ATTACHMENT_BYTES = 10 * 1024 * 1024
ATTACHMENTS = 10
LINK = 2_000

ROWS = 5
BUTTONS_A_ROW = 5
BUTTON_LABEL = 80
CUSTOM_ID = 100
OPTIONS = 25
"""Choices in a menu, options of a command, suggestions while typing."""
OPTION_TEXT = 100
PLACEHOLDER = 150

COMMANDS = 100
COMMAND_NAME = 32
COMMAND_DESCRIPTION = 100
COMMAND_SIZE = 8_000

MODAL_TITLE = 45
MODAL_FIELDS = 5
MODAL_LABEL = 45
MODAL_HINT = 100
MODAL_PLACEHOLDER = 100

NONCE = 25
THREAD_NAME = 100

PHONE_COLUMNS = 36
"""Characters of a code block that a phone shows in an embed without breaking the line."""
TABLE_CELL = 300
MARK_ROOM = 64
"""Characters of an embed kept free for the mark by which a post is found again."""
