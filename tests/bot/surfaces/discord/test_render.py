from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.reply import Action, Actions, Chart, Divider, Facts, Heading, Reply, Table, line, note, spans
from bot.reply import marked as marked_words
from bot.surfaces.discord import limits
from bot.surfaces.discord.boxes import embeds_size
from bot.surfaces.discord.marks import Mark, marked, nonce, read, short
from bot.surfaces.discord.render import CHART_MISSING, Message, in_words, render, without_pictures
from tests.bot.surfaces.samples import CASES, CHART, DAILY, STANDING, TABLE, WIDE, Picture
from tests.discord_standin.rules import check_message

GOLDEN = Path(__file__).parents[1] / "golden" / "discord"


def sound(message: Message) -> None:
    """Discord would take it, with its mark and in every plainer form."""
    for form in (message, without_pictures(message), in_words(message)):
        whole = marked(form, Mark(short("key"), 12, 34))
        body = {**whole.payload(), "allowed_mentions": {"parse": []}}
        check_message(body, [one.name for one in whole.pictures])


def told(message: Message) -> str:
    return "\n".join([message.content, *(embed.get("description", "") for embed in message.embeds)])


@pytest.mark.parametrize("name", CASES)
def test_rendering_is_as_recorded(name: str) -> None:
    """Run with UPDATE_GOLDEN=1 to record anew, then read the difference."""
    reply = CASES[name]
    rendered = [render(part, [True] * len(part.charts)) for part in (reply, *reply.thread)]
    messages = [[message.payload() for message in part] for part in rendered]
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(messages, indent=2, ensure_ascii=False) + "\n")
    assert messages == json.loads(path.read_text())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("is_drawn", [True, False])
def test_every_sample_is_what_discord_accepts(name: str, is_drawn: bool) -> None:
    reply = CASES[name]
    for part in (reply, *reply.thread):
        for message in render(part, [is_drawn] * len(part.charts)):
            sound(message)


def test_the_finding_is_said_once() -> None:
    (message,) = render(DAILY)
    assert message.content == "**Monday 23 Nov: signups stopped on Saturday; stars ahead again.**"
    assert "Monday" not in told(message).removeprefix(message.content)


def test_a_refusal_is_said_once_with_what_can_be_typed() -> None:
    reply = Reply("No KPI. Say `list`.", (line("No KPI."), note(*marked_words("Say `list`."))))
    (message,) = render(reply)
    assert message.content == "**No KPI.**"
    assert message.embeds[0]["description"] == "-# Say `list`."


def test_a_chart_is_shown_with_its_words_for_those_who_cannot_see_it() -> None:
    (message,) = render(STANDING, [True])
    (picture,) = message.pictures
    assert picture.alt == CHART.alt
    assert message.embeds[-1]["image"] == {"url": f"attachment://{picture.name}"}


def test_a_chart_without_a_picture_becomes_words_and_a_note() -> None:
    (message,) = render(STANDING, [False])
    assert CHART.alt in told(message)
    assert not message.pictures
    assert CHART_MISSING in json.dumps(message.payload())


def test_charts_keep_their_order_and_tell_their_names_apart() -> None:
    (message,) = render(
        Reply("Two.", (CHART, Chart("Second", "Flat.", Picture(), "stars.png"))), [True, True]
    )
    assert [one.name for one in message.pictures] == ["stars-1.png", "stars-2.png"]
    assert [one.number for one in message.pictures] == [0, 1]


def test_a_narrow_table_is_aligned_and_a_wide_one_becomes_a_line_a_row() -> None:
    (narrow,) = render(Reply("Narrow.", (TABLE,)))
    lines = narrow.embeds[0]["description"].splitlines()
    assert lines[2:] == [
        "KPI       Value  Target",
        "───────────────────────",
        "Stars     1,234   5,000",
        "Visitors    311     400",
        "```",
    ]
    assert all(len(one) <= limits.PHONE_COLUMNS for one in lines)
    (wide,) = render(Reply("Wide.", (WIDE,)))
    assert (
        wide.embeds[0]["description"].splitlines()[1] == "**Visitors** · Value: 311 · Zone: green · Age: 1 h"
    )


def test_a_long_table_continues_with_its_header_and_loses_no_row() -> None:
    rows = tuple((f"KPI {number}", str(number)) for number in range(900))
    messages = render(Reply("Many.", (Table(("KPI", "Value"), rows),)))
    whole = "\n".join(map(told, messages))
    assert len(messages) > 1
    assert whole.count("```") % 2 == 0
    assert all(f"KPI {number} " in whole for number in range(900))
    assert messages[1].content == f"Many.\n-# part 2 of {len(messages)}"
    for message in messages:
        sound(message)


