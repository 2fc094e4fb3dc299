"""App Home on the stand-in: published when it is opened, and again after what somebody did there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot.playground.faults import refused
from bot.reply import Action, Actions, Heading, Reply, Table, line
from bot.surfaces.base import Invocation
from bot.surfaces.slack.home import VIEW_BYTES, home_view
from bot.surfaces.slack.listening import Backing
from tests.bot.surfaces.samples import CHART
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench

HOME = Reply(
    "Two KPIs are red.",
    (
        Heading("Two KPIs are red."),
        Table(("KPI", "Value"), (("Stars", "1,234"), ("Visitors", "311"))),
        CHART,
        Actions(
            (
                Action("Stars", "stars"),
                Action("Unsubscribe", "unsubscribe 3"),
                Action("Record", "", form="record"),
                Action("Share", "home", share=True),
            )
        ),
    ),
)
BACKING = Backing(
    writes=frozenset({"unsubscribe", "record"}), suggest=lambda _text, _asked: [("hektor/x.y", "X")]
)


def answering(asked: Invocation) -> Reply:
    if asked.text == "home":
        return HOME
    return Reply(f"Done: {asked.text}.", (line(f"Done: {asked.text}."),))


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    made = await make_bench(backing=BACKING)
    made.answer = answering
    return made


def said(view: dict[str, Any] | None) -> str:
    return json.dumps(view, ensure_ascii=False)


async def opened(bench: Bench, holds: Callable[[], object] | None = None) -> dict[str, Any]:
    await bench.standin.open_home()
    await bench.until(holds or (lambda: "Two KPIs are red." in said(bench.standin.home())))
    view = bench.standin.home()
    assert view is not None
    return view


async def test_home_is_asked_for_as_the_person_and_holds_only_what_home_can(bench: Bench) -> None:
    view = await opened(bench)
    assert bench.asked == [Invocation("home", "slack", "U0DANA", zone="Europe/Berlin")]
    assert {block["type"] for block in view["blocks"]} <= {"header", "rich_text", "section", "actions"}
    assert "1,234" in said(view)
    assert "Share" not in said(view), "there is nobody to share it with"
    assert CHART.alt not in said(view)


async def test_opening_it_again_reads_again(bench: Bench) -> None:
    await opened(bench)
    await bench.standin.open_home()
    await bench.until(lambda: len(bench.asked) == 2)
    await bench.until(lambda: bench.standin.calls.count("views.publish") == 2)


async def test_the_messages_tab_publishes_nothing(bench: Bench) -> None:
    await bench.standin.open_home(tab="messages")
    await bench.until(lambda: not bench.surface._under_way)
    assert bench.asked == []
    assert "views.publish" not in bench.standin.calls


async def test_a_slow_first_home_says_that_it_is_being_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.surfaces.slack.home.PATIENCE_SECONDS", 0.02)
    may_answer = threading.Event()
    bench.answer = lambda asked: (may_answer.wait(2), answering(asked))[1]
    await opened(bench, lambda: "Reading the numbers" in said(bench.standin.home()))
    may_answer.set()
    await bench.until(lambda: "Two KPIs are red." in said(bench.standin.home()))


async def test_a_version_that_was_published_meanwhile_is_read_and_put_once_more(bench: Bench) -> None:
    await opened(bench)
    bench.standin.inject("views.publish", refused("hash_conflict"))
    bench.answer = lambda _: Reply("Nothing is red.")
    await bench.standin.open_home()
    await bench.until(lambda: "Nothing is red." in said(bench.standin.home()))
    assert len(bench.asked) == 3


async def test_a_fault_is_a_short_view_with_its_reference(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_: Invocation) -> Reply:
        raise RuntimeError("postgresql://user:hunter2@db")

    bench.answer = crash
    await opened(bench, bench.standin.home)
    shown = said(bench.standin.home())
    assert "hunter2" not in shown
    reference = shown.partition("(ref ")[2].partition(")")[0]
    assert f"ref={reference}" in caplog.text


async def test_a_refused_layout_still_says_how_to_ask(bench: Bench) -> None:
    bench.standin.inject("views.publish", refused("invalid_arguments"))
    await opened(bench, bench.standin.home)
    assert "/kpi help" in said(bench.standin.home())


async def test_a_refused_home_is_logged_and_the_next_one_works(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.standin.inject("views.publish", refused("not_enabled"))
    await bench.standin.open_home()
    await bench.until(lambda: "home not published user=U0DANA" in caplog.text)
    await bench.until(lambda: not bench.surface._under_way)
    await opened(bench)


async def test_what_changes_something_shows_in_home_itself(bench: Bench) -> None:
    await opened(bench)
    await bench.standin.press("Unsubscribe")
    await bench.until(lambda: "Done: unsubscribe 3." in said(bench.standin.home()))
    assert [asked.text for asked in bench.asked] == ["home", "unsubscribe 3", "home"]
    assert bench.standin.modals() == []
    await bench.until(lambda: not bench.surface._under_way)
    await bench.standin.open_home()
    await bench.until(lambda: "Done:" not in said(bench.standin.home()))


async def test_what_tells_something_is_told_in_a_modal(bench: Bench) -> None:
    await opened(bench)
    await bench.standin.press("Stars")
    await bench.until(lambda: "Done: stars." in said(bench.standin.modals()))
    assert bench.asked[-1] == Invocation("stars", "slack", "U0DANA", None, zone=bench.asked[-1].zone)
    assert len(bench.standin.modals()) == 1
    assert bench.standin.whispers(CHANNEL) == []


async def test_what_is_pressed_in_a_modal_is_answered_in_it(bench: Bench) -> None:
    await opened(bench)
    again = Actions(
        (Action("Why", "why stars"), Action("End it", "unsubscribe 3"), Action("Record", "", form="record"))
    )
    bench.answer = lambda asked: (
        HOME if asked.text == "home" else Reply(f"Told {asked.text}.", (line(f"Told {asked.text}."), again))
    )
    await bench.standin.press("Stars")
    await bench.until(lambda: "Told stars." in said(bench.standin.modals()))
    await bench.standin.press("Why")
    await bench.until(lambda: "Told why stars." in said(bench.standin.modals()))
    assert len(bench.standin.modals()) == 1
    await bench.standin.press("End it")
    await bench.until(lambda: bench.asked[-1].text == "home")
    assert "Told unsubscribe 3." in said(bench.standin.modals())
    await bench.standin.press("Record")
    await bench.until(lambda: len(bench.standin.modals()) == 2)


async def test_an_old_button_in_home_is_answered_in_a_modal(bench: Bench) -> None:
    view = await opened(bench)
    await bench.standin.interactions.press(
        view["id"], {"action_id": "old", "block_id": "b", "type": "button"}, {}
    )
    await bench.until(lambda: "older version" in said(bench.standin.modals()))


async def test_a_form_sent_from_home_publishes_it_again(bench: Bench) -> None:
    await opened(bench)
    await bench.standin.press("Record")
    await bench.until(bench.standin.modals)
    (modal,) = bench.standin.modals()
    await bench.standin.submit(modal["id"], {"kpi": "hektor/x.y", "value": "52"})
    await bench.until(lambda: "Done: record hektor/x.y 52" in said(bench.standin.home()))
    assert bench.standin.modals() == []


async def test_deeds_while_home_is_being_read_are_in_the_last_version(bench: Bench) -> None:
    await opened(bench)
    reading, may_answer = threading.Event(), threading.Event()
    state = ["before"]

    def slow(asked: Invocation) -> Reply:
        if asked.text == "unsubscribe 3":
            state[0] = "after"
            return Reply("Unsubscribed.")
        seen = state[0]
        reading.set()
        may_answer.wait(2)
        return Reply(f"As it stood {seen}.")

    bench.answer = slow
    await bench.standin.open_home()
    await bench.until(reading.is_set)
    await bench.standin.press("Unsubscribe")
    await bench.until(lambda: state[0] == "after")
    may_answer.set()
    await bench.until(lambda: "As it stood after." in said(bench.standin.home()))
    await bench.until(lambda: not bench.surface._under_way)


@pytest.mark.parametrize(
    "reply",
    [
        Reply("All.", tuple(Heading(f"Section {n}") for n in range(150))),
        Reply("All.", tuple(line("ä" * 2_900) for _ in range(95))),
    ],
)
def test_a_home_that_is_too_large_is_cut_with_a_mark(reply: Reply) -> None:
    view = home_view(reply, Reply("Recorded."))
    assert len(view["blocks"]) <= 100
    assert len(json.dumps(view).encode()) < VIEW_BYTES
    assert "more than fits here" in said(view)
    assert "Recorded." in said(view)
