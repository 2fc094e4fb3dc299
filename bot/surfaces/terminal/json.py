"""A reply for programs: its text, its blocks by type, and the numbers behind the words."""

from __future__ import annotations

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
    Table,
    Text,
    plain_text,
)


def as_json(reply: Reply) -> dict[str, Any]:
    """`{"text", "blocks", "data"}`, and `thread` where there is one."""
    found: dict[str, Any] = {
        "text": reply.text,
        "blocks": [_block(block) for block in reply.blocks],
        "data": dict(reply.data),
    }
    if reply.thread:
        found["thread"] = [as_json(one) for one in reply.thread]
    return found


def _block(block: Block) -> dict[str, Any]:  # noqa: C901 - one case a block, no logic
    match block:
        case Heading(text):
            return {"type": "heading", "text": text}
        case Text(parts):
            return {"type": "text", "text": plain_text(parts)}
        case Note(parts):
            return {"type": "note", "text": plain_text(parts)}
        case Facts(pairs):
            return {"type": "facts", "facts": {label: plain_text(parts) for label, parts in pairs}}
        case Table(columns, rows, _, caption):
            return {
                "type": "table",
                "caption": caption,
                "columns": list(columns),
                "rows": [list(row) for row in rows],
            }
        case Chart(title, alt, _, filename):
            return {"type": "chart", "title": title, "alt": alt, "filename": filename}
        case Divider():
            return {"type": "divider"}
        case Actions(actions):
            return {"type": "actions", "actions": [{"label": one.label, "ask": one.ask} for one in actions]}
        case _:
            assert_never(block)
