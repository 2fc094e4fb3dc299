"""A number that was posted and restated since is corrected once, in the thread of the post it stood in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.frozen import freeze, thaw
from bot.jobs.restate import CORRECTED_FOR, REPORT, Restate, correcting
from bot.reply import Reply, spoken
from bot.timeline import Timeline
from bot.workspace import Restriction, Use, Workspace
from collectors import METRICS
from kpi.calendar import Moment, Plan
from kpi.framework_file import parse_framework
from kpi.metric import EPOCH, Sample
from storage import Engine, SessionFactory, promises, samples
from storage.promises import Promise, Receipt, State
from tests.bot.jobs.world import BERLIN, CHANNEL, DAILY, NINE, Chat, Clock, Ledger
from tests.storage.test_samples_read import statements

NOON = timedelta(hours=4)
DAY = NINE.astimezone(BERLIN).date() - timedelta(days=1)  # the last closed one: 23 November

_FRAMEWORK = """
framework: site
title: Site
horizons: {day90: {title: Day 90}}
zones: [{zone: green, at_least: 100%}, {zone: yellow, at_least: 80%, below: 100%}, {zone: red, below: 80%}]
sections:
  - title: Growth
    kpis:
      - {name: Stars, unit: stars, better: higher, targets: {day90: "100"}, measure: last(github.stars)}
      - {name: Forks, unit: forks, better: higher, targets: {day90: "10"}, measure: last(github.forks)}
"""


@pytest.fixture
def workspace() -> Workspace:
    framework = parse_framework(_FRAMEWORK, "site.yaml")
    return Workspace("Acme", BERLIN, (Use(framework, Plan(None, BERLIN)),), METRICS)


@pytest.fixture
def ledger(sessions: SessionFactory, clock: Clock, workspace: Workspace) -> Ledger:
    """Stars and forks of ten days; the daily update of the 24th is posted, and more days go by."""
    found = Ledger(sessions, clock, workspace, Chat(clock))
    found.publish = correcting(found.publish)
    for ago in range(10):
        tell(found, stars=120 - 4 * ago, forks=20 - ago, ago=ago, at=NINE - timedelta(hours=2))
    return found


def tell(
    ledger: Ledger, *, stars: float | None = None, forks: float | None = None, ago: int = 0, at: datetime
) -> None:
    """The vendor's word on the day so many days before the last closed one, as of `at`."""
    noon = NINE - timedelta(days=1 + ago)
    told = {"github.stars": stars, "github.forks": forks}
    found = [Sample(name, noon, value) for name, value in told.items() if value is not None]
    with ledger.sessions.begin() as session:
        samples.write(session, found, at)


async def post(ledger: Ledger) -> Promise:
    """Today's update, delivered."""
    ledger.clock.at = NINE - timedelta(hours=1)
    ledger.publish()
    ledger.clock.at = NINE
    ledger.publish()
    await ledger.deliver()
    [root] = [one for one in ledger.all() if one.state is State.DELIVERED]
    return root


def restate(ledger: Ledger) -> int:
    assert isinstance(ledger.publish.restate, Restate)
    return ledger.publish.restate()


def corrections(ledger: Ledger) -> list[Promise]:
    return [one for one in ledger.all() if one.follows]


def said(promise: Promise) -> str:
    return thaw(promise.payload).text


async def test_a_restated_number_is_corrected_once_in_the_thread_of_its_post(ledger: Ledger) -> None:
    root = await post(ledger)
    assert restate(ledger) == 0
    ledger.clock.forward(hours=5)
    tell(ledger, stars=90, at=ledger.clock())
    assert restate(ledger) == 1
    [one] = corrections(ledger)
    assert (one.key, one.follows, one.report) == (f"{root.key}#restated-1", root.key, REPORT)
    assert said(one) == (
        "Restated: Stars on 23 Nov 120 → 90 (imported, corrected). "
        "That day was yellow, not green. Nothing else changes."
    )
    assert restate(ledger) == 0
    await ledger.deliver()
    assert [each.thread for each in ledger.chat.posts] == ["", "ts0"]
    assert restate(ledger) == 0
    assert [each.state for each in ledger.all()] == [State.DELIVERED] * 2


async def test_what_is_restated_again_is_corrected_again_from_what_was_told_last(ledger: Ledger) -> None:
    root = await post(ledger)
    for value in (90, 110):
        ledger.clock.forward(hours=1)
        tell(ledger, stars=value, at=ledger.clock())
        assert (restate(ledger), restate(ledger)) == (1, 0)
    first, second = corrections(ledger)
    assert (first.key, second.key) == (f"{root.key}#restated-1", f"{root.key}#restated-2")
    assert "Stars on 23 Nov 90 → 110" in said(second)
    assert "green, not yellow" in said(second)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=120, at=ledger.clock())
    assert restate(ledger) == 1
    assert "110 → 120" in said(corrections(ledger)[-1])


