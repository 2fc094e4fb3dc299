from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.reply import Action, Actions, Chart, Code, Facts, Heading, Reply, Table, line, note, spans
from bot.surfaces.slack import limits
from bot.surfaces.slack.plain import plain_message, without_images
from bot.surfaces.slack.render import CHART_MISSING, content_size, render
from tests.bot.surfaces.samples import CASES, CHART, STANDING, TABLE, Picture
from tests.bot.surfaces.slack.shapes import check_message, words

GOLDEN = Path(__file__).parents[1] / "golden" / "slack"


@pytest.mark.parametrize("name", CASES)
def test_rendering_is_as_recorded(name: str) -> None:
    """Run with UPDATE_GOLDEN=1 to record anew, then read the difference."""
    reply = CASES[name]
    messages = [render(part, ["F0CHART"] * len(part.charts)) for part in (reply, *reply.thread)]
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(messages, indent=2, ensure_ascii=False) + "\n")
    assert messages == json.loads(path.read_text())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("file", ["F0CHART", None])
def test_every_sample_is_what_slack_accepts(name: str, file: str | None) -> None:
    reply = CASES[name]
    for part in (reply, *reply.thread):
        for message in render(part, [file] * len(part.charts)):
            check_message(message)
            check_message(plain_message(message))


def test_a_chart_without_a_file_becomes_words_and_a_note() -> None:
    (message,) = render(STANDING, [None])
    text = json.dumps(message, ensure_ascii=False)
    assert CHART.alt in text
    assert CHART_MISSING in text
    assert "slack_file" not in text


def test_charts_take_their_files_in_order() -> None:
    second = Chart("Second", "Flat.", Picture())
    (message,) = render(Reply("Two.", (CHART, second)), ["F1", "F2"])
    assert [block["slack_file"]["id"] for block in message["blocks"]] == ["F1", "F2"]


def test_long_tables_continue_in_further_messages_with_their_header() -> None:
    rows = tuple((f"KPI {number}", str(number)) for number in range(250))
    messages = render(Reply("Many.", (Table(("KPI", "Value"), rows),)))
    tables = [block for message in messages for block in message["blocks"]]
    assert [len(table["rows"]) for table in tables] == [100, 100, 53]
    assert all(table["rows"][0][0]["text"] == "KPI" for table in tables)
    assert sum(len(table["rows"]) - 1 for table in tables) == 250
    assert [message["text"] for message in messages][1:] == ["Many. (part 2 of 3)", "Many. (part 3 of 3)"]


def test_one_table_a_message() -> None:
    messages = render(Reply("Two tables.", (TABLE, line("between"), TABLE)))
    assert [sum(block["type"] == "table" for block in message["blocks"]) for message in messages] == [1, 1]


def test_wide_tables_become_a_line_a_row() -> None:
    table = Table(("KPI", "A", "B", "C", "D"), (("Stars", "1", "2", "", "4"),))
    (message,) = render(Reply("Wide.", (table,)))
    (section,) = message["blocks"][0]["elements"]
    assert "".join(part["text"] for part in section["elements"]) == "Stars · A: 1 · B: 2 · D: 4"


MARKED = Table(("", "KPI", "Now", "Needed", "Left"), (("–", "Stars", "1", "2", "1"),), frozenset({2, 4}))


def test_marks_go_before_the_name_of_their_row() -> None:
    (message,) = render(Reply("Marked.", (MARKED,)))
    (table,) = message["blocks"]
    assert [[cell["text"] for cell in row] for row in table["rows"]] == [
        ["KPI", "Now", "Needed", "Left"],
        ["– Stars", "1", "2", "1"],
    ]
    assert [column["align"] for column in table["column_settings"]] == ["left", "right", "left", "right"]


def test_marks_go_before_the_name_in_a_line_a_row_too() -> None:
    wide = Table((*MARKED.columns, "Owner"), ((*MARKED.rows[0], "@lee"),))
    (message,) = render(Reply("Marked.", (wide,)))
    (section,) = message["blocks"][0]["elements"]
    assert "".join(part["text"] for part in section["elements"]) == (
        "– Stars · Now: 1 · Needed: 2 · Left: 1 · Owner: @lee"
    )


