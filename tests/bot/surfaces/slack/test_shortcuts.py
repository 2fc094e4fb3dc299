"""Shortcuts on the stand-in: a form from anywhere, and a question about a message."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from bot.forms import FORMS
from bot.playground.faults import refused
from bot.playground.slack_error import Json
from bot.reply import Action, Actions, Reply, line
from bot.surfaces.base import Invocation
from bot.surfaces.slack.listening import Backing
from tests.bot.surfaces.samples import STANDING
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench

PATH = "hektor/primary.stars"


def answering(asked: Invocation) -> Reply:
    if asked.text.startswith("strs"):
        return Reply("No.", data={"error": "No KPI “strs”.", "hint": "Nearest: `stars`."})
    return replace(STANDING, text=f"About {asked.text}.")


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    made = await make_bench(backing=Backing(suggest=lambda _text, _asked: [(PATH, "Stars")]))
    made.answer = answering
    return made


def said(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False)


async def asking(bench: Bench, message: Json) -> Json:
    """Choose the shortcut in the menu of a message: the modal that opens."""
    outcome = await bench.standin.shortcut(message["ts"], "kpi_message")
    assert not outcome.error
    await bench.until(bench.standin.modals)
    return bench.standin.modals()[0]


@pytest.mark.parametrize("name", sorted(FORMS))
async def test_a_global_shortcut_opens_its_form(bench: Bench, name: str) -> None:
    outcome = await bench.standin.global_shortcut(f"kpi_{name}")
    assert not outcome.error
    await bench.until(bench.standin.modals)
    assert bench.standin.modals()[0]["title"]["text"] == FORMS[name].title


async def test_what_is_sent_from_nowhere_is_confirmed_in_the_modal(bench: Bench) -> None:
    await bench.standin.global_shortcut("kpi_record")
    await bench.until(bench.standin.modals)
    view = bench.standin.modals()[0]
    await bench.standin.submit(view["id"], {"kpi": PATH, "value": "52"})
    shown = bench.standin.modals()
    assert f"record {PATH} 52" in bench.asked[-1].text
    assert bench.asked[-1].channel is None
    assert "82 %" in said(shown)
    assert "submit" not in shown[0] or not shown[0]["submit"]
    assert "image" not in {block["type"] for block in shown[0]["blocks"]}


async def test_a_form_from_nowhere_that_does_not_open_is_said_in_the_direct_messages(bench: Bench) -> None:
    bench.standin.inject("views.open", refused("expired_trigger_id"))
    await bench.standin.global_shortcut("kpi_record")
    direct = bench.standin.world.direct("U0DANA").id
    await bench.until(lambda: bench.standin.messages(direct))
    assert "Press the button again." in said(bench.standin.messages(direct))


async def test_a_confirmation_that_cannot_be_shown_in_its_place_goes_to_the_direct_messages(
    bench: Bench,
) -> None:
    view = await asking(bench, await bench.standin.say("Hm"))
    bench.standin.inject("response_url", replace(refused("expired_url"), status=404), times=3)
    bench.standin.inject("chat.postEphemeral", refused("not_in_channel"), times=3)
    await bench.standin.submit(view["id"], {"question": "stars"})
    direct = bench.standin.world.direct("U0DANA").id
    await bench.until(lambda: bench.standin.messages(direct))
    assert len(bench.standin.messages(CHANNEL)) == 1, "what is private never lands in the channel"


@pytest.mark.parametrize("callback", ["kpi_gone", "something"])
async def test_an_unknown_shortcut_is_answered(bench: Bench, callback: str) -> None:
    await bench.standin.global_shortcut(callback)
    await bench.until(lambda: "does not know this shortcut" in said(bench.standin.modals()))


async def test_an_unknown_message_shortcut_is_answered(bench: Bench) -> None:
    message = await bench.standin.say("Did the launch help?")
    await bench.standin.shortcut(message["ts"], "old_name")
    await bench.until(lambda: "does not know this shortcut" in said(bench.standin.modals()))


async def test_a_question_about_a_message_is_answered_to_the_one_who_asked(bench: Bench) -> None:
    message = await bench.standin.say("Did the launch help?")
    view = await asking(bench, message)
    outcome = await bench.standin.submit(view["id"], {"question": "stars"})
    assert (outcome.error, outcome.body) == ("", "")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    (shown,) = bench.standin.whispers(CHANNEL)
    assert shown["text"] == "About stars."
    assert "thread_ts" not in shown, "what one person sees shows in a thread only where there is one"
    assert len(bench.standin.messages(CHANNEL)) == 1
    assert bench.standin.modals() == []


async def test_in_a_thread_it_is_answered_there(bench: Bench) -> None:
    message = await bench.standin.say("Did the launch help?")
    reply = await bench.standin.say("I think so", thread_ts=message["ts"])
    view = await asking(bench, reply)
    await bench.standin.submit(view["id"], {"question": "stars"})
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert bench.standin.whispers(CHANNEL)[0]["thread_ts"] == message["ts"]


async def test_aloud_it_is_answered_for_all_in_the_thread_of_the_message(bench: Bench) -> None:
    message = await bench.standin.say("Did the launch help?")
    view = await asking(bench, message)
    await bench.standin.submit(view["id"], {"question": "stars", "aloud": ["yes"]})
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 2)
    assert bench.standin.messages(CHANNEL)[-1]["thread_ts"] == message["ts"]
    assert bench.asked[-1].in_channel
    assert bench.standin.whispers(CHANNEL) == []


async def test_a_question_that_cannot_be_answered_stays_in_its_modal(bench: Bench) -> None:
    view = await asking(bench, await bench.standin.say("Hm"))
    outcome = await bench.standin.submit(view["id"], {"question": "strs"})
    assert dict(outcome.errors) == {"question": "No KPI “strs”. Nearest: “stars”."}
    assert not (await bench.standin.submit(view["id"], {"question": "stars"})).error


async def test_a_choice_is_answered_by_its_buttons(bench: Bench) -> None:
    choice = Reply(
        "Two KPIs are called “test”.",
        (line("Two KPIs are called “test”."), Actions((Action("First", "a/b"), Action("Second", "a/c")))),
        data={"ambiguous": ["a/b", "a/c"]},
    )
    bench.answer = lambda _: choice
    view = await asking(bench, await bench.standin.say("Hm"))
    await bench.standin.submit(view["id"], {"question": "test"})
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert "Second" in said(bench.standin.whispers(CHANNEL))


async def test_a_slow_question_closes_its_modal_and_is_answered_when_it_can_be(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.surfaces.slack.modals.ACK_SECONDS", 0.05)
    may_answer = threading.Event()
    bench.answer = lambda asked: (may_answer.wait(2), answering(asked))[1]
    view = await asking(bench, await bench.standin.say("Hm"))
    outcome = await bench.standin.submit(view["id"], {"question": "stars"})
    assert (outcome.error, outcome.body, bench.standin.modals()) == ("", "", [])
    may_answer.set()
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
