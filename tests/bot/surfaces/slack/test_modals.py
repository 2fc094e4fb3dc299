"""Forms on the stand-in: opened at once, sent off as words, refused at the right field, confirmed."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from bot.forms import FORMS, begun
from bot.playground.faults import refused, server_error
from bot.playground.slack_error import Json
from bot.reply import Action, Actions, Reply, line
from bot.surfaces.base import Invocation
from bot.surfaces.slack.form_views import fitting_field, form_view, option
from bot.surfaces.slack.inbound import Began
from bot.surfaces.slack.listening import Backing
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench

PATH = "hektor/primary.stars"
STANDING = Reply(
    "Stars 1,234.",
    (
        line("Stars 1,234."),
        Actions(
            (Action("Record", PATH, form="record"),),
            more=(Action("Silence", PATH, form="silence"), Action("Gone", PATH, form="gone")),
        ),
    ),
)
RECORDED = Reply("Stars: 52 recorded.", (line("Stars: 52 recorded."),))
REFUSED = Reply("No.", data={"error": "“abc” is no number of stars.", "hint": "Write `52` or `1.2M`."})


def suggest(text: str, asked: Invocation) -> list[tuple[str, str]]:
    """What could be meant, as the program behind the surface says it."""
    known = [(PATH, "Stars · Primary"), ("hektor/site.visitors", f"Visitors for {asked.user}")]
    return [one for one in known if text.casefold() in f"{one[0]} {one[1]}".casefold()]


def answering(asked: Invocation) -> Reply:
    return RECORDED if asked.text.startswith(("record", "silence")) else STANDING


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    made = await make_bench(backing=Backing(suggest=suggest))
    made.answer = answering
    return made


def said(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False)


async def form(bench: Bench, label: str = "Record") -> Json:
    """Ask in the channel, press a button that opens a form: the modal that opened."""
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    press = bench.standin.click if label == "Record" else bench.standin.choose
    outcome = await press(label)
    assert not outcome.error
    await bench.until(bench.standin.modals)
    return bench.standin.modals()[0]


async def test_a_button_opens_its_form_with_the_kpi_under_its_name(bench: Bench) -> None:
    view = await form(bench)
    assert view["title"]["text"] == FORMS["record"].title
    kpi, value, note = view["blocks"]
    assert kpi["element"]["initial_option"] == option(PATH, "Stars · Primary")
    assert value["element"]["max_length"] == 40
    assert (value["optional"], note["optional"], note["element"]["multiline"]) == (False, True, True)
    assert value["hint"]["text"].startswith("52")
    assert len(bench.asked) == 1, "a form that is only opened asks nothing"


async def test_a_menu_opens_its_form(bench: Bench) -> None:
    view = await form(bench, "Silence")
    span = next(block for block in view["blocks"] if block["block_id"] == "until")
    assert span["element"]["initial_option"]["value"] == "4h"


async def test_a_form_that_nobody_knows_any_more_says_so(bench: Bench) -> None:
    assert "older version" in said(await form(bench, "Gone"))


async def test_what_is_sent_is_asked_as_words_and_confirmed_where_it_began(bench: Bench) -> None:
    view = await form(bench)
    outcome = await bench.standin.submit(view["id"], {"value": "52", "note": "October survey"})
    assert not outcome.error
    assert outcome.body == ""
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 2)
    assert bench.standin.modals() == []
    assert bench.standin.whispers(CHANNEL)[-1]["text"] == RECORDED.text
    assert bench.standin.messages(CHANNEL) == []
    asked = bench.asked[-1]
    values = {"kpi": PATH, "value": "52", "note": "October survey"}
    assert asked.text == FORMS["record"].compose(values)
    assert (asked.user, asked.channel, asked.in_channel) == ("U0DANA", CHANNEL, False)


@pytest.mark.parametrize(
    ("values", "field"), [({"value": "many"}, "value"), ({"value": "52", "kpi": "hektor/site.visitors"}, "")]
)
async def test_what_the_form_itself_can_tell_is_told_at_its_field(
    bench: Bench, values: dict[str, str], field: str
) -> None:
    view = await form(bench)
    outcome = await bench.standin.submit(view["id"], values)
    assert list(outcome.errors) == ([field] if field else [])
    assert len(bench.asked) == (1 if field else 2)


async def test_a_refusal_stands_at_the_field_it_is_about_and_the_form_stays(bench: Bench) -> None:
    view = await form(bench)
    bench.answer = lambda _: REFUSED
    outcome = await bench.standin.submit(view["id"], {"value": "9", "note": "abc"})
    assert dict(outcome.errors) == {"note": "“abc” is no number of stars. Write “52” or “1.2M”."}
    assert len(bench.standin.modals()) == 1
    bench.answer = answering
    assert not (await bench.standin.submit(view["id"], {"value": "9"})).error


async def test_a_fault_of_the_bots_own_is_told_with_its_reference(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    view = await form(bench)

    def crash(_: Invocation) -> Reply:
        raise RuntimeError("postgresql://user:hunter2@db")

    bench.answer = crash
    outcome = await bench.standin.submit(view["id"], {"value": "9"})
    (told,) = outcome.errors.values()
    reference = told.partition("(ref ")[2].partition(")")[0]
    assert reference
    assert f"ref={reference}" in caplog.text
    assert "hunter2" not in told


class Slow:
    """An answer that takes longer than Slack waits."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
        monkeypatch.setattr("bot.surfaces.slack.modals.ACK_SECONDS", 0.05)
        self.may_answer, self.bench = threading.Event(), bench
        bench.answer = lambda _: (self.may_answer.wait(2), reply)[1]

    async def submit(self, view: Json) -> Any:
        outcome = await self.bench.standin.submit(view["id"], {"value": "52", "note": "survey"})
        assert not outcome.error
        assert "Working" in said(self.bench.standin.modals())
        return outcome


