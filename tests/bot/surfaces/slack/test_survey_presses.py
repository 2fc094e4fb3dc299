"""A survey asked in a channel: a press is answered to that person alone, and the question stays as it is."""

from __future__ import annotations

from bot.surfaces.base import Post
from storage import SessionFactory, connect
from tests.bot.surfaces.slack.conftest import CHANNEL, MakeBench
from tests.bot.surveying import OPENS, Office, entry, surveyed


async def test_a_press_reveals_nothing_in_the_channel(make_bench: MakeBench, sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    office = Office(SessionFactory(engine), surveyed(developers=entry(to=[f"slack:{CHANNEL}"])))
    office.go(OPENS)
    bench = await make_bench()
    bench.answer = lambda asked: office.say(asked.text, asked.user, channel=asked.channel)
    await bench.surface.send(Post("survey", CHANNEL, office.post("question")))
    before = bench.standin.messages(CHANNEL)
    assert not (await bench.standin.click("9")).error
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    (whisper,) = bench.standin.whispers(CHANNEL)
    assert whisper["text"] == "Thank you: 9."
    assert not (await bench.standin.click("10", ts=before[0]["ts"])).error
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 2)
    assert bench.standin.messages(CHANNEL) == before, "nobody else sees anything change"
    assert [one.in_channel for one in bench.asked] == [False, False]
    engine.dispose()