async def test_numbers_of_one_post_are_corrected_in_one_message(ledger: Ledger) -> None:
    await post(ledger)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=130, forks=9, at=ledger.clock())
    assert restate(ledger) == 1
    told = spoken(thaw(corrections(ledger)[0].payload)).splitlines()
    assert told[1:] == [
        "Restated: 2 numbers of 23 Nov.",
        "Forks 20 → 9: yellow, not green",
        "Stars 120 → 130",
        "Corrected: imported.",
        "Nothing else changes.",
    ]


async def test_two_processes_correct_it_once(ledger: Ledger) -> None:
    await post(ledger)
    other = Restate(ledger.timeline, ledger.sessions, ledger.clock)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=90, at=ledger.clock())
    assert restate(ledger) + other() == 1
    tell(ledger, stars=60, at=ledger.clock() + timedelta(seconds=1))
    ledger.clock.forward(minutes=5)
    assert other() + restate(ledger) == 1
    assert len(corrections(ledger)) == 2


async def test_what_two_processes_found_at_once_is_entered_once(ledger: Ledger) -> None:
    await post(ledger)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=90, at=ledger.clock())
    assert restate(ledger) == 1
    [one] = corrections(ledger)
    with ledger.sessions.begin() as session:
        assert not promises.owe(session, replace(one, payload="{}"))
    assert corrections(ledger) == [one]


@pytest.mark.parametrize(("value", "settled", "count"), [(120.5, False, 0), (121, False, 0), (122, True, 1)])
async def test_a_small_change_is_silent(ledger: Ledger, value: float, settled: bool, count: int) -> None:
    noon = NINE - timedelta(days=1)
    with ledger.sessions.begin() as session:
        first = Sample("github.stars", noon, 120.0, settled=False)
        samples.write(session, [replace(first, value=120.25)], NINE - timedelta(hours=1, minutes=30))
    await post(ledger)
    ledger.clock.forward(hours=1)
    with ledger.sessions.begin() as session:
        samples.write(session, [replace(first, value=value, settled=settled)], ledger.clock())
    assert restate(ledger) == count
    if count:
        assert "(imported, late events)" in said(corrections(ledger)[0])


async def test_a_small_change_that_turns_the_day_is_told(ledger: Ledger) -> None:
    tell(ledger, stars=100, at=NINE - timedelta(minutes=90))
    await post(ledger)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=99.5, at=ledger.clock())
    assert restate(ledger) == 1
    assert "yellow, not green" in said(corrections(ledger)[0])


async def test_smaller_changes_beside_it_are_not_denied(ledger: Ledger) -> None:
    tell(ledger, stars=1000, at=NINE - timedelta(minutes=90))
    await post(ledger)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=1001, forks=40, at=ledger.clock())
    assert restate(ledger) == 1
    assert said(corrections(ledger)[0]).endswith("Everything else changes by less than 1%.")


async def test_days_to_come_and_old_posts_are_left(ledger: Ledger) -> None:
    await post(ledger)
    ledger.clock.forward(hours=1)
    with ledger.sessions.begin() as session:
        samples.write(session, [Sample("github.stars", ledger.clock(), 500.0)], ledger.clock())
    assert restate(ledger) == 0
    ledger.clock.at = NINE + CORRECTED_FOR + timedelta(seconds=1)
    tell(ledger, stars=90, at=ledger.clock())
    assert restate(ledger) == 0
    ledger.clock.forward(seconds=-1)
    assert restate(ledger) == 1


async def test_a_day_is_judged_by_the_targets_of_then(ledger: Ledger, workspace: Workspace) -> None:
    ledger.timeline = Timeline(replace(ledger.timeline.files))
    old = ledger.timeline.files.uses[0]
    before = replace(ledger.timeline.files, uses=(replace(old, text=_FRAMEWORK),))
    ledger.timeline.change(before)
    ledger.timeline.keep(ledger.sessions, NINE - timedelta(days=30))
    ledger.publish = correcting(replace(ledger.publish, timeline=ledger.timeline, restate=None))
    await post(ledger)
    harder = _FRAMEWORK.replace('"100"', '"1000"')
    use = Use(parse_framework(harder, "site.yaml"), Plan(None, BERLIN), text=harder)
    ledger.timeline.change(replace(before, uses=(use,)))
    ledger.timeline.keep(ledger.sessions, NINE + timedelta(minutes=30))
    ledger.clock.forward(hours=1)
    tell(ledger, stars=90, at=ledger.clock())
    assert restate(ledger) == 1
    assert "yellow, not green" in said(corrections(ledger)[0])  # by 1000 it would be red


