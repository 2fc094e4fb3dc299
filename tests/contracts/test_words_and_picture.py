"""The words come first, their picture later: both tell of the same samples, whatever comes in between."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from storage import SessionFactory, connect, samples
from tests.factories import NOW, TODAY, built_in, each_day, store

STARS = [2_000 + 28 * day for day in range(90)]


def drawn(reply: Reply) -> list[tuple[str, object]]:
    return [(chart.alt, asdict(chart.drawing)) for chart in reply.charts]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "question",
    [
        "stars",
        "stars 30d",
        "stars in october",
        "stars as-of 2026-11-10",
        "stars 30d as-of 2026-11-10",
        "stars as-of 2026-11-10 known 2026-11-18",
        "stars in october as-of 2026-11-10 known now",
    ],
)
def test_the_picture_is_of_the_samples_that_the_words_saw(question: str, sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    sessions = SessionFactory(engine)
    now = NOW
    dispatcher = Dispatcher(Timeline(built_in("hektor")), sessions, COMMANDS, lambda: now)

    def ask(text: str) -> Reply:
        return dispatcher(Invocation(text, "slack", "U0DANA", "C0TEAM"))

    store(sessions, each_day("github.stars", STARS))
    words = ask(question)
    at_once = ask(words.follow)
    restated = [
        replace(one, value=one.value * 3)
        for one in each_day("github.stars", [*STARS[1:], 9_999.0], until=TODAY)
    ]
    now = NOW + timedelta(seconds=20)
    with sessions.begin() as session:
        samples.write(session, restated, NOW + timedelta(seconds=10))
    assert drawn(at_once)
    assert drawn(ask(words.follow)) == drawn(at_once)
    # asked anew it is another picture, unless the question itself leaves out what was recorded since
    is_pinned = "as-of" in question and "known now" not in question
    assert (drawn(ask(ask(question).follow)) == drawn(at_once)) is is_pinned
    engine.dispose()
