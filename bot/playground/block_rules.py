"""What must hold over all blocks of a message or a view together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from bot.playground.block_kit import BLOCK
from bot.playground.chart_blocks import check_charts
from bot.playground.shapes import Findings, array
from bot.playground.slack_error import Json, SlackError

MESSAGE_BLOCKS = 50
MESSAGE_CHARACTERS = 13_200  # undocumented; slackapi/bolt-js issue 2509
TABLE_CHARACTERS = 10_000
MARKDOWN_CHARACTERS = 12_000
TABLES = ("table", "data_table")

IsUsable = Callable[[Json], bool]
"""Whether the `slack_file` that a block names may be shown now."""


def check_message(blocks: Any, is_usable: IsUsable) -> list[Json]:
    """The blocks of a message, or the refusal that Slack gives."""
    found = Findings()
    array(BLOCK, 0, MESSAGE_BLOCKS)(blocks, "/blocks", found)
    if not found.faults:
        check_together(blocks, is_usable, found)
    if found.faults:
        raise SlackError("invalid_blocks", found.faults)
    checked: list[Json] = blocks
    if sum(block["type"] in TABLES for block in checked) > 1:
        raise SlackError("invalid_attachments", ["[ERROR] only_one_table_allowed"])
    if sum(map(len, _words(checked))) > MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return checked


def refuse_types(blocks: Any, unknown: Collection[str]) -> None:
    """Refuse blocks that a workspace does not have yet: new ones come to one plan after another."""
    found = Findings()
    for position, block in enumerate(blocks if isinstance(blocks, list) else []):
        if isinstance(block, dict) and block.get("type") in unknown:
            found.add(f"unsupported type: {block['type']}", f"/blocks/{position}/type")
    if found.faults:
        raise SlackError("invalid_blocks", found.faults)


def check_together(blocks: list[Json], is_usable: IsUsable, found: Findings, at: str = "") -> None:
    """What no block alone can break; the blocks themselves are checked, and stand below `at`."""
    _check_tables(blocks, found)
    _check_markdown(blocks, found)
    _check_ids(blocks, found, at)
    check_charts(blocks, found)
    for pointer, file in found.files:
        if not is_usable(file):
            found.add("invalid slack file", pointer)


def _check_tables(blocks: list[Json], found: Findings) -> None:
    for position, block in enumerate(blocks):
        if block["type"] in TABLES and sum(map(len, _words(block["rows"]))) > TABLE_CHARACTERS:
            found.add(f"must be less than {TABLE_CHARACTERS + 1} characters", f"/blocks/{position}/rows")
        if block["type"] == "data_table":
            for column, cell in enumerate(block["rows"][0]):
                if cell["type"] != "raw_text":
                    found.add("header cells must be raw_text", f"/blocks/{position}/rows/0/{column}/type")
            if any(len(row) != len(block["rows"][0]) for row in block["rows"]):
                found.add("rows must have the same number of cells", f"/blocks/{position}/rows")


def _check_markdown(blocks: list[Json], found: Findings) -> None:
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_CHARACTERS:
        found.add(
            f"must be less than {MARKDOWN_CHARACTERS + 1} characters over all markdown blocks", "/blocks"
        )


def _check_ids(blocks: list[Json], found: Findings, at: str) -> None:
    seen: set[str] = set()
    for position, block in enumerate(blocks):
        name = block.get("block_id")
        if name is not None and name in seen:
            found.add(f'block_id "{name}" already exists', f"{at}/blocks/{position}/block_id")
        seen.add(name or "")


def _words(value: Any) -> Iterator[str]:
    """Every text that a reader sees, however deep it stands."""
    if isinstance(value, list):
        for entry in value:
            yield from _words(entry)
    elif isinstance(value, dict):
        for name, entry in value.items():
            if name == "text" and isinstance(entry, str):
                yield entry
            else:
                yield from _words(entry)
