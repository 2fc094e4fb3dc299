"""Closed days become samples where they were listened to wholly; every other day has none."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.jobs.collect import Connected
from bot.jobs.community import KEPT, OTHER, CloseCommunity
from collectors import BY_KIND, METRICS
from kpi.calendar import Moment, day_start
from kpi.measure import Reading, State, parse
from kpi.metric import Sample, SeriesSet
from storage import SessionFactory, community, samples
from storage.community import Message, Move, Span

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 12)
START = day_start(DAY, BERLIN)
A_DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)
END = START + A_DAY
LAST = END - SECOND
CLOSED = END + HOUR
GUILD = "7000000000000000001"
Found = dict[tuple[str, str, datetime], float]


@dataclass
class Bench:
    """A database, a source, and the job over them at a time that the test sets."""

    sessions: SessionFactory
    at: datetime = CLOSED
    zone: ZoneInfo = BERLIN
    labels: dict[str, str] = field(default_factory=dict)

    def job(self) -> CloseCommunity:
        settings = {"guild": GUILD, "token": "token", "labels": self.labels}
        discord, web = BY_KIND["discord"], BY_KIND["web"]
        sources = {
            "discord": Connected("discord", discord, discord.configure(settings)),
            "site": Connected("site", web, web.configure({"url": "https://acme.dev/"})),
        }
        return CloseCommunity(sources, self.sessions, self.zone, lambda: self.at)

    def run(self) -> samples.Written:
        return self.job()()

    def heard(self, *messages: Message, moves: Iterable[Move] = ()) -> None:
        with self.sessions.begin() as session:
            community.add_messages(session, messages)
            community.add_moves(session, moves)

    def listen(self, begin: datetime = START, end: datetime = END, **more: Any) -> None:
        with self.sessions.begin() as session:
            community.listened(session, [Span(GUILD, f"s{begin}{more}", begin, end, **more)])

    def name(self, names: dict[str, str], at: datetime = END) -> None:
        with self.sessions.begin() as session:
            community.name_channels(session, GUILD, names, at)

    def kept(self, metric: str = "") -> list[Sample]:
        with self.sessions.read() as session:
            return [one for one in samples.export(session) if not metric or one.metric == metric]

    def found(self) -> Found:
        """Samples by metric, channel and instant."""
        return {(one.metric, dict(one.labels).get("channel", ""), one.at): one.value for one in self.kept()}

    def measure(self, text: str) -> Reading:
        measure, moment = parse(text), Moment(self.at, self.zone)
        with self.sessions.read() as session:
            series = samples.read(session, measure.since(moment), until=self.at)
        return measure.evaluate(SeriesSet(series.series, METRICS), moment)


def wrote(number: int, author: str, at: datetime, channel: str = "c1", **more: Any) -> Message:
    return replace(Message(str(number), GUILD, channel, author, at), **more)


@pytest.fixture
def bench(sessions: SessionFactory) -> Bench:
    return Bench(sessions)


def test_a_day_that_was_listened_to_is_stated(bench: Bench) -> None:
    bench.name({"c1": "general", "c2": "help", "c3": "quiet"})
    bench.listen()
    hours = [START + hour * HOUR for hour in range(4)]
    bench.heard(
        wrote(1, "ann", hours[0]), wrote(2, "ann", hours[1]), wrote(3, "bob", hours[2]),
        wrote(4, "ann", hours[3], "c2"), wrote(5, "eve", END, "c2"), wrote(6, "eve", START - MINUTE),
    )  # fmt: skip
    bench.run()
    assert bench.found() == {
        ("discord.authors", "", LAST): 2,
        ("discord.messages", "general", START): 3,
        ("discord.messages", "help", START): 1,
        ("discord.messages", "quiet", START): 0,
        ("discord.channel_authors", "general", LAST): 2,
        ("discord.channel_authors", "help", LAST): 1,
        ("discord.channel_authors", "quiet", LAST): 0,
    }
    assert all(one.settled for one in bench.kept())


def test_a_quiet_day_is_a_zero(bench: Bench) -> None:
    bench.listen()
    bench.run()
    assert bench.found() == {("discord.authors", "", LAST): 0}


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [(START, END - HOUR)],
        [(START + 3 * MINUTE, END)],
        [(START, START + 9 * HOUR), (START + 9 * HOUR + 3 * MINUTE, END)],
        [(START + MINUTE, START + HOUR), (START + HOUR + MINUTE, END - MINUTE)],  # three minutes in all
    ],
)
def test_a_day_with_a_deaf_stretch_has_no_sample(
    bench: Bench, spans: list[tuple[datetime, datetime]]
) -> None:
    bench.heard(wrote(1, "ann", START + HOUR))
    for begin, end in spans:
        bench.listen(begin, end)
    assert bench.run() == samples.Written()
    assert bench.kept() == []


def test_a_restart_is_forgiven_and_two_processes_complete_each_other(bench: Bench) -> None:
    bench.listen(START - HOUR, START + 9 * HOUR)
    bench.listen(START + 9 * HOUR + MINUTE, START + 20 * HOUR)
    bench.listen(START + 15 * HOUR, END + HOUR)
    bench.run()
    assert bench.found() == {("discord.authors", "", LAST): 0}


@pytest.mark.parametrize(("at", "is_stated"), [(END, False), (CLOSED - MINUTE, False), (CLOSED, True)])
def test_a_day_is_stated_an_hour_after_its_end(bench: Bench, at: datetime, is_stated: bool) -> None:
    bench.listen(END - A_DAY, CLOSED)
    bench.at = at
    bench.run()
    assert bool(bench.kept()) is is_stated


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23), (date(2026, 11, 12), 24)]
)
def test_a_day_is_as_long_as_its_zone_makes_it(bench: Bench, day: date, hours: int) -> None:
    begin, end = day_start(day, BERLIN), day_start(day + A_DAY, BERLIN)
    assert end - begin == hours * HOUR
    bench.listen(begin, end)
    bench.heard(wrote(1, "ann", end - MINUTE), wrote(2, "bob", end))
    bench.at = end + HOUR
    bench.run()
    assert bench.found() == {
        ("discord.authors", "", end - SECOND): 1,
        ("discord.messages", OTHER, begin): 1,
        ("discord.channel_authors", OTHER, end - SECOND): 1,
    }


def test_doing_it_again_changes_nothing(bench: Bench) -> None:
    bench.listen()
    bench.heard(wrote(1, "ann", START + HOUR))
    assert bench.run().new == 3
    bench.heard(wrote(2, "bob", START + 2 * HOUR))  # it comes too late: the day is closed
    assert bench.run() == samples.Written()


def test_several_processes_keep_it_once(bench: Bench) -> None:
    bench.listen()
    bench.heard(wrote(1, "ann", START + HOUR))
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda _: bench.run(), range(4)))
    assert sum(one.new for one in written) == 3
    assert sum(one.restated for one in written) == 0


def test_days_that_nobody_closed_are_closed_later(bench: Bench) -> None:
    bench.listen(START, START + 10 * A_DAY)
    bench.at = START + 10 * A_DAY + HOUR
    bench.run()
    assert len(bench.kept("discord.authors")) == 10


def test_channels_that_share_a_name_count_together(bench: Bench) -> None:
    bench.name({"c1": "private channels", "c2": "private channels"})
    bench.listen()
    at = START + HOUR
    bench.heard(wrote(1, "ann", at), wrote(2, "ann", at, "c2"), wrote(3, "bob", at, "c2"))
    bench.run()
    found = bench.found()
    assert found["discord.messages", "private channels", START] == 3
    assert found["discord.channel_authors", "private channels", LAST] == 2


def test_a_channel_that_is_gone_gets_no_zeros(bench: Bench) -> None:
    bench.name({"c1": "gone"}, START - HOUR)
    bench.listen()
    bench.run()
    assert bench.found() == {("discord.authors", "", LAST): 0}


def test_the_sources_labels_are_on_every_sample(bench: Bench) -> None:
    bench.labels = {"server": "acme"}
    bench.listen()
    bench.heard(wrote(1, "ann", START))
    bench.run()
    assert all(("server", "acme") in one.labels for one in bench.kept())
    assert bench.run() == samples.Written()


def test_joins_and_leaves_are_stated_where_they_were_told(bench: Bench) -> None:
    moves = [Move(GUILD, "ann", START + HOUR, "join"), Move(GUILD, "bob", START + HOUR, "leave")]
    bench.heard(moves=[*moves, Move(GUILD, "eve", START + 2 * HOUR, "join")])
    bench.listen()
    bench.listen(START, END, members=True)
    bench.run()
    assert bench.found() == {
        ("discord.authors", "", LAST): 0,
        ("discord.joins", "", START): 2,
        ("discord.leaves", "", START): 1,
    }


def test_without_the_members_intent_all_day_joins_are_unknown(bench: Bench) -> None:
    bench.heard(moves=[Move(GUILD, "ann", START + 20 * HOUR, "join")])
    bench.listen()
    bench.listen(START + 12 * HOUR, END, members=True)
    bench.run()
    assert set(bench.found()) == {("discord.authors", "", LAST)}


def test_response_times_stand_at_their_answer(bench: Bench) -> None:
    bench.listen(START - A_DAY, END)
    asked = START + HOUR
    bench.heard(
        wrote(1001, "ann", asked, is_question=True),
        wrote(1002, "bob", asked, is_question=True),
        wrote(1003, "eve", asked + 30 * MINUTE, answers="1001"),
        wrote(1004, "eve", asked + 30 * MINUTE, answers="1002"),
        wrote(900, "ann", START - 2 * HOUR, is_question=True),
        wrote(1005, "bob", START + 2 * HOUR, answers="900"),
    )
    bench.run()
    found = {one.at: one.value for one in bench.kept("discord.response_time") if one.at >= START}
    assert found == {
        asked + 30 * MINUTE + timedelta(microseconds=1): 1800,
        asked + 30 * MINUTE + timedelta(microseconds=2): 1800,
        START + 2 * HOUR + timedelta(microseconds=900): 4 * 3600,
    }


def test_a_response_over_a_deaf_stretch_is_unknown(bench: Bench) -> None:
    bench.listen(START - A_DAY, START - 2 * HOUR)
    bench.listen(START, END)
    bench.heard(
        wrote(1, "ann", START - 3 * HOUR, is_question=True), wrote(2, "bob", START + HOUR, answers="1")
    )
    bench.run()
    assert bench.kept("discord.response_time") == []


def test_a_month_is_stated_once_thirty_days_were_whole(bench: Bench) -> None:
    first = day_start(DAY - 29 * A_DAY, BERLIN)
    bench.listen(first, END + 2 * A_DAY)
    bench.heard(wrote(1, "ann", first), wrote(2, "bob", START), wrote(3, "ann", START), wrote(4, "eve", END))
    bench.at = CLOSED + A_DAY
    bench.run()
    found = {one.at: one.value for one in bench.kept("discord.monthly_authors")}
    last = timedelta(microseconds=1)
    assert found == {END - last: 2, END + A_DAY - last: 3}


def test_what_the_frameworks_would_measure_can_be_read(bench: Bench) -> None:
    first = day_start(DAY - 29 * A_DAY, BERLIN)
    bench.listen(first, END)
    bench.name({"c1": "general"})
    at = START + 9 * HOUR
    bench.heard(wrote(1, "ann", at, is_question=True), wrote(2, "bob", at + HOUR, answers="1"))
    bench.run()
    for text, value in {
        "last(discord.monthly_authors)": 2.0,
        "median(discord.response_time, 30d)": 3600.0,
        'sum(discord.messages{channel="general"}, 1d)': 2.0,
        "last(discord.authors)": 2.0,
    }.items():
        reading = bench.measure(text)
        assert (text, reading.state, reading.value) == (text, State.VALUE, value)


def test_what_is_old_is_forgotten(bench: Bench) -> None:
    bench.heard(wrote(1, "ann", CLOSED - KEPT - MINUTE), wrote(2, "ann", CLOSED - KEPT))
    with bench.sessions.begin() as session:
        assert bench.job().forget(session) == 1


async def test_it_runs_beside_the_loop(bench: Bench) -> None:
    bench.listen()
    await bench.job().run()
    assert bench.kept()


def test_without_a_discord_source_nothing_happens(sessions: SessionFactory) -> None:
    assert (
        CloseCommunity({}, sessions, BERLIN, lambda: datetime(2026, 11, 12, tzinfo=UTC))()
        == samples.Written()
    )