async def test_what_was_known_then_stays_known(ledger: Ledger) -> None:
    await post(ledger)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=90, at=ledger.clock())
    restate(ledger)
    moment = Moment(NINE, BERLIN)
    with ledger.sessions.read() as session:
        [then] = samples.read(session, {"github.stars": EPOCH}, until=moment.now, as_of=NINE).of(
            "github.stars"
        )
        [now] = samples.read(session, {"github.stars": EPOCH}, until=moment.now).of("github.stars")
    assert (then.value[-1], now.value[-1]) == (120, 90)


async def test_it_comes_before_the_next_report(ledger: Ledger) -> None:
    await post(ledger)
    ledger.clock.at = NINE + timedelta(days=1)
    tell(ledger, stars=90, at=ledger.clock())
    assert ledger.publish() == 1
    assert [one.key for one in corrections(ledger)] == [f"{DAILY.key('2026-11-24')}#restated-1"]
    assert ledger.publish() == 0


async def test_a_post_without_numbers_or_of_another_version_is_left(ledger: Ledger) -> None:
    odd: list[dict[str, Any]] = [{}, {"figures": [{"kpi": "site/stars"}]}, {"figures": 3}]
    for number, data in enumerate(odd):
        one = Promise(
            f"x/{number}", "daily", "x", "slack", CHANNEL, NINE, freeze(Reply("Posted.", data=data))
        )
        with ledger.sessions.begin() as session:
            promises.owe(session, one)
            promises.delivered(session, one.key, Receipt(CHANNEL, f"ts{number}", NINE))
    with ledger.sessions.begin() as session:
        promises.owe(session, Promise("y", "daily", "x", "slack", CHANNEL, NINE, "{not json"))
        promises.delivered(session, "y", Receipt(CHANNEL, "ts9", NINE))
    assert restate(ledger) == 0


async def test_a_number_that_is_kept_from_the_channel_by_now_is_not_told(ledger: Ledger) -> None:
    await post(ledger)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=90, forks=40, at=ledger.clock())
    rule = Restriction(kpis=frozenset({ledger.workspace.kpis[0].path}), channels=("slack:C0OTHER",))
    ledger.timeline.change(replace(ledger.timeline.files, restrictions=(rule,)))
    assert restate(ledger) == 1
    [one] = corrections(ledger)
    assert "Stars" not in one.payload
    assert "Forks on 23 Nov 20 → 40" in said(one)


async def test_a_quiet_look_asks_little_and_a_whole_one_no_more_for_more_posts(
    ledger: Ledger, engine: Engine
) -> None:
    root = await post(ledger)
    asked = []
    for count in range(3):
        with ledger.sessions.begin() as session:
            for number in range(10 * count):
                one = replace(root, key=f"{root.key}#again-{count}-{number}", receipt=None, state=State.OWED)
                promises.owe(session, one)
                promises.delivered(session, one.key, Receipt(CHANNEL, f"{count}.{number}", NINE))
        fresh = correcting(replace(ledger.publish, restate=None))
        assert isinstance(fresh.restate, Restate)
        with statements(engine) as whole:
            assert fresh.restate() == 0
        with statements(engine) as quiet:
            assert fresh.restate() == 0
        asked.append(
            [sum(not one.startswith(("PRAGMA", "BEGIN")) for one, _ in some) for some in (whole, quiet)]
        )
    assert asked == [asked[0]] * 3
    assert asked[0][1] == 2


async def test_a_post_that_was_long_on_its_way_is_looked_at_as_a_whole(ledger: Ledger) -> None:
    root = await post(ledger)
    late = replace(root, key="daily/late", receipt=None, state=State.OWED)
    with ledger.sessions.begin() as session:
        promises.owe(session, late)
    ledger.clock.forward(hours=1)
    tell(ledger, stars=90, at=ledger.clock())
    assert restate(ledger) == 1
    ledger.clock.forward(hours=2)
    with ledger.sessions.begin() as session:
        promises.delivered(session, late.key, Receipt(CHANNEL, "ts9", ledger.clock()))
    assert restate(ledger) == 1
    assert {one.follows for one in corrections(ledger)} == {root.key, late.key}
