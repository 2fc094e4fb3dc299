"""A reply as Slack messages: pure, complete over every block, within every limit.

Plain dicts, because slack_sdk's models do not know the newer blocks. One reply becomes several messages
where Slack's limits make it: the first carries the notification text, the others say which part they are.

What a press brings back: the `action_id` begins with `ASK`, `SHARE` or `FORM`, and the button's value is the
question, or the form's name and the KPI it begins with. Of a menu the `action_id` begins with `MORE`, and the
value of the chosen option begins with `OPTION_ASK`, `OPTION_SHARE` or `OPTION_FORM` in the same meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from bot.charts.trend import TrendChart
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
from bot.surfaces.foreign import clean
from bot.surfaces.slack import limits
from bot.surfaces.slack.spans import elements, mrkdwn
from bot.surfaces.slack.tables import listed_blocks, table_blocks, words_block
from bot.surfaces.slack.wording import escaped, literal

SlackBlock = dict[str, Any]
Message = dict[str, Any]

CHART_MISSING = "The chart could not be shown; its words stand in for it."
ASK = "kpi_ask:"
SHARE = "kpi_share:"
FORM = "kpi_form:"
MORE = "kpi_more:"
OPTION_ASK = "ask:"
OPTION_SHARE = "share:"
OPTION_FORM = "form:"
_UNTITLED = "KPI"


Shown = str | SlackBlock | None
"""How a chart is shown: Slack's id of its picture, Slack's own chart block, or not at all."""


class Stands(dict[str, Any]):
    """A block that stands in a message for a chart of ours, which it could be replaced by."""

    def __init__(self, block: SlackBlock, chart: Chart) -> None:
        super().__init__(block)
        self.chart = chart


def render(reply: Reply, charts: Sequence[Shown] = ()) -> list[Message]:
    """The messages of `reply`, without its thread. `charts`: how each of its charts is shown, in order."""
    parts = _packed(_blocks(reply, _Rendering(iter(charts))))
    return [
        {"text": _notification(reply.text, number, len(parts)), "blocks": part}
        for number, part in enumerate(parts, start=1)
    ]


def view_blocks(reply: Reply) -> list[SlackBlock]:
    """The blocks of `reply` for a modal or for App Home, cut to what a view holds.

    Views take no charts, and whether they take tables nobody says: both become words.
    """
    blocks = _blocks(reply, _Rendering(iter(()), has_tables=False))
    if len(blocks) <= limits.VIEW_BLOCKS:
        return blocks
    return [*blocks[: limits.VIEW_BLOCKS - 1], _small_print("… more than fits here. Ask for it by /kpi.")]


def _blocks(reply: Reply, rendering: _Rendering) -> list[SlackBlock]:
    blocks = [
        block
        for section in _sections(reply.blocks)
        for block in joined(rendered for block in section for rendered in rendering.block(block))
    ]
    return blocks or [words_block([("", _sentence(reply.text))])]


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
    """The counters of one rendering: how the next chart is shown, the next button's number."""

    charts: Iterator[Shown]
    has_tables: bool = True
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
                return table_blocks(block) if self.has_tables else listed_blocks(block)
            case Chart():
                return chart_blocks(block, next(self.charts, None))
            case Note(parts):
                return _note(parts)
            case Divider():
                return ({"type": "divider"},)
            case Actions():
                return self._actions(block)
            case _:
                assert_never(block)

    def _actions(self, block: Actions) -> Iterator[SlackBlock]:
        # A question longer than a button's value would be asked cut in half: such a button is left out.
        usable = [action for action in block.actions if 0 < len(_value(action)) <= limits.BUTTON_VALUE]
        elements = [self._button(action) for action in usable]
        options = [option for option in map(_option, block.more) if option is not None]
        for start in range(0, len(options), limits.OPTIONS):
            elements.append(self._menu(options[start : start + limits.OPTIONS]))
        for row in _chunks(elements, limits.BUTTONS, limits.CONTENT // 2):
            yield {"type": "actions", "elements": row}

    def _button(self, action: Action) -> SlackBlock:
        kind = FORM if action.form else SHARE if action.share else ASK
        button: SlackBlock = {
            "type": "button",
            "action_id": self._number(kind),
            "text": _plain(_label(action), limits.BUTTON_LABEL),
            "value": _value(action),
        }
        if action.primary and not self.has_primary:
            self.has_primary = True
            button["style"] = "primary"
        return button

    def _menu(self, options: list[SlackBlock]) -> SlackBlock:
        return {"type": "overflow", "action_id": self._number(MORE), "options": options}

    def _number(self, kind: str) -> str:
        self.buttons += 1
        return f"{kind}{self.buttons}"


def _option(action: Action) -> SlackBlock | None:
    """A line of a menu; None where the question does not fit."""
    kind = OPTION_FORM if action.form else OPTION_SHARE if action.share else OPTION_ASK
    value = _value(action)
    if not value or len(kind + value) > limits.OPTION_VALUE:
        return None
    return {"text": _plain(_label(action), limits.OPTION_LABEL), "value": kind + value}


def _value(action: Action) -> str:
    """What a press brings back: the question, or the form's name and what it begins with."""
    return f"{action.form} {clean(action.ask).strip()}".strip()


def _label(action: Action) -> str:
    return " ".join(clean(action.label).split()) or clean(action.ask).strip() or action.form


def _plain(text: str, limit: int) -> SlackBlock:
    return {"type": "plain_text", "text": literal(text, limit), "emoji": False}


def _small_print(text: str) -> SlackBlock:
    return {"type": "context", "elements": [_plain(text, limits.CONTEXT)]}


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
        yield {"type": "header", "text": _plain(words, limits.HEADER)}


def _text(parts: Spans) -> Iterator[SlackBlock]:
    for row in _chunks(elements(parts), limits.SECTION, limits.SECTION):
        yield {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": row}]}


def _facts(pairs: tuple[tuple[str, Spans], ...]) -> Iterator[SlackBlock]:
    fields = [_field(label, value) for label, value in pairs if clean(label).strip() or value]
    for row in _chunks(fields, limits.FIELDS, limits.SECTION):
        yield {"type": "section", "fields": row}


def _field(label: str, value: Spans) -> SlackBlock:
    name = mrkdwn((Bold(label),), limits.FIELD // 4)
    head = f"{name}\n" if name else ""
    return _mrkdwn(head + (mrkdwn(value, limits.FIELD - len(head)) or "–"))


def _note(parts: Spans) -> Iterator[SlackBlock]:
    words = mrkdwn(parts, limits.CONTEXT)
    if words.strip():
        yield {"type": "context", "elements": [_mrkdwn(words)]}


def _mrkdwn(text: str) -> SlackBlock:
    # verbatim: otherwise Slack turns bare @here, #channel and addresses in foreign text into live ones.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def chart_blocks(chart: Chart, shown: Shown) -> Iterator[SlackBlock]:
    """The chart as its picture, as Slack's own chart with its words, or as its words alone."""
    alt = literal(clean(chart.alt).strip() or _sentence(chart.title), limits.IMAGE_ALT)
    title = literal(" ".join(chart.title.split()), limits.IMAGE_TITLE)
    if isinstance(shown, dict):
        yield shown
        yield Stands(_small_print(" · ".join((alt, *_footer(chart)))), chart)
    elif shown is not None:
        image: SlackBlock = {"type": "image", "slack_file": {"id": shown}, "alt_text": alt}
        yield {**image, **({"title": _plain(title, limits.IMAGE_TITLE)} if title else {})}
    else:
        if title and title != alt:
            yield words_block([("bold", title)])
        yield words_block([("", alt)])
        yield _small_print(CHART_MISSING)


def _footer(chart: Chart) -> Iterator[str]:
    """What stands at the foot of the picture: whose numbers these are, how old, and whether they are real."""
    if isinstance(chart.drawing, TrendChart):
        drawing = chart.drawing
        yield from filter(None, (drawing.source, drawing.age, drawing.notice))


def joined(blocks: Iterable[SlackBlock]) -> Iterator[SlackBlock]:
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