async def test_a_slow_answer_is_worked_on_and_then_shown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await form(bench)
    slow = Slow(bench, monkeypatch, RECORDED)
    await slow.submit(view)
    slow.may_answer.set()
    await bench.until(lambda: RECORDED.text in said(bench.standin.modals()))
    assert len(bench.standin.whispers(CHANNEL)) == 1, "the modal has said it"
    assert any(seconds > 0.5 for seconds in bench.slept), "not before Slack has shown its acknowledgement"


async def test_a_slow_refusal_brings_the_form_back_with_what_was_filled_in(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await form(bench)
    slow = Slow(bench, monkeypatch, REFUSED)
    await slow.submit(view)
    slow.may_answer.set()
    await bench.until(lambda: "is no number" in said(bench.standin.modals()))
    (again,) = bench.standin.modals()
    filled = {block["block_id"]: block["element"].get("initial_value") for block in again["blocks"][1:]}
    assert filled == {"kpi": None, "value": "52", "note": "survey"}
    bench.answer = answering
    monkeypatch.undo()
    assert not (await bench.standin.submit(again["id"], {"value": "53"})).error


async def test_a_slow_answer_whose_modal_was_closed_is_told_where_it_began(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await form(bench)
    slow = Slow(bench, monkeypatch, RECORDED)
    await slow.submit(view)
    await bench.standin.close_modal(bench.standin.modals()[0]["id"])
    slow.may_answer.set()
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 2)
    assert bench.standin.whispers(CHANNEL)[-1]["text"] == RECORDED.text


async def test_a_form_that_comes_twice_is_worked_on_once_and_acknowledged_twice(bench: Bench) -> None:
    view = await form(bench)
    filled = {"kpi": {"x": {"selected_option": {"value": PATH}}}, "value": {"x": {"value": "52"}}}
    payload = {
        "type": "view_submission",
        "user": {"id": "U0DANA"},
        "trigger_id": "1.2.3",
        "view": {**view, "state": {"values": filled}},
    }
    bench.answer = lambda _: REFUSED
    outcomes = await asyncio.gather(*(bench.standin.outgoing.interact(payload | {"n": n}) for n in (1, 2)))
    assert [json.loads(outcome.body)["response_action"] for outcome in outcomes] == ["errors", "errors"]
    assert [asked.text for asked in bench.asked[1:]] == [f"record {PATH} 52"]


async def test_what_is_typed_is_completed_for_whoever_types_it(bench: Bench) -> None:
    view = await form(bench)
    field = view["blocks"][0]["element"]["action_id"]
    everything = await bench.standin.suggest(view["id"], field, "")
    assert [one["value"] for one in everything] == [PATH, "hektor/site.visitors"]
    (found,) = await bench.standin.suggest(view["id"], field, "visit")
    assert found["text"]["text"] == "Visitors for U0DANA"


async def test_suggestions_that_fail_leave_the_list_empty(make_bench: MakeBench) -> None:
    def fails(text: str, _: Invocation) -> list[tuple[str, str]]:
        if not text:
            raise RuntimeError("database is gone")
        return [("x" * 200, "too long for Slack"), (PATH, "Stars")]

    bench = await make_bench(backing=Backing(suggest=fails))
    bench.answer = answering
    view = await form(bench)
    field = view["blocks"][0]["element"]["action_id"]
    assert await bench.standin.suggest(view["id"], field, "") == []
    assert [one["value"] for one in await bench.standin.suggest(view["id"], field, "s")] == [PATH]


async def test_a_name_that_takes_long_does_not_hold_up_the_form(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.surfaces.slack.modals.LABEL_SECONDS", 0.02)
    bench = await make_bench(backing=Backing(suggest=lambda *_: (time.sleep(0.2), [])[1]))
    bench.answer = answering
    view = await form(bench)
    assert view["blocks"][0]["element"]["initial_option"] == option(PATH, PATH)


async def test_a_form_that_slack_does_not_open_is_said_to_the_one_who_pressed(bench: Bench) -> None:
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    bench.standin.inject("views.open", refused("expired_trigger_id"))
    await bench.standin.click("Record")
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 2)
    assert "Press the button again." in said(bench.standin.whispers(CHANNEL)[-1])


async def test_a_form_that_may_have_opened_is_not_said_to_have_failed(bench: Bench) -> None:
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    bench.standin.inject("views.open", server_error(500))
    await bench.standin.click("Record")
    await bench.until(lambda: not bench.surface._under_way)
    assert len(bench.standin.whispers(CHANNEL)) == 1


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ("“52x” is no number.", "value"),
        ("The note is too long.", "note"),
        ("You may not change this KPI.", "kpi"),
        ("That needs the role editor.", "value"),
        ("Stars: 'x' cannot follow 52.", "value"),
        ("“survey” is no day.", "note"),
    ],
)
def test_a_fault_finds_its_field(fault: str, field: str) -> None:
    values = {"kpi": PATH, "value": "52x", "note": "from the survey"}
    assert fitting_field(FORMS["record"], values, fault) == field


def test_where_a_form_began_survives_its_modal() -> None:
    began = Began(CHANNEL, "1.2", "https://hooks.slack.com/x", True, "1.1")
    view = form_view(FORMS["note"], began, values={})
    assert Began.unpacked(view["private_metadata"]) == began
    assert len(view["private_metadata"]) < 3_000
    for broken in ("", "{}", "[1]", "null", "7"):
        assert Began.unpacked(broken) == Began()


def test_a_number_that_is_asked_for_is_begun_with_its_day_and_its_last_value() -> None:
    form, values = begun(FORMS["enter"], f"{PATH} 2026-10-31 1,234 stars (30 Sep)")
    view = form_view(form, Began(), values=values, chosen=option(PATH, "Stars"))
    blocks = {block["block_id"]: block for block in view["blocks"]}
    assert blocks["kpi"]["element"]["initial_option"]["value"] == PATH
    assert blocks["day"]["element"]["initial_value"] == "2026-10-31"
    assert blocks["value"]["hint"]["text"] == "Last: 1,234 stars (30 Sep)"
    assert "initial_value" not in blocks["value"]["element"]