def test_the_words_of_small_print_stay_as_they_are_written() -> None:
    table = Table(("KPI",), (("Stars",),), caption="a &lt; b")
    (message,) = render(Reply("Plain.", (table, note("c < d"))))
    text = "\n".join(block["text"]["text"] for block in plain_message(message)["blocks"])
    assert "a &lt; b" in text
    assert "c < d" in text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("55% of ≥ 5,000", "55% of ≥\xa05,000"),
        ("< $3K", "<\xa0$3K"),
        ("Growth > Community", "Growth > Community"),
    ],
)
def test_a_line_never_ends_inside_a_comparison(written: str, shown: str) -> None:
    (message,) = render(Reply("x", (line(written), Table(("Target",), ((written,),)))))
    assert list(words(message["blocks"])) == [shown, "Target", shown]
    (code,) = render(Reply("x", (line(Code(written)),)))
    assert list(words(code["blocks"])) == [written]


def test_short_rows_are_filled_up_and_long_ones_cut() -> None:
    (message,) = render(Reply("Ragged.", (Table(("a", "b"), (("1",), ("1", "2", "3"))),)))
    rows = [[cell["text"] for cell in row] for row in message["blocks"][0]["rows"]]
    assert rows == [["a", "b"], ["1", "–"], ["1", "2"]]


def test_messages_are_split_by_their_measured_size() -> None:
    blocks = tuple(block for number in range(40) for block in (note(f"{number} ", "x" * 1_500), Heading("h")))
    messages = render(Reply("Large.", blocks))
    assert len(messages) > 4
    for message in messages:
        check_message(message)
        assert content_size(message["blocks"]) <= limits.CONTENT


def test_no_word_of_a_long_text_is_lost() -> None:
    words = [f"w{number}" for number in range(4_000)]
    messages = render(Reply("Long.", (line(" ".join(words)),)))
    for message in messages:
        check_message(message)
    shown = "".join(
        element["text"]
        for message in messages
        for block in message["blocks"]
        for section in block["elements"]
        for element in section["elements"]
    )
    assert shown.split() == words


@pytest.mark.parametrize(
    ("block", "limit"),
    [
        (Heading("h" * 500), limits.HEADER),
        (note("n" * 5_000), limits.CONTEXT),
        (Facts((("f", spans("v" * 5_000)),)), limits.FIELD),
        (Actions((Action("l" * 200, "ask"),)), limits.BUTTON_LABEL),
    ],
)
def test_what_is_cut_carries_a_mark(block: Heading, limit: int) -> None:
    (message,) = render(Reply("Cut.", (block,)))
    longest = max(json_strings(message["blocks"]), key=len)
    assert len(longest) == limit
    assert longest.endswith("…")


def json_strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in json_strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in json_strings(item)]
    return [value] if isinstance(value, str) else []


def test_a_button_whose_question_does_not_fit_is_left_out() -> None:
    actions = Actions((Action("Fits", "stars"), Action("Does not", "x" * 2_001)))
    (message,) = render(Reply("Buttons.", (actions,)))
    assert [button["value"] for button in message["blocks"][0]["elements"]] == ["stars"]


def test_buttons_are_numbered_over_the_message_and_only_one_is_primary() -> None:
    actions = Actions(tuple(Action(f"B{n}", f"ask {n}", primary=True, share=n == 2) for n in range(30)))
    (message,) = render(Reply("Buttons.", (actions, actions)))
    buttons = [button for block in message["blocks"] for button in block["elements"]]
    assert len({button["action_id"] for button in buttons}) == 60
    assert buttons[2]["action_id"] == "kpi_share:3"
    assert sum("style" in button for button in buttons) == 1


def test_neighbouring_lines_share_one_block() -> None:
    (message,) = render(Reply("Lines.", (line("one"), line("two"), note("x"), line("three"))))
    assert [block["type"] for block in message["blocks"]] == ["rich_text", "context", "rich_text"]
    assert len(message["blocks"][0]["elements"]) == 2


def test_only_a_heading_that_opens_the_message_is_a_header() -> None:
    (message,) = render(Reply("x", (Heading("Stars"), line("one"), Heading("Later  on"), line("two"))))
    assert [block["type"] for block in message["blocks"]] == ["header", "rich_text", "rich_text"]
    under, two = message["blocks"][2]["elements"]
    assert under["elements"] == [{"type": "text", "text": "Later on", "style": {"bold": True}}]
    assert two["elements"] == [{"type": "text", "text": "two"}]


def test_an_empty_reply_still_says_something() -> None:
    for reply in (Reply(""), Reply(" \x00"), Reply("", (line(), Heading("  "), note("")))):
        (message,) = render(reply)
        check_message(message)


def test_a_message_without_images_says_their_words() -> None:
    (message,) = render(STANDING, ["F1"])
    plain = without_images(message)
    check_message(plain)
    assert "slack_file" not in json.dumps(plain)
    assert CHART.alt in json.dumps(plain)
