"""What people type and press, through the gateway, to one answer each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.commands.complete import Suggestion
from bot.reply import Action, Actions, Reply, Table, Visibility, line
from bot.surfaces.base import Invocation
from tests.bot.surfaces.discord.conftest import TIMING, Bench, MakeBench
from tests.bot.surfaces.samples import CHART, STANDING
from tests.discord_standin.config import DANA, FORUM, GENERAL, LEE, PRIVATE, StandinConfig
from tests.discord_standin.faults import dropped, rate_limited, refused, server_error, silent

WORDS = Reply("Stars 1,234.", (line("Stars 1,234."), Actions((Action("Why", "why stars"),))))
LONG = Reply("Long.", (Table(("KPI", "Value"), tuple((f"KPI {n}", str(n)) for n in range(900))),))


def says(reply: Reply) -> Callable[[Invocation], Reply]:
    return lambda _: reply


async def test_a_look_up_is_answered_once_and_only_for_the_one_who_asked(bench: Bench) -> None:
    outcome = await bench.standin.slash("stars")
    (message,) = await bench.standin.answered(outcome)
    assert message["content"].startswith("**GitHub Stars 1,234")
    assert outcome.is_private
    assert bench.standin.messages(GENERAL) == []
    (asked,) = bench.asked
    assert (asked.text, asked.surface, asked.user, asked.channel) == ("stars", "discord", DANA, GENERAL)
    assert not asked.in_channel
    assert bench.surface.last_heard is not None


async def test_a_command_with_options_asks_what_would_have_been_typed(bench: Bench) -> None:
    outcome = await bench.standin.command("kpi-gate", {"gate": "phase1", "view": "all"}, user=LEE)
    await bench.standin.answered(outcome)
    assert [(one.text, one.user) for one in bench.asked] == [("gate phase1 all", LEE)]


async def test_share_is_for_all(bench: Bench) -> None:
    bench.answer = says(replace(WORDS, visibility=Visibility.CHANNEL))
    await bench.standin.answered(outcome := await bench.standin.slash("stars share"))
    assert not outcome.is_private
    assert len(bench.standin.messages(GENERAL)) == 1


async def test_a_refusal_is_for_nobody_else_even_where_all_were_promised_an_answer(bench: Bench) -> None:
    bench.answer = says(Reply("No KPI “strs”.", (line("No KPI “strs”."),), data={"error": "no"}))
    outcome = await bench.standin.slash("strs share")
    await bench.until(lambda: "further" in bench.standin.calls and outcome.is_private)
    assert bench.standin.messages(GENERAL) == []
    assert [one["content"] for one in outcome.messages] == ["**No KPI “strs”.**"]


async def test_an_answer_that_is_for_all_unasked_is_said_so(bench: Bench) -> None:
    bench.answer = says(replace(WORDS, visibility=Visibility.CHANNEL))
    await bench.standin.slash("post it")
    await bench.until(lambda: bench.standin.messages(GENERAL))
    assert [one["content"] for one in bench.standin.messages(GENERAL)] == ["**Stars 1,234.**"]


async def test_the_picture_follows_into_the_same_message(bench: Bench) -> None:
    picture = Reply("Stars.", (CHART,))
    bench.answer = lambda asked: (
        picture if asked.text == "chart stars" else replace(WORDS, follow="chart stars")
    )
    outcome = await bench.standin.slash("stars")
    await bench.until(lambda: outcome.messages and outcome.messages[0]["attachments"])
    (message,) = outcome.messages
    assert message["content"] == "**Stars 1,234.**"
    assert message["attachments"][0]["description"] == CHART.alt
    assert message["components"]
    assert bench.standin.world.files[message["attachments"][0]["id"]] == CHART.drawing.png()


async def test_a_chart_that_cannot_be_drawn_leaves_words_and_a_note(bench: Bench) -> None:
    async def broken(_drawing: object) -> bytes:
        raise ValueError("no font")

    bench.draw = broken  # type: ignore[method-assign]
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    assert CHART.alt in str(message["embeds"])
    assert "could not be shown" in str(message["embeds"])


async def test_a_long_answer_goes_on_for_the_same_reader(bench: Bench) -> None:
    bench.answer = says(LONG)
    outcome = await bench.standin.slash("all")
    await bench.until(lambda: len(outcome.messages) > 1 and "part 3 of 3" in outcome.messages[-1]["content"])
    assert outcome.is_private


async def test_a_button_asks_its_question(bench: Bench) -> None:
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    bench.answer = says(WORDS)
    outcome = await bench.standin.click("Why", message, user=LEE)
    (told,) = await bench.standin.answered(outcome)
    assert (bench.asked[-1].text, bench.asked[-1].user) == ("why stars", LEE)
    assert outcome.is_private
    assert told["content"] == "**Stars 1,234.**"


async def test_a_button_works_after_a_restart(bench: Bench) -> None:
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    await bench.surface.stop()
    later = bench.another()
    await later.start()
    try:
        await bench.standin.answered(await bench.standin.click("90 days", message))
    finally:
        await later.stop()
    assert bench.asked[-1].text == "stars 90d"


async def test_the_share_button_answers_for_all(bench: Bench) -> None:
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    bench.answer = says(replace(WORDS, visibility=Visibility.CHANNEL))
    outcome = await bench.standin.click("Share", message)
    await bench.standin.answered(outcome)
    assert not outcome.is_private
    assert bench.asked[-1].in_channel


@pytest.mark.parametrize(
    ("filled", "text"),
    [
        ({"value": "52", "note": "survey"}, "record hektor/a.b 52 survey"),
        ({"value": "", "note": ""}, ""),
    ],
)
async def test_a_form_opens_begun_and_asks_what_was_filled_in(
    bench: Bench, filled: dict[str, str], text: str
) -> None:
    form = Action("Record", "hektor/a.b", form="record")
    bench.answer = says(Reply("Form.", (Actions((Action("Why", "why"),), (form,)),)))
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    modal = (await bench.standin.click("Record", message)).modal
    assert modal is not None
    assert modal["components"][0]["component"]["value"] == "hektor/a.b"
    outcome = await bench.standin.submit(modal, filled)
    (told,) = await bench.standin.answered(outcome)
    assert [one.text for one in bench.asked[1:]] == ([text] if text else [])
    assert text or "Value: Fill this in." in told["content"]


async def test_what_could_be_typed_is_suggested_as_its_reader_may_see_it(bench: Bench) -> None:
    bench.suggestions = (Suggestion("stars", "GitHub"),)
    found = await bench.standin.begin("kpi", {"question": "st"}, "question", user=LEE)
    assert found == [{"name": "stars · GitHub", "value": "stars"}]
    assert [(one.text, one.user) for one in bench.begun] == [("st", LEE)]


async def test_suggestions_that_fail_are_none(bench: Bench) -> None:
    def broken(_invocation: Invocation) -> tuple[Suggestion, ...]:
        raise ValueError("no")

    bench.suggest = broken  # type: ignore[method-assign]
    assert await bench.standin.begin("kpi", {"question": "st"}, "question") == []


@pytest.mark.parametrize(
    ("channel", "text", "is_shared"),
    [(GENERAL, "stars share", True), (PRIVATE, "stars share", False), (GENERAL, "stars", True)],
)
async def test_where_everybody_can_read_counts_as_shared(
    bench: Bench, channel: str, text: str, is_shared: bool
) -> None:
    await bench.standin.answered(await bench.standin.slash(text, channel=channel))
    assert bench.asked[0].is_shared is is_shared


async def test_direct_messages_are_nobody_elses(bench: Bench) -> None:
    place = bench.standin.world.direct(DANA)
    outcome = await bench.standin.slash("stars share", channel=place.id)
    await bench.standin.answered(outcome)
    assert not bench.asked[0].is_shared
    assert not bench.asked[0].in_channel
    (answer,) = [one for one in outcome.messages if one["components"]]
    shown = [button["label"] for row in answer["components"] for button in row["components"]]
    assert shown == ["90 days", "Why"], "nobody to share with"


async def test_a_fault_of_the_dispatcher_is_told_with_a_reference(bench: Bench) -> None:
    def broken(_invocation: Invocation) -> Reply:
        raise RuntimeError("unexpected")

    bench.answer = broken
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    assert "That did not work (ref " in message["content"]


async def test_a_layout_that_discord_refuses_goes_out_in_words(bench: Bench) -> None:
    bench.standin.inject("edit_original", refused(400, 50035), times=2)
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    assert message["embeds"] == []
    assert CHART.alt in message["content"]


@pytest.mark.parametrize("fault", [server_error(), server_error(after=True), dropped(), dropped(after=True)])
async def test_an_acknowledgement_whose_answer_was_lost_is_made_sure_of(bench: Bench, fault: object) -> None:
    bench.standin.inject("callback", fault)  # type: ignore[arg-type]
    outcome = await bench.standin.slash("stars")
    assert len(await bench.standin.answered(outcome)) == 1


async def test_a_further_part_is_never_sent_twice(bench: Bench) -> None:
    bench.answer = says(LONG)
    bench.standin.inject("further", server_error(after=True))
    outcome = await bench.standin.slash("all")
    await bench.until(lambda: len(outcome.messages) == 2)
    assert bench.standin.calls.count("further") == 1


async def test_an_answer_after_its_time_goes_to_its_reader(make_bench: MakeBench) -> None:
    bench = await make_bench(world=StandinConfig(token_seconds=-1.0))
    bench.answer = says(WORDS)
    await bench.standin.slash("stars")
    place = bench.standin.world.direct(DANA)
    await bench.until(lambda: bench.standin.messages(place.id))
    assert bench.standin.messages(GENERAL) == []


async def test_an_interaction_that_ran_out_is_left_alone(make_bench: MakeBench) -> None:
    bench = await make_bench(world=StandinConfig(answer_seconds=-1.0))
    await bench.standin.slash("stars")
    await bench.until(lambda: "callback" in bench.standin.calls)
    assert bench.asked == []
    assert "edit_original" not in bench.standin.calls


async def test_of_several_processes_one_answers(bench: Bench) -> None:
    others = [bench.another(), bench.another()]
    for other in others:
        await other.start()
    try:
        for number in range(10):
            (message,) = await bench.standin.answered(await bench.standin.slash(f"stars {number}"))
            assert message["content"]
        await bench.until(lambda: bench.standin.calls.count("callback") == 30)
    finally:
        for other in others:
            await other.stop()
    assert [one.text for one in bench.asked] == [f"stars {number}" for number in range(10)]


async def test_no_answer_in_time_is_said(make_bench: MakeBench) -> None:
    import time

    bench = await make_bench(timing=replace(TIMING, ask=0.05))
    bench.answer = lambda _: time.sleep(0.15) or STANDING  # type: ignore[func-returns-value]
    (message,) = await bench.standin.answered(await bench.standin.slash("stars"))
    assert "No answer within 0.05 s" in message["content"]


@pytest.mark.parametrize("fault", [rate_limited(0.01), silent()])
async def test_a_pause_is_waited_out_and_silence_ends(make_bench: MakeBench, fault: object) -> None:
    bench = await make_bench(timing=replace(TIMING, acknowledge=0.1))
    bench.standin.inject("callback", fault)  # type: ignore[arg-type]
    assert await bench.standin.answered(await bench.standin.slash("stars"))


async def test_a_forum_is_shared_like_any_channel(bench: Bench) -> None:
    assert await bench.surface.is_shared(FORUM) is True
