"""Buttons, forms and menus: what a press brings back, and what does not fit is left out."""

from __future__ import annotations

from typing import Any

import pytest

from bot.reply import Action, Actions, Chart, Facts, Heading, Reply, Table, line, spans
from bot.surfaces.slack import limits
from bot.surfaces.slack.render import (
    ASK,
    FORM,
    MORE,
    OPTION_ASK,
    OPTION_FORM,
    OPTION_SHARE,
    SHARE,
    render,
    view_blocks,
)
from tests.bot.surfaces.samples import CASES, CHART, TABLE
from tests.bot.surfaces.slack.shapes import check_message

STARS = "hektor/community.stars"


def elements(*blocks: Actions) -> list[dict[str, Any]]:
    """Every element of the rows of buttons."""
    (message,) = render(Reply("Buttons.", blocks))
    check_message(message)
    return [
        element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]
    ]


def test_the_kinds_of_buttons_are_told_apart_by_their_id() -> None:
    asked, shared, form = elements(
        Actions(
            (
                Action("90 days", "stars 90d"),
                Action("Share", "stars", share=True),
                Action("Record a value", STARS, form="record"),
            )
        )
    )
    assert [(one["action_id"], one["value"]) for one in (asked, shared, form)] == [
        (f"{ASK}1", "stars 90d"),
        (f"{SHARE}2", "stars"),
        (f"{FORM}3", f"record {STARS}"),
    ]


def test_a_form_may_begin_with_nothing() -> None:
    (form,) = elements(Actions((Action("Silence", "", form="silence"),)))
    assert (form["action_id"], form["value"]) == (f"{FORM}1", "silence")
    assert elements(Actions((Action("Nothing", ""),))) == []


def test_what_few_need_is_in_a_menu_after_the_buttons() -> None:
    more = (
        Action("Why", "why stars"),
        Action("Share", "stars", share=True),
        Action("Note", STARS, form="note"),
    )
    button, menu = elements(Actions((Action("90 days", "stars 90d"),), more))
    assert button["type"] == "button"
    assert (menu["type"], menu["action_id"]) == ("overflow", f"{MORE}2")
    assert [(one["text"]["text"], one["value"]) for one in menu["options"]] == [
        ("Why", f"{OPTION_ASK}why stars"),
        ("Share", f"{OPTION_SHARE}stars"),
        ("Note", f"{OPTION_FORM}note {STARS}"),
    ]


def test_a_menu_may_stand_alone() -> None:
    (menu,) = elements(Actions((), (Action("Why", "why stars"),)))
    assert menu["type"] == "overflow"
    assert elements(Actions((), ())) == []


def test_a_menu_holds_five_and_the_rest_another_one() -> None:
    menus = elements(Actions((), tuple(Action(f"A{n}", f"ask {n}") for n in range(7))))
    assert [len(menu["options"]) for menu in menus] == [5, 2]
    assert len({menu["action_id"] for menu in menus}) == 2


def test_an_option_whose_question_does_not_fit_is_left_out() -> None:
    room = limits.OPTION_VALUE - len(OPTION_ASK)
    (menu,) = elements(Actions((), (Action("Fits", "x" * room), Action("Does not", "x" * (room + 1)))))
    assert [option["text"]["text"] for option in menu["options"]] == ["Fits"]
    assert elements(Actions((), (Action("Does not", "x" * 400),))) == []


def test_labels_are_cut_with_a_mark() -> None:
    (menu,) = elements(Actions((), (Action("l" * 200, "ask"),)))
    label = menu["options"][0]["text"]["text"]
    assert len(label) == limits.OPTION_LABEL
    assert label.endswith("…")


def test_rows_hold_twenty_five_with_their_menu() -> None:
    actions = Actions(tuple(Action(f"B{n}", f"ask {n}") for n in range(25)), (Action("More", "more"),))
    (message,) = render(Reply("Buttons.", (actions,)))
    assert [len(block["elements"]) for block in message["blocks"]] == [25, 1]


@pytest.mark.parametrize("name", CASES)
def test_a_view_holds_no_charts_and_no_tables(name: str) -> None:
    blocks = view_blocks(CASES[name])
    assert 0 < len(blocks) <= limits.VIEW_BLOCKS
    assert not {block["type"] for block in blocks} & {"table", "image", "data_visualization", "data_table"}
    for start in range(0, len(blocks), limits.BLOCKS):
        check_message({"text": "x", "blocks": blocks[start : start + limits.BLOCKS]})


def test_a_view_says_a_table_line_by_line_and_a_chart_in_words() -> None:
    blocks = view_blocks(Reply("Home.", (Heading("Home"), TABLE, CHART, line("after"))))
    text = str(blocks)
    assert "Value: 1,234 · Target: 5,000" in text
    assert CHART.alt in text


def test_a_long_view_says_that_there_is_more() -> None:
    facts = tuple(Facts(((f"f{n}", spans("v")),)) for n in range(150))
    blocks = view_blocks(Reply("Long.", facts))
    assert len(blocks) == limits.VIEW_BLOCKS
    assert "more than fits" in str(blocks[-1])


def test_a_wide_table_keeps_its_caption_once() -> None:
    (message,) = render(Reply("Wide.", (Table(tuple("abcde"), (tuple("12345"),), caption="Once"),)))
    assert str(message).count("Once") == 1


def test_a_chart_may_be_shown_by_a_block_of_its_own() -> None:
    chart: Chart = CHART
    (message,) = render(
        Reply("Chart.", (chart,)), [{"type": "data_visualization", "title": "t", "chart": {}}]
    )
    assert [block["type"] for block in message["blocks"]] == ["data_visualization", "context"]
    assert message["blocks"][1]["elements"][0]["text"] == CHART.alt
