"""A reply as Slack messages: pure, complete over every block, within every limit.

Plain dicts, because slack_sdk's models do not know the newer blocks. One reply becomes several messages
where Slack's limits make it: the first carries the notification text, the others say which part they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from bot.reply import (
    Action,
    Actions,
    Block,
    Bold,
    Chart,
    Divider,
    Facts,
    Heading,
    Note,
    Reply,
    Spans,
    Table,
    Text,
)
from bot.surfaces.slack import limits
from bot.surfaces.slack.spans import elements, mrkdwn
from bot.surfaces.slack.tables import table_blocks, words_block
from bot.surfaces.slack.wording import clean, escaped, literal

SlackBlock = dict[str, Any]
Message = dict[str, Any]

CHART_MISSING = "The chart could not be shown; its words stand in for it."
ASK = "kpi_ask:"
SHARE = "kpi_share:"
_UNTITLED = "KPI"


def render(reply: Reply, files: Sequence[str | None] = ()) -> list[Message]:
    """The messages of `reply`, without its thread. `files`: Slack's file id per chart, None where none is."""
    rendering = _Rendering(iter(files))
    blocks = [
        joined
        for section in _sections(reply.blocks)
        for joined in _joined(rendered for block in section for rendered in rendering.block(block))
    ]
    parts = _packed(blocks or [words_block([("", _sentence(reply.text))])])
    return [
        {"text": _notification(reply.text, number, len(parts)), "blocks": part}
        for number, part in enumerate(parts, start=1)
    ]


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks from one heading to the next.

    Slack's header is larger than a bold line: it stays what opens a message, for below the finding it would
    outshout it.
    """
    section: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and section:
            yield section
            section = []
            block = Text((Bold(" ".join(block.text.split())),))
        section.append(block)
    yield section


def _notification(text: str, number: int, count: int) -> str:
    suffix = f" (part {number} of {count})" if number > 1 else ""
    return escaped(_sentence(text), limits.NOTIFICATION - len(suffix)) + suffix


def _sentence(text: str) -> str:
    return clean(text).strip() or _UNTITLED


@dataclass
class _Rendering:
    """The two counters of one rendering: the next chart's file, the next button's number."""

    files: Iterator[str | None]
    buttons: int = 0
    has_primary: bool = False

    def block(self, block: Block) -> Iterable[SlackBlock]:  # noqa: C901 - one case a block, no logic
        match block:
            case Heading(text):
                return _heading(text)
            case Text(parts):
                return _text(parts)
            case Facts(pairs):
                return _facts(pairs)
            case Table():
                return table_blocks(block)
            case Chart():
                return _chart(block, next(self.files, None))
            case Note(parts):
                return _note(parts)
            case Divider():
                return ({"type": "divider"},)
            case Actions(actions):
                return self._actions(actions)
            case _:
                assert_never(block)

    def _actions(self, actions: tuple[Action, ...]) -> Iterator[SlackBlock]:
        # A question longer than a button's value would be asked cut in half: such a button is left out.
        usable = [action for action in actions if 0 < len(clean(action.ask).strip()) <= limits.BUTTON_VALUE]
        for row in _chunks([self._button(action) for action in usable], limits.BUTTONS, limits.CONTENT // 2):
            yield {"type": "actions", "elements": row}

    def _button(self, action: Action) -> SlackBlock:
        self.buttons += 1
        label = literal(" ".join(clean(action.label).split()) or action.ask, limits.BUTTON_LABEL)
        button: SlackBlock = {
            "type": "button",
            "action_id": f"{SHARE if action.share else ASK}{self.buttons}",
            "text": {"type": "plain_text", "text": label, "emoji": False},
            "value": clean(action.ask).strip(),
        }
        if action.primary and not self.has_primary:
            self.has_primary = True
            button["style"] = "primary"
        return button


def _chunks(items: list[SlackBlock], count: int, size: int) -> Iterator[list[SlackBlock]]:
    """The items in runs of at most `count` items and, but for a single large one, `size` characters."""
    run: list[SlackBlock] = []
    for item in items:
        if run and (len(run) == count or content_size(run) + content_size(item) > size):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def _heading(text: str) -> Iterator[SlackBlock]:
    words = literal(" ".join(text.split()), limits.HEADER)
    if words:
        yield {"type": "header", "text": {"type": "plain_text", "text": words, "emoji": False}}


def _text(parts: Spans) -> Iterator[SlackBlock]:
    for row in _chunks(elements(parts), limits.SECTION, limits.SECTION):
        yield {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": row}]}


def _facts(pairs: tuple[tuple[str, Spans], ...]) -> Iterator[SlackBlock]:
    fields = [_field(label, value) for label, value in pairs if clean(label).strip() or value]
    for row in _chunks(fields, limits.FIELDS, limits.SECTION):
        yield {"type": "section", "fields": row}


def _field(label: str, value: Spans) -> SlackBlock:
    name = escaped(" ".join(label.split()), limits.FIELD // 4).replace("*", "∗")
    head = f"*{name}*\n" if name else ""
    return _mrkdwn(head + (mrkdwn(value, limits.FIELD - len(head)) or "–"))


def _note(parts: Spans) -> Iterator[SlackBlock]:
    words = mrkdwn(parts, limits.CONTEXT)
    if words.strip():
        yield {"type": "context", "elements": [_mrkdwn(words)]}


def _mrkdwn(text: str) -> SlackBlock:
    # verbatim: otherwise Slack turns bare @here, #channel and addresses in foreign text into live ones.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _chart(chart: Chart, file: str | None) -> Iterator[SlackBlock]:
    alt = literal(clean(chart.alt).strip() or _sentence(chart.title), limits.IMAGE_ALT)
    title = literal(" ".join(chart.title.split()), limits.IMAGE_TITLE)
    if file is not None:
        image: SlackBlock = {"type": "image", "slack_file": {"id": file}, "alt_text": alt}
        if title:
            image["title"] = {"type": "plain_text", "text": title, "emoji": False}
        yield image
        return
    if title and title != alt:
        yield words_block([("bold", title)])
    yield words_block([("", alt)])
    yield {"type": "context", "elements": [{"type": "plain_text", "text": CHART_MISSING, "emoji": False}]}


def _joined(blocks: Iterable[SlackBlock]) -> Iterator[SlackBlock]:
    """Neighbouring lines of rich text as one block: fewer blocks, and no gaps between the lines."""
    held: SlackBlock | None = None
    for block in blocks:
        if (
            held is not None
            and block["type"] == "rich_text"
            and content_size([held, block]) <= limits.SECTION
        ):
            held = {"type": "rich_text", "elements": [*held["elements"], *block["elements"]]}
            continue
        if held is not None:
            yield held
        held = block if block["type"] == "rich_text" else None
        if held is None:
            yield block
    if held is not None:
        yield held


def _packed(blocks: list[SlackBlock]) -> list[list[SlackBlock]]:
    """The blocks in messages, each within Slack's number of blocks, its content and its single table."""
    parts: list[list[SlackBlock]] = [[]]
    size = 0
    has_table = False
    for block in blocks:
        weight, is_table = content_size(block), block["type"] == "table"
        is_full = (
            len(parts[-1]) == limits.BLOCKS or size + weight > limits.CONTENT or (is_table and has_table)
        )
        if parts[-1] and is_full:
            parts.append([])
            size, has_table = 0, False
        parts[-1].append(block)
        size += weight
        has_table = has_table or is_table
    return parts


def content_size(value: object) -> int:
    """The characters of every string that Slack counts as content: all but the names of types."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(content_size(item) for key, item in value.items() if key != "type")
    if isinstance(value, list):
        return sum(map(content_size, value))
    return 0
