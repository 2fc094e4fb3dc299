"""The judge of the fault benchmark: what it calls lost, doubled or untrue. The run itself is `make chaos`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from benchmarks.chaos import plan, weather
from benchmarks.chaos.judge import Message, Verdict, judge, shown
from benchmarks.chaos.plan import SHORT, Places, Promised
from bot.frozen import thaw
from bot.jobs import deliver
from bot.jobs.deliver import Deliver
from bot.surfaces.base import OutcomeUnknown, Post
from storage import SessionFactory, promises
from storage.promises import Promise, Receipt, State
from tests.bot.jobs.world import Chat, Clock

DUE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOW = DUE + timedelta(hours=3)
KEY = "chaos/slack:C00001/00001"
OWED = Promised(KEY, "slack", "C00001", DUE)
ROW = Promise(
    KEY, "chaos", "00001", "slack", "C00001", DUE, "{}", DUE + timedelta(hours=2), State.DELIVERED,
    receipt=Receipt("C00001", "1.1", DUE + timedelta(seconds=2)),
)  # fmt: skip
POSTED = Message("slack", "C00001", "1.1", KEY, 0, 1, "", "Figure 1.")
FAILED = replace(ROW, state=State.FAILED, receipt=None)
TOLD = replace(
    ROW, key=f"{KEY}>slack:C0FIRST", channel="C0FIRST", stands_for=KEY, receipt=Receipt("C0FIRST", "2.1", DUE)
)
TOLD_THERE = replace(POSTED, channel="C0FIRST", id="2.1", mark=TOLD.key)
EXTRA = replace(POSTED, id="1.2")


def part(number: int, ident: str = "1.5") -> Message:
    return replace(POSTED, id=ident, part=number, parts=3, thread="1.1")


def verdict(rows: list[Promise], standing: list[Message]) -> Verdict:
    return judge([OWED], rows, standing, NOW)


def test_what_stands_once_where_the_receipt_says_is_delivered() -> None:
    found = verdict([ROW], [POSTED])
    assert (found.delivered, found.late, found.is_sound) == (1, 0, True)


@pytest.mark.parametrize(
    ("rows", "standing", "faults"),
    [
        pytest.param([], [], ["lost"], id="never entered"),
        pytest.param([ROW], [], ["lost", "not_there"], id="called delivered, stands nowhere"),
        pytest.param([ROW], [EXTRA], ["not_there"], id="another message than the receipt's"),
        pytest.param([replace(ROW, state=State.UNKNOWN)], [], ["lost"], id="open at the end"),
        pytest.param([replace(ROW, state=State.UNKNOWN)], [POSTED], ["open"], id="there, not noted"),
        pytest.param([ROW], [POSTED, EXTRA], ["doubled"], id="twice"),
        pytest.param([ROW], [POSTED, replace(EXTRA, channel="C2")], ["doubled"], id="twice, elsewhere"),
        pytest.param([FAILED], [], ["lost"], id="given up, nobody told"),
        pytest.param([FAILED, TOLD], [], ["lost", "not_there"], id="told nowhere"),
        pytest.param([FAILED, TOLD], [TOLD_THERE, POSTED], ["denied"], id="told elsewhere, stands there"),
        pytest.param([FAILED, TOLD], [TOLD_THERE, replace(TOLD_THERE, id="3")], ["doubled"], id="told twice"),
        pytest.param([replace(FAILED, state=State.MISSED)], [POSTED], ["denied"], id="missed, and there"),
        pytest.param(
            [replace(FAILED, state=State.MISSED, deadline=NOW + timedelta(hours=1))],
            [],
            ["lost"],
            id="missed before its time was over",
        ),
        pytest.param([ROW], [POSTED, replace(EXTRA, mark="")], ["stray"], id="a post without a key"),
        pytest.param(
            [replace(ROW, receipt=Receipt("C00001", "1.1", DUE + timedelta(minutes=20)))],
            [POSTED],
            ["unsaid"],
            id="late without saying so",
        ),
        pytest.param(
            [ROW], [replace(POSTED, parts=3), part(1), part(1, "1.6"), part(2)], ["parts_doubled"], id="part"
        ),
        pytest.param([ROW], [replace(POSTED, parts=3), part(2)], ["parts_missing"], id="half a thread"),
    ],
)
def test_the_judge_sees_every_kind_of_fault(
    rows: list[Promise], standing: list[Message], faults: list[str]
) -> None:
    found = verdict(rows, standing)
    assert sorted(name for name, keys in found.faults.items() if keys) == faults
    assert not found.is_sound


@pytest.mark.parametrize(
    ("rows", "standing", "count"),
    [
        pytest.param([FAILED, TOLD], [TOLD_THERE], "elsewhere", id="told elsewhere"),
        pytest.param([replace(FAILED, state=State.MISSED)], [], "missed", id="missed in time"),
        pytest.param(
            [replace(ROW, receipt=Receipt("C00001", "1.1", DUE + timedelta(minutes=20)))],
            [replace(POSTED, words="Late: it was due 09:00.")],
            "late",
            id="late, and says so",
        ),
    ],
)
def test_what_is_told_honestly_is_no_fault(rows: list[Promise], standing: list[Message], count: str) -> None:
    found = verdict(rows, standing)
    assert (getattr(found, count), found.is_sound) == (1, True)


def test_a_thread_that_was_refused_and_noted_is_no_fault() -> None:
    noted = replace(ROW, receipt=Receipt("C00001", "1.1", DUE, ("part 2 was refused: is_archived",)))
    assert verdict([noted], [replace(POSTED, parts=2)]).is_sound


def test_discord_posts_are_known_by_the_hash_of_their_key() -> None:
    row = replace(ROW, surface="discord", channel="51", receipt=Receipt("51", "9", DUE))
    post = Message("discord", "51", "9", shown("discord", KEY), 0, 1, "", "Figure 1.")
    promised = [Promised(KEY, "discord", "51", DUE)]
    assert judge(promised, [row], [post], NOW).delivered == 1
    assert judge(promised, [row], [post, replace(post, id="10")], NOW).doubled == [KEY]


class Blind(Chat):
    """A broken surface: it never looks, so that its sender sends again whatever it does not know."""

    async def find(self, _post: Post, _since: datetime) -> Receipt | None:
        return None


@pytest.mark.parametrize(("kind", "doubled"), [(Chat, []), (Blind, [KEY])])
async def test_a_sender_that_resends_blindly_is_found_out(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch, kind: type[Chat], doubled: list[str]
) -> None:
    monkeypatch.setattr(deliver, "FIRST_RETRY", timedelta())
    clock = Clock(DUE)
    chat = kind(clock, after=[OutcomeUnknown("the answer was lost")])
    [(_, promise)] = plan.promises(replace(SHORT, promises=1), Places.of(SHORT), Random(1))
    with sessions.begin() as session:
        payload = promise.payload
        promises.owe(session, replace(ROW, payload=payload, state=State.OWED, receipt=None))
    for _ in range(2):
        await Deliver(sessions, {"slack": chat}, "one", clock)()
    standing = [
        Message("slack", one.channel, f"ts{at}", one.key, 0, 1, "", "") for at, one in enumerate(chat.posts)
    ]
    with sessions.read() as session:
        rows = promises.listing(session)
    found = judge([OWED], rows, standing, NOW)
    assert found.doubled == doubled
    assert found.is_sound == (not doubled)


def test_the_same_seed_promises_the_same_to_the_same_places() -> None:
    def made(seed: int) -> list[tuple[float, Promise]]:
        return list(plan.promises(SHORT, Places.of(SHORT), Random(seed)))

    assert made(1) == made(1) != made(2)
    assert len({one.key for _, one in made(1)}) == SHORT.promises
    assert all(thaw(one.payload).text for _, one in made(1))


def test_the_weather_is_drawn_as_often_as_it_says_and_ends_when_calm() -> None:
    counts: Counter[str] = Counter()
    drawn = weather.Weather(weather.SLACK, Random(1), counts)
    for _ in range(10_000):
        drawn.meets("chat.postMessage")
    per_thousand = {bad.name: bad.often for bad in weather.SLACK["chat.postMessage"]}
    assert counts.keys() == per_thousand.keys()
    assert all(counts[name] == pytest.approx(10 * often, rel=0.4) for name, often in per_thousand.items())
    drawn.is_calm = True
    assert all(drawn.meets("chat.postMessage") is None for _ in range(100))
    assert drawn.meets("no.such.call") is None