def test_no_word_of_a_long_text_is_lost() -> None:
    words = [f"w{number}_" for number in range(6_000)]
    messages = render(Reply("Long.", (line(" ".join(words)),)))
    shown = " ".join(embed["description"] for message in messages for embed in message.embeds)
    assert shown.replace("\\", "").split() == words
    for message in messages:
        sound(message)
        assert embeds_size(message.embeds) <= limits.EMBEDS_SIZE - limits.MARK_ROOM


def test_what_would_jump_ahead_of_its_place_begins_a_new_box() -> None:
    blocks = (line("first"), Facts((("a", spans("1")),)), line("then"), CHART, line("last"))
    (message,) = render(Reply("Order.", blocks), [True])
    assert [sorted(embed) for embed in message.embeds] == [
        ["description", "fields"],
        ["description", "image"],
        ["description"],
    ]


def test_small_print_is_a_footer_below_a_picture_and_subtext_below_words() -> None:
    (message,) = render(Reply("Print.", (line("words"), note("small"))))
    assert message.embeds[0]["description"] == "words\n-# small"
    (message,) = render(Reply("Print.", (CHART, note("small"))), [True])
    assert message.embeds[0]["footer"] == {"text": "small"}


def test_many_facts_and_dividers_stay_within_the_limits() -> None:
    facts = Facts(tuple((f"fact {number}", spans("*" * 600)) for number in range(30)))
    for message in render(Reply("Facts.", (facts, Divider(), Heading("h" * 600), facts))):
        sound(message)


@pytest.mark.parametrize(("zone", "has_colour"), [("red", True), ("unknown", False)])
def test_the_colour_is_of_the_zone_and_none_is_made_up(zone: str, has_colour: bool) -> None:
    (message,) = render(Reply("Zone.", (line("▲ red"),), data={"zone": zone}))
    assert ("color" in message.embeds[0]) is has_colour


def test_buttons_hold_their_question_and_one_that_does_not_fit_is_left_out() -> None:
    actions = Actions(
        (Action("Long", "x" * 101), Action("Share", "stars", share=True), Action("Why", "why stars"))
    )
    (message,) = render(Reply("Buttons.", (actions,)))
    buttons = message.rows[0]["components"]
    assert [(one["label"], one["custom_id"]) for one in buttons] == [
        ("Share", "kpi:0:s:stars"),
        ("Why", "kpi:1:a:why stars"),
    ]


def test_what_few_need_is_in_a_menu() -> None:
    more = (Action("Record", "hektor/a.b", form="record"), Action("A year", "stars 365d"))
    (message,) = render(Reply("More.", (Actions((Action("Why", "why stars"),), more),)))
    menu = message.rows[1]["components"][0]
    assert [one["value"] for one in menu["options"]] == ["f:record:hektor/a.b", "a:stars 365d"]
    sound(message)


def test_too_many_buttons_go_on_in_the_menu() -> None:
    actions = tuple(Action(f"Button {number}", f"ask {number}") for number in range(60))
    (message,) = render(Reply("Many.", (Actions(actions, (Action("More", "more"),)),)))
    assert [len(row["components"]) for row in message.rows] == [5, 5, 5, 5, 1]
    assert len(message.rows[4]["components"][0]["options"]) == 25
    sound(message)


def test_a_mark_is_read_back_from_a_footer_and_from_words() -> None:
    mark = Mark(short("daily/2026-11-23"), 2, 3)
    (message,) = render(DAILY)
    assert read([marked(message, mark).embeds[-1]["footer"]["text"]]) == mark
    assert read([marked(in_words(message), mark).content]) == mark
    assert read(["kpi·nothing", "", "see kpi·0123456789 1/2 there"]) is None


def test_nonces_are_short_and_differ_by_part() -> None:
    assert len(nonce("key", 1)) <= limits.NONCE
    assert nonce("key", 1) == nonce("key", 1) != nonce("key", 2)


def test_words_alone_are_cut_with_a_visible_mark() -> None:
    (message, *_) = render(Reply("Long.", (line("word " * 800),)))
    shown = in_words(message).content
    assert len(shown) <= limits.CONTENT
    assert shown.endswith("…")


def test_a_table_whose_caption_is_the_sentence_says_it_once() -> None:
    table = Table(("KPI", "Now"), (("Stars", "7"),), caption="4 KPIs measured; change yesterday")
    [message] = render(Reply(table.caption, (table,)))
    assert str(message.payload()).count("4 KPIs measured") == 1
